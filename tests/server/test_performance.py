import asyncio

import pytest

from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, VOICES
from server.player.messages import Gate, GoOn, Load, Panic, Start, Stop
from tests.server import virtual
from tests.server.stagehand import Stagehand, error
from tests.server.virtual import run


def perform(story, **wishes):
    async def main():
        async with Stagehand(**wishes) as hand:
            await story(hand)
            return hand

    return run(main())


def sections(hand):
    return [args[1] for args in hand.told("/plan")]


def test_every_bar_is_with_the_player_before_its_line():
    async def story(hand):
        hand.say("/play")
        await hand.bar(32)

    hand = perform(story)
    start = hand.player.of(Start)[0]
    loads = [(time, m) for time, m in hand.player.messages if isinstance(m, Load)]
    assert [load.bar for _, load in loads][:32] == list(range(32))
    for time, load in loads:
        assert time <= start.timeline.time(load.tick)
    assert hand.performance.bars_late == 0
    assert sum(hand.band.understudied.values()) == 0


@pytest.mark.parametrize("turn_ms", [1, 5, 8])
def test_late_3_a_bar_that_no_expert_finishes_is_with_the_player_in_time_though_main_wakes_late(turn_ms):
    async def story(hand):
        asyncio.get_running_loop().busy(turn_ms / 1000)
        hand.say("/play")
        for bar in (12, 16, 20, 24):
            await hand.transport.wait_until(bar * TICKS_PER_BAR, hand.headroom.seconds + 0.02)
            hand.say("/density", bar / 100)  # what was rehearsed is void
            hand.experts.cost = 5.0
            await hand.bar(bar)
            hand.experts.cost, hand.experts.busy_until = 0.004, 0.0
        await hand.bar(28)

    hand = perform(story)
    timeline = hand.player.of(Start)[0].timeline
    loads = [(time, load) for time, load in hand.player.messages if isinstance(load, Load)]
    assert {load.bar for _, load in loads} >= set(range(28))
    assert all(time <= timeline.time(load.tick) for time, load in loads if load.bar > 0)
    assert hand.band.late["lead"] >= 4


def test_section_1_a_section_is_heard_in_the_next_bar():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/section", "breakdown")
        await hand.bar(5)

    assert sections(perform(story))[:5] == ["drop", "drop", "drop", "breakdown", "breakdown"]


def test_a_wish_just_before_the_line_is_honoured():
    async def story(hand):
        hand.say("/play")
        await hand.bar(20)
        early = (hand.headroom.seconds + 0.001) / hand.transport.timeline.seconds_per_tick / TICKS_PER_BAR
        await hand.bar(21 - early)
        hand.say("/section", "breakdown")
        await hand.bar(22)
        assert hand.headroom.seconds <= 0.060

    assert sections(perform(story))[20:22] == ["drop", "breakdown"]


def test_section_2_when_phrase_and_section_wait_for_their_boundary():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.5)
        hand.say("/section", "breakdown", "phrase")
        await hand.bar(9)

    phrase = 8
    assert sections(perform(story)).index("breakdown") == phrase


def test_tension_ramp_rises_beat_by_beat():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.5)
        hand.say("/tension", 0.0)
        await hand.bar(2.5)
        hand.say("/tension", 1.0, 16)
        await hand.bar(8)

    values = [round(args[2], 3) for args in perform(story).told("/plan")]
    assert values[2] == 0.0
    assert values[3:7] == [0.094, 0.344, 0.594, 0.844]
    assert values[7] == 1.0


def test_beat_1_the_rest_of_the_running_bar_is_rewritten():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.1)
        hand.say("/chord", "Dm", "beat")
        await hand.bar(3)

    hand = perform(story)
    bars = [load for load in hand.player.of(Load) if load.bar == 2]
    assert len(bars) == 2
    rewritten = bars[1]
    assert 0 < rewritten.start <= 2 * TICKS_PER_BEAT
    assert all(note.onset >= rewritten.start for notes in rewritten.voices.values() for note in notes)
    assert any(rewritten.voices.values())
    assert hand.told("/plan")[3][3] == "C|Dm"  # the first beat has sounded as it was
    assert "pad" in rewritten.hush
    assert {note.pitch % 12 for note in rewritten.voices["pad"]} <= {2, 5, 9}


def test_the_chord_that_runs_is_told_before_and_after_a_change_within_the_bar():
    seen = []

    async def story(hand):
        hand.say("/play")
        await hand.bar(2.1)
        hand.say("/chord", "Dm", "beat")
        await hand.bar(2.2)
        seen.append(hand.performance.chord)
        await hand.bar(2.9)
        seen.append(hand.performance.chord)

    perform(story)
    assert seen == ["C", "Dm"]


def test_beat_2_too_late_for_this_bar_is_the_next_bar():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.97)
        hand.say("/chord", "Dm", "beat")
        await hand.bar(5)

    hand = perform(story)
    assert [(args[0], args[3]) for args in hand.told("/plan")][3:6] == [(3, "G"), (3, "G|Dm"), (4, "Dm")]


def test_mute_1_now_and_solo():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.25)
        hand.say("/voice/bass/mute", 1)
        hand.say("/voice/lead/solo", 1)
        await hand.bar(2)

    gates = perform(story).player.of(Gate)
    assert gates[0] == Gate("bass", open=False, tick=None)
    assert {g.voice for g in gates if not g.open} == set(VOICES) - {"lead"}


def test_mute_at_the_bar_line_waits_for_it():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.25)
        hand.say("/voice/bass/mute", 1, "bar")
        await hand.bar(2)

    assert perform(story).player.of(Gate) == [Gate("bass", open=False, tick=2 * TICKS_PER_BAR)]


def test_tempo_1_changes_at_once_and_the_tick_does_not_jump():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.25)
        tick = hand.transport.tick
        hand.say("/tempo", 200)
        assert abs(hand.transport.tick - tick) < 1e-6
        assert hand.transport.bpm == 200
        await hand.bar(6)

    hand = perform(story)
    assert hand.performance.bars_late == 0
    assert len(hand.player.loads()) >= 6


def test_stop_1_ends_at_the_bar_line_and_continue_goes_on_there():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop")
        await hand.bar(4)
        assert not hand.performance.playing
        assert hand.front.state()["playing"] == (0,)
        hand.say("/continue")
        await hand.bar(5)

    hand = perform(story)
    assert hand.player.of(Stop) == [Stop(3 * TICKS_PER_BAR)]
    starts = hand.player.of(Start)
    assert [(start.tick, start.fresh) for start in starts] == [(0, True), (3 * TICKS_PER_BAR, False)]
    assert [args[0] for args in hand.told("/plan")][-2:] == [3, 4] or 3 in [a[0] for a in hand.told("/plan")]


def test_stop_2_inside_the_headroom_forgets_the_bar_that_was_written():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.999)
        hand.say("/stop")
        await hand.bar(3.5)
        hand.say("/continue")
        await hand.bar(4)

    hand = perform(story)
    assert hand.player.of(Start)[1].tick == 3 * TICKS_PER_BAR
    assert [args[0] for args in hand.told("/plan")][:5] == [0, 1, 2, 3, 3]


def test_stop_3_now():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop", "now")
        await hand.bar(2.6)
        assert not hand.performance.playing

    assert perform(story).player.of(Stop) == [Stop(None)]


def test_play_while_playing_is_nothing():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.5)
        hand.say("/play")
        await hand.bar(4)

    hand = perform(story)
    assert len(hand.player.of(Start)) == 1


def test_panic_1_the_music_goes_on_at_the_next_line():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.5)
        hand.say("/panic")
        await hand.bar(4)

    hand = perform(story)
    assert hand.player.of(Panic) == [Panic(2 * TICKS_PER_BAR)]
    assert 3 in hand.player.loads()


def test_late_1_an_expert_that_is_late_is_replaced_and_rests():
    async def story(hand):
        hand.say("/play")
        await hand.bar(9.5)
        hand.experts.cost = 5.0
        await hand.bar(10.5)
        hand.experts.cost = 0.004
        hand.experts.busy_until = 0.0
        await hand.bar(16)

    hand = perform(story)
    loads = hand.player.loads()
    assert set(range(16)) <= set(loads)
    assert all(any(load.voices.values()) for load in loads.values())
    assert hand.band.late["lead"] >= 1
    players = [(a, e) for a, e, _ in hand.told("/played") if a == "lead"]
    assert ("lead", "rules") in players
    assert players[-1] == ("lead", "learned")
    assert hand.performance.bars_late == 0


def test_raise_1_an_expert_that_raises_is_replaced_from_the_same_request():
    async def story(hand):
        hand.say("/play")
        await hand.bar(9.5)
        hand.experts.trouble = error("no idea")
        await hand.bar(12)

    hand = perform(story)
    assert hand.band.understudied["bass"] >= 2
    assert all(any(load.voices.values()) for load in hand.player.loads().values())


def test_rest_1_three_misses_rest_an_expert_and_a_probe_brings_it_back():
    async def story(hand):
        hand.say("/play")
        await hand.bar(4.5)
        hand.experts.trouble = error("no idea")
        await hand.bar(8.5)
        asked = hand.experts.asked
        await hand.bar(9.5)
        assert hand.experts.asked - asked <= 1  # the probe and nobody else
        hand.experts.trouble = lambda _request: None
        await hand.bar(14)

    hand = perform(story)
    assert [(a, e) for a, e, _ in hand.told("/played")][-1][1] == "learned"


def test_swap_1_at_a_bar_line():
    async def story(hand):
        hand.say("/play")
        await hand.bar(3.5)
        hand.say("/voice/lead/expert", "rules")
        await hand.bar(6.5)
        hand.say("/voice/lead/expert", "learned", "v1")
        await hand.bar(8.5)
        from server.experts.seats import Seat

        hand.experts.ready_seats.add(Seat("learned", "v1"))
        await hand.bar(10)

    hand = perform(story)
    lead = [expert for voice, expert, _ in hand.told("/played") if voice == "lead"]
    assert lead[:4] == ["learned"] * 4
    assert lead[4:9] == ["rules"] * 5  # the old one plays until the new one is ready
    assert lead[9] == "learned"


def test_bars_and_beats_are_told_when_they_sound():
    async def story(hand):
        hand.say("/play")
        await hand.bar(3.1)

    hand = perform(story)
    line = hand.player.of(Start)[0].timeline
    bars = [(time, e.args[0]) for time, e in hand.events if e.address == "/bar"]
    assert [bar for _, bar in bars] == [0, 1, 2, 3]
    for time, bar in bars:
        assert abs(time - line.time(bar * TICKS_PER_BAR)) < 1e-6
    assert [args[0] for args in hand.told("/beat")][:8] == [0, 1, 2, 3, 0, 1, 2, 3]


def test_a_sleep_of_this_process_resumes_on_a_bar_line():
    async def story(hand):
        import asyncio

        hand.say("/play")
        await hand.bar(4.5)
        asyncio.get_running_loop()._jump.now += 7.0
        await hand.bar(14)

    hand = perform(story)
    late = hand.performance.bars_late
    assert late >= 3
    times = {m.bar: t for t, m in hand.player.messages if isinstance(m, Load)}
    line = hand.player.of(Start)[0].timeline
    resumed = min(bar for bar in times if bar > 5)
    assert times[resumed] <= line.time(resumed * TICKS_PER_BAR)
    assert resumed + 1 in times


def test_seed_1_same_seed_and_same_commands_give_the_same_notes():
    async def story(hand):
        hand.say("/seed", 11)
        hand.say("/play")
        await hand.bar(3.5)
        hand.say("/section", "build")
        hand.say("/tension", 0.9, 32)
        await hand.bar(7.5)
        hand.say("/chords/auto", "bar")
        await hand.bar(20)

    first, second = perform(story), perform(story)
    assert first.player.messages == second.player.messages


def test_clock_1_an_outside_clock_starts_stops_and_moves():
    from server.timeline import Timeline

    async def story(hand):
        hand.performance.leader.is_led = lambda: True
        now = hand.transport.now()
        hand.performance.follow(Start(0, Timeline(120.0, 0, now + 0.02)))
        await hand.bar(2.5)
        assert hand.performance.playing
        hand.performance.follow(Stop())
        await hand.seconds(0.01)
        assert not hand.performance.playing
        now = hand.transport.now()
        position = 5 * TICKS_PER_BAR + 2 * TICKS_PER_BEAT
        hand.performance.follow(Start(position, Timeline(120.0, position, now + 0.02), fresh=False))
        await hand.bar(7)

    hand = perform(story)
    assert [args[0] for args in hand.told("/plan")][:5] == [0, 1, 2, 5, 6]
    first = hand.player.loads()[5]
    assert all(n.onset >= 2 * TICKS_PER_BEAT - 30 for notes in first.voices.values() for n in notes)
    assert any(first.voices.values())
    assert [args[0] for args in hand.told("/beat")][-7:-1] == [2, 3, 0, 1, 2, 3]


def test_clock_2_a_restart_while_playing_counts_from_the_new_beginning():
    from server.timeline import Timeline

    async def story(hand):
        hand.performance.leader.is_led = lambda: True
        hand.performance.follow(Start(0, Timeline(120.0, 0, hand.transport.now() + 0.02)))
        await hand.bar(3.5)
        hand.performance.follow(Start(0, Timeline(120.0, 0, hand.transport.now() + 0.02)))
        await hand.bar(1.1)

    hand = perform(story)
    assert [args[0] for args in hand.told("/bar")] == [0, 1, 2, 3, 0, 1]


def test_clock_2_a_start_that_is_heard_a_moment_late_tells_its_first_bar_all_the_same():
    from server.timeline import Timeline

    async def story(hand):
        hand.performance.leader.is_led = lambda: True
        hand.performance.follow(Start(0, Timeline(120.0, 0, hand.transport.now() - 0.01)))
        await hand.bar(2.1)

    hand = perform(story)
    assert [args[0] for args in hand.told("/bar")] == [0, 1, 2]
    assert [args[0] for args in hand.told("/beat")][:5] == [0, 1, 2, 3, 0]


def test_clock_3_play_by_hand_begins_on_a_beat_of_the_clock():
    from server.player.messages import Retime
    from server.timeline import Timeline

    async def story(hand):
        hand.performance.leader.is_led = lambda: True
        hand.performance.follow(Retime(Timeline(120.0, 0, 0.0)))
        await hand.seconds(3.3)
        hand.say("/play")
        assert hand.transport.timeline.time(0) % 0.5 == 0
        hand.performance.follow(Retime(Timeline(121.0, 960 * 4, 4.0)))
        assert abs(hand.transport.timeline.time(0) - 3.5) < 0.01

    perform(story)


def test_clock_4_link_places_the_first_bar_on_the_bar_line_of_the_session():
    from server.timeline import Timeline

    async def story(hand):
        hand.performance.leader.is_led = lambda: True
        hand.performance.leader.place = lambda tick: Timeline(120.0, tick, 2.0)  # a session with bar lines at 0, 2, 4 …
        await hand.seconds(1.95)
        hand.say("/play")  # too late for the line at 2
        assert abs(hand.transport.timeline.time(0) - 4.0) < 1e-9

    perform(story)


def test_clock_5_a_start_that_is_known_only_when_it_sounds_keeps_its_downbeat():
    from server.timeline import Timeline

    async def story(hand):
        hand.performance.leader.is_led = lambda: True
        await hand.seconds(1.0)
        hand.performance.follow(Start(0, Timeline(120.0, 0, hand.transport.now())))
        await hand.bar(1.5)

    hand = perform(story)
    first = hand.player.loads()[0]
    assert first.start == 0
    assert first.voices["drums"][0].onset == 0
    assert hand.performance.bars_late == 0


def lead_players(hand):
    return [expert for voice, expert, _ in hand.told("/played") if voice == "lead"]


def test_rehearsal_1_a_stall_before_the_line_costs_nothing():
    async def story(hand):
        hand.say("/play")
        await hand.bar(10.9)
        hand.experts.cost = 5.0
        await hand.bar(10.99)
        hand.experts.cost, hand.experts.busy_until = 0.004, 0.0
        await hand.bar(14)

    hand = perform(story)
    assert set(lead_players(hand)) == {"learned"}
    assert not hand.band.late


def test_rehearsal_2_a_wish_after_it_is_honoured_all_the_same():
    async def story(hand):
        hand.say("/play")
        await hand.bar(10.93)
        hand.say("/chord", "Dm")
        await hand.bar(13)

    hand = perform(story)
    plans = {args[0]: args[3] for args in hand.told("/plan")}
    assert plans[10] != "Dm"
    assert plans[11] == "Dm"
    assert {n.pitch % 12 for n in hand.player.loads()[11].voices["pad"]} <= {2, 5, 9}
    assert set(lead_players(hand)) == {"learned"}


def test_rehearsal_3_the_music_is_the_same_without_it():
    async def story(hand):
        hand.say("/seed", 3)
        hand.say("/chords/auto")
        hand.say("/autopilot", 1)
        hand.say("/play")
        await hand.bar(20)

    async def without(hand):
        async def nothing(*_):
            pass

        hand.band.rehearse = nothing
        await story(hand)

    with_it, bare = perform(story), perform(without)
    assert {bar: load.voices for bar, load in with_it.player.loads().items()} == {
        bar: load.voices for bar, load in bare.player.loads().items()
    }


def test_stop_4_at_the_end_of_the_phrase():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop", "phrase")
        await hand.bar(7.9)
        assert hand.performance.playing
        await hand.bar(8.1)
        assert not hand.performance.playing

    hand = perform(story)
    assert hand.player.of(Stop) == [Stop(8 * TICKS_PER_BAR)]
    assert [args[0] for args in hand.told("/plan")] == list(range(8))


def test_stop_5_wishes_made_while_stopped_hold_when_it_goes_on():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop", "now")
        await hand.seconds(30)
        hand.say("/tempo", 200)
        hand.say("/tension", 0.9)
        hand.say("/continue")
        await hand.seconds(4)
        assert hand.transport.bpm == 200

    assert perform(story).told("/plan")[-1][2] == 0.9


def test_stop_6_stop_now_and_play_in_one_breath_is_a_restart():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop", "now")
        hand.say("/play")
        await hand.bar(1.5)
        assert hand.performance.playing

    assert [start.fresh for start in perform(story).player.of(Start)] == [True, True]


@pytest.mark.parametrize("turns", range(10))
def test_stop_11_a_stop_said_while_a_stop_now_is_carried_out_does_not_put_it_off(turns):
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop", "now")
        await virtual.turns(turns)
        hand.say("/stop")
        await hand.bar(2.6)
        assert not hand.performance.playing

    perform(story)


@pytest.mark.parametrize("turns", range(10))
def test_stop_10_play_said_while_a_stop_now_is_carried_out_is_heard(turns):
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop", "now")
        await virtual.turns(turns)
        hand.say("/play")
        await hand.bar(1.5)
        assert hand.performance.playing

    perform(story)


def test_stop_12_what_is_rewritten_while_a_stop_now_comes_is_forgotten():
    async def story(hand):
        hand.say("/play")
        await hand.bar(4.25)
        hand.experts.cost = 0.02
        hand.say("/chord", "Dm", "now")
        await hand.seconds(0.01)
        hand.say("/stop", "now")
        await hand.bar(5.5)

    hand = perform(story)
    assert [args[0] for args in hand.told("/plan")] == [0, 1, 2, 3, 4]
    assert isinstance(hand.player.messages[-1][1], Stop)


def test_clock_6_a_start_while_a_bar_is_written_begins_at_bar_0():
    from server.timeline import Timeline

    async def story(hand):
        hand.performance.leader.is_led = lambda: True
        hand.performance.follow(Start(0, Timeline(120.0, 0, hand.transport.now())))
        await hand.bar(10.5)
        hand.experts.cost = 0.015
        await hand.transport.wait_until(11 * TICKS_PER_BAR, hand.headroom.seconds + 0.001)
        hand.say("/chord", "Dm")
        await hand.seconds(0.006)
        hand.performance.follow(Start(0, Timeline(120.0, 0, hand.transport.now())))
        await hand.bar(3.5)

    assert [args[0] for args in perform(story).told("/plan")][-4:] == [0, 1, 2, 3]


def test_hold_1_a_wish_for_now_does_not_break_it():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/hold", 1)
        await hand.bar(4.2)
        hand.say("/density", 0.9, "now")
        await hand.bar(6.5)

    plans = perform(story).told("/plan")
    assert len({args[3] for args in plans[2:]}) == 1


def test_hold_2_a_bar_that_comes_late_is_held_all_the_same():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/hold", 1)
        await hand.bar(4.5)
        asyncio.get_running_loop()._jump.now += hand.transport.timeline.time(TICKS_PER_BAR * 0.6) - (
            hand.transport.timeline.time(0)
        )
        await hand.bar(7.5)

    hand = perform(story)
    assert hand.performance.bars_late == 1
    assert len({args[3] for args in hand.told("/plan")[2:]}) == 1


def test_stop_7_play_takes_back_a_stop_that_has_not_come_due():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop")
        hand.say("/play")
        await hand.bar(4.5)
        assert hand.performance.playing

    hand = perform(story)
    assert len(hand.player.of(Start)) == len(hand.player.of(GoOn)) == 1
    assert [args[0] for args in hand.told("/bar")] == [0, 1, 2, 3, 4]
    assert hand.performance.bars_late == 0


def test_stop_8_a_bar_written_before_the_stop_is_loaded_again_when_it_is_taken_back():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.999)
        hand.say("/stop")
        hand.say("/continue")
        await hand.bar(4.5)

    hand = perform(story)
    again = [load for load in hand.player.of(Load) if load.bar == 3]
    assert len(again) == 2
    assert again[0].voices == again[1].voices
    assert [args[0] for args in hand.told("/plan")][:5] == [0, 1, 2, 3, 4]


def test_stop_9_play_takes_back_a_stop_at_the_end_of_the_phrase():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop", "phrase")
        hand.say("/play")
        await hand.bar(9.5)
        assert hand.performance.playing

    assert not perform(story).player.of(Stop)


def test_a_new_player_hears_of_a_stop_that_has_not_come_due():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop")
        hand.performance.restore()
        await hand.bar(3.5)

    assert perform(story).player.of(Stop) == [Stop(3 * TICKS_PER_BAR)] * 2


def sounded(hand):
    """The bars and beats that were told, in order."""
    return [(e.address, e.args[0]) for _, e in hand.events if e.address in ("/bar", "/beat")]


BAR = [("/beat", beat) for beat in range(4)]


def test_what_does_not_sound_is_not_told():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.5)
        hand.say("/stop")
        await hand.bar(2.5)
        assert not hand.performance.playing
        hand.say("/continue")
        await hand.bar(2.9)
        hand.say("/stop", "now")
        await hand.seconds(3)

    assert sounded(perform(story)) == [("/bar", 0), *BAR, ("/bar", 1), *BAR, ("/bar", 2), *BAR]


def test_at_the_end_of_a_phrase_nothing_more_is_told():
    async def story(hand):
        hand.say("/play")
        await hand.bar(0.5)
        hand.say("/stop", "phrase")
        await hand.bar(9)

    assert sounded(perform(story))[-1] == ("/beat", 3)


@pytest.mark.parametrize(("when", "last"), [("phrase", 7), ("section", 15)])
@pytest.mark.parametrize("start", ["/play", "/continue"])
def test_stop_with_a_phrase_or_section_said_in_one_breath_with_play_lets_the_first_one_sound(start, when, last):
    async def story(hand):
        hand.say(start)
        hand.say("/stop", when)
        await hand.bar(last + 2)
        assert not hand.performance.playing

    hand = perform(story, section="breakdown")
    assert max(hand.player.loads()) == last
    assert sounded(hand)[-1] == ("/beat", 3)


def test_a_stop_taken_back_on_its_line_leaves_no_gap_in_the_beats():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.9)
        hand.say("/stop")
        hand.say("/continue")
        await hand.bar(2.9)

    assert sounded(perform(story)) == [("/bar", 0), *BAR, ("/bar", 1), *BAR, ("/bar", 2), *BAR]


def test_panic_2_at_the_beat_and_at_the_bar_line():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.3)
        hand.say("/panic", "beat")
        hand.say("/panic", "bar")
        await hand.bar(2.5)
        hand.say("/panic", "phrase")
        await hand.bar(9)

    beat = TICKS_PER_BAR + 2 * TICKS_PER_BEAT
    line, phrase = 2 * TICKS_PER_BAR, 8 * TICKS_PER_BAR
    assert perform(story).player.of(Panic) == [Panic(line, beat), Panic(line, line), Panic(phrase, phrase)]


def test_panic_3_at_once_where_nothing_plays():
    async def story(hand):
        hand.say("/panic", "section")

    assert [panic.tick for panic in perform(story).player.of(Panic)] == [None]


def limited(hand, bars):
    ends = []
    hand.performance.limit.set(bars, lambda: ends.append(hand.transport.tick))
    return ends


def test_bars_1_it_ends_after_so_many_bars():
    async def story(hand):
        ends = limited(hand, 3)
        hand.say("/play")
        await hand.bar(5)
        assert len(ends) == 1
        assert abs(ends[0] - 3 * TICKS_PER_BAR) < 1

    assert [args[0] for args in perform(story).told("/plan")][:3] == [0, 1, 2]


def test_bars_2_a_stop_in_between_does_not_end_it():
    async def story(hand):
        ends = limited(hand, 4)
        hand.say("/play")
        await hand.bar(1.5)
        hand.say("/stop")
        await hand.seconds(10)
        assert ends == []
        hand.say("/play")
        await hand.bar(1.5)
        assert ends == []
        await hand.bar(3)
        assert len(ends) == 1
        assert abs(ends[0] - 2 * TICKS_PER_BAR) < 1

    perform(story)


def test_bars_3_an_outside_start_while_playing_does_not_end_it():
    from server.timeline import Timeline

    async def story(hand):
        ends = limited(hand, 4)
        hand.performance.leader.is_led = lambda: True
        hand.performance.follow(Start(0, Timeline(120.0, 0, hand.transport.now() + 0.02)))
        await hand.bar(1.5)
        hand.performance.follow(Start(0, Timeline(120.0, 0, hand.transport.now() + 0.02)))
        assert ends == []
        await hand.bar(3)
        assert len(ends) == 1

    perform(story)


def test_bars_4_a_stop_at_the_end_of_the_last_bar_ends_it():
    async def story(hand):
        ends = limited(hand, 2)
        hand.say("/play")
        await hand.bar(1.5)
        hand.say("/stop")
        await hand.bar(2.1)
        assert len(ends) == 1

    perform(story)


def test_bars_5_the_end_is_known_before_its_line_and_nothing_takes_it_back():
    async def story(hand):
        ends = limited(hand, 3)
        hand.say("/play")
        await hand.bar(2.5)
        hand.say("/stop")
        hand.say("/play")
        await hand.bar(3.5)
        assert len(ends) == 1
        hand.say("/play")
        await hand.bar(5)
        assert not hand.performance.playing

    hand = perform(story)
    assert set(hand.player.of(Stop)) == {Stop(3 * TICKS_PER_BAR)}
    assert max(hand.player.loads()) == 2
    assert [args[0] for args in hand.told("/bar")] == [0, 1, 2]


def test_bars_6_a_main_that_has_no_bar_left_plays_none():
    async def story(hand):
        limited(hand, 0)
        hand.performance.resume()
        await hand.seconds(3)

    assert not perform(story).player.of(Load)


def test_what_is_said_before_there_is_a_player_is_obeyed_when_there_is_one():
    async def main():
        async with Stagehand() as hand:
            hand.performance.hold()
            for words in (("/play",), ("/voice/bass/mute", 1), ("/stop", "now"), ("/play",)):
                hand.say(*words)
            lost = len(hand.player.messages)  # nobody was there to hear them
            assert not hand.player.of(Start)
            hand.performance.release()
            await hand.bar(1.5)
            told = [message for _, message in hand.player.messages[lost:]]
            assert Gate("bass", open=False) in told
            assert [message.tick for message in told if isinstance(message, Start)] == [0, 0]
            assert 1 in hand.player.loads()
            assert hand.performance.conducted

    run(main())
