//! The benefits that are known, from `data/exchange/benefits.csv`.

use crate::util::hash::{Map, map};
use std::sync::LazyLock;

/// What is known of a benefit, or of one sub-kind of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Benefit {
    /// Code, in capitals.
    pub code: &'static str,
    /// `contributory`, `income_related`, or empty for the benefit as a whole.
    pub sub_kind: &'static str,
    /// Name.
    pub name: &'static str,
    /// Whether a couple is on one award.
    pub household: bool,
    /// Whether it is a public fund; `None` where that depends on the sub-kind. It says nothing about entitlement, and is
    /// never given out.
    pub public_fund: Option<bool>,
    /// Whether DWP pays it: another body's award is not the department's to report.
    pub paid_by_dwp: bool,
    /// Whether it is paid week by week: a lump sum or a loan is never in payment.
    pub continuing: bool,
}

/// Benefits by code: the whole, and its sub-kinds.
static BENEFITS: LazyLock<Map<&'static str, Vec<Benefit>>> = LazyLock::new(|| {
    let mut known: Map<&'static str, Vec<Benefit>> = map();
    for row in rows(include_str!("../../../data/exchange/benefits.csv")) {
        let [code, sub_kind, name, _, _, _, household, public_fund, _, paid_by, continuing, ..] = row[..] else {
            continue;
        };
        let benefit = Benefit {
            code,
            sub_kind,
            name,
            household: household == "yes",
            public_fund: match public_fund {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            paid_by_dwp: paid_by == "DWP",
            continuing: continuing == "yes",
        };
        known.entry(code).or_default().push(benefit);
    }
    known
});

/// Rows of the table without its header; a quoted field holds commas and no quotes.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).map(|line| {
        let mut fields = Vec::new();
        let mut rest = line;
        loop {
            let (field, after) = match rest.strip_prefix('"').and_then(|inner| inner.split_once('"')) {
                Some((field, after)) => (field, after.strip_prefix(',')),
                None => rest.split_once(',').map_or((rest, None), |(field, after)| (field, Some(after))),
            };
            fields.push(field);
            match after {
                Some(after) => rest = after,
                None => return fields,
            }
        }
    })
}

/// The benefit of a code, or its sub-kind; `None` where there is no such thing.
pub fn benefit(code: &str, sub_kind: &str) -> Option<&'static Benefit> {
    // Codes are of a few letters: anything longer is not looked up.
    const LONGEST: usize = 8;
    let code = code.trim();
    if code.len() > LONGEST {
        return None;
    }
    let code = code.to_ascii_uppercase();
    BENEFITS.get(code.as_str())?.iter().find(|benefit| benefit.sub_kind == sub_kind)
}

/// Whether a benefit has sub-kinds.
pub fn has_sub_kinds(code: &str) -> bool {
    BENEFITS.get(code).is_some_and(|all| all.iter().any(|benefit| !benefit.sub_kind.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::{BENEFITS, benefit, has_sub_kinds, rows};

    #[test]
    fn the_table_reads_as_csv_does() {
        let text = include_str!("../../../data/exchange/benefits.csv");
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        let want: Vec<Vec<String>> =
            csv.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
        let got: Vec<Vec<&str>> = rows(text).collect();
        assert_eq!(got, want);
        let mut kinds: Vec<&[String]> = want.iter().map(|row| &row[..2]).collect();
        kinds.dedup();
        assert_eq!(kinds.len(), want.len(), "no code stands twice");
        assert_eq!(BENEFITS.values().map(Vec::len).sum::<usize>(), want.len());
    }

    #[test]
    fn not_every_benefit_is_a_public_fund() {
        for (code, sub_kind, fund) in [
            ("JSA", "contributory", Some(false)),
            ("JSA", "income_related", Some(true)),
            ("JSA", "", None),
            ("ESA", "contributory", Some(false)),
            ("ESA", "income_related", Some(true)),
            ("SP", "", Some(false)),
            ("MA", "", Some(false)),
            ("IIDB", "", Some(false)),
            ("UC", "", Some(true)),
            ("PIP", "", Some(true)),
        ] {
            assert_eq!(benefit(code, sub_kind).expect("known").public_fund, fund, "{code} {sub_kind}");
        }
    }

    #[test]
    fn benefits_of_others_and_lump_sums_are_told_apart() {
        assert!(!benefit("CTC", "").expect("known").paid_by_dwp && !benefit("CB", "").expect("known").paid_by_dwp);
        assert!(!benefit("FP", "").expect("known").continuing && benefit("hb ", "").expect("known").continuing);
        assert!(benefit("XYZ", "").is_none() && benefit("a long free text", "").is_none());
        assert!(has_sub_kinds("JSA") && !has_sub_kinds("PIP"));
        assert!(benefit("UC", "").expect("known").household && !benefit("CA", "").expect("known").household);
        assert_eq!(benefit("PC", "").expect("known").name, "Pension Credit");
    }
}
