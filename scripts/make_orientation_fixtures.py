"""Writes fixtures/orientation.json: what nibabel says of the orientations that src/data/nifti/place.rs tests.

    pip install -r fixtures/requirements.txt
    python scripts/make_orientation_fixtures.py > fixtures/orientation.json

`affines` are headers with the affine that nibabel reads from them (get_best_affine), row-major.
`stored` is one label, x fastest, in each of the 48 orders and directions of its axes (as_reoriented), all in the same place
of the room; `codes` are nibabel's names of them (aff2axcodes).
"""

import itertools
import json
import sys

import nibabel
import numpy
from nibabel.orientations import aff2axcodes

generator = numpy.random.default_rng(48)


def rotation(degrees):
    x, y, z = numpy.radians(degrees)
    about_x = [[1, 0, 0], [0, numpy.cos(x), -numpy.sin(x)], [0, numpy.sin(x), numpy.cos(x)]]
    about_y = [[numpy.cos(y), 0, numpy.sin(y)], [0, 1, 0], [-numpy.sin(y), 0, numpy.cos(y)]]
    about_z = [[numpy.cos(z), -numpy.sin(z), 0], [numpy.sin(z), numpy.cos(z), 0], [0, 0, 1]]
    return numpy.array(about_x) @ about_y @ about_z


def affine(degrees, spacing, origin):
    whole = numpy.eye(4)
    whole[:3, :3] = rotation(degrees) * spacing
    whole[:3, 3] = origin
    return whole


def header_of(affine, sform, qform):
    header = nibabel.Nifti1Header()
    header.set_data_shape((5, 4, 3))
    header.set_sform(affine, sform)
    header.set_qform(affine, qform)
    return {
        "sform_code": sform,
        "qform_code": qform,
        "pixdim": [float(v) for v in header["pixdim"]],
        "quaternion": [float(header[f"quatern_{axis}"]) for axis in "bcd"],
        "offset": [float(header[f"qoffset_{axis}"]) for axis in "xyz"],
        "rows": [[float(v) for v in header[f"srow_{axis}"]] for axis in "xyz"],
        "affine": header.get_best_affine()[:3].tolist(),
    }


straight = affine((0, 0, 0), (1.0, 1.0, 1.0), (0, 0, 0))
oblique = affine((7, -11, 23), (0.8, 1.1, 2.5), (-30.5, 12.25, 4))
upside = oblique @ numpy.diag([-1, 1, 1, 1])
affines = [header_of(which, s, q) for which in (straight, oblique, upside) for s, q in ((2, 0), (0, 1), (1, 1))]

shape = (5, 4, 3)
label = generator.integers(0, 3, shape).astype(numpy.uint8)
source = nibabel.Nifti1Image(label, oblique)
stored = []
for order in itertools.permutations(range(3)):
    for signs in itertools.product((1, -1), repeat=3):
        moved = source.as_reoriented(numpy.array([[axis, sign] for axis, sign in zip(order, signs)]))
        stored.append(
            {
                "codes": "".join(aff2axcodes(moved.affine)),
                "affine": moved.affine[:3].tolist(),
                "shape": moved.shape,
                "label": "".join(str(v) for v in numpy.asarray(moved.dataobj).ravel(order="F")),
            }
        )

json.dump(
    {
        "nibabel": nibabel.__version__,
        "affines": affines,
        "shape": shape,
        "affine": oblique[:3].tolist(),
        "codes": "".join(aff2axcodes(oblique)),
        "label": "".join(str(v) for v in label.ravel(order="F")),
        "stored": stored,
    },
    sys.stdout,
)
print()
