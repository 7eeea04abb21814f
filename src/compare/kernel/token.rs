//! How alike are two name tokens?

use crate::compare::vocabulary::Grade;
use crate::lexicon::{Equivalence, equivalence, known_apart};
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
    if prefixed(a, b) {
        return Grade::Equivalent;
    }
    if same_code && shorter >= 4 {
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
            ("KARIM", "KARIMA", Grade::Close),
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn fast_kernels_equal_strsim(a in "[ABC]{1,12}", b in "[ABC]{1,12}") {
            prop_assert_eq!(close(&a, &b, a.len().min(b.len())), close_slow(&a, &b));
        }

        #[test]
        fn grades_are_symmetric(a in "[A-E]{1,9}", b in "[A-E]{1,9}") {
            prop_assert_eq!(of(&a, &b), of(&b, &a));
        }
    }
}
