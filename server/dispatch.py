"""Dispatch: what goes to the player, and with it to the journal and to everybody who listens."""

import logging
from collections.abc import Callable
from typing import Protocol

from engines.composer import Composed, cut, sounding
from engines.control.state import Control
from engines.theory.chord import Chord
from engines.units import TICKS_PER_BAR, VOICES
from server.band import Played
from server.front import Front
from server.journal import Barred, Decided, Journal, Told
from server.player.messages import Gate, Load, Panic, Retime, Start, Stop, ToPlayer

log = logging.getLogger("melody-engine")


class Player(Protocol):
    """The player process as the performance sees it."""

    def send(self, message: ToPlayer) -> object:
        """Queue a message; never blocks."""


class Dispatch:
    """Sends messages and bars; remembers the gates."""

    def __init__(self, player: Player, front: Front, journal: Journal, now: Callable[[], float]) -> None:
        """Send to `player`, write to `journal`, announce at `front`."""
        self._player, self._front, self._journal, self._now = player, front, journal, now
        self._journaled: Control | None = None
        self._gates: dict[str, bool] = dict.fromkeys(VOICES, True)

    def tell(self, message: Start | Stop | Gate | Panic | Retime) -> None:
        """Send what is no bar."""
        self._journal.write(Told(self._now(), message))
        self._player.send(message)
        if isinstance(message, Start):
            self._journaled = None

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
            self.tell(Gate(voice, is_open))
        if start is not None:
            self.tell(start)
        if composed is not None:
            self._load(composed, 0, ())

    def bar(
        self, played: Played, control: Control, *, upcoming: str | None, start: int, hush: tuple[str, ...] = ()
    ) -> None:
        """Send a bar, written from tick `start` in it on; `hush`: voices whose old notes end there."""
        composed, plan = played.composed, played.composed.plan
        self._load(composed, start, hush)
        self._front.announce("/plan", plan.index, plan.section, round(plan.mean_tension, 4), _names(plan.chords))
        for chair, player in played.players.items():
            self._front.announce("/played", chair, player.expert, round(player.ms, 3))
            if player.reason:
                log.debug("bar %d: understudy for %s: %s", plan.index, chair, player.reason)
        if control != self._journaled:
            self._journal.write(Decided(plan.index, start, control))
            self._journaled = control
        self._journal.write(
            Barred(
                time=self._now(),
                bar=plan.index,
                start=start,
                bpm=plan.bpm,
                upcoming=upcoming,
                players={chair: (p.expert, p.version) for chair, p in played.players.items()},
                hush=hush,
                notes={
                    voice: tuple((n.onset, n.duration, n.pitch, n.velocity) for n in notes)
                    for voice, notes in sounding(composed, start).items()
                },
            )
        )

    def _load(self, composed: Composed, start: int, hush: tuple[str, ...]) -> None:
        bar = composed.plan.index
        self._player.send(Load(bar, bar * TICKS_PER_BAR, cut(start), sounding(composed, start), hush))


def _names(chords: tuple[Chord, ...]) -> str:
    """Return the chords of a bar joined by |, without immediate repeats."""
    runs = [chord for place, chord in enumerate(chords) if place == 0 or chord != chords[place - 1]]
    return "|".join(chord.name for chord in runs)
