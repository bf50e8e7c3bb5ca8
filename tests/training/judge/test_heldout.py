from pathlib import Path

from tests.training.beats import make_chord_corpus
from tests.training.music import make_corpus
from training.harmony.data import held_out, pop909
from training.judge.heldout import chords, sides
from training.lead import data as data_lead


def test_the_split_is_the_lead_s_and_nothing_is_on_both_sides(tmp_path: Path) -> None:
    data = make_corpus(tmp_path)
    found = sides(data)
    split = data_lead.divide(data_lead.read(data))
    assert {f"pop909/{name}" for name in found.held_out} == {segment.name for segment in split["test"]}
    assert {tune.name for tune in found.known} == {segment.name for segment in split["train"]}
    assert not {f"pop909/{name}" for name in found.held_out} & {tune.name for tune in found.known}
    assert all(len(tune.onsets) == len(tune.pitches) > 16 for tune in found.known)


def test_the_chords_split_is_the_harmony_s(tmp_path: Path) -> None:
    data = make_chord_corpus(tmp_path / "chords")
    kept = chords(data)
    assert kept == held_out(list(pop909(data / "pop909"))) and len(kept) == 90
    assert chords(tmp_path / "nothing") == frozenset()
