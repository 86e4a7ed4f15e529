#!/usr/bin/env python3
"""What the frames cost: seconds of a network's work asked for by lossbench, over those of the same work in its own process.

    cargo build --release --examples
    scripts/time_network.py NAME WEIGHTS [--program target/release/examples/time_network]

NAME and WEIGHTS are those of `examples/networks_of_others.py train`. Both sides take turns, each in a process of its own: one that has
computed gradients before keeps its memory and is up to twice as fast at logits. The median of the ratios counts.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))

import networks_of_others as others  # noqa: E402
import torch  # noqa: E402


def seconds(command):
    """The numbers that a command prints."""
    printed = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    return [float(number) for number in printed.split()]


def alone(options):
    """Seconds of the rounds of logits, and of gradients, in this process, 32 images at a time."""
    model = others.NETWORKS[options.name]().eval().requires_grad_(False)
    model.load_state_dict(torch.load(options.weights, weights_only=True))
    images = 0.1 + 0.1 * torch.sin(torch.arange(options.images * others.SIZE**2) * 0.7).reshape(-1, 1, others.SIZE, others.SIZE)

    def logits():
        with torch.inference_mode():
            for part in images.split(32):
                model(part).numpy()

    def gradients():
        for part in images.split(32):
            part = part.clone().requires_grad_()
            value = model(part)
            torch.autograd.grad(value, part, value.detach().clone())[0].numpy()

    taken = []
    for work in (logits, gradients):
        work()
        begun = time.perf_counter()
        for _ in range(options.rounds):
            work()
        taken.append(time.perf_counter() - begun)
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=others.NETWORKS)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--program", default=str(ROOT / "target/release/examples/time_network"))
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--alone", action="store_true", help="print the seconds without lossbench and stop")
    options = parser.parse_args()
    if options.alone:
        print(*alone(options))
        return
    command = f"{sys.executable} -W ignore {ROOT}/examples/networks_of_others.py serve {options.name} --weights {options.weights}"
    arguments = [options.program, command, others.SIZE, others.SIZE, options.images, options.rounds]
    ratios = []
    for _ in range(options.turns):
        own, framed = seconds([sys.executable, "-W", "ignore", *sys.argv, "--alone"]), seconds(arguments)
        ratios.append([with_us / without for with_us, without in zip(framed, own)])
        print(f"own {own[0]:.2f} and {own[1]:.2f} s, by lossbench {framed[0]:.2f} and {framed[1]:.2f} s", flush=True)
    logits, gradients = (statistics.median(one) for one in zip(*ratios))
    print(f"{options.name}: logits {logits:.2f} times, gradients {gradients:.2f} times")


if __name__ == "__main__":
    main()
