//! How good were the outcomes? Measured against truth for a trace: `cid_person_id,nino`, an empty NINO where the person is
//! not in the register.

use crate::error::{Error, Result};
use crate::frame::{Table, join};
use crate::report::summary::{Summary, thousands};

/// Counts and rates of one run against truth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Rows with an outcome and a truth.
    pub rows: u64,
    /// Rows whose person is in the register.
    pub present: u64,
    /// Matches that name the right person.
    pub right: u64,
    /// Matches that name another.
    pub wrong: u64,
    /// Of the wrong, those whose person is not in the register at all.
    pub wrong_absent: u64,
    /// Rows in review that name the right person, and another.
    pub review: (u64, u64),
    /// Ambiguous, no hit and not searchable rows: all of them, and those whose person is present.
    pub others: [(u64, u64); 3],
    /// Best F1 over all rows with a probability, and the probability from which it is reached.
    pub best_f1: (f64, f64),
    /// Expected matches according to the stated probabilities, for comparison with `right`.
    pub expected_right: f64,
}

/// Compares outcomes with truth.
///
/// # Errors
/// When a table lacks a column, or no row of one stands in the other.
pub fn evaluate(outcomes: &Table, truth: &Table) -> Result<Evaluation> {
    let joined = join::inner_join(outcomes, truth, "cid_person_id", "cid_person_id")?;
    if joined.rows() == 0 {
        return Err(Error::input("no cid_person_id of the outcomes stands in the truth"));
    }
    let truth_column = if joined.column("nino_right").is_some() { "nino_right" } else { "nino" };
    let mut found = Evaluation { rows: joined.rows() as u64, ..Evaluation::default() };
    let mut scored: Vec<(f64, bool)> = Vec::new();
    for row in 0..joined.rows() {
        let value = |column: &str| joined.value(column, row).unwrap_or("");
        let given = match eight(value("nino")) {
            nino if nino.is_empty() => eight(value("person_id")),
            nino => nino,
        };
        let known = || std::iter::once(value(truth_column)).chain(value("also").split(';'));
        let present = known().any(|number| !number.is_empty());
        let right = !given.is_empty() && known().any(|number| eight(number) == given);
        found.present += u64::from(present);
        match value("outcome") {
            "match" => {
                found.right += u64::from(right);
                found.wrong += u64::from(!right);
                found.wrong_absent += u64::from(!present);
                found.expected_right += value("match_probability").parse().unwrap_or(0.0);
            }
            "review" if right => found.review.0 += 1,
            "review" => found.review.1 += 1,
            other => {
                let index = match other {
                    "ambiguous" => 0,
                    "no_hit" => 1,
                    _ => 2,
                };
                found.others[index].0 += 1;
                found.others[index].1 += u64::from(present);
            }
        }
        if let Ok(probability) = value("match_probability").parse::<f64>()
            && !given.is_empty()
        {
            scored.push((probability, right));
        }
    }
    found.best_f1 = best_f1(scored, found.present);
    Ok(found)
}

/// Letters and digits of a number in capitals, without the suffix of a NINO.
fn eight(number: &str) -> String {
    let all: String =
        number.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    if all.len() == 9 { all[..8].to_owned() } else { all }
}

fn best_f1(mut scored: Vec<(f64, bool)>, present: u64) -> (f64, f64) {
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut best) = (0_u64, (0.0, 1.0));
    for (index, (probability, is_right)) in scored.iter().enumerate() {
        right += u64::from(*is_right);
        let last_of_ties = scored.get(index + 1).is_none_or(|(next, _)| next < probability);
        let f1 = 2.0 * right as f64 / (index as u64 + 1 + present) as f64;
        if last_of_ties && f1 > best.0 {
            best = (f1, *probability);
        }
    }
    best
}

/// Wilson interval at 95 % for `part` of `whole`.
fn wilson(part: u64, whole: u64) -> (f64, f64) {
    if whole == 0 {
        return (0.0, 1.0);
    }
    let (n, z) = (whole as f64, 1.959_964);
    let share = part as f64 / n;
    let centre = share + z * z / (2.0 * n);
    let spread = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    ((centre - spread) / scale, (centre + spread) / scale)
}

impl Evaluation {
    /// Right matches over all matches.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong).max(1) as f64
    }

    /// Right matches over all rows whose person is in the register.
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.present.max(1) as f64
    }

    /// The figures, each with its numerator and denominator.
    pub fn summary(&self) -> Summary {
        let mut out = Summary::default();
        let share = |part: u64, whole: u64| {
            let (low, high) = wilson(part, whole);
            format!(
                "{:.5}  ({} of {}; 95 % interval {low:.5} to {high:.5})",
                part as f64 / whole.max(1) as f64,
                thousands(part),
                thousands(whole)
            )
        };
        out.line("rows with truth", thousands(self.rows));
        out.line("present in the register", share(self.present, self.rows));
        out.line("precision of match", share(self.right, self.right + self.wrong));
        out.line("recall of match", share(self.right, self.present));
        out.line("wrong matches of absent people", thousands(self.wrong_absent));
        out.line(
            "review, right person / other",
            format!("{} / {}", thousands(self.review.0), thousands(self.review.1)),
        );
        for (name, (all, present)) in ["ambiguous", "no_hit", "not_searchable"].iter().zip(self.others) {
            out.line(format!("{name}, of which present"), format!("{} / {}", thousands(all), thousands(present)));
        }
        out.line("best F1 over all scored", format!("{:.5} from probability {:.4}", self.best_f1.0, self.best_f1.1));
        out.line("right matches expected by the model", format!("{:.1}", self.expected_right));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_is_taken_after_all_of_a_tie() {
        let (f1, at) = best_f1(vec![(0.9, true), (0.5, true), (0.5, false), (0.1, false)], 2);
        assert!((f1 - 0.8).abs() < 1e-12 && (at - 0.5).abs() < 1e-12);
        assert_eq!(best_f1(Vec::new(), 5), (0.0, 1.0));
    }

    #[test]
    fn wilson_holds_the_share() {
        let (low, high) = wilson(999, 1000);
        assert!(low < 0.999 && 0.999 < high && low > 0.99);
    }
}
