"""The event tokens of SkyTNT's midi-model, versions 1 and 2: an event is a row of eight numbers.

A row is the token of the event's kind, one token per parameter in the order of its layout, then padding. Each value of
each parameter has a token of its own. Layouts and sizes: `midi_tokenizer.py` of github.com/SkyTNT/midi-model
(Apache-2.0), MIDITokenizerV1 and MIDITokenizerV2; the code here is ours.
Law: decode(encode(event)) == event, and encode(decode(row)) == row for every row that decodes.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

PAD: Final = 0
BOS: Final = 1
EOS: Final = 2
ROW: Final = 8  # tokens of a row: the longest event has seven parameters
FIRST_ROW: Final = (BOS, *[PAD] * (ROW - 1))
LAST_ROW: Final = (EOS, *[PAD] * (ROW - 1))
Row = tuple[int, ...]

_WHEN: Final = ("time1", "time2", "track")
_SHARED: Final = {
    "time1": 128, "time2": 16, "duration": 2048, "track": 128, "channel": 16, "pitch": 128, "velocity": 128,
    "patch": 128, "controller": 128, "value": 128,
}  # fmt: skip
_COMMON: Final = {
    "patch_change": (*_WHEN, "channel", "patch"),
    "control_change": (*_WHEN, "channel", "controller", "value"),
    "set_tempo": (*_WHEN, "bpm"),
}


class Event(msgspec.Struct, frozen=True):
    """One event: its kind, and a value 0..size - 1 for each parameter of its layout."""

    kind: str
    values: dict[str, int]


class Tokens:
    """The vocabulary of one version: layouts (kind -> parameters in order) and sizes (parameter -> values)."""

    def __init__(self, version: str, layouts: Mapping[str, tuple[str, ...]], sizes: Mapping[str, int]) -> None:
        """Count the tokens: padding, beginning, end, the kinds, then each parameter's values, in this order."""
        self.version, self.layouts, self.sizes = version, dict(layouts), dict(sizes)
        self.kinds = {kind: EOS + 1 + at for at, kind in enumerate(layouts)}
        self.first: dict[str, int] = {}
        self.size = EOS + 1 + len(layouts)
        for parameter, size in sizes.items():
            self.first[parameter] = self.size
            self.size += size
        self._kind_of = {token: kind for kind, token in self.kinds.items()}

    def encode(self, event: Event) -> Row:
        """Return the row of an event; raises ValueError naming the parameter that is missing or out of range."""
        layout = self.layouts.get(event.kind)
        if layout is None:
            raise ValueError(f"no event {event.kind[:40]!r} in {self.version}; there are: {', '.join(self.layouts)}")
        row = [self.kinds[event.kind], *(self._token(name, event.values.get(name, -1)) for name in layout)]
        if len(event.values) != len(layout):
            raise ValueError(f"{event.kind} has {', '.join(layout)}, not {', '.join(event.values)}")
        return (*row, *[PAD] * (ROW - len(row)))

    def decode(self, row: Sequence[int]) -> Event:
        """Return the event of a row; raises ValueError saying which token is wrong."""
        kind = self._kind_of.get(row[0]) if len(row) == ROW else None
        if kind is None:
            raise ValueError(f"{list(row[:ROW])} is no row of {ROW} tokens that begins with an event's")
        layout, values = self.layouts[kind], {}
        for name, token in zip(layout, row[1:], strict=False):
            values[name] = token - self.first[name]
            if not 0 <= values[name] < self.sizes[name]:
                raise ValueError(f"{kind}: token {token} is no {name}")
        if any(token != PAD for token in row[1 + len(layout) :]):
            raise ValueError(f"{kind}: more tokens than {', '.join(layout)}")
        return Event(kind, values)

    def _token(self, name: str, value: int) -> int:
        if not 0 <= value < self.sizes[name]:
            raise ValueError(f"{name} {value}: must be 0..{self.sizes[name] - 1}")
        return self.first[name] + value


V1: Final = Tokens(
    "v1",
    {"note": (*_WHEN, "duration", "channel", "pitch", "velocity"), **_COMMON},
    {**_SHARED, "bpm": 256},
)
V2: Final = Tokens(
    "v2",
    {
        "note": (*_WHEN, "channel", "pitch", "velocity", "duration"),
        **_COMMON,
        "time_signature": (*_WHEN, "nn", "dd"),
        "key_signature": (*_WHEN, "sf", "mi"),
    },
    {**_SHARED, "bpm": 384, "nn": 16, "dd": 4, "sf": 15, "mi": 2},
)
VERSIONS: Final = {tokens.version: tokens for tokens in (V1, V2)}
