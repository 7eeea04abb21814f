"""Holds traces on Spark beside a trace on one machine: the same bytes for any cut, with a task killed in the middle.

Usage: compare.py PROGRAM FOLDER
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time

import pyarrow.parquet as parquet
import pyspark

PROGRAM, FOLDER = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
ON = "2016-04-30"
CUTS = (1, 7, 64)

# What is persisted and what passes between executors, as it should be where others may look.
ENCRYPTED = [
    "--conf", "spark.authenticate=true", "--conf", f"spark.authenticate.secret={secrets.token_hex(16)}",
    "--conf", "spark.network.crypto.enabled=true", "--conf", "spark.io.encryption.enabled=true",
]

# Stands in for the program in tasks: the first to scan reads a part of its rows and kills the worker that feeds it.
KILLER = """#!/bin/sh
if [ "$2" = scan ] && mkdir "{mark}" 2> /dev/null; then
    head -c 50000 > /dev/null
    kill -9 $PPID
    exit 1
fi
exec "{program}" "$@"
"""


def path(*names):
    return os.path.join(FOLDER, *names)


def run(*words):
    subprocess.run([PROGRAM, *words, "--quiet"], check=True)


def submit(master, binary, register, out, more=()):
    """Runs the job; its status and the driver's log."""
    home = os.path.dirname(pyspark.__file__)
    environment = {**os.environ, "SPARK_HOME": home, "PYSPARK_PYTHON": sys.executable}
    words = [
        os.path.join(home, "bin", "spark-submit"), "--master", master, "--conf", "spark.ui.enabled=false",
        *ENCRYPTED, path("job.py"), "--binary", binary,
        "--extract", path("made", "extract.csv"), "--register", f"hmrc={register}", "--on", ON, "--out", out, *more,
    ]
    with open(out + ".log", "w+b") as log:
        status = subprocess.run(words, env=environment, stdout=log, stderr=log, cwd=FOLDER).returncode
        # What workers leave in the place of Spark: copies of the program.
        shutil.rmtree(os.path.join(home, "work"), ignore_errors=True)
        log.seek(0)
        return status, log.read().decode("utf-8", "replace")


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


def same_bytes(cut, want, register):
    mark, binary, out = path(f"killed-{cut}"), path(f"rewash-{cut}"), path(f"spark-{cut}")
    with open(binary, "w") as file:
        file.write(KILLER.format(mark=mark, program=PROGRAM))
    os.chmod(binary, 0o700)
    began = time.monotonic()
    status, log = submit("local-cluster[2,1,1024]", binary, register, out, ["--partitions", str(cut)])
    check(f"{cut} partitions: the job ends well in {time.monotonic() - began:.0f} s", status == 0, log)
    check(f"{cut} partitions: a task was killed and run again", os.path.isdir(mark) and "Lost task" in log, log)
    got = promised(out)
    differing = [name for name in want if want[name] != got.get(name)]
    check(f"{cut} partitions: {len(want)} files have the same bytes", want.keys() == got.keys() and not differing, str(differing))
    print("   ", next(line for line in log.splitlines() if "bytes through the driver" in line), flush=True)


def failure_is_told(register):
    """Why a task failed is in the driver's log, and nobody's data are."""
    rows = parquet.read_table(register)
    parquet.write_table(rows.drop_columns(["nino", "person_id"]), path("lacking.parquet"))
    out = path("lacking")
    status, log = submit("local[1]", PROGRAM, path("lacking.parquet"), out)
    check("a register that lacks a column fails the job", status != 0 and not os.path.exists(out), log)
    check("and the driver says why", "the register lacks nino or person_id" in log, log)
    values = {value for name in ("nino", "phone", "email", "address") for value in rows[name].to_pylist() if value}
    check(f"without any of {len(values)} values of the register", not any(value in log for value in values))


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    run("synth", "--register", "20000", "--extract", "1000", "--seed", "7", "--extract-format", "csv", "--out", path("made"))
    register = path("made", "register.parquet")
    run("trace", path("made", "extract.csv"), "--register", f"hmrc={register}", "--on", ON, "--out", path("want"))
    run("spark", "--emit", path("job.py"))
    want = promised(path("want"))
    for cut in CUTS:
        same_bytes(cut, want, register)
    failure_is_told(register)


if __name__ == "__main__":
    main()
