"""Makes fixtures/parity/similarity.json: reference values of how alike two maps are.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_similarity_fixtures.py

Maps are float32, row-major. `rank` and `absolute-rank` are scipy.stats.spearmanr. `ssim` and `hog` are of absolute values
over the largest: skimage's structural_similarity with Wang's Gaussian, its whole picture averaged (skimage cuts off 5
pixels a side, which small slices cannot spare), and Pearson's correlation of skimage's hog with Dalal and Triggs' cells and
blocks.
"""

import json
import pathlib

import numpy
import scipy
import skimage
from scipy.ndimage import gaussian_filter
from scipy.stats import pearsonr, spearmanr
from skimage.feature import hog
from skimage.metrics import structural_similarity

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity"
SEED = 16


def pairs():
    """Name and two maps of each case."""
    random = numpy.random.default_rng(SEED)

    def smooth(shape, width):
        return gaussian_filter(random.normal(0, 1, shape), width)

    one = smooth((35, 51), 2)
    yield "near", one, one + 0.3 * smooth((35, 51), 2)
    yield "apart", smooth((24, 17), 1.5), smooth((24, 17), 3)
    yield "noise", random.normal(0, 1, (16, 16)), random.normal(0, 1, (16, 16))
    yield "opposite", one[:20, :40], -one[:20, :40]
    sparse = numpy.where(random.random((32, 26)) < 0.2, random.normal(0, 1, (32, 26)), 0)
    yield "ties", sparse, numpy.where(random.random((32, 26)) < 0.5, sparse, 0)


def measures(first, second):
    scaled = [numpy.abs(one) / numpy.abs(one).max() for one in (first, second)]
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}
    picture = structural_similarity(*scaled, full=True, **options)[1]
    features = [hog(one, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2)) for one in scaled]
    return {
        "absolute-rank": spearmanr(numpy.abs(first).ravel(), numpy.abs(second).ravel()).statistic,
        "rank": spearmanr(first.ravel(), second.ravel()).statistic,
        "ssim": picture.mean(),
        "hog": pearsonr(*features).statistic,
    }


def case(name, first, second):
    first, second = (one.astype(numpy.float32).astype(numpy.float64) for one in (first, second))
    return {
        "name": name,
        "width": first.shape[1],
        "first": first.ravel().tolist(),
        "second": second.ravel().tolist(),
        "expected": {name: float(value) for name, value in measures(first, second).items()},
    }


def main():
    versions = {"scikit-image": skimage.__version__, "scipy": scipy.__version__, "numpy": numpy.__version__}
    document = {
        "made_by": "scripts/make_similarity_fixtures.py",
        "versions": versions,
        "seed": SEED,
        "cases": [case(*pair) for pair in pairs()],
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).replace('{"name"', '\n{"name"') + "\n"
    (OUT / "similarity.json").write_text(text)


if __name__ == "__main__":
    main()
