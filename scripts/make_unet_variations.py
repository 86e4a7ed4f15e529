"""Makes the reference numbers of U-Nets with another norm or head: fixtures/parity/unet_NAME.safetensors,
unet_NAME.json and unet_NAME_step.safetensors for each of `VARIATIONS`.

Run from anywhere, after make_unet_fixtures.py, whose input and mask it takes; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_unet_variations.py

`unet_NAME.safetensors` is a small U-Net (see unet.py) with random weights. `unet_NAME.json` has its logits in
eval mode, the gradient by the input of the summed probability and the summed logit, and the Dice loss before
each of some steps of Adam in train mode (lr 1e-3, betas 0.9 and 0.999, eps 1e-8) on the one batch.
`unet_NAME_step.safetensors` holds each tensor's `NAME.gradient` in the first step and `NAME.after` it.

All in float32 on the processor. A seed is taken for which float64 agrees, in the logits, gradients and every
loss, so that no ReLU, pooling or mask pixel sits on its edge.
"""

import json
import pathlib
import sys

import numpy
import safetensors
import torch
from safetensors.torch import save_file

from make_unet_fixtures import (
    BASE, LEARNING_RATE, LEVELS, OBJECTIVES, OUT, dice_loss, input_gradient, random_model, relative, shortest,
)
from unet import load, tensors

VARIATIONS = {
    "group": {"norm": "group"},
    "none": {"norm": "none"},
    "softmax": {"head": "softmax"},
}
SEEDS = range(200)
STEPS = 5


def steps(model, image, target):
    """The losses before each step, and gradients and tensors of the first one."""
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
    model.train()
    losses, first = [], {}
    for step in range(STEPS):
        optimiser.zero_grad()
        loss = dice_loss(model(image), target)
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
        if step == 0:
            first = {f"{name}.gradient": value.grad.clone() for name, value in model.named_parameters()}
            first |= {f"{name}.after": value.detach().clone() for name, value in model.named_parameters()}
    return losses, first


def reference(path, image, target):
    """The numbers of the network at `path`; none where float64 differs."""
    logits, exact = (load(path).to(kind)(image.to(kind)).detach() for kind in (torch.float32, torch.float64))
    if not (0.1 < (logits > 0).float().mean() < 0.9 and logits.abs().min() > 1e-4 and relative(logits, exact) < 1e-5):
        return None
    gradients = {}
    for name in ["probability", "logit"]:
        single, double = (
            input_gradient(load(path).to(kind), image.to(kind), target.to(kind), OBJECTIVES[name])
            for kind in (torch.float32, torch.float64)
        )
        if relative(single, double) > 1e-5:
            return None
        gradients[name] = shortest(single)
    losses, first = steps(load(path), image, target)
    exact, _ = steps(load(path).double(), image.double(), target.double())
    if not numpy.allclose(losses, exact, rtol=2e-6, atol=0):
        return None
    assert losses == sorted(losses, reverse=True), losses
    return {"logits": shortest(logits), "gradients": gradients, "losses": losses}, first


def check_softmax(path, image):
    """The sigmoid of the network's logit is the softmax of its two channels."""
    model, seen = load(path), []
    model.head.register_forward_hook(lambda _, inputs, outputs: seen.append(outputs))
    probability = torch.sigmoid(model(image))
    assert torch.allclose(torch.softmax(seen[0], dim=1)[:, 1:], probability, rtol=1e-6, atol=1e-7)


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    given = json.loads((OUT / "unet.json").read_text())
    image, target = (torch.tensor(given[name]).reshape(given["shape"]) for name in ("input", "target"))
    versions = {"torch": torch.__version__.split("+")[0], "safetensors": safetensors.__version__}
    for name, variation in VARIATIONS.items():
        path = OUT / f"unet_{name}.safetensors"
        metadata = {"lossbench.norm": variation["norm"]} if "norm" in variation else None
        for seed in SEEDS:
            generator = torch.Generator().manual_seed(seed)
            save_file(tensors(random_model(generator, image, **variation)), path, metadata)
            found = reference(path, image, target)
            if found:
                break
        else:
            sys.exit(f"{name}: no seed for which float64 agrees")
        if variation.get("head") == "softmax":
            check_softmax(path, image)
        numbers, first = found
        save_file(first, OUT / f"unet_{name}_step.safetensors")
        document = {
            "made_by": "scripts/make_unet_variations.py",
            "versions": versions | {"numpy": numpy.__version__},
            "seed": seed,
            "levels": LEVELS,
            "base": BASE,
            **variation,
            "learning_rate": LEARNING_RATE,
            **numbers,
        }
        text = json.dumps(document, separators=(",", ":"), allow_nan=False)
        (OUT / f"unet_{name}.json").write_text(text.replace(',"', ',\n"') + "\n")
        print(f"{name}: seed {seed}, losses {numbers['losses']}", file=sys.stderr)


if __name__ == "__main__":
    main()
