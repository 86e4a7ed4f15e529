#!/usr/bin/env bash
# Puts the verdicts of golden/evidence into the documents, between their marks: the claims into README.md and the
# readings by other choices into METHODOLOGY.md; and two figures into golden/figures, where --check holds the drawing of figures
# to them: fig3.svg and the specification curve. page.png there, which README.md shows, is made by scripts/page_picture.py.
#
#     scripts/splice_verdicts.sh [--check]
#
# --check changes nothing and fails where a document shows other tables or another figure. LOSSBENCH names the program.
set -euo pipefail
cd "$(dirname "$0")/.."
lossbench=${LOSSBENCH:-target/release/lossbench}
evidence=golden/evidence
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

cp README.md METHODOLOGY.md "$made"
"$lossbench" verify "$evidence/paper" --splice "$made/README.md" >/dev/null
"$lossbench" verify "$evidence/paper" --readings --beside "$evidence/logit" --splice "$made/METHODOLOGY.md" >/dev/null
cp -r "$evidence/paper" "$made/run"
"$lossbench" report "$made/run" >/dev/null
mkdir -p "$made/golden/figures"
cp "$made/run/figures/fig3.svg" "$made/golden/figures/"
LOSSBENCH=$lossbench RUNS=$made/curve scripts/specification_curve.sh --from "$evidence/specification" >/dev/null
cp "$made/curve/curve.svg" "$made/golden/figures/specification.svg"

for file in README.md METHODOLOGY.md golden/figures/fig3.svg golden/figures/specification.svg; do
  if [ "${1:-}" != --check ]; then
    cp "$made/$file" "$file"
  elif ! cmp -s "$file" "$made/$file"; then
    echo "$file: not what $evidence says; run scripts/splice_verdicts.sh" >&2
    exit 1
  fi
done
