"""Which torch is installed."""

import torch


def is_version(major: int, minor: int) -> bool:
    """Whether it is this one or newer."""
    found = [int(part) for part in torch.__version__.split("+")[0].split(".")[:2]]
    return found >= [major, minor]
