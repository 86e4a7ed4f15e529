"""Makes fixtures/parity/spread.json and fixtures/parity/dice.json: reference values of the measures of
spread of a saliency map, and of the hard Dice score.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_spread_fixtures.py

Each map g is float32, row-major; every measure is of |g|, in float64:

- effective_pixels: exp of the Shannon entropy of |g| / sum |g| (scipy.stats.entropy);
- participation_ratio: (sum |g|)^2 / sum g^2;
- gini: over all pixels, by the sorted formula, checked against the mean absolute difference (no
  correction for small samples, so one pixel of n gives 1 - 1/n);
- pixels_90: the smallest k whose k largest hold at least 90% of the sum, counted in exact fractions;
  `ten-equal` sits on 90% exactly, the others stay away from it by more than 1e-6 of the sum;
- inside_share: sum of |g| in the mask / sum of |g|;
- border_distance: |g|-weighted mean distance in pixels from pixel centre to the centre of the nearest
  border pixel, a mask pixel with one of its 4 neighbours outside the mask; outside the image is outside
  the mask (scipy.ndimage.distance_transform_edt);
- peak: max |g|.

dice.json holds pairs of masks and 2 |A and B| / (|A| + |B|) from MONAI's compute_dice. No pair has both
masks empty, where conventions differ; an empty truth with a prediction scores 0 (ignore_empty=False).
"""

import json
import pathlib
import sys
from fractions import Fraction

import monai
import numpy
import scipy
import torch
from monai.metrics import compute_dice
from scipy.ndimage import binary_erosion, distance_transform_edt
from scipy.stats import entropy

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity"
SEED = 90
HEIGHT, WIDTH = 12, 9


def ellipse(row, column, tall, wide, height=HEIGHT, width=WIDTH):
    rows, columns = numpy.mgrid[:height, :width]
    return ((rows - row) / tall) ** 2 + ((columns - column) / wide) ** 2 <= 1


def maps():
    """Name, saliency map and mask of each case."""
    random = numpy.random.default_rng(SEED)
    shape = (HEIGHT, WIDTH)
    blob = ellipse(6, 4, 3.6, 2.7)

    one_pixel = numpy.zeros(shape, bool)
    one_pixel[7, 2] = True
    corner = ellipse(0.5, 8, 4, 3)
    ring = ellipse(5.5, 4, 5, 4) & ~ellipse(5.5, 4, 2.2, 1.6)
    two = ellipse(2, 2, 2, 1.6) | ellipse(9, 6, 2.2, 2.2)

    yield "random", random.random(shape), blob
    one_hot = numpy.zeros(shape)
    one_hot[6, 4] = -0.7
    yield "one-hot", one_hot, blob
    yield "uniform", numpy.full(shape, 0.125), ring
    sparse = numpy.where(random.random(shape) < 0.12, random.normal(0, 1, shape), 0)
    yield "sparse", sparse, two
    yield "heavy-tailed", random.standard_t(1.2, shape), corner
    yield "signed", random.normal(0, 1e-3, shape), one_pixel
    ten = numpy.zeros(HEIGHT * WIDTH)
    ten[random.choice(ten.size, 10, replace=False)] = 0.5
    yield "ten-equal", ten.reshape(shape), random.random(shape) < 0.3
    yield "tiny-values", random.lognormal(-25, 3, shape), numpy.ones(shape, bool)
    yield "wide", random.exponential(1, (5, 16)), ellipse(4, 0, 3, 9, 5, 16)
    last_row = numpy.zeros(shape, bool)
    last_row[-1] = True
    yield "mask-of-one-row", random.random(shape), last_row


def gini(values):
    ordered = numpy.sort(values)
    n = len(ordered)
    sorted_formula = (2 * numpy.arange(1, n + 1) - n - 1) @ ordered / (n * ordered.sum())
    differences = numpy.abs(values[:, None] - values[None, :]).mean() / (2 * values.mean())
    assert abs(sorted_formula - differences) < 1e-12
    return sorted_formula


def pixels_90(name, values):
    exact = sorted((Fraction(float(value)) for value in values), reverse=True)
    total, held = sum(exact), Fraction(0)
    for count, value in enumerate(exact, start=1):
        held += value
        distance = abs(held / total - Fraction(9, 10))
        assert distance > Fraction(1, 10**6) or (name == "ten-equal" and distance == 0), name
        if 10 * held >= 9 * total:
            return count


def border(mask):
    """Mask pixels with one of their 4 neighbours outside; beyond the image counts as outside."""
    found = mask & ~binary_erosion(mask, border_value=0)
    padded = numpy.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    assert (found == (mask & ~inner)).all()
    return found


def border_distance(values, mask):
    distances = distance_transform_edt(~border(mask))
    edge = numpy.argwhere(border(mask))
    for (row, column), distance in numpy.ndenumerate(distances):
        assert abs(numpy.sqrt(((edge - (row, column)) ** 2).sum(axis=1)).min() - distance) < 1e-12
    return (values * distances.ravel()).sum() / values.sum()


def measures(name, gradient, mask):
    values = numpy.abs(gradient.astype(numpy.float64)).ravel()
    return {
        "effective_pixels": float(numpy.exp(entropy(values))),
        "participation_ratio": float(values.sum() ** 2 / (values**2).sum()),
        "gini": float(gini(values)),
        "pixels_90": pixels_90(name, values),
        "inside_share": float(values[mask.ravel()].sum() / values.sum()),
        "border_distance": float(border_distance(values, mask)),
        "peak": float(values.max()),
    }


def spread_cases():
    for name, gradient, mask in maps():
        gradient = gradient.astype(numpy.float32)
        assert mask.any()
        yield {
            "name": name,
            "height": gradient.shape[0],
            "width": gradient.shape[1],
            "gradient": [float(value) for value in gradient.ravel()],
            "mask": mask.astype(int).ravel().tolist(),
            "expected": measures(name, gradient, mask),
        }


def dice_cases():
    random = numpy.random.default_rng(SEED + 1)
    shape = (7, 6)
    empty, full = numpy.zeros(shape, bool), numpy.ones(shape, bool)
    half = random.random(shape) < 0.5
    pairs = [(f"random-{n}", random.random(shape) < 0.4, random.random(shape) < 0.3) for n in range(5)]
    pairs += [("same", half, half), ("disjoint", half, ~half), ("empty-prediction", empty, half)]
    pairs += [("empty-truth", half, empty), ("full-prediction", full, half), ("both-full", full, full)]
    for name, predicted, truth in pairs:
        as_tensor = [torch.tensor(mask.astype(numpy.float64))[None, None] for mask in (predicted, truth)]
        score = compute_dice(*as_tensor, include_background=True, ignore_empty=False).item()
        by_hand = 2 * (predicted & truth).sum() / (predicted.sum() + truth.sum())
        # MONAI's score is float32.
        assert abs(score - by_hand) < 1e-6, (name, score, by_hand)
        yield {
            "name": name,
            "predicted": predicted.astype(int).ravel().tolist(),
            "truth": truth.astype(int).ravel().tolist(),
            "dice": score,
        }


def write(name, cases, versions):
    document = {
        "made_by": "scripts/make_spread_fixtures.py",
        "versions": versions,
        "seed": SEED,
        "cases": list(cases),
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).replace('{"name"', '\n{"name"') + "\n"
    (OUT / name).write_text(text)
    print(f"{name}: {len(document['cases'])} cases", file=sys.stderr)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    write("spread.json", spread_cases(), {"scipy": scipy.__version__, "numpy": numpy.__version__})
    write("dice.json", dice_cases(), {"monai": monai.__version__, "torch": torch.__version__.split("+")[0]})


if __name__ == "__main__":
    main()
