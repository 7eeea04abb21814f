//! Rules of the memorandum, switched off one by one: the test that guards each must fail then.
//!
//! `tests/rules/switches.toml` says which expression of the source a rule is, and what stands in its place without it. That
//! each still finds its place is held here always. `make test-rules` does the rest: it copies the project, puts a switch
//! around every one of these expressions, builds that once, and runs each test with its rule on and off.

use crate::support::{csv, text};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    obligations: Vec<String>,
    file: String,
    within: String,
    on: String,
    off: String,
    tests: Vec<String>,
}

#[derive(Deserialize)]
struct Rules {
    rule: Vec<Rule>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rules() -> Vec<Rule> {
    let file = std::fs::read_to_string(root().join("tests/rules/switches.toml")).unwrap();
    toml::from_str::<Rules>(&file).unwrap().rule
}

impl Rule {
    /// Its source with a switch around it.
    fn switched(&self, source: &str) -> String {
        let name = &self.name;
        assert_eq!(source.matches(&self.within).count(), 1, "{name}: `{}` stands once in {}", self.within, self.file);
        assert_eq!(self.within.matches(&self.on).count(), 1, "{name}: `{}` stands once within", self.on);
        let switch = format!("(if crate::switched_off({name:?}) {{ {} }} else {{ {} }})", self.off, self.on);
        source.replace(&self.within, &self.within.replace(&self.on, &switch))
    }
}

#[test]
fn every_switch_has_its_place_and_its_test_guards_its_obligations() {
    let table = csv(&root().join("data/obligations.csv"));
    let at = |name: &str| table[0].iter().position(|column| column == name).unwrap();
    let (rules, [id, tests]) = (rules(), [at("id"), at("tests")]);
    let names: BTreeSet<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names.len(), rules.len(), "each name stands once");
    for rule in &rules {
        rule.switched(&std::fs::read_to_string(root().join(&rule.file)).unwrap());
        assert!(!rule.obligations.is_empty() && rule.on != rule.off, "{}", rule.name);
        let mut guarding = BTreeSet::new();
        for obligation in &rule.obligations {
            let row = table.iter().find(|row| row[id] == *obligation).unwrap_or_else(|| panic!("{obligation}"));
            let own: Vec<&String> =
                rule.tests.iter().filter(|test| row[tests].split(';').any(|own| own == *test)).collect();
            assert!(!own.is_empty(), "{obligation} is guarded by none of {:?}", rule.tests);
            guarding.extend(own);
        }
        assert_eq!(guarding.len(), rule.tests.len(), "{}: a test guards none of its obligations", rule.name);
    }
    let covered: BTreeSet<&String> = rules.iter().flat_map(|rule| &rule.obligations).collect();
    assert!(covered.len() >= 60, "{}", covered.len());
}

/// Copies what a build needs, with every rule behind its switch.
fn copy(to: &Path, rules: &[Rule]) {
    if to.exists() {
        std::fs::remove_dir_all(to).unwrap();
    }
    copy_folder(root(), to, &|name| !["target", "out", "node_modules"].contains(&name) && !name.starts_with('.'));
    for rule in rules {
        let file = to.join(&rule.file);
        let switched = rule.switched(&std::fs::read_to_string(&file).unwrap());
        std::fs::write(&file, switched).unwrap();
    }
    let library = to.join("src/lib.rs");
    let hook = "\n/// Whether a rule is switched off.\npub fn switched_off(rule: &str) -> bool {\n    \
                std::env::var(\"REWASH_RULE_OFF\").is_ok_and(|off| off == rule)\n}\n";
    std::fs::write(&library, std::fs::read_to_string(&library).unwrap() + hook).unwrap();
}

fn copy_folder(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        let (from, to) = (entry.path(), to.join(&name));
        match (wanted(name.to_str().unwrap()), from.is_dir()) {
            (false, _) => {}
            (true, true) => copy_folder(&from, &to, wanted),
            (true, false) => drop(std::fs::copy(&from, &to).unwrap()),
        }
    }
}

/// What was built of other crates is linked, not built again.
fn link_dependencies(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name();
        if name.to_str().unwrap().trim_start_matches("lib").starts_with("rewash-") || to.exists() {
            continue;
        }
        if from.is_dir() {
            link_dependencies(&from, &to);
        } else if std::fs::hard_link(&from, &to).is_err() {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// Builds the tests of the copy; gives their programs.
fn build(copy: &Path, target: &Path) -> Vec<PathBuf> {
    let quick = "profile.release.package.rewash.opt-level=0";
    let output = Command::new(env!("CARGO"))
        .args(["test", "--release", "--no-run", "--lib", "--test", "it", "--config", quick])
        .args(["--message-format", "json"])
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let built = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = built.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    messages
        .filter(|message| message["profile"]["test"] == true)
        .filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .collect()
}

/// The program that holds a test, and its name there.
fn place_of(test: &str, programs: &[PathBuf]) -> (PathBuf, String) {
    let found = programs.iter().find_map(|program| {
        let output = Command::new(program).arg("--list").output().unwrap();
        let list = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut names = list.lines().filter_map(|line| line.strip_suffix(": test"));
        Some((program.clone(), names.find(|name| name.rsplit("::").next() == Some(test))?.to_owned()))
    });
    found.unwrap_or_else(|| panic!("there is no test {test}"))
}

fn run_one((program, test): &(PathBuf, String), copy: &Path, off: Option<&str>) -> Output {
    // Tests of commands run the copy's program, not the one that this test was started with.
    let rewash = program.ancestors().nth(2).unwrap().join("rewash");
    let mut command = Command::new(program);
    command.args([test.as_str(), "--exact"]).current_dir(copy).env_remove("REWASH_RULE_OFF");
    command.env("CARGO_BIN_EXE_rewash", rewash);
    if let Some(rule) = off {
        command.env("REWASH_RULE_OFF", rule);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("running 1 test"), "{test}: {said}");
    output
}

/// Takes minutes and a build of its own: `make test-rules`.
#[test]
#[ignore = "builds a copy of the project: make test-rules"]
fn each_rule_that_is_switched_off_is_missed_by_its_test() {
    let rules = rules();
    let target = root().join("target/rules");
    let (copied, built) = (target.join("project"), target.join("build"));
    copy(&copied, &rules);
    for part in ["deps", "build", ".fingerprint"] {
        link_dependencies(&root().join("target/release").join(part), &built.join("release").join(part));
    }
    let programs = build(&copied, &built);
    assert_eq!(programs.len(), 2, "{programs:?}");
    let mut not_missed = Vec::new();
    for (rule, test) in rules.iter().flat_map(|rule| rule.tests.iter().map(move |test| (rule, test))) {
        let place = place_of(test, &programs);
        let on = run_one(&place, &copied, None);
        assert!(on.status.success(), "{test}: {}", String::from_utf8_lossy(&on.stdout));
        let off = run_one(&place, &copied, Some(&rule.name));
        let verdict = if off.status.success() { "NOT MISSED" } else { "missed" };
        println!("{verdict}: {} ({}): {test}", rule.name, rule.obligations.join(" "));
        if off.status.success() {
            not_missed.push(rule.name.as_str());
        }
    }
    assert!(not_missed.is_empty(), "{not_missed:?}: switched off in {}", text(&copied));
}
