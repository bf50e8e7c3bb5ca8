import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.note import Note
from engines.units import TICKS_PER_BAR, VOICES
from server.drivers import recorder as module
from server.drivers.recorder import Recorder
from server.parts import Parts, older
from server.recording import tracks
from server.seam import head


def notes(path):
    """(voice, begin, end, pitch) of the recording; fails on a hanging note or a release too many."""
    found = []
    for track in mido.MidiFile(path).tracks[1:]:
        now, sounding = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on":
                assert message.note not in sounding
                sounding[message.note] = now
            elif message.type == "note_off":
                found.append((track.name, sounding.pop(message.note), now, message.note))
        assert not sounding
    return sorted(found)


def tempos(path):
    now, found = 0, []
    for message in mido.MidiFile(path).tracks[0]:
        now += message.time
        if message.type == "set_tempo":
            found.append((now, round(mido.tempo2bpm(message.tempo))))
    return found


def play(tape, voice, begin, end, pitch=60):
    tape.press(begin, voice, Note(begin % TICKS_PER_BAR, end - begin, pitch, 90))
    tape.release(end, voice, pitch)


def test_one_track_a_voice_with_its_notes_and_the_tempo(tmp_path):
    path = tmp_path / "deep" / "out.mid"
    tape = Recorder(str(path))
    tape.start(0, 138.0)
    play(tape, "lead", 0, 100)
    play(tape, "drums", 480, 500, 36)
    tape.tempo(960, 140.0)
    tape.close()
    file = mido.MidiFile(path)
    assert (file.type, file.ticks_per_beat) == (1, 480)
    assert [track.name for track in file.tracks] == ["melody-engine", *VOICES]
    assert notes(path) == [("drums", 480, 500, 36), ("lead", 0, 100, 60)]
    assert tempos(path) == [(0, 138), (960, 140)]
    assert {m.channel for m in file.tracks[5] if m.type == "note_on"} == {9}
    assert tape.states()[0].state == "open"


def markers(path):
    now, found = 0, []
    for message in mido.MidiFile(path, charset="utf-8").tracks[0]:
        now += message.time
        if message.type == "marker":
            found.append((now // TICKS_PER_BAR, message.text))
    return found


def test_a_section_is_marked_where_it_begins_to_sound_and_not_what_was_only_planned(tmp_path):
    path = tmp_path / "out.mid"
    tape = Recorder(str(path))
    tape.start(0, 120.0)
    for line, name in enumerate(("intro", "intro", "steigerung ↗", "drop")):
        tape.section(line * TICKS_PER_BAR, name)
        if line < 3:
            play(tape, "bass", line * TICKS_PER_BAR, line * TICKS_PER_BAR + 100)
    tape.section(3 * TICKS_PER_BAR, "steigerung ↗")  # written anew: it stays
    tape.section(4 * TICKS_PER_BAR, "outro")  # never sounds
    tape.start(9 * TICKS_PER_BAR, 120.0)
    tape.section(9 * TICKS_PER_BAR, "drop")
    play(tape, "bass", 9 * TICKS_PER_BAR + 480, 9 * TICKS_PER_BAR + 500)
    tape.close()
    assert markers(path) == [(0, "intro"), (2, "steigerung ↗"), (3, "drop")]


@pytest.mark.parametrize(("end", "marked"), [(TICKS_PER_BAR, []), (TICKS_PER_BAR + 1, [(1, "build")])])
def test_a_section_that_begins_while_a_note_rings_is_marked_and_one_with_which_all_ends_is_not(tmp_path, end, marked):
    path = tmp_path / "out.mid"
    tape = Recorder(str(path))
    tape.start(0, 120.0)
    tape.section(TICKS_PER_BAR, "build")
    play(tape, "pad", 480, end)
    tape.close()
    assert markers(path) == marked


def test_stop_and_start_elsewhere_go_on_at_the_next_bar_line(tmp_path):
    path = tmp_path / "out.mid"
    tape = Recorder(str(path))
    tape.start(7 * TICKS_PER_BAR, 120.0)
    play(tape, "lead", 7 * TICKS_PER_BAR + 10, 7 * TICKS_PER_BAR + 1925)
    tape.start(0, 120.0)
    play(tape, "lead", 0, 100)
    tape.close()
    assert notes(path) == [("lead", 10, 1925, 60), ("lead", 3840, 3940, 60)]


def test_a_file_that_ends_in_the_middle_of_a_note_is_whole_and_can_be_continued(tmp_path):
    path = tmp_path / "out.mid"
    tape = Recorder(str(path))
    tape.start(0, 120.0)
    play(tape, "bass", 0, 200, 40)
    tape.press(100, "lead", Note(100, 900, 60, 90))
    tape.close()
    assert notes(path) == [("bass", 0, 200, 40), ("lead", 100, 200, 60)]
    tape = Recorder(str(path), again=True)
    tape.start(5 * TICKS_PER_BAR, 125.0)
    play(tape, "lead", 5 * TICKS_PER_BAR, 5 * TICKS_PER_BAR + 50)
    tape.close()
    assert notes(path) == [("bass", 0, 200, 40), ("lead", 100, 200, 60), ("lead", 1920, 1970, 60)]
    assert tempos(path) == [(0, 120), (1920, 125)]


@pytest.mark.parametrize(
    "garbage", [b"", b"MThd", b"\x00" * 100, b"MThd\x00\x00\x00\x06\x00\x01\x00\x06\x01\xe0MTrk\xff\xff\xff\xff"]
)
def test_a_broken_file_is_begun_anew(tmp_path, garbage):
    path = tmp_path / "out.mid"
    path.write_bytes(garbage)
    tape = Recorder(str(path), again=True)
    tape.start(0, 120.0)
    play(tape, "lead", 0, 10)
    tape.close()
    assert notes(path) == [("lead", 0, 10, 60)]


def test_a_disk_that_refuses_is_told_and_costs_nothing_when_it_is_back(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_S", 0.01)
    path = tmp_path / "folder" / "out.mid"
    path.parent.write_bytes(b"in the way")
    tape = Recorder(str(path))
    tape.start(0, 120.0)
    play(tape, "lead", 0, 10)
    while tape.states()[0].state != "waiting":
        tape._closing.wait(0.01)
    assert "cannot write" in tape.states()[0].detail
    path.parent.unlink()
    tape.close()
    assert notes(path) == [("lead", 0, 10, 60)]


steps = st.lists(st.tuples(st.sampled_from(VOICES), st.integers(0, 4000), st.integers(1, 1920)), max_size=20)


@settings(max_examples=25)
@given(steps)
def test_notes_are_kept_to_the_tick(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("tape") / "out.mid"
    tape = Recorder(str(path))
    tape.start(0, 120.0)
    events, pitches = [], {voice: iter(range(20, 120)) for voice in VOICES}
    for voice, begin, duration in content:
        pitch = next(pitches[voice])
        events += [(begin, 1, voice, pitch), (begin + duration, 0, voice, pitch)]
    for tick, on, voice, pitch in sorted(events):
        if on:
            tape.press(tick, voice, Note(0, 1, pitch, 90))
        else:
            tape.release(tick, voice, pitch)
    tape.close()
    begun = [(voice, begin, begin + duration) for voice, begin, duration in content]
    assert sorted((voice, begin, end) for voice, begin, end, _ in notes(path)) == sorted(begun)


def test_a_full_file_becomes_a_part_and_every_note_is_in_one_of_them(tmp_path):
    path = tmp_path / "out.mid"
    tape = Recorder(str(path), parts=Parts(0.0005))
    tape.close()
    tape.start(0, 138.0)
    for bar in range(40):
        for beat in range(4):
            play(tape, "lead", bar * TICKS_PER_BAR + beat * 480, bar * TICKS_PER_BAR + beat * 480 + 240)
        tape._flush()
    parts = [*older(path), path]
    assert len(parts) > 2
    assert sum(len(notes(part)) for part in parts) == 160
    for part in parts:
        assert tempos(part)[0] == (0, 138)
        assert all(begin % 480 == 0 and begin < end for _, begin, end, _ in notes(part))
        assert [begin for _, begin, _, _ in notes(part)][:1] <= [TICKS_PER_BAR]


def test_a_note_that_sounds_when_the_file_is_full_ends_there_and_is_struck_again_in_the_next(tmp_path):
    path = tmp_path / "out.mid"
    tape = Recorder(str(path))
    tape.start(0, 120.0)
    tape.press(1900, "pad", Note(1900, 400, 50, 90))
    play(tape, "lead", 1920, 2000)
    tape.close()
    tape._happened.clear()
    tape._turn()
    tape.release(2300, "pad", 50)
    play(tape, "lead", 2400, 2500)
    tape._flush()
    assert notes(older(path)[0]) == [("lead", 1920, 2000, 60), ("pad", 1900, 2000, 50)]
    assert notes(path) == [("lead", 480, 580, 60), ("pad", 0, 380, 50)]
    assert tempos(path) == [(0, 120)]


def seam_of(path):
    return head(next(tracks(path.read_bytes())))[1]


def full(path, bars=1):
    """Return a recorder whose file, of so many bars, has just become a part; nothing sounds in the next one."""
    tape = Recorder(str(path))
    tape.close()
    tape.start(0, 138.0)
    play(tape, "bass", 0, 100)
    play(tape, "lead", bars * TICKS_PER_BAR - 100, bars * TICKS_PER_BAR + 100)
    tape._flush()
    tape._turn()
    return tape


def test_every_part_knows_where_in_the_show_it_stands(tmp_path):
    path = tmp_path / "out.mid"
    (tmp_path / "out.4.mid").write_bytes(b"of another show")
    tape = full(path, 3)
    play(tape, "lead", 5 * TICKS_PER_BAR, 5 * TICKS_PER_BAR + 10)
    tape._flush()
    tape._turn()
    seams = [seam_of(part) for part in (*older(path)[1:], path)]
    assert [seam and (seam.first, seam.part, seam.begin) for seam in seams] == [
        None,
        (5, 2, 3 * TICKS_PER_BAR),
        (5, 3, 5 * TICKS_PER_BAR),
    ]


@pytest.mark.parametrize("left", [None, b"MThd"])
def test_a_player_that_died_between_two_files_leaves_one_show(tmp_path, left):
    path = tmp_path / "out.mid"
    full(path)
    path.unlink() if left is None else path.write_bytes(left)
    tape = Recorder(str(path), again=True)
    tape.start(7 * TICKS_PER_BAR, 125.0)
    play(tape, "lead", 7 * TICKS_PER_BAR, 7 * TICKS_PER_BAR + 50)
    tape.close()
    seam = seam_of(path)
    assert (seam.first, seam.part, seam.begin) == (1, 2, TICKS_PER_BAR)
    assert notes(path) == [("lead", TICKS_PER_BAR, TICKS_PER_BAR + 50, 60)]  # in the bar after that of the last note


def test_music_that_starts_again_in_an_empty_part_does_not_sound_over_the_end_of_the_last(tmp_path):
    path = tmp_path / "out.mid"
    tape = full(path)
    tape.start(0, 125.0)
    play(tape, "lead", 0, 50)
    tape._flush()
    assert [begin for _, begin, _, _ in notes(path)] == [TICKS_PER_BAR]
    assert seam_of(path).begin == TICKS_PER_BAR


def test_a_full_disk_is_not_made_fuller(tmp_path, monkeypatch):
    path = tmp_path / "out.mid"
    tape = Recorder(str(path))
    tape.close()

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.Path, "replace", refuse)
    tape.start(0, 120.0)
    tape._flush()
    assert "No space" in tape.states()[0].detail
    assert [file.name for file in tmp_path.iterdir()] == ["out.mid"]


def test_a_long_recording_is_written_less_often(tmp_path, monkeypatch):
    waits = []
    tape = Recorder(str(tmp_path / "out.mid"))
    tape.close()
    monkeypatch.setattr(tape._closing, "wait", lambda seconds: waits.append(seconds) or len(waits) > 2)
    tape._keep(again=False)
    tape._tracks["lead"].data += bytes(4 * module.BYTES_PER_S)
    tape._keep(again=False)
    assert waits[0] == module.FLUSH_S
    assert waits[-1] >= 4.0
