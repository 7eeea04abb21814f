//! The report's page in a real browser: nothing on the console, nothing fetched, every chart with content and a table, and
//! what axe-core finds, light and dark. Where there is no Chromium the test says so and passes; `npm ci` in `tests/browser`
//! brings axe-core.

use crate::report::ledger;
use crate::support::{files, folder, made, run, stderr, text};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Chromium under one of its names.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let known = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    named.into_iter().chain(known).find(|path| path.is_file())
}

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser").join(name)
}

/// Document and console of a page as the browser has them once it is loaded.
fn look(browser: &Path, page: &Path, profile: &Path, more: &[&str]) -> (String, Vec<String>) {
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"])
        .args(["--window-size=1200,1600", "--virtual-time-budget=60000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", text(profile)))
        .args(more)
        .arg(format!("file://{}", text(page)))
        .output()
        .unwrap();
    let console = stderr(&output).lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), console)
}

/// The page with what looks at it put in; its own policy would keep any script from running.
fn watched(html: &str) -> String {
    let policy = html.find("<meta http-equiv=\"Content-Security-Policy\"").expect("a policy that forbids to fetch");
    let end = policy + html[policy..].find('>').unwrap() + 1;
    let axe = std::fs::read_to_string(beside("node_modules/axe-core/axe.min.js")).unwrap_or_default();
    let check = std::fs::read_to_string(beside("check.js")).unwrap();
    let scripts = format!("<script>{axe}</script>\n<script>{check}</script>\n</body>");
    format!("{}{}", &html[..policy], &html[end..]).replace("</body>", &scripts)
}

/// What the check wrote into the page.
fn findings(document: &str) -> serde_json::Value {
    let found = document.split("id=\"findings\">").nth(1).and_then(|rest| rest.split("</script>").next());
    serde_json::from_str(found.expect("the browser ran the check")).unwrap()
}

/// Holds a page to the checks; says whether axe-core was there to judge too.
fn check(browser: &Path, page: &Path, scratch: &Path) -> bool {
    let mut has_axe = true;
    let profile = scratch.join("profile");
    let (_, console) = look(browser, page, &profile, &[]);
    assert!(console.is_empty(), "{console:?}");
    let html = std::fs::read_to_string(page).unwrap();
    let copy = scratch.join("watched.html");
    std::fs::write(&copy, watched(&html)).unwrap();
    for (scheme, words) in [
        ("light", &["--blink-settings=preferredColorScheme=1"][..]),
        ("dark", &["--blink-settings=preferredColorScheme=0"]),
        ("light", &["--blink-settings=preferredColorScheme=1", "--window-size=500,900"]),
    ] {
        let (document, console) = look(browser, &copy, &profile, words);
        assert!(console.is_empty(), "{console:?}");
        let found = findings(&document);
        assert_eq!((found["scheme"].as_str(), &found["faults"]), (Some(scheme), &serde_json::json!([])), "{found:#}");
        assert!(found["charts"].as_u64().unwrap() >= 5, "{found:#}");
        if found["axe"].is_null() {
            has_axe = false;
            continue;
        }
        assert_eq!(found["axe"]["violations"], serde_json::json!([]), "{scheme}: {found:#}");
        assert!(found["axe"]["passes"].as_u64().unwrap() > 20, "{found:#}");
    }
    has_axe
}

const NO_AXE: &str = "skipped in part: `npm ci` in tests/browser brings axe-core; own checks alone were made";
const NO_BROWSER: &str = "skipped: there is no chromium; install it, or name it in CHROMIUM";

#[test]
fn the_page_stands_up_in_a_browser() {
    let Some(browser) = browser() else {
        eprintln!("{NO_BROWSER}");
        return;
    };
    let scratch = folder();
    let demo = scratch.path().join("demo");
    run(&["demo", "--register", "6000", "--extract", "900", "--out", text(&demo)], 0);
    if !check(&browser, &demo.join("report/report.html"), scratch.path()) {
        eprintln!("{NO_AXE}");
    }
}

#[test]
fn a_page_of_a_ledger_alone_stands_up_in_a_browser() {
    let scratch = folder();
    let (path, out) = (scratch.path().join("ledger"), scratch.path().join("mi"));
    ledger(&path);
    run(&["report", "--ledger", text(&path), "--on", "2016-06-30", "--html", "--out", text(&out)], 0);
    let page = out.join("report.html");
    let html = std::fs::read_to_string(&page).unwrap();
    for told in ["Hit rate by pool", "Hit rate by cohort", "180 of 200", "No trace was given", "report_by_nationality"]
    {
        assert!(html.contains(told), "{told}");
    }
    for secret in ["SECRET", "W0001-", "Ana Li"] {
        assert!(!html.contains(secret), "{secret}");
    }
    match browser() {
        Some(browser) if check(&browser, &page, scratch.path()) => {}
        Some(_) => eprintln!("{NO_AXE}"),
        None => eprintln!("{NO_BROWSER}"),
    }
}

#[test]
fn the_check_in_the_browser_bites() {
    let Some(browser) = browser() else {
        eprintln!("{NO_BROWSER}");
        return;
    };
    let scratch = folder();
    let page = scratch.path().join("bad.html");
    let bad = "<!DOCTYPE html><html><head><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\"><title>t</title></head>\
               <body><main><h1>a</h1><h3>b</h3><section id=\"s\"><p style=\"color:#ccc;background:#fff\">pale</p></section>\
               <figure id=\"f\"><svg role=\"img\" width=\"400\" height=\"90\"><rect width=\"400\" height=\"90\"/></svg></figure>\
               <img src=\"http://127.0.0.1:9/none.png\" alt=\"\"></main></body></html>";
    let profile = scratch.path().join("profile");
    std::fs::write(&page, bad).unwrap();
    let (_, console) = look(&browser, &page, &profile, &[]);
    assert!(console.iter().any(|line| line.contains("none.png")), "what the policy forbids is told on the console");
    std::fs::write(&page, watched(bad)).unwrap();
    let (document, _) = look(&browser, &page, &profile, &[]);
    let found = findings(&document);
    let faults = found["faults"].to_string();
    let fetched = "fetched http://127.0.0.1:9/none.png";
    for fault in ["f is not described", "f has no mark", "f has no table", "s is empty", "skips a level", fetched] {
        assert!(faults.contains(fault), "{fault}: {found:#}");
    }
    if !found["axe"].is_null() {
        let violations = found["axe"]["violations"].to_string();
        for rule in ["color-contrast", "html-has-lang", "heading-order", "svg-img-alt"] {
            assert!(violations.contains(rule), "{rule}: {found:#}");
        }
    }
}

#[test]
fn a_folder_of_a_trace_alone_gives_a_page_of_the_same_bytes() {
    let folder = folder();
    let made = made(folder.path(), 3000, 600);
    let (traced, truth) = (folder.path().join("traced"), made.join("truth.csv"));
    let register = format!("hmrc={}", text(&made.join("register.parquet")));
    let extract = made.join("extract.csv");
    run(&["trace", text(&extract), "--register", &register, "--on", "2016-04-30", "--out", text(&traced)], 0);
    let report = |out: &str, more: &[&str]| {
        let out = folder.path().join(out);
        let words = ["report", "--run", text(&traced), "--on", "2016-04-30", "--html", "--out", text(&out)];
        let said = stderr(&run(&[&words, more].concat(), 0));
        assert!(said.contains("report.html"), "{said}");
        files(&out).into_iter().find(|(name, _)| name == "report.html").unwrap().1
    };
    let first = report("a", &[]);
    assert!(first == report("b", &[]), "the same input gives the same bytes");
    let html = String::from_utf8(first).unwrap();
    assert!(html.contains("No truth was given") && html.contains("No ledger was given"));
    assert_eq!(html.matches("<svg ").count(), html.matches("<figure ").count());
    let judged = String::from_utf8(report("c", &["--truth", text(&truth)])).unwrap();
    assert!(!judged.contains("No truth was given") && judged.contains("share found right"));
    // No value of anybody: no NINO, name, reference or id of the extract and of the outcomes.
    for row in crate::support::csv(&extract).iter().skip(1) {
        for value in row.iter().take(3).chain([&row[3]]).filter(|value| value.len() > 5) {
            assert!(!judged.contains(value.as_str()), "{value}");
        }
    }
    for path in [&made, folder.path()] {
        assert!(!judged.contains(text(path)));
    }
}

#[test]
fn words_of_the_page_that_do_not_fit_together_are_refused() {
    let folder = folder();
    let out = folder.path().join("mi");
    let said = stderr(&run(&["report", "--run", "x", "--truth", "t.csv", "--out", text(&out)], 2));
    assert!(said.contains("--html"), "{said}");
}
