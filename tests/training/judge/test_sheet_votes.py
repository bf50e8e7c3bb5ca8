import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.judge.result import LEARNED, REAL, UNDERSTUDY
from training.judge.sheet import Answer, Key
from training.judge.sheet_votes import Vote, Votes, VotesError, count, read

KEY = Key(
    "s1", 0,
    [
        Answer(1, "band", LEARNED, UNDERSTUDY, "x"), Answer(2, "band", UNDERSTUDY, LEARNED, "y"),
        Answer(3, "melody", REAL, LEARNED, "x"), Answer(4, "melody", LEARNED, REAL, "y"),
    ],
)  # fmt: skip


def sheet(said: str, name: str = "s1") -> Votes:
    words = {"a": "a", "b": "b", "=": "same"}
    return Votes(name, [Vote(number, words[each]) for number, each in enumerate(said, 1) if each != "."])  # type: ignore[arg-type]


def test_wins_are_counted_by_who_played_not_by_letter():
    band, melody = count([sheet("abab"), sheet("aa=.")], KEY)
    assert (band.kind, band.against, band.wins, band.losses, band.same) == ("band", UNDERSTUDY, 3, 1, 0)
    assert (melody.against, melody.wins, melody.losses, melody.same) == (REAL, 0, 2, 1)


def test_test_and_interval_are_the_exact_ones():
    band, _ = count([sheet("ab..")] * 5, KEY)
    assert (band.wins, band.share, band.high) == (10, 1.0, 1.0)
    assert band.p == pytest.approx(2 * 0.5**10)
    assert band.low == pytest.approx(0.025 ** (1 / 10))


def test_where_nobody_chose_nothing_is_claimed():
    band, melody = count([sheet("==..")], KEY)
    assert (band.same, band.share, band.p) == (2, None, None)
    assert (melody.same, melody.low, melody.high) == (0, None, None)


@given(said=st.lists(st.text("ab=.", min_size=4, max_size=4), max_size=5))
def test_no_vote_is_lost_and_the_share_lies_in_its_interval(said):
    counts = count([sheet(each) for each in said], KEY)
    assert sum(c.wins + c.losses + c.same for c in counts) == sum(len(each) - each.count(".") for each in said)
    for each in counts:
        if each.share is not None:
            assert each.low is not None
            assert each.high is not None
            assert 0 <= each.low <= each.share <= each.high <= 1


def test_the_last_word_of_a_listener_counts():
    band, _ = count([Votes("s1", [Vote(1, "b"), Vote(1, "a")])], KEY)
    assert (band.wins, band.losses) == (1, 0)


def test_votes_on_another_sheet_or_pair_are_refused():
    with pytest.raises(VotesError, match="s2"):
        count([sheet("a", "s2")], KEY)
    with pytest.raises(VotesError, match="pair 9"):
        count([Votes("s1", [Vote(9, "a")])], KEY)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "k.json").write_text("[]")
    with pytest.raises(VotesError, match=r"k\.json"):
        read(tmp_path / "k.json", Key)
