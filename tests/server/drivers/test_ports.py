from server.drivers import ports
from server.drivers.inventory import System
from server.drivers.ports import survey


def test_without_servers_it_says_what_to_do():
    jack, rtmidi = survey("no-such-server")
    assert (jack.backend, jack.works, rtmidi.backend) == ("jack", False, "rtmidi")
    assert "start one" in jack.detail
    assert rtmidi.works or "modprobe" in rtmidi.detail


def test_a_library_that_hangs_is_told_not_waited_for(monkeypatch):
    monkeypatch.setattr(ports, "PROBE_S", 0.3)
    monkeypatch.setattr(ports, "CODE", "import threading; threading.Event().wait()")
    assert ports._ask("jack", "", "does not answer") == System("jack", works=False, detail="does not answer")


def test_a_library_that_fails_or_crashes_is_told(monkeypatch):
    assert "no_such_probe" in ports._ask("jack", "no_such_probe()", "hung").detail
    monkeypatch.setattr(ports, "CODE", "import os; os.kill(os.getpid(), 9)")
    assert "exit -9" in ports._ask("jack", "", "hung").detail


def test_an_answer_is_found_among_what_libraries_print(monkeypatch):
    answer = '{{"backend":"jack","works":true,"outputs":["synth:in"]}}'
    monkeypatch.setattr(ports, "CODE", f"print('noise'); print('survey:' + {answer!r})")
    assert ports._ask("jack", "", "hung") == System("jack", works=True, outputs=("synth:in",))
