#!/usr/bin/env bash
# Copies the records of a run, without weights and figures, to a folder that is kept; tables are gzipped.
#
#     scripts/keep_evidence.sh runs/paper golden/evidence/paper
#
# `lossbench verify` and `lossbench report` read the copy as they read the run.
set -euo pipefail
run=${1:?usage: keep_evidence.sh RUN DIR}
kept=${2:?usage: keep_evidence.sh RUN DIR}

mkdir -p "$kept"
cp "$run/study.toml" "$run/volumes.csv" "$kept/"
for record in "$run"/cells/*/cell.json "$run"/transfer/*/transfer.json; do
  [ -e "$record" ] || continue
  from=$(dirname "$record")
  to=$kept/${from#"$run"/}
  mkdir -p "$to"
  cp "$record" "$to/"
  for table in "$from"/*.csv; do
    gzip -9 --no-name --stdout "$table" >"$to/$(basename "$table").gz"
  done
done
