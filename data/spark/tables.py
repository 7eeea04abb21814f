# Link and dedupe. Kinds of lines: see the forms in `src/engine/linkage/apart`.
END, ROW, BLOCK, PAIR = 0, 20, 21, 24
# Names of columns that no table has of its own.
NUMBER, AT, FILE, FIRST = "__rewash_row", "__rewash_at", "__rewash_file", "__rewash_first"


def numbered(spark, options, path, columns):
    """The columns of a table that the program reads, with the number of each row: that of one machine's file."""
    rows = loaded(spark, options, path)
    kept = [named(column) for column in columns]
    if options.row_column:
        return rows.select(*kept, named(options.row_column).cast("bigint").alias(NUMBER))
    if options.reader != "parquet" or path.startswith("table:"):
        refuse(2, "only Parquet files number their rows: name the column that does (--row-column)")
    about = rows.metadataColumn("_metadata")
    rows = rows.select(*kept, about["row_index"].alias(AT), about["file_path"].alias(FILE))
    sizes = sorted((row[FILE], row["count"]) for row in rows.groupBy(FILE).count().collect())
    firsts, first = [], 0
    for file, size in sizes:
        firsts.append((file, first))
        first += size
    firsts = spark.createDataFrame(firsts, f"{FILE} string, {FIRST} bigint")
    rows = rows.join(F.broadcast(firsts), FILE).withColumn(NUMBER, F.col(AT) + F.col(FIRST))
    return rows.drop(AT, FIRST, FILE)


def check_numbers(rows):
    """Refuses rows whose numbers are not their own, from 0 on: some would be lost."""
    numbers = [F.count("*").alias("rows"), F.countDistinct("key").alias("numbers"), F.max("key").alias("highest")]
    for of in rows.groupBy("code").agg(*numbers).collect():
        if of["numbers"] < of["rows"] or of["highest"] >= of["rows"]:
            told = f"{of['rows']} rows have {of['numbers']} numbers, the highest {of['highest']}"
            refuse(3, f"--row-column, {('left', 'right')[of['code']]} table: {told}: number each row once, from 0")


def stars(edges):
    """One round of large-star and small-star: every node is drawn to the lowest of those near it."""
    both = edges.unionAll(edges.select(F.col("v").alias("u"), F.col("u").alias("v")))
    lowest = both.groupBy("u").agg(F.min("v").alias("low")).select("u", F.least("u", "low").alias("low"))
    large = both.join(lowest, "u").where("v > u").select(F.col("v").alias("u"), F.col("low").alias("v"))
    large = large.where("u <> v").distinct()
    lowest = large.groupBy("u").agg(F.min("v").alias("low"))
    drawn = large.join(lowest, "u")
    return drawn.select(F.col("v").alias("u"), F.col("low").alias("v")).unionAll(
        drawn.select("u", F.col("low").alias("v"))
    ).where("u <> v").distinct()


def components(edges):
    """The lowest node of the component of each node: columns node and component."""
    edges = edges.where("u <> v").select(F.greatest("u", "v").alias("u"), F.least("u", "v").alias("v")).distinct()
    edges = edges.persist(StorageLevel.DISK_ONLY)
    while True:
        # Stars alone are left once no node has two others above it, and none that is above others has one above itself.
        many = edges.groupBy("u").count().where("count > 1").isEmpty()
        if many and edges.join(edges.select(F.col("v").alias("u")).distinct(), "u", "left_semi").isEmpty():
            break
        edges = stars(edges).persist(StorageLevel.DISK_ONLY)
    own = edges.select(F.col("v").alias("node"), F.col("v").alias("component")).distinct()
    return edges.select(F.col("u").alias("node"), F.col("v").alias("component")).unionAll(own)


def keys_of(rows):
    """Each key of each row with its rule, and what it is of: a left record, a right one, or either."""
    zipped = F.expr("explode(arrays_zip(slice(slots, 1, int(count)), slice(numbers, 1, int(count)))) AS each")
    each = rows.select(F.col("code").alias("side"), F.col("key").alias("row"), zipped)
    each = each.select("side", "row", F.col("each")["0"].alias("of"), F.col("each")["1"].alias("key"))
    return each.withColumn("rule", F.expr("shiftright(of, 2)")).withColumn("of", F.expr("of % 4"))


def blocks_of(keys):
    """Blocks that give pairs."""
    rows = [F.sum(F.expr(f"bigint(of = {of})")).alias(name) for of, name in enumerate(("lefts", "rights", "boths"))]
    blocks = keys.groupBy("rule", "key").agg(*rows)
    return blocks.withColumn("pairs", F.expr("lefts * rights + boths * (boths - 1) div 2")).where("pairs > 0")


def frequent(rows, counted):
    """How many rows have the value that a row has in each counted field, by its place, where that is more than one."""
    terms = rows.select(
        F.col("code").alias("side"), F.col("key").alias("row"),
        F.expr("posexplode(slice(numbers, int(count) + 1, size(numbers) - int(count))) AS (place, term)"),
    ).where("term <> 0")
    often = terms.groupBy("term").agg(F.count("*").alias("times")).where("times > 1")
    each = terms.where(F.col("place") < counted).join(often, "term").groupBy("side", "row")
    return each.agg(F.map_from_entries(F.collect_list(F.struct("place", "times"))).alias("times"))


def dealt(rows, keys, standing, counted, buckets):
    """Rows with each of the buckets in which they share a block, and with counts in place of hashed terms."""
    # The lowest bit of a key is always set.
    bucket = F.expr(f"pmod(shiftright(key, 1), {buckets})").alias("bucket")
    wanted = keys.join(standing, ["rule", "key"]).select("side", "row", bucket).distinct()
    named = rows.withColumnsRenamed({"code": "side", "key": "row"}).join(wanted, ["side", "row"])
    numbers = "slice(numbers, 1, int(count))"
    if counted:
        named = named.join(frequent(rows, counted), ["side", "row"], "left")
        places = f"sequence(0, {counted - 1})"
        numbers = f"concat({numbers}, transform({places}, place -> coalesce(try_element_at(times, place), 1L)))"
    code = F.expr("side + 2 * (bucket + 1)").alias("code")
    return named.repartition(buckets, "bucket").select(
        "kind", F.col("row").alias("key"), code, "count", "slots", "texts", F.expr(numbers).alias("numbers")
    )


def settled(pairs, plan):
    """Pairs by whole components, to be settled; None where every pair stands."""
    if plan["command"] == "dedupe" and not plan["clusters"]:
        return None
    of = components(pairs.where("slots[1] = 1").select(F.col("key").alias("u"), F.col("code").alias("v")))
    of = of.persist(StorageLevel.DISK_ONLY)
    both = pairs.join(of.withColumnRenamed("node", "key"), "key")
    if plan["clusters"]:
        # Evidence against, too: pairs below the threshold, but of one component.
        both = both.join(of.withColumnsRenamed({"node": "code", "component": "other"}), "code")
        both = both.where("component = other")
    return both.repartition(plan["buckets"], "component").select(*LINES_SCHEMA.names)


def tables(spark, options, binary, name, told, folder):
    paths = [options.data] if options.data else [options.left, options.right]
    sides = ("left", "right")[: len(paths)]
    plan_file, profiles, counted, counts, kept, ids = (
        os.path.join(folder, file) for file in ("plan", "profiles", "counted", "counts", "settled", "rows")
    )
    drive(binary, "stage", "tables", "plan", "dedupe" if options.data else "link", *chosen(options), "-o", plan_file)
    with open(plan_file) as file:
        plan = json.load(file)
    plan["buckets"] = options.partitions or int(spark.conf.get("spark.sql.shuffle.partitions"))
    held = {"--plan": plan_file}
    through = os.path.getsize(plan_file)
    inputs = [numbered(spark, options, path, plan["columns"][side]) for side, path in enumerate(paths)]
    for rows, path in zip(inputs, paths):
        if off := off_midnight(rows):
            said(f"warning: {path}: {', '.join(off)}: times are taken in UTC, whatever zone the files name")
    inputs = [rows.repartition(options.partitions) if options.partitions else rows for rows in inputs]

    def all_passed(step):
        words = ["stage", "tables", step, "--row-column", NUMBER, "--side"]
        each = (
            rows.mapInArrow(passed(name, [*words, side], shared(spark, held), told), LINES)
            for rows, side in zip(inputs, sides)
        )
        return reduce(lambda one, other: one.unionAll(other), each)

    def of_no_rows(step):
        given = [word for option_and_file in held.items() for word in option_and_file]
        words = ["stage", "tables", step, *given, "--row-column", NUMBER, "--side"]
        return [batch for rows, side in zip(inputs, sides) for batch in of_none(binary, rows, *words, side)]

    through += write(profiles, LINES_SCHEMA, [*of_no_rows("profile"), *collected(all_passed("profile"))])
    repeat(told)
    held["--profiles"] = profiles
    keyed = all_passed("keys").persist(StorageLevel.DISK_ONLY)
    rows = keyed.where(F.col("kind") == ROW)
    ends = [*of_no_rows("keys"), *collected(keyed.where(F.col("kind") == END))]
    repeat(told)
    if options.row_column:
        check_numbers(rows)
    keys = keys_of(rows)
    blocks = blocks_of(keys).persist(StorageLevel.DISK_ONLY)
    large = F.col("pairs") > plan["block_pairs"]
    line = (
        F.lit(BLOCK).alias("kind"), "key", F.col("rule").cast("bigint").alias("code"), F.lit(0).cast("bigint").alias("count"),
        F.expr("array()").cast("array<int>").alias("slots"), F.expr("array()").cast("array<string>").alias("texts"),
        F.array("lefts", "rights", "boths").alias("numbers"),
    )
    through += write(counted, LINES_SCHEMA, [*ends, *collected(blocks.where(large).select(*line))])
    drive(binary, "stage", "tables", "count", counted, "--plan", plan_file, "--profiles", profiles, "-o", counts)
    held = {"--plan": plan_file, "--counts": counts}
    buckets = dealt(rows, keys, blocks.where(~large).select("rule", "key"), plan["counted"], plan["buckets"])
    words = ["stage", "tables", "pairs", "--buckets", str(plan["buckets"])]
    pairs = buckets.mapInArrow(passed(name, words, shared(spark, held), told), LINES).persist(StorageLevel.DISK_ONLY)
    held = {"--plan": plan_file}
    together = settled(pairs.where(F.col("kind") == PAIR), plan)
    if together is None:
        found = collected(pairs)
    else:
        step = passed(name, ["stage", "tables", "settle"], shared(spark, held), told)
        found = [*collected(together.mapInArrow(step, LINES)), *collected(pairs.where(F.col("kind") == END))]
    repeat(told)
    through += write(kept, LINES_SCHEMA, found)
    more = []
    if plan["clusters"]:
        bare = rows.select(
            "kind", "key", "code", "count", F.expr("slice(slots, 1, 0)").alias("slots"),
            F.expr("slice(texts, 1, 1)").alias("texts"), F.expr("slice(numbers, 1, 0)").alias("numbers"),
        )
        through += write(ids, LINES_SCHEMA, [*collected(bare), *ends])
        more = ["--rows", ids, *(["--cuts", options.cuts] if options.cuts else [])]
    said(f"bytes through the driver: {through}")
    return drive(binary, "stage", "tables", "write", kept, "--plan", plan_file, "--out", options.out, *more)


def chosen(options):
    """Words of the plan that were given to the job."""
    out = []
    for word in ("model", "block_pairs", "threshold", "resolve", "ties"):
        if getattr(options, word) is not None:
            out += [f"--{word.replace('_', '-')}", getattr(options, word)]
    for word in ("explain", "all", "clusters", "no_cut"):
        if getattr(options, word):
            out.append(f"--{word.replace('_', '-')}")
    return [*out, *(word for column in options.id or [] for word in ("--id", column))]
