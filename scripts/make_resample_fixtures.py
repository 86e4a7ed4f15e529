"""Makes fixtures/resample.json: planes in another number of pixels, from PyTorch and checked against SimpleITK.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_resample_fixtures.py

Each case has a plane of `from` (columns, rows) pixels, row by row, and what becomes of it in
`to` pixels, in float64: torch.nn.functional.interpolate with size=.., mode="bilinear", align_corners=False and, for labels, mode="nearest-exact".
SimpleITK resamples onto a grid of the same extent, sitkLinear and sitkNearestNeighbor; the script fails where the two differ, labels on
ties aside: a centre that lies on the edge of two pixels is either's.
"""

import json
import pathlib

import numpy
import SimpleITK
import torch
from torch.nn.functional import interpolate

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "resample.json"


def torchs(plane, to, **how):
    columns, rows = to
    tensor = torch.from_numpy(plane.astype(numpy.float64))[None, None]
    return interpolate(tensor, size=(rows, columns), **how)[0, 0].numpy()


def itks(plane, to, interpolator):
    image = SimpleITK.GetImageFromArray(plane.astype(numpy.float64))
    spacing = [old / new for old, new in zip(image.GetSize(), to)]
    origin = [(step - 1) / 2 for step in spacing]
    turned = SimpleITK.Resample(image, to, SimpleITK.Transform(), interpolator, origin, spacing,
                                image.GetDirection(), -1e9)
    return SimpleITK.GetArrayFromImage(turned)


def tie(old, new):
    """Whether the centre of each new pixel lies on the edge of two old ones."""
    return numpy.array([(2 * place + 1) * old % (2 * new) == 0 for place in range(new)])


def main():
    generator = numpy.random.default_rng(31)
    cases = []
    for columns, rows, to in [(8, 6, (4, 3)), (9, 7, (5, 11)), (5, 5, (13, 8)), (16, 12, (11, 9)), (7, 4, (7, 4)),
                              (6, 1, (9, 1)), (3, 10, (1, 1)), (21, 15, (20, 16))]:
        image = generator.normal(0, 1, (rows, columns)).astype(numpy.float32)
        label = generator.integers(0, 4, (rows, columns))
        smooth = torchs(image, to, mode="bilinear", align_corners=False)
        assert numpy.abs(smooth - itks(image, list(to), SimpleITK.sitkLinear)).max() < 1e-6
        marked = torchs(label, to, mode="nearest-exact")
        sure = ~(tie(rows, to[1])[:, None] | tie(columns, to[0])[None, :])
        assert (marked == itks(label, list(to), SimpleITK.sitkNearestNeighbor))[sure].all()
        cases.append({"from": [columns, rows], "to": list(to), "image": [float(v) for v in image.ravel()],
                      "bilinear": [float(v) for v in smooth.ravel()], "label": [int(v) for v in label.ravel()],
                      "nearest": [int(v) for v in marked.ravel()]})
    OUT.write_text(json.dumps({"torch": torch.__version__, "SimpleITK": SimpleITK.Version_VersionString(),
                               "cases": cases}) + "\n")


main()
