"""Training steps of the graph and of a hand-written T5 in turns, on one batch. For every line that
comes in, a JSON object of milliseconds goes out, so that another engine can take its turns between."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable

import torch

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from t5 import HandWrittenT5

from job import Job
from trainer import Trainer, precision
from versions import is_version


def hand_written(job: Job, config: dict[str, int], kind: str, device: str) -> Callable[[], float]:
    """A step of the model by hand: the same clipping, the same optimizer."""
    model = HandWrittenT5(config)
    model.load(job.parameters())
    model.to(device)
    fused = {"fused": True} if is_version(2, 4) else {}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.0, **fused)
    command = next(job.commands())
    (_, _, arrays), *_ = command.pieces(0)
    feeds = {name: array.to(device) for name, array in arrays.items()}

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        with precision(kind, device):
            loss = model(feeds)
        (loss / command.settings["count"]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return float(loss.detach()) / command.settings["count"]

    return step


def of_the_graph(job: Job, kind: str, device: str) -> Callable[[], float]:
    # a trainer keeps the settings it was made with
    job.settings = {**job.settings, "precision": kind}
    trainer = Trainer(job, device, 0, 1)
    command = next(job.commands())
    return lambda: float(trainer.step(command)["loss"])


def seconds(step: Callable[[], float], device: str) -> float:
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    started = time.perf_counter()
    step()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - started


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("job")
    parser.add_argument("--config", required=True, help="the shape as JSON")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if options.threads:
        torch.set_num_threads(options.threads)
    job = Job(options.job, lambda _waited: None)
    config, device = json.loads(options.config), options.device
    steps = {
        f"{name} {kind}": make(kind)
        for kind in ("float32", "bfloat16")
        for name, make in (
            ("graph", lambda kind: of_the_graph(job, kind, device)),
            ("hand-written", lambda kind: hand_written(job, config, kind, device)),
        )
    }
    losses = {name: step() for name, step in steps.items()}
    print(json.dumps({"torch": torch.__version__, "losses": losses}), flush=True)
    for _ in sys.stdin:
        ms = {name: 1000 * seconds(step, device) for name, step in steps.items()}
        peak = torch.cuda.max_memory_allocated() if device.startswith("cuda") else 0
        print(json.dumps({"ms": ms, "peakDeviceBytes": peak}), flush=True)


if __name__ == "__main__":
    main()
