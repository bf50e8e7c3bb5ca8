"""Bass, arp and pad of a prepared corpus, as its tracks' roles say; a piano without a bass is split into three."""

from collections.abc import Iterator

from engines.theory.key import Key
from engines.units import TICKS_PER_BAR
from training.accompaniment.data import SHORTEST_BARS, Song, accompanies, bars_in, make, on_grid
from training.accompaniment.roles import Parts, split_piano
from training.corpus.material import Material
from training.corpus.piece import Piece, Track
from training.corpus.tokens import lead_track
from training.corpus.tunes import per_beat

PIANO = ("pad", "arp", "other")  # roles that a piano is taken for


def songs_of(piece: Piece) -> Iterator[Song]:
    """Yield a song for every key that the piece runs through; nothing where nobody accompanies."""
    pitched = [track for track in piece.tracks if track.role != "drums" and track.events]
    shift = TICKS_PER_BAR if any(track.events[0].onset < 0 for track in pitched) else 0
    parts = parts_of(pitched, shift)
    melody = lead_track(piece)
    if melody is not None:
        parts["lead"] = parts_of([melody], shift)["lead"]
    if not accompanies(parts) or not piece.keys:
        return
    chords, marks = per_beat(piece, shift), [round((mark.tick + shift) / TICKS_PER_BAR) for mark in piece.keys]
    for number, mark in enumerate(piece.keys):
        end = marks[number + 1] if number + 1 < len(marks) else bars_in(parts)
        span = (marks[number] if number else 0, end)
        yield from make(f"{piece.source}/{piece.name}", Key(mark.tonic, mark.mode), parts, chords, span)


def parts_of(tracks: list[Track], shift: int) -> Parts:
    """Return notes on the grid by role."""
    found: Parts = {}
    for track in tracks:
        notes = [on_grid(each.onset + shift, each.duration, each.pitch, each.velocity) for each in track.events]
        found.setdefault(track.role, []).extend(notes)
    if "bass" not in found:
        found |= split_piano([note for role in PIANO for note in found.get(role, [])], [])
    return found


MATERIAL = Material(
    "accompanied songs", f"a bass with an arp or a pad, or a piano, for {SHORTEST_BARS} bars in one key", songs_of
)
