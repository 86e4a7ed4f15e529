"""The same work in plain PyTorch, as a careful researcher writes it: channels_last, inference mode,
batches of 128, weights frozen where no gradient of theirs is wanted.

    peer.py INPUTS.safetensors WEIGHTS.safetensors ANSWERS.safetensors THREADS

Reads one job name a line from standard input, runs it once and answers with one line of JSON: `seconds`,
and what came out. The jobs: `versions`, `arrays`, `ceiling`, `fig5`, `fig6`, `saliency`, `train`; `arrays` writes what
the others rest on, `logits` and `maps`, to ANSWERS. Inputs: `images`, `masks`, `attacked` (the images with the largest
budget spent) [slice, height, width]; `regions` [slice, 4] (top, left, height, width of the scanned part); `order`
[slice, 100], the pixels of highest gradient; `budgets`; `batches` [step, slice], the training batches.
"""

import json
import pathlib
import sys
import time

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from unet import load

BATCH = 128
TRIALS = 100
FIG6_SLICES = 8

inputs = load_file(sys.argv[1])
torch.set_num_threads(int(sys.argv[4]))
model = load(sys.argv[2]).to(memory_format=torch.channels_last)
model.requires_grad_(False)

images = inputs["images"].unsqueeze(1)
masks = inputs["masks"].bool()
order = inputs["order"]
budgets = inputs["budgets"].tolist()
scanned = torch.zeros_like(masks)
for inside, (top, left, height, width) in zip(scanned, inputs["regions"].tolist()):
    inside[top : top + height, left : left + width] = True


def dice(logits, masks, scanned):
    predicted = (logits.squeeze(1) > 0) & scanned
    both = (predicted & masks).sum((1, 2)).double()
    return 2 * both / (predicted.sum((1, 2)) + masks.sum((1, 2)))


@torch.inference_mode()
def score(images, masks, scanned):
    scores = []
    for part in range(0, len(images), BATCH):
        batch = slice(part, part + BATCH)
        logits = model(images[batch].to(memory_format=torch.channels_last))
        scores.append(dice(logits, masks[batch], scanned[batch]))
    return torch.cat(scores)


def replaced(images, order, values):
    changed = images.flatten(1).clone()
    changed.scatter_(1, order, values)
    return changed.view_as(images)


def fig5():
    """Mean Dice at each budget, the pixels set to 0.2."""
    curve = []
    for budget in budgets:
        taken = order[:, :budget]
        changed = replaced(images, taken, torch.full(taken.shape, 0.2))
        curve.append(score(changed, masks, scanned).mean().item())
    return {"curve": curve}


def fig6():
    """Mean Dice at each budget, the pixels set to uniform random levels, mean of 100 trials."""
    generator = torch.Generator().manual_seed(0)
    few = slice(0, FIG6_SLICES)
    repeated = [tensor[few].repeat_interleave(TRIALS, 0) for tensor in (images, masks, scanned, order)]
    curve = []
    for budget in budgets:
        if budget == 0:
            curve.append(score(images[few], masks[few], scanned[few]).mean().item())
            continue
        taken = repeated[3][:, :budget]
        values = torch.rand(taken.shape, generator=generator)
        changed = replaced(repeated[0], taken, values)
        curve.append(score(changed, repeated[1], repeated[2]).mean().item())
    return {"curve": curve, "slices": FIG6_SLICES}


def saliency():
    """Gradient of the summed probability by the input."""
    gradients()
    return {}


def gradients():
    maps = []
    for part in images.split(BATCH):
        batch = part.to(memory_format=torch.channels_last).requires_grad_(True)
        (gradient,) = torch.autograd.grad(torch.sigmoid(model(batch)).sum(), batch)
        maps.append(gradient)
    return torch.cat(maps)


def arrays():
    """Logits of the clean images, then of the attacked ones; gradients of the clean ones."""
    both = torch.cat([images, inputs["attacked"].unsqueeze(1)])
    with torch.inference_mode():
        parts = [model(part.to(memory_format=torch.channels_last)) for part in both.split(BATCH)]
    save_file({"logits": torch.cat(parts).contiguous(), "maps": gradients().contiguous()}, sys.argv[3])
    return {}


def train():
    """Losses of a few steps of Adam on BCE + Dice, from the given weights."""
    network = load(sys.argv[2]).to(memory_format=torch.channels_last).train()
    adam = torch.optim.Adam(network.parameters(), lr=1e-3)
    targets = masks.float().unsqueeze(1)
    start = time.perf_counter()
    losses = []
    for batch in inputs["batches"]:
        logits = network(images[batch].to(memory_format=torch.channels_last))
        target = targets[batch]
        probability = torch.sigmoid(logits)
        overlap = 2 * (probability * target).sum()
        sizes = (probability**2).sum() + (target**2).sum() + 1e-7
        bce = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
        loss = bce + 1 - overlap / sizes
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return {"curve": losses, "seconds": time.perf_counter() - start}


def ceiling():
    """Floating-point operations per second of a large matrix product."""
    size = 2048
    left, right = torch.rand(size, size), torch.rand(size, size)
    best = 0.0
    for _ in range(8):
        start = time.perf_counter()
        left @ right
        best = max(best, 2 * size**3 / (time.perf_counter() - start))
    return {"curve": [best]}


def versions():
    return {"torch": torch.__version__, "threads": torch.get_num_threads()}


JOBS = {job.__name__: job for job in (versions, arrays, ceiling, fig5, fig6, saliency, train)}

for line in sys.stdin:
    start = time.perf_counter()
    answer = JOBS[line.strip()]()
    answer.setdefault("seconds", time.perf_counter() - start)
    print(json.dumps(answer), flush=True)
