"""Outside: the clock from elsewhere (MIDI clock or Link) that may lead the tempo."""

import time

from server.clock.midi import MidiClockFollower
from server.config import ConfigError
from server.drivers.link import LinkDriver, LinkMissingError
from server.performance import Performance
from server.transport import Transport


class Outside:
    """Has the configured clock lead a performance. follower: of MIDI clock; link: the session; None = not asked for."""

    def __init__(self, source: str, performance: Performance, transport: Transport) -> None:
        """Listen to `source` (internal, midi, link); ConfigError where Link is not installed."""
        self._performance, self._transport = performance, transport
        self.follower = self._follow() if source == "midi" else None
        self.link = self._join() if source == "link" else None

    @property
    def bpm(self) -> float:
        """The tempo: the clock's where one leads, without the small corrections that keep us in step."""
        if self.follower is not None and self._performance.leader.is_led():
            return self.follower.bpm
        return self._transport.bpm

    @property
    def state(self) -> str:
        """How following goes: waiting, locking, locked or lost; with Link how many others there are."""
        if self.follower is not None:
            return self.follower.state
        return f"{self.link.peers} peers" if self.link is not None else "leading"

    async def met(self) -> None:
        """Wait until others in a Link session are met; nothing without one."""
        if self.link is not None:
            await self.link.met()

    def prepare(self) -> None:
        """Before MIDI is taken: a clock that comes finds the music as it is."""
        if self.follower is not None and not self._performance.leader.is_led():
            self.follower.timeline = self._performance.leader.outside

    def watch(self) -> None:
        """Let the follower notice that the clock has dropped out."""
        if self.follower is not None:
            for action in self.follower.poll(time.monotonic()):
                self._performance.follow(action)

    def _follow(self) -> MidiClockFollower:
        follower = MidiClockFollower(self._transport.timeline)
        leads = ("locking", "locked")  # a clock that is gone leads nobody
        self._performance.leader.is_led = lambda: follower.state in leads
        return follower

    def _join(self) -> LinkDriver:
        try:
            link = LinkDriver(time.monotonic, lambda: self._transport.timeline, self._transport.retime)
        except LinkMissingError as error:
            raise ConfigError(str(error), "clock.source") from error
        self._performance.leader.is_led = lambda: link.peers > 0
        self._performance.leader.place = link.place
        return link
