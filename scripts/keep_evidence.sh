#!/usr/bin/env bash
# Copies the records of one seed of a run, without weights and figures, to a folder that is kept; tables
# are gzipped.
#
#     scripts/keep_evidence.sh runs/paper golden/evidence/paper SEED
#
# `lossbench verify` and `lossbench report` read the copy as they read the run. `scripts/keep_examples.py` adds slices to look at.
set -euo pipefail
usage="usage: keep_evidence.sh RUN DIR SEED"
run=${1:?$usage} kept=${2:?$usage} seed=${3:?$usage}

mkdir -p "$kept"
cp "$run/study.toml" "$run/volumes.csv" "$kept/"
[ ! -e "$run/UNREAD" ] || cp "$run/UNREAD" "$kept/"
for record in "$run"/cells/*-s"$seed"/cell.json "$run/transfer/s$seed/transfer.json" \
  "$run/transfer/s$seed"-maps-*/transfer.json; do
  [ -e "$record" ] || continue
  from=$(dirname "$record")
  to=$kept/${from#"$run"/}
  mkdir -p "$to"
  for table in "$from"/*.csv; do
    [ ! -e "$table" ] || gzip -9 --no-name --stdout "$table" >"$to/$(basename "$table").gz"
  done
  # Of records that were kept before, and gone on with.
  for table in "$from"/*.csv.gz; do
    [ ! -e "$table" ] || cp "$table" "$to/"
  done
  cp "$record" "$to/"
done
