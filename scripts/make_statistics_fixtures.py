"""Writes fixtures/statistics.json: what SciPy and statsmodels say of the numbers that src/stats tests.

    pip install -r fixtures/requirements.txt
    python scripts/make_statistics_fixtures.py > fixtures/statistics.json
"""

import json
import sys

import numpy
import scipy
import statsmodels
from scipy import stats
from scipy.optimize import brentq
from statsmodels.stats.multitest import multipletests

generator = numpy.random.default_rng(20)


def seeds_alone(count, shift):
    """A t-test of `count` values against 0."""
    values = generator.normal(shift, 1.0, count)
    test = stats.ttest_1samp(values, 0.0)
    above = stats.ttest_1samp(values, 0.0, alternative="greater")
    low, high = test.confidence_interval(0.95)
    return {
        "values": values.tolist(),
        "standard_error": float(stats.sem(values)),
        "interval": [float(low), float(high)],
        "p_above": float(above.pvalue),
    }


def crossed(seeds, volumes):
    """Seeds by volumes: variances of the mean over rows and over columns, with Satterthwaite's degrees
    of freedom."""
    values = (
        generator.normal(0.3, 0.2, (seeds, 1))
        + generator.normal(0.0, 0.5, (1, volumes))
        + generator.normal(0.0, 0.1, (seeds, volumes))
    )
    parts = [
        (values.mean(axis=1 - axis).var(ddof=1) / values.shape[axis], values.shape[axis] - 1)
        for axis in (0, 1)
    ]
    variance = sum(part for part, _ in parts)
    degrees = variance**2 / sum(part**2 / freedom for part, freedom in parts)
    low, high = stats.t.interval(0.95, degrees, values.mean(), variance**0.5)
    return {
        "values": values.tolist(),
        "standard_error": float(variance**0.5),
        "degrees": float(degrees),
        "interval": [float(low), float(high)],
    }


def ratio(volumes):
    """A ratio of sums, its standard error from SciPy's own bootstrap (unbiased as above)."""
    numerator = generator.gamma(4.0, 20.0, volumes)
    denominator = numerator + generator.gamma(2.0, 20.0, volumes)
    result = stats.bootstrap(
        (numerator, denominator),
        lambda n, d, axis=-1: n.sum(axis=axis) / d.sum(axis=axis),
        paired=True,
        n_resamples=200_000,
        batch=10_000,
        vectorized=True,
        method="percentile",
        rng=generator,
    )
    error = result.standard_error * (volumes / (volumes - 1)) ** 0.5
    return {
        "numerator": numerator.tolist(),
        "denominator": denominator.tolist(),
        "standard_error": float(error),
    }


def correlation(count, ties):
    x, y = generator.normal(size=(2, count))
    if ties:
        x, y = numpy.round(2 * x), numpy.round(2 * y)
    result = stats.spearmanr(x, y, alternative="greater")
    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "spearman": float(result.statistic),
        "p_above": float(result.pvalue),
    }


def family(p):
    return {"p": p, "holm": multipletests(p, method="holm")[1].tolist()}


# Of their own, so that what is above keeps its numbers.
later = numpy.random.default_rng(21)


def jackknife(seeds, volumes):
    """A ratio of sums over seeds by volumes: its delete-one variances."""
    shape = (seeds, volumes)
    numerator = later.gamma(4.0, 1.0, (seeds, 1)) * later.gamma(4.0, 1.0, (1, volumes))
    denominator = numerator + later.gamma(2.0, 4.0, shape)

    def over(axis):
        count = shape[axis]
        if count == 1:
            return 0.0
        left = numpy.array(
            [
                numpy.delete(numerator, unit, axis).sum() / numpy.delete(denominator, unit, axis).sum()
                for unit in range(count)
            ]
        )
        return (count - 1) * left.var()

    return {
        "numerator": numerator.tolist(),
        "denominator": denominator.tolist(),
        "value": float(numerator.sum() / denominator.sum()),
        "standard_error": float((over(0) + over(1)) ** 0.5),
    }


def detectable(degrees, alpha, power):
    """The effect, in standard errors, that a two-sided t-test at alpha sees with this power."""
    critical = stats.t.ppf(1 - alpha / 2, degrees)
    near = critical + stats.t.ppf(power, degrees)
    effect = brentq(lambda effect: stats.nct.sf(critical, degrees, effect) - power, 0.5 * near, 1.5 * near)
    return {"degrees": degrees, "alpha": alpha, "power": power, "effect": float(effect)}


json.dump(
    {
        "made_with": {
            "python": sys.version.split()[0],
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            "statsmodels": statsmodels.__version__,
        },
        "seeds_alone": [seeds_alone(6, 0.0), seeds_alone(6, 2.0), seeds_alone(12, -0.5)],
        "crossed": [crossed(6, 60), crossed(3, 10)],
        "ratio": [ratio(8), ratio(60)],
        "correlation": [correlation(24, False), correlation(24, True), correlation(5, True)],
        "holm": [
            family([0.01, 0.04, 0.03, 0.005]),
            family([0.5, 0.5, 0.9, 0.001, 0.02]),
            family([0.2]),
        ],
        "jackknife": [jackknife(6, 60), jackknife(10, 1), jackknife(1, 8)],
        "detectable": [
            detectable(degrees, alpha, power)
            for degrees in (4, 5, 9, 19, 60)
            for alpha in (0.05, 0.0025)
            for power in (0.8, 0.9)
        ],
    },
    sys.stdout,
    indent=1,
)
print()
