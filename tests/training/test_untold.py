import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engines.codec.grid import FUNCTIONS
from training.untold import by_corpus, functions, ranks

VALUES = st.floats(-1e3, 1e3, width=32)


@given(arrays(np.float32, st.integers(1, 40), elements=VALUES))
def test_ranks_keep_the_order_and_lie_evenly(values):
    found = ranks(values)
    assert sorted(found.tolist()) == ranks(np.arange(len(values), dtype=np.float32)).tolist()
    assert (np.diff(found[np.argsort(values, kind="stable")]) >= 0).all()


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), min_size=1, max_size=8))
def test_every_song_gets_its_own_rows_back_measured_among_its_corpus(songs):
    raw = [np.full((bars, 1), number, np.float32) for number, (_, bars) in enumerate(songs)]
    seen: dict[str, int] = {}

    def ranked(whole, corpus):
        seen[corpus] = len(whole)
        return whole + 100

    found = by_corpus([corpus for corpus, _ in songs], raw, ranked)
    assert all((one == two + 100).all() and len(one) == len(two) for one, two in zip(found, raw, strict=True))
    assert seen == {name: sum(bars for corpus, bars in songs if corpus == name) for name in {c for c, _ in songs}}


def test_loud_blocks_are_drops_quiet_ones_breakdowns_and_a_song_has_ends():
    loud = np.repeat(np.array([1, 5, 1, 5, 1], np.float32), 8)
    names = [FUNCTIONS[number] for number in functions(loud, 0, len(loud))]
    assert names[::8] == ["intro", "drop", "build", "drop", "outro"]
    inside = [FUNCTIONS[number] for number in functions(loud, 200, 1000)]
    assert inside[::8] == ["build", "drop", "build", "drop", "breakdown"]
