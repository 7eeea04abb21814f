//! Small tools that know nothing of people or tables: hashing, parallel order, memory, intervals.

pub mod clock;
pub mod hash;
pub mod interval;
pub mod memory;
pub mod parallel;
