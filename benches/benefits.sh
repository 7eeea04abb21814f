#!/bin/sh
# One run of DWP's part: about 5 000 people handed over against about a million customers and a million awards (CSV).
# Prints rows, wall seconds and peak memory of the process. Usage: sh benches/benefits.sh [OUT]
set -eu
out="${1:-out}/bench-benefits"
mkdir -p "$out"
cargo build --release --quiet
rewash="${CARGO_TARGET_DIR:-target}/release/rewash"
[ -d "$out/made" ] || "$rewash" synth --register 2800000 --extract 13000 --seed 1 --extract-format parquet --out "$out/made"
[ -d "$out/traced" ] || "$rewash" trace "$out/made/extract.parquet" --register "hmrc=$out/made/register.parquet" \
  --on 2016-04-30 --out "$out/traced"
for run in 1 2 3; do
  rm -rf "$out/benefits"
  "$rewash" benefits "$out/traced/hmrc_to_dwp.csv" --customers "$out/made/customers.csv" --awards "$out/made/awards.csv" \
    --on 2016-04-30 --out "$out/benefits" 2>&1 | grep -E '^(handoff rows|customer rows|award rows|returned|seconds|peak memory)'
done
