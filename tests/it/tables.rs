//! The steps of `link` and `dedupe` run apart, each part of a table and each share of the blocks by a process of its own: the
//! same bytes, whatever the cut.

use crate::support::{csv, folder, made, of_another_version, register_to_csv, run, stderr, text, write_csv};
use rewash::util::hash::mix;
use std::path::{Path, PathBuf};

/// Left and right table: rows of one made register, every other one on either side.
pub(crate) fn tables(folder: &Path, people: u32) -> [PathBuf; 2] {
    let made = made(folder, people, 10);
    let whole = folder.join("register.csv");
    register_to_csv(&made.join("register.parquet"), &whole);
    let rows = csv(&whole);
    [0, 1].map(|side| {
        let path = folder.join(["left.csv", "right.csv"][side]);
        let own = rows.iter().enumerate().filter(|(row, _)| *row == 0 || row % 2 == side).map(|(_, row)| row.clone());
        write_csv(&path, &own.collect::<Vec<_>>());
        path
    })
}

/// A table in parts: rows in order, or mixed up with a column that says their number.
fn cut(table: &Path, parts: usize, mixed: bool, folder: &Path) -> Vec<PathBuf> {
    let rows = csv(table);
    let stem = table.file_stem().unwrap().to_str().unwrap();
    let all = rows.len() - 1;
    let part_of = |row: usize| if mixed { (mix(row as u64, 5) % parts as u64) as usize } else { row * parts / all };
    (0..parts)
        .map(|part| {
            let mut own = vec![rows[0].clone()];
            own.extend((0..all).filter(|row| part_of(*row) == part).map(|row| rows[row + 1].clone()));
            let mut numbers = std::iter::once("number".to_owned())
                .chain((0..all).filter(|row| part_of(*row) == part).map(|row| row.to_string()));
            if mixed {
                own.iter_mut().for_each(|row| row.push(numbers.next().unwrap()));
                own[1..].reverse();
            }
            let path = folder.join(format!("{stem}-{part}.csv"));
            write_csv(&path, &own);
            path
        })
        .collect()
}

/// How a linkage is cut.
struct Cut {
    parts: usize,
    buckets: u32,
    mixed: bool,
}

/// Everything by steps; what `count` said. `words` are those of the plan, `out` those of the last step.
fn staged(folder: &Path, of: &str, tables: &[&Path], cut_up: &Cut, words: &[&str], out: &[&str]) -> String {
    std::fs::create_dir(folder).unwrap();
    let path = |name: &str| folder.join(name);
    let step = |words: &[&str]| stderr(&run(&[&["stage", "tables"], words].concat(), 0));
    let plan = path("plan.json");
    step(&[&["plan", of, "--id", "record_id", "-o", text(&plan)], words].concat());
    let (mut profiles, mut keys, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
    for (table, side) in tables.iter().zip(["left", "right"]) {
        for (number, part) in cut(table, cut_up.parts, cut_up.mixed, folder).into_iter().enumerate() {
            let number = number.to_string();
            let mut known = vec!["--plan".to_owned(), text(&plan).to_owned(), "--side".into(), side.into()];
            known.push(text(&part).to_owned());
            known.extend(if cut_up.mixed {
                ["--row-column".into(), "number".into()]
            } else {
                ["--part".into(), number]
            });
            let profile = part.with_extension("profile");
            let given: Vec<&str> = known.iter().map(String::as_str).collect();
            step(&[&["profile", "-o", text(&profile)], &given[..]].concat());
            profiles.push(profile);
            keys.push(part.with_extension("keys"));
            inputs.push(known);
        }
    }
    // Any order will do.
    profiles.reverse();
    let profiles: Vec<&str> = profiles.iter().map(|path| text(path)).collect();
    for (known, out) in inputs.iter().zip(&keys) {
        let given: Vec<&str> = known.iter().map(String::as_str).collect();
        step(&[&["keys", "-o", text(out)], &given[..], &["--profiles"], &profiles].concat());
    }
    keys.reverse();
    let keys: Vec<&str> = keys.iter().map(|path| text(path)).collect();
    let counts = path("counts");
    let mut said = vec!["count", "--plan", text(&plan), "-o", text(&counts), "--profiles"];
    said.extend(&profiles);
    said.push("--");
    said.extend(&keys);
    let said = step(&said);
    let mut pairs = Vec::new();
    for bucket in (0..cut_up.buckets).rev() {
        let out = path(&format!("{bucket}.pairs"));
        let (buckets, bucket) = (cut_up.buckets.to_string(), bucket.to_string());
        let words = ["pairs", "--plan", text(&plan), "--counts", text(&counts), "-o", text(&out)];
        step(&[&words[..], &["--buckets", &buckets, "--bucket", &bucket], &keys].concat());
        pairs.push(out);
    }
    let pairs: Vec<&str> = pairs.iter().map(|path| text(path)).collect();
    let settled = path("settled");
    step(&[&["settle", "--plan", text(&plan), "-o", text(&settled)], &pairs[..]].concat());
    let mut words = vec!["write", text(&settled), "--plan", text(&plan)];
    words.extend(out);
    if out.contains(&"--rows") {
        words.extend(&keys);
    }
    step(&words);
    said
}

fn same(want: &Path, got: &Path) {
    let [want_bytes, got_bytes] = [want, got].map(|path| std::fs::read(path).unwrap());
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (a, b) = (shown(&want_bytes), shown(&got_bytes));
    let differing = a.lines().zip(b.lines()).find(|(want, got)| want != got);
    assert!(
        want_bytes == got_bytes,
        "{}: {} and {} lines, {differing:?}",
        got.display(),
        a.lines().count(),
        b.lines().count()
    );
}

/// A model that was trained on the tables.
pub(crate) fn trained(folder: &Path, tables: &[&Path]) -> PathBuf {
    let model = folder.join(format!("model-{}.json", tables.len()));
    let tables: Vec<&str> = tables.iter().map(|table| text(table)).collect();
    run(&[&["train", "--id", "record_id", "-o", text(&model), "--quiet"], &tables[..]].concat(), 0);
    model
}

#[test]
fn link_by_steps_gives_the_bytes_of_link() {
    let folder = folder();
    let [left, right] = tables(folder.path(), 900);
    let model = trained(folder.path(), &[&left, &right]);
    let mut number = 0;
    let mut check = |words: &[&str], cut_up: &Cut, form: &str| {
        number += 1;
        let (want, out) =
            (folder.path().join(format!("want-{number}.{form}")), folder.path().join(format!("{number}.{form}")));
        let plain =
            ["link", text(&left), text(&right), "--model", text(&model), "--id", "record_id", "-o", text(&want)];
        let plain = stderr(&run(&[&plain[..], words].concat(), 0));
        let words = [&["--model", text(&model)], words].concat();
        let steps = folder.path().join(format!("steps-{number}"));
        let said = staged(&steps, "link", &[&left, &right], cut_up, &words, &["-o", text(&out)]);
        same(&want, &out);
        [plain, said]
            .map(|said| said.lines().filter(|line| line.contains("too large")).map(str::to_owned).collect::<Vec<_>>())
    };
    check(&[], &Cut { parts: 1, buckets: 1, mixed: false }, "csv");
    check(&[], &Cut { parts: 4, buckets: 7, mixed: true }, "parquet");
    check(
        &["--resolve", "best-left", "--ties", "drop", "--explain"],
        &Cut { parts: 3, buckets: 5, mixed: false },
        "jsonl",
    );
    // Blocks that are cut leave their pairs to other rules, and are told of alike.
    let all = ["--all", "--threshold", "0.05", "--block-pairs", "300"];
    let [plain, said] = check(&all, &Cut { parts: 5, buckets: 64, mixed: true }, "csv");
    assert!(!plain.is_empty() && plain == said, "{plain:?} {said:?}");
}

#[test]
fn dedupe_by_steps_gives_the_bytes_of_dedupe() {
    let folder = folder();
    let [table, _] = tables(folder.path(), 1_500);
    let model = trained(folder.path(), &[&table]);
    let mut number = 0;
    let mut check = |words: &[&str], cut_up: &Cut| {
        number += 1;
        let clusters = words.contains(&"--clusters");
        let path = |name: &str| folder.path().join(format!("{name}-{number}.csv"));
        let (want, out, want_cuts, cuts) = (path("want"), path("out"), path("want-cuts"), path("cuts"));
        let mut plain = vec!["dedupe", text(&table), "--model", text(&model), "--id", "record_id", "-o", text(&want)];
        let mut last = vec!["-o", text(&out)];
        if clusters {
            plain.extend(["--cuts", text(&want_cuts)]);
            last.extend(["--cuts", text(&cuts), "--rows"]);
        }
        run(&[&plain[..], words].concat(), 0);
        let words = [&["--model", text(&model)], words].concat();
        staged(&folder.path().join(format!("steps-{number}")), "dedupe", &[&table], cut_up, &words, &last);
        same(&want, &out);
        if clusters {
            same(&want_cuts, &cuts);
            assert!(csv(&cuts).len() > 1, "nothing was cut");
        }
    };
    check(&["--explain"], &Cut { parts: 3, buckets: 7, mixed: true });
    check(&["--clusters", "--threshold", "0.0001,0.9"], &Cut { parts: 2, buckets: 16, mixed: false });
    let chains = ["--clusters", "--no-cut", "--block-pairs", "40"];
    check(&chains, &Cut { parts: 5, buckets: 3, mixed: true });
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let folder = folder();
    let [left, right] = tables(folder.path(), 300);
    let model = trained(folder.path(), &[&left, &right]);
    let path = |name: &str| folder.path().join(name);
    let step = |words: &[&str], status: i32| stderr(&run(&[&["stage", "tables"], words].concat(), status));
    let (plan, other, profile) = (path("plan"), path("other"), path("profile"));
    let (keyed, counted) = (path("keys"), path("counts"));
    let planned = ["plan", "link", "--model", text(&model), "--id", "record_id", "-o"];
    step(&[&planned[..], &[text(&plan)]].concat(), 0);
    step(&[&planned[..], &[text(&other), "--all"]].concat(), 0);
    step(&["profile", text(&left), "--plan", text(&plan), "-o", text(&profile)], 0);
    let keys = |plan: &Path, more: &[&str], status: i32| {
        let words = ["keys", text(&left), "--plan", text(plan), "--profiles", text(&profile), "-o", text(&keyed)];
        step(&[&words[..], more].concat(), status)
    };
    let said = keys(&other, &[], 3);
    assert!(said.contains("belongs to another plan") && said.contains("run all steps with one plan"), "{said}");
    let said = keys(&plan, &["--part", "1"], 2);
    assert!(said.contains("no profile is of part 1"), "{said}");
    keys(&plan, &[], 0);
    let count = |profiles: &[&str], keys: &[&str], status: i32| {
        let words = ["count", "--plan", text(&plan), "-o", text(&counted), "--profiles"];
        step(&[&words[..], profiles, &["--"], keys].concat(), status)
    };
    let right_profile = path("right-profile");
    step(&["profile", text(&right), "--plan", text(&plan), "--side", "right", "-o", text(&right_profile)], 0);
    let said = count(&[text(&profile), text(&right_profile)], &[text(&keyed)], 3);
    assert!(said.contains("rows were keyed, and the tables have"), "{said}");
    let said = count(&[text(&profile), text(&profile)], &[text(&keyed)], 2);
    assert!(said.contains("two parts of one table have the number 0"), "{said}");
    let said = count(&[text(&profile)], &[text(&profile)], 3);
    assert!(said.contains("is what `profile` writes, not `keys`"), "{said}");
    let bytes = of_another_version(&keyed);
    std::fs::write(path("old"), &bytes).unwrap();
    let said = count(&[text(&profile), text(&right_profile)], &[text(&path("old"))], 3);
    assert!(said.contains("was written by version 9"), "{said}");
    std::fs::write(path("cut"), &bytes[..bytes.len() / 2]).unwrap();
    let said = count(&[text(&profile), text(&right_profile)], &[text(&path("cut"))], 3);
    assert!(said.contains("its end is missing"), "{said}");
    let plain = std::fs::read_to_string(&plan).unwrap().replace("plan 1", "plan 0");
    std::fs::write(path("old-plan"), plain).unwrap();
    assert!(keys(&path("old-plan"), &[], 3).contains("not of the form `rewash linkage plan 1`"));
    // No part of a table can tell what these ask for.
    let said = step(&["plan", "link", "--model", text(&model), "-o", "-"], 2);
    assert!(said.contains("names no column of the id"), "{said}");
    run(&["blocks", text(&left), text(&right), "--suggest", text(&path("bare.toml")), "--quiet"], 0);
    let said = step(&["plan", "link", "--model", text(&path("bare.toml")), "--id", "record_id", "-o", "-"], 2);
    assert!(said.contains("the model has no parameters"), "{said}");
}
