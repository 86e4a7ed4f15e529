#!/usr/bin/env bash
# Runs the reference study seed by seed and keeps the evidence of every seed that is whole: the paper's
# study, then the same networks again with the gradient of the logits.
#
#     scripts/reference_study.sh DATA [SEED ...]
#
# DATA is the task folder of the hippocampus volumes. Without seeds: those that golden/evidence lacks.
# LOSSBENCH names the program, DEVICE the device, RUNS the folder of the runs. Can be stopped at any
# time; started again, it goes on where it was.
set -euo pipefail
data=$(realpath "${1:?usage: reference_study.sh DATA [SEED ...]}")
cd "$(dirname "$0")/.."
seeds=("${@:2}")
lossbench=${LOSSBENCH:-target/release/lossbench}
runs=${RUNS:-runs}
evidence=golden/evidence
losses=(bce dice bce+dice bce+dice+focal)

if [ ${#seeds[@]} -eq 0 ]; then
  for seed in 0 1 2 3 4 5; do
    [ -e "$evidence/logit/cells/bce+dice+focal-s$seed/cell.json" ] || seeds+=("$seed")
  done
fi

for seed in "${seeds[@]}"; do
  cells=$(printf "%s-s$seed," "${losses[@]}")
  common=(--data "$data" --cells "${cells%,}" ${DEVICE:+--device "$DEVICE"})
  "$lossbench" run paper "${common[@]}" --out "$runs/paper"
  "$lossbench" run paper "${common[@]}" --out "$runs/logit" --weights-from "$runs/paper" \
    --set name=logit --set saliency.output=logit --set 'attack.methods=["signed"]' --set attack.transfer=false
  scripts/keep_evidence.sh "$runs/paper" "$evidence/paper" "$seed"
  scripts/keep_evidence.sh "$runs/logit" "$evidence/logit" "$seed"
done
