//! How often what goes wrong: the options of the made data, with their defaults.
//!
//! In: names and values from the command line. Out: [`ErrorRates`]. Invariant: every rate is a probability. The defaults
//! were set from `domain.md` 5 and 7 before any matcher was looked at, and are stated with each field.

use crate::error::{Error, Result};

macro_rules! rates {
    ($($(#[doc = $doc:literal])+ $name:ident = $value:literal;)+) => {
        /// Probabilities of errors and gaps; the doc of each field ends with its default.
        #[derive(Clone, Debug, PartialEq)]
        pub struct ErrorRates {
            $($(#[doc = $doc])+ #[doc = concat!("Default ", stringify!($value), ".")] pub $name: f64,)+
        }

        impl Default for ErrorRates {
            fn default() -> Self {
                Self { $($name: $value,)+ }
            }
        }

        impl ErrorRates {
            /// The names that [`ErrorRates::set`] knows.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            fn field(&mut self, name: &str) -> Option<&mut f64> {
                match name {
                    $(stringify!($name) => Some(&mut self.$name),)+
                    _ => None,
                }
            }

            /// Every rate by name, in order.
            pub fn list(&self) -> Vec<(&'static str, f64)> {
                vec![$((stringify!($name), self.$name)),+]
            }
        }
    };
}

rates! {
    /// Extract, a name word: spelt another way (Mohammed, Muhammad), half of them by rule and so in no table.
    variant = 0.13;
    /// Extract, a row: one typing error in the name.
    typo = 0.06;
    /// Extract, a row: a forename replaced by an unlike one.
    alias = 0.02;
    /// Extract, a woman whose name changed: the earlier name is held.
    marriage = 0.40;
    /// Extract, a row with three name words or more: one is left out.
    missing_word = 0.18;
    /// Extract, a row: a forename cut to its initial.
    initial = 0.03;
    /// Extract, a row: two words written as one, or a long one as two.
    joined = 0.04;
    /// Extract, a row: words in an order that is not the custom of the culture.
    order_swap = 0.06;
    /// Extract, a row: `FAMILY, Given`.
    comma = 0.02;
    /// Extract, a row: a title inside the name.
    title_in_name = 0.01;
    /// Extract, a row: a word that stands for a missing name (FNU, XXX).
    placeholder = 0.004;
    /// Extract, a row: a second name after `aka`.
    known_as = 0.008;
    /// Extract, a birth date whose day may be a month: the two are swapped.
    date_swap = 0.03;
    /// Extract: the birth year is off by one, two or ten.
    year_error = 0.025;
    /// Extract: one digit of the birth date is wrong.
    date_typo = 0.02;
    /// Extract: a default birth date beyond those that the culture explains.
    default_date = 0.004;
    /// Extract: no birth date.
    date_missing = 0.004;
    /// Extract: dates of the row are text, not date cells.
    text_date = 0.03;
    /// Extract: no address, phone or email that the register could hold is still held.
    cut_off = 0.12;
    /// Extract, a home from before contact was lost, where not all is cut off: it is held.
    home_held = 0.85;
    /// Extract, a later home: it is held all the same.
    later_home_held = 0.12;
    /// Extract, an address: a departure from the full form (Rd, no town, capitals), each kind.
    address_restyled = 0.30;
    /// Extract, an address: an office, hostel or solicitor that many share.
    office = 0.06;
    /// Extract, a postcode: no space, or lower case.
    postcode_restyled = 0.10;
    /// Extract, a postcode: one letter or digit wrong.
    postcode_typo = 0.02;
    /// Extract, a postcode: missing.
    postcode_missing = 0.08;
    /// Extract: a mobile is held.
    mobile_held = 0.50;
    /// Extract: an email address is held.
    email_held = 0.30;
    /// Extract, a held phone: an agent's or a relative's number that others give too.
    phone_shared = 0.05;
    /// Extract: a National Insurance number is held.
    nino_held = 0.05;
    /// Extract, a held number: another person's.
    nino_borrowed = 0.10;
    /// Extract, a held number: mistyped.
    nino_mistyped = 0.06;
    /// Extract, a row whose person is in the register: the same person as another row, under another number.
    duplicate = 0.01;
    /// Extract, a person who is absent: a relative of a register person, with that person's family name and address.
    absent_relative = 0.12;
    /// Extract, a person who is absent: name and birth year of a register person.
    absent_namesake = 0.08;
    /// Register, a name word: spelt another way.
    register_variant = 0.02;
    /// Register, a row: one typing error in the name.
    register_typo = 0.02;
    /// Register, a row: middle names not held.
    register_no_middle = 0.35;
    /// Register, a row with middle names: initials only.
    register_initials = 0.20;
    /// Register, a row: forename cut to its initial.
    register_initial = 0.012;
    /// Register, a row: forename and surname changed over.
    register_swap = 0.008;
    /// Register, a row: a word that stands for a missing name.
    register_placeholder = 0.001;
    /// Register: capitals throughout.
    register_capitals = 0.45;
    /// Register, a person with a default birth date in the extract: the register has the default too.
    register_default_date = 0.70;
    /// Register, a row: day and month swapped.
    register_date_swap = 0.004;
    /// Register, a row: one digit of the birth date is wrong.
    register_date_typo = 0.006;
    /// Register, a row: no birth date.
    register_date_missing = 0.005;
    /// Register, a row: an address older than the row.
    register_stale_address = 0.15;
    /// Register, a row: no address.
    register_address_missing = 0.10;
    /// Register, a row: no phone.
    register_phone_missing = 0.55;
    /// Register, a row: no email address.
    register_email_missing = 0.70;
    /// Register, a row: no title.
    register_title_missing = 0.45;
    /// Register, a row: an administrative, temporary or junk number.
    register_nino_false = 0.002;
    /// Register, a row: a mistyped number.
    register_nino_mistyped = 0.001;
    /// Register, a row: the number of a neighbour in the household.
    register_nino_shared = 0.0005;
    /// Register, a person: older rows have a second number.
    register_nino_second = 0.003;
}

impl ErrorRates {
    /// Sets the rate called `name`.
    ///
    /// # Errors
    /// When there is no such rate, or the value is not a probability.
    pub fn set(&mut self, name: &str, value: f64) -> Result<()> {
        if !(0.0..=1.0).contains(&value) {
            return Err(Error::usage(format!("rate {name} is {value}, which is not between 0 and 1")));
        }
        match self.field(name) {
            Some(field) => {
                *field = value;
                Ok(())
            }
            None => Err(Error::usage(format!("there is no rate called {name}"))
                .hint(format!("the rates are {}", Self::NAMES.join(", ")))),
        }
    }
}
