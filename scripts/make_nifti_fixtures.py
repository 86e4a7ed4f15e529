"""Makes fixtures/nifti/: small NIfTI files as real scanners and tools write them, files that must be
refused, and expected.json.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_nifti_fixtures.py

expected.json maps each file to what nibabel reads: shape [x, y, z], number of channels (the fourth axis), voxels
with x fastest and channels outermost (after slope and intercept), affine (the sform, row by row) and zooms in mm; or to {"refused": word}, a word that the error
message should contain, letter case aside.

Files that nibabel writes without scaling have a slope of NaN, which means no scaling, as slope 0 does
(`slope-zero.nii`). Slope and intercept are patched into the header so that the stored integers are known.
The gzip time stamp is 0; the compressed bytes depend on zlib's version.
"""

import gzip
import json
import pathlib
import shutil
import struct
import sys

import nibabel
import numpy

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "nifti"
SEED = 41
SHAPE = (5, 4, 3)
HEADER_BYTES = 352

# An oblique sform with voxels of 0.9 x 1.1 x 2.5 mm and an offset.
TURN = numpy.deg2rad([20, -35])
COSINE, SINE = numpy.cos(TURN), numpy.sin(TURN)
AROUND_Z = [[COSINE[0], -SINE[0], 0], [SINE[0], COSINE[0], 0], [0, 0, 1]]
AROUND_X = [[1, 0, 0], [0, COSINE[1], -SINE[1]], [0, SINE[1], COSINE[1]]]
AFFINE = numpy.eye(4)
AFFINE[:3, :3] = numpy.array(AROUND_Z) @ numpy.array(AROUND_X) @ numpy.diag([0.9, 1.1, 2.5])
AFFINE[:3, 3] = [-31.5, 12.25, 7.0]


def encoded(voxels, endianness="<", kind=nibabel.Nifti1Image):
    header = kind.header_class(endianness=endianness)
    header.set_data_dtype(voxels.dtype)
    image = kind(voxels, AFFINE, header=header)
    image.set_sform(AFFINE, code=1)
    image.set_qform(AFFINE, code=0)
    return image.to_bytes()


def with_scaling(raw, slope, intercept):
    """The same file with slope and intercept set in its (little-endian) header."""
    return raw[:112] + struct.pack("<2f", slope, intercept) + raw[120:]


def gzipped(raw):
    return gzip.compress(raw, mtime=0)


def files():
    """Name, bytes, and the word of refusal (None where the file is good)."""
    random = numpy.random.default_rng(SEED)

    def integers(kind, low, high, shape=SHAPE):
        return random.integers(low, high, shape).astype(kind)

    def reals(kind, shape=SHAPE):
        return random.normal(100, 300, shape).astype(kind)

    int16 = encoded(integers(numpy.int16, -3000, 3000))
    yield "int16.nii", int16, None
    yield "int16.nii.gz", gzipped(int16), None
    yield "uint8.nii.gz", gzipped(encoded(integers(numpy.uint8, 0, 256))), None
    yield "int32.nii", encoded(integers(numpy.int32, -16_000_000, 16_000_000)), None
    yield "uint16.nii", encoded(integers(numpy.uint16, 0, 65_536)), None
    yield "float32.nii.gz", gzipped(encoded(reals(numpy.float32))), None
    yield "float64.nii", encoded(reals(numpy.float64)), None
    yield "int16-big-endian.nii", encoded(integers(numpy.int16, -3000, 3000), endianness=">"), None
    scaled = encoded(integers(numpy.int16, -500, 500))
    yield "slope-intercept.nii", with_scaling(scaled, 0.5, -3), None
    yield "slope-intercept.nii.gz", gzipped(with_scaling(scaled, 0.5, -3)), None
    yield "slope-zero.nii", with_scaling(scaled, 0, 0), None
    yield "one-channel-4d.nii.gz", gzipped(encoded(integers(numpy.int16, 0, 900, (*SHAPE, 1)))), None

    yield "two-channels-4d.nii.gz", gzipped(encoded(integers(numpy.int16, 0, 900, (*SHAPE, 2)))), None
    for name, value in (("not-a-number", numpy.nan), ("infinite", -numpy.inf)):
        voxels = reals(numpy.float32)
        voxels[2, 1, 1] = value
        yield f"{name}.nii", encoded(voxels), "finite"
    # Half of the voxels gone; the header is whole in both.
    middle = HEADER_BYTES + (len(int16) - HEADER_BYTES) // 2
    yield "truncated.nii", int16[:middle], "truncated"
    packed = gzipped(int16)
    assert len(packed) - 50 > len(gzipped(int16[:HEADER_BYTES]))
    yield "truncated.nii.gz", packed[:-50], "truncated"
    yield "nifti-2.nii", encoded(integers(numpy.int16, 0, 900), kind=nibabel.Nifti2Image), "NIfTI-2"
    yield "not-nifti.nii", b"This is a plain text file that someone gave the wrong name.\n" * 10, "NIfTI"
    complex_voxels = (reals(numpy.float32) + 1j * reals(numpy.float32)).astype(numpy.complex64)
    yield "complex64.nii", encoded(complex_voxels), "complex"
    yield "scaled-three-channels-4d.nii", with_scaling(encoded(integers(numpy.int16, -500, 500, (*SHAPE, 3))), 0.5, -3), None
    yield "five-dimensions.nii", encoded(integers(numpy.int16, 0, 900, (*SHAPE, 2, 3))), "more than four dimensions"


def read(path):
    image = nibabel.load(path)
    voxels = image.get_fdata()
    assert voxels.shape[:3] == SHAPE
    return {
        "shape": list(voxels.shape[:3]),
        "channels": voxels.shape[3] if voxels.ndim == 4 else 1,
        "voxels": voxels.ravel(order="F").tolist(),
        "affine": image.affine.tolist(),
        "zooms": [float(zoom) for zoom in image.header.get_zooms()[:3]],
    }


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    expected = {}
    for name, content, refusal in files():
        (OUT / name).write_bytes(content)
        expected[name] = {"refused": refusal} if refusal else read(OUT / name)
    document = {
        "made_by": "scripts/make_nifti_fixtures.py",
        "versions": {"nibabel": nibabel.__version__, "numpy": numpy.__version__},
        "seed": SEED,
        "files": expected,
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    (OUT / "expected.json").write_text(text.replace("]},", "]},\n").replace('"},"', '"},\n"') + "\n")
    print(f"{len(expected)} files", file=sys.stderr)


if __name__ == "__main__":
    main()
