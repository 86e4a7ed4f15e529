"""Feeds lossbench thousands of broken files, made from a seed, and checks how it takes each: read right, or
exit status 2 and one line that names the file. No panic, no abort, no file written outside the output
folder, at most 2 GiB of memory and 20 seconds.

    python3 scripts/check_bad_inputs.py [--seed 0] [--share 1.0] [--keep DIR]

Counts at share 1: 2,000 NIfTI images, 300 dataset.json, 200 nnU-Net folders, 200 tables, 300 study files, 300 weights, 100 archives,
and 100 sound images with padding after their gzip stream, which must be read. LOSSBENCH names
the program, default target/release/lossbench. Needs nothing but Python.
"""

import argparse
import collections
import concurrent.futures
import copy
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import resource
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("LOSSBENCH", ROOT / "target/release/lossbench")).resolve()
WEIGHTS = ROOT / "fixtures/parity/unet.safetensors"
MEMORY, SECONDS = 2 << 30, 20
COUNTS = {"nifti": 2000, "dataset": 300, "study": 300, "weights": 300, "archive": 100, "nnunet": 200,
          "table": 200, "padding": 100}
INTEGERS = [0, 1, -1, 2, 7, 8, 255, 32767, -32768, 65535, 2**31 - 1, -(2**31)]
FLOATS = [0.0, -0.0, 1.0, -1.0, 1e-45, 3e38, -3e38, float("nan"), float("inf"), float("-inf"), 352.5, 1e6]


# Images ----------------------------------------------------------------------------------------------

# Offset and format of each field of the NIfTI-1 header that a reader may look at.
FIELDS = [(0, "i"), *[(40 + 2 * i, "h") for i in range(8)], (70, "h"), (72, "h"), *[(76 + 4 * i, "f") for i in range(8)],
          (108, "f"), (112, "f"), (116, "f"), (123, "b"), (252, "h"), (254, "h"), (280, "f"), (344, "i")]


def nifti(kind="h", shape=(8, 9, 7), order="<", voxels=None):
    code = {"h": 4, "f": 16, "B": 2, "d": 64}[kind]
    header = bytearray(348)
    put = lambda offset, form, *values: struct.pack_into(order + form, header, offset, *values)
    put(0, "i", 348)
    put(40, "8h", len(shape), *shape, *[1] * (7 - len(shape)))
    put(70, "hh", code, 8 * struct.calcsize(kind))
    put(76, "8f", *[1.0] * 8)
    put(108, "fff", 352.0, 1.0, 0.0)
    header[344:348] = b"n+1\0"
    count = 1
    for side in shape:
        count *= side
    voxels = voxels or [index % 100 for index in range(count)]
    return bytes(header) + b"\0" * 4 + struct.pack(f"{order}{count}{kind}", *voxels)


def broken_image(dice):
    order = dice.choice("<<<>")
    kind = dice.choice("hfBd")
    base = nifti(kind, order=order)
    data = bytearray(base)
    what = dice.choice(["field", "field", "field", "fields", "flip", "flip", "cut", "longer", "magic", "voxels", "five",
                        "kind", "noise", "members", "bomb", "gzip-cut", "gzip-flip", "extension"])
    if what in ("field", "fields"):
        for _ in range(1 if what == "field" else dice.randint(2, 5)):
            offset, form = dice.choice(FIELDS)
            if form == "f":
                value = dice.choice([*FLOATS, dice.uniform(-1e4, 1e4)])
                struct.pack_into(order + form, data, offset, value)
            else:
                size = 8 * struct.calcsize(form)
                value = dice.choice([*INTEGERS, dice.randint(-40, 40)]) % (1 << size)
                struct.pack_into(order + form.upper(), data, offset, value)
    elif what == "flip":
        for _ in range(dice.randint(1, 20)):
            data[dice.randrange(len(data))] = dice.randrange(256)
    elif what == "cut":
        data = data[:dice.randrange(len(data))]
    elif what == "longer":
        data += bytes(dice.randrange(256) for _ in range(dice.randint(1, 500)))
    elif what == "magic":
        data[344:348] = dice.choice([b"ni1\0", b"n+2\0", b"\0\0\0\0", b"n+1 ", b"N+1\0"])
    elif what == "voxels":
        values = [dice.choice(FLOATS) for _ in range(8 * 9 * 7)]
        kept = [value if abs(value) < 3.4e38 or value != value else value for value in values]
        data = bytearray(nifti(dice.choice("fd"), order=order, voxels=kept))
    elif what == "five":
        data = bytearray(nifti(kind, dice.choice([(4, 4, 4, 1, 2), (4, 4, 4, 1, 1), (4, 4), (4,), (4, 4, 4, 2)]), order))
    elif what == "kind":
        struct.pack_into(order + "h", data, 70, dice.choice([0, 1, 32, 128, 1024, 1536, 2048, 2304, 256, 512, 768]))
    elif what == "noise":
        data = bytearray(dice.randrange(256) for _ in range(dice.randint(0, 2000)))
    elif what == "extension":
        data[348] = 1
    if what == "members":
        return gzip.compress(bytes(data)) + gzip.compress(dice.choice([b"", b"\0" * 100, bytes(data)])), what
    if what == "bomb":
        # Small on disk; a header that promises little or much.
        shape = dice.choice([(8, 9, 7), (2000, 2000, 200)])
        struct.pack_into(order + "3h", data, 42, *shape)
        return bomb(bytes(data)), what
    if what.startswith("gzip") or dice.random() < 0.3:
        packed = bytearray(gzip.compress(bytes(data), 1))
        if what == "gzip-cut":
            packed = packed[:dice.randrange(len(packed))]
        elif what == "gzip-flip":
            packed[dice.randrange(len(packed))] ^= 1 << dice.randrange(8)
        return bytes(packed), what
    return bytes(data), what


BOMB = {}


def bomb(start):
    """Start, then 600 MB of zeros, as gzip members that unfold one after another."""
    if "zeros" not in BOMB:
        BOMB["zeros"] = gzip.compress(b"\0" * (20 << 20)) * 30
    return gzip.compress(start) + BOMB["zeros"]


def image(folder, dice, name):
    data, what = broken_image(dice)
    path = folder / f"{name}{dice.choice(['.nii', '.nii.gz'])}"
    path.write_bytes(data)
    return ["predict", "--weights", str(WEIGHTS), "--image", str(path), "--out", "out/mask.nii.gz"], path, what


def padded(folder, dice, name):
    """A sound image that whoever stored it padded, or that is packed in several members."""
    data, what = nifti(dice.choice("hfBd"), order=dice.choice("<>")), "padding"
    cut = dice.randrange(len(data))
    packed = dice.choice([gzip.compress(data), gzip.compress(data[:cut]) + gzip.compress(data[cut:])])
    tail = dice.choice([b"\0", b"\0" * dice.randrange(5000), b"\n", b"\0\n", b"\x1f", b"end of file", gzip.compress(b"")])
    path = folder / f"{name}{dice.choice(['.nii.gz', '.NII.GZ', '.nii'])}"
    path.write_bytes(packed + tail)
    return ["predict", "--weights", str(WEIGHTS), "--image", str(path), "--out", "out/mask.nii.GZ"], path, what


# Task folders ----------------------------------------------------------------------------------------

ODD = [None, True, 0, -1, 1e999, "", "..", "/etc/passwd", "../../outside.nii.gz", "./imagesTr/a.nii.gz", "imagesTr",
       [], {}, [[]], {"image": 1}, "\0", "a" * 5000, "imagesTr/missing.nii.gz"]


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*path, index))


def dataset(folder, dice, name):
    task = folder / name
    (task / "imagesTr").mkdir(parents=True)
    (task / "labelsTr").mkdir()
    listed = []
    for index in range(4):
        entry = f"v_{index}.nii.gz"
        (task / "imagesTr" / entry).write_bytes(gzip.compress(nifti("h", (8, 9, 3)), 1))
        label = [int(voxel % 9 < 4) for voxel in range(8 * 9 * 3)]
        (task / "labelsTr" / entry).write_bytes(gzip.compress(nifti("B", (8, 9, 3), voxels=label), 1))
        listed.append({"image": f"./imagesTr/{entry}", "label": f"./labelsTr/{entry}"})
    content = {"name": "T", "modality": {"0": "MRI"}, "labels": {"0": "background", "1": "organ"},
               "numTraining": 4, "numTest": 1, "training": listed, "test": ["./imagesTs/v_9.nii.gz"]}
    what = dice.choice(["drop", "drop", "odd", "odd", "odd", "double", "swap", "text", "text", "deep", "files"])
    all_places = [place for place in places(content) if place]
    if what in ("drop", "odd", "double"):
        place = dice.choice(all_places)
        parent = content
        for key in place[:-1]:
            parent = parent[key]
        if what == "drop":
            del parent[place[-1]]
        elif what == "odd":
            parent[place[-1]] = copy.deepcopy(dice.choice(ODD))
        elif isinstance(parent, list):
            parent.append(copy.deepcopy(parent[place[-1]]))
        else:
            content["training"].append(copy.deepcopy(listed[0]))
    elif what == "swap":
        entry = dice.choice(listed)
        entry["image"], entry["label"] = entry["label"], entry["image"]
    text = json.dumps(content)
    if what == "text":
        text = dice.choice([text[:dice.randrange(len(text))], "\ufeff" + text, text + "x", text.replace(":", "", 1), ""])
    elif what == "deep":
        text = "[" * 100_000
    elif what == "files":
        victim = dice.choice(sorted(task.glob("*Tr/*")))
        dice.choice([lambda: victim.unlink(), lambda: victim.write_bytes(b""), lambda: victim.write_bytes(broken_image(dice)[0]),
                     lambda: (victim.unlink(), victim.mkdir())])()
    data = text.encode()
    if what == "text" and dice.random() < 0.2:
        data = b"\xff\xfe" + data
    (task / "dataset.json").write_bytes(data)
    command = ["attack", "--weights", str(WEIGHTS), "--data", str(task), "--sweep", "fig2", "--study", "smoke",
               "--set", "data.source=decathlon"]
    return command, task, what


def nnunet(folder, dice, name):
    task = folder / name
    for part in ("imagesTr", "labelsTr"):
        (task / part).mkdir(parents=True)
    for index in range(4):
        for channel in range(2):
            (task / f"imagesTr/v_{index}_{channel:04}.nii.gz").write_bytes(gzip.compress(nifti("h", (8, 9, 3)), 1))
        label = [int(voxel % 9 < 4) for voxel in range(8 * 9 * 3)]
        (task / f"labelsTr/v_{index}.nii.gz").write_bytes(gzip.compress(nifti("B", (8, 9, 3), voxels=label), 1))
    content = {"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "organ": 1}, "numTraining": 4,
               "file_ending": ".nii.gz"}
    if dice.random() < 0.3:
        content["dataset"] = {f"v_{index}": {"images": [f"imagesTr/v_{index}_{channel:04}.nii.gz" for channel in range(2)],
                                             "label": f"labelsTr/v_{index}.nii.gz"} for index in range(4)}
    what = dice.choice(["drop", "odd", "odd", "files", "stray", "ignore"])
    if what in ("drop", "odd"):
        place = dice.choice([place for place in places(content) if place])
        parent = content
        for key in place[:-1]:
            parent = parent[key]
        if what == "drop":
            del parent[place[-1]]
        else:
            parent[place[-1]] = copy.deepcopy(dice.choice(ODD))
    elif what == "files":
        victim = dice.choice(sorted(task.glob("*Tr/*")))
        dice.choice([lambda: victim.unlink(), lambda: victim.write_bytes(broken_image(dice)[0]),
                     lambda: (victim.unlink(), victim.mkdir())])()
    elif what == "stray":
        stray = dice.choice(["v_9.nii.gz", "v_0_0002.nii.gz", "v_9_0001.nii.gz", "_0000.nii.gz", "v_0_00000.nii.gz", "x.nii"])
        (task / "imagesTr" / stray).write_bytes(gzip.compress(nifti("h", (8, 9, 3)), 1))
    elif what == "ignore":
        content["labels"]["ignore"] = dice.choice([0, 1, 2, 255, 256, -1, "2"])
    (task / "dataset.json").write_text(json.dumps(content))
    command = ["attack", "--weights", str(WEIGHTS), "--data", str(task), "--sweep", "fig2", "--study", "smoke",
               "--set", "data.source=decathlon", "--set", "data.channels=[0]"]
    return command, task, what


# Ways of cutting volumes into slices.
SLICINGS = ["data.axis=0", "data.axis=1", "data.axis=2", "data.axis=coronal", "data.axis=axial", "data.spacing=0.7",
            "data.spacing=[2,3]", "data.spacing=1e-4", "data.size=[16,16]", "data.size=[8,5]"]


def table(folder, dice, name):
    """A table of four volumes, with faults in its text or in the places of its volumes, and any slicing."""
    home = folder / name
    home.mkdir()
    rows = [["id", "image", "label", "group", "split"]]
    what = dice.choice(["word", "word", "row", "column", "bytes", "place", "place", "sound"])
    for index in range(4):
        image = bytearray(nifti("h", (8, 9, 3)))
        label = bytearray(nifti("B", (8, 9, 3), voxels=[int(voxel % 9 < 4) for voxel in range(8 * 9 * 3)]))
        if what == "place" and index == 2:
            for _ in range(dice.randint(1, 4)):
                # The codes, the distances and the rows of the affine; both files alike, so that they fit.
                start, kind = dice.choice([(252, "h"), (254, "h"), *[(80 + 4 * i, "f") for i in range(3)],
                                           *[(280 + 4 * i, "f") for i in range(12)]])
                field = struct.pack("<" + kind, dice.choice([0, 1, 2]) if kind == "h" else dice.choice(FLOATS))
                for file in (image, label):
                    file[start:start + len(field)] = field
        (home / f"v{index}.nii").write_bytes(image)
        (home / f"v{index}_label.nii").write_bytes(label)
        rows.append([f"v{index}", f"v{index}.nii", f"v{index}_label.nii", f"p{index // 2}", ["train", "test"][index // 2]])
    if what == "word":
        row, column = dice.randrange(5), dice.randrange(5)
        rows[row][column] = dice.choice(["", " ", "..", "v0", "v0.nii", "v0.nii;v9.nii", "v0_label.nii", "test", "image",
                                         "passwd", "\0", '"', "a" * 5000, "\u202e", ";", "p1"])
    elif what == "row":
        dice.choice([lambda: rows.pop(dice.randrange(len(rows))), lambda: rows.append(dice.choice(rows)),
                     lambda: rows[-1].append("more"), lambda: rows.clear()])()
    elif what == "column":
        column = dice.randrange(5)
        rows = [[word for place, word in enumerate(row) if place != column] for row in rows]
    comma = ";" if what == "row" and dice.random() < 0.2 else ","
    data = bytearray("\n".join(comma.join(row) for row in rows).encode())
    if what == "bytes" and data:
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.choice([0, 10, 13, 34, 44, 59, 0xC3, 0xFF, dice.randrange(256)])
    (home / "list.csv").write_bytes(data)
    command = ["attack", "--weights", str(WEIGHTS), "--data", str(home / "list.csv"), "--sweep", "fig2", "--study", "smoke",
               "--set", "data.source=decathlon"]
    return [*command, "--set", dice.choice(SLICINGS)], home, what


# Studies ---------------------------------------------------------------------------------------------

VALUES = ["0", "-1", "1e999", "nan", "inf", "true", '""', "[]", "{}", "[0]", "[[1]]", '"../x"', "99999999999999999999",
          "9223372036854775807", "1e-320", '"bce"', '["bce", "bce"]', '"\\u0000"', "[1, 0]", "[nan, nan]", "2000-01-01"]


def study(folder, dice, name):
    lines = (ROOT / "studies" / dice.choice(["quick.toml", "smoke.toml"])).read_text().splitlines()
    keys = [index for index, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    what = dice.choice(["value", "value", "value", "values", "drop", "double", "key", "cut", "bytes", "table"])
    for _ in range(dice.randint(2, 4) if what == "values" else 1):
        index = dice.choice(keys)
        key = lines[index].split("=")[0].strip()
        if what in ("value", "values"):
            lines[index] = f"{key} = {dice.choice(VALUES)}"
        elif what == "drop":
            lines[index] = ""
        elif what == "double":
            lines[index] += "\n" + lines[index]
        elif what == "key":
            lines[index] = f"{key}_ = 1"
        elif what == "table":
            lines.append(dice.choice(["[data]", "[sweep]", "[[losses]]", "[unknown]", "[sweep.fig9]", "["]))
    data = "\n".join(lines).encode()
    if what == "cut":
        data = data[:dice.randrange(len(data))]
    elif what == "bytes":
        data = bytearray(data)
        for _ in range(5):
            data[dice.randrange(len(data))] = dice.randrange(256)
    path = folder / f"{name}.toml"
    path.write_bytes(bytes(data))
    # A cell that no study has: one that is read right is refused for that alone, and nothing is trained.
    return ["run", str(path), "--cells", "none-s9", "--out", "out/run"], path, what


# Weights ---------------------------------------------------------------------------------------------

def weights(folder, dice, name):
    data = WEIGHTS.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    what = dice.choice(["length", "cut", "flip", "missing", "extra", "shape", "kind", "offsets", "rename", "json", "values"])
    names = [key for key in header if key != "__metadata__"]
    key = dice.choice(names)
    size = None
    if what == "length":
        size = dice.choice([0, 1, length - 1, length + 1, 2**31, 2**63, 2**64 - 1, len(data)])
    elif what == "missing":
        del header[key]
    elif what == "extra":
        header["more.weight"] = dict(header[key])
    elif what == "shape":
        header[key]["shape"] = dice.choice([[], [0], [2**31], [2**62, 4], [-1], [1] * 9, list(reversed(header[key]["shape"]))])
    elif what == "kind":
        header[key]["dtype"] = dice.choice(["F16", "F64", "I8", "BOOL", "BF16", "X", ""])
    elif what == "offsets":
        header[key]["data_offsets"] = dice.choice([[0, 0], [0, len(body) * 2], [8, 4], [2**63, 2**63 + 4], [0], [-4, 0]])
    elif what == "rename":
        header[dice.choice(["", "x", key + ".", "encoder.99.conv1.weight"])] = header.pop(key)
    elif what == "values":
        body = bytearray(body)
        struct.pack_into("<f", body, 4 * dice.randrange(len(body) // 4), dice.choice([float("nan"), float("inf"), 3e38]))
    text = json.dumps(header).encode()
    if what == "json":
        text = dice.choice([text[:dice.randrange(len(text))], b"[" * 10_000, b"{}", b"null", b"\xff" + text])
    if size is None:
        size = len(text)
    data = bytearray(struct.pack("<Q", size) + text + bytes(body))
    if what == "cut":
        data = data[:dice.randrange(len(data))]
    elif what == "flip":
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(min(len(data), 4000))] = dice.randrange(256)
    path = folder / f"{name}.safetensors"
    path.write_bytes(bytes(data))
    good = folder / "good.nii"
    if not good.exists():
        good.write_bytes(nifti())
    return ["predict", "--weights", str(path), "--image", str(good), "--out", "out/mask.nii.gz"], path, what


# What an archive with an absolute path might write.
OUTSIDE = pathlib.Path("/tmp/lossbench-outside.nii.gz")
# Archives that no one should unpack.
REFUSED = {"absolute", "parent", "link", "hard", "device"}

# Archives --------------------------------------------------------------------------------------------

def archive(folder, dice, name):
    top = "Task04_Hippocampus"
    what = dice.choice(["absolute", "parent", "link", "hard", "device", "double", "bomb", "cut", "flip", "none", "many", "long"])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        def add(path, data=b"{}", kind=tarfile.REGTYPE, link=""):
            entry = tarfile.TarInfo(path)
            entry.type, entry.linkname = kind, link
            entry.size = len(data) if kind == tarfile.REGTYPE else 0
            tar.addfile(entry, io.BytesIO(data) if entry.size else None)
        if what != "none":
            add(f"{top}/dataset.json", b'{"training": []}')
        add(f"{top}/imagesTr/a.nii.gz", gzip.compress(nifti(), 1))
        if what == "absolute":
            add(dice.choice(["/tmp/lossbench-outside.nii.gz", f"//{top}/imagesTr/b.nii.gz"]))
        elif what == "parent":
            add(dice.choice([f"{top}/../../outside.nii.gz", f"{top}/imagesTr/../../../b.nii.gz", "..\\b.nii.gz"]))
        elif what in ("link", "hard"):
            kind = tarfile.SYMTYPE if what == "link" else tarfile.LNKTYPE
            add(f"{top}/imagesTr/l.nii.gz", kind=kind, link=dice.choice(["/etc/passwd", "../../..", f"{top}/dataset.json"]))
            add(f"{top}/imagesTr/l.nii.gz", b"through the link")
        elif what == "device":
            add(f"{top}/imagesTr/d.nii.gz", kind=dice.choice([tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]))
        elif what == "double":
            add(f"{top}/imagesTr/a.nii.gz", b"again")
        elif what == "many":
            for index in range(25_000):
                add(f"{top}/labelsTr/{index}.txt", b"")
        elif what == "long":
            add(f"{top}/imagesTr/{'x' * 300}.nii.gz", b"x")
        elif what == "bomb":
            entry = tarfile.TarInfo(f"{top}/imagesTr/b.nii.gz")
            entry.size = 2**40
            packed.write(entry.tobuf(tarfile.GNU_FORMAT))
    data = bytearray(packed.getvalue())
    if what == "cut":
        data = data[:dice.randrange(len(data))]
    elif what == "flip":
        for _ in range(4):
            data[dice.randrange(2048)] = dice.randrange(256)
    path = folder / f"{name}.tar"
    path.write_bytes(bytes(data))
    md5 = hashlib.md5(bytes(data)).hexdigest()
    return ["fetch", "hippocampus", "--from", str(path), "--to", "out/data", "--md5", md5], path, what


MAKERS = {"nifti": image, "dataset": dataset, "study": study, "weights": weights, "archive": archive,
          "nnunet": nnunet, "table": table, "padding": padded}


# Judging ---------------------------------------------------------------------------------------------

def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def outside(folder):
    return {path.name for path in folder.iterdir() if path.name != "out"}


def judge(kind, number, seed, keep):
    """What is wrong with how one broken file was taken, and how it ended."""
    dice = random.Random(f"{seed} {kind} {number}")
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        folder = work / "in"
        folder.mkdir()
        command, path, what = MAKERS[kind](folder, dice, f"{kind}-{number}")
        run = work / "run"
        (run / "out").mkdir(parents=True)
        try:
            done = subprocess.run([PROGRAM, *command], cwd=run, capture_output=True, timeout=SECONDS, preexec_fn=limit)
        except subprocess.TimeoutExpired:
            problem, how = f"ran longer than {SECONDS} s", "timeout"
        else:
            text = done.stderr.decode(errors="replace")
            lines = text.strip().splitlines()
            # A finished work says so on standard error, and a study that is read right lacks the cell.
            named = path.name in text or "--cells none-s9" in text
            how = f"exit {done.returncode}"
            if done.returncode == 0 and kind == "archive" and what in REFUSED:
                problem = f"an archive that should be refused was unpacked ({what})"
            elif done.returncode == 0:
                problem = None
            elif what == "padding":
                problem = f"a sound image was refused: {text[:300]!r}"
            elif done.returncode != 2:
                problem = f"{how}: {text[:300]!r}"
            elif len(lines) != 1 or not named:
                problem = f"{len(lines)} lines, which should be one that names the file: {text[:300]!r}"
            else:
                problem = None
        stray = outside(run) | {entry.name for entry in work.iterdir()} - {"in", "run"}
        if stray:
            problem = f"wrote {stray} outside the output folder"
        if problem and keep:
            shutil.copytree(folder, keep / f"{kind}-{number}", dirs_exist_ok=True)
        return kind, number, what, how, problem


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--only", choices=COUNTS)
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    counts = {kind: max(1, round(count * arguments.share)) for kind, count in COUNTS.items()
              if arguments.only in (None, kind)}
    jobs = [(kind, number, arguments.seed, arguments.keep) for kind, count in counts.items() for number in range(count)]
    tally, problems = collections.Counter(), []
    OUTSIDE.unlink(missing_ok=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for kind, number, what, how, problem in pool.map(lambda job: judge(*job), jobs):
            tally[kind, how] += 1
            if problem:
                problems.append(f"{kind} {number} ({what}): {problem}")
    for (kind, how), count in sorted(tally.items()):
        print(f"{kind}: {count} {how}")
    print(*problems, sep="\n")
    if OUTSIDE.exists():
        sys.exit("an archive wrote to /tmp")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
