"""Where steps run: in this process, in a pool of processes, or on a Dask cluster; the results are the same bytes.

At most a few batches are under way, so that a corpus streams through whatever its size.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from threading import Thread

import msgspec

from training.corpus.slip import Batch, Made
from training.corpus.step import step

Step = Callable[[Batch], Made]
AHEAD = 2  # batches under way a worker


def inline(batches: Iterable[Batch], act: Step = step) -> Iterator[Made]:
    """Yield shards made in this process."""
    yield from map(act, batches)


def pool(batches: Iterable[Batch], workers: int, act: Step = step) -> Iterator[Made]:
    """Yield shards as they are made by so many processes; a file that kills one is found and named."""
    waiting: dict[Future[Made], Batch] = {}
    source = iter(batches)
    executor = _processes(workers)
    try:
        while True:
            while len(waiting) < workers * AHEAD and (batch := next(source, None)) is not None:
                waiting[_submitted(executor, act, batch)] = batch
            if not waiting:
                return
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            finished = [future.result() for future in done if not isinstance(future.exception(), BrokenProcessPool)]
            for future in done:
                if future.exception() is None:
                    del waiting[future]
            yield from finished
            if any(future in waiting for future in done):  # a worker died: everything under way is made again, alone
                executor.shutdown(wait=True, cancel_futures=True)
                torn = list(waiting.values())
                waiting.clear()
                executor = _processes(workers)
                yield from (survive(batch, act) for batch in torn)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def survive(batch: Batch, act: Step = step) -> Made:
    """Return the shard of a batch some of whose items may kill their reader; these are named on its slip."""
    made = _alone(batch, act)
    if made is not None:
        return made
    single = ((item, msgspec.structs.replace(batch, items=(item,))) for item in batch.items)
    bad = tuple(item.name for item, one in single if _alone(one, act) is None)
    made = _alone(msgspec.structs.replace(batch, crashing=bad), act)
    if made is None:
        raise RuntimeError(f"shard {batch.shard}: its worker dies, and no single file is to blame (out of memory?)")
    return made


def _alone(batch: Batch, act: Step) -> Made | None:
    with _processes(1) as executor:
        try:
            return executor.submit(act, batch).result()
        except BrokenProcessPool:
            return None


def _submitted(executor: ProcessPoolExecutor, act: Step, batch: Batch) -> Future[Made]:
    """Return the batch under way; where a worker has died since anybody looked, as one that died with it."""
    try:
        return executor.submit(act, batch)
    except BrokenProcessPool as error:
        dead: Future[Made] = Future()
        dead.set_exception(error)
        return dead


def _processes(count: int) -> ProcessPoolExecutor:
    # fresh interpreters: a forked one inherits threads (progress bars) and can hang
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_quiet)


def _quiet() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's business
    Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    """End with the main process, even where it was killed: a worker would wait for its next batch for ever."""
    parent = parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)
