#!/usr/bin/env python3
"""The Python module against the program: networks that are functions on numpy arrays are attacked, and their run is read.

    LOSSBENCH=target/release/lossbench scripts/check_python.py
    venv/bin/python scripts/check_python.py                      # of a venv with `pip install ".[tables]"`: what is installed

Needs numpy and pandas, and torch where torch's part is to be checked; fails where anything is not as NETWORKS.md says.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

if "LOSSBENCH" in os.environ:
    PROGRAM = os.environ["LOSSBENCH"]
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
else:
    PROGRAM = str(Path(sys.executable).parent / "lossbench")

import lossbench  # noqa: E402

#: Where networks find the module.
MODULE = Path(lossbench.__file__).resolve().parent.parent

#: Foreground is what is brighter than a threshold; `kind` says how it is served.
NETWORK = '''
import sys
sys.path.insert(0, sys.argv[2])
import lossbench
import numpy as np
print("nor must this, printed while a model loads")
def f(images):
    print("this must not reach the frames")
    return 50 * (images - 0.1)
kind = sys.argv[1]
if kind == "gradient":
    lossbench.serve_functions(f, gradient=lambda images, slope: 50 * slope, scale=(0, 0.2), multiple=1)
elif kind == "vjp":
    lossbench.serve_functions(f, vjp=lambda images: (f(images), lambda slope: (50 * slope,)), scale=(0, 0.2), multiple=1)
elif kind == "sliced":
    lossbench.serve_functions(
        f, gradient=lambda images, slope: 50 * slope, scale=(0, 0.2), multiple=1, axis="coronal", spacing=2, data_size=(8, 12)
    )
elif kind == "raises":
    def broken(images):
        raise RuntimeError("the model is broken")
    lossbench.serve_functions(broken, gradient=broken, scale=(0, 0.2))
elif kind == "shape":
    lossbench.serve_functions(lambda images: f(images)[:, 0], gradient=lambda images, slope: slope, scale=(0, 0.2))
elif kind == "probabilities":
    lossbench.serve_functions(
        lambda images: 1 / (1 + np.exp(-f(images))), gradient=lambda images, slope: slope, scale=(0, 0.2), multiple=1
    )
elif kind == "batch":
    lossbench.serve_functions(
        lambda images: f(images) + 10 * len(images), gradient=lambda images, slope: 50 * slope, scale=(0, 0.2), multiple=1
    )
elif kind == "misspelt":
    lossbench.serve_functions(f, gradient=f, scale=(0, 0.2), spacng=2)
elif kind == "torch":
    import torch
    class Threshold(torch.nn.Module):
        def forward(self, images):
            return [50 * (images - 0.1)]
    lossbench.serve(Threshold(), scale=(0, 0.2), multiple=1, fingerprint="a text of its own")
elif kind in ("double", "dict", "detached"):
    import torch
    class Threshold(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.level = torch.nn.Parameter(torch.tensor(0.1, dtype=torch.float64))
        def forward(self, images):
            assert images.dtype == torch.float64, images.dtype
            logits = 50 * (images - self.level)
            return {"double": logits, "dict": {"out": logits}, "detached": logits.detach()}[kind]
    lossbench.serve(Threshold(), scale=(0, 0.2), multiple=1)
'''


def attack(folder, networks, *more):
    arguments = ["attack", "--study", "smoke", *more]
    for name, kind in networks.items():
        arguments += ["--network", f"{name}={sys.executable} net.py {kind} '{MODULE}'"]
    return subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True)


def goes_on(folder, kind, changes):
    """A run whose script was changed does not go on with what the former one gave."""
    script = Path(folder) / "net.py"
    text = script.read_text()
    done = attack(folder, {"one": kind}, "--out", kind)
    check(done.returncode == 0, done.stderr)
    for old, new, says in changes:
        check(old in text, f"the script of the networks has no {old}")
        script.write_text(text.replace(old, new))
        done = attack(folder, {"one": kind}, "--out", kind)
        check(done.returncode == 2 and says in done.stderr, f"{kind} with {new}: {done.stderr}")
    script.write_text(text)


def check(holds, what):
    if not holds:
        sys.exit(f"check_python: {what}")


def main():
    global PROGRAM
    PROGRAM = str(Path(PROGRAM).resolve())
    kinds = {"one": "gradient", "two": "vjp"}
    if importlib.util.find_spec("torch"):
        kinds["three"] = "torch"
    else:
        print("SKIPPED: torch.nn.Module, since there is no torch")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "net.py").write_text(NETWORK)
        done = attack(folder, kinds, "--out", "run")
        check(done.returncode == 0, done.stderr)
        tables = lossbench.read(Path(folder) / "run")
        curves = tables["curves"]
        check(set(curves.loss) == set(kinds) and set(curves.seed) == {0}, "loss and seed of curves")
        check({"loss", "seed"} <= set(tables["saliency"]) and "volumes" in tables, "tables of the run")
        of = {
            name: curves[curves.loss == name].drop(columns=["loss", "map"]).reset_index(drop=True)
            for name in kinds
        }
        check(len(of["one"]) > 10 and of["one"].dice.nunique() > 1, "the attack changes nothing")
        for name, table in of.items():
            check(table.equals(of["one"]), f"{name} is attacked otherwise than the same network as one")
        moved = tables["transfer"]
        check(set(moved.loss) == set(kinds) and (moved.map != moved.loss).all() and (moved.map_seed == 0).all(), "transfers")
        done = attack(folder, {"one": "sliced"}, "--out", "sliced")
        check(done.returncode == 0, done.stderr)
        study = tomllib.loads((Path(folder) / "sliced" / "study.toml").read_text())["data"]
        check((study["axis"], study["spacing"], study["size"]) == ("coronal", 2.0, [8, 12]), f"slices are cut by {study}")
        goes_on(folder, "gradient", [("multiple=1", "multiple=2", "said '1' under lossbench.multiple, and it now says '2'")])
        faults = {
            "raises": "RuntimeError: the model is broken",
            "shape": "should give logits of shape",
            "misspelt": "nothing is said of a network by 'spacng': there are scale, ",
            "probabilities": "as probabilities do: serve logits",
            "batch": "other logits alone than beside others",
        }
        if "three" in kinds:
            faults |= {
                "dict": "the model gives a dict with 'out': wrap it",
                "detached": "the model's logits have no gradient",
            }
            goes_on(folder, "double", [("50 * (images - self", "90 * (images - self", "was made by another study")])
        for kind, says in faults.items():
            done = attack(folder, {"bad": kind}, "--out", kind)
            lines = done.stderr.strip().splitlines()
            check(done.returncode == 2 and says in lines[-1], f"{kind}: {done.stderr}")
        (Path(folder) / "run/UNREAD").write_text("until all seeds are there\n")
        for run, says in {"nowhere": "should be a run folder", "run": "are kept unread"}.items():
            try:
                lossbench.read(Path(folder) / run)
            except OSError as error:
                check(says in str(error), str(error))
            else:
                check(False, f"{run} is read")
    print(f"the Python module: {', '.join(kinds.values())} give the same run")


if __name__ == "__main__":
    main()
