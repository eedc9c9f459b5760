"""AdamW and Adafactor with the formulas and the state names of codet5's own, so that either continues the other."""

import math
from typing import Any, Protocol

import torch

from errors import JobError
from sharding import is_shared_out, placed_like
from versions import is_version

Parameters = dict[str, torch.nn.Parameter]
State = dict[str, torch.Tensor]


class Optimizer(Protocol):
    """Updates parameters in place from their gradients."""

    def step(self, rate: float) -> None: ...

    def state(self) -> State: ...

    def load(self, state: State) -> None: ...


class AdamW:
    """torch.optim.AdamW: its arithmetic is what codet5's kernels repeat."""

    def __init__(self, parameters: Parameters, settings: dict[str, Any]) -> None:
        self.parameters = parameters
        self.is_fused = is_version(2, 4)
        self.inner = torch.optim.AdamW(
            list(parameters.values()),
            betas=(settings["beta1"], settings["beta2"]),
            eps=settings["eps"],
            weight_decay=settings["weightDecay"],
            **({"fused": True} if self.is_fused else {}),
        )

    def step(self, rate: float) -> None:
        for group in self.inner.param_groups:
            group["lr"] = rate
        self.inner.step()

    def state(self) -> State:
        tensors: State = {}
        for kind in ("exp_avg", "exp_avg_sq"):
            for name, parameter in self.parameters.items():
                known = self.inner.state.get(parameter, {}).get(kind)
                tensors[f"{kind}.{name}"] = torch.zeros_like(parameter) if known is None else known
        steps = [state["step"] for state in self.inner.state.values()]
        return {"step": torch.tensor(float(steps[0]) if steps else 0.0), **tensors}

    def load(self, state: State) -> None:
        count = float(state["step"])
        for name, parameter in self.parameters.items():
            device = parameter.device if self.is_fused else "cpu"
            self.inner.state[parameter] = {
                "step": torch.tensor(count, device=device),
                "exp_avg": placed_like(parameter, state[f"exp_avg.{name}"]),
                "exp_avg_sq": placed_like(parameter, state[f"exp_avg_sq.{name}"]),
            }


class Adafactor:
    """Shazeer and Stern 2018 as Hugging Face's `Adafactor`: factored second moments, no momentum."""

    def __init__(self, parameters: Parameters, settings: dict[str, Any]) -> None:
        if any(is_shared_out(parameter) for parameter in parameters.values()):
            message = "Adafactor's means go over whole matrices, which --shard divides"
            raise JobError("job.shard", message, expected="--optimizer adamw, or no --shard")
        self.parameters = parameters
        self.settings = settings
        self.count = 0
        self.rows: State = {}
        self.columns: State = {}
        self.squares: State = {}
        for name, parameter in parameters.items():
            if parameter.dim() >= 2:
                self.rows[name] = parameter.new_zeros(parameter.shape[:-1])
                self.columns[name] = parameter.new_zeros(
                    parameter.shape[:-2] + parameter.shape[-1:]
                )
            else:
                self.squares[name] = torch.zeros_like(parameter, requires_grad=False)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        self.count += 1
        for name, parameter in self.parameters.items():
            self.update(name, parameter, rate)

    def update(self, name: str, parameter: torch.nn.Parameter, rate: float) -> None:
        settings = self.settings
        if settings["scaleParameter"]:
            rate = rate * max(settings["epsScale"], root_mean_square(parameter))
        change = self.change(name, parameter.grad)
        change.div_(max(1.0, root_mean_square(change) / settings["clipThreshold"]))
        parameter.mul_(1 - settings["weightDecay"] * rate).add_(change, alpha=-rate)

    def change(self, name: str, gradient: torch.Tensor) -> torch.Tensor:
        """The gradient over the root of its running mean square, which is folded in first."""
        decay = 1 - self.count ** self.settings["decayRate"]
        square = gradient.square().add_(self.settings["epsSquare"])
        if name in self.squares:
            known = self.squares[name].mul_(decay).add_(square, alpha=1 - decay)
            return gradient * known.rsqrt()
        row = self.rows[name].mul_(decay).add_(square.mean(-1), alpha=1 - decay)
        column = self.columns[name].mul_(decay).add_(square.mean(-2), alpha=1 - decay)
        row_factor = (row / row.mean(-1, keepdim=True)).rsqrt_()
        factors = row_factor.unsqueeze(-1) * column.rsqrt().unsqueeze(-2)
        return factors.mul_(gradient)

    def state(self) -> State:
        kinds = {
            "exp_avg_sq_row": self.rows,
            "exp_avg_sq_col": self.columns,
            "exp_avg_sq": self.squares,
        }
        tensors = {f"{kind}.{name}": t for kind, all_ in kinds.items() for name, t in all_.items()}
        return {"step": torch.tensor(float(self.count)), **tensors}

    def load(self, state: State) -> None:
        self.count = int(state["step"])
        for name, tensor in self.state().items():
            if name != "step":
                tensor.copy_(state[name])


def root_mean_square(tensor: torch.Tensor) -> float:
    return float(torch.linalg.vector_norm(tensor)) / math.sqrt(tensor.numel())


OPTIMIZERS = {"adamw": AdamW, "adafactor": Adafactor}
