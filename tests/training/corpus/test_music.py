"""Keys, chords, roles and tokens found in music whose truth the test knows."""

import io

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.analysis.music import Metre
from engines.codec.lead import LeadGrid, decode, quantise
from engines.theory.chord import Chord
from engines.theory.key import Key
from tests.training.corpus.making import band
from training.corpus.chords import estimate
from training.corpus.config import corpus_config
from training.corpus.keys import fit, guess
from training.corpus.midi import read_midi
from training.corpus.parts import BrokenFile
from training.corpus.piece import Event, Track
from training.corpus.quality import metre_faults
from training.corpus.roles import classify
from training.corpus.tokens import bars_of, drum_tokens, lead_tokens

CONFIG = corpus_config()
ROLES = ["lead", "bass", "pad", "arp", "drums"]
QUALITY = st.sampled_from(["maj", "min", "7", "m7", "maj7", "dim"])


def midi(file):
    stream = io.BytesIO()
    file.save(file=stream)
    return stream.getvalue()


@given(st.integers(0, 11), st.booleans(), st.lists(st.integers(1, 9), min_size=7, max_size=7))
def test_a_transposed_key_is_found_transposed(shift, minor, weights):
    scale = (0, 2, 3, 5, 7, 8, 10) if minor else (0, 2, 4, 5, 7, 9, 11)
    time = np.zeros(12)
    time[list(scale)] = weights
    here, there = guess(time, CONFIG.key), guess(np.roll(time, shift), CONFIG.key)
    assert there.key == Key((here.key.tonic + shift) % 12, here.key.mode)
    assert there.confidence == pytest.approx(here.confidence, abs=2e-3)
    assert 0 < here.confidence <= 1
    assert fit(time, Key(0, "minor" if minor else "major")) == pytest.approx(1)


@given(st.lists(st.tuples(st.integers(0, 11), QUALITY), min_size=1, max_size=6))
def test_block_chords_are_named(chords):
    """Two bars each, root in the bass: the least that a listener needs."""
    rows = []
    for number, (root, quality) in enumerate(chords):
        tones = Chord(root, quality, root).pitch_classes
        rows += [(number * 3840, 3840, 36 + root, 90)] + [(number * 3840, 3840, 60 + pc, 90) for pc in tones]
    spans = estimate(np.array(sorted(rows)), np.ones(len(rows)), CONFIG.chord)
    for number, (root, quality) in enumerate(chords):
        (span,) = [s for s in spans if s.tick <= number * 3840 < s.end]
        found = Chord.parse(span.label)
        assert set(found.pitch_classes) == set(Chord(root, quality, root).pitch_classes)
        assert 0 < span.confidence <= 1


def test_silence_has_no_chord_and_no_key():
    assert estimate(np.zeros((0, 4), np.int64), np.zeros(0), CONFIG.chord) == ()
    assert guess(np.zeros(12), CONFIG.key).confidence == 0


@pytest.mark.parametrize("named", [True, False])
def test_a_band_is_told_apart_with_and_without_names(named):
    for seed in range(5):
        verdicts = classify(read_midi(midi(band(seed, named=named))).parts, CONFIG.role, CONFIG.lead)
        assert [verdict.role for verdict in verdicts] == ROLES
        assert all(verdict.reasons and 0 < verdict.confidence <= 1 for verdict in verdicts)


def test_a_chordal_track_is_no_lead_whatever_its_name():
    parts = read_midi(midi(band(0))).parts
    liar = msgspec.structs.replace(parts[2], name="lead")
    assert classify((parts[0], liar), CONFIG.role, CONFIG.lead)[1].role != "lead"


@given(st.binary(max_size=60), st.integers(0, 2000))
def test_damaged_files_are_broken_files_or_music(noise, at):
    data = bytearray(midi(band(1, bars=2)))
    at %= len(data)
    data[at : at + len(noise)] = noise
    try:
        found = read_midi(bytes(data))
    except BrokenFile:
        return
    assert all((part.notes[:, 1] >= 1).all() and (part.notes[:, 3] >= 1).all() for part in found.parts)


@given(
    st.lists(
        st.tuples(st.integers(0, 7679), st.integers(1, 1920), st.integers(50, 80), st.integers(1, 127)),
        min_size=1,
        max_size=20,
    ),
    st.integers(0, 11),
)
def test_lead_tokens_decode_to_the_quantised_bars(rows, tonic):
    events = tuple(Event(*row) for row in sorted(rows))
    bars = bars_of(events)
    made = lead_tokens(Track("l", "lead", events), tonic)
    assert made["lead_tokens"].shape == (len(bars), 16)
    first = LeadGrid(tuple(made["lead_tokens"][0].tolist()), tuple(made["lead_bins"][0].tolist()))
    onsets = [(n.onset, n.pitch, n.velocity) for n in decode(first, tonic).notes]
    assert onsets == [(n.onset, n.pitch, n.velocity) for n in quantise(bars[0], tonic).notes]


def test_a_pickup_is_a_bar_of_its_own():
    events = (Event(-480, 480, 67, 90), Event(0, 960, 72, 90))
    first, second = bars_of(events)
    assert [note.onset for note in first.notes] == [1440]
    assert [note.onset for note in second.notes] == [0]


def test_drum_tokens_keep_loudness_and_lateness():
    hits = (Event(0, 60, 36, 100), Event(13, 60, 36, 120), Event(1910, 60, 38, 70), Event(480, 60, 99, 90))
    made = drum_tokens([Track("d", "drums", hits)])
    assert made["drum_velocities"][0, 0, 0] == 120
    assert made["drum_offsets"][0, 0, 0] == 13
    assert made["drum_velocities"][1, 0, 1] == 70  # a hit just before the bar line is that line's, early
    assert made["drum_offsets"][1, 0, 1] == -10
    assert (made["drum_velocities"] > 0).sum() == 2


@pytest.mark.parametrize(
    ("marks", "fault"),
    [
        ([(0, 4, 4)], None),
        ([(0, 2, 2), (3840, 4, 4)], None),
        ([(0, 3, 4)], "3/4"),
        ([(0, 4, 4), (960, 4, 4)], "changes"),
    ],
)
def test_what_the_grid_cannot_hold_is_named(marks, fault):
    found = metre_faults(tuple(Metre(*mark) for mark in marks), CONFIG.metres)
    assert fault in found[0] if fault else found == []
