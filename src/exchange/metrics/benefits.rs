//! DWP's side: what became of the rows handed over, and what DWP returned.

use crate::exchange::metrics::definition::*;
use crate::exchange::metrics::suppress::{line, part};
use crate::exchange::metrics::tallies::Measures;
use crate::exchange::metrics::trace::word;
use crate::exchange::metrics::{Cell, Metric};
use crate::frame::Table;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a run at DWP, or of its return.
#[derive(Clone, Debug)]
pub struct Benefits {
    /// `manifest.json` of the run, where it is at hand.
    pub manifest: Option<Value>,
    /// `dwp_to_ho.csv`.
    pub returned: Table,
}

/// Metrics of a return of DWP. All of them break its rows down, so small counts are withheld throughout.
pub fn benefits(benefits: &Benefits) -> Vec<Metric> {
    let table = &benefits.returned;
    let rows = table.rows() as u64;
    let whole = Cell::Count(rows);
    let mut out = vec![Metric::count(BENEFIT_ROWS, whole)];
    out.extend(benefits.manifest.as_ref().map(|manifest| fates(manifest, table)).unwrap_or_default());
    let share = |definition, test: &dyn Fn(usize) -> bool| {
        let count = (0..table.rows()).filter(|row| test(*row)).count() as u64;
        Metric::share(definition, part(count, rows), whole)
    };
    let has = |column: &'static str| move |row: usize| table.value(column, row).is_some();
    let slots = |row: usize| table.value("address_match", row).unwrap_or("").split(';').map(str::trim);
    let is_slot = |slot: &str| !slot.is_empty() && slot != "none";
    out.extend(by_code(table));
    out.extend(roles(table));
    out.push(share(ADDRESS_MATCH, &|row| slots(row).any(is_slot)));
    for (department, prefix) in [("home_office", "HO"), ("hmrc", "HMRC")] {
        let metric = share(ADDRESS_SLOT, &|row| slots(row).any(|slot| is_slot(slot) && slot.starts_with(prefix)));
        out.push(metric.of("department", department));
    }
    out.push(share(ADDRESS_NEW, &|row| has("dwp_address")(row) || has("dwp_postcode")(row)));
    out.push(share(PHONE_MATCH, &|row| {
        let phones = table.value("phone_match", row).unwrap_or("").split(';');
        phones.map(|phone| phone.rsplit('=').next().unwrap_or("").trim()).any(is_slot)
    }));
    out.push(share(PHONE_NEW, &|row| has("dwp_phone_1")(row) || has("dwp_phone_2")(row)));
    let partner = ["partner_title", "partner_full_name", "partner_date_of_birth"];
    out.push(share(PARTNER, &|row| partner.iter().any(|column| table.value(column, row).is_some())));
    out.push(share(DEATH, &|row| is_said(table.value("deceased", row)) || has("date_of_death")(row)));
    out
}

/// What the ledger of the Home Office counted of DWP's returns when they were taken in.
pub(super) fn of_tallies(all: &Measures) -> Vec<Metric> {
    let rows = all.get("dwp:in_payment");
    if rows == 0 {
        return Vec::new();
    }
    let whole = Cell::Count(rows);
    let share = |(definition, measure): (_, &str)| Metric::share(definition, part(all.get(measure), rows), whole);
    let mut out = vec![Metric::count(BENEFIT_ROWS, whole)];
    let named: Vec<(&str, u64)> = all.under("dwp:role:").collect();
    let cells = line(&named.iter().map(|(_, count)| *count).collect::<Vec<_>>());
    let role = |((role, _), cell): (&(&str, u64), Cell)| Metric::share(ROLE, cell, whole).of("role", word(role));
    out.extend(named.iter().zip(cells).map(role));
    let measures = [
        (ADDRESS_MATCH, "dwp:address:match"),
        (ADDRESS_NEW, "dwp:address:new"),
        (PHONE_MATCH, "dwp:phone:match"),
        (PHONE_NEW, "dwp:phone:new"),
        (PARTNER, "dwp:partner"),
        (DEATH, "dwp:deceased"),
    ];
    out.extend(measures.map(share));
    out
}

/// Whether a flag is set, however it is written.
fn is_said(text: Option<&str>) -> bool {
    text.is_some_and(|text| !matches!(text.trim().to_lowercase().as_str(), "" | "no" | "n" | "false" | "0"))
}

/// What became of the rows handed over. Counts are read as they are named: a run of another version may have others.
fn fates(manifest: &Value, table: &Table) -> Vec<Metric> {
    let counts: BTreeMap<String, u64> = manifest["counts"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, count)| Some((word(name), count.as_u64()?)))
        .collect();
    let sum: u64 = counts.iter().filter(|(name, _)| *name != "handed_over").map(|(_, count)| count).sum();
    let handed = counts.get("handed_over").copied().unwrap_or(sum);
    if handed == 0 {
        return Vec::new();
    }
    let whole = Cell::Count(handed);
    let in_payment = (0..table.rows()).filter(|row| table.value("benefits", *row).is_some()).count() as u64;
    let mut out = vec![Metric::count(HANDED_OVER, whole), Metric::share(IN_PAYMENT, Cell::Count(in_payment), whole)];
    // What was returned is shown as a whole of its own, so the reasons why rows were not add up to a known sum.
    let reasons: Vec<(&String, u64)> = counts
        .iter()
        .filter(|(name, _)| !["handed_over", "returned"].contains(&name.as_str()))
        .map(|(name, count)| (name, *count))
        .collect();
    let cells = line(&reasons.iter().map(|(_, count)| *count).collect::<Vec<_>>());
    if cells != [Cell::Hidden] {
        let metric =
            |((name, _), cell): (&(&String, u64), Cell)| Metric::share(FATE, cell, whole).of("reason", name.as_str());
        out.extend(reasons.iter().zip(cells).map(metric));
    }
    out
}

/// A code of a benefit as it stands; anything else is not repeated.
pub(super) fn code(text: &str) -> String {
    let code = text.split(':').next().unwrap_or("").trim().to_uppercase();
    let is_code = (2..=5).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code { code } else { "other".to_owned() }
}

fn by_code(table: &Table) -> Vec<Metric> {
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for row in 0..table.rows() {
        let codes: BTreeSet<String> =
            table.value("benefits", row).unwrap_or("").split(';').filter(|text| !text.is_empty()).map(code).collect();
        codes.into_iter().for_each(|code| *rows.entry(code).or_default() += 1);
    }
    let whole = table.rows() as u64;
    let metric = |(code, count)| Metric::share(BENEFIT, part(count, whole), Cell::Count(whole)).of("benefit", code);
    rows.into_iter().map(metric).collect()
}

fn roles(table: &Table) -> Vec<Metric> {
    let known = ["customer", "partner", "both"];
    let count = |role: &str| (0..table.rows()).filter(|row| table.value("role", *row) == Some(role)).count() as u64;
    let mut counts = known.map(count).to_vec();
    counts.push((table.rows() as u64).saturating_sub(counts.iter().sum()));
    let names = known.into_iter().chain(["none stated"]);
    let whole = Cell::Count(table.rows() as u64);
    let metric = |(role, cell)| Metric::share(ROLE, cell, whole).of("role", role);
    names.zip(line(&counts)).map(metric).collect()
}
