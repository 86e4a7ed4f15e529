"""Makes the U-Net's reference numbers: fixtures/parity/unet.safetensors, unet.json,
unet_after_step.safetensors and unet_step_gradients.safetensors.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_unet_fixtures.py

`unet.safetensors` is a small U-Net (2 levels, base 4; see unet.py) with random weights and running
statistics away from 0 and 1. `unet.json` holds an input of shape 3 x 1 x 16 x 24 in [0, 0.2], the logits of
the network in eval mode, and the gradient by the input of four outputs: summed probability, summed logit,
summed probability of the predicted mask (logits > 0, the mask held constant), and mean BCE against a mask.
All of it in float32 on the processor; the script fails unless float64 agrees, so that no ReLU or mask
pixel sits on its edge.

One training step from the same weights: train mode, so batch norm uses the batch's statistics, Dice loss
over the batch, then Adam (lr 1e-3, betas 0.9 and 0.999, eps 1e-8). `unet.json` has the loss before the
step, `unet_after_step.safetensors` every tensor after it, `unet_step_gradients.safetensors` the gradients.
Two matters for who compares:
- PyTorch updates running_var with the unbiased variance, burn with the biased one. `*.running_var` is
  PyTorch's; `*.running_var_biased` beside it is the update with the biased variance.
- A convolution's bias before a batch norm has no true gradient. What is computed is rounding noise, which
  Adam's first step scales up to the learning rate. Compare those biases, and any weight whose gradient is
  near 1e-8, to within the learning rate only.
"""

import json
import pathlib
import sys

import numpy
import safetensors
import torch
from safetensors.torch import save_file
from torch.nn.functional import binary_cross_entropy_with_logits

from unet import UNet, load, tensors

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity"
LEVELS, BASE, SHAPE = 2, 4, (3, 1, 16, 24)
SEED = 12  # one where no ReLU, pooling or mask pixel is near a tie
DICE_EPSILON = 1e-7
LEARNING_RATE = 1e-3


def random_model(generator, image, **variation):
    """A U-Net of random weights and perhaps another norm or head, its running statistics near those of `image` but off by some 30%."""

    def uniform(tensor, low, high):
        return torch.rand(tensor.shape, generator=generator) * (high - low) + low

    model = UNet(LEVELS, BASE, **variation)
    state = tensors(model)
    for name, tensor in state.items():
        if ".norm" in name and name.endswith("weight"):
            state[name] = uniform(tensor, 0.6, 1.4)
        elif name.endswith("bias"):
            state[name] = uniform(tensor, -0.3, 0.3)
        elif name.endswith("weight"):
            fan_in = tensor.shape[0] if name.startswith("up.") else tensor[0].numel()
            state[name] = torch.randn(tensor.shape, generator=generator) * (2 / fan_in) ** 0.5
    model.load_state_dict(state, strict=False)

    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        model.train()(image)
        for norm in norms:
            norm.running_mean += norm.running_var.sqrt() * uniform(norm.running_mean, -0.3, 0.3)
            norm.running_var *= uniform(norm.running_var, 0.7, 1.3)
    return model


def inputs(generator):
    """A blurred random image in [0, 0.2] and a mask of random ellipses."""
    batch, _, height, width = SHAPE
    image = torch.rand(SHAPE, generator=generator)
    image = 0.5 * image + 0.5 * torch.nn.functional.avg_pool2d(image, 3, 1, 1)
    image = 0.2 * (image - image.min()) / (image.max() - image.min())
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    target = torch.zeros(SHAPE)
    for index in range(batch):
        row, column = 5 + 6 * torch.rand(2, generator=generator)
        target[index, 0] = (((rows - row) / 3.5) ** 2 + ((columns - 2 * column + 6) / 5) ** 2 <= 1).float()
    return image, target


OBJECTIVES = {
    "probability": lambda logits, target: torch.sigmoid(logits).sum(),
    "logit": lambda logits, target: logits.sum(),
    "predicted-mask": lambda logits, target: (torch.sigmoid(logits) * (logits.detach() > 0)).sum(),
    "loss": lambda logits, target: binary_cross_entropy_with_logits(logits, target),
}


def input_gradient(model, image, target, objective):
    leaf = image.clone().requires_grad_(True)
    objective(model(leaf), target).backward()
    return leaf.grad


def dice_loss(logits, target):
    probability = torch.sigmoid(logits)
    denominator = (probability**2).sum() + (target**2).sum() + DICE_EPSILON
    return 1 - 2 * (probability * target).sum() / denominator


def biased_running_variances(model, image):
    """The running variances after one batch, updated with the biased variance, by name."""
    updated, hooks = {}, []

    def watch(name, norm):
        def hook(_, arguments):
            variance = arguments[0].double().var(dim=(0, 2, 3), unbiased=False)
            old = norm.running_var.double()
            new = (1 - norm.momentum) * old + norm.momentum * variance
            updated[name + ".running_var_biased"] = new.float()

        return norm.register_forward_pre_hook(hook)

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            hooks.append(watch(name, module))
    with torch.no_grad():
        model(image)
    for hook in hooks:
        hook.remove()
    return updated


def training_step(path, image, target):
    """Loss before, gradients, and all tensors after one Adam step on the Dice loss."""
    biased = biased_running_variances(load(path).train(), image)
    model = load(path).train()
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
    loss = dice_loss(model(image), target)
    loss.backward()
    gradients = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    optimiser.step()
    after = tensors(model) | biased
    for name in biased:
        # Biased and unbiased differ by n / (n - 1) of the batch's part alone.
        assert torch.allclose(after[name], after[name.removesuffix("_biased")], rtol=0.02), name
    return loss.item(), gradients, after


def shortest(tensor):
    """float32 numbers as the shortest decimals that read back to the same float32."""
    values = tensor.detach().numpy().ravel()
    written = [float(str(value)) for value in values]
    assert (numpy.array(written, numpy.float32) == values).all()
    return written


def relative(first, second):
    return float((first.double() - second.double()).abs().max() / second.double().abs().max())


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    assert sum(tensor.numel() for tensor in tensors(UNet(4, 16)).values()) == 1_946_705

    generator = torch.Generator().manual_seed(SEED)
    image, target = inputs(generator)
    path = OUT / "unet.safetensors"
    OUT.mkdir(parents=True, exist_ok=True)
    save_file(tensors(random_model(generator, image)), path)
    model = load(path)
    double = load(path).double()

    logits = model(image).detach()
    in_double = double(image.double()).detach()
    foreground = (logits > 0).float().mean().item()
    assert 0.1 < foreground < 0.9, foreground
    assert logits.abs().min() > 1e-4, logits.abs().min()
    assert relative(logits, in_double) < 1e-5, relative(logits, in_double)

    gradients = {}
    for name, objective in OBJECTIVES.items():
        gradient = input_gradient(model, image, target, objective)
        exact = input_gradient(double, image.double(), target.double(), objective)
        print(f"{name}: float32 against float64 {relative(gradient, exact):.1e}", file=sys.stderr)
        assert relative(gradient, exact) < 1e-5, (name, relative(gradient, exact))
        gradients[name] = shortest(gradient)

    loss, step_gradients, after = training_step(path, image, target)
    save_file(after, OUT / "unet_after_step.safetensors")
    save_file(step_gradients, OUT / "unet_step_gradients.safetensors")

    versions = {"torch": torch.__version__.split("+")[0], "safetensors": safetensors.__version__}
    document = {
        "made_by": "scripts/make_unet_fixtures.py",
        "versions": versions | {"numpy": numpy.__version__},
        "seed": SEED,
        "levels": LEVELS,
        "base": BASE,
        "shape": list(SHAPE),
        "input": shortest(image),
        "target": shortest(target),
        "logits": shortest(logits),
        "gradients": gradients,
        "step": {"loss": "dice", "learning_rate": LEARNING_RATE, "loss_before": loss},
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    (OUT / "unet.json").write_text(text.replace(',"', ',\n"') + "\n")
    print(f"foreground {foreground:.2f}, loss before the step {loss:.6f}", file=sys.stderr)


if __name__ == "__main__":
    main()
