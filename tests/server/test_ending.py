"""An arrangement with nothing after it, or a limit: the last bar is written as an ending, is journaled and replayed."""

import pytest

from engines.control.state import Auto
from engines.ensemble import RULES
from engines.library import Library
from engines.units import TICKS_PER_BAR, TICKS_PER_STEP
from server.journal import Barred, Journal, read
from server.player.messages import Load, Start, Stop
from server.replay import replay
from server.timeline import Timeline
from tests.engines.band import GENRES
from tests.engines.test_ending import arranged
from tests.server.stagehand import LEARNED, Stagehand
from tests.server.virtual import run

BARS = 9
WISH = arranged("uplifting", [("build", 3), ("drop", 6)], harmony=Auto())
ENDLESS = arranged("uplifting", [("build", 3), ("drop", 6)], after="free", harmony=Auto())


def show(path=None, until=BARS + 4, lineup=None, then=(), *, wish=WISH, bars=None):
    async def main():
        journal = Journal(path).open() if path else None
        async with Stagehand(journal, lineup or {}, control=wish) as hand:
            hand.performance.limit.set(bars, lambda: hand.front.announce("/ended"))
            hand.say("/play")
            for bar, words in then:
                await hand.bar(bar)
                hand.say(*words)
            await hand.bar(until)
        if journal:
            journal.close()
        return hand

    return run(main())


def players(hand):
    """Who played each voice, by bar: every /plan begins one."""
    found, bar = {}, -1
    for _, event in hand.events:
        if event.address == "/plan":
            bar = event.args[0]
        elif event.address == "/played":
            found[bar, event.args[0]] = event.args[1]
    return found


def test_ending_1_it_stops_where_the_arrangement_ends_and_the_rules_write_the_last_bar():
    hand = show(lineup={"lead": [LEARNED], "drums": [LEARNED]})
    assert not hand.performance.playing
    assert sorted(hand.player.loads()) == list(range(BARS))
    assert [stop.tick for stop in hand.player.of(Stop)] == [BARS * TICKS_PER_BAR]
    who = players(hand)
    assert who[BARS - 1, "lead"] == who[BARS - 1, "drums"] == RULES
    assert who[BARS - 2, "lead"] == who[BARS - 2, "drums"] == LEARNED
    assert hand.band.understudied.total() == 0


def test_ending_2_the_journal_makes_the_very_same_ending_again(tmp_path):
    show(tmp_path / "a.journal")
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}
    assert outcome.same == outcome.bars == BARS
    bars = [record for record in read(tmp_path / "a.journal") if isinstance(record, Barred)]
    assert all(onset < TICKS_PER_STEP for notes in bars[-1].notes.values() for onset, *_ in notes)


def test_ending_3_a_performer_who_takes_the_section_takes_the_end(tmp_path):
    hand = show(tmp_path / "a.journal", then=[(5.5, ("/section", "breakdown"))])
    assert hand.performance.playing
    assert max(hand.player.loads()) > BARS
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}


@pytest.mark.parametrize("said", ["/play", "/continue"])
def test_ending_4_whoever_says_go_on_in_the_last_bar_goes_on(tmp_path, said):
    hand = show(tmp_path / "a.journal", then=[(BARS - 0.5, (said,))])
    assert hand.performance.playing
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}
    assert outcome.same == outcome.bars > BARS


def test_ending_5_played_again_it_ends_again():
    hand = show(until=2 * BARS, then=[(BARS + 0.1, ("/play",))])
    assert not hand.performance.playing
    assert len(hand.player.of(Stop)) == 2


def test_ending_6_the_rest_of_an_ending_written_anew_stays_one_and_is_replayed(tmp_path):
    hand = show(tmp_path / "a.journal", then=[(BARS - 0.8, ("/play",)), (BARS - 0.7, ("/key", "Dm", "beat"))])
    anew = [load for load in hand.player.of(Load) if load.bar == BARS - 1][-1]
    assert anew.start > 0
    assert anew.voices["pad"]
    assert anew.voices["drums"] == ()
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}
    assert outcome.same == outcome.bars


@pytest.mark.parametrize("bars", [1, 2, 5])
def test_ending_7_the_last_bar_of_a_limit_is_an_ending_and_is_replayed(tmp_path, bars):
    hand = show(tmp_path / "a.journal", wish=ENDLESS, bars=bars)
    assert hand.told("/ended")
    assert sorted(hand.player.loads()) == list(range(bars))
    written = [record for record in read(tmp_path / "a.journal") if isinstance(record, Barred)]
    struck_once = [all(onset < TICKS_PER_STEP for notes in r.notes.values() for onset, *_ in notes) for r in written]
    assert struck_once == [False] * (bars - 1) + [True]
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}
    assert outcome.same == outcome.bars == bars


@pytest.mark.parametrize("step", [0, 1, TICKS_PER_BAR // 2])
def test_ending_8_a_limit_knows_its_last_bar_wherever_the_music_begins(step):
    async def main():
        async with Stagehand(lineup={}, control=ENDLESS) as hand:
            hand.performance.limit.set(3, lambda: hand.front.announce("/ended"))
            start = 7 * TICKS_PER_BAR + step
            hand.performance.follow(Start(start, Timeline(138.0, start, hand.transport.now())))
            await hand.bar(14)
        return hand

    hand = run(main())
    assert hand.told("/ended")
    assert not hand.performance.playing
    assert max(hand.player.loads()) == (9 if step == 0 else 10)


def test_ending_9_what_comes_first_ends_the_music():
    hand = show(bars=BARS + 2)
    assert sorted(hand.player.loads()) == list(range(BARS))
    assert not hand.told("/ended")
    hand = show(bars=BARS - 2)
    assert sorted(hand.player.loads()) == list(range(BARS - 2))
    assert hand.told("/ended")
