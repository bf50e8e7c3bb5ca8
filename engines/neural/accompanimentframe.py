"""The frame of one accompanying voice: what its cells may hold, and where the genre, the chords and the wishes lean.

The genre's figure stays recognisable: what the rules would play is a prior on rhythm and pitch, as strong as the card
says (a popular song's bass under uplifting trance would be a step back). Range, scale and rubs with the lead are hard.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.codec.accompaniment import encode, pitches
from engines.codec.lead import HOLD, PITCHES, REST, TOKENS, token_pitch
from engines.neural.interlock import PITCHES as MIDI_PITCHES
from engines.neural.interlock import close, crowd_of
from engines.neural.wish import LeadDecoding, tones_of
from engines.note import EMPTY_BAR, Bar
from engines.understudy.rules import PLAYERS
from engines.understudy.stage import Stage
from engines.units import STEPS_PER_BAR, STEPS_PER_BEAT, TICKS_PER_BAR, TICKS_PER_STEP

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
FREE: Final = -1  # a cell that is still to be decided
RUBS: Final = (1, 11)  # intervals mod 12 above or below the lead that grate: semitone, major seventh, minor ninth


class AccompanimentDecoding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Decoding numbers of an accompaniment; `configs/experts/accompaniment.yaml` says what each does."""

    passes: float
    guidance: float
    temperature_calm: float
    temperature_tense: float
    variation_heat: float
    top_p: float
    order_noise: float
    rhythm_bass: float
    rhythm_arp: float
    rhythm_pad: float
    hold_bass: float
    hold_arp: float
    hold_pad: float
    tone_bass: float
    tone_arp: float
    tone_pad: float
    chord_bass: float
    chord_arp: float
    chord_pad: float
    repeat_bass: float
    repeat_arp: float
    repeat_pad: float
    width_bass: float
    width_arp: float
    width_pad: float
    calm_bass: float
    calm_arp: float
    calm_pad: float
    tense_bass: float
    tense_arp: float
    tense_pad: float
    room_pad: float
    accent: float
    top_k: float = 0
    near: float = 2
    clear_bass: float = 0
    clear_arp: float = 0
    clear_pad: float = 0

    def of(self, name: str, voice: str) -> float:
        """Return the number of a voice."""
        return float(getattr(self, f"{name}_{voice}"))


class Frame(msgspec.Struct, frozen=True, eq=False):
    """allowed, bias [16, TOKENS]; settled int64 [16]: token of what has sounded, FREE else; temperature float [16]."""

    allowed: Mask
    bias: Floats
    settled: Ints
    temperature: Floats


def frame_of(stage: Stage, melody: Ints, numbers: AccompanimentDecoding) -> Frame:
    """Return the frame of a stage's voice; melody int64 [16]: MIDI pitch of the lead at each step, -1 where silent."""
    plan, voice = stage.request.plan, stage.voice
    tonic = plan.key.relative_major
    midi = pitches(voice, tonic)
    chord, inside = _tones(stage, int(midi[0]))
    tense = np.repeat(np.array(plan.tension, np.float32), STEPS_PER_BEAT)
    calm, wild = numbers.of("calm", voice), numbers.of("tense", voice)
    low, high = stage.style.low, stage.style.high
    register = low + (high - low) * (calm + (wild - calm) * tense)
    bias = np.zeros((STEPS_PER_BAR, TOKENS), np.float32)
    bias[:, :PITCHES] = -0.5 * ((midi[None] - register[:, None]) / numbers.of("width", voice)) ** 2
    bias[:, :PITCHES] -= numbers.of("clear", voice) * _crowded(stage, midi, numbers.near)
    bias += numbers.of("chord", voice) * chord + _figure(stage, tonic, numbers)
    heat = 1 + numbers.variation_heat * (plan.variation - 0.5)
    spread = numbers.temperature_calm + (numbers.temperature_tense - numbers.temperature_calm) * tense
    return Frame(
        allowed=_allowed(stage, inside, chord, _rubbing(midi, melody)),
        bias=bias,
        settled=_settled(stage, tonic),
        temperature=np.asarray(spread * heat, np.float32),
    )


def _tones(stage: Stage, lowest: int) -> tuple[Mask, Mask]:
    """Return chord tones and the chord's scale within the voice's range, bool [16, TOKENS]; a bass note counts."""
    tonic = stage.request.plan.key.relative_major
    above = lowest - token_pitch(0, tonic)
    reach = LeadDecoding(range_low=stage.style.low - above, range_high=stage.style.high - above)
    found = tones_of(stage.request.plan, reach)  # classes do not change by octaves, and voices lie octaves apart
    return found.chord, found.inside


def _allowed(stage: Stage, inside: Mask, chord: Mask, rubs: Mask) -> Mask:
    """Return what the cells may hold: chord tones on the beats (of pads: everywhere), else the scale; never nothing."""
    strong = np.arange(STEPS_PER_BAR) % STEPS_PER_BEAT == 0
    wanted = chord if stage.voice == "pad" else np.where(strong[:, None], chord, inside)
    smooth = wanted & ~rubs
    allowed = np.where(smooth.any(-1, keepdims=True), smooth, wanted)
    allowed[:, [HOLD, REST]] = True
    allowed[0, HOLD] = False
    if stage.voice == "pad":
        allowed[_strikes(stage)[:, None], [HOLD, REST]] = False
    return allowed


def _rubbing(midi: Ints, melody: Ints) -> Mask:
    """Return which pitch tokens grate with the lead at each step, bool [16, TOKENS]."""
    found = np.zeros((STEPS_PER_BAR, TOKENS), bool)
    found[:, :PITCHES] = np.isin((midi[None] - melody[:, None]) % 12, RUBS) & (melody >= 0)[:, None]
    return found


def _crowded(stage: Stage, midi: Ints, near: float) -> Mask:
    """Return which pitch tokens lie within `near` semitones of a voice already written, bool [16, PITCHES]."""
    crowd = crowd_of(stage.request.written, stage.voice, near=near, budget=0)
    return close(crowd)[:, np.clip(midi, 0, MIDI_PITCHES - 1)]


def _strikes(stage: Stage) -> Ints:
    """Return the steps at which a pad must be struck: the bar line, chord changes, strangers under a rewrite."""
    request, steps, tick = stage.request, set[int](), 0
    while tick < TICKS_PER_BAR:
        steps.add(tick // TICKS_PER_STEP)
        tick = stage.change_after(tick)
    first = min(-(-request.start // TICKS_PER_STEP), STEPS_PER_BAR - 1)
    committed = request.committed.get(stage.voice, EMPTY_BAR).notes
    if any(note.end > request.start and not stage.chord(request.start).contains(note.pitch) for note in committed):
        steps.add(first)
    return np.array(sorted(steps), np.int64)


def _figure(stage: Stage, tonic: int, numbers: AccompanimentDecoding) -> Floats:
    """Return the lean towards what the genre's figure would play, [16, TOKENS]."""
    voice, bias = stage.voice, np.zeros((STEPS_PER_BAR, TOKENS), np.float32)
    rhythm, tone = numbers.of("rhythm", voice), numbers.of("tone", voice)
    notes = PLAYERS[voice](stage)
    starts = encode(Bar.of(notes), voice, tonic).tokens
    longest = getattr(stage.genre.figures(voice)[stage.figure_name()], "longest", STEPS_PER_BAR)
    held = longest
    for step, token in enumerate(starts):
        if token < PITCHES:
            held = 1
            bias[step, :PITCHES] = rhythm
            bias[step, token] += tone
        else:
            bias[step, [HOLD, REST]] = rhythm
            bias[step, HOLD if held < longest else REST] += numbers.of("hold", voice)
            held += 1
    return bias


def _settled(stage: Stage, tonic: int) -> Ints:
    """Return what has sounded; a single line also waits for its last note to end."""
    request, found = stage.request, np.full(STEPS_PER_BAR, FREE, np.int64)
    committed = request.committed.get(stage.voice, EMPTY_BAR).before(request.start)
    tokens = np.array(encode(committed, stage.voice, tonic).tokens)
    until = -(-request.start // TICKS_PER_STEP)
    if stage.voice != "pad":
        until = max(until, 1 + int(np.flatnonzero(tokens != REST).max(initial=-1)))
    found[:until] = tokens[:until]
    return found
