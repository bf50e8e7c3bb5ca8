"""What a training run is: its numbers and its identity."""

import hashlib
from pathlib import Path

import msgspec

FILE = "run.json"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of one profile, from `configs/experts/<expert>.yaml`.

    minutes: wall-clock limit of the training; 0 = none. With a limit the learning rate follows the clock
    where it is ahead of the epochs, so such a run is not repeatable to the bit.
    """

    layers: int = 2
    hidden: int = 192
    embed: int = 48
    dropout: float = 0.2
    window_bars: int = 8
    batch: int = 32
    epochs: int = 10
    rate: float = 2e-3
    weight_decay: float = 0.01
    label_smoothing: float = 0.0
    patience: int = 3
    minutes: float = 0.0
    ema: float = 0.998
    extra: dict[str, float] = {}


class Run(msgspec.Struct, frozen=True):
    """Identity of a run."""

    expert: str
    profile: str
    settings: Settings
    data_sha256: str
    revision: str
    seed: int

    def folder(self, runs: Path) -> Path:
        """Return its folder below `runs`."""
        digest = hashlib.sha256(msgspec.json.encode(self)).hexdigest()
        return runs / self.expert / f"{self.profile}-{digest[:10]}"

    def begin(self, runs: Path) -> Path:
        """Make its folder below `runs` and say there what it is."""
        folder = self.folder(runs)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(self)))
        return folder

    def earlier(self, runs: Path) -> "Run":
        """Return this run as an interrupted one began it, perhaps on another revision; else itself."""
        for path in sorted((runs / self.expert).glob(f"*/{FILE}"), key=lambda p: -p.stat().st_mtime):
            found = run_of(path.parent)
            if msgspec.structs.replace(found, revision=self.revision) == self:
                return found
        return self


def run_of(folder: Path) -> Run:
    """Return the run that a folder is of."""
    return msgspec.json.decode((folder / FILE).read_bytes(), type=Run)
