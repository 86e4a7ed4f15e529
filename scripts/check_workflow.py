"""Runs a study once as a single run and once as a workflow of jobs, and compares what they leave, byte by byte.

    python3 scripts/check_workflow.py

The workflow runs its cells side by side on one thread each, is stopped with SIGINT in between and started
again; a cell that is refused must end it with lossbench's own line. Odd folders and changes must come through. Only the threads and the wall times in
`cell.json` may differ, and the page is compared after they were made the same. Needs `snakemake`.
LOSSBENCH names the program, default target/release/lossbench.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("LOSSBENCH", ROOT / "target/release/lossbench")).resolve()
# Two seeds, all four losses, so that there are transfers to merge.
CHANGES = ["losses=['bce', 'dice', 'bce+dice']", "seeds=[0, 1]", "train.epochs=4",
           "attack.methods=['signed', 'random']", "attack.transfer=true"]


def workflow(out, changes=CHANGES, folder=None, **more):
    settings = ["study=smoke", f"out={out}", f"lossbench={PROGRAM}", f"set={json.dumps(changes)}"]
    settings += [f"{name}={value}" for name, value in more.items()]
    return [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "workflow/Snakefile", "--cores", "2",
            "--rerun-incomplete", "--directory", folder or out.parent, "--config", *settings]


def odd_values(scratch):
    """Values that a shell or Snakemake would take apart: spaces, quotes, braces, numbers."""
    folder = scratch / "odd"
    folder.mkdir()
    subprocess.run([PROGRAM, "phantom", "2024", "--volumes", "4"], cwd=folder, check=True, capture_output=True)
    changes = ["losses=['bce']", "arms=[{name='second', loss='dice', train={epochs=1}}]", "train.epochs=1",
               "data.source=decathlon", "attack.methods=['signed']", 'sweep.fig2.title="it\'s $HOME {here}"']
    words = [f"--set={change}" for change in changes]
    subprocess.run([PROGRAM, "run", "smoke", "--data", "2024", "--out", "single", *words], cwd=folder, check=True,
                   capture_output=True)
    for out in ("my runs/it's $x", "2025", "-dashed"):
        done = subprocess.run(workflow(out, changes, folder, data=2024), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        ours, theirs = files(folder / "single"), files(folder / out)
        assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
    for name, value in (("data", "1e3"), ("data", "007"), ("device", "True"), ("out", "a{b}")):
        done = subprocess.run(workflow(**{"out": "none", "changes": changes, "folder": folder, name: value}),
                              capture_output=True, text=True)
        assert done.returncode != 0 and f"{name} should be a " in done.stderr, done.stderr
    print("folders with spaces, quotes and dashes, braces in changes and data named by a number come through")


def files(folder):
    # The lock of a run that is over is empty.
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def without_circumstances(path):
    """The record without what may differ: wall times and threads."""
    record = json.loads(path.read_text())
    record.pop("seconds")
    record.pop("seal")
    record["made"].pop("threads")
    return record


def main():
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        single, merged = scratch / "single", scratch / "merged"
        changes = [word for change in CHANGES for word in ("--set", change)]
        subprocess.run([PROGRAM, "run", "smoke", "--out", single, *changes], check=True, capture_output=True)

        stopped = subprocess.Popen(workflow(merged), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        jobs = scratch / "merged.jobs"
        limit = time.monotonic() + 120
        while not list(jobs.glob("cells/*/cells/*/cell.json")):
            assert stopped.poll() is None, "the workflow ended before its first cell"
            assert time.monotonic() < limit, "no cell within two minutes"
            time.sleep(0.1)
        stopped.send_signal(signal.SIGINT)
        stopped.wait(timeout=60)
        kept = len(list(jobs.glob("cells/*/cells/*/cell.json")))
        print(f"stopped after {kept} of 6 cells")
        again = subprocess.run(workflow(merged), capture_output=True, text=True)
        if again.returncode != 0:
            sys.exit(again.stderr)

        ours, theirs = files(single), files(merged)
        assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
        for name in [name for name in ours if name.endswith("/cell.json")]:
            assert without_circumstances(ours[name]) == without_circumstances(theirs[name]), name
            theirs[name].write_bytes(ours[name].read_bytes())
        for folder in (single, merged):
            subprocess.run([PROGRAM, "report", folder], check=True, capture_output=True)
        differing = [name for name in ours if ours[name].read_bytes() != theirs[name].read_bytes()]
        assert not differing, differing
        print(f"{len(ours)} files of the merged run are those of a single run, to the bit")

        refused = subprocess.run(workflow(scratch / "none", ["train.epoch=1"]), capture_output=True, text=True)
        assert refused.returncode != 0 and "unknown field `epoch`" in refused.stderr, refused.stderr
        odd_values(scratch)
        print("a study that cannot be read ends the workflow with lossbench's line")


if __name__ == "__main__":
    main()
