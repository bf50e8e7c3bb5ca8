"""The MQTT surface: `melody-engine/<id>/cmd/…` in, `state/…`, `event/…` and `status` out. Off without a host.

Laws: a message delivered as retained is never carried out (it would be again after every reconnection); the
stage never waits for the broker; what waits to be sent is one letter per parameter and a few events.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable

import msgspec

from engines.control.command import Rejected
from engines.control.tree import BY_PATH
from server.config import Mqtt
from server.drivers.mailbox import Letter, Mailbox
from server.stage import Event, Stage
from server.surfaces.mqttwords import PayloadError, arguments, words
from server.surfaces.osc.limits import Limiter

log = logging.getLogger("melody-engine")

STATE_PAUSE_S = 0.05
"""A state that moves all the time is published 20 times a second."""
MAX_REFUSALS = 64
MAX_REASON = 512
CLOSE_S = 3.0


class Outbox:
    """Letters that wait, the last one per key."""

    def __init__(self) -> None:
        """Start empty."""
        self._letters: dict[str, Letter] = {}
        self._some = asyncio.Event()

    def put(self, key: str, letter: Letter) -> None:
        """Let a letter wait in the place of the last one with this key."""
        self._letters[key] = letter
        self._some.set()

    def clear(self) -> None:
        """Forget what waits."""
        self._letters.clear()
        self._some.clear()

    async def collect(self) -> list[Letter]:
        """Wait for letters and take them all."""
        await self._some.wait()
        letters = list(self._letters.values())
        self.clear()
        return letters


class MqttSurface:
    """Speaks with one broker for a stage; state: off, connecting, online or waiting (retries, detail says why)."""

    def __init__(self, config: Mqtt, stage: Stage, now: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is open until `start`."""
        self.state = "off"
        self.detail = ""
        self._config, self._stage, self._now = config, stage, now
        self._root = f"melody-engine/{config.id}"
        self._states, self._events = Outbox(), Outbox()
        self._counts: Counter[str] = Counter()
        self._lines = Limiter(1)
        self._task: asyncio.Task[None] | None = None
        self._unlisten: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to look for the broker; nothing without a host. Returns at once."""
        if self._config.host is None:
            return
        self._unlisten = self._stage.listen(self._on_event)
        from server.drivers.mqtt import MqttDriver  # loaded only where a broker is wanted

        driver = MqttDriver(self._config, self._mailbox())
        self._task = asyncio.get_running_loop().create_task(driver.run(), name="mqtt")
        self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Say offline and leave, within CLOSE_S; safe to call twice."""
        self._unlisten()
        self._unlisten = lambda: None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(task, CLOSE_S)
        self.state = "off"

    def counts(self) -> dict[str, int | str]:
        """Return the pairs for `/status`; retained: commands dropped because they were delivered as retained."""
        names = ("received", "rejected", "retained")
        return {"mqtt": self.state, **{f"mqtt_{name}": self._counts[name] for name in names}}

    def _mailbox(self) -> Mailbox:
        status = f"{self._root}/status"
        return Mailbox(
            topic=f"{self._root}/cmd/#",
            greeting=Letter(status, "online", 1, retain=True),
            farewell=Letter(status, "offline", 1, retain=True),
            arrived=self.arrived,
            state=self._on_state,
            collect=((self._states.collect, STATE_PAUSE_S), (self._events.collect, 0.0)),
        )

    def arrived(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take one message on a command topic, whatever it is."""
        path = topic.removeprefix(f"{self._root}/cmd/").lower()
        if retained:
            self._counts["retained"] += 1
            self._say("retained", "MQTT: %s came as a retained message: dropped", path)
            return
        self._counts["received"] += 1
        try:
            rejected = self._stage.receive(f"/{path}", arguments(path, payload))
        except PayloadError as error:
            rejected = Rejected(f"/{path}", str(error))
            self._stage.count_refusal()
        if rejected is not None:
            self._refuse(rejected)

    def _refuse(self, rejected: Rejected) -> None:
        self._counts["rejected"] += 1
        reason = rejected.reason[:MAX_REASON]
        self._say("rejected", "MQTT: %s rejected: %s", rejected.address[:80], reason)
        told = msgspec.json.encode({"address": rejected.address[:MAX_REASON], "reason": reason}).decode()
        place = self._counts["rejected"] % MAX_REFUSALS
        self._events.put(f"rejected {place}", Letter(f"{self._root}/event/rejected", told))

    def _on_event(self, event: Event) -> None:
        kind, _, path = event.address[1:].partition("/")
        if kind == "state":
            self._publish_state(path, words(event.args))
        elif kind == "bar":
            self._events.put("bar", Letter(f"{self._root}/event/bar", words(event.args)))

    def _publish_state(self, path: str, text: str) -> None:
        if path in BY_PATH:
            self._states.put(path, Letter(f"{self._root}/state/{path}", text, 1, retain=True))

    def _on_state(self, state: str, detail: str) -> None:
        if state == "online":
            self._events.clear()  # the news of the time when nobody heard them
            for path, values in self._stage.state().items():
                self._publish_state(path, words(values))
            log.info("MQTT: online at %s:%d as %s", self._config.host, self._config.port, self._config.id)
        elif state == "waiting" and detail != self.detail:
            log.warning("MQTT: not connected to %s:%d (%s); trying again", self._config.host, self._config.port, detail)
        if state != "connecting":
            self.detail = detail
        self.state = state

    def _say(self, what: str, line: str, *details: str) -> None:
        """Log one line of a kind a second."""
        if self._lines.take(what, self._now()) >= 0:
            log.warning(line, *details)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.state = "off"
            asyncio.get_running_loop().call_exception_handler({"message": "the MQTT driver broke", "exception": error})
