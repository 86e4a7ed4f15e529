"""Makes the reference images of the directional attacks: fixtures/parity/attacks.json.

Run from anywhere, after make_unet_fixtures.py; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_attack_fixtures.py

The network is fixtures/parity/unet.safetensors, images and masks are those of unet.json. No attack starts at a drawn
point. `tool` says whose code made the images:
- torchattacks: FGSM, MIFGSM, PGD, PGDL2 on the two classes' logits [0, x], whose cross-entropy is BCE; it keeps images in
  [0, 1]. APGD on each slice's mean BCE, by way of its own dlr_loss; its start is the clean image, since a pixel that the
  network does not see has the whole of it.
- foolbox: LinfPGD and L2PGD with BCE as their loss, images in [0, 0.2].
- formulas: SegPGD, CosPGD and losses that neither has, by their formulas in plain PyTorch; images in [0, 0.2]. FGSM along six
  losses of the registry, by their formulas over each slice. Losses that
  leave pixels out are by L2 alone: far from the others a gradient is 0, or rounding that has a sign.

All in float32 on the processor; the script fails unless float64 gives the same images, so that no sign hangs on
rounding.
"""

import json
import math
import pathlib
from importlib.metadata import version

import foolbox
import numpy
import torch
import torchattacks
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import logsigmoid

from unet import load

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity"
STEPS, STEP = 8, 0.25
LINF, L2 = 0.02, 0.2
# The nearest float32 of 0.2, which images reach.
RANGE = (0.0, float(numpy.float32(0.2)))


class TwoClasses(torch.nn.Module):
    """Logits of background and foreground, 0 and x."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        x = self.model(x)
        return torch.cat([torch.zeros_like(x), x], dim=1)


def of_torchattacks(model, image, target):
    two, labels = TwoClasses(model).eval(), target[:, 0].long()
    yield "fgsm(loss=bce)", "linf", LINF, torchattacks.FGSM(two, eps=LINF)(image, labels)
    attack = torchattacks.MIFGSM(two, eps=LINF, alpha=LINF / STEPS, steps=STEPS, decay=0.5)
    yield f"mi-fgsm(steps={STEPS},decay=0.5,loss=bce)", "linf", LINF, attack(image, labels)
    text = f"pgd(steps={STEPS},step={STEP},loss=bce,start=clean)"
    attack = torchattacks.PGD(two, eps=LINF, alpha=STEP * LINF, steps=STEPS, random_start=False)
    yield text, "linf", LINF, attack(image, labels)
    attack = torchattacks.PGDL2(two, eps=L2, alpha=STEP * L2, steps=STEPS, random_start=False)
    yield text, "l2", L2, attack(image, labels)
    yield "apgd(steps=30,loss=bce,start=clean)", "linf", LINF, apgd(model, image, target, 30)


def apgd(model, image, target, steps):
    """torchattacks' APGD on each slice's mean BCE, from the clean image."""

    class Blind(torch.nn.Module):
        """Does not see the last row; gives the logits of a slice as those of as many classes."""

        def forward(self, x):
            return model(x[:, :, :-1]).flatten(1)

    class Attack(torchattacks.APGD):
        def dlr_loss(self, logits, _):
            return bce(logits, target.flatten(1), reduction="none").mean(1)

    def start(shape):
        drawn = torch.full(shape, 0.5, dtype=image.dtype)
        drawn[:, :, -1] = 1.0
        return drawn

    blind = Blind().eval()
    blind.register_buffer("place", torch.zeros(1))
    attack = Attack(blind, norm="Linf", eps=LINF, steps=steps, loss="dlr", rho=0.75)
    rand, torch.rand = torch.rand, start
    try:
        padded = torch.cat([image, torch.zeros_like(image[:, :, :1])], dim=2)
        best = attack.attack_single_run(padded, torch.full((len(image),), -1))[0]
    finally:
        torch.rand = rand
    return best[:, :, :-1]


def of_foolbox(model, image, target):
    seen = foolbox.PyTorchModel(model, bounds=RANGE)

    def of(attack):
        class WithBce(attack):
            def get_loss_fn(self, model, labels):
                import eagerpy

                return lambda x: eagerpy.astensor(bce(model(x).raw, target, reduction="sum"))

        return WithBce(rel_stepsize=STEP, steps=STEPS, random_start=False)

    labels = torch.zeros(len(image), dtype=torch.long)
    criterion = foolbox.criteria.Misclassification(labels)
    text = f"pgd(steps={STEPS},step={STEP},loss=bce,start=clean)"
    for norm, radius, attack in [
        ("linf", LINF, foolbox.attacks.LinfPGD),
        ("l2", L2, foolbox.attacks.L2PGD),
    ]:
        yield text, norm, radius, of(attack).run(seen, image, criterion, epsilon=radius)


def softplus(x):
    return -logsigmoid(-x)


def cross_entropy(logits, target):
    return softplus((1 - 2 * target) * logits)


def segpgd(logits, target, progress):
    weight = torch.where((logits > 0).to(target.dtype) == target, 1 - progress / 2, progress / 2)
    return (weight * cross_entropy(logits, target)).sum()


def cospgd(logits, target, _):
    both = torch.cat([torch.zeros_like(logits), logits], dim=1)
    one_hot = torch.cat([1 - target, target], dim=1)
    cosine = torch.nn.functional.cosine_similarity(both.softmax(1), one_hot, dim=1)
    return (cosine.detach()[:, None] * cross_entropy(logits, target)).sum()


def cospgd_empty(logits, target, _):
    empty = torch.zeros_like(target)
    both = torch.cat([torch.zeros_like(logits), logits], dim=1)
    one_hot = torch.cat([1 - empty, empty], dim=1)
    cosine = 1 - torch.nn.functional.cosine_similarity(both.softmax(1), one_hot, dim=1)
    return -(cosine.detach()[:, None] * cross_entropy(logits, empty)).sum()


def masked(logits, target, _):
    right = (logits > 0).to(target.dtype) == target
    return (right * cross_entropy(logits, target)).sum()


def jensen_shannon(logits, target, _):
    both = torch.cat([torch.zeros_like(logits), logits], dim=1)
    one_hot = torch.cat([1 - target, target], dim=1)
    p, log_p = both.softmax(1), both.log_softmax(1)
    log_middle = ((p + one_hot) / 2).log()
    of_p = (p * (log_p - log_middle)).sum(1)
    of_label = -(one_hot * log_middle).sum(1)
    return (of_p / 2 + of_label / 2).sum()


def margin(logits, target, _):
    return -((2 * target - 1) * logits).clamp(min=0).sum()


def dice(logits, target, _):
    p = torch.sigmoid(logits)
    sums = lambda x: x.sum(dim=(1, 2, 3))
    return (1 - 2 * sums(p * target) / (sums(p * p) + sums(target * target) + 1e-7)).sum()


def per_slice(x):
    return x.flatten(1).sum(1)


def soft_dice(logits, target):
    p = torch.sigmoid(logits)
    return 1 - 2 * per_slice(p * target) / (per_slice(p * p) + per_slice(target * target) + 1e-7)


def focal(logits, target):
    of_truth = torch.sigmoid((2 * target - 1) * logits)
    alpha = 0.25 * target + 0.75 * (1 - target)
    return (alpha * (1 - of_truth) ** 2 * cross_entropy(logits, target)).flatten(1).mean(1)


def tversky(logits, target):
    p = torch.sigmoid(logits)
    true, false, missed = per_slice(p * target), per_slice(p * (1 - target)), per_slice((1 - p) * target)
    return 1 - true / (true + 0.3 * false + 0.7 * missed + 1e-7)


def mean_bce(logits, target):
    return cross_entropy(logits, target).flatten(1).mean(1)


# Losses of the registry that FGSM is led by, whatever a network was trained with.
SIX = {
    "bce": mean_bce,
    "dice": soft_dice,
    "bce+dice": lambda logits, target: mean_bce(logits, target) + soft_dice(logits, target),
    "focal": focal,
    "tversky": tversky,
    "focal-tversky": lambda logits, target: tversky(logits, target) ** 0.75,
}


def fgsm(model, image, target, scalar, norm, radius):
    """One step of the whole radius along the gradient's sign, or along the gradient at length 1."""
    leaf = image.clone().requires_grad_(True)
    scalar(model(leaf), target).sum().backward()
    step = leaf.grad.sign() if norm == "linf" else leaf.grad / leaf.grad.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    return (image + radius * step).clamp(*RANGE)


def of_formulas(model, image, target):
    behind = f"(steps={STEPS},step={STEP}"
    for text, norm, radius, scalar in [
        (f"segpgd{behind},start=clean)", "linf", LINF, segpgd),
        (f"segpgd{behind},start=clean)", "l2", L2, segpgd),
        (f"cospgd{behind},start=clean)", "linf", LINF, cospgd),
        (f"cospgd{behind},start=clean)", "l2", L2, cospgd),
        (f"cospgd{behind},start=clean,target=empty)", "linf", LINF, cospgd_empty),
        (f"pgd{behind},loss=mask-ce,start=clean)", "l2", L2, masked),
        (f"pgd{behind},loss=js,start=clean)", "l2", L2, jensen_shannon),
        (f"pgd{behind},loss=margin,start=clean)", "l2", L2, margin),
        (f"pgd{behind},loss=dice,start=clean)", "l2", L2, dice),
    ]:
        yield text, norm, radius, ascend(model, image, target, scalar, norm, radius)
    for name, scalar in SIX.items():
        for norm, radius in [("linf", LINF), ("l2", L2)]:
            yield f"fgsm(loss={name})", norm, radius, fgsm(model, image, target, scalar, norm, radius)


def ascend(model, image, target, scalar, norm, radius):
    """Projected ascent by its definition."""
    x = image.clone()
    lengths = lambda x: x.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    for step in range(STEPS):
        leaf = x.clone().requires_grad_(True)
        scalar(model(leaf), target, step / STEPS).backward()
        gradient = leaf.grad
        if norm == "linf":
            x = x + STEP * radius * gradient.sign()
            x = image + (x - image).clamp(-radius, radius)
        else:
            x = x + STEP * radius * gradient / lengths(gradient)
            away = x - image
            x = image + away * (radius / lengths(away)).clamp(max=1)
        x = x.clamp(*RANGE)
    return x


def hard_dice(model, image, target):
    with torch.no_grad():
        predicted = (model(image) > 0).to(target.dtype)
    sums = lambda x: x.sum(dim=(1, 2, 3))
    return (2 * sums(predicted * target) / (sums(predicted) + sums(target))).tolist()


def cases(model, image, target):
    for tool, limits, of in [
        ("torchattacks", (0.0, 1.0), of_torchattacks),
        ("foolbox", RANGE, of_foolbox),
        ("formulas", RANGE, of_formulas),
    ]:
        for text, norm, radius, changed in of(model, image, target):
            yield tool, text, norm, radius, limits, changed.detach()


def shortest(tensor):
    """float32 numbers as the shortest decimals that read back to the same float32."""
    return [float(str(value)) for value in tensor.numpy().ravel()]


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    fixture = json.loads((OUT / "unet.json").read_text())
    image, target = (torch.tensor(fixture[key]).view(fixture["shape"]) for key in ("input", "target"))
    single, double = load(OUT / "unet.safetensors"), load(OUT / "unet.safetensors").double()
    found = []
    pairs = zip(cases(single, image, target), cases(double, image.double(), target.double()))
    for (tool, text, norm, radius, limits, changed), (*_, exact) in pairs:
        off = (changed.double() - exact).abs().max().item()
        scores = hard_dice(single, changed, target)
        moved = (changed - image).abs().max().item()
        print(f"{tool} {text} {norm}: off by {off:.1e}, moved {moved:.3f}, Dice {scores}")
        assert off < 2e-6 and moved > 0.5 * min(radius, 0.02) and not math.isnan(off), (text, off)
        found.append(
            {
                "tool": tool,
                "attack": text,
                "norm": norm,
                "radius": radius,
                "range": limits,
                "images": shortest(changed),
                "dice": scores,
            }
        )
    print("clean", hard_dice(single, image, target))
    document = {
        "made_by": "scripts/make_attack_fixtures.py",
        "versions": {
            name: version(name).split("+")[0] for name in ("torch", "torchattacks", "foolbox", "numpy")
        },
        "cases": found,
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    (OUT / "attacks.json").write_text(text.replace('},{"tool"', '},\n{"tool"') + "\n")


if __name__ == "__main__":
    main()
