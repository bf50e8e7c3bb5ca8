from engines.library import KINDS, Library
from server.config import load, models_folder
from tools.table_experts import HEADLINES, WRITES, experts_table


def test_every_kind_has_its_figure_and_every_expert_in_use_its_row():
    library = Library(models_folder(load()))
    assert set(HEADLINES) == set(KINDS)
    rows = experts_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == sorted(library.current())
    for row in rows:
        card = library.card(row.split("`")[1])
        assert f"{card.parameters:,}" in row
        assert bool(card.voices) != (card.kind in WRITES)
