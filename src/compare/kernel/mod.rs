//! One comparison algorithm a file: values in, a level out, no allocation.

pub mod address;
pub mod contact;
pub mod date;
pub mod token;
