"""The same work in other engines, each as a careful researcher runs it (`engines.py`).

    peer.py INPUTS.safetensors WEIGHTS.safetensors ANSWERS.safetensors THREADS

Reads a job a line from standard input, `WORK ENGINE`, runs it once and answers with one line of JSON: `seconds`, and
what came out. `engines` alone tells which engines are here, with their versions, and why others are not. The works:
`arrays`, `fig5`, `fig6`, `saliency`, `train` and the names of maps and attacks in `maps.py`; `arrays` writes what the others
rest on to ANSWERS: `logits` and, of an engine that has gradients, `maps`; those of `maps.py` write their own `maps`. Inputs: `images`, `masks`, `attacked` (the images with the largest
budget spent) [slice, height, width]; `regions` [slice, 4] (top, left, height, width of the scanned part); `order`
[slice, 100], the pixels of highest gradient; `budgets`; `batches` [step, slice], the training batches.
"""

import json
import logging
import pathlib
import sys
import time
import warnings

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from engines import CHANNELS_LAST, ENGINES
from maps import Captum, Torchattacks

TRIALS = 100
FIG6_SLICES = 8

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
inputs = load_file(sys.argv[1])
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


def replaced(images, order, values):
    changed = images.flatten(1).clone()
    changed.scatter_(1, order, values)
    return changed.view_as(images)


def fig5(engine):
    """Mean Dice at each budget, the pixels set to 0.2."""
    curve = []
    for budget in budgets:
        taken = order[:, :budget]
        changed = replaced(images, taken, torch.full(taken.shape, 0.2))
        curve.append(dice(engine.logits(changed), masks, scanned).mean().item())
    return {"curve": curve}


def fig6(engine):
    """Mean Dice at each budget, the pixels set to uniform random levels, mean of 100 trials."""
    generator = torch.Generator().manual_seed(0)
    few = slice(0, FIG6_SLICES)
    repeated = [tensor[few].repeat_interleave(TRIALS, 0) for tensor in (images, masks, scanned, order)]
    curve = []
    for budget in budgets:
        if budget == 0:
            curve.append(dice(engine.logits(images[few]), masks[few], scanned[few]).mean().item())
            continue
        taken = repeated[3][:, :budget]
        values = torch.rand(taken.shape, generator=generator)
        changed = replaced(repeated[0], taken, values)
        curve.append(dice(engine.logits(changed), repeated[1], repeated[2]).mean().item())
    return {"curve": curve, "slices": FIG6_SLICES}


def saliency(engine):
    """Gradient of the summed probability by the input."""
    engine.gradients(images)
    return {}


def arrays(engine):
    """Logits of the clean images, then of the attacked ones; gradients of the clean ones."""
    answers = {"logits": engine.logits(torch.cat([images, inputs["attacked"].unsqueeze(1)])).contiguous()}
    if hasattr(engine, "gradients"):
        answers["maps"] = engine.gradients(images).contiguous()
    save_file(answers, sys.argv[3])
    return {}


def loss_of(logits, target):
    """BCE + Dice."""
    probability = torch.sigmoid(logits)
    overlap = 2 * (probability * target).sum()
    sizes = (probability**2).sum() + (target**2).sum() + 1e-7
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, target) + 1 - overlap / sizes


def train(engine):
    """Losses of a few steps of Adam from the given weights."""
    network, loss_function = engine.network(), engine.compiled(loss_of)
    adam = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    targets = masks.float().unsqueeze(1)
    start = time.perf_counter()
    losses = []
    for batch in inputs["batches"]:
        logits = network(images[batch].to(memory_format=CHANNELS_LAST))
        loss = loss_function(logits, targets[batch])
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(loss.item())
    return {"curve": losses, "seconds": time.perf_counter() - start}


def open_engines():
    """Every engine that is here, and one line for each that is not."""
    here, missing = {}, {}
    for name, engine in (ENGINES | {"captum": Captum, "torchattacks": Torchattacks}).items():
        try:
            here[name] = engine(sys.argv[2], int(sys.argv[4]), images.shape[-2:])
            here[name].logits(images[: here[name].batch])
        except Exception as error:
            here.pop(name, None)
            missing[name] = (str(error) or type(error).__name__).splitlines()[0]
    return here, missing


def mapped(engine, work):
    """One of an engine's own works."""
    start = time.perf_counter()
    maps = engine.map(work, images, masks)
    seconds = time.perf_counter() - start
    save_file({"maps": maps.contiguous()}, sys.argv[3])
    return {"seconds": seconds}


def works(engine):
    """Names of what an engine does."""
    if hasattr(engine, "works"):
        return list(engine.works)
    return ["fig5", "fig6", *(["saliency", "train"] if hasattr(engine, "network") else [])]


WORKS = {work.__name__: work for work in (arrays, fig5, fig6, saliency, train)}
here, missing = open_engines()

for line in sys.stdin:
    start = time.perf_counter()
    if line.strip() == "engines":
        versions = {name: engine.version() for name, engine in here.items()}
        able = {name: works(engine) for name, engine in here.items()}
        answer = {"versions": versions, "works": able, "missing": missing}
    else:
        work, engine = line.split()
        answer = WORKS[work](here[engine]) if work in WORKS else mapped(here[engine], work)
    answer.setdefault("seconds", time.perf_counter() - start)
    print(json.dumps(answer), flush=True)
