"""What an expert plays to held-out melodies, and the figures of it."""

from collections.abc import Sequence

import msgspec
import numpy as np

from engines.codec import lead
from engines.codec.accompaniment import VOICES
from engines.codec.grid import FUNCTIONS
from engines.expert import HISTORY_BARS, Expert, Heard, Request
from engines.genre import Genre
from engines.measure.accompaniment import consonant_share, movements, unsupported_share
from engines.measure.line import SILENT, Line, Roll, chord_rows, line_of, placed, roll_of
from engines.note import Bar
from engines.plan import Plan
from engines.theory.key import Key
from training.accompaniment.data import Song
from training.accompaniment.windows import functions_of, measure
from training.play import make_plan
from training.untold import Floats

LENGTH = 8  # bars of an excerpt
RUBS = (1, 11)
Figures = dict[str, float]


class Excerpt(msgspec.Struct):
    """A held-out melody over its chords: plans, the lead's bars, the song and its first bar."""

    plans: list[Plan]
    melody: list[Bar]
    song: Song
    first: int


def excerpts(songs: Sequence[Song], genres: dict[str, Genre], count: int, start: int = LENGTH) -> list[Excerpt]:
    """Return excerpts whose chords and melody are known, one a song, from bar `start` on; the genres take turns."""
    found: list[Excerpt] = []
    for song, measured in zip(songs, measure(list(songs)), strict=True):
        for first in range(start, len(song.tokens) - LENGTH, LENGTH):
            beats = [chord for bar in song.chords[first : first + LENGTH] for chord in bar]
            sung = (song.melody[first : first + LENGTH, 0] < lead.PITCHES).any(-1).sum()
            if None not in beats and sung >= LENGTH - 1 and len(found) < count:
                genre = list(genres.values())[len(found) % len(genres)]
                melody = [_melody(song, bar) for bar in range(first, first + LENGTH)]
                found.append(Excerpt(_plans(song, measured, first, genre), melody, song, first))
                break
    return found


def _melody(song: Song, bar: int) -> Bar:
    row = song.melody[bar, 0]
    grid = lead.LeadGrid(tuple(row.tolist()), (5,) * len(row))
    return lead.decode(grid, 0)


def _plans(song: Song, measured: Floats, first: int, genre: Genre) -> list[Plan]:
    key = Key(9, "minor") if song.minor else Key(0, "major")
    plans, names = [], functions_of(song)
    for bar in range(LENGTH):
        tension, *densities = (float(x) for x in measured[first + bar])
        section = FUNCTIONS[names[first + bar]]
        section = section if section in genre.sections else "drop"
        plan = make_plan(bar, tension=tension, key=key, chords=song.chords[first + bar], section=section)  # type: ignore[arg-type]
        density = plan.density | dict(zip(VOICES, densities, strict=True))
        energy = genre.sections[section].energy
        plans.append(msgspec.structs.replace(plan, genre=genre.name, density=density, energy=energy))
    return plans


def accompany(expert: Expert, excerpt: Excerpt, seed: int) -> dict[str, list[Bar]]:
    """Return the bars that an expert writes to a melody, voice after voice as the band asks."""
    history: tuple[Heard, ...] = ()
    found: dict[str, list[Bar]] = {voice: [] for voice in VOICES}
    for plan, melody in zip(excerpt.plans, excerpt.melody, strict=True):
        written = {"lead": melody}
        for number, voice in enumerate(VOICES):
            mark = seed * 1009 + plan.index * 7 + number
            written |= expert.write(Request(plan, (voice,), history, written, seed=mark, phrase_seed=seed))
        history = (*history, Heard(plan, written))[-HISTORY_BARS:]
        for voice in VOICES:
            found[voice].append(written[voice])
    return found


def figures(bars: dict[str, list[Bar]], excerpt: Excerpt) -> Figures:
    """Return CR, UR, rubs with the lead, pad movement and notes per bar of one excerpt."""
    melody = line_of(placed(excerpt.melody), LENGTH)
    rolls = {voice: roll_of(placed(bars[voice]), LENGTH) for voice in VOICES}
    together = rolls["bass"] | rolls["arp"] | rolls["pad"]
    chords = chord_rows([chord for plan in excerpt.plans for chord in plan.chords])
    moves = movements(rolls["pad"], chords)
    found = {
        "consonant": consonant_share(melody, together),
        "unsupported": unsupported_share(melody, together),
        "rubs": rubs(melody, together),
        "rubs_arp": rubs(melody, rolls["arp"]),
        "pad_movement": float(np.mean(moves)) if moves else None,
        **arp_line([note.pitch for bar in bars["arp"] for note in bar.notes]),
        **{f"notes_{voice}": sum(len(bar.notes) for bar in bars[voice]) / LENGTH for voice in VOICES},
    }
    return {name: value for name, value in found.items() if value is not None}


def arp_line(pitches: Sequence[int]) -> dict[str, float | None]:
    """Return how an arp moves: shares of repeated notes and of leaps beyond an octave, mean semitones."""
    moves = np.abs(np.diff(pitches))
    if not len(moves):
        return {}
    leaps = {"arp_repeats": moves == 0, "arp_leaps": moves > 12, "arp_semitones": moves}
    return {name: float(np.mean(values)) for name, values in leaps.items()}


def rubs(melody: Line, others: Roll) -> float | None:
    """Return the share of the melody's sounding steps at which another voice lies a semitone off, octaves aside."""
    steps = np.flatnonzero(melody.pitch != SILENT)
    if not len(steps):
        return None
    classes = others.sounding[steps][:, :120].reshape(len(steps), 10, 12).any(1)
    near = (melody.pitch[steps][:, None] + np.array(RUBS)) % 12
    return float(np.take_along_axis(classes, near, axis=1).any(-1).mean())


def real(excerpt: Excerpt) -> Figures:
    """Return the figures of what accompanies the melody in the song itself, as far as its notes tell them."""
    bits = excerpt.song.classes[excerpt.first : excerpt.first + LENGTH].reshape(-1).astype(np.int64)
    sounding = np.zeros((len(bits), 128), bool)
    sounding[:, :12] = bits[:, None] >> np.arange(12) & 1
    roll, melody = Roll(sounding, sounding), line_of(placed(excerpt.melody), LENGTH)
    pairs: dict[str, float | None] = {
        "consonant": consonant_share(melody, roll),
        "unsupported": unsupported_share(melody, roll),
        "rubs": rubs(melody, roll),
    }
    notes = excerpt.song.levels[excerpt.first : excerpt.first + LENGTH, :, 0].mean(0)
    arp = excerpt.song.tokens[excerpt.first : excerpt.first + LENGTH, 1].reshape(-1).astype(int)
    pairs |= arp_line(arp[arp < lead.PITCHES].tolist())
    found = {name: value for name, value in pairs.items() if value is not None}
    return found | {f"notes_{voice}": float(notes[n]) for n, voice in enumerate(VOICES)}
