"""Status: the pairs of `/status`."""

import os
import time

from engines.control.command import Value
from engines.units import BEATS_PER_BAR, TICKS_PER_BEAT
from server.house import House
from server.opening import version


def status(house: House) -> tuple[tuple[str, Value], ...]:
    """Return how everything in the house is doing."""
    performance, band, wish = house.performance, house.band, house.front.desk.wish
    beat = int(max(0.0, house.transport.tick) // TICKS_PER_BEAT) if performance.playing else 0
    return (
        ("playing", int(performance.playing)),
        ("bar", beat // BEATS_PER_BAR),
        ("beat", beat % BEATS_PER_BAR),
        ("tempo", round(house.clock.bpm, 3)),
        ("section", wish.section),
        ("tension", round(performance.tension, 4)),
        ("chord", performance.chord),
        ("key", wish.key.name),
        ("clock", house.config.clock.source),
        ("headroom_ms", round(house.headroom.seconds * 1000.0, 1)),
        ("generation_ms_p99", round(house.headroom.p99_ms, 2)),
        ("generation_ms", round(band.generation_ms[-1], 2) if band.generation_ms else 0.0),
        ("late", performance.bars_late + house.tidings.late),
        ("understudied", sum(band.understudied.values())),
        ("experts_late", sum(band.late.values())),
        ("rejected", house.front.counts["rejected"]),
        ("uptime_s", round(time.monotonic() - house.born, 1)),
        ("version", version()),
        ("clock_state", house.clock.state),
        ("bars_late", performance.bars_late),
        ("player_restarts", house.player.restarts),
        ("main_pid", os.getpid()),
        ("player_pid", house.player.pid or 0),
        ("experts_pid", house.workers.pids[0]),
        ("experts_state", house.workers.state),
        ("ports", " ".join(f"{p.backend}:{p.name}={p.state}" for p in house.tidings.ports)),
        *house.osc.counts().items(),
        *house.mqtt.counts().items(),
        *house.web.counts().items(),
    )
