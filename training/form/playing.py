"""Whole forms as the expert makes them for our genres, the rules' beside: grid, energy, lengths, variety."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from engines.form import FormExpert, Visit, closes
from engines.formplan import plan_form
from engines.genre import Genre, load_genres
from engines.measure.rank import spearman
from engines.understudy.form import RuleForm
from training.publish import Metrics

TRACKS: Final = 100  # per genre
WISHED_BARS: Final = 208  # Snoman's trance plan has 212; on the grid of 8
# Harmonix Set, dance/electronic (129 tracks, 1467 sections): shares of sections of exactly 8 and 16 bars, of other
# multiples of 8, of odd multiples of 4, of other lengths; medians of a track
HARMONIX: Final = (0.439, 0.187, 0.039, 0.141, 0.194)
HARMONIX_BARS: Final = 118
HARMONIX_SECTIONS: Final = 11.4


def figures(expert: FormExpert) -> Metrics:
    """Return the measures of 100 tracks per genre: of the expert and the rules, of open and of wished length."""
    genres = load_genres(Path(str(resources.files("configs") / "genres")))
    found: Metrics = {}
    for player in (expert, RuleForm()):
        for bars in (None, WISHED_BARS):
            each = [measures(genre, _tracks(genre, player, bars)) for genre in genres.values()]
            name = f"form.{'rules.' if player is not expert else ''}{'open' if bars is None else 'wished'}"
            found |= {f"{name}.{kind}": round(float(np.mean([one[kind] for one in each])), 4) for kind in each[0]}
    return found


def _tracks(genre: Genre, expert: FormExpert, bars: int | None) -> list[tuple[Visit, ...]]:
    return [plan_form(genre, bars, seed, expert) for seed in range(TRACKS)]


def measures(genre: Genre, tracks: Sequence[Sequence[Visit]]) -> dict[str, float]:
    """Return shares and medians of the tracks of a genre.

    grid4, grid8: sections whose length is a multiple of 4, 8 bars. energy: mean rank correlation of a track's energies
    with its sections' in the genre. harmonix: total variation 0..1 between the lengths and Harmonix'. forms: distinct
    orders of sections, plans: with lengths, per track. closed: tracks that end in a section that may end a piece.
    """
    lengths = np.array([visit.bars for track in tracks for visit in track])
    energy = [
        spearman([visit.energy for visit in track], [genre.sections[visit.section].energy for visit in track])
        for track in tracks
        if len({visit.section for visit in track}) > 1
    ]
    bars = [sum(visit.bars for visit in track) for track in tracks]
    return {
        "grid4": float((lengths % 4 == 0).mean()),
        "grid8": float((lengths % 8 == 0).mean()),
        "energy": float(np.mean(energy)) if energy else 0.0,
        "harmonix": float(np.abs(np.array(classes(lengths)) - HARMONIX).sum() / 2),
        "forms": len({tuple(visit.section for visit in track) for track in tracks}) / len(tracks),
        "plans": len({tuple((visit.section, visit.bars) for visit in track) for track in tracks}) / len(tracks),
        "closed": float(np.mean([closes(track[-1].section) for track in tracks])),
        "sections": float(np.median([len(track) for track in tracks])),
        "bars": float(np.median(bars)),
        "bars_p10": float(np.quantile(bars, 0.1)),
        "bars_p90": float(np.quantile(bars, 0.9)),
    }


def classes(lengths: np.ndarray) -> list[float]:
    """Return the shares of lengths in the classes of HARMONIX."""
    eight, sixteen = float((lengths == 8).mean()), float((lengths == 16).mean())
    eights, fours = float((lengths % 8 == 0).mean()), float((lengths % 4 == 0).mean())
    return [eight, sixteen, eights - eight - sixteen, fours - eights, 1 - fours]
