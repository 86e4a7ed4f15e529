"""Makes the reference results of the sparse attacks that ask for answers alone: fixtures/parity/sparse.json.

Run from anywhere, after make_unet_fixtures.py; twice gives the same bytes:

    LOSSBENCH_RECORD_DRAWS=1 cargo test --release --test parity searches_by_answers
    pip install -r fixtures/requirements.txt
    python scripts/make_sparse_fixtures.py

fixtures/parity/draws.json, which the first line writes, holds what lossbench draws: places alone, so that neither what comes of
them nor how many a step should draw is taken from there. The rules are those of the papers:
- Sparse-RS (F. Croce and others, AAAI 2022, algorithm 1, and the L0 schedule of the authors' code with rescaling): N pixels at the
  ends of the span; each step exchanges some for others, and is kept where it does more harm.
- One-pixel attack (J. Su and others, IEEE TEVC 2019): differential evolution, rand/1 with 0.5, no crossover; a child takes its own
  parent's place where it does more harm.

Harm is lossbench's own: Dice of the predicted mask, and where that is equal soft Dice. The network is
fixtures/parity/unet.safetensors in float32; the script fails unless float64 finds the same, so that no step hangs on rounding.
"""

import json
import pathlib
import re
from importlib.metadata import version

import numpy
import torch

from unet import load

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity"
LOW, HIGH = (float(numpy.float32(value)) for value in (0.0, 0.2))
# Last steps of 10 000 with the share's divisor, from the authors' `p_selection`.
SCHEDULE = [(0, 1), (50, 2), (200, 4), (500, 5), (1000, 6), (2000, 8), (4000, 10), (6000, 12), (8000, 15), (10_000, 20)]


class Judge:
    """The harm of changed images of one slice; lower is worse for the network."""

    def __init__(self, model, image, target):
        self.model, self.image, self.target = model, image, target
        self.asked = 0

    def __call__(self, changes):
        """`changes` maps pixels to values."""
        changed = self.image.clone()
        for pixel, value in changes.items():
            changed.view(-1)[pixel] = value
        with torch.no_grad():
            logits = self.model(changed[None, None])[0, 0]
        self.asked += 1
        predicted, probability = (logits > 0).double(), torch.sigmoid(logits.double())
        dice = lambda mask: (2 * (mask * self.target).sum() / (mask.sum() + self.target.sum())).item()
        return dice(predicted), dice(probability)


def sparse_rs(judge, drawn, pixels, queries, share):
    free = list(range(judge.image.numel()))
    best, harm = None, (float("inf"), float("inf"))
    for query, (goes, comes, ends) in enumerate(drawn["steps"]):
        values = [HIGH if end else LOW for end in ends]
        if query == 0:
            tried = [(free[place], value) for place, value in zip(comes, values)]
            assert len(tried) == pixels
        else:
            step = int(query / queries * 10_000 + 1e-9)
            divisor = next(divisor for last, divisor in SCHEDULE if step <= last)
            count = max(int(share / divisor * pixels), 1)
            assert len(goes) == len(comes) == count, (query, len(goes), count)
            taken = {pixel for pixel, _ in best}
            others = [pixel for pixel in free if pixel not in taken]
            tried = list(best)
            for place, other, value in zip(goes, comes, values):
                tried[place] = (others[other], value)
        found = judge(dict(tried))
        if found < harm:
            best, harm = tried, found
    assert judge.asked == queries
    return dict(best)


def one_pixel(judge, drawn, pixels, size, generations):
    height, width = judge.image.shape
    members = numpy.array(drawn["members"]).reshape(size, pixels, 3)
    members[:, :, 2] = (LOW + HIGH) / 2 + (HIGH - LOW) / 2 * members[:, :, 2]

    def changes(member):
        rows = numpy.clip(member[:, 0], 0, None).astype(int).clip(max=height - 1)
        columns = numpy.clip(member[:, 1], 0, None).astype(int).clip(max=width - 1)
        values = numpy.clip(member[:, 2].astype(numpy.float32), numpy.float32(LOW), numpy.float32(HIGH))
        return dict(zip((rows * width + columns).tolist(), values.tolist()))

    best, least = None, (float("inf"), float("inf"))
    harms = []
    for member in members:
        harms.append(judge(changes(member)))
        if harms[-1] < least:
            best, least = changes(member), harms[-1]
    assert len(drawn["triples"]) == generations
    for triples in drawn["triples"]:
        assert all(len({parent, *three}) == 4 for parent, three in enumerate(triples))
        a, b, c = (members[[three[one] for three in triples]] for one in range(3))
        children = a + 0.5 * (b - c)
        for parent, child in enumerate(children):
            found = judge(changes(child))
            if found < harms[parent]:
                members[parent], harms[parent] = child, found
            if found < least:
                best, least = changes(child), found
    assert judge.asked == size * (1 + generations)
    return best


def run(model, images, targets, case):
    numbers = [float(value) for value in re.findall(r"=([0-9.]+)", case["attack"])]
    found = []
    for image, target, drawn in zip(images, targets, case["slices"]):
        judge = Judge(model, image, target.double())
        if case["attack"].startswith("sparse-rs"):
            changes = sparse_rs(judge, drawn, case["pixels"], int(numbers[0]), numbers[1])
        else:
            changes = one_pixel(judge, drawn, case["pixels"], int(numbers[0]), int(numbers[1]))
        clean, (dice, _) = judge({})[0], judge(changes)
        print(f"{case['attack']}, N = {case['pixels']}: Dice {clean:.3f} to {dice:.3f}")
        assert dice < clean
        found.append((dict(sorted(changes.items())), dice))
    return found


def main():
    torch.set_num_threads(1)
    fixture = json.loads((OUT / "unet.json").read_text())
    _, _, height, width = fixture["shape"]
    image, target = (torch.tensor(fixture[key]).view(-1, height, width) for key in ("input", "target"))
    single, double = load(OUT / "unet.safetensors").eval(), load(OUT / "unet.safetensors").double().eval()
    cases = []
    for case in json.loads((OUT / "draws.json").read_text()):
        found = run(single, image, target, case)
        assert found == run(double, image.double(), target.double(), case), case["attack"]
        cases.append(
            {
                "attack": case["attack"],
                "pixels": case["pixels"],
                "at": [list(changes) for changes, _ in found],
                "values": [[float(str(numpy.float32(value))) for value in changes.values()] for changes, _ in found],
                "dice": [dice for _, dice in found],
            }
        )
    document = {
        "made_by": "scripts/make_sparse_fixtures.py",
        "versions": {name: version(name).split("+")[0] for name in ("torch", "numpy")},
        "cases": cases,
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    (OUT / "sparse.json").write_text(text.replace('},{"attack"', '},\n{"attack"') + "\n")


if __name__ == "__main__":
    main()
