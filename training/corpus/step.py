"""The step of the pipeline: a batch of raw items to a shard. Pure: the same on any worker, process or machine."""

import hashlib
import io
import zipfile
from collections.abc import Iterable

import msgspec
import numpy as np

from training.corpus import quality
from training.corpus.config import Config
from training.corpus.item import Item
from training.corpus.likeness import music_hash, shingle_hashes
from training.corpus.parts import BrokenFile
from training.corpus.piece import Piece
from training.corpus.readers import READERS
from training.corpus.slip import Batch, Entry, Made, Rejected, Slip
from training.corpus.tokens import Arrays, tokens

CRASHED = "it crashes the reader"


def step(batch: Batch) -> Made:
    """Return the shard of a batch; what cannot be read or is unfit is on the slip, with the reason."""
    entries: list[Entry] = []
    rejected: list[Rejected] = []
    records, arrays = bytearray(), {}  # type: bytearray, Arrays
    for item in batch.items:
        try:
            if item.name in batch.crashing:
                raise BrokenFile(CRASHED)
            for piece in READERS[item.reader](item, batch.config):
                if reasons := quality.faults(piece, batch.config):
                    rejected.append(Rejected(piece.source, piece.name, tuple(reasons)))
                else:
                    entries.append(_keep(piece, batch, records, arrays, len(entries)))
        except Exception as error:  # one bad file never stops a corpus: the reason names what happened
            kind = "" if isinstance(error, BrokenFile) else f"{type(error).__name__}: "
            rejected.append(Rejected(item.source, item.name, (f"broken file: {kind}{str(error)[:80]}",)))
    slip = msgspec.msgpack.encode(Slip(tuple(entries), tuple(rejected)))
    return Made(batch.shard, bytes(records), pack(arrays), slip)


def _keep(piece: Piece, batch: Batch, records: bytearray, arrays: Arrays, number: int) -> Entry:
    found, remi = tokens(piece), ""
    if batch.remi:
        from training.corpus.remi import checked

        remi, found["remi"] = checked(piece)
    record = msgspec.msgpack.encode(piece)
    entry = describe(piece, record, len(records), found, remi=remi, config=batch.config)
    arrays.update({f"{number}.{name}": value for name, value in found.items()})
    records += record
    return entry


def describe(piece: Piece, record: bytes, offset: int, found: Arrays, *, remi: str, config: Config) -> Entry:
    """Return the entry of a piece whose record begins at `offset`."""
    roles: dict[str, float] = {}
    for track in piece.tracks:
        roles[track.role] = max(roles.get(track.role, 0.0), track.confidence)
    key = piece.keys[0] if piece.keys else None
    metre = piece.metres[0] if piece.metres else None
    sure = [span.confidence for span in piece.chords]
    return Entry(
        source=piece.source,
        name=piece.name,
        tier=piece.tier,
        licence=piece.licence,
        offset=offset,
        size=len(record),
        sha256=hashlib.sha256(record).hexdigest(),
        music=music_hash(piece),
        song=piece.meta.get("song", piece.name),
        split=piece.meta.get("split", ""),
        bars=quality.bars(piece),
        notes=sum(len(track.events) for track in piece.tracks),
        metre=f"{metre.beats}/{metre.unit}" if metre else "",
        bpm=piece.tempos[0].bpm if piece.tempos else 0.0,
        key=f"{key.tonic} {key.mode}" if key else "",
        key_confidence=key.confidence if key else 0.0,
        key_fit=round(quality.key_fit(piece, config), 3),
        chords=len(sure),
        chord_confidence=round(sum(sure) / len(sure), 3) if sure else 0.0,
        sections=len(piece.sections),
        roles=dict(sorted(roles.items())),
        arrays={name: len(value) for name, value in sorted(found.items())},
        remi=remi,
        shingles=shingle_hashes(piece, config.most_shingles).tobytes(),
    )


def pack(arrays: Arrays) -> bytes:
    """Return arrays as an .npz whose bytes hang on nothing but the arrays (no clock in it)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, value in sorted(arrays.items()):
            body = io.BytesIO()
            np.lib.format.write_array(body, np.ascontiguousarray(value), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), body.getvalue(), zipfile.ZIP_DEFLATED, 1)
    return stream.getvalue()


def names(items: Iterable[Item]) -> list[str]:
    """Return what identifies items: name and content, or name and stamp of a file."""
    return [
        f"{i.source}/{i.name}/{i.stamp or hashlib.blake2b(i.data, digest_size=16).hexdigest()}/{i.about!r}/{i.licence}"
        for i in items
    ]
