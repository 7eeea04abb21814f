//! What the parties agreed, as data: `--agreement FILE`.

use crate::error::{Error, Result};
use crate::model::parameters::Thresholds;
use serde::{Deserialize, Serialize};

/// An agreement between the three departments. Tensions of the memorandum that only the parties can settle are settled
/// here, each with the reading that is taken where the parties are silent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agreement {
    /// Reference of the agreement; goes into every manifest.
    pub reference: String,
    /// Version of the specification of the files.
    pub specification_version: String,
    /// First day on which data may be exchanged, `YYYY-MM-DD`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Day by which the agreement is to be reviewed.
    pub review_on: String,
    /// First day of the one-off exchange of the pre-2008 pool.
    pub one_off_from: String,
    /// First day of the monthly exchange.
    pub monthly_from: String,
    /// Days before `to` and `review_on` from which every command warns.
    pub warn_days: u32,
    /// Whether inputs that other users of the machine may read are refused.
    pub refuse_readable_inputs: bool,
    /// Whether cases with Northern Ireland addresses alone may go to DWP (the gateway names England, Wales and Scotland).
    pub northern_ireland_to_dwp: bool,
    /// Whether matches on name and birth date alone go to review.
    pub review_tier_d: bool,
    /// Least posterior probability of a match.
    pub match_probability: f64,
    /// Least distance to the runner-up, in bits.
    pub margin: f64,
    /// SHA-256 of the model that all washes of the agreement use; empty while each run learns its own.
    pub model_sha256: String,
    /// Largest share of faulty rows in an accepted extract (T22).
    pub faulty_rows_max: f64,
    /// Most rows of one workbook; a larger wash is split.
    pub workbook_rows_max: u32,
    /// Calendar months without contact before a case is in scope (R6).
    pub months_without_contact: u32,
    /// Calendar months between washes (R14).
    pub rewash_every_months: u32,
    /// Months from a cohort's first wash to its last (T12).
    pub rewash_until_months: u32,
    /// Whether the one-off set is rewashed as well (T3).
    pub rewash_one_off: bool,
    /// Emails of the Home Office that go to DWP, at most 4 (T20).
    pub emails_to_dwp: u32,
    /// Of which matches DWP reports (T2).
    pub dwp_return_scope: DwpReturnScope,
    /// Whether a death is reported where no award is in payment (T8).
    pub report_death_without_award: bool,
    /// How a benefit in payment is confirmed (R55).
    pub benefit_encoding: BenefitEncoding,
    /// Whether the Home Office confirms matches and status to DWP (R67).
    pub confirm_to_dwp: bool,
    /// Whether management information may be broken down by nationality (R34).
    pub report_by_nationality: bool,
    /// Days for which a run may be kept after its cycle is closed (T10).
    pub keep_days_after_closure: u32,
    /// Data sets that may be searched, and on what basis they are disclosed.
    pub data_sets: Vec<DataSet>,
    /// The agreed contact points: files are delivered from and to these alone, where any are named (R74, R118).
    pub contacts: Vec<Contact>,
    /// Changes agreed in writing since (R117).
    pub amendments: Vec<Amendment>,
}

/// Of which matches DWP reports benefits in payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DwpReturnScope {
    /// Of every match that was handed over: a match at the first wash is never rewashed, so nothing else would report it.
    AllWashed,
    /// Of matches of a rewash alone, as the memorandum's words have it.
    RewashOnly,
}

/// How a benefit in payment is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenefitEncoding {
    /// `JSA:contributory`: the kind tells whether the benefit is a public fund.
    CodeAndKind,
    /// `JSA` alone.
    Code,
}

/// A department.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Department {
    /// Home Office, Removals Casework.
    HomeOffice,
    /// HM Revenue and Customs.
    Hmrc,
    /// Department for Work and Pensions.
    Dwp,
}

impl Department {
    /// All departments of the exchange; there is no fourth.
    pub const ALL: [Self; 3] = [Self::HomeOffice, Self::Hmrc, Self::Dwp];

    /// The word in files and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HomeOffice => "home_office",
            Self::Hmrc => "hmrc",
            Self::Dwp => "dwp",
        }
    }
}

impl std::fmt::Display for Department {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::HomeOffice => "the Home Office",
            Self::Hmrc => "HMRC",
            Self::Dwp => "DWP",
        })
    }
}

/// An agreed contact point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Whose.
    pub department: Department,
    /// Name of the point, as deliveries name it.
    pub name: String,
    /// Deputy.
    #[serde(default)]
    pub deputy: String,
}

/// A change agreed in writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// Reference of the writing.
    pub reference: String,
    /// Day from which it holds, `YYYY-MM-DD`.
    pub on: String,
    /// What changed.
    pub what: String,
}

/// A data set of the agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSet {
    /// Name, as in `--register NAME=PATH`.
    pub name: String,
    /// HMRC's own records, or a third party's.
    #[serde(default)]
    pub own: bool,
    /// Power or memorandum on which it is disclosed to the Home Office; empty means it is searched but not disclosed.
    #[serde(default)]
    pub disclosure_basis: String,
}

/// Name of HMRC's own data set.
pub const HMRC: &str = "hmrc";

impl Default for Agreement {
    fn default() -> Self {
        let thresholds = Thresholds::default();
        Self {
            reference: "no agreement given".into(),
            specification_version: "1.1".into(),
            from: "2016-02-01".into(),
            to: "2018-03-31".into(),
            review_on: "2017-03-18".into(),
            one_off_from: "2016-02-01".into(),
            monthly_from: "2016-04-01".into(),
            warn_days: 60,
            refuse_readable_inputs: false,
            northern_ireland_to_dwp: false,
            review_tier_d: thresholds.review_tier_d,
            match_probability: thresholds.match_probability,
            margin: thresholds.margin,
            model_sha256: String::new(),
            faulty_rows_max: 0.05,
            workbook_rows_max: 100_000,
            months_without_contact: 6,
            rewash_every_months: 6,
            rewash_until_months: 24,
            rewash_one_off: false,
            emails_to_dwp: 4,
            dwp_return_scope: DwpReturnScope::AllWashed,
            report_death_without_award: false,
            benefit_encoding: BenefitEncoding::CodeAndKind,
            confirm_to_dwp: false,
            report_by_nationality: false,
            keep_days_after_closure: 0,
            data_sets: vec![DataSet { name: HMRC.into(), own: true, disclosure_basis: "HMRC's own records".into() }],
            contacts: Vec::new(),
            amendments: Vec::new(),
        }
    }
}

impl Agreement {
    /// Reads an agreement.
    ///
    /// # Errors
    /// When the text is not TOML of this form, or its dates or thresholds cannot be.
    pub fn from_toml(text: &str) -> Result<Self> {
        let agreement: Self = toml::from_str(text).map_err(|error| {
            Error::settings(error.message().to_owned()).hint(format!("an agreement may hold: {}", keys().join(", ")))
        })?;
        agreement.check()?;
        Ok(agreement)
    }

    fn check(&self) -> Result<()> {
        let dates = [
            ("from", &self.from),
            ("to", &self.to),
            ("review_on", &self.review_on),
            ("one_off_from", &self.one_off_from),
            ("monthly_from", &self.monthly_from),
        ];
        let amended = self.amendments.iter().map(|amendment| ("amendments.on", &amendment.on));
        for (name, date) in dates.into_iter().chain(amended) {
            if date.parse::<jiff::civil::Date>().is_err() || date.len() != 10 {
                return Err(Error::settings(format!("`{name}` is not a date of the form YYYY-MM-DD")));
            }
        }
        if self.to < self.from {
            return Err(Error::settings("`to` is before `from`"));
        }
        let probability = self.match_probability;
        if !(probability > 0.5 && probability < 1.0 && self.margin.is_finite()) {
            return Err(Error::settings(
                "`match_probability` lies between 0.5 and 1, and `margin` is a number of bits",
            ));
        }
        if !(0.0..=1.0).contains(&self.faulty_rows_max) {
            return Err(Error::settings("`faulty_rows_max` is a share between 0 and 1"));
        }
        if !(1..=1_048_575).contains(&self.workbook_rows_max) {
            return Err(Error::settings("`workbook_rows_max` lies between 1 and 1048575"));
        }
        let (every, until) = (self.rewash_every_months, self.rewash_until_months);
        if every == 0 || until > 600 || !until.is_multiple_of(every) {
            return Err(Error::settings(
                "`rewash_until_months` is a multiple of `rewash_every_months`, and at most 600",
            ));
        }
        if self.emails_to_dwp > 4 {
            return Err(Error::settings("`emails_to_dwp` is at most 4"));
        }
        Ok(())
    }

    /// Refuses a run on a day on which the agreement is not in force.
    ///
    /// # Errors
    /// When `on` (`YYYY-MM-DD`) lies outside `from` and `to`.
    pub fn check_in_force(&self, on: &str) -> Result<()> {
        if on < self.from.as_str() || self.to.as_str() < on {
            return Err(Error::settings(format!(
                "the agreement is not in force on {on}: it runs from {} to {}",
                self.from, self.to
            ))
            .hint("give the date of the run with --on, or an agreement that covers it"));
        }
        Ok(())
    }

    /// What is soon to happen to the agreement: its review, and its end.
    pub fn warnings(&self, on: &str) -> Vec<String> {
        let Ok(today) = on.parse::<jiff::civil::Date>() else { return Vec::new() };
        let near = |date: &str| {
            let days = date
                .parse::<jiff::civil::Date>()
                .ok()
                .and_then(|date| today.until(date).ok())
                .map(|span| span.get_days());
            days.is_some_and(|days| days <= self.warn_days as i32)
        };
        let mut out = Vec::new();
        if near(&self.review_on) {
            let word = if self.review_on.as_str() < on { "was" } else { "is" };
            out.push(format!("the agreement {word} to be reviewed by {}", self.review_on));
        }
        if near(&self.to) {
            out.push(format!("the agreement ends on {}; nothing runs after it unless it is renewed", self.to));
        }
        out
    }

    /// Whether a file may be delivered to a contact point of a department: any, where none are agreed.
    pub fn is_contact(&self, department: Department, name: &str) -> bool {
        let mut points = self.contacts.iter().filter(|point| point.department == department).peekable();
        points.peek().is_none() || points.any(|point| point.name == name || point.deputy == name)
    }

    /// Thresholds as agreed.
    pub fn thresholds(&self) -> Thresholds {
        Thresholds {
            match_probability: self.match_probability,
            margin: self.margin,
            review_tier_d: self.review_tier_d,
            ..Thresholds::default()
        }
    }

    /// Whether rows of a data set may be disclosed to the Home Office.
    pub fn disclosable(&self, data_set: &str) -> bool {
        self.data_sets
            .iter()
            .any(|known| known.name.eq_ignore_ascii_case(data_set) && (known.own || !known.disclosure_basis.is_empty()))
    }
}

/// The keys that an agreement may hold.
fn keys() -> Vec<String> {
    let whole = serde_json::to_value(Agreement::default()).unwrap_or_default();
    whole.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Agreement, Contact, Department};

    #[test]
    fn third_parties_are_searched_but_not_disclosed_unless_agreed() {
        let agreement = Agreement::default();
        assert!(agreement.disclosable("hmrc") && !agreement.disclosable("bank"));
        let text =
            "reference = 'X'\n[[data_sets]]\nname = 'bank'\ndisclosure_basis = 'MoU 7'\n[[data_sets]]\nname = 'land'\n";
        let agreement = Agreement::from_toml(text).expect("valid");
        assert!(agreement.disclosable("bank") && !agreement.disclosable("land") && !agreement.disclosable("hmrc"));
    }

    #[test]
    fn the_example_is_the_default() {
        let text = include_str!("../../data/example/agreement.toml");
        assert_eq!(Agreement::from_toml(text).expect("valid"), Agreement::default());
        // Every setting is in it, so that a reader sees all there are.
        assert!(super::keys().iter().all(|key| text.contains(key.as_str())));
    }

    #[test]
    fn faults_are_named() {
        assert!(Agreement::from_toml("form = '2016-01-01'").is_err());
        assert!(Agreement::from_toml("from = '2016-13-01'").is_err());
        for wrong in [
            "match_probability = 1.5",
            "faulty_rows_max = 5",
            "rewash_every_months = 0",
            "rewash_every_months = 7",
            "emails_to_dwp = 5",
            "to = '2015-01-01'",
            "dwp_return_scope = 'some'",
            "[[amendments]]\nreference = 'L1'\non = 'soon'\nwhat = 'x'",
        ] {
            assert!(Agreement::from_toml(wrong).is_err(), "{wrong}");
        }
        assert!(Agreement::default().check_in_force("2018-04-01").is_err());
        assert!(Agreement::default().check_in_force("2016-02-01").is_ok());
    }

    #[test]
    fn review_and_end_are_warned_of_in_time() {
        let agreement = Agreement::default();
        assert!(agreement.warnings("2016-06-01").is_empty());
        assert_eq!(agreement.warnings("2017-02-01").len(), 1);
        assert_eq!(agreement.warnings("2018-02-15").len(), 2);
    }

    #[test]
    fn contact_points_are_an_allow_list_once_there_is_one() {
        let mut agreement = Agreement::default();
        assert!(agreement.is_contact(Department::Dwp, "anyone"));
        agreement.contacts.push(Contact {
            department: Department::Dwp,
            name: "DA team".into(),
            deputy: "deputy".into(),
        });
        assert!(agreement.is_contact(Department::Dwp, "DA team") && agreement.is_contact(Department::Dwp, "deputy"));
        assert!(!agreement.is_contact(Department::Dwp, "anyone") && agreement.is_contact(Department::Hmrc, "anyone"));
    }
}
