"""The touch's figures: how well the hands in use know what held-out players do next."""

from pathlib import Path

from engines.card import Card
from engines.touch import NAME, QUANTITIES, Touch
from training.judge.result import Figure
from training.touch import report
from training.touch.data import ORIGINALS, VOICES, divide, takes


def judge(shelved: tuple[Path, Card] | None, data: Path | None) -> list[Figure]:
    """Return the errors' ratio to the mean per step of every voice and quantity; needs POP909's originals."""
    if shelved is None:
        return _nothing(f"no {NAME} in use: jitter is white")
    if data is None or not (data / "pop909" / ORIGINALS).is_file():
        return _nothing(f"no pop909/{ORIGINALS} below --data")
    folder, card = shelved
    hands = Touch((folder / card.model.name).read_bytes()).hands
    sides = divide(takes(data), report.seed_of(card))
    found = []
    for voice in VOICES:
        for quantity in QUANTITIES:
            name = f"{voice}.{report.NAMES[quantity]}_mae_ratio"
            wander = getattr(hands[voice], quantity) if voice in hands else None
            got = report.errors(sides["train"], sides["test"], voice, quantity, wander) if wander else None
            found.append(Figure(name, got.ratio, 1.0) if got else Figure(name, None, 1.0, "nobody to judge by"))
    return found


def _nothing(why: str) -> list[Figure]:
    return [
        Figure(f"{voice}.{report.NAMES[quantity]}_mae_ratio", None, note=why)
        for voice in VOICES
        for quantity in QUANTITIES
    ]
