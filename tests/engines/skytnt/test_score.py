import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.neural.probe import probe_plan
from engines.note import Bar, Note
from engines.skytnt.score import Standing, bars_of, moments_in, moments_of, opening, rows_of, signature_of
from engines.skytnt.setting import Setting
from engines.skytnt.tokens import V1, V2, VERSIONS
from engines.theory.key import Key
from engines.units import VOICES

SETTING = Setting()
NOTES = st.lists(
    st.builds(Note, st.integers(0, 1919), st.integers(1, 1920), st.integers(0, 127), st.integers(1, 127)), max_size=12
)
# Worked out by hand from `tokenize` of MIDITokenizerV1 and V2: a file with a conducting track (4/4, one sharp minor,
# 428571 microseconds a beat), a lead on channel 0 (program 81) with E5 for an eighth and G5 for a sixteenth on beat 2,
# a bass on channel 1 (program 38) with E2 for a beat. Token = first of the parameter + value.
GOLDEN = {
    "v2": [
        (7, 9, 137, 2201, 3372, 3386, 0, 0),
        (8, 9, 137, 2201, 3397, 3405, 0, 0),
        (6, 9, 137, 2201, 3125, 0, 0, 0),
        (4, 9, 137, 2202, 2329, 2682, 0, 0),
        (3, 9, 137, 2202, 2329, 2421, 2563, 161),
        (4, 9, 137, 2203, 2330, 2639, 0, 0),
        (3, 9, 137, 2203, 2330, 2385, 2553, 169),
        (3, 10, 137, 2202, 2329, 2424, 2573, 157),
    ],
    "v1": [
        (6, 7, 135, 2199, 3123, 0, 0, 0),
        (4, 7, 135, 2200, 2327, 2680, 0, 0),
        (3, 7, 135, 2200, 159, 2327, 2419, 2561),
        (4, 7, 135, 2201, 2328, 2637, 0, 0),
        (3, 7, 135, 2201, 167, 2328, 2383, 2551),
        (3, 8, 135, 2200, 155, 2327, 2422, 2571),
    ],
}


@pytest.mark.parametrize("version", GOLDEN)
def test_a_bar_has_the_rows_that_their_tokenizer_gives(version):
    plan = msgspec.structs.replace(probe_plan(0), key=Key.parse("Em"), bpm=140.0)
    lead = Bar((Note(0, 240, 76, 90), Note(480, 120, 79, 100)))
    bass = Bar((Note(0, 480, 40, 80),))
    moments, _ = opening(plan, frozenset({"lead", "bass"}), Standing(), SETTING, 0)
    moments += [*moments_of(lead, "lead", SETTING, 0), *moments_of(bass, "bass", SETTING, 0)]
    rows, beat = rows_of(sorted(moments, key=lambda each: each.place), VERSIONS[version], 0)
    assert rows == GOLDEN[version]
    assert beat == 1


def on_grid(bar: Bar) -> list[tuple[int, int, int, int]]:
    """What the format can hold of a bar: units of 30 ticks, repeated pitches cut, the last of two at once."""
    last, kept = {}, []
    for note in sorted(bar.notes):
        onset, length = min(63, round(note.onset / 30)), max(1, round(note.duration / 30))
        old = last.get(note.pitch)
        if old is not None:
            old[1] = min(old[1], onset - old[0])
        last[note.pitch] = [onset, length, note.pitch, note.velocity]
        kept.append(last[note.pitch])
    return sorted((o * 30, d * 30, p, v) for o, d, p, v in kept if d > 0)


@given(st.sampled_from([V1, V2]), st.dictionaries(st.sampled_from(VOICES), NOTES, max_size=5), st.integers(0, 8))
def test_bars_come_back_as_they_are_on_the_grid(tokens, played, number):
    time = number * 64
    moments = [each for voice, notes in played.items() for each in moments_of(Bar.of(notes), voice, SETTING, time)]
    moments.sort(key=lambda each: each.place)
    rows, _ = rows_of(moments, tokens, 0)
    assert moments_in(rows, tokens, 0) == moments
    found = bars_of(moments_in(rows, tokens, 0), time)
    for voice in VOICES:
        notes = [(n.onset, n.duration, n.pitch, n.velocity) for n in found[voice].notes]
        assert sorted(notes) == on_grid(Bar.of(played.get(voice, [])))


@given(st.lists(NOTES, min_size=1, max_size=8))
def test_time_never_goes_back_from_bar_to_bar(bars):
    moments = []
    for number, notes in enumerate(bars):
        moments += moments_of(Bar.of(notes), "lead", SETTING, number * 64)
    assert [m.time for m in moments] == sorted(m.time for m in moments)
    rows, _ = rows_of(moments, V2, 0)
    assert moments_in(rows, V2, 0) == moments


def test_a_bar_line_says_only_what_is_new():
    first, said = opening(probe_plan(0), frozenset({"lead"}), Standing(), SETTING, 0)
    assert [each.kind for each in first] == ["time_signature", "key_signature", "set_tempo", "patch_change"]
    again, same = opening(probe_plan(1), frozenset({"lead"}), said, SETTING, 64)
    assert (again, same) == ([], said)
    plan = msgspec.structs.replace(probe_plan(2), key=Key.parse("Bm"), bpm=143.0)
    moments, drifting = opening(plan, frozenset({"lead", "drums"}), said, SETTING, 128)
    assert [(each.kind, each.values) for each in moments] == [
        ("key_signature", {"sf": 9, "mi": 1}),
        ("patch_change", {"channel": 9, "patch": 0}),
    ]
    faster = msgspec.structs.replace(plan, bpm=144.0)  # 4 more than what was said, though 1 more than before
    moments, _ = opening(faster, frozenset({"lead"}), drifting, SETTING, 192)
    assert [(each.kind, each.values) for each in moments] == [("set_tempo", {"bpm": 144})]


def test_signatures_are_spelled_as_theirs():
    # key2sf of MIDITokenizerV2, by hand: sharps = tonic of the major key * 7 mod 12, flats above 6 (minor: from 5)
    spelled = {
        "C": 0,
        "Am": 0,
        "G": 1,
        "F": -1,
        "F#": 6,
        "D#m": -6,
        "B": 5,
        "G#m": -7,
        "Db": -5,
        "Eb": -3,
        "D dorian": 0,
    }
    for name, accidentals in spelled.items():
        assert signature_of(Key.parse(name))["sf"] - 7 == accidentals, name
    assert signature_of(Key.parse("D dorian"))["mi"] == 1
    assert signature_of(Key.parse("C"))["mi"] == 0


def test_a_tempo_beyond_the_version_is_its_fastest_and_a_wait_too_long_is_an_error():
    plan = msgspec.structs.replace(probe_plan(0), bpm=400.0)
    moments, _ = opening(plan, frozenset(), Standing(), SETTING, 0)
    for tokens in (V1, V2):
        found = moments_in(rows_of(moments, tokens, 0)[0], tokens, 0)
        assert found[-1].values == {"bpm": tokens.sizes["bpm"] - 1}
    with pytest.raises(ValueError, match="time1 128"):
        rows_of(moments_of(Bar((Note(0, 1, 60, 90),)), "lead", SETTING, 128 * 16), V2, 0)
