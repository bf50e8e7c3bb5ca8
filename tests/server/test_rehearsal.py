from msgspec.structs import replace

from engines.composer import Ask
from server.experts.seats import Answered, Seat
from server.rehearsal import Rehearsal
from tests.server.experts.test_process import a_request

ASK = Ask("lead", a_request())
TOY, BARS = Seat("toy"), Answered({}, 3.0)


def test_the_same_question_to_the_same_expert_is_known_whatever_time_is_left():
    rehearsal = Rehearsal()
    rehearsal.remember(TOY, ASK, BARS)
    assert rehearsal.known(TOY, ASK) is BARS
    assert rehearsal.known(TOY, replace(ASK, request=replace(ASK.request, budget_ms=17.0))) is BARS


def test_another_question_another_expert_and_the_bar_before_are_not():
    rehearsal = Rehearsal()
    rehearsal.remember(TOY, ASK, BARS)
    assert rehearsal.known(Seat("toy", "v2"), ASK) is None
    assert rehearsal.known(TOY, replace(ASK, request=replace(ASK.request, seed=99))) is None
    rehearsal.clear()
    assert rehearsal.known(TOY, ASK) is None
