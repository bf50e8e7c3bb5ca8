from io import BytesIO
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.analysis.music import LONGEST_BEATS, Marker, Metre, Music, MusicError, Tempo
from engines.studio import midiread
from engines.studio.midiread import parse_midi, read_midi


def file(*tracks: list[mido.Message | mido.MetaMessage], kind: int = 1, per_beat: int = 480) -> bytes:
    out = BytesIO()
    mido.MidiFile(type=kind, ticks_per_beat=per_beat, tracks=[mido.MidiTrack(t) for t in tracks]).save(file=out)
    return out.getvalue()


def on(note: int, time: int = 0, velocity: int = 90, channel: int = 0) -> mido.Message:
    return mido.Message("note_on", note=note, velocity=velocity, time=time, channel=channel)


def off(note: int, time: int = 0, channel: int = 0) -> mido.Message:
    return mido.Message("note_off", note=note, time=time, channel=channel)


def meta(kind: str, time: int = 0, **values: object) -> mido.MetaMessage:
    return mido.MetaMessage(kind, time=time, **values)


def rows(music: Music) -> list[list[list[int]]]:
    return [track.notes.tolist() for track in music.tracks]


def test_notes_and_maps_in_our_ticks() -> None:
    head = [
        meta("set_tempo", tempo=600_000),
        meta("time_signature", numerator=6, denominator=8),
        meta("key_signature", key="Ebm"),
        meta("marker", text="verse"),
        meta("set_tempo", tempo=500_000, time=96),
        meta("marker", text="refrain é".encode().decode("latin-1"), time=96),
    ]
    tune = [meta("track_name", name="lead"), mido.Message("program_change", program=80), on(60, 96), off(60, 48)]
    music = parse_midi(file(head, tune, per_beat=96))
    assert rows(music) == [[[480, 240, 60, 90]]]
    assert (music.tracks[0].name, music.tracks[0].program, music.tracks[0].drum) == ("lead", 80, False)
    assert music.tempos == (Tempo(0, 100.0), Tempo(480, 120.0))
    assert music.metres == (Metre(0, 6, 8),)
    assert music.markers == (Marker(0, "verse"), Marker(960, "refrain é"))
    assert music.keys == ((0, "Ebm"),)


def test_type_0_is_split_by_channel_and_channel_10_is_drums() -> None:
    music = parse_midi(file([on(60), on(36, channel=9), off(60, 480), off(36, channel=9)], kind=0))
    assert [(track.channel, track.drum, track.name) for track in music.tracks] == [
        (0, False, "track 1"),
        (9, True, "track 10"),
    ]


def test_retriggers_end_in_order_and_hanging_notes_with_their_track() -> None:
    twice = parse_midi(file([on(60), on(60, 100), off(60, 100), off(60, 100)]))
    assert rows(twice) == [[[0, 200, 60, 90], [100, 200, 60, 90]]]
    hanging = parse_midi(file([on(60), on(64, 480), off(64, 480)]))
    assert [row[:3] for row in rows(hanging)[0]] == [[0, 960, 60], [480, 480, 64]]
    loose = parse_midi(file([off(60, 10), on(62), on(62, 100, velocity=0)]))
    assert rows(loose) == [[[10, 100, 62, 90]]]


def test_a_file_without_notes_is_empty_music() -> None:
    assert parse_midi(file([meta("track_name", name="x")])).tracks == ()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no MIDI file"),
        (b"RIFF....", "no MIDI file"),
        (file([on(60), off(60, 480)])[:-9], "no MIDI file"),
        (file([on(60)], kind=2), "type 2"),
        (file([on(60)], per_beat=0), "no ticks per quarter"),
        (file([on(60)]).replace(b"\x01\xe0", b"\xe7\x28", 1), "SMPTE"),
        (file([on(60), off(60, LONGEST_BEATS * 480 + 1)]), "endless"),
    ],
)
def test_what_is_no_music_gives_one_error_that_names_the_file(data: bytes, says: str) -> None:
    with pytest.raises(MusicError, match=rf"^song\.mid: .*{says}"):
        parse_midi(data, "song.mid")


def test_too_large_a_file_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midiread, "LARGEST_BYTES", 10)
    large = tmp_path / "large.mid"
    large.write_bytes(file([on(60)]))
    with pytest.raises(MusicError, match=r"large\.mid: \d+ bytes: .* at most 10"):
        read_midi(large)
    with pytest.raises(MusicError, match="at most 10"):
        parse_midi(large.read_bytes())


def test_more_notes_than_are_analysed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midiread, "MOST_NOTES", 2)
    with pytest.raises(MusicError, match="more than 2 notes"):
        parse_midi(file([on(60), off(60, 1)] * 3))


@given(st.binary(max_size=300))
def test_any_bytes_are_music_or_one_error(tail: bytes) -> None:
    for data in (tail, b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk" + len(tail).to_bytes(4, "big") + tail):
        try:
            music = parse_midi(data)
        except MusicError:
            continue
        assert all((track.notes[:, 1] > 0).all() for track in music.tracks)


def test_more_marks_than_any_music_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midiread, "MOST_MARKS", 3)
    with pytest.raises(MusicError, match="more than 3 changes"):
        parse_midi(file([meta("marker", text="x")] * 5))
