"""What a performer asked for waits visibly until its bar, whatever it is. Behaviour list:

WAIT-1 the mark of a wish stands until its bar sounds, not only until it is decided; WAIT-2 stop and panic wait for their
bar, too, and say which; WAIT-3 every mark says the grain that is chosen; WAIT-4 who does not see the mark is told by the
control itself; HOLD-1 a bar that repeats says so, and what comes is that bar again; BACK-1 Auto and the chord that rules
give way to the loop when they are pressed again, BACK-2 also on a page that came later; TEXT-1 a text that is given up takes
its complaint with it, and an empty one is no value; SAVE-1 why a recording cannot be had is said in plain words; NAME-1 no
two controls have one name.
"""

from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import visiting
from tests.e2e.page import BAND, BAR_TICKS, begin_of_a_bar, news_of, play, promised, state
from tests.e2e.server import running_server

pytestmark = pytest.mark.e2e
GONE = """path => {
    window.gone = null;
    const mark = document.querySelector(`[data-when="${path}"]`);
    const watch = new MutationObserver(() => {
        if (!mark.classList.contains("waits") && window.gone === null) {
            window.gone = melody.tick;
        }
    });
    watch.observe(mark, { attributes: true });
}"""
NEAR_TICKS = 30


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("waits"), config=BAND | {"record": {"enabled": False}}) as server:
        yield server


@pytest.fixture
def page(browser, server):
    with news_of(server) as news, visiting(browser, server.web_port) as page:
        play(news)
        page.wait_for_function("() => melody.bars.length > 1")
        yield page


def test_a_mark_stands_until_its_bar_sounds(page):
    begin_of_a_bar(page)
    page.locator("#density").fill("0.8")
    bar = promised(page, "density")
    page.evaluate(GONE, "density")
    gone = page.wait_for_function("() => window.gone").json_value()
    assert gone >= bar * BAR_TICKS - NEAR_TICKS


def test_who_does_not_see_the_mark_is_told(page):
    page.locator("#when").select_option("section")
    page.locator("#pad-mute").click()
    bar = promised(page, "voice/pad/mute")
    expect(page.locator("#pad-mute")).to_have_accessible_description(f"waits for bar {bar}")
    page.locator("#undo").click()
    expect(page.locator("#pad-mute")).to_have_accessible_description("")


@pytest.mark.parametrize("action", ["panic", "stop"])
def test_the_transport_says_its_bar(page, action):
    begin_of_a_bar(page)
    bar = page.evaluate("() => Math.floor(melody.tick / 1920)") + 1
    button = page.locator(f"#{action}")
    button.click()
    expect(button).to_have_attribute("data-pending", f"bar {bar}")
    expect(button).not_to_contain_class("pending")
    expect(page.locator("body")).to_have_attribute("data-playing", str(action != "stop").lower())


def test_marks_say_the_grain_that_is_chosen(page):
    marks = {path: page.locator(f'[data-when="{path}"]') for path in ("section", "voice/lead/mute", "tempo")}
    assert {path: mark.text_content() for path, mark in marks.items()} == {
        "section": "next bar", "voice/lead/mute": "now", "tempo": "now",
    }  # fmt: skip
    page.locator("#when").select_option("phrase")
    for mark in marks.values():
        expect(mark).to_have_text("next phrase")


def test_a_bar_that_repeats_says_so(page):
    player, chord = page.locator("#drums-player"), page.locator("#next-chord")
    expect(chord).to_contain_text("→")
    page.locator("#hold").click()
    expect(player).to_have_text("the same again")
    expect(chord).to_have_text("")
    page.locator("#hold").click()
    expect(player).not_to_have_text("the same again")
    expect(chord).to_contain_text("→")


def test_auto_and_a_chord_give_way_to_the_loop(page):
    page.locator("#chords").fill("Dm Bb F C")
    page.locator("#chords-set").click()
    page.wait_for_function("() => melody.state.chords[0] === 'Dm Bb F C'")
    for path, control in (("chords/auto", page.locator("#chords-auto")), ("chord", page.locator('[data-chord="Em"]'))):
        control.click()
        expect(control).to_have_attribute("aria-pressed", "true")
        assert state(page, "chords") == ""
        control.click()
        expect(control).to_have_attribute("aria-pressed", "false")
        page.wait_for_function("() => melody.state.chords[0] === 'Dm Bb F C'")
        assert not state(page, path)


def test_a_page_that_comes_while_auto_rules_knows_the_loop(page, browser, server):
    server.ask("/chords", "Am G F E")
    server.ask("/chords/auto")
    with visiting(browser, server.web_port) as late:
        expect(late.locator("#chords-auto")).to_have_attribute("aria-pressed", "true")
        expect(late.locator("#chords")).to_have_value("Am G F E")
        late.locator("#chords-auto").click()
        late.wait_for_function("() => melody.state.chords[0] === 'Am G F E'")


@pytest.mark.parametrize("name", ["chords", "key"])
def test_a_text_that_is_given_up_takes_its_complaint_with_it(page, name):
    entry, verdict = page.locator(f"#{name}"), page.locator(f"#{name}-error")
    before = entry.input_value()
    entry.fill("H7")
    expect(verdict).to_contain_text("H")
    entry.press("Escape")
    expect(verdict).to_have_text("")
    expect(entry).to_have_attribute("aria-invalid", "false")
    assert entry.input_value() == before


def test_nothing_written_is_no_value(page):
    for name in ("seed", "tempo"):
        entry, before = page.locator(f"#{name}"), state(page, name)
        entry.fill("")
        entry.press("Enter")
        assert float(entry.input_value()) == before
        assert state(page, name) == before
    expect(page.locator("#errors")).to_have_text("")


def test_why_there_is_no_recording_is_said(browser, server):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.web_port}/")
    page.wait_for_function("() => window.melody?.connected")
    page.locator("#record-all").click()
    expect(page.locator("#errors")).to_contain_text("nothing is recorded")
    context.close()


def test_no_two_controls_have_one_name(page):
    shown = page.locator("body").aria_snapshot().splitlines()
    controls = [line.strip().removeprefix("- ").split(" [")[0] for line in shown]
    controls = [line.split(": ")[0] for line in controls if line.startswith(("button", "slider", "combobox", "link"))]
    assert len(controls) > 50
    assert [name for name, count in Counter(controls).items() if count > 1 or name in ("button", "link")] == []
