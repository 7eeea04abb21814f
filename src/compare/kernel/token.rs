//! How alike are two name tokens?

use crate::compare::vocabulary::Grade;
use crate::lexicon::{Equivalence, class_bits, equivalence, known_apart, one_surname, two_sexes};
use rapidfuzz::distance::{jaro_winkler, osa};

/// Shortest tokens that may differ by one edit: LI and LE are different names.
const ONE_EDIT_LENGTH_MIN: usize = 5;
/// Shortest tokens that may differ by two edits.
const TWO_EDITS_LENGTH_MIN: usize = 9;
/// Jaro-Winkler similarity from which tokens of at least [`ONE_EDIT_LENGTH_MIN`] letters are close. Above Splink's upper
/// default of 0.92: at 0.94 MARIA/MARINA (0.967) still passes, but u is counted for such neighbours, so it is mild.
const CLOSE_SIMILARITY: f64 = 0.94;
/// Jaro-Winkler similarity from which tokens of one skeleton are the same name; MOHAMMED and MUHAMMAD have 0.850.
const SAME_SKELETON_SIMILARITY: f64 = 0.8;
/// Shortest tokens that one skeleton makes the same name.
const SAME_SKELETON_LENGTH_MIN: usize = 4;
/// Shortest token that may be a shortened form of another at its start or end (Seun, Oluwaseun).
const SHORTENED_LENGTH_MIN: usize = 4;
/// Articles and kinship words that may be written together with a name.
const PREFIXES: [&str; 12] = ["AL", "EL", "UL", "ABU", "BIN", "BEN", "IBN", "ABDUL", "DE", "DI", "LA", "VAN"];

/// Grade of two tokens; `same_code` says that they have one blocking code (a shared skeleton or spelling class).
pub fn grade(a: &str, b: &str, same_code: bool) -> Grade {
    if a == b {
        return Grade::Exact;
    }
    let shorter = a.len().min(b.len());
    if shorter < 2 {
        return Grade::Different;
    }
    match equivalence(a, b) {
        Some(Equivalence::Spelling | Equivalence::ShortForm) => return Grade::Equivalent,
        Some(Equivalence::Translation) => return Grade::Close,
        None => {}
    }
    if prefixed(a, b) || one_surname(a, b) {
        return Grade::Equivalent;
    }
    match by_letters(a, b, shorter, same_code) {
        // A brother and a sister of one date may be Karim and Karima.
        alike if alike > Grade::Different && two_sexes(a, b) => Grade::Different,
        alike => alike,
    }
}

/// Grade of two tokens by their letters alone, whatever names they are.
fn by_letters(a: &str, b: &str, shorter: usize, same_code: bool) -> Grade {
    if same_code && shorter >= SAME_SKELETON_LENGTH_MIN {
        // One skeleton is not one name: KHAN and KAYANI keep the same consonants.
        let args = jaro_winkler::Args::default().score_cutoff(SAME_SKELETON_SIMILARITY);
        if jaro_winkler::similarity_with_args(a.bytes(), b.bytes(), &args).is_some() && !known_apart(a, b) {
            return Grade::Equivalent;
        }
    }
    if close(a, b, shorter) || shortened(a, b, shorter) {
        return Grade::Close;
    }
    Grade::Different
}

fn close(a: &str, b: &str, shorter: usize) -> bool {
    if shorter < ONE_EDIT_LENGTH_MIN {
        return false;
    }
    let edits = if shorter >= TWO_EDITS_LENGTH_MIN { 2 } else { 1 };
    if a.len().abs_diff(b.len()) <= edits {
        let args = osa::Args::default().score_cutoff(edits);
        if osa::distance_with_args(a.bytes(), b.bytes(), &args).is_some() {
            return true;
        }
    }
    let args = jaro_winkler::Args::default().score_cutoff(CLOSE_SIMILARITY);
    jaro_winkler::similarity_with_args(a.bytes(), b.bytes(), &args).is_some()
}

fn shortened(a: &str, b: &str, shorter: usize) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    shorter >= SHORTENED_LENGTH_MIN && (long.starts_with(short) || long.ends_with(short))
}

fn prefixed(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.len() >= SHORTENED_LENGTH_MIN && long.strip_suffix(short).is_some_and(|prefix| PREFIXES.contains(&prefix))
}

/// What can be seen of a token without reading it: enough to say of most pairs that they are different names.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// A bit for each letter that it has.
    letters: u32,
    /// [`class_bits`].
    classes: u32,
    /// Lowest bits of its blocking code.
    code: u16,
    /// Length in bytes, the longest ones alike.
    len: u8,
    first: u8,
}

impl Mark {
    /// The mark of a token with its blocking code.
    pub fn new(token: &str, code: u64) -> Self {
        Self {
            letters: token.bytes().fold(0, |letters, byte| letters | 1 << (byte % 32)),
            classes: class_bits(token),
            code: code as u16,
            len: u8::try_from(token.len()).unwrap_or(u8::MAX),
            first: token.bytes().next().unwrap_or(0),
        }
    }

    /// The mark as a number of 96 bits.
    pub fn bits(&self) -> u128 {
        let shape = u32::from(self.code) << 16 | u32::from(self.len) << 8 | u32::from(self.first);
        u128::from(self.letters) << 64 | u128::from(self.classes) << 32 | u128::from(shape)
    }

    /// The mark of [`Mark::bits`]; higher bits mean nothing.
    #[inline]
    pub fn of_bits(bits: u128) -> Self {
        Self {
            letters: (bits >> 64) as u32,
            classes: (bits >> 32) as u32,
            code: (bits >> 16) as u16,
            len: (bits >> 8) as u8,
            first: bits as u8,
        }
    }

    /// Length in bytes; 255 stands for all that are longer too.
    #[inline]
    pub fn bytes(&self) -> u8 {
        self.len
    }

    /// The first byte.
    #[inline]
    pub fn first(&self) -> u8 {
        self.first
    }
}

/// Whether [`grade`] cannot but say that two tokens are different.
///
/// Letters that the other token does not have are matched with nothing: at least so many edits stand between the two, and
/// no more than the others can be matched, which bounds their similarity from above.
#[inline]
pub fn apart(a: &Mark, b: &Mark) -> bool {
    let (a_alone, b_alone) = ((a.letters & !b.letters).count_ones(), (b.letters & !a.letters).count_ones());
    // One within the other may be its short form; the table may know the two; the longest are not told by their length.
    if a_alone == 0 || b_alone == 0 || a.classes & b.classes != 0 || a.len.max(b.len) == u8::MAX {
        return false;
    }
    let (a_len, b_len) = (u32::from(a.len), u32::from(b.len));
    let shorter = a_len.min(b_len) as usize;
    let edits = if shorter >= TWO_EDITS_LENGTH_MIN { 2 } else { 1 };
    if shorter >= ONE_EDIT_LENGTH_MIN && a_alone.max(b_alone) <= edits && a_len.abs_diff(b_len) <= edits {
        return false;
    }
    let least = match a.code == b.code {
        true if shorter >= SAME_SKELETON_LENGTH_MIN => SAME_SKELETON_SIMILARITY,
        _ if shorter >= ONE_EDIT_LENGTH_MIN => CLOSE_SIMILARITY,
        _ => return true,
    };
    // Winkler's bonus for four letters in common at the start: a tenth each of what is missing.
    let least = if a.first == b.first { (least - 0.4) / 0.6 } else { least };
    let matched = (a_len - a_alone).min(b_len - b_alone);
    let product = f64::from(a_len * b_len);
    let jaro_max = f64::from(matched * (a_len + b_len)) + product;
    jaro_max < (3.0 * least - SLACK) * product
}

/// What rounding may add to a similarity.
const SLACK: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::block_code;
    use proptest::prelude::*;

    fn of(a: &str, b: &str) -> Grade {
        let mut scratch = Vec::new();
        let same = block_code(a, &mut scratch) == block_code(b, &mut scratch);
        grade(a, b, same)
    }

    #[test]
    fn cases() {
        for (a, b, want) in [
            ("MOHAMMED", "MUHAMMAD", Grade::Equivalent),
            ("MD", "MOHAMMED", Grade::Equivalent),
            ("MAHMUD", "MOHAMMED", Grade::Different),
            ("YUSUF", "YOUSEF", Grade::Equivalent),
            ("HASSAN", "ALHASSAN", Grade::Equivalent),
            ("SMITH", "SMYTHE", Grade::Equivalent),
            ("SMITH", "SNITH", Grade::Close),
            ("LI", "LE", Grade::Different),
            ("EMEKA", "CHUKWUEMEKA", Grade::Equivalent),
            ("KOWALSKI", "KOWALSKA", Grade::Equivalent),
            ("KARIM", "KARIMA", Grade::Different),
            ("RASHEED", "RASHEEDA", Grade::Different),
            ("NASIR", "NASIRA", Grade::Different),
            ("MARIO", "MARIA", Grade::Different),
            ("RAHUL", "RACHEL", Grade::Different),
            ("MARTIN", "MARTINA", Grade::Different),
            ("VALENTIN", "VALENTINA", Grade::Different),
            ("ALEKSANDR", "ALEKSANDRA", Grade::Different),
            ("IVAN", "IVANA", Grade::Different),
            ("YORDAN", "YORDANKA", Grade::Different),
            ("ADRIANO", "ADRIANA", Grade::Different),
            ("HABIB", "HABIBE", Grade::Different),
            ("KEBEDE", "KEBEDECH", Grade::Different),
            // As a father and a daughter are, and no man and wife.
            ("HUSEYN", "HUSEYNOVA", Grade::Close),
            // What data/lexicon/README.md says of family names that are given names too.
            ("CLARK", "CLARE", Grade::Different),
            ("MARIA", "MARINA", Grade::Close),
            ("RASHID", "RASHIDD", Grade::Equivalent),
            ("IVANOV", "IVANOVA", Grade::Equivalent),
            ("IVANOFF", "IVANOVA", Grade::Equivalent),
            ("WISNIEWSKI", "WISNIEWSKA", Grade::Equivalent),
            ("VISHNEVSKY", "VISHNEVSKAYA", Grade::Equivalent),
            ("ALIEV", "ALIYEVA", Grade::Equivalent),
            ("KARIMOV", "KARIMOVA", Grade::Equivalent),
            ("PUTIN", "PUTINA", Grade::Equivalent),
            ("NOVAK", "NOVAKOVA", Grade::Equivalent),
            ("HAJEK", "HAJKOVA", Grade::Equivalent),
            ("KAZLAUSKAS", "KAZLAUSKIENE", Grade::Equivalent),
            ("HASSAN", "HUSSAIN", Grade::Different),
            ("GARCIA", "LOPEZ", Grade::Different),
        ] {
            assert_eq!(of(a, b), want, "{a} {b}");
            assert_eq!(of(b, a), want, "{b} {a}");
        }
    }

    /// Slow twin: the same rule with strsim's textbook distances.
    fn close_slow(a: &str, b: &str) -> bool {
        let shorter = a.len().min(b.len());
        let edits = if shorter >= TWO_EDITS_LENGTH_MIN { 2 } else { 1 };
        shorter >= ONE_EDIT_LENGTH_MIN
            && (strsim::osa_distance(a, b) <= edits || strsim::jaro_winkler(a, b) >= CLOSE_SIMILARITY)
    }

    #[test]
    fn marks_never_tell_apart_the_forms_of_one_family_name() {
        let ends = [
            &["SKI", "SKY", "SKIY", "SKIJ", "SKA", "SKAYA", "SKAJA"][..],
            &["OV", "OVA"],
            &["AK", "AKOVA"],
            &["UNAS", "UNAITE", "UNIENE"],
            &["IUS", "IUTE", "UVIENE"],
        ];
        let mut scratch = Vec::new();
        for (stem, ends) in ["BELIN", "ROMA", "ZUK"].iter().flat_map(|stem| ends.iter().map(move |ends| (stem, ends))) {
            for (a, b) in
                ends.iter().flat_map(|a| ends.iter().map(move |b| (format!("{stem}{a}"), format!("{stem}{b}"))))
            {
                let marks = [&a, &b].map(|name| Mark::new(name, block_code(name, &mut scratch)));
                assert!(!apart(&marks[0], &marks[1]) || of(&a, &b) == Grade::Different, "{a} {b}");
            }
        }
    }

    #[test]
    fn marks_tell_apart_most_names_and_no_two_that_agree() {
        let names: Vec<&str> = crate::lexicon::rows(include_str!("../../../data/lexicon/equivalents.tsv"))
            .filter_map(|row| row.get(2).copied())
            .flat_map(str::split_whitespace)
            .step_by(17)
            .collect();
        let mut scratch = Vec::new();
        let coded: Vec<(&str, u64, Mark)> = names
            .iter()
            .map(|name| (*name, block_code(name, &mut scratch)))
            .map(|(name, code)| (name, code, Mark::new(name, code)))
            .collect();
        let (mut told, mut all) = (0, 0);
        for (a, a_code, a_mark) in &coded {
            for (b, b_code, b_mark) in &coded {
                let is_apart = apart(a_mark, &Mark::of_bits(b_mark.bits() | 1 << 127));
                assert_eq!(is_apart, apart(a_mark, b_mark));
                told += usize::from(is_apart);
                all += 1;
                assert!(!is_apart || grade(a, b, a_code == b_code) == Grade::Different, "{a} {b}");
            }
        }
        assert!(coded.len() > 1_000 && told * 10 > all * 8, "{told} of {all}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn fast_kernels_equal_strsim(a in "[ABC]{1,12}", b in "[ABC]{1,12}") {
            prop_assert_eq!(close(&a, &b, a.len().min(b.len())), close_slow(&a, &b));
        }

        #[test]
        fn tokens_that_are_told_apart_by_their_marks_are_different(a in "[A-F]{1,14}", b in "[A-F]{1,14}", same_code: bool) {
            let marks = [Mark::new(&a, 1), Mark::new(&b, u64::from(same_code))];
            if a.len() > 1 && b.len() > 1 && apart(&marks[0], &marks[1]) {
                prop_assert_eq!(grade(&a, &b, same_code), Grade::Different);
            }
        }

        #[test]
        fn grades_are_symmetric(a in "[A-E]{1,9}", b in "[A-E]{1,9}") {
            prop_assert_eq!(of(&a, &b), of(&b, &a));
        }
    }
}
