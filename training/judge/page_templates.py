"""The templates of the judge's pages."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.judge.page_svg import breakable, number

TEMPLATES: Final = Path(__file__).with_name("templates")


def environment() -> Environment:
    """Return the templates: everything is escaped, and a name that is missing is an error."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"number": number, "breakable": breakable}
    return found
