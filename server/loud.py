"""Loud: a task beside the music that breaks is our bug, and seen at once; the music goes on without it."""

import asyncio


def loud(task: "asyncio.Task[None]") -> "asyncio.Task[None]":
    """Return the task, which hands its error to the loop's exception handler as it ends, not when it is collected."""
    task.add_done_callback(_tell)
    return task


def _tell(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        task.result()
