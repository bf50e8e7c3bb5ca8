"""What INT8 costs and gives: from the cards, which were measured at export."""

from collections.abc import Mapping

from engines.card import Card
from training.judge.result import Figure


def judge(cards: Mapping[str, Card]) -> list[Figure]:
    """Return KL, agreement, speed-up and size of every expert in use whose graph was quantised (a table is not)."""
    proven = {name: card for name, card in cards.items() if any(key.startswith("int8_") for key in card.metrics)}
    return [figure for name, card in sorted(proven.items()) for figure in _of(name, card)]


def _of(name: str, card: Card) -> list[Figure]:
    def told(key: str) -> float | None:
        value = card.metrics.get(f"int8_{key}")
        return float(value) if isinstance(value, (int, float)) else None

    def ratio(above: str, below: str) -> float | None:
        one, other = told(above), told(below)
        return one / other if one is not None and other else None

    note = "" if card.precision == "int8" else f"ships as {card.precision}"
    return [
        Figure(f"int8.{name}.kl", told("kl"), note=note),
        Figure(f"int8.{name}.agreement", told("argmax_agreement"), note=note),
        Figure(f"int8.{name}.speedup", ratio("fp32_us", "int8_us"), 1.0, note),
        Figure(f"int8.{name}.size", ratio("int8_bytes", "fp32_bytes"), 1.0, note),
    ]
