from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from engines.codec.accompaniment import VOICES
from engines.expert import Heard, Request
from engines.library import Library
from engines.note import Bar, Note
from tests.engines.understudy.making import GENRES, make_plan


@pytest.fixture(scope="module")
def shipped():
    return Library(Path(__file__).parents[3] / "models").load("accompaniment-grid")


def play(expert, plans, seed=0, written=None):
    heard = []
    for plan in plans:
        request = Request(
            plan, VOICES, tuple(heard[-8:]), written or {}, seed=seed * 1000 + plan.index, phrase_seed=seed
        )
        heard.append(Heard(plan, expert.write(request)))
    return [past.bars for past in heard]


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_tension_is_heard_in_every_voice(shipped, genre):
    levels = [n / 47 for n in range(48)]
    played = play(shipped, [make_plan(n, tension=x, genre=genre, section="build") for n, x in enumerate(levels)])
    for voice in VOICES:
        bars = [bars[voice].notes for bars in played]
        kept = [(x, notes) for x, notes in zip(levels, bars, strict=True) if notes]
        x = [level for level, _ in kept]
        assert spearmanr(x, [np.mean([n.velocity for n in notes]) for _, notes in kept])[0] > 0.9
        assert spearmanr(x, [np.mean([n.pitch for n in notes]) for _, notes in kept])[0] > 0.3
        assert spearmanr(levels, [len(notes) for notes in bars])[0] > 0.5


def test_without_variation_a_loop_comes_back_and_another_seed_plays_another(shipped):
    plans = [make_plan(n, variation=0.0) for n in range(16)]
    one, other = play(shipped, plans, 1), play(shipped, plans, 2)
    assert one == play(shipped, plans, 1)
    assert one != other
    rhythm = [[{n.onset for n in bars[voice].notes} for bars in one] for voice in VOICES]
    same = [2 * len(a & b) / (len(a) + len(b)) for row in rhythm for a, b in zip(row[8:], row[4:], strict=False)]
    assert np.mean(same) > 0.8


def test_the_lead_is_given_room(shipped):
    lead = Bar((Note(0, 1920, 71, 90),))
    for number in range(8):
        bars = play(shipped, [make_plan(number)], number, {"lead": lead})[0]
        assert all((note.pitch - 71) % 12 not in (1, 11) for note in bars["arp"].notes)
