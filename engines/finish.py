"""The last touch between experts and the wire: level, swing, and human unevenness; pure and seeded.

Law: with humanize 0 and swing 0 every onset stands exactly on the sixteenth grid, learned timing included.
"""

import random
from typing import Final

import msgspec

from engines.genre import Genre
from engines.note import Bar, Note
from engines.understudy.stage import SINGLE
from engines.units import TICKS_PER_STEP

SWING_TICKS: Final = TICKS_PER_STEP / 3  # full swing: the odd sixteenth at two thirds of its eighth, a triplet
DEVIATIONS: Final = 2.0  # jitter beyond two standard deviations sounds like a mistake, not like a hand


def finish(bar: Bar, voice: str, *, level: float, humanize: float, swing: float, seed: int, genre: Genre) -> Bar:
    """Return the bar as it shall sound.

    level 0..1 scales velocity, 0 is silence. humanize 0..1 scales the expert's own micro-timing (onset minus
    nearest step) and adds seeded jitter of onset and velocity, its size from the genre's voice. swing 0..1
    delays odd sixteenths, up to a triplet. Onsets stay in the bar and in order, and a voice of single notes
    stays one; where two notes would share pitch and tick, the later written one gives way.
    """
    if level <= 0.0:
        return Bar((), bar.length)
    notes: list[Note] = []
    earliest = 0
    for note in bar.notes:
        dice = random.Random(f"{seed}:{voice}:{note.onset}:{note.pitch}")
        onset = max(earliest, _onset(note, bar.length, humanize, swing, _jitter(dice, genre, voice)))
        earliest = onset
        # a note that ended with the bar still does: late, it must not ring into the next bar's first note
        room = bar.length - onset if note.end <= bar.length else note.duration
        velocity = max(1, min(127, round(level * (note.velocity + humanize * _force(dice, genre, voice)))))
        notes.append(Note(onset, min(note.duration, room), note.pitch, velocity))
    return Bar(tuple(sorted(_apart(notes, single=voice in SINGLE))), bar.length)


def _onset(note: Note, length: int, humanize: float, swing: float, jitter: float) -> int:
    """Return the onset after swing and humanizing, inside the bar."""
    last = (length - 1) // TICKS_PER_STEP
    step = min(last, round(note.onset / TICKS_PER_STEP))
    swung = step * TICKS_PER_STEP + (swing * SWING_TICKS if step % 2 else 0.0)
    human = humanize * (note.onset - step * TICKS_PER_STEP + jitter)
    return max(0, min(length - 1, round(swung + human)))


def _jitter(dice: random.Random, genre: Genre, voice: str) -> float:
    """Draw a shift in ticks."""
    return _bell(dice) * genre.voices[voice].timing


def _force(dice: random.Random, genre: Genre, voice: str) -> float:
    """Draw a change of velocity."""
    return _bell(dice) * genre.voices[voice].jitter


def _bell(dice: random.Random) -> float:
    return max(-DEVIATIONS, min(DEVIATIONS, dice.gauss(0.0, 1.0)))


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
