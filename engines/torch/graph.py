"""A forward graph as a torch module: nodes bound to functions once, then run in order."""

import json
from collections import Counter
from typing import Any

import torch

import attention
from dropout import MaskSite
from errors import JobError
from operators import TABLE, Node, Run

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "int32": torch.int32,
    "int64": torch.int64,
    "int8": torch.int8,
    "uint8": torch.uint8,
    "bool": torch.bool,
}

#: A function, the slots it reads (None for an absent input), those it fills, those not read again.
Step = tuple[Run, list[int | None], list[int], list[int]]


class Graph:
    """The loss of one head as a function of parameters, batch and dropout masks."""

    def __init__(
        self, path: str, device: str, is_native: bool, is_fused: bool, is_compiled: bool
    ) -> None:
        content = read_json(path)
        try:
            self.nodes = [Node(**node, device=device) for node in content["nodes"]]
            self.inputs: list[dict[str, Any]] = content["inputs"]
            self.loss: str = content["outputs"]["loss"]
            constants = [(entry["name"], constant(entry, device)) for entry in content["constants"]]
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(path, repr(error)) from error
        self.constants: dict[str, torch.Tensor] = dict(constants)
        masks = [entry for entry in self.inputs if is_mask(entry["name"])]
        if is_native:
            rates = {entry["name"]: entry["rate"] for entry in masks}
            self.nodes = [with_native_dropout(node, rates) for node in self.nodes]
            masks = []
        self.sites = [MaskSite(entry["name"], entry["shape"], entry["rate"]) for entry in masks]
        if is_fused:
            self.nodes = attention.fuse(self.nodes, self.loss)
        if not is_compiled:
            own(self.nodes)
        self.program, self.slots = compile_program(self, path)

    def run(self, feeds: dict[str, torch.Tensor]) -> torch.Tensor:
        """The summed loss. `feeds` holds parameters, batch arrays and masks by name."""
        values: list[Any] = [None] * len(self.slots)
        for name, slot in self.slots.items():
            known = feeds.get(name)
            values[slot] = self.constants.get(name) if known is None else known
        for function, reads, fills, frees in self.program:
            result = function(*[None if slot is None else values[slot] for slot in reads])
            if len(fills) == 1:
                values[fills[0]] = result[0] if isinstance(result, tuple) else result
            else:
                for slot, value in zip(fills, result):
                    values[slot] = value
            for slot in frees:
                values[slot] = None
        return values[self.slots[self.loss]]


def compile_program(graph: Graph, path: str) -> tuple[list[Step], dict[str, int]]:
    """Bind every node, give every value a slot, and note where it is read last."""
    slots = {name: k for k, name in enumerate([*graph.constants, *names_of(graph.inputs)])}
    for node in graph.nodes:
        for name in node.outputs:
            slots[name] = len(slots)
    reads = Counter(name for node in graph.nodes for name in node.inputs if name is not None)
    reads[graph.loss] += 1
    program: list[Step] = []
    for node in graph.nodes:
        missing = [name for name in node.inputs if name is not None and name not in slots]
        if missing:
            raise damaged(path, f"{node.op} of {node.site} reads {missing[0]}, which nothing makes")
        run = bind(node, graph.constants, reads)
        frees = []
        for name in node.inputs:
            reads[name] -= 1
            if name is not None and reads[name] == 0 and name not in graph.constants:
                frees.append(slots[name])
        taken = [None if name is None else slots[name] for name in node.inputs]
        program.append((run, taken, [slots[name] for name in node.outputs], frees))
    return program, slots


def own(nodes: list[Node]) -> None:
    """Tell nodes which of their inputs they may overwrite: products and sums need not see their results again."""
    makers = {name: node.op for node in nodes for name in node.outputs}
    reads = Counter(name for node in nodes for name in node.inputs if name is not None)
    for node in nodes:
        node.owned = {
            name
            for name in node.inputs
            if reads[name] == 1 and makers.get(name or "") in ("FusedMatMul", "MatMul", "Add")
        }


def bind(node: Node, constants: dict[str, torch.Tensor], reads: Counter) -> Run:
    """The row of the table for a node."""
    make = TABLE.get(node.op) or attention.ROWS.get(node.op)
    if make is None:
        message = f"the torch engine has no operator {node.op}"
        raise JobError(
            "job.operator", message, expected=", ".join(TABLE), got=node.op, where=node.site
        )
    node.used = {name for name in node.outputs if reads[name] > 0}
    for k, name in enumerate(node.inputs):
        known = constants.get(name or "")
        if known is not None and known.dtype in (torch.int64, torch.int32) and known.numel() <= 64:
            node.integers[k] = [int(value) for value in known.reshape(-1).tolist()]
    try:
        return make(node)
    except (KeyError, TypeError, ValueError) as error:
        message = f"the operator {node.op} lacks what the torch engine needs of it"
        raise JobError("job.operator", message, got=repr(error), where=node.site) from error


def with_native_dropout(node: Node, rates: dict[str, float]) -> Node:
    """The product with a mask becomes torch's own dropout."""
    masks = [name for name in node.inputs if name in rates]
    if node.op != "Mul" or not masks:
        return node
    inputs = [name for name in node.inputs if name not in rates]
    rate = rates[str(masks[0])]
    return Node(
        "NativeDropout", inputs, node.outputs, {"rate": rate}, node.site, device=node.device
    )


def constant(entry: dict[str, Any], device: str) -> torch.Tensor:
    dtype = DTYPES[entry["dtype"]]
    return torch.tensor(entry["data"], dtype=dtype, device=device).reshape(entry["shape"])


def names_of(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries]


def is_mask(name: str) -> bool:
    return name.startswith("dropout.")


def read_json(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError) as error:
        raise damaged(path, str(error)) from error
    if not isinstance(content, dict):
        raise damaged(path, type(content).__name__)
    return content


def damaged(path: str, got: str) -> JobError:
    message = "a file of the job is missing, damaged or cut short"
    return JobError(
        "job.file", message, expected="a JSON object as codet5 writes it", got=got, where=path
    )
