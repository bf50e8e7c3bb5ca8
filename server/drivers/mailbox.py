"""What the MQTT surface and its driver hand each other: no library is loaded for it."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple


class Letter(NamedTuple):
    """One message to publish."""

    topic: str
    payload: str
    qos: int = 0
    retain: bool = False


class Mailbox(NamedTuple):
    """What a surface gives the driver: where to listen, what to say when, and whom to tell.

    greeting: published on connection; farewell: on a clean end, and by the broker should we die. collect: per
    sender a function that waits for letters, and the pause (s) after each batch.
    """

    topic: str
    greeting: Letter
    farewell: Letter
    arrived: Callable[[str, bytes, bool], None]
    state: Callable[[str, str], None]
    collect: tuple[tuple[Callable[[], Awaitable[list[Letter]]], float], ...]
