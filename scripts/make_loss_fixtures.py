"""Makes fixtures/parity/losses.json: reference values and gradients of every loss.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
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
- TverskyLoss weighs false positives by alpha and false negatives by beta, as we do. DiceLoss(jaccard=True) doubles
  numerator and denominator, and so its smooth_dr is twice our epsilon.
- GeneralizedDiceLoss knows two classes as two channels; a softmax over (0, x) is our sigmoid. It weighs in float32, and
  HausdorffDTLoss measures in float32, so that both agree to about 1e-6 only.
- SoftclDiceLoss sums over channels, not over the batch as its authors do: the batch is handed over as channels, which
  its pooling keeps apart.
- AsymmetricUnifiedFocalLoss clips probabilities and sums over slices, so its authors' formula stands here instead.

The other terms are their authors' formulas in plain PyTorch, where possible in their own functions' form: `lovasz_hinge`
(github.com/bermanmaxim/LovaszSoftmax), `one_hot2dist` (github.com/LIVIAETS/boundary-loss), `soft_skel`
(github.com/jocpae/clDice), `asym_unified_focal_loss` (github.com/mlyg/unified-focal-loss). Where the head of a term's file says
that it departs from its authors, the formula here does too. Parameters are also given other values than their defaults, in
the cases named in VARIED.

Saturated gradients may be exactly 0 or as small as 1e-40: compare with an absolute floor.
"""

import json
import math
import pathlib
import sys

import monai
import numpy
import torch
from monai.losses import (
    DiceCELoss,
    DiceLoss,
    FocalLoss,
    GeneralizedDiceLoss,
    HausdorffDTLoss,
    SoftclDiceLoss,
    TverskyLoss,
)
from monai.losses.focal_loss import sigmoid_focal_loss
from scipy.ndimage import distance_transform_edt
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, max_pool2d, relu

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity" / "losses.json"
ALPHA, GAMMA, EPSILON = 0.25, 2.0, 1e-7
SEED = 20240


def bce(logits, targets):
    return binary_cross_entropy_with_logits(logits, targets, reduction="mean")


def dice(logits, targets, epsilon=EPSILON):
    probability = torch.sigmoid(logits)
    denominator = (probability**2).sum() + (targets**2).sum() + epsilon
    return 1 - 2 * (probability * targets).sum() / denominator


def slice_dice(logits, targets, epsilon=EPSILON):
    probability = torch.sigmoid(logits)
    of_slice = (1, 2, 3)
    denominator = (probability**2).sum(of_slice) + (targets**2).sum(of_slice) + epsilon
    return (1 - 2 * (probability * targets).sum(of_slice) / denominator).mean()


def focal(logits, targets, alpha=ALPHA, gamma=GAMMA):
    cross_entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    probability = torch.sigmoid(logits)
    of_truth = targets * probability + (1 - targets) * (1 - probability)
    weight = targets * alpha + (1 - targets) * (1 - alpha)
    return (weight * (1 - of_truth) ** gamma * cross_entropy).mean()


def focal_by_logarithm(logits, targets, alpha=ALPHA, gamma=GAMMA):
    """The same, without the infinite slope of `(1 - p_t) ** gamma` where float64 rounds p_t to 1 and gamma is below 1."""
    cross_entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    modulation = torch.exp(gamma * logsigmoid(torch.where(targets > 0.5, -logits, logits)))
    weight = targets * alpha + (1 - targets) * (1 - alpha)
    return (weight * modulation * cross_entropy).mean()


def mse(logits, targets):
    return torch.nn.functional.mse_loss(torch.sigmoid(logits), targets)


def mae(logits, targets):
    # Of the wrong class's probability, which keeps its digits where the right one's is near 1.
    return torch.sigmoid(torch.where(targets > 0.5, -logits, logits)).mean()


def weighted_bce(logits, targets, weight=10.0):
    return binary_cross_entropy_with_logits(logits, targets, pos_weight=torch.tensor(weight, dtype=logits.dtype))


def topk_bce(logits, targets, share=0.1):
    cross_entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none").flatten()
    hardest = torch.sort(cross_entropy, descending=True, stable=True).values
    return hardest[: max(1, int(len(hardest) * share))].mean()


def label_smoothed_bce(logits, targets, smoothing=0.1):
    return binary_cross_entropy_with_logits(logits, targets * (1 - smoothing) + smoothing / 2)


def poly(logits, targets, epsilon=1.0):
    cross_entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    of_truth = targets * torch.sigmoid(logits) + (1 - targets) * (1 - torch.sigmoid(logits))
    return (cross_entropy + epsilon * (1 - of_truth)).mean()


def hinge(logits, targets, margin=1.0):
    return relu(margin - (2 * targets - 1) * logits).mean()


def counts(logits, targets):
    """True positives, false positives, false negatives and true negatives, soft, over the batch."""
    inside, outside = torch.sigmoid(logits), torch.sigmoid(-logits)
    background = 1 - targets
    return [(p * y).sum() for p, y in [(inside, targets), (inside, background), (outside, targets), (outside, background)]]


def jaccard(logits, targets, epsilon=EPSILON):
    probability = torch.sigmoid(logits)
    overlap = (probability * targets).sum()
    return 1 - overlap / (probability.sum() + targets.sum() - overlap + epsilon)


def tversky(logits, targets, alpha=0.3, beta=0.7, epsilon=EPSILON):
    tp, fp, fn, _ = counts(logits, targets)
    return 1 - tp / (tp + alpha * fp + beta * fn + epsilon)


def focal_tversky(logits, targets, alpha=0.3, beta=0.7, gamma=0.75, epsilon=EPSILON):
    return tversky(logits, targets, alpha, beta, epsilon) ** gamma


def asymmetric_similarity(logits, targets, beta=1.5, epsilon=EPSILON):
    tp, fp, fn, _ = counts(logits, targets)
    square = beta**2
    score = (1 + square) * tp / ((1 + square) * tp + square * fn + fp + (1 + square) * epsilon)
    return 1 - score


def generalised_dice(logits, targets):
    classes = [(torch.sigmoid(logits), targets), (torch.sigmoid(-logits), 1 - targets)]
    areas = [y.sum() for _, y in classes]
    weights = [1 / area**2 if area > 0 else 1 / (targets.numel() - area) ** 2 for area in areas]
    overlap = sum(w * (p * y).sum() for w, (p, y) in zip(weights, classes))
    return 1 - 2 * overlap / sum(w * (p + y).sum() for w, (p, y) in zip(weights, classes))


def log_cosh_dice(logits, targets, epsilon=EPSILON):
    return torch.log(torch.cosh(dice(logits, targets, epsilon)))


def sensitivity_specificity(logits, targets, ratio=0.05):
    square = (targets - torch.sigmoid(logits)) ** 2
    sensitivity = (square * targets).sum() / targets.sum().clamp(min=1)
    return ratio * sensitivity + (1 - ratio) * (square * (1 - targets)).sum() / (1 - targets).sum().clamp(min=1)


def unified_focal(logits, targets, weight=0.5, delta=0.6, gamma=0.5, epsilon=EPSILON):
    # lambda is a keyword of Python.
    truth = torch.cat([1 - targets, targets], 1)
    log_probability = torch.cat([logsigmoid(-logits), logsigmoid(logits)], 1)
    cross_entropy = -truth * log_probability
    back = (1 - delta) * torch.exp(gamma * logsigmoid(logits)) * cross_entropy[:, :1]
    fore = delta * cross_entropy[:, 1:]
    focal_part = torch.stack([back, fore], -1).sum(-1).mean()
    probability = torch.cat([torch.sigmoid(-logits), torch.sigmoid(logits)], 1)
    tp = (truth * probability).sum((0, 2, 3))
    fn = (truth * probability.flip(1)).sum((0, 2, 3))
    fp = (truth.flip(1) * probability).sum((0, 2, 3))
    dice_class = tp / (tp + delta * fn + (1 - delta) * fp + epsilon)
    back_dice, fore_dice = 1 - dice_class[0], (1 - dice_class[1]) ** (1 - gamma)
    return weight * focal_part + (1 - weight) * torch.stack([back_dice, fore_dice]).mean()


def combo(logits, targets, alpha=0.5, beta=0.5, smooth=1.0):
    cross_entropy = -(beta * targets * logsigmoid(logits) + (1 - beta) * (1 - targets) * logsigmoid(-logits))
    probability = torch.sigmoid(logits)
    score = (2 * (probability * targets).sum() + smooth) / (probability.sum() + targets.sum() + smooth)
    return alpha * cross_entropy.mean() - (1 - alpha) * score + (1 - alpha)


def lovasz_grad(sorted_targets):
    total = sorted_targets.sum()
    intersection = total - sorted_targets.cumsum(0)
    union = total + (1 - sorted_targets).cumsum(0)
    jaccards = 1 - intersection / union
    jaccards[1:] = jaccards[1:] - jaccards[:-1].clone()
    return jaccards


def lovasz(logits, targets):
    errors = (1 - logits * (2 * targets - 1)).flatten()
    errors, order = torch.sort(errors, descending=True, stable=True)
    return torch.dot(relu(errors), lovasz_grad(targets.flatten()[order]))


def mcc(logits, targets, epsilon=1.0):
    tp, fp, fn, tn = counts(logits, targets)
    return 1 - (tp * tn - fp * fn) / torch.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn) + epsilon)


def exponential_log(logits, targets, weight=0.8, gamma=0.3, epsilon=1.0):
    tp, fp, fn, tn = counts(logits, targets)
    dice_part = 0
    for overlap in [tp, tn]:
        # -log((2 H + epsilon) / (S + epsilon)) without losing float64's digits where it is near 0.
        logarithm = torch.log1p((fp + fn) / (2 * overlap + epsilon))
        score = (2 * overlap + epsilon) / (2 * overlap + fp + fn + epsilon)
        assert abs(logarithm + torch.log(score)) < 1e-12
        dice_part = dice_part + logarithm**gamma / 2
    foreground, pixels = targets.sum(), targets.numel()
    of_class = [math.sqrt(pixels / max(1, area)) for area in [foreground.item(), pixels - foreground.item()]]
    weights = targets * of_class[0] + (1 - targets) * of_class[1]
    cross_entropy = -logsigmoid(torch.where(targets > 0.5, logits, -logits))
    return weight * dice_part + (1 - weight) * (weights * cross_entropy**gamma).mean()


def signed_distances(targets):
    """The authors' `one_hot2dist` of each slice; 0 also where a slice is all foreground."""
    distances = numpy.zeros(targets.shape)
    for of_slice, truth in zip(distances, targets.numpy() > 0.5):
        if truth.any() and not truth.all():
            outside, inside = distance_transform_edt(~truth[0]), distance_transform_edt(truth[0])
            of_slice[0] = outside * ~truth[0] - (inside - 1) * truth[0]
    return torch.tensor(distances)


def boundary(logits, targets):
    return (torch.sigmoid(logits) * signed_distances(targets)).mean()


def hausdorff_dt(logits, targets, alpha=2.0):
    def field(masks):
        distances = numpy.zeros(masks.shape)
        for of_slice, mask in zip(distances, masks.numpy()):
            if mask.any() and not mask.all():
                of_slice[0] = distance_transform_edt(mask[0]) + distance_transform_edt(~mask[0])
        return torch.tensor(distances)

    weights = field(targets > 0.5) ** alpha + field(logits.detach() > 0) ** alpha
    return ((torch.sigmoid(logits) - targets) ** 2 * weights).mean()


def soft_erode(image):
    return torch.min(-max_pool2d(-image, (3, 1), 1, (1, 0)), -max_pool2d(-image, (1, 3), 1, (0, 1)))


def soft_open(image):
    return max_pool2d(soft_erode(image), (3, 3), 1, (1, 1))


def soft_skel(image, iterations):
    skeleton = relu(image - soft_open(image))
    for _ in range(iterations):
        image = soft_erode(image)
        delta = relu(image - soft_open(image))
        skeleton = skeleton + relu(delta - skeleton * delta)
    return skeleton


def cl_dice(logits, targets, iterations=3, smooth=1.0):
    probability = torch.sigmoid(logits)
    predicted, true = soft_skel(probability, iterations), soft_skel(targets, iterations)
    precision = ((predicted * targets).sum() + smooth) / (predicted.sum() + smooth)
    recall = ((true * probability).sum() + smooth) / (true.sum() + smooth)
    return 1 - 2 * (precision * recall) / (precision + recall)


LOSSES = {
    "bce": bce,
    "dice": dice,
    "focal": focal,
    "slice-dice": slice_dice,
    "bce+slice-dice": lambda x, y: bce(x, y) + slice_dice(x, y),
    "bce+dice": lambda x, y: bce(x, y) + dice(x, y),
    "bce+dice+focal": lambda x, y: bce(x, y) + dice(x, y) + focal(x, y),
    "0.5*bce+dice": lambda x, y: 0.5 * bce(x, y) + dice(x, y),
    "mse": mse,
    "mae": mae,
    "weighted-bce": weighted_bce,
    "topk-bce": topk_bce,
    "label-smoothed-bce": label_smoothed_bce,
    "poly": poly,
    "hinge": hinge,
    "jaccard": jaccard,
    "tversky": tversky,
    "focal-tversky": focal_tversky,
    "asymmetric-similarity": asymmetric_similarity,
    "generalised-dice": generalised_dice,
    "log-cosh-dice": log_cosh_dice,
    "sensitivity-specificity": sensitivity_specificity,
    "unified-focal": unified_focal,
    "combo": combo,
    "lovasz": lovasz,
    "mcc": mcc,
    "exponential-log": exponential_log,
    "boundary": boundary,
    "hausdorff-dt": hausdorff_dt,
    "cl-dice": cl_dice,
}

# Every parameter at another value than its default, in the cases VARIED_CASES.
VARIED = {
    "dice(epsilon=3)": lambda x, y: dice(x, y, 3),
    "slice-dice(epsilon=3)": lambda x, y: slice_dice(x, y, 3),
    "focal(alpha=0.6,gamma=1)": lambda x, y: focal(x, y, 0.6, 1),
    "focal(gamma=0.5)": lambda x, y: focal_by_logarithm(x, y, gamma=0.5),
    "weighted-bce(weight=0.5)": lambda x, y: weighted_bce(x, y, 0.5),
    "topk-bce(share=0.45)": lambda x, y: topk_bce(x, y, 0.45),
    "label-smoothed-bce(smoothing=0.3)": lambda x, y: label_smoothed_bce(x, y, 0.3),
    "poly(epsilon=-0.5)": lambda x, y: poly(x, y, -0.5),
    "hinge(margin=2)": lambda x, y: hinge(x, y, 2),
    "jaccard(epsilon=3)": lambda x, y: jaccard(x, y, 3),
    "tversky(alpha=1.5,beta=0.5,epsilon=2)": lambda x, y: tversky(x, y, 1.5, 0.5, 2),
    "focal-tversky(alpha=0.6,beta=0.4,gamma=2,epsilon=1)": lambda x, y: focal_tversky(x, y, 0.6, 0.4, 2, 1),
    "asymmetric-similarity(beta=0.5,epsilon=1)": lambda x, y: asymmetric_similarity(x, y, 0.5, 1),
    "log-cosh-dice(epsilon=3)": lambda x, y: log_cosh_dice(x, y, 3),
    "sensitivity-specificity(ratio=0.4)": lambda x, y: sensitivity_specificity(x, y, 0.4),
    "unified-focal(lambda=0.2,delta=0.8,gamma=0.3,epsilon=2)": lambda x, y: unified_focal(x, y, 0.2, 0.8, 0.3, 2),
    "combo(alpha=0.3,beta=0.8,smooth=3)": lambda x, y: combo(x, y, 0.3, 0.8, 3),
    "mcc(epsilon=100000)": lambda x, y: mcc(x, y, 1e5),
    "exponential-log(weight=0.4,gamma=1.5,epsilon=2)": lambda x, y: exponential_log(x, y, 0.4, 1.5, 2),
    "hausdorff-dt(alpha=1)": lambda x, y: hausdorff_dt(x, y, 1),
    "cl-dice(iterations=1,smooth=0.25)": lambda x, y: cl_dice(x, y, 1, 0.25),
    "0.5*tversky(alpha=0.4)+bce": lambda x, y: 0.5 * tversky(x, y, 0.4) + bce(x, y),
}
VARIED_CASES = ["ordinary", "saturated", "shapes"]

DICE_SETTINGS = dict(sigmoid=True, squared_pred=True, batch=True, smooth_nr=0, smooth_dr=EPSILON)
SLICE_DICE_SETTINGS = DICE_SETTINGS | dict(batch=False)
MONAI_LOSSES = {
    "slice-dice": DiceLoss(**SLICE_DICE_SETTINGS),
    "bce+slice-dice": DiceCELoss(**SLICE_DICE_SETTINGS),
    "dice": DiceLoss(**DICE_SETTINGS),
    "focal": lambda x, y: sigmoid_focal_loss(x, y, gamma=GAMMA, alpha=ALPHA).mean(),
    "bce+dice": DiceCELoss(**DICE_SETTINGS),
    "0.5*bce+dice": DiceCELoss(**DICE_SETTINGS, lambda_ce=0.5),
    "jaccard": DiceLoss(sigmoid=True, jaccard=True, batch=True, smooth_nr=0, smooth_dr=2 * EPSILON),
    "tversky": TverskyLoss(sigmoid=True, alpha=0.3, beta=0.7, batch=True, smooth_nr=0, smooth_dr=EPSILON),
    "generalised-dice": lambda x, y: GeneralizedDiceLoss(softmax=True, batch=True, smooth_nr=0, smooth_dr=0)(
        torch.cat([torch.zeros_like(x), x], 1), torch.cat([1 - y, y], 1)
    ),
    "hausdorff-dt": HausdorffDTLoss(sigmoid=True, alpha=2.0),
    "cl-dice": lambda x, y: SoftclDiceLoss(sigmoid=True, iter_=3, smooth=1e-30)(x.transpose(0, 1), y.transpose(0, 1)),
}
# Of the largest value or gradient, where MONAI computes a part in float32.
IN_FLOAT32 = {"generalised-dice": 1e-6, "hausdorff-dt": 1e-6}
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

    rows, columns = numpy.mgrid[:11, :10]
    shapes = numpy.zeros((2, 1, 11, 10), numpy.float32)
    shapes[0, 0] = (rows - 4) ** 2 + (columns - 3) ** 2 <= 9
    shapes[0, 0, 8, 1:9] = 1
    shapes[1, 0] = numpy.abs(numpy.hypot(rows - 5, columns - 5) - 3) <= 1
    # Shifted by a row, so that predictions overlap the truth in part.
    yield "shapes", (3 * numpy.roll(shapes, 1, 2) - 1.5 + random.normal(0, 1, shapes.shape)).astype(numpy.float32), shapes


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
        here = LOSSES | (VARIED if name in VARIED_CASES else {})
        for loss_name, loss in here.items():
            ours = value_and_gradient(loss, logits, targets)
            losses[loss_name] = record(*ours)
            if loss_name in MONAI_LOSSES:
                theirs = value_and_gradient(MONAI_LOSSES[loss_name], logits, targets)
                worst[loss_name] = max(worst.get(loss_name, 0.0), differ(ours, theirs))
                largest = max(1.0, abs(ours[0]), float(numpy.abs(ours[1]).max()))
                allowed = IN_FLOAT32[loss_name] * largest if loss_name in IN_FLOAT32 else 1e-10
                assert differ(ours, theirs) < allowed, (name, loss_name, differ(ours, theirs))
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
