//! What is true of an extract row: the person's number in the register, and what stands between the two.
//!
//! In: a row and the register rows of its person. Out: [`Truth`], and [`truth_stats`] for tests and reports. Invariant:
//! a kind of error is listed only where no register row of the person agrees all the same.

use super::choice::Subject;
use super::extract::{ExtractRow, Scratch, extract_row};
use super::person::middle_from_family;
use super::record::{EMAIL, FORENAME, MIDDLE, NINO, PERSON_ID, POSTCODE, Record, SURNAME};
use super::slips::Slips;
use super::world::{Settings, World};
use crate::error::Result;
use crate::util::hash::{self, Map};
use crate::util::parallel::map_chunks;

/// The truth of one extract row.
#[derive(Clone, Debug, Default)]
pub(super) struct Truth {
    /// The person's number at the Home Office.
    pub(super) cid: String,
    /// The number under which most register rows of the person stand, as it is even where it is administrative or
    /// mistyped; empty when the person is absent from the register or has no NINO there.
    pub(super) nino: String,
    /// All other numbers under which rows of the person stand, and person ids, `;`-joined.
    pub(super) also: String,
    /// Three-letter code.
    pub(super) nationality: &'static str,
    /// Naming culture.
    pub(super) culture: &'static str,
    /// Kinds of error.
    pub(super) slips: Slips,
    /// A register row has the same birth date and the same set of folded name words.
    pub(super) exact: bool,
}

impl Truth {
    /// The truth of `made`, whose person has the register rows `records`.
    pub(super) fn new(
        world: &World,
        subject: &Subject,
        made: &ExtractRow,
        records: &[Record],
        mut slips: Slips,
    ) -> Self {
        let mut truth = Self {
            cid: made.cid.clone(),
            nationality: subject.person.nationality,
            culture: world.stock.culture(subject.person.culture).name,
            ..Self::default()
        };
        if subject.present {
            (truth.nino, truth.also) = numbers_of(records);
            slips = separating(made, records, slips);
            let words = folded(&made.full_name);
            truth.exact = records
                .iter()
                .any(|record| made.birth.is_some() && record.birth == made.birth && words_of(record) == words);
        }
        truth.slips = slips;
        truth
    }
}

/// The commonest number of the rows, and all others; numbers that differ in their suffix alone are one.
fn numbers_of(records: &[Record]) -> (String, String) {
    let mut counted: Vec<(usize, &str)> = Vec::new();
    for record in records {
        let number = record.cells[NINO].as_str();
        match counted.iter_mut().find(|(_, known)| known.get(..8) == number.get(..8)) {
            Some((rows, _)) => *rows += 1,
            None if !number.is_empty() => counted.push((1, number)),
            None => {}
        }
    }
    // The first row decides between equals: it is the newest.
    let most = counted.iter().map(|(rows, _)| *rows).max().unwrap_or(0);
    let main = counted.iter().position(|(rows, _)| *rows == most).map(|at| counted.remove(at).1);
    let mut also: Vec<&str> = counted.iter().map(|(_, number)| *number).collect();
    for record in records {
        let id = record.cells[PERSON_ID].as_str();
        if !id.is_empty() && !also.contains(&id) {
            also.push(id);
        }
    }
    (main.unwrap_or("").to_owned(), also.join(";"))
}

/// What separates a row from every register row of its person.
fn separating(made: &ExtractRow, records: &[Record], mut slips: Slips) -> Slips {
    let shared = records.iter().map(|record| record.slips).reduce(Slips::and).unwrap_or_default();
    slips.add(shared);
    let words = folded(&made.full_name);
    if records.iter().any(|record| words_of(record) == words) {
        slips = slips.without(Slips::OF_NAME);
    }
    if made.birth.is_some() && records.iter().any(|record| record.birth == made.birth) {
        slips = slips.without(Slips::OF_DATE);
    }
    if !records.iter().any(|record| agreed(made, record)) {
        slips.add(Slips::NO_CONTACT);
    }
    slips
}

/// Whether a postcode, phone, email address or number of the row is one of the record.
fn agreed(made: &ExtractRow, record: &Record) -> bool {
    let postcode = compact(&record.cells[POSTCODE]);
    let nino = compact(&record.cells[NINO]);
    (!postcode.is_empty() && made.addresses.iter().any(|held| compact(&held.postcode) == postcode))
        || (record.phone != 0 && made.mobiles.contains(&record.phone))
        || (!record.cells[EMAIL].is_empty() && made.emails.contains(&record.cells[EMAIL]))
        || (nino.len() >= 8 && compact(&made.nino).get(..8) == nino.get(..8))
}

fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

fn words_of(record: &Record) -> Vec<String> {
    let [forename, middle, surname] = [FORENAME, MIDDLE, SURNAME].map(|at| record.cells[at].as_str());
    folded(&[forename, middle, surname].join(" "))
}

/// The set of name words in plain lower-case letters.
fn folded(name: &str) -> Vec<String> {
    let plain = any_ascii::any_ascii(name).to_lowercase().replace(['\'', '`'], "");
    let mut words: Vec<String> = plain
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// How hard a made exchange is, and whether it is like real ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TruthStats {
    /// Rows of the extract.
    pub extract_rows: u64,
    /// Of these, present in the register.
    pub present: u64,
    /// True pairs with the same birth date and the same set of folded name words on one register row.
    pub exact_pairs: u64,
    /// True pairs without an agreeing postcode, phone, email address or National Insurance number.
    pub without_contact: u64,
    /// Rows with each kind of error, by word, among the present.
    pub errors: Vec<(String, u64)>,
    /// Rows of the extract by culture, and of these how many are an exact pair.
    pub cultures: Vec<(String, u64, u64)>,
    /// Register rows.
    pub register_rows: u64,
    /// Distinct surnames of the register's people.
    pub surnames: u64,
    /// The commonest surname, with the number of its bearers.
    pub commonest: (String, u64),
}

impl TruthStats {
    /// Share of the extract that is in the register.
    pub fn present_share(&self) -> f64 {
        self.present as f64 / self.extract_rows.max(1) as f64
    }

    /// Share of the true pairs that an exact join on birth date and name words finds.
    pub fn exact_share(&self) -> f64 {
        self.exact_pairs as f64 / self.present.max(1) as f64
    }

    /// Share of the true pairs without agreeing contact detail or number.
    pub fn without_contact_share(&self) -> f64 {
        self.without_contact as f64 / self.present.max(1) as f64
    }
}

/// Measures what `settings` make, without writing anything.
///
/// # Errors
/// When the settings cannot be met.
pub fn truth_stats(settings: &Settings) -> Result<TruthStats> {
    let world = World::new(settings)?;
    let mut stats = TruthStats { extract_rows: settings.extract, ..TruthStats::default() };
    let mut errors: Map<String, u64> = hash::map();
    let mut cultures: Map<String, (u64, u64)> = hash::map();
    let chunks = map_chunks(settings.extract as usize, 1_024, |rows| {
        let mut scratch = Scratch::default();
        rows.map(|row| extract_row(&world, row as u64, &mut scratch).1).collect::<Vec<_>>()
    });
    for truth in chunks.into_iter().flatten() {
        let culture = cultures.entry(truth.culture.to_owned()).or_default();
        culture.0 += 1;
        if truth.nino.is_empty() {
            continue;
        }
        stats.present += 1;
        stats.exact_pairs += u64::from(truth.exact);
        culture.1 += u64::from(truth.exact);
        stats.without_contact += u64::from(truth.slips.has(Slips::NO_CONTACT));
        for word in truth.slips.words().split(';').filter(|word| !word.is_empty()) {
            *errors.entry(word.to_owned()).or_default() += 1;
        }
    }
    stats.errors = errors.into_iter().collect();
    stats.errors.sort();
    stats.cultures = cultures.into_iter().map(|(name, (all, exact))| (name, all, exact)).collect();
    stats.cultures.sort();
    surnames(&world, &mut stats);
    Ok(stats)
}

/// Rows and surnames of the register's people.
#[expect(clippy::iter_over_hash_type, reason = "sums of integers: the order cannot be seen")]
fn surnames(world: &World, stats: &mut TruthStats) {
    let parts = map_chunks(world.cells() as usize, 4_096, |cells| {
        let (mut people, mut rows) = (Vec::new(), 0);
        let mut names: Map<String, u64> = hash::map();
        for cell in cells {
            world.maker().cell(cell as u64, &mut people);
            for person in people.iter().filter(|person| person.id < world.settings.register) {
                rows += u64::from(person.rows);
                // The surname column of a row that was written without error.
                let culture = world.stock.culture(person.culture);
                let skip =
                    if middle_from_family(culture.structure) { person.family.len().saturating_sub(1) } else { 0 };
                let name = person.family.iter().skip(skip).collect::<Vec<_>>().join(" ");
                *names.entry(name).or_default() += 1;
            }
        }
        (names, rows)
    });
    let mut names: Map<String, u64> = hash::map();
    for (part, rows) in parts {
        stats.register_rows += rows;
        for (name, count) in part {
            *names.entry(name).or_default() += count;
        }
    }
    names.remove("");
    stats.surnames = names.len() as u64;
    stats.commonest = names.into_iter().max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0))).unwrap_or_default();
}
