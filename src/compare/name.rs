//! Whole names by aligning tokens: order-free, one to one.

use crate::compare::vocabulary::{Grade, GradeCache, TokenId, Vocabulary};
use crate::model::comparison::{leftover, name_level};
use crate::model::parameters::agreeing_class;
use crate::standardise::name::TOKENS_MAX;

/// One aligned pair of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aligned {
    /// Index of the token in the left name; of the first of two that are joined.
    pub left: u8,
    /// Index of the token in the right name; of the first of two that are joined.
    pub right: u8,
    /// How they agree; never [`Grade::Different`].
    pub grade: Grade,
}

/// How two names agree.
#[derive(Clone, Debug)]
pub struct NameMatch {
    /// Level of the name comparison, whichever side comes first and wherever tokens stand; 0 when a side has no token.
    pub level: u8,
    placed: u8,
    aligned: [Aligned; TOKENS_MAX],
    len: u8,
}

impl NameMatch {
    /// The aligned tokens, strongest grade first.
    pub fn aligned(&self) -> &[Aligned] {
        &self.aligned[..usize::from(self.len)]
    }

    /// The level that tells where what agrees stands in the right name, a register's, besides how well it does and what is
    /// left.
    pub fn placed(&self) -> u8 {
        self.placed
    }

    fn push(&mut self, left: usize, right: usize, grade: Grade) {
        if let Some(place) = self.aligned.get_mut(usize::from(self.len)) {
            *place = Aligned { left: left as u8, right: right as u8, grade };
            self.len += 1;
        }
    }
}

/// Aligns the tokens of two names, strongest grade first; within a grade the earlier token goes first.
///
/// Taking the strongest first is not always the assignment with the largest sum, but it is the one that a person would
/// explain, and names where the two differ have three tokens within an edit of each other.
pub fn align(left: &[TokenId], right: &[TokenId], vocabulary: &Vocabulary, cache: &mut GradeCache) -> NameMatch {
    let nothing = Aligned { left: 0, right: 0, grade: Grade::Different };
    let mut found = NameMatch { level: 0, placed: 0, aligned: [nothing; TOKENS_MAX], len: 0 };
    if left.is_empty() || right.is_empty() {
        return found;
    }
    let mut open = Open::new(left.len(), right.len());
    take_exact(left, right, &mut open, &mut found);
    // An initial may stand for any name: it tells nothing of the places of names that agree.
    let mut named = open;
    if open.left != 0 && open.right != 0 {
        let grades = grade_open(left, right, &open, vocabulary, cache);
        take(Grade::Equivalent, &grades, &mut open, &mut found);
        take_joined(left, right, vocabulary, &mut open, &mut found);
        take(Grade::Close, &grades, &mut open, &mut found);
        named = open;
        take(Grade::Initial, &grades, &mut open, &mut found);
    }
    let rest = match (open.left.count_ones(), open.right.count_ones()) {
        (0, 0) => leftover::NOTHING,
        (0, _) | (_, 0) => leftover::ONE_SIDE,
        (1, _) | (_, 1) => leftover::BOTH,
        _ => leftover::SEVERAL,
    };
    let agreement = agreement(found.aligned());
    found.level = name_level(agreement, rest);
    let placed = match rest {
        leftover::BOTH if agreeing_class(agreement) > 0 => named.places(),
        leftover::ONE_SIDE if agreeing_class(agreement) > 0 && open.right & 1 == 1 => leftover::ONE_SIDE_FIRST,
        rest => rest,
    };
    found.placed = name_level(agreement, placed);
    found
}

/// Tokens not aligned yet, as bits, of so many on each side.
#[derive(Clone, Copy)]
struct Open {
    left: u16,
    right: u16,
    lens: (usize, usize),
}

impl Open {
    fn new(left: usize, right: usize) -> Self {
        let lens = (left.min(TOKENS_MAX), right.min(TOKENS_MAX));
        Self { left: (1 << lens.0) - 1, right: (1 << lens.1) - 1, lens }
    }

    fn has(&self, left: usize, right: usize) -> bool {
        self.left >> left & 1 == 1 && self.right >> right & 1 == 1
    }

    /// Which of `BOTH` and its like the tokens make that are aligned, by their places on the right.
    fn places(&self) -> u8 {
        match (self.right & 1 == 0, self.right >> (self.lens.1 - 1) & 1 == 0) {
            (true, _) => leftover::BOTH_GIVEN,
            (false, true) => leftover::BOTH,
            (false, false) => leftover::BOTH_MIDDLE,
        }
    }

    fn close(&mut self, left: usize, right: usize) {
        self.left &= !(1 << left);
        self.right &= !(1 << right);
    }
}

type Grades = [[Grade; TOKENS_MAX]; TOKENS_MAX];

fn take_exact(left: &[TokenId], right: &[TokenId], open: &mut Open, found: &mut NameMatch) {
    let (lefts, rights) = open.lens;
    for (i, a) in left.iter().enumerate().take(lefts) {
        for (j, b) in right.iter().enumerate().take(rights) {
            if a == b && open.has(i, j) {
                open.close(i, j);
                found.push(i, j, Grade::Exact);
            }
        }
    }
}

/// Grades of the tokens that are open on both sides.
fn grade_open(
    left: &[TokenId],
    right: &[TokenId],
    open: &Open,
    vocabulary: &Vocabulary,
    cache: &mut GradeCache,
) -> Grades {
    let mut grades = [[Grade::Different; TOKENS_MAX]; TOKENS_MAX];
    for (i, (row, &a)) in grades.iter_mut().zip(left).enumerate() {
        for (j, (grade, &b)) in row.iter_mut().zip(right).enumerate() {
            if open.has(i, j) {
                *grade = cache.grade(vocabulary, a, b);
            }
        }
    }
    grades
}

fn take(grade: Grade, grades: &Grades, open: &mut Open, found: &mut NameMatch) {
    let (lefts, rights) = open.lens;
    for (i, row) in grades.iter().enumerate().take(lefts) {
        for (j, &here) in row.iter().enumerate().take(rights) {
            if here == grade && open.has(i, j) {
                open.close(i, j);
                found.push(i, j, grade);
            }
        }
    }
}

/// Two neighbouring tokens of one side that are one token of the other: XIAO MING and XIAOMING.
fn take_joined(left: &[TokenId], right: &[TokenId], vocabulary: &Vocabulary, open: &mut Open, found: &mut NameMatch) {
    let joined = |first: TokenId, second: TokenId, whole: TokenId| {
        let len = |token| usize::from(vocabulary.token_len(token));
        if (len(first) + len(second)).min(usize::from(u8::MAX)) != len(whole) {
            return false;
        }
        let whole = vocabulary.text(whole);
        let (first, second) = (vocabulary.text(first), vocabulary.text(second));
        first.len() + second.len() == whole.len() && whole.starts_with(first) && whole.ends_with(second)
    };
    for (i, pair) in left.windows(2).enumerate().take(TOKENS_MAX - 1) {
        for (j, &whole) in right.iter().enumerate().take(TOKENS_MAX) {
            if open.has(i, j) && open.has(i + 1, j) && joined(pair[0], pair[1], whole) {
                open.close(i, j);
                open.left &= !(1 << (i + 1));
                found.push(i, j, Grade::Equivalent);
            }
        }
    }
    for (j, pair) in right.windows(2).enumerate().take(TOKENS_MAX - 1) {
        for (i, &whole) in left.iter().enumerate().take(TOKENS_MAX) {
            if open.has(i, j) && open.has(i, j + 1) && joined(pair[0], pair[1], whole) {
                open.close(i, j);
                open.right &= !(1 << (j + 1));
                found.push(i, j, Grade::Equivalent);
            }
        }
    }
}

/// Index into `NAME_AGREEMENTS` from the grades of the aligned tokens.
fn agreement(aligned: &[Aligned]) -> u8 {
    let count = |grade| aligned.iter().filter(|pair| pair.grade == grade).count();
    let (exact, equivalent) = (count(Grade::Exact), count(Grade::Equivalent));
    let (close, initial) = (count(Grade::Close), count(Grade::Initial));
    match (exact, equivalent, close, initial) {
        (0, 0, 0, 0) => 0,
        (0, 0, 0, _) => 1,
        (3.., ..) => 15,
        (e, v, c, _) if e + v + c >= 3 => 14,
        (2, ..) => 13,
        (1, 1.., ..) => 12,
        (1, 0, 1.., _) => 11,
        (0, 2.., ..) => 10,
        (0, 1, 1.., _) => 9,
        (0, 0, 2.., _) => 8,
        (1, 0, 0, 1..) => 7,
        (0, 1, 0, 1..) => 6,
        (0, 0, 1, 1..) => 5,
        (1, 0, 0, 0) => 4,
        (0, 1, 0, 0) => 3,
        (0, 0, 1, 0) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::comparison::Comparison;
    use crate::standardise::name::Tokens;

    fn ids(text: &str, vocabulary: &mut Vocabulary) -> Vec<TokenId> {
        let mut tokens = Tokens::default();
        tokens.add_full_name(text);
        let mut scratch = Vec::new();
        tokens.iter().map(|token| vocabulary.intern(token, crate::lexicon::block_code(token, &mut scratch))).collect()
    }

    #[track_caller]
    fn check(left: &str, right: &str, want: &str) {
        let mut vocabulary = Vocabulary::new();
        let left_ids = ids(left, &mut vocabulary);
        let right_ids = ids(right, &mut vocabulary);
        for (a, b) in [(&left_ids, &right_ids), (&right_ids, &left_ids)] {
            let found = align(a, b, &vocabulary, &mut GradeCache::default());
            assert_eq!(Comparison::Name.level_name(found.level), want, "{left} / {right}");
        }
    }

    #[test]
    fn cases() {
        check("Mohammed Ali", "ALI, Muhammad", "exact_equivalent/nothing");
        check("Mohammed Ali", "Mohammed Ali Khan", "two_exact/one_side");
        check("Zhang Xiao Ming", "Xiaoming Zhang", "exact_equivalent/nothing");
        check("J Smith", "John Smith", "exact_initial/nothing");
        check("Mary Jones", "Mary Smith", "exact/both");
        check("Abdul Rahman Khalil", "Abdelrahman Khalil", "two_exact/nothing");
        check("Jose Garcia Lopez", "Jose Garcia", "two_exact/one_side");
        check("Ana", "Ana", "exact/nothing");
        check("", "Ana", "null");
        check("Peter Snith", "Peter Smith", "exact_close/nothing");
        check("Tran Van An", "An Tran Van", "three_exact/nothing");
        check("Grace Okoro", "Ivan Petrov", "none/several");
        check("Ayesha Kiran Bhatti", "Kiran Devi Kumar", "exact/several");
    }

    #[test]
    fn what_agrees_has_its_place_in_the_name_held() {
        let placed = |left: &str, right: &str| {
            let mut vocabulary = Vocabulary::new();
            let (left, right) = (ids(left, &mut vocabulary), ids(right, &mut vocabulary));
            Comparison::Name.level_name(align(&left, &right, &vocabulary, &mut GradeCache::default()).placed())
        };
        for sought in ["Fatima Begum", "Begum Fatima"] {
            assert_eq!(placed(sought, "Fatima Khan"), "exact/both_given");
        }
        for sought in ["Amina Khan", "Khan Amina"] {
            assert_eq!(placed(sought, "Fatima Khan"), "exact/both");
        }
        assert_eq!(placed("Noor Bibi", "Fatima Noor Khan"), "exact/both_middle");
        assert_eq!(placed("Amina Noor Bibi", "Noor Jahan Khan"), "exact/several");
        assert_eq!(placed("Amina Noor Khan", "Fatima Noor Khan"), "two_exact/both");
        assert_eq!(placed("Fatima Noor Bibi", "Fatima Noor Khan"), "two_exact/both_given");
        assert_eq!(placed("Fatima", "Fatima Khan"), "exact/one_side");
        assert_eq!(placed("Khan", "Fatima Khan"), "exact/one_side_first");
        assert_eq!(placed("Amina Khan", "Khan"), "exact/one_side");
        assert_eq!(placed("Kulvir Singh", "Karinder K Singh"), "exact_initial/one_side_first");
        // Whose initial agrees may have any name, and a name that stands whole in the other has nothing left to place.
        assert_eq!(placed("F Begum", "Fatima Khan"), "initial/both");
        assert_eq!(placed("K", "Fatima Khan"), "initial/one_side");
        assert_eq!(placed("Fatima N Khan", "Nadia Jahan Khan"), "exact_initial/both");
        assert_eq!(placed("F Khan", "Fatima Khan"), "exact_initial/nothing");
        assert_eq!(placed("", "Fatima Khan"), "null");
    }

    #[test]
    fn one_token_is_never_used_twice() {
        check("Ali Ali", "Ali", "exact/one_side");
    }
}
