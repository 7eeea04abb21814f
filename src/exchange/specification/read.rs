//! The specification as data: TOML in, [`Specification`] out.
//!
//! Every key is known or refused with a suggestion, and every fault has its place: a specification that forgets one would
//! let it pass in silence.

use super::{Code, Severity};
use crate::error::{Error, Result};
use crate::model::schema;
use crate::util::hash::hex;
use crate::util::hash::{Map, map};
use jiff::civil::Date;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The specification that is in force unless another is given.
pub const BUILT_IN: &str = include_str!("../../../data/exchange/specification.toml");

/// How alike two keys must be for a "did you mean".
const ALIKE: f64 = 0.75;

/// What an extract must be.
#[derive(Clone, Debug)]
pub struct Specification {
    /// Version; a file that states another is rejected.
    pub version: String,
    /// What it is of.
    pub title: String,
    /// The system that the rows come from (R27).
    pub source_system: String,
    /// What must be stated of a file under an agreement.
    pub control: Vec<String>,
    /// Months that the cycle may lie before the month of the check.
    pub cycle_months_back_max: i32,
    /// The day before which status ended in the pool of the one-off exchange (R15).
    pub pre2008_before: Date,
    /// Months since the first wash of a cohort.
    pub wash_numbers: Vec<u32>,
    /// Years back in which an address must have been held (R35).
    pub address_years: i32,
    /// All columns in order, slots written out.
    pub columns: Vec<Column>,
    /// Number of slots of a group.
    pub slots: BTreeMap<String, u32>,
    /// SHA-256 of its text, in hex.
    pub sha256: String,
    faults: Map<Code, Fault>,
}

/// A column of the extract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name: one of the extract's.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether every row has a value.
    pub required: bool,
    /// Whether no two rows have the same value.
    pub unique: bool,
    /// Longest text.
    pub chars_max: usize,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A reference that is sent back exactly.
    Id,
    /// Any text.
    Text,
    /// The name of a person.
    Name,
    /// A day.
    Date,
    /// A day of birth, which may be a default.
    BirthDate,
    /// A postcode.
    Postcode,
    /// A National Insurance number.
    Nino,
    /// A telephone number.
    Phone,
    /// An email address.
    Email,
    /// A pool of cases.
    Pool,
    /// Months since the first wash.
    Months,
}

/// What a fault is of, and what is said of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    of: Severity,
    without_agreement: Option<Severity>,
    what: String,
    #[serde(rename = "do")]
    remedy: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    version: String,
    title: String,
    source_system: String,
    control: Vec<String>,
    cycle_months_back_max: u16,
    pre2008_before: String,
    wash_numbers: Vec<u32>,
    address_years: u16,
    slots: BTreeMap<String, u32>,
    columns: Vec<ColumnText>,
    faults: BTreeMap<String, Fault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnText {
    name: String,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    group: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    unique: bool,
    chars_max: usize,
}

const KEYS: [&str; 11] = [
    "version",
    "title",
    "source_system",
    "control",
    "cycle_months_back_max",
    "pre2008_before",
    "wash_numbers",
    "address_years",
    "slots",
    "columns",
    "faults",
];
const COLUMN_KEYS: [&str; 6] = ["name", "type", "group", "required", "unique", "chars_max"];
const FAULT_KEYS: [&str; 4] = ["of", "without_agreement", "what", "do"];
/// What can be stated of a file.
const CONTROL_KEYS: [&str; 5] = ["rows", "sha256", "pool", "cycle", "specification_version"];

impl Specification {
    /// The specification that is in force.
    ///
    /// # Panics
    /// When the one that is compiled in cannot be read: a fault of the build, which a test finds.
    pub fn built_in() -> Self {
        match Self::from_toml(BUILT_IN) {
            Ok(specification) => specification,
            Err(error) => unreachable!("the built-in specification: {error}"),
        }
    }

    /// Reads a specification.
    ///
    /// # Errors
    /// When the text is not TOML of this form: a key or fault that is not known or missing, or a column that no extract has.
    pub fn from_toml(text: &str) -> Result<Self> {
        let table: toml::Table = toml::from_str(text).map_err(fault)?;
        refuse_unknown(table.keys(), &KEYS, "the specification")?;
        for column in table.get("columns").and_then(toml::Value::as_array).into_iter().flatten() {
            refuse_unknown(column.as_table().into_iter().flat_map(toml::Table::keys), &COLUMN_KEYS, "a column")?;
        }
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        if let Some(faults) = table.get("faults").and_then(toml::Value::as_table) {
            refuse_unknown(faults.keys(), &codes, "the faults")?;
            for fault in faults.values().filter_map(toml::Value::as_table) {
                refuse_unknown(fault.keys(), &FAULT_KEYS, "a fault")?;
            }
        }
        let parsed: Text = toml::from_str(text).map_err(fault)?;
        refuse_unknown(parsed.control.iter(), &CONTROL_KEYS, "`control`")?;
        let mut faults = map();
        for code in Code::ALL {
            let known = parsed.faults.get(code.as_str());
            let known = known.ok_or_else(|| Error::settings(format!("the fault `{}` is missing", code.as_str())))?;
            faults.insert(*code, known.clone());
        }
        let pre2008_before = parsed.pre2008_before.parse();
        Ok(Self {
            columns: written_out(&parsed.columns, &parsed.slots)?,
            version: parsed.version,
            title: parsed.title,
            source_system: parsed.source_system,
            control: parsed.control,
            cycle_months_back_max: i32::from(parsed.cycle_months_back_max),
            pre2008_before: pre2008_before
                .map_err(|_| Error::settings("`pre2008_before` is not a date of the form YYYY-MM-DD"))?,
            wash_numbers: parsed.wash_numbers,
            address_years: i32::from(parsed.address_years),
            slots: parsed.slots,
            sha256: hex(&Sha256::digest(text)),
            faults,
        })
    }

    /// What a fault is of, under an agreement or without one.
    pub fn severity(&self, code: Code, is_strict: bool) -> Severity {
        let Some(fault) = self.faults.get(&code) else { return Severity::File };
        if is_strict { fault.of } else { fault.without_agreement.unwrap_or(fault.of) }
    }

    /// What is wrong, in plain words.
    pub fn what(&self, code: Code) -> &str {
        self.faults.get(&code).map_or("", |fault| fault.what.as_str())
    }

    /// What the sender can do about it.
    pub fn remedy(&self, code: Code) -> &str {
        self.faults.get(&code).map_or("", |fault| fault.remedy.as_str())
    }

    /// A column by its name, with its place.
    pub fn column(&self, name: &str) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.name == name)
    }
}

fn fault(error: toml::de::Error) -> Error {
    Error::settings(error.message().to_owned()).hint("start from what `rewash check --print-specification` prints")
}

fn refuse_unknown(keys: impl Iterator<Item = impl AsRef<str>>, known: &[&str], place: &str) -> Result<()> {
    for key in keys {
        let key = key.as_ref();
        if known.contains(&key) {
            continue;
        }
        let alike = |name: &&&str| strsim::jaro_winkler(name, key);
        let near = known.iter().max_by(|a, b| alike(a).total_cmp(&alike(b))).filter(|near| alike(near) >= ALIKE);
        let hint =
            near.map_or_else(|| format!("known are: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        return Err(Error::settings(format!("`{key}` is not known in {place}")).hint(hint));
    }
    Ok(())
}

/// All columns, those of a group once for each slot.
fn written_out(texts: &[ColumnText], slots: &BTreeMap<String, u32>) -> Result<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::new();
    for together in texts.chunk_by(|a, b| a.group == b.group && !a.group.is_empty()) {
        let group = together.first().map_or("", |text| text.group.as_str());
        let count = if group.is_empty() { 1 } else { *slots.get(group).ok_or_else(|| no_slots(group))? };
        for number in 1..=count {
            for text in together {
                let name = text.name.replace("{n}", &number.to_string());
                let ColumnText { kind, required, unique, chars_max, .. } = *text;
                columns.push(Column { name, kind, required, unique, chars_max });
            }
        }
    }
    for (index, column) in columns.iter().enumerate() {
        if !is_of_extract(&column.name) {
            return Err(Error::settings(format!("no extract has a column `{}`", column.name))
                .hint("the README lists the columns of an extract, and how many slots there may be"));
        }
        if columns.iter().take(index).any(|other| other.name == column.name) {
            return Err(Error::settings(format!("the column `{}` stands twice", column.name)));
        }
    }
    Ok(columns)
}

fn no_slots(group: &str) -> Error {
    Error::settings(format!("`slots` does not say how many `{group}` has"))
}

/// Whether the reader knows a column of this name.
fn is_of_extract(name: &str) -> bool {
    let extract = &schema::EXTRACT;
    let numbered = |group: &schema::Numbered| {
        (1..=group.most).any(|number| format!("{}_{number}{}", group.stem, group.suffix) == name)
    };
    extract.columns.iter().copied().flatten().any(|column| column.name == name) || extract.numbered.iter().any(numbered)
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, Kind, Specification};
    use crate::exchange::specification::{Code, Severity};

    #[test]
    fn the_built_in_specification_has_the_columns_of_the_contract_in_order() {
        let built_in = Specification::built_in();
        let names: Vec<&str> = built_in.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(
            names[..13],
            [
                "dash_reference",
                "dash_source",
                "cid_person_id",
                "full_name",
                "date_of_birth",
                "port_reference",
                "ho_reference",
                "title",
                "nationality",
                "address_1",
                "postcode_1",
                "address_1_from",
                "address_1_to"
            ]
        );
        let end = &names[names.len() - 13..];
        assert_eq!(
            end,
            [
                "email_1",
                "email_2",
                "email_3",
                "email_4",
                "mobile_1",
                "mobile_2",
                "mobile_3",
                "mobile_4",
                "nino",
                "pool",
                "status_ended_on",
                "no_contact_since",
                "wash_number"
            ]
        );
        assert_eq!(names.len(), 9 + 20 * 4 + 13);
        let unique: Vec<&str> =
            built_in.columns.iter().filter(|column| column.unique).map(|column| column.name.as_str()).collect();
        assert_eq!(unique, ["dash_reference", "cid_person_id"]);
        assert_eq!(built_in.column("nino").map(|(_, column)| column.kind), Some(Kind::Nino));
        assert_eq!(built_in.severity(Code::HeaderUnknown, true), Severity::File);
        assert_eq!(built_in.severity(Code::HeaderUnknown, false), Severity::Warning);
    }

    #[track_caller]
    fn refused(from: &str, to: &str, what: &str, hint: &str) {
        let text = BUILT_IN.replacen(from, to, 1);
        assert_ne!(text, BUILT_IN, "{from}");
        let error = Specification::from_toml(&text).expect_err(what);
        assert!(error.to_string().contains(what), "{error}");
        assert!(error.hint_text().unwrap_or("").contains(hint), "{error:?}");
    }

    #[test]
    fn what_is_not_known_is_refused_with_a_suggestion() {
        refused("version =", "versoin =", "`versoin` is not known", "did you mean `version`?");
        refused("chars_max =", "chars_most =", "`chars_most` is not known in a column", "did you mean `chars_max`?");
        refused("[faults.macros]", "[faults.macro]", "`macro` is not known", "did you mean `macros`?");
        refused("of = \"file\"", "off = \"file\"", "`off` is not known in a fault", "");
        refused("of = \"file\"", "of = \"sheet\"", "unknown variant", "--print-specification");
        refused("\"sha256\", ", "\"md5\", ", "`md5` is not known in `control`", "known are");
        refused("name = \"title\"", "name = \"shoe_size\"", "no extract has a column `shoe_size`", "");
        refused("name = \"title\"", "name = \"nationality\"", "`nationality` stands twice", "");
        refused("email = 4", "email = 5", "no extract has a column `email_5`", "");
        refused("mobile = 4", "", "`slots` does not say", "");
        refused("2008-01-01", "01/01/2008", "`pre2008_before` is not a date", "");
        let start = BUILT_IN.find("[faults.macros]").expect("there");
        let end = start + BUILT_IN[start..].find("\n\n").expect("another follows");
        let text = format!("{}{}", &BUILT_IN[..start], &BUILT_IN[end..]);
        assert!(Specification::from_toml(&text).expect_err("missing").to_string().contains("`macros` is missing"));
    }
}
