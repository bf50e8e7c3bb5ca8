"""Drawings as inline SVG: elements whose texts and attributes are escaped, and a scale."""

from collections.abc import Callable, Iterable

from markupsafe import Markup, escape


def tag(name: str, *inside: str, **attributes: object) -> Markup:
    """Return an element; `class_` becomes class and `_` becomes `-`; an attribute that is None is left out."""
    told = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _short(value))
        for key, value in attributes.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, told, Markup("").join(inside))


def drawing(title: str, width: float, height: float, inside: Iterable[str], kind: str) -> Markup:
    """Return a picture that tells what it shows to those who cannot see it, too."""
    return tag(
        "svg", tag("title", title), *inside, role="img", viewBox=f"0 0 {width:g} {height:g}", class_=f"drawing {kind}"
    )


def scale(low: float, high: float, begin: float, end: float) -> Callable[[float], float]:
    """Return the map of low..high to begin..end; a single value lies in the middle."""
    if high <= low:
        return lambda _: (begin + end) / 2
    return lambda value: begin + (value - low) / (high - low) * (end - begin)


def number(value: float | None) -> str:
    """Return a number to four digits; a hyphen where there is none."""
    return "-" if value is None else f"{value:.4g}"


def breakable(name: str) -> Markup:
    """Return a dotted name that may be broken after its dots and underscores."""
    return escape(name).replace(".", Markup(".<wbr>")).replace("_", Markup("_<wbr>"))


def _short(value: object) -> object:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
