from engines.composer import Ask
from engines.expert import Request
from server.experts.seats import Seat
from server.rests import Rests
from tests.server.experts.test_process import a_request

TOY, OTHER = Seat("toy"), Seat("other")
ASK = Ask("lead", a_request())


def resting(after=3, probe_bars=8):
    rests = Rests(after, probe_bars)
    for _ in range(after):
        assert not rests.resting(TOY)
        rests.missed(TOY, ASK)
    assert rests.resting(TOY)
    return rests


def test_only_misses_in_a_row_rest_an_expert():
    rests = Rests(2, 8)
    for _ in range(5):
        rests.missed(TOY, ASK)
        rests.missed(OTHER, ASK)
        rests.back(TOY)
    assert not rests.resting(TOY)
    assert rests.resting(OTHER)


def test_the_pauses_between_probes_double_up_to_their_end():
    rests, probed = resting(), []
    for bar in range(1, 40):
        for seat, ask in rests.due([TOY]):
            assert (seat, ask) == (TOY, ASK)
            assert isinstance(ask.request, Request)
            probed.append(bar)
            rests.failed(seat)
    assert probed == [1, 3, 7, 15, 23, 31, 39]


def test_a_probe_that_had_no_chance_is_due_again():
    rests = resting()
    assert rests.due([TOY])
    assert rests.due([TOY])


def test_who_is_not_on_stage_is_not_probed():
    rests = resting()
    assert not rests.due([OTHER])
    rests.missed(OTHER, ASK)
    assert not rests.due([OTHER])


def test_a_probe_that_fails_after_a_swap_has_brought_the_expert_back_costs_nothing():
    rests = resting()
    rests.back(TOY)
    rests.failed(TOY)
    assert not rests.resting(TOY)


def test_who_is_back_begins_anew():
    rests = resting()
    rests.due([TOY])
    rests.failed(TOY)
    rests.back(TOY)
    assert not rests.resting(TOY)
    for _ in range(3):
        rests.missed(TOY, ASK)
    assert rests.due([TOY])
