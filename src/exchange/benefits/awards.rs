//! Awards: what is in payment on a date, and in which role.

use crate::exchange::agreement::BenefitEncoding;
use crate::exchange::benefits::codes::{self, benefit};
use crate::model::value::PartialDate;
use crate::standardise::date;

/// In which role a person is on an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The claimant.
    Customer,
    /// The claimant's partner.
    Partner,
}

/// An award in payment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Award {
    /// Code of the benefit.
    pub code: &'static str,
    /// `contributory`, `income_related`, or empty.
    pub sub_kind: &'static str,
    /// Role of the person.
    pub role: Role,
    /// Day from which it runs.
    pub started: PartialDate,
    /// Whether a couple is on one award.
    pub household: bool,
}

/// An award as its table has it.
#[derive(Clone, Copy, Debug)]
pub struct AwardText<'a> {
    /// Code of the benefit.
    pub benefit: &'a str,
    /// Sub-kind.
    pub sub_kind: &'a str,
    /// Role.
    pub role: &'a str,
    /// Start.
    pub started_on: &'a str,
    /// End.
    pub ended_on: &'a str,
}

/// What an award is on a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In payment; with a remark on its sub-kind, if there is one.
    InPayment(Award, Option<&'static str>),
    /// Not in payment: not begun, or ended.
    NotInPayment,
    /// It cannot be said, for the reason in that field: nothing is reported of it.
    Unclear(&'static str, &'static str),
}

impl AwardText<'_> {
    /// The award on a date: it is in payment from the day on which it started until the day before the one on which it
    /// ended, so that the day of the end is the first without payment.
    pub fn on(self, on: PartialDate) -> Standing {
        let read = |text: &str| date::read(text).value.filter(|date| date.is_complete());
        let (started, ended) = (read(self.started_on), read(self.ended_on));
        if ended.is_some_and(|ended| ended <= on) || started.is_some_and(|started| started > on) {
            return Standing::NotInPayment;
        }
        let Some(started) = started else { return Standing::Unclear("started_on", "unreadable_date") };
        if ended.is_none() && !self.ended_on.trim().is_empty() {
            return Standing::Unclear("ended_on", "unreadable_date");
        }
        let Some(known) = benefit(self.benefit, "") else { return Standing::Unclear("benefit", "unknown_code") };
        if !known.paid_by_dwp {
            return Standing::Unclear("benefit", "not_paid_by_dwp");
        }
        if !known.continuing {
            return Standing::Unclear("benefit", "lump_sum_or_loan");
        }
        let role = match self.role.trim().to_ascii_lowercase().as_str() {
            "customer" => Role::Customer,
            "partner" => Role::Partner,
            _ => return Standing::Unclear("role", "unknown_role"),
        };
        let (sub_kind, remark) = sub_kind(known.code, self.sub_kind);
        let household = benefit(known.code, sub_kind).is_some_and(|kind| kind.household);
        Standing::InPayment(Award { code: known.code, sub_kind, role, started, household }, remark)
    }
}

/// The sub-kind, and what is to be said of it. Only the two that tell whether a benefit is a public fund are kept: a
/// component or a rate would say more of a person's health than is asked.
fn sub_kind(code: &str, text: &str) -> (&'static str, Option<&'static str>) {
    let bare: String = text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    let has = codes::has_sub_kinds(code);
    match bare.as_str() {
        "" if has => ("", Some("missing")),
        "" => ("", None),
        "contributory" if has => ("contributory", None),
        "incomerelated" if has => ("income_related", None),
        _ => ("", Some("left_out")),
    }
}

/// Awards as the agreement has them confirmed: `JSA:contributory;UC`, each once, in order.
pub fn encode(awards: &[Award], encoding: BenefitEncoding) -> String {
    let mut words: Vec<String> = awards
        .iter()
        .map(|award| match (encoding, award.sub_kind) {
            (BenefitEncoding::Code, _) | (_, "") => award.code.to_owned(),
            (BenefitEncoding::CodeAndKind, kind) => format!("{}:{kind}", award.code),
        })
        .collect();
    words.sort_unstable();
    words.dedup();
    words.join(";")
}

/// Customer, partner or both, over all awards in payment.
pub fn role(awards: &[Award]) -> &'static str {
    let has = |role| awards.iter().any(|award| award.role == role);
    match (has(Role::Customer), has(Role::Partner)) {
        (true, true) => "both",
        (true, false) => "customer",
        (false, true) => "partner",
        (false, false) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(benefit: &'a str, sub_kind: &'a str, role: &'a str, started: &'a str, ended: &'a str) -> AwardText<'a> {
        AwardText { benefit, sub_kind, role, started_on: started, ended_on: ended }
    }

    fn on() -> PartialDate {
        PartialDate::new(2016, 4, 30).expect("a date")
    }

    #[track_caller]
    fn check(started: &str, ended: &str, want: &str) {
        let got = match text("UC", "", "customer", started, ended).on(on()) {
            Standing::InPayment(..) => "in payment",
            Standing::NotInPayment => "not",
            Standing::Unclear(field, _) => field,
        };
        assert_eq!(got, want, "{started} {ended}");
    }

    #[test]
    fn in_payment_from_the_start_to_the_day_before_the_end() {
        check("2016-04-30", "", "in payment");
        check("2016-05-01", "", "not");
        check("2015-01-01", "2016-05-01", "in payment");
        check("2015-01-01", "2016-04-30", "not");
        check("2015-01-01", "2016-04-29", "not");
        check("01/02/2015", "", "in payment");
        check("", "", "started_on");
        check("2015", "", "started_on");
        check("soon", "2016-01-01", "not");
        check("2015-01-01", "next year", "ended_on");
    }

    #[test]
    fn what_cannot_be_named_is_not_reported() {
        let unclear = |text: AwardText| match text.on(on()) {
            Standing::Unclear(field, reason) => (field, reason),
            other => panic!("{other:?}"),
        };
        assert_eq!(unclear(text("ZZZ", "", "customer", "2015-01-01", "")), ("benefit", "unknown_code"));
        assert_eq!(unclear(text("CTC", "", "customer", "2015-01-01", "")), ("benefit", "not_paid_by_dwp"));
        assert_eq!(unclear(text("FP", "", "customer", "2015-01-01", "")), ("benefit", "lump_sum_or_loan"));
        assert_eq!(unclear(text("UC", "", "child", "2015-01-01", "")), ("role", "unknown_role"));
    }

    #[test]
    fn the_sub_kind_is_kept_and_a_rate_is_not() {
        let award = |benefit, kind| match text(benefit, kind, "Customer", "2015-01-01", "").on(on()) {
            Standing::InPayment(award, remark) => (encode(&[award], BenefitEncoding::CodeAndKind), remark),
            other => panic!("{other:?}"),
        };
        assert_eq!(award("jsa", "contributory"), ("JSA:contributory".into(), None));
        assert_eq!(award("ESA", "Income-related"), ("ESA:income_related".into(), None));
        assert_eq!(award("ESA", ""), ("ESA".into(), Some("missing")));
        assert_eq!(award("PIP", "enhanced"), ("PIP".into(), Some("left_out")));
        assert_eq!(award("PIP", "contributory"), ("PIP".into(), Some("left_out")));
    }

    #[test]
    fn encodings_and_roles_are_over_all_awards() {
        let award = |benefit, kind, role| match text(benefit, kind, role, "2015-01-01", "").on(on()) {
            Standing::InPayment(award, _) => award,
            other => panic!("{other:?}"),
        };
        let both = [award("UC", "", "partner"), award("JSA", "contributory", "customer"), award("UC", "", "customer")];
        assert_eq!(encode(&both, BenefitEncoding::CodeAndKind), "JSA:contributory;UC");
        assert_eq!(encode(&both, BenefitEncoding::Code), "JSA;UC");
        assert_eq!(role(&both), "both");
        assert_eq!((role(&both[..1]), role(&both[1..]), role(&[])), ("partner", "customer", ""));
    }
}
