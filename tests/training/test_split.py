from hypothesis import given
from hypothesis import strategies as st

from training.split import clusters, shingles, split

MELODY = st.lists(st.tuples(st.integers(1, 8), st.integers(40, 80)), min_size=12, max_size=40)


def parts(melody):
    onsets, now = [], 0
    for gap, _ in melody:
        onsets.append(now)
        now += gap
    return onsets, [pitch for _, pitch in melody]


@given(MELODY, st.integers(-12, 12), st.integers(0, 64))
def test_shingles_do_not_hear_key_or_place(melody, shift, later):
    onsets, pitches = parts(melody)
    moved = shingles([o + later for o in onsets], [p + shift for p in pitches])
    assert moved == shingles(onsets, pitches)
    assert moved


def test_near_duplicates_and_chains_of_them_stay_together():
    songs = [set(range(10)), set(range(6, 16)), set(range(12, 22)), set(range(100, 110)), set()]
    found = clusters(songs, share=0.3)
    assert found[0] == found[1] == found[2]
    assert len({found[0], found[3], found[4]}) == 3
    assert len(set(clusters(songs, share=0.5))) == 5


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(0, 5))
def test_a_cluster_is_on_one_side_whatever_the_order(groups, seed):
    names = [f"song {n}" for n in range(len(groups))]
    sides = dict(zip(names, split(names, groups, seed), strict=True))
    for group in set(groups):
        assert len({sides[n] for n, g in zip(names, groups, strict=True) if g == group}) == 1
    back = split(names[::-1], groups[::-1], seed)[::-1]
    assert back == [sides[name] for name in names]


def test_shares_are_about_right():
    names = [str(n) for n in range(4000)]
    sides = split(names, list(range(4000)))
    assert 0.08 < sides.count("test") / 4000 < 0.12
    assert 0.035 < sides.count("valid") / 4000 < 0.065
