"""Makes fixtures/affine.json: planes resampled by SciPy, which src/image/affine.rs is compared with.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_affine_fixtures.py

A case mirrors, turns and magnifies a plane about its centre, in that order. scipy.ndimage.affine_transform asks
for the inverse, from the place in the result to the place in the plane; it is inverted here by numpy.linalg. Order 1
is bilinear, `grid-constant` goes on with zeros beyond the edges.
"""

import json
import pathlib
import sys

import numpy
import scipy
from scipy.ndimage import affine_transform

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "affine.json"
SEED = 20260
CHANGES = [
    # Flipped along rows and columns, degrees, scale.
    ((False, False), 0.0, 1.0),
    ((True, False), 0.0, 1.0),
    ((False, True), 0.0, 1.0),
    ((False, False), 90.0, 1.0),
    ((False, False), 15.0, 1.0),
    ((False, False), -15.0, 1.0),
    ((False, False), 0.0, 1.1),
    ((False, False), 0.0, 0.9),
    ((True, True), 7.5, 0.95),
    ((True, False), -3.25, 1.05),
    ((False, True), 33.0, 0.5),
    ((False, True), -171.0, 2.0),
]


def resampled(plane, flip, degrees, scale):
    angle = numpy.deg2rad(degrees)
    mirror = numpy.diag([-1.0 if one else 1.0 for one in flip])
    turn = numpy.array([[numpy.cos(angle), -numpy.sin(angle)], [numpy.sin(angle), numpy.cos(angle)]])
    back = numpy.linalg.inv(scale * turn @ mirror)
    centre = (numpy.array(plane.shape) - 1) / 2
    offset = centre - back @ centre
    return affine_transform(
        plane.astype(numpy.float64), back, offset, order=1, mode="grid-constant", cval=0.0, prefilter=False
    )


def main():
    random = numpy.random.default_rng(SEED)
    cases = []
    for shape in ((6, 6), (5, 8)):
        for flip, degrees, scale in CHANGES:
            plane = random.random(shape).astype(numpy.float32)
            cases.append(
                {
                    "width": shape[1],
                    "flip": list(flip),
                    "degrees": degrees,
                    "scale": scale,
                    "plane": [float(value) for value in plane.ravel()],
                    "expected": resampled(plane, flip, degrees, scale).ravel().tolist(),
                }
            )
    document = {
        "made_by": "scripts/make_affine_fixtures.py",
        "versions": {"scipy": scipy.__version__, "numpy": numpy.__version__},
        "seed": SEED,
        "cases": cases,
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    OUT.write_text(text.replace('{"width"', '\n{"width"') + "\n")
    print(f"{OUT.name}: {len(cases)} cases", file=sys.stderr)


if __name__ == "__main__":
    main()
