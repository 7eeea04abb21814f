//! Small tools that know nothing of people or tables: hashing, parallel order, memory, casts.

pub mod clock;
pub mod hash;
pub mod memory;
pub mod parallel;
