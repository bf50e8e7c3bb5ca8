"""What pages are told of a performance, in virtual time."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.units import TICKS_PER_BAR
from server.player.messages import Retime
from server.web.hub import STATES_PER_S, TELLS_PER_S
from server.web.messages import KEPT_BARS, KEPT_LINES
from tests.server.stagehand import error
from tests.server.virtual import run, turns
from tests.server.web.onstage import Onstage


def on_stage(story, **wishes):
    async def main():
        async with Onstage(**wishes) as hand:
            await story(hand)
            return hand

    return run(main())


def test_a_page_is_greeted_with_all_it_needs_and_then_hears_every_bar():
    async def story(hand):
        page = hand.reader()
        (first,) = page.of("hello")
        assert not first["playing"]
        assert first["state"]["section"] == [hand.front.desk.wish.section]
        assert (first["ticks_per_beat"], first["beats_per_bar"], first["protocol"]) == (480, 4, 1)
        assert {parameter["path"] for parameter in first["tree"]} >= {"tension", "voice/lead/mute", "panic"}
        assert first["names"]["key_chords"] == ["Am", "Bdim", "C", "Dm", "Em", "F", "G"]
        hand.say("/play")
        await hand.bar(4.6)
        bars = page.of("bar")
        assert [bar["bar"] for bar in bars] == [0, 1, 2, 3, 4]
        loads = hand.player.loads()
        for bar in bars:
            sent = loads[bar["bar"]].voices
            assert {v: [tuple(n) for n in notes] for v, notes in bar["notes"].items()} == {
                v: [(n.onset, n.duration, n.pitch, n.velocity) for n in notes] for v, notes in sent.items()
            }
        assert any(bars[0]["notes"].values())
        assert bars[1]["plan"]["chords"] == ["F"] * 4
        assert bars[0]["players"]["lead"]["expert"] == "learned"
        assert [message["type"] for message in page.of("tell")] == ["Start"]
        assert page.of("beat")[-1] == {"bar": 4, "beat": 2}

    on_stage(story)


def test_a_page_that_comes_late_knows_the_loop_that_another_chord_stands_in_for():
    async def story(hand):
        assert hand.reader().of("hello")[0]["loop"] == hand.front.state()["chords"][0]
        hand.say("/chords", "Dm Bb F C")
        hand.say("/chord", "Em")
        hand.say("/chords/auto")
        (hello,) = hand.reader().of("hello")
        assert (hello["state"]["chords"], hello["loop"]) == ([""], "Dm Bb F C")

    on_stage(story)


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ("/chord", "/stop", "/play", "/continue", "/panic", "/voice/lead/mute", "/tempo", "/again", "/section")
            ),
            st.floats(0.05, 1.6),
        ),
        max_size=12,
    ),
    st.integers(0, 11),
)
def test_whoever_comes_late_holds_the_same_music_as_who_was_there(wishes, entry):
    """The law of the greeting: with it a page is the same second player as one that heard all."""
    args = {
        "/chord": ["Dm", "now"], "/voice/lead/mute": [1], "/tempo": [150.0], "/section": ["breakdown"], "/stop": [],
    }  # fmt: skip

    async def story(hand):
        early = hand.reader()
        late = None
        hand.say("/play")
        for number, (path, bars) in enumerate(wishes):
            await hand.seconds(bars * 60 / 138 * 4)
            if number == entry:
                late = hand.reader()
            hand.front.receive(path, args.get(path, []))
        await hand.seconds(0.2)
        late = late or hand.reader()
        await hand.seconds(4)
        early.read()
        late.read()
        known = sorted(early.notes)[-KEPT_BARS:]
        assert [late.notes.get(bar) for bar in known] == [early.notes[bar] for bar in known]
        silent = {voice for voice, closed in early.closed.items() if closed}
        assert {voice for voice, closed in late.closed.items() if closed} == silent
        if hand.front.playing:
            assert late.end == early.end

    on_stage(story)


def test_a_stop_that_is_taken_back_gives_the_bar_back():
    async def story(hand):
        hand.say("/play")
        await hand.bar(2.98)  # the next bar has been decided
        page = hand.reader()
        hand.say("/stop")
        hand.say("/play")
        await hand.bar(3.5)
        assert [m["type"] for m in page.of("tell")] == ["Stop", "GoOn"]
        assert page.of("bar")[0] == page.of("hello")[0]["bars"][-1]
        assert page.of("hello")[0]["bars"][-1]["tick"] == 3 * TICKS_PER_BAR

    on_stage(story)


def test_a_flood_of_state_is_thinned_and_its_last_value_told():
    async def story(hand):
        page, heard = hand.reader(), []
        page.read()
        for step in range(1000):
            hand.say("/tension", step / 1000)
            await hand.seconds(0.002)
            heard += [each["state"]["tension"] for each in page.read() if "state" in each]
        await hand.seconds(0.1)
        heard += [each["state"]["tension"] for each in page.read() if "state" in each]
        assert STATES_PER_S * 1.5 < len(heard) <= 2.1 * STATES_PER_S + 2
        assert heard[-1] == [0.999]

    on_stage(story)


def test_a_flood_of_tempi_and_mutes_is_folded_together():
    async def story(hand):
        page = hand.reader()
        hand.transport._on_retime = hand.performance.retimed
        hand.say("/play")
        await hand.bar(1)
        page.read()
        before = len(page.frames)
        for step in range(2000):
            hand.say("/tempo", 120.0 + step % 7)
            hand.say("/voice/lead/mute", step % 2)
            await hand.seconds(0.0005)
        await hand.seconds(0.1)
        page.read()
        told = [each["tell"] for each in page.frames[before:] if "tell" in each]
        assert 50 < len(told) <= 2 * (1.1 * TELLS_PER_S + 2)
        assert told[-1]["type"] == "Gate" or told[-1]["type"] == "Retime"
        retimes = [message for message in told if message["type"] == "Retime"]
        assert retimes[-1]["timeline"]["bpm"] == hand.player.of(Retime)[-1].timeline.bpm
        assert page.closed["lead"] is True

    on_stage(story)


def test_a_wish_is_pending_until_its_bar_and_the_page_is_told_when_that_is():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.25)
        page = hand.reader()
        hand.say("/section", "breakdown")
        hand.say("/key", "C")
        await hand.seconds(0.1)
        (pending,) = page.of("pending")
        assert pending == [
            {"path": "section", "args": ["breakdown"], "when": "bar", "tick": 2 * TICKS_PER_BAR},
            {"path": "key", "args": ["C"], "when": "phrase", "tick": 2 * TICKS_PER_BAR},  # with another section
        ]
        await hand.bar(2.2)
        assert page.of("pending")[-1] == []
        assert page.of("bar")[-1]["plan"]["section"] == "breakdown"
        assert page.of("names")[-1]["key_chords"][0] == "C"

    on_stage(story)


def test_what_the_page_shows_of_an_undo_is_what_it_brings_back():
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.2)
        hand.say("/density", 0.9)
        await hand.bar(2.2)
        page = hand.reader()
        hand.say("/undo")
        await hand.seconds(0.1)
        assert page.of("pending") == [[{"path": "density", "args": [0.5], "when": "bar", "tick": 3 * TICKS_PER_BAR}]]

    on_stage(story)


def test_one_that_does_not_read_is_dropped_alone():
    async def story(hand):
        good, bad = hand.reader(), hand.reader(size=40_000)
        hand.say("/play")
        await hand.bar(30)
        assert (good.dropped, bad.dropped) == (0, 1)
        assert [bar["bar"] for bar in good.of("bar")] == [*range(31)]
        assert bad.read() == []

    on_stage(story)


def test_what_waited_for_those_who_left_is_no_news_for_who_comes():
    async def story(hand):
        first = hand.reader()
        hand.say("/density", 0.3)
        hand.say("/voice/lead/mute", 1, "now")
        await turns(3)
        hand.say("/density", 0.4)
        hand.say("/voice/lead/mute", 0, "now")
        await turns(1)
        hand.hub.leave(first.outbox)
        hand.say("/density", 0.5)
        second = hand.reader()
        assert second.of("hello")[0]["state"]["density"] == [0.5]
        await hand.seconds(1)
        assert (second.of("state"), second.of("tell")) == ([], [])

    on_stage(story)


def test_nobody_is_told_who_has_left():
    async def story(hand):
        page = hand.reader()
        hand.hub.leave(page.outbox)
        page.read()
        hand.say("/play")
        await hand.bar(2)
        assert page.read() == []
        assert len(hand.hub) == 0

    on_stage(story)


def test_refusals_late_notes_and_understudies_are_told_in_plain_words_and_bounded():
    async def story(hand):
        page = hand.reader()
        hand.experts.trouble = error("the window is shut")
        hand.say("/play")
        await hand.bar(2.5)
        hand.front.receive("/tension", [7])
        hand.front.announce("/late", "pad", 1)
        hand.front.announce("/late", "pad", 3)
        for _ in range(500):
            hand.front.receive("/nothing", [])
        await turns(2)
        lines = page.of("log")
        late = [line for line in lines if line["kind"] == "late"]
        assert [line["text"] for line in late] == ["pad: 1 note late so far", "pad: 3 notes late so far"]
        assert [line["bar"] for line in late] == [2, 2]
        stand_ins = [line for line in lines if line["kind"] == "understudy" and line["text"].startswith("lead")]
        assert "the window is shut" in stand_ins[0]["text"]
        assert len(stand_ins) < 3  # not once a bar
        assert sum(line["kind"] == "rejected" for line in lines) <= 10
        assert len(hand.hub.lines.kept) <= KEPT_LINES

    on_stage(story)


def test_the_status_comes_twice_a_second_while_somebody_listens():
    async def story(hand):
        asked = []
        hand.front.report = lambda: asked.append(1) or (("playing", 0),)
        page = hand.reader()
        heard = 0
        for _ in range(40):
            await hand.seconds(0.1)
            heard += sum("status" in each for each in page.read())
        assert 7 <= heard <= 9
        hand.hub.leave(page.outbox)
        await hand.seconds(1)
        before = len(asked)
        await hand.seconds(10)
        assert len(asked) == before

    on_stage(story)
