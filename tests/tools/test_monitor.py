from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tools.monitor import LINES_SHOWN, REJECTED_SHOWN, WIDTH, MonitorState, Value, render

NEWS: list[tuple[str, Sequence[Value]]] = [
    ("/state/key", ["F# minor"]),
    ("/state/chords", ["Am F C G"]),
    ("/state/autopilot", [1]),
    ("/state/voice/lead/expert", ["lead-gru", "1"]),
    ("/state/voice/lead/level", [0.8]),
    ("/state/voice/pad/mute", [1]),
    ("/state/voice/arp/solo", [1]),
    ("/plan", [12, "drop", 0.8, "Am|F"]),
    ("/bar", [12]),
    ("/beat", [3]),
    ("/plan", [13, "drop", 0.85, "C"]),
    ("/played", ["bass", "rules", 0.2]),
    ("/played", ["lead", "lead-gru", 11.25]),
    ("/played", ["lead", "rules", 0.1]),
    ("/late", ["lead", 7]),
    ("/rejected", ["/tension", "value 7 is out of range"]),
    ("/status", ["playing", 1, "tempo", 174.0, "clock", "midi", "headroom_ms", 61.2, "understudied", 5]),
]


def fed(*news: tuple[str, Sequence[Value]]) -> MonitorState:
    state = MonitorState()
    for address, args in news:
        state.feed(address, args)
    return state


def drawn(state: MonitorState, width: int = 80) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"), force_terminal=True)  # noqa: PTH123, SIM115
    with console.file:
        console.print(render(state))
    return console.export_text()


def test_everything_the_performer_needs_stands_in_80_columns() -> None:
    text = drawn(fed(*NEWS))
    for word in ("12.3", "drop", "0.85", "F# minor", "autopilot", "Am|F → C", "loop: Am F C G", "playing", "174.0 BPM"):
        assert word in text, word
    for word in ("clock midi", "headroom 61 ms", "understudied 5", "rejected /tension: value 7 is out of range"):
        assert word in text, word
    assert max(map(len, text.splitlines())) <= WIDTH == 80


def test_a_chord_is_heard_when_its_bar_sounds_and_not_before() -> None:
    state = fed(("/plan", [1, "drop", 0.5, "F"]))
    assert state.now == "-"
    state.feed("/bar", [1])
    assert state.now == "F"


def test_an_understudy_is_counted_only_where_an_expert_was_asked_for() -> None:
    voices = fed(*NEWS).voices
    assert (voices["lead"].understudied, voices["bass"].understudied) == (1, 0)
    assert (voices["lead"].expert, voices["lead"].late) == ("rules", 7)


def test_ports_that_are_not_open_are_named() -> None:
    ports = "jack:lead=open jack:bass=waiting recorder:tape=open"
    assert "2 of 3 ports open, missing: bass" in drawn(fed(("/status", ["ports", ports])))
    many = " ".join(f"jack:p{number}=missing" for number in range(8))
    assert "0 of 8 ports open, missing: 8 ports" in drawn(fed(("/status", ["ports", many])))


def test_logs_stay_short_and_what_is_unknown_changes_nothing() -> None:
    state = fed(*[("/rejected", [f"/{n}", "no"]) for n in range(99)])
    assert [where for where, _ in state.rejected] == [f"/{n}" for n in range(99 - REJECTED_SHOWN, 99)]
    before = drawn(state)
    for news in (("/late", ["tuba", 1]), ("/bar", ["x"]), ("/played", ["lead"]), ("/nonsense", [1, 2]), ("", [])):
        state.feed(*news)
    assert drawn(state) == before
    state.log.extend(map(str, range(99)))
    assert len(state.log) == LINES_SHOWN


def test_foreign_text_cannot_paint_the_screen() -> None:
    state = fed(("/rejected", ["/\x1b[2J", "\x1b[31mred [bold]"]), ("/played", ["lead", "[blink]\x07x", 1.0]))
    state.log.append("a\x1b]0;title\x07")
    text = drawn(state)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[blink]?x" in text


words = st.sampled_from([address for address, _ in NEWS] + ["/status", "/state/voice/lead/level", "/state", "/x"])
values = st.lists(
    st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=40) | st.sampled_from(["lead", "level", "ports"]),
    max_size=6,
)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(words, values), max_size=20))
def test_whatever_arrives_can_be_drawn(news: list[tuple[str, list[Value]]]) -> None:
    assert max(map(len, drawn(fed(*news)).splitlines())) <= 2 * WIDTH  # wide letters count twice
