"""Songs with what people say about them: keys, chords and numerals beside the notes."""

from typing import Literal

import msgspec

from engines.analysis.music import Music
from engines.theory.key import Key
from training.corpus.said import Said

Side = Literal["train", "test"]


class Truth(msgspec.Struct, frozen=True, eq=False):
    """A song: its music and what was said. modes: whether the keys' modes are told (RS 200 tells tonics)."""

    name: str
    corpus: str
    music: Music
    said: tuple[Said, ...]
    modes: bool = True

    @property
    def numerals(self) -> bool:
        """Whether the analyst wrote numerals (and not chords and keys apart)."""
        return any(each.numeral is not None for each in self.said)

    def home(self) -> Key | None:
        """Return the key in which most of the time is spent."""
        time: dict[Key, int] = {}
        for each in self.said:
            if each.key is not None:
                time[each.key] = time.get(each.key, 0) + each.end - each.tick
        return max(time, key=lambda key: time[key], default=None)
