"""What a page may say, and what it is answered."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from server.config import load
from server.web.session import Session
from tests.server.virtual import now, run
from tests.server.web.onstage import Onstage
from tests.server.web.reader import Reader

WEB = load().web


def talking(story, config=WEB):
    async def main():
        async with Onstage() as hand:
            page = Reader()
            session = Session(config, hand.hub, hand.front, page.outbox, now)
            page.read()
            await story(hand, page, session)
            session.close()
            assert len(hand.hub) == 0

    run(main())


def say(session, **words):
    return session.take(msgspec.json.encode(words))


def test_a_command_is_carried_out_and_answered():
    async def story(hand, page, session):
        assert say(session, do="/tension", args=[0.9], id=7) == ""
        assert say(session, do="/section", args=["breakdown", "section"], id="a") == ""
        assert page.of("reply") == [7, "a"]
        assert hand.front.desk.wish.tension.end == 0.9

    talking(story)


def test_the_moves_of_a_fader_are_taken_back_together():
    async def story(hand, page, session):
        before = hand.front.desk.wish.density
        for value in (0.6, 0.7, 0.8):
            say(session, do="/density", args=[value], sweep=True)
        say(session, do="/undo", id=1)
        assert page.read()[-1]["ok"]
        assert hand.front.desk.wish.density == before

    talking(story)


def test_a_refused_command_is_answered_with_the_reason():
    async def story(hand, page, session):
        say(session, do="/tension", args=[7], id=1)
        say(session, do="/nowhere", id=2)
        say(session, do="/status", id=3)
        answers = [each for each in page.read() if "reply" in each]
        assert [each["ok"] for each in answers] == [False] * 3
        assert "0..1" in answers[0]["reason"]
        assert hand.front.counts["rejected"] == 3

    talking(story)


def test_looking_at_a_command_does_nothing():
    async def story(hand, page, session):
        before = hand.front.state()
        say(session, check="/chords", args=["Dm G"], id=1)
        say(session, check="/chords", args=["Dm H"], id=2)
        good, bad = (each for each in page.read() if "reply" in each)
        assert good == {"reply": 1, "ok": True}
        assert not bad["ok"]
        assert '"H"' in bad["reason"]
        assert (hand.front.state(), hand.front.desk.pending, hand.front.counts["rejected"]) == (before, (), 0)

    talking(story)


def test_the_clock_is_told():
    async def story(hand, page, session):
        await hand.seconds(3)
        say(session, time=1.5)
        assert {"time": 1.5, "server": now()} in page.read()

    talking(story)


def test_json_that_is_no_frame_of_ours_is_answered_and_nothing_ends():
    async def story(hand, page, session):
        digits, long = "9" * 400, "/" + "x" * 4000
        frames = [
            '{"do": 5}', "[]", "{}", '{"args": {}}', "null", "7", f'{{"do": "{long}"}}', f'{{"check": "{long}"}}',
            f'{{"do": "/tension", "args": [{digits}], "id": 1}}', f'{{"do": "/section", "args": [-{digits}], "id": 2}}',
        ]  # fmt: skip
        for text in frames:
            assert session.take(text) == ""
        answers = [each for each in page.read() if "reply" in each]
        assert [each["ok"] for each in answers] == [False] * len(frames)
        assert hand.front.counts["rejected"] == len(frames)

    talking(story)


def test_what_is_no_json_ends_it_told_once():
    async def story(hand, page, session):
        assert "not JSON" in session.take("hello")
        assert [line["kind"] for line in page.of("log")] == ["rejected"]

    for text in ("hello", b"\xff\xfe", '{"do"'):

        async def each(hand, page, session, text=text):
            assert session.take(text).startswith("not JSON")

        talking(each)
    talking(story)


def test_more_than_the_rate_ends_it():
    async def story(hand, page, session):
        reasons = [say(session, time=1) for _ in range(WEB.frames_burst + 1)]
        assert reasons[:-1] == [""] * WEB.frames_burst
        assert "200 frames" in reasons[-1]

    async def steady(hand, page, session):
        for _ in range(2000):
            await hand.seconds(1 / WEB.frames_per_s)
            assert say(session, time=1) == ""

    talking(story)
    talking(steady)


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(("do", "check", "args", "id", "time", "x")), inner, max_size=4),
    max_leaves=12,
).map(lambda value: msgspec.json.encode(value) if _fits(value) else b"{}"))  # fmt: skip
def test_whatever_comes_raises_nothing_and_what_is_answered_can_be_read(data):
    async def story(hand, page, session):
        session.take(data)
        page.read()

    talking(story, replace(WEB, frames_burst=10))


def _fits(value):
    try:
        msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return False
    return True
