"""The table of operators: what each one of the graph is in torch. A row makes a function of a node's tensors."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F

Run = Callable[..., Any]
#: ONNX's numbers of element types.
CAST_TARGETS = {
    1: torch.float32,
    2: torch.uint8,
    3: torch.int8,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    11: torch.float64,
}


@dataclass
class Node:
    """One operation of the graph. Names of inputs that are absent are None."""

    op: str
    inputs: list[str | None]
    outputs: list[str]
    attributes: dict[str, Any]
    #: `file:line` of the TypeScript that built it, and the part of the model it belongs to.
    site: str
    scope: str = ""
    #: Of the outputs, with named dimensions: for who reads the file.
    shapes: list[list[Any]] = field(default_factory=list)
    #: Integers of the inputs that are constants: axes, shapes.
    integers: dict[int, list[int]] = field(default_factory=dict)
    #: Outputs that something reads.
    used: set[str] = field(default_factory=set)
    #: Inputs that nothing else reads, and that whatever made them needs no more.
    owned: set[str] = field(default_factory=set)
    device: str = "cpu"


def plain(function: Run) -> Callable[[Node], Run]:
    return lambda _node: function


def cast(node: Node) -> Run:
    target = CAST_TARGETS[node.attributes["to"]]
    return lambda x: x.to(target) if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=target)


def gelu(node: Node) -> Run:
    approximate = node.attributes.get("approximate", "none")
    return lambda x: F.gelu(x, approximate=approximate)


def reshape(node: Node) -> Run:
    target = node.integers.get(1)
    if target is None:
        return lambda x, shape: x.reshape(shape)
    if 0 not in target:
        return lambda x, _shape: x.reshape(target)
    return lambda x, _shape: x.reshape([size or x.shape[axis] for axis, size in enumerate(target)])


def transpose(node: Node) -> Run:
    perm = list(node.attributes["perm"])
    return lambda x: x.permute(perm)


def unsqueeze(node: Node) -> Run:
    axes = sorted(node.integers[1])

    def run(x: torch.Tensor, _axes: object) -> torch.Tensor:
        for axis in axes:
            x = x.unsqueeze(axis)
        return x

    return run


def squeeze(node: Node) -> Run:
    axes = sorted(node.integers[1], reverse=True)

    def run(x: Any, _axes: object) -> Any:
        if not isinstance(x, torch.Tensor):
            return x[0]
        for axis in axes:
            x = x.squeeze(axis)
        return x

    return run


def shape(node: Node) -> Run:
    start, end = node.attributes.get("start", 0), node.attributes.get("end")
    return lambda x: list(x.shape[start:end])


def arange(node: Node) -> Run:
    (start,), (step,) = node.integers[0], node.integers[2]
    return lambda _start, limit, _step: torch.arange(start, limit, step, device=node.device)


def concat(node: Node) -> Run:
    axis = node.attributes["axis"]
    return lambda *parts: torch.cat(parts, axis)


def slice_axes(node: Node) -> Run:
    starts, ends, axes = (node.integers[i] for i in (1, 2, 3))

    def run(x: torch.Tensor, *_bounds: object) -> torch.Tensor:
        where = [slice(None)] * x.dim()
        for start, end, axis in zip(starts, ends, axes):
            where[axis] = slice(start, end)
        return x[tuple(where)]

    return run


def pad(node: Node) -> Run:
    widths = node.integers[1]
    rank = len(widths) // 2
    # torch wants the last axis first
    pairs = [
        width for axis in reversed(range(rank)) for width in (widths[axis], widths[axis + rank])
    ]
    return lambda x, _widths: F.pad(x, pairs)


def expand(node: Node) -> Run:
    target = node.integers.get(1)

    def run(x: torch.Tensor, like: Any) -> torch.Tensor:
        sizes = like if target is None else target
        return x.expand(torch.broadcast_shapes(x.shape, tuple(sizes)))

    return run


def split(node: Node) -> Run:
    axis, parts = node.attributes["axis"], node.attributes["num_outputs"]
    return lambda x: x.split(x.shape[axis] // parts, axis)


def gather(node: Node) -> Run:
    axis = node.attributes["axis"]

    def run(data: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        if axis == 0 and data.dim() == 2 and data.is_floating_point():
            return F.embedding(indices, data)
        picked = data.index_select(axis, indices.reshape(-1))
        return picked.reshape(*data.shape[:axis], *indices.shape, *data.shape[axis + 1 :])

    return run


def gather_elements(node: Node) -> Run:
    axis = node.attributes["axis"]
    return lambda data, indices: data.gather(axis, indices.long())


def scatter_elements(node: Node) -> Run:
    axis = node.attributes["axis"]
    return lambda data, indices, updates: data.scatter_add(axis, indices.long(), updates)


def reduction(function: Run) -> Callable[[Node], Run]:
    def make(node: Node) -> Run:
        axes, keep = node.integers[1], node.attributes["keepdims"] == 1
        return lambda x, _axes: function(x, axes, keep) if axes else x

    return make


def arg_max(node: Node) -> Run:
    axis, keep = node.attributes["axis"], node.attributes["keepdims"] == 1
    return lambda x: x.argmax(axis, keepdim=keep)


def along_axis(function: Run) -> Callable[[Node], Run]:
    def make(node: Node) -> Run:
        axis = node.attributes["axis"]
        return lambda x: function(x, axis)

    return make


def fused_mat_mul(node: Node) -> Run:
    trans_a, trans_b = node.attributes["transA"] == 1, node.attributes["transB"] == 1
    alpha = node.attributes["alpha"]

    def run(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        # on the left are queries or states, smaller than the product
        left = a if alpha == 1 else a * alpha
        if trans_b and not trans_a and b.dim() == 2:
            return F.linear(left, b)
        return torch.matmul(left.mT if trans_a else left, b.mT if trans_b else b)

    return run


def rms_normalization(node: Node) -> Run:
    epsilon = node.attributes["epsilon"]

    def run(x: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        x = x.float() if x.dtype in HALVES else x
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon) * scale

    return run


def layer_normalization(node: Node) -> Run:
    epsilon = node.attributes["epsilon"]
    return lambda x, scale, bias: F.layer_norm(x, scale.shape, scale, bias, epsilon)


#: Of float32, which a cache holds; kernels of a GPU want more at once.
BLOCK_BYTES = {"cpu": 1 << 21, "cuda": 1 << 28}


class OwnedCrossEntropy(torch.autograd.Function):
    """Summed cross entropy of scores over a vocabulary: their gradients take their place, block by block."""

    @staticmethod
    def forward(ctx: Any, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        loss = scores.new_zeros((), dtype=torch.float32)
        rows = max(1, BLOCK_BYTES[scores.device.type] // (4 * scores.shape[-1]))
        for block, wanted in zip(scores.split(rows), labels.unsqueeze(-1).split(rows)):
            logs = F.log_softmax(block, -1, dtype=torch.float32)
            loss -= logs.gather(-1, wanted).sum()
            minus_one = logs.new_full(wanted.shape, -1)
            block.copy_(logs.exp_().scatter_add_(-1, wanted, minus_one))
        ctx.save_for_backward(scores)
        return loss

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor) -> tuple[torch.Tensor, None]:
        (gradient,) = ctx.saved_tensors
        # a GPU would be waited for
        is_one = dy.device.type == "cpu" and float(dy) == 1
        return gradient if is_one else gradient.mul_(dy), None


def cross_entropy(node: Node) -> Run:
    wants_scores = len(node.outputs) > 1 and node.outputs[1] in node.used
    if not wants_scores and node.inputs[0] in node.owned:
        return lambda scores, labels: (OwnedCrossEntropy.apply(scores, labels.long()), None)

    def run(scores: torch.Tensor, labels: torch.Tensor) -> tuple:
        scores = scores.float() if scores.dtype in HALVES else scores
        loss = F.cross_entropy(scores, labels.long(), reduction="sum")
        return loss, F.log_softmax(scores, -1) if wants_scores else None

    return run


HALVES = (torch.float16, torch.bfloat16)


TABLE: dict[str, Callable[[Node], Run]] = {
    "Add": plain(torch.add),
    "Sub": plain(torch.sub),
    "Mul": plain(torch.mul),
    "Div": plain(torch.div),
    "Pow": plain(torch.pow),
    "Max": plain(torch.maximum),
    "Min": plain(torch.minimum),
    "Neg": plain(torch.neg),
    "Abs": plain(torch.abs),
    "Sign": plain(torch.sign),
    "Exp": plain(torch.exp),
    "Log": plain(torch.log),
    "Sqrt": plain(torch.sqrt),
    "Reciprocal": plain(torch.reciprocal),
    "Relu": plain(torch.relu),
    "Tanh": plain(torch.tanh),
    "Sin": plain(torch.sin),
    "Cos": plain(torch.cos),
    "Sigmoid": plain(torch.sigmoid),
    "Erf": plain(torch.erf),
    "Not": plain(torch.logical_not),
    "Equal": plain(torch.eq),
    "Less": plain(torch.lt),
    "LessOrEqual": plain(torch.le),
    "Greater": plain(torch.gt),
    "And": plain(torch.logical_and),
    "Identity": plain(lambda x: x),
    "Detach": plain(lambda x: x.detach()),
    "Gelu": gelu,
    "Cast": cast,
    "Where": plain(torch.where),
    "MatMul": plain(torch.matmul),
    "FusedMatMul": fused_mat_mul,
    "Reshape": reshape,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
    "Squeeze": squeeze,
    "Concat": concat,
    "Slice": slice_axes,
    "Pad": pad,
    "Expand": expand,
    "Split": split,
    "Gather": gather,
    "GatherElements": gather_elements,
    "ScatterElements": scatter_elements,
    "Shape": shape,
    "Range": arange,
    "ReduceSum": reduction(torch.sum),
    "ReduceMean": reduction(torch.mean),
    "ReduceMax": reduction(torch.amax),
    "ReduceSumSquare": reduction(lambda x, axes, keep: x.square().sum(axes, keep)),
    "ArgMax": arg_max,
    "Softmax": along_axis(F.softmax),
    "LogSoftmax": along_axis(F.log_softmax),
    "RMSNormalization": rms_normalization,
    "LayerNormalization": layer_normalization,
    "SoftmaxCrossEntropyLoss": cross_entropy,
}
