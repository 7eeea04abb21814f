//! Evidence of all rows of one person, best of each field once; two people under one number told apart first.

use crate::compare::{Records, TokenId, kernel};
use crate::model::comparison::{COMPARISONS, Comparison, Vector};
use crate::model::parameters::is_whole_name;
use crate::model::value::PartialDate;
use crate::util::hash::{Map, map};

/// Levels and log2 u of one candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Levels of all comparisons.
    pub vector: Vector,
    /// log2 u of each comparison, 0 where null.
    pub log2_u: [f32; COMPARISONS.len()],
}

impl Evidence {
    /// Sets one comparison.
    pub fn set(&mut self, comparison: Comparison, level: u8, log2_u: f64) {
        self.vector = self.vector.with(comparison, level);
        self.log2_u[comparison as usize] = log2_u as f32;
    }

    /// log2 u over all comparisons.
    pub fn total_log2_u(&self) -> f64 {
        self.log2_u.iter().map(|u| f64::from(*u)).sum()
    }
}

/// Evidence of several rows of one person.
#[derive(Clone, Debug, Default)]
pub struct Pooled {
    evidence: Evidence,
    best: [f64; COMPARISONS.len()],
}

impl Pooled {
    /// Takes the better of what is there and the evidence of one more row, comparison by comparison.
    ///
    /// `worth` gives the weight of a level under the start model; equal worth leaves the higher level and the larger u,
    /// so the order of rows cannot be seen.
    pub fn add(&mut self, row: &Evidence, worth: impl Fn(Comparison, u8) -> f64) {
        for comparison in COMPARISONS {
            let level = row.vector.level(comparison);
            if level == 0 {
                continue;
            }
            let index = comparison as usize;
            let weight = worth(comparison, level) - f64::from(row.log2_u[index]);
            let known = self.evidence.vector.level(comparison);
            // Whose name stands whole in one row has the whole name, whatever a part of it weighs in another: in a register
            // of a few rows a part may weigh more, since rare words cannot be told from common ones.
            let is_whole = |level: u8| comparison == Comparison::Name && is_whole_name(level);
            let found = (is_whole(level), weight, level, row.log2_u[index].to_bits());
            let held = (is_whole(known), self.best[index], known, self.evidence.log2_u[index].to_bits());
            if known == 0 || found > held {
                self.best[index] = weight;
                self.evidence.set(comparison, level, f64::from(row.log2_u[index]));
            }
        }
    }

    /// The pooled evidence.
    pub fn evidence(&self) -> Evidence {
        self.evidence
    }
}

/// Most different rows under one number that are told apart pair by pair. A number of more is nobody's, as a filler is
/// (`AB123456A`): some of its rows have a name in common, and one leads to the next until all seem one person.
const ROWS_MAX: usize = 100;

/// Tells people apart who share a number: rows that agree in a name token or nearly in birth date are one person. Of a number
/// that is [nobody's](is_nobodys) those of one birth date are.
///
/// `group[i]` becomes the smallest index of the rows that are the same person as row `rows[i]`. Returns the number of
/// people.
pub fn split_people(records: &Records, rows: &[u32], group: &mut Vec<usize>) -> usize {
    group.clear();
    group.extend(0..rows.len());
    let different = if rows.len() > ROWS_MAX { written_alike(records, rows, group) } else { (0..rows.len()).collect() };
    if different.len() > ROWS_MAX {
        split_by_date(records, rows, group);
    } else {
        join_alike(records, rows, &different, group);
    }
    group.iter().enumerate().filter(|(index, place)| index == *place).count()
}

/// Whether so many different people stand under a number that it is none of theirs.
pub fn is_nobodys(records: &Records, rows: &[u32]) -> bool {
    rows.len() > ROWS_MAX && written_alike(records, rows, &mut vec![0; rows.len()]).len() > ROWS_MAX
}

/// Puts rows of one name and birth date together, as most rows of one person are; the first of each kind.
fn written_alike(records: &Records, rows: &[u32], group: &mut [usize]) -> Vec<usize> {
    let mut first: Map<(&[TokenId], Option<PartialDate>), usize> = map();
    let mut different = Vec::new();
    for (index, row) in rows.iter().map(|row| *row as usize).enumerate() {
        group[index] = *first.entry((records.tokens(row), records.birth_date(row))).or_insert_with(|| {
            different.push(index);
            index
        });
    }
    different
}

/// Joins the `different` rows pair by pair, each with all that are written like it.
fn join_alike(records: &Records, rows: &[u32], different: &[usize], group: &mut [usize]) {
    for (at, i) in different.iter().enumerate() {
        for j in &different[..at] {
            if group[*i] != group[*j] && same_person(records, rows[*i] as usize, rows[*j] as usize) {
                let (from, to) = (group[*i].max(group[*j]), group[*i].min(group[*j]));
                for place in group.iter_mut() {
                    if *place == from {
                        *place = to;
                    }
                }
            }
        }
    }
}

/// Puts rows of one birth date together; rows without one are together.
fn split_by_date(records: &Records, rows: &[u32], group: &mut [usize]) {
    let mut first: Map<Option<PartialDate>, usize> = map();
    for (index, row) in rows.iter().enumerate() {
        group[index] = *first.entry(records.birth_date(*row as usize)).or_insert(index);
    }
}

/// Tokens of `one` that the other has.
fn in_both(one: &[TokenId], other: &[TokenId]) -> usize {
    one.iter().filter(|token| other.contains(token)).count()
}

fn same_person(records: &Records, a: usize, b: usize) -> bool {
    let (left, right) = (records.tokens(a), records.tokens(b));
    let shared = left.is_empty() || right.is_empty() || left.iter().any(|token| right.contains(token));
    let dates = kernel::date::level(records.birth_date(a), records.birth_date(b));
    // Null or any kind of error is no contradiction; another date is one, unless a name token is shared.
    match (shared, dates) {
        (true, 0 | 2..) => true,
        // From either side, or a name that has a word twice would make the answer hang on which row comes first.
        (true, _) => [(left, right), (right, left)].iter().all(|(one, other)| in_both(one, other) > 1),
        (false, level) => level >= 4,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_nobodys, split_people};
    use crate::compare::{RecordParts, Records, TokenId};
    use crate::model::value::PartialDate;

    #[test]
    fn the_order_of_rows_cannot_be_seen_where_a_name_has_a_word_twice() {
        let row = |tokens: &[u32], (year, month, day)| RecordParts {
            tokens: tokens.iter().map(|id| TokenId(*id)).collect(),
            birth_date: PartialDate::new(year, month, day),
            ..RecordParts::default()
        };
        let rows = [
            row(&[1, 1], (1950, 3, 4)),
            row(&[1, 2], (1987, 11, 26)),
            row(&[3, 4], (1962, 7, 19)),
            row(&[3, 4], (1999, 12, 8)),
        ];
        let mut records = Records::default();
        rows.iter().for_each(|row| records.push(row));
        for order in [[0, 1, 2, 3], [1, 0, 3, 2], [3, 1, 2, 0], [2, 3, 1, 0]] {
            assert_eq!(split_people(&records, &order, &mut Vec::new()), 3, "{order:?}");
        }
    }

    fn row(token: u32, year: u16) -> RecordParts {
        RecordParts { tokens: vec![TokenId(token)], birth_date: PartialDate::new(year, 3, 4), ..RecordParts::default() }
    }

    #[test]
    fn many_rows_of_one_person_are_one_person() {
        let mut records = Records::default();
        (0..300_u32).for_each(|n| records.push(&row(n % 2, if n % 50 == 0 { 1981 } else { 1980 })));
        let rows: Vec<u32> = (0..300).collect();
        let (mut many, mut few) = (Vec::new(), Vec::new());
        assert!(!is_nobodys(&records, &rows));
        // Few rows are told apart pair by pair from the start: the slow twin.
        assert_eq!(split_people(&records, &rows, &mut many), split_people(&records, &rows[..100], &mut few));
        assert_eq!(many[..100], few);
    }

    #[test]
    fn of_a_number_that_is_nobodys_those_of_one_date_are_one_person() {
        let mut records = Records::default();
        // Forty names of ten years: each name has every year, and one leads to the next.
        (0..400_u32).for_each(|n| records.push(&row(n % 40, 1900 + (n / 40) as u16)));
        let rows: Vec<u32> = (0..400).collect();
        let mut group = Vec::new();
        assert!(is_nobodys(&records, &rows));
        assert_eq!(split_people(&records, &rows, &mut group), 10);
        assert!(group.iter().enumerate().all(|(index, first)| *first == index / 40 * 40));
    }
}
