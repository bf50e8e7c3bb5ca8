"""Who is judged: the experts of the line-up in use, and for every chair the rules."""

from collections.abc import Mapping, Sequence

import msgspec

from engines.card import Card
from engines.expert import Expert, HarmonyExpert
from engines.library import Library, LibraryError
from engines.units import VOICES
from training.judge.playing import RULES

HARMONY = "harmony"


class Lineup(msgspec.Struct, frozen=True):
    """Learned experts by voice (a voice that is not here plays by rules), and the cards of all that are in use."""

    experts: dict[str, Expert]
    cards: dict[str, Card]
    harmony: str = ""
    chooser: HarmonyExpert | None = None
    problems: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """Return who plays each voice, by name and version."""
        found = {v: f"{e.name} {e.version}" for v, e in self.experts.items()}
        chooser = f"{self.harmony} {self.cards[self.harmony].version}" if self.harmony else RULES
        return {**{voice: found.get(voice, RULES) for voice in VOICES}, HARMONY: chooser}

    def learned(self, *voices: str) -> bool:
        """Whether at least one of the voices is played by a learned expert."""
        return any(voice in self.experts for voice in voices)


def load(library: Library, chains: Mapping[str, Sequence[str]]) -> Lineup:
    """Load the first expert of every chair's chain that is in use and verifies; else its next, at last the rules."""
    experts: dict[str, Expert] = {}
    problems: list[str] = []
    harmony, chooser = "", None
    used = library.current()
    for chair, chain in chains.items():
        for name in (each for each in chain if each in used and chair != "form"):  # no notes are judged there
            try:
                if chair == HARMONY:
                    chooser = library.load_harmony(name)
                    harmony = name
                else:
                    experts[chair] = library.load(name)
                break
            except LibraryError as error:
                problems.append(str(error))
    cards = {}
    for name in used:
        try:
            cards[name] = library.card(name)
        except LibraryError as error:
            problems.append(str(error))
    return Lineup(experts, cards, harmony, chooser, tuple(problems))
