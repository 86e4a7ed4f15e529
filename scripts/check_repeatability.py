"""Checks how far a run's numbers depend on threads and on the processor.

    python3 scripts/check_repeatability.py [DEVICE ...]

For each device, default all that the program has but GPUs: the smoke study (`ndarray`: a small one) twice on
one thread and once on two; then the better network of the small study attacked on one thread and on two, and under
emulated processors with narrower vectors (qemu-x86_64 of Debian's qemu-user, where it is installed and the
device is pure Rust); on `cpu` a short training under the narrowest of them too.
Prints whether the bits are the same, and if not, the largest difference of any Dice score. Fails where the
same network differs by more than 0.003, and on `cpu` at the first differing bit. Two trainings may drift apart
where a device rounds otherwise on more threads: that is told, and is no fault. LOSSBENCH names the program,
default target/release/lossbench.
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
# One small test volume: emulation is a thousand times slower, ndarray twenty. Long enough that the network is
# well off zero Dice however a processor rounds, which the smoke study's is not.
STUDY = ["data.phantom.volumes=4", "split.test=0.25", "split.validation=0", "data.phantom.width=[24, 24]",
         "data.phantom.height=[24, 24]", "data.phantom.depth=[12, 12]", "train.epochs=20", "train.batch=4"]
CHANGES = [word for change in STUDY for word in ("--set", change)]
# 128-bit vectors without fused multiply-add; 256-bit with it.
PROCESSORS = ["Nehalem", "Haswell"]
SHORT = [word for change in ["train.epochs=2", "losses=['bce+dice']"] for word in ("--set", change)]
BOUND = 0.003
GPUS = ("cuda", "tch-cuda", "wgpu")


def lossbench(*arguments, threads=2, emulator=()):
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run([*emulator, PROGRAM, *arguments], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def records(run):
    names = ["weights.safetensors", "training.csv", "saliency.csv", "probabilities.csv", "curves.csv"]
    return [path.read_bytes() for cell in sorted(run.glob("cells/*")) for path in map(cell.joinpath, names)]


def dice_of_run(run, cell="*"):
    curves = sorted(run.glob(f"cells/{cell}/curves.csv"))
    return [float(row["dice"]) for path in curves for row in csv.DictReader(path.open())]


def tell(device, what, same, ours, theirs, bound):
    assert len(ours) == len(theirs) > 0 and max(ours) > 0.1, f"{device}, {what}: nothing to compare in {ours}"
    difference = max(abs(a - b) for a, b in zip(ours, theirs))
    print(f"{device}, {what}: " + ("the same bits" if same else f"other bits, Dice within {difference:.2g}"), flush=True)
    if difference > bound or (device == "cpu" and not same):
        sys.exit(f"{device}: {what} differs by more than it may")


def check(device, scratch):
    usual = CHANGES if device == "ndarray" else []
    runs = {}
    for name, threads, changes in [("first", 1, usual), ("again", 1, usual), ("two", 2, usual), ("small", 1, CHANGES)]:
        runs[name] = scratch / f"{device}-{name}"
        lossbench("run", "smoke", "--device", device, "--out", runs[name], *changes, threads=threads)
    for name, what in [("again", "trained again"), ("two", "trained on two threads, not one")]:
        same = records(runs["first"]) == records(runs[name])
        tell(device, what, same, dice_of_run(runs["first"]), dice_of_run(runs[name]), bound=1)

    cell = max(["bce-s0", "dice-s0"], key=lambda cell: max(dice_of_run(runs["small"], cell)))
    weights = runs["small"] / "cells" / cell / "weights.safetensors"
    attack = ["attack", "--weights", weights, "--study", "smoke", "--sweep", "fig2", "--device", device, "--json", *CHANGES]
    others = [("on two threads, not one", {"threads": 2})]
    if shutil.which("qemu-x86_64") and not device.startswith("tch"):
        others += [(f"on an emulated {name}", {"emulator": ["qemu-x86_64", "-cpu", name]}) for name in PROCESSORS]
    here = lossbench(*attack, threads=1)
    scores = [row["dice"] for row in json.loads(here)]
    for what, where in others:
        there = lossbench(*attack, **where)
        tell(device, f"attacked {what}", there == here, scores, [row["dice"] for row in json.loads(there)], bound=BOUND)
    if device == "cpu" and shutil.which("qemu-x86_64"):
        trained = {"here": (), "there": ("qemu-x86_64", "-cpu", PROCESSORS[0])}
        for name, emulator in trained.items():
            where = scratch / f"short-{name}"
            lossbench("run", "smoke", *CHANGES, *SHORT, "--out", where, threads=1, emulator=emulator)
            trained[name] = records(where)
        if trained["here"] != trained["there"]:
            sys.exit(f"cpu: trained on an emulated {PROCESSORS[0]}: other bits")
        print(f"cpu, trained on an emulated {PROCESSORS[0]}: the same bits", flush=True)


def main():
    devices = sys.argv[1:] or [line.split()[0] for line in lossbench("devices").splitlines()
                               if not line.startswith(GPUS)]
    with tempfile.TemporaryDirectory() as scratch:
        for device in devices:
            check(device, pathlib.Path(scratch))


if __name__ == "__main__":
    main()
