"""What a sender may ask: /get, /subscribe, /unsubscribe, /ping, /status, /sync."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from engines.control.command import nearest
from engines.control.tree import BY_PATH, STATE_PATHS
from server.stage import Stage
from server.surfaces.osc.limits import Limiter
from server.surfaces.osc.packet import Arg
from server.surfaces.osc.pattern import BadPatternError, Pattern, has_wildcards
from server.surfaces.osc.subscribers import EVENTS, STATE, TOLD, FullError, Subscriber, Subscribers, VagueError
from server.surfaces.osc.wire import Address

Args = Sequence[Arg]

PATTERNS_PER_S: Final = 100
"""Patterns one host may ask for: each is held against the whole state."""


class _BadArgumentError(ValueError):
    """An argument that does not fit; the text is the reason."""


class Line(Protocol):
    """What the queries need of the surface: the ways back to a sender."""

    def now(self) -> float:
        """Monotonic time, s."""

    def reply(self, sender: Address, address: str, args: Args) -> None:
        """Answer `sender`."""

    def refuse(self, sender: Address, address: str, reason: str) -> None:
        """Tell `sender` why not."""

    def tell(self, target: Address, address: str, args: Args) -> None:
        """Send to a subscriber."""

    def neighbour(self, sender: Address, port: int) -> Address:
        """Return where another port of the sender's host is."""

    def counts(self) -> dict[str, int]:
        """Return what was counted."""


class Queries:
    """Answers queries from the stage's state; `answer` tells whether a path was one."""

    def __init__(self, line: Line, stage: Stage, subscribers: Subscribers) -> None:
        """Answer over `line`."""
        self._line, self._stage, self._subscribers = line, stage, subscribers
        self._patterns = Limiter(PATTERNS_PER_S)
        self._answers: dict[str, Callable[[Address, Args], None]] = {
            "get": self._get,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "ping": lambda sender, args: line.reply(sender, "/pong", args),
            "status": lambda sender, _args: line.reply(sender, "/status", self._status()),
            "sync": self._sync,
        }

    def answer(self, path: str, args: Args, sender: Address) -> bool:
        """Answer a query; False where `path` is none."""
        answer = self._answers.get(path)
        if answer is None:
            return False
        try:
            answer(sender, args)
        except (BadPatternError, FullError, VagueError, _BadArgumentError) as error:
            self._line.refuse(sender, f"/{path}", str(error))
        return True

    def welcome(self, subscriber: Subscriber) -> None:
        """Tell the state that a subscriber wants, and the news from now on; FullError when there is no room."""
        self._subscribers.add(subscriber, self._line.now())
        for path, values in self._stage.state().items():
            if subscriber.wants(STATE + path):
                self._line.tell(subscriber.target, STATE + path, values)

    def _get(self, sender: Address, args: Args) -> None:
        state = self._stage.state()
        found: dict[str, None] = {}  # each once, in the order asked for
        if not args:
            self._line.refuse(sender, "/get", "needs the paths to get, such as tension or voice/*/mute")
        for arg in args:
            paths = self._paths(arg, state, sender) if isinstance(arg, str) else []
            if not paths:
                self._line.refuse(sender, "/get", f"no such state: {str(arg)[:64]!a}")
            found |= dict.fromkeys(paths)
        for path in found:
            self._line.reply(sender, STATE + path, state[path])

    def _subscribe(self, sender: Address, args: Args) -> None:
        target, rest = sender, list(args)
        if rest and not isinstance(rest[0], str):
            target = self._line.neighbour(sender, _port(rest.pop(0)))
        text = rest.pop(0) if rest else None
        if text is not None and not isinstance(text, str):
            raise BadPatternError("pattern must be a string")
        if rest:
            raise _BadArgumentError("takes a port and one pattern, in this order; several patterns are one: {bar,beat}")
        subscriber = Subscriber(target, sender, self._pattern(text, sender) if text is not None else None)
        if text is not None and not any(map(subscriber.wants, TOLD)):
            raise BadPatternError(f"nothing is told at {text[:64]!a}{_hint(text)}")
        self.welcome(subscriber)

    def _unsubscribe(self, sender: Address, args: Args) -> None:
        self._subscribers.remove(sender, _port(args[0]) if args else None)

    def _sync(self, sender: Address, args: Args) -> None:
        # receiving a command folds it in at once, so every earlier one has been
        if args and isinstance(args[0], int | float) and float(args[0]).is_integer():
            self._line.reply(sender, "/synced", (int(args[0]),))
        else:
            self._line.refuse(sender, "/sync", "needs a whole number")

    def _status(self) -> list[Arg]:
        pairs = dict(self._stage.status())
        pairs |= {key: value for key, value in self._line.counts().items() if key not in pairs}
        return [each for pair in pairs.items() for each in pair]

    def _paths(self, text: str, state: Mapping[str, object], sender: Address) -> list[str]:
        name = text.lower().removeprefix(STATE).lstrip("/")
        if has_wildcards(name):
            return list(filter(self._pattern(name, sender).matches, state))
        parameter = BY_PATH.get(name)
        path = parameter.path if parameter is not None else name
        return [path] if path in state else []

    def _pattern(self, text: str, sender: Address) -> Pattern:
        if self._patterns.take(sender[0], self._line.now()) < 0:
            raise BadPatternError(f"more than {PATTERNS_PER_S} patterns in a second")
        return Pattern(text)


def _port(arg: Arg) -> int:
    if not isinstance(arg, int | float) or not 1 <= arg <= 65535:
        raise _BadArgumentError("port must be a number (1..65535)")
    return int(arg)


def _hint(text: str) -> str:
    """Return the nearest of what is told, or that a port is a number."""
    if text.isdecimal():
        return "; a port is a number, not a string"
    return "" if has_wildcards(text) else nearest(text.removeprefix(STATE).lstrip("/"), (*STATE_PATHS, *EVENTS))
