//! Pages of little or nothing: every section stands, and says why it is empty.

use super::*;
use crate::exchange::agreement::Agreement;
use crate::exchange::metrics::Cell;
use serde_json::json;

fn empty() -> Page {
    Page {
        metrics: Metrics::new("2016-04-30", &Agreement::default()),
        runs: Vec::new(),
        has_ledger: false,
        by_nationality: false,
    }
}

fn run(manifest: Value) -> TracedRun {
    TracedRun { source: "trace 2016-04-30".into(), manifest, run: None, calibration: None }
}

const SECTIONS: usize = 15;

#[test]
fn a_page_of_nothing_says_why_each_section_is_empty() {
    let html = page(&empty());
    assert_eq!(html.matches("<section ").count(), SECTIONS);
    assert_eq!(html.matches("<h1>").count(), 1);
    assert!(html.matches("class=\"reason\"").count() >= SECTIONS - 1, "{html}");
    assert!(!html.contains("<figure") && !html.contains("No truth was given"));
}

#[test]
fn a_manifest_of_anything_gives_a_page() {
    let odd = json!({"spread": {"bins": [{"from": null, "to": "x", "rows": -1}, 3], "levels": [{"m": 1}]},
        "blocking": [{}, 1], "flows": 7, "inputs": [{"role": "<b>"}], "model": {"present": 1e300}});
    let mut page_of = empty();
    page_of.runs = vec![run(Value::Null), run(odd)];
    page_of.runs[1].run = Some(json!({"seconds": [["a"], 3], "threads": "x"}));
    let html = page(&page_of);
    assert_eq!(html.matches("<section ").count(), SECTIONS);
    assert!(html.contains("register &lt;b&gt;") && html.contains("No truth was given"));
    assert!(!html.contains("NaN") && !html.contains("inf "));
    assert_eq!(html, page(&page_of.clone()));
}

#[test]
fn what_may_not_be_told_is_said_and_not_drawn() {
    let definition = crate::exchange::metrics::DEFINITIONS.iter().find(|known| known.name == "hit_rate_searchable");
    let definition = definition.expect("a metric");
    let share = |numerator, group: &str| Metric {
        definition,
        source: "ledger".into(),
        by: "pool",
        group: group.into(),
        numerator,
        denominator: Some(Cell::Count(50)),
    };
    let mut page_of = empty();
    page_of.has_ledger = true;
    page_of.metrics.metrics = vec![share(Cell::Hidden, "pre2008"), share(Cell::Hidden, "post2008")];
    let html = page(&page_of);
    assert!(html.contains("Hit rate by pool (pre2008, post2008): withheld") && !html.contains("<figure"), "{html}");
    page_of.metrics.metrics[1].numerator = Cell::Count(20);
    let html = page(&page_of);
    assert!(html.contains("<figure") && html.contains("20 of 50") && html.contains("withheld: small"), "{html}");
}

#[test]
fn words_of_files_are_said_as_people_say_them() {
    for (word, said) in [
        ("birth_date+token", "birth date + token"),
        ("nino: junk", "NINO: junk"),
        ("northern_ireland_not_to_dwp", "Northern Ireland not to DWP"),
        ("", ""),
    ] {
        assert_eq!(plain(word), said);
    }
}

#[test]
fn nothing_is_fetched() {
    let html = page(&empty());
    for word in ["<script", "<link", "<img", "src=", "url(", "@import", "://"] {
        assert!(!html.contains(word), "{word}");
    }
}
