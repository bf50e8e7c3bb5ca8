"""The page under fingers: telephones and keyboards. Behaviour list:

PHONE-1 at 360 px nothing scrolls sideways; PHONE-2 what is played is at least 40 px high; PHONE-3 it obeys touch; NAME-1
long names of sections and chords stand whole in the head, on telephones, tablets, desks and stages, and so do the names on
the pads and the bars for which wishes wait, and the head stays as high as it is; NAME-2 thirty scenes, long names and other
scripts keep their place; FINGER-1 a finger anywhere on a fader's track moves it there, also where the browser's own fader
minds only its knob (iOS); FINGER-2 and drags it on; on the knob it keeps its grip; FINGER-3 a swipe up or down scrolls the
page and wishes nothing; ONE-1 each move of a fader is one wish; KEYS-1 digits are sections, arrows the tension, M and a
digit a mute; KEYS-2 what one types into a text is text; KEYS-3 the keys are told; KEYS-4 the log scrolls by its own arrows;
KEYS-5 keys that steer can be switched off; TAP-1 a tempo is that of the touches, however late the page comes round to them;
KEYS-6 what gets the focus is seen.
"""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import visiting
from tests.e2e.page import BAND, news_of, play, state
from tests.e2e.server import running_server

pytestmark = pytest.mark.e2e
FINGER_PX = 40
PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
TALL = PHONE | {"viewport": {"width": 360, "height": 1400}}
"""The faders are in sight, and there is more below."""
KNOB_PX = 1.5 * 15
TAPS = 5
TAPPED_BPM = {"mouse": 96, "key": 150}
SIZES = [(360, 640), (390, 844), (844, 390), (768, 1024), (1440, 900), (3840, 2160)]
DESKS = [
    (1024, 768),
    (1180, 820),
    (1280, 720),
    (1366, 768),
    (1440, 900),
    (1680, 1050),
    (1920, 1080),
    (2560, 1600),
    (3840, 2160),
]
HANDS = [(320, 568), (360, 640), (390, 844), (667, 375), (844, 390), (768, 1024), (640, 512)]
PLAYED = """button.pad, .transport button, .moves button, .switches button, #hear, #chords, #chords-set, #chords-auto, #tap"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("hands"), config=BAND) as server, news_of(server) as news:
        play(news)
        yield server


@pytest.fixture
def page(browser, server):
    with visiting(browser, server.web_port) as page:
        yield page


@pytest.fixture
def phone(browser, server):
    with visiting(browser, server.web_port, **PHONE) as page:
        yield page


@pytest.fixture
def tall(browser, server):
    with visiting(browser, server.web_port, **TALL) as page:
        yield page


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_scrolls_sideways(size, browser, server):
    width, height = size
    with visiting(browser, server.web_port, viewport={"width": width, "height": height}) as page:
        page.wait_for_function("() => melody.bars.length > 2")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        assert page.evaluate(OUTSIDE, width) == []


OUTSIDE = """width => [...document.querySelectorAll("button, input, select, output, canvas, h2, h3, p")]
    .filter((node) => node.checkVisibility() && !node.closest(".unseen, dialog, .scrolls"))
    .map((node) => [node.id || node.className || node.textContent, node.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.left < -0.5 || box.right > width + 0.5))
    .map(([name]) => name)"""
CUT = """names => Object.entries(names).flatMap(([selector, name]) => [...document.querySelectorAll(selector)].map((node) => {
    const before = node.textContent;
    node.textContent = name;
    const lines = document.createRange();
    lines.selectNodeContents(node);
    const cut = node.scrollWidth > node.clientWidth || lines.getClientRects().length > 1;
    node.textContent = before;
    return cut ? selector : null;
})).filter(Boolean)"""
WAITING = """() => [...document.querySelectorAll(".when")].map((mark) => {
    const before = mark.textContent;
    mark.textContent = "→ bar 1234";
    mark.classList.add("waits");
    const cut = mark.scrollWidth > mark.clientWidth && getComputedStyle(mark).display !== "inline";
    mark.textContent = before;
    mark.classList.remove("waits");
    return cut ? mark.dataset.when : null;
}).filter(Boolean)"""
HEIGHTS = """() => ["", "→ breakdown"].map((name) => {
    document.getElementById("next-section").textContent = name;
    document.getElementById("next-chord").textContent = name;
    return document.querySelector(".top").getBoundingClientRect().height;
})"""
LONG = {
    "#sections .pad span": "breakdown",
    "#now-section": "breakdown",
    "#next-section": "→ breakdown",
    "#now-chord": "F#m7b5/E",
    "#next-chord": "→ Bbmaj7/D",
    "#chord-pads .pad": "G#dim",
}


def test_long_names_are_whole_and_everything_is_in_its_place(browser, server):
    faults = {}
    with visiting(browser, server.web_port) as page:
        page.wait_for_function("() => melody.bars.length > 2")
        for width, height in HANDS + DESKS:
            page.set_viewport_size({"width": width, "height": height})
            found = [*page.evaluate(CUT, LONG), *page.evaluate(WAITING), *page.evaluate(OUTSIDE, width)]
            nothing, something = page.evaluate(HEIGHTS)
            found += [] if abs(nothing - something) < 1 else [f"the head jumps from {nothing} to {something} px"]
            faults |= {(width, height): found} if found else {}
    assert faults == {}


def test_what_is_played_is_as_high_as_a_finger(phone):
    phone.wait_for_function("() => document.querySelectorAll('#sections .pad').length > 3")
    small = phone.evaluate(
        """([played, least]) => [...document.querySelectorAll(played)]
            .map((node) => [node.id || node.textContent, Math.round(node.getBoundingClientRect().height)])
            .filter(([, height]) => height < least)""",
        [PLAYED, FINGER_PX],
    )
    assert small == []


def test_a_phone_obeys_touch(tall):
    wanted = "drop" if state(tall, "section") != "drop" else "build"
    tall.locator(f'[data-section="{wanted}"]').tap()
    tall.wait_for_function("wanted => melody.state.section[0] === wanted", arg=wanted)
    box = tall.locator("#tension").bounding_box()
    tall.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    tall.wait_for_function("() => Math.abs(melody.state.tension[0] - 0.3) < 0.05")
    tall.locator("#bass-mute").tap()
    expect(tall.locator("#bass-mute")).to_have_attribute("aria-pressed", "true")
    tall.locator("#bass-mute").tap()
    expect(tall.locator("#bass-mute")).to_have_attribute("aria-pressed", "false")


BARE_TOUCH = """([id, from, to]) => {
    const fader = document.getElementById(id);
    const box = fader.getBoundingClientRect();
    const send = (type, share) => fader.dispatchEvent(new PointerEvent(type, { pointerId: 7, pointerType: "touch", isPrimary: true,
        bubbles: true, cancelable: true, clientX: box.left + share * box.width, clientY: box.top + box.height / 2 }));
    send("pointerdown", from);
    if (to !== from) {
        send("pointermove", to);
    }
    send("pointerup", to);
}"""
"""A finger that only the page sees: what a browser's own fader does with touches stays out of it."""


@pytest.mark.parametrize(
    ("path", "begin", "end"), [("tension", 0.8, 0.8), ("density", 0.3, 0.3), ("tension", 0.25, 0.6)]
)
def test_a_finger_moves_a_fader_that_minds_only_its_knob(phone, server, path, begin, end):
    told(phone, server, path, 0.5)
    phone.evaluate(BARE_TOUCH, [path, begin, end])
    phone.wait_for_function("([path, value]) => Math.abs(melody.state[path][0] - value) < 0.06", arg=[path, end])
    expect(phone.locator(f"output[for={path}]")).to_have_text(f"{state(phone, path):.2f}")
    told(phone, server, path, 0.4)  # the finger let it go: it follows others again


def test_a_finger_sets_the_volume_here(phone):
    phone.evaluate(BARE_TOUCH, ["hear-volume", 0.3, 0.3])
    assert float(phone.locator("#hear-volume").input_value()) == pytest.approx(0.3, abs=0.03)


def test_a_finger_drags_a_fader_and_keeps_its_grip_on_the_knob(tall, server):
    told(tall, server, "tension", 0.5)
    box = tall.locator("#tension").bounding_box()
    middle = box["x"] + box["width"] / 2
    finger = Finger(tall, middle + 8, box["y"] + box["height"] / 2)
    finger.by(40, 3)
    finger.lift()
    value = 0.5 + 40 / (box["width"] - KNOB_PX)
    tall.wait_for_function("value => Math.abs(melody.state.tension[0] - value) < 0.015", arg=value)


def test_a_swipe_that_begins_on_a_fader_scrolls_and_wishes_nothing(tall, server):
    told(tall, server, "tension", 0.5)
    tall.evaluate(OVERHEAR)
    box = tall.locator("#tension").bounding_box()
    before = tall.evaluate("() => scrollY")
    finger = Finger(tall, box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    finger.by(4, -160)
    finger.lift()
    tall.wait_for_function("y => scrollY > y + 80", arg=before)
    assert tall.locator("#tension").input_value() == "0.5"
    assert tall.evaluate("() => window.said.filter((frame) => frame.includes('do'))") == []


OVERHEAR = """() => {
    const send = WebSocket.prototype.send;
    window.said = [];
    WebSocket.prototype.send = function (frame) {
        window.said.push(frame);
        send.call(this, frame);
    };
}"""
"""Keeps what the page says to the server."""


def test_a_move_of_a_fader_is_one_wish(page):
    page.evaluate(OVERHEAR)
    page.locator("#tension").fill("0.37")
    page.locator("#tension-beats").select_option("16")
    page.locator("#tension").fill("0.62")
    page.wait_for_function("() => melody.state.tension[0] === 0.62")
    said = page.evaluate("() => window.said.map((frame) => JSON.parse(frame)).filter((frame) => 'do' in frame)")
    assert [(frame["do"], frame["args"]) for frame in said] == [("/tension", [0.37]), ("/tension", [0.62, 16])]


class Finger:
    """A finger on the glass of a page, as the browser itself feels it."""

    STEPS = 12

    def __init__(self, page, x, y):
        """Touch."""
        self.wire = page.context.new_cdp_session(page)
        self.x, self.y = x, y
        self._tell("touchStart", [{"x": x, "y": y}])

    def by(self, right, down):
        """Move so many px, in steps."""
        begin = (self.x, self.y)
        for step in range(1, self.STEPS + 1):
            self.x, self.y = begin[0] + right * step / self.STEPS, begin[1] + down * step / self.STEPS
            self._tell("touchMove", [{"x": self.x, "y": self.y}])

    def lift(self):
        self._tell("touchEnd", [])

    def _tell(self, kind, points):
        self.wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def told(page, server, path, value):
    """Have another controller say a value, and wait until the fader shows it."""
    server.ask(f"/{path}", value)
    expect(page.locator(f"#{path}")).to_have_value(str(value))


@pytest.mark.parametrize("by", ["mouse", "key"])
def test_a_tempo_is_tapped_at_the_time_of_the_touch(by, page):
    box = page.locator("#tap").bounding_box()
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    down, up, about = {
        "mouse": ("mousePressed", "mouseReleased", middle | {"button": "left", "clickCount": 1}),
        "key": ("keyDown", "keyUp", {"key": "t", "code": "KeyT"}),
    }[by]
    wire = page.context.new_cdp_session(page)
    begin = page.evaluate("() => (performance.timeOrigin + performance.now()) / 1000")
    for tap in range(TAPS):
        for kind in (down, up):
            touch = about | {"type": kind, "timestamp": begin + tap * 60 / TAPPED_BPM[by]}
            wire.send(f"Input.dispatch{by.title()}Event", touch)
    page.wait_for_function("bpm => melody.state.tempo[0] === bpm", arg=TAPPED_BPM[by])


def test_keys_steer(page):
    names = page.locator("#sections .pad")
    place = 1 if names.nth(0).get_attribute("aria-pressed") == "true" else 0
    page.keyboard.press(str(place + 1))
    page.wait_for_function(
        "name => melody.state.section[0] === name", arg=names.nth(place).get_attribute("data-section")
    )
    page.locator("#tension").fill("0.5")
    page.locator("#tension").blur()
    page.wait_for_function("() => melody.state.tension[0] === 0.5")
    page.keyboard.press("ArrowUp")
    page.wait_for_function("() => melody.state.tension[0] === 0.55")
    page.keyboard.press("m")
    page.keyboard.press("2")
    expect(page.locator("#bass-mute")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("m")
    page.keyboard.press("2")
    expect(page.locator("#bass-mute")).to_have_attribute("aria-pressed", "false")


def test_the_log_scrolls_by_arrows_that_steer_nothing(page, server):
    for place in range(9):
        server.ask("/section", f"nowhere{place}")
    log = page.locator("#log")
    expect(log).to_contain_text("nowhere")
    page.evaluate(OVERHEAR)
    log.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.getElementById('log').scrollTop > 0")
    assert page.evaluate("() => window.said.filter((frame) => frame.includes('do'))") == []


def test_what_is_typed_is_text(page):
    before = page.evaluate("() => melody.state")
    entry = page.locator("#scene-name")
    entry.press_sequentially("1 2 mash up")
    assert entry.input_value() == "1 2 mash up"
    entry.press("Escape")
    page.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => done(true)))")
    assert page.evaluate("() => melody.state") == before


def test_the_keys_are_told_and_none_plays_meanwhile(page):
    section = state(page, "section")
    page.keyboard.press("?")
    dialog = page.locator("#help-dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("panic")
    page.keyboard.press("3")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert state(page, "section") == section


def test_what_gets_the_focus_does_not_hide_below_the_head(phone):
    phone.locator("#scene-name").focus()
    hidden = []
    for _ in range(40):
        phone.keyboard.press("Shift+Tab")
        hidden += phone.evaluate(
            """() => {
                const [node, head] = [document.activeElement, document.querySelector(".top")];
                const covered = node.getBoundingClientRect().top < head.getBoundingClientRect().bottom - 1;
                return covered && !head.contains(node) ? [node.id] : [];
            }"""
        )
    assert hidden == []


def test_keys_can_be_told_not_to_steer(page):
    page.evaluate(OVERHEAR)
    page.locator("#help").click()
    page.locator("#keys-steer").click()
    page.locator("#help-close").click()
    for key in ("Space", "2", "ArrowUp", "h"):
        page.keyboard.press(key)
    expect(page.locator("#help-dialog")).to_be_hidden()
    page.locator("#help").click()
    page.locator("#keys-steer").click()
    page.locator("#help-close").click()
    page.keyboard.press("ArrowUp")
    page.wait_for_function("() => window.said.some((frame) => frame.includes('do'))")
    said = page.evaluate("() => window.said.filter((frame) => frame.includes('do'))")
    assert [frame for frame in said if "/tension" not in frame] == []
    assert len(said) == 1


def test_names_of_any_length_and_script_stay_in_their_place(phone, server):
    names = [
        "Zwischenspielvariation" * 2,
        "שלום עולם",
        "scene with a long name that goes on and on",
        "e" + "\u0301" * 7,
    ]
    for name in [*names, *(f"scene {place}" for place in range(26))]:
        server.ask("/scene/save", name)
    server.ask("/section", "x" * 250)
    pads = phone.locator("#scenes .pad")
    expect(pads).to_have_count(30)
    expect(phone.locator("#log")).to_contain_text("xxx")
    phone.evaluate("name => { document.querySelector('#sections .pad span').textContent = name; }", names[0])
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    assert phone.evaluate("() => document.getElementById('scenes').clientHeight") < PHONE["viewport"]["height"] / 2
    assert {name in pads.all_text_contents() for name in names} == {True}
