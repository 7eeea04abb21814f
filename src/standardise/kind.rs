//! What a column holds, told from its values first and from its header second.
//!
//! In: a header and a sample of values. Out: [`Guess`]. Each kind has a likelihood from 0 to 1, the share of values that
//! are of its form; a header that names a kind adds a bonus, which decides where values alone leave doubt (a family name
//! or a town) and never where they are clear (an email).

use crate::lexicon::names::name_use;
use crate::model::linkage::FieldKind;
use crate::standardise::field::{DateOrder, Standardiser};
use crate::standardise::{date, nino, phone, postcode};
use crate::util::hash::{Set, set};

/// What a column seems to hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// Kind of its values.
    pub kind: FieldKind,
    /// Order of day and month, where it holds dates.
    pub order: DateOrder,
    /// Whether values are lists (`["a","b"]`).
    pub list: bool,
    /// Different values per value of the sample.
    pub distinct: f64,
    /// Mean number of words.
    pub words: f64,
}

/// Likelihood that a header adds to the kind that it names.
const HEADER_BONUS: f64 = 0.35;
/// Likelihood from which a form is believed.
const BELIEVED: f64 = 0.5;
/// Different values up to which a column may be a category.
const CATEGORY_MAX: usize = 64;

/// Words of headers and the kinds they name; a header may hold several.
const HEADER_WORDS: [(&str, FieldKind); 62] = [
    ("FULLNAME", FieldKind::FullName),
    ("NAME", FieldKind::FullName),
    ("FORENAME", FieldKind::GivenName),
    ("FORENAMES", FieldKind::GivenName),
    ("FIRST", FieldKind::GivenName),
    ("FIRSTNAME", FieldKind::GivenName),
    ("FNAME", FieldKind::GivenName),
    ("GIVEN", FieldKind::GivenName),
    ("GIVENNAME", FieldKind::GivenName),
    ("CHRISTIAN", FieldKind::GivenName),
    ("MIDDLE", FieldKind::GivenName),
    ("MIDDLENAME", FieldKind::GivenName),
    ("SURNAME", FieldKind::FamilyName),
    ("LAST", FieldKind::FamilyName),
    ("LASTNAME", FieldKind::FamilyName),
    ("LNAME", FieldKind::FamilyName),
    ("FAMILY", FieldKind::FamilyName),
    ("FAMILYNAME", FieldKind::FamilyName),
    ("MAIDEN", FieldKind::FamilyName),
    ("DOB", FieldKind::Date),
    ("DATE", FieldKind::Date),
    ("BIRTH", FieldKind::Date),
    ("BIRTHDATE", FieldKind::Date),
    ("BORN", FieldKind::Date),
    ("POSTCODE", FieldKind::Postcode),
    ("POSTAL", FieldKind::Postcode),
    ("ZIP", FieldKind::Postcode),
    ("ZIPCODE", FieldKind::Postcode),
    ("PLZ", FieldKind::Postcode),
    ("PHONE", FieldKind::Phone),
    ("TELEPHONE", FieldKind::Phone),
    ("TEL", FieldKind::Phone),
    ("MOBILE", FieldKind::Phone),
    ("CELL", FieldKind::Phone),
    ("EMAIL", FieldKind::Email),
    ("MAIL", FieldKind::Email),
    ("NINO", FieldKind::Identifier),
    ("SSN", FieldKind::Identifier),
    ("NHS", FieldKind::Identifier),
    ("PASSPORT", FieldKind::Identifier),
    ("ID", FieldKind::Identifier),
    ("IDENTIFIER", FieldKind::Identifier),
    ("SOC", FieldKind::Identifier),
    ("REFERENCE", FieldKind::Identifier),
    ("SEX", FieldKind::Category),
    ("GENDER", FieldKind::Category),
    ("TITLE", FieldKind::Category),
    ("STATE", FieldKind::Category),
    ("COUNTRY", FieldKind::Category),
    ("NATIONALITY", FieldKind::Category),
    ("ADDRESS", FieldKind::Address),
    ("STREET", FieldKind::Address),
    ("ROAD", FieldKind::Address),
    ("CITY", FieldKind::Text),
    ("TOWN", FieldKind::Text),
    ("SUBURB", FieldKind::Text),
    ("PLACE", FieldKind::Text),
    ("COUNTY", FieldKind::Text),
    ("OCCUPATION", FieldKind::Text),
    ("LATITUDE", FieldKind::Degrees),
    ("LONGITUDE", FieldKind::Degrees),
    ("NUMBER", FieldKind::Number),
];

/// The kind that a header names; the last word that names one counts, as in `date of birth place`.
pub fn kind_of_header(header: &str) -> Option<FieldKind> {
    let mut found = None;
    for word in header_words(header) {
        if let Some((_, kind)) = HEADER_WORDS.iter().find(|(known, _)| *known == word) {
            // `first name` is no full name.
            let weaker = *kind == FieldKind::FullName && found.is_some();
            if !weaker {
                found = Some(*kind);
            }
        }
    }
    found
}

/// The words of a header in capitals: `dateOfBirth`, `date_of_birth` and `Date of Birth` are one.
pub fn header_words(header: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut lower = false;
    for c in header.chars() {
        let starts = !c.is_alphanumeric() || (c.is_uppercase() && lower);
        lower = c.is_lowercase();
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_uppercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What the values of a sample are, counted.
#[derive(Default)]
struct Shares {
    values: f64,
    email: f64,
    date: f64,
    phone: f64,
    postcode: f64,
    zip: f64,
    nino: f64,
    number: f64,
    decimal: f64,
    long_number: f64,
    code: f64,
    list: f64,
    named: f64,
    given: f64,
    family: f64,
    digit_words: f64,
    words: f64,
    degrees: f64,
}

/// Tells what a column holds; `None` where it has no value.
pub fn tell(header: &str, sample: &[&str]) -> Option<Guess> {
    if sample.is_empty() {
        return None;
    }
    let order = DateOrder::of(sample.iter().copied());
    let mut shares = Shares::default();
    let mut different: Set<&str> = set();
    let mut standardiser = Standardiser::default();
    for value in sample {
        different.insert(value);
        shares.add(value.trim(), &mut standardiser, order);
    }
    let all = shares.values.max(1.0);
    let distinct = different.len() as f64 / all;
    let named = kind_of_header(header);
    let bonus = |kind: FieldKind| if named == Some(kind) { HEADER_BONUS } else { 0.0 };
    let mut best = (FieldKind::Text, 0.0);
    for (kind, likelihood) in shares.likelihoods(all, distinct, different.len()) {
        let total = likelihood + if likelihood > 0.2 { bonus(kind) } else { 0.0 };
        if total > best.1 {
            best = (kind, total);
        }
    }
    let kind = if best.1 >= BELIEVED { best.0 } else { fallback(named, &shares, all) };
    Some(Guess { kind, order, list: shares.list / all > 0.8, distinct, words: shares.words / all })
}

fn fallback(named: Option<FieldKind>, shares: &Shares, all: f64) -> FieldKind {
    match named {
        Some(kind @ (FieldKind::GivenName | FieldKind::FamilyName | FieldKind::FullName | FieldKind::Address)) => kind,
        _ if shares.digit_words / all > 0.5 && shares.words / all >= 2.0 => FieldKind::Address,
        _ => FieldKind::Text,
    }
}

impl Shares {
    fn add(&mut self, value: &str, standardiser: &mut Standardiser, order: DateOrder) {
        let share = |holds: bool| f64::from(u8::from(holds));
        self.values += 1.0;
        if value.starts_with('[') && value.ends_with(']') {
            self.list += 1.0;
            let inner = value.trim_matches(['[', ']']).split(',').next().unwrap_or("");
            self.add_one(inner.trim_matches(['"', '\'', ' ']), standardiser, order);
            return;
        }
        self.add_one(value, standardiser, order);
        self.words += share(!value.is_empty()) * value.split_whitespace().count() as f64;
    }

    fn add_one(&mut self, value: &str, standardiser: &mut Standardiser, order: DateOrder) {
        let share = |holds: bool| f64::from(u8::from(holds));
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        let letters = value.chars().filter(|c| c.is_alphabetic()).count();
        let number = value.replace(',', "").parse::<f64>().is_ok_and(f64::is_finite) && digits > 0;
        let decimal = number && value.contains('.') && !value.ends_with(".0");
        self.email += share(value.contains('@') && !value.contains(' '));
        self.date += share(is_date(value, digits, standardiser, order));
        self.phone += share(is_phone(value, digits, letters));
        self.postcode += share(letters > 0 && digits > 0 && postcode::read(value).value.is_some());
        let plain = value.trim_end_matches(".0");
        self.zip += share(is_zip(plain));
        self.nino += share(nino::read(value).value.is_some());
        self.number += share(number);
        self.decimal += share(decimal);
        self.long_number += share(number && !decimal && plain.len() >= 6);
        let code = digits > 0 && letters > 0 && !value.contains(' ') && value.len() >= 5 && digits * 3 >= value.len();
        self.code += share(code);
        self.degrees += share(decimal && value.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= 180.0));
        self.digit_words += share(digits > 0 && letters > 3);
        if digits == 0 && letters > 1 {
            self.add_name(value, standardiser);
        }
    }

    fn add_name(&mut self, value: &str, standardiser: &mut Standardiser) {
        let mut tokens = String::new();
        let _ = standardiser.standard(FieldKind::FullName, DateOrder::DayFirst, value, &mut tokens);
        let (mut known, mut all, mut given, mut family) = (0, 0, 0.0, 0.0);
        for token in tokens.split(' ').filter(|token| !token.is_empty()) {
            all += 1;
            if let Some(usage) = name_use(token) {
                known += 1;
                let (g, f) = (f64::from(usage.given), f64::from(usage.family));
                given += g / (g + f).max(1e-12);
                family += f / (g + f).max(1e-12);
            }
        }
        if all > 0 && known * 2 >= all {
            self.named += 1.0;
            self.given += given / f64::from(known);
            self.family += family / f64::from(known);
        }
    }

    /// Likelihood of each kind, the most special first: of equal ones the first counts.
    fn likelihoods(&self, all: f64, distinct: f64, different: usize) -> Vec<(FieldKind, f64)> {
        let of = |count: f64| count / all;
        let words = of(self.words);
        let people = of(self.named);
        let given = self.given / self.named.max(1.0);
        let one_word = if words < 1.7 { 1.0 } else { 0.4 };
        let several = if words >= 1.7 { 1.0 } else { 0.3 };
        let few = different <= CATEGORY_MAX && distinct < 0.2;
        let number = of(self.number);
        // Numbers of one person each, such as those of a security card; few of them are drawn twice.
        let single = if distinct > 0.6 { 1.0 } else { 0.4 };
        vec![
            (FieldKind::Email, of(self.email)),
            (FieldKind::Date, of(self.date)),
            (FieldKind::Postcode, of(self.postcode).max(of(self.zip) * if distinct > 0.9 { 0.5 } else { 0.8 })),
            (FieldKind::Phone, of(self.phone) * 0.98),
            (FieldKind::Identifier, of(self.nino).max((of(self.long_number) + of(self.code)) * single * 0.95)),
            (FieldKind::Degrees, of(self.degrees) * 0.7),
            (FieldKind::Category, if few { 0.9 } else { 0.0 }),
            (FieldKind::GivenName, people * one_word * given.powf(0.5)),
            (FieldKind::FamilyName, people * one_word * (1.0 - given).max(0.0).powf(0.5) * 0.98),
            (FieldKind::FullName, people * several),
            (FieldKind::Number, number * if of(self.decimal) > 0.2 || distinct < 0.6 { 0.75 } else { 0.4 }),
            (FieldKind::Address, if words >= 2.0 { of(self.digit_words) * 0.9 } else { 0.0 }),
        ]
    }
}

/// A date with a year, month and day, or eight digits that give one.
fn is_date(value: &str, digits: usize, standardiser: &mut Standardiser, order: DateOrder) -> bool {
    if digits < 3 || value.len() > 32 || value.starts_with('+') {
        return false;
    }
    let mut out = String::new();
    let all_digits = digits == value.len();
    let read = standardiser.standard(FieldKind::Date, order, value, &mut out) && out.len() >= 7;
    if all_digits {
        let compact = digits == 8 && date::read(value).value.is_some_and(|date| (1850..2050).contains(&date.year()));
        return read && compact;
    }
    read
}

fn is_phone(value: &str, digits: usize, letters: usize) -> bool {
    if letters > 0 || !(9..=15).contains(&digits) || value.contains(['/', '@', ':']) {
        return false;
    }
    let marked = value.starts_with(['0', '+', '(']) || value.contains([' ', '-', '(']);
    let mobile = value.starts_with('7') && digits == 10 || value.starts_with("447") && digits == 12;
    (marked || mobile) && (phone::read(value).value.is_some() || digits >= 10)
}

fn is_zip(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    (digits == value.len() && (4..=6).contains(&digits)) || (value.len() == 10 && digits == 9 && value.contains('-'))
}

#[cfg(test)]
mod tests;
