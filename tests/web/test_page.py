"""The page: its modules are checked and tested by node, its markup and its library by us."""

import hashlib
import re
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from engines.control.tree import BY_PATH
from server.web.pages import page_files
from tests.e2e.osc_peers import program

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "server/web/page"
OURS = sorted(path for path in PAGE.rglob("*.js") if "vendor" not in path.parts)
SUITES = sorted(HERE.glob("*.test.mjs"))


class Markup(HTMLParser):
    """Every element of the page with its attributes; text of scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inline = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("script", "style"):
            self.inline += data.strip()


@pytest.fixture(scope="module")
def markup() -> Markup:
    parser = Markup()
    parser.feed((PAGE / "index.html").read_text(encoding="utf-8"))
    return parser


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program("node"), *args], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_every_module_parses(path: Path) -> None:
    done = run("--check", str(path))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.name)
def test_the_modules_keep_their_laws(path: Path) -> None:
    done = run("--test", "--test-reporter=tap", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) == path.read_text(encoding="utf-8").count('\ntest("')


def test_nothing_is_put_in_as_markup_or_run_as_text() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(\"style"
    )
    assert {path.name: forbidden.findall(path.read_text(encoding="utf-8")) for path in OURS} == {
        path.name: [] for path in OURS
    }


def test_the_markup_needs_nothing_that_the_security_policy_forbids(markup: Markup) -> None:
    assert markup.inline == ""
    for tag, attributes in markup.elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], (tag, attributes)


def test_every_file_that_is_named_is_served(markup: Markup) -> None:
    named = [a[key] for _, a in markup.elements for key in ("src", "href") if a.get(key, "").startswith("/page/")]
    imported = [
        str((path.parent / name).resolve().relative_to(PAGE))
        for path in OURS
        for name in re.findall(r'from "(\./[^"]+|\.\./[^"]+)"', path.read_text(encoding="utf-8"))
    ]
    assert len(named) > 4
    assert {name.removeprefix("/page/") for name in named} | set(imported) <= page_files().keys()


def test_what_is_written_stands_out_from_what_it_is_written_on() -> None:
    """4.5 to 1 at least, as WCAG 2 asks for text."""
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", (PAGE / "base.css").read_text(encoding="utf-8")))
    grounds = ["stage", "panel", "raised", "well"]
    pairs = [(ink, ground) for ink in ("ink", "dim", "faint", "pending", "understudy") for ground in grounds]
    pairs += [(voice, "panel") for voice in ("lead", "bass", "arp", "pad", "drums", "tension")]
    ratios = {(ink, ground): contrast(colours[ink], colours[ground]) for ink, ground in pairs}
    ratios |= {("white", ground): contrast("#ffffff", colours[ground]) for ground in ("chosen", "chosen-2")}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (#rrggbb) as WCAG 2 counts it, 1..21."""
    dark, light = sorted(_luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of sRGB, 0..1."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(share * channel for share, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_ids_are_unique_and_labels_lead_somewhere(markup: Markup) -> None:
    ids = Counter(a["id"] for _, a in markup.elements if "id" in a)
    assert [name for name, count in ids.items() if count > 1] == []
    references = {
        a[key] for _, a in markup.elements for key in ("for", "aria-labelledby", "aria-describedby", "list") if key in a
    }
    assert references <= ids.keys()
    asked = {name for path in OURS for name in re.findall(r'byId\("([a-z-]+)"\)', path.read_text(encoding="utf-8"))}
    assert asked <= ids.keys()


def test_every_control_has_a_name(markup: Markup) -> None:
    labelled = {a["for"] for tag, a in markup.elements if tag == "label" and "for" in a}
    wrapped = {"tension-beats", "when", "record-bars", "genre", "key"}  # they stand inside their label
    for tag, attributes in markup.elements:
        if tag in ("input", "select"):
            name = attributes["id"]
            assert name in labelled | wrapped or "aria-label" in attributes, name


def test_every_path_of_the_page_is_a_path_of_the_tree(markup: Markup) -> None:
    paths = {
        a[key] for _, a in markup.elements for key in ("data-path", "data-do", "data-toggle", "data-when") if key in a
    }
    assert len(paths) > 15
    assert paths <= BY_PATH.keys()


def test_the_library_is_the_one_its_note_names() -> None:
    folder = PAGE / "vendor/tone"
    note = (folder / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256((folder / "Tone.js").read_bytes()).hexdigest() in note
    assert "MIT License" in (folder / "LICENSE.md").read_text(encoding="utf-8")
