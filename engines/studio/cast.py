"""Cast: who plays each chair of a piece, and who takes over: chain, then rules, all from the same request.

An expert is passed over where it is missing or broken, raises, writes an invalid bar, takes longer than its limit, or
plays out of scale; after some misses in a row it is not asked again in this piece. The last bar is the rules'. The
reason is kept for every bar.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from engines.composer import Answer, Ask
from engines.ensemble import ENDING, RULES, Ensemble
from engines.expert import ExpertError, Request
from engines.form import FormExpert
from engines.genre import Genre
from engines.legal import legal
from engines.library import Library, LibraryError
from engines.note import Bar
from engines.plan import Plan
from engines.studio.config import Link, Quality
from engines.understudy import Rules
from engines.understudy.form import RuleForm

TACET: Final = "tacet"
"""Who plays a chair that shall be silent."""


class Player(msgspec.Struct, frozen=True):
    """Who played a chair in one bar. ms: what writing took; reason: why not the first choice, else ""."""

    expert: str
    version: str
    ms: float = 0.0
    reason: str = ""


class Roster:
    """The experts that there are: each opened once; what cannot be opened is told once and never tried again.

    loading_ms: spent on opening so far.
    """

    def __init__(
        self,
        genres: Mapping[str, Genre],
        library: Library,
        warn: Callable[[str], None],
        now: Callable[[], float],
    ) -> None:
        """Open experts of a library; `now` tells seconds."""
        self._genres, self._ensemble = genres, Ensemble(genres, library)
        self._warn, self._now = warn, now
        self.loading_ms = 0.0
        self._absent: dict[tuple[str, str], str] = {}

    def open(self, chair: str, link: Link) -> Any:
        """Return the expert of a link; raises ExpertError saying what is wrong with it."""
        place = (link.expert, link.version or "")
        if place in self._absent:
            raise ExpertError(self._absent[place])
        began = self._now()
        try:
            return self._open(chair, link)
        except (LibraryError, ExpertError) as error:
            self._absent[place] = str(error)
            self._warn(f"{chair}: {error}; the next in the chain plays")
            raise ExpertError(str(error)) from error
        finally:
            self.loading_ms += (self._now() - began) * 1000.0

    def _open(self, chair: str, link: Link) -> Any:
        if link.folder is None:
            return self._ensemble.expert(chair, link.expert, link.version)
        if not self._ensemble.knows(link.expert):
            from engines.skytnt import open_skytnt  # and with it onnxruntime: only where there is such a model

            self._ensemble.add(link.expert, open_skytnt(Path(link.folder), genres=self._genres, name=link.expert))
        return self._ensemble.expert(chair, link.expert, None)

    def rules(self, ask: Ask) -> Answer:
        """Answer as the rules do."""
        return self._ensemble.rules(ask)


class Cast:
    """Answers the composer's questions in one piece."""

    def __init__(
        self,
        roster: Roster,
        chains: Mapping[str, Sequence[Link]],
        quality: Quality,
        now: Callable[[], float],
        *,
        silent: Sequence[str] = (),
    ) -> None:
        """Take the chain of every chair; `now` tells seconds; `silent`: voices that rest throughout."""
        self._roster, self._chains, self._quality, self._now = roster, chains, quality, now
        self._silent = silent
        self._misses: Counter[str] = Counter()
        self._players: dict[str, Player] = {}
        self._offered: dict[tuple[str, str], deque[tuple[Plan, Bar]]] = {}

    def take(self) -> dict[str, Player]:
        """Return who has played the bar, by chair; the next one begins."""
        taken, self._players = self._players, {}
        return taken

    def answer(self, ask: Ask) -> Answer:
        """Return the answer of the first who has a good one."""
        if ask.chair in self._silent:
            self._players[ask.chair] = Player(TACET, "")
            return _rest(ask)
        chain = self._chains.get(ask.chair, ())
        reasons = [ENDING] if ask.closing and chain else []
        for link in () if ask.closing else chain:
            if self._misses[link.expert] >= self._quality.rest_after:
                reasons.append(f"{link.expert} rests after {self._quality.rest_after} misses")
                continue
            try:
                content, player = self._ask(ask, link)
            except ExpertError as error:
                self._misses[link.expert] += 1
                reasons.append(f"{link.expert}: {error}")
            else:
                self._misses[link.expert] = 0
                self._players[ask.chair] = msgspec.structs.replace(player, reason="; ".join(reasons))
                return content
        began = self._now()
        content = self._roster.rules(ask)
        self._players[ask.chair] = Player(RULES, Rules.version, self._since(began), "; ".join(reasons))
        return content

    def form(self) -> FormExpert:
        """Return who plans the sections of a whole piece: the first of the form's chain that opens."""
        for link in self._chains.get("form", ()):
            try:
                return self._roster.open("form", link)  # type: ignore[no-any-return]
            except ExpertError:
                continue
        return RuleForm()

    def _ask(self, ask: Ask, link: Link) -> tuple[Answer, Player]:
        expert = self._roster.open(ask.chair, link)
        request = msgspec.structs.replace(ask.request, budget_ms=link.limit_ms)
        began = self._now()
        found = expert.write(request) if isinstance(request, Request) else expert.choose(request)
        ms = self._since(began)
        if ms > link.limit_ms:
            raise ExpertError(f"took {ms:.0f} ms, allowed {link.limit_ms:.0f}")
        content = legal(ask, found)
        if isinstance(request, Request):
            assert isinstance(content, dict)
            self._judge(request, content, link.expert)
        return content, Player(link.expert, expert.version, ms)

    def _judge(self, request: Request, bars: Mapping[str, Bar], expert: str) -> None:
        """Refuse a bar when what the expert has offered of late, refused bars included, leaves key and chords."""
        for voice in request.voices:
            if voice == "drums":
                continue
            offered = self._offered.setdefault((expert, voice), deque(maxlen=self._quality.bars))
            offered.append((request.plan, bars[voice]))
            share = in_scale(offered)
            if share < self._quality.scale:
                wanted = f"{self._quality.scale:.0%} at least"
                raise ExpertError(f"only {share:.0%} of {voice} lies in key or chord, {wanted}")

    def _since(self, began: float) -> float:
        return (self._now() - began) * 1000.0


class Retake:
    """Answers as those who are named for each bar did."""

    def __init__(self, roster: Roster, bars: Sequence[Mapping[str, Player]], foreign: Sequence[Link]) -> None:
        """Take who played each bar, and the links of foreign models."""
        self._roster, self._bars, self._bar = roster, bars, 0
        self._foreign = {link.expert: link for link in foreign}

    def take(self) -> dict[str, Player]:
        """Return who has played the bar, by chair; the next one begins."""
        self._bar += 1
        return dict(self._bars[self._bar - 1])

    def answer(self, ask: Ask) -> Answer:
        """Answer a question of the running bar; raises ExpertError where who played it is not there any more."""
        player = self._bars[self._bar].get(ask.chair)
        if player is None:
            raise ExpertError(f"bar {self._bar}: nobody is named for {ask.chair}")
        if player.expert == TACET:
            return _rest(ask)
        if player.expert == RULES:
            return self._roster.rules(ask)
        link = self._foreign.get(player.expert) or Link(player.expert, math.inf, player.version)
        expert = self._roster.open(ask.chair, link)
        request = msgspec.structs.replace(ask.request, budget_ms=math.inf)  # who had time to play it has it again
        found = expert.write(request) if isinstance(request, Request) else expert.choose(request)
        return legal(ask, found)


def _rest(ask: Ask) -> Answer:
    assert isinstance(ask.request, Request)
    return {voice: ask.request.committed.get(voice, Bar()) for voice in ask.request.voices}


def in_scale(bars: Iterable[tuple[Plan, Bar]]) -> float:
    """Return the share 0..1 of sounding time that lies in the key or the chord at its onset; 1 without notes."""
    fits = total = 0
    for plan, bar in bars:
        for note in bar.notes:
            total += note.duration
            if plan.key.contains(note.pitch) or plan.chord_at(note.onset).contains(note.pitch):
                fits += note.duration
    return fits / total if total else 1.0
