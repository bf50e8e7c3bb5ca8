from engines.note import Note
from server.player.messages import Ports, PortState, Pulse, Sounded
from server.tidings import Tidings
from tests.server.fake_stage import FakeStage


def tidings():
    stage, events = FakeStage(), []
    stage.listen(lambda event: events.append((event.address, event.args)))
    return Tidings(stage), events


def pulse(**late):
    return Pulse(time=0.0, pressed=0, released=0, late=late, worst_ms=0.0, sounding=0)


def test_lateness_is_told_when_it_grows():
    told, events = tidings()
    for one in (pulse(lead=1), pulse(lead=1, bass=2), pulse(lead=3, bass=2)):
        told.pulse(one)
    assert events == [("/late", ("lead", 1)), ("/late", ("bass", 2)), ("/late", ("lead", 3))]
    assert told.late == 5


def test_a_note_is_told_in_beats():
    told, events = tidings()
    told.sounded(Sounded("lead", 0, Note(0, 240, 60, 90)))
    assert events == [("/note", ("lead", 60, 90, 0.5))]


def test_a_port_that_is_gone_is_warned_of_once(caplog):
    told, _ = tidings()
    gone = Ports((PortState("lead", "jack", "waiting", "no server"), PortState("bass", "jack", "waiting", "no server")))
    told.show_ports(gone)
    told.show_ports(gone)
    assert caplog.text.count("lead, bass are waiting: no server") == 1
    assert told.ports == gone.ports
