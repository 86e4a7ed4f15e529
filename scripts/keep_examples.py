"""Keeps example slices of a run for others to look at: outlines, gradients and masks, without the images.

    python3 scripts/keep_examples.py runs/steady golden/evidence/steady "hippocampus volumes, CC-BY-SA 4.0" [SLICES]

The third argument says whose slices they are and under which licence; the page shows it. SLICES (2) are kept, their
gradients to three figures; what attacks of sweeps made of them, which would show the images, is not.
"""

import gzip
import hashlib
import json
import pathlib
import sys


def of_network(seen):
    seen.pop("changed", None)
    seen["gradient"] = [float(f"{value:.3g}") for value in seen["gradient"]]
    return seen


def of_slice(example):
    brightest = max(example.pop("image"))
    networks = [of_network(seen) for seen in example.pop("networks")]
    return example | {"brightest": brightest, "networks": networks}


def main():
    run, kept, source = sys.argv[1:4]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 2
    examples = json.loads((pathlib.Path(run) / "examples.json").read_text())
    slices = [of_slice(example) for example in examples["slices"][:count]]
    text = json.dumps(slices, separators=(",", ":"))
    head = {key: examples[key] for key in ("seed", "study_hash", "weights")}
    head |= {"sha256": hashlib.sha256(text.encode()).hexdigest(), "source": source}
    whole = json.dumps(head)[:-1] + ', "slices": ' + text + "}\n"
    (pathlib.Path(kept) / "examples.json.gz").write_bytes(gzip.compress(whole.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
