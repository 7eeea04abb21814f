//! Options and inputs of the linkage engine: who is left and right, resolution, memory, odd columns, pipes, warnings.

use crate::support::{csv, folder, rewash, run, stderr, text};
use arrow::array::{ArrayRef, FixedSizeListBuilder, Int64Array, StringArray, StringBuilder, StructArray};
use arrow::datatypes::{DataType, Field};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/example").join(name).to_str().unwrap().to_owned()
}

/// A model of Splink whose one comparison asks which of two values is the lower.
fn one_way(link_type: &str, rule: &str) -> String {
    serde_json::json!({
        "link_type": link_type, "probability_two_random_records_match": 0.5, "sql_dialect": "duckdb",
        "blocking_rules_to_generate_predictions": [rule],
        "comparisons": [{"output_column_name": "x", "comparison_levels": [
            {"sql_condition": "x_l IS NULL OR x_r IS NULL", "label_for_charts": "null", "is_null_level": true},
            {"sql_condition": "x_l < x_r", "label_for_charts": "lower", "m_probability": 0.8, "u_probability": 0.1},
            {"sql_condition": "ELSE", "label_for_charts": "other", "m_probability": 0.2, "u_probability": 0.9},
        ]}],
    })
    .to_string()
}

/// Imports a model and gives all its pairs of some tables: ids and whether the first level held.
fn pairs(folder: &Path, splink: &str, tables: &[(&str, &str)]) -> Vec<(String, String, bool)> {
    let path = |name: &str| text(&folder.join(name)).to_owned();
    for left_over in ["pairs.csv", "model.toml"] {
        let _ = std::fs::remove_file(path(left_over));
    }
    std::fs::write(path("splink.json"), splink).unwrap();
    run(&["model", "import", &path("splink.json"), "-o", &path("model.toml"), "-q"], 0);
    let mut words = vec![if tables.len() == 2 { "link".to_owned() } else { "dedupe".to_owned() }];
    for (name, table) in tables {
        std::fs::write(path(name), table).unwrap();
        words.push(path(name));
    }
    let rest = ["--model", &path("model.toml"), "--threshold", "0", "-o", &path("pairs.csv")];
    words.extend(rest.map(str::to_owned));
    if tables.len() == 2 {
        words.push("--all".to_owned());
    }
    let output = rewash(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", stderr(&output));
    let rows = csv(&folder.join("pairs.csv")).into_iter().skip(1);
    rows.map(|row| (row[0].clone(), row[1].clone(), row[2].parse::<f64>().unwrap() > 0.0)).collect()
}

fn triple(left: &str, right: &str, holds: bool) -> (String, String, bool) {
    (left.to_owned(), right.to_owned(), holds)
}

#[test]
fn pairs_of_one_table_are_in_order_of_their_ids_as_in_splink() {
    let folder = folder();
    // Numbers are compared as numbers: 9 comes before 10, whatever the rows say.
    let numbers = "unique_id,x,k\n10,2,a\n9,1,a\n100,0,a\n";
    let rule = "l.k = r.k";
    let found = pairs(folder.path(), &one_way("dedupe_only", rule), &[("n.csv", numbers)]);
    assert_eq!(found, [triple("9", "10", true), triple("9", "100", false), triple("10", "100", false)]);
    // With one text among them, all are.
    let texts = "unique_id,x,k\n9,1,a\n10,2,a\nb,0,a\n";
    let found = pairs(folder.path(), &one_way("dedupe_only", rule), &[("t.csv", texts)]);
    assert_eq!(found, [triple("10", "9", false), triple("10", "b", false), triple("9", "b", false)]);
    // A key that differs between the sides is looked for one way.
    let keys = "unique_id,x,k,j\n2,1,a,b\n1,0,b,c\n3,2,d,a\n";
    let found = pairs(folder.path(), &one_way("dedupe_only", "l.k = r.j"), &[("k.csv", keys)]);
    assert_eq!(found, [triple("1", "2", true), triple("2", "3", true)]);
}

#[test]
fn the_left_table_is_the_one_whose_source_dataset_comes_first() {
    let folder = folder();
    let table = |dataset: &str, id: &str, x: u8| format!("unique_id,source_dataset,x,k\n{id},{dataset},{x},a\n");
    let model = one_way("link_only", "l.k = r.k");
    let as_given = [("l.csv", &*table("a", "L", 1)), ("r.csv", &*table("b", "R", 2))];
    assert_eq!(pairs(folder.path(), &model, &as_given), [triple("L", "R", true)]);
    let exchanged = [("l.csv", &*table("b", "L", 1)), ("r.csv", &*table("a", "R", 2))];
    assert_eq!(pairs(folder.path(), &model, &exchanged), [triple("L", "R", false)]);
}

#[test]
fn imported_measures_count_characters_or_bytes() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let splink = one_way("dedupe_only", "l.k = r.k").replace("x_l < x_r", "levenshtein(x_l, x_r) <= 1");
    std::fs::write(path("splink.json"), splink).unwrap();
    std::fs::write(path("t.csv"), "unique_id,x,k\n1,Zoë,a\n2,Zoe,a\n").unwrap();
    for (option, holds, told) in
        [("--characters", true, "characters are counted"), ("--bytes", false, "bytes are counted")]
    {
        let (model, out) = (path(&format!("{option}.toml")), path(&format!("{option}.csv")));
        let said = stderr(&run(&["model", "import", &path("splink.json"), "-o", &model, option], 0));
        assert!(said.contains("DuckDB"), "{said}");
        let output = rewash(&["dedupe", &path("t.csv"), "--model", &model, "--threshold", "0", "-o", &out]);
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
        assert_eq!(csv(Path::new(&out))[1][2].parse::<f64>().unwrap() > 0.0, holds, "{option}");
    }
    run(&["model", "import", &path("splink.json"), "-o", &path("x.toml"), "--bytes", "--characters"], 2);
}

/// Two left records and two right ones of which all four pairs agree, and the ids of the pairs that are given.
fn resolved(words: &[&str]) -> Vec<(String, String)> {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    std::fs::write(path("l.csv"), "unique_id,source_dataset,x,k\nL1,a,1,a\nL2,a,1,a\nL3,a,9,a\n").unwrap();
    std::fs::write(path("r.csv"), "unique_id,source_dataset,x,k\nR1,b,2,a\nR2,b,2,a\n").unwrap();
    std::fs::write(path("s.json"), one_way("link_only", "l.k = r.k")).unwrap();
    run(&["model", "import", &path("s.json"), "-o", &path("m.toml"), "-q"], 0);
    let (left, right, model, out) = (path("l.csv"), path("r.csv"), path("m.toml"), path("o.csv"));
    let rest = [&["link", &left, &right, "--model", &model, "-o", &out, "-q"], words].concat();
    let _ = rewash(&rest);
    csv(Path::new(&out)).into_iter().skip(1).map(|row| (row[0].clone(), row[1].clone())).collect()
}

#[test]
fn which_of_several_partners_is_given() {
    let pairs = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    };
    let all = pairs(&[("L1", "R1"), ("L1", "R2"), ("L2", "R1"), ("L2", "R2")]);
    assert_eq!(resolved(&[]), pairs(&[("L1", "R1"), ("L2", "R2")]));
    assert_eq!(resolved(&["--resolve", "one-to-one"]), resolved(&[]));
    assert_eq!(resolved(&["--resolve", "all"]), all);
    assert_eq!(resolved(&["--all"]), all);
    assert_eq!(resolved(&["--resolve", "best-left"]), pairs(&[("L1", "R1"), ("L2", "R1")]));
    assert_eq!(resolved(&["--resolve", "best-right"]), pairs(&[("L1", "R1"), ("L1", "R2")]));
    assert_eq!(resolved(&["--resolve", "best-right", "--ties", "drop"]), []);
    assert_eq!(resolved(&["--resolve", "best-left", "--ties", "all"]), all);
    let everyone = resolved(&["--resolve", "best-left", "--threshold", "0"]);
    assert_eq!(everyone.last(), Some(&("L3".to_owned(), "R1".to_owned())));
}

#[test]
fn pairs_as_json_lines_and_truth_from_a_pipe_are_evaluated() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    run(&["link", &example("left.csv"), &example("right.csv"), "-o", &path("links.jsonl"), "-q"], 0);
    let program = assert_cmd::cargo::cargo_bin("rewash");
    let script = format!(
        "'{0}' evaluate '{1}' --truth <(cat '{2}') --json - && \
         '{0}' train '{3}' '{4}' --labels <(cat '{2}') -o '{5}' -q && \
         '{0}' blocks '{3}' '{4}' --truth <(cat '{2}') | grep -c 'pair completeness' >&2",
        program.display(),
        path("links.jsonl"),
        example("truth.csv"),
        example("left.csv"),
        example("right.csv"),
        path("model.json")
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(figures["best_f1"]["f1"].as_f64().unwrap() > 0.98, "{figures:#}");
}

#[test]
fn too_little_memory_is_told_at_the_start() {
    let folder = folder();
    let out = folder.path().join("links.csv");
    let words = ["link", &example("left.csv"), &example("right.csv"), "-o", text(&out), "--memory"];
    let said = stderr(&run(&[&words[..], &["20MiB"]].concat(), 4));
    assert!(said.contains("needs about") && said.contains("MiB for") && said.contains("--memory"), "{said}");
    assert!(!out.exists());
    run(&[&words[..], &["2GiB", "-q"]].concat(), 0);
}

#[test]
fn a_model_for_other_tables_and_thresholds_that_nothing_reaches_are_refused() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (left, right) = (example("left.csv"), example("right.csv"));
    run(&["link", &left, &right, "-o", &path("l.csv"), "--save-model", &path("link.toml"), "-q"], 0);
    let said = stderr(&run(&["dedupe", &left, "--model", &path("link.toml"), "-o", &path("d.csv")], 2));
    assert!(said.contains("is for `link` and one table is given") && said.contains("link_type"), "{said}");
    let model = std::fs::read_to_string(path("link.toml")).unwrap();
    std::fs::write(path("dedupe.toml"), model.replace("link_type = \"link\"", "link_type = \"dedupe\"")).unwrap();
    let said = stderr(&run(&["link", &left, &right, "--model", &path("dedupe.toml"), "-o", &path("x.csv")], 2));
    assert!(said.contains("is for `dedupe` and two tables are given"), "{said}");
    std::fs::write(path("both.toml"), model.replace("\"link\"", "\"link_and_dedupe\"")).unwrap();
    let said = stderr(&run(&["link", &left, &right, "--model", &path("both.toml"), "-o", &path("b.csv")], 0));
    assert!(said.contains("pairs within either table are left out"), "{said}");
    let hand = "link_type = \"link\"\n[fields]\na = {left = \"last name\", right = \"surname\"}\n[[blocking]]\nkeys = [\"a\"]\n\
                [[comparison]]\nfield = \"a\"\nlevels = [{ jaro_winkler = 88 }]\n";
    std::fs::write(path("hand.toml"), hand).unwrap();
    let said = stderr(&run(&["link", &left, &right, "--model", &path("hand.toml"), "-o", &path("x.csv")], 2));
    assert!(said.contains("from 0 to 1") && said.contains("jaro_winkler = 0.88"), "{said}");
}

/// A table of Parquet with lists of a fixed size and a column of structs.
fn parquet_table(path: &Path, rows: usize) {
    let given = ["Ann", "Raj", "Eva", "Tom", "Mia", "Ali", "Zoe"];
    let family = ["Okafor", "Novak", "Patel", "Rossi", "Brown", "Garcia", "Mac", "Lee", "Khan", "Walsh", "Hill"];
    let name = |person: usize| format!("{} {}", given[person % 7], family[person % 11]);
    let names = StringArray::from_iter_values((0..rows).map(|n| name(n / 2)));
    let ids = Int64Array::from_iter_values((0..rows).map(|n| n as i64));
    let mut phones = FixedSizeListBuilder::new(StringBuilder::new(), 2);
    for n in 0..rows {
        phones.values().append_value(format!("07700{:06}", n / 2));
        phones.values().append_value(format!("07800{:06}", n / 2));
        phones.append(true);
    }
    let inner: ArrayRef = Arc::new(ids.clone());
    let odd = StructArray::from(vec![(Arc::new(Field::new("inner", DataType::Int64, false)), inner)]);
    let batch = RecordBatch::try_from_iter([
        ("id", Arc::new(ids) as ArrayRef),
        ("name", Arc::new(names)),
        ("phones", Arc::new(phones.finish())),
        ("payload", Arc::new(odd)),
    ])
    .unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn columns_that_are_no_text_are_left_out_and_lists_of_a_fixed_size_are_lists() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    parquet_table(&path("t.parquet"), 300);
    let (table, out, model) = (path("t.parquet"), path("pairs.csv"), path("model.toml"));
    let words = ["dedupe", text(&table), "-o", text(&out), "--save-model", text(&model)];
    let said = stderr(&run(&words, 0));
    assert!(said.contains("`payload` (a struct)") && said.contains("left out"), "{said}");
    let saved = std::fs::read_to_string(&model).unwrap();
    assert!(saved.contains("[fields.phones]") && saved.contains("list = true"), "{saved}");
    std::fs::write(&model, saved.replace("fields.name]", "fields.name]\ncolumn = \"payload\"")).unwrap();
    let said = stderr(&run(&["dedupe", text(&table), "-o", text(&path("x.csv")), "--model", text(&model)], 3));
    assert!(said.contains("no column `payload`"), "{said}");
}

#[test]
fn what_training_could_not_tell_stays_with_the_model() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (left, right) = (example("left.csv"), example("right.csv"));
    let words = ["link", &left, &right, "-q", "-o", &path("l.csv"), "--save-model", &path("m.json"), "--log", "json"];
    let said = stderr(&run(&words, 0));
    let model: serde_json::Value = serde_json::from_slice(&std::fs::read(path("m.json")).unwrap()).unwrap();
    let kept = &model["metadata"]["training"];
    let kept: Vec<&str> = ["warnings", "notes"]
        .iter()
        .filter_map(|key| kept[key].as_array())
        .flatten()
        .map(|one| one.as_str().unwrap())
        .collect();
    assert!(!kept.is_empty(), "{model:#}");
    for sentence in kept {
        let told = said.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        assert!(told.into_iter().any(|line| line["message"] == sentence), "{sentence}\n{said}");
    }
}

#[test]
fn ids_that_come_twice_are_counted_and_not_shown() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let people = std::fs::read_to_string(example("left.csv")).unwrap();
    let second = people.lines().nth(1).unwrap();
    std::fs::write(path("twice.csv"), format!("{people}{second}\n{}\n", &second[4..])).unwrap();
    let id = people.split(',').next().unwrap();
    let said = stderr(&rewash(&["dedupe", &path("twice.csv"), "--id", id, "-o", &path("o.csv")]));
    assert!(said.contains("has 1 row with the id of a row before and 1 row without an id"), "{said}");
    assert!(!said.contains("A001"), "{said}");
}

#[test]
fn the_largest_blocks_are_told_by_size_and_by_value_when_asked() {
    let (left, right) = (example("left.csv"), example("right.csv"));
    let said = |more: &[&str]| {
        let output = run(&[&["blocks", &left, &right], more].concat(), 0);
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = said(&[]);
    let (_, blocks) = plain.split_once("largest blocks\n").unwrap();
    assert!(blocks.lines().count() > 3 && blocks.contains("left rows"), "{plain}");
    let shown = said(&["--show-values"]);
    let (_, values) = shown.split_once("largest blocks\n").unwrap();
    assert_ne!(blocks, values);
    assert_eq!(blocks.lines().count(), values.lines().count());
}

#[test]
fn a_truth_that_names_no_record_is_told() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    std::fs::write(path("pairs.csv"), "left_id,right_id,match_probability\nA1,B1,0.9\nA2,B2,0.9\n").unwrap();
    let said = |pairs: &str, truth: &str, status| {
        std::fs::write(path("truth.csv"), truth).unwrap();
        stderr(&run(&["evaluate", &path(pairs), "--truth", &path("truth.csv")], status))
    };
    let other = said("pairs.csv", "left_id,right_id\nC1,D1\n", 3);
    assert!(other.contains("no id of the truth stands in what is evaluated"), "{other}");
    let exchanged = said("pairs.csv", "left_id,right_id\nB1,A1\n", 3);
    assert!(exchanged.contains("exchange its columns left_id and right_id"), "{exchanged}");
    said("pairs.csv", "left_id,right_id\nA1,B2\n", 1);
    said("pairs.csv", "left_id,right_id\nA1,B1\nC1,D1\n", 0);
    std::fs::write(path("none.csv"), "left_id,right_id,match_probability\n").unwrap();
    said("none.csv", "left_id,right_id\nC1,D1\n", 1);
    let headers = said("pairs.csv", "Ref,customer_no\nA1,B1\n", 3);
    assert!(headers.contains("left_id and right_id") && headers.contains("cluster"), "{headers}");
    std::fs::write(path("clusters.csv"), "id,cluster_id\nA1,1\nA2,1\n").unwrap();
    assert!(said("clusters.csv", "id,cluster\nX1,1\nX2,1\n", 3).contains("no id of the truth"));
}

#[test]
fn labels_that_name_no_rows_are_counted() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let truth = std::fs::read_to_string(example("truth.csv")).unwrap();
    std::fs::write(path("labels.csv"), format!("{truth}A001,nobody\n")).unwrap();
    let rows = truth.lines().count();
    let (left, right) = (example("left.csv"), example("right.csv"));
    let words = ["train", &left, &right, "--labels", &path("labels.csv"), "-o", &path("m.json")];
    let said = stderr(&run(&words, 0));
    assert!(said.contains(&format!("of {rows} rows, 1 name ids that the tables do not have")), "{said}");
    let said = stderr(&run(&["train", &left, &right, "--labels", &example("truth.csv"), "-o", &path("n.json")], 0));
    assert!(!said.contains("name ids"), "{said}");
}

#[test]
fn one_id_after_two_tables_is_told() {
    let (left, right) = (example("left.csv"), example("right.csv"));
    let said = stderr(&run(&["explain", &left, &right, "A001"], 2));
    assert!(said.contains("two ids are needed"), "{said}");
    let said = stderr(&run(&["explain", &left, "A001", "nobody"], 2));
    assert!(said.contains("no row of"), "{said}");
}

#[test]
fn a_column_that_another_holds_is_suggested() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    std::fs::write(path("t.csv"), "id,full_name,dob,telephone\n1,Ana Li,1980-02-03,07700900123\n").unwrap();
    let hand = "link_type = \"dedupe\"\n[fields.phone]\nkind = \"phone\"\n[[blocking]]\nkeys = [\"phone\"]\n\
                [[comparison]]\nfield = \"phone\"\nlevels = [\"exact\"]\n";
    std::fs::write(path("m.toml"), hand).unwrap();
    let said = stderr(&run(&["dedupe", &path("t.csv"), "--model", &path("m.toml"), "-o", &path("o.csv")], 3));
    assert!(said.contains("no column `phone`") && said.contains("did you mean `telephone`?"), "{said}");
}

#[test]
fn frequencies_of_values_that_never_occur_are_told() {
    let folder = folder();
    let path = |name: &str| text(&folder.path().join(name)).to_owned();
    let (left, right) = (example("left.csv"), example("right.csv"));
    run(&["link", &left, &right, "-o", &path("l.csv"), "--save-model", &path("m.toml"), "-q"], 0);
    let model = std::fs::read_to_string(path("m.toml")).unwrap();
    let field =
        model.lines().find_map(|line| line.strip_prefix("[fields.")?.strip_suffix(']')).unwrap().trim_matches('"');
    let said = |values: &str, out: &str| {
        std::fs::write(path("tf.csv"), format!("value,frequency\n{values}")).unwrap();
        let frequencies = format!("{field}={}", path("tf.csv"));
        let words = ["link", &left, &right, "-o", &path(out), "--model", &path("m.toml")];
        stderr(&run(&[&words[..], &["--term-frequencies", &frequencies]].concat(), 0))
    };
    let strange = said("NOBODY AT ALL,0.5\n", "a.csv");
    assert!(strange.contains("none of its values occurs in the tables"), "{strange}");
}

#[test]
fn a_model_of_a_trace_is_told_for_what_it_is() {
    let folder = folder();
    let path = folder.path().join("trace.json");
    std::fs::write(&path, rewash::model::parameters::Parameters::built_in().to_json()).unwrap();
    let out = folder.path().join("chart.svg");
    let chart = ["model", "chart", text(&path), "--out", text(&out)];
    for words in [&chart[..], &["explain", &example("left.csv"), "--model", text(&path)]] {
        let said = stderr(&run(words, 2));
        assert!(said.contains("a model of `rewash trace`") && said.contains("--model` takes it"), "{said}");
        assert!(!said.contains("Splink"), "{said}");
    }
}

#[test]
fn small_limits_are_told_in_small_units() {
    let folder = folder();
    let out = folder.path().join("links.csv");
    let words = ["link", &example("left.csv"), &example("right.csv"), "-o", text(&out), "--memory", "100"];
    let said = stderr(&run(&words, 4));
    assert!(said.contains("more than the 100 bytes allowed") && !said.contains(" 0 MiB"), "{said}");
}
