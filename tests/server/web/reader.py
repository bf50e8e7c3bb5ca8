"""A page as the tests need it: takes the frames of its outbox and plays second player with them."""

import msgspec

from engines.units import TICKS_PER_BAR
from server.web.outbox import Outbox

BIG = 10_000_000


class Reader:
    """frames: all that came, decoded, in order. notes: per bar and voice what is to sound."""

    def __init__(self, size=BIG, most=100_000):
        self.dropped = 0
        self.outbox = Outbox(size, most, self._drop)
        self.frames = []
        self.notes = {}
        self.closed = {}
        self.end = None

    def _drop(self):
        self.dropped += 1

    def read(self):
        """Take what waits; return the frames that were new."""
        new = [msgspec.json.decode(data) for data, _ in self.outbox.take()]
        for each in new:
            self._follow(each)
        self.frames += new
        return new

    def of(self, kind):
        self.read()
        return [each[kind] for each in self.frames if kind in each]

    def _follow(self, each):
        match each:
            case {"hello": {"bars": bars, "told": told}}:
                for bar in bars:
                    self._load(bar)
                for message in told:
                    self._tell(message)
            case {"bar": bar}:
                self._load(bar)
            case {"tell": message}:
                self._tell(message)

    def _load(self, bar):
        old = self.notes.get(bar["bar"], {})
        merged = {}
        for voice, notes in bar["notes"].items():
            kept = [tuple(note) for note in old.get(voice, ()) if note[0] < bar["start"]]
            if voice in bar["hush"]:
                kept = [(at, min(length, bar["start"] - at), *rest) for at, length, *rest in kept]
            merged[voice] = [*kept, *map(tuple, notes)]
        self.notes[bar["bar"]] = merged

    def _tell(self, message):
        match message:
            case {"type": "Start", "tick": tick, "fresh": fresh}:
                first = 0 if fresh else tick // TICKS_PER_BAR
                self.notes = {bar: notes for bar, notes in self.notes.items() if bar < first}
                self.end = None
            case {"type": "Stop", "tick": tick}:
                self.end = tick
            case {"type": "GoOn"}:
                self.end = None
            case {"type": "Gate", "voice": voice, "open": is_open}:
                self.closed[voice] = not is_open
