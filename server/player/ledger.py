"""Ledger: the notes now sounding, written beside the wire.

Law: every press that it lets out is followed by exactly one release, whatever comes in between.
"""


class Ledger:
    """Who sounds: (voice, pitch) -> id of the press that owns the note."""

    def __init__(self) -> None:
        """Start in silence."""
        self._sounding: dict[tuple[str, int], int] = {}

    def __len__(self) -> int:
        """Count the sounding notes."""
        return len(self._sounding)

    def press(self, voice: str, pitch: int, owner: int) -> bool:
        """Enter a press; True when the same note sounds already and must be released first."""
        retrigger = (voice, pitch) in self._sounding
        self._sounding[voice, pitch] = owner
        return retrigger

    def release(self, voice: str, pitch: int, owner: int) -> bool:
        """Strike a note out; False for a stale release: the note belongs to a later press, or is released."""
        if self._sounding.get((voice, pitch)) != owner:
            return False
        del self._sounding[voice, pitch]
        return True

    def clear(self, voice: str | None = None) -> list[tuple[str, int]]:
        """Strike out all notes (of one voice); returns (voice, pitch) of each, to be released now."""
        notes = [key for key in self._sounding if voice is None or key[0] == voice]
        for key in notes:
            del self._sounding[key]
        return notes
