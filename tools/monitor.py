"""The live view in the terminal: news of the server folded into a state, drawn by a pure function, 80 columns."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from engines.units import VOICES

Value = int | float | str
RULES = "rules"
WIDTH = 80
REJECTED_SHOWN = 4
LINES_SHOWN = 4
CLOSED_SHOWN = 3
BAR_CELLS = 20


@dataclass
class VoiceState:
    """What the performer sees of one voice; ms: how long the last bar took; understudied: bars by rules unasked."""

    expert: str = "-"
    asked: str = ""
    ms: float = 0.0
    late: int = 0
    understudied: int = 0
    level: float = 0.0
    mute: bool = False
    solo: bool = False


@dataclass
class MonitorState:
    """All the view knows; `feed` is its only writer and takes whatever the server says, known or not."""

    bar: int = -1
    beat: int = 0
    now: str = "-"
    next: tuple[int, str, float, str] = (-1, "-", 0.0, "-")
    wishes: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    status: dict[str, Value] = field(default_factory=dict)
    voices: dict[str, VoiceState] = field(default_factory=lambda: {voice: VoiceState() for voice in VOICES})
    rejected: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=REJECTED_SHOWN))
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_SHOWN))

    def feed(self, address: str, args: Sequence[Value]) -> None:
        """Fold one message in: /bar /beat /plan /played /late /rejected /status /state/…; others change nothing."""
        match address.strip("/").split("/"), list(args):
            case ["bar"], [int(bar)]:
                self.bar = bar
                self.now = self.next[3] if self.next[0] == bar else self.now
            case ["beat"], [int(beat)]:
                self.beat = beat
            case ["plan"], [int(bar), str(section), int() | float() as tension, str(chords)]:
                self.next = (bar, section, _unit(tension), chords)
            case ["played"], [str(voice), str(expert), int() | float() as ms] if voice in self.voices:
                self._played(self.voices[voice], expert, float(ms))
            case ["late"], [str(voice), int(count)] if voice in self.voices:
                self.voices[voice].late = count
            case ["rejected"], [str(where), str(reason)]:
                self.rejected.append((where, reason))
            case ["status"], pairs:
                self.status.update({str(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=False)})
            case ["state", "voice", voice, what], [value, *_] if voice in self.voices:
                self._wish(self.voices[voice], what, value)
            case ["state", *path], values:
                self.wishes["/".join(path)] = tuple(values)

    def _played(self, voice: VoiceState, expert: str, ms: float) -> None:
        voice.expert, voice.ms = expert, ms
        voice.understudied += expert == RULES and voice.asked not in ("", RULES)

    def _wish(self, voice: VoiceState, what: str, value: Value) -> None:
        if what == "expert":
            voice.asked = str(value)
        elif what == "level" and not isinstance(value, str):
            voice.level = _unit(value)
        elif what in ("mute", "solo"):
            setattr(voice, what, bool(value))

    def wish(self, path: str, default: Value = "-") -> Value:
        """Return the first value of a state path."""
        return (self.wishes.get(path) or (default,))[0]


def render(state: MonitorState) -> RenderableType:
    """Draw the state: place, section and tension, chords, voices, health, what was rejected last."""
    playing = state.status.get("playing", state.wish("playing", 0))
    title = f"melody-engine · {'playing' if playing else 'stopped'} · {_number(state.status.get('tempo'), 1)} BPM"
    parts = [_place(state), _voices(state), *_health(state), *(_refused(*each) for each in state.rejected)]
    parts += [Text(_plain(line), style="dim", overflow="fold") for line in state.log]
    return Panel(Group(*parts), title=title, width=WIDTH)


def _place(state: MonitorState) -> RenderableType:
    _, section, tension, _ = state.next
    where = f"{state.bar}.{state.beat}" if state.bar >= 0 else "-.-"
    cells = round(tension * BAR_CELLS)
    grid = Table.grid(padding=(0, 2))
    meter = f"{'█' * cells}{'░' * (BAR_CELLS - cells)} {tension:.2f}"
    grid.add_row(Text(where, style="bold"), _cell(section, 12), meter, _cell(state.wish("key"), 10), _mode(state))
    return Group(grid, Text(f"chords {_plain(_chord_row(state))}", no_wrap=True, overflow="ellipsis"))


def _chord_row(state: MonitorState) -> str:
    """Return this bar's chords, the next bar's once it is planned, and the loop that was asked for."""
    bar, _, _, chords = state.next
    upcoming = f" → {chords}" if bar > state.bar else ""
    return f"{state.now}{upcoming}   loop: {state.wish('chords')}"


def _mode(state: MonitorState) -> str:
    return " ".join(word for word in ("hold", "autopilot") if state.wish(word, 0))


def _voices(state: MonitorState) -> RenderableType:
    table = Table(box=None, pad_edge=False, expand=True)
    for name, justify in (("voice", "left"), ("plays", "left"), ("ms", "right"), ("late", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    table.add_column("understudied", justify="right")
    table.add_column("level")
    for name, voice in state.voices.items():
        style = "dim" if voice.mute else "bold" if voice.solo else ""
        mark = " mute" if voice.mute else " solo" if voice.solo else ""
        level = "▮" * round(voice.level * 10) + mark
        counts = (_number(voice.ms, 1), _cell(voice.late, 8), str(voice.understudied))
        table.add_row(name, _cell(voice.expert, 20), *counts, level, style=style)
    return table


def _health(state: MonitorState) -> list[RenderableType]:
    status = state.status
    times = (
        f"clock {_cell(status.get('clock', '-'), 10)}",
        f"headroom {_number(status.get('headroom_ms'), 0)} ms",
        f"bars written in {_number(status.get('generation_ms_p99'), 1)} ms (p99)",
    )
    counts = [f"{name} {_cell(status.get(name, 0), 10)}" for name in ("late", "understudied", "rejected")]
    return [Text(" · ".join(words), style="cyan", no_wrap=True) for words in (times, [*counts, _ports(state)])]


def _ports(state: MonitorState) -> str:
    """Return which ports are open, from `backend:name=state …`."""
    ports = [port.rpartition("=") for port in str(state.status.get("ports", "")).split()]
    closed = [name.rpartition(":")[2] for name, _, what in ports if what != "open"]
    missing = ", ".join(closed) if len(closed) <= CLOSED_SHOWN else f"{len(closed)} ports"
    return f"{len(ports) - len(closed)} of {len(ports)} ports open" + (f", missing: {missing}" if closed else "")


def _refused(where: str, reason: str) -> RenderableType:
    return Text(_plain(f"rejected {where}: {reason}"), style="yellow", no_wrap=True, overflow="ellipsis")


def _plain(text: Value) -> str:
    """Replace what is not printable, so that foreign text cannot paint the screen."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))


def _cell(text: Value, width: int) -> str:
    """Shorten foreign text and take the meaning from its brackets."""
    plain = _plain(text)
    return escape(plain if len(plain) <= width else plain[: width - 1] + "…")


def _number(value: Value | None, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, int | float) and abs(value) < 1e6 else "-"


def _unit(value: float) -> float:
    """Bring a number from the wire into 0..1; what is no number is 0."""
    return min(1.0, max(0.0, value)) if value == value else 0.0  # noqa: PLR0124  (NaN alone differs from itself)
