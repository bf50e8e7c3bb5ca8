"""Scenes: everything there is to see of one blueprint, players side by side."""

from collections.abc import Iterator, Sequence

import msgspec
from markupsafe import Markup

from training.judge.page_curves import curves, obeyed
from training.judge.page_rolls import roll, space
from training.judge.result import LEARNED, REAL, UNDERSTUDY, Excerpt

WORDS = {REAL: "real music", LEARNED: "learned", UNDERSTUDY: "rules"}
RULES = "rules"


class View(msgspec.Struct, frozen=True):
    """One excerpt to see. obeyed: rank correlation with the asked tension; None where nothing was asked."""

    label: str
    cast: str
    roll: Markup
    excerpt: Excerpt
    obeyed: float | None


class Scene(msgspec.Struct, frozen=True):
    """A blueprint: its views (players first, then those around the real melody), its tension curves."""

    blueprint: str
    first: Excerpt
    views: list[View]
    around: list[View]
    curves: Markup

    @property
    def realised(self) -> list[View]:
        """Views with a realised tension."""
        return [view for view in self.views if view.obeyed is not None]


def scenes(excerpts: Sequence[Excerpt]) -> Iterator[Scene]:
    """Yield one scene a blueprint, in the order of their first excerpts."""
    grouped: dict[str, list[Excerpt]] = {}
    for each in excerpts:
        grouped.setdefault(each.blueprint, []).append(each)
    for blueprint, found in grouped.items():
        within = space(found)
        views = [View(label(e.player), cast(e), roll(e, within, label(e.player)), e, obeyed(e)) for e in found]
        alone = [view for view in views if view.excerpt.player in WORDS]
        others = [view for view in views if view.excerpt.player not in WORDS]
        lines = {view.excerpt.player: view.excerpt.realised for view in alone if view.obeyed is not None}
        yield Scene(blueprint, found[0], alone, others, curves(found[0].tension, lines, blueprint))


def label(player: str) -> str:
    """Return a player's name in words: "learned", "rules around melody"."""
    who, _, how = player.partition(" ")
    return " ".join(filter(None, (WORDS.get(who, who), how)))


def cast(excerpt: Excerpt) -> str:
    """Return who plays which voice, rules last and together."""
    if excerpt.player == REAL:
        return "lead: the sung melody; pad: all other tracks of the song"
    learned = [f"{voice}: {name}" for voice, name in excerpt.experts.items() if name != RULES]
    rest = [voice for voice, name in excerpt.experts.items() if name == RULES]
    return "; ".join([*learned, *([f"{', '.join(rest)}: rules"] if rest else [])])
