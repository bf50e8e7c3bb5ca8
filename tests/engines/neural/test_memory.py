import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engines.expert import Heard
from engines.neural.memory import Memory, State, anchored
from engines.neural.probe import probe_plan

START = State(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.int64))


def reader(bars, read):
    def advance(state, number):
        read.append(number)
        return State(state.hidden * 3 + bars[number][0], state.fields)

    return advance


@given(st.lists(st.lists(st.integers(0, 3), max_size=8), max_size=12), st.integers(1, 6))
def test_a_kept_prefix_gives_what_reading_all_would_give(pieces, size):
    memory = Memory(size)
    for piece in pieces:
        bars = [(n,) for n in piece]
        wanted = START
        for n in range(len(bars)):
            wanted = reader(bars, [])(wanted, n)
        found = memory.read(bars, START, reader(bars, []))
        assert (found.hidden == wanted.hidden).all()
        assert len(memory.kept) <= size


def test_only_the_new_bar_is_read():
    memory, read = Memory(), []
    memory.read([(1,), (2,)], START, reader([(1,), (2,)], read))
    memory.read([(1,), (2,), (3,)], START, reader([(1,), (2,), (3,)], read))
    assert read == [0, 1, 2]


@given(st.integers(0, 60))
def test_anchored_history_begins_on_a_multiple_of_four_and_is_long_enough(index):
    history = tuple(Heard(probe_plan(n), {}) for n in range(max(0, index - 8), index))
    kept = anchored(history, probe_plan(index))
    assert [h.plan.index for h in kept] == list(range(index))[-len(kept) :] or not kept
    if index >= 8:
        assert 4 <= len(kept) <= 7
        assert kept[0].plan.index % 4 == 0
