"""A job folder: what codet5 wrote there, checked before it is used, and the commands that follow one another."""

import hashlib
import itertools
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

import tensor_file
from dropout import Piece
from errors import JobError
from graph import damaged, read_json

FORMAT = "codet5-torch-job-1"
POLL_SECONDS = (0.001, 0.02)
#: What job.json must say.
KEYS = (
    *("files", "chunks", "graphs", "trainable", "optimizer", "seed", "processes", "precision"),
    *("nativeDropout", "compile", "shard", "fused"),
)


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


@dataclass(frozen=True)
class Saved:
    """Results that an interrupted job goes on from."""

    folder: str
    #: Checkpoints written by then.
    count: int
    #: Bytes of progress.jsonl by then.
    offset: int


class Job:
    """An open job folder."""

    def __init__(self, folder: str, wait: Callable[[float], None]) -> None:
        self.folder = folder
        self.wait = wait
        self.settings = read_json(os.path.join(folder, "job.json"))
        found = self.settings.get("format")
        if found != FORMAT:
            raise JobError(
                "job.format",
                "not a job of this codet5",
                expected=FORMAT,
                got=str(found),
                where=folder,
            )
        missing = [key for key in KEYS if key not in self.settings]
        if missing:
            raise damaged(self.path("job.json"), f"no {', '.join(missing)}")
        for name, digest in self.settings["files"].items():
            self.check(name, digest)
        self.continued = self.last_saved()

    def path(self, *names: str) -> str:
        return os.path.join(self.folder, *names)

    def check(self, name: str, digest: str) -> None:
        """@raise JobError when a file is not there or another than was written."""
        path = self.path(*name.split("/"))
        if not os.path.isfile(path):
            message = "the job folder is cut short: a file is missing"
            raise JobError(
                "job.missing", message, expected=name, got="no such file", where=self.folder
            )
        found = digest_of(path)
        if found != digest:
            message = "a file of the job has another digest"
            raise JobError("job.digest", message, expected=digest, got=found, where=path)

    def last_saved(self) -> Saved | None:
        """Where a job that travelled was interrupted. One that codet5 follows starts anew each time."""
        progress = self.path("results", "progress.jsonl")
        if self.settings["chunks"] is None or not os.path.isfile(progress):
            return None
        saved, offset = None, 0
        with open(progress, "rb") as file:
            for line in file:
                offset += len(line)
                event = event_in(line, progress)
                if event.get("event") == "saved":
                    saved = Saved(
                        self.path("results", event["folder"]), int(event["folder"]) + 1, offset
                    )
        return saved

    def parameters(self) -> dict[str, torch.Tensor]:
        first = tensor_file.read(self.path("parameters.safetensors"))[0]
        if self.continued is None:
            return first
        return {
            **first,
            **tensor_file.read(os.path.join(self.continued.folder, "model.safetensors"))[0],
        }

    def optimizer_state(self) -> dict[str, torch.Tensor] | None:
        name = "optimizer.safetensors"
        if self.continued is not None:
            return tensor_file.read(os.path.join(self.continued.folder, name))[0]
        return tensor_file.read(self.path(name))[0] if name in self.settings["files"] else None

    def commands(self) -> Iterator[Command]:
        """In order; waits for those still being written, when whoever writes them is at work."""
        to_skip = 0 if self.continued is None else self.continued.count
        for index in itertools.count():
            path = self.chunk(index)
            tensors, metadata = tensor_file.read(path)
            for settings in commands_in(metadata, path):
                if to_skip == 0:
                    yield Command(settings, tensors)
                elif settings["do"] == "save":
                    to_skip -= 1

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
                raise JobError(
                    "job.missing", message, expected=expected, got="no such file", where=self.folder
                )
            self.wait(time.monotonic() - started)
        digest = found[0][len(prefix) :].split(".")[0]
        self.check(f"commands/{found[0]}", digest)
        return self.path("commands", found[0])


def event_in(line: bytes, path: str) -> dict[str, Any]:
    """A line of progress; one that its writer did not end says nothing."""
    if not line.endswith(b"\n"):
        return {}
    try:
        return dict(json.loads(line))
    except (TypeError, ValueError) as error:
        raise damaged(path, repr(error)) from error


def commands_in(metadata: dict[str, str], path: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(metadata["commands"]))
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, f"commands: {error!r}") from error


def is_chunk(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and name.endswith(".safetensors")


def digest_of(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 24):
            digest.update(block)
    return digest.hexdigest()
