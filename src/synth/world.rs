//! A made population: settings, names, addresses and numbers together, and the people by number.
//!
//! In: [`Settings`]. Out: [`World`]. Invariant: nothing is held but tables; person `i` is a function of the seed and `i`.

use super::calendar::Day;
use super::dice::{Shuffle, Stream};
use super::household::{CELL, Maker};
use super::number::Numbers;
use super::person::Person;
use super::place::Places;
use super::rates::ErrorRates;
use super::stock::{Stock, stock};
use crate::error::{Error, Result};
use crate::util::hash::mix;

/// Which pool of cases the extract is of; a file holds one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pool {
    /// Status ended before 2008: the one-off exercise.
    Pre2008,
    /// The monthly flow.
    #[default]
    Post2008,
}

impl Pool {
    /// As the extract writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Pre2008 => "pre2008",
            Self::Post2008 => "post2008",
        }
    }
}

/// What is to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// People in the register; each has one to four rows, one and a half in the mean.
    pub register: u64,
    /// Rows of the extract.
    pub extract: u64,
    /// Seed: the same seed and settings give the same bytes.
    pub seed: u64,
    /// Day on which the extract was made. Default 2016-04-30.
    pub on: Day,
    /// How often what goes wrong.
    pub rates: ErrorRates,
    /// Share of the extract that is in the register. Default 0.45.
    pub present: f64,
    /// Pool of the extract. Default post-2008.
    pub pool: Pool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            register: 100_000,
            extract: 5_000,
            seed: 1,
            on: Day::civil(2016, 4, 30),
            rates: ErrorRates::default(),
            present: 0.45,
            pool: Pool::default(),
        }
    }
}

impl Settings {
    /// Rows of the extract whose people are in the register.
    pub fn present_rows(&self) -> u64 {
        let wanted = (self.extract as f64 * self.present).round() as u64;
        wanted.min(self.extract).min(self.register)
    }
}

/// A made population.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// What is to be made.
    pub(super) settings: Settings,
    /// Names.
    pub(super) stock: &'static Stock,
    /// Addresses.
    pub(super) places: Places,
    /// National Insurance numbers.
    pub(super) numbers: Numbers,
    /// Order of record numbers.
    pub(super) record_ids: Shuffle,
}

/// Rows of one person, at most.
pub(super) const MOST_ROWS: u64 = 4;

impl World {
    /// The population of `settings`.
    ///
    /// # Errors
    /// When the settings ask for nothing, or for more people than there are numbers.
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        if settings.register == 0 {
            return Err(Error::usage("a register needs at least one person").hint("--register 100000"));
        }
        if !(0.0..=1.0).contains(&settings.present) {
            return Err(Error::usage("the share of the extract that is present must be between 0 and 1"));
        }
        let cells = settings.register.div_ceil(CELL as u64);
        let people = settings.register.saturating_add(settings.extract);
        Ok(Self {
            settings: settings.clone(),
            stock: stock(),
            places: Places::new(settings.seed, cells * 8),
            numbers: Numbers::new(settings.seed, people)?,
            record_ids: Shuffle::new(settings.register * MOST_ROWS, mix(settings.seed, Stream::Record as u64)),
        })
    }

    /// What makes people.
    pub(super) fn maker(&self) -> Maker<'_> {
        Maker { stock: self.stock, places: self.places, seed: self.settings.seed, on: self.settings.on }
    }

    /// Makes the person with a number of the register; `people` is the cell's buffer.
    pub(super) fn person<'a>(&self, id: u64, people: &'a mut Vec<Person>) -> Option<&'a Person> {
        self.maker().cell(id / CELL as u64, people);
        people.get((id % CELL as u64) as usize)
    }

    /// Cells of the register.
    pub(super) fn cells(&self) -> u64 {
        self.settings.register.div_ceil(CELL as u64)
    }
}
