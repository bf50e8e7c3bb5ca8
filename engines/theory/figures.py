"""Figures: how quality and inversion stand behind the letters of a Roman numeral."""

from typing import Final

from engines.theory.quality import quality_of

_TRIAD_FIGURES: Final = {"6": 1, "64": 2}
_SEVENTH_FIGURES: Final = {"65": 1, "43": 2, "42": 3}
_PLAIN_TRIADS: Final = frozenset({"maj", "min", "dim", "aug"})
_SUFFIX: Final = {"6": "add6", "6/9": "69", "dim": "o", "dim7": "o7", "m7b5": "ø7", "aug": "+"}


def figured(quality: str, inversion: int) -> bool:
    """Whether figured bass has figures for an inversion of this quality."""
    return quality in _PLAIN_TRIADS or (inversion > 0 and suffix(quality, 0).endswith("7"))


def suffix(quality: str, inversion: int) -> str:
    """Return what stands behind the numeral's letters."""
    written = _SUFFIX.get(quality, quality)
    if quality in {"maj", "min"}:
        written = ""
    elif quality[0] == "m" and not quality.startswith("maj") and quality not in _SUFFIX:
        rest = quality[1:]
        written = {"6": "add6", "6/9": "69"}.get(rest, rest[0].lower() + rest[1:])
    if inversion == 0:
        return written
    figures = _TRIAD_FIGURES if quality in _PLAIN_TRIADS else _SEVENTH_FIGURES
    figure = next((text for text, at in figures.items() if at == inversion), "")
    if _figured_stem(written, quality) is None:
        return written
    return f"{_figured_stem(written, quality)}{figure}"


def _figured_stem(written: str, quality: str) -> str | None:
    """Return the suffix without its 7, to which figures are added; None where there are no figures."""
    if quality in _PLAIN_TRIADS:
        return written
    return written[:-1] if written.endswith("7") else None


def read_suffix(text: str, *, lower: bool) -> tuple[str, int] | None:
    """Return quality and inversion of what stands behind the letters, None when it means nothing."""
    for figures, seventh in ((_SEVENTH_FIGURES, "7"), (_TRIAD_FIGURES, "")):
        figure = next((each for each in figures if text.endswith(each)), None)
        quality = _quality(text.removesuffix(figure) + seventh, lower=lower) if figure else None
        if figure and quality and (seventh or quality in _PLAIN_TRIADS) and not text.endswith("add6"):
            return quality, figures[figure]
    quality = _quality(text, lower=lower)
    return (quality, 0) if quality else None


def _quality(text: str, *, lower: bool) -> str | None:
    """Return the quality of a suffix; lower case means the minor one where there is one."""
    minor = quality_of(f"m{text}") if lower else None
    return minor or quality_of(text)
