"""Blind A/B listening sheets: a folder to hand to listeners, and the key, which lies outside of it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from training.judge.page_templates import environment
from training.judge.result import Result
from training.judge.sheet_audio import SUFFIX, NoSoundError, render_pair, soundfont
from training.judge.sheet_midi import write_midi
from training.judge.sheet_pairs import ABOUT, Pair, pairs
from training.judge.sheet_settings import Sound, load

KEY: Final = "listen-key.json"


class Answer(msgspec.Struct, frozen=True):
    """Who played both sides of a pair."""

    pair: int
    kind: str
    a: str
    b: str
    blueprint: str


class Key(msgspec.Struct, frozen=True):
    """What the listeners must not see. sheet: the name of the sheet that the votes name, too; seed: of the order."""

    sheet: str
    seed: int
    pairs: list[Answer]


class Shown(msgspec.Struct, frozen=True):
    """What the page shows of a pair: its number, what to listen to, file names without suffix."""

    number: int
    about: str
    a: str
    b: str


def write_sheets(result: Result, folder: Path, seed: int | None = None) -> int:
    """Write the pairs of a judgement's excerpts as MIDI, sound and page; the key lies beside the folder.

    seed: of sides and order; default: the first of the judgement's. Returns the number of pairs: at 0 nothing is
    written.
    """
    chosen = (result.meta.seeds or [0])[0] if seed is None else seed
    found, sound = pairs(result.excerpts, chosen), load()
    if not found:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("??-[ab].mid"), *folder.glob(f"??-[ab]{SUFFIX}")):
        old.unlink()  # of an earlier sheet: its sound would be heard with these votes
    names = [_write(folder, number, pair, sound) for number, pair in enumerate(found, 1)]
    silence = _render([tuple(folder / f"{name}.mid" for name in side) for side in names], sound)
    key = _key(result, found, chosen)
    (folder.parent / KEY).write_bytes(msgspec.json.format(msgspec.json.encode(key), indent=1))
    shown = [Shown(n, ABOUT[pair.kind], *name) for n, (pair, name) in enumerate(zip(found, names, strict=True), 1)]
    (folder / "index.html").write_text(sheet_page(key.sheet, shown, silence), encoding="utf-8")
    return len(found)


def sheet_page(sheet: str, shown: Sequence[Shown], silence: str = "") -> str:
    """Return the page that plays pairs and collects votes. silence: why there is no sound; empty: there is."""
    return environment().get_template("listen.html").render(sheet=sheet, pairs=shown, silence=silence, suffix=SUFFIX)


def _write(folder: Path, number: int, pair: Pair, sound: Sound) -> tuple[str, str]:
    names = (f"{number:02}-a", f"{number:02}-b")
    for name, side in zip(names, (pair.a, pair.b), strict=True):
        write_midi(folder / f"{name}.mid", side.notes, bpm=pair.source.bpm, bars=pair.source.bars, sound=sound)
    return names


def _render(files: Sequence[Sequence[Path]], sound: Sound) -> str:
    try:
        font = soundfont(sound)
        for pair in files:
            render_pair(pair, font, sound)
    except NoSoundError as error:
        return str(error)
    return ""


def _key(result: Result, found: Sequence[Pair], seed: int) -> Key:
    answers = [
        Answer(number, pair.kind, pair.a.player, pair.b.player, pair.source.blueprint)
        for number, pair in enumerate(found, 1)
    ]
    told = msgspec.json.encode([result.meta.date, result.meta.revision, result.meta.data_sha256, seed, len(found)])
    return Key(hashlib.sha256(told).hexdigest()[:12], seed, answers)
