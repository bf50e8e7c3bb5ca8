"""The form expert in a performance: asked where a section ends, followed, replayed; without it the rules lead."""

import asyncio

from engines.composer import Composed
from engines.form import FormRequest, Visit
from engines.library import Library
from server.journal import Barred, Journal, read
from server.replay import Ensemble, replay
from tests.engines.band import GENRES, answer
from tests.server.stagehand import LEARNED, Stagehand
from tests.server.virtual import run

BARS = 60


def sections(hand):
    return [args[1] for args in hand.told("/plan")]


def show(path=None, lineup=None, form=answer, bars=BARS):
    async def main():
        journal = Journal(path).open() if path else None
        hand = Stagehand(journal, lineup or {}, section="intro")
        hand.experts.answer = form
        async with hand:
            hand.say("/autopilot", 1, "now")
            hand.say("/play")
            await hand.bar(bars)
            hand.say("/stop", "now")
        if journal:
            journal.close()
        return hand

    return run(main())


def short(request):
    """A form of its own: eight bars of whatever the genre has first."""
    if not isinstance(request, FormRequest):
        return answer(request)
    return Visit(next(iter(request.open)), 8, 0.5, (0.25, 0.75))


def test_form_1_the_expert_is_followed_section_by_section():
    hand = show(lineup={"form": [LEARNED]}, form=short)
    found = sections(hand)
    assert found[:16] == ["intro"] * 16
    assert [found[bar] for bar in (16, 24, 32, 40)] == ["groove", "breakdown", "build", "drop"]
    tension = {args[0]: args[2] for args in hand.told("/plan")}
    assert tension[16] < 0.3
    assert tension[23] > 0.65


def test_form_2_without_an_expert_the_rules_lead_as_the_genre_draws_it():
    found = sections(show())
    starts = [bar for bar in range(1, BARS) if found[bar] != found[bar - 1]]
    assert starts
    drawn = GENRES["uplifting"].sections
    assert starts[0] == drawn["intro"].bars
    assert starts[1] - starts[0] == drawn[found[starts[0]]].bars


def test_form_3_an_expert_that_fails_is_replaced_by_the_rules():
    def illegal(request):
        return Visit("nowhere", 8, 0.5, (0.1, 0.2)) if isinstance(request, FormRequest) else answer(request)

    assert sections(show(lineup={"form": [LEARNED]}, form=illegal)) == sections(show())


def test_form_4_what_is_played_is_of_voices_and_the_journal_knows_who_chose(tmp_path):
    hand = show(tmp_path / "a.journal", {"form": [LEARNED]}, short)
    assert all(args[0] != "form" for args in hand.told("/played"))
    asked = [
        record.bar for record in read(tmp_path / "a.journal") if isinstance(record, Barred) and "form" in record.players
    ]
    assert asked == [15, 23, 31, 39, 47, 55]


def test_form_5_the_rules_form_is_replayed_to_the_very_same_notes(tmp_path):
    show(tmp_path / "a.journal")
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}
    assert outcome.same == outcome.bars >= BARS


def test_form_6_a_section_that_follows_itself_does_not_stay_for_ever():
    def once(request):
        if isinstance(request, FormRequest) and request.past[-1].section == "drop" and len(request.past) < 6:
            return Visit("drop" if request.past[-2].section != "drop" else "breakdown", 8, 1.0, (0.5, 0.9))
        return short(request)

    hand = show(lineup={"form": [LEARNED]}, form=once)
    found = sections(hand)
    assert found[40:56] == ["drop"] * 16
    assert found[56] == "breakdown"
    tension = {args[0]: args[2] for args in hand.told("/plan")}
    assert tension[48] > 0.7  # it goes on from where it was, not from .5


def test_form_7_a_performer_who_takes_over_is_not_overruled():
    async def main():
        hand = Stagehand(None, {"form": [LEARNED]}, section="intro")
        hand.experts.answer = short
        async with hand:
            hand.say("/autopilot", 1, "now")
            hand.say("/play")
            await hand.bar(15.5)
            hand.say("/section", "drop")
            await hand.bar(20.5)
            hand.say("/section", "breakdown")
            await hand.bar(30)
        return hand

    hand = run(main())
    assert sections(hand)[16:30] == ["drop"] * 5 + ["breakdown"] * 9
    assert [visit.bars for visit in hand.performance._writer.score.cursor.form] == [16, 5]


def test_form_8_the_last_bar_knows_what_comes():
    hand = show(lineup={"form": [LEARNED]}, form=short)
    decision: Composed = hand.performance._writer.decision.composed
    assert decision.plan.section_bars == 8
    assert decision.plan.energy == 0.5


def test_form_9_a_sleep_over_the_end_of_a_section_is_replayed(tmp_path, monkeypatch):
    async def main():
        journal = Journal(tmp_path / "a.journal").open()
        hand = Stagehand(journal, {"form": [LEARNED]}, section="intro")
        hand.experts.answer = short
        async with hand:
            hand.say("/autopilot", 1, "now")
            hand.say("/play")
            await hand.bar(GENRES["uplifting"].sections["intro"].bars - 0.5)
            asyncio.get_running_loop()._jump.now += 7.0
            await hand.bar(40)
            hand.say("/stop", "now")
        journal.close()

    run(main())
    monkeypatch.setattr(Ensemble, "answer", lambda _self, ask, _name, _version: short(ask.request))
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}
