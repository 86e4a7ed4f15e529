"""Loads weights that lossbench trained into the PyTorch module of unet.py and checks that both programs
agree on an image: probabilities, saliency, and that the results lie where the image lies.

    python3 scripts/check_weights.py runs/paper/cells/dice-s0/weights.safetensors hippocampus_001.nii.gz

Needs torch, safetensors, nibabel and numpy, and lossbench (LOSSBENCH names it, default
target/release/lossbench).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy
import torch
from safetensors import safe_open
from unet import load

# Of weights that do not say how they were trained.
INTENSITY = [0.0, 0.2]
# Largest difference of a probability; of all gradients together, as a share of their summed size: where
# rounding tips a ReLU or a pooling over, single gradients jump.
PROBABILITY, GRADIENT = 1e-4, 1e-2


def preprocessing(weights):
    """Intensity, scale and least size of the slices, as the weights say."""
    with safe_open(weights, "numpy") as file:
        said = file.metadata() or {}
    return (json.loads(said.get("lossbench.intensity", json.dumps(INTENSITY))),
            said.get("lossbench.scale", "min-max"),
            json.loads(said.get("lossbench.size", "[1, 1]")))


def raw_range(voxels, scale):
    """The raw intensities that become the two of the intensity, and whether what lies beyond is clipped."""
    name, _, bounds = scale.rstrip(")").partition("(")
    bounds = [float(bound) for bound in bounds.split(",") if bound]
    voxels = voxels.astype(numpy.float64)
    if name == "z-score":
        return voxels.mean() - 3 * voxels.std(), voxels.mean() + 3 * voxels.std(), False
    low, high = {"min-max": lambda: (voxels.min(), voxels.max()), "window": lambda: bounds,
                 "percentile": lambda: numpy.percentile(voxels, bounds)}[name]()
    return low, high, True


def slices(image, multiple, intensity, scale, least):
    """Slices along z, scaled and padded in the middle, and where the scan lies in them."""
    voxels = image.get_fdata(dtype=numpy.float32)
    low, high, clips = raw_range(voxels, scale)
    darkest, brightest = numpy.float32(intensity).astype(numpy.float64)
    share = (voxels.astype(numpy.float64) - low) / (high - low)
    share = numpy.clip(share, 0, 1) if clips else share
    scaled = (darkest + (brightest - darkest) * share).astype(numpy.float32)
    size = [max(-(-side // multiple) * multiple, given) for side, given in zip(voxels.shape[:2], least)]
    start = [(padded - side) // 2 for padded, side in zip(size, voxels.shape)]
    region = tuple(slice(first, first + side) for first, side in zip(start, voxels.shape))
    padded = numpy.zeros((voxels.shape[2], 1, *size), dtype=numpy.float32)
    padded[:, 0, region[0], region[1]] = numpy.moveaxis(scaled, 2, 0)
    return torch.from_numpy(padded), region


def lossbench(command, weights, path, out, *more):
    program = os.environ.get("LOSSBENCH", "target/release/lossbench")
    subprocess.run([program, command, "--weights", weights, "--image", path, "--out", out, *more],
                   check=True, stdout=subprocess.DEVNULL)
    return nibabel.load(out)


def main(weights, path):
    image = nibabel.load(path)
    network = load(weights)
    inputs, region = slices(image, 2 ** len(network.up), *preprocessing(weights))
    inputs.requires_grad_(True)
    probabilities = torch.sigmoid(network(inputs))
    probabilities.sum().backward()

    def volume(tensor):
        return numpy.moveaxis(tensor.detach().numpy()[:, 0, region[0], region[1]], 0, 2)

    with tempfile.TemporaryDirectory() as folder:
        ours = lossbench("predict", weights, path, str(pathlib.Path(folder) / "p.nii.gz"), "--raw")
        maps = lossbench("saliency", weights, path, str(pathlib.Path(folder) / "g.nii.gz"))
        for name, result in [("probabilities", ours), ("saliency", maps)]:
            if result.shape != image.shape or not numpy.array_equal(result.affine, image.affine):
                sys.exit(f"{name}: shape or affine is not that of {path}")
        off = abs(ours.get_fdata() - volume(probabilities)).max()
        gradient = volume(inputs.grad)
        share = abs(maps.get_fdata() - gradient).sum() / abs(gradient).sum()
    print(f"probabilities differ by {off:.1e} at most, gradients by {share:.1e} of their size; both overlay {path}")
    if not (off <= PROBABILITY and share <= GRADIENT):
        sys.exit("PyTorch and lossbench differ")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
