#!/usr/bin/env bash
# Attacks the same networks by the gradient of the probabilities and by that of the logits: METHODOLOGY.md has the protocol.
#
#     scripts/logit_study.sh DATA [SEED...]       # seeds 140 to 149, or these
#     scripts/logit_study.sh --keep DIR           # copies the records of every whole seed into DIR, unread until all are there
#     scripts/logit_study.sh --judge DIR          # the verdicts, the differences and the comparisons, of the records in DIR
#
# DATA is the task folder of the hippocampus volumes. LOSSBENCH names the program, RUNS the folder of the runs. Can be stopped at any
# time; started again, it goes on where it was. Two of different seeds and RUNS can run side by side, a thread each.
set -euo pipefail
usage="usage: logit_study.sh DATA [SEED...], or --keep DIR, or --judge DIR"
what=run
case ${1:?$usage} in
  --keep | --judge) what=${1#--} && shift ;;
esac
data=$(realpath -m "${1:?$usage}")
shift
cd "$(dirname "$0")/.."
lossbench=${LOSSBENCH:-target/release/lossbench}
runs=${RUNS:-runs/logit-study}
all=(140 141 142 143 144 145 146 147 148 149)
seeds=("$@")
[ "${#seeds[@]}" != 0 ] || seeds=("${all[@]}")
outputs=(probability logit)
losses=(bce dice bce+dice)
why="until all ten seeds of the study of the logits' gradient are there (METHODOLOGY.md)"

# Whether a seed has every cell under both outputs.
whole() { # FOLDER SEED
  [ "$(compgen -G "$1/*/cells/*-s$2/cell.json" | wc -l)" = $((${#outputs[@]} * ${#losses[@]})) ]
}

run() { # OUTPUT SEED [OPTION ...]
  mkdir -p "$runs/$1"
  echo "$why" >"$runs/$1/UNREAD"
  "$lossbench" run studies/specification.toml --data "$data" --set "name=$1" --set "seeds=[$(IFS=, && echo "${all[*]}")]" \
    --set "saliency.output=$1" --out "$runs/$1" --cells "$(printf '%s-s'"$2"'\n' "${losses[@]}" | paste -sd,)" "${@:3}" >/dev/null
}

case $what in
  run)
    for seed in "${seeds[@]}"; do
      run probability "$seed"
      run logit "$seed" --weights-from "$runs/probability"
    done
    ;;
  keep)
    for seed in "${seeds[@]}"; do
      whole "$runs" "$seed" || continue
      for output in "${outputs[@]}"; do scripts/keep_evidence.sh "$runs/$output" "$data/$output" "$seed"; done
    done
    ;;
  judge)
    # All of them, whichever are named: a part is not to be read.
    for seed in "${all[@]}"; do
      whole "$data" "$seed" || { echo "$data: seed $seed is not whole" >&2; exit 1; }
    done
    rm -f "$data"/*/UNREAD
    "$lossbench" verify "$data/logit" --claims claims/logit
    "$lossbench" specification "$data/probability" "$data/logit" --attack signed --attack magnitude
    for output in "${outputs[@]}"; do echo && echo "gradient of the $output:" && "$lossbench" compare "$data/$output"; done
    ;;
esac
