"""What a core does in the scan tasks of the job for Spark, beside one process with the same rows.

Usage: spark.py PROGRAM FOLDER MADE. MADE holds register.parquet and extract.parquet. Spark has one core (local[1]) and cuts
the register by size, as it does where nothing is said. Two rates: of the program in the tasks, by the time that it had of
a core; and of whole tasks, by their run time, in which Spark reads Parquet and passes rows to Python and to the program.
"""

import glob
import json
import os
import resource
import shutil
import subprocess
import sys
import time

import pyarrow.parquet as parquet
import pyspark

PROGRAM, FOLDER, MADE = (os.path.realpath(name) for name in sys.argv[1:4])
ON = "2016-04-30"
# Most bytes of a partition; the job's own bound is 512m, Spark's 128m.
CUTS = os.environ.get("CUTS", "512m 128m 8m").split()

# Stands in for the program, and notes what each run of the scan took of a core.
WATCHED = """#!/bin/sh
"{program}" "$@"
status=$?
[ "$2" = scan ] && times >> "{log}"
exit $status
"""


def path(*names):
    return os.path.join(FOLDER, *names)


def seconds(text):
    minutes, _, rest = text.rstrip("s").partition("m")
    return 60 * float(minutes) + float(rest)


def used(words):
    """Seconds of a core, and seconds, that a run of the program takes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([PROGRAM, *words, "--quiet"], check=True)
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took


def submit(cut):
    """Runs the job with partitions of at most so many bytes; folder of events, and what each scan took of a core."""
    home = os.path.dirname(pyspark.__file__)
    log, events, watched = path(f"scans-{cut}"), path(f"events-{cut}"), path(f"rewash-{cut}")
    with open(watched, "w") as file:
        file.write(WATCHED.format(program=PROGRAM, log=log))
    os.chmod(watched, 0o700)
    os.mkdir(events)
    words = [
        os.path.join(home, "bin", "spark-submit"), "--master", "local[1]", "--driver-memory", "4g",
        "--conf", "spark.ui.enabled=false", "--conf", f"spark.sql.files.maxPartitionBytes={cut}",
        "--conf", "spark.eventLog.enabled=true", "--conf", "spark.eventLog.compress=false",
        "--conf", f"spark.eventLog.dir=file://{events}", path("job.py"), "--binary", watched, "--out", path(f"traced-{cut}"),
        "--extract", os.path.join(MADE, "extract.parquet"),
        "--register", f"hmrc={os.path.join(MADE, 'register.parquet')}", "--on", ON,
    ]
    environment = {**os.environ, "SPARK_HOME": home, "PYSPARK_PYTHON": sys.executable}
    with open(path(f"log-{cut}"), "wb") as out:
        subprocess.run(words, env=environment, stdout=out, stderr=out, cwd=FOLDER, check=True)
    with open(log) as file:
        # Of each run a line about the shell, and one about the program.
        return events, [sum(map(seconds, line.split())) for line in file.readlines()[1::2]]


def run_times(events):
    """Milliseconds of the tasks of the first stage that passes rows to Python: the scan."""
    scan, by_stage = None, {}
    for name in glob.glob(os.path.join(events, "**"), recursive=True):
        if not os.path.isfile(name):
            continue
        with open(name) as file:
            for event in map(json.loads, file):
                if event["Event"] == "SparkListenerTaskEnd":
                    took = (event.get("Task Metrics") or {}).get("Executor Run Time", 0)
                    by_stage.setdefault(event["Stage ID"], []).append(took)
                elif event["Event"] == "SparkListenerStageCompleted" and scan is None:
                    if "MapInArrow" in json.dumps(event["Stage Info"]["RDD Info"]):
                        scan = event["Stage Info"]["Stage ID"]
    return by_stage[scan]


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    register = os.path.join(MADE, "register.parquet")
    rows = parquet.ParquetFile(register).metadata.num_rows
    probe = path("probe")
    used(["stage", "probe", os.path.join(MADE, "extract.parquet"), "--data-set", "hmrc", "--on", ON, "-o", probe])
    scan = ["stage", "scan", register, "--probe", probe, "--threads", "1", "-o"]
    one, took = min(used([*scan, path(f"partial-{number}")]) for number in range(2))
    for number in range(2):
        os.remove(path(f"partial-{number}"))
    print(f"one process, {rows} rows: {took:.1f} s, {rows / one:.0f} rows a second of a core", flush=True)
    used(["spark", "--emit", path("job.py")])
    for cut in CUTS:
        events, scans = submit(cut)
        tasks = run_times(events)
        of_program, of_tasks = rows / sum(scans), rows / sum(tasks) * 1000
        print(
            f"{len(tasks)} partitions of at most {cut}: the program {of_program:.0f} rows a second of a core "
            f"({of_program * one / rows:.0%}), whole tasks {of_tasks:.0f} ({of_tasks * one / rows:.0%}), "
            f"run time {sum(tasks) / 1000:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
