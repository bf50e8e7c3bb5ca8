"""The README's table of the experts in use, from their cards: size, and one held-out figure beside its baseline."""

from typing import Final, NamedTuple

from engines.card import Card
from engines.library import Library
from server.config import load, models_folder


class Headline(NamedTuple):
    """What one figure of a card says, and the figure beside which it stands (a name in the card, or a number)."""

    about: str
    figure: str
    beside: str
    baseline: str | float


HEADLINES: Final = {
    "lead": Headline(
        "nats per 16th, told key, chords and place",
        "told_chords_only.nll",
        "best n-gram, with a cache of the window",
        "ngram_cache.nll",
    ),
    "accompaniment": Headline(
        "nats per masked cell of bass, arp and pad",
        "told_everything.nll",
        "histogram by step, chord and neighbours",
        "histogram.nll",
    ),
    "drums": Headline(
        "nats per step, all hits", "nats_per_step", "bigram with the bar before", "ngram_bar_before_nats_per_step"
    ),
    "harmony": Headline(
        "nats per chord change, no time told", "harmony.nll", "4-gram with song cache", "harmony.ngram4_cache.nll"
    ),
    "ngram": Headline("the same", "harmony-ngram.nll", "", ""),
    "form": Headline("nats per section and length", "form.nll", "best of 36 n-grams", "form.ngram52_cache2.nll"),
    "critic": Headline("AUC, real bars against the lead's own", "auc.sampled.any_bar", "chance", 0.5),
    "touch": Headline(
        "ticks by which the lead's timing is misjudged", "lead.timing_mae", "mean per step", "lead.timing_mae_of_mean"
    ),
}
WRITES: Final = {
    "harmony": "chords",
    "ngram": "chords",
    "form": "order and length of sections",
    "critic": "nothing: it helps the lead choose",
    "touch": "nothing: it moves the notes of lead, bass, arp and pad",
}


def experts_table() -> str:
    """Return a row for every expert in use."""
    library = Library(models_folder(load()))
    rows = ["| expert | writes | parameters, file | held-out measure | value | baseline |", "|---|---|---|---|---|---|"]
    return "\n".join([*rows, *(_row(library.card(name)) for name in sorted(library.current()))])


def _row(card: Card) -> str:
    headline = HEADLINES[card.kind]
    writes = ", ".join(card.voices) or WRITES[card.kind]
    size = f"{card.parameters:,}, {card.model.size / 1000:,.0f} kB"
    value = _figure(card, headline.figure)
    baseline = f"{_figure(card, headline.baseline)} {headline.beside}" if headline.beside else ""
    return f"| `{card.name}` {card.version} | {writes} | {size} | {headline.about} | {value} | {baseline} |"


def _figure(card: Card, figure: str | float) -> str:
    value = card.metrics[figure] if isinstance(figure, str) else figure
    assert isinstance(value, float | int)
    return f"{value:.3f}"
