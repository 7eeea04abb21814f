"""Splink as its own users would write it: the settings of its documentation for the public sets, and for an exchange its
name, date-of-birth, postcode-array, phone, email and NINO comparisons with its usual blocking.

Run as a process of its own (`splink_models.py SET FOLDER`), so that its seconds and peak memory are its own. Writes
`splink_pairs.parquet` with left_id, right_id, match_probability and match_weight.
"""

import sys
from pathlib import Path

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on


def linker_of(tables, settings):
    """One linker, for the interface of Splink 5, which registers tables, and of Splink 4, which does not."""
    api = DuckDBAPI()
    frames = [api.register(table) for table in tables] if hasattr(api, "register") else tables
    frames = frames if len(frames) > 1 else frames[0]
    if hasattr(api, "register"):
        return Linker(frames, settings)
    return Linker(frames, settings, db_api=api)


def train(linker, deterministic, recall, em_rules, max_pairs):
    linker.training.estimate_probability_two_random_records_match(deterministic, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=max_pairs, seed=1)
    for rule in em_rules:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)


def febrl4(folder):
    tables = [pd.read_csv(folder / name, dtype="string") for name in ("a.csv", "b.csv")]
    settings = SettingsCreator(
        unique_id_column_name="unique_id",
        link_type="link_only",
        blocking_rules_to_generate_predictions=[
            "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
            block_on("given_name", "surname"),
        ],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        ],
    )
    linker = linker_of(tables, settings)
    deterministic = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"]
    train(linker, deterministic, 0.9, [block_on("date_of_birth"), block_on("postcode")], 2e6)
    return linker, -10


def fake_1000(folder):
    table = pd.read_csv(folder / "a.csv", dtype="string")
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("first_name"),
            block_on("surname"),
            block_on("dob"),
            block_on("email"),
        ],
        comparisons=[
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
    )
    linker = linker_of([table], settings)
    deterministic = [block_on("first_name", "dob"), "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2", block_on("email")]
    train(linker, deterministic, 0.7, [block_on("first_name", "surname"), block_on("dob")], 1e6)
    return linker, -10


def historical_50k(folder):
    table = pd.read_csv(folder / "a.csv", dtype="string")
    table["first_name_surname_concat"] = table["first_name"] + " " + table["surname"]
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("first_name", "surname", "dob"),
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        comparisons=[
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )
    linker = linker_of([table], settings)
    deterministic = [
        "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
        "substr(l.first_name,1,2) = substr(r.first_name,1,2) and l.surname = r.surname and substr(l.postcode_fake,1,2) = substr(r.postcode_fake,1,2)",
        "l.dob = r.dob and l.postcode_fake = r.postcode_fake",
    ]
    em_rules = [block_on("first_name", "surname"), block_on("dob"), block_on("postcode_fake", "surname")]
    train(linker, deterministic, 0.6, em_rules, 5e6)
    return linker, -12


def exchange(folder):
    tables = [pd.read_parquet(folder / f"splink_{side}.parquet") for side in ("left", "right")]
    for table in tables:
        table["name"] = table["forename"] + " " + table["surname"]
    settings = SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=[
            block_on("nino"),
            block_on("email"),
            block_on("phone", arrays_to_explode=["phone"]),
            block_on("dob"),
            block_on("forename", "surname"),
            "l.forename = r.surname and l.surname = r.forename",
            block_on("postcode", "surname", arrays_to_explode=["postcode"]),
            block_on("postcode", "forename", arrays_to_explode=["postcode"]),
            block_on("substr(forename,1,3)", "substr(surname,1,4)", "substr(dob,1,4)"),
            block_on("surname", "substr(dob,1,7)"),
            block_on("forename", "substr(dob,1,7)"),
        ],
        comparisons=[
            cl.ForenameSurnameComparison("forename", "surname", forename_surname_concat_col_name="name"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ArrayIntersectAtSizes("postcode", [1]),
            cl.ArrayIntersectAtSizes("phone", [1]),
            cl.EmailComparison("email"),
            cl.DamerauLevenshteinAtThresholds("nino", [1]),
        ],
    )
    linker = linker_of(tables, settings)
    deterministic = [block_on("nino"), block_on("email"), block_on("forename", "surname", "dob")]
    em_rules = [block_on("dob", "surname"), block_on("forename", "surname"), block_on("email")]
    train(linker, deterministic, 0.5, em_rules, 1e8)
    return linker, -18


def main(name, folder):
    folder = Path(folder)
    model = exchange if name.startswith("exchange") else globals()[name]
    linker, least_weight = model(folder)
    pairs = linker.inference.predict(threshold_match_weight=least_weight)
    frame = pairs.as_pandas_dataframe() if hasattr(pairs, "as_pandas_dataframe") else pairs.as_duckdbpyrelation().df()
    frame = frame.rename(columns={"unique_id_l": "left_id", "unique_id_r": "right_id"})
    frame[["left_id", "right_id", "match_weight", "match_probability"]].to_parquet(folder / "splink_pairs.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
