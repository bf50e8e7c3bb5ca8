import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engines.analysis.analyse import analyse
from engines.analysis.music import LONGEST_BEATS, Marker, Metre, Music, MusicError, Tempo
from engines.analysis.result import Analysis
from engines.theory.key import Key
from tests.engines.analysis.making import blocks, chorale, line, track


def test_a_small_piece_is_told_whole() -> None:
    melody = line([67, 69, 71, 72, 67, 69, 71, 72], 1920)
    found = analyse(chorale("C F G7 C C F G7 C", melody=melody))
    assert (found.key, found.bars, len(found.areas)) == ("C", 8, 1)
    assert [mark.numeral for mark in found.chords][:4] == ["I", "IV", "V7", "I"]
    assert found.harmony.functions == {"dominant": 0.25, "predominant": 0.25, "tonic": 0.5}
    assert found.cadences[-1].kind == "authentic perfect"
    assert (found.cadences[-1].bar, found.cadences[-1].beat) == (8, 1.0)
    assert [each.lead for each in found.tracks] == [False, True]
    assert found.harmony.changes_per_bar == pytest.approx(7 / 8, abs=0.01)


def test_sections_have_their_own_keys_and_words() -> None:
    music = chorale("C F G7 C C F G7 C Eb Ab Bb7 Eb Eb Ab Bb7 Eb")
    told = msgspec.structs.replace(music, markers=(Marker(0, "verse"), Marker(8 * 1920, "chorus")))
    found = analyse(told)
    assert found.sections_told
    assert [(each.name, each.bar, each.bars, each.key) for each in found.sections] == [
        ("verse", 1, 8, "C"),
        ("chorus", 9, 8, "Eb"),
    ]
    assert [area.key for area in found.areas] == ["C", "Eb"]
    assert not analyse(music).sections_told


def test_secondary_dominants_are_counted_and_named() -> None:
    found = analyse(chorale("C A7 Dm G7 C D7 G7 C"))
    assert [mark.numeral for mark in found.chords] == ["I", "V7/ii", "ii", "V7", "I", "V7/V", "V7", "I"]
    assert found.harmony.secondary_dominants == 2
    assert found.harmony.off_key == pytest.approx(0.25)


def test_a_told_key_is_the_key() -> None:
    music = chorale("Am F C G Am F C G Am F C G")
    found = analyse(music, Key.parse("Am"))
    assert {area.key for area in found.areas} == {"Am"}
    assert found.harmony.loop == "i VI III VII"


@pytest.mark.parametrize(
    "music",
    [
        Music(()),
        Music((track([]),)),
        Music((track([(0, 100, 36), (480, 100, 38)], "kit", drum=True),)),
        Music((track([(0, 1, 60)]),), (Metre(0, 6, 8),)),
        Music((track([]), track([(5000, 1, 127)])), (), (Tempo(0, 1e-3), Tempo(10, 999))),
    ],
)
def test_little_or_nothing_is_no_trouble(music: Music) -> None:
    found = analyse(music)
    assert found.notes == sum(len(each.notes) for each in music.tracks)
    assert bool(found.key) == bool(len(music.pitched))


def test_too_much_is_refused_at_once() -> None:
    with pytest.raises(MusicError, match="at most"):
        Music((track([(LONGEST_BEATS * 480, 1, 60)]),))


ROWS = st.lists(st.tuples(st.integers(0, 15_000), st.integers(1, 4000), st.integers(0, 127)), max_size=30)


@given(ROWS, ROWS, st.integers(1, 12), st.sampled_from([2, 4, 8]))
@hypothesis_settings(deadline=None, max_examples=25)
def test_any_music_is_analysed_the_same_every_time_and_survives_json(
    one: list, two: list, beats: int, unit: int
) -> None:
    music = Music((track(one, "a"), track(two, "b", drum=True)), (Metre(0, beats, unit),))
    found = analyse(music)
    assert analyse(music) == found
    again = msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(found))), Analysis)
    assert again == found
    assert sum(section.bars for section in found.sections) == found.bars
    assert all(0 <= value <= 1 for value in (found.timing.syncopation, found.timing.triplets, found.harmony.off_key))


def test_a_lead_over_broken_chords_in_six_eight() -> None:
    rows = [
        (n * 240, 240, pitch)
        for n, pitch in enumerate(
            [43, 59, 62, 43, 59, 62, 48, 60, 64, 48, 60, 64, 50, 60, 66, 50, 57, 66, 43, 59, 62, 43, 59, 62]
        )
    ]
    music = Music((track(rows, "piano"), track(line([67, 72, 69, 67], 1440), "voice")), (Metre(0, 6, 8),))
    found = analyse(music)
    assert (found.key, [mark.bar for mark in found.chords]) == ("G", [1, 2, 3, 4])
    assert found.chords[2].chord == "D7"
    assert np.isclose(found.timing.triplets, 0)


def test_blocks_of_the_tests_are_what_they_say() -> None:
    assert sorted(pitch for _, _, pitch in blocks(["Am/C"], 480)) == [36, 48, 52, 57]
