"""safetensors files by hand: 8 bytes of header length, a JSON header, the tensors' bytes."""

import json
import math
import mmap
import os

import torch

from errors import JobError

DTYPES = {
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I8": torch.int8,
    "I16": torch.int16,
    "I32": torch.int32,
    "I64": torch.int64,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
MAX_HEADER_BYTES = 100_000_000


def read(path: str) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors by name, mapped and not copied, and the file's metadata."""
    try:
        with open(path, "rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError) as error:
        raise damaged(path, "a safetensors file", str(error)) from error
    header, start = read_header(path, content)
    metadata = header.pop("__metadata__", {})
    tensors = {name: view_of(path, content, start, name, entry) for name, entry in header.items()}
    return tensors, metadata


def read_header(path: str, content: mmap.mmap) -> tuple[dict, int]:
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(MAX_HEADER_BYTES, len(content) - 8):
        raise damaged(path, "a header within the file", f"{len(content)} bytes")
    try:
        header = json.loads(content[8 : 8 + length])
    except ValueError as error:
        raise damaged(path, "a JSON header", str(error)) from error
    if not isinstance(header, dict):
        raise damaged(path, "a JSON object as header", type(header).__name__)
    return header, 8 + length


def view_of(path: str, content: mmap.mmap, start: int, name: str, entry: dict) -> torch.Tensor:
    try:
        dtype, shape = DTYPES[entry["dtype"]], [int(size) for size in entry["shape"]]
        begin, end = (int(offset) for offset in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, "dtype, shape and data_offsets", f"{name}: {error!r}") from error
    count = math.prod(shape)
    if end - begin != count * width(dtype) or begin < 0 or start + end > len(content):
        raise damaged(path, f"{count * width(dtype)} bytes for {name}", f"[{begin}, {end})")
    if count == 0:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(content, dtype=dtype, count=count, offset=start + begin).view(shape)


def write(path: str, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write beside, then rename: a reader sees the whole file or none."""
    header: dict[str, object] = {"__metadata__": metadata}
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.numel() * width(tensor.dtype)
        entry = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape)}
        header[name] = {**entry, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    beside = f"{path}.{os.getpid()}"
    with open(beside, "w+b") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)
        file.flush()
        with mmap.mmap(file.fileno(), 0) as content:
            fill(content, 8 + len(text), tensors)
        os.fsync(file.fileno())
    os.replace(beside, path)


def fill(content: mmap.mmap, at: int, tensors: dict[str, torch.Tensor]) -> None:
    for tensor in tensors.values():
        count = tensor.numel()
        if count == 0:
            continue
        place = torch.frombuffer(content, dtype=tensor.dtype, count=count, offset=at)
        place.copy_(tensor.detach().reshape(-1))
        at += count * width(tensor.dtype)
        # the map cannot close while a tensor looks at it
        del place


def width(dtype: torch.dtype) -> int:
    return torch.empty(0, dtype=dtype).element_size()


def damaged(path: str, expected: str, got: str) -> JobError:
    message = "a tensor file of the job is damaged or cut short"
    return JobError("job.tensors", message, expected=expected, got=got, where=path)
