"""Pieces as standard MIDI files, format 1, 480 ticks a beat: one of all voices, or one per voice.

Law: the same piece gives the same bytes; every note-on has its note-off; at the same tick note-offs come first.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import mido

from engines.studio import place
from engines.studio.master import Master
from engines.theory.key import Key
from engines.theory.pitch import name
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT, VOICES

CHANNELS: Final = {"lead": 0, "bass": 1, "arp": 2, "pad": 3, "drums": 9}
"""Of the combined file, from 0: as those of the live port `combined`. A voice's own file has channel 0, drums 9."""
ABOVE_MINOR: Final = 9
"""Semitones from a major tonic up to that of the minor key with the same signature."""

Event = tuple[int, Any]
"""(tick from the beginning, message)."""
Heard = tuple[int, int, int, int]
"""(tick from the beginning, duration in ticks, MIDI pitch, velocity)."""


def write_combined(master: Master, file: Path) -> Path:
    """Write all voices: a track of title, tempo, metre, key and sections, one of chords, then one per voice.

    Chords are text events; every voice has its track, a silent one too: their order never changes. Raises OSError.
    """
    chords = _track("chords", _chords(master), master)
    voices = [_voice(master, voice, CHANNELS[voice]) for voice in VOICES]
    with place.whole(file) as part:
        _file([_head(master), chords, *voices]).save(part)
    return file


def write_voices(master: Master, folder: Path) -> list[Path]:
    """Write lead.mid, bass.mid …, one per voice that has notes, into a folder, which is made; raises OSError."""
    files: list[Path] = []
    with place.folder(folder), ExitStack() as parts:
        for voice in VOICES:
            if master.notes[voice]:
                files.append(folder / f"{voice}.mid")
                channel = CHANNELS["drums"] if voice == "drums" else 0
                made = _file([_head(master), _voice(master, voice, channel)])
                made.save(parts.enter_context(place.whole(files[-1])))
    return files


def presses(notes: Iterable[Heard]) -> Iterator[tuple[int, bool, int, int]]:
    """Yield (tick, pressed, pitch, velocity) of one voice in order, note-offs first at the same tick.

    A pitch struck while it sounds ends first, as a synthesiser hears it; of two at the same tick the longer sounds.
    """
    events: list[tuple[int, bool, int, int]] = []
    following: dict[int, int] = {}
    for tick, duration, pitch, velocity in sorted(notes, reverse=True):
        if following.get(pitch) == tick:
            continue
        end = min(tick + duration, following.get(pitch, tick + duration))
        following[pitch] = tick
        events += [(tick, True, pitch, velocity), (end, False, pitch, 0)]
    yield from sorted(events)


def signature(key: Key) -> str:
    """Return the key signature as MIDI files name it: major or minor as the key's third, spelled as the key is."""
    major = key.relative_major
    return f"{name((major + ABOVE_MINOR) % 12, key.flats)}m" if key.is_minor else name(major, key.flats)


def title(master: Master) -> str:
    """Return what a piece is called."""
    control = master.order.control
    return f"{control.genre} in {master.plan[0].key.name}, seed {control.seed}"


def _file(tracks: list[Any]) -> Any:
    # the names of sections are the user's: any letter may stand there
    return mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8", tracks=tracks)


def _head(master: Master) -> Any:
    plans = master.plan
    keys = _changes((plan.index * TICKS_PER_BAR, signature(plan.key)) for plan in plans)
    sections = [(plan.index * TICKS_PER_BAR, plan.section) for plan in plans if plan.section_bar == 0]
    events: list[Event] = [
        (0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(master.order.bpm))),
        (0, mido.MetaMessage("time_signature", numerator=BEATS_PER_BAR, denominator=4)),
        *((tick, mido.MetaMessage("key_signature", key=key)) for tick, key in keys),
        *((tick, mido.MetaMessage("marker", text=section)) for tick, section in sections),
    ]
    return _track(title(master), events, master)


def _chords(master: Master) -> list[Event]:
    names = (
        (plan.index * TICKS_PER_BAR + beat * TICKS_PER_BEAT, chord.name_in(plan.key))
        for plan in master.plan
        for beat, chord in enumerate(plan.chords)
    )
    return [(tick, mido.MetaMessage("text", text=chord)) for tick, chord in _changes(names)]


def _voice(master: Master, voice: str, channel: int) -> Any:
    program = mido.Message("program_change", channel=channel, program=master.config.programs[voice])
    events: list[Event] = [(0, program)]
    heard = ((note.tick, note.duration, note.pitch, note.velocity) for note in master.notes[voice])
    for tick, pressed, pitch, velocity in presses(heard):
        kind = "note_on" if pressed else "note_off"
        # notes are valid already, and there are thousands: half the time would go into checking them again
        message = mido.Message(kind, skip_checks=True, channel=channel, note=pitch, velocity=velocity)
        events.append((tick, message))
    return _track(voice, events, master)


def _track(called: str, events: Sequence[Event], master: Master) -> Any:
    """Return a track that lasts as long as the piece, or until its last note ends."""
    track, now = mido.MidiTrack([mido.MetaMessage("track_name", name=called)]), 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        message.time = tick - now
        track.append(message)
        now = tick
    end = max(now, len(master.bars) * TICKS_PER_BAR)
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    return track


def _changes(values: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the first value, and every one that differs from the one before."""
    before: str | None = None
    for tick, value in values:
        if value != before:
            yield tick, value
        before = value
