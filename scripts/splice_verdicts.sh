#!/usr/bin/env bash
# Puts the verdicts of golden/evidence into the documents, between their marks: the claims into README.md as soon
# as six seeds are there, the readings by other choices into METHODOLOGY.md.
#
#     scripts/splice_verdicts.sh [--check]
#
# --check changes nothing and fails where a document shows other tables. LOSSBENCH names the program.
set -euo pipefail
cd "$(dirname "$0")/.."
lossbench=${LOSSBENCH:-target/release/lossbench}
evidence=golden/evidence
documents=$PWD
if [ "${1:-}" = --check ]; then
  documents=$(mktemp -d)
  trap 'rm -rf "$documents"' EXIT
  cp README.md METHODOLOGY.md "$documents"
fi

seeds=$(find "$evidence/paper/cells" -name cell.json | sed 's/.*-s\([0-9]*\).*/\1/' | sort -u | wc -l)
if [ "$seeds" -ge 6 ]; then
  "$lossbench" verify "$evidence/paper" --splice "$documents/README.md" >/dev/null
else
  echo "README.md: no verdicts yet, $seeds of 6 seeds are there"
fi
"$lossbench" verify "$evidence/paper" --readings --beside "$evidence/logit" --splice "$documents/METHODOLOGY.md" >/dev/null
for document in README.md METHODOLOGY.md; do
  cmp -s "$document" "$documents/$document" && continue
  echo "$document: its table is not that of $evidence; run scripts/splice_verdicts.sh" >&2
  exit 1
done
