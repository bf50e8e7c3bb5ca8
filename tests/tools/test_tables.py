from pathlib import Path

import pytest

from engines.control.tree import PARAMETERS
from tools.tables import fill, main, mqtt_table, osc_table

MARKED = "before\n<!-- osc-table -->\nstale\n<!-- /osc-table -->\nafter\n"


def test_every_address_stands_in_the_table_once() -> None:
    rows = osc_table().splitlines()[2:]
    assert len(rows) == len(set(rows))
    for parameter in PARAMETERS:
        if parameter.kind != "reading" and not parameter.path.startswith("voice/"):
            assert sum(f"| `/{parameter.path}`" in row for row in rows) == 1, parameter.path
    assert sum("`/voice/<v>/mute`" in row for row in rows) == 1


def test_every_row_has_four_cells() -> None:
    assert {row.replace("\\|", "").count("|") for row in osc_table().splitlines()} == {5}
    assert {row.count("|") for row in mqtt_table().splitlines()} == {4}


def test_ranges_options_and_moments_are_told() -> None:
    table = osc_table()
    assert "| `/tension` | value f 0..1, [beats f 0..4096] |" in table
    assert "`/tempo` `/bpm`" in table
    assert "seed i 0..2147483647" in table
    assert next(row for row in table.splitlines() if "`/panic`" in row).endswith("| now |")


def test_only_the_marked_region_changes_and_filling_twice_is_filling_once() -> None:
    filled = fill(MARKED)
    assert filled.startswith("before\n<!-- osc-table -->\n")
    assert filled.endswith("<!-- /osc-table -->\nafter\n")
    assert osc_table() in filled
    assert "stale" not in filled
    assert fill(filled) == filled
    assert fill("no marks") == "no marks"


def test_check_refuses_an_old_table_and_write_mends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(MARKED, encoding="utf-8")
    assert main(["--check", str(readme)]) == 1
    assert "--write" in capsys.readouterr().err
    assert main(["--write", str(readme)]) == 0
    assert main(["--check", str(readme)]) == 0
    assert main(["--nonsense"]) == 2
    assert main([]) == 0
    assert osc_table() in capsys.readouterr().out
