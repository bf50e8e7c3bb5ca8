"""Shows in parts, as the recorder leaves them, and how a library reads them."""

import io

import mido

from engines.note import Note
from engines.units import TICKS_PER_BAR, VOICES
from server.drivers.recorder import Recorder
from server.parts import Parts
from server.web.tapegive import last, whole
from server.web.tapejoin import Joined
from server.web.tapeparts import parts_of

BARS = 40
MANY = Parts(0.0008)
"""A few bars a part."""


def happened(rng):
    """Return what a player tells its tape in BARS bars, in order: (tick, kind, voice, pitch, tempo or section)."""
    found = [(rng.randrange(BARS * TICKS_PER_BAR), 2, "", rng.randrange(100, 160)) for _ in range(20)]
    found += [(bar * TICKS_PER_BAR, -1, "", rng.choice(("build", "drop"))) for bar in range(BARS)]
    for voice in VOICES:
        for pitch in range(40, 44):
            tick = rng.randrange(2000)
            while tick < BARS * TICKS_PER_BAR:
                end = tick + rng.choice((60, 240, 960, 1920))
                found += [(tick, 1, voice, pitch), (end, 0, voice, pitch)]
                tick = end + rng.choice((0, 1, 240, 1680, 9000))
    return sorted(found, key=lambda each: each[:2])


def record(path, events, parts=MANY, flush=20, again=False):
    """Record it; every so many events the recorder's thread has its turn."""
    tape = Recorder(str(path), parts=parts, again=again)
    tape.close()
    tape.start(0, 138.0)
    for count, (tick, kind, voice, value) in enumerate(events):
        if kind == -1:
            tape.section(tick, value)
        elif kind == 2:
            tape.tempo(tick, float(value))
        elif kind == 1:
            tape.press(tick, voice, Note(0, 1, value, 90))
        else:
            tape.release(tick, voice, value)
        if count % flush == 0:
            tape._flush()
    tape._flush()
    return tape


def given(path, bars=None):
    """Return the label and the bytes of a show, or of its last bars."""
    with parts_of(path) as parts:
        label, pieces = whole(parts) if bars is None else last(parts, bars)
        return label, b"".join(pieces)


def joined(path):
    """Return a show's holes, bytes, and the seams and ends of its parts."""
    with parts_of(path) as parts:
        show = Joined(parts)
        data = b"".join(show)
        assert len(data) == show.size
        return show.holes, data, [(part.seam, part.end) for part in parts]


def tracks(data):
    """Return a file's tracks: (tick, message) of everything that is not ours alone."""
    found = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        tick, kept = 0, []
        for message in track:
            tick += message.time
            if message.type != "sequencer_specific":
                kept.append((tick, str(message.copy(time=0))))
        found.append(kept)
    return found


def balanced(data):
    """Whether every press is followed by its release, and every release has a press."""
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        sounding = set()
        for message in track:
            if message.type in ("note_on", "note_off"):
                if (message.note in sounding) == (message.type == "note_on"):
                    return False
                sounding ^= {message.note}
        if sounding:
            return False
    return True
