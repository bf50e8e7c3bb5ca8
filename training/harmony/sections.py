"""Sections as annotators name them, as the codec knows them."""

from engines.codec.harmony import LEFT_MAX, SECTIONS

SECTION_WORDS = {
    "intro": "intro", "verse": "verse", "strophe": "verse", "pre": "lift", "build": "lift", "chorus": "chorus",
    "refrain": "chorus", "bridge": "break", "solo": "break", "interlude": "break", "instrumental": "break",
    "trans": "break", "outro": "outro", "fadeout": "outro", "coda": "outro", "ending": "outro",
}  # fmt: skip


def section_of(name: str | None) -> int:
    """Return the index in SECTIONS of an annotated section name."""
    word = next((s for w, s in SECTION_WORDS.items() if name and name.lower().startswith(w)), "unknown")
    return SECTIONS.index(word)


def bars_left(names: list[str | None]) -> list[int]:
    """Return for each bar how many bars its section still has, itself included, at most LEFT_MAX."""
    left = [1] * len(names)
    for i in range(len(names) - 2, -1, -1):
        left[i] = min(left[i + 1] + 1, LEFT_MAX) if names[i] == names[i + 1] else 1
    return left
