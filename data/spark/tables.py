# Link and dedupe. Kinds of lines: see the forms in `src/engine/linkage/apart`.
END, ROW, BLOCK, PAIR = 0, 20, 21, 24
NUMBER = "rewash_row"


def numbered(spark, options, path, columns):
    """The columns of a table that the program reads, with the number of each row: that of one machine's file."""
    rows = loaded(spark, options, path)
    kept = [F.col(f"`{column}`") for column in columns]
    if options.row_column:
        return rows.select(*kept, F.col(f"`{options.row_column}`").cast("bigint").alias(NUMBER))
    if options.reader != "parquet" or path.startswith("table:"):
        sys.exit("rewash: only Parquet files number their rows: name the column that does (--row-column)")
    rows = rows.select(*kept, F.col("_metadata.row_index").alias("at"), F.col("_metadata.file_path").alias("file"))
    sizes = sorted((row["file"], row["count"]) for row in rows.groupBy("file").count().collect())
    firsts, first = [], 0
    for file, size in sizes:
        firsts.append((file, first))
        first += size
    firsts = spark.createDataFrame(firsts, "file string, first bigint")
    rows = rows.join(F.broadcast(firsts), "file").withColumn(NUMBER, F.col("at") + F.col("first"))
    return rows.drop("at", "first", "file")


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
    """How many rows have the same value as a row has in each counted field, where that is more than one."""
    terms = rows.select(
        F.col("code").alias("side"), F.col("key").alias("row"),
        F.expr("posexplode(slice(numbers, int(count) + 1, size(numbers) - int(count))) AS (place, term)"),
    ).where("term <> 0")
    often = terms.groupBy("term").agg(F.count("*").alias("times")).where("times > 1")
    each = terms.where(F.col("place") < counted).join(often, "term")
    return each.groupBy("side", "row").agg(F.map_from_entries(F.collect_list(F.struct("place", "times"))).alias("times"))


def dealt(rows, keys, standing, counted, buckets):
    """Rows with each of the buckets in which they share a block, and with counts in place of hashed terms."""
    wanted = keys.join(standing, ["rule", "key"]).select(
        "side", "row", F.expr(f"pmod(key, {buckets})").alias("bucket")
    ).distinct()
    rows = rows.withColumnsRenamed({"code": "side", "key": "row"}).join(wanted, ["side", "row"])
    keyed = "slice(numbers, 1, int(count))"
    if counted:
        rows = rows.join(frequent_of(rows, counted), ["side", "row"], "left")
        times = f"transform(sequence(0, {counted - 1}), place -> coalesce(try_element_at(times, place), bigint(1)))"
        keyed = f"concat({keyed}, {times})"
    code = F.expr("side + 2 * (bucket + 1)").alias("code")
    rows = rows.repartition(buckets, "bucket")
    return rows.select("kind", F.col("row").alias("key"), code, "count", "slots", "texts", F.expr(keyed).alias("numbers"))
