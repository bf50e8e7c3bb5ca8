"""A plain request, with which every expert proves itself before it is handed out."""

from engines.expert import Heard, Request
from engines.note import Bar, Note
from engines.plan import Plan
from engines.theory.chord import Chord
from engines.theory.key import Key
from engines.units import TICKS_PER_BEAT, VOICES


def probe_plan(index: int = 5, tension: float = 0.5) -> Plan:
    """Return the plan of a bar over A minor in a build of 16 bars."""
    chord = Chord.parse("Am")
    return Plan(
        index=index,
        genre="probe",
        section="build",
        section_bar=index % 16,
        section_bars=16,
        phrase_bar=index % 8,
        phrase_bars=8,
        upcoming=None,
        energy=0.5,
        tension=(tension,) * 4,
        density=dict.fromkeys(VOICES, 0.5),
        variation=0.3,
        key=Key.parse("Am"),
        chords=(chord,) * 4,
        next_chord=Chord.parse("F"),
        active=VOICES,
        bpm=140.0,
    )


def probe_request(voices: tuple[str, ...], seed: int = 1) -> Request:
    """Return a request for a whole bar with one bar of four quarter notes behind it."""
    heard = Bar(tuple(Note(beat * TICKS_PER_BEAT, TICKS_PER_BEAT // 2, 69, 90) for beat in range(4)))
    history = (Heard(probe_plan(4), dict.fromkeys(voices, heard)),)
    return Request(probe_plan(5), voices, history, seed=seed, phrase_seed=seed)
