"""A keyboard, a controller and outside clocks play the real server; a JACK client hears what comes of it.

All machines and clocks are real, and other tests may run beside: every tolerance below says what it allows for.
"""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import statistics
import time
from bisect import bisect_left
from pathlib import Path

import pytest

from engines.genre import load_genres
from engines.units import VOICES
from server.clock.pulses import LOST_S
from server.player.config import PORTS
from tests.e2e.jackd import STEADY, JackEar, jack_server
from tests.e2e.midi_hand import MidiHand
from tools.live_server import live_server

pytestmark = pytest.mark.e2e

BPM = 300.0
BAR_S = 4 * 60.0 / BPM
PERIOD = 256
RATE = 48_000
WISH_S = 0.2
"""A wish so long before the bar line is heard in that bar: the aim is 60 ms, the rest is for a busy machine."""
MUTE_S = 0.15
"""Until a mute, a stop or a panic is heard: presses up to 16 ms ahead are with JACK already; the rest as above."""
PING_S = 0.25
GRID_S = 0.002
"""How far an onset may be from its sixteenth, from the server's own clock pulses: both have exact frames
on a quiet machine; on a busy one JACK's smoothed clock, by which frames and times are compared, wavers."""
KICK = 36
GENRES = Path(__file__).parents[2] / "configs" / "genres"
CLOCK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
PATIENCE_S = 15.0


class Show:
    """jack, server (a process), ear on all ports, hand at `control`, news: what the server tells."""

    def __init__(self, jack, server, ear, hand):
        self.jack, self.server, self.ear, self.hand = jack, server, ear, hand
        self.news = server.listener

    def told(self, wanted, *, since=0, within=PATIENCE_S):
        """Wait for one of the news; return it."""
        hits = lambda: [news for news in self.news.news[since:] if wanted(news)]  # noqa: E731
        assert self.news.wait_for(hits, within), f"not told; last: {self.news.news[-8:]}\n{self.server.log()}"
        return hits()[0]

    def state(self, path, value, *, since=0):
        return self.told(lambda n: n.address == f"/state/{path}" and near(n.args[0], value), since=since)

    def next_bar(self):
        """Wait until the next bar begins; return its number."""
        return self.told(lambda n: n.address == "/bar", since=len(self.news.news)).args[0]

    def bar_has_sounded(self, bar):
        """Wait until the ear has heard the whole bar."""
        assert self.ear.wait_for(lambda _: bar + 1 in self.lines(), PATIENCE_S), self.server.log()

    def lines(self):
        """Frames of the bar lines since the last start or continue, by the server's own clock at the receiver."""
        origin, bar, lines = None, 0, {}
        for heard in [h for h in list(self.ear.heard) if h.port == "clock"]:
            if heard.data[0] == 0xF2:
                bar = (heard.data[1] | heard.data[2] << 7) // 16
            elif heard.data in (START, CONTINUE):
                origin, lines = None, {}
                bar = 0 if heard.data == START else bar
            elif heard.data == CLOCK:
                origin = origin or heard.time - bar * BAR_S
                place = (
                    heard.time - origin
                ) / BAR_S  # by time, not by counting: a missed cycle delays and bunches pulses
                if abs(place - round(place)) < 1 / 96:
                    lines.setdefault(round(place), heard.frame - round((place - round(place)) * BAR_S * RATE))
        return lines

    def presses(self, port, bar):
        """Return (sixteenth, pitch) of all presses in a bar, as heard."""
        lines = self.lines()
        step = (lines[bar + 1] - lines[bar]) / 16
        inside = [on for on in self.ear.notes_on(port) if -0.5 < (on.frame - lines[bar]) / step < 15.5]
        return [(round((on.frame - lines[bar]) / step), on.data[1]) for on in inside]

    def since(self, frame, port=None):
        return [on for on in self.ear.notes_on(port) if on.frame >= frame and on.port in VOICES]


PULSE_FRAMES = RATE * 60 / BPM / 24


def near(one, other):
    return one == other or (isinstance(other, float) and isinstance(one, float) and abs(one - other) < 1e-4)


@contextlib.contextmanager
def stage(folder, *args, period=PERIOD, start=None, **config):
    with jack_server(period=period) as jack:
        settings = {
            "midi": {"backend": "jack", "jack_server": jack.name},
            "start": {"section": "drop", "tempo": BPM, "tension": 0.9, "humanize": 0.0} | (start or {}),
            "band": {"lineup": {"lead": [], "drums": [], "harmony": []}},
        }
        with live_server(folder, *args, config=settings | config) as server, contextlib.ExitStack() as stack:
            ear = JackEar(jack, PORTS)
            stack.callback(ear.close)
            ear.connect()
            hand = MidiHand(jack)
            stack.callback(hand.close)
            server.listener.send("/subscribe")
            yield Show(jack, server, ear, hand)


def cc(number, value, channel=0):
    return bytes((0xB0 | channel, number, value))


def down(*keys):
    return [bytes((0x90, key, 100)) for key in keys]


def up(*keys):
    return [bytes((0x80, key, 0)) for key in keys]


# The keyboard and the controller ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def show(tmp_path_factory):
    """One show for the tests of this part; each leaves it as it was."""
    with stage(tmp_path_factory.mktemp("control")) as show:
        show.news.send("/play")
        show.next_bar()
        yield show
        show.server.end()
        assert show.ear.wait_for(lambda _: not show.ear.hanging()), show.ear.hanging()


LOOP = ("Am", "F", "C", "G")
F_SHARP = {6, 10, 1}


def in_the_next_bar(show, *messages):
    """Send messages WISH_S before a bar line; return the number of that bar."""
    bar = show.next_bar()
    show.bar_has_sounded(bar - 1)
    show.hand.play(*messages, frame=show.lines()[bar] + round((BAR_S - WISH_S) * RATE))
    return bar + 1


def chord_of(show, bar):
    return show.told(lambda n: n.address == "/plan" and n.args[0] == bar).args[3]


def sounds_as(show, bar, pitch_classes):
    show.bar_has_sounded(bar)
    pad = {pitch % 12 for _, pitch in show.presses("pad", bar)}
    bass = {pitch % 12 for step, pitch in show.presses("bass", bar) if step % 4 == 0}
    assert (pad or bass) and pad | bass <= pitch_classes, (bar, pad, bass)


def test_held_keys_are_the_chord_of_the_promised_bar_and_the_loop_goes_on_after(show):
    since = len(show.news.news)
    bar = in_the_next_bar(show, *down(54, 58, 61))
    show.state("chord", "F#", since=since)
    assert [chord_of(show, n) for n in (bar, bar + 1)] == ["F#", "F#"]
    sounds_as(show, bar, F_SHARP)
    bar = in_the_next_bar(show, *up(54, 58, 61))
    show.state("chord", "", since=since)
    assert [chord_of(show, n) for n in (bar, bar + 1)] == [LOOP[bar % 4], LOOP[(bar + 1) % 4]]
    show.bar_has_sounded(bar)
    assert not {pitch % 12 for _, pitch in show.presses("pad", bar)} <= F_SHARP


def test_the_sustain_pedal_holds_the_chord_that_the_keys_have_left(show):
    bar = in_the_next_bar(show, cc(64, 127), *down(54, 58, 61))
    assert chord_of(show, bar) == "F#"
    bar = in_the_next_bar(show, *up(54, 58, 61))
    assert chord_of(show, bar) == "F#"
    sounds_as(show, bar, F_SHARP)
    bar = in_the_next_bar(show, cc(64, 0))
    assert chord_of(show, bar) == LOOP[bar % 4]


@pytest.mark.parametrize("who", ["main", "player"])
def test_keys_let_go_while_nobody_hears_them_hold_no_chord(tmp_path, who):
    with stage(tmp_path) as show:
        show.news.send("/play")
        show.hand.play(*down(54, 58, 61))
        show.told(lambda n: n.address == "/plan" and n.args[3] == "F#")
        os.kill(int(show.news.status()[f"{who}_pid"]), signal.SIGKILL)
        show.hand.play(*up(54, 58, 61))
        since = len(show.news.news)
        for _ in range(60):
            show.news.send("/subscribe")
            if show.news.wait_for(lambda: [n for n in show.news.of("/plan", since) if n.args[3] in LOOP], 0.5):
                break
        else:
            pytest.fail(f"the chord stays:\n{show.server.log()}")
        show.server.end()
        assert show.ear.wait_for(lambda _: not show.ear.hanging()), show.ear.hanging()


def test_a_keyboard_that_is_pulled_out_holds_no_chord(tmp_path):
    with stage(tmp_path) as show:
        show.news.send("/play")
        show.hand.play(*down(54, 58, 61))
        show.told(lambda n: n.address == "/plan" and n.args[3] == "F#")
        since = len(show.news.news)
        show.hand.close()
        assert show.news.wait_for(lambda: [n for n in show.news.of("/plan", since) if n.args[3] in LOOP], 10.0)


def test_controllers_and_programs_reach_their_parameters(show):
    paths = {1: "tension", 21: "density", 22: "variation"}
    paths |= {16 + place: f"voice/{voice}/level" for place, voice in enumerate(VOICES)}
    before = {path: show.news.of(f"/state/{path}")[-1].args[0] for path in (*paths.values(), "section")}
    since = len(show.news.news)
    show.hand.play(*(cc(number, 10 + number) for number in paths))
    for number, path in paths.items():
        show.state(path, (10 + number) / 127, since=since)
    sections = list(load_genres(GENRES)["uplifting"].sections)
    for number in (2, sections.index(before["section"])):
        since = len(show.news.news)
        show.hand.play(bytes((0xC0, number)))
        show.state("section", sections[number], since=since)
    for path in paths.values():
        show.news.send(f"/{path}", before[path])


@pytest.mark.parametrize("voice", VOICES)
def test_a_mute_is_heard_at_once_and_its_end_too(show, voice):
    assert show.ear.wait_for(lambda heard: show.since(heard[-1].frame - RATE * BAR_S, voice))
    number = 102 + VOICES.index(voice)
    muted = show.hand.play(cc(number, 127)).frame
    assert show.ear.wait_for(lambda heard: heard[-1].frame > muted + BAR_S * RATE)
    assert not show.since(muted + MUTE_S * RATE, voice)
    assert not [key for key in show.ear.hanging() if key[0] == voice]
    assert show.since(muted + MUTE_S * RATE)  # the others play on
    opened = show.hand.play(cc(number, 0)).frame
    assert show.ear.wait_for(lambda _: show.since(opened, voice), 3 * BAR_S)


@pytest.mark.parametrize("number", [120, 123])
def test_panic_is_silence_until_the_next_line(show, number):
    bar = show.next_bar()
    show.bar_has_sounded(bar - 1)
    struck = show.hand.play(cc(number, 0), frame=show.lines()[bar] + round(0.3 * BAR_S * RATE)).frame
    show.bar_has_sounded(bar + 1)
    line = show.lines()[bar + 1]
    offs = [h for h in show.ear.heard if h.port in VOICES and h.data[0] & 0xF0 == 0xB0 and h.frame >= struck]
    for voice in VOICES:
        assert [h.data[1] for h in offs if h.port == voice][:3] == [64, 123, 120]
    assert max(h.frame for h in offs) < struck + MUTE_S * RATE
    assert not [on for on in show.since(struck + MUTE_S * RATE) if on.frame < line - GRID_S * RATE]
    assert [on for on in show.since(line - GRID_S * RATE) if on.frame < line + GRID_S * RATE]


ODD = [
    b"\x3c\x40", b"\x90", b"\x90\x3c", b"\x90\x3c\xff", b"\x90\x80\x80", b"\xb0\x01\x80", b"\xb0\x01\x40\x40", b"\xc0\x7f",
    b"\xf0\x7e\x7f\x06\x01\xf7", b"\xf0\x01\x02", b"\xf0" + bytes(300) + b"\xf7", b"\xf7", b"\xf4", b"\xf5", b"\xf9",
    b"\xfd", b"\xff", b"\xfe", b"\xf2\x01", b"\xf1\x00", b"\xe0\x00\x40", b"\xd0\x10", b"\xa0\x3c\x10",
]  # fmt: skip


def test_odd_messages_and_a_flood_leave_the_music_on_time(show):
    before, late = show.news.of("/state/tension")[-1].args[0], show.news.status()["bars_late"]
    first = show.next_bar() + 1
    show.hand.play(*ODD)
    start, count = show.hand.frame_in(0.1), 20_000
    flood = [(start + round(n * 2.0 * RATE / count), cc(1, n * 7 % 128)) for n in range(count)]
    show.hand.plan([*flood, (flood[-1][0], cc(1, 77))])
    while show.hand.frame_in(0.0) < flood[-1][0]:
        assert show.news.ping(PING_S) is not None
    show.state("tension", 77 / 127)
    last = show.next_bar()
    show.bar_has_sounded(last - 1)
    assert sum(sent.data[:2] == b"\xb0\x01" for sent in show.hand.sent) >= count
    lines = show.lines()
    step = BAR_S * RATE / 16
    for bar in range(first, last):
        played = [on for on in show.since(lines[bar] - 9) if on.frame < lines[bar + 1] - 9]
        assert {on.port for on in played} == set(VOICES)
        off = max(abs((on.frame - lines[bar] + step / 2) % step - step / 2) for on in played)
        assert off <= GRID_S * RATE, (bar, off)
    assert show.news.status()["bars_late"] == late
    show.news.send("/tension", before)


# Our own clock at the receiver ------------------------------------------------------------------------------

EVEN_FRAMES, WAVER_FRAMES = 2, 24
"""Frames are exact but for rounding; where a cycle comes late JACK's smoothed clock wavers by 0.5 ms."""


def clock_heard(show, since=0):
    return [heard for heard in list(show.ear.heard) if heard.port == "clock" and heard.frame >= since]


def hear_word(show, word, since=0):
    """Wait for a start, stop or continue; return it."""
    heard = lambda: [h for h in clock_heard(show, since) if h.data == word]  # noqa: E731
    assert show.ear.wait_for(lambda _: heard()), show.server.log()
    return heard()[0]


def hear_pulses(show, count):
    """Wait for so many more pulses; return them."""
    begun = len(clock_heard(show))
    assert show.ear.wait_for(lambda _: len(clock_heard(show)) >= begun + count), show.server.log()
    return clock_heard(show)[begun:]


def evenly(pulses):
    gaps = [b.frame - a.frame for a, b in itertools.pairwise(h for h in pulses if h.data == CLOCK)]
    even = [abs(gap - PULSE_FRAMES) <= WAVER_FRAMES for gap in gaps]
    return abs(statistics.median(gaps) - PULSE_FRAMES) <= EVEN_FRAMES and sum(even) >= 0.75 * len(even)


def test_clock_out_runs_while_stopped_starts_on_the_downbeat_stops_and_continues_where_it_was(tmp_path):
    with stage(tmp_path, period=STEADY) as show:
        assert evenly(hear_pulses(show, 48)), "before the first start"
        show.news.send("/play")
        start = hear_word(show, START)
        assert evenly(hear_pulses(show, 100))
        downbeat = clock_heard(show, start.frame + 1)[0]
        assert downbeat.data == CLOCK
        assert downbeat.frame - start.frame == pytest.approx(PULSE_FRAMES / 2, abs=WAVER_FRAMES)
        assert abs(show.since(0)[0].frame - downbeat.frame) <= WAVER_FRAMES
        show.news.send("/stop")
        stopped = hear_word(show, STOP)
        bars = (stopped.frame - downbeat.frame) / RATE / BAR_S
        assert abs(bars - round(bars)) * BAR_S < GRID_S
        assert evenly(hear_pulses(show, 48)), "while stopped"
        show.news.send("/continue")
        go_on = hear_word(show, CONTINUE, stopped.frame + 1)
        hear_pulses(show, 24)
        words = [heard for heard in clock_heard(show, stopped.frame + 1) if heard.data != CLOCK]
        assert [heard.data for heard in words] == [bytes((0xF2, 16 * round(bars), 0)), CONTINUE]
        downbeat = clock_heard(show, go_on.frame + 1)[0]
        assert downbeat.data == CLOCK
        assert abs(show.since(stopped.frame + 1)[0].frame - downbeat.frame) <= WAVER_FRAMES
        show.server.end()
        hear_word(show, STOP, downbeat.frame)  # who follows us stops when we go


# A master clock ---------------------------------------------------------------------------------------------

MASTER_BPM, FASTER_BPM = 126.0, 132.0
JITTER_S = 0.0015
DOWNBEAT_S = 0.020 + STEADY / RATE
"""The promise for a downbeat that is known only when it sounds; what a cycle hears can sound in the next at the earliest."""
PHASE_S = 0.003
"""Quiet machine: 0.7 ms. A beat after a start or a new tempo is not judged: what came late is drawn near, not jumped."""
DROP_OUT_S = 0.006
"""During a second without clock the last tempo goes on; 0.5 bpm off would be 4 ms."""
MAX_RUSH = 1.25
"""The promise of `server.clock.slew`: never more than a quarter faster than the clock."""
TEMPO_BPM = 0.5


class Master:
    """A clock at `control`: writes its whole score ahead, pulse by pulse, and knows where each was meant to be."""

    def __init__(self, hand, bpm, seed=1):
        self.hand, self.bpm, self.dice = hand, bpm, random.Random(seed)
        self.pulses = []  # frames, as meant
        self.next = float(hand.frame_in(0.3))

    def run(self, beats, bpm=None, *, silent=False, say=()):
        """Go on for some beats, perhaps at another tempo or unheard; `say` goes out right before the first pulse."""
        self.bpm = bpm or self.bpm
        score = [(round(self.next - 0.004 * RATE), data) for data in say]
        first = len(self.pulses)
        for _ in range(round(beats * 24)):
            self.pulses.append(self.next)
            if not silent:
                late = max(-2 * JITTER_S, min(2 * JITTER_S, self.dice.gauss(0, JITTER_S)))
                score.append((round(self.next + late * RATE), CLOCK))
            self.next += RATE * 60.0 / self.bpm / 24
        self.hand.plan(score)
        return first

    def errors(self, show, first, last):
        """Return by how many s each kick heard between two pulses is off the master's nearest beat (from `first` on)."""
        beats = self.pulses[first : last + 1 : 24]
        found = []
        for on in show.since(beats[0] - RATE * 0.1, "drums"):
            if on.data[1] == KICK and on.frame < beats[-1]:
                place = bisect_left(beats, on.frame)
                off = min((on.frame - beat for beat in beats[max(0, place - 1) : place + 1]), key=abs)
                if abs(off) < RATE * 0.1:
                    found.append(off / RATE)
        return found


def song_position(bar):
    return bytes((0xF2, bar * 16 & 0x7F, bar * 16 >> 7))


def in_ms(seconds):
    return [round(second * 1000, 2) for second in seconds]


def mostly(errors, bound):
    """Whether three of four errors are within the bound, and none is beyond it by more than a cycle: that is how late
    a note may be for which a busy machine gave the player no time."""
    within = sum(abs(error) < bound for error in errors)
    return within >= 0.75 * len(errors) and max(map(abs, errors)) < bound + STEADY / RATE


def tempo_told(show):
    return show.news.status()["tempo"]


def refused(show, *command):
    since = len(show.news.news)
    show.news.send(*command)
    return show.told(lambda n: n.address == "/rejected" and n.args[0] == command[0], since=since)


def notes_between(show, first, last):
    return [on for on in show.since(first) if on.frame < last]


def the_performer_leads_until_the_clock_is_back(show, master):
    show.hand.reach(round(master.pulses[-1]) + round((LOST_S + 0.5) * RATE))
    assert show.news.status()["clock_state"] == "lost"
    since = len(show.news.news)
    show.news.send("/tempo", 100.0)  # the performer leads again
    show.state("tempo", 100.0, since=since)
    show.news.send("/play")
    show.told(lambda n: n.address == "/beat" and n.args[0] == 1, since=since)
    master.next = float(show.hand.frame_in(0.2))
    back = master.run(7)  # a clock that comes finds the music where it is
    show.hand.reach(round(master.pulses[-1]))
    assert tempo_told(show) == pytest.approx(FASTER_BPM, rel=0.25)
    kicks = [on.frame / RATE for on in show.since(master.pulses[back], "drums") if on.data[1] == KICK]
    gaps = [later - sooner for sooner, later in itertools.pairwise(kicks)]
    assert len(gaps) >= 4
    assert min(gaps) > 60 / FASTER_BPM / MAX_RUSH - GRID_S, gaps
    assert [news.args[0] for news in show.news.of("/bar", since)][:2] == [0, 1]
    refused(show, "/tempo", 100.0)


def test_a_master_clock_leads(tmp_path):
    with stage(tmp_path, period=STEADY, clock={"source": "midi"}) as show:
        since = len(show.news.news)
        show.news.send("/tempo", 111.0)  # nothing leads before a clock has been heard
        show.state("tempo", 111.0, since=since)
        assert show.news.status()["clock_state"] == "waiting"
        assert not show.news.of("/rejected")

        master = Master(show.hand, MASTER_BPM)
        master.run(3)
        start = master.run(16, say=[START])
        dropped = master.run(50 / 24, silent=True)  # a second
        master.run(6 - 50 / 24)
        faster = master.run(10, FASTER_BPM)
        stop = master.run(3, say=[STOP])
        go_on = master.run(8, say=[song_position(8), CONTINUE])
        end = master.run(1, say=[STOP])  # and no more clock
        at = [round(frame) for frame in master.pulses]

        show.hand.reach(at[start + 14 * 24])
        assert tempo_told(show) == pytest.approx(MASTER_BPM, abs=TEMPO_BPM)
        refused(show, "/tempo", 100.0)
        show.hand.reach(at[faster + 9 * 24])
        assert tempo_told(show) == pytest.approx(FASTER_BPM, abs=TEMPO_BPM)
        show.hand.reach(at[end + 23])

        first = show.since(at[start] - RATE // 2)[0]
        figures = {
            "downbeat": [(first.frame - at[start]) / RATE],
            "locked": master.errors(show, start + 4 * 24, dropped),
            "dropped": master.errors(show, dropped, faster),
            "faster": master.errors(show, faster + 4 * 24, stop),
            "continued": master.errors(show, go_on, end),
        }
        print({name: in_ms(errors) for name, errors in figures.items()})
        assert abs(figures["downbeat"][0]) < DOWNBEAT_S
        assert mostly(figures["locked"], PHASE_S)
        assert len(figures["dropped"]) >= 5
        assert mostly(figures["dropped"], DROP_OUT_S)
        assert mostly(figures["faster"], PHASE_S)
        assert not notes_between(show, at[stop] + MUTE_S * RATE, at[go_on - 1])
        assert [news.args[0] for news in show.news.of("/bar")][-2:] == [8, 9]
        assert abs(figures["continued"][0]) < DOWNBEAT_S
        assert mostly(figures["continued"][1:], PHASE_S)
        assert show.ear.wait_for(lambda _: not show.ear.hanging())
        assert show.news.status()["bars_late"] == 0
        the_performer_leads_until_the_clock_is_back(show, master)


# Ableton Link -----------------------------------------------------------------------------------------------


def off_the_session(peer, moments):
    """Return how far (s) each moment is from the session's nearest beat; exact while its tempo stands."""
    readings = []
    for _ in range(5):
        before = time.monotonic()
        beat = peer.beat
        readings.append((time.monotonic() - before, before, beat))
    took, before, beat = min(readings)
    places = [beat + (moment - before - took / 2) * peer.tempo / 60 for moment in moments]
    return [(place - round(place)) * 60 / peer.tempo for place in places]


def kick_times(show):
    return [on.time for on in show.since(0, "drums") if on.data[1] == KICK]


@pytest.mark.link
def test_a_link_session_leads(tmp_path):
    async def session():
        import aalink

        peer = aalink.Link(MASTER_BPM)
        peer.quantum = 4.0
        peer.enabled = True
        with stage(tmp_path, "--autoplay", period=STEADY, clock={"source": "link"}) as show:
            assert show.ear.wait_for(lambda _: len(kick_times(show)) >= 9, PATIENCE_S), show.server.log()
            assert peer.tempo == pytest.approx(MASTER_BPM, abs=0.01)  # who joins changes nothing
            assert tempo_told(show) == pytest.approx(MASTER_BPM, abs=TEMPO_BPM)
            joined = off_the_session(peer, kick_times(show))
            bar = show.told(lambda n: n.address == "/bar", since=len(show.news.news))
            in_bar = (peer.phase - (time.monotonic() - bar.time) * peer.tempo / 60 + 2) % 4 - 2
            refused(show, "/tempo", 100.0)
            peer.tempo = FASTER_BPM
            begun = len(kick_times(show))
            assert show.ear.wait_for(lambda _: len(kick_times(show)) >= begun + 12, PATIENCE_S), show.server.log()
            faster = off_the_session(peer, kick_times(show)[begun + 8 :])
            print({"joined": in_ms(joined), "faster": in_ms(faster), "in bar, beats": round(in_bar, 3)})
            assert mostly(joined, PHASE_S)  # the first one, too
            assert abs(in_bar) < 0.25  # the bar line is the session's
            assert mostly(faster, PHASE_S)
            assert tempo_told(show) == pytest.approx(FASTER_BPM, abs=TEMPO_BPM)
            assert peer.tempo == pytest.approx(FASTER_BPM, abs=0.01)
        peer.enabled = False

    asyncio.run(session())
