//! The plans and their steps: probe, scan, resolve, gather.
//!
//! In: the extract as a table, registers as readers. Out: [`Linked`] decisions, one for each extract row, and what was
//! counted on the way. Invariant: knows no department; the same rows give the same decisions for any number of threads,
//! batch size, cut of the register and plan. Read next: `extract.rs`, `scan.rs`, `candidates.rs`, `trace.rs`, `gather.rs`.

mod aside;
mod candidates;
mod confirm;
mod extract;
mod gather;
mod holding_back;
mod index;
pub mod linkage;
mod lookup;
mod lowest;
pub mod partial;
mod people;
mod probe;
mod reading;
mod scan;
pub mod stored;
mod survivors;
mod trace;

pub use aside::{Checkpoints, Room};
pub use confirm::{Confirming, Identity, NUMBER_IS_RIGHT, model as confirming_model};
pub use extract::{ExtractSide, Remark};
pub use gather::{Asked, GATHERED_COLUMNS, Gathered, GatheredRow, gather, pick};
pub use lookup::{Found, Lookup, look_up, number};
pub use people::{People, PersonKey};
pub use reading::{FaultCounts, REGISTER_COLUMNS};
pub use scan::{Places, Plan, Probe, Register, Scanned, scan, scan_part};
pub use trace::{
    DryRun, Estimates, Linked, Person, RowLink, Settings, Trace, dry_run, dry_run_stored, trace, trace_parts,
    trace_stored,
};

/// Told of the progress of a run; called from many threads.
pub trait Observer: Sync {
    /// A stage begins; `total` is the number of rows it will see, where known.
    fn stage(&self, name: &'static str, total: Option<u64>);
    /// Some rows of the stage are done.
    fn advance(&self, rows: u64);
}

/// Says nothing.
pub struct Silent;

impl Observer for Silent {
    fn stage(&self, _: &'static str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
}
