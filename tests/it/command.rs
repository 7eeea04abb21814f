//! The built program: outcomes, exit statuses, standard streams, what is left on disk.

use crate::support::{csv, files, folder, made, register_to_csv, rewash, rewash_with_input, run, stderr, text};
use std::os::unix::fs::PermissionsExt;

const ALL_FILES: [&str; 10] = [
    "exceptions.csv",
    "hmrc_no_hits.csv",
    "hmrc_to_dwp.csv",
    "hmrc_to_ho.csv",
    "hmrc_unresolved.csv",
    "manifest.json",
    "outcomes.parquet",
    "review.csv",
    "review.jsonl",
    "run.json",
];

#[test]
fn help_is_data_and_errors_are_talk() {
    let help = run(&["--help"], 0);
    assert!(!help.stdout.is_empty() && help.stderr.is_empty());
    let wrong = run(&["trase"], 2);
    assert!(wrong.stdout.is_empty() && stderr(&wrong).contains("trace"), "{}", stderr(&wrong));
}

#[test]
fn every_error_has_one_form_and_a_code() {
    let folder = folder();
    let extract = folder.path().join("extract.csv");
    std::fs::write(&extract, "a,b\n1,2\n").unwrap();
    std::fs::set_permissions(&extract, std::fs::Permissions::from_mode(0o600)).unwrap();
    let near = folder.path().join("extrct.csv");
    let near = text(&near);
    for (words, status, what, hint, code) in [
        (vec!["trase"], 2, "error: there is no command `trase`", "did you mean `trace`?", "E21"),
        (vec!["trace", near, "--regster", "x"], 2, "error: there is no option `--regster`", "`--register`?", "E21"),
        (vec!["check", near], 3, ": no such file", "extract.csv`?", "E31"),
        (vec!["check", text(&extract)], 3, "lacks", "add the missing columns", "E32"),
    ] {
        let output = run(&words, status);
        let said = stderr(&output);
        let lines: Vec<&str> = said.lines().collect();
        let [first, second, third] = lines[..] else { panic!("{said}") };
        assert!(first.starts_with("error: ") && first.contains(what), "{said}");
        assert!(second.starts_with("hint: ") && second.contains(hint), "{said}");
        assert_eq!(third, format!("code: {code}, explained by `rewash help {code}`"));
        let explained = run(&["help", code], 0);
        assert!(String::from_utf8_lossy(&explained.stdout).starts_with(code));
        // The same as one JSON object.
        let json = run(&[&words[..], &["--log", "json"]].concat(), status);
        let event: serde_json::Value = serde_json::from_str(stderr(&json).trim()).unwrap();
        assert_eq!((event["event"].as_str(), event["code"].as_str()), (Some("error"), Some(code)));
    }
}

#[test]
fn shells_and_man_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell], 0);
        let script = String::from_utf8(script.stdout).unwrap();
        assert!(script.contains("review") && script.contains("completions"), "{shell}");
    }
    let page = String::from_utf8(run(&["man"], 0).stdout).unwrap();
    assert!(page.starts_with(".ie") && page.contains(".TH rewash 1"));
    let folder = folder();
    let out = folder.path().join("man1");
    run(&["man", "--out", text(&out)], 0);
    let pages = files(&out);
    assert!(pages.iter().any(|(page, _)| page == "rewash.1"));
    for name in ["rewash-review.1", "rewash-pool-due.1", "rewash-ledger-incident-open.1"] {
        let page = pages.iter().find(|(page, _)| page == name).unwrap();
        assert!(String::from_utf8_lossy(&page.1).contains("Example"), "{name}");
    }
}

#[test]
fn colours_are_for_terminals_alone() {
    let output = run(&["trase"], 2);
    assert!(!stderr(&output).contains('\u{1b}'));
    assert!(!String::from_utf8_lossy(&run(&["--help"], 0).stdout).contains('\u{1b}'));
}

#[test]
fn the_demonstration_runs_and_leaves_what_it_says() {
    let folder = folder();
    let out = folder.path().join("demo");
    let output = run(&["demo", "--register", "3000", "--extract", "400", "--out", text(&out)], 0);
    let said = stderr(&output);
    for word in [
        "extract rows",
        "searchable",
        "match",
        "review",
        "ambiguous",
        "no hit",
        "seconds",
        "peak memory",
        "pair completeness",
        "precision of match",
    ] {
        assert!(said.contains(word), "{word}\n{said}");
    }
    let names: Vec<String> = files(&out.join("hmrc/traced")).into_iter().map(|(name, _)| name).collect();
    // The demonstration knows the truth, so it says what was compared too.
    let more: Vec<&str> = names.iter().map(String::as_str).filter(|name| !ALL_FILES.contains(name)).collect();
    assert_eq!(more, ["compared.csv"]);
    assert_eq!(names.len(), ALL_FILES.len() + 1);
    assert!(said.contains("no benefit") && said.contains("savings_gbp = "), "{said}");
    for file in
        ["dwp/benefits/dwp_to_ho.csv", "dwp/savings/dwp_savings.csv", "hmrc/checked/report.txt", "report/metrics.xlsx"]
    {
        assert!(out.join(file).exists(), "{file}");
    }
    // All three departments' chains are whole, and the manifests carry heads of them.
    for (department, run) in [("home_office", "home_office/wash"), ("hmrc", "hmrc/traced"), ("dwp", "dwp/benefits")] {
        let (ledger, manifest) = (out.join(department).join("ledger"), out.join(run).join("manifest.json"));
        crate::support::run(&["audit", "verify", "--ledger", text(&ledger), "--anchor", text(&manifest)], 0);
    }
    assert_eq!(
        stderr(&rewash(&["demo", "--out", text(&out)])).lines().next(),
        Some(format!("error: {}: exists already", out.display()).as_str())
    );
}

#[test]
fn folders_and_files_are_private() {
    let folder = folder();
    let made = made(folder.path(), 500, 50);
    let out = folder.path().join("out");
    let register = text(&made.join("register.parquet")).to_owned();
    run(
        &["trace", text(&made.join("extract.csv")), "--register", &register, "--out", text(&out), "--on", "2016-04-30"],
        0,
    );
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&out), 0o700);
    for (name, _) in files(&out) {
        assert_eq!(mode(&out.join(&name)), 0o600, "{name}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_dry_run_prints_the_cost_of_each_rule_and_writes_nothing() {
    let folder = folder();
    let made = made(folder.path(), 500, 50);
    let out = folder.path().join("out");
    let output = run(
        &[
            "trace",
            text(&made.join("extract.csv")),
            "--register",
            text(&made.join("register.parquet")),
            "--out",
            text(&out),
            "--dry-run",
        ],
        0,
    );
    for rule in rewash::block::RULES {
        assert!(stderr(&output).contains(rule.name()), "{}", rule.name());
    }
    assert!(!out.exists());
}

#[test]
fn a_register_may_come_from_standard_input() {
    let folder = folder();
    let made = made(folder.path(), 400, 60);
    let csv_register = folder.path().join("register.csv");
    register_to_csv(&made.join("register.parquet"), &csv_register);
    let trace = |register: &str, out: &str, input: &[u8]| {
        let out = folder.path().join(out);
        let output = rewash_with_input(
            &[
                "trace",
                text(&made.join("extract.csv")),
                "--register",
                register,
                "--out",
                text(&out),
                "--on",
                "2016-04-30",
                "--format",
                "csv",
            ],
            input,
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        std::fs::read(out.join("outcomes.csv")).unwrap()
    };
    let from_file = trace(&format!("hmrc={}", text(&csv_register)), "file", b"");
    let from_pipe = trace("-", "pipe", &std::fs::read(&csv_register).unwrap());
    assert!(from_file == from_pipe);
}

#[test]
fn a_register_file_that_is_given_twice_is_read_once() {
    let folder = folder();
    let made = made(folder.path(), 400, 60);
    let path = |name: &str| folder.path().join(name);
    let rows = path("rows.csv");
    register_to_csv(&made.join("register.parquet"), &rows);
    std::fs::copy(&rows, path("copy.csv")).unwrap();
    let [once, copy, bank] = [("hmrc", "rows"), ("hmrc", "copy"), ("bank", "copy")]
        .map(|(set, file)| format!("{set}={}", text(&path(&format!("{file}.csv")))));
    let all = format!("hmrc={}", text(&path("*.csv")));
    let extract = made.join("extract.csv");
    let trace = |name: &str, registers: &[&String]| {
        let out = path(name);
        let words = ["trace", text(&extract), "--out", text(&out), "--on", "2016-04-30", "--format", "csv"];
        let named = registers.iter().flat_map(|register| ["--register", register]);
        let output = run(&words.into_iter().chain(named).collect::<Vec<_>>(), 0);
        let files: Vec<_> = files(&out).into_iter().filter(|(name, _)| name != "run.json").collect();
        (files, stderr(&output).matches("and is read once").count())
    };
    let (want, told) = trace("once", &[&once]);
    assert_eq!(told, 0);
    // Twice by name, by the same name, and by a glob beside a name.
    for (name, registers, copies) in
        [("twice", vec![&once, &copy], 1), ("same", vec![&once, &once], 1), ("glob", vec![&once, &all], 2)]
    {
        let (got, told) = trace(name, &registers);
        crate::same_bytes::same(&want, &got, name);
        assert_eq!(told, copies, "{name}");
    }
    // The same rows in other bytes.
    let parquet = format!("hmrc={}", text(&made.join("register.parquet")));
    let (got, told) = trace("parquet", &[&once, &parquet]);
    crate::same_bytes::same(&want, &got, "parquet");
    assert_eq!(told, 1);
    // Another data set is another, whatever its bytes.
    assert_eq!(trace("other", &[&once, &bank]).1, 0);
    let built = run(&["index", "build", &once, &copy, "--out", text(&path("index"))], 0);
    let rows = csv(&rows).len() - 1;
    assert!(stderr(&built).contains("copy.csv: has the bytes of rows.csv, and is read once"), "{}", stderr(&built));
    let inspected = run(&["index", "inspect", text(&path("index")), "--log", "json"], 0);
    assert!(stderr(&inspected).contains(&rewash::report::thousands(rows as u64)), "{}", stderr(&inspected));
}

#[test]
fn every_extract_row_has_an_outcome_and_is_in_one_file_for_the_home_office() {
    let folder = folder();
    let made = made(folder.path(), 2_000, 300);
    let out = folder.path().join("out");
    let (extract, register) = (made.join("extract.csv"), format!("hmrc={}", text(&made.join("register.parquet"))));
    run(
        &[
            "trace",
            text(&extract),
            "--register",
            &register,
            "--out",
            text(&out),
            "--on",
            "2016-04-30",
            "--format",
            "csv",
        ],
        0,
    );
    let column = |file: &str, index: usize| -> Vec<String> {
        csv(&out.join(file))[1..].iter().map(|row| row[index].clone()).collect()
    };
    let want: Vec<String> = csv(&extract)[1..].iter().map(|row| row[2].clone()).collect();
    assert_eq!(column("outcomes.csv", 1), want);
    let mut returned = column("hmrc_to_ho.csv", 2);
    returned.dedup();
    returned.extend(column("hmrc_no_hits.csv", 2));
    returned.extend(column("hmrc_unresolved.csv", 2));
    returned.sort();
    let mut want = want;
    want.sort();
    assert_eq!(returned, want);
}

#[test]
fn nothing_matched_is_status_one() {
    let folder = folder();
    let extract = folder.path().join("extract.csv");
    std::fs::write(
        &extract,
        "dash_reference,dash_source,cid_person_id,full_name,date_of_birth\nD1,MRP,1,Nobody Atall,1980-02-03\n",
    )
    .unwrap();
    let register = folder.path().join("register.csv");
    std::fs::write(&register, "nino,forename,surname,date_of_birth\nAB123457C,Ana,Li,1970-05-06\n").unwrap();
    let out = folder.path().join("out");
    let output = run(&["trace", text(&extract), "--register", text(&register), "--out", text(&out)], 1);
    assert!(stderr(&output).contains("built-in model"), "{}", stderr(&output));
    assert_eq!(csv(&out.join("hmrc_no_hits.csv")).len(), 2);
}

#[test]
fn a_saved_model_gives_the_same_outcomes() {
    let folder = folder();
    let made = made(folder.path(), 2_000, 500);
    let model = folder.path().join("model.json");
    let register = format!("hmrc={}", text(&made.join("register.parquet")));
    let trace = |out: &str, more: &[&str]| {
        let out = folder.path().join(out);
        let extract = made.join("extract.csv");
        let mut arguments = vec![
            "trace",
            text(&extract),
            "--register",
            &register,
            "--out",
            text(&out),
            "--on",
            "2016-04-30",
            "--format",
            "csv",
        ];
        arguments.extend(more);
        run(&arguments, 0);
        ["outcomes.csv", "review.csv", "hmrc_to_ho.csv", "hmrc_unresolved.csv"]
            .map(|name| std::fs::read_to_string(out.join(name)).unwrap())
    };
    let learned = trace("learned", &["--save-model", text(&model)]);
    assert!(std::fs::read_to_string(&model).unwrap().contains("two_exact/nothing"));
    let given = trace("given", &["--model", text(&model)]);
    for (learned, given) in learned.iter().zip(&given) {
        let differing = learned.lines().zip(given.lines()).filter(|(a, b)| a != b).count();
        assert!(learned == given, "{differing} of {} rows differ", learned.lines().count());
    }
    assert!(learned[0].lines().count() > 450, "{}", learned[0].lines().count());
}

#[test]
fn progress_and_messages_as_json_lines() {
    let folder = folder();
    let output = rewash(&[
        "--log",
        "json",
        "trace",
        "nowhere.csv",
        "--register",
        "nothing.csv",
        "--out",
        text(&folder.path().join("out")),
    ]);
    assert_eq!(output.status.code(), Some(3));
    let line: serde_json::Value = serde_json::from_str(stderr(&output).lines().last().unwrap()).unwrap();
    assert_eq!((line["event"].as_str(), line["exit_status"].as_u64()), (Some("error"), Some(3)));
}

/// Standard error with what changes from run to run made the same.
fn steady(text: &str, folder: &std::path::Path) -> String {
    let text = text.replace(folder.to_str().unwrap(), "FOLDER");
    text.lines()
        .map(|line| match line.split_once("  ") {
            Some((label, _)) if label.starts_with("seconds") || label.starts_with("peak memory") => {
                format!("{label}  ...")
            }
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_is_said_stays_as_it_is() {
    use std::os::unix::fs::OpenOptionsExt;
    let folder = folder();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        path
    };
    let header = "dash_reference,dash_source,cid_person_id,full_name,date_of_birth\n";
    let extract = write("extract.csv", &format!("{header}D1,MRP,1,Tesfaye Mekonnen,1984-07-19\nD2,MRP,2,Unknown,\n"));
    let wrong = write("wrong.csv", "dash_ref,source,cid,fullname,birth\nD1,MRP,1,A B,1984-07-19\n");
    let register = write(
        "register.csv",
        "record_id,nino,forename,surname,date_of_birth,shoe_size\nR1,AB123457C,Tesfaye,Mekonnen,1984-07-19,9\n",
    );
    let out = folder.path().join("out");
    let said = |arguments: &[&str]| {
        let output = rewash(arguments);
        format!("{:?}\n{}", output.status.code(), steady(&stderr(&output), folder.path()))
    };
    let common = ["--register", text(&register), "--out", text(&out), "--on", "2016-04-30"];
    let with = |extract: &str| said(&[&["trace", extract][..], &common[..]].concat());
    insta::assert_snapshot!("a_wrong_header", with(text(&wrong)));
    insta::assert_snapshot!("a_trace", with(text(&extract)));
    insta::assert_snapshot!("an_output_that_exists", with(text(&extract)));
    insta::assert_snapshot!(
        "a_wrong_date",
        said(&["trace", text(&extract), "--register", text(&register), "--out", "x", "--on", "30/04/2016"])
    );
    insta::assert_snapshot!(
        "a_wrong_rate",
        said(&["synth", "--register", "10", "--extract", "5", "--out", "x", "--rate", "typo=2"])
    );
}
