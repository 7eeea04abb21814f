#!/bin/sh
# One whole trace: 50 000 people against about 1.5 million register rows (a million people) from Parquet.
# Prints wall seconds and peak memory of the process. Usage: sh benches/whole.sh [OUT]
set -eu
out="${1:-out}/bench"
mkdir -p "$out"
cargo build --release --quiet
rewash="${CARGO_TARGET_DIR:-target}/release/rewash"
[ -d "$out/made" ] || "$rewash" synth --register 1000000 --extract 50000 --seed 1 --no-benefits --extract-format parquet --out "$out/made"
for run in 1 2 3; do
  rm -rf "$out/traced"
  "$rewash" trace "$out/made/extract.parquet" --register "hmrc=$out/made/register.parquet" --on 2016-04-30 \
    --out "$out/traced" 2>&1 | grep -E '^(register rows|pairs compared|seconds|peak memory)'
done
