"""Weights, gradients and moments shared out over the processes: torch's FullyShardedDataParallel, asked for by `shard`."""

import contextlib
from collections.abc import Iterator

import torch

from errors import JobError
from versions import is_version

HAS_SHARDING = is_version(2, 6)

if HAS_SHARDING:
    from torch.distributed.fsdp import fully_shard
    from torch.distributed.tensor import DTensor, distribute_tensor


def shard(module: torch.nn.Module, _device: str) -> torch.nn.Module:
    """Weights are gathered for the forward pass and kept for the backward one; the rest stays divided."""
    if not HAS_SHARDING:
        message = "this torch does not share weights out as codet5 wants it"
        raise JobError("job.shard", message, expected="torch 2.6 or newer", got=torch.__version__)
    return fully_shard(module, reshard_after_forward=False)


@contextlib.contextmanager
def alone(module: torch.nn.Module, is_alone: bool) -> Iterator[None]:
    """Whether gradients of this pass stay in the process."""
    module.set_requires_gradient_sync(not is_alone)
    yield


def is_shared_out(tensor: torch.Tensor) -> bool:
    return HAS_SHARDING and isinstance(tensor, DTensor)


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """All of a tensor, wherever its parts are. Every process must ask."""
    return tensor.full_tensor() if is_shared_out(tensor) else tensor


def placed_like(parameter: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """A copy of a whole tensor, divided as a parameter is."""
    own = tensor.to(parameter.device, copy=True)
    if not is_shared_out(parameter):
        return own
    return distribute_tensor(own, parameter.device_mesh, parameter.placements)
