//! The flows of the exchange: one definition each, of who receives a file, on what legal gateway, under what condition, and
//! which fields it carries.

use crate::exchange::gateway::{
    DWP_COLUMNS, HANDOFF_COLUMNS, HO_COLUMNS, NO_HIT_COLUMNS, Recipient, STATUS_COLUMNS, UNRESOLVED_COLUMNS,
};
use crate::exchange::savings::SAVINGS_COLUMNS;
use serde::Serialize;

/// One flow: all that is settled about a file before there is a row of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// The file.
    pub file: &'static str,
    /// Who receives it; there is no other.
    pub recipient: Recipient,
    /// What the memorandum names as its legal gateway (section 2).
    pub legal_gateway: &'static str,
    /// Which rows it carries.
    pub condition: &'static str,
    /// Its fields, in order; of the extract those that stand once, as its addresses have as many slots as they need.
    #[serde(skip)]
    pub columns: &'static [&'static str],
}

const TO_THE_HOME_OFFICE: &str = "s18 Commissioners for Revenue and Customs Act 2005 (with ss17 and 20, and s19 Anti-terrorism, \
     Crime and Security Act 2001); s36 Immigration, Asylum and Nationality Act 2006; ss40 and 41A UK Borders Act 2007";

/// Home Office to HMRC.
pub const EXTRACT_FLOW: Flow = Flow {
    file: "extract",
    recipient: Recipient::Hmrc,
    legal_gateway: "s21 Borders, Citizenship and Immigration Act 2009; s36 Immigration, Asylum and Nationality Act 2006; \
                    else the common law power of the Secretary of State",
    condition: "cases of the no-contact pools that are due for a wash",
    columns: &super::extract::ONCE,
};
/// HMRC to the Home Office: matches.
pub const MATCHES_FLOW: Flow = Flow {
    file: "hmrc_to_ho.csv",
    recipient: Recipient::HomeOffice,
    legal_gateway: TO_THE_HOME_OFFICE,
    condition: "matches in data sets that may be disclosed; details that differ, of the previous and current tax years",
    columns: &HO_COLUMNS,
};
/// HMRC to the Home Office: no hits.
pub const NO_HITS_FLOW: Flow = Flow {
    file: "hmrc_no_hits.csv",
    recipient: Recipient::HomeOffice,
    legal_gateway: TO_THE_HOME_OFFICE,
    condition: "rows searched without a hit that may be disclosed",
    columns: &NO_HIT_COLUMNS,
};
/// HMRC to the Home Office: neither.
pub const UNRESOLVED_FLOW: Flow = Flow {
    file: "hmrc_unresolved.csv",
    recipient: Recipient::HomeOffice,
    legal_gateway: TO_THE_HOME_OFFICE,
    condition: "rows that were not searched, or not decided, with a reason in a few words",
    columns: &UNRESOLVED_COLUMNS,
};
/// HMRC to DWP.
pub const HANDOFF_FLOW: Flow = Flow {
    file: "hmrc_to_dwp.csv",
    recipient: Recipient::Dwp,
    legal_gateway: "s122 Social Security Administration Act 1992, for England, Wales and Scotland",
    condition: "matches with a usable NINO; Northern Ireland alone only where the agreement states authority",
    columns: &HANDOFF_COLUMNS,
};
/// DWP to the Home Office: benefits.
pub const BENEFITS_FLOW: Flow = Flow {
    file: "dwp_to_ho.csv",
    recipient: Recipient::HomeOffice,
    legal_gateway: "s20 Immigration and Asylum Act 1999, with the Immigration (Supply of Information to the Secretary of State \
                    for Immigration Purposes) Order 2008",
    condition: "confirmed people with a benefit in payment, of the washes that the agreement names",
    columns: &DWP_COLUMNS,
};
/// DWP to the Home Office: savings.
pub const SAVINGS_FLOW: Flow = Flow {
    file: "dwp_savings.csv",
    recipient: Recipient::HomeOffice,
    legal_gateway: "none needed: counts and sums, no person",
    condition: "counts and sums of ten people or more",
    columns: &SAVINGS_COLUMNS,
};
/// Home Office to DWP.
pub const STATUS_FLOW: Flow = Flow {
    file: "ho_to_dwp.csv",
    recipient: Recipient::Dwp,
    legal_gateway: "s122B Social Security Administration Act 1992",
    condition: "matches that DWP reported and a person verified; only where the agreement provides for it",
    columns: &STATUS_COLUMNS,
};

/// All flows; a file of no flow is for nobody.
pub const FLOWS: [&Flow; 8] = [
    &EXTRACT_FLOW,
    &MATCHES_FLOW,
    &NO_HITS_FLOW,
    &UNRESOLVED_FLOW,
    &HANDOFF_FLOW,
    &BENEFITS_FLOW,
    &SAVINGS_FLOW,
    &STATUS_FLOW,
];

#[cfg(test)]
mod tests {
    use super::{FLOWS, Recipient};

    /// Section 2 of the memorandum, by file.
    #[test]
    fn each_flow_names_its_gateway_and_recipient() {
        let of = |file: &str| FLOWS.into_iter().find(|flow| flow.file == file).expect("a flow");
        for (file, recipient, statute) in [
            ("extract", Recipient::Hmrc, "s21 Borders, Citizenship and Immigration Act 2009"),
            ("hmrc_to_ho.csv", Recipient::HomeOffice, "s18 Commissioners for Revenue and Customs Act 2005"),
            ("hmrc_no_hits.csv", Recipient::HomeOffice, "ss40 and 41A UK Borders Act 2007"),
            ("hmrc_unresolved.csv", Recipient::HomeOffice, "s36 Immigration, Asylum and Nationality Act 2006"),
            ("hmrc_to_dwp.csv", Recipient::Dwp, "England, Wales and Scotland"),
            ("dwp_to_ho.csv", Recipient::HomeOffice, "s20 Immigration and Asylum Act 1999"),
            ("ho_to_dwp.csv", Recipient::Dwp, "s122B Social Security Administration Act 1992"),
        ] {
            assert_eq!(of(file).recipient, recipient, "{file}");
            assert!(of(file).legal_gateway.contains(statute), "{file}");
            assert!(of(file).columns.starts_with(&super::super::LINKING_BLOCK), "{file}");
        }
        assert!(!of("dwp_savings.csv").columns.iter().any(|column| super::super::LINKING_BLOCK.contains(column)));
    }
}
