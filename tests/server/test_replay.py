import shutil
from pathlib import Path

import mido
import pytest

from engines.library import Library
from engines.touched import touched
from server.guard import RESUME
from server.journal import FORMAT, Journal, Opened, read
from server.replay import replay
from server.resume import Papers, find, leave
from tests.engines.band import GENRES
from tests.server.stagehand import Stagehand
from tests.server.virtual import run

ROOT = Path(__file__).parents[2]


def show(path: Path, lineup: bool = False, opened: Opened | None = None, genres=GENRES) -> Stagehand:
    async def main():
        journal = Journal(path).open()
        if opened:
            journal.write(opened)
        hand = Stagehand(journal, None if lineup else {}, genres=genres)
        async with hand:
            hand.say("/seed", 5)
            hand.say("/chords/auto")
            hand.say("/play")
            await hand.bar(3.4)
            hand.say("/chord", "Dm", "beat")
            await hand.bar(4.5)
            hand.say("/voice/bass/mute", 1)
            hand.say("/tempo", 160, 8)
            await hand.bar(6.5)
            hand.say("/section", "breakdown")
            hand.say("/autopilot", 1, "bar")
            hand.say("/again")
            await hand.bar(9.7)
            hand.say("/stop")
            await hand.bar(11)
            hand.say("/continue")
            await hand.bar(14)
            hand.say("/stop", "now")
        journal.close()
        return hand

    return run(main())


def test_every_bar_is_composed_to_the_very_same_notes(tmp_path):
    show(tmp_path / "a.journal")
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}
    assert outcome.same == outcome.bars >= 15
    midi = mido.MidiFile(tmp_path / "a.mid")
    assert {track.name for track in midi.tracks} >= {"lead", "bass", "arp", "pad", "drums"}
    ons = sum(m.type == "note_on" and m.velocity > 0 for t in midi.tracks for m in t)
    offs = sum(m.type == "note_off" or (m.type == "note_on" and m.velocity == 0) for t in midi.tracks for m in t)
    assert ons == offs > 200


def test_the_touch_that_was_heard_is_heard_again_whichever_is_in_use_now(tmp_path):
    shutil.copytree(ROOT / "models" / "touch", tmp_path / "touch")
    library = Library(tmp_path)
    genres = touched(GENRES, library, pytest.fail, "v1")
    assert genres != GENRES
    show(tmp_path / "a.journal", opened=Opened(FORMAT, "1", "now", {}, touch="v1"), genres=genres)
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, library, pytest.fail)
    assert outcome.problems == {}
    assert outcome.same == outcome.bars >= 15


def test_a_touch_that_is_gone_is_told(tmp_path):
    told = []
    show(tmp_path / "a.journal", opened=Opened(FORMAT, "1", "now", {}, touch="v9"))
    replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path), told.append)
    assert len(told) == 1 and told[0].startswith("no learned touch: ")


@pytest.mark.parametrize("said", [b"", b"\n\n", b"no journal"])
def test_a_file_without_a_record_is_refused_and_nothing_is_written(tmp_path, said):
    (tmp_path / "a.journal").write_bytes(said)
    with pytest.raises(ValueError, match=r"a\.journal: neither a journal nor a generation log"):
        replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert not (tmp_path / "a.mid").exists()


def test_replaying_twice_gives_the_same_file(tmp_path):
    show(tmp_path / "a.journal")
    for name in ("a.mid", "b.mid"):
        replay(tmp_path / "a.journal", tmp_path / name, GENRES, Library(tmp_path))
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()


def test_a_missing_expert_is_named_and_the_recorded_notes_sound(tmp_path):
    show(tmp_path / "a.journal", lineup=True)
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.same < outcome.bars
    assert any("learned" in problem for problem in outcome.problems)


def test_a_torn_last_line_is_left_out_and_a_bad_line_is_named(tmp_path):
    path = tmp_path / "a.journal"
    show(path)
    whole = list(read(path))
    path.write_bytes(path.read_bytes()[:-20])
    assert list(read(path)) == whole[:-1]
    path.write_bytes(b"nonsense\n" + path.read_bytes())
    with pytest.raises(ValueError, match="line 1"):
        list(read(path))


def test_a_bar_that_was_written_but_never_sounded_is_forgotten(tmp_path):
    async def main():
        journal = Journal(tmp_path / "a.journal").open()
        async with Stagehand(journal, lineup={}) as hand:
            hand.say("/play")
            await hand.bar(2.999)
            hand.say("/stop")
            await hand.bar(3.5)
            hand.say("/continue")
            await hand.bar(6)
            hand.say("/stop")
            hand.say("/play")
            await hand.bar(8)
        journal.close()

    run(main())
    outcome = replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}
    assert outcome.same == outcome.bars >= 9


def test_only_the_last_performance_of_a_journal_is_played(tmp_path):
    bars = []
    for _ in range(2):
        show(tmp_path / "a.journal", opened=Opened(FORMAT, "1", "now", {}))
        bars.append(replay(tmp_path / "a.journal", tmp_path / "a.mid", GENRES, Library(tmp_path)).bars)
    assert bars[0] == bars[1]


def test_a_performance_that_was_resumed_is_one(tmp_path, monkeypatch):
    path = tmp_path / "a.journal"
    show(path, opened=Opened(FORMAT, "1", "now", {}))
    monkeypatch.setenv(RESUME, str(tmp_path / "resume.json"))
    leave(Papers(str(path), ""))
    resume = find()

    async def main():
        journal = Journal(path).open()
        journal.write(Opened(FORMAT, "1", "now", {}, resumed=True))
        hand = Stagehand(journal, lineup={}, control=resume.stood.control)
        async with hand:
            hand.performance.place(resume.stood.cursor)
            hand.performance.resume()
            await hand.bar(resume.stood.cursor.bar + 4)
        journal.close()

    run(main())
    outcome = replay(path, tmp_path / "a.mid", GENRES, Library(tmp_path))
    assert outcome.problems == {}
    assert outcome.same == outcome.bars >= 19
