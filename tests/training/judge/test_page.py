import re

import pytest

from tests.training.judge.cards import HOSTILE, Pages, excerpts, result
from training.judge import page_templates
from training.judge.page import page, write_page
from training.judge.result import Meta, Result


def test_every_figure_stands_on_the_page_under_its_name():
    card = result()
    shown = Pages(page(card))
    assert {figure.name for figure in card.figures} <= shown.ids()
    for words in ("goal reached", "floor reached", "floor missed", "goal missed", "not judged"):
        assert words in shown.text
    for value in ("0.95", "0.45", "1.65", "0.123"):
        assert value in shown.text


def test_whence_the_figures_come_stands_at_the_top():
    shown = Pages(page(result())).text
    for told in (
        "2026-01-02T03:04:05+00:00",
        "Linux x86_64",
        "abc123",
        "5, 6",
        "0" * 64,
        "A quick judgement",
        "Missing",
    ):
        assert told in shown


def test_the_page_asks_nothing_of_anybody():
    text = page(result(), listen="listen/index.html")
    addresses = Pages(text).addresses()
    assert {each for each in addresses if not each.startswith("#")} == {"listen/index.html", "data:,"}
    assert not re.search(r"url\(|@import|https?:", text)
    assert "default-src 'none'" in text
    assert "<script" not in text


def test_hostile_names_are_text():
    text = page(result(hostile=True))
    shown = Pages(text)
    assert HOSTILE in shown.text
    assert HOSTILE in shown.ids()
    assert not shown.all("script") + shown.all("img")


def test_pictures_tell_what_they_show_and_tables_have_heads():
    shown = Pages(page(result()))
    pictures = [each for each in shown.all("svg") if each.get("aria-hidden") != "true"]
    assert len(pictures) == 2 + 1 + 3 * (5 + 1)
    assert all(each["role"] == "img" for each in pictures)
    for number, (tag, attributes) in enumerate(shown.elements):
        if tag == "svg" and "role" in attributes:
            assert shown.elements[number + 1][0] == "title"
    assert all("scope" in each for each in shown.all("th"))
    assert all("tabindex" in each for each in shown.all("div") if each.get("class") == "scroll")


def test_links_within_the_page_lead_somewhere():
    shown = Pages(page(result()))
    assert {each[1:] for each in shown.addresses() if each.startswith("#")} <= shown.ids()


def test_a_page_of_almost_nothing_is_a_page():
    empty = Result(Meta("2026-01-01", "", "", [], "", "", 0, 0, False, {}), [])
    assert "Report card" in Pages(page(empty)).text


def test_both_colour_schemes_have_every_colour():
    sheets = {file.name: file.read_text() for file in page_templates.TEMPLATES.glob("*.css")}
    defined: dict[str, set[str]] = {}
    for name, css in sheets.items():
        light, _, dark = css.partition("prefers-color-scheme: dark")
        defined[name] = set(re.findall(r"--[a-z0-9]+(?=:)", light))
        assert defined[name] == set(re.findall(r"--[a-z0-9]+(?=:)", dark)), name
    for name, css in sheets.items():
        assert set(re.findall(r"var\((--[a-z0-9]+)\)", css)) <= defined["base.css"] | defined[name], name


@pytest.mark.parametrize("blueprints", [0, 2])
def test_the_page_links_sheets_where_there_are_any(tmp_path, monkeypatch, blueprints):
    monkeypatch.setenv("PATH", "")
    card = result(blueprints)
    assert len(card.excerpts) == len(excerpts(blueprints))
    write_page(card, tmp_path / "card")
    links = Pages((tmp_path / "card" / "index.html").read_text(encoding="utf-8")).addresses()
    assert ("listen/index.html" in links) is bool(blueprints)
    assert (tmp_path / "card" / "listen").exists() is bool(blueprints)
