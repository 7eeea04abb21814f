//! The gateways: the only place where rows for another department are made.
//!
//! A departmental file accepts only [`Released`] rows, and only this module can make them: a row that no gateway has
//! released does not compile.
//!
//! ```compile_fail
//! use rewash::exchange::{Sheet, gateway::{Recipient, Released}};
//! let leak = Released { recipient: Recipient::HomeOffice, value: Sheet::default() };
//! ```

mod dwp;
mod extract;
mod home_office;
mod status;

use crate::engine::{Gathered, Trace};
use crate::exchange::Sheet;
use crate::exchange::agreement::Agreement;
use crate::exchange::holding::Holdings;
use crate::exchange::outcomes::DataSets;
use crate::exchange::window::Window;
use crate::frame::Table;

pub use dwp::{HANDOFF_COLUMNS, hmrc_to_dwp};
pub use extract::{ReleasedParts, extract_columns, ho_to_hmrc, rows_sha256};
pub use home_office::{HO_COLUMNS, HmrcToHo, NO_HIT_COLUMNS, Returned, UNRESOLVED_COLUMNS, hmrc_to_ho};
pub use status::{STATUS_COLUMNS, ho_to_dwp};

/// The departments that a file may go to; there is no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Home Office, Removals Casework.
    HomeOffice,
    /// HM Revenue and Customs, Risk and Intelligence Service.
    Hmrc,
    /// Department for Work and Pensions.
    Dwp,
}

/// Rows that a gateway has released for one recipient: nothing but the fields that the memorandum gives it.
#[derive(Clone, Debug)]
pub struct Released<T> {
    recipient: Recipient,
    value: T,
}

impl Released<Sheet> {
    /// Released rows under the columns that the flow allows; made here and nowhere else.
    fn new(recipient: Recipient, columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        debug_assert!(rows.iter().all(|row| row.len() == columns.len()));
        let header = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { recipient, value: Sheet { header, rows } }
    }
}

impl<T> Released<T> {
    /// Who may receive the rows.
    pub fn recipient(&self) -> Recipient {
        self.recipient
    }

    /// What was released.
    pub fn get(&self) -> &T {
        &self.value
    }
}

/// What the gateways release from: a trace, what was gathered, what is held, and what was agreed.
#[derive(Clone, Copy)]
pub struct Tracing<'a> {
    /// The extract, as received.
    pub extract: &'a Table,
    /// The decisions.
    pub trace: &'a Trace,
    /// Register rows of the people matched.
    pub gathered: &'a Gathered,
    /// What the Home Office holds for each row.
    pub holdings: &'a Holdings,
    /// What was agreed.
    pub agreement: &'a Agreement,
    /// Names of the data sets.
    pub data_sets: &'a DataSets,
    /// Tax years that may be supplied.
    pub window: Window,
}

/// The first five agreed fields, which every file echoes byte for byte.
pub const LINKING_BLOCK: [&str; 5] = ["dash_reference", "dash_source", "cid_person_id", "full_name", "date_of_birth"];

/// The linking block of a row, as received.
fn linking_block(table: &Table, row: usize) -> Vec<String> {
    LINKING_BLOCK.iter().map(|column| table.value(column, row).unwrap_or("").to_owned()).collect()
}
