//! All integration tests in one binary: each binary links polars, which takes its time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod aside;
mod bad_input;
mod benefits;
mod blocking;
mod by_hand;
mod check;
mod command;
mod evaluation;
mod exchange;
mod faults;
mod hostile;
mod household;
mod index;
mod index_resume;
mod index_sources;
mod ledger;
mod limits;
mod linkage;
mod linkage_errors;
mod linkage_options;
mod linkage_resume;
mod load;
mod metamorphic;
mod names;
mod obligations;
mod outputs;
mod page;
mod pictures;
mod pool;
mod readme;
mod relatives;
mod report;
mod review;
mod room;
mod rules;
mod same_bytes;
mod samples;
mod secrets;
mod skew;
mod stages;
mod supply;
mod support;
mod tables;
mod tidy;
