"""The application: builds the house from a configuration, opens the doors, and closes them in order.

Law: whatever ends it, the player process releases every note.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from importlib import metadata
from pathlib import Path

from engines.control.command import Command, Lexicon, Value
from engines.control.desk import Desk
from engines.control.state import Auto, Chair, Control, Harmony, Loop, steady
from engines.control.tree import When
from engines.genre import Genre, load_genres
from engines.library import Library
from engines.theory.key import Key
from engines.theory.numeral import parse_loop
from engines.understudy import Rules
from engines.understudy.harmony import RuleHarmony
from engines.units import BEATS_PER_BAR, TICKS_PER_BEAT, VOICES
from server.band import RULES, Band
from server.config import Config, ConfigError, genres_folder, models_folder
from server.experts.messages import Summoned
from server.experts.workers import Workers
from server.front import Front
from server.guard import RESUME
from server.headroom import Headroom
from server.journal import FORMAT, Connected, Journal, Opened
from server.performance import Performance, cancelled
from server.player.messages import Connections, FromPlayer, MidiIn, Ports, PortState, Pulse, Sounded
from server.resume import Papers, Resume, find, leave
from server.scenes import SceneError, SceneKeeper, load_scenes
from server.supervise import PlayerProcess
from server.surfaces.osc.surface import OscSurface
from server.timeline import Timeline
from server.transport import Transport

log = logging.getLogger("melody-engine")

READY_S = 1.2
"""How long `--autoplay` waits for the learned experts before the understudies begin without them."""
SWITCH_INTERVAL_S = 0.0005
"""Python threads hand over the interpreter after so long: a note must not wait for a thread's turn."""


def run(
    config: Config,
    *,
    lan: bool = False,
    record: Path | str | None = None,
    bars: int | None = None,
    autoplay: bool = False,
) -> int:
    """Serve until a signal or the end of `bars`; return the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with contextlib.suppress(ImportError):
        import uvloop

        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(serve(config, lan=lan, record=record, bars=bars, autoplay=autoplay))
    return 0


async def serve(config: Config, *, lan: bool, record: Path | str | None, bars: int | None, autoplay: bool) -> None:
    """Run the server until it is asked to end."""
    resume = find()
    house = House(config, lan=lan, record=record, resume=resume)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    if RESUME in os.environ:
        _end_with_guard(loop, ended)
    for name in ("SIGINT", "SIGTERM"):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(getattr(signal, name), ended.set)
    async with house.open():
        house.performance.last_bar = bars
        if bars is not None:
            house.performance.on_end = ended.set
        if resume is not None:
            log.warning("resuming at bar %d", resume.bar)
            if resume.playing:
                await house.ready(READY_S)
                house.performance.resume(bar=resume.bar)
        elif autoplay:
            await house.ready(READY_S)
            house.front.take(Command("autopilot", (1,), When.bar))
            house.performance.play()
        await ended.wait()


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
        self._experts = self._names()
        self._late: dict[str, int] = {}
        known = {RULES} | {entry.name for entry in self.library.list()}
        lineup = {chair: [name for name in chain if name in known] for chair, chain in config.band.lineup.items()}
        control = resume.control if resume else first_control(config, self.genres, lineup)
        papers = resume.papers if resume else _papers(config, record)
        leave(papers)
        scenes = Path(config.scenes.path or "recordings/scenes.json")
        self.scenes = SceneKeeper(scenes) if config.scenes.enabled else None
        self.front = Front(Desk(control, _scenes(scenes) if self.scenes else {}), self.lexicon)
        if self.scenes:
            self.front.on_scenes = self.scenes.keep
        self.front.report = self.report
        self.player = PlayerProcess(
            config.midi, papers.recording or None, resume is not None, resume.connections if resume else ()
        )
        self.player.on_message(self._from_player)
        self.transport = Transport(on_retime=self._retimed)
        self.workers = Workers(self.models, self._on_summoned, log.warning)
        self.journal = Journal(Path(papers.journal) if papers.journal else None)
        self.journal.write(Opened(FORMAT, version(), datetime.now().astimezone().isoformat(), lineup))
        self.headroom = Headroom(config.band)
        self.band = Band(
            self.workers, Rules(self.genres), RuleHarmony(self.genres), _Lineup(lineup, config.band.rest_after),
            time.monotonic,
        )  # fmt: skip
        self.performance = Performance(
            front=self.front, band=self.band, transport=self.transport, player=self.player, genres=self.genres,
            headroom=self.headroom, journal=self.journal,
        )  # fmt: skip
        self.player.on_restart(self._player_restarted)
        self.osc = OscSurface(_open_to_lan(config, lan=lan).osc, self.front)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open player, workers and surfaces; close them in the opposite order."""
        async with AsyncExitStack() as stack:
            stack.callback(self.journal.close)
            if self.scenes:
                stack.callback(self.scenes.close)
            await self.osc.start()
            stack.callback(self.osc.close)
            self.workers.start()
            stack.callback(self.workers.close)
            await self.player.start()
            stack.push_async_callback(self.player.close)
            task = asyncio.create_task(self.performance.run(), name="performance")
            task.add_done_callback(_fail_loudly)
            stack.push_async_callback(cancelled, task)
            stack.callback(self.transport.close)
            yield

    async def ready(self, within: float) -> None:
        """Wait until the line-up's experts are loaded, at most `within` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not self.band.complete:
                    await self.workers.changed()

    def lexicon(self) -> Lexicon:
        """Return the names that are valid now."""
        wish = self.front.desk.wish
        return Lexicon(
            sections=tuple(self.genres[wish.genre].sections),
            genres=tuple(self.genres),
            experts=self._experts,
            scenes=tuple(self.front.desk.scenes),
            led=self.performance.led,
        )

    def report(self) -> tuple[tuple[str, Value], ...]:
        """Return the pairs of `/status`."""
        performance, wish = self.performance, self.front.desk.wish
        beat = int(max(0.0, self.transport.tick) // TICKS_PER_BEAT) if performance.playing else 0
        chord = performance.chord
        return (
            ("playing", int(performance.playing)),
            ("bar", beat // BEATS_PER_BAR),
            ("beat", beat % BEATS_PER_BAR),
            ("tempo", round(self.transport.bpm, 3)),
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
            ("bars_late", performance.bars_late),
            ("player_restarts", self.player.restarts),
            ("main_pid", os.getpid()),
            ("player_pid", self.player.pid or 0),
            ("experts_pid", self.workers.pid or 0),
            ("ports", " ".join(f"{p.backend}:{p.name}={p.state}" for p in self.ports)),
            *self.osc.counts().items(),
        )

    def _names(self) -> dict[str, dict[str, tuple[str, ...]]]:
        names: dict[str, dict[str, tuple[str, ...]]] = {voice: {RULES: ()} for voice in VOICES}
        for entry in self.library.list():
            for voice in entry.voices:
                names[voice][entry.name] = (*names[voice].get(entry.name, ()), entry.version)
        return names

    def _retimed(self, timeline: Timeline) -> None:
        self.performance.retimed(timeline)

    def _from_player(self, message: FromPlayer) -> None:
        match message:
            case Pulse():
                self._pulse(message)
            case Ports():
                self._show_ports(message)
            case Sounded():
                note = message.note
                beats = note.duration / TICKS_PER_BEAT
                self.front.announce("/note", message.voice, note.pitch, note.velocity, beats)
            case MidiIn():
                self.midi_in(message)
            case Connections():
                self.journal.write(Connected(message.pairs))

    def midi_in(self, message: MidiIn) -> None:
        """Take a message from port `control`."""

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


class _Lineup:
    """The band's configuration, without experts that the library does not have."""

    def __init__(self, lineup: dict[str, list[str]], rest_after: int) -> None:
        self.lineup = lineup
        self.rest_after = rest_after


def version() -> str:
    """Return the version of the distribution."""
    return metadata.version("melody-engine")


def first_control(config: Config, genres: dict[str, Genre], lineup: dict[str, list[str]] | None = None) -> Control:
    """Return the control that the configuration starts with; ConfigError names what does not exist."""
    start = config.start
    if start.genre not in genres:
        raise ConfigError(f"start.genre: no genre {start.genre!r}; there are {', '.join(genres)}")
    genre = genres[start.genre]
    if start.section not in genre.sections:
        sections = ", ".join(genre.sections)
        raise ConfigError(f"start.section: {start.genre} has no section {start.section!r}; it has {sections}")
    harmony: Harmony = Auto() if start.chords == "auto" else Loop(parse_loop([start.chords]))
    chairs = {
        voice: Chair(
            level=start.voices[voice].level if voice in start.voices else Chair().level,
            density=start.voices[voice].density if voice in start.voices else Chair().density,
            expert=next(iter((lineup or config.band.lineup).get(voice, [])), RULES),
        )
        for voice in VOICES
    }
    return Control(
        genre=start.genre,
        section=start.section,
        tension=steady(start.tension),
        harmony=harmony,
        key=Key.parse(start.key),
        tempo=steady(start.tempo),
        density=start.density,
        variation=start.variation,
        humanize=start.humanize,
        swing=start.swing,
        chairs=chairs,
        autopilot=start.autopilot,
        seed=start.seed,
    )


def _open_to_lan(config: Config, *, lan: bool) -> Config:
    import msgspec

    if not lan:
        return config
    return msgspec.structs.replace(config, osc=msgspec.structs.replace(config.osc, host="0.0.0.0"))  # noqa: S104


def _stamp() -> str:
    return datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")


def _papers(config: Config, record: Path | str | None) -> Papers:
    """Return absolute paths of journal and recording: a later main may start elsewhere."""
    recording = record or config.record.path or f"recordings/{_stamp()}.mid"
    journal = config.journal.path or f"recordings/{_stamp()}.journal"
    return Papers(
        str(Path(journal).absolute()) if config.journal.enabled else "",
        str(Path(recording).absolute()) if record or config.record.enabled else "",
    )


def _scenes(path: Path) -> dict[str, Control]:
    try:
        return load_scenes(path)
    except SceneError as error:
        raise ConfigError(str(error)) from error


def _end_with_guard(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """End when standard input closes, whose other end the guard holds."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        with contextlib.suppress(RuntimeError):  # the loop has closed: we are ending anyway
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=watch, name="guard", daemon=True).start()


def _fail_loudly(task: "asyncio.Task[None]") -> None:
    """End the process when the performance breaks: that is our bug; the player releases every note."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("the performance broke", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
