#!/bin/sh
# The trace at the size of a nation: registers of 10^6, 10^7 and 10^8 rows, an extract of 200 000 people (a fifth of that
# at 10^6). Prints for each size the seconds, register rows a second and share of each stage, and the peak memory.
# Usage: sh benches/national.sh [OUT] [ROWS…], with MEMORY=6GiB by default; 10^8 rows take 5 GB of disk. With INDEX=1 also a
# stored index of each register, and two traces by it, of which the outcomes must be the same bytes: 18 GB of disk more.
set -eu
out="${1:-out}/national"
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- 1000000 10000000 100000000
mkdir -p "$out"
cargo build --release --quiet
rewash="${CARGO_TARGET_DIR:-target}/release/rewash"
for rows in "$@"; do
  # A person of the made registers has 1.52 rows.
  people=$((rows * 100 / 152))
  extract=$((people / 20 < 200000 ? people / 20 : 200000))
  made="$out/made-$rows"
  [ -d "$made" ] || "$rewash" synth --register "$people" --extract "$extract" --seed 1 --no-benefits --extract-format parquet --out "$made" --quiet
  rm -rf "$out/traced-$rows"
  # Cold, as far as may be had without rights: what was just written or read is let go of.
  dd if="$made/register.parquet" iflag=nocache count=0 2>/dev/null || true
  "$rewash" trace "$made/extract.parquet" --register "hmrc=$made/register.parquet" --on 2016-04-30 \
    --memory "${MEMORY:-6GiB}" --out "$out/traced-$rows" --quiet
  awk -v extract="$extract" '
    function number() { gsub(/[^0-9.]/, ""); return $0 + 0 }
    /"register_rows":/ { register = number() }
    /"pairs_compared":/ { pairs = number() }
    /"threads":/ { threads = number() }
    /"seconds_in_all":/ { all = number(); listed = 0 }
    /"peak_memory_bytes":/ { peak = number() }
    /"seconds": \[/ { listed = 1 }
    listed && /^ +"[a-z ]+",$/ { gsub(/[^a-z]/, ""); stage[++stages] = $0 }
    listed && /^ +[0-9.e-]+$/ { seconds[stages] = $1 }
    END {
      printf "%d register rows, %d extract rows, %d threads: %.1f s, peak %.0f MiB, %.1f pairs compared a row of the extract\n",
        register, extract, threads, all, peak / 1048576, pairs / extract
      for (i = 1; i <= stages; i++)
        printf "  %-12s %8.2f s  %5.1f %%  %12.0f register rows/s\n", stage[i], seconds[i], 100 * seconds[i] / all, (seconds[i] > 0 ? register / seconds[i] : 0)
    }' "$out/traced-$rows/manifest.json" "$out/traced-$rows/run.json"
  [ -n "${INDEX-}" ] || continue
  rm -rf "$out/index-$rows"
  "$rewash" index build "hmrc=$made/register.parquet" --out "$out/index-$rows" --memory "${MEMORY:-6GiB}" 2>&1 | grep -E 'on disk|seconds'
  for run in 1 2; do
    rm -rf "$out/asked-$rows"
    "$rewash" trace "$made/extract.parquet" --index "$out/index-$rows" --on 2016-04-30 --out "$out/asked-$rows" 2>&1 | grep seconds
    cmp "$out/traced-$rows/outcomes.parquet" "$out/asked-$rows/outcomes.parquet"
  done
done
