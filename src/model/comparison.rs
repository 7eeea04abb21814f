//! Comparisons and their levels: what one pair of records can agree on, and how well.
//!
//! In every comparison level 0 is null (nothing to compare on one side), level 1 is the worst agreement that is still a
//! comparison (different), and higher is better. A vector of levels packs into one integer.

/// One comparison of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Comparison {
    /// Whole names by aligned tokens.
    Name,
    /// Birth dates by kind of error.
    BirthDate,
    /// Any address against any address, with postcodes.
    Address,
    /// Any phone against any phone.
    Phone,
    /// Any email against any email.
    Email,
    /// National Insurance numbers.
    Nino,
    /// Sex, as a title or the register states it.
    Sex,
}

/// All comparisons, in the order of the packed vector.
pub const COMPARISONS: [Comparison; 7] = [
    Comparison::Name,
    Comparison::BirthDate,
    Comparison::Address,
    Comparison::Phone,
    Comparison::Email,
    Comparison::Nino,
    Comparison::Sex,
];

/// Levels of [`Comparison::BirthDate`] by name. From 1 to 11 higher is better; the last two stand apart from that order:
/// [`DEFAULT_IN_REGISTER`](birth_date::DEFAULT_IN_REGISTER) is what [`DEFAULT_SAME_YEAR`](birth_date::DEFAULT_SAME_YEAR) is
/// when the register's date is the default, not the extract's, and [`ONE_EDIT_OF_YEAR`](birth_date::ONE_EDIT_OF_YEAR) is
/// [`ONE_EDIT`](birth_date::ONE_EDIT) in the year.
pub mod birth_date {
    /// Other dates altogether.
    pub const DIFFERENT: u8 = 1;
    /// The year alone agrees.
    pub const SAME_YEAR: u8 = 2;
    /// Day and month agree, the year does not; of two default dates, where one digit of the year differs.
    pub const SAME_DAY_AND_MONTH: u8 = 3;
    /// A partial date agrees as far as it goes: the least that is near.
    pub const PARTIAL: u8 = 4;
    /// The year and one of month and day agree.
    pub const YEAR_AND_MONTH_OR_DAY: u8 = 5;
    /// The date sought is a default (1 January) or may be one (1 July, 31 December), and the year agrees.
    pub const DEFAULT_SAME_YEAR: u8 = 6;
    /// The year is one off, and day and month agree.
    pub const YEAR_OFF_BY_ONE: u8 = 7;
    /// Day and month are swapped.
    pub const SWAPPED: u8 = 8;
    /// One digit of day or month differs, or two neighbours are exchanged; the year agrees.
    pub const ONE_EDIT: u8 = 9;
    /// One and the same default date.
    pub const EXACT_DEFAULT: u8 = 10;
    /// One and the same date.
    pub const EXACT: u8 = 11;
    /// The register's date is a default, and the year agrees.
    pub const DEFAULT_IN_REGISTER: u8 = 12;
    /// Day and month agree, and one digit of the year differs by more than one, or two neighbours are exchanged.
    pub const ONE_EDIT_OF_YEAR: u8 = 13;
}

/// Names of the levels of [`Comparison::BirthDate`], from null.
pub const BIRTH_DATE_LEVELS: [&str; 14] = [
    "null",
    "different",
    "same_year",
    "same_day_and_month",
    "partial",
    "year_and_month_or_day",
    "default_same_year",
    "year_off_by_one",
    "swapped",
    "one_edit",
    "exact_default",
    "exact",
    "default_in_register",
    "one_edit_of_year",
];
/// Names of the levels of [`Comparison::Address`], from null.
pub const ADDRESS_LEVELS: [&str; 8] = ["null", "different", "area", "sector", "street", "postcode", "building", "flat"];
/// Names of the levels of [`Comparison::Phone`], from null.
pub const PHONE_LEVELS: [&str; 4] = ["null", "different", "one_edit", "exact"];
/// Names of the levels of [`Comparison::Email`], from null.
pub const EMAIL_LEVELS: [&str; 4] = ["null", "different", "same_local_part", "exact"];
/// Names of the levels of [`Comparison::Nino`], from null.
pub const NINO_LEVELS: [&str; 4] = ["null", "different", "one_repair", "same"];
/// Names of the levels of [`Comparison::Sex`], from null.
pub const SEX_LEVELS: [&str; 3] = ["null", "different", "same"];

/// How the tokens of two names agree, from weakest to strongest: the grades of the best aligned tokens.
pub const NAME_AGREEMENTS: [&str; 16] = [
    "none",
    "initial",
    "close",
    "equivalent",
    "exact",
    "close_initial",
    "equivalent_initial",
    "exact_initial",
    "two_close",
    "close_equivalent",
    "two_equivalent",
    "exact_close",
    "exact_equivalent",
    "two_exact",
    "three_mixed",
    "three_exact",
];
/// What is left of two names once tokens are aligned, as numbers into [`NAME_LEFTOVERS`].
///
/// A family shares what stands last in a name, not what stands first: where both names have something left, the place of
/// what agrees tells relatives from people who changed a name. A register's name begins with the given name and ends with
/// the family name; the order of a name sought says nothing.
pub mod leftover {
    /// A token on both sides; what agrees stands last in the register's name.
    pub const BOTH: u8 = 0;
    /// Tokens on one side, but not the first of the register's name.
    pub const ONE_SIDE: u8 = 1;
    /// Nothing.
    pub const NOTHING: u8 = 2;
    /// Two tokens and more on both sides.
    pub const SEVERAL: u8 = 3;
    /// A token on both sides; the first of the register's name is among what agrees.
    pub const BOTH_GIVEN: u8 = 4;
    /// A token on both sides; what agrees stands neither first nor last in the register's name.
    pub const BOTH_MIDDLE: u8 = 5;
    /// Tokens of the register's name, the first among them.
    pub const ONE_SIDE_FIRST: u8 = 6;
}
/// Names of the leftovers.
pub const NAME_LEFTOVERS: [&str; 7] =
    ["both", "one_side", "nothing", "several", "both_given", "both_middle", "one_side_first"];

/// Number of levels of a name comparison, with null.
pub const NAME_LEVELS: usize = 1 + NAME_AGREEMENTS.len() * NAME_LEFTOVERS.len();

impl Comparison {
    /// Number of levels, with null.
    pub const fn levels(self) -> usize {
        match self {
            Self::Name => NAME_LEVELS,
            Self::BirthDate => BIRTH_DATE_LEVELS.len(),
            Self::Address => ADDRESS_LEVELS.len(),
            Self::Phone => PHONE_LEVELS.len(),
            Self::Email => EMAIL_LEVELS.len(),
            Self::Nino => NINO_LEVELS.len(),
            Self::Sex => SEX_LEVELS.len(),
        }
    }

    /// Name in models, explanations and column headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Nino => "nino",
            Self::Sex => "sex",
        }
    }

    /// Name of one level.
    pub fn level_name(self, level: u8) -> String {
        let level = usize::from(level);
        let table: &[&str] = match self {
            Self::Name if level == 0 => return "null".into(),
            Self::Name => {
                let (agreement, leftover) = name_level_parts(level as u8);
                return format!(
                    "{}/{}",
                    NAME_AGREEMENTS[usize::from(agreement)],
                    NAME_LEFTOVERS[usize::from(leftover)]
                );
            }
            Self::BirthDate => &BIRTH_DATE_LEVELS,
            Self::Address => &ADDRESS_LEVELS,
            Self::Phone => &PHONE_LEVELS,
            Self::Email => &EMAIL_LEVELS,
            Self::Nino => &NINO_LEVELS,
            Self::Sex => &SEX_LEVELS,
        };
        table.get(level).copied().unwrap_or("unknown").into()
    }

    const fn shift(self) -> u32 {
        match self {
            Self::Name => 0,
            Self::BirthDate => 8,
            Self::Address => 12,
            Self::Phone => 15,
            Self::Email => 17,
            Self::Nino => 19,
            Self::Sex => 21,
        }
    }

    const fn mask(self) -> u32 {
        match self {
            Self::Name => 255,
            Self::BirthDate => 15,
            Self::Address => 7,
            Self::Phone | Self::Email | Self::Nino | Self::Sex => 3,
        }
    }
}

/// Level of a name comparison from its agreement and leftover.
pub const fn name_level(agreement: u8, leftover: u8) -> u8 {
    1 + agreement * NAME_LEFTOVERS.len() as u8 + leftover
}

/// Agreement and leftover of a name level that is not null.
pub const fn name_level_parts(level: u8) -> (u8, u8) {
    let index = level - 1;
    (index / NAME_LEFTOVERS.len() as u8, index % NAME_LEFTOVERS.len() as u8)
}

/// The levels of one pair of records, packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vector(u32);

impl Vector {
    /// The level of one comparison.
    #[inline]
    pub const fn level(self, comparison: Comparison) -> u8 {
        ((self.0 >> comparison.shift()) & comparison.mask()) as u8
    }

    /// The same vector with another level for one comparison.
    #[inline]
    #[must_use]
    pub const fn with(self, comparison: Comparison, level: u8) -> Self {
        let cleared = self.0 & !(comparison.mask() << comparison.shift());
        Self(cleared | ((level as u32 & comparison.mask()) << comparison.shift()))
    }

    /// The packed levels.
    pub const fn bits(self) -> u32 {
        self.0
    }
}

const _: () = assert!(NAME_LEVELS <= 256);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_survives_packing() {
        for comparison in COMPARISONS {
            for level in 0..comparison.levels() as u8 {
                let full = Vector(u32::MAX).with(comparison, level);
                assert_eq!(full.level(comparison), level, "{comparison:?}");
                let others = COMPARISONS.iter().filter(|other| **other != comparison);
                for other in others {
                    assert_eq!(u32::from(full.level(*other)), other.mask());
                }
            }
        }
    }

    #[test]
    fn name_levels_come_apart_again() {
        for agreement in 0..NAME_AGREEMENTS.len() as u8 {
            for leftover in 0..NAME_LEFTOVERS.len() as u8 {
                assert_eq!(name_level_parts(name_level(agreement, leftover)), (agreement, leftover));
            }
        }
    }
}
