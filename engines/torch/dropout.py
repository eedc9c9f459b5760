"""Dropout masks from codet5's counter-based hash: the same bits as its own engine draws, on any device."""

import math
from dataclasses import dataclass

import torch

MASK32 = 0xFFFFFFFF
GOLDEN = 0x9E3779B9


def hash32(key: int, counter: int) -> int:
    """The murmur3 finaliser over a key and a counter, 32 bits in and out."""
    h = (counter * GOLDEN + key) & MASK32
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK32
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK32
    return h ^ (h >> 16)


def hash_string(text: str) -> int:
    """FNV-1a over UTF-16 code units."""
    units = text.encode("utf-16-le")
    h = 0x811C9DC5
    for low, high in zip(units[::2], units[1::2]):
        h = ((h ^ (low | high << 8)) * 0x01000193) & MASK32
    return h


def signed(value: int) -> int:
    """The same 32 bits as torch holds them."""
    value &= MASK32
    return value - (1 << 32) if value >> 31 else value


def hash_of(counters: torch.Tensor, key: int) -> torch.Tensor:
    """:func:`hash32` of int32 counters, in place."""
    h = counters.mul_(signed(GOLDEN)).add_(signed(key))
    h.bitwise_xor_(h.bitwise_right_shift(16).bitwise_and_(0xFFFF)).mul_(signed(0x85EBCA6B))
    h.bitwise_xor_(h.bitwise_right_shift(13).bitwise_and_(0x7FFFF)).mul_(signed(0xC2B2AE35))
    return h.bitwise_xor_(h.bitwise_right_shift(16).bitwise_and_(0xFFFF))


@dataclass(frozen=True)
class Piece:
    """Rows of a micro-batch that one process works on, and the sizes of the whole."""

    #: What dimension names stand for in the whole micro-batch.
    whole: dict[str, int]
    #: The same of these rows.
    own: dict[str, int]
    #: Position of the first row on the axis B.
    first_row: int


@dataclass(frozen=True)
class MaskSite:
    """One place where activations are dropped."""

    name: str
    shape: list[int | str]
    #: Probability of a zero.
    rate: float

    def draw(self, key: int, piece: Piece, device: str) -> torch.Tensor:
        """Zeros and 1 / (1 - rate), as the whole micro-batch's mask has them at these rows."""
        threshold = min(math.floor(self.rate * 65536 + 0.5), 65535)
        site_key = hash32(key, hash_string(self.name))
        own = [size_of(dim, piece.own) for dim in self.shape]
        whole = [size_of(dim, piece.whole) for dim in self.shape]
        first = [rows_before(dim, piece) for dim in self.shape]
        if own == whole:
            bits = run_of_bits(math.prod(own), site_key, device).view(own)
        else:
            bits = bits_at(positions(own, whole, first, device), site_key)
        kept = 1 / (1 - threshold / 65536)
        return (bits >= threshold).to(torch.float32).mul_(kept)


def run_of_bits(count: int, key: int, device: str) -> torch.Tensor:
    """16 bits for every position from 0 on: a hash has those of two positions, the lower first."""
    pairs = hash_of(torch.arange((count + 1) // 2, dtype=torch.int32, device=device), key)
    both = torch.stack(
        (pairs.bitwise_and(0xFFFF), pairs.bitwise_right_shift(16).bitwise_and_(0xFFFF)), 1
    )
    return both.reshape(-1)[:count]


def bits_at(position: torch.Tensor, key: int) -> torch.Tensor:
    """The same for any positions."""
    pairs = hash_of(position.bitwise_right_shift(1).to(torch.int32), key)
    return pairs.bitwise_right_shift(position.bitwise_and(1).to(torch.int32) * 16).bitwise_and_(
        0xFFFF
    )


def positions(own: list[int], whole: list[int], first: list[int], device: str) -> torch.Tensor:
    """Row-major positions of a block within a larger array."""
    result = torch.zeros((), dtype=torch.int64, device=device)
    stride = 1
    for axis in reversed(range(len(own))):
        along = torch.arange(first[axis], first[axis] + own[axis], device=device) * stride
        result = result + along.view(-1, *[1] * (len(own) - 1 - axis))
        stride *= whole[axis]
    return result


def rows_before(dim: int | str, piece: Piece) -> int:
    """How far a block begins along an axis: only the axis of examples is divided."""
    if isinstance(dim, int) or "B" not in dim.split("*"):
        return 0
    return piece.first_row * size_of(dim, {**piece.whole, "B": 1})


def size_of(dim: int | str, sizes: dict[str, int]) -> int:
    """A dimension's size: a number, a name, or a product of them such as `2*B`."""
    if isinstance(dim, int):
        return dim
    return math.prod(int(part) if part.isdigit() else sizes[part] for part in dim.split("*"))
