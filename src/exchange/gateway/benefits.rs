//! DWP to the Home Office: benefits in payment, and what the memorandum lets go with them.

use crate::exchange::Sheet;
use crate::exchange::agreement::Agreement;
use crate::exchange::benefits::{Assessed, Finding, Partner, encode, role};
use crate::exchange::gateway::{BENEFITS_FLOW, Released, SAVINGS_FLOW, linking_block};
use crate::exchange::holding::formula_like;
use crate::exchange::savings::Savings;
use crate::frame::Table;

/// Columns of `dwp_to_ho.csv`: no NINO, no email, no amount, nothing of HMRC's but the code of a slot.
pub const DWP_COLUMNS: [&str; 18] = [
    "dash_reference",
    "dash_source",
    "cid_person_id",
    "full_name",
    "date_of_birth",
    "benefits",
    "role",
    "address_match",
    "dwp_address",
    "dwp_postcode",
    "phone_match",
    "dwp_phone_1",
    "dwp_phone_2",
    "partner_title",
    "partner_full_name",
    "partner_date_of_birth",
    "deceased",
    "date_of_death",
];

/// A value that was held back: row, column and reason.
pub type HeldBack = (u32, &'static str, &'static str);

/// Releases the findings to the Home Office. Returns the rows, and values that were held back because a spreadsheet would
/// run them.
pub fn dwp_to_ho(handoff: &Table, assessed: &Assessed, agreement: &Agreement) -> (Released<Sheet>, Vec<HeldBack>) {
    let mut held_back = Vec::new();
    let rows = assessed
        .findings
        .iter()
        .map(|(row, finding)| {
            let mut line = linking_block(handoff, *row as usize);
            line.extend([encode(&finding.awards, agreement.benefit_encoding), role(&finding.awards).to_owned()]);
            line.extend(address(finding));
            line.extend(phones(finding));
            line.extend(partner(finding.partner.as_ref()));
            line.extend(death(finding));
            hold(*row, &mut line, &mut held_back);
            line
        })
        .collect();
    (Released::new(&BENEFITS_FLOW, rows), held_back)
}

/// Releases the savings to the Home Office: counts and sums, no person.
pub fn savings_to_ho(savings: &Savings) -> Released<Sheet> {
    Released::new(&SAVINGS_FLOW, savings.lines())
}

/// Empties values that a spreadsheet would run; the linking block was looked at when the row was taken in.
fn hold(row: u32, line: &mut [String], held_back: &mut Vec<HeldBack>) {
    for (value, column) in line.iter_mut().zip(DWP_COLUMNS).skip(super::LINKING_BLOCK.len()) {
        if formula_like(value) {
            value.clear();
            held_back.push((row, column, "formula_like_text"));
        }
    }
}

/// The slots that the address matches; the address itself only where none matches it fully.
fn address(finding: &Finding) -> [String; 3] {
    if finding.awards.is_empty() {
        return Default::default();
    }
    let held = &finding.addresses;
    let mut slots: Vec<&str> = Vec::new();
    for slot in held.iter().flat_map(|held| &held.slots) {
        if !slots.contains(&slot.as_str()) {
            slots.push(slot);
        }
    }
    let matched = if slots.is_empty() { "none".to_owned() } else { slots.join(";") };
    let [address, postcode] = match held.first() {
        Some(first) if !held.iter().any(|held| held.full) => [first.address.clone(), first.postcode.clone()],
        _ => Default::default(),
    };
    [matched, address, postcode]
}

/// For each phone held the slot that it matches; the number itself only where none does.
fn phones(finding: &Finding) -> [String; 3] {
    let word = |slot: &str| if slot.is_empty() { "none".to_owned() } else { slot.to_owned() };
    let numbered = finding.phones.iter().enumerate();
    let matched: Vec<String> = numbered.map(|(at, phone)| format!("{}={}", at + 1, word(&phone.slot))).collect();
    let new = |at: usize| {
        let phone = finding.phones.get(at).filter(|phone| phone.slot.is_empty());
        phone.map_or_else(String::new, |phone| phone.national.clone())
    };
    [matched.join(";"), new(0), new(1)]
}

fn partner(partner: Option<&Partner>) -> [String; 3] {
    let Some(partner) = partner else { return Default::default() };
    [partner.title.clone(), partner.full_name.clone(), partner.date_of_birth.clone()]
}

fn death(finding: &Finding) -> [String; 2] {
    match finding.death {
        None => ["no".to_owned(), String::new()],
        Some(death) => ["yes".to_owned(), death.on.map_or_else(String::new, |day| day.to_string())],
    }
}
