from itertools import pairwise

import pytest

from engines import MelodyEngine
from engines.studio.config import Mark
from engines.studio.scorecard import score

WISH = {
    "key": "Am",
    "bpm": 120,
    "chord_progression": ["Am", "F", "C", "E7|Am"],
    "structure": [{"section": "build", "bars": 4}, {"section": "drop", "bars": 8}],
    "seed": 2,
}


@pytest.fixture(scope="module")
def piece():
    return MelodyEngine().generate(**WISH)


def test_every_voice_is_told_with_who_played_it(piece):
    card = piece.scores
    assert card.bars == 12
    assert card.seconds == 24
    assert {voice: one.notes for voice, one in card.voices.items()} == {v: len(n) for v, n in piece.notes.items()}
    assert card.players["lead"] == pytest.approx({"lead-transformer v1": 11 / 12, "rules": 1 / 12})
    assert card.players["bass"] == {"rules": 1.0}
    assert all(one.lowest <= one.highest for one in card.voices.values())


def test_a_mark_says_whether_a_figure_is_good(piece):
    names = piece.scores.figures
    strict = {name: Mark(least=1e9) for name in names}
    assert not any(figure.good for figure in score(piece, strict).figures.values())
    loose = {name: Mark(least=-1e9, most=1e9) for name in names}
    assert score(piece, loose).good
    assert set(score(piece, {"in_key": Mark()}).figures) == {"in_key"}


def test_what_cannot_be_measured_is_left_out():
    alone = MelodyEngine().generate(**WISH, accompaniment=False, tension_curve="flat").scores
    assert {"consonant", "unsupported", "pad_movement", "tension"}.isdisjoint(alone.figures)
    assert set(alone.voices) == {"lead"}
    assert alone.players["bass"] == {"tacet": 1.0}


def test_theory_knows_the_chords_and_looks_for_nothing(piece):
    theory = piece.theory
    assert theory.key == "Am"
    assert [chord.chord for chord in theory.chords][:5] == ["Am", "F", "C", "E7", "Am"]
    assert [chord.numeral for chord in theory.chords][:5] == ["i", "VI", "III", "V7", "i"]
    assert all(one.end == two.tick for one, two in pairwise(theory.chords))
    assert [(section.name, section.bars) for section in theory.sections] == [("build", 4), ("drop", 8)]
    assert (
        "authentic perfect"
        in {cadence.kind for cadence in theory.cadences}
        <= {"authentic perfect", "authentic imperfect"}
    )


def test_it_prints_figures_voices_and_sections(piece, capsys):
    piece.print_scorecard()
    told = capsys.readouterr().out
    assert all(word in told for word in ("consonant", "lead-transformer", "build", "i VI III", "Am"))
