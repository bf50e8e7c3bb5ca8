"""Notes of a MIDI track on the grid of sixteenths, as POP909 and what is judged like it are read."""

from typing import Final

import mido

from engines.units import STEPS_PER_BEAT

Played = tuple[int, int, int, int]
"""(onset, duration in steps; MIDI pitch; velocity)."""
DRUM_CHANNEL: Final = 9


def sixteenths(track: mido.MidiTrack, per_beat: int) -> list[Played]:
    """Return the pitched notes of a track, onsets and ends rounded; one step at least. per_beat: ticks of the file."""
    step, now, found = per_beat / STEPS_PER_BEAT, 0, []
    begun: dict[int, tuple[int, int]] = {}
    for message in track:
        now += message.time
        if message.type not in {"note_on", "note_off"} or message.channel == DRUM_CHANNEL:
            continue
        if message.note in begun:
            start, velocity = begun.pop(message.note)
            onset = round(start / step)
            found.append((onset, max(1, round(now / step) - onset), message.note, velocity))
        if message.type == "note_on" and message.velocity:
            begun[message.note] = (now, message.velocity)
    return sorted(found)
