#!/bin/sh
# A million made records deduped, with no model. Usage: sh benches/dedupe.sh [OUT]
set -eu
out="${1:-out}/dedupe"
mkdir -p "$out"
cargo build --release --quiet
rewash="${CARGO_TARGET_DIR:-target}/release/rewash"
# A register of 660 000 people has about a million rows.
[ -d "$out/made" ] || "$rewash" synth --register 660000 --extract 1000 --seed 2 --no-benefits --extract-format csv --out "$out/made"
for run in 1 2 3; do
  rm -f "$out/pairs.parquet"
  "$rewash" dedupe "$out/made/register.parquet" -o "$out/pairs.parquet" 2>&1 | grep -E '^(rows|pairs compared|seconds|peak memory)'
done
