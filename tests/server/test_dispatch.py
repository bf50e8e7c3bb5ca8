from engines.control.state import Chair, Ramp
from server.clock.leader import Leader
from server.dispatch import Dispatch
from server.front import Front
from server.journal import Told
from server.player.messages import Gate, Panic, Start
from server.timeline import Timeline
from server.transport import Transport
from tests.engines.band import control
from tests.server.fake_stage import LEXICON
from tests.server.stagehand import Notes
from tests.server.virtual import run


class Records(list):
    write = list.append


def with_dispatch(story):
    async def main():
        import asyncio

        from engines.control.desk import Desk

        now = asyncio.get_running_loop().time
        transport, records = Transport(now), Records()
        player, leader = Notes(now), Leader(transport)
        front = Front(Desk(control()), lambda: LEXICON)
        story(Dispatch(player, front, records, transport, leader), player, transport, leader, records)
        transport.close()

    run(main())


def muted(voice):
    return control(chairs=control().chairs | {voice: Chair(mute=True)})


def test_what_is_told_is_journaled():
    def story(dispatch, player, transport, leader, records):
        dispatch.tell(Panic(1920))
        assert player.of(Panic) == [record.message for record in records if isinstance(record, Told)] == [Panic(1920)]

    with_dispatch(story)


def test_a_gate_is_told_once_and_a_new_player_hears_all():
    def story(dispatch, player, transport, leader, records):
        dispatch.direct(muted("bass"), 1920)
        dispatch.direct(muted("bass"), 3840)
        assert player.of(Gate) == [Gate("bass", open=False, tick=1920)]
        dispatch.again(None, None)
        assert {gate.voice for gate in player.of(Gate)[1:] if not gate.open} == {"bass"}
        assert len(player.of(Gate)) == 6

    with_dispatch(story)


def test_the_tempo_is_ours_unless_an_outside_clock_leads():
    def story(dispatch, player, transport, leader, records):
        dispatch.direct(control(tempo=Ramp(99, 99)), None)
        assert transport.bpm == 99
        leader.is_led = lambda: True
        dispatch.direct(control(tempo=Ramp(77, 77)), None)
        assert transport.bpm == 99

    with_dispatch(story)


def test_a_start_sets_the_timeline_for_player_and_transport():
    def story(dispatch, player, transport, leader, records):
        dispatch.start(1920, Timeline(120.0, 1920, 5.0), control(), fresh=False)
        assert player.of(Start) == [Start(1920, transport.timeline, fresh=False)]
        assert transport.timeline.time(1920) == 5.0

    with_dispatch(story)
