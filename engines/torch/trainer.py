"""A model in training: graphs over one set of parameters, gradients over all processes, updates."""

import contextlib
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist

import sharding
from dropout import hash32
from graph import Graph
from job import Command, Job
from optimizers import OPTIMIZERS, Optimizer
from sharding import whole
from versions import is_version


class Heads(torch.nn.Module):
    """The loss under any head. Parameters that a head does not read get a gradient of zero."""

    def __init__(self, job: Job, device: str) -> None:
        super().__init__()
        settings = job.settings
        trainable = set(settings["trainable"])
        self.names = list(job.parameters())
        # names hold dots, which modules do not allow
        self.weights = torch.nn.ParameterList(
            torch.nn.Parameter(tensor.to(device, copy=True), requires_grad=name in trainable)
            for name, tensor in job.parameters().items()
        )
        is_native, is_fused = settings["nativeDropout"], settings["fused"]
        self.graphs = {
            head: Graph(job.path(file), device, is_native, is_fused, settings["compile"])
            for head, file in settings["graphs"].items()
        }
        self.run: dict[str, Callable] = {
            head: torch.compile(graph.run) if settings["compile"] else graph.run
            for head, graph in self.graphs.items()
        }

    def by_name(self) -> dict[str, torch.nn.Parameter]:
        return dict(zip(self.names, self.weights))

    def forward(self, head: str | None, feeds: dict[str, torch.Tensor]) -> torch.Tensor:
        weights = self.by_name()
        read = set() if head is None else {entry["name"] for entry in self.graphs[head].inputs}
        unread = [p for name, p in weights.items() if name not in read and p.requires_grad]
        nothing = sum(
            (p.reshape(-1)[0] * 0 for p in unread), torch.zeros((), device=self.weights[0].device)
        )
        if head is None:
            return nothing
        loss = self.run[head](
            {**{name: weights[name] for name in read if name in weights}, **feeds}
        )
        return loss.float() + nothing if unread else loss.float()


class Trainer:
    """One process of a run."""

    def __init__(self, job: Job, device: str, rank: int, processes: int) -> None:
        self.settings = job.settings
        self.device, self.rank, self.processes = device, rank, processes
        self.heads = Heads(job, device)
        self.saved = 0 if job.continued is None else job.continued.count
        self.module = self.heads
        if processes > 1:
            spread = sharding.shard if job.settings["shard"] else distributed
            self.module = spread(self.heads, device)
        self.parameters = {name: p for name, p in self.heads.by_name().items() if p.requires_grad}
        settings = job.settings["optimizer"]
        self.optimizer: Optimizer = OPTIMIZERS[settings["name"]](self.parameters, settings)
        state = job.optimizer_state()
        if state is not None:
            self.optimizer.load(state)

    def step(self, command: Command) -> dict[str, Any]:
        """One update; what it was like, over all processes."""
        settings = command.settings
        for parameter in self.parameters.values():
            parameter.grad = None
        loss = self.gradients(command)
        norm = self.norm() / settings["count"]
        is_finite = math.isfinite(norm) and math.isfinite(loss)
        if is_finite:
            limit = settings["maxGradNorm"]
            clip = 1.0 if limit == 0 else min(1.0, limit / (norm + 1e-6))
            for parameter in self.parameters.values():
                parameter.grad.mul_(clip / settings["count"])
            self.optimizer.step(settings["learningRate"])
        report = {"step": settings["step"] + 1, "loss": loss / settings["count"]}
        return {**report, "count": settings["count"], "gradNorm": norm, "isFinite": is_finite}

    def gradients(self, command: Command) -> float:
        """Summed gradients land in the parameters. Returns the summed loss."""
        settings = command.settings
        pieces = list(command.pieces(self.rank))
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        for k in range(max(1, len(pieces))):
            with self.alone(k + 1 < len(pieces)):
                loss = self.loss(settings, pieces[k]) if pieces else self.module(None, {})
                # processes are averaged, and sums are wanted
                (loss * self.processes if self.processes > 1 else loss).backward()
            total += loss.detach()
        for parameter in self.parameters.values():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        if self.processes > 1:
            dist.all_reduce(total)
        return float(total)

    def alone(self, is_alone: bool) -> contextlib.AbstractContextManager:
        """Gradients of all but the last piece stay in the process."""
        if self.processes == 1:
            return contextlib.nullcontext()
        if self.settings["shard"]:
            return sharding.alone(self.module, is_alone)
        return self.module.no_sync() if is_alone else contextlib.nullcontext()

    def loss(self, settings: dict[str, Any], piece: tuple) -> torch.Tensor:
        micro_batch, place, arrays = piece
        head = settings["head"]
        feeds = {name: array.to(self.device, non_blocking=True) for name, array in arrays.items()}
        step_key = hash32(hash32(self.settings["seed"], 0x5EED), settings["step"])
        key = hash32(step_key, micro_batch)
        for site in self.heads.graphs[head].sites:
            feeds[site.name] = site.draw(key, place, self.device)
        with precision(self.settings["precision"], self.device):
            return self.module(head, feeds)

    def norm(self) -> float:
        gradients = [parameter.grad for parameter in self.parameters.values()]
        norms = torch.stack([whole(torch.linalg.vector_norm(gradient)) for gradient in gradients])
        return float(norms.double().square().sum().sqrt())

    def weights(self) -> dict[str, torch.Tensor]:
        return {name: whole(parameter.detach()) for name, parameter in self.parameters.items()}

    def state(self) -> dict[str, torch.Tensor]:
        return {name: whole(tensor) for name, tensor in self.optimizer.state().items()}


def precision(name: str, device: str) -> contextlib.AbstractContextManager:
    """Parameters stay in float32; products are in bfloat16 where asked for."""
    if name == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device.split(":")[0], dtype=torch.bfloat16)


def distributed(heads: Heads, device: str) -> torch.nn.Module:
    places = [device] if device.startswith("cuda") else None
    return torch.nn.parallel.DistributedDataParallel(
        heads, device_ids=places, gradient_as_bucket_view=is_version(2, 0)
    )
