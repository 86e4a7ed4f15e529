"""Makes pictures of every kind that is read and some that are refused: fixtures/pictures/.

Run from anywhere; twice gives the same bytes:

    pip install -r fixtures/requirements.txt
    python scripts/make_picture_fixtures.py

`expected.json` has, by file, whether it is an image or a label, its shape [rows, columns, pages], its channels and its
values [channel][page][column][row] as Pillow and tifffile read them back; or what is wrong with it.
"""

import json
import pathlib

import numpy
import tifffile
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "pictures"
HEIGHT, WIDTH = 5, 7
rng = numpy.random.default_rng(0)


def noise(most, *shape):
    return rng.integers(0, most + 1, (HEIGHT, WIDTH, *shape))


def palette(bits):
    """A picture of numbers, of `bits` bits a pixel, with a colour for each."""
    numbers = noise(2**bits - 1).astype(numpy.uint8)
    image = Image.fromarray(numbers, mode="P")
    colours = [(37 * number % 256, 91 * number % 256, 151 * number % 256) for number in range(2**bits)]
    image.putpalette([part for colour in colours for part in colour])
    return image, numbers, numpy.array(colours)[numbers]


def planes(values, pages=1):
    """[row][column], with channels last or pages first, as [channel][page][row][column]."""
    values = numpy.asarray(values)
    if pages > 1:
        return values[None]
    return values[None, None] if values.ndim == 2 else numpy.moveaxis(values, 2, 0)[:, None]


def main():
    OUT.mkdir(exist_ok=True)
    expected = {}

    def sound(name, kind, values):
        channels, pages = values.shape[:2]
        expected[name] = {"kind": kind, "shape": [HEIGHT, WIDTH, pages], "channels": channels,
                          "values": [float(value) for value in values.swapaxes(2, 3).ravel()]}

    def refused(name, kind, says):
        expected[name] = {"kind": kind, "says": says}

    for name, values in {
        "grey8.png": noise(255).astype(numpy.uint8),
        "grey16.png": noise(65535).astype(numpy.uint16),
        "rgb8.png": noise(255, 3).astype(numpy.uint8),
    }.items():
        Image.fromarray(values).save(OUT / name)
        assert numpy.array_equal(numpy.asarray(Image.open(OUT / name)), values)
        sound(name, "image", planes(values))
    sound("grey8.png as label", "label", planes(numpy.asarray(Image.open(OUT / "grey8.png"))))
    refused("grey16.png as label", "label", "labels should be whole numbers from 0 to 255")
    refused("rgb8.png as label", "label", "is in colour")

    opaque = numpy.concatenate([noise(255, 3), numpy.full((HEIGHT, WIDTH, 1), 255)], axis=2).astype(numpy.uint8)
    Image.fromarray(opaque, mode="RGBA").save(OUT / "opaque.png")
    sound("opaque.png", "image", planes(opaque[..., :3]))
    Image.fromarray(noise(255, 4).astype(numpy.uint8), mode="RGBA").save(OUT / "transparent.png")
    refused("transparent.png", "image", "is transparent in places")

    for bits in (2, 4, 8):
        image, numbers, colours = palette(bits)
        name = f"palette{bits}.png"
        image.save(OUT / name, bits=bits)
        sound(name, "image", planes(colours))
        sound(f"{name} as label", "label", planes(numbers))
    black = noise(1).astype(bool)
    Image.fromarray(black).save(OUT / "binary.png")
    sound("binary.png as label", "label", planes(black.astype(numpy.uint8)))

    stack = numpy.stack([noise(4000).astype(numpy.uint16) for _ in range(3)])
    for name, values, pages, settings in [
        ("grey16_lzw.tif", noise(65535).astype(numpy.uint16), 1, {"compression": "lzw"}),
        ("float32_deflate.tif", rng.normal(size=(HEIGHT, WIDTH)).astype(numpy.float32), 1, {"compression": "zlib"}),
        ("signed16_big_endian.tiff", (noise(2000) - 1000).astype(numpy.int16), 1, {"byteorder": ">"}),
        ("rgb8.tif", noise(255, 3).astype(numpy.uint8), 1, {"photometric": "rgb"}),
        ("stack16.tif", stack, 3, {"photometric": "minisblack"}),
    ]:
        tifffile.imwrite(OUT / name, values, metadata=None, software=False, **settings)
        assert numpy.array_equal(tifffile.imread(OUT / name), values)
        sound(name, "image", planes(values, pages))
    labels = noise(3).astype(numpy.uint8)
    tifffile.imwrite(OUT / "labels8.tif", labels, metadata=None, software=False)
    sound("labels8.tif as label", "label", planes(labels))
    refused("float32_deflate.tif as label", "label", "labels should be whole numbers from 0 to 255")
    tifffile.imwrite(OUT / "white_is_0.tif", labels, photometric="miniswhite", metadata=None, software=False)
    refused("white_is_0.tif", "image", "calls 0 white")
    tifffile.imwrite(OUT / "planar.tif", noise(255, 3).astype(numpy.uint8).transpose(2, 0, 1), photometric="rgb",
                     planarconfig="separate", metadata=None, software=False)
    refused("planar.tif", "image", "planes of their own")

    (OUT / "cut.png").write_bytes((OUT / "rgb8.png").read_bytes()[:-40])
    refused("cut.png", "image", "is no whole PNG")
    (OUT / "cut.tif").write_bytes((OUT / "grey16_lzw.tif").read_bytes()[:60])
    refused("cut.tif", "image", "is no TIFF that can be read")
    (OUT / "text.png").write_text("a text\n")
    refused("text.png", "image", "is neither PNG nor TIFF")
    # What 32-bit floats round: by nothing, by less than tells, by more, and a label that is no whole number by a hair.
    for name, values, says in [
        ("uint32.tif", noise(2**24).astype(numpy.uint32), None),
        ("uint32_wide.tif", noise(2**32 - 1).astype(numpy.uint32), None),
        ("int32_close.tif", (2**30 + noise(100)).astype(numpy.int32), "closer together than 32-bit floats tell apart"),
        ("float64.tif", rng.normal(size=(HEIGHT, WIDTH)), None),
        ("float64_even.tif", numpy.full((HEIGHT, WIDTH), 0.1), None),
        ("float64_close.tif", 1e6 + rng.normal(size=(HEIGHT, WIDTH)), "closer together than 32-bit floats tell apart"),
    ]:
        tifffile.imwrite(OUT / name, values, metadata=None, software=False)
        if says:
            refused(name, "image", says)
        else:
            sound(name, "image", planes(tifffile.imread(OUT / name).astype(numpy.float32)))
    hair = labels.astype(numpy.float64)
    hair[2, 3] = 1 + 1e-9
    tifffile.imwrite(OUT / "float64_hair.tif", hair, metadata=None, software=False)
    refused("float64_hair.tif as label", "label", "labels should be whole numbers from 0 to 255")
    # Opaque is 1 where values are floating-point, and the largest value otherwise.
    settings = {"photometric": "rgb", "extrasamples": ["unassalpha"], "metadata": None, "software": False}
    colours = rng.uniform(size=(HEIGHT, WIDTH, 3)).astype(numpy.float32)
    for name, opacity, says in [("rgba_float32.tif", 1, None), ("rgba_float32_clear.tif", 0.5, "is transparent in places")]:
        values = numpy.concatenate([colours, numpy.full((HEIGHT, WIDTH, 1), opacity, numpy.float32)], axis=2)
        tifffile.imwrite(OUT / name, values, **settings)
        if says:
            refused(name, "image", says)
        else:
            sound(name, "image", planes(tifffile.imread(OUT / name)[..., :3]))
    (OUT / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")
    print(f"{len(expected)} cases")


if __name__ == "__main__":
    main()
