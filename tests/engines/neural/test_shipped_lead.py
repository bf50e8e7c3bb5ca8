"""Laws of the leads that ship: what the performer's knobs do, measured on the real weights."""

from pathlib import Path

import pytest
from scipy.stats import spearmanr

from engines.library import Library
from training.lead.report import ramp
from training.play import make_plan, play

MODELS = Path(__file__).parents[3] / "models"


@pytest.fixture(scope="module", params=["lead-transformer", "lead-gru"])
def lead(request):
    return Library(MODELS).load(request.param)


def test_velocity_notes_and_register_rise_with_tension(lead):
    for name, values in ramp(lead, seeds=2).items():
        assert min(values) >= 0.8, f"{name}: {values}"


def test_density_alone_raises_the_notes(lead):
    levels = [n / 31 for n in range(32)]
    bars = play(lead, [make_plan(n, density=x) for n, x in enumerate(levels)], "lead")
    assert spearmanr(levels, [len(bar.notes) for bar in bars])[0] >= 0.6


def test_notes_are_in_the_chord_scale(lead):
    plans = [make_plan(n, tension=0.6) for n in range(32)]
    pairs = list(zip(plans, play(lead, plans, "lead"), strict=True))
    notes = [(plan, note) for plan, bar in pairs for note in bar.notes]
    scale = sum(plan.key.contains(n.pitch) for plan, n in notes) / len(notes)
    tones = sum(plan.chord_at(n.onset).contains(n.pitch) for plan, n in notes) / len(notes)
    assert scale >= 0.98  # real melodies: p10 .982
    assert 0.458 <= tones <= 0.95  # real melodies: p10 .458 at onsets
