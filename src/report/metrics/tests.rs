use super::*;
use crate::exchange::agreement::Agreement;
use crate::exchange::metrics::DEFINITIONS;
use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use std::io::Cursor;

fn definition(name: &str) -> &'static crate::exchange::metrics::Definition {
    DEFINITIONS.iter().find(|definition| definition.name == name).expect("a metric")
}

fn some() -> Metrics {
    let mut metrics = Metrics::new("2016-10-31", &Agreement::default());
    let rows = vec![
        Metric::share(definition("hit_rate_searchable"), Cell::Count(30), Cell::Count(120)),
        Metric::share(definition("hit_rate_searchable"), Cell::Hidden, Cell::Hidden).of("pool", "post2008"),
        Metric::share(definition("precision"), Cell::Count(81), Cell::Count(263)),
        Metric::count(definition("savings"), Cell::Count(731_000)),
    ];
    metrics.add("ledger", rows);
    metrics
}

#[test]
fn each_row_has_numerator_denominator_and_definition() {
    let mut out = Vec::new();
    write_metrics_csv(&mut out, &some()).expect("memory");
    let text = String::from_utf8(out).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("theme,metric,title,source,by,group,numerator,denominator,value,unit"));
    assert!(lines[1].contains(",30,120,0.250000,share,,,,,rows returned as a match,"));
    assert!(lines[2].contains(",pool,post2008,,,,share,,,yes,,"), "{}", lines[2]);
    assert!(lines[3].contains(",81,263,0.307985,share,0.255"), "{}", lines[3]);
    assert!(lines[4].contains(",731000,,7310.00,gbp,"));
}

#[test]
fn json_holds_definitions_and_origins() {
    let json: Value = serde_json::from_str(&metrics_json(&some())).expect("JSON");
    assert_eq!(json["metrics"][1]["numerator"], Value::Null);
    assert_eq!(json["metrics"][1]["withheld"], true);
    assert_eq!(json["definitions"].as_array().map(Vec::len), Some(3));
    assert_eq!(json["cells_min"], 10);
}

#[test]
fn the_workbook_opens_with_a_sheet_a_theme() {
    let write = || {
        let mut out = Cursor::new(Vec::new());
        write_metrics_book(&mut out, &some()).expect("a workbook");
        out.into_inner()
    };
    let bytes = write();
    assert!(bytes == write(), "the same metrics give the same bytes");
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).expect("opens");
    assert_eq!(book.sheet_names(), ["Summary", "Hits", "Verification", "Savings", "Notes"]);
    let hits = book.worksheet_range("Hits").expect("a sheet");
    assert_eq!(hits.get_value((1, 4)), Some(&Data::Float(30.0)));
    assert_eq!(hits.get_value((2, 4)), Some(&Data::String("withheld".into())));
}
