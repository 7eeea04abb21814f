//! What the functions of our own mean: names by lexicon and skeleton, dates by kind of error, addresses by part.

use crate::compare::kernel::token::Mark;
use crate::compare::{AddressKey, kernel};
use crate::lexicon;
use crate::model::expression::Function;
use crate::model::value::PartialDate;
use crate::program::Plugged;
use crate::standardise::address::{self, Address};
use crate::util::hash::{Map, map, text_hash};
use rphonetic::{DoubleMetaphone, Encoder};
use std::cell::RefCell;

/// The lexicon as functions of expressions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lexicon;

/// Most codes under which one token is looked up.
const CODES_MAX: usize = 4;
/// Most tokens of a name or text that are looked at.
const TOKENS_MAX: usize = 16;

impl Plugged for Lexicon {
    fn one(&self, function: Function, text: &str) -> Option<String> {
        match function {
            Function::Fold => Some(folded(text)),
            Function::Skeleton => {
                joined(text, |token, scratch| format!("{:016x}", lexicon::block_code(token, scratch)))
            }
            Function::Phonetic => joined(text, |token, _| DoubleMetaphone::default().encode(token)),
            _ => None,
        }
    }

    fn many(&self, _: Function, text: &str) -> Vec<String> {
        let mut scratch = Vec::new();
        let mut codes = Vec::new();
        for token in text.split(' ').filter(|token| token.len() > 1).take(TOKENS_MAX) {
            lexicon::block_codes(token, CODES_MAX, &mut scratch, &mut codes);
        }
        codes.sort_unstable();
        codes.dedup();
        codes.into_iter().map(|code| format!("{code:016x}")).collect()
    }

    fn pair(&self, function: Function, left: &str, right: &str) -> Option<f64> {
        match function {
            Function::SameName => Some(f64::from(folded(left) == folded(right))),
            Function::NameEquivalent => Some(f64::from(equivalent(left, right))),
            Function::NameAlignment => alignment(left, right),
            Function::DateError => Some(f64::from(kernel::date::level(partial(left), partial(right)))),
            Function::AddressAgreement => {
                let (a, b) = (address_key(left), address_key(right));
                Some(f64::from(kernel::address::level(&a, &b)))
            }
            _ => None,
        }
    }

    fn outline(&self, function: Function, text: &str) -> u128 {
        match function {
            // Of one word; more are looked at word by word.
            Function::NameEquivalent if text.len() > 1 && !text.contains(' ') => {
                SEEN | Mark::new(text, code(text, &mut Vec::new())).bits()
            }
            Function::DateError => SEEN | partial(text).map_or(0, |date| DATED | u128::from(date.bits())),
            _ => 0,
        }
    }

    fn by_outlines(&self, function: Function, left: u128, right: u128) -> Option<f64> {
        match function {
            Function::NameEquivalent => {
                kernel::token::apart(&Mark::of_bits(left), &Mark::of_bits(right)).then_some(0.0)
            }
            Function::DateError => Some(f64::from(kernel::date::level(dated(left), dated(right)))),
            _ => None,
        }
    }
}

/// Marks an outline that says something, beside what it says.
const SEEN: u128 = 1 << 127;
/// Marks the outline of a text that is a date.
const DATED: u128 = 1 << 126;

fn dated(outline: u128) -> Option<PartialDate> {
    (outline & DATED != 0).then(|| PartialDate::from_bits(outline as u32))
}

/// Letters and digits alone, in capitals.
fn folded(text: &str) -> String {
    any_ascii::any_ascii(text).chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// A code of each token, in the order of the codes: the order of tokens does not matter.
fn joined(text: &str, code: impl Fn(&str, &mut Vec<u8>) -> String) -> Option<String> {
    let mut scratch = Vec::new();
    let tokens = text.split(' ').filter(|token| !token.is_empty()).take(TOKENS_MAX);
    let mut codes: Vec<String> =
        tokens.map(|token| code(token, &mut scratch)).filter(|code| !code.is_empty()).collect();
    codes.sort_unstable();
    (!codes.is_empty()).then(|| codes.join(" "))
}

/// Codes remembered by one thread at most.
const REMEMBERED_MAX: usize = 1 << 18;

thread_local! {
    /// Blocking codes by the hash of the token: names come again and again.
    static CODES: RefCell<Map<u64, u64>> = RefCell::new(map());
}

fn code(token: &str, scratch: &mut Vec<u8>) -> u64 {
    CODES.with_borrow_mut(|codes| {
        if codes.len() > REMEMBERED_MAX {
            codes.clear();
        }
        *codes.entry(text_hash(token.as_bytes())).or_insert_with(|| lexicon::block_code(token, scratch))
    })
}

/// How well two tokens agree, from 0 to 1.
fn grade(a: &str, b: &str, scratch: &mut Vec<u8>) -> f64 {
    use crate::compare::Grade;
    if a == b {
        return 1.0;
    }
    if a.len() == 1 || b.len() == 1 {
        return if a.as_bytes().first() == b.as_bytes().first() { 0.4 } else { 0.0 };
    }
    let same_code = code(a, scratch) == code(b, scratch);
    match kernel::token::grade(a, b, same_code) {
        Grade::Exact => 1.0,
        Grade::Equivalent => 0.9,
        Grade::Close => 0.8,
        Grade::Initial => 0.4,
        Grade::Different => 0.0,
    }
}

/// Whether any token of one is a spelling, short form or neighbour of a token of the other.
fn equivalent(left: &str, right: &str) -> bool {
    let mut scratch = Vec::new();
    left.split(' ').any(|a| right.split(' ').any(|b| grade(a, b, &mut scratch) >= 0.8))
}

/// Agreement of aligned tokens: four parts the share of the shorter name that is found in the other, one part that of
/// the longer. 1 for the same tokens in any order, 0 where no token agrees.
fn alignment(left: &str, right: &str) -> Option<f64> {
    let tokens = |text: &'_ str| text.split(' ').filter(|token| !token.is_empty()).take(TOKENS_MAX).count();
    let (a, b) = (tokens(left), tokens(right));
    if a == 0 || b == 0 {
        return None;
    }
    let mut scratch = Vec::new();
    let mut grades = Vec::with_capacity(a * b);
    for (i, left) in left.split(' ').filter(|token| !token.is_empty()).take(TOKENS_MAX).enumerate() {
        for (j, right) in right.split(' ').filter(|token| !token.is_empty()).take(TOKENS_MAX).enumerate() {
            let grade = grade(left, right, &mut scratch);
            if grade > 0.0 {
                grades.push((grade, i, j));
            }
        }
    }
    grades.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let (mut lefts, mut rights, mut sum) = (0_u32, 0_u32, 0.0);
    for (grade, i, j) in grades {
        if lefts >> i & 1 == 0 && rights >> j & 1 == 0 {
            lefts |= 1 << i;
            rights |= 1 << j;
            sum += grade;
        }
    }
    Some(0.8 * sum / a.min(b) as f64 + 0.2 * sum / a.max(b) as f64)
}

/// A date of standard text.
fn partial(text: &str) -> Option<PartialDate> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let mut part = || parts.next().map_or(Some(0), |part| part.parse().ok());
    PartialDate::new(year, part()?, part()?)
}

fn address_key(text: &str) -> AddressKey {
    let mut read = Address::default();
    let _ = address::read_into(text, "", &mut read);
    AddressKey::new(&read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_align_in_any_order() {
        let of = |a, b| Lexicon.pair(Function::NameAlignment, a, b).unwrap();
        assert_eq!(of("ANN LEE", "LEE ANN"), 1.0);
        assert!((of("ANN", "ANN LEE") - 0.9).abs() < 1e-12);
        assert!(of("MOHAMMED ALI", "ALI MUHAMMAD") > 0.9);
        assert_eq!(of("GRACE OKORO", "IVAN PETROV"), 0.0);
        assert_eq!(Lexicon.pair(Function::NameAlignment, "", "ANN"), None);
        assert_eq!(Lexicon.pair(Function::NameEquivalent, "TOM", "THOMAS"), Some(1.0));
        assert_eq!(Lexicon.pair(Function::NameEquivalent, "TOM", "PETER"), Some(0.0));
    }

    #[test]
    fn keys_ignore_spelling_and_order() {
        assert_eq!(Lexicon.one(Function::Skeleton, "LEE ANN"), Lexicon.one(Function::Skeleton, "ANN LEE"));
        assert_eq!(Lexicon.one(Function::Phonetic, "SMITH"), Lexicon.one(Function::Phonetic, "SMYTH"));
        assert_eq!(Lexicon.one(Function::Phonetic, ""), None);
        let (a, b) = (Lexicon.many(Function::TokenKeys, "MOHAMMED"), Lexicon.many(Function::TokenKeys, "MUHAMMAD"));
        assert!(a.iter().any(|key| b.contains(key)));
    }

    #[test]
    fn outlines_tell_what_the_texts_tell() {
        let names = [
            "ANN", "ANNE", "AN", "A", "", "THOMAS", "TOM", "LEE ANN", "MOHAMMED", "MUHAMMAD", "LEE", "KOWALSKA",
            "PETER",
        ];
        let dates = ["1980-02-05", "1980-05-02", "1980", "nothing", "", "1981-02-05", "1980-02", "2000-01-01"];
        let mut told = 0;
        for (function, texts) in [(Function::NameEquivalent, &names[..]), (Function::DateError, &dates)] {
            for (a, b) in texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b))) {
                let (x, y) = (Lexicon.outline(function, a), Lexicon.outline(function, b));
                let found = if x == 0 || y == 0 { None } else { Lexicon.by_outlines(function, x, y) };
                told += usize::from(found.is_some());
                assert!(found.is_none() || found == Lexicon.pair(function, a, b), "{function:?} {a} {b}: {found:?}");
            }
        }
        assert!(told > dates.len() * dates.len() + 50, "{told}");
    }

    #[test]
    fn dates_by_kind_of_error() {
        let of = |a, b| Lexicon.pair(Function::DateError, a, b).unwrap();
        assert_eq!(of("1980-02-05", "1980-02-05"), 11.0);
        assert_eq!(of("1980-02-05", "1980-05-02"), 8.0);
        assert_eq!(of("1980", "1980-05-02"), 4.0);
        assert_eq!(of("nothing", "1980-05-02"), 0.0);
    }
}
