import numpy as np
from msgspec.structs import replace

from engines.theory.key import Key
from tests.training.judge.making import made, melody, song
from training.judge.blueprints import blueprints, choose


def test_excerpts_lie_end_to_end_and_keep_the_song_s_notes() -> None:
    found = made(1)
    assert [each.bar for each in found] == [0, 8, 16]
    assert [each.name for each in found] == ["000:0", "000:8", "000:16"]
    assert found[1].melody[0] == (melody(0)[len(found[0].melody)][0] - 128, *melody(0)[len(found[0].melody)][1:])
    assert sum(len(each.melody) for each in found) == len(melody(0))
    assert {each.bars for each in found} == {8}
    assert len(found[0].chords) == 33
    assert found[2].chords[-1] == found[2].chords[-2]  # the song ends: its last chord goes on


def test_no_excerpt_runs_over_a_change_of_key_or_an_unknown_chord() -> None:
    whole = song(0)
    parted = replace(whole, keys=((0, Key.parse("C")), (10, Key.parse("D"))))
    assert [(each.bar, each.key.name) for each in blueprints([parted], 8, 8)] == [(0, "C"), (10, "D")]
    holed = replace(whole, chords=(*whole.chords[:40], None, *whole.chords[41:]))
    assert [each.bar for each in blueprints([holed], 8, 8)] == [0, 16]
    assert blueprints([whole], 8, 1000) == []


def test_wishes_are_ranks_of_what_is_sung() -> None:
    found = made(3)
    density = np.concatenate([each.density for each in found])
    notes = [sum(n[0] // 16 == bar for n in each.melody) for each in found for bar in range(8)]
    assert np.corrcoef(density, notes)[0, 1] > 0.99  # bars with as many notes are as dense
    assert 0 < density.min() < 0.5 < density.max() < 1
    assert all(0 <= x <= 1 for each in found for x in each.tension)


def test_the_choice_is_seeded_and_takes_every_song_once_before_any_twice() -> None:
    found = made(4)
    one = choose(found, 6, 0)
    assert [each.name for each in one] == [each.name for each in choose(found, 6, 0)]
    assert [each.name for each in one] != [each.name for each in choose(found, 6, 1)]
    assert len({each.song for each in one[:4]}) == 4
    assert len(choose(found, 99, 0)) == len(found) == 12
