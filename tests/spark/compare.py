"""Holds traces, link and dedupe on Spark beside one machine: the same bytes for any cut, with tasks killed in the middle.

A trace is one under an agreement whose time is over today and which demands files of their owner alone, of a register whose birth
dates are times of UTC, which Spark is told to show in New York, and of a second register without rows. Ids of tables are in
a column that is called `first`.

Usage: compare.py PROGRAM FOLDER [trace] [link] [dedupe]
"""

import datetime
import glob
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import zoneinfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet
import pyspark

PROGRAM, FOLDER = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
ON = "2016-04-30"
CUTS = (1, 7, 64)
# Link and dedupe take minutes for each cut; CI tries one.
CUTS_OF_TABLES = CUTS if os.environ.get("REWASH_SPARK") == "all" else (7,)

# What is persisted and what passes between executors, as it should be where others may look.
ENCRYPTED = [
    "--conf", "spark.authenticate=true", "--conf", f"spark.authenticate.secret={secrets.token_hex(16)}",
    "--conf", "spark.network.crypto.enabled=true", "--conf", "spark.io.encryption.enabled=true",
]

# Stands in for the program in tasks, which give it these last words: the first to run a step reads a part of its rows and kills
# the worker that feeds it; the others warn.
KILLER = """#!/bin/sh
case "$*" in
*" --threads 1 --quiet")
    for step in {steps}; do
        [ "$2" = "$step" ] || [ "$3" = "$step" ] || continue
        if mkdir "{mark}-$step" 2> /dev/null; then
            head -c 50000 > /dev/null
            kill -9 $PPID
            exit 1
        fi
        echo "warning: heard of $step" >&2
    done ;;
esac
exec "{program}" "$@"
"""

# The same, where a task gets a part of its rows and no more.
CUTTER = """#!/bin/sh
case "$*" in
*" --threads 1 --quiet") head -c 50000 | "{program}" "$@" ;;
*) exec "{program}" "$@" ;;
esac
"""


def path(*names):
    return os.path.join(FOLDER, *names)


def run(*words):
    subprocess.run([PROGRAM, *words, "--quiet"], check=True)


def submit(master, binary, out, words):
    """Runs the job; its status and the driver's log. What it passed is recorded beside it."""
    home = os.path.dirname(pyspark.__file__)
    environment = {**os.environ, "SPARK_HOME": home, "PYSPARK_PYTHON": sys.executable}
    events = out + ".events"
    os.mkdir(events)
    words = [
        os.path.join(home, "bin", "spark-submit"), "--master", master, "--conf", "spark.ui.enabled=false",
        "--conf", "spark.sql.session.timeZone=America/New_York",
        "--conf", "spark.eventLog.enabled=true", "--conf", "spark.eventLog.compress=false", "--conf", f"spark.eventLog.dir=file://{events}",
        *ENCRYPTED, path("job.py"), "--binary", binary, "--out", out, *words,
    ]
    with open(out + ".log", "w+b") as log:
        status = subprocess.run(words, env=environment, stdout=log, stderr=log, cwd=FOLDER).returncode
        # What workers leave in the place of Spark: copies of the program.
        shutil.rmtree(os.path.join(home, "work"), ignore_errors=True)
        log.seek(0)
        return status, log.read().decode("utf-8", "replace")


def shuffled(out):
    """Bytes that tasks wrote for others, as Spark counted them."""
    total = 0
    for name in glob.glob(os.path.join(out + ".events", "**"), recursive=True):
        if not os.path.isfile(name):
            continue
        with open(name) as events:
            for event in map(json.loads, events):
                metrics = event.get("Task Metrics") or {}
                total += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    return total


def promised(folder):
    """Bytes by name: all but the record of the run, and the manifest without the names of the register's files."""
    out = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            out[name] = file.read()
    del out["run.json"]
    manifest = json.loads(out["manifest.json"])
    for register in manifest["inputs"][1:]:
        register.update(name=None, format=None, sha256=None)
    out["manifest.json"] = json.dumps(manifest).encode()
    return out


def check(what, holds, log=""):
    if not holds:
        told = [line for line in log.splitlines() if " INFO " not in line]
        sys.exit("\n".join([f"FAILED: {what}", *told[-60:]]))
    print("ok:", what, flush=True)


def of_trace(register):
    registers = ["--register", f"hmrc={register}", "--register", f"bank={path('empty.parquet')}"]
    return [*registers, "--agreement", path("agreement.toml"), "--on", ON]


def standing_in(name, text):
    binary = path(name)
    with open(binary, "w") as file:
        file.write(text)
    os.chmod(binary, 0o700)
    return binary


def killed(what, cut, steps, words, out):
    """Runs a job of so many partitions, of which one task is killed in each of these steps; its log."""
    mark = path(f"killed-{what}-{cut}")
    text = KILLER.format(mark=mark, program=PROGRAM, steps=" ".join(steps))
    binary = standing_in(f"rewash-{what}-{cut}", text)
    began = time.monotonic()
    status, log = submit("local-cluster[2,1,1024]", binary, out, [*words, "--partitions", str(cut)])
    check(f"{what}, {cut} partitions: the job ends well in {time.monotonic() - began:.0f} s", status == 0, log)
    lost = all(os.path.isdir(f"{mark}-{step}") for step in steps) and log.count("Lost task") >= len(steps)
    check(f"{what}, {cut} partitions: a task was killed and run again in {', '.join(steps)}", lost, log)
    told = all(f"rewash: warning: heard of {step}" in log for step in steps)
    check(f"{what}, {cut} partitions: what tasks warn of is told", told, log)
    through = next(line for line in log.splitlines() if "bytes through the driver" in line)
    print("   ", through + ", shuffled", shuffled(out), flush=True)
    return log


def trace_is_the_same(register):
    extract = path("made", "extract.xlsx")
    run("trace", extract, *of_trace(register), "--out", path("want"))
    want = promised(path("want"))
    for cut in CUTS:
        out = path(f"spark-{cut}")
        log = killed("trace", cut, ("scan", "gather"), ["--extract", extract, *of_trace(register)], out)
        check(f"trace, {cut} partitions: its files are its owner's alone", "may read the file" not in log, log)
        got = promised(out)
        differing = [name for name in want if want[name] != got.get(name)]
        same = want.keys() == got.keys() and not differing
        check(f"trace, {cut} partitions: {len(want)} files have the same bytes", same, str(differing))
    failure_is_told(register, extract)


def read(*names):
    with open(path(*names), "rb") as file:
        return file.read()


def tables_are_the_same(what, steps, tables, words, cuts):
    """Link or dedupe, with a model that was trained on one machine; `cuts` says that cut links are written too."""
    given = [path(table) for table in tables]
    model, want = path(f"{what}.json"), f"{what}-want.csv"
    run("train", *given, "--id", "first", "-o", model)
    words = ["--model", model, "--id", "first", *words]
    run(what, *given, *words, "-o", path(want), *(["--cuts", path("cuts-" + want)] if cuts else []))
    named = ["--left", given[0], "--right", given[1]] if len(given) == 2 else ["--data", given[0]]
    for cut in CUTS_OF_TABLES:
        out = f"{what}-{cut}.csv"
        killed(what, cut, steps, [*named, *words, *(["--cuts", path("cuts-" + out)] if cuts else [])], path(out))
        names = [(want, out), *([("cuts-" + want, "cuts-" + out)] if cuts else [])]
        same = all(read(a) == read(b) for a, b in names)
        check(f"{what}, {cut} partitions: {len(read(out).splitlines())} lines have the same bytes", same)


def failure_is_told(register, extract):
    """Why a job failed is in the driver's log, and nobody's data are."""
    rows = parquet.read_table(register)
    parquet.write_table(rows.drop_columns(["nino", "person_id"]), path("lacking.parquet"))
    # Midnight in London is another day in UTC while it is summer.
    parquet.write_table(with_times(rows, zoneinfo.ZoneInfo("Europe/London")), path("zoned.parquet"))
    cutter = standing_in("rewash-cutter", CUTTER.format(program=PROGRAM))
    values = {value for name in ("nino", "phone", "email", "address") for value in rows[name].to_pylist() if value}
    for what, given, binary, why in (
        ("a register that lacks a column", path("lacking.parquet"), PROGRAM, "the register lacks nino or person_id"),
        ("a register of times of another zone", path("zoned.parquet"), PROGRAM, "not at midnight in UTC"),
        ("a task whose rows break off", register, cutter, "rewash stage scan --data-set hmrc ended with status 3"),
    ):
        out = path("failed-" + os.path.basename(given if binary == PROGRAM else binary))
        status, log = submit("local[1]", binary, out, ["--extract", extract, *of_trace(given)])
        check(f"{what} fails the job", status != 0 and not os.path.exists(out), log)
        check("and the driver says why", why in log, log)
        check(f"without any of {len(values)} values of the register", not any(value in log for value in values))


def with_times(rows, zone):
    """A register whose birth dates are times of a zone: midnights."""
    days = [day and str(day)[:10] for day in rows["date_of_birth"].to_pylist()]
    times = [day and datetime.datetime.fromisoformat(day).replace(tzinfo=zone) for day in days]
    place = rows.schema.get_field_index("date_of_birth")
    return rows.set_column(place, "date_of_birth", pa.array(times, pa.timestamp("us", str(zone))))


def agreed():
    """The agreement of the examples, stricter and with a second data set."""
    here = os.path.dirname(os.path.realpath(__file__))
    with open(os.path.join(here, "..", "..", "data", "example", "agreement.toml")) as file:
        text = file.read().replace("refuse_readable_inputs = false", "refuse_readable_inputs = true")
    return text + "\n[[data_sets]]\nname = 'bank'\nown = false\ndisclosure_basis = 'made'\n"


def main():
    wanted = sys.argv[3:] or ["trace", "link", "dedupe"]
    os.umask(0o077)
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    run("synth", "--register", "20000", "--extract", "1000", "--seed", "7", "--out", path("made"))
    run("spark", "--emit", path("job.py"))
    child = os.path.join(os.path.dirname(os.path.realpath(__file__)), "child.py")
    os.mkdir(path("child"))
    subprocess.run([sys.executable, child, path("job.py"), path("child")], check=True, timeout=120)
    rows = parquet.read_table(path("made", "register.parquet"))
    register = path("register.parquet")
    parquet.write_table(with_times(rows, zoneinfo.ZoneInfo("UTC")), register)
    parquet.write_table(rows.slice(0, 0), path("empty.parquet"))
    with open(path("agreement.toml"), "w") as file:
        file.write(agreed())
    rows = rows.rename_columns(["first" if name == "record_id" else name for name in rows.column_names])
    places = pa.array(range(rows.num_rows))
    for side, name in enumerate(("left.parquet", "right.parquet")):
        parquet.write_table(rows.filter(pc.equal(pc.bit_wise_and(places, 1), side)).slice(0, 4000), path(name))
    if "trace" in wanted:
        trace_is_the_same(register)
    # Blocks of more pairs are cut, on one machine and on many.
    large = ["--block-pairs", "3000"]
    if "link" in wanted:
        tables_are_the_same("link", ("profile", "keys", "pairs"), ["left.parquet", "right.parquet"], [*large, "--explain"], False)
    if "dedupe" in wanted:
        clusters = [*large, "--clusters", "--threshold", "0.05,0.9"]
        tables_are_the_same("dedupe", ("keys", "settle"), ["left.parquet"], clusters, True)


if __name__ == "__main__":
    main()
