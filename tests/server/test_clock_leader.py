from server.clock.leader import Leader
from server.timeline import Timeline
from server.transport import Transport


def leader(timeline: Timeline) -> Leader:
    transport = Transport(lambda: 0.0)
    transport.retime(timeline)
    return Leader(transport)


def test_with_nobody_leading_we_start_when_we_are_ready():
    assert leader(Timeline(120.0, 0, 0.0)).start(1920, 3.3, 140.0) == Timeline(140.0, 1920, 3.3)


def test_led_we_start_on_its_next_beat_and_its_ticks_become_ours():
    one = leader(Timeline(120.0, 0, 0.0))
    one.is_led = lambda: True
    assert one.start(0, 3.3, 140.0) == Timeline(120.0, 0, 3.5)
    assert one.ours(Timeline(120.0, 7 * 480, 3.5)) == Timeline(120.0, 0, 3.5)
    one.started()
    assert one.ours(Timeline(120.0, 7 * 480, 3.5)).tick0 == 7 * 480


def test_a_session_with_bars_has_us_wait_for_one():
    one = leader(Timeline(120.0, 0, 0.0))
    one.is_led = lambda: True
    one.place = lambda tick: Timeline(120.0, tick, 2.0)
    assert one.start(1920, 1.9, 140.0).time(1920) == 2.0
    assert one.start(1920, 2.1, 140.0).time(1920) == 4.0
