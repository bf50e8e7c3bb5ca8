import contextlib
import io

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.note import Note
from engines.units import TICKS_PER_BAR
from server.drivers.recorder import Recorder
from server.recording import EMPTY, MARKER, meta, varint
from server.web.tapecut import cut, cut_track


@pytest.fixture
def recording(tmp_path):
    """Eight bars: a note on every beat of lead, numbered by pitch; a pad held over all bar lines; a new tempo in bar 5."""
    path = tmp_path / "show.mid"
    recorder = Recorder(str(path))
    recorder.start(0, 120.0)
    recorder.press(0, "pad", Note(0, TICKS_PER_BAR, 48, 80))
    for beat in range(32):
        recorder.press(beat * 480, "lead", Note(0, 240, 40 + beat, 90))
        recorder.release(beat * 480 + 240, "lead", 40 + beat)
        if beat == 20:
            recorder.tempo(beat * 480, 150.0)
    recorder.release(8 * TICKS_PER_BAR - 1, "pad", 48)
    recorder.close()
    return path


def notes(track):
    tick, found = 0, []
    for event in track:
        tick += event.time
        if event.type in ("note_on", "note_off"):
            found.append((tick, event.type, event.note))
    return found


def shortened(recording, bars):
    return mido.MidiFile(file=io.BytesIO(cut(recording.read_bytes(), bars)))


def test_the_last_bars_begin_at_zero_with_their_tempo_and_names(recording):
    short = shortened(recording, 2)
    tempo, lead, *_, drums = short.tracks
    assert [mido.tempo2bpm(e.tempo) for e in tempo if e.type == "set_tempo"] == [pytest.approx(150.0)]
    assert (lead.name, drums.name) == ("lead", "drums")
    assert notes(lead) == [
        each
        for beat in range(8)
        for each in ((beat * 480, "note_on", 64 + beat), (beat * 480 + 240, "note_off", 64 + beat))
    ]


def test_a_note_held_into_it_leaves_no_lonely_release(recording):
    short = shortened(recording, 2)
    for track in short.tracks:
        sounding = set()
        for _, kind, pitch in notes(track):
            assert (pitch in sounding) == (kind == "note_off")
            sounding ^= {pitch}
        assert not sounding


def test_more_bars_than_there_are_is_all_of_it(recording):
    whole_show = mido.MidiFile(recording)
    assert [notes(track) for track in shortened(recording, 100).tracks] == [notes(track) for track in whole_show.tracks]


@given(st.data())
def test_a_file_that_is_not_whole_or_not_ours_is_a_value_error_and_nothing_else(data):
    show = b"MThd" + bytes((0, 0, 0, 6, 0, 1, 0, 1, 1, 224)) + b"MTrk" + bytes((0, 0, 0, 13))
    show += b"\x00\x90\x3c\x50\x83\x60\x80\x3c\x40\x00\xff\x2f\x00"
    assert len(mido.MidiFile(file=io.BytesIO(cut(show, 1))).tracks[0]) == 3
    place = data.draw(st.integers(0, len(show) - 1))
    broken = show[:place] + data.draw(st.binary(max_size=3)) + show[place + 1 :]
    with contextlib.suppress(ValueError):
        assert isinstance(cut(broken, 1), bytes)
    short = show[:place] if place > 14 else b""
    with pytest.raises(ValueError, match=r"whole|no MIDI|none of"):
        cut(short, 1)


def test_what_is_no_setting_is_not_carried_over():
    track = b"\0" + meta(0x03, b"lead") + b"\0" + meta(MARKER, b"gone") + b"\0" + EMPTY
    track += varint(TICKS_PER_BAR) + b"\x90\x3c\x50" + b"\x0a\x80\x3c\x40" + b"\0\xff\x2f\0"
    settings, rest = b"\0" + meta(0x03, b"lead"), b"\0\x90\x3c\x50" + b"\x0a\x80\x3c\x40" + b"\0\xff\x2f\0"
    assert cut_track(track, TICKS_PER_BAR) == settings + rest
