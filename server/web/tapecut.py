"""Cutting a recording: `python -m server.web.tapecut FILE BARS` writes its last bars to standard output."""

import io
import sys
from typing import Final

import mido

from engines.units import TICKS_PER_BAR
from server.priority import ask

LAST: Final = 19
"""Niceness: after everybody else."""


def cut(midi: mido.MidiFile, bars: int) -> mido.MidiFile:
    """Return the last `bars` bars; the last one is that in which it ends. Notes held into them are left out."""
    end = max((sum(event.time for event in track) for track in midi.tracks), default=0)
    begin = max(0, -(-end // TICKS_PER_BAR) - bars) * TICKS_PER_BAR
    short = mido.MidiFile(type=midi.type, ticks_per_beat=midi.ticks_per_beat)
    short.tracks += [_cut_track(track, begin) for track in midi.tracks]
    return short


def _cut_track(track: mido.MidiTrack, begin: int) -> mido.MidiTrack:
    """Return what happens from `begin` on; what was set before (tempo, name, metre) stands at the beginning."""
    kept, settings, held = mido.MidiTrack(), {}, set()
    tick = last = 0
    for event in track:
        tick += event.time
        if tick < begin:
            if event.type == "note_on" and event.velocity:
                held.add((event.channel, event.note))
            elif event.type in ("note_on", "note_off"):
                held.discard((event.channel, event.note))
            elif event.is_meta and event.type != "end_of_track":
                settings[event.type] = event
            continue
        if not kept:
            kept += [setting.copy(time=0) for setting in settings.values()]
            last = begin
        if event.type == "note_off" and (event.channel, event.note) in held:
            held.discard((event.channel, event.note))
            continue
        kept.append(event.copy(time=tick - last))
        last = tick
    return kept


def main(path: str, bars: str) -> None:
    """Write the last bars of a file to standard output."""
    ask(LAST)
    data = io.BytesIO()
    cut(mido.MidiFile(path), int(bars)).save(file=data)
    sys.stdout.buffer.write(data.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:3])
