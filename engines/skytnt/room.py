"""Where in a bar the next note may stand and what it may be: the masks under which a midi-model's events are drawn.

Places are pairs (unit of the bar 0..63, track). The floor only rises, so time never goes back.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.note import EMPTY_BAR, Note
from engines.skytnt.score import TICKS_PER_UNIT, UNITS_PER_BAR, UNITS_PER_BEAT
from engines.skytnt.setting import TRACKS, Setting
from engines.skytnt.tokens import Tokens
from engines.theory.scale import chord_scale
from engines.understudy.stage import SINGLE, Stage
from engines.units import BEATS_PER_BAR, STEPS_PER_BEAT, TICKS_PER_BAR, TICKS_PER_STEP

Mask = NDArray[np.bool_]
Place = tuple[int, int]

UNITS_PER_STEP: Final = UNITS_PER_BEAT // STEPS_PER_BEAT
AT_ONCE: Final = {"lead": 1, "bass": 1, "arp": 1, "pad": 4, "drums": 4}  # notes of one voice at one place
TAIL_UNITS: Final = 4 * UNITS_PER_STEP  # a note may ring so far over the bar line, as the lead's (tail_steps)
_UNITS: Final = np.arange(UNITS_PER_BAR)
_GRID: Final[Mask] = _UNITS % UNITS_PER_STEP == 0
# microtiming as the drums' codec keeps it: less than half a step early or late; no hit for the next bar's first step
_LOOSE: Final[Mask] = _UNITS % UNITS_PER_STEP != UNITS_PER_STEP // 2
_LOOSE[-1] = False


class Room:
    """The room for the voices of one bar; what is placed narrows it.

    asked: tracks whose notes are wanted. seats: voices by track that are written here, those asked and those that shall
    play but are not written yet: the band that an asked voice is imagined in. Of all others it is known what they play.
    """

    def __init__(self, stages: Mapping[str, Stage], setting: Setting, tokens: Tokens) -> None:
        """Take the stages of every voice of the band in the bar, all of one request."""
        self.stages, self.tokens = stages, tokens
        request = next(iter(stages.values())).request
        known = set(request.written) - set(request.voices)
        self.asked = frozenset(TRACKS[voice] for voice in request.voices)
        self.seats = {TRACKS[voice]: voice for voice in stages if voice not in known}
        self.channels = {TRACKS[voice]: setting.channels[voice] for voice in stages}
        self.first = -(-request.start // TICKS_PER_UNIT)
        self.floor: Place = (self.first, min(self.seats))
        self.free = {voice: _free(stages[voice]) for voice in self.seats.values()}
        self.placed: dict[tuple[int, str], set[int]] = {}
        self.last = UNITS_PER_BAR + (TAIL_UNITS if request.plan.upcoming is None else 0)
        # a place is drawn before its voice: beside melodic voices drums keep to their grid, or all that the model plays
        # a little off it would be theirs
        self._grid = _LOOSE if set(self.seats.values()) == {"drums"} else _GRID
        self._fits = {voice: _fitting(stages[voice]) for voice in self.seats.values()}

    def open(self) -> bool:
        """Whether any asked voice may still play in this bar."""
        return any(self._times(track)[self.floor[0] :].any() for track in self.asked)

    def rise(self, place: Place) -> None:
        """Let nothing stand before a place any more."""
        self.floor = max(self.floor, place)

    def put(self, place: Place, pitch: int) -> None:
        """Remember a note that was written."""
        unit, track = place
        voice = self.seats[track]
        self.placed.setdefault((unit, voice), set()).add(pitch)
        if voice in SINGLE:
            self.free[voice] = unit + 1
        self.rise(place)

    def allowed(self, name: str, chosen: Mapping[str, int], beat: int) -> Mask:
        """Return which values [size] a parameter of the next note may take; never none.

        chosen: the parameters before it. beat: of the bar, in which the event before stands (negative: earlier bars).
        """
        found = np.zeros(self.tokens.sizes[name], bool)
        if name == "time1":
            found[np.flatnonzero(self._beats().any(axis=1)) - beat] = True
            found[BEATS_PER_BAR - beat :] = True  # whatever comes after the bar says that the bar is over
            return found
        now = beat + chosen["time1"]
        if name == "time2":
            units: Mask = self._beats()[now]
            return units
        unit = now * UNITS_PER_BEAT + chosen["time2"]
        if name == "track":
            found[self._tracks(unit)] = True
            return found
        voice = self.seats[chosen["track"]]
        if name == "channel":
            found[self.channels[chosen["track"]]] = True
        elif name == "pitch":
            found[self._pitches(voice, unit)] = True
        elif name == "velocity":
            found[1:] = True
        elif voice == "drums":
            found[UNITS_PER_STEP] = True
        else:
            found[1 : min(UNITS_PER_BAR, self.last - unit) + 1] = True
        return found

    def _beats(self) -> Mask:
        """Return the units [4, 16] of the bar's beats at which anybody may play."""
        found: Mask = np.logical_or.reduce([self._times(track) for track in self.channels])
        return found.reshape(BEATS_PER_BAR, UNITS_PER_BEAT)

    def _tracks(self, unit: int) -> list[int]:
        return [track for track in self.channels if self._times(track)[unit]]

    def _times(self, track: int) -> Mask:
        """Return the units [64] at or above the floor at which a track may play."""
        unit, first = self.floor
        found: Mask = unit + (track < first) <= _UNITS
        voice = self.seats.get(track)
        if voice is None:
            return found & _GRID
        found &= self._grid & (self.free[voice] <= _UNITS)
        if unit < UNITS_PER_BAR:
            found[unit] &= bool(self._pitches(voice, unit))
        return found

    def _pitches(self, voice: str, unit: int) -> list[int]:
        """Return the pitches that a voice may still strike at a unit."""
        struck = self.placed.get((unit, voice), set())
        if len(struck) >= AT_ONCE[voice]:
            return []
        beat, inside = divmod(unit, UNITS_PER_BEAT)
        return [pitch for pitch in self._fits[voice][beat][inside == 0] if pitch not in struck]


def _free(stage: Stage) -> int:
    """Return the first unit at which a voice may play: a single line waits for what of it still rings."""
    request, voice = stage.request, stage.voice
    if voice not in SINGLE:
        return 0
    notes: list[Note] = list(request.committed.get(voice, EMPTY_BAR).before(request.start).notes)
    ends = [note.end for note in notes]
    if request.history and request.history[-1].plan.index == request.plan.index - 1:
        ends += [note.end - TICKS_PER_BAR for note in request.history[-1].bars.get(voice, EMPTY_BAR).notes]
    return max(0, -(-max(ends, default=0) // TICKS_PER_UNIT))


def _fitting(stage: Stage) -> list[tuple[list[int], list[int]]]:
    """Return per beat the pitches of a voice off the beat and on it.

    Drums: the genre's kit. Pads have chord tones only; basses and arps on the beat, too; all else is the chord's scale.
    """
    if stage.voice == "drums":
        kit = sorted(set(stage.genre.kit.values()))
        return [(kit, kit)] * BEATS_PER_BAR
    plan, found = stage.request.plan, []
    for beat in range(BEATS_PER_BAR):
        chord = plan.chord_at(beat * STEPS_PER_BEAT * TICKS_PER_STEP)
        reach = range(stage.style.low, stage.style.high + 1)
        tones = [pitch for pitch in reach if chord.contains(pitch)]
        scale = [pitch for pitch in reach if pitch % 12 in chord_scale(chord, plan.key)]
        found.append((tones if stage.voice == "pad" else scale, scale if stage.voice == "lead" else tones))
    return found
