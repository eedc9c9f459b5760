"""Attention as one kernel, where the installed torch has it: a softmax between two products becomes one node."""

from collections import Counter
from collections.abc import Callable

import torch
import torch.nn.functional as F

from operators import Node, Run
from versions import is_version

HAS_KERNEL = hasattr(F, "scaled_dot_product_attention")
HAS_SCALE = is_version(2, 1)


def fuse(nodes: list[Node], loss: str) -> list[Node]:
    """Replace `dropout?(softmax(alpha q k' + bias)) v`, whose parts nothing else reads."""
    if not HAS_KERNEL:
        return nodes
    makers = {name: node for node in nodes for name in node.outputs}
    reads = Counter(name for node in nodes for name in node.inputs if name is not None)
    reads[loss] += 1
    replaced: dict[int, Node] = {}
    dropped: set[int] = set()
    for node in nodes:
        parts = parts_of(node, makers, reads)
        if parts is None:
            continue
        dropout, softmax, add, scores = parts
        bias = next(name for name in add.inputs if name not in scores.outputs)
        inputs = [scores.inputs[0], scores.inputs[1], node.inputs[1], bias]
        attributes = {
            "alpha": scores.attributes["alpha"],
            "rate": 0.0 if dropout is None else dropout.attributes["rate"],
        }
        replaced[id(node)] = Node(
            "FusedAttention", inputs, node.outputs, attributes, node.site, device=node.device
        )
        dropped.update(id(part) for part in (softmax, add, scores, dropout) if part is not None)
    return [replaced.get(id(node), node) for node in nodes if id(node) not in dropped]


def parts_of(
    product: Node, makers: dict[str, Node], reads: Counter
) -> tuple[Node | None, Node, Node, Node] | None:
    """Dropout if there is one, softmax, sum and scores behind a product with values."""

    def maker(node: Node, k: int, op: str) -> Node | None:
        name = node.inputs[k]
        found = makers.get(name or "")
        return found if found is not None and found.op == op and reads[name] == 1 else None

    if product.op != "MatMul":
        return None
    dropout = maker(product, 0, "NativeDropout")
    softmax = maker(dropout or product, 0, "Softmax")
    add = softmax and maker(softmax, 0, "Add")
    scores = add and (maker(add, 0, "FusedMatMul") or maker(add, 1, "FusedMatMul"))
    if not (softmax and add and scores) or not is_plain(scores):
        return None
    return dropout, softmax, add, scores


def is_plain(scores: Node) -> bool:
    return scores.attributes["transB"] == 1 and scores.attributes["transA"] == 0


def fused_attention(node: Node) -> Run:
    alpha, rate = node.attributes["alpha"], node.attributes["rate"]

    def run(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        # the kernel of CPUs has no gradient for what is added: a slow substitute would step in, in float32
        if bias.requires_grad and q.device.type == "cpu":
            weights = F.softmax(torch.matmul(q if alpha == 1 else q * alpha, k.mT) + bias, -1)
            return torch.matmul(F.dropout(weights, rate) if rate > 0 else weights, v)
        mask = bias.to(q.dtype)
        if HAS_SCALE:
            return F.scaled_dot_product_attention(q, k, v, mask, rate, scale=alpha)
        # the kernel divides by the root of the width
        scaled = q * (alpha * q.shape[-1] ** 0.5)
        return F.scaled_dot_product_attention(scaled, k, v, mask, rate)

    return run


def native_dropout(node: Node) -> Run:
    rate = node.attributes["rate"]
    return lambda x: F.dropout(x, rate)


ROWS: dict[str, Callable[[Node], Run]] = {
    "FusedAttention": fused_attention,
    "NativeDropout": native_dropout,
}
