"""`bench osc`: what a running server does under floods, bursts and hostile packets, counted exactly.

Loss is the server's own count of datagrams (`osc_received` of `/status`) against what was sent.
"""

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from server.surfaces.osc.client import request
from server.surfaces.osc.encode import encode, encode_bundle
from server.surfaces.osc.hosts import is_loopback
from server.surfaces.osc.packet import BadPacketError, decode
from tools.hostile_osc import HOSTILE

BURST: Final = 2000
STALL_S: Final = 0.05
BATCH_S: Final = 0.002
PROBES_PER_S: Final = 50
ANSWER_S: Final = 2.0

Row = dict[str, Any]


def run(host: str, port: int, seconds: float = 60.0, rate: int = 5000, pid: int | None = None) -> dict[str, list[Row]]:
    """Measure the server at host:port.

    pid: its main process, which is stopped for 50 ms under a burst; None = as the server tells, where it runs here.
    """
    with _connected(host, port) as udp:
        pid = pid or _main_pid(host, port)
        rows = [*_idle(udp), *_flood(udp, host, port, seconds=seconds, rate=rate, pid=pid)]
        rows.append(_burst(udp, host, port, pid))
        rows += _hostile(udp)
    return {"osc": [*rows, *_codec()]}


@contextlib.contextmanager
def _connected(host: str, port: int) -> Iterator[socket.socket]:
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as udp:
        udp.connect(address)
        yield udp


def _row(name: str, value: float | str, unit: str, goal: str = "") -> Row:
    return {"name": name, "value": value, "unit": unit, "goal": goal}


def _status(host: str, port: int) -> dict[str, Any]:
    replies = request(host, port, "/status", (), ANSWER_S * 5)
    (status,) = (reply.args for reply in replies if reply.address == "/status")
    return dict(zip(status[::2], status[1::2], strict=True))


def _received(host: str, port: int) -> int:
    """Return the server's count of datagrams so far, that of this question included."""
    return int(_status(host, port)["osc_received"])


def _main_pid(host: str, port: int) -> int | None:
    """Return the server's process id where it tells one and that process of this machine is such a server."""
    pid = int(_status(host, port).get("main_pid", 0))
    with contextlib.suppress(OSError):
        if is_loopback(host) and pid and b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def _idle(udp: socket.socket, pings: int = 1000) -> list[Row]:
    times = [_ping(udp, serial) for serial in range(pings)]
    lost = sum(t is None for t in times)
    return [
        *_spread("ping and pong, idle", [t for t in times if t is not None], "<= 5"),
        _row("pings unanswered, idle", lost, "of 1000", "0"),
    ]


def _ping(udp: socket.socket, serial: int) -> float | None:
    """Return the seconds until the answer to this very ping, or None when none came."""
    began = time.perf_counter()
    udp.send(encode("/ping", (serial,)))
    while select.select([udp], [], [], max(0.0, began + ANSWER_S - time.perf_counter()))[0]:
        reply = udp.recv(65_536)
        if reply == encode("/pong", (serial,)):
            return time.perf_counter() - began
    return None


def _flood(udp: socket.socket, host: str, port: int, *, seconds: float, rate: int, pid: int | None) -> list[Row]:
    """Send at `rate`, with a probe now and then: a wish and the question for it in one bundle."""
    before, cpu_s = _received(host, port), _process_s(pid)
    began = time.perf_counter()
    sent = probes = 0
    asked: dict[int, float] = {}
    times: list[float] = []
    while (now := time.perf_counter() - began) < seconds:
        while sent < min(now * rate, seconds * rate):
            udp.send(encode(f"/voice/{('lead', 'bass', 'arp', 'pad')[sent % 4]}/level", (sent % 1000 / 1000,)))
            sent += 1
        if probes < now * PROBES_PER_S:
            probes += 1
            asked[probes % 1000] = time.perf_counter()
            udp.send(encode_bundle([encode("/tension", (probes % 1000 / 1000,)), encode("/get", ("tension",))]))
        _collect(udp, asked, times, BATCH_S)
    took = time.perf_counter() - began
    if asked:
        _collect(udp, asked, times, ANSWER_S)
    busy = "unknown" if cpu_s is None else 100.0 * ((_process_s(pid) or 0.0) - cpu_s) / seconds
    lost = sent + probes + 1 - (_received(host, port) - before)
    return [
        _row("messages sent", sent + probes, f"in {took:.1f} s"),
        _row("rate asked for", rate, "1/s"),
        _row("lost in the flood", lost, "messages", "0"),
        _row("the server's main process, in the flood", busy, "% of a core"),
        *_spread("wish until visible in the state, in the flood", times, "<= 5"),
        _row("wishes never seen, in the flood", len(asked), f"of {probes}", "0"),
    ]


def _collect(udp: socket.socket, asked: dict[int, float], times: list[float], wait_s: float) -> None:
    """Take the answers that come within `wait_s`, or fewer seconds when none is owed."""
    end = time.perf_counter() + wait_s
    while select.select([udp], [], [], max(0.0, end - time.perf_counter()))[0]:
        (reply,) = decode(udp.recv(65_536))
        moment = asked.pop(round(reply.args[0] * 1000), None) if reply.address == "/state/tension" else None
        if moment is not None:
            times.append(time.perf_counter() - moment)
        if not asked and wait_s == ANSWER_S:
            return


def _burst(udp: socket.socket, host: str, port: int, pid: int | None) -> Row:
    name = f"lost of {BURST} sent while the server stood still for {STALL_S * 1000:g} ms"
    if pid is None:
        return _row(name, "not measured: the server's process is unknown, give its id", "messages", "0")
    before = _received(host, port)
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.perf_counter()
        for serial in range(BURST):
            udp.send(encode("/tension", (serial / BURST,)))
        time.sleep(max(0.0, began + STALL_S - time.perf_counter()))
    finally:
        os.kill(pid, signal.SIGCONT)
    return _row(name, BURST + 1 - (_received(host, port) - before), "messages", "0")


def _hostile(udp: socket.socket) -> list[Row]:
    """Send each hostile packet with a ping right behind it."""
    times: dict[str, float] = {}
    for serial, (name, (packet, _acceptable)) in enumerate(HOSTILE.items()):
        udp.send(packet)
        answer = _ping(udp, serial)
        times[name] = ANSWER_S if answer is None else answer
    worst = max(times, key=lambda name: times[name])
    unanswered = sum(t >= ANSWER_S for t in times.values())
    return [
        _row("hostile packets with a ping behind unanswered", unanswered, f"of {len(HOSTILE)}", "0"),
        _row(f"slowest ping behind a hostile packet ({worst})", times[worst] * 1000, "ms", "<= 5"),
    ]


def _codec(repeats: int = 2000) -> list[Row]:
    """Time the decoder alone, in this process."""
    small = encode("/tension", (0.5,))
    cpu = {name: min(_cpu_s(packet) for _ in range(5)) for name, (packet, _acceptable) in HOSTILE.items()}
    worst = max(cpu, key=lambda name: cpu[name])
    began = time.thread_time()
    for _ in range(repeats):
        decode(small)
    return [
        _row(f"decoder on its slowest hostile packet ({worst})", cpu[worst] * 1000, "ms CPU", "<= 1"),
        _row("decoder on /tension f", (time.thread_time() - began) / repeats * 1e6, "us CPU", "<= 5"),
    ]


def _process_s(pid: int | None) -> float | None:
    """Return the seconds of processor time that a process has had, where the system tells (Linux)."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None


def _cpu_s(packet: bytes) -> float:
    began = time.thread_time()
    with contextlib.suppress(BadPacketError):
        decode(packet)
    return time.thread_time() - began


def _spread(name: str, times: list[float], goal: str) -> list[Row]:
    if len(times) < 2:
        return [_row(f"{name}: p99", "no answers", "ms", goal)]
    cuts = quantiles(times, n=100)
    return [
        _row(f"{name}: p50", cuts[49] * 1000, "ms"),
        _row(f"{name}: p99", cuts[98] * 1000, "ms", goal),
        _row(f"{name}: worst", max(times) * 1000, "ms"),
    ]
