"""Makes fixtures/parity/losses.json: reference values and gradients of every loss.

Run from anywhere; twice gives the same bytes:

    pip install torch==2.9.0 monai nibabel scipy safetensors numpy
    python scripts/make_loss_fixtures.py

Each case holds logits (float32 numbers), a target mask, and per loss the value and the gradient
d loss / d logits, computed in float64 with plain PyTorch. Where MONAI has the same loss its value and
gradient stand beside as `monai`, a second source; the script fails unless the two agree to 1e-10.

MONAI's conventions, checked here:
- DiceLoss(squared_pred=True, batch=True, smooth_nr=0, smooth_dr=1e-7) is our Dice loss; DiceCELoss with
  the same settings is bce+dice, and with lambda_ce=0.5 it is 0.5*bce+dice (one channel: BCE with logits).
  With batch=False they are slice-dice and bce+slice-dice.
- FocalLoss casts its input to float32, so its class agrees to about 1e-6 only. The function beneath it,
  sigmoid_focal_loss, keeps float64 and is the one recorded. The class is held to 1e-5.
- A scalar alpha weighs foreground by alpha and background by 1 - alpha. A list of one alpha would leave
  the background at 1, which is another loss.

Saturated gradients may be exactly 0 or as small as 1e-40: compare with an absolute floor.
"""

import json
import pathlib
import sys

import monai
import numpy
import torch
from monai.losses import DiceCELoss, DiceLoss, FocalLoss
from monai.losses.focal_loss import sigmoid_focal_loss
from torch.nn.functional import binary_cross_entropy_with_logits

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity" / "losses.json"
ALPHA, GAMMA, EPSILON = 0.25, 2.0, 1e-7
SEED = 20240


def bce(logits, targets):
    return binary_cross_entropy_with_logits(logits, targets, reduction="mean")


def dice(logits, targets):
    probability = torch.sigmoid(logits)
    denominator = (probability**2).sum() + (targets**2).sum() + EPSILON
    return 1 - 2 * (probability * targets).sum() / denominator


def slice_dice(logits, targets):
    probability = torch.sigmoid(logits)
    of_slice = (1, 2, 3)
    denominator = (probability**2).sum(of_slice) + (targets**2).sum(of_slice) + EPSILON
    return (1 - 2 * (probability * targets).sum(of_slice) / denominator).mean()


def focal(logits, targets):
    cross_entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    probability = torch.sigmoid(logits)
    of_truth = targets * probability + (1 - targets) * (1 - probability)
    weight = targets * ALPHA + (1 - targets) * (1 - ALPHA)
    return (weight * (1 - of_truth) ** GAMMA * cross_entropy).mean()


LOSSES = {
    "bce": bce,
    "dice": dice,
    "focal": focal,
    "slice-dice": slice_dice,
    "bce+slice-dice": lambda x, y: bce(x, y) + slice_dice(x, y),
    "bce+dice": lambda x, y: bce(x, y) + dice(x, y),
    "bce+dice+focal": lambda x, y: bce(x, y) + dice(x, y) + focal(x, y),
    "0.5*bce+dice": lambda x, y: 0.5 * bce(x, y) + dice(x, y),
}

DICE_SETTINGS = dict(sigmoid=True, squared_pred=True, batch=True, smooth_nr=0, smooth_dr=EPSILON)
SLICE_DICE_SETTINGS = DICE_SETTINGS | dict(batch=False)
MONAI_LOSSES = {
    "slice-dice": DiceLoss(**SLICE_DICE_SETTINGS),
    "bce+slice-dice": DiceCELoss(**SLICE_DICE_SETTINGS),
    "dice": DiceLoss(**DICE_SETTINGS),
    "focal": lambda x, y: sigmoid_focal_loss(x, y, gamma=GAMMA, alpha=ALPHA).mean(),
    "bce+dice": DiceCELoss(**DICE_SETTINGS),
    "0.5*bce+dice": DiceCELoss(**DICE_SETTINGS, lambda_ce=0.5),
}
FOCAL_CLASS = FocalLoss(gamma=GAMMA, alpha=ALPHA, use_softmax=False, include_background=True)


def cases():
    """Name, logits and targets of each case, all float32 of shape [batch, 1, height, width]."""
    random = numpy.random.default_rng(SEED)

    def logits(*shape):
        return random.normal(0, 2, shape).astype(numpy.float32)

    def mask(*shape):
        return (random.random(shape) < 0.4).astype(numpy.float32)

    shape = (2, 1, 6, 5)
    yield "ordinary", logits(*shape), mask(*shape)
    yield "empty-mask", logits(*shape), numpy.zeros(shape, numpy.float32)
    yield "full-mask", logits(*shape), numpy.ones(shape, numpy.float32)

    levels = numpy.array([-100, -60, -30, 30, 60, 100], numpy.float32)
    saturated, mixed = levels[random.integers(0, 6, shape)], mask(*shape)
    assert len({(level, truth) for level, truth in zip(saturated.flat, mixed.flat)}) == 12
    yield "saturated", saturated, mixed
    yield "saturated-all-right", numpy.abs(saturated) * (2 * mixed - 1), mixed

    one = numpy.zeros((1, 1, 6, 5), numpy.float32)
    one[0, 0, 2, 3] = 1
    yield "one-pixel-mask", logits(*one.shape), one

    three = mask(3, 1, 6, 5)
    three[1] = 0
    yield "batch-of-3-one-slice-empty", logits(3, 1, 6, 5), three

    nothing = numpy.zeros((1, 1, 3, 4), numpy.float32)
    yield "nothing-anywhere", nothing - 100, nothing


def value_and_gradient(loss, logits, targets):
    leaf = torch.tensor(logits.astype(numpy.float64), requires_grad=True)
    value = loss(leaf, torch.tensor(targets.astype(numpy.float64)))
    value.backward()
    return value.item(), leaf.grad.numpy().ravel()


def differ(first, second):
    return max(abs(first[0] - second[0]), float(numpy.abs(first[1] - second[1]).max()))


def record(value, gradient):
    assert numpy.isfinite(value) and numpy.isfinite(gradient).all()
    return {"value": value, "gradient": gradient.tolist()}


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    made, worst = [], {}
    for name, logits, targets in cases():
        losses = {}
        for loss_name, loss in LOSSES.items():
            ours = value_and_gradient(loss, logits, targets)
            losses[loss_name] = record(*ours)
            if loss_name in MONAI_LOSSES:
                theirs = value_and_gradient(MONAI_LOSSES[loss_name], logits, targets)
                worst[loss_name] = max(worst.get(loss_name, 0.0), differ(ours, theirs))
                assert differ(ours, theirs) < 1e-10, (name, loss_name, differ(ours, theirs))
                losses[loss_name]["monai"] = record(*theirs)
            if loss_name == "focal":
                in_float32 = value_and_gradient(FOCAL_CLASS, logits, targets)
                assert abs(ours[0] - in_float32[0]) <= 1e-5 * max(1.0, abs(ours[0])), name
        made.append(
            {
                "name": name,
                "shape": list(logits.shape),
                "logits": [float(value) for value in logits.ravel()],
                "targets": [float(value) for value in targets.ravel()],
                "losses": losses,
            }
        )
    document = {
        "made_by": "scripts/make_loss_fixtures.py",
        "versions": {
            "torch": torch.__version__.split("+")[0],
            "monai": monai.__version__,
            "numpy": numpy.__version__,
        },
        "seed": SEED,
        "parameters": {"focal_alpha": ALPHA, "focal_gamma": GAMMA, "dice_epsilon": EPSILON, "slice-dice_epsilon": EPSILON},
        "cases": made,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    OUT.write_text(text.replace('{"name"', '\n{"name"') + "\n")
    print(f"{OUT.name}: {len(made)} cases; largest difference from MONAI {worst}", file=sys.stderr)


if __name__ == "__main__":
    main()
