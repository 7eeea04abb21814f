#!/bin/sh
# A million made records deduped, with no model. Usage: sh benches/dedupe.sh [OUT] [whole [WORDS…]]
# With `whole`, seven million records (4 620 000 people) by a fixed model with a rule of whole birth dates: 1.3 thousand
# million pairs, five minutes, 9 GiB of memory; MEMORY is what it may use, WORDS go to `rewash dedupe`.
set -eu
out="${1:-out}/dedupe"
mkdir -p "$out"
cargo build --release --quiet
rewash="${CARGO_TARGET_DIR:-target}/release/rewash"
figures='^(rows|pairs|seconds|peak memory)'
made() {
  [ -d "$2" ] || "$rewash" synth --register "$1" --extract 1000 --seed 2 --no-benefits --extract-format csv --out "$2"
}
if [ "${2:-}" = whole ]; then
  made 4620000 "$out/whole"
  shift 2
  rm -f "$out/pairs.parquet"
  "$rewash" dedupe "$out/whole/register.parquet" --model benches/models/made_register.toml --block-pairs 250000000 \
    --memory "${MEMORY:-21GiB}" "$@" -o "$out/pairs.parquet" 2>&1 | grep -E "$figures"
  exit
fi
# A register of 660 000 people has about a million rows.
made 660000 "$out/made"
for run in 1 2 3; do
  rm -f "$out/pairs.parquet"
  "$rewash" dedupe "$out/made/register.parquet" -o "$out/pairs.parquet" 2>&1 | grep -E "$figures"
done
