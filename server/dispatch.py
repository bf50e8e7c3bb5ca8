"""Dispatch: what goes to the player, and with it to the journal and to everybody who listens."""

import logging
from typing import Protocol

from engines.composer import Composed, cut, sounding
from engines.control.state import Control
from engines.theory.chord import Chord
from engines.units import TICKS_PER_BAR, VOICES
from server.band import Played
from server.clock.leader import Leader
from server.front import Front
from server.journal import Barred, Journal, Told
from server.player.messages import Gate, GoOn, Load, Panic, Retime, Start, Stop, ToPlayer
from server.timeline import Timeline
from server.transport import Transport

log = logging.getLogger("melody-engine")


class Player(Protocol):
    """The player process as the performance sees it."""

    def send(self, message: ToPlayer) -> object:
        """Queue a message; never blocks."""


class Follower(Protocol):
    """Whoever follows the music beside the player, such as the page; called after the player, and returns at once."""

    def told(self, message: Start | Stop | GoOn | Gate | Panic | Retime) -> None:
        """Hear what the player is told besides bars; what is told again to a new player is not repeated here."""

    def decided(self, played: Played, upcoming: str | None, start: int, hush: tuple[str, ...]) -> None:
        """Hear of a bar, written from tick `start` in it on; as in `Dispatch.bar`."""


class Dispatch:
    """Sends messages and bars; remembers the gates. followers: who hears of them, too."""

    def __init__(self, player: Player, front: Front, journal: Journal, transport: Transport, leader: Leader) -> None:
        """Send to `player`, write to `journal`, announce at `front`; the tempo is ours unless `leader` is led."""
        self._player, self._front, self._journal = player, front, journal
        self._transport, self._leader = transport, leader
        self._tempo = front.desk.control.tempo
        self._gates: dict[str, bool] = dict.fromkeys(VOICES, True)
        self.followers: list[Follower] = []

    def tell(self, message: Start | Stop | GoOn | Gate | Panic | Retime) -> None:
        """Send what is no bar."""
        self._send(message)
        for follower in self.followers:
            follower.told(message)

    def start(self, tick: int, timeline: Timeline, control: Control, *, fresh: bool) -> None:
        """Let the music run from `tick` on, at its time on the timeline, with the control's tempo unless led."""
        self._tempo = control.tempo
        begun = self._transport.start(tick, timeline.bpm, timeline.time(tick))
        if not self._leader.is_led() and control.tempo.tick1 > tick:
            self._transport.set_tempo(control.tempo)
        self.tell(Start(tick, begun, fresh))

    def direct(self, control: Control, tick: int | None) -> None:
        """Carry what is not composed (mute, solo, tempo) to player and transport, from `tick` on; None = now."""
        self.gates(control, tick)
        if control.tempo != self._tempo:
            self._tempo = control.tempo
            if not self._leader.is_led():
                self._transport.set_tempo(control.tempo)

    def gates(self, control: Control, tick: int | None) -> None:
        """Let through and silence voices as mute and solo want it from `tick` on; None = now."""
        for voice in VOICES:
            is_open = control.audible(voice)
            if is_open != self._gates[voice]:
                self._gates[voice] = is_open
                self.tell(Gate(voice, is_open, tick))

    def again(self, start: Start | None, composed: Composed | None) -> None:
        """Tell a new player the gates, where the music is, and a bar that has not begun."""
        for voice, is_open in self._gates.items():
            self._send(Gate(voice, is_open))
        if start is not None:
            self._send(start)
        if composed is not None:
            self.load(composed)

    def bar(
        self, played: Played, *, upcoming: str | None, left: int | None, start: int, hush: tuple[str, ...] = ()
    ) -> None:
        """Send a bar, written from tick `start` in it on; `hush`: voices whose old notes end there. left: as told."""
        composed, plan = played.composed, played.composed.plan
        self.load(composed, start, hush)
        self._front.announce("/plan", plan.index, plan.section, round(plan.mean_tension, 4), _names(plan.chords))
        for chair, player in played.players.items():
            if chair != "form":  # it plays nothing
                self._front.announce("/played", chair, player.expert, round(player.ms, 3))
            if player.reason:
                log.debug("bar %d: understudy for %s: %s", plan.index, chair, player.reason)
        self._journal.write(
            Barred(
                time=self._transport.now(),
                bar=plan.index,
                start=start,
                bpm=plan.bpm,
                upcoming=upcoming,
                left=left,
                section=plan.section,
                players={chair: (p.expert, p.version) for chair, p in played.players.items()},
                hush=hush,
                notes={
                    voice: tuple((n.onset, n.duration, n.pitch, n.velocity) for n in notes)
                    for voice, notes in sounding(composed, start).items()
                },
                cursor=composed.score.cursor,
            )
        )
        for follower in self.followers:
            follower.decided(played, upcoming, start, hush)

    def load(self, composed: Composed, start: int = 0, hush: tuple[str, ...] = ()) -> None:
        """Send the notes of a bar from tick `start` in it on."""
        plan = composed.plan
        notes = sounding(composed, start)
        self._player.send(Load(plan.index, plan.index * TICKS_PER_BAR, cut(start), notes, hush, plan.section))

    def _send(self, message: Start | Stop | GoOn | Gate | Panic | Retime) -> None:
        self._journal.write(Told(self._transport.now(), message))
        self._player.send(message)


def _names(chords: tuple[Chord, ...]) -> str:
    """Return the chords of a bar joined by |, without immediate repeats."""
    runs = [chord for place, chord in enumerate(chords) if place == 0 or chord != chords[place - 1]]
    return "|".join(chord.name for chord in runs)
