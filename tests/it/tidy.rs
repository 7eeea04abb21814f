//! House rules as tests: layers, sizes of files and functions, names that may not be used, paths that must exist.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const LAYERS: &[&[&str]] = &[
    &["error", "ids", "util"],
    &["model"],
    &["frame", "lexicon", "store"],
    &["ingest", "program", "standardise"],
    &["block", "compare"],
    &["score"],
    &["resolve"],
    &["engine"],
    &["exchange"],
    &["report", "synth"],
    &["cli"],
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// Files of the library with their module and text.
fn files() -> Vec<(PathBuf, String, String)> {
    let src = root().join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let inner = path.strip_prefix(&src).unwrap().to_path_buf();
            let first = inner.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (inner, first, text)
        })
        .collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Modules that a text names by `crate::`.
fn imports(text: &str) -> Vec<String> {
    text.match_indices("crate::")
        .filter(|(at, _)| !text[..*at].ends_with('$'))
        .map(|(at, found)| {
            let rest = &text[at + found.len()..];
            rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned()
        })
        .collect()
}

#[test]
fn modules_import_from_lower_layers_alone() {
    let mut wrong = Vec::new();
    for (path, module, text) in files() {
        if module == "lib" || module == "main" {
            continue;
        }
        let own = layer(&module).unwrap_or_else(|| panic!("{module} has no layer"));
        assert!(!text.contains("use crate::{"), "{}: one module a use line", path.display());
        let tests_begin = text.find("#[cfg(test)]").unwrap_or(text.len());
        let in_tests = path.file_name().is_some_and(|name| name == "tests.rs");
        for import in imports(if in_tests { "" } else { &text[..tests_begin] }) {
            let lower = layer(&import).is_some_and(|other| other < own);
            if !lower && import != module {
                wrong.push(format!("{}: {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_layer_rule_bites() {
    assert_eq!(imports("use crate::engine::trace;\nlet x = crate::cli::main();"), ["engine", "cli"]);
    assert!(layer("engine") < layer("exchange"));
}

#[test]
fn files_and_functions_stay_readable() {
    for (path, _, text) in files() {
        let lines = text.lines().count();
        assert!(lines <= 800, "{}: {lines} lines", path.display());
        for (name, length) in functions(&text) {
            assert!(length <= 70, "{}: {name} has {length} lines", path.display());
        }
    }
}

/// Functions with their lengths: from the `fn` line to the brace that closes at its indent.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let words = ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "const fn ", "pub const fn "];
        if !words.iter().any(|word| trimmed.starts_with(word)) {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(line.len() - trimmed.len()));
        if let Some(length) = lines[start..].iter().position(|line| **line == closing) {
            out.push((trimmed.chars().take(40).collect(), length + 1));
        }
    }
    out
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, _, text) in files() {
        let tests = path.file_name().is_some_and(|name| name == "tests.rs");
        assert!(tests || text.starts_with("//!"), "{}", path.display());
    }
}

#[test]
fn names_that_may_not_be_used() {
    let banned: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("HashMap::", &["util/hash.rs"][..]),
        ("AHashMap", &["util/hash.rs"]),
        ("SystemTime", &[]),
        ("process::exit", &[]),
        (concat!("todo", "!("), &[]),
        (concat!("unimplemented", "!("), &[]),
        ("File::create", &["store/folder.rs"]),
    ]);
    for (path, _, text) in files() {
        let inner = path.to_str().unwrap();
        if inner.contains("tests") {
            continue;
        }
        let code = &text[..text.find("#[cfg(test)]").unwrap_or(text.len())];
        for (name, allowed) in &banned {
            let used = code
                .lines()
                .map(|line| line.replace("OutputFile::create", ""))
                .any(|line| line.contains(name) && !line.trim_start().starts_with("//"));
            assert!(!used || allowed.contains(&inner), "{inner}: {name}");
        }
    }
}

#[test]
fn unsafe_stands_in_named_files_alone() {
    for (path, _, text) in files() {
        let inner = path.to_str().unwrap();
        let used = text.lines().any(|line| line.contains("unsafe {") || line.contains("unsafe fn"));
        assert!(!used || ["main.rs", "store/map.rs", "frame/convert.rs"].contains(&inner), "{inner}");
    }
}

#[test]
fn paths_of_the_readme_exist() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for word in readme.split('`').skip(1).step_by(2) {
        let path = word.split_whitespace().next().unwrap_or("");
        let ours = ["src/", "data/", "benches/", "tests/"].iter().any(|folder| path.starts_with(folder));
        if ours && !path.contains(['*', '{']) {
            assert!(root().join(path).exists(), "README names {path}");
        }
    }
}
