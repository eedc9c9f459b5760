"""A job folder: what codet5 wrote there, checked before it is used, and the commands that follow one another."""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from typing import Any, Callable, Iterator

import torch

import tensor_file
from dropout import Piece
from errors import JobError
from graph import read_json

FORMAT = "codet5-torch-job-1"
POLL_SECONDS = (0.001, 0.02)


@dataclass
class Command:
    """One thing to do: a step, a checkpoint, or the end. Tensors are views of a mapped file."""

    settings: dict[str, Any]
    tensors: dict[str, torch.Tensor]

    def pieces(self, rank: int) -> Iterator[tuple[int, Piece, dict[str, torch.Tensor]]]:
        """This process's part of a step: micro-batch, place and arrays by the graph's input names."""
        for entry in self.settings["pieces"]:
            if entry["rank"] == rank:
                piece = Piece(entry["whole"], entry["own"], entry["firstRow"])
                arrays = {name: self.tensors[f"{entry['at']}/{name}"] for name in entry["arrays"]}
                yield entry["microBatch"], piece, arrays


class Job:
    """An open job folder."""

    def __init__(self, folder: str, wait: Callable[[float], None]) -> None:
        self.folder = folder
        self.wait = wait
        self.settings = read_json(os.path.join(folder, "job.json"))
        found = self.settings.get("format")
        if found != FORMAT:
            raise JobError("job.format", "not a job of this codet5", expected=FORMAT, got=str(found), where=folder)
        for name, digest in self.settings["files"].items():
            self.check(name, digest)

    def path(self, *names: str) -> str:
        return os.path.join(self.folder, *names)

    def check(self, name: str, digest: str) -> None:
        """@raise JobError when a file is not there or another than was written."""
        path = self.path(*name.split("/"))
        if not os.path.isfile(path):
            message = "the job folder is cut short: a file is missing"
            raise JobError("job.missing", message, expected=name, got="no such file", where=self.folder)
        found = digest_of(path)
        if found != digest:
            message = "a file of the job has another digest"
            raise JobError("job.digest", message, expected=digest, got=found, where=path)

    def parameters(self) -> dict[str, torch.Tensor]:
        return tensor_file.read(self.path("parameters.safetensors"))[0]

    def optimizer_state(self) -> dict[str, torch.Tensor] | None:
        name = "optimizer.safetensors"
        return tensor_file.read(self.path(name))[0] if name in self.settings["files"] else None

    def commands(self) -> Iterator[Command]:
        """In order; waits for those still being written, when whoever writes them is at work."""
        index = 0
        while True:
            path = self.chunk(index)
            tensors, metadata = tensor_file.read(path)
            for settings in json.loads(metadata["commands"]):
                yield Command(settings, tensors)
            index += 1

    def chunk(self, index: int) -> str:
        """Path of a chunk of commands: its name holds its digest."""
        prefix = f"{index:06d}-"
        started = time.monotonic()
        while True:
            found = [name for name in os.listdir(self.path("commands")) if is_chunk(name, prefix)]
            if found:
                break
            if self.settings["chunks"] is not None:
                message = "the job folder is cut short: commands are missing"
                expected = f"commands/{prefix}*, of {self.settings['chunks']}"
                raise JobError("job.missing", message, expected=expected, got="no such file", where=self.folder)
            self.wait(time.monotonic() - started)
        digest = found[0][len(prefix) :].split(".")[0]
        self.check(f"commands/{found[0]}", digest)
        return self.path("commands", found[0])


def is_chunk(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name.endswith(".safetensors")


def digest_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 24):
            digest.update(block)
    return digest.hexdigest()
