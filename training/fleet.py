"""Where a run computes: this CPU, a GPU, or many processes that torchrun started."""

import os
from contextlib import AbstractContextManager, nullcontext

import msgspec
import numpy as np
import torch
from torch import distributed, nn


class Fleet(msgspec.Struct, frozen=True):
    """rank of size processes, and the device of this one."""

    rank: int
    size: int
    device: torch.device

    @classmethod
    def join(cls) -> "Fleet":
        """Join the processes that torchrun started (its environment says so), else stand alone."""
        rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
        place = int(os.environ.get("LOCAL_RANK", "0"))
        device = torch.device("cuda", place) if torch.cuda.is_available() else torch.device("cpu")
        if size > 1 and not distributed.is_initialized():
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        return cls(rank, size, device)

    @property
    def leads(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def share(self, chosen: np.ndarray) -> np.ndarray:
        """Return this process's part of a batch; every process gets at least one window."""
        part = chosen[self.rank :: self.size]
        return part if len(part) else chosen[:1]

    def same_start(self, model: nn.Module) -> None:
        """Give every process the leader's weights."""
        if self.size > 1:
            for value in model.state_dict().values():
                distributed.broadcast(value, 0)

    def mean_gradients(self, model: nn.Module) -> None:
        """Average the gradients over the processes."""
        if self.size > 1:
            for value in model.parameters():
                if value.grad is not None:
                    distributed.all_reduce(value.grad)
                    value.grad /= self.size

    def leaders(self, value: float) -> float:
        """Return the leader's value, so that all learn at the same rate and stop at the same step."""
        if self.size == 1:
            return value
        said = torch.tensor([value], dtype=torch.float64, device=self.device)
        distributed.broadcast(said, 0)
        return float(said.item())

    def arithmetic(self, half: bool = False) -> AbstractContextManager[object]:
        """Return the context of a forward pass: bfloat16 on a GPU; on a CPU where wished and multiplied by itself."""
        quick = self.device.type == "cuda" or (half and torch.cpu._is_avx512_bf16_supported())
        return torch.autocast(self.device.type, torch.bfloat16) if quick else nullcontext()
