"""`prepare`: folders of music -> a corpus. Streaming, interruptible, the same bytes for any number of workers.

A shard is named by what goes into it (items, configuration, code), so a shard that is there is the right one.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
from tqdm import tqdm

from training.corpus import sources, store, workers
from training.corpus.config import Config, corpus_config
from training.corpus.index import index
from training.corpus.item import Item
from training.corpus.manifest import Manifest
from training.corpus.slip import Batch, Made
from training.corpus.step import names

Run = Callable[[Iterable[Batch]], Iterator[Made]]


class Wishes(msgspec.Struct, frozen=True):
    """What to prepare.

    data: folder of the known corpora; midi: users' folders; workers: processes, 0 = this one; cluster: a Dask
    scheduler's address. resume: keep the shards that are there. only: names of known corpora, empty = all.
    """

    out: Path
    data: Path | None = None
    midi: tuple[Path, ...] = ()
    workers: int = 1
    cluster: str = ""
    resume: bool = False
    remi: bool = False
    only: tuple[str, ...] = ()


def code_hash() -> str:
    """Return a hash of everything that decides what a shard holds: this package and the codecs."""
    import engines.codec
    import engines.theory

    digest = hashlib.blake2b(digest_size=16)
    roots = [Path(__file__).parent, *(Path(str(m.__file__)).parent for m in (engines.codec, engines.theory))]
    for path in sorted(p for root in roots for p in root.rglob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def batches(found: Iterable[Item], config: Config, remi: bool) -> Iterator[Batch]:
    """Yield batches of items of one source, in order, named by their content."""
    stamp = (code_hash(), msgspec.json.encode(config), remi)
    number, source, group = 0, "", []  # type: int, str, list[Item]
    for item in found:
        if group and (item.source != source or len(group) == config.shard_items):
            yield _batch(group, number, config, remi, stamp)
            number, group = (number + 1 if item.source == source else 0), []
        source = item.source
        group.append(item)
    if group:
        yield _batch(group, number, config, remi, stamp)


def _batch(group: list[Item], number: int, config: Config, remi: bool, stamp: object) -> Batch:
    digest = hashlib.blake2b(repr((stamp, names(group))).encode(), digest_size=6).hexdigest()
    return Batch(f"{group[0].source}-{number:05}-{digest}", tuple(group), config, remi)


def prepare(wishes: Wishes, config: Config | None = None, act: Run | None = None) -> Manifest:
    """Make the corpus; Ctrl-C leaves whole shards behind, which `resume` keeps."""
    config = config or corpus_config()
    if not wishes.resume:
        clear(wishes.out)
    (wishes.out / store.SHARDS).mkdir(parents=True, exist_ok=True)
    wanted = list_shards(wishes, config)
    missing = {name for name in wanted if not (wishes.out / store.SHARDS / f"{name}.slip").exists()}
    todo = (batch for batch in batches(_items(wishes), config, wishes.remi) if batch.shard in missing)
    total = sum(wanted.values())
    with tqdm(total=total, initial=sum(wanted[n] for n in wanted if n not in missing), unit="file") as bar:
        try:
            for made in (act or _runner(wishes))(todo):
                store.write(wishes.out, made)
                bar.update(wanted[made.shard])
        except KeyboardInterrupt:
            bar.close()
            print(f"stopped; `--resume` does the rest ({wishes.out})")
            raise
    if wishes.remi:
        from training.corpus import remi

        remi.save(wishes.out)
    return index(wishes.out, list(wanted), config, code_hash())


def _items(wishes: Wishes) -> Iterator[Item]:
    found = sources.items(wishes.data, wishes.midi)
    return (item for item in found if not wishes.only or item.source in wishes.only or item.tier == "own")


def list_shards(wishes: Wishes, config: Config) -> dict[str, int]:
    """Return the shards that the corpus shall have, in order, and how many items each takes."""
    return {batch.shard: len(batch.items) for batch in batches(_items(wishes), config, wishes.remi)}


def _runner(wishes: Wishes) -> Run:
    if wishes.cluster:
        from training.corpus.cluster import cluster

        return lambda todo: cluster(todo, wishes.cluster)
    if wishes.workers == 0:
        return workers.inline
    return lambda todo: workers.pool(todo, wishes.workers)


def clear(out: Path) -> None:
    """Empty a corpus folder; any other folder that is not empty is refused."""
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / store.SHARDS).is_dir():
        raise FileExistsError(f"{out} is no corpus and not empty")
    for path in (
        *(out / store.SHARDS).iterdir(),
        *(out / name for name in (store.PIECES, store.REJECTED, store.MANIFEST)),
    ):
        path.unlink(missing_ok=True)
