"""Holds the part of the job that runs the program in a task to its word, without Spark.

Usage: child.py JOB FOLDER. What comes is fed as it is taken and what is written is given as it is asked for; rows that
break off, and a stage that fails, are told; a task that is given up ends its process.
"""

import importlib.util
import os
import sys
import threading
import time

import pyarrow as pa
from pyspark import SparkFiles

BATCHES, ROWS = 40, 20000


def check(what, holds):
    if not holds:
        sys.exit(f"FAILED: {what}")
    print("ok:", what, flush=True)


class Heard:
    """In the place of Spark's accumulator."""

    def __init__(self):
        self.lines = {}

    def add(self, lines):
        self.lines.update(lines)


def job_of(path):
    spec = importlib.util.spec_from_file_location("job", path)
    job = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(job)
    return job


def program(folder, name, text):
    """A program of the shell, where tasks find theirs."""
    with open(os.path.join(folder, name), "w") as file:
        file.write("#!/bin/sh\n" + text)
    return name


def batches(taken, fail_at=None):
    for number in range(BATCHES):
        if number == fail_at:
            raise OSError("the rows broke off")
        taken.append(number)
        yield pa.record_batch({"number": pa.array([number] * ROWS, pa.int64())})


def raised(job, name, taken, fail_at=None):
    try:
        made = list(job.child(name, [], {}, Heard(), batches(taken, fail_at)))
    except Exception as error:
        return error
    return made


def threads_end():
    until = time.monotonic() + 10
    while threading.active_count() > 1 and time.monotonic() < until:
        time.sleep(0.01)
    return threading.active_count() == 1


def main():
    job, folder = job_of(sys.argv[1]), sys.argv[2]
    # As a worker of Spark says where the files of a job are.
    SparkFiles._root_directory, SparkFiles._is_running_on_worker = folder, True
    echo = program(folder, "echo", "echo a warning >&2\nexec cat\n")
    told, taken = Heard(), []
    made = job.child(echo, [], {}, told, batches(taken))
    first = next(made)
    time.sleep(1)
    check(f"{len(taken)} of {BATCHES} batches are taken before the second is asked for", len(taken) < 15)
    rows = first.num_rows + sum(batch.num_rows for batch in made)
    check("all rows come back", rows == BATCHES * ROWS and len(taken) == BATCHES)
    check("what the stage said is told", told.lines == {"a warning": 1})
    check("and no thread is left", threads_end())

    made = job.child(program(folder, "endless", f"echo $$ > {folder}/id\nexec cat\n"), [], {}, Heard(), batches([]))
    next(made)
    with open(os.path.join(folder, "id")) as file:
        process = int(file.read())
    made.close()
    check("a task that is given up leaves no thread", threads_end())
    check("and no process", not os.path.exists(f"/proc/{process}"))

    error = raised(job, echo, [], 20)
    check("rows that break off fail the task", isinstance(error, OSError) and "broke off" in str(error))
    error = raised(job, program(folder, "failing", "head -c 100000 > /dev/null\necho why >&2\nexit 3\n"), [])
    check("a stage that fails is told with what it said", "ended with status 3: why" in str(error))
    error = raised(job, program(folder, "cut", "head -c 100000\nexec cat > /dev/null\n"), [])
    check("a stage whose stream breaks off fails the task", isinstance(error, RuntimeError))
    check("no thread is left in the end", threads_end())


if __name__ == "__main__":
    main()
