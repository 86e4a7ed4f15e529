"""Stops lossbench in the middle of a run in every way a machine knows, starts it again, and compares every
table, weight and example with those of an undisturbed run: SIGKILL at random moments, a full disk, a
read-only folder, Ctrl-C, a second run into the same folder, output that nobody reads, a terminal that is closed,
a file system without locks.

    python3 scripts/check_crashes.py [--kills 50] [--seed 0]

LOSSBENCH names the program, default target/release/lossbench. The full disk and the read-only folder need the
right to mount (root), the missing locks a C compiler; without it they are passed over, and that is said. Needs
nothing but Python.
"""

import argparse
import os
import pathlib
import pty
import random
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = str(pathlib.Path(os.environ.get("LOSSBENCH", ROOT / "target/release/lossbench")).resolve())
# Large enough for something to be under way at any moment.
STUDY = ["run", "smoke", "--set", "data.phantom.volumes=10", "--set", "train.epochs=12"]


def start(out, **environment):
    return subprocess.Popen([PROGRAM, *STUDY, "--out", str(out)], env={**os.environ, **environment},
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(out):
    done = start(out)
    text = done.communicate()[1].decode()
    if done.returncode != 0:
        sys.exit(f"{out}: a run that should go on ended with {done.returncode}: {text[-500:]}")


def numbers(out):
    """Every file that does not hold wall times, by name."""
    kept = {}
    if not pathlib.Path(out).exists():
        return kept
    for path in sorted(pathlib.Path(out).rglob("*")):
        name = str(path.relative_to(out))
        timed = name.endswith(("cell.json", ".lock", "report.html"))
        if path.is_file() and not timed and not name.startswith("figures"):
            kept[name] = path.read_bytes()
    return kept


def same(expected, out, what):
    found = numbers(out)
    # A write that was killed may leave its temporary file, which nothing reads.
    differ = [name for name in expected if found.get(name) != expected[name]]
    if differ:
        sys.exit(f"{what}: {differ} differ from the undisturbed run")


def one_line(done, text, what):
    lines = text.strip().splitlines()
    if done.returncode != 2 or "panicked" in text or not lines or not lines[-1].startswith("lossbench: "):
        sys.exit(f"{what}: exit {done.returncode}, {text[-500:]!r}")
    return lines[-1]


def half_written(out, what):
    """Whatever a killed run left, reading it ends with a report or one line."""
    done = subprocess.run([PROGRAM, "report", str(out)], capture_output=True)
    if done.returncode != 0:
        one_line(done, done.stderr.decode(), f"{what}: report")


def kills(work, expected, seconds, count, dice):
    """Kills runs until they get through; a run that did is compared and the next begins anew."""
    done, runs = 0, 0
    out = work / "killed-0"
    while done < count or numbers(out).keys() != expected.keys():
        process = start(out)
        if done < count:
            time.sleep(dice.uniform(0, seconds * 0.7))
            if process.poll() is None:
                process.kill()
                done += 1
        process.wait()
        process.stderr.close()
        if (out / "study.toml").exists():
            half_written(out, f"kill {done}")
        if process.returncode == 0:
            same(expected, out, f"run {runs}, after kill {done}")
            runs += 1
            if done < count:
                out = work / f"killed-{runs}"
    print(f"SIGKILL at {done} random moments of {runs} runs: the same bits")


def mounted(folder, options):
    folder.mkdir()
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True).returncode == 0


def full_disk(work, expected, sizes):
    for size in sizes:
        folder = work / f"full-{size}"
        if not mounted(folder, f"size={size}k"):
            print("full disk: passed over, mounting is not allowed")
            return
        try:
            done = start(folder / "run")
            line = one_line(done, done.communicate()[1].decode(), f"{size} kB")
            if "space" not in line:
                sys.exit(f"{size} kB: {line}")
            subprocess.run(["mount", "-o", "remount,size=100m", str(folder)], check=True)
            finish(folder / "run")
            same(expected, folder / "run", f"{size} kB, then enough")
        finally:
            subprocess.run(["umount", str(folder)])
    print(f"full disk at {', '.join(map(str, sizes))} kB: one line, then the same bits")


def full_temporary_folder(work, expected):
    folder, out = work / "temporary", work / "short-of-room"
    if not mounted(folder, "size=200k"):
        print("full temporary folder: passed over, mounting is not allowed")
        return
    try:
        done = start(out, TMPDIR=str(folder))
        line = one_line(done, done.communicate()[1].decode(), "full temporary folder")
        if "TMPDIR" not in line or out.exists():
            sys.exit(f"full temporary folder: {line}")
        print("full temporary folder:", line)
    finally:
        subprocess.run(["umount", str(folder)])
    finish(out)
    same(expected, out, "a full temporary folder, then another")


def read_only(work):
    folder = work / "read-only"
    if not mounted(folder, "ro"):
        print("read-only folder: passed over, mounting is not allowed")
        return
    try:
        done = start(folder / "run")
        print("read-only folder:", one_line(done, done.communicate()[1].decode(), "read-only"))
    finally:
        subprocess.run(["umount", str(folder)])


def interrupt(work, expected, seconds):
    out = work / "interrupted"
    process = start(out)
    time.sleep(seconds * 0.7)
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    text = process.communicate()[1].decode()
    took = time.monotonic() - begun
    if process.returncode != 130 or "are kept in" not in text or took > 2:
        sys.exit(f"Ctrl-C: exit {process.returncode} after {took:.1f} s: {text[-300:]!r}")
    finish(out)
    same(expected, out, "after Ctrl-C")
    print(f"Ctrl-C: {text.strip().splitlines()[-1]} ({took:.2f} s)")


def without_output(work, expected, seconds):
    """Standard error that is full, closed or gone, first for a whole run, then for one that is interrupted."""
    def gone():
        reader, writer = os.pipe()
        os.close(reader)
        return writer

    def closed_terminal():
        master, terminal = pty.openpty()
        os.close(master)
        return terminal

    streams = {"full": lambda: os.open("/dev/full", os.O_WRONLY), "gone": gone, "closed-terminal": closed_terminal}
    for name, stream in streams.items():
        for stop in (False, True):
            out, file = work / f"output-{name}-{stop}", stream()
            process = subprocess.Popen([PROGRAM, *STUDY, "--out", str(out)], stdin=subprocess.DEVNULL, stdout=file,
                                       stderr=file, start_new_session=True)
            os.close(file)
            if stop:
                time.sleep(seconds * 0.5)
                process.send_signal(signal.SIGINT)
            code = process.wait(timeout=max(60, 10 * seconds))
            if code != (130 if stop else 0):
                sys.exit(f"output {name}: exit {code}")
            if stop:
                finish(out)
            same(expected, out, f"output {name}")
    print(f"output that is {', '.join(streams)}: the same bits, and Ctrl-C ends the run")


NO_LOCKS = """
#include <errno.h>
int flock(int file, int how) { errno = NUMBER; return -1; }
"""


def no_locks(work, expected):
    for name in ("ENOSYS", "EOPNOTSUPP", "ENOLCK"):
        library = work / f"{name}.so"
        try:
            subprocess.run(["cc", "-shared", "-fPIC", f"-DNUMBER={name}", "-x", "c", "-", "-o", library], check=True,
                           input=NO_LOCKS.encode(), capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            print("no locks: passed over, there is no C compiler")
            return
        out = work / name
        done = start(out, LD_PRELOAD=str(library))
        text = done.communicate()[1].decode()
        if done.returncode != 0 or text.count("warning: ") != 1 or "cannot be locked" not in text:
            sys.exit(f"{name}: exit {done.returncode}, {text[-500:]!r}")
        same(expected, out, name)
    print("no locks: one warning, then the same bits")


def bind_mount(work):
    """A file that is a mount point cannot be replaced; its content can."""
    below, point = work / "below.nii", work / "point.nii"
    for path in (below, point):
        path.write_bytes(b"old")
    if subprocess.run(["mount", "--bind", below, point], capture_output=True).returncode != 0:
        print("bind mount: passed over, mounting is not allowed")
        return
    weights = ROOT / "fixtures/parity/unet.safetensors"
    image = ROOT / "fixtures/nifti/float32.nii.gz"
    try:
        predict = [PROGRAM, "predict", "--weights", weights, "--image", image, "--out"]
        subprocess.run([*predict, point], check=True, capture_output=True)
        subprocess.run([*predict, work / "plain.nii"], check=True, capture_output=True)
        if below.read_bytes() != (work / "plain.nii").read_bytes():
            sys.exit("bind mount: the file below has other bytes")
    finally:
        subprocess.run(["umount", str(point)])
    left = [path.name for path in work.iterdir() if path.name.startswith(".partial")]
    if left:
        sys.exit(f"bind mount: {left} are left")
    print("bind mount: written through")


def two_at_once(work, expected):
    out = work / "shared"
    first = start(out)
    while not (out / ".lock").exists():
        time.sleep(0.01)
    time.sleep(0.2)
    second = start(out)
    line = one_line(second, second.communicate()[1].decode(), "second run")
    first.communicate()
    same(expected, out, "two runs at once")
    print("second run:", line)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        begun = time.monotonic()
        finish(work / "undisturbed")
        seconds = time.monotonic() - begun
        expected = numbers(work / "undisturbed")
        print(f"undisturbed run: {seconds:.1f} s, {len(expected)} files compared")
        kills(work, expected, seconds, arguments.kills, dice)
        full_disk(work, expected, [8, 60, 200, 400])
        full_temporary_folder(work, expected)
        read_only(work)
        interrupt(work, expected, seconds)
        two_at_once(work, expected)
        without_output(work, expected, seconds)
        no_locks(work, expected)
        bind_mount(work)


if __name__ == "__main__":
    main()
