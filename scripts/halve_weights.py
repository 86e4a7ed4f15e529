"""Rounds a network's weights to 16-bit floats, half the size, for fixtures/checkpoints.

    python3 scripts/halve_weights.py runs/paper/cells/bce-s0/weights.safetensors \
        fixtures/checkpoints/bce-s0.safetensors

Needs numpy and safetensors.
"""

import sys

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file, save_file


def main(source, target):
    halves = {name: tensor.astype(numpy.float16) for name, tensor in load_file(source).items()}
    for name, tensor in halves.items():
        if not numpy.isfinite(tensor).all():
            sys.exit(f"{source}: tensor '{name}' holds values beyond a 16-bit float's range")
    with safe_open(source, "numpy") as file:
        save_file(halves, target, file.metadata())


if __name__ == "__main__":
    main(*sys.argv[1:])
