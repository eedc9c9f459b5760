"""A T5 as one writes it by hand in PyTorch, for comparison alone: same parameters, same arithmetic, no graph."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Norm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, head_width: int) -> None:
        super().__init__()
        inner = heads * head_width
        self.heads = heads
        self.q = nn.Linear(width, inner, bias=False)
        self.k = nn.Linear(width, inner, bias=False)
        self.v = nn.Linear(width, inner, bias=False)
        self.o = nn.Linear(inner, width, bias=False)

    def forward(self, x: torch.Tensor, memory: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        q, k, v = (self.split(m(y)) for m, y in ((self.q, x), (self.k, memory), (self.v, memory)))
        weights = F.softmax(torch.matmul(q, k.transpose(-1, -2)) + bias, -1)
        context = torch.matmul(weights, v).transpose(1, 2)
        return self.o(context.reshape(*x.shape[:2], -1))

    def split(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


class FeedForward(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.wi = nn.Linear(width, inner, bias=False)
        self.wo = nn.Linear(inner, width, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.wo(F.relu(self.wi(x)))


class Block(nn.Module):
    def __init__(self, config: dict[str, int], is_decoder: bool) -> None:
        super().__init__()
        width, heads, head_width = config["dModel"], config["numHeads"], config["dKv"]
        self.norms = nn.ModuleList(Norm(width) for _ in range(3 if is_decoder else 2))
        self.attention = Attention(width, heads, head_width)
        self.cross = Attention(width, heads, head_width) if is_decoder else None
        self.feed_forward = FeedForward(width, config["dFf"])

    def forward(
        self, x: torch.Tensor, bias: torch.Tensor, memory: torch.Tensor, memory_bias: torch.Tensor
    ) -> torch.Tensor:
        normed = self.norms[0](x)
        x = x + self.attention(normed, normed, bias)
        if self.cross is not None:
            x = x + self.cross(self.norms[1](x), memory, memory_bias)
        return x + self.feed_forward(self.norms[-1](x))


class Stack(nn.Module):
    def __init__(self, config: dict[str, int], is_decoder: bool) -> None:
        super().__init__()
        layers = range(config["numLayers"])
        self.is_decoder = is_decoder
        self.blocks = nn.ModuleList(Block(config, is_decoder) for _ in layers)
        self.positions = nn.Embedding(32, config["numHeads"])
        self.norm = Norm(config["dModel"])

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor, memory: torch.Tensor, memory_bias: torch.Tensor
    ) -> torch.Tensor:
        bias = self.positions(buckets(x.shape[1], not self.is_decoder, x.device))
        bias = bias.permute(2, 0, 1).unsqueeze(0) + mask
        for block in self.blocks:
            x = block(x, bias, memory, memory_bias)
        return self.norm(x)


class HandWrittenT5(nn.Module):
    """Tied embeddings, ReLU, relative positions: CodeT5's layout."""

    def __init__(self, config: dict[str, int]) -> None:
        super().__init__()
        self.shared = nn.Embedding(config["vocabSize"], config["dModel"])
        self.encoder = Stack(config, is_decoder=False)
        self.decoder = Stack(config, is_decoder=True)

    @torch.no_grad()
    def load(self, weights: dict[str, torch.Tensor]) -> None:
        """Take over a T5's weights, all of them."""
        own = {checkpoint_name(name): parameter for name, parameter in self.named_parameters()}
        if own.keys() != weights.keys():
            raise ValueError(f"not this T5: {sorted(own.keys() ^ weights.keys())}")
        for name, parameter in own.items():
            parameter.copy_(weights[name])

    def forward(self, feeds: dict[str, torch.Tensor]) -> torch.Tensor:
        """The summed cross entropy of the scored positions."""
        lowest = torch.finfo(torch.float32).min
        hidden_keys = (1.0 - feeds["attention_mask"].float())[:, None, None, :] * lowest
        source = self.shared(feeds["input_ids"])
        memory = self.encoder(source, hidden_keys, source, hidden_keys)
        target = self.shared(feeds["decoder_input_ids"])
        length = target.shape[1]
        future = torch.full((length, length), lowest, device=target.device).triu(1)
        states = self.decoder(target, future[None, None], memory, hidden_keys)
        flat = states.reshape(-1, states.shape[-1])
        scored = flat.index_select(0, feeds["target_positions"]) * flat.shape[-1] ** -0.5
        logits = F.linear(scored, self.shared.weight)
        return F.cross_entropy(logits.float(), feeds["target_ids"].long(), reduction="sum")


def checkpoint_name(name: str) -> str:
    """What T5's checkpoints call a parameter of the model above."""
    stack, *rest = name.split(".")
    if stack == "shared":
        return name
    if rest[0] == "positions":
        return f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    if rest[0] == "norm":
        return f"{stack}.final_layer_norm.weight"
    _, block, part, *inner = rest
    last = 2 if stack == "decoder" else 1
    rows = {
        "norms": f"{inner[0]}.layer_norm",
        "attention": f"0.SelfAttention.{inner[0]}",
        "cross": f"1.EncDecAttention.{inner[0]}",
        "feed_forward": f"{last}.DenseReluDense.{inner[0]}",
    }
    return f"{stack}.block.{block}.layer.{rows[part]}.weight"


def buckets(length: int, is_bidirectional: bool, device: torch.device) -> torch.Tensor:
    """Relative position buckets, 32 of them up to a distance of 128."""
    at = torch.arange(length, device=device)
    offset = at[None, :] - at[:, None]
    count = 16 if is_bidirectional else 32
    side = (offset > 0).long() * count if is_bidirectional else torch.zeros_like(offset)
    distance = offset.abs() if is_bidirectional else (-offset).clamp(min=0)
    exact = count // 2
    ratio = torch.log(distance.clamp(min=1).float() / exact) / math.log(128 / exact)
    far = (exact + (ratio * (count - exact)).long()).clamp(max=count - 1)
    return side + torch.where(distance < exact, distance, far)
