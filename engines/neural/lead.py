"""The learned lead: reads the bars heard, samples candidates under masks, keeps the one that fits best."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.card import Card
from engines.codec import lead as codec
from engines.codec.grid import Context, context_of, drop_groups, features
from engines.codec.lead import REST, LeadGrid, advance, encode, start_fields, token_pitch
from engines.expert import ExpertError, Heard, Request, check_bars
from engines.neural.around import Around
from engines.neural.cache import open_session
from engines.neural.critic import Critic
from engines.neural.draft import Brief, notes_of, ring_on, sample
from engines.neural.memory import Memory, State, anchored
from engines.neural.probe import probe_request
from engines.neural.ranking import Choice, best
from engines.neural.session import Floats, Sampler, widen
from engines.neural.theme import returning
from engines.neural.wish import LeadDecoding, Wish, register_bias, tones_of, wish_of
from engines.note import EMPTY_BAR, Bar
from engines.plan import Plan
from engines.units import STEPS_PER_BAR, TICKS_PER_STEP

FINGERPRINT: Final = codec.FINGERPRINT
SESSION: Final = open_session
VOICE: Final = "lead"
FREE: Final = ("chords",)  # guidance sharpens what the chords say: the second rows do not hear them
MOTIF_BARS: Final = (4, 2)  # lags at which real melodies come back most (bar-lag similarity of POP909)
Forced = tuple[tuple[int, int] | None, ...]


class NeuralLead:
    """Plays voice `lead`; stateless but for memoised states of bars read."""

    def __init__(self, card: Card, session: Sampler) -> None:
        """Take a verified card and its warm session."""
        self.card, self.session = card, session
        self.numbers = msgspec.convert(card.decoding, LeadDecoding)
        self.rows = 1 if self.numbers.guidance == 1 else 2
        self.memory = Memory()
        self.critic: Critic | None = None

    @property
    def name(self) -> str:
        """Name as in `models list`."""
        return self.card.name

    @property
    def version(self) -> str:
        """Version as in `models list`."""
        return self.card.version

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices it can write."""
        return (VOICE,)

    def write(self, request: Request) -> dict[str, Bar]:
        """Write the lead of a bar; the same request gives the same bar."""
        if request.voices != (VOICE,):
            raise ExpertError(f"{self.name} writes lead and nothing else")
        try:
            return check_bars(request, {VOICE: self._write(request)})
        except ExpertError:
            raise
        except Exception as error:
            raise ExpertError(f"{self.name}: {type(error).__name__}: {error}") from error

    def _write(self, request: Request) -> Bar:
        plan, tonic = request.plan, request.plan.key.relative_major
        heard = anchored(request.history, plan)
        state = self._read(heard, plan)
        committed = request.committed.get(VOICE, EMPTY_BAR).before(request.start)
        marks, tail_marks = self._marks(request)
        wish = wish_of(plan, self.numbers)
        theme = returning(request, wish.velocity)
        if theme is not None:
            return Bar.of(theme)
        brief = Brief(
            told=self._told(_context(plan, wish)),
            tones=tones_of(plan, self.numbers),
            wish=wish,
            pull=register_bias(wish, tonic, self.numbers.register_width),
            forced=_forced(encode(committed, tonic, state.ringing), request.start),
            marks=marks,
            lowest=token_pitch(0, tonic),
            motif=_motif(heard, plan),
            faith=1 - plan.variation,
        )
        draft = sample(self.session, brief, state, self.numbers)
        chosen = best(Choice(draft, brief, self.numbers, Around(request, heard), self.critic))
        settled = brief.forced[-1] is not None or draft.tokens[chosen, -1] == REST or plan.upcoming is not None
        after = widen(_after(plan), self.session.features)
        tail = 0 if settled else ring_on(self.session, draft, chosen, after, tail_marks)
        return Bar.of((*committed.notes, *notes_of(draft, chosen, brief, tail, self.numbers.velocity_accent)))

    def _told(self, context: Context) -> Floats:
        """Return features [R, 16, F] as the session wants them: all that is told, and without chords."""
        told = features(context)
        return widen(np.stack([told, drop_groups(told, FREE)][: self.rows]), self.session.features)

    def _marks(self, request: Request) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return all chance of a bar: [16, 2, C] for the steps, [n] for the tail.

        Some candidates draw from dice that come back in every phrase of the section visit: where chords and
        wishes are as they were, so are the notes, which is how motifs return.
        """
        plan, numbers = request.plan, self.numbers
        count = request.candidates or int(numbers.candidates)
        returning = round(count / 2 * (1 - plan.variation))
        fresh = np.random.default_rng((request.seed, 1))
        phrase = np.random.default_rng((request.phrase_seed, plan.phrase_bar % MOTIF_BARS[0]))
        marks = np.concatenate(
            [phrase.random((STEPS_PER_BAR, 2, returning)), fresh.random((STEPS_PER_BAR, 2, count - returning))], axis=-1
        )
        return marks, fresh.random(int(numbers.tail_steps))

    def _read(self, heard: tuple[Heard, ...], plan: Plan) -> State:
        """Return the state after the bars heard; steps ring over only from the bar just before."""
        contexts, grids, ringing, last = [], [], 0, None
        for past in heard:
            ringing = ringing if last is not None and past.plan.index == last + 1 else 0
            grid = encode(past.bars.get(VOICE, EMPTY_BAR), past.plan.key.relative_major, ringing)
            wish = wish_of(past.plan, self.numbers)
            contexts.append(_context(past.plan, wish))
            grids.append(grid)
            ringing, last = grid.tail, past.plan.index

        def read(state: State, number: int) -> State:
            return self._hear(state, grids[number], self._told(contexts[number]))

        start = State(self.session.zero(self.rows), start_fields(1))
        state = self.memory.read(list(zip(grids, contexts, strict=True)), start, read)
        return msgspec.structs.replace(state, ringing=ringing if last == plan.index - 1 else 0)

    def _hear(self, state: State, grid: LeadGrid, told: NDArray[np.float32]) -> State:
        fields = [state.fields]
        for token, loud in zip(grid.tokens, grid.bins, strict=True):
            fields.append(advance(fields[-1], np.array([token]), np.array([loud])))
        rows = np.repeat(np.stack(fields[:-1], axis=1), self.rows, axis=0)
        return State(self.session.hear(rows, told, state.hidden), fields[-1])


def _context(plan: Plan, wish: Wish) -> Context:
    """Return what is told of a bar; its density is the activity wished, of which tension is a part."""
    return msgspec.structs.replace(context_of(plan, VOICE), density=wish.activity)


def _after(plan: Plan) -> NDArray[np.float32]:
    """Return features [16, F] of the bar after this one as far as its plan is known."""
    context = context_of(plan, VOICE)
    place = (plan.phrase_bar + 1) % max(1, plan.phrase_bars)
    return features(msgspec.structs.replace(context, chords=(context.chords[4],) * 5, phrase_bar=place))


def _forced(sounded: LeadGrid, start: int) -> Forced:
    """Return what is settled: steps before `start` (ticks) and until the last note that sounds has ended."""
    ends = max((step + 1 for step, token in enumerate(sounded.tokens) if token != REST), default=0)
    settled = max(-(-start // TICKS_PER_STEP), ends)
    pairs = zip(sounded.tokens, sounded.bins, strict=True)
    return tuple(pair if step < settled else None for step, pair in enumerate(pairs))


def _motif(heard: tuple[Heard, ...], plan: Plan) -> NDArray[np.int64] | None:
    """Return the tokens of the bar four (else two) bars ago in the same section, if it had notes."""
    by_index = {past.plan.index: past for past in heard if past.plan.section == plan.section}
    for lag in MOTIF_BARS:
        past = by_index.get(plan.index - lag)
        if past is not None and past.bars.get(VOICE, EMPTY_BAR).notes:
            grid = encode(past.bars[VOICE], past.plan.key.relative_major)
            return np.array(grid.tokens, np.int64)
    return None


def build(card: Card, session: Sampler) -> NeuralLead:
    """Return the expert of a verified card (called by the library)."""
    if card.voices != (VOICE,) or session.fields != len(codec.FIELDS) or card.heads[0] != codec.TOKENS:
        raise ExpertError("the card is not of a lead that this engine plays")
    return NeuralLead(card, session)


def self_test(expert: NeuralLead) -> None:
    """Let the expert write a plain bar; raises ExpertError where it cannot."""
    request = probe_request((VOICE,))
    if expert.write(request) != expert.write(request):
        raise ExpertError("the same request gave two different bars")
