//! What this program is made of: licences, crates that stand twice, where they come from, and `unsafe`.
//!
//! The same lists as in `deny.toml`, held to by a test that needs no tool and no network; `make deny` asks `cargo deny`, which
//! knows of advisories as well.

mod bill;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The list of a name in a section of `deny.toml`.
fn listed(section: &str, name: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let entries = table[section][name].as_array().unwrap();
    entries.iter().map(|entry| entry.as_str().unwrap_or_else(|| entry["crate"].as_str().unwrap()).to_owned()).collect()
}

fn lock() -> toml::Table {
    std::fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap()
}

/// What Cargo knows of the packages that a build on this machine needs, without a network.
fn metadata() -> Value {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Name and version of every crate that is built on this machine for these kinds of use, as `cargo tree` spells them. Cargo's
/// metadata name more: crates that a feature would bring which nobody turns on.
fn built(edges: &str) -> BTreeSet<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--prefix", "none", "--format", "{p}", "--edges", edges])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let word = |word: Option<&str>| word.unwrap_or_default().trim_start_matches('v').to_owned();
    let crate_of = |line: &str| {
        let mut words = line.split_whitespace();
        (word(words.next()), word(words.next()))
    };
    text.lines().filter(|line| !line.is_empty()).map(crate_of).collect()
}

fn packages() -> Vec<Value> {
    metadata()["packages"].as_array().unwrap().clone()
}

/// Whether an expression of licences can be met by the allowed ones. Older manifests write `/` for OR.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let text = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    either(&words, &mut at, allowed) && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= both(words, at, allowed);
    }
    met
}

fn both(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = either(words, at, allowed);
        *at += 1;
        return met;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    allowed.contains(&name)
}

#[test]
fn every_crate_has_an_allowed_licence_and_comes_from_the_registry() {
    let allowed = listed("licenses", "allow");
    let packages = packages();
    assert!(packages.len() > 200);
    for package in &packages {
        let name = format!("{} {}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} names no licence"));
        assert!(is_met(licence, &allowed), "{name}: {licence}");
        let is_own = package["name"] == "rewash";
        let source = package["source"].as_str().unwrap_or_default();
        assert!(is_own || source == "registry+https://github.com/rust-lang/crates.io-index", "{name}: {source}");
    }
}

#[test]
fn crates_that_stand_twice_are_named() {
    let skipped = listed("bans", "skip");
    let mut versions: BTreeMap<String, usize> = BTreeMap::new();
    for (name, _) in built("normal,build,dev") {
        *versions.entry(name).or_default() += 1;
    }
    let twice: BTreeSet<String> = versions.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect();
    assert_eq!(twice, skipped, "`deny.toml` names other crates than stand twice");
}

#[test]
fn the_lock_file_has_a_checksum_for_every_crate() {
    for package in lock()["package"].as_array().unwrap() {
        let has_checksum = package.get("checksum").is_some_and(|sum| sum.as_str().unwrap().len() == 64);
        assert!(has_checksum || package["name"].as_str() == Some("rewash"), "{}", package["name"]);
    }
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    // Each was reviewed: one more has to be, too, and is counted here then.
    for (name, reviewed) in [("src/main.rs", 7), ("src/store/map.rs", 5), ("src/frame/convert.rs", 3)] {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let mut blocks = 0;
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("unsafe {")) {
            blocks += 1;
            // The reason is a comment right above the statement that the block is in.
            let said = lines[at.saturating_sub(9)..at].iter().any(|above| above.trim_start().starts_with("// SAFETY:"));
            assert!(said, "{name}:{}: {line}", at + 1);
        }
        assert_eq!(blocks, reviewed, "{name}: blocks of unsafe");
    }
}

/// The list of what the program is made of; `make sbom` has it written.
#[test]
fn the_bill_of_materials_names_every_crate_with_its_licence_and_digest() {
    let bill = bill::of(&metadata(), &lock(), &built("normal"));
    let components = bill["components"].as_array().unwrap();
    assert!(components.len() > 150, "{}", components.len());
    for component in components {
        assert!(component["purl"].as_str().unwrap().starts_with("pkg:cargo/"), "{component}");
        assert!(component["licenses"][0]["expression"].is_string(), "{component}");
        assert_eq!(component["hashes"][0]["content"].as_str().unwrap().len(), 64, "{component}");
    }
    let names: BTreeSet<&str> = components.iter().map(|component| component["name"].as_str().unwrap()).collect();
    assert!(names.contains("arrow") && !names.contains("proptest"), "what tests alone need is no part of the program");
    assert_eq!(components.len() + 1, built("normal").len(), "nor is what no feature brings in");
    if let Some(path) = std::env::var_os("REWASH_SBOM") {
        std::fs::write(path, format!("{bill:#}\n")).unwrap();
    }
}

#[test]
fn expressions_of_licences_are_read() {
    let allowed = ["MIT", "Apache-2.0 WITH LLVM-exception", "ISC"].map(str::to_owned).into();
    for (expression, met) in [
        ("MIT OR Apache-2.0", true),
        ("Apache-2.0/MIT", true),
        ("Apache-2.0", false),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("(GPL-3.0 OR BSL-1.0) AND ISC", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("MIT AND", false),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}
