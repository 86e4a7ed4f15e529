"""Writes fixtures/surface.json: what MONAI says of the boundary scores that src/image/surface_distance.rs
tests.

    pip install -r fixtures/requirements.txt
    python scripts/make_surface_fixtures.py > fixtures/surface.json

Masks are written depth by height by width, row-major, as text of 0 and
1. A case of depth 1 is given to MONAI as a plane (two axes). HD95 is
compute_hausdorff_distance(percentile=95), surface Dice is compute_surface_dice by tolerance. MONAI's NaN is
written as null.
"""

import json
import math
import sys
import warnings

import monai
import numpy
import scipy
import torch
from monai.metrics import compute_hausdorff_distance, compute_surface_dice
from scipy.ndimage import gaussian_filter

warnings.filterwarnings("ignore", message=".*all 0, this may result in nan/inf distance.*")

generator = numpy.random.default_rng(95)


def blob(shape, share):
    """A random smooth mask of about this share of the grid; it may touch the borders."""
    sigma = [0 if length == 1 else 1.2 for length in shape]
    field = gaussian_filter(generator.normal(size=shape), sigma)
    return field > numpy.quantile(field, 1 - share)


def points(shape, *places):
    mask = numpy.zeros(shape, bool)
    for place in places:
        mask[place] = True
    return mask


def case(name, predicted, truth, spacing=(1.0, 1.0, 1.0), tolerances=(0.0, 1.0, 2.0)):
    axes = slice(None) if predicted.shape[0] > 1 else 0
    masks = [torch.tensor(mask[axes])[None, None] for mask in (predicted, truth)]
    scale = list(spacing) if predicted.shape[0] > 1 else list(spacing[1:])

    def number(tensor):
        value = tensor.item()
        return None if math.isnan(value) else value

    return {
        "name": name,
        "shape": predicted.shape,
        "spacing": spacing,
        "predicted": "".join("01"[int(v)] for v in predicted.ravel()),
        "truth": "".join("01"[int(v)] for v in truth.ravel()),
        "hd95": number(
            compute_hausdorff_distance(*masks, include_background=True, percentile=95, spacing=scale)
        ),
        "surface_dice": [
            [
                tolerance,
                number(compute_surface_dice(*masks, [tolerance], include_background=True, spacing=scale)),
            ]
            for tolerance in tolerances
        ],
    }


plane, volume = (1, 9, 12), (5, 8, 7)
full = numpy.ones(volume, bool)
inner = numpy.zeros(volume, bool)
inner[1:4, 2:6, 2:5] = True

cases = [
    case("plane-blobs", blob(plane, 0.3), blob(plane, 0.3)),
    case("plane-many-islands", generator.random(plane) < 0.3, generator.random(plane) < 0.3),
    case("plane-anisotropic", blob(plane, 0.4), blob(plane, 0.2), (1.0, 0.7, 1.9), (0.0, 0.7, 1.4, 3.0)),
    case("plane-pixels", points(plane, (0, 0, 0)), points(plane, (0, 8, 11))),
    case("plane-pixel-in-blob", points(plane, (0, 4, 4)), blob(plane, 0.5)),
    case("plane-full", numpy.ones(plane, bool), blob(plane, 0.3)),
    case("row", blob((1, 1, 20), 0.5), generator.random((1, 1, 20)) < 0.4, (1.0, 1.0, 0.3), (0.3, 0.6, 0.9)),
    case("volume-blobs", blob(volume, 0.3), blob(volume, 0.3)),
    case("volume-larger", blob((12, 17, 14), 0.2), blob((12, 17, 14), 0.15)),
    case("volume-many-islands", generator.random(volume) < 0.2, generator.random(volume) < 0.2),
    case("volume-anisotropic", blob(volume, 0.3), blob(volume, 0.25), (3.0, 0.8, 0.5), (0.5, 1.0, 1.6, 3.0)),
    case("volume-voxels", points(volume, (0, 0, 0), (4, 7, 6)), points(volume, (2, 3, 3))),
    case("volume-full", full, inner),
    case("volume-full-twice", full, full),
    case("volume-two-slices", blob((2, 9, 9), 0.4), blob((2, 9, 9), 0.4), (8.0, 1.25, 1.25)),
    case("none-predicted", points(volume), inner),
    case("none-true", inner, points(volume)),
    case("none-at-all", points(volume), points(volume)),
    case("plane-none-at-all", points(plane), points(plane)),
]

json.dump(
    {
        "made_with": {
            "python": sys.version.split()[0],
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            "torch": torch.__version__,
            "monai": monai.__version__,
        },
        "cases": cases,
    },
    sys.stdout,
    indent=1,
)
print()
