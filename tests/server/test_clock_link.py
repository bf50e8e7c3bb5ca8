import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.units import TICKS_PER_BAR
from server.clock.link import error_ticks, follow, place, wanted
from server.clock.slew import MAX_SLEW
from server.drivers import link
from server.timeline import Timeline

bpms = st.floats(20, 300)
beats = st.floats(-1000, 1e5)
times = st.floats(0, 1e5)
lines = st.builds(Timeline, bpms, st.floats(-1e5, 1e6), times)


@given(lines, times, beats, bpms)
def test_bar_lines_agree_and_nothing_is_further_than_half_a_bar(timeline, time, beat, bpm):
    session = wanted(timeline, time, beat, bpm)
    assert abs(session.tick(time) - timeline.tick(time)) <= TICKS_PER_BAR / 2 + 1e-3
    assert abs(error_ticks(timeline, time, beat)) <= TICKS_PER_BAR / 2 + 1e-3
    off = (session.tick(time) - beat * 480) % TICKS_PER_BAR
    assert min(off, TICKS_PER_BAR - off) == pytest.approx(0, abs=1e-3)


@given(lines, beats, bpms)
def test_joining_never_jumps_and_ends_in_time(timeline, beat, bpm):
    now = timeline.time0
    for _ in range(int(60 / 0.05)):
        before = timeline
        timeline = follow(timeline, now, beat, bpm)
        assert timeline.tick(now) == pytest.approx(before.tick(now), abs=1e-6)
        if timeline != before:
            assert abs(timeline.bpm / bpm - 1) <= MAX_SLEW + 1e-9
        now += 0.05
        beat += 0.05 * bpm / 60
    assert abs(error_ticks(timeline, now, beat)) < 1.0
    assert timeline.bpm == pytest.approx(bpm, rel=0.01)


def test_what_is_near_is_left_alone():
    timeline = Timeline(120, 0, 0)
    assert follow(timeline, 1.0, 2.0001, 120.0) is timeline
    assert follow(timeline, 1.0, 2.01, 120.0) is not timeline
    assert follow(timeline, 1.0, 2.0, 121.0) is not timeline


@given(st.integers(0, 100), times, beats, bpms)
def test_music_started_by_hand_begins_on_the_next_bar_line_of_the_session(bar, time, beat, bpm):
    timeline = place(bar * TICKS_PER_BAR, time, beat, bpm)
    until = timeline.time(bar * TICKS_PER_BAR) - time
    assert -1e-9 <= until <= 4 * 60 / bpm + 1e-6
    assert abs(error_ticks(timeline, time, beat)) < 0.01


def test_without_the_extra_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "aalink", None)
    with pytest.raises(link.LinkMissingError, match=r"pip install 'melody-engine\[link\]'"):
        link.LinkDriver(float, lambda: Timeline(120, 0, 0), lambda _: None)


class FakeLink:
    """A Link session as aalink shows it."""

    def __init__(self):
        self.num_peers, self.beat, self.tempo, self.forced = 0, 0.0, 120.0, []

    def force_beat(self, beat):
        self.forced.append(beat)


def driver_on(monkeypatch, timeline):
    monkeypatch.setattr(link, "load", lambda: None)
    retimed = []
    driver = link.LinkDriver(lambda: 10.0, lambda: timeline, retimed.append)
    driver._link = FakeLink()
    return driver, driver._link, retimed


def test_alone_we_tell_the_session_and_follow_nobody(monkeypatch):
    driver, session, retimed = driver_on(monkeypatch, Timeline(140, 960, 10.0))
    driver.poll()
    assert session.tempo == 140
    assert session.forced == [2.0]
    assert retimed == []
    assert driver.place(0) is None


def test_a_session_that_changes_before_its_peer_is_counted_is_not_overruled(monkeypatch):
    driver, session, _ = driver_on(monkeypatch, Timeline(140, 960, 10.0))
    driver.poll()
    session.forced.clear()
    session.tempo, session.beat = 126.0, 7.0
    for _ in range(link.STRANGE_POLLS - 1):
        driver.poll()
    assert (session.tempo, session.forced) == (126.0, [])
    driver.poll()  # so long: it was nobody, or one who has left
    assert (session.tempo, session.forced) == (140, [2.0])


def test_with_peers_we_follow_and_tell_nothing(monkeypatch):
    driver, session, retimed = driver_on(monkeypatch, Timeline(140, 960, 10.0))
    session.num_peers, session.beat, session.tempo = 2, 7.0, 128.0
    driver.poll()
    assert (session.tempo, session.forced, driver.peers) == (128.0, [], 2)
    (timeline,) = retimed
    assert timeline.tick(10.0) == 960
    assert 128 < timeline.bpm <= 160
    assert driver.place(1920).time(1920) == pytest.approx(10.0 + 60 / 128)
