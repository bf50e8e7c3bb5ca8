"""The import law: who may import whom, what never loads, and that every import is declared."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("engines", "server", "training", "tools", "configs", "models", "tests")
DEVICES = {"rtmidi", "jack", "aalink", "aiohttp", "zeroconf"}


def imports(file: Path) -> set[str]:
    """Return the top-level names that a file imports, absolute imports only."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def foreign(package: str) -> dict[str, set[str]]:
    """Return the third-party names that each file of a package imports."""
    files = sorted((ROOT / package).rglob("*.py"))
    assert files, package
    known = set(sys.stdlib_module_names) | set(OURS)
    return {str(file.relative_to(ROOT)): imports(file) - known for file in files}


def loaded_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def requirements(*extras: str) -> set[str]:
    """Return the distributions that pyproject.toml declares, normalised."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return {normal(re.split(r"[\s<>=!~;\[]", line, maxsplit=1)[0]) for line in lines}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_contracts_of_import_linter_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_server_loads_no_training_library() -> None:
    loaded = loaded_by("import server.app, server.experts.worker, tools.cli, tools.monitor")
    assert not loaded & {"torch", "miditok", "symusic", "matplotlib", "transformers"}
    assert "msgspec" in loaded


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_by("from tools.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\nprint()")
    assert not loaded & {"onnxruntime", "numpy", "scipy", "asyncio", "yaml", "msgspec", "torch"}
    assert "click" in loaded


def test_engines_import_only_what_they_may() -> None:
    allowed = {"numpy", "scipy", "onnxruntime", "msgspec", "yaml"}
    studio = {"mido", "rich", "matplotlib"}  # the one place in engines with files, tables and pictures
    strangers = {
        file: names - allowed - (studio if file.startswith("engines/studio/") else set())
        for file, names in foreign("engines").items()
    }
    assert {file: names for file, names in strangers.items() if names} == {}


def test_device_libraries_stay_in_the_drivers() -> None:
    users = {file for file, names in foreign("server").items() if names & DEVICES}
    assert users
    assert {file for file in users if not file.startswith("server/drivers/")} == set()


@pytest.mark.parametrize(
    ("package", "extras"),
    [
        ("engines", ("picture",)),
        ("server", ("link",)),
        ("tools", ("train", "dev")),
        ("training", ("train", "cluster", "dev")),
    ],
)
def test_every_import_is_a_declared_dependency(package: str, extras: tuple[str, ...]) -> None:
    declared = requirements(*extras)
    found = packages_distributions()
    undeclared = {
        (file, name)
        for file, names in foreign(package).items()
        for name in names
        if not {normal(each) for each in found.get(name, [name])} & declared
    }
    assert undeclared == set()
