"""What torch there is, as one JSON object: for `codet5 doctor` and before a run is started."""

import json
import platform

import torch
import torch.distributed as dist
import torch.nn.functional as F

from versions import is_version


def found() -> dict:
    has_cuda = torch.cuda.is_available()
    devices = range(torch.cuda.device_count()) if has_cuda else ()
    has_distributed = dist.is_available()
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "devices": [torch.cuda.get_device_name(k) for k in devices],
        "gloo": has_distributed and dist.is_gloo_available(),
        "nccl": has_distributed and dist.is_nccl_available(),
        "compile": hasattr(torch, "compile"),
        "fusedAttention": hasattr(F, "scaled_dot_product_attention"),
        "sharding": has_distributed and is_version(2, 6),
    }


if __name__ == "__main__":
    print(json.dumps(found()))
