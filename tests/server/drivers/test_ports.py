import msgspec
import pytest

from server.drivers import ports
from server.drivers.ports import Backend, as_json, survey

JACK = Backend("jack", works=True, outputs=("synth:in",))
ALSA = Backend("alsa", works=False, detail="no ALSA sequencer", fix="modprobe snd-seq")


@pytest.mark.parametrize(
    ("jack", "system", "chosen"),
    [(True, True, "jack"), (True, False, "jack"), (False, True, "rtmidi"), (False, False, "none")],
)
def test_what_auto_would_take(monkeypatch, jack, system, chosen):
    answers = {
        "jack": (msgspec.structs.replace(JACK, works=jack),),
        "rtmidi": (msgspec.structs.replace(ALSA, works=system),),
    }
    monkeypatch.setattr(ports, "_ask", lambda _call, name, *_: answers[name])
    assert survey().chosen == chosen
    assert [backend.name for backend in survey().backends] == ["jack", "alsa"]


def test_answers_come_back_from_a_process_of_their_own(monkeypatch):
    assert ports._ask("probe_rtmidi() and ()", "x", "hung", "fix") == ()
    assert msgspec.json.decode(as_json((JACK, ALSA)), type=tuple[Backend, ...]) == (JACK, ALSA)
    (broken,) = ports._ask("no_such_probe()", "x", "hung", "fix")
    assert not broken.works
    assert "no_such_probe" in broken.detail


def test_a_library_that_hangs_is_told_not_waited_for(monkeypatch):
    monkeypatch.setattr(ports, "PROBE_S", 0.3)
    (hung,) = ports._ask(
        "sys.stdin.read() or __import__('threading').Event().wait()", "jack", "does not answer", "restart"
    )
    assert (hung.works, hung.detail, hung.fix) == (False, "does not answer", "restart")


def test_the_real_survey_names_a_fix_for_everything_that_is_missing():
    for backend in survey("no-such-server").backends:
        assert backend.works or (backend.detail and backend.fix)
