from hypothesis import given
from hypothesis import strategies as st

from engines.codec import form as codec
from engines.codec.form import LENGTHS, NO_LENGTH, START, Block, length_class, phrases_of, seen
from engines.codec.grid import FUNCTIONS

BLOCK = st.builds(Block, st.integers(0, len(FUNCTIONS) - 1), st.integers(1, 40))
DROP, GROOVE = FUNCTIONS.index("drop"), FUNCTIONS.index("other")


@given(st.integers(1, 512), st.sampled_from([4, 8]))
def test_phrases_are_the_nearest_and_one_at_least(bars, phrase_bars):
    phrases = phrases_of(bars, phrase_bars)
    assert phrases >= 1
    assert phrases == 1 or abs(phrases * phrase_bars - bars) * 2 <= phrase_bars


def test_a_length_is_its_class_and_others_go_to_the_nearest():
    assert [length_class(phrases) for phrases in LENGTHS] == list(range(len(LENGTHS)))
    assert LENGTHS[length_class(9)] == 8
    assert LENGTHS[length_class(90)] == 16


@given(st.lists(BLOCK, max_size=20), st.none() | st.integers(1, 80))
def test_what_is_seen_fits_the_vocabularies(past, total):
    tokens, features = seen(past, total)
    assert len(tokens) == len(codec.VOCABULARIES)
    assert len(features) == codec.FEATURES
    assert all(0 <= token < size for token, size in zip(tokens, codec.VOCABULARIES, strict=True))


def test_before_the_first_block_nothing_is_seen():
    tokens, features = seen([], None)
    assert tokens == [START, NO_LENGTH, START, 0, *[NO_LENGTH] * len(FUNCTIONS)]
    assert not any(features)


def test_what_came_last_and_how_long_it_was_is_seen():
    tokens, _ = seen([Block(GROOVE, 4), Block(DROP, 2), Block(GROOVE, 3)], None)
    assert tokens[:4] == [GROOVE, length_class(3), DROP, 3]
    assert tokens[4 + GROOVE] == length_class(3)
    assert tokens[4 + DROP] == length_class(2)


def test_the_wish_is_seen_only_where_it_is_told():
    past = [Block(GROOVE, 4)]
    assert seen(past, None)[1][1:4] == [0, 0, 0]
    told, later = seen(past, 8)[1][1:4], seen(past * 2, 8)[1][1:4]
    assert told[0] == 1
    assert told[2] < later[2]
