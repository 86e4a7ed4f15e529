#!/usr/bin/env bash
# Runs the base of the specification curve and every other reading of the paper, then draws the curve.
#
#     scripts/specification_curve.sh DATA
#     scripts/specification_curve.sh --keep DIR     # copies the records of every finished reading into DIR
#     scripts/specification_curve.sh --from DIR     # draws the curve of what was kept there, into RUNS
#
# DATA is the task folder of the hippocampus volumes. LOSSBENCH names the program, DEVICE the device, RUNS the folder of
# the runs. JOBS=2 runs two readings side by side, a thread each, which two cores do faster than one reading on both.
# Can be stopped at any time; started again, it goes on where it was. The readings and why they are those stand in
# METHODOLOGY.md; none is added or taken away once a number has been seen. Every run is kept unread until all are whole.
set -euo pipefail
usage="usage: specification_curve.sh DATA, or --keep DIR, or --from DIR"
what=run
case ${1:?$usage} in
  --keep | --from) what=${1#--} && shift ;;
esac
data=$(realpath -m "${1:?$usage}")
cd "$(dirname "$0")/.."
lossbench=${LOSSBENCH:-target/release/lossbench}
runs=${RUNS:-runs/specification}
jobs=${JOBS:-1}
study=studies/specification.toml
seeds=(110 111 112 113 114)
steps=$(sed -n 's/^steps = //p' "$study")
common=(--data "$data" ${DEVICE:+--device "$DEVICE"})
[ "$jobs" = 1 ] || export RAYON_NUM_THREADS=1 OMP_NUM_THREADS=1

percentile=(--set 'data.scale=percentile(0.5,99.5)')
z_score=(--set data.scale=z-score)
half=(--set "train.steps=$((steps / 2))")
twice=(--set "train.steps=$((steps * 2))")
no_norm=(--set model.norm=none)
group_norm=(--set model.norm=group)
softmax=(--set model.head=softmax)
slice_dice=(--set "losses=['bce', 'slice-dice', 'bce+slice-dice']")
less_bce=(--set "losses=['bce', 'dice', '0.2*bce+dice']")
more_bce=(--set "losses=['bce', 'dice', '5*bce+dice']")
augment=(--set train.feed=augment)
logit=(--set saliency.output=logit)

# Calls `$1 NAME [OPTION ...]` for every reading but the base. Their order is that of the strip of the figure.
each_reading() {
  $1 percentile "${percentile[@]}"
  $1 z-score "${z_score[@]}"
  $1 half-training "${half[@]}"
  $1 twice-training "${twice[@]}"
  $1 no-norm "${no_norm[@]}"
  $1 group-norm "${group_norm[@]}"
  $1 softmax "${softmax[@]}"
  $1 slice-dice "${slice_dice[@]}"
  $1 less-bce "${less_bce[@]}"
  $1 more-bce "${more_bce[@]}"
  $1 augment "${augment[@]}"
  $1 logit "${logit[@]}"
  $1 augment-twice-training "${augment[@]}" "${twice[@]}"
  $1 percentile-no-norm "${percentile[@]}" "${no_norm[@]}"
  $1 z-score-group-norm-slice-dice "${z_score[@]}" "${group_norm[@]}" "${slice_dice[@]}"
}

# Fails where this program does not know a key, before an hour is spent.
known() { # NAME [OPTION ...]
  "$lossbench" run "$study" --list-cells --set "name=$1" "${@:2}" >/dev/null
}

# The networks that a reading shares with the base need neither be trained nor attacked again: their cells are the same.
share() { # NAME
  local losses=() loss seed
  case $1 in
    slice-dice) losses=(bce) ;;
    less-bce | more-bce) losses=(bce dice) ;;
  esac
  for loss in "${losses[@]}"; do
    for seed in "${seeds[@]}"; do
      [ -e "$runs/$1/cells/$loss-s$seed/cell.json" ] && continue
      mkdir -p "$runs/$1/cells"
      rm -rf "$runs/$1/cells/$loss-s$seed" "$runs/$1/shared"
      # Whole or not at all, wherever this is stopped.
      cp -r "$runs/base/cells/$loss-s$seed" "$runs/$1/shared"
      mv "$runs/$1/shared" "$runs/$1/cells/$loss-s$seed"
    done
  done
}

run() { # NAME [OPTION ...]
  local weights=()
  # Kept records have no weights: the networks of the base are then trained again.
  [ "$1" = logit ] && [ -e "$runs/base/cells/bce-s${seeds[0]}/weights.safetensors" ] && weights=(--weights-from "$runs/base")
  echo "reading $1"
  mkdir -p "$runs/$1"
  echo "until every reading of the specification curve is there" >"$runs/$1/UNREAD"
  "$lossbench" run "$study" "${common[@]}" --set "name=$1" --out "$runs/$1" "${weights[@]}" "${@:2}" >/dev/null
}

# Starts a reading as soon as fewer than JOBS are running. One that fails does not stop the others.
names=() started=()
start() { # NAME [OPTION ...]
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do sleep 1; done
  share "$1"
  run "$@" &
  names+=("$1") started+=("$!")
}
# Whoever stops this stops what it started.
trap 'kill $(jobs -rp) 2>/dev/null || true; exit 143' TERM

# The curve of the readings in $1 that have every network, the base first: choices are told from it. Others are named.
draw() { # FOLDER
  local folders=() lacking=() name
  for name in base $(each_reading echo_name); do
    if whole "$1/$name"; then folders+=("$1/$name"); else lacking+=("$name"); fi
  done
  # Choices are told from the first.
  whole "$1/base" || { echo "$1/base: not every network is there, which every curve needs" >&2; return 1; }
  [ "${#lacking[@]}" != 0 ] || rm -f "$1"/*/UNREAD
  mkdir -p "$runs"
  "$lossbench" specification "${folders[@]}" --attack signed --attack magnitude --json >"$runs/curve.json"
  "$lossbench" specification "${folders[@]}" --attack signed --attack magnitude --out "$runs/curve.svg" | tee "$runs/curve.txt"
  for name in "${lacking[@]}"; do echo "left out: $name: not every network is there" | tee -a "$runs/curve.txt"; done
}

echo_name() { echo "$1"; }

whole() { # FOLDER
  [ "$(cells "$1/cells/*")" = $((3 * ${#seeds[@]})) ]
}

# How many finished cells lie in the folders of a pattern.
cells() { # PATTERN
  compgen -G "$1/cell.json" | wc -l
}

# Copies the records of the seeds that a reading has whole.
keep() { # NAME
  local seed
  for seed in "${seeds[@]}"; do
    [ "$(cells "$runs/$1/cells/*-s$seed")" = 3 ] || continue
    scripts/keep_evidence.sh "$runs/$1" "$data/$1" "$seed"
  done
}

case $what in
  keep) keep base; each_reading keep; exit ;;
  from) draw "$data"; exit ;;
esac

known base
each_reading known
run base
each_reading start
failed=()
for place in "${!started[@]}"; do
  wait "${started[place]}" || failed+=("${names[place]}")
done
for name in "${failed[@]}"; do echo "$name: its run failed" >&2; done
draw "$runs"
[ "${#failed[@]}" = 0 ]
