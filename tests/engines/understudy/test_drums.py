import pytest

from tests.engines.understudy.making import GENRES, make_plan, write

KICK, SNARE, CRASH = 36, 38, 49
FOUR = [0, 480, 960, 1440]


def hits(plan, key, **rest):
    return [note.onset for note in write(plan, "drums", **rest).notes if note.pitch == key]


@pytest.mark.parametrize("genre", GENRES)
def test_four_on_the_floor_whatever_the_tension(genre):
    for tension in (0.0, 0.5, 1.0):
        assert hits(make_plan(1, genre=genre, tension=tension, density=0.0), KICK) == FOUR


@pytest.mark.parametrize("genre", GENRES)
def test_no_kick_in_the_breakdown(genre):
    assert hits(make_plan(1, genre=genre, section="breakdown"), KICK) == []


@pytest.mark.parametrize("genre", GENRES)
def test_a_crash_opens_a_section_but_not_its_other_bars(genre):
    assert hits(make_plan(0, genre=genre), CRASH) == [0]
    assert hits(make_plan(1, genre=genre), CRASH) == []
    assert hits(make_plan(0, genre=genre, section="intro"), CRASH) == []


@pytest.mark.parametrize("genre", GENRES)
def test_the_roll_rises_over_a_build(genre):
    def snare(bar):
        notes = write(make_plan(bar, genre=genre, section="build", section_bars=8, phrase_bar=0), "drums").notes
        return [note.velocity for note in notes if note.pitch == SNARE]

    counts = [len(snare(bar)) for bar in range(8)]
    assert counts == sorted(counts)
    assert counts[0] <= 4
    assert counts[-1] >= 8
    assert max(snare(6)) > max(snare(4))


def test_a_held_build_rolls_again_with_each_phrase():
    def roll(section_bar, phrase_bar):
        plan = make_plan(section_bar, section="build", section_bars=8, phrase_bar=phrase_bar)
        return len(hits(plan, SNARE))

    assert roll(7, 0) == 16
    assert roll(8, 0) < 4
    assert roll(15, 6) == 16


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("upcoming", ["drop", "breakdown", None])
def test_the_last_bar_of_a_phrase_is_another(genre, upcoming):
    section = "build" if upcoming == "drop" else "drop"
    for seed in range(5):
        plain = write(make_plan(1, genre=genre, section=section, section_bars=8), "drums", seed=seed)
        last = write(
            make_plan(1, genre=genre, section=section, section_bars=8, phrase_bar=7, upcoming=upcoming),
            "drums",
            seed=seed,
        )
        assert plain != last
        assert plain.before(960) == last.before(960)


def test_the_band_holds_its_breath_before_the_drop():
    for seed in range(10):
        plan = make_plan(7, genre="psytrance", section="build", section_bars=8, upcoming="drop")
        assert max(note.end for note in write(plan, "drums", seed=seed).notes) <= 1920 - 240


def test_fills_differ_between_phrases_and_follow_the_seed():
    plan = make_plan(7)
    bars = {write(plan, "drums", seed=seed) for seed in range(20)}
    assert 2 <= len(bars) <= 4


@pytest.mark.parametrize("genre", GENRES)
def test_a_breakdown_has_no_fills_but_the_one_that_leads_out(genre):
    plain, turn, phrase = (write(make_plan(bar, genre=genre, section="breakdown"), "drums") for bar in (1, 3, 7))
    assert plain == turn == phrase
    assert write(make_plan(7, genre=genre, section="breakdown", upcoming="build"), "drums") != plain
