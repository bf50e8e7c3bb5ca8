from pathlib import Path

import msgspec
import pytest

from engines.measure.tension import COMPONENTS
from training.judge.settings import FILE, load, quick


def test_the_shipped_numbers_load_and_weights_are_shares() -> None:
    numbers = load()
    assert set(numbers.tension) == {"lead", "band"}
    for parts in numbers.tension.values():
        assert set(parts) == set(COMPONENTS)
        assert sum(part.weight for part in parts.values()) == pytest.approx(1)
        assert all(part.low < part.high for part in parts.values())
    assert quick(numbers).excerpts < numbers.excerpts


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(FILE.read_text() + "\nstrange: 1\n")
    with pytest.raises(msgspec.ValidationError, match="strange"):
        load(path)
