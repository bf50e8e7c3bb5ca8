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

from engines.control.desk import Desk
from engines.genre import load_genres
from engines.library import Library
from engines.touched import in_use, touched
from engines.understudy import Rules
from engines.understudy.harmony import RuleHarmony
from server.band import Band
from server.config import Config, genres_folder, models_folder
from server.experts.messages import Summoned
from server.experts.workers import Workers
from server.front import Front
from server.headroom import Headroom
from server.journal import FORMAT, Connected, Journal, Opened
from server.lineup import Lineup, known_lineup
from server.loud import loud
from server.names import Names
from server.opening import first_control, open_to_lan, papers, parts, scenes_at, version
from server.outside import Outside
from server.performance import Performance, cancelled
from server.player.messages import Connections, FromPlayer, MidiIn, Ports, Pulse, Sounded
from server.rests import Rests
from server.resume import Papers, Resume, leave, remember
from server.scenes import SceneKeeper
from server.supervise import PlayerProcess
from server.surfaces.midi import MidiSurface
from server.surfaces.mqtt import MqttSurface
from server.surfaces.osc.kept import Kept
from server.surfaces.osc.surface import OscSurface
from server.tidings import Tidings
from server.timeline import Timeline
from server.transport import Transport
from server.web.surface import WebSurface

log = logging.getLogger("melody-engine")

MEET_S = 1.5
"""How long the first bar waits for others in a Link session: 0.5 s before joining, then they answer within 0.1 s."""


class House:
    """Everything that makes one performance, put together from a configuration."""

    def __init__(
        self, config: Config, *, lan: bool = False, record: Path | str | None = None, resume: Resume | None = None
    ) -> None:
        """Build; raises ConfigError where the configuration names what does not exist. Nothing is open yet."""
        self.config = config
        self.born = time.monotonic()
        self.library = Library(models_folder(config))
        touch = in_use(self.library)
        self.genres = touched(load_genres(genres_folder(config)), self.library, log.warning, touch)
        self.names = Names(self.genres, self.library)
        lineup = known_lineup(config.band.lineup, self.library)
        files = resume.papers if resume else papers(config, record)
        self.journal = self._begin_journal(files, lineup, touch, resume)
        self.front = self._open_front(lineup, resume)
        self.tidings = Tidings(self.front)
        self.transport = Transport(on_retime=self._retimed)
        self.player = self._hire_player(files, resume)
        self.workers, self.headroom, self.band = self._hire_band(lineup)
        self.performance = Performance(
            front=self.front,
            band=self.band,
            transport=self.transport,
            player=self.player,
            genres=self.genres,
            headroom=self.headroom,
            journal=self.journal,
        )
        if resume:
            self.performance.place(resume.stood.cursor)
        self.clock = Outside(config.clock.source, self.performance, self.transport)
        self.names.is_led = self.performance.leader.is_led
        opened = open_to_lan(config, lan=lan)
        self.web = WebSurface(
            opened, self.front, self.performance, self.transport, self.genres,
            alive=lambda: self.player.pid is not None, generation_ms=self.band.generation_ms, recording=files.recording,
        )  # fmt: skip
        kept = Kept.beside_papers()
        self.osc = OscSurface(opened.osc, self.front, paired=self.web.door.pairs.__contains__, kept=kept)
        self.midi = MidiSurface(config.control, self.front, self.clock.follower, self.performance.follow)
        self.mqtt = MqttSurface(config.mqtt, self.front)

    def _begin_journal(self, files: Papers, lineup: Lineup, touch: str, resume: Resume | None) -> Journal:
        leave(files)
        path = Path(files.journal) if files.journal else None
        journal = Journal(path, parts(self.config.journal), resume.stood if resume else None)
        date = datetime.now().astimezone().isoformat()
        journal.write(Opened(FORMAT, version(), date, lineup, resume is not None, touch))
        return journal

    def _open_front(self, lineup: Lineup, resume: Resume | None) -> Front:
        """Return the front of a desk with the scenes that were stored, as the main before us left it."""
        path = Path(self.config.scenes.path or "recordings/scenes.json")
        self.scenes = SceneKeeper(path) if self.config.scenes.enabled else None
        known = resume is not None and resume.stood.control.genre in self.genres
        control = (
            resume.stood.control if resume is not None and known else first_control(self.config, self.genres, lineup)
        )
        desk = Desk(control, scenes_at(path, self.genres) if self.scenes else {})
        if resume is not None:
            remember(desk, resume, lambda: self.names.lexicon(desk))
        front = Front(desk, lambda: self.names.lexicon(desk))
        if self.scenes:
            front.on_scenes = self.scenes.keep
        return front

    def _hire_player(self, files: Papers, resume: Resume | None) -> PlayerProcess:
        connections = resume.stood.connections if resume else ()
        again = resume is not None
        player = PlayerProcess(self.config.midi, files.recording or None, again, connections, parts(self.config.record))
        player.on_message(self._from_player)
        player.on_restart(self._player_restarted)
        return player

    def _hire_band(self, lineup: Lineup) -> tuple[Workers, Headroom, Band]:
        config = self.config.band
        workers = Workers(
            self.library.folder,
            self._on_summoned,
            log.warning,
            count=config.workers,
            stuck_s=config.stuck_ms / 1000.0,
        )
        band = Band(
            workers,
            rules=Rules(self.genres),
            harmony=RuleHarmony(self.genres),
            lineup=lineup,
            rests=Rests(config.rest_after, config.probe_bars),
            now=time.monotonic,
        )
        band.summon(self.front.desk.wish)
        return workers, Headroom(config), band

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open player, workers and surfaces; close them in the opposite order."""
        async with AsyncExitStack() as stack:
            stack.callback(self.journal.close)
            if self.scenes:
                stack.callback(self.scenes.close)
            self.performance.hold()
            await self.osc.start()
            stack.callback(self.osc.close)
            self.mqtt.start()
            stack.push_async_callback(self.mqtt.close)
            self.workers.start()
            stack.push_async_callback(self.workers.close)
            stack.push_async_callback(self.web.close)  # its good-byes take time: the notes end before
            await self.player.start()
            stack.push_async_callback(self.player.close)
            self.journal.open()
            self.web.start()
            self.transport.retime(Timeline(self.front.desk.wish.tempo.end, 0.0, self.transport.now()))
            task = asyncio.create_task(self.performance.run(), name="performance")
            task.add_done_callback(_fail_loudly)
            stack.push_async_callback(cancelled, task)
            if self.clock.link is not None:
                stack.push_async_callback(cancelled, loud(asyncio.create_task(self.clock.link.run(), name="link")))
            stack.callback(self.transport.close)
            self.performance.release()
            yield

    async def ready(self, within: float) -> None:
        """Wait at most `within` s until the line-up's experts are loaded and, at most MEET_S, a Link session is met."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within if self.clock.link is None else max(within, MEET_S)):
                while not self.band.complete:
                    await self.workers.changed()
                await self.clock.met()

    def _retimed(self, timeline: Timeline) -> None:
        self.performance.retimed(timeline)

    def _from_player(self, message: FromPlayer) -> None:
        match message:
            case Pulse():
                self.tidings.pulse(message)
                self.clock.watch()
            case Ports():
                self.tidings.show_ports(message)
            case Sounded():
                self.tidings.sounded(message)
            case MidiIn():
                self.clock.prepare()
                self.midi.take(message)
            case Connections():
                self.journal.write(Connected(message.pairs))

    def _on_summoned(self, summoned: Summoned) -> None:
        if summoned.error:
            log.warning("expert %s %s: %s", summoned.name, summoned.version, summoned.error)
            self.front.announce("/rejected", f"expert {summoned.name}", summoned.error)

    def _player_restarted(self) -> None:
        log.warning("the player process was replaced; the music resumes on a bar line")
        self.midi.forget_keys()
        self.performance.restore()
        if not self.performance.playing:  # MIDI clock goes out while stopped, too
            self.performance.retimed(self.transport.timeline)


def _fail_loudly(task: "asyncio.Task[None]") -> None:
    """End the process when the performance breaks: that is our bug; the player releases every note."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("the performance broke", exc_info=error)
        os.kill(os.getpid(), signal.SIGABRT)
