"""A real server from outside: a `serve` process in a folder of its own, and a subscription that keeps all news.

What the benchmark of live playing and the end-to-end tests share.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from server.surfaces.osc.encode import encode
from server.surfaces.osc.packet import Arg, BadPacketError, decode

END_S: Final = 10.0
ASK_S: Final = 0.02
"""Between two pings while the server starts."""


class News(msgspec.Struct, frozen=True):
    """One message from the server, with the time (monotonic s) at which it reached us."""

    time: float
    address: str
    args: tuple[Any, ...]


class Listener:
    """One UDP socket at a server: sends commands, and a thread that keeps everything which comes back."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        """Open; nobody needs to listen there yet."""
        self.news: list[News] = []
        self._changed = threading.Condition()
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        self._udp.bind((host, 0))
        self._to = (host, port)
        self._open = True
        self._thread = threading.Thread(target=self._hear, daemon=True, name="listener")
        self._thread.start()

    def send(self, address: str, *args: Arg) -> float:
        """Send one message; return when (monotonic s)."""
        now = time.monotonic()
        self._udp.sendto(encode(address, args), self._to)
        return now

    def of(self, address: str, since: int = 0) -> list[News]:
        """Return the news of one address, from the `since`th of all on."""
        return [news for news in self.news[since:] if news.address == address]

    def wait_for(self, predicate: Callable[[], Any], timeout: float) -> bool:
        """Wait until `predicate()` holds, looked at with all news; False after `timeout` s."""
        with self._changed:
            return bool(self._changed.wait_for(predicate, timeout))

    def ping(self, timeout: float) -> float | None:
        """Return the seconds until the answer to a `/ping`, or None."""
        since, mark = len(self.news), time.monotonic_ns() % 2**31
        sent = self.send("/ping", mark)
        if not self.wait_for(lambda: any(pong.args == (mark,) for pong in self.of("/pong", since)), timeout):
            return None
        return next(pong.time for pong in self.of("/pong", since) if pong.args == (mark,)) - sent

    def status(self, timeout: float = 5.0) -> dict[str, Any]:
        """Return the pairs of `/status`; TimeoutError when nobody answers."""
        since = len(self.news)
        self.send("/status")
        if not self.wait_for(lambda: self.of("/status", since), timeout):
            raise TimeoutError("no answer to /status")
        args = self.of("/status", since)[0].args
        return dict(zip(args[::2], args[1::2], strict=True))

    def close(self) -> None:
        """Stop listening."""
        self._open = False
        self._udp.close()

    def _hear(self) -> None:
        self._udp.settimeout(0.2)
        while self._open:
            try:
                data = self._udp.recv(65_536)
            except TimeoutError:
                continue
            except OSError:  # a refusal of an earlier packet, or closed
                if self._udp.fileno() < 0:
                    return
                continue
            now = time.monotonic()
            with contextlib.suppress(BadPacketError), self._changed:
                self.news += [News(now, message.address, tuple(message.args)) for message in decode(data)]
                self._changed.notify_all()


class LiveServer:
    """`melody-engine serve` as a process; `listener` talks to it, the page is at `web_port`; times are monotonic s."""

    def __init__(self, folder: Path, *args: str, config: dict[str, Any] | None = None) -> None:
        """Start it in `folder` with `config` laid over the shipped defaults."""
        self.folder, self.port, self.web_port = folder, free_port(), free_port(socket.SOCK_STREAM)
        self.listener = Listener(self.port)
        settings = {"osc": {"port": self.port}, "web": {"port": self.web_port}} | (config or {})
        (folder / "live.yaml").write_text(yaml.safe_dump(settings))
        self._log = (folder / "serve.log").open("wb")
        code = "import sys; from tools.cli import main; sys.argv[0] = 'melody-engine'; main()"
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "serve", "--config", "live.yaml", *args],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )  # fmt: skip

    def answers(self, timeout: float = 20.0) -> float:
        """Wait for its first answer to a ping; return the seconds since the process was started."""
        while (now := time.monotonic()) < self.began + timeout:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log()}")
            if (took := self.listener.ping(ASK_S)) is not None:
                return now + took - self.began
        raise TimeoutError(f"no answer within {timeout} s:\n{self.log()}")

    def log(self) -> str:
        """Return what it printed."""
        return (self.folder / "serve.log").read_text(errors="replace")

    def end(self) -> int:
        """End it with SIGTERM; return its exit code; TimeoutError (and SIGKILL) where it does not end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise TimeoutError(f"the server did not end within {END_S} s of SIGTERM:\n{self.log()}") from None
        finally:
            self.listener.close()
            self._log.close()


@contextlib.contextmanager
def live_server(folder: Path, *args: str, config: dict[str, Any] | None = None) -> Iterator[LiveServer]:
    """Run a server for a while; it answers when the block begins."""
    server = LiveServer(folder, *args, config=config)
    try:
        server.answers()
        yield server
    finally:
        server.end()


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(pid: int) -> list[int]:
    """Return the process ids of a process and all that it started (Linux)."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def memory_mb(pids: list[int]) -> tuple[float, float]:
    """Return the sums of PSS (shared pages counted once) and RSS of processes in MB (Linux)."""
    sums = {"Pss": 0, "Rss": 0}
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in sums:
                    sums[name] += int(rest.split()[0])
    return sums["Pss"] / 1024, sums["Rss"] / 1024
