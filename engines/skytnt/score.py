"""Bars as events of a midi-model and back: what a band plays, as the file it would be.

Track 0 conducts, each voice has a track and a channel. Time runs in units of a sixteenth of a beat (30 ticks): a row
says how many beats lie between its event and the one before, and the unit within its own beat.
Law: bars_of(moments_of(bar)) is the bar on this grid, repeated strikes of a pitch cut as their tokenizer cuts them.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from engines.note import Bar, Note
from engines.plan import Plan
from engines.skytnt.setting import TRACKS, Setting
from engines.skytnt.tokens import Event, Row, Tokens
from engines.theory.key import Key
from engines.units import BEATS_PER_BAR, TICKS_PER_BAR, TICKS_PER_BEAT

UNITS_PER_BEAT: Final = 16
UNITS_PER_BAR: Final = UNITS_PER_BEAT * BEATS_PER_BAR
TICKS_PER_UNIT: Final = TICKS_PER_BEAT // UNITS_PER_BEAT
CONDUCTOR: Final = 0
SAME_BPM: Final = 4  # smaller changes of tempo are none (tempo_eps of their tokenizer)
# what stands first of events at one place (events_name_order of their tokenizer)
_ORDER: Final = ("time_signature", "key_signature", "set_tempo", "patch_change", "control_change", "note")
_METRE: Final = {"nn": 3, "dd": 1}  # 4/4: beats less one, MIDI's power of two (2) less one
_MIDDLE: Final = 7  # `sf` of no accidentals


class Moment(msgspec.Struct, frozen=True):
    """An event at a time (units from the beginning) on a track; values: all parameters but where it stands."""

    time: int
    track: int
    kind: str
    values: dict[str, int]

    @property
    def place(self) -> tuple[int, int, int]:
        """Where it stands in the piece."""
        return self.time, self.track, _ORDER.index(self.kind)


class Standing(msgspec.Struct, frozen=True):
    """What the piece has said so far: key signature and tempo (none at the beginning), voices with a program."""

    signature: dict[str, int] | None = None
    bpm: int | None = None
    voices: frozenset[str] = frozenset()


def opening(
    plan: Plan, playing: frozenset[str], said: Standing, setting: Setting, time: int
) -> tuple[list[Moment], Standing]:
    """Return what is new at a bar line besides notes (metre, key, tempo, programs), and what stands then.

    playing: the voices of the bar; their programs must stand.
    """
    found = [Moment(time, CONDUCTOR, "time_signature", dict(_METRE))] if said.bpm is None else []
    signature, bpm = signature_of(plan.key), max(1, round(plan.bpm))
    if said.signature != signature:
        found.append(Moment(time, CONDUCTOR, "key_signature", signature))
    if said.bpm is not None and abs(said.bpm - bpm) < SAME_BPM:
        bpm = said.bpm
    else:
        found.append(Moment(time, CONDUCTOR, "set_tempo", {"bpm": bpm}))
    for voice, track in TRACKS.items():
        if voice in playing - said.voices:
            values = {"channel": setting.channels[voice], "patch": setting.programs[voice]}
            found.append(Moment(time, track, "patch_change", values))
    return found, Standing(signature, bpm, said.voices | playing)


def moments_of(bar: Bar, voice: str, setting: Setting, time: int) -> list[Moment]:
    """Return the notes of a bar that begins at `time`; a pitch struck anew ends what rings of it."""
    last: dict[int, Moment] = {}
    found: list[Moment] = []
    for note in sorted(bar.notes):
        onset = time + min(UNITS_PER_BAR - 1, units(note.onset))  # the end of the last unit stays in its bar
        old = last.get(note.pitch)
        if old is not None:
            found.remove(old)
            length = min(old.values["duration"], onset - old.time)
            if length > 0:
                found.append(msgspec.structs.replace(old, values=old.values | {"duration": length}))
        values = {
            "channel": setting.channels[voice],
            "pitch": note.pitch,
            "velocity": note.velocity,
            "duration": max(1, units(note.duration)),
        }
        last[note.pitch] = Moment(onset, TRACKS[voice], "note", values)
        found.append(last[note.pitch])
    return sorted(found, key=lambda moment: moment.place)


def units(ticks: int) -> int:
    """Return the nearest unit, as their tokenizer rounds."""
    return round(ticks / TICKS_PER_UNIT)


def rows_of(moments: Iterable[Moment], tokens: Tokens, beat: int) -> tuple[list[Row], int]:
    """Return the rows of moments in order, after one in `beat`, and the last one's beat; what a version lacks is left.

    Raises ValueError where two lie further apart than a row can say.
    """
    rows = []
    for moment in moments:
        if moment.kind in tokens.layouts:
            now, unit = divmod(moment.time, UNITS_PER_BEAT)
            values = {"time1": now - beat, "time2": unit, "track": moment.track, **moment.values}
            if "bpm" in values:
                values["bpm"] = min(values["bpm"], tokens.sizes["bpm"] - 1)
            rows.append(tokens.encode(Event(moment.kind, values)))
            beat = now
    return rows, beat


def moments_in(rows: Sequence[Row], tokens: Tokens, beat: int) -> list[Moment]:
    """Return the moments of rows after one in `beat`; raises ValueError on what is no event."""
    found = []
    for row in rows:
        event = tokens.decode(row)
        beat += event.values["time1"]
        time = beat * UNITS_PER_BEAT + event.values["time2"]
        rest = {name: value for name, value in event.values.items() if name not in {"time1", "time2", "track"}}
        found.append(Moment(time, event.values["track"], event.kind, rest))
    return found


def bars_of(moments: Iterable[Moment], time: int) -> dict[str, Bar]:
    """Return the notes per voice of a bar that begins at `time`; a note rings for a bar at most."""
    notes: dict[str, list[Note]] = {voice: [] for voice in TRACKS}
    voices = {track: voice for voice, track in TRACKS.items()}
    for moment in moments:
        if moment.kind == "note" and moment.track in voices:
            values, onset = moment.values, (moment.time - time) * TICKS_PER_UNIT
            length = min(TICKS_PER_BAR, values["duration"] * TICKS_PER_UNIT)
            notes[voices[moment.track]].append(Note(onset, length, values["pitch"], values["velocity"]))
    return {voice: Bar.of(found) for voice, found in notes.items()}


def signature_of(key: Key) -> dict[str, int]:
    """Return `sf` (accidentals, sharps up from 7) and `mi` (1 = minor) as their `key2sf` spells them."""
    minor = int(key.is_minor)
    sharps = key.relative_major * 7 % 12
    if sharps > 6 or (minor and sharps >= 5):
        sharps -= 12
    return {"sf": sharps + _MIDDLE, "mi": minor}
