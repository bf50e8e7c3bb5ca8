"""Rules: the five players behind the one interface of all experts."""

from collections.abc import Callable, Mapping
from typing import Final

from engines.expert import Request
from engines.genre import Genre
from engines.note import Bar, Note
from engines.understudy.arp import write_arp
from engines.understudy.bass import write_bass
from engines.understudy.drums import write_drums
from engines.understudy.ending import write_ending
from engines.understudy.lead import write_lead
from engines.understudy.pad import write_pad
from engines.understudy.stage import Stage, genre_of, rest, weave
from engines.units import VOICES

PLAYERS: Final[dict[str, Callable[[Stage], list[Note]]]] = {
    "lead": write_lead,
    "bass": write_bass,
    "arp": write_arp,
    "pad": write_pad,
    "drums": write_drums,
}


class Rules:
    """The expert `rules`: writes every voice from every valid request, never raises."""

    name = "rules"
    version = "1"
    voices = VOICES

    def __init__(self, genres: Mapping[str, Genre]) -> None:
        """Take the genres, at least one; an unknown genre in a request is played like the first."""
        if not genres:
            raise ValueError("rules need at least one genre")
        self._genres = dict(genres)

    def write(self, request: Request) -> dict[str, Bar]:
        """Write a bar for every asked voice: its committed part unchanged, then notes from `start` on."""
        genre = genre_of(self._genres, request.plan.genre)
        stages = {voice: Stage.of(request, voice, genre) for voice in request.voices}
        players = dict.fromkeys(VOICES, write_ending) if request.plan.closing else PLAYERS
        return {voice: weave(request, voice, rest(stage, players[voice](stage))) for voice, stage in stages.items()}
