"""Timing of the player at the receiver: a real player process, a private JACK server, an ear in another process.

Error = heard minus intended, less one constant (the median), which is reported. Two rulers: `clock` is JACK's own
smoothed clock, read by the ear; `grid` is a straight line through frames and intended times, which also blames us for
every wobble and jump of the server's clock. `control` is a client whose messages are right by construction, in the
same run: its lost or doubled messages are the machine's, which missed cycles. rtmidi is judged at its send call;
`floor` is how late the machine woke a bare real-time thread meanwhile.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

import server.supervise
from engines.note import Note
from engines.units import TICKS_PER_BAR, TICKS_PER_STEP, VOICES
from server.player.config import PORTS, MidiConfig
from server.player.messages import FromPlayer, Load, Panic, Pulse, Sounded, Start
from server.player.process import main as player_main
from server.player.wire import ALL_SOUND_OFF
from server.supervise import PlayerProcess
from server.timeline import Timeline
from tools import bench_player
from tools.jack_ruler import Heard, JackEar, jack_server

BPM: Final = 174.0
LOWEST, PITCHES, VELOCITIES = 24, 64, 127  # number the steps, so that a lost note shifts nothing
CONTROL_FRAMES: Final = 1000
SETTLE_S: Final = 1.0
NUMBERS: Final = PITCHES * VELOCITIES


def run(seconds: float, load: bool) -> dict[str, Any]:
    """Measure for `seconds` per backend, with a busy process on each core if `load`; returns the figures in ms."""
    with busy() if load else contextlib.nullcontext(), jack_server() as jack:
        ear = JackEar(jack, (*PORTS, "control"))
        control = subprocess.Popen(
            [sys.executable, "-m", "tools.jack_control", jack.name, "control", str(CONTROL_FRAMES)]
        )
        try:
            figures = {"load": load, "seconds": seconds, "realtime": jack.realtime, "cores": os.cpu_count()}
            figures["jack"] = asyncio.run(_jack(jack.name, ear, seconds))
            figures["control"] = _control([h for h in ear.heard if h.port == "control"])
            figures["ear_xruns"] = ear.xruns
        finally:
            control.kill()
            control.wait()
            ear.close()
        floor = subprocess.Popen([sys.executable, "-m", "tools.bench_floor", str(seconds)], stdout=subprocess.PIPE)
        figures["rtmidi"] = asyncio.run(_rtmidi(jack.name, seconds))
        figures["floor"] = _spread(np.array(json.loads(floor.communicate()[0])))
    return figures


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Keep every core busy."""
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


class Feeder:
    """Feeds a player sixteenths in all voices, each numbered by pitch and velocity."""

    def __init__(self, midi: MidiConfig) -> None:
        """Make the player."""
        self.player = PlayerProcess(midi)
        self.player.on_message(self._hear)
        self.pulses: list[Pulse] = []
        self.timeline = Timeline(BPM, 0, 0.0)
        self._bar = 0

    def play(self) -> None:
        """Start in half a second."""
        self.timeline = Timeline(BPM, 0, time.monotonic() + 0.5)
        self.player.send(Start(0, self.timeline))
        self._feed()

    def _feed(self) -> None:
        steps = range(self._bar * 16, self._bar * 16 + 16)
        notes = tuple(
            Note(index * TICKS_PER_STEP, TICKS_PER_STEP // 2, LOWEST + step % PITCHES, 1 + step // PITCHES % VELOCITIES)
            for index, step in enumerate(steps)
        )
        self.player.send(Load(self._bar, self._bar * TICKS_PER_BAR, 0, dict.fromkeys(VOICES, notes)))
        self._bar += 1

    def _hear(self, message: FromPlayer) -> None:
        if isinstance(message, Pulse):
            self.pulses.append(message)
        elif isinstance(message, Sounded) and message.tick // TICKS_PER_BAR == self._bar - 1:
            self._feed()


async def _jack(server_name: str, ear: JackEar, seconds: float) -> dict[str, Any]:
    feeder = Feeder(MidiConfig(backend="jack", jack_server=server_name))
    await feeder.player.start()
    ear.connect_to({"control": "control:control"})
    await asyncio.sleep(SETTLE_S)
    feeder.play()
    await asyncio.sleep(seconds + 0.5)
    panic = time.monotonic()
    feeder.player.send(Panic(resume=sys.maxsize))
    await asyncio.sleep(0.2)
    await feeder.player.close()
    await asyncio.sleep(0.1)
    silent = max(h.time for h in ear.heard if h.data[0] & 0xF0 == 0xB0 and h.data[1] == ALL_SOUND_OFF)
    heard = [h for h in ear.heard if h.port in VOICES]
    clock = [h.frame / 48.0 for h in ear.heard if h.port == "clock" and h.data == b"\xf8"]
    return _judge(heard, feeder) | {
        "clock_out": _intervals(clock), "hanging": len(ear.hanging()), "panic_ms": 1000.0 * (silent - panic),
    }  # fmt: skip


async def _rtmidi(server_name: str, seconds: float) -> dict[str, Any]:
    os.environ["JACK_DEFAULT_SERVER"] = server_name
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "sent")
        os.environ[bench_player.LOG_VARIABLE] = str(log)
        server.supervise.player_main = bench_player.main
        feeder = Feeder(MidiConfig(backend="rtmidi", jack_server=server_name))
        try:
            await feeder.player.start()
            feeder.play()
            await asyncio.sleep(seconds + 0.5)
            await feeder.player.close()
        finally:
            server.supervise.player_main = player_main
        data = await asyncio.to_thread(log.read_bytes)
    sent = msgspec.msgpack.decode(data, type=list[tuple[float, str, bytes]])
    errors = [1000 * (at - when) for _, at, when in _pairs([Heard(0, *s) for s in sent if s[1] in VOICES], feeder)]
    clock = [1000 * at for at, port, data in sent if port == "clock" and data == b"\xf8"]
    return {"notes": len(errors), "send_call": _spread(np.array(errors)), "clock_out": _intervals(clock)}


def _pairs(heard: list[Heard], feeder: Feeder) -> Iterator[tuple[int, float, float]]:
    """Yield frame, time heard, time intended of every press."""
    for h in heard:
        if h.data[0] & 0xF0 == 0x90:
            number = (h.data[1] - LOWEST) % PITCHES + (h.data[2] - 1) * PITCHES
            around = feeder.timeline.tick(h.time) / TICKS_PER_STEP
            step = number + NUMBERS * round((around - number) / NUMBERS)
            yield h.frame, h.time, feeder.timeline.time(step * TICKS_PER_STEP)


def _judge(heard: list[Heard], feeder: Feeder) -> dict[str, Any]:
    frames, times, intended = np.array(list(_pairs(heard, feeder))).T
    errors = (times - intended) * 1000.0
    presses = [h for h in heard if h.data[0] & 0xF0 == 0x90]
    once = len({(h.port, round(when * 1000)) for h, (_, _, when) in zip(presses, _pairs(heard, feeder), strict=True)})
    slope, constant = np.polyfit(intended - intended[0], frames - frames[0], 1)
    grid = (frames - frames[0] - slope * (intended - intended[0]) - constant) / slope * 1000.0
    expected = round((intended.max() - intended.min()) / (TICKS_PER_STEP * feeder.timeline.seconds_per_tick) + 1)
    return {
        "notes": len(frames),
        "lost": expected * len(VOICES) - once,
        "doubled": len(frames) - once,
        "constant_ms": float(np.median(errors)),
        "clock": _spread(errors - np.median(errors)),
        "grid": _spread(grid - np.median(grid)),
        "restarts": feeder.player.restarts,
        "late": dict(feeder.pulses[-1].late),
        "handed_over_worst_ms": max(pulse.worst_ms for pulse in feeder.pulses),
    }


def _control(heard: list[Heard]) -> dict[str, Any]:
    frames = np.array([h.frame for h in heard])
    expected = (frames.max() - frames.min()) // CONTROL_FRAMES + 1
    errors = (frames + CONTROL_FRAMES // 2) % CONTROL_FRAMES - CONTROL_FRAMES // 2
    once = len(set(frames))
    return {
        "messages": len(frames), "lost": int(expected - once), "doubled": len(frames) - once,
        "error": _spread(errors / 48.0),
    }  # fmt: skip


def _spread(errors: "np.ndarray[Any, Any]") -> dict[str, float]:
    p50, p99, p999 = np.percentile(np.abs(errors), (50, 99, 99.9))
    return {
        "p50": float(p50), "p99": float(p99), "p99.9": float(p999),
        "max": float(np.abs(errors).max()), "sd": float(errors.std()),
    }  # fmt: skip


def _intervals(moments_ms: list[float]) -> dict[str, float]:
    gaps = np.diff(np.array(moments_ms))
    usual = float(np.median(gaps))
    near = gaps[np.abs(gaps - usual) < usual / 2]  # where a pulse was lost, or the clock was set by a start
    return {"pulses": len(moments_ms), "mean_ms": float(near.mean()), "sd_ms": float(near.std()),
            "irregular": len(gaps) - len(near)}  # fmt: skip
