import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.skytnt.tokens import BOS, EOS, FIRST_ROW, LAST_ROW, PAD, ROW, V1, V2, VERSIONS, Event


@st.composite
def events(draw):
    tokens = draw(st.sampled_from([V1, V2]))
    kind = draw(st.sampled_from(sorted(tokens.layouts)))
    values = {name: draw(st.integers(0, tokens.sizes[name] - 1)) for name in tokens.layouts[kind]}
    return tokens, Event(kind, values)


@given(events())
def test_every_event_comes_back_from_its_row(found):
    tokens, event = found
    row = tokens.encode(event)
    assert len(row) == ROW
    assert all(0 <= token < tokens.size for token in row)
    assert tokens.decode(row) == event


@given(st.sampled_from([V1, V2]), st.lists(st.integers(0, 3500), min_size=ROW, max_size=ROW))
def test_a_row_that_decodes_is_the_row_of_its_event_and_all_others_are_refused(tokens, row):
    try:
        event = tokens.decode(row)
    except ValueError as error:
        assert str(error)
    else:
        assert tokens.encode(event) == tuple(row)


def test_the_vocabularies_are_the_published_ones():
    assert (V1.size, V2.size) == (3239, 3406)  # allocate_ids of MIDITokenizerV1 and V2, summed by hand
    assert VERSIONS == {"v1": V1, "v2": V2}
    assert (PAD, BOS, EOS) == (0, 1, 2)
    assert (FIRST_ROW, LAST_ROW) == ((1, 0, 0, 0, 0, 0, 0, 0), (2, 0, 0, 0, 0, 0, 0, 0))
    assert list(V2.kinds.values()) == [3, 4, 5, 6, 7, 8]
    assert (V2.first["time1"], V2.first["pitch"], V2.first["mi"]) == (9, 2345, 3404)
    assert (V1.first["time1"], V1.first["pitch"], V1.first["bpm"]) == (7, 2343, 2983)


def test_what_a_version_cannot_say_is_named():
    with pytest.raises(ValueError, match="no event 'key_signature' in v1"):
        V1.encode(Event("key_signature", {}))
    place = {"time1": 0, "time2": 0, "track": 0}
    with pytest.raises(ValueError, match=r"bpm 300: must be 0\.\.255"):
        V1.encode(Event("set_tempo", {**place, "bpm": 300}))
    with pytest.raises(ValueError, match=r"bpm -1: must be 0\.\.383"):
        V2.encode(Event("set_tempo", place))
    with pytest.raises(ValueError, match="not time1, time2, track, bpm, mi"):
        V2.encode(Event("set_tempo", {**place, "bpm": 120, "mi": 1}))


def test_broken_rows_are_named():
    row = V2.encode(Event("set_tempo", {"time1": 0, "time2": 0, "track": 0, "bpm": 120}))
    with pytest.raises(ValueError, match="no row of 8"):
        V2.decode(row[:7])
    with pytest.raises(ValueError, match="no row of 8"):
        V2.decode(FIRST_ROW)
    with pytest.raises(ValueError, match="token 9 is no bpm"):
        V2.decode((*row[:4], 9, 0, 0, 0))
    with pytest.raises(ValueError, match="more tokens"):
        V2.decode((*row[:7], 9))
