#!/bin/sh
# The linkage engine on public sets, with no model and with the models of benches/models.
# Usage: sh benches/link.sh DATA [OUT]
# DATA holds febrl4a.csv and febrl4b.csv (FEBRL data set 4), fake_1000.csv and historical_50k.parquet (splink_datasets).
# Ids carry the truth in these sets: they are replaced before anything is linked. Needs Python with pandas and pyarrow.
set -eu
data="${1:-}"
out="${2:-out}/link"
if [ -z "$data" ] || [ ! -f "$data/febrl4a.csv" ]; then echo "skipped: no folder with febrl4a.csv was given"; exit 0; fi
if ! python3 -c 'import pandas, pyarrow' 2>/dev/null; then echo "skipped: no Python with pandas and pyarrow"; exit 0; fi
here="$(cd "$(dirname "$0")" && pwd)"
cargo build --release --quiet
rewash="${CARGO_TARGET_DIR:-target}/release/rewash"
rm -rf "$out"
mkdir -p "$out"
python3 - "$data" "$out" <<'PY'
import sys
import pandas as pd
data, out = sys.argv[1:]
truth = []
for side, name in (("A", "febrl4a"), ("B", "febrl4b")):
    table = pd.read_csv(f"{data}/{name}.csv", dtype=str, skipinitialspace=True, keep_default_na=False)
    table = table.sample(frac=1, random_state=1 if side == "A" else 2).reset_index(drop=True)
    person = table["rec_id"].str.extract(r"rec-(\d+)-")[0]
    table["rec_id"] = [f"{side}{row}" for row in range(len(table))]
    truth.append(pd.DataFrame({"id": table["rec_id"], "cluster": person}))
    table.to_csv(f"{out}/{name}.csv", index=False)
pd.concat(truth).to_csv(f"{out}/febrl4_truth.csv", index=False)
for name, table in (
    ("fake_1000", pd.read_csv(f"{data}/fake_1000.csv", dtype=str, keep_default_na=False)),
    ("historical_50k", pd.read_parquet(f"{data}/historical_50k.parquet")),
):
    table = table.sample(frac=1, random_state=3).reset_index(drop=True)
    table["unique_id"] = [f"R{row}" for row in range(len(table))]
    table[["unique_id", "cluster"]].to_csv(f"{out}/{name}_truth.csv", index=False)
    table.drop(columns="cluster").to_csv(f"{out}/{name}.csv", index=False)
# The order of rows must not matter: that of the file, in which people stand together, and others.
table = pd.read_parquet(f"{data}/historical_50k.parquet")
for order in ("file", 10, 11, 12):
    rows = table if order == "file" else table.sample(frac=1, random_state=order)
    rows = rows.reset_index(drop=True)
    rows["unique_id"] = [f"R{row}" for row in range(len(rows))]
    rows[["unique_id", "cluster"]].to_csv(f"{out}/order-{order}_truth.csv", index=False)
    rows.drop(columns="cluster").to_csv(f"{out}/order-{order}.csv", index=False)
PY
show() { grep -E '^(best F1|as asked|pairs|clusters|B-cubed|true pairs)' | head -6; }
# Links or dedupes: the name of the set, by which its model by hand is called where one is used, and the words.
timed() {
  by_hand=$here/models/$1.toml
  shift
  if [ -n "$model" ]; then set -- "$@" --model "$by_hand"; fi
  "$rewash" "$@" 2>&1 | grep '^seconds'
}
for model in "" hand; do
  echo "== febrl4, ${model:-no model}"
  timed febrl4 link "$out/febrl4a.csv" "$out/febrl4b.csv" -o "$out/febrl4$model.csv"
  "$rewash" evaluate "$out/febrl4$model.csv" --truth "$out/febrl4_truth.csv" | show
  for name in fake_1000 historical_50k; do
    echo "== $name, ${model:-no model}"
    timed $name dedupe "$out/$name.csv" --threshold 0.00001 -o "$out/$name-pairs$model.csv"
    "$rewash" evaluate "$out/$name-pairs$model.csv" --truth "$out/${name}_truth.csv" | show
    timed $name dedupe "$out/$name.csv" --clusters -o "$out/$name-clusters$model.csv"
    "$rewash" evaluate "$out/$name-clusters$model.csv" --truth "$out/${name}_truth.csv"
  done
done
for order in file 10 11 12; do
  echo "== historical_50k, no model, rows in order $order"
  "$rewash" dedupe "$out/order-$order.csv" --clusters -o "$out/order-$order-clusters.csv" 2>&1 | grep '^seconds'
  "$rewash" evaluate "$out/order-$order-clusters.csv" --truth "$out/order-${order}_truth.csv" | grep 'F1 of these'
done
