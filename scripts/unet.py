"""The benchmark's U-Net in plain PyTorch, with the tensor names that lossbench writes.

To use weights that lossbench trained (`weights.safetensors` of a cell):

    pip install torch==2.9.0 safetensors numpy
    python -c "from unet import load; print(load('weights.safetensors'))"

The network maps `[batch, 1, height, width]` to logits of the same shape; height and width must be multiples
of 2**levels. Sigmoid is outside the network.

Names: `encoder.{i}` from the image downwards, `bottleneck`, then `up.{i}` and `decoder.{i}` from the
bottleneck upwards, so `up.0` and `decoder.0` are the deepest, and `head`. Each block holds `conv1`, `norm1`,
`conv2`, `norm2`.
"""

import torch
from torch import nn


class Block(nn.Module):
    """3x3 convolution, batch norm and ReLU, twice."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)
        self.norm1 = nn.BatchNorm2d(outputs, eps=1e-5, momentum=0.1)
        self.conv2 = nn.Conv2d(outputs, outputs, kernel_size=3, padding=1)
        self.norm2 = nn.BatchNorm2d(outputs, eps=1e-5, momentum=0.1)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(x)))


class UNet(nn.Module):
    """U-Net of `levels` poolings whose first level has `base` channels; channels double a level."""

    def __init__(self, levels=4, base=16):
        super().__init__()
        channels = [base * 2**level for level in range(levels + 1)]
        upwards = list(reversed(range(levels)))
        self.encoder = nn.ModuleList(
            Block(1 if level == 0 else channels[level - 1], channels[level]) for level in range(levels)
        )
        self.pool = nn.MaxPool2d(2)
        self.bottleneck = Block(channels[levels - 1], channels[levels])
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(channels[level + 1], channels[level], kernel_size=2, stride=2)
            for level in upwards
        )
        self.decoder = nn.ModuleList(Block(2 * channels[level], channels[level]) for level in upwards)
        self.head = nn.Conv2d(base, 1, kernel_size=1)

    def forward(self, x):
        skips = []
        for block in self.encoder:
            x = block(x)
            skips.append(x)
            x = self.pool(x)
        x = self.bottleneck(x)
        for up, block in zip(self.up, self.decoder):
            x = block(torch.cat([skips.pop(), up(x)], dim=1))
        return self.head(x)


def tensors(model):
    """The model's parameters and running statistics by name, as lossbench stores them."""
    return {
        name: tensor.detach().clone().contiguous()
        for name, tensor in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def load(path):
    """The U-Net of a safetensors file, in eval mode; its size is read off the tensors."""
    from safetensors.torch import load_file

    stored = load_file(path)
    levels = sum(name.startswith("up.") and name.endswith(".weight") for name in stored)
    model = UNet(levels=levels, base=stored["encoder.0.conv1.weight"].shape[0])
    missing, unexpected = model.load_state_dict(stored, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{path}: missing {missing}, unexpected {unexpected}")
    return model.eval()
