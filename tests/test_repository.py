"""The repository is whole: shipped data load, travel with the package, are pinned, documented and checked."""

import os
import re
import subprocess
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from engines import MelodyEngine
from engines.analysis.odds import load_idioms
from engines.analysis.settings import settings as analysis
from engines.control.tree import PARAMETERS
from engines.genre import load_genres
from engines.library import Library
from engines.studio.config import load as production
from engines.studio.config import tension_parts
from server.config import genres_folder, load, models_folder
from server.opening import first_control
from tools.tables import main as tables
from training.benchmarks.profile import profiles as benchmark_profiles
from training.corpus.config import corpus_config
from training.judge import sheet_settings as listening
from training.options import expert_config
from training.recipes import RECIPES
from training.whole import plan as whole_plan

ROOT = Path(__file__).parents[1]
CHOOSES = {"harmony": "harmony", "ngram": "harmony"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_shipped_configuration_loads() -> None:
    config = load()
    genres = load_genres(genres_folder(config))
    assert first_control(config, genres).genre in genres
    experts = sorted(path.stem for path in (ROOT / "configs/experts").glob("*.yaml"))
    assert all(expert_config(expert).training for expert in experts)
    assert {"tiny", "full"} <= set.intersection(*(set(profiles) for profiles in benchmark_profiles().values()))
    lineups = {name: load([ROOT / "configs" / name]).band.lineup for name in ("fast.yaml", "best.yaml")}
    assert all(lineup != config.band.lineup for lineup in lineups.values())
    assert corpus_config().metres
    assert listening.load().soundfonts
    assert whole_plan().floors.keys() == RECIPES.keys()
    assert production().scorecard.keys() == MelodyEngine().generate(bars=32).scores.figures.keys()
    assert tension_parts()
    assert analysis().smoothing
    idioms = load_idioms()
    loaded = {
        "live.yaml",
        *lineups,
        "measure.yaml",
        "tension.yaml",
        "production.yaml",
        "benchmarks.yaml",
        "corpus.yaml",
        "analysis.yaml",
        *(f"idioms/{name}.yaml" for name in idioms),
        "listening.yaml",
        "training.yaml",
        *(f"genres/{name}.yaml" for name in genres),
        *(f"experts/{name}.yaml" for name in experts),
    }
    assert {str(path.relative_to(ROOT / "configs")) for path in (ROOT / "configs").rglob("*.yaml")} == loaded


def test_the_line_up_names_experts_of_the_library_that_play_that_chair() -> None:
    config = load()
    shelf = {entry.name: entry for entry in Library(models_folder(config)).list() if entry.in_use and not entry.problem}
    for chair, chain in config.band.lineup.items():
        for name in chain:
            assert name in shelf, f"{chair}: no expert {name}"
            assert chair in (*shelf[name].voices, CHOOSES.get(shelf[name].kind)), chair


@pytest.mark.parametrize("package", ["configs", "models"])
def test_all_data_travel_with_the_package(package: str) -> None:
    globs = PROJECT["tool"]["setuptools"]["package-data"][package]
    there = {path for glob in globs for path in (ROOT / package).glob(glob)}
    tracked = subprocess.run(
        ["git", "ls-files", package], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    data = {ROOT / name for name in tracked if not name.endswith(".py")}
    assert data <= there
    assert Path(str(files(package))) == ROOT / package


def test_the_defaults_are_found_as_a_resource() -> None:
    assert files("configs").joinpath("live.yaml").is_file()
    assert files("configs").joinpath("genres", "uplifting.yaml").is_file()


def test_every_dependency_is_pinned_within_its_range() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.lower().replace("_", "-").split("==") for line in lines if line and not line.startswith("#"))
    wanted = [*PROJECT["project"]["dependencies"]]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        wanted += extra
    for requirement in map(Requirement, wanted):
        pin = pins[requirement.name.lower().replace("_", "-")]
        assert requirement.specifier.contains(pin), f"{requirement} is pinned to {pin}"


def test_no_pin_names_a_build_or_a_place() -> None:
    assert not re.search(
        r"\+|@|://|^-", (ROOT / "constraints.txt").read_text(encoding="utf-8").split("\n", 1)[1], re.MULTILINE
    )


def test_every_parameter_is_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for parameter in PARAMETERS:
        assert len(parameter.about) > 5, parameter.path
        generic = re.sub("^voice/[^/]+/", "voice/<v>/", parameter.path)
        assert parameter.kind == "reading" or f"`/{generic}`" in readme, parameter.path


def test_the_tables_of_the_readme_are_those_of_the_tree() -> None:
    assert tables(["--check", str(ROOT / "README.md")]) == 0


def test_one_command_plays_and_one_tests() -> None:
    def planned(target: str) -> str:
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout

    assert "melody-engine serve --autoplay" in planned("play")
    test = planned("test")
    for step in ("tools/peers.py", "ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert step in test, step
    assert "make test" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_shell_of_an_old_python_is_refused_in_plain_words(tmp_path: Path) -> None:
    old = tmp_path / "oldpython"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "play", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
