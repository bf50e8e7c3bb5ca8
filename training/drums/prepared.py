"""Drums of a prepared corpus: what its pieces' drum tracks play, on the grid; and either kind of data by its sides."""

from collections.abc import Iterator
from pathlib import Path

from engines.units import TICKS_PER_BAR
from training.corpus import material, piece, store
from training.corpus.material import Material
from training.drums.data import pieces
from training.drums.names import GROOVE_STYLES, PATTERN_STYLES
from training.drums.piece import Piece, bar_count, grid, runs

LOOP_BARS = 4  # a pattern of one bar is heard as the loop that it is
STYLES = {**PATTERN_STYLES, **GROOVE_STYLES}
FILLS = {"fill": "yes", "beat": "no"}
UNEVEN = ("swing", "shuffle")  # sixteen even steps do not hold them


def stretches(song: piece.Piece) -> Iterator[Piece]:
    """Yield the stretches of bars with hits; a user's files are taken at their word in loudness and timing."""
    hits = [event for track in song.tracks if track.role == "drums" for event in track.events]
    named = song.meta.get("style", "").lower()
    if not hits or any(word in named for word in UNEVEN):
        return
    shift = TICKS_PER_BAR if hits[0].onset < 0 else 0
    events = [(float(hit.onset + shift), hit.pitch, hit.velocity / 127) for hit in hits]
    bars = grid(events, bar_count(events))
    bars = bars * LOOP_BARS if len(bars) == 1 else bars
    style, fill = style_of(named), FILLS.get(song.meta.get("beat_type", ""), "unknown")
    at_their_word = song.tier == "own"
    dynamic = at_their_word or song.velocities_played
    timed = at_their_word or (dynamic and any(bar.offsets.any() for bar in bars))
    for number, run in enumerate(runs(bars)):
        name = f"{song.source}/{song.name}#{number}"
        yield Piece(name, song.source, "", style, fill, dynamic, timed, run, labelled=not at_their_word)


def style_of(named: str) -> str:
    """Return the codec's style for a style as a corpus names it."""
    return next((style for word, style in STYLES.items() if named.startswith(word)), "unknown")


MATERIAL = Material("stretches of drums", "a drum track, on channel 10 or named so", stretches)


def sides(data: Path) -> dict[str, list[Piece]]:
    """Return the pieces of the four known corpora, or of a prepared corpus, as train, valid and test."""
    if store.is_corpus(data):
        return material.sides(data, MATERIAL)
    found = pieces(data)
    return {side: [each for each in found if each.split == side] for side in store.SIDES}
