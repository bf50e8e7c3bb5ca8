"""The last touch between experts and the wire: level, swing, and human unevenness; pure and seeded.

Law: with humanize 0 and swing 0 every onset stands exactly on the sixteenth grid, learned timing included.
How unevenness wanders from note to note is the genre's hand of the voice (`engines.hand`), its size the genre's voice.
"""

import math
import random
from typing import Final

import msgspec

from engines.genre import Genre
from engines.hand import WHITE, Wander
from engines.note import Bar, Note
from engines.seed import mix
from engines.understudy.stage import SINGLE
from engines.units import STEPS_PER_BAR, TICKS_PER_STEP

SWING_TICKS: Final = TICKS_PER_STEP / 3  # full swing: the odd sixteenth at two thirds of its eighth, a triplet
DEVIATIONS: Final = 2.0  # jitter beyond two standard deviations sounds like a mistake, not like a hand


def finish(
    bar: Bar, voice: str, *, level: float, humanize: float, swing: float, seed: int, index: int, genre: Genre
) -> Bar:
    """Return the bar as it shall sound; index: its number, from 0.

    level 0..1 scales velocity, 0 is silence. humanize 0..1 scales the expert's own micro-timing (onset minus
    nearest step) and adds what the voice's hand does to onset and velocity under this seed. swing 0..1
    delays odd sixteenths, up to a triplet. Onsets stay in the bar and in order, and a voice of single notes
    stays one; where two notes would share pitch and tick, the later written one gives way.
    """
    if level <= 0.0:
        return Bar((), bar.length)
    touch = _Touch(voice, seed, index, genre)
    notes: list[Note] = []
    earliest = 0
    for note in bar.notes:
        late, louder = touch.of(note)
        onset = max(earliest, _onset(note, bar.length, humanize, swing, late))
        earliest = onset
        # a note that ended with the bar still does: late, it must not ring into the next bar's first note
        room = bar.length - onset if note.end <= bar.length else note.duration
        velocity = max(1, min(127, round(level * (note.velocity + humanize * louder))))
        notes.append(Note(onset, min(note.duration, room), note.pitch, velocity))
    return Bar(tuple(sorted(_apart(notes, single=voice in SINGLE))), bar.length)


class _Touch:
    """What a voice's hand does to the notes of one bar."""

    def __init__(self, voice: str, seed: int, index: int, genre: Genre) -> None:
        """Draw what the notes of a step share."""
        hand, style = genre.hands.get(voice, WHITE), genre.voices[voice]
        self._place = f"{seed}:{voice}:{index}"
        self._late = _quantity(hand.late, mix(seed, voice, "late"), index, style.timing)
        self._loud = _quantity(hand.loud, mix(seed, voice, "loud"), index, style.jitter)

    def of(self, note: Note) -> tuple[float, float]:
        """Return by how many ticks a note is late, by how much it is louder; it hangs on no other note of the bar."""
        step = min(STEPS_PER_BAR - 1, round(note.onset / TICKS_PER_STEP))
        late, louder = self._own(note)
        return _sized(self._late, step, late), _sized(self._loud, step, louder)

    def _own(self, note: Note) -> tuple[float, float]:
        """Draw what is the note's alone; a voice whose strokes are all there is needs no dice."""
        if self._late[1] == self._loud[1] == 0.0:
            return 0.0, 0.0
        dice = random.Random(f"{self._place}:{note.onset}:{note.pitch}")
        return dice.gauss(0.0, 1.0), dice.gauss(0.0, 1.0)


_Quantity = tuple[list[float], float, float]
"""What the notes of each step share, how much is a note's own (both in standard deviations), and that in units."""


def _quantity(wander: Wander, seed: int, index: int, unit: float) -> _Quantity:
    return wander.strokes(seed, index).tolist(), math.sqrt(wander.note), unit


def _sized(quantity: _Quantity, step: int, own: float) -> float:
    strokes, share, unit = quantity
    return max(-DEVIATIONS, min(DEVIATIONS, strokes[step] + share * own)) * unit


def _onset(note: Note, length: int, humanize: float, swing: float, late: float) -> int:
    """Return the onset after swing and humanizing, inside the bar."""
    last = (length - 1) // TICKS_PER_STEP
    step = min(last, round(note.onset / TICKS_PER_STEP))
    swung = step * TICKS_PER_STEP + (swing * SWING_TICKS if step % 2 else 0.0)
    human = humanize * (note.onset - step * TICKS_PER_STEP + late)
    return max(0, min(length - 1, round(swung + human)))


def _apart(notes: list[Note], *, single: bool) -> list[Note]:
    """Cut each note where the next of its place (its pitch; in a single voice any note) begins."""
    kept: list[Note] = []
    last: dict[int, int] = {}
    for note in notes:
        place = 0 if single else note.pitch
        before = last.get(place)
        if before is not None:
            if kept[before].onset == note.onset:
                continue
            if kept[before].end > note.onset:
                kept[before] = msgspec.structs.replace(kept[before], duration=note.onset - kept[before].onset)
        last[place] = len(kept)
        kept.append(note)
    return kept
