//! What the Home Office already holds for each row: its addresses, phones and emails, and what is new beside them.

use crate::compare::{AddressKey, kernel};
use crate::engine::GatheredRow;
use crate::exchange::gateway::LINKING_BLOCK;
use crate::frame::{Table, TextColumn, cell};
use crate::model::schema::{ADDRESSES_MAX, CONTACTS_MAX};
use crate::model::value::Postcode;
use crate::standardise::address::{Address, read_into};
use crate::standardise::{email, phone};
use crate::util::parallel::map_chunks;

/// An address as held: text, postcode, and the days between which it was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Address text as received.
    pub address: String,
    /// Postcode as received.
    pub postcode: String,
    /// Start, as received.
    pub from: String,
    /// End, as received; empty while open.
    pub to: String,
    key: AddressKey,
}

/// Everything the Home Office supplied about where one person can be reached.
#[derive(Clone, Debug, Default)]
pub struct Holding {
    /// Addresses that are not the same after standardising, most recent first.
    pub addresses: Vec<Detail>,
    /// Emails in canonical form, primary first.
    pub emails: Vec<String>,
    /// Phones as bits, primary first, and in national form.
    pub phones: Vec<(u64, String)>,
    /// Addresses beyond the most that may be handed on.
    pub over_five: bool,
}

/// Most addresses of the Home Office that go to DWP.
pub(super) const ADDRESSES_TO_DWP: usize = 5;

/// Holdings of all rows of an extract.
pub struct Holdings(Vec<Holding>);

/// Rows read together.
const CHUNK_ROWS: usize = 1024;

/// Columns of one numbered address: text, postcode, from, to.
type AddressColumns<'a> = [Option<&'a TextColumn>; 4];

struct Reader<'a> {
    addresses: Vec<AddressColumns<'a>>,
    emails: Vec<&'a TextColumn>,
    phones: Vec<&'a TextColumn>,
    buffer: Address,
    scratch: String,
}

impl Holdings {
    /// Reads the holdings of all rows on all cores.
    pub fn new(table: &Table) -> Self {
        let chunks = map_chunks(table.rows(), CHUNK_ROWS, |rows| {
            let mut reader = Reader::new(table);
            rows.map(|row| reader.of(row)).collect::<Vec<_>>()
        });
        Self(chunks.into_iter().flatten().collect())
    }

    /// What the Home Office holds for a row.
    pub fn of(&self, row: usize) -> &Holding {
        &self.0[row]
    }
}

impl<'a> Reader<'a> {
    fn new(table: &'a Table) -> Self {
        let columns = |stem: &str| {
            (1..=CONTACTS_MAX).filter_map(|number| table.column(&format!("{stem}_{number}"))).collect::<Vec<_>>()
        };
        let address = |number: u32| {
            let name = |suffix: &str| format!("address_{number}{suffix}");
            [name(""), format!("postcode_{number}"), name("_from"), name("_to")].map(|name| table.column(&name))
        };
        Self {
            addresses: (1..=ADDRESSES_MAX).map(address).filter(|columns| columns[0].or(columns[1]).is_some()).collect(),
            emails: columns("email"),
            phones: columns("mobile"),
            buffer: Address::default(),
            scratch: String::new(),
        }
    }

    fn of(&mut self, row: usize) -> Holding {
        let mut holding = Holding::default();
        for columns in &self.addresses {
            let [address, postcode, from, to] =
                columns.map(|column| column.and_then(|column| cell(column, row)).unwrap_or("").to_owned());
            if address.is_empty() && postcode.is_empty() {
                continue;
            }
            read_into(&address, &postcode, &mut self.buffer);
            holding.addresses.push(Detail { key: AddressKey::new(&self.buffer), address, postcode, from, to });
        }
        // An open end is the newest; then the later end, then the later start. The sort is stable: the sender's order
        // decides between equals.
        let newest =
            |detail: &Detail| (detail.to.is_empty() && !detail.from.is_empty(), iso(&detail.to), iso(&detail.from));
        holding.addresses.sort_by_cached_key(|detail| std::cmp::Reverse(newest(detail)));
        let mut seen: Vec<AddressKey> = Vec::new();
        holding.addresses.retain(|detail| {
            let new = detail.key.is_empty() || !seen.contains(&detail.key);
            seen.push(detail.key);
            new
        });
        holding.over_five = holding.addresses.len() > ADDRESSES_TO_DWP;
        self.contacts(row, &mut holding);
        holding
    }

    fn contacts(&mut self, row: usize, holding: &mut Holding) {
        for text in self.emails.iter().filter_map(|column| cell(column, row)) {
            if let Some(canonical) = email::canonical(text, &mut self.scratch).value
                && !holding.emails.iter().any(|held| held == canonical)
            {
                holding.emails.push(canonical.to_owned());
            }
        }
        for text in self.phones.iter().filter_map(|column| cell(column, row)) {
            for phone in phone::read_all(text) {
                if !holding.phones.iter().any(|(bits, _)| *bits == phone.bits()) {
                    holding.phones.push((phone.bits(), phone.national()));
                }
            }
        }
    }
}

/// A date as text that sorts; what cannot be read sorts first.
fn iso(text: &str) -> String {
    crate::standardise::date::read(text).value.map_or_else(String::new, |date| date.to_string())
}

impl Holding {
    /// Whether the row's addresses all lie in Northern Ireland.
    pub fn northern_ireland_alone(&self) -> bool {
        northern_ireland_alone(self.addresses.iter().map(|detail| &detail.key))
    }

    /// The details of a register row that differ from everything held: address with postcode, phone, email; empty where
    /// there is nothing new. Text that a spreadsheet would run as a formula is held back.
    pub fn new_details(&self, row: &GatheredRow) -> [String; 4] {
        let mut out = [const { String::new() }; 4];
        let mut buffer = Address::default();
        read_into(&row.address, &row.postcode, &mut buffer);
        let key = AddressKey::new(&buffer);
        if !key.is_empty() && !self.holds_address(&key) {
            out[0] = safe(&row.address);
            out[1] = safe(&row.postcode);
        }
        if let Some(phone) = phone::read(&row.phone).value
            && !self.phones.iter().any(|(bits, _)| *bits == phone.bits())
        {
            // National form: a leading + would be taken for a formula.
            out[2] = phone.national().replacen('+', "00", 1);
        }
        let mut scratch = String::new();
        if let Some(canonical) = email::canonical(&row.email, &mut scratch).value
            && !self.emails.iter().any(|held| held == canonical)
        {
            out[3] = safe(canonical);
        }
        out
    }

    /// Whether an address is one of those held: the same flat, or the same building where the register has no flat.
    fn holds_address(&self, key: &AddressKey) -> bool {
        self.addresses.iter().any(|held| match kernel::address::level(&held.key, key) {
            7 => true,
            6 => key.flat == 0,
            5 => key.building == 0 && key.street == 0,
            _ => false,
        })
    }
}

/// Whether these addresses all lie in Northern Ireland, as far as their postcodes tell; false where none has one.
pub(super) fn northern_ireland_alone<'a>(addresses: impl Iterator<Item = &'a AddressKey> + Clone) -> bool {
    let areas =
        || addresses.clone().filter(|key| key.postcode != 0).map(|key| Postcode::from_bits(key.postcode).area());
    let belfast = u64::from_be_bytes(*b"BT\0\0\0\0\0\0");
    areas().next().is_some() && areas().all(|area| area == belfast)
}

/// The text, or nothing when a spreadsheet would run it.
fn safe(text: &str) -> String {
    if formula_like(text) { String::new() } else { text.to_owned() }
}

/// Whether a spreadsheet may run this text as a formula. Those of East Asian systems take the wide signs for the plain ones.
pub(crate) fn formula_like(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\0'])
}

/// Whether a row of an extract is refused, since a spreadsheet may run a text of its linking block: it can be sent back to
/// nobody as it stands.
pub fn is_refused(extract: &Table, row: usize) -> bool {
    LINKING_BLOCK.iter().any(|column| extract.value(column, row).is_some_and(formula_like))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[(&str, &str)]) -> Table {
        Table::new(
            columns
                .iter()
                .map(|(name, value)| {
                    let value = (!value.is_empty()).then_some(*value);
                    ((*name).to_owned(), TextColumn::from_iter([value]))
                })
                .collect(),
        )
    }

    #[test]
    fn signs_of_formulas_are_known_in_every_width() {
        for text in ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "\0", "＝1", "＋1", "－1", "＠a"] {
            assert!(formula_like(text) && safe(text).is_empty(), "{text:?}");
        }
        for text in ["", "a=1", " =1", "1-2", "–1", "ﬁ"] {
            assert!(!formula_like(text), "{text:?}");
        }
    }

    fn row(address: &str, postcode: &str, phone: &str, email: &str) -> GatheredRow {
        GatheredRow {
            data_set: 0,
            tax_year: "2015-16".into(),
            record_kind: "PAYE".into(),
            last_activity_on: String::new(),
            address: address.into(),
            postcode: postcode.into(),
            phone: phone.into(),
            email: email.into(),
            name: String::new(),
            date_of_birth: String::new(),
            sex: String::new(),
            record_id: String::new(),
        }
    }

    #[test]
    fn the_newest_addresses_come_first_and_the_same_once() {
        let table = table(&[
            ("address_1", "1 Old Road"),
            ("postcode_1", "LS1 4AP"),
            ("address_1_from", "2010-01-01"),
            ("address_1_to", "2011-01-01"),
            ("address_2", "2 New Road"),
            ("postcode_2", "LS1 4AB"),
            ("address_2_from", "2012-01-01"),
            ("address_2_to", ""),
            ("address_3", "2 New Rd"),
            ("postcode_3", "ls14ab"),
            ("address_3_from", "2011-01-01"),
            ("address_3_to", "2012-01-01"),
        ]);
        let holdings = Holdings::new(&table);
        let holding = holdings.of(0);
        let texts: Vec<&str> = holding.addresses.iter().map(|detail| detail.address.as_str()).collect();
        assert_eq!(texts, ["2 New Road", "1 Old Road"]);
    }

    #[test]
    fn only_what_differs_is_new() {
        let table = table(&[
            ("address_1", "Flat 2, 12 High St"),
            ("postcode_1", "LS1 4AP"),
            ("mobile_1", "+44 7700 900123"),
            ("email_1", "A@Example.com"),
        ]);
        let holdings = Holdings::new(&table);
        let holding = holdings.of(0);
        let nothing = ["", "", "", ""];
        assert_eq!(
            holding.new_details(&row("FLAT 2 12 HIGH STREET", "LS14AP", "07700900123", "a@example.com")),
            nothing
        );
        assert_eq!(holding.new_details(&row("12 High Street", "LS1 4AP", "", "")), nothing);
        let new = holding.new_details(&row("3 Low Road", "LS2 7AA", "07700 900999", "b@example.com"));
        assert_eq!(new, ["3 Low Road", "LS2 7AA", "07700900999", "b@example.com"]);
        assert_eq!(holding.new_details(&row("=cmd|' /C calc'!A0", "LS2 7AA", "", ""))[0], "");
    }

    #[test]
    fn northern_ireland_is_told_by_its_postcodes() {
        assert!(
            Holdings::new(&table(&[("address_1", "1 Quay St"), ("postcode_1", "BT1 1AA")]))
                .of(0)
                .northern_ireland_alone()
        );
        let both = table(&[
            ("address_1", "1 Quay St"),
            ("postcode_1", "BT1 1AA"),
            ("address_2", "9 Low Rd"),
            ("postcode_2", "B1 1AA"),
        ]);
        assert!(!Holdings::new(&both).of(0).northern_ireland_alone());
        assert!(!Holdings::new(&table(&[("address_1", "")])).of(0).northern_ireland_alone());
    }
}
