"""Writes studies/volumes/hippocampus.csv: id, shape and hash of every volume of a Decathlon task.

The hash is SHA-256 over the id, a zero byte, the shape as three little-endian 64-bit integers, the
voxels as little-endian 32-bit floats with x fastest, and the labels as bytes in the same order: what
`volume_hash` in src/data/hash.rs takes, computed here from what nibabel reads.

    python3 scripts/make_volume_list.py Task04_Hippocampus > studies/volumes/hippocampus.csv

Needs nibabel and numpy.
"""

import hashlib
import json
import pathlib
import struct
import sys

import nibabel
import numpy


def volume_hash(name, image, label):
    digest = hashlib.sha256(name.encode() + b"\0")
    digest.update(struct.pack("<3Q", *image.shape))
    digest.update(image.astype("<f4").tobytes(order="F"))
    digest.update(label.astype(numpy.uint8).tobytes(order="F"))
    return digest.hexdigest()


def main(task):
    listing = json.loads((task / "dataset.json").read_text())
    rows = []
    for pair in listing["training"]:
        image, label = (
            numpy.asanyarray(nibabel.load(task / pair[part]).dataobj) for part in ("image", "label")
        )
        name = pathlib.Path(pair["image"]).name.removesuffix(".gz").removesuffix(".nii")
        rows.append((name, *image.shape, volume_hash(name, image, label)))
    print("volume,width,height,depth,sha256")
    for row in sorted(rows):
        print(*row, sep=",")


main(pathlib.Path(sys.argv[1]))
