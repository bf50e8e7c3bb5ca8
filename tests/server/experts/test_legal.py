import pytest

from engines.composer import Ask
from engines.expert import ExpertError, HarmonyRequest
from engines.note import Bar
from engines.theory.chord import Chord
from engines.theory.key import Key
from server.experts.legal import legal
from server.experts.seats import Answered
from tests.server.experts.test_process import a_request

ASK = Ask("lead", a_request())
HARMONY = Ask("harmony", HarmonyRequest("uplifting", "drop", 0, 0.5, 0.3, Key.parse("Am"), bars=2))
AM = Chord.parse("Am")


def test_only_what_was_asked_for_is_taken():
    voice = ASK.request.voices[0]
    answered = legal(ASK, Answered({voice: Bar(), "another": Bar()}, 3.0))
    assert answered == Answered({voice: Bar()}, 3.0)


def test_chords_for_every_bar_are_legal():
    assert legal(HARMONY, Answered(((AM,), (AM,) * 4), 3.0)).content == ((AM,), (AM,) * 4)


@pytest.mark.parametrize(
    ("ask", "content"),
    [
        (ASK, {}),
        (ASK, ((AM,),)),
        (HARMONY, {"lead": Bar()}),
        (HARMONY, ((AM,),)),
        (HARMONY, ((AM,), ())),
        (HARMONY, ((AM,), (AM,) * 5)),
    ],
)
def test_what_does_not_fit_its_question_is_refused(ask, content):
    with pytest.raises(ExpertError):
        legal(ask, Answered(content, 3.0))
