import pytest

from engines.conductor import Cursor
from engines.control.desk import Desk
from engines.control.tree import When
from engines.units import TICKS_PER_BAR
from server.guard import RESUME
from server.journal import FORMAT, Barred, Began, Connected, Decided, Ended, Journal, Opened, Told
from server.player.messages import GoOn, Start, Stop
from server.resume import Papers, find, leave, remember
from server.resume import left as left_papers
from server.timeline import Timeline
from tests.engines.band import control
from tests.server.stagehand import Stagehand
from tests.server.virtual import run

LINE = Timeline(138.0, 0, 0.0)


def bar(number: int) -> Barred:
    return Barred(
        time=0.0, bar=number, start=0, bpm=138, upcoming=None, players={}, hush=(), notes={},
        cursor=Cursor(number + 1, section_bar=number + 1),
    )  # fmt: skip


def written(folder, monkeypatch, *records) -> None:
    monkeypatch.setenv(RESUME, str(folder / "resume.json"))
    journal = Journal(folder / "a.journal").open()
    for record in records:
        journal.write(record)
    journal.close()
    leave(Papers(str(folder / "a.journal"), "x.mid"))


def test_the_first_main_finds_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv(RESUME, str(tmp_path / "resume.json"))
    assert find() is None
    monkeypatch.delenv(RESUME)
    assert find() is None


def test_the_next_one_finds_where_the_music_stood(tmp_path, monkeypatch):
    pairs = (("melody-engine:lead", "synth:in"),)
    written(
        tmp_path, monkeypatch,
        Decided(0, 0, control()), Began(Cursor(), fresh=True), Told(0.0, Start(0, LINE)), bar(0), Connected(pairs),
        Decided(1, 0, control(section="intro")), bar(1), bar(1),
    )  # fmt: skip
    resume = find()
    assert resume is not None
    assert (resume.stood.cursor, resume.stood.playing, resume.stood.connections) == (
        Cursor(2, section_bar=2),
        True,
        pairs,
    )
    assert (resume.stood.begun, resume.stood.bars) == (True, 2)
    assert resume.stood.control.section == "intro"
    assert resume.papers.recording == "x.mid"


def test_papers_that_cannot_be_written_stop_nothing_and_spoil_nothing(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv(RESUME, str(tmp_path / "resume.json"))
    leave(Papers("a", "b"))
    (tmp_path / "resume.json.part").mkdir()
    leave(Papers("c", "d"))
    assert left_papers() == Papers("a", "b")
    assert "could not go on" in caplog.text


def test_what_was_stopped_stays_stopped(tmp_path, monkeypatch):
    written(tmp_path, monkeypatch, Decided(0, 0, control()), Told(0.0, Start(0, LINE)), bar(0), Told(1.0, Stop(1920)))
    assert find().stood.playing is False


def test_a_journal_that_cannot_be_read_is_no_reason_not_to_play(tmp_path, monkeypatch):
    written(tmp_path, monkeypatch)
    (tmp_path / "a.journal").write_bytes(b"nonsense\nmore\n")
    assert find() is None


def test_a_stop_that_was_taken_back_plays_on(tmp_path, monkeypatch):
    written(
        tmp_path, monkeypatch,
        Decided(0, 0, control()), Told(0.0, Start(0, LINE)), bar(0), Told(1.0, Stop(1920)), Told(1.1, GoOn()),
    )  # fmt: skip
    assert find().stood.playing is True


def test_a_bar_that_never_sounded_is_played_when_it_goes_on(tmp_path, monkeypatch):
    written(
        tmp_path, monkeypatch,
        Decided(0, 0, control()), Told(0.0, Start(0, LINE)), bar(0), bar(1), Told(1.0, Stop(1920)), Ended(Cursor(1)),
    )  # fmt: skip
    assert find().stood.cursor == Cursor(1)


def left(folder, monkeypatch, story):
    """What a main that dies without a word after `story` leaves to the next."""
    monkeypatch.setenv(RESUME, str(folder / "resume.json"))
    leave(Papers(str(folder / "a.journal"), ""))

    async def main():
        journal = Journal(folder / "a.journal").open()
        async with Stagehand(journal, lineup={}) as hand:
            await story(hand)
            score = hand.performance._writer.score
        journal.close()
        return score, hand

    score, hand = run(main())
    return find(), score, hand


def desk_of(resume, hand):
    desk = Desk(resume.stood.control)
    remember(desk, resume, hand.lexicon)
    return desk


def test_wishes_made_while_stopped_are_known_to_the_next(tmp_path, monkeypatch):
    async def story(hand):
        hand.say("/section", "breakdown")
        hand.say("/voice/bass/mute", 1)
        hand.say("/key", "C", "phrase")
        hand.say("/density", 0.1)
        hand.say("/undo")

    resume, _, hand = left(tmp_path, monkeypatch, story)
    assert (resume.stood.playing, resume.stood.begun) == (False, False)
    assert desk_of(resume, hand).control == hand.front.desk.control


def test_wishes_that_wait_keep_their_own_time(tmp_path, monkeypatch):
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.5)
        hand.say("/section", "breakdown")
        await hand.bar(2.5)
        hand.say("/key", "C", "section")
        hand.say("/chords", "Dm G", "phrase")
        hand.say("/undo")
        hand.say("/undo")
        hand.say("/undo")
        hand.say("/density", 0.9, "phrase")

    resume, _, hand = left(tmp_path, monkeypatch, story)
    desk = desk_of(resume, hand)
    assert resume.stood.playing
    assert (desk.control, desk.wish) == (hand.front.desk.control, hand.front.desk.wish)
    for when in When:
        desk.take(when, 3 * TICKS_PER_BAR)
        hand.front.desk.take(when, 3 * TICKS_PER_BAR)
        assert desk.control == hand.front.desk.control


@pytest.mark.parametrize("overruled", [False, True])
def test_the_chord_of_held_keys_ends_with_the_main_that_heard_them(tmp_path, monkeypatch, overruled):
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.5)
        hand.front.hold_chord([57, 60, 64])
        await hand.bar(2.5)
        if overruled:
            hand.say("/chord", "Dm")
            await hand.bar(3.5)
        assert hand.front.desk.control.held.name == "Am"

    resume, _, hand = left(tmp_path, monkeypatch, story)
    desk = desk_of(resume, hand)
    assert (desk.wish.held, desk.wish.overruled) == (None, False)
    assert desk.wish.harmony == hand.front.desk.wish.harmony


def test_the_music_goes_on_at_the_same_place_in_section_and_chords(tmp_path, monkeypatch):
    async def story(hand):
        hand.say("/play")
        await hand.bar(1.5)
        hand.say("/section", "breakdown")
        hand.say("/chords", "Am F C G Dm Em")
        await hand.bar(5.5)

    resume, score, _ = left(tmp_path, monkeypatch, story)
    assert resume.stood.cursor == score.cursor
    assert (resume.stood.cursor.section_bar, resume.stood.cursor.loop_bar) == (4, 4)

    async def go_on():
        async with Stagehand(section="breakdown") as hand:
            hand.front.desk.adopt(resume.stood.control)
            hand.performance.place(resume.stood.cursor)
            hand.performance.resume()
            await hand.bar(resume.stood.cursor.bar + 2)
            return hand

    plans = run(go_on()).told("/plan")
    assert [(args[0], args[1], args[3]) for args in plans[:2]] == [(6, "breakdown", "Dm"), (7, "breakdown", "Em")]


def test_a_second_performance_in_the_same_journal_knows_nothing_of_the_first(tmp_path, monkeypatch):
    first = Opened(FORMAT, "1", "now", {})
    written(
        tmp_path, monkeypatch,
        first, Decided(0, 0, control()), Told(0.0, Start(0, LINE)), bar(0),
        first, Decided(0, 0, control(section="intro")),
    )  # fmt: skip
    assert (find().stood.begun, find().stood.control.section, find().stood.cursor) == (False, "intro", Cursor())


def test_a_resumed_performance_is_the_same_one(tmp_path, monkeypatch):
    written(
        tmp_path, monkeypatch,
        Opened(FORMAT, "1", "now", {}), Decided(0, 0, control()), Told(0.0, Start(0, LINE)), bar(0),
        Opened(FORMAT, "1", "now", {}, resumed=True), Decided(0, 0, control(section="intro")),
    )  # fmt: skip
    assert (find().stood.playing, find().stood.control.section, find().stood.cursor.bar) == (True, "intro", 1)
