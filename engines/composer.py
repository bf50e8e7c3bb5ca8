"""The composer: the one path from control to bars, live and offline alike.

`compose` is a generator without input or output: it yields an Ask for every chair in turn and is sent the
answer. The live band answers with deadlines and fallback; an offline run answers by calling the expert.
"""

from collections.abc import Generator

import msgspec
from msgspec.structs import replace

from engines import conductor, planning
from engines.asking import harmony_request, voice_request
from engines.conductor import BarChords, Cursor
from engines.control.state import Control
from engines.expert import HISTORY_BARS, HarmonyRequest, Heard, Request
from engines.finish import finish
from engines.form import FormRequest, Visit
from engines.genre import Genre
from engines.homecoming import led_home
from engines.note import EMPTY_BAR, Bar, Note
from engines.plan import Plan
from engines.seed import mix
from engines.units import TICKS_PER_STEP, VOICES

PAST_BARS = 16
THEMES = 16  # sections whose themes are kept; a genre has fewer
THEME_VOICE = "lead"
EARLY_TICKS = TICKS_PER_STEP // 4
"""How far human timing may pull a note before its step: a rewrite cuts there."""


class Score(msgspec.Struct, frozen=True):
    """What has been written: where the next bar stands, the last bars heard, the chords of the last bars.

    themes: the lead of the first phrase of each section, by the seed of the section, the latest last.
    """

    cursor: Cursor = Cursor()
    history: tuple[Heard, ...] = ()
    past: tuple[BarChords, ...] = ()
    themes: dict[int, tuple[Heard, ...]] = {}


Question = Request | HarmonyRequest | FormRequest


class Ask(msgspec.Struct, frozen=True):
    """A question to one chair: `harmony`, `form`, or the voices it plays."""

    chair: str
    request: Question

    @property
    def closing(self) -> bool:
        """Whether it asks for a voice of the last bar, which the rules write."""
        return isinstance(self.request, Request) and self.request.plan.closing


class Composed(msgspec.Struct, frozen=True):
    """One bar, written. score: after it; bars: as the experts wrote them; wire: as they are to sound."""

    score: Score
    plan: Plan
    bars: dict[str, Bar]
    wire: dict[str, Bar]
    repeated: bool


Answer = dict[str, Bar] | tuple[BarChords, ...] | Visit
Composition = Generator[Ask, Answer, Composed]


def compose(
    score: Score,
    control: Control,
    genre: Genre,
    bpm: float,
    *,
    upcoming: str | None = None,
    left: int | None = None,
    start: int = 0,
    old: Composed | None = None,
) -> Composition:
    """Write the score's next bar, or from `start` (tick in the bar) on only.

    left: bars that the music still has, this one included, where something besides the control ends it; None = nothing.
    old: the bar as it was written before; what has sounded of it, and the chords that have, stay as they are.
    """
    whole = start == 0 or old is None  # a bar that comes late is a whole one, too
    if whole and conductor.repeats(control, score.cursor) and score.history:
        return _repeat(score, control, genre)
    cursor = conductor.enter(control, score.cursor, genre)
    ends = (left, None if upcoming is not None else conductor.bars_left(control, cursor, genre))
    left = min((bars for bars in ends if bars is not None), default=None)
    if old is not None and old.plan.closing:
        left = 1  # whoever hears the rest of it written anew has been told that it ends
    if conductor.needs_harmony(control, cursor, left):
        chosen = yield Ask("harmony", harmony_request(score.past, cursor, control, genre, left))
        assert isinstance(chosen, tuple)
        if left == len(chosen) + 1:
            chosen = (*chosen[:-1], led_home(chosen[-1], control.key, genre))
        cursor = replace(cursor, chosen=chosen, chosen_at=cursor.loop_bar, chosen_key=control.key)
    if upcoming is None and left != 1 and conductor.needs_form(control, cursor, genre):
        coming = conductor.arranged(control, cursor)
        if coming is None:
            asked = yield Ask("form", conductor.form_request(control, cursor, genre))
            assert isinstance(asked, Visit)
            coming = asked
        cursor = replace(cursor, coming=coming)
    plan = planning.plan(control, cursor, genre, bpm=round(bpm), upcoming=upcoming, left=left)
    committed: dict[str, Bar] = {}
    if old is not None:
        plan = plan.following(old.plan, start)
        committed = {voice: bar.before(start) for voice, bar in old.bars.items()}
    bars: dict[str, Bar] = {}
    themed = mix(control.seed, "theme", conductor.round_of(control, cursor), plan.genre, plan.section)
    theme = score.themes.get(themed, ())
    for voice in VOICES:
        if voice in plan.active:
            request = voice_request(
                history=score.history,
                plan=plan,
                control=control,
                voice=voice,
                written=bars,
                start=start,
                committed=committed,
                theme=theme[plan.phrase_bar] if voice == THEME_VOICE and plan.phrase_bar < len(theme) else None,
            )
            answer = yield Ask(voice, request)
            assert isinstance(answer, dict)
            bars |= answer
        else:
            bars[voice] = committed.get(voice, EMPTY_BAR)
    heard = Heard(plan, bars)
    after = Score(
        replace(conductor.advance(cursor), again=control.again),
        (*score.history, heard)[-HISTORY_BARS:],
        (*score.past, plan.chords)[-PAST_BARS:],
        _themes(score, themed, heard),
    )
    return Composed(after, plan, bars, on_wire(bars, control, genre, plan.index), repeated=False)


def _themes(score: Score, themed: int, heard: Heard) -> dict[int, tuple[Heard, ...]]:
    """Return the themes after a bar: it joins its section's where that has not come so far before."""
    known = score.themes.get(themed, ())
    if heard.plan.phrase_bar != len(known):
        return score.themes
    bar = replace(heard, bars={THEME_VOICE: heard.bars[THEME_VOICE]})
    kept = [each for each in score.themes.items() if each[0] != themed]
    return dict([*kept, (themed, (*known, bar))][-THEMES:])


def _repeat(score: Score, control: Control, genre: Genre) -> Composed:
    """Play the last bar again: bar numbers go on, section and chords stand still."""
    last = score.history[-1]
    cursor = replace(score.cursor, bar=score.cursor.bar + 1, again=control.again)
    plan = replace(last.plan, index=score.cursor.bar, upcoming=None, closing=False)
    wire = on_wire(last.bars, control, genre, last.plan.index)
    return Composed(replace(score, cursor=cursor), plan, last.bars, wire, repeated=True)


def on_wire(bars: dict[str, Bar], control: Control, genre: Genre, index: int) -> dict[str, Bar]:
    """Return the bars as they are to sound: levels, swing, human timing."""
    return {
        voice: finish(
            bar,
            voice,
            level=control.chairs[voice].level,
            humanize=control.humanize,
            swing=control.swing,
            seed=mix(control.seed, "finish"),
            index=index,
            genre=genre,
        )
        for voice, bar in bars.items()
    }


def cut(start: int) -> int:
    """Return the tick in the bar from which a rewrite from `start` on replaces what was to sound."""
    return max(0, start - EARLY_TICKS)


def sounding(composed: Composed, start: int) -> dict[str, tuple[Note, ...]]:
    """Return per voice the notes to send for a bar that was written from `start` on."""
    return {voice: composed.wire[voice].since(cut(start)).notes for voice in VOICES}


def strangers(old: Composed, new: Composed, start: int) -> tuple[str, ...]:
    """Return the voices in which a note rings past `start` that the chord there, being another one, has not."""
    chord = new.plan.chord_at(start)
    if chord == old.plan.chord_at(start):
        return ()
    return tuple(
        voice
        for voice, bar in old.bars.items()
        if voice != "drums" and any(n.onset < start < n.end and not chord.contains(n.pitch) for n in bar.notes)
    )
