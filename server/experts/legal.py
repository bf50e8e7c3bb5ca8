"""Legal: whether an answer fits its question; what does not must reach neither composer nor player."""

from msgspec.structs import replace

from engines.composer import Ask
from engines.expert import ExpertError, Request, check_bars
from engines.units import BEATS_PER_BAR
from server.experts.seats import Answered


def legal(ask: Ask, answered: Answered) -> Answered:
    """Return the answer to just the question if it fits, else raise ExpertError."""
    content, request = answered.content, ask.request
    if isinstance(request, Request):
        if not isinstance(content, dict):
            raise ExpertError("chords where bars were asked for")
        return replace(answered, content=check_bars(request, content))
    if isinstance(content, dict) or len(content) != request.bars:
        raise ExpertError("not one answer per bar")
    if not all(1 <= len(chords) <= BEATS_PER_BAR for chords in content):
        raise ExpertError(f"not 1..{BEATS_PER_BAR} chords in a bar")
    return answered
