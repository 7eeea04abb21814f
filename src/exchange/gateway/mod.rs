//! The gateways: the only place where rows for another department are made.
//!
//! A departmental file accepts only [`Released`] rows, and only this module can make them: a row that no gateway has
//! released does not compile.
//!
//! ```compile_fail
//! use rewash::exchange::{Sheet, gateway::{MATCHES_FLOW, Released}};
//! let leak = Released { flow: &MATCHES_FLOW, value: Sheet::default() };
//! ```

mod benefits;
mod dwp;
mod extract;
mod flow;
mod home_office;
mod status;
mod supplement;

use crate::engine::{Gathered, Trace};
use crate::exchange::Sheet;
use crate::exchange::agreement::Agreement;
use crate::exchange::holding::Holdings;
use crate::exchange::outcomes::DataSets;
use crate::exchange::window::Window;
use crate::frame::Table;
use serde::Serialize;

pub use benefits::{DWP_COLUMNS, HeldBack, dwp_to_ho, savings_to_ho};
pub use dwp::{HANDOFF_COLUMNS, hmrc_to_dwp};
pub use extract::{ReleasedParts, extract_columns, ho_to_hmrc};
pub use flow::{
    BENEFITS_FLOW, EXTRACT_FLOW, FLOWS, Flow, HANDOFF_FLOW, MATCHES_FLOW, NO_HITS_FLOW, SAVINGS_FLOW, STATUS_FLOW,
    UNRESOLVED_FLOW,
};
pub use home_office::{HO_COLUMNS, HmrcToHo, NO_HIT_COLUMNS, Returned, UNRESOLVED_COLUMNS, hmrc_to_ho};
pub use status::{STATUS_COLUMNS, ho_to_dwp};
pub use supplement::{Confirmed, Supplement, Supplementing, supplement};

/// The departments that a file may go to; there is no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
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
    flow: &'static Flow,
    value: T,
}

impl Released<Sheet> {
    /// Released rows under the columns that the flow allows; made here and nowhere else.
    fn new(flow: &'static Flow, rows: Vec<Vec<String>>) -> Self {
        Self::under(flow, flow.columns.iter().map(|column| (*column).to_owned()).collect(), rows)
    }

    /// The same for a flow whose columns depend on its rows: the extract, with its slots.
    fn under(flow: &'static Flow, header: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        debug_assert!(rows.iter().all(|row| row.len() == header.len()));
        Self { flow, value: Sheet { header, rows } }
    }
}

impl<T> Released<T> {
    /// Who may receive the rows.
    pub fn recipient(&self) -> Recipient {
        self.flow.recipient
    }

    /// The flow that they were released for.
    pub fn flow(&self) -> &'static Flow {
        self.flow
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
