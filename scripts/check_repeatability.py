"""Checks how far a run's numbers depend on threads and on the processor.

    python3 scripts/check_repeatability.py [DEVICE ...]

For each device, default all that the program has but GPUs: the smoke study twice on one thread and once on
two; then its network attacked under emulated processors with narrower vectors (qemu-x86_64 of Debian's
qemu-user, where it is installed and the device is pure Rust). Prints whether the bits are the same, and if
not, the largest difference of any Dice score; fails above 0.003, and on `cpu` at the first differing bit.
LOSSBENCH names the program, default target/release/lossbench.
"""

import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("LOSSBENCH", ROOT / "target/release/lossbench")).resolve()
# One small test volume: emulation is a thousand times slower.
SMALL = ["data.phantom.volumes=4", "split.test=0.25", "split.validation=0", "data.phantom.width=[24, 24]",
         "data.phantom.height=[24, 24]", "data.phantom.depth=[12, 12]"]
# 128-bit vectors without fused multiply-add; 256-bit with it.
PROCESSORS = ["Nehalem", "Haswell"]
BOUND = 0.003


def lossbench(*arguments, threads=2, emulator=()):
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run([*emulator, PROGRAM, *arguments], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def records(run):
    names = ["weights.safetensors", "training.csv", "saliency.csv", "probabilities.csv", "curves.csv"]
    return [path.read_bytes() for cell in sorted(run.glob("cells/*")) for path in map(cell.joinpath, names)]


def dice_of_run(run):
    return [float(row["dice"]) for path in sorted(run.glob("cells/*/curves.csv")) for row in csv.DictReader(path.open())]


def judge(device, what, same, ours, theirs):
    assert len(ours) == len(theirs) > 0
    difference = max(abs(a - b) for a, b in zip(ours, theirs))
    print(f"{device}, {what}: " + ("the same bits" if same else f"other bits, Dice within {difference:.2g}"), flush=True)
    if difference > BOUND or (device == "cpu" and not same):
        sys.exit(f"{device}: {what} differs by more than it may")


def check(device, scratch):
    runs = {}
    for name, threads in [("first", 1), ("again", 1), ("two", 2)]:
        runs[name] = scratch / f"{device}-{name}"
        lossbench("run", "smoke", "--device", device, "--out", runs[name], threads=threads)
    for name, what in [("again", "the same again"), ("two", "two threads for one")]:
        same = records(runs["first"]) == records(runs[name])
        judge(device, what, same, dice_of_run(runs["first"]), dice_of_run(runs[name]))
    if shutil.which("qemu-x86_64") is None or device.startswith("tch"):
        return
    weights = runs["first"] / "cells/dice-s0/weights.safetensors"
    attack = ["attack", "--weights", weights, "--study", "smoke", "--protocol", "fig2", "--device", device, "--json"]
    attack += [word for change in SMALL for word in ("--set", change)]
    here = lossbench(*attack)
    dice = [row["dice"] for row in json.loads(here)]
    for processor in PROCESSORS:
        there = lossbench(*attack, emulator=["qemu-x86_64", "-cpu", processor])
        judge(device, f"on an emulated {processor}", there == here, dice, [row["dice"] for row in json.loads(there)])


def main():
    devices = sys.argv[1:] or [line.split()[0] for line in lossbench("devices").splitlines() if "cuda" not in line]
    with tempfile.TemporaryDirectory() as scratch:
        for device in devices:
            check(device, pathlib.Path(scratch))


if __name__ == "__main__":
    main()
