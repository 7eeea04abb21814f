//! HMRC to DWP: confirmed matches for which a usable NINO is known.

use crate::engine::GatheredRow;
use crate::exchange::Sheet;
use crate::exchange::agreement::Agreement;
use crate::exchange::gateway::home_office::disclosable;
use crate::exchange::gateway::{HANDOFF_FLOW, HmrcToHo, Released, Returned, Tracing, linking_block};
use crate::exchange::holding::{ADDRESSES_TO_DWP, Holding, formula_like};
use crate::frame::Table;
use crate::standardise::nino;

const HMRC_ADDRESSES: usize = 3;
const CONTACTS: usize = 4;

/// Columns of `hmrc_to_dwp.csv`.
pub const HANDOFF_COLUMNS: [&str; 32] = [
    "dash_reference",
    "dash_source",
    "cid_person_id",
    "full_name",
    "date_of_birth",
    "hmrc_match",
    "nino",
    "ho_address_1",
    "ho_address_2",
    "ho_address_3",
    "ho_address_4",
    "ho_address_5",
    "ho_postcode_1",
    "ho_postcode_2",
    "ho_postcode_3",
    "ho_postcode_4",
    "ho_postcode_5",
    "hmrc_address_1",
    "hmrc_address_2",
    "hmrc_address_3",
    "hmrc_postcode_1",
    "hmrc_postcode_2",
    "hmrc_postcode_3",
    "ho_email_1",
    "ho_email_2",
    "ho_email_3",
    "ho_email_4",
    "ho_mobile_1",
    "ho_mobile_2",
    "ho_mobile_3",
    "ho_mobile_4",
    "wash_number",
];

/// Releases the handoff to DWP: rows that went to the Home Office as matches and have a NINO that is one.
///
/// Returns the rows and, by row of the extract, why a match was kept back.
pub fn hmrc_to_dwp(from: &Tracing, to_ho: &HmrcToHo) -> (Released<Sheet>, Vec<(u32, &'static str)>) {
    let Tracing { extract, trace, gathered, holdings, agreement, data_sets, window } = *from;
    let mut rows = Vec::new();
    let mut kept_back = Vec::new();
    for (row, link) in trace.rows.iter().enumerate() {
        let Some(link) = link.as_ref().filter(|_| to_ho.returned[row] == Returned::Match) else { continue };
        let person = &link.people[0];
        let in_window = disclosable(gathered.rows(person), agreement, data_sets, window);
        match handoff_row((extract, row), &person.nino, holdings.of(row), &in_window, agreement) {
            Ok(line) => rows.push(line),
            Err(why) => kept_back.push((row as u32, why)),
        }
    }
    (Released::new(&HANDOFF_FLOW, rows), kept_back)
}

/// One row of the handoff, or why there is none.
pub(super) fn handoff_row(
    (extract, row): (&Table, usize),
    nino: &str,
    holding: &Holding,
    in_window: &[&GatheredRow],
    agreement: &Agreement,
) -> Result<Vec<String>, &'static str> {
    let number = usable_nino(nino).ok_or("no_usable_nino_for_dwp")?;
    if holding.northern_ireland_alone() && !agreement.northern_ireland_to_dwp {
        return Err("northern_ireland_not_to_dwp");
    }
    let mut line = linking_block(extract, row);
    line.extend(["confirmed".to_owned(), number]);
    push_ho_addresses(holding, &mut line);
    push_hmrc_addresses(in_window, &mut line);
    let emails = holding.emails.iter().take(agreement.emails_to_dwp as usize);
    push_slots(&mut line, CONTACTS, emails.map(String::as_str));
    push_slots(&mut line, CONTACTS, holding.phones.iter().map(|(_, national)| national.as_str()));
    push_slots(&mut line, 1, extract.value("wash_number", row).into_iter());
    Ok(line)
}

/// The number in capitals without spaces, if it is a NINO that identifies; the suffix as the register has it.
fn usable_nino(text: &str) -> Option<String> {
    nino::read(text).value?;
    Some(text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect())
}

fn push_ho_addresses(holding: &Holding, line: &mut Vec<String>) {
    let kept = || holding.addresses.iter().take(ADDRESSES_TO_DWP);
    push_slots(line, ADDRESSES_TO_DWP, kept().map(|detail| detail.address.as_str()));
    push_slots(line, ADDRESSES_TO_DWP, kept().map(|detail| detail.postcode.as_str()));
}

/// Addresses of HMRC in the window, newest first, each once.
fn push_hmrc_addresses(in_window: &[&GatheredRow], line: &mut Vec<String>) {
    let mut rows: Vec<&&GatheredRow> =
        in_window.iter().filter(|row| !row.address.is_empty() || !row.postcode.is_empty()).collect();
    rows.sort_by(|a, b| {
        let newest = |row: &GatheredRow| (row.last_activity_on.clone(), row.tax_year.clone());
        newest(b).cmp(&newest(a)).then_with(|| a.cmp(b))
    });
    let mut addresses: Vec<(&str, &str)> = Vec::new();
    for row in rows {
        let address = (row.address.as_str(), row.postcode.as_str());
        if !addresses.contains(&address) && addresses.len() < HMRC_ADDRESSES {
            addresses.push(address);
        }
    }
    push_slots(line, HMRC_ADDRESSES, addresses.iter().map(|(address, _)| *address));
    push_slots(line, HMRC_ADDRESSES, addresses.iter().map(|(_, postcode)| *postcode));
}

/// Fills `slots` columns; text that a spreadsheet would run is held back.
fn push_slots<'a>(line: &mut Vec<String>, slots: usize, values: impl Iterator<Item = &'a str>) {
    let end = line.len() + slots;
    line.extend(values.take(slots).map(|text| if formula_like(text) { String::new() } else { text.to_owned() }));
    line.resize(end, String::new());
}
