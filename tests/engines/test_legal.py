import pytest
from msgspec.structs import replace

from engines.composer import Ask
from engines.expert import ExpertError, HarmonyRequest
from engines.form import Visit
from engines.form import ask as ask_form
from engines.legal import legal
from engines.note import Bar
from engines.theory.chord import Chord
from engines.theory.key import Key
from tests.engines.band import GENRES
from tests.server.experts.test_process import a_request

ASK = Ask("lead", a_request())
HARMONY = Ask("harmony", HarmonyRequest("uplifting", "drop", 0, 0.5, 0.3, Key.parse("Am"), bars=2))
AM = Chord.parse("Am")
DROP = Visit("drop", 32, 1.0, (0.7, 0.9))
FORM = Ask("form", ask_form(GENRES["uplifting"], (DROP,), total=None, seed=0))
NEXT = Visit("breakdown", 16, 0.2, (0.1, 0.4))


def test_only_what_was_asked_for_is_taken():
    voice = ASK.request.voices[0]
    assert legal(ASK, {voice: Bar(), "another": Bar()}) == {voice: Bar()}


def test_chords_for_every_bar_are_legal():
    assert legal(HARMONY, ((AM,), (AM,) * 4)) == ((AM,), (AM,) * 4)


def test_a_section_that_may_follow_is_legal():
    assert legal(FORM, NEXT) == NEXT


@pytest.mark.parametrize(
    ("ask", "content"),
    [
        (ASK, {}),
        (ASK, ((AM,),)),
        (HARMONY, {"lead": Bar()}),
        (HARMONY, ((AM,),)),
        (HARMONY, ((AM,), ())),
        (HARMONY, ((AM,), (AM,) * 5)),
        (HARMONY, NEXT),
        (ASK, NEXT),
        (FORM, {}),
        (FORM, ((AM,),)),
        (FORM, replace(NEXT, section="build")),
        (FORM, replace(NEXT, bars=0)),
        (FORM, replace(NEXT, bars=100_000)),
        (FORM, replace(NEXT, energy=1.1)),
        (FORM, replace(NEXT, tension=(0.5, float("nan")))),
    ],
)
def test_what_does_not_fit_its_question_is_refused(ask, content):
    with pytest.raises(ExpertError):
        legal(ask, content)
