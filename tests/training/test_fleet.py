import os
import socket
import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest
import torch

from training.fleet import Fleet

ONE_OF_TWO = """
import sys
from pathlib import Path
import torch
from training.fleet import Fleet
from training.lead.recipe import make_spec
from training.lead.task import Notes, datasets
from training.networks.transformer import StepTransformer
from training.options import TrainOptions, settings
from training.run import Run, Trainer
import msgspec

torch.set_num_threads(1)
folder = Path(sys.argv[1])
options = TrainOptions(folder / "data", folder / "runs", profile="smoke")
chosen = msgspec.structs.replace(settings("lead", options), minutes=5, epochs=2)
data, digest = datasets(options, chosen.window_bars)
torch.manual_seed(Fleet.join().rank)  # the leader's start must win
model, lesson = StepTransformer(make_spec(chosen)), Notes(data, chosen)
trainer = Trainer(model, lesson.loss, Run("lead", "smoke", chosen, digest, "r", 0), folder / "runs")
trainer.fit(lesson.windows, data["valid"])
torch.save(trainer.model.state_dict(), folder / f"{trainer.fleet.rank}.pt")
torch.distributed.destroy_process_group()
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_two_processes_end_with_the_same_weights(tmp_path):
    from tests.training.music import make_corpus

    make_corpus(tmp_path / "data")
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ONE_OF_TWO, str(tmp_path)],
            env=os.environ | place | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
        )
        for rank in range(2)
    ]
    for process in started:
        _, complaint = process.communicate(timeout=240)
        assert process.returncode == 0, complaint.decode()[-2000:]
    one, other = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert len(list((tmp_path / "runs" / "lead").glob("*/best.pt"))) == 1


@pytest.mark.parametrize("size", [1, 2, 5])
def test_shares_make_up_the_batch(size):
    chosen = np.arange(7)
    shares = [Fleet(rank, size, torch.device("cpu")).share(chosen) for rank in range(size)]
    assert sorted(np.concatenate(shares)) == chosen.tolist()


def test_nobody_is_left_without_a_window():
    assert Fleet(3, 4, torch.device("cpu")).share(np.arange(2)).tolist() == [0]


def test_a_cpu_computes_plainly_unless_it_is_wished_and_able(monkeypatch):
    alone = Fleet(0, 1, torch.device("cpu"))
    assert isinstance(alone.arithmetic(), nullcontext)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    assert isinstance(alone.arithmetic(half=True), nullcontext)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    with alone.arithmetic(half=True):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
