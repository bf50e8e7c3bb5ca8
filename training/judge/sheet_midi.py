"""One side of a pair as a MIDI file that tells nothing but its notes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import mido

from engines.studio.midifile import presses
from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT
from training.judge.sheet_pairs import Notes, Voices
from training.judge.sheet_settings import Sound

DRUMS, DRUM_CHANNEL, SOUND_OFF = "drums", 9, 120


def write_midi(path: Path, voices: Voices, *, bpm: float, bars: int, sound: Sound) -> None:
    """Write a file of format 1: tempo and metre, then one track a voice, empty ones too, all of one length."""
    end = bars * TICKS_PER_BAR + sound.tail_beats * TICKS_PER_BEAT
    head = mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm)),
            mido.MetaMessage("time_signature", numerator=4, denominator=4),
            mido.MetaMessage("end_of_track", time=end),
        ]
    )
    tracks = [_track(voice, notes, number, end, sound) for number, (voice, notes) in enumerate(voices.items())]
    mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, tracks=[head, *tracks]).save(path)


def _track(voice: str, notes: Notes, number: int, end: int, sound: Sound) -> mido.MidiTrack:
    channel = DRUM_CHANNEL if voice == DRUMS else number
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=voice)])
    if voice != DRUMS:
        track.append(mido.Message("program_change", channel=channel, program=sound.programs[voice]))
    track.append(mido.Message("control_change", channel=channel, control=7, value=sound.levels[voice]))
    now = 0
    for tick, on, pitch, velocity in _events(notes, end):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity if on else 0, time=tick - now))
        now = tick
    # a release may last many seconds: both sides end together, or the length would tell them apart
    track.append(mido.Message("control_change", channel=channel, control=SOUND_OFF, value=0, time=end - now))
    track.append(mido.MetaMessage("end_of_track"))
    return track


def _events(notes: Sequence[tuple[int, int, int, int]], end: int) -> Iterator[tuple[int, bool, int, int]]:
    """Yield note-ons and note-offs in order; none lasts beyond the end, or less than a tick."""
    return presses(
        (onset, min(max(1, duration), end - onset), pitch, max(1, min(127, velocity)))
        for onset, duration, pitch, velocity in notes
        if onset < end
    )
