"""The band under fault drills at random instants, in virtual time; the workers behind it are fakes."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.composer import Score, compose
from engines.control.state import Auto
from engines.expert import ExpertError
from engines.units import VOICES
from server.band import LOADING, Band
from server.chairs import RULES
from server.experts.seats import LateError, Seat
from server.experts.workers import Workers
from server.rests import Rests
from tests.engines.band import GENRES, HARMONY, control
from tests.engines.band import RULES as RULE_BAND
from tests.server.experts.fake_worker import GOOD, LOAD_S, Stage
from tests.server.virtual import now, passing, run

BAR_S, BUDGET_S, PROBE_BARS = 1.74, 0.04, 4
WISH = replace(control(), harmony=Auto())
LINEUP = {"lead": ["lead-a", "lead-b"], "bass": [], "drums": ["drums-a"], "pad": ["rules"], "harmony": ["chords-a"]}


class Asked:
    """The workers as the band sees them; keeps how each question ended."""

    def __init__(self, workers):
        self.workers, self.outcomes, self.hearing = workers, [], False
        self.summon, self.ready, self.version = workers.summon, workers.ready, workers.version

    async def ask(self, seat, request, within):
        try:
            answered = await self.workers.ask(seat, request, within)
        except ExpertError as error:
            self._note(type(error))
            raise
        self._note(None)
        return answered

    def _note(self, error):
        if self.hearing:
            self.outcomes.append(error)


class Concert:
    """A band over fake workers: `bar()` rehearses, plays, probes, and lets a bar's time pass."""

    def __init__(self, stage, workers, lineup):
        self.stage, self.experts = stage, Asked(workers)
        self.band = Band(
            self.experts, rules=RULE_BAND, harmony=HARMONY, lineup=lineup, rests=Rests(3, PROBE_BARS), now=now
        )
        self.score, self.played = Score(), []

    def compose(self, wish):
        return compose(self.score, wish, GENRES["uplifting"], 138.0)

    async def bar(self, rehearse=False, wish=WISH):
        line = now() + BAR_S
        if rehearse:
            await self.band.rehearse(self.compose(wish), wish, now() + 0.1)
        self.experts.hearing, deadline = True, now() + BUDGET_S
        played = await self.band.play(self.compose(wish), wish, deadline)
        self.experts.hearing = False
        assert now() <= deadline + 1e-6
        self.check(played, deadline)
        self.score = played.composed.score
        self.played.append(played)
        await self.band.probe(BUDGET_S)
        await passing(max(0.0, line - now()))
        return {chair: player.expert for chair, player in played.players.items()}

    def check(self, played, deadline):
        """All five voices; what an expert plays is an answer that came in time."""
        assert set(played.composed.bars) == set(VOICES)
        assert set(played.players) - {"harmony"} == set(played.composed.plan.active)
        in_time = {id(bar) for bars, at in self.stage.answered if at <= deadline for bar in bars.values()}
        for voice in played.composed.plan.active:
            bar = played.composed.bars[voice]
            assert bar.length
            if played.players[voice].expert != RULES:
                assert id(bar) in in_time

    def counts_add_up(self):
        players = [(chair, player) for played in self.played for chair, player in played.players.items()]
        for chair in (*VOICES, "harmony"):
            stood_in = [p for c, p in players if c == chair and p.expert == RULES and p.reason]
            assert self.band.understudied[chair] == len([p for p in stood_in if not p.reason.endswith(LOADING)])
        late = [error for error in self.experts.outcomes if error is not None and issubclass(error, LateError)]
        assert sum(self.band.late.values()) == len(late)


def perform(story, *deeds, count=1, lineup=LINEUP):
    stage = Stage(deeds)

    async def main():
        workers = Workers("models", count=count)
        concert = Concert(stage, workers, lineup)
        workers.start()
        await passing(5 * LOAD_S)
        await story(concert)
        await workers.close()
        concert.counts_add_up()

    with stage.worker_processes():
        run(main())


DEEDS = st.one_of(
    st.tuples(st.just("good"), st.floats(0.001, 0.03)),
    st.tuples(st.just("good"), st.floats(0.03, 3.0)),  # late, and perhaps held to be stuck
    st.tuples(st.sampled_from(["raise", "illegal", "die"]), st.floats(0.0, 0.06)),
    st.just(("loop", 0.0)),
)


@settings(max_examples=40)
@given(
    deeds=st.lists(DEEDS, max_size=30),
    count=st.integers(1, 4),
    rehearse=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_law_whatever_the_experts_do_every_bar_is_whole_in_time_and_counted(deeds, count, rehearse):
    async def story(concert):
        for bar in range(12):
            await concert.bar(rehearse[bar % 8])
        concert.stage.deeds.clear()
        for _ in range(3 * PROBE_BARS):
            last = await concert.bar()
        assert (last["lead"], last["drums"]) == ("lead-a", "drums-a")  # everybody is back

    perform(story, *deeds, count=count)


def test_a_chair_with_two_experts_the_second_plays_while_the_first_rests_until_a_probe_brings_it_back():
    async def story(concert):
        who = [await concert.bar() for _ in range(6)]
        assert [players["lead"] for players in who] == ["lead-b"] * 5 + ["lead-a"]
        assert not concert.band.understudied
        reasons = [played.players["lead"].reason for played in concert.played]
        assert reasons[:2] == ["lead-a: no idea"] * 2
        assert reasons[3:5] == ["lead-a rests after 3 misses"] * 2
        assert reasons[5] == ""

    bad = ("raise", 0.001)
    miss = (bad, GOOD)
    # bars 1 to 3 miss, after the third a probe fails, after the fifth one succeeds
    perform(story, *miss, *miss, *miss, bad, lineup={"lead": ["lead-a", "lead-b"]})


def test_both_experts_of_a_chair_rest_and_both_come_back():
    async def story(concert):
        for _ in range(4):
            await concert.bar()
        assert concert.played[-1].players["lead"].expert == RULES
        assert concert.band.understudied["lead"] == 4
        who = [(await concert.bar())["lead"] for _ in range(2 * PROBE_BARS)]
        assert who[-1] == "lead-a"
        assert concert.experts.ready(Seat("lead-b"))
        concert.stage.deeds += [("raise", 0.001)]
        assert (await concert.bar())["lead"] == "lead-b"

    perform(story, *[("raise", 0.001)] * 8, lineup={"lead": ["lead-a", "lead-b"]})


def with_lead(expert):
    return replace(WISH, chairs=WISH.chairs | {"lead": replace(WISH.chairs["lead"], expert=expert)})


def test_a_swap_away_and_back_brings_a_resting_expert_back_at_once():
    async def story(concert):
        for _ in range(4):
            await concert.bar()
        concert.stage.deeds.clear()
        assert (await concert.bar(wish=with_lead("lead-b")))["lead"] == "lead-b"
        assert (await concert.bar(wish=with_lead("lead-a")))["lead"] == "lead-a"

    perform(story, *[("raise", 0.001)] * 20, lineup={"lead": ["lead-a"], "bass": ["lead-b"]})


def test_an_expert_that_is_off_stage_is_not_probed():
    async def story(concert):
        for _ in range(3):
            await concert.bar()
        before = len(concert.stage.deeds)
        for _ in range(PROBE_BARS):
            await concert.bar(wish=with_lead(RULES))
        assert len(concert.stage.deeds) == before

    perform(story, *[("raise", 0.001)] * 20, lineup={"lead": ["lead-a"]})


def test_one_expert_that_is_always_stuck_costs_the_others_no_more_than_its_first_bars():
    async def story(concert):
        concert.stage.faulty["lead-a"] = ("loop", 0.0)
        for _ in range(40):
            await concert.bar()
        drums = [played.players["drums"].expert for played in concert.played]
        assert drums[:3] == [RULES] * 3
        assert set(drums[3:]) == {"drums-a"}
        assert {played.players["lead"].expert for played in concert.played} == {RULES}
        assert len(concert.stage.children) <= 3 + 2 + 40 / PROBE_BARS + 1

    perform(story, lineup={"lead": ["lead-a"], "drums": ["drums-a"]})


@pytest.mark.parametrize(("count", "drummer"), [(1, RULES), (2, "drums-a")])
def test_with_a_worker_each_an_expert_that_crashes_takes_nobody_with_it(count, drummer):
    async def story(concert):
        players = await concert.bar()
        assert players["lead"] == RULES
        assert players["drums"] == drummer

    perform(story, ("die", 0.001), count=count, lineup={"lead": ["lead-a"], "drums": ["drums-a"]})


def test_what_another_expert_delays_rests_nobody():
    async def story(concert):
        for _ in range(3):
            await concert.bar()
            await passing(2.0)  # the worker is killed and loads again
        assert concert.band.late["drums"] == 3
        assert concert.band._rests.resting(Seat("lead-a"))
        assert not concert.band._rests.resting(Seat("drums-a"))

    loop = ("loop", 0.0)
    perform(story, loop, loop, loop, lineup={"lead": ["lead-a"], "drums": ["drums-a"]})


def test_a_rewrite_in_the_middle_of_a_rehearsal_is_played_by_the_experts_and_ends_the_rehearsal():
    async def story(concert):
        rehearsal = asyncio.ensure_future(concert.band.rehearse(concert.compose(WISH), WISH, now() + 0.1))
        await passing(0.002)
        players = await concert.bar(wish=replace(WISH, density=0.9))
        assert (players["lead"], players["drums"]) == ("lead-a", "drums-a")
        await rehearsal
        assert not concert.band.understudied

    slow = ("good", BUDGET_S * 0.3)  # the rest of one, and two of the rewrite, leave no time for another one
    perform(story, *[slow] * 10, lineup={"lead": ["lead-a"], "drums": ["drums-a"]})


def test_an_answer_to_more_than_was_asked_touches_no_other_voice():
    async def story(concert):
        answer = concert.experts.workers.ask

        async def ask_too_much(seat, request, within):
            answered = await answer(seat, request, within)
            bars = answered.content
            return (
                replace(answered, content=bars | dict.fromkeys(VOICES, bars["drums"])) if "drums" in bars else answered
            )

        concert.experts.workers.ask = ask_too_much
        await concert.bar()
        bars = concert.played[0].composed.bars
        assert bars["drums"].notes
        assert bars["drums"] != bars["pad"]

    perform(story, lineup={"drums": ["drums-a"]})


def test_chords_that_cannot_be_planned_are_refused():
    async def story(concert):
        who = await concert.bar()
        assert who["harmony"] == RULES
        assert "chords in a bar" in concert.played[0].players["harmony"].reason

    perform(story, ("illegal", 0.001), lineup={"harmony": ["chords-a"]})
