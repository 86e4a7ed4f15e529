"""Runs one cell over more and more phantom volumes and checks that memory stays flat and that a volume costs
the same processor time, whether there are hundreds or tens of thousands.

    python3 scripts/check_scale.py [VOLUMES ...]

Default 2000 and 20000, about twenty minutes of two cores. The study is `quick` for one epoch with a small
network and its first attack alone; a temporary file takes about 100 kB a volume (TMPDIR). LOSSBENCH names the
program, default target/release/lossbench. Needs nothing but Python.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("LOSSBENCH", ROOT / "target/release/lossbench")).resolve()
CHANGES = ["train.epochs=1", "train.batch=32", "model.levels=2", "model.base=4", "attack.methods=['signed']"]
MEMORY, GROWTH = 1.5 * 2**30, 1.25
# What memory may grow by: what differs from run to run, and what is kept of a volume, whose voxels take 300 kB.
SLACK, A_VOLUME = 30 * 2**20, 20_000


def measure(volumes):
    """Peak memory in bytes and processor seconds a volume."""
    with tempfile.TemporaryDirectory() as scratch:
        changes = [word for change in [*CHANGES, f"data.phantom.volumes={volumes}"] for word in ("--set", change)]
        command = [PROGRAM, "run", "quick", "--cells", "bce-s0", "--out", f"{scratch}/run", *changes]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        message = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(message)
        cell = json.loads(pathlib.Path(scratch, "run/cells/bce-s0/cell.json").read_text())
    peak = usage.ru_maxrss * 1024
    seconds = (usage.ru_utime + usage.ru_stime) / volumes
    stages = ", ".join(f"{1000 * stage / volumes:.2f}" for stage in cell["seconds"])
    print(f"{volumes} volumes: at most {peak / 2**20:.0f} MiB, {1000 * seconds:.1f} ms of processor a volume; "
          f"training, saliency and attacks took {stages} ms a volume by the clock", flush=True)
    return peak, seconds


def main():
    sizes = sorted(map(int, sys.argv[1:])) or [2000, 20000]
    measured = [measure(volumes) for volumes in sizes]
    (small, first), (peak, last) = measured[0], measured[-1]
    assert peak <= MEMORY, f"{peak / 2**30:.2f} GiB are more than 1.5"
    allowed = SLACK + A_VOLUME * (sizes[-1] - sizes[0])
    assert peak - small <= allowed, f"memory grew by {(peak - small) / 2**20:.0f} MiB, more than {allowed / 2**20:.0f}"
    assert last <= GROWTH * first, f"a volume's cost grew from {first:.4f} to {last:.4f} s"
    print("memory and cost a volume stay within their bounds")


if __name__ == "__main__":
    main()
