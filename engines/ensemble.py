"""Ensemble: every player there is, by name and version: the library's, each loaded once, and the rules."""

from collections.abc import Mapping
from typing import Any, Final

from engines.composer import Answer, Ask
from engines.expert import Expert, HarmonyExpert, HarmonyRequest, Request
from engines.form import FormRequest
from engines.genre import Genre
from engines.library import Library
from engines.understudy import RuleHarmony, Rules
from engines.understudy.form import RuleForm

RULES: Final = "rules"
ENDING: Final = "no expert has learned endings"
"""Why the rules write the last bar of the music, whoever is lined up."""


class Ensemble:
    """Answers the composer's questions as the one who is named does."""

    def __init__(self, genres: Mapping[str, Genre], library: Library) -> None:
        """Take experts from `library`."""
        self._library = library
        self._rules, self._harmony = Rules(genres), RuleHarmony(genres)
        self._loaded: dict[tuple[str, str], Any] = {}

    def answer(self, ask: Ask, name: str, version: str) -> Answer:
        """Answer as that expert does; LibraryError or ExpertError where it cannot."""
        if name == RULES:
            return self.rules(ask)
        expert = self.expert(ask.chair, name, version or None)
        return expert.write(ask.request) if isinstance(ask.request, Request) else expert.choose(ask.request)  # type: ignore[no-any-return]

    def rules(self, ask: Ask) -> Answer:
        """Answer as the rules do: always, at once."""
        return understudy(ask, self._rules, self._harmony)

    def expert(self, chair: str, name: str, version: str | None) -> Any:
        """Return the expert for a chair (`harmony`, `form`, or a voice), version None = in use; raises LibraryError."""
        place = (name, version or "")
        if place not in self._loaded:
            load = {"harmony": self._library.load_harmony, "form": self._library.load_form}.get(chair)
            self._loaded[place] = load(name, version) if load else self._library.load(name, version)
        return self._loaded[place]

    def add(self, name: str, expert: Expert) -> None:
        """Seat an expert that is not of the library under a name."""
        self._loaded[name, ""] = expert

    def knows(self, name: str) -> bool:
        """Whether somebody was seated or loaded under that name, whatever its version in use."""
        return (name, "") in self._loaded


def understudy(ask: Ask, rules: Expert, harmony: HarmonyExpert) -> Answer:
    """Return the answer of the rules that play this chair."""
    match ask.request:
        case HarmonyRequest():
            return harmony.choose(ask.request)
        case FormRequest():
            return RuleForm().choose(ask.request)
        case _:
            return rules.write(ask.request)
