//! The partner of a person, where one is identified: by the index, or by the other role on the same household award.
//!
//! Only title, name and birth date are read of a partner, and only of people who are returned. A partner is never
//! evidence of anything, and is not looked for where the index and the awards do not name one number: two awards that
//! merely begin on one day are not a couple.

use crate::engine::Found;
use crate::engine::number;
use crate::exchange::benefits::awards::Award;
use crate::exchange::benefits::finding::Say;
use crate::standardise::date;
use crate::util::hash::Map;

/// What is told of a partner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partner {
    /// Title as held.
    pub title: String,
    /// Forename, middle names and surname as held.
    pub full_name: String,
    /// Birth date, `YYYY-MM-DD`; empty where it cannot be read.
    pub date_of_birth: String,
}

/// The number of the partner that a person's own rows of the index name, if they name one.
pub(super) fn named(customers: &Found, rows: &[u32], own: u64, say: Say) -> Option<u64> {
    let mut found: Vec<u64> = Vec::new();
    for &row in rows {
        let Some(text) = customers.table.value("partner_nino", row as usize) else { continue };
        match number(text) {
            None => say("partner", "malformed_number"),
            Some(other) if other == own => say("partner", "own_number"),
            Some(other) if !found.contains(&other) => found.push(other),
            Some(_) => {}
        }
    }
    if found.len() > 1 {
        say("partner", "several_partners");
    }
    (found.len() == 1).then(|| found[0])
}

/// The one number whose customer names the person as partner and who stands in the other role on the same household
/// award: benefit, kind and start.
pub(super) fn on_award(naming: &[u64], awards: &[Award], awards_of: &Map<u64, Vec<Award>>) -> Option<u64> {
    let other_role = |own: &Award, other: &Award| {
        own.household
            && (own.code, own.sub_kind, own.started) == (other.code, other.sub_kind, other.started)
            && own.role != other.role
    };
    let shares = |number: &&u64| {
        let theirs = awards_of.get(*number).map_or(&[][..], Vec::as_slice);
        awards.iter().any(|own| theirs.iter().any(|other| other_role(own, other)))
    };
    let mut found: Vec<u64> = naming.iter().filter(shares).copied().collect();
    found.sort_unstable();
    found.dedup();
    (found.len() == 1).then(|| found[0])
}

/// The partner under a number; `rows` are those of the index under it, `people` how many people they are of.
pub(super) fn details(index: &Found, rows: &[u32], people: usize, say: Say) -> Option<Partner> {
    let Some(&first) = rows.first() else {
        say("partner", "not_found");
        return None;
    };
    if people > 1 {
        say("partner", "several_people");
        return None;
    }
    let text = |row: u32, name: &str| index.table.value(name, row as usize).unwrap_or("");
    if rows.iter().any(|row| !text(*row, "date_of_death").is_empty()) {
        say("partner", "has_died");
        return None;
    }
    let names = ["forename", "middle_names", "surname"].map(|name| text(first, name).trim());
    let full_name = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    if full_name.is_empty() {
        say("partner", "without_name");
        return None;
    }
    let birth = date::read(text(first, "date_of_birth")).value;
    if birth.is_none() {
        say("partner_date_of_birth", "unreadable_date");
    }
    Some(Partner {
        title: text(first, "title").trim().to_owned(),
        full_name,
        date_of_birth: birth.map_or_else(String::new, |date| date.to_string()),
    })
}
