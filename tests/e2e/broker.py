"""A real mosquitto on a port of its own, and its clients, for end-to-end tests."""

import asyncio
import contextlib
import signal
import socket
from pathlib import Path
from typing import Self

from tests.e2e.osc_peers import program

PATIENCE_S = 20.0


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """One mosquitto with what it remembers in `folder`; may be killed, stopped and started again."""

    def __init__(self, folder: Path, extra: str = "") -> None:
        self.port = free_tcp_port()
        self.path = folder / "mosquitto.conf"
        self.path.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence true\n"
            f"persistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\n{extra}"
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def start(self) -> None:
        """Return when it serves."""
        command = (program("mosquitto"), "-v", "-c", str(self.path))
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
        try:
            await read_until(self.process, "running")
        except BaseException:
            self.process.kill()
            await self.process.wait()
            raise
        self._drain = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while await self.process.stdout.readline():
            pass

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        await self._drain

    async def publish(self, topic: str, payload: str | bytes, *options: str) -> None:
        """Publish with QoS 1 through mosquitto_pub; `-r` retains."""
        command = (program("mosquitto_pub"), "-p", str(self.port), "-q", "1", "-t", topic, *options)
        source = "-s" if payload else "-n"
        process = await asyncio.create_subprocess_exec(*command, source, stdin=asyncio.subprocess.PIPE)
        await process.communicate(payload.encode() if isinstance(payload, str) else payload)
        assert process.returncode == 0

    @contextlib.asynccontextmanager
    async def listening(self, *topics: str):
        """Run mosquitto_sub; yields a function that returns the next `topic payload` line with these words."""
        options = [option for topic in topics for option in ("-t", topic)]
        command = (program("mosquitto_sub"), "-p", str(self.port), "-q", "1", "-v", *options)
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        try:
            yield lambda *words: read_until(process, *words)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def read_until(process: asyncio.subprocess.Process, *words: str) -> str:
    """Return the next line that contains all of `words`."""
    lines = []
    async with asyncio.timeout(PATIENCE_S):
        while line := (await process.stdout.readline()).decode(errors="replace").rstrip():
            lines.append(line)
            if all(word in line for word in words):
                return line
    raise AssertionError(f"it ended before it said {words}; its last lines:\n" + "\n".join(lines[-8:]))
