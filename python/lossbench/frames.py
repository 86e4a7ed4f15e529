"""Frames: eight bytes of length, little-endian, then as many bytes of safetensors. NETWORKS.md says all of it."""

import json
import struct

import numpy as np


def read(stream):
    """The next frame of a binary stream as (arrays, metadata); None at its end."""
    head = stream.read(8)
    if not head:
        return None
    if len(head) < 8:
        raise EOFError("standard input ended within a frame")
    (length,) = struct.unpack("<Q", head)
    body = stream.read(length)
    if len(body) < length:
        raise EOFError("standard input ended within a frame")
    return parse(body)


def write(stream, arrays, metadata):
    """Writes arrays by name and texts by name as one frame."""
    parts = encode(arrays, metadata)
    stream.write(struct.pack("<Q", sum(map(len, parts))))
    for part in parts:
        stream.write(part)
    stream.flush()


def parse(body):
    """The arrays and the metadata of safetensors, 32-bit floats alone."""
    (length,) = struct.unpack("<Q", body[:8])
    header = json.loads(body[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    data = memoryview(body)[8 + length :]
    arrays = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{name} should hold 32-bit floats, but holds {entry['dtype']}")
        start, end = entry["data_offsets"]
        values = np.frombuffer(data[start:end], dtype="<f4")
        arrays[name] = values.reshape(entry["shape"])
    return arrays, metadata


def encode(arrays, metadata):
    """Safetensors as a list of bytes."""
    header, parts, end = {}, [], 0
    if metadata:
        header["__metadata__"] = {key: str(value) for key, value in metadata.items()}
    for name, array in arrays.items():
        array = np.ascontiguousarray(array, dtype="<f4")
        start, end = end, end + array.nbytes
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [start, end]}
        parts.append(array.tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return [struct.pack("<Q", len(text)), text, *parts]
