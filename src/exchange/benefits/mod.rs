//! DWP's part: which of the people handed over have a benefit in payment, and what may be said of them.
//!
//! In: the handoff, the customer index, the awards. Out: [`Assessed`]: a [`Fate`] for every row of the handoff, and a
//! [`Finding`] for those that are returned; what of a finding leaves is the gateway's to say. Invariant: nothing is
//! looked up of a row that may not be returned, and a benefit in payment is never read as not entitled. Read next:
//! `assess.rs`, `awards.rs`, `contact.rs`, `partner.rs`.

mod assess;
mod awards;
mod codes;
mod contact;
mod finding;
mod intake;
mod partner;

pub use assess::{Assessed, Sources, assess};
pub use awards::{Award, AwardText, Role, Standing, encode, role};
pub use codes::{Benefit, benefit, has_sub_kinds};
pub use contact::{Likeness, Supplied, likeness};
pub use finding::{Death, Fate, Finding, HeldAddress, HeldPhone};
pub use partner::Partner;
