"""The same steps on a Dask cluster, for corpora beyond one machine (extra `cluster`).

Items travel with their bytes; items of a user's folder travel as paths, which every worker must be able to read.
"""

from collections.abc import Callable, Iterable, Iterator

from training.corpus.slip import Batch, Made
from training.corpus.step import step
from training.corpus.workers import AHEAD


def cluster(batches: Iterable[Batch], address: str, act: Callable[[Batch], Made] = step) -> Iterator[Made]:
    """Yield shards as the workers of the scheduler at `address` make them; a dead worker's batch is made again."""
    from distributed import Client, as_completed

    with Client(address) as client:
        source = iter(batches)
        most = max(1, len(client.scheduler_info()["workers"])) * AHEAD
        first = [client.submit(act, batch, pure=False) for _, batch in zip(range(most), source, strict=False)]
        under_way = as_completed(first)
        for future in under_way:
            yield future.result()
            future.release()
            if (batch := next(source, None)) is not None:
                under_way.add(client.submit(act, batch, pure=False))
