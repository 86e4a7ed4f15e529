"""Makes the reference numbers of faithfulness: fixtures/parity/faithfulness.json.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_faithfulness_fixtures.py

Network and images are those of `make_unet_fixtures.py`, of each image the first 20 columns, so that its pixels fall into 20
equal parts. Quantus 0.6.0 orders the pixels of a Captum map by their absolute values, largest first, and replaces a part
at a time (`PixelFlipping`): `curves` has what it finds of the explained scalar after each part, with the image as it is put
before, which Quantus leaves out. What a pixel turns to is given to Quantus: black, its mirror image in 0 to 0.2, or, for
insertion, that of the image, which Quantus is then given blurred. `max-sensitivity` is Quantus's `MaxSensitivity` under the
noise of `noise`, [copy][slice][row][column]; the script fails unless Captum's `sensitivity_max` agrees, and unless float64
gives the same curves and the same order, so that no two values at the edge of a part are close.
"""

import json
import sys
import warnings

import captum
import captum.metrics
import numpy
import quantus
import scipy
import torch

from make_map_fixtures import Hooked, baselines
from make_unet_fixtures import OUT
from unet import load

COLUMNS, STEPS, COPIES, RADIUS, RANGE = 20, 20, 4, 0.02, (0.0, 0.2)
SEED = 5
METHODS = {
    "gradient": lambda model, images: captum.attr.Saliency(model).attribute(images, abs=False),
    "gradient-x-input": lambda model, images: captum.attr.InputXGradient(model).attribute(images),
    "integrated-gradients(steps=7)": lambda model, images: captum.attr.IntegratedGradients(model).attribute(
        images, 0.0, n_steps=7, method="gausslegendre"
    ),
    "guided-backprop": lambda model, images: captum.attr.GuidedBackprop(model).attribute(images),
}


class Classified(torch.nn.Module):
    """The explained scalar as the only class of a classifier, as Quantus wants it."""

    def __init__(self, hooked):
        super().__init__()
        self.hooked = hooked

    def forward(self, x):
        return self.hooked(x)[:, None]


def replacements(image):
    """The images that pixels are replaced in, and with, each [slice, 1, row, column]."""
    blurred = baselines(image)["blurred"]
    return {
        "deletion": (image, torch.zeros_like(image)),
        "insertion": (blurred, image),
        "pixel-flipping": (image, RANGE[0] + RANGE[1] - image),
    }


def quantus_curves(model, before, after, maps):
    """Quantus's scalar of each slice after each part, [slice][part]."""
    after = after.numpy().reshape(len(after), -1)

    def replace(arr, indices, **_):
        arr = arr.copy()
        numpy.put_along_axis(arr, indices, numpy.take_along_axis(after, indices, axis=1), axis=1)
        return arr

    flipping = quantus.PixelFlipping(
        features_in_step=maps[0].numel() // STEPS, abs=True, normalise=False, perturb_func=replace, disable_warnings=True
    )
    found = flipping(
        model=Classified(model).eval(),
        x_batch=before.numpy(),
        y_batch=numpy.zeros(len(before), dtype=int),
        a_batch=maps.numpy(),
        softmax=False,
        device="cpu",
    )
    return numpy.array(found)


def own_curves(model, before, after, order):
    """The same without Quantus."""
    before, after = before.clone().flatten(1), after.flatten(1)
    found = []
    for part in order.reshape(len(order), STEPS, -1).transpose(0, 1):
        before.scatter_(1, part, after.gather(1, part))
        found.append(model(before.reshape(len(order), 1, -1, COLUMNS)).detach().numpy())
    return numpy.stack(found, axis=1)


def order_of(maps):
    return maps.flatten(1).abs().argsort(dim=1, descending=True)


def parts(order):
    return [[set(part.tolist()) for part in slice.reshape(STEPS, -1)] for slice in order]


def max_sensitivity(model, image, explain, noise):
    """Quantus's, and Captum's."""
    copies = iter(noise.numpy())

    def noisy(arr, indices, **_):
        return arr + next(copies).reshape(arr.shape)

    sensitivity = quantus.MaxSensitivity(nr_samples=COPIES, perturb_func=noisy, normalise=False, disable_warnings=True)
    found = sensitivity(
        model=Classified(model).eval(),
        x_batch=image.numpy(),
        y_batch=numpy.zeros(len(image), dtype=int),
        a_batch=explain(model, image).detach().numpy(),
        explain_func=lambda model, inputs, targets, **_: explain(model.hooked, torch.tensor(inputs)).detach().numpy(),
        softmax=False,
        device="cpu",
    )
    by_copy = iter(noise)

    def explained(images):
        # Given a tuple of one tensor before noise is added and a tensor after it; a tensor in answer would be read as a
        # tuple of slices.
        return (explain(model, (images[0] if isinstance(images, tuple) else images).detach()),)

    captums = captum.metrics.sensitivity_max(
        explained,
        image,
        perturb_func=lambda images: images + next(by_copy),
        n_perturb_samples=COPIES,
        max_examples_per_batch=len(image),
    )
    return numpy.array(found), captums.detach().numpy()


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    document = json.loads((OUT / "unet.json").read_text())
    image = torch.tensor(document["input"], dtype=torch.float32).reshape(document["shape"])[..., :COLUMNS].contiguous()
    generator = torch.Generator().manual_seed(SEED)
    noise = torch.rand((COPIES, *image.shape), generator=generator) * 2 - 1
    noise *= RADIUS * (RANGE[1] - RANGE[0])
    found = []
    for output in ["probability", "logit"]:
        single = Hooked(load(OUT / "unet.safetensors"), output, None).eval()
        double = Hooked(load(OUT / "unet.safetensors").double(), output, None).eval()
        for method, explain in METHODS.items():
            maps = explain(single, image).detach()
            order = order_of(explain(double, image.double()).detach())
            assert parts(order_of(maps)) == parts(order), (output, method)
            entry = {"output": output, "method": method, "curves": {}}
            for name, (before, after) in replacements(image).items():
                curves = quantus_curves(single, before, after, maps)
                own = own_curves(double, before.double(), after.double(), order)
                assert numpy.abs(curves / own - 1).max() < 1e-5, (output, method, name)
                first = single(before).detach().numpy()[:, None]
                entry["curves"][name] = numpy.concatenate([first, curves], axis=1).astype(numpy.float32).tolist()
            quantuss, captums = max_sensitivity(single, image, explain, noise)
            assert numpy.abs(quantuss / captums - 1).max() < 1e-5, (output, method, quantuss, captums)
            entry["max-sensitivity"] = quantuss.astype(numpy.float32).tolist()
            found.append(entry)

    modules = [torch, captum, quantus, scipy, numpy]
    fixture = {
        "made_by": "scripts/make_faithfulness_fixtures.py",
        "versions": {module.__name__: module.__version__.split("+")[0] for module in modules},
        "size": list(image.shape[2:]),
        "range": RANGE,
        "images": image.flatten().tolist(),
        "noise": noise.flatten(1).tolist(),
        "found": found,
    }
    text = json.dumps(fixture, separators=(",", ":")).replace('{"output"', '\n{"output"').replace('"noise"', '\n"noise"')
    (OUT / "faithfulness.json").write_text(text + "\n")
    print(f"{len(found)} methods by outputs", file=sys.stderr)


if __name__ == "__main__":
    main()
