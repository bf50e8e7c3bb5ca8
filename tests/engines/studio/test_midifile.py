from collections import Counter
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.note import Bar, Note
from engines.studio.midifile import presses, signature, write_combined, write_voices
from engines.theory.key import MODES, Key
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, VOICES
from tests.engines.studio.pieces import PIECES, names, piece, sounding, written

CHANNELS = {"lead": 1, "bass": 2, "arp": 3, "pad": 4, "drums": 10}
HEARD = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 900), st.integers(60, 63), st.integers(1, 127)))


def combined(folder: Path, made=None) -> mido.MidiFile:
    return mido.MidiFile(write_combined(made or piece(), folder / "combined.mid"))


def timed(track) -> list[tuple[int, object]]:
    now, found = 0, []
    for message in track:
        now += message.time
        found.append((now, message))
    return found


def notes_of(track) -> Counter:
    """(tick, duration, pitch, velocity); fails where a note hangs, or is pressed while it sounds."""
    begun, found = {}, Counter()
    for now, message in timed(track):
        if message.type == "note_on":
            assert message.velocity > 0
            assert message.note not in begun
            begun[message.note] = (now, message.velocity)
        elif message.type == "note_off":
            tick, velocity = begun.pop(message.note)
            found[tick, now - tick, message.note, velocity] += 1
    assert not begun
    return found


def texts(track, kind: str) -> list[tuple[int, str]]:
    return [(now, message.text) for now, message in timed(track) if message.type == kind]


def test_the_combined_file_says_tempo_metre_key_sections_chords_names_and_programs(tmp_path):
    file = combined(tmp_path)
    head, chords, *voices = file.tracks
    assert (file.type, file.ticks_per_beat) == (1, TICKS_PER_BEAT)
    assert head.name == "uplifting in Am, seed 7"
    said = {message.type: message for message in head}
    assert mido.tempo2bpm(said["set_tempo"].tempo) == pytest.approx(140, rel=1e-5)
    assert (said["time_signature"].numerator, said["time_signature"].denominator) == (4, 4)
    assert said["key_signature"].key == "Am"
    assert texts(head, "marker") == [(0, "build"), (3 * TICKS_PER_BAR, "drop"), (5 * TICKS_PER_BAR, "drop")]
    assert chords.name == "chords"
    beats = [0, 4, 8, 10, 12, 16, 18, 20]
    assert texts(chords, "text") == [
        (beat * TICKS_PER_BEAT, chord)
        for beat, chord in zip(beats, ["Am", "F/A", "C", "G", "Dm", "Am", "F/A", "Am"], strict=True)
    ]
    assert [track.name for track in voices] == list(VOICES)
    programs = {track.name: m.program for track in voices for m in track if m.type == "program_change"}
    assert programs == piece().config.programs
    assert {t.name: {m.channel + 1 for m in t if not m.is_meta} for t in voices} == {
        v: {c} for v, c in CHANNELS.items()
    }
    assert all(timed(track)[-1][0] >= 6 * TICKS_PER_BAR for track in file.tracks)


def test_programs_are_those_of_the_configuration(tmp_path):
    from engines import MelodyEngine

    (tmp_path / "mine.yaml").write_text("programs: {lead: 99}\n")
    made = MelodyEngine(tmp_path / "mine.yaml").generate(bars=1, model_backend="rules")
    head = [m for m in combined(tmp_path, made).tracks[2] if m.type == "program_change"]
    assert [m.program for m in head] == [99]
    (tmp_path / "mine.yaml").write_text("programs: {lead: 128}\n")
    with pytest.raises(ValueError, match=r"programs\.lead: 128 .*0\.\.127"):
        MelodyEngine(tmp_path / "mine.yaml")


def test_a_file_per_voice_that_plays(tmp_path):
    made = written(accompaniment=False)
    assert write_voices(made, tmp_path / "new" / "alone") == [tmp_path / "new" / "alone" / "lead.mid"]
    files = write_voices(piece(), tmp_path / "all")
    assert [file.name for file in files] == [f"{voice}.mid" for voice in VOICES]
    assert names(tmp_path / "all") == sorted(file.name for file in files)
    for voice, file in zip(VOICES, files, strict=True):
        head, track = mido.MidiFile(file).tracks
        assert {"set_tempo", "time_signature", "key_signature", "marker"} <= {message.type for message in head}
        assert track.name == voice
        assert {m.channel + 1 for m in track if not m.is_meta} == {10 if voice == "drums" else 1}
        assert notes_of(track) == Counter((n.tick, n.duration, n.pitch, n.velocity) for n in piece().notes[voice])


@given(made=PIECES)
def test_notes_in_are_notes_out(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("midi")
    tracks = {track.name: track for track in combined(folder, made).tracks}
    for voice in VOICES:
        heard = [(n.tick, n.duration, n.pitch, n.velocity) for n in made.notes[voice]]
        found = notes_of(tracks[voice])
        places = {(tick, pitch) for tick, _, pitch, _ in heard}
        assert sorted((tick, pitch) for tick, _, pitch, _ in found) == sorted(places)  # each is struck once
        assert all((velocity, pitch, tick) in {(v, p, t) for t, _, p, v in heard} for tick, _, pitch, velocity in found)
        for tick, duration, pitch, _ in found:
            longest = max(d for t, d, p, _ in heard if (t, p) == (tick, pitch))
            struck = min((t - tick for t, p in places if p == pitch and t > tick), default=longest)
            assert duration == min(longest, struck)


@given(heard=HEARD)
def test_releases_come_before_presses_and_no_key_is_pressed_twice(heard):
    sounding_now: set[int] = set()
    events = list(presses(heard))
    assert events == sorted(events)
    for _, pressed, pitch, _ in events:
        if pressed:
            assert pitch not in sounding_now
            sounding_now.add(pitch)
        else:
            sounding_now.remove(pitch)
    assert not sounding_now


def test_a_note_struck_again_ends_there_and_the_second_keeps_its_length():
    first, second = (0, 480, 60, 90), (240, 60, 60, 80)
    assert list(presses([first, second])) == [
        (0, True, 60, 90), (240, False, 60, 0), (240, True, 60, 80), (300, False, 60, 0),
    ]  # fmt: skip


def test_a_last_note_rings_to_its_end(tmp_path):
    late = Bar((Note(TICKS_PER_BAR - 10, TICKS_PER_BAR, 60, 90),))
    file = combined(tmp_path, sounding([*[{}] * 5, {"lead": late}]))
    track = next(track for track in file.tracks if track.name == "lead")
    assert timed(track)[-1][0] == 7 * TICKS_PER_BAR - 10
    assert timed(file.tracks[0])[-1][0] == 6 * TICKS_PER_BAR


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tonic", range(12))
def test_every_key_has_the_signature_of_its_scale(tonic, mode):
    key = Key(tonic, mode)
    found = signature(key)
    assert mido.MetaMessage("key_signature", key=found).key == found
    own = Key.parse(found)
    assert (own.mode, own.relative_major) == ("minor" if key.is_minor else "major", key.relative_major)
    assert own.tonic == tonic or mode not in ("major", "minor")
    assert own.flats == key.flats


def test_modes_are_signed_as_the_major_or_minor_they_share_it_with():
    names = ["C", "Am", "F#m", "Ebm", "F#", "D dorian", "G mixolydian", "A harmonic minor", "Bb minor"]
    expected = ["C", "Am", "F#m", "Ebm", "F#", "Am", "C", "Am", "Bbm"]
    assert [signature(Key.parse(name)) for name in names] == expected


def test_the_same_piece_gives_the_same_bytes(tmp_path):
    files = [write_combined(written(), tmp_path / name).read_bytes() for name in ("a.mid", "b.mid")]
    assert files[0] == files[1]


def test_a_place_that_is_not_there_is_told_and_nothing_stays(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*make it"):
        write_combined(piece(), tmp_path / "none" / "x.mid")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is a file"):
        write_voices(piece(), tmp_path / "file")
    assert names(tmp_path) == ["file"]


def test_voices_are_written_all_or_none(tmp_path, monkeypatch):
    def save(self, file):
        file.write_bytes(b"MThd")
        if "pad" in file.name:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(mido.MidiFile, "save", save)
    with pytest.raises(OSError, match=r"pad\.mid: cannot be written: No space"):
        write_voices(piece(), tmp_path / "out")
    assert not names(tmp_path)
