"""Legal: whether an answer fits its question; what does not must reach neither composer nor player."""

from engines.composer import Answer, Ask
from engines.expert import ExpertError, Request, check_bars
from engines.form import FormRequest, Visit
from engines.units import BEATS_PER_BAR

MAX_BARS = 256
"""As in the genre files."""


def legal(ask: Ask, content: object) -> Answer:
    """Return the answer to just the question if it fits, else raise ExpertError."""
    request = ask.request
    if isinstance(request, Request):
        if not isinstance(content, dict):
            raise ExpertError("no bars where bars were asked for")
        return check_bars(request, content)
    if isinstance(request, FormRequest):
        return _legal_visit(request, content)
    if not isinstance(content, tuple) or len(content) != request.bars:
        raise ExpertError("not one answer per bar")
    if not all(1 <= len(chords) <= BEATS_PER_BAR for chords in content):
        raise ExpertError(f"not 1..{BEATS_PER_BAR} chords in a bar")
    return content


def _legal_visit(request: FormRequest, content: object) -> Visit:
    if not isinstance(content, Visit) or content.section not in request.open:
        raise ExpertError("not one of the sections that may follow")
    if not 1 <= content.bars <= MAX_BARS:
        raise ExpertError(f"a section of {content.bars} bars")
    if not all(0 <= part <= 1 for part in (content.energy, *content.tension)):
        raise ExpertError("energy or tension outside 0..1")
    return content
