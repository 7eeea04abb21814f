//! What the parties agreed, as data: `--agreement FILE`.

use crate::error::{Error, Result};
use crate::model::parameters::Thresholds;
use serde::{Deserialize, Serialize};

/// An agreement between the three departments.
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
    /// Data sets that may be searched, and on what basis they are disclosed.
    pub data_sets: Vec<DataSet>,
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
            refuse_readable_inputs: false,
            northern_ireland_to_dwp: false,
            review_tier_d: thresholds.review_tier_d,
            match_probability: thresholds.match_probability,
            margin: thresholds.margin,
            data_sets: vec![DataSet { name: HMRC.into(), own: true, disclosure_basis: "HMRC's own records".into() }],
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
            Error::settings(error.message().to_owned()).hint(format!("an agreement may hold: {}", KEYS.join(", ")))
        })?;
        for (name, date) in [("from", &agreement.from), ("to", &agreement.to), ("review_on", &agreement.review_on)] {
            if date.parse::<jiff::civil::Date>().is_err() {
                return Err(Error::settings(format!("`{name}` is not a date of the form YYYY-MM-DD")));
            }
        }
        let probability = agreement.match_probability;
        if !(probability > 0.5 && probability < 1.0 && agreement.margin.is_finite()) {
            return Err(Error::settings(
                "`match_probability` lies between 0.5 and 1, and `margin` is a number of bits",
            ));
        }
        Ok(agreement)
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

const KEYS: [&str; 11] = [
    "reference",
    "specification_version",
    "from",
    "to",
    "review_on",
    "refuse_readable_inputs",
    "northern_ireland_to_dwp",
    "review_tier_d",
    "match_probability",
    "margin",
    "data_sets",
];

#[cfg(test)]
mod tests {
    use super::Agreement;

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
    fn faults_are_named() {
        assert!(Agreement::from_toml("form = '2016-01-01'").is_err());
        assert!(Agreement::from_toml("from = '2016-13-01'").is_err());
        assert!(Agreement::from_toml("match_probability = 1.5").is_err());
        assert!(Agreement::default().check_in_force("2018-04-01").is_err());
        assert!(Agreement::default().check_in_force("2016-02-01").is_ok());
    }
}
