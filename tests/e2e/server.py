"""A real server in a process of its own, on ports of its own, for end-to-end tests."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from server.surfaces.osc.client import request


@dataclass
class Server:
    """host, port: where OSC is heard; web_port: where HTTP is. folder: where it runs. process: the `serve` process."""

    host: str
    port: int
    folder: Path
    process: subprocess.Popen
    web_port: int

    def ask(self, address: str, *args: object, timeout: float = 5.0) -> list:
        return request(self.host, self.port, address, list(args), timeout)

    def status(self) -> dict:
        replies = [r for r in self.ask("/status") if r.address == "/status"]
        assert replies, "no answer to /status"
        args = replies[0].args
        return dict(zip(args[::2], args[1::2], strict=True))

    def wait_for(self, wanted, timeout: float = 20.0) -> dict:
        """Ask for the status until it is as wanted; each question waits for its answer, nothing sleeps."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with contextlib.suppress(AssertionError, OSError):
                status = self.status()
                if wanted(status):
                    return status
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log()}")
        raise AssertionError(f"not within {timeout} s:\n{self.log()}")

    def log(self) -> str:
        return (self.folder / "serve.log").read_text()


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running_server(
    folder: Path, *args: str, config: dict | None = None, env: dict[str, str] | None = None
) -> Iterator[Server]:
    """Start `melody-engine serve` in `folder` with `config` laid over the defaults; end it with SIGTERM."""
    port = free_port()
    settings = {"midi": {"backend": "none"}} | (config or {})
    settings["osc"] = {"port": port} | settings.get("osc", {})
    settings["web"] = {"port": free_port(socket.SOCK_STREAM)} | settings.get("web", {})
    path = folder / "test.yaml"
    path.write_text(yaml.safe_dump(settings))
    command = [str(Path(sys.executable).with_name("melody-engine")), "serve", "--config", str(path), *args]
    root = Path(__file__).parents[2]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(root), **(env or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Server("127.0.0.1", port, folder, process, settings["web"]["port"])
    try:
        server.wait_for(lambda _: True)
        yield server
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError("the server did not end within 10 s of SIGTERM") from None
