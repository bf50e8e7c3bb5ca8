"""The combined file as music21 sees it: a reader that shares no code with the writer."""

from collections import Counter

import music21
import pytest
from music21.midi import MetaEvents, MidiFile

from engines.units import TICKS_PER_BAR, TICKS_PER_BEAT, VOICES
from tests.engines.studio.pieces import written


def piece():
    """On the grid: music21 makes one chord of notes that begin within milliseconds."""
    return written(humanization_intensity=0.0)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return piece().save_combined(tmp_path_factory.mktemp("music21") / "combined.mid")


@pytest.fixture(scope="module")
def score(path):
    return music21.converter.parse(path, quantizePost=False, forceSource=True)


def events(path):
    """Every track as [(tick, event)]."""
    file = MidiFile()
    file.open(path)
    file.read()
    file.close()
    assert (file.format, file.ticksPerQuarterNote) == (1, TICKS_PER_BEAT)
    for track in file.tracks:
        now, found = 0, []
        for event in track.events:
            if event.type == "DeltaTime":
                now += event.time
            else:
                found.append((now, event))
        yield found


def test_it_finds_tempo_metre_and_key(score):
    assert {mark.number for mark in score.flatten()[music21.tempo.MetronomeMark]} == {140}
    assert {metre.ratioString for metre in score.flatten()[music21.meter.TimeSignature]} == {"4/4"}
    assert {key.name for key in score.flatten()[music21.key.Key]} == {"A minor"}


def test_it_finds_names_sections_and_chords(path):
    head, chords, *voices = events(path)
    names = [
        e.data.decode()
        for track in (head, chords, *voices)
        for _, e in track
        if e.type == MetaEvents.SEQUENCE_TRACK_NAME
    ]
    assert names == ["uplifting in Am, seed 7", "chords", *VOICES]
    assert [(tick, e.data) for tick, e in head if e.type == MetaEvents.MARKER] == [
        (0, b"build"), (3 * TICKS_PER_BAR, b"drop"), (5 * TICKS_PER_BAR, b"drop"),
    ]  # fmt: skip
    texts = [e.data.decode() for _, e in chords if e.type == MetaEvents.TEXT_EVENT]
    assert texts == ["Am", "F/A", "C", "G", "Dm", "Am", "F/A", "Am"]


def test_it_finds_the_same_notes(score):
    assert len(score.parts) == len(VOICES)
    for voice, part in zip(VOICES, score.parts, strict=True):
        if voice == "drums":  # music21 reads drum keys as instruments
            found = Counter(round(note.offset * TICKS_PER_BEAT) for note in part.flatten().notes for _ in _struck(note))
            assert found == Counter(note.tick for note in piece().notes[voice])
            continue
        found = Counter(
            (round(each.getOffsetInHierarchy(part) * TICKS_PER_BEAT), pitch.midi)
            for each in part.recurse().notes
            if each.tie is None or each.tie.type == "start"
            for pitch in each.pitches
        )
        assert found == Counter((note.tick, note.pitch) for note in piece().notes[voice])


def _struck(note):
    return note.notes if isinstance(note, music21.chord.ChordBase) else [note]
