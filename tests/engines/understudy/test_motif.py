import random

from engines.understudy.motif import make_motif
from tests.engines.understudy.making import GENRES

FIGURES = [figure for genre in GENRES.values() for figure in genre.lead.values()]


def test_the_same_dice_make_the_same_motif():
    for figure in FIGURES:
        assert make_motif(figure, random.Random(3)) == make_motif(figure, random.Random(3))


def test_a_motif_lies_around_its_middle():
    for figure in FIGURES:
        for seed in range(20):
            heights = [height for bar in make_motif(figure, random.Random(seed)) for height in bar.contour]
            assert abs(sum(heights) / len(heights)) <= 0.5
            assert max(heights) - min(heights) <= 2 * figure.span + 2


def test_a_second_bar_in_the_same_rhythm_opens_like_the_first():
    sequences = [
        (one, other)
        for figure in FIGURES
        for seed in range(20)
        for one, other in [make_motif(figure, random.Random(seed))]
        if one.rhythm == other.rhythm
    ]
    opened = sum(one.contour[:4] == other.contour[:4] for one, other in sequences)
    assert len(sequences) > 50
    assert opened > 0.7 * len(sequences)
