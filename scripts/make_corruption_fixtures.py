"""Makes fixtures/parity/corruptions.json: planes corrupted with TorchIO, MONAI, SciPy and PyTorch.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_corruption_fixtures.py

A plane is an image of one slice to TorchIO and MONAI. Each case has the numbers that both sides take:

    bias-field      ten coefficients of row and column (TorchIO's that have a power of depth multiply 0)
    ghosting        axis, number, intensity
    spike           row, column, intensity; TorchIO takes the place as a share
    gibbs-ringing   alpha (MONAI's GibbsNoise)
    blur            deviation in pixels
    gamma           exponent
    low-resolution  a factor that divides both sides (average pooling and interpolation of PyTorch)
    rician-noise    deviation, then the normal values of the real and of the imaginary part (NumPy)
    motion          axis, then time, degrees, shift down and right of each pose: NumPy's k-space of planes turned by SciPy
                    (bilinear, 0 beyond the edges) and moved by scipy.ndimage.fourier_shift
"""

import json
import pathlib

import monai.transforms
import numpy
import scipy.ndimage
import torch
import torchio

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "parity" / "corruptions.json"
GENERATOR = numpy.random.default_rng(17)


def through(transform, plane):
    image = torchio.ScalarImage(tensor=torch.as_tensor(plane, dtype=torch.float32)[None, :, :, None])
    return transform(image).data[0, :, :, 0].numpy()


def bias_field(plane):
    drawn = GENERATOR.uniform(-0.8, 0.8, 10)
    ours, theirs, place = [], [], 0
    for row in range(4):
        for column in range(4 - row):
            for depth in range(4 - row - column):
                theirs.append(drawn[place] if depth == 0 else 0.7)
                if depth == 0:
                    ours.append(drawn[place])
                    place += 1
    return ours, through(torchio.BiasField(theirs, 3), plane)


def ghosting(plane):
    axis, number, intensity = int(GENERATOR.integers(2)), int(GENERATOR.integers(2, 9)), GENERATOR.uniform(0.3, 2.5)
    return [axis, number, intensity], through(torchio.Ghosting(number, axis, intensity, None), plane)


def spike(plane):
    place = [int(GENERATOR.integers(side)) for side in plane.shape]
    intensity = GENERATOR.uniform(0.1, 1.5)
    share = [(index + 0.5) / side for index, side in zip(place, plane.shape)]
    return [*place, intensity], through(torchio.Spike(numpy.array([[*share, 0.5]]), intensity), plane)


def gibbs_ringing(plane):
    alpha = GENERATOR.uniform(0.4, 0.8)
    return [alpha], monai.transforms.GibbsNoise(alpha)(torch.as_tensor(plane)[None])[0].numpy()


def blur(plane):
    deviation = GENERATOR.uniform(0.5, 4)
    return [deviation], through(torchio.Blur((deviation, deviation, 0)), plane)


def gamma(plane):
    exponent = GENERATOR.uniform(0.3, 3)
    return [exponent], through(torchio.Gamma(exponent), plane)


def low_resolution(plane):
    common = numpy.gcd(*plane.shape)
    factor = int(min(divisor for divisor in range(2, common + 1) if common % divisor == 0))
    image = torch.as_tensor(plane)[None, None]
    coarse = torch.nn.functional.avg_pool2d(image, factor)
    fine = torch.nn.functional.interpolate(coarse, size=plane.shape, mode="bilinear", align_corners=False)
    return [factor], fine[0, 0].numpy()


def rician_noise(plane):
    deviation, parts = GENERATOR.uniform(0.1, 0.5), GENERATOR.normal(size=(2, *plane.shape)).round(6)
    noisy = numpy.sqrt((plane + deviation * parts[0]) ** 2 + (deviation * parts[1]) ** 2)
    return [deviation, *parts.ravel()], noisy


def turned(plane, degrees):
    sine, cosine = numpy.sin(numpy.radians(degrees)), numpy.cos(numpy.radians(degrees))
    back = numpy.array([[cosine, sine], [-sine, cosine]])
    centre = (numpy.array(plane.shape) - 1) / 2
    return scipy.ndimage.affine_transform(plane, back, centre - back @ centre, order=1, mode="grid-constant", cval=0)


def motion(plane):
    axis, count = int(GENERATOR.integers(2)), int(GENERATOR.integers(1, 5))
    times = sorted(GENERATOR.uniform(0, 1, count))
    poses = [[time, GENERATOR.uniform(-5, 5), *GENERATOR.uniform(-4, 4, 2)] for time in times]
    still = numpy.fft.fft2(plane)
    spectra = [still]
    for _, degrees, down, right in poses:
        spectra.append(scipy.ndimage.fourier_shift(numpy.fft.fft2(turned(plane, degrees)), (down, right)))
    # The pose of each line in its order, the lowest frequency first: 0 before the first move.
    side = plane.shape[axis]
    number = numpy.searchsorted(times, numpy.arange(side) / side, side="right")
    middle = number[side // 2]
    swapped = {0: middle, middle: 0}
    measured = numpy.empty_like(still)
    for line in range(side):
        pick = spectra[swapped.get(number[line], number[line])]
        row = numpy.moveaxis(numpy.fft.fftshift(pick), axis, 0)[line]
        numpy.moveaxis(measured, axis, 0)[line] = row
    moved = numpy.fft.ifft2(numpy.fft.ifftshift(measured)).real
    return [axis, *numpy.ravel(poses)], moved


def main():
    planes = []
    for shape in [(12, 16), (9, 15), (10, 5)]:
        rows, columns = numpy.mgrid[:shape[0], :shape[1]]
        disc = (rows - shape[0] / 2) ** 2 + (columns - shape[1] / 3) ** 2 < 12
        plane = numpy.float32(0.2 + 0.6 * disc + GENERATOR.uniform(0, 0.2, shape)).astype(float)
        cases = []
        for of in [bias_field, ghosting, ghosting, spike, spike, gibbs_ringing, gibbs_ringing, blur, blur, gamma,
                   low_resolution, rician_noise, motion, motion, motion]:
            numbers, expected = of(plane)
            cases.append({"corruption": of.__name__.replace("_", "-"), "numbers": [float(one) for one in numbers],
                          "expected": [round(float(one), 9) for one in expected.ravel()]})
        planes.append({"size": shape, "values": plane.ravel().tolist(), "cases": cases})
    OUT.write_text(json.dumps({"planes": planes}) + "\n")


main()
