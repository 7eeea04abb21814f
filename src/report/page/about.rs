//! Notes, what every figure is, what was read.

use crate::exchange::metrics::{DEFINITIONS, Definition, Unit};
use crate::report::page::Page;
use crate::report::page::html::Writer;

/// Writes the section.
pub(super) fn write(page: &Page, writer: &mut Writer) {
    let lead = "Whoever wants every figure, with its numerator and denominator, finds them in metrics.csv, metrics.json and \
                metrics.xlsx beside this page.";
    writer.section("about", "Notes and origins", lead);
    for note in &page.metrics.notes {
        writer.paragraph(note);
    }
    let mut origins = vec![["what was read", "name in the metrics", "SHA-256"].map(String::from).to_vec()];
    for origin in &page.metrics.origins {
        origins.push(vec![origin.role.to_owned(), origin.source.clone(), origin.sha256.clone()]);
    }
    writer.table("What was read", &origins);
    let mut table = vec![["figure", "what is counted", "out of", "asked by"].map(String::from).to_vec()];
    for known in DEFINITIONS.iter().filter(|known| page.metrics.of(known).next().is_some()) {
        table.push(row(known));
    }
    writer.folded("What each figure is", "Figures of this report, and the obligations that ask for them", &table);
}

fn row(known: &Definition) -> Vec<String> {
    let out_of = match known.unit {
        Unit::Share => known.denominator,
        Unit::Count => "a count",
        Unit::Pounds => "pounds",
        Unit::Days => "days",
    };
    vec![known.title.to_owned(), known.numerator.to_owned(), out_of.to_owned(), known.asked_by.to_owned()]
}
