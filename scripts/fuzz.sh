#!/usr/bin/env bash
# Fuzzes everything that reads a file, guided by coverage: images, pictures, dataset.json, tables, studies, weights and
# archives, each for an equal share of the time.
#
#     scripts/fuzz.sh [MINUTES [TARGET ...]]
#
# MINUTES in all, default 60; the targets that are named, default all. Needs a nightly toolchain and `cargo install cargo-fuzz`. Stops at the first
# input that panics, hangs for 20 seconds, takes 2 GiB or breaks what a target asserts, and says where it
# lies; else it closes with the inputs tried by each target.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=("${@:2}")
[ "${#targets[@]}" -gt 0 ] || targets=(nifti picture dataset table study weights archive)
seconds=$((${1:-60} * 60 / ${#targets[@]}))

# Inputs to start from: sound files of every kind, small ones, since libFuzzer slows with size.
corpus=fuzz/corpus
mkdir -p "$corpus"/{nifti,picture,dataset,table,study,weights,archive}
cp -n fixtures/nifti/*.nii* "$corpus/nifti/"
cp -n fixtures/pictures/*.{png,tif} "$corpus/picture/"
cp -n studies/*.toml "$corpus/study/"
cp -n fixtures/parity/unet*.safetensors "$corpus/weights/"
printf '{"name": "a", "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}], "test": []}' \
  > "$corpus/dataset/one.json"
printf 'id,image,label,group,split\na,a.png,a.png,p,train\nb,a.png;a.png,a.png,q,test\n' > "$corpus/table/one.csv"
task=$(mktemp -d)
trap 'rm -rf "$task"' EXIT
mkdir -p "$task"/Task04_Hippocampus/{imagesTr,labelsTr}
cp "$corpus/dataset/one.json" "$task/Task04_Hippocampus/dataset.json"
printf a | gzip -n | tee "$task"/Task04_Hippocampus/{imagesTr,labelsTr}/a.nii.gz > /dev/null
tar -cf "$corpus/archive/one.tar" -C "$task" Task04_Hippocampus

for target in "${targets[@]}"; do
  log="$task/$target.log"
  if ! cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 > "$log" 2>&1; then
    tail -30 "$log"
    exit 1
  fi
  tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  printf '%s: %s inputs in %s s, %s of coverage\n' "$target" "$tried" "$seconds" "$(grep -o 'cov: [0-9]*' "$log" | tail -1)"
done
