"""The house: everything that makes one performance, put together from a configuration."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from engines.control.command import Lexicon, Value
from engines.control.desk import Desk
from engines.control.state import Control
from engines.genre import load_genres
from engines.library import Library
from engines.understudy import Rules
from engines.understudy.harmony import RuleHarmony
from engines.units import BEATS_PER_BAR, TICKS_PER_BEAT
from server.band import Band
from server.clock.midi import MidiClockFollower
from server.config import Config, ConfigError, genres_folder, models_folder
from server.drivers.link import LinkDriver, LinkMissingError
from server.experts.messages import Summoned
from server.experts.workers import Workers
from server.front import Front
from server.headroom import Headroom
from server.journal import FORMAT, Connected, Journal, Opened
from server.opening import expert_names, first_control, known_lineup, open_to_lan, papers, scenes_at, shelf, version
from server.performance import Performance, cancelled
from server.player.messages import Connections, FromPlayer, MidiIn, Ports, PortState, Pulse, Sounded
from server.rests import Rests
from server.resume import Resume, leave
from server.scenes import SceneKeeper
from server.supervise import PlayerProcess
from server.surfaces.midi import MidiSurface
from server.surfaces.mqtt import MqttSurface
from server.surfaces.osc.surface import OscSurface
from server.timeline import Timeline
from server.transport import Transport

log = logging.getLogger("melody-engine")

MEET_S = 1.5
"""How long the first bar waits for others in a Link session: 0.5 s before joining, then they answer within 0.1 s."""
LIST_AGAIN_S = 1.0
"""How old the list of experts may be: a version that was just trained can be asked for while we play."""


class House:
    """Everything that makes one performance, put together from a configuration."""

    def __init__(
        self, config: Config, *, lan: bool = False, record: Path | str | None = None, resume: Resume | None = None
    ) -> None:
        """Build; raises ConfigError where the configuration names what does not exist. Nothing is open yet."""
        self.config = config
        self.genres = load_genres(genres_folder(config))
        self.models = models_folder(config)
        self.library = Library(self.models)
        self.born = time.monotonic()
        self.ports: tuple[PortState, ...] = ()
        self._experts = expert_names(self.library)
        self._listed, self._shelf = self.born, shelf(self.models)
        self._late: dict[str, int] = {}
        lineup = known_lineup(config, self.library)
        files = resume.papers if resume else papers(config, record)
        leave(files)
        self.journal = Journal(Path(files.journal) if files.journal else None)
        self.journal.write(Opened(FORMAT, version(), datetime.now().astimezone().isoformat(), lineup))
        self.front = self._open_front(
            resume.control
            if resume and resume.control.genre in self.genres
            else first_control(config, self.genres, lineup)
        )
        connections = resume.connections if resume else ()
        self.player = PlayerProcess(config.midi, files.recording or None, resume is not None, connections)
        self.player.on_message(self._from_player)
        self.transport = Transport(on_retime=self._retimed)
        self.workers = Workers(
            self.models,
            self._on_summoned,
            log.warning,
            count=config.band.workers,
            stuck_s=config.band.stuck_ms / 1000.0,
        )
        self.headroom = Headroom(config.band)
        rules, harmony = Rules(self.genres), RuleHarmony(self.genres)
        self.band = Band(
            self.workers,
            rules=rules,
            harmony=harmony,
            lineup=lineup,
            rests=Rests(config.band.rest_after, config.band.probe_bars),
            now=time.monotonic,
        )
        self.performance = Performance(
            front=self.front,
            band=self.band,
            transport=self.transport,
            player=self.player,
            genres=self.genres,
            headroom=self.headroom,
            journal=self.journal,
        )
        self.link = self._join_link() if config.clock.source == "link" else None
        self.player.on_restart(self._player_restarted)
        self.osc = OscSurface(open_to_lan(config, lan=lan).osc, self.front)
        self.follower = self._hear_clock() if config.clock.source == "midi" else None
        self.midi = MidiSurface(config.control, self.front, self.follower, self.performance.follow)
        self.mqtt = MqttSurface(config.mqtt, self.front)

    def _hear_clock(self) -> MidiClockFollower:
        follower = MidiClockFollower(self.transport.timeline)
        self.performance.leader.is_led = lambda: (
            follower.state in ("locking", "locked")
        )  # a clock that is gone leads nobody
        return follower

    def _join_link(self) -> LinkDriver:
        performance = self.performance
        try:
            link = LinkDriver(time.monotonic, lambda: self.transport.timeline, self.transport.retime)
        except LinkMissingError as error:
            raise ConfigError(str(error)) from error
        performance.leader.is_led = lambda: link.peers > 0
        performance.leader.place = link.place
        return link

    def _open_front(self, control: Control) -> Front:
        scenes = Path(self.config.scenes.path or "recordings/scenes.json")
        self.scenes = SceneKeeper(scenes) if self.config.scenes.enabled else None
        front = Front(Desk(control, scenes_at(scenes, self.genres) if self.scenes else {}), self.lexicon)
        if self.scenes:
            front.on_scenes = self.scenes.keep
        front.report = self.report
        return front

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open player, workers and surfaces; close them in the opposite order."""
        async with AsyncExitStack() as stack:
            stack.callback(self.journal.close)
            if self.scenes:
                stack.callback(self.scenes.close)
            await self.osc.start()
            stack.callback(self.osc.close)
            self.mqtt.start()
            stack.push_async_callback(self.mqtt.close)
            self.workers.start()
            stack.push_async_callback(self.workers.close)
            await self.player.start()
            stack.push_async_callback(self.player.close)
            self.transport.retime(Timeline(self.front.desk.wish.tempo.end, 0.0, self.transport.now()))
            task = asyncio.create_task(self.performance.run(), name="performance")
            task.add_done_callback(_fail_loudly)
            stack.push_async_callback(cancelled, task)
            if self.link is not None:
                stack.push_async_callback(cancelled, asyncio.create_task(self.link.run(), name="link"))
            stack.callback(self.transport.close)
            yield

    async def ready(self, within: float) -> None:
        """Wait at most `within` s until the line-up's experts are loaded and, at most MEET_S, a Link session is met."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within if self.link is None else max(within, MEET_S)):
                while not self.band.complete:
                    await self.workers.changed()
                if self.link is not None:
                    await self.link.met()

    def lexicon(self) -> Lexicon:
        """Return the names that are valid now."""
        self._list_again()
        wish = self.front.desk.wish
        return Lexicon(
            sections=tuple(self.genres[wish.genre].sections),
            genres=tuple(self.genres),
            experts=self._experts,
            scenes=tuple(self.front.desk.scenes),
            led=self.performance.leader.is_led(),
        )

    def _bpm(self) -> float:
        """Return the tempo: the clock's where one leads, without the small corrections that keep us in step."""
        if self.follower is not None and self.performance.leader.is_led():
            return self.follower.bpm
        return self.transport.bpm

    def _clock_state(self) -> str:
        """Return how following goes: waiting, locking, locked or lost; with Link how many others there are."""
        if self.follower is not None:
            return self.follower.state
        return f"{self.link.peers} peers" if self.link is not None else "leading"

    def _list_again(self) -> None:
        """Look for new versions of experts, at most every LIST_AGAIN_S."""
        now = time.monotonic()
        if now - self._listed > LIST_AGAIN_S:
            self._listed = now
            if (found := shelf(self.models)) != self._shelf:
                self._shelf, self._experts = found, expert_names(self.library)

    def report(self) -> tuple[tuple[str, Value], ...]:
        """Return the pairs of `/status`."""
        performance, wish = self.performance, self.front.desk.wish
        beat = int(max(0.0, self.transport.tick) // TICKS_PER_BEAT) if performance.playing else 0
        chord = performance.chord
        return (
            ("playing", int(performance.playing)),
            ("bar", beat // BEATS_PER_BAR),
            ("beat", beat % BEATS_PER_BAR),
            ("tempo", round(self._bpm(), 3)),
            ("section", wish.section),
            ("tension", round(performance.tension, 4)),
            ("chord", chord),
            ("key", wish.key.name),
            ("clock", self.config.clock.source),
            ("headroom_ms", round(self.headroom.seconds * 1000.0, 1)),
            ("generation_ms_p99", round(self.headroom.p99_ms, 2)),
            ("generation_ms", round(self.band.generation_ms[-1], 2) if self.band.generation_ms else 0.0),
            ("late", performance.bars_late + sum(self._late.values())),
            ("understudied", sum(self.band.understudied.values())),
            ("experts_late", sum(self.band.late.values())),
            ("rejected", self.front.counts["rejected"]),
            ("uptime_s", round(time.monotonic() - self.born, 1)),
            ("version", version()),
            ("clock_state", self._clock_state()),
            ("bars_late", performance.bars_late),
            ("player_restarts", self.player.restarts),
            ("main_pid", os.getpid()),
            ("player_pid", self.player.pid or 0),
            ("experts_pid", self.workers.pids[0]),
            ("experts_state", self.workers.state),
            ("ports", " ".join(f"{p.backend}:{p.name}={p.state}" for p in self.ports)),
            *self.osc.counts().items(),
            *self.mqtt.counts().items(),
        )

    def _retimed(self, timeline: Timeline) -> None:
        self.performance.retimed(timeline)

    def _from_player(self, message: FromPlayer) -> None:
        match message:
            case Pulse():
                self._pulse(message)
                self._watch_clock()
            case Ports():
                self._show_ports(message)
            case Sounded():
                note = message.note
                beats = note.duration / TICKS_PER_BEAT
                self.front.announce("/note", message.voice, note.pitch, note.velocity, beats)
            case MidiIn():
                if self.follower is not None and not self.performance.leader.is_led():
                    self.follower.timeline = (
                        self.performance.leader.outside
                    )  # a clock that comes finds the music as it is
                self.midi.take(message)
            case Connections():
                self.journal.write(Connected(message.pairs))

    def _watch_clock(self) -> None:
        """Let the follower notice that the clock has dropped out."""
        if self.follower is not None:
            for action in self.follower.poll(time.monotonic()):
                self.performance.follow(action)

    def _pulse(self, pulse: Pulse) -> None:
        for voice, count in pulse.late.items():
            if count > self._late.get(voice, 0):
                self._late[voice] = count
                self.front.announce("/late", voice, count)

    def _show_ports(self, message: Ports) -> None:
        troubles: dict[tuple[str, str, str], list[str]] = {}
        for port in message.ports:
            if port not in self.ports and port.state != "open":
                troubles.setdefault((port.backend, port.state, port.detail), []).append(port.name)
        for (backend, state, detail), names in troubles.items():
            log.warning("%s ports %s are %s: %s", backend, ", ".join(names), state, detail)
        self.ports = message.ports

    def _on_summoned(self, summoned: Summoned) -> None:
        if summoned.error:
            log.warning("expert %s %s: %s", summoned.name, summoned.version, summoned.error)
            self.front.announce("/rejected", f"expert {summoned.name}", summoned.error)

    def _player_restarted(self) -> None:
        log.warning("the player process was replaced; the music resumes on a bar line")
        self.performance.restore()
        if not self.performance.playing:  # MIDI clock goes out while stopped, too
            self.performance.retimed(self.transport.timeline)


def _fail_loudly(task: "asyncio.Task[None]") -> None:
    """End the process when the performance breaks: that is our bug; the player releases every note."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("the performance broke", exc_info=error)
        os.kill(os.getpid(), signal.SIGABRT)
