"""Makes fixtures/scale.json: intensities scaled with NumPy, for each method of data.scale.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_scale_fixtures.py

Each case has voxels (float32), a method, the two values that it scales to, and what comes out: numpy.percentile with
its linear interpolation, numpy.mean and numpy.std (divided by n), numpy.interp and numpy.clip, in float64, rounded to
float32 at the end.
"""

import json
import pathlib

import numpy

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "scale.json"


def volumes():
    """Voxels by name: a scan-like tail, whole numbers with ties, negative values, two voxels."""
    generator = numpy.random.default_rng(20)
    return {
        "tail": generator.lognormal(4, 1, 150),
        "uint8": generator.integers(0, 12, 120) ** 2,
        "negative": generator.normal(-300, 90, 101),
        "two": numpy.array([3.0, 8.0]),
    }


def scaled(voxels, method, bounds, intensity):
    """Independent of lossbench's own formula: numpy.interp for what clips, a standard score for what does not."""
    voxels = voxels.astype(numpy.float64)
    intensity = numpy.float32(intensity).astype(numpy.float64)
    if method == "z-score":
        scores = (voxels - numpy.mean(voxels)) / numpy.std(voxels)
        return numpy.mean(intensity) + scores * (intensity[1] - intensity[0]) / 6
    raw = {"min-max": lambda: [voxels.min(), voxels.max()],
           "percentile": lambda: numpy.percentile(voxels, bounds, method="linear"),
           "window": lambda: bounds}[method]()
    return numpy.clip(numpy.interp(voxels, raw, intensity), *intensity)


def main():
    methods = [("min-max", None), ("percentile", [1, 99]), ("percentile", [0.5, 99.9]), ("percentile", [0, 100]),
               ("window", [-350.5, -200]), ("window", [0, 100]), ("z-score", None)]
    cases = []
    for name, voxels in volumes().items():
        voxels = voxels.astype(numpy.float32)
        for method, bounds in methods:
            for intensity in ([0.0, 0.2], [-3.0, 3.0]):
                written = method if bounds is None else f"{method}({bounds[0]},{bounds[1]})"
                out = scaled(voxels, method, bounds, intensity).astype(numpy.float32)
                cases.append({"name": f"{name}, {written} to {intensity}", "scale": written, "intensity": intensity,
                              "voxels": [float(v) for v in voxels], "scaled": [float(v) for v in out]})
    OUT.write_text(json.dumps({"numpy": numpy.__version__, "cases": cases}, indent=None) + "\n")


main()
