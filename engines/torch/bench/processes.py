"""What several processes cost: a job's first step alone, together, and the sum of gradients by itself, in turns.

Start it as the job's own worker is started: torchrun --nproc_per_node 2 processes.py JOB
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable

import torch
import torch.distributed as dist

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from job import Command, Job
from trainer import Trainer

CLOCKS = {"seconds": time.perf_counter, "processorSeconds": time.process_time}


def timed(run: Callable[[], object]) -> dict[str, float]:
    """What clocks say, from when all processes are ready; processors', all threads of this process."""
    dist.barrier()
    started = {name: clock() for name, clock in CLOCKS.items()}
    run()
    return {name: clock() - started[name] for name, clock in CLOCKS.items()}


def alone(trainer: Trainer, command: Command) -> None:
    """Forward and backward of this process's part; gradients stay where they are."""
    keep = trainer.alone
    trainer.alone = lambda _is_alone: trainer.module.no_sync()
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, trainer, "alone", keep)
        trainer.gradients(command)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("job")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dist.init_process_group("gloo")
    job = Job(options.job, lambda _waited: None)
    trainer = Trainer(job, "cpu", dist.get_rank(), dist.get_world_size())
    command = next(job.commands())
    gradients = torch.zeros(sum(p.numel() for p in trainer.parameters.values()))
    runs: dict[str, Callable[[], object]] = {
        "alone": lambda: alone(trainer, command),
        "together": lambda: trainer.gradients(command),
        "sum of gradients": lambda: dist.all_reduce(gradients),
    }
    times: dict[str, list[dict[str, float]]] = {name: [] for name in runs}
    for turn in range(options.turns + 1):
        for name, run in runs.items():
            for parameter in trainer.parameters.values():
                parameter.grad = None
            found = timed(run)
            # the first turn allocates
            if turn > 0:
                times[name].append(found)
    if dist.get_rank() == 0:
        medians = {
            clock: {
                name: statistics.median(turn[clock] for turn in all_)
                for name, all_ in times.items()
            }
            for clock in CLOCKS
        }
        size = 4 * gradients.numel()
        rate = size / medians["seconds"]["sum of gradients"]
        print(json.dumps({**medians, "gradientBytes": size, "bytesPerSecond": rate}))


if __name__ == "__main__":
    main()
