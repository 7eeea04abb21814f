#!/bin/sh
# What a core does in the scan tasks of the job for Spark, beside one process: ten million register rows, Spark's own cuts.
# Usage: spark.sh FOLDER. MADE names a folder with register.parquet and extract.parquet in place of made ones; the Python
# environment is that of tests/spark/run.sh, which says what is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
program=$(realpath "${PROGRAM:-${CARGO_TARGET_DIR:-target}/release/rewash}")
made=${MADE:-$folder/spark_made}
mkdir -p "$folder"
if [ ! -e "$made/register.parquet" ]; then
    "$program" synth --register 6700000 --extract 50000 --seed 3 --no-benefits --extract-format parquet --out "$made" --quiet
fi
COMPARE="$here/spark.py" sh "$here/../tests/spark/run.sh" "$program" "$folder/spark_rate" "$made"
