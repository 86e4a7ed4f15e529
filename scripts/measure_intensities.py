"""Prints how bright the volumes of a task are once each is scaled from its smallest to its largest voxel, so that
an attack's level can be told from what a scan holds.

    python3 scripts/measure_intensities.py DATA [--most 0.2]

DATA is a Medical Segmentation Decathlon task folder. Needs nibabel and numpy.
"""

import argparse
import json
import pathlib

import nibabel
import numpy


def quantiles(folder, most):
    """Median of the foreground, median and 99th percentile of all voxels: a row a volume."""
    for pair in json.loads((folder / "dataset.json").read_text())["training"]:
        image = nibabel.load(folder / pair["image"]).get_fdata()
        label = nibabel.load(folder / pair["label"]).get_fdata()
        scaled = most * (image - image.min()) / (image.max() - image.min())
        yield numpy.median(scaled[label > 0]), numpy.median(scaled), numpy.percentile(scaled, 99)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--most", type=float, default=0.2)
    arguments = parser.parse_args()
    rows = numpy.array(list(quantiles(arguments.data, arguments.most)))
    print(f"{len(rows)} volumes, scaled to 0 to {arguments.most}: 5%, 50% and 95% of the volumes")
    for name, values in zip(["median of the foreground", "median of all voxels", "99th percentile"], rows.T):
        print(f"{name}: " + ", ".join(f"{value:.3f}" for value in numpy.percentile(values, [5, 50, 95])))


if __name__ == "__main__":
    main()
