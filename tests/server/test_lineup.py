from pathlib import Path

import pytest

from engines.library import Library
from server.config import load, models_folder
from server.lineup import known_lineup, misfits
from tests.engines.neural.toy import make_toy_lead

SHIPPED = Library(models_folder(load()))


def test_the_shipped_line_ups_fit():
    configs = Path(__file__).parents[2] / "configs"
    for files in ((), (configs / "fast.yaml",), (configs / "best.yaml",)):
        assert list(misfits(load(files).band.lineup, SHIPPED)) == []


@pytest.mark.parametrize(
    ("chair", "name", "told"),
    [
        (
            "lead",
            "lead-gruu",
            'band.lineup.lead[1]: no expert "lead-gruu" (nearest: lead-gru); there are: rules, lead-gru',
        ),
        ("drums", "lead-gru", 'band.lineup.drums[1]: "lead-gru" does not play drums (nearest: drums-gru)'),
        ("harmony", "form-gru", '"form-gru" does not play harmony'),
        ("form", "harmony-gru", '"harmony-gru" does not play form'),
        ("lead", "lead-critic", '"lead-critic" does not play lead'),
        ("pad", "touch", '"touch" does not play pad'),
    ],
)
def test_who_is_not_there_or_does_not_play_the_chair_is_named_with_the_nearest(chair, name, told, caplog):
    ((where, place, error),) = misfits({chair: ["rules", name]}, SHIPPED)
    assert (where, place, error.key) == (chair, 1, f"band.lineup.{chair}")
    assert told in str(error)
    assert known_lineup({chair: ["rules", name]}, SHIPPED) == {chair: ["rules"]}
    assert told in caplog.text


def test_an_expert_whose_card_cannot_be_read_stays_for_its_worker_to_refuse(tmp_path):
    make_toy_lead(tmp_path)
    next(tmp_path.glob("*/*/card.json")).write_text("{")
    assert known_lineup({"drums": ["lead-gru"]}, Library(tmp_path)) == {"drums": ["lead-gru"]}
