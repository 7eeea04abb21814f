"""Runs both engines on every set, measures them by one and the same code, prints one table and records it."""

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import sets as made_sets

HERE = Path(__file__).parent
# A weak opponent proves nothing: below these best F1 of Splink the bench fails.
LEAST = {"febrl4": 0.999, "historical_50k": 0.75}


def timed(words, log):
    """Runs one process to its end: seconds, and peak memory in GiB as the system accounts it."""
    launched = subprocess.run([sys.executable, "-S", str(HERE / "timed.py"), str(log), *words], check=True, stdout=subprocess.PIPE)
    found = json.loads(launched.stdout)
    # Status 1 is that nothing matched: a result as any other.
    if found["status"] not in (0, 1):
        sys.exit(f"{words[0]} failed with {found['status']}: see {log}")
    return found["seconds"], found["gib"]


def key(column):
    """Letters and digits of a number, without the suffix of a NINO."""
    plain = column.fillna("").astype(str).str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    return plain.where(plain.str.len() != 9, plain.str[:8])


def true_pairs(kind, folder):
    """The set of true pairs, as ids of both sides."""
    if kind == "link":
        truth = pd.read_csv(folder / "truth.csv", dtype=str)
        return set(zip(truth["left_id"], truth["right_id"]))
    if kind == "dedupe":
        truth = pd.read_csv(folder / "truth.csv", dtype=str)
        pairs = truth.merge(truth, on="cluster")
        pairs = pairs[pairs["unique_id_x"] < pairs["unique_id_y"]]
        return set(zip(pairs["unique_id_x"], pairs["unique_id_y"]))
    truth = pd.read_csv(folder / "made" / "truth.csv", dtype=str, keep_default_na=False)
    of = {}
    for cid, nino, also in zip(truth["cid_person_id"], key(truth["nino"]), truth["also"]):
        of[cid] = {number for number in [nino, *key(pd.Series(also.split(";")))] if number}
    return of


def judged(kind, pairs, truth):
    """Scored pairs with whether each is right, best first, and the number of true pairs.

    A trace answers once for each person sought: of all people scored for a row, the best counts.
    """
    if kind == "trace":
        pairs = pairs.sort_values("match_probability", ascending=False).drop_duplicates("left_id")
        right = [person in truth.get(cid, ()) for cid, person in zip(pairs["left_id"], pairs["right_id"])]
        return pairs.assign(right=right), sum(1 for numbers in truth.values() if numbers)
    if kind == "dedupe":
        swap = pairs["left_id"] > pairs["right_id"]
        pairs.loc[swap, ["left_id", "right_id"]] = pairs.loc[swap, ["right_id", "left_id"]].values
    right = [pair in truth for pair in zip(pairs["left_id"], pairs["right_id"])]
    return pairs.assign(right=right), len(truth)


def figures(pairs, present, by):
    """Best F1 and recall at two precisions; thresholds stand between different scores only."""
    pairs = pairs.sort_values(by, ascending=False)
    right = pairs["right"].cumsum().to_numpy()
    count = pd.Series(range(1, len(pairs) + 1)).to_numpy()
    last = (pairs[by].shift(-1) != pairs[by]).to_numpy()
    precision, recall = right / count, right / present
    f1 = 2 * right / (count + present)
    at = lambda least: max((r for p, r, here in zip(precision, recall, last) if here and p >= least), default=0.0)
    return {"best_f1": f1[last].max(), "recall_99": at(0.99), "recall_999": at(0.999)}


def splink(name, kind, folder):
    seconds, memory = timed([sys.executable, str(HERE / "splink_models.py"), name, str(folder)], folder / "splink.log")
    pairs = pd.read_parquet(folder / "splink_pairs.parquet")
    truth = true_pairs(kind, folder)
    if kind == "trace":
        register = pd.read_parquet(folder / "made" / "register.parquet", columns=["record_id", "nino", "person_id"])
        number = key(register["nino"])
        number = number.where(number != "", key(register["person_id"]))
        pairs["right_id"] = pairs["right_id"].map(dict(zip(register["record_id"], number)))
        found = {cid for cid, person in zip(pairs["left_id"], pairs["right_id"]) if person in truth.get(cid, ())}
        complete = len(found) / sum(1 for numbers in truth.values() if numbers)
        scored, present = judged(kind, pairs, truth)
    else:
        scored, present = judged(kind, pairs, truth)
        complete = scored["right"].sum() / present
    return {**figures(scored, present, "match_weight"), "completeness": complete, "seconds": seconds, "memory": memory}


def rewash_pairs(binary, kind, folder, files):
    out = folder / "rewash_pairs.parquet"
    out.unlink(missing_ok=True)
    command = ["link"] if kind == "link" else ["dedupe"]
    words = [binary, *command, *[str(folder / file) for file in files], "--id", "unique_id"]
    words += ["--threshold", "0.000001", "--quiet", "-o", str(out)]
    # `link` gives pairs one to one, which is what its users would use; Splink's pairs are judged as they are.
    seconds, memory = timed(words, folder / "rewash.log")
    scored, present = judged(kind, pd.read_parquet(out), true_pairs(kind, folder))
    complete = scored["right"].sum() / present
    return {**figures(scored, present, "match_weight"), "completeness": complete, "seconds": seconds, "memory": memory}


def rewash_clusters(binary, folder, files):
    """Pairwise F1 of the clusters, for the sets that are deduped."""
    out = folder / "rewash_clusters.csv"
    out.unlink(missing_ok=True)
    words = [binary, "dedupe", str(folder / files[0]), "--id", "unique_id", "--clusters", "--quiet", "-o", str(out)]
    seconds, memory = timed(words, folder / "rewash.log")
    found = pd.read_csv(out, dtype=str).rename(columns={"id": "unique_id"})
    truth = pd.read_csv(folder / "truth.csv", dtype=str)
    both = found.merge(truth, on="unique_id")
    together = lambda columns: int(sum(n * (n - 1) // 2 for n in both.groupby(columns).size()))
    right, linked, present = together(["cluster_id", "cluster"]), together(["cluster_id"]), together(["cluster"])
    return {"best_f1": 2 * right / (linked + present), "seconds": seconds, "memory": memory}


def rewash_trace(binary, folder):
    out = folder / "traced"
    shutil.rmtree(out, ignore_errors=True)
    made = folder / "made"
    words = [binary, "trace", str(made / "extract.parquet"), "--register", f"hmrc={made / 'register.parquet'}"]
    words += ["--on", "2016-04-30", "--out", str(out), "--quiet"]
    seconds, memory = timed(words, folder / "rewash.log")
    truth = true_pairs("trace", folder)
    # Pair completeness is what blocking found: from a second run that is told the truth and is not timed.
    checked = folder / "checked"
    shutil.rmtree(checked, ignore_errors=True)
    timed([*words[:-2], str(checked), "--truth", str(made / "truth.csv")], folder / "rewash.log")
    line = next(line for line in (folder / "rewash.log").read_text().splitlines() if "pair completeness" in line)
    complete = float(line.split("pair completeness")[1].split()[0])
    found = pd.read_parquet(out / "outcomes.parquet")
    number = key(found["nino"])
    number = number.where(number != "", key(found["person_id"]))
    pairs = pd.DataFrame(
        {"left_id": found["cid_person_id"], "right_id": number, "match_probability": found["match_probability"].astype(float)}
    )
    scored, present = judged("trace", pairs[pairs["right_id"] != ""], truth)
    return {**figures(scored, present, "match_probability"), "completeness": complete, "seconds": seconds, "memory": memory}


def table(rows):
    header = "| set | engine | best F1 | recall at precision 0.99 | at 0.999 | pair completeness | seconds | peak GiB |"
    lines = [header, "|" + "---|" * 8]
    show = lambda row, name, form: format(row[name], form) if name in row else ""
    for set_name, engine, row in rows:
        numbers = [show(row, name, ".4f") for name in ("best_f1", "recall_99", "recall_999", "completeness")]
        numbers += [show(row, "seconds", ".1f"), show(row, "memory", ".2f")]
        lines.append("| " + " | ".join([set_name, engine, *numbers]) + " |")
    return "\n".join(lines)


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def main():
    words = argparse.ArgumentParser()
    for name in ("rewash", "data", "out", "record", "sets"):
        words.add_argument(f"--{name}", required=name in ("rewash", "out"), default="")
    words = words.parse_args()
    data, rows, weak = Path(words.data) if words.data else None, [], []
    for name in words.sets.split():
        needs_data = name in ("fake_1000", "historical_50k")
        if needs_data and (data is None or not data.is_dir()):
            print(f"{name}: left out, no folder with the public sets was given", flush=True)
            continue
        folder = Path(words.out) / name
        folder.mkdir(parents=True, exist_ok=True)
        described = getattr(made_sets, name)(folder, data, words.rewash)
        kind, files = described["kind"], described["files"]
        found = splink(name, kind, folder)
        if found["best_f1"] < LEAST.get(name, 0.0):
            weak.append(f"Splink reaches {found['best_f1']:.4f} on {name}, less than {LEAST[name]}: too weak to compare with")
        rows.append((name, f"Splink {version('splink')}", found))
        print(name, "Splink", json.dumps(found), flush=True)
        ours = rewash_trace(words.rewash, folder) if kind == "trace" else rewash_pairs(words.rewash, kind, folder, files)
        rows.append((name, "rewash", ours))
        print(name, "rewash", json.dumps(ours), flush=True)
        if kind == "dedupe":
            rows.append((name, "rewash, clusters", rewash_clusters(words.rewash, folder, files)))
    text = table(rows)
    print(text)
    if words.record and rows:
        today = datetime.date.today().isoformat()
        head = f"# Peers, {today}\n\n{os.cpu_count()} processors ({processor()}), `sh benches/peers.sh`, one run.\n\n"
        Path(words.record, f"{today}-peers.md").write_text(head + text + "\n")
    if weak:
        sys.exit("\n".join(weak))


if __name__ == "__main__":
    main()
