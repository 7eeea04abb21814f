"""`trace`, `link` and `dedupe` of rewash @VERSION@ on Spark: the same bytes as on one machine.

    spark-submit job.py --binary rewash --extract extract.xlsx --register hmrc=register.parquet --on 2016-04-30 --out traced
    spark-submit job.py --binary rewash --left left.parquet --right right.parquet --model model.json --id id --out links.csv
    spark-submit job.py --binary rewash --data people.parquet --model model.json --id id --clusters --out clusters.csv

A trace: the driver makes a probe of the extract (hashed keys, no names) and broadcasts it. Tasks pass the register by it, each with
the program as a child process that is fed Arrow batches; blocks are counted by Spark's own shuffle, and of the rows that
tasks kept only those go on that stand in a block within its limit. The driver resolves, and a second job brings the rows of
the people found. A task that fails is run again by Spark; what it had brought is forgotten.

Register rows that share a key with the extract are persisted on the executors' disks between two steps, and pass the
shuffle: set spark.io.encryption.enabled and spark.network.crypto.enabled where others may look. The extract is read by the
driver alone. What reaches the driver, rows of the people found above all, lies in plain in a folder of its owner alone under
its TMPDIR while the job runs.

Days of times are those of UTC. A file may name another zone for its times, which one machine then takes; Spark drops it. Where
a birth date is a time that is not at midnight in UTC, the register is refused: dates are best kept as dates.

Link and dedupe: tasks standardise rows and hash their keys; blocks and values are counted by Spark's own shuffle, and so are
rows dealt to buckets of blocks, which tasks score, each pair in one bucket. Pairs that hang together are found by large-star
and small-star; tasks settle whole components, and the driver writes what stands. The model is a fixed one. Rows need their
numbers: Parquet files have them, other tables need a column (--row-column).

Status: 0 done, whether anything matched or not, which the last line says; 2, 3, 4 and 5 what the program ends with on the
driver; 1 a failure of Spark or of a task.
"""

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark import AccumulatorParam, SparkFiles, StorageLevel
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

# Spellings of the columns of a register that each pass reads: letters and digits in lower case. What is not read is not to be
# brought from the disk through Spark and Python to the program.
COLUMNS = {
    "scan": {@SCANNED@},
    "gather": {@GATHERED@},
}
# Columns of the rows that are gathered.
GATHERED = (
    "record_id nino person_id full_name forename middle_names surname date_of_birth sex address postcode phone email "
    "tax_year record_kind last_activity_on"
).split()
# Most bytes of a file that a task reads.
CUT = "spark.sql.files.maxPartitionBytes"
LINES = (
    "kind int, key bigint, code bigint, count bigint, slots array<int>, texts array<string>, numbers array<bigint>"
)
LINES_SCHEMA = pa.schema(
    [
        ("kind", pa.int32()),
        ("key", pa.int64()),
        ("code", pa.int64()),
        ("count", pa.int64()),
        ("slots", pa.list_(pa.int32())),
        ("texts", pa.list_(pa.string())),
        ("numbers", pa.list_(pa.int64())),
    ]
)
SLOT, TOKEN, DAY, PERSON, SAMPLE, SURVIVOR, TABLE = 1, 2, 3, 4, 5, 7, 9
# Lines of which the lowest count, as numbers without a sign.
PEOPLE, ADDRESSES = @PEOPLE@, @ADDRESSES@


def words():
    parser = argparse.ArgumentParser(description="rewash trace, link or dedupe, on Spark")
    parser.add_argument("--out", required=True, help="folder (a trace) or file to make, on the driver")
    parser.add_argument("--reader", default="parquet", help="Spark's name of the format of registers and tables (parquet)")
    parser.add_argument("--model", help="model: of a trace, one to use instead of learning it; of link and dedupe, needed")
    parser.add_argument("--partitions", type=int, help="cut each register or table, and the blocks, into so many parts")
    parser.add_argument("--binary", help="the program; found on the path by default")
    of_trace = parser.add_argument_group("a trace")
    of_trace.add_argument("--extract", help="the extract, on the driver")
    of_trace.add_argument(
        "--register", action="append", help="NAME=PATH, or NAME=table:TABLE; can be repeated"
    )
    of_trace.add_argument("--on", help="date of the run; today in London by default")
    of_trace.add_argument("--agreement", help="what the parties agreed (TOML)")
    of_trace.add_argument("--outcomes", default="parquet", help="form of the outcomes file: parquet or csv")
    of_tables = parser.add_argument_group("link and dedupe")
    of_tables.add_argument("--left", help="the left table: PATH, or table:TABLE")
    of_tables.add_argument("--right", help="the right table")
    of_tables.add_argument("--data", help="the table that is compared with itself")
    of_tables.add_argument("--id", action="append", help="column of the id; given twice, of the left and of the right table")
    of_tables.add_argument("--row-column", help="column with the number of the row in its table, from 0")
    for word in ("--block-pairs", "--threshold", "--resolve", "--ties", "--cuts"):
        of_tables.add_argument(word, help="as of `rewash link` and `rewash dedupe`")
    for word in ("--explain", "--all", "--clusters", "--no-cut"):
        of_tables.add_argument(word, action="store_true", help="as of `rewash link` and `rewash dedupe`")
    options = parser.parse_args()
    kinds = [options.extract and options.register, options.left and options.right, options.data]
    if sum(bool(kind) for kind in kinds) != 1:
        parser.error("give --extract and --register, or --left and --right, or --data")
    if not options.extract and not options.model:
        parser.error("link and dedupe need a model with parameters (--model): rewash train makes one")
    for register in options.register or []:
        if not re.fullmatch(r"[A-Za-z0-9_-]+=.+", register):
            parser.error(f"--register {register}: write NAME=PATH or NAME=table:TABLE, where NAME is of the data set")
    return options


def said(*lines):
    print("rewash:", *lines, file=sys.stderr, flush=True)


def refuse(status, *lines):
    said("error:", *lines)
    sys.exit(status)


def drive(binary, *arguments):
    """Runs a stage on the driver; whether it found anything: a run that found nothing (1) is one that is done."""
    status = subprocess.run([binary, *arguments]).returncode
    if status not in (0, 1):
        sys.exit(status)
    return status == 0


def of_none(binary, rows, *arguments):
    """Lines that a stage writes on the driver of no rows, with the columns of a table.

    A table may have no rows, of which no task is told, and has an end all the same. What is wrong with its columns is told
    before the tasks begin.
    """
    stream = io.BytesIO()
    pa.ipc.new_stream(stream, rows.limit(0).toArrow().schema).close()
    done = subprocess.run([binary, *arguments, "--quiet"], input=stream.getvalue(), stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return pa.ipc.open_stream(done.stdout).read_all().cast(LINES_SCHEMA).to_batches()


class Told(AccumulatorParam):
    """Lines that tasks said, each with the number of tasks that did."""

    def zero(self, _):
        return {}

    def addInPlace(self, known, more):
        for line, tasks in more.items():
            known[line] = known.get(line, 0) + tasks
        return known


def repeat(told):
    """Says what tasks said since it was last asked."""
    for line, tasks in sorted(told.value.items()):
        said(line, *([f"({tasks} tasks)"] if tasks > 1 else []))
    told.value = {}


def child(name, arguments, held, told, batches):
    """Runs a stage in a task on the batches of a partition, and gives the batches that it writes; what it says is told.

    What comes is fed as the stage takes it, and what it writes is given as it is asked for: neither is held. What is held, by
    the option that names it, is given as files in memory: nothing of it is written to the disk of an executor.
    """
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        return
    process = started(name, arguments, held)
    heard, failed = [], []
    listener = threading.Thread(target=lambda: heard.append(process.stderr.read()), daemon=True)
    feeder = threading.Thread(target=feed, args=(process, first, batches, failed), daemon=True)
    listener.start()
    feeder.start()
    try:
        is_whole = yield from taken(process.stdout)
        status = process.wait()
        if status == 0:
            feeder.join()
        if failed:
            raise failed[0]
    except BaseException:
        # The rows of the task are not all there: the stage must not take them for all.
        process.kill()
        process.wait()
        raise
    finally:
        process.stdout.close()
    listener.join()
    text = b"".join(heard).decode("utf-8", "replace").strip()
    if status != 0 or not is_whole:
        raise RuntimeError(f"rewash {' '.join(arguments)} ended with status {status}: {text}")
    told.add({line: 1 for line in text.splitlines()})


def started(name, arguments, held):
    """The process of a stage, with what is held."""
    binary = SparkFiles.get(name)
    os.chmod(binary, 0o700)
    memories, given = [], []
    try:
        for option, content in held.items():
            memories.append(os.memfd_create("rewash"))
            with open(memories[-1], "wb", closefd=False) as file:
                file.write(content.value)
            given += [option, f"/proc/self/fd/{memories[-1]}"]
        return subprocess.Popen(
            [binary, *arguments, *given, "--threads", "1", "--quiet"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=memories,
        )
    finally:
        for memory in memories:
            os.close(memory)


def feed(process, first, rest, failed):
    """Feeds a stage. Where the rows break off, the stream has no end, and the stage ends."""
    try:
        with process.stdin as pipe:
            stream = pa.ipc.new_stream(pipe, first.schema)
            stream.write_batch(first)
            for batch in rest:
                stream.write_batch(batch)
            stream.close()
    except BrokenPipeError:
        # The stage has ended before its time; its status and what it said tell why.
        pass
    except BaseException as failure:
        failed.append(failure)
        process.kill()


def taken(pipe):
    """The batches of a stream as they come; then whether it was whole."""
    try:
        with pa.ipc.open_stream(pipe) as stream:
            yield from stream
        return True
    except (pa.ArrowInvalid, OSError, ValueError):
        return False


def passed(name, arguments, held, told):
    """A pass over a partition: what the stage writes."""
    return lambda batches: child(name, arguments, held, told, batches)


def shared(spark, files):
    """Files of the driver for all tasks, by the option that names them."""
    out = {}
    for option, path in files.items():
        with open(path, "rb") as file:
            out[option] = spark.sparkContext.broadcast(file.read())
    return out


def lines(kinds, keys, codes=None, counts=None):
    """Lines as a batch; what is not given is 0 or empty."""
    rows = len(kinds)
    zeros, nothing = np.zeros(rows, dtype=np.int64), [[]] * rows
    columns = [kinds, zeros, zeros, zeros, nothing, nothing, nothing]
    for place, given in ((1, keys), (2, codes), (3, counts)):
        columns[place] = columns[place] if given is None else given
    flat = (column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in columns)
    arrays = [pa.array(column, type=field.type) for column, field in zip(flat, LINES_SCHEMA)]
    return pa.RecordBatch.from_arrays(arrays, schema=LINES_SCHEMA)


def sifted(stands):
    """Of the rows that share a block, those that stand in one within its limit; counts have been summed."""

    def each(batches):
        keep = np.frombuffer(stands.value, dtype=bool)
        for batch in batches:
            kinds, slots = batch.column("kind").to_numpy(), batch.column("slots")
            ends = slots.offsets.to_numpy()
            before = np.concatenate(([0], np.cumsum(keep[slots.values.to_numpy()], dtype=np.int64)))
            hits = before[ends[1:]] - before[ends[:-1]]
            wanted = ((kinds != SURVIVOR) | (hits > 0)) & ~np.isin(kinds, [SLOT, TOKEN, DAY, PERSON, SAMPLE])
            yield batch.filter(pa.array(wanted))

    return each


def most_rows(probe):
    """Most register rows of each block, as the probe has them: numbers of 32 bits, two a number."""
    tables = pa.ipc.open_stream(probe).read_all()
    table = tables.filter(pc.and_(pc.equal(tables["kind"], TABLE), pc.equal(tables["key"], 3)))
    words = table["numbers"].combine_chunks().flatten().to_numpy()
    return words.view(np.uint32)[: table["count"][0].as_py()]


def reduced(parts, probe, spark):
    """All partial results as one: what is counted is summed by Spark, of what was drawn the lowest stay."""
    summed = F.sum("count").alias("count")
    blocks = parts.where(F.col("kind") == SLOT).groupBy("key").agg(summed).toArrow()
    counted = parts.where(F.col("kind").isin(TOKEN, DAY)).groupBy("kind", "key", "code").agg(summed).toArrow()
    unsigned = F.expr("key ^ -9223372036854775808")
    words = [F.expr(f"numbers[{place}] ^ -9223372036854775808") for place in range(4)]
    people = parts.where(F.col("kind") == PERSON).dropDuplicates(["key"]).orderBy(unsigned).limit(PEOPLE)
    drawn = parts.where(F.col("kind") == SAMPLE).dropDuplicates(["key", "numbers"]).orderBy(unsigned, *words)
    most = most_rows(probe)
    counts = np.zeros(len(most), dtype=np.int64)
    counts[blocks["key"].to_numpy()] = blocks["count"].to_numpy()
    stands = spark.sparkContext.broadcast((counts <= most).tobytes())
    rest = parts.mapInArrow(sifted(stands), LINES).toArrow()
    tables = [rest, people.toArrow(), drawn.limit(ADDRESSES).toArrow()]
    return [
        *(batch for table in tables for batch in table.cast(LINES_SCHEMA).to_batches()),
        lines(np.full(len(blocks), SLOT, dtype=np.int32), blocks["key"], counts=blocks["count"]),
        lines(counted["kind"], counted["key"], counted["code"], counted["count"]),
    ]


def write(path, schema, batches):
    with open(path, "wb") as file, pa.ipc.new_stream(file, schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
    return os.path.getsize(path)


def collected(rows):
    """Lines on the driver."""
    return rows.toArrow().cast(LINES_SCHEMA).to_batches()


def named(column):
    """A column by its name, whatever characters are in it."""
    return F.col("`" + column.replace("`", "``") + "`")


def loaded(spark, options, path):
    """A table of Spark's, or files in the format that was named."""
    if path.startswith("table:"):
        return spark.table(path.removeprefix("table:"))
    return spark.read.format(options.reader).load(path)


def opened(spark, options, register, stage):
    """The columns of a register that a pass of the program reads, as Spark has them."""
    rows = loaded(spark, options, register.partition("=")[2])
    bare = {column: re.sub(r"[\W_]", "", column).lower() for column in rows.columns}
    rows = rows.select(*(named(column) for column in rows.columns if bare[column] in COLUMNS[stage]))
    return rows.repartition(options.partitions) if options.partitions else rows


def off_midnight(rows):
    """Columns of times of which one is not at midnight in UTC: its day may have been one of another zone."""
    times = [column for column, kind in rows.dtypes if kind == "timestamp"]
    if not times:
        return []
    off = rows.agg(*(F.max(F.date_trunc("day", named(column)) != named(column)) for column in times)).first()
    return [column for column, is_off in zip(times, off) if is_off]


def main():
    options = words()
    # Files of this process are its owner's alone: rows of registers are among them.
    os.umask(0o077)
    binary = os.path.abspath(options.binary or shutil.which("rewash") or "rewash")
    spark = SparkSession.builder.appName("rewash").getOrCreate()
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "32768")
    # Days of times are those of UTC, as one machine takes them, wherever the driver is.
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.sparkContext.addFile(binary)
    name, told = os.path.basename(binary), spark.sparkContext.accumulator({}, Told())
    with tempfile.TemporaryDirectory(prefix="rewash-") as folder:
        found = (trace if options.extract else tables)(spark, options, binary, name, told, folder)
    spark.stop()
    said("done" if found else "done, and nothing matched")


def trace(spark, options, binary, name, told, folder):
    # A part of few rows keeps more of them than one of many: its blocks are less full. Spark cuts finer where cores would idle.
    if not spark.sparkContext.getConf().contains(CUT):
        spark.conf.set(CUT, "512m")
    names = [register.partition("=")[0] for register in options.register]
    probe, partial, asked = (os.path.join(folder, file) for file in ("probe", "partial", "asked"))
    sets = [word for of in names for word in ("--data-set", of)]
    given = [word for key in ("agreement", "model") if getattr(options, key) for word in (f"--{key}", getattr(options, key))]
    drive(binary, "stage", "probe", options.extract, *sets, *(["--on", options.on] if options.on else []), "-o", probe)

    def all_passed(stage, option, file, schema, registers):
        held = shared(spark, {option: file})
        arguments = [["stage", stage, "--data-set", of] for of in names]
        return [
            rows.mapInArrow(passed(name, words, held, told), schema) for rows, words in zip(registers, arguments)
        ]

    registers = [opened(spark, options, register, "scan") for register in options.register]
    for rows, register in zip(registers, options.register):
        if off := off_midnight(rows):
            refuse(3, f"{register}: times of {', '.join(off)} are not at midnight in UTC: make dates of them")
    nothing = [
        of_none(binary, rows, "stage", "scan", "--data-set", of, "--probe", probe) for rows, of in zip(registers, names)
    ]
    parts = reduce(lambda one, other: one.unionAll(other), all_passed("scan", "--probe", probe, LINES, registers))
    parts = parts.persist(StorageLevel.DISK_ONLY)
    with open(probe, "rb") as file:
        batches = reduced(parts, file.read(), spark)
    repeat(told)
    batches += [batch for of_register in nothing for batch in of_register]
    through = write(partial, LINES_SCHEMA, batches)
    parts.unpersist()
    drive(binary, "stage", "resolve", options.extract, partial, "--probe", probe, *given, "-o", asked)
    schema = ", ".join(f"{column} string" for column in GATHERED)
    found = []
    registers = [opened(spark, options, register, "gather") for register in options.register]
    for place, rows in enumerate(all_passed("gather", "--asked", asked, schema, registers)):
        file = os.path.join(folder, f"rows-{place}")
        table = rows.toArrow().cast(pa.schema([(column, pa.string()) for column in GATHERED]))
        through += write(file, table.schema, table.to_batches())
        found.append(f"{names[place]}={file}")
    repeat(told)
    said(f"bytes through the driver: probe {os.path.getsize(probe)}, collected {through}")
    gathered = [word for of in found for word in ("--register", of)]
    return drive(
        binary, "stage", "finish", options.extract, "--probe", probe, "--partials", partial, "--asked", asked,
        *gathered, *given, "--format", options.outcomes, "--out", options.out,
    )


@TABLES@

if __name__ == "__main__":
    main()
