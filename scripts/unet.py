"""The benchmark's U-Net in plain PyTorch, with the tensor names that lossbench writes.

To use weights that lossbench trained (`weights.safetensors` of a cell):

    pip install torch safetensors numpy
    python -c "from unet import load; print(load('weights.safetensors'))"

The network maps `[batch, 1, height, width]` to logits of the same shape; height and width must be multiples
of 2**levels. Sigmoid is outside the network. A softmax head has two channels, background and foreground; its
logit is their difference, of which the sigmoid is the foreground's softmax.

Names: `encoder.{i}` from the image downwards, `bottleneck`, then `up.{i}` and `decoder.{i}` from the
bottleneck upwards, so `up.0` and `decoder.0` are the deepest, and `head`. Each block holds `conv1`, `norm1`,
`conv2`, `norm2`; the norms are missing without norm.

A file with group norm says so in its metadata: `{"lossbench.norm": "group"}`.
"""

import torch
from torch import nn


def normalisation(norm, channels):
    """Batch norm, group norm of 8 groups (of as many as there are channels, where fewer), or none."""
    if norm == "batch":
        return nn.BatchNorm2d(channels, eps=1e-5, momentum=0.1)
    if norm == "group":
        return nn.GroupNorm(min(8, channels), channels, eps=1e-5)
    if norm == "none":
        return nn.Identity()
    raise ValueError(f"norm should be one of batch, group, none, but is {norm!r}")


class Block(nn.Module):
    """3x3 convolution, norm and ReLU, twice."""

    def __init__(self, inputs, outputs, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)
        self.norm1 = normalisation(norm, outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, kernel_size=3, padding=1)
        self.norm2 = normalisation(norm, outputs)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UNet(nn.Module):
    """U-Net of `levels` poolings whose first level has `base` channels, for images of `inputs`; channels double a level."""

    def __init__(self, levels=4, base=16, norm="batch", head="sigmoid", inputs=1):
        super().__init__()
        channels = [base * 2**level for level in range(levels + 1)]
        upwards = list(reversed(range(levels)))
        self.encoder = nn.ModuleList(
            Block(inputs if level == 0 else channels[level - 1], channels[level], norm) for level in range(levels)
        )
        self.pool = nn.MaxPool2d(2)
        self.bottleneck = Block(channels[levels - 1], channels[levels], norm)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(channels[level + 1], channels[level], kernel_size=2, stride=2)
            for level in upwards
        )
        self.decoder = nn.ModuleList(Block(2 * channels[level], channels[level], norm) for level in upwards)
        self.head = nn.Conv2d(base, {"sigmoid": 1, "softmax": 2}[head], kernel_size=1)

    def forward(self, x):
        skips = []
        for block in self.encoder:
            x = block(x)
            skips.append(x)
            x = self.pool(x)
        x = self.bottleneck(x)
        for up, block in zip(self.up, self.decoder):
            x = block(torch.cat([skips.pop(), up(x)], dim=1))
        outputs = self.head(x)
        return outputs if outputs.shape[1] == 1 else outputs[:, 1:] - outputs[:, :1]


def tensors(model):
    """The model's parameters and running statistics by name, as lossbench stores them."""
    return {
        name: tensor.detach().clone().contiguous()
        for name, tensor in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def load(path):
    """The U-Net of a safetensors file, in eval mode; what it is like is read off the tensors and metadata."""
    from safetensors import safe_open
    from safetensors.torch import load_file

    stored = load_file(path)
    with safe_open(path, "pt") as file:
        said = (file.metadata() or {}).get("lossbench.norm")
    levels = sum(name.startswith("up.") and name.endswith(".weight") for name in stored)
    model = UNet(
        levels=levels,
        base=stored["encoder.0.conv1.weight"].shape[0],
        norm=said or ("batch" if any(".norm" in name for name in stored) else "none"),
        head={1: "sigmoid", 2: "softmax"}[stored["head.weight"].shape[0]],
        inputs=stored["encoder.0.conv1.weight"].shape[1],
    )
    missing, unexpected = model.load_state_dict(stored, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{path}: missing {missing}, unexpected {unexpected}")
    return model.eval()
