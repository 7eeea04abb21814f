//! The same rows give the same bytes: for any number of threads, batch size, cut and order of the register, and plan.

use crate::support::{csv, files, folder, made, register_to_csv, run, text, write_csv};
use rewash::util::hash::mix;
use std::path::Path;

const ON: &str = "2016-04-30";

/// Traces and returns every file but `run.json`, and but the manifest where `inputs_differ`.
fn traced(
    out: &Path,
    extract: &Path,
    registers: &[String],
    more: &[&str],
    inputs_differ: bool,
) -> Vec<(String, Vec<u8>)> {
    let mut arguments = vec!["trace", text(extract), "--out", text(out), "--on", ON, "--quiet"];
    for register in registers {
        arguments.extend(["--register", register]);
    }
    arguments.extend(more);
    run(&arguments, 0);
    files(out)
        .into_iter()
        .filter(|(name, _)| name != "run.json" && !(inputs_differ && name == "manifest.json"))
        .collect()
}

/// Files of two folders are the same, byte for byte.
#[track_caller]
pub(crate) fn same(want: &[(String, Vec<u8>)], got: &[(String, Vec<u8>)], what: &str) {
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(want), names(got), "{what}");
    for ((name, want), (_, got)) in want.iter().zip(got) {
        let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
        let differing = lines(want).into_iter().zip(lines(got)).find(|(want, got)| want != got);
        assert!(want == got, "{what}: {name} differs: {differing:?}");
    }
}

#[test]
fn threads_batches_and_plans() {
    let folder = folder();
    let made = made(folder.path(), 4_000, 600);
    let (extract, register) = (made.join("extract.csv"), format!("hmrc={}", text(&made.join("register.parquet"))));
    let registers = [register];
    let want = traced(&folder.path().join("want"), &extract, &registers, &[], false);
    let ways: [&[&str]; 6] = [
        &["--threads", "1"],
        &["--threads", "2", "--batch-rows", "63"],
        &["--threads", "7", "--batch-rows", "1"],
        &["--threads", "7", "--batch-rows", "997"],
        &["--plan", "index", "--threads", "1"],
        &["--plan", "index", "--threads", "7", "--batch-rows", "64"],
    ];
    for (number, way) in ways.iter().enumerate() {
        let got = traced(&folder.path().join(format!("way-{number}")), &extract, &registers, way, false);
        same(&want, &got, &format!("{way:?}"));
    }
}

#[test]
fn cuts_and_orders_of_the_register() {
    let folder = folder();
    let made = made(folder.path(), 3_000, 500);
    let extract = made.join("extract.csv");
    let whole = folder.path().join("register.csv");
    register_to_csv(&made.join("register.parquet"), &whole);
    let want = traced(&folder.path().join("want"), &extract, &[format!("hmrc={}", text(&whole))], &[], true);
    let rows = csv(&whole);
    for (seed, parts) in [(1_u64, 1_usize), (2, 2), (3, 5)] {
        let mut body: Vec<(u64, &Vec<String>)> =
            rows[1..].iter().enumerate().map(|(index, row)| (mix(index as u64, seed), row)).collect();
        body.sort_unstable_by_key(|(key, _)| *key);
        let each = folder.path().join(format!("cut-{seed}"));
        std::fs::create_dir(&each).unwrap();
        for part in 0..parts {
            let of_part =
                body.iter().filter(|(key, _)| (key >> 7) as usize % parts == part).map(|(_, row)| (*row).clone());
            let table: Vec<Vec<String>> = std::iter::once(rows[0].clone()).chain(of_part).collect();
            write_csv(&each.join(format!("part-{part}.csv")), &table);
        }
        let pattern = format!("hmrc={}/part-*.csv", text(&each));
        let got = traced(&folder.path().join(format!("got-{seed}")), &extract, &[pattern], &["--threads", "2"], true);
        same(&want, &got, &format!("{parts} parts, order {seed}"));
    }
}

#[test]
fn synth_gives_the_same_bytes_for_any_number_of_threads() {
    let folder = folder();
    let mut want = Vec::new();
    for threads in ["1", "2", "7"] {
        let out = folder.path().join(threads);
        run(
            &[
                "synth",
                "--register",
                "3000",
                "--extract",
                "200",
                "--seed",
                "3",
                "--threads",
                threads,
                "--out",
                text(&out),
            ],
            0,
        );
        let got = files(&out);
        assert!(want.is_empty() || want == got, "{threads} threads");
        want = got;
    }
}
