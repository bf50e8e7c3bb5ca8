from server.guard import RESUME
from server.journal import Barred, Connected, Decided, Journal, Told
from server.player.messages import Start, Stop
from server.resume import Papers, find, leave
from server.timeline import Timeline
from tests.engines.band import control

LINE = Timeline(138.0, 0, 0.0)


def bar(number: int) -> Barred:
    return Barred(time=0.0, bar=number, start=0, bpm=138, upcoming=None, players={}, hush=(), notes={})


def written(folder, monkeypatch, *records) -> None:
    monkeypatch.setenv(RESUME, str(folder / "resume.json"))
    journal = Journal(folder / "a.journal")
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
        Told(0.0, Start(0, LINE)), Decided(0, 0, control()), bar(0), Connected(pairs),
        Decided(1, 0, control(section="intro")), bar(1),
    )  # fmt: skip
    resume = find()
    assert resume is not None
    assert (resume.bar, resume.playing, resume.connections) == (2, True, pairs)
    assert resume.control.section == "intro"
    assert resume.papers.recording == "x.mid"


def test_what_was_stopped_stays_stopped(tmp_path, monkeypatch):
    written(tmp_path, monkeypatch, Told(0.0, Start(0, LINE)), Decided(0, 0, control()), bar(0), Told(1.0, Stop(1920)))
    assert find().playing is False


def test_a_journal_that_cannot_be_read_is_no_reason_not_to_play(tmp_path, monkeypatch):
    written(tmp_path, monkeypatch)
    (tmp_path / "a.journal").write_bytes(b"nonsense\nmore\n")
    assert find() is None
