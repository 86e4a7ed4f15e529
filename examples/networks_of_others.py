#!/usr/bin/env python3
"""Networks of other packages, trained for a few minutes and served to `lossbench attack`.

    lossbench run heart --data DIR --cells dice-s120,bce-s120 --out runs/heart        # ours, and the split of its volumes
    examples/networks_of_others.py train NAME --data DIR --volumes runs/heart/volumes.csv --part part_s120 --weights NAME.pt
    lossbench attack --study heart --data DIR --test-volumes test.txt --set seeds=[120] --out runs/others \
        --network NAME="python examples/networks_of_others.py serve NAME --weights NAME.pt" \
        --weights ours=runs/heart/cells/dice-s120/weights.safetensors

NAME is one of the networks below. `train` writes test.txt, the ids of the volumes that are not trained on, beside the
weights. Needs torch, numpy and nibabel; monai, segmentation-models-pytorch or dynamic-network-architectures by network.
"""

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

#: Smallest and largest voxel of a volume after scaling.
SCALE = (0.0, 0.2)
SIZE = 96


def monai_basic_unet():
    from monai.networks.nets import BasicUNet

    return BasicUNet(spatial_dims=2, in_channels=1, out_channels=1, features=(8, 8, 16, 32, 64, 8))


def monai_unet():
    from monai.networks.nets import UNet

    return UNet(
        spatial_dims=2, in_channels=1, out_channels=1, channels=(8, 16, 32, 64), strides=(2, 2, 2), num_res_units=2
    )


def smp_unet():
    from segmentation_models_pytorch import Unet

    return Unet(
        "mobilenet_v2", encoder_depth=4, encoder_weights=None, in_channels=1, classes=1, decoder_channels=(64, 32, 16, 8)
    )


def nnunet():
    from dynamic_network_architectures.architectures.unet import PlainConvUNet

    return PlainConvUNet(
        input_channels=1,
        n_stages=4,
        features_per_stage=(8, 16, 32, 64),
        conv_op=torch.nn.Conv2d,
        kernel_sizes=3,
        strides=(1, 2, 2, 2),
        n_conv_per_stage=2,
        num_classes=1,
        n_conv_per_stage_decoder=2,
        conv_bias=True,
        norm_op=torch.nn.InstanceNorm2d,
        norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=torch.nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
    )


NETWORKS = {
    "monai-basic-unet": monai_basic_unet,
    "monai-unet": monai_unet,
    "smp-unet": smp_unet,
    "nnunet": nnunet,
}


def ids(volumes, part, wanted):
    """Ids of the volumes of a run's volumes.csv whose part is `wanted`."""
    with open(volumes, newline="") as file:
        return [row["volume"] for row in csv.DictReader(file) if row[part] == wanted]


def slices(folder, names):
    """Every slice of the volumes `names`: images and masks, [N, 1, H, W]."""
    import nibabel

    images, masks = [], []
    for name in names:
        image = np.asarray(nibabel.load(folder / "imagesTr" / f"{name}.nii.gz").dataobj, dtype=np.float32)
        mask = np.asarray(nibabel.load(folder / "labelsTr" / f"{name}.nii.gz").dataobj) > 0
        low, high = SCALE
        image = low + (high - low) * (image - image.min()) / (image.max() - image.min())
        images.append(np.moveaxis(image, 2, 0))
        masks.append(np.moveaxis(mask, 2, 0))
    return tuple(torch.tensor(np.concatenate(part)[:, None], dtype=torch.float32) for part in (images, masks))


def dice_loss(logits, masks):
    probability = torch.sigmoid(logits)
    return 1 - 2 * (probability * masks).sum() / (probability.square().sum() + masks.sum() + 1e-7)


def train(options):
    """Adam at 1e-3, brought down as a cosine, on BCE + Dice."""
    torch.manual_seed(options.seed)
    images, masks = slices(options.data, ids(options.volumes, options.part, "train"))
    model = NETWORKS[options.name]()
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"{options.name}: {parameters} parameters, {len(images)} training slices", file=sys.stderr)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, options.steps)
    begun = time.time()
    model.train()
    for step in range(options.steps):
        chosen = torch.randperm(len(images))[: options.batch]
        logits = model(images[chosen])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, masks[chosen]) + dice_loss(logits, masks[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 50 == 49:
            print(f"step {step + 1}: loss {loss.item():.4f}, {time.time() - begun:.0f} s", file=sys.stderr)
    torch.save(model.state_dict(), options.weights)
    test = options.weights.parent / "test.txt"
    test.write_text("\n".join(ids(options.volumes, options.part, "test")) + "\n")
    print(f"weights: {options.weights}; test volumes: {test}", file=sys.stderr)


def serve(options):
    import lossbench

    model = NETWORKS[options.name]()
    model.load_state_dict(torch.load(options.weights, weights_only=True))
    lossbench.serve(model, scale=SCALE, multiple=32, size=(SIZE, SIZE), loss="bce+dice", seed=options.seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=("train", "serve"))
    parser.add_argument("name", choices=NETWORKS)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="task folder")
    parser.add_argument("--volumes", type=Path, help="volumes.csv of a run")
    parser.add_argument("--part", default="part", help="its column that says which volumes train")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=120)
    options = parser.parse_args()
    (train if options.work == "train" else serve)(options)


if __name__ == "__main__":
    main()
