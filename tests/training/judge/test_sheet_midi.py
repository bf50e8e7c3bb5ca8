import mido
from hypothesis import given
from hypothesis import strategies as st

from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT
from training.judge.sheet_midi import write_midi
from training.judge.sheet_settings import load

NOTE = st.tuples(st.integers(0, 2 * TICKS_PER_BAR), st.integers(0, 3000), st.integers(0, 127), st.integers(0, 200))


def written(folder, voices):
    write_midi(folder / "x.mid", voices, bpm=140.0, bars=2, sound=load())
    return mido.MidiFile(folder / "x.mid")


@given(notes=st.lists(NOTE, max_size=30))
def test_no_note_hangs_and_no_pitch_sounds_twice(tmp_path_factory, notes):
    file = written(tmp_path_factory.mktemp("midi"), {"lead": notes, "drums": []})
    sounding: set[int] = set()
    now = 0
    for message in file.tracks[1]:
        now += message.time
        if message.type == "note_on":
            assert message.note not in sounding
            sounding.add(message.note)
        elif message.type == "note_off":
            sounding.remove(message.note)
    assert not sounding
    assert now == 2 * TICKS_PER_BAR + load().tail_beats * TICKS_PER_BEAT


def test_all_voices_fall_silent_together(tmp_path):
    file = written(tmp_path, {"lead": [(0, 99999, 60, 90)], "bass": [], "drums": [(0, 10, 49, 90)]})
    for track in file.tracks[1:]:
        *_, last, end = track
        assert (last.type, last.control, end.time) == ("control_change", 120, 0)
        assert sum(m.time for m in track) == sum(m.time for m in file.tracks[0])


def test_a_file_says_tempo_voices_and_sounds(tmp_path):
    file = written(tmp_path, {"lead": [(480, 240, 60, 90)], "bass": [], "drums": [(0, 10, 36, 127)]})
    assert file.ticks_per_beat == TICKS_PER_BEAT
    assert round(mido.tempo2bpm(file.tracks[0][0].tempo)) == 140
    assert [track.name for track in file.tracks[1:]] == ["lead", "bass", "drums"]
    notes = [m for track in file.tracks for m in track if m.type == "note_on"]
    assert [(m.channel, m.note, m.velocity, m.time) for m in notes] == [(0, 60, 90, 480), (9, 36, 127, 0)]
    programs = {m.channel: m.program for track in file.tracks for m in track if m.type == "program_change"}
    assert programs == {0: load().programs["lead"], 1: load().programs["bass"]}
