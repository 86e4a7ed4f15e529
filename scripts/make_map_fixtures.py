"""Makes the saliency maps' reference numbers: fixtures/parity/maps.safetensors.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_map_fixtures.py

The network, its input, masks and outputs are those of `make_unet_fixtures.py` (`unet.safetensors`, `unet.json`); the
network is rebuilt with a module for every ReLU and pooling, as Captum's hooks want it, and gives the same logits. What
is explained is the scalar that lossbench calls the output, the predicted mask held constant; sigmoid and sum are part
of the model, so that DeepLift's rescale rule sees the sigmoid too.

The tensor `OUTPUT: TEXT` is Captum's map for an output and a method by lossbench's text for it, computed in float64; the
script fails unless float32 agrees, so that no ReLU or pooling sits on its edge. Where Captum draws noise it is given `noise`, [sample, slice, 1, row, column]. The
baseline `blurred` is `scipy.ndimage.gaussian_filter` of each slice (sigma 8, mode nearest).
"""

import json
import sys

import captum.attr
import numpy
import scipy.ndimage
import torch
from captum.attr import LayerAttribution
from safetensors.torch import save_file
from torch import nn

from make_unet_fixtures import OUT
from unet import load

SAMPLES, NOISE = 4, 0.15
SEED = 3
# Points along the way from each baseline near which no ReLU or pooling has its edge: images moved by 2e-6 of
# themselves have the same map.
STEPS = {"black": 7, "mean": 6, "blurred": 7}


class HookedBlock(nn.Module):
    """A block of the U-Net with its ReLUs as modules."""

    def __init__(self, block):
        super().__init__()
        self.conv1, self.norm1, self.relu1 = block.conv1, block.norm1, nn.ReLU()
        self.conv2, self.norm2, self.relu2 = block.conv2, block.norm2, nn.ReLU()

    def forward(self, x):
        x = self.relu1(self.norm1(self.conv1(x)))
        return self.relu2(self.norm2(self.conv2(x)))


class Hooked(nn.Module):
    """The U-Net of `scripts/unet.py` with every ReLU and pooling a module of its own, and an output behind it."""

    def __init__(self, model, output, mask):
        super().__init__()
        self.encoder = nn.ModuleList(HookedBlock(block) for block in model.encoder)
        self.pools = nn.ModuleList(nn.MaxPool2d(2) for _ in model.encoder)
        self.bottleneck = HookedBlock(model.bottleneck)
        self.up, self.head = model.up, model.head
        self.decoder = nn.ModuleList(HookedBlock(block) for block in model.decoder)
        self.sigmoid, self.output, self.mask = nn.Sigmoid(), output, mask
        self.by_slice = False  # whether copies of one slice lie side by side

    def logits(self, x):
        skips = []
        for block, pool in zip(self.encoder, self.pools):
            x = block(x)
            skips.append(x)
            # Of its own: DeepLift replaces the whole gradient of the tensor that a module reads.
            x = pool(x.clone())
        x = self.bottleneck(x)
        for up, block in zip(self.up, self.decoder):
            x = block(torch.cat([skips.pop(), up(x)], dim=1))
        return self.head(x)

    def forward(self, x):
        """The output of each slice, shape [slices]. Captum shows copies of the slices, in one of two orders."""
        logits = self.logits(x)
        values = logits if self.output == "logit" else self.sigmoid(logits)
        if self.output == "predicted-mask":
            copies = len(x) // len(self.mask)
            by_slice = self.mask.repeat_interleave(copies, dim=0)
            values = values * (by_slice if self.by_slice else self.mask.repeat(copies, 1, 1, 1))
        return values.sum(dim=(1, 2, 3))


def given_noise(noise):
    """`torch.normal` that gives `noise`, [sample, slice, ...], in the order in which Captum asks for it."""

    def normal(mean, deviation):
        assert mean == 0 and deviation.shape == (SAMPLES * noise.shape[1], *noise.shape[2:]), deviation.shape
        # Captum lays the copies of a slice side by side.
        return noise.transpose(0, 1).reshape(deviation.shape)

    return normal


def noise_tunnel(method, image, noise, kind, **settings):
    original, torch.normal = torch.normal, given_noise(noise)
    method.forward_func.by_slice = True
    try:
        tunnel = captum.attr.NoiseTunnel(method)
        return tunnel.attribute(image, nt_type=kind, nt_samples=SAMPLES, stdevs=1.0, **settings)
    finally:
        torch.normal = original
        method.forward_func.by_slice = False


def baselines(image):
    mean = image.mean(dim=(2, 3), keepdim=True).expand_as(image)
    planes = image[:, 0].double().numpy()
    blurred = torch.tensor(numpy.stack([scipy.ndimage.gaussian_filter(plane, 8.0, mode="nearest") for plane in planes]))
    return {"black": torch.zeros_like(image), "mean": mean, "blurred": blurred[:, None].to(image.dtype)}


def maps(model, image, noise):
    """Captum's map under lossbench's text for it."""
    saliency = captum.attr.Saliency(model)
    gradient = captum.attr.InputXGradient(model)
    integrated = captum.attr.IntegratedGradients(model)
    found = {
        "gradient": saliency.attribute(image, abs=False),
        "gradient-x-input": gradient.attribute(image),
    }

    for name, kind in [("smoothgrad", "smoothgrad"), ("smoothgrad-squared", "smoothgrad_sq"), ("vargrad", "vargrad")]:
        found[f"{name}(samples={SAMPLES})"] = noise_tunnel(saliency, image, noise, kind, abs=False)
    found[f"smoothgrad(samples={SAMPLES},of=gradient-x-input)"] = noise_tunnel(gradient, image, noise, "smoothgrad")
    for name, baseline in baselines(image).items():
        text = f"integrated-gradients(steps={STEPS[name]},baseline={name})"
        found[text] = integrated.attribute(image, baseline, n_steps=STEPS[name], method="gausslegendre")
    occlusion = captum.attr.Occlusion(model)
    for window, stride in [(1, 1), (5, 3), (8, 4)]:
        text = f"occlusion(window={window},stride={stride})"
        found[text] = occlusion.attribute(image, (1, window, window), (1, stride, stride), baselines=0)
    found |= layered(model, image)
    return found


def layered(model, image):
    """Maps that look into layers."""
    found = {"guided-backprop": captum.attr.GuidedBackprop(model).attribute(image)}
    layers = {
        "bottleneck.conv2": model.bottleneck.relu2,
        "encoder.0.conv1": model.encoder[0].relu1,
        "decoder.0.conv2": model.decoder[0].relu2,
    }
    for name, layer in layers.items():
        cam = captum.attr.LayerGradCam(model, layer).attribute(image, relu_attributions=True)
        found[f"grad-cam(layer={name})"] = LayerAttribution.interpolate(cam, image.shape[2:], "bilinear")
        guided = captum.attr.GuidedGradCam(model, layer)
        found[f"guided-grad-cam(layer={name})"] = guided.attribute(image, interpolate_mode="bilinear")
    for name, baseline in baselines(image).items():
        found[f"deeplift(baseline={name})"] = captum.attr.DeepLift(model).attribute(image, baseline)
    return found


def main():
    torch.set_num_threads(1)
    # Unpooling of windows that do not overlap is deterministic, whatever PyTorch says.
    torch.use_deterministic_algorithms(True, warn_only=True)
    document = json.loads((OUT / "unet.json").read_text())
    shape = document["shape"]
    image = torch.tensor(document["input"], dtype=torch.float32).reshape(shape).double()
    model = load(OUT / "unet.safetensors").double()
    mask = (model(image) > 0).double().detach()

    generator = torch.Generator().manual_seed(SEED)
    noise = torch.randn((SAMPLES, *shape), generator=generator, dtype=torch.float64)
    noise *= NOISE * (image.amax(dim=(1, 2, 3)) - image.amin(dim=(1, 2, 3)))[None, :, None, None, None]
    noise = noise.float().double()

    found = {}
    single = load(OUT / "unet.safetensors")
    for output in ["probability", "logit", "predicted-mask"]:
        hooked = Hooked(model, output, mask).eval()
        assert torch.allclose(hooked.logits(image), model(image), rtol=1e-12, atol=1e-12)
        in_single = maps(Hooked(single, output, mask.float()).eval(), image.float(), noise.float())
        for text, value in maps(hooked, image, noise).items():
            assert value.shape == image.shape and value.isfinite().all() and value.any(), text
            off = (in_single[text].double() - value).abs().sum() / value.abs().sum()
            # Else a ReLU or a pooling sits on its edge somewhere along a way, and float32 proves nothing.
            assert off < 7e-5, (output, text, off)
            found[f"{output}: {text}"] = value.detach().float().contiguous()
        expected = torch.tensor(document["gradients"][output]).reshape(shape)
        error = (found[f"{output}: gradient"] - expected).abs().max() / expected.abs().max()
        assert error < 1e-5, error

    # With one entry, since safetensors writes several in an order that changes from run to run.
    modules = [torch, captum, scipy, numpy]
    versions = ", ".join(f"{module.__name__} {module.__version__.split('+')[0]}" for module in modules)
    found["noise"] = noise.float()
    save_file(found, OUT / "maps.safetensors", {"made_by": f"scripts/make_map_fixtures.py with {versions}"})
    print(f"{len(found) - 1} maps", file=sys.stderr)


if __name__ == "__main__":
    main()
