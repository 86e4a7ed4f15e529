#!/usr/bin/env bash
# Runs the reference study seed by seed and keeps the evidence of every seed that is whole: the paper's
# study, then the same networks again with the gradient of the logits.
#
#     scripts/reference_study.sh DATA [SEED ...]
#
# DATA is the task folder of the hippocampus volumes. Without seeds: those that golden/evidence lacks.
# LOSSBENCH names the program, DEVICE the device, RUNS the folder of the runs. JOBS=2 runs two cells side by
# side, a thread each, a fifth faster on two cores than one cell on both. Can be stopped at any time;
# started again, it goes on where it was.
set -euo pipefail
data=$(realpath "${1:?usage: reference_study.sh DATA [SEED ...]}")
cd "$(dirname "$0")/.."
seeds=("${@:2}")
lossbench=${LOSSBENCH:-target/release/lossbench}
runs=${RUNS:-runs}
evidence=golden/evidence
losses=(bce dice bce+dice bce+dice+focal)
jobs=${JOBS:-1}
common=(--data "$data" ${DEVICE:+--device "$DEVICE"})
logit=(--weights-from "$runs/paper" --set name=logit --set saliency.output=logit
  --set 'attack.methods=["signed"]' --set attack.transfer=false)

# The cells of a seed, each in a folder of its own, then together in the run's.
side_by_side() { # RUN SEED [OPTION ...]
  local run=$1 seed=$2
  printf '%s\n' "${losses[@]/%/-s$seed}" | xargs -P "$jobs" -I{} env RAYON_NUM_THREADS=1 OMP_NUM_THREADS=1 \
    "$lossbench" run paper "${common[@]}" "${@:3}" --cells {} --out "$runs/jobs/$run/{}"
  mkdir -p "$runs/$run/cells"
  cp -r "$runs/jobs/$run"/*-s"$seed"/cells/*-s"$seed" "$runs/$run/cells/"
}

run_seed() { # RUN SEED [OPTION ...]
  local cells
  cells=$(printf "%s-s$2," "${losses[@]}")
  [ "$jobs" = 1 ] || side_by_side "$@"
  "$lossbench" run paper "${common[@]}" "${@:3}" --cells "${cells%,}" --out "$runs/$1"
}

if [ ${#seeds[@]} -eq 0 ]; then
  for seed in 0 1 2 3 4 5; do
    [ -e "$evidence/logit/cells/bce+dice+focal-s$seed/cell.json" ] || seeds+=("$seed")
  done
fi

for seed in "${seeds[@]}"; do
  run_seed paper "$seed"
  run_seed logit "$seed" "${logit[@]}"
  scripts/keep_evidence.sh "$runs/paper" "$evidence/paper" "$seed"
  scripts/keep_evidence.sh "$runs/logit" "$evidence/logit" "$seed"
done
