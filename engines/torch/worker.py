"""One process of a torch run: reads a job folder, makes its updates, reports as JSON lines, writes checkpoints.

Started by `codet5 ... --engine torch`, or by torchrun on a job folder brought from another machine.
"""

import argparse
import json
import math
import os
import sys
import time
import traceback
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist

import tensor_file
from errors import JobError
from job import POLL_SECONDS, Command, Job
from trainer import Trainer
from versions import is_version


class Report:
    """JSON lines in results/progress.jsonl, from the first process alone."""

    def __init__(self, job: Job, rank: int) -> None:
        self.folder = job.path("results")
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, "progress.jsonl")
        self.file = open(path, "a", encoding="utf-8") if rank == 0 else None  # noqa: SIM115
        if self.file is not None:
            # what came after the last results is made again
            self.file.truncate(0 if job.continued is None else job.continued.offset)

    def write(self, event: str, **fields: Any) -> None:
        if self.file is not None:
            self.file.write(json.dumps({"event": event, **finite(fields)}, allow_nan=False) + "\n")
            self.file.flush()


def finite(fields: dict[str, Any]) -> dict[str, Any]:
    """JSON has no numbers for what is not finite."""
    is_number = {
        name: not isinstance(value, float) or math.isfinite(value) for name, value in fields.items()
    }
    return {name: value if is_number[name] else None for name, value in fields.items()}


class Worker:
    """The commands of a job, by name."""

    def __init__(self, trainer: Trainer, report: Report) -> None:
        self.trainer = trainer
        self.report = report
        self.saved = trainer.saved
        self.is_over = False
        self.started = time.monotonic()

    def step(self, command: Command) -> None:
        report = self.trainer.step(command)
        now = time.monotonic()
        self.report.write("step", seconds=now - self.started, **report)
        self.started = now

    def save(self, command: Command) -> None:
        """Weights and optimizer state, as the checkpoint of a run folder has them."""
        name = f"{self.saved:06d}"
        self.saved += 1
        weights, state = self.trainer.weights(), self.trainer.state()
        if self.trainer.rank == 0:
            folder = os.path.join(self.report.folder, name)
            os.makedirs(folder, exist_ok=True)
            tensor_file.write(os.path.join(folder, "model.safetensors"), weights, {"format": "pt"})
            tensor_file.write(os.path.join(folder, "optimizer.safetensors"), state, {})
        self.report.write("saved", folder=name, step=command.settings["step"])
        self.started = time.monotonic()

    def end(self, _command: Command) -> None:
        self.is_over = True

    def do(self, command: Command) -> None:
        rows = {"step": self.step, "save": self.save, "end": self.end}
        rows[command.settings["do"]](command)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run a job folder written by codet5.")
    parser.add_argument("job", help="the job folder")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument(
        "--threads", type=int, default=0, help="of each process; 0: as torch finds best"
    )
    parser.add_argument(
        "--time-out", type=float, default=1800, help="seconds to wait for other processes"
    )
    parser.add_argument(
        "--parent", type=int, default=0, help="process without which there is nothing to do"
    )
    return parser.parse_args()


def device_of(asked: str) -> str:
    if asked == "cpu" or (asked == "auto" and not torch.cuda.is_available()):
        return "cpu"
    if not torch.cuda.is_available():
        raise JobError(
            "job.device", "torch finds no CUDA device", expected="--device cpu, or a GPU"
        )
    device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
    torch.cuda.set_device(device)
    return device


def waiter(options: argparse.Namespace) -> Any:
    """Sleeps a little; ends the process when nobody will write commands any more."""

    def wait(waited: float) -> None:
        if options.parent and not is_alive(options.parent):
            raise JobError("job.abandoned", "the process that started this run has ended")
        if waited > options.time_out:
            message = f"no commands came for {options.time_out:.0f} seconds"
            raise JobError("job.timeOut", message, where=options.job)
        time.sleep(min(POLL_SECONDS[1], max(POLL_SECONDS[0], waited / 4)))

    return wait


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def run(options: argparse.Namespace, rank: int, processes: int) -> None:
    if not is_version(1, 13):
        raise JobError(
            "job.torch", "torch is too old", expected="1.13 or newer", got=torch.__version__
        )
    device = device_of(options.device)
    if options.threads:
        torch.set_num_threads(options.threads)
    job = Job(options.job, waiter(options))
    wanted = job.settings["processes"]
    if wanted != processes:
        message = "the job was written for another number of processes"
        raise JobError(
            "job.processes", message, expected=str(wanted), got=str(processes), where=options.job
        )
    if job.settings["compile"] and not hasattr(torch, "compile"):
        raise JobError(
            "job.compile",
            "this torch does not compile",
            expected="2.0 or newer",
            got=torch.__version__,
        )
    if processes > 1:
        limit = timedelta(seconds=options.time_out)
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=limit)
    trainer = Trainer(job, device, rank, processes)
    report = Report(job, rank)
    worker = Worker(trainer, report)
    report.write("start", torch=torch.__version__, device=device, processes=processes)
    for command in job.commands():
        worker.do(command)
        if worker.is_over:
            break
    report.write("end")


def explained(error: Exception) -> JobError:
    """One line of what torch says in many."""
    kind, words = type(error), " ".join(str(error).split())[:500]
    if kind.__module__.startswith(("torch._dynamo", "torch._inductor")):
        message = "torch.compile fails here"
        expected = "a C++ compiler and what else torch asks for, or no --compile"
        return JobError("job.compile", message, expected=expected, got=words or kind.__name__)
    return JobError("job.failed", f"{kind.__name__}: {words}" if words else kind.__name__)


def main() -> int:
    options = arguments()
    rank, processes = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    try:
        run(options, rank, processes)
        return 0
    except JobError as error:
        said = error.to_json()
    except Exception as error:  # noqa: BLE001 - all that torch says goes to the log, a line to the user
        traceback.print_exc()
        said = explained(error).to_json()
    place = os.path.join(options.job, "results")
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, f"error-{rank}.json"), "w", encoding="utf-8") as file:
        json.dump({**said, "rank": rank}, file)
    print(f"codet5 worker {rank}: {said}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
