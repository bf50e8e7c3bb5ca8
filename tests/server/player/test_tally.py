from server.player.messages import Pulse
from server.player.tally import Tally


def test_counts_and_worst_since_the_last_pulse():
    tally = Tally()
    assert not tally.press("lead", -0.01)
    assert not tally.press("lead", 0.004)
    assert tally.press("bass", 0.006)
    tally.dropped += 2
    assert tally.pulse(1.0, 3) == Pulse(1.0, 3, 0, {"bass": 1}, 6.0, 3, 2)
    assert tally.pulse(2.0, 3).worst_ms == 0.0
