"""The report card as one page that needs nothing but itself, and the listening sheets beside it."""

from pathlib import Path
from typing import Final

from training.judge import page_bands, page_figures
from training.judge.page_scenes import scenes
from training.judge.page_templates import environment
from training.judge.result import Result
from training.judge.sheet import write_sheets

LISTEN: Final = "listen"
COPIES: Final = 20  # nearest neighbours shown; all stand in the JSON file


def page(result: Result, *, listen: str = "") -> str:
    """Return the report card as HTML. listen: address of the listening sheet, relative to the page; empty: none."""
    rows = page_figures.rows(result.figures)
    int8 = page_figures.quantised(rows)
    return (
        environment()
        .get_template("report.html")
        .render(
            meta=result.meta,
            counts=page_figures.counts(rows),
            look=page_figures.LOOK,
            sign=page_figures.SIGN,
            groups=page_figures.groups(rows),
            int8=int8,
            int8_columns=list(dict.fromkeys(column for cells in int8.values() for column in cells)),
            bands=result.bands,
            place=page_bands.place,
            band_plot=page_bands.band_plot,
            tests=result.comparisons,
            interval_plot=page_bands.interval_plot,
            scenes=list(scenes(result.excerpts)),
            copies=sorted(result.copies, key=lambda copy: -copy.run)[:COPIES],
            copies_count=len(result.copies),
            listen=listen,
        )
    )


def write_page(result: Result, folder: Path) -> None:
    """Write index.html to a folder, listen/ with the sheets of its excerpts, and their key beside."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = write_sheets(result, folder / LISTEN)
    text = page(result, listen=f"{LISTEN}/index.html" if sheets else "")
    (folder / "index.html").write_text(text, encoding="utf-8")
