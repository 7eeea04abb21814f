#!/bin/sh
# Precision and recall of the trace on made data of a million people, with default error rates.
# Usage: sh benches/quality.sh [OUT] [SEED]
set -eu
out="${1:-out}/quality"
seed="${2:-1}"
mkdir -p "$out"
cargo build --release --quiet
rewash="${CARGO_TARGET_DIR:-target}/release/rewash"
[ -d "$out/made-$seed" ] || "$rewash" synth --register 1000000 --extract 50000 --seed "$seed" --no-benefits --extract-format parquet --out "$out/made-$seed"
rm -rf "$out/traced-$seed"
"$rewash" trace "$out/made-$seed/extract.parquet" --register "hmrc=$out/made-$seed/register.parquet" --on 2016-04-30 --out "$out/traced-$seed" --truth "$out/made-$seed/truth.csv"
"$rewash" evaluate "$out/traced-$seed/outcomes.parquet" --truth "$out/made-$seed/truth.csv"
