#!/usr/bin/env bash
# Makes a CPU-only libtorch folder from PyPI wheels, for the cargo feature `tch` where the usual
# download of libtorch is out of reach:
#
#   scripts/libtorch.sh DIR
#   export LIBTORCH=DIR LIBTORCH_BYPASS_VERSION_CHECK=1 LIBTORCH_CXX11_ABI=1 LD_LIBRARY_PATH=DIR/lib
#   cargo build --release --features tch
#
# Needs python3 with pip, and unzip by way of python. Does nothing where DIR is complete.
set -euo pipefail

target=${1:?usage: scripts/libtorch.sh DIR}
[ -e "$target/lib/libtorch.so" ] && exit 0
mkdir -p "$target"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m pip download -q --no-deps --only-binary=:all: -d "$work" \
  torch==2.9.0 nvidia-cuda-runtime-cu12==12.8.90 nvidia-cuda-cupti-cu12==12.8.90

python3 - "$work" "$target" <<'PYTHON'
import pathlib, shutil, sys, zipfile

work, target = map(pathlib.Path, sys.argv[1:])
wanted = ["libtorch_cpu", "libc10.", "libgomp", "libtorch_global_deps", "libcudart.so.12", "libcupti.so.12"]
(target / "lib").mkdir(exist_ok=True)
for wheel in sorted(work.glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            base = name.rsplit("/", 1)[-1]
            if name.startswith("torch/include/") and not name.endswith("/"):
                place = target / name.removeprefix("torch/")
            elif "/lib/" in name and any(base.startswith(word) for word in wanted):
                place = target / "lib" / base
            else:
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, open(place, "wb") as sink:
                shutil.copyfileobj(source, sink)
PYTHON
# Written last: it marks the folder as complete.
echo 'INPUT(libtorch_cpu.so)' > "$target/lib/libtorch.so"
