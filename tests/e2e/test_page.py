"""The page in a real browser steers a playing server. Behaviour list:

SECTION-1 a pad changes the section at the bar that the page promised, and says so until then; SECTION-2 at the grain that
was chosen; TENSION-1 the fader moves the curve; CHORDS-1 bad chords are refused while one types, good ones play;
EXPERT-1 a voice's expert is changed; SCENE-1 names are text, whatever they say; RECORD-1 the show so far is a MIDI file;
LOG-1 what another controller does wrong is told in plain words.
"""

import io

import mido
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import visiting
from tests.e2e.page import BAND, BAR_TICKS, begin_of_a_bar, heard, promised, state
from tests.e2e.server import running_server

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("page"), config=BAND) as server:
        yield server


@pytest.fixture
def page(browser, server, news):
    with visiting(browser, server.web_port) as page:
        page.wait_for_function("() => melody.bars.length > 1")
        yield page


def other(page, *names):
    """Return the first of two names that the section is not."""
    return next(name for name in names if name != state(page, "section"))


def test_a_section_pad_changes_the_section_at_the_promised_bar(page, news):
    wanted = other(page, "drop", "build")
    pad = page.locator(f'[data-section="{wanted}"]')
    begin_of_a_bar(page)
    pad.click()
    bar = promised(page, "section")
    expect(pad).to_have_attribute("aria-pressed", "true")
    first = heard(news, lambda plan: plan[0] == bar)
    before = heard(news, lambda plan: plan[0] == bar - 1)
    assert first[1] == wanted != before[1]
    heard(news, lambda args: args[0] == bar, "/bar")
    expect(page.locator("#now-section")).to_have_text(wanted)
    expect(pad).not_to_have_attribute("data-pending", "")
    plans = page.evaluate("() => melody.bars.map(({ bar, plan }) => [bar, plan.section])")
    assert dict(plans)[bar] == wanted != dict(plans)[bar - 1]


def test_a_wish_for_the_next_phrase_waits_for_it_and_says_so(page, news):
    wanted = other(page, "breakdown", "drop")
    pad = page.locator(f'[data-section="{wanted}"]')
    page.locator("#when").select_option("phrase")
    pad.click()
    bar = promised(page, "section")
    expect(pad).to_have_attribute("data-pending", f"bar {bar}")
    expect(pad).to_contain_class("pending")
    assert page.evaluate("() => melody.pending.map(({ path }) => path)") == ["section"]
    assert heard(news, lambda plan: plan[1] == wanted)[0] == bar
    expect(pad).not_to_contain_class("pending")


def test_the_tension_fader_moves_the_curve(page, news):
    ridges = []
    for value in (0.15, 0.9):
        page.locator("#tension").fill(str(value))
        first = heard(news, lambda plan, value=value: abs(plan[2] - value) < 0.01, since=len(news.news))
        assert first[2] == pytest.approx(value, abs=1e-3)
        expect(page.locator("output[for=tension]")).to_have_text(f"{value:.2f}")
        page.wait_for_function(
            "value => Math.abs(Number(document.getElementById('curve').dataset.now) - value) < 0.02", arg=value
        )
        bar = page.evaluate("n => melody.bars.find(({ bar }) => bar === n)", first[0])
        assert bar["plan"]["tension"] == pytest.approx([value] * 4, abs=1e-3)
        page.wait_for_function("tick => melody.tick > tick", arg=(first[0] + 0.75) * BAR_TICKS)
        ridges.append(page.evaluate(RIDGE))
    assert ridges[1] < ridges[0] - 0.45  # of the height, downwards


RIDGE = """() => {
    const curve = document.getElementById("curve");
    const strip = curve.querySelector("canvas");
    const [window_, whole] = [curve, strip].map((node) => node.getBoundingClientRect());
    const copy = Object.assign(document.createElement("canvas"), { width: strip.width, height: strip.height });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--tension");
    context.fillRect(0, 0, 1, 1);
    const colour = context.getImageData(0, 0, 1, 1).data;
    context.drawImage(strip, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, copy.width, copy.height);
    const near = (at) => [0, 1, 2].every((channel) => Math.abs(data[at + channel] - colour[channel]) < 24);
    const place = (share) => Math.floor(((window_.left + share * window_.width - whole.left) / whole.width) * width);
    for (let x = place(0.77); x > place(0.5); x -= 1) {
        for (let y = 0; y < height; y += 1) {
            if (near(4 * (y * width + x))) {
                return y / height;
            }
        }
    }
    return null;
}"""
"""Where the curve stands a little before the playhead: 0 = top of its picture, 1 = bottom."""


def test_bad_chords_are_refused_while_one_types_and_good_ones_play(page, news):
    entry, verdict = page.locator("#chords"), page.locator("#chords-error")
    before = state(page, "chords")
    entry.fill("")
    entry.press_sequentially("Dm Xq C")
    expect(verdict).to_contain_text("Xq")
    expect(entry).to_have_attribute("aria-invalid", "true")
    assert state(page, "chords") == before
    entry.press("Enter")
    expect(verdict).to_contain_text("Xq")
    assert state(page, "chords") == before
    entry.fill("Dm Bb F C")
    expect(verdict).to_have_text("")
    expect(entry).to_have_attribute("aria-invalid", "false")
    since = len(news.news)
    begin_of_a_bar(page)
    entry.press("Enter")
    bar = promised(page, "chords")
    plans = [heard(news, lambda plan, n=n: plan[0] == bar + n, since=since)[3] for n in range(4)]
    assert plans == ["Dm", "Bb", "F", "C"]
    expect(page.locator("#now-chord")).to_have_text("Bb")


def test_the_expert_of_a_voice_is_chosen(page, news):
    strip = page.locator('[data-strip="lead"]')
    for expert in ("rules", "lead-gru"):
        strip.locator("#lead-expert").select_option(expert)
        heard(news, lambda args, expert=expert: args[:2] == ("lead", expert), "/played", since=len(news.news))
        expect(strip.locator("#lead-player")).to_contain_text(expert)
        expect(strip.locator("#lead-reason")).to_have_text("")
    versions = strip.locator("#lead-version").locator("option")
    assert versions.count() > 1
    name = versions.nth(1).get_attribute("value")
    strip.locator("#lead-version").select_option(name)
    page.wait_for_function("name => melody.state['voice/lead/expert'][1] === name", arg=name)
    expect(strip.locator("#lead-player")).to_have_text(f"lead-gru {name}")


def test_the_name_of_a_scene_is_text_whatever_it_says(page, news):
    name = "<img src=x onerror=alert(1)>"
    page.locator("#scene-name").fill(name)
    page.locator("#scene-save").click()
    pad = page.locator("#scenes .pad").first
    expect(pad).to_have_text(name)
    assert page.locator("#scenes img").count() == 0
    tension = state(page, "tension")
    page.locator("#tension").fill("0.33")
    page.wait_for_function("() => melody.state.tension[0] === 0.33")
    pad.click()
    page.wait_for_function("value => melody.state.tension[0] === value", arg=tension)


def test_the_show_so_far_is_a_midi_file(page, news):
    with page.expect_download() as download:
        page.locator("#record-all").click()
    file = mido.MidiFile(file=io.BytesIO(download.value.path().read_bytes()))
    assert any(message.type == "note_on" for track in file.tracks for message in track)
    page.locator("#record-bars").fill("2")
    with page.expect_download() as download:
        page.locator("#record-last").click()
    last = mido.MidiFile(file=io.BytesIO(download.value.path().read_bytes()))
    assert 0 < last.length < file.length


def test_what_another_controller_does_wrong_is_told(page, news):
    news.send("/tension", 7.0)
    expect(page.locator("#log")).to_contain_text("out of range")
