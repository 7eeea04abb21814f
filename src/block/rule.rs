//! Blocking rules, in the order that gives the match key, and the limits of their blocks.

/// A blocking rule; its number is the match key of the pairs that it is the first to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rule {
    /// The eight characters of a National Insurance number, or one repaired from the extract's.
    Nino,
    /// A phone number.
    Phone,
    /// An email address.
    Email,
    /// Birth date and any name token.
    BirthDateToken,
    /// Two name tokens and a variant of the birth date: another year, day and month swapped, 1 January.
    BirthDateVariant,
    /// Two name tokens and the year of birth.
    TwoTokensYear,
    /// Two name tokens that are rare together, without a date.
    TwoTokens,
    /// Postcode and a name token.
    PostcodeToken,
}

/// All rules, in match-key order.
pub const RULES: [Rule; 8] = [
    Rule::Nino,
    Rule::Phone,
    Rule::Email,
    Rule::BirthDateToken,
    Rule::BirthDateVariant,
    Rule::TwoTokensYear,
    Rule::TwoTokens,
    Rule::PostcodeToken,
];

impl Rule {
    /// Name in reports and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nino => "nino",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::BirthDateToken => "birth_date+token",
            Self::BirthDateVariant => "birth_date_variant+two_tokens",
            Self::TwoTokensYear => "two_tokens+year",
            Self::TwoTokens => "two_rare_tokens",
            Self::PostcodeToken => "postcode+token",
        }
    }
}

/// What a slot stands for: a key of a rule, or a value that is only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// NINO.
    Nino,
    /// Phone.
    Phone,
    /// Email.
    Email,
    /// Postcode with one token.
    PostcodeToken,
    /// Birth date with one token.
    BirthDateToken,
    /// Two tokens; parent of the kinds below.
    Two,
    /// Two tokens and year of birth; child of [`Kind::Two`].
    TwoYear,
    /// Two tokens, year and month; child of [`Kind::TwoYear`].
    TwoYearMonth,
    /// Two tokens, year and day of the month; child of [`Kind::TwoYear`].
    TwoYearDay,
    /// Two tokens, day and month in any year; child of [`Kind::Two`].
    TwoDay,
    /// Two tokens and one whole date; child of [`Kind::TwoYear`] and [`Kind::TwoDay`].
    TwoDate,
    /// A postcode, counted only.
    Postcode,
    /// Two tokens to the letter, counted only.
    ExactTwo,
}

impl Kind {
    /// The rule that pairs from a slot of this kind count for; `None` for counted values.
    pub const fn rule(self) -> Option<Rule> {
        Some(match self {
            Self::Nino => Rule::Nino,
            Self::Phone => Rule::Phone,
            Self::Email => Rule::Email,
            Self::PostcodeToken => Rule::PostcodeToken,
            Self::BirthDateToken => Rule::BirthDateToken,
            Self::Two => Rule::TwoTokens,
            Self::TwoYear | Self::TwoYearMonth | Self::TwoYearDay => Rule::TwoTokensYear,
            Self::TwoDay | Self::TwoDate => Rule::BirthDateVariant,
            Self::Postcode | Self::ExactTwo => return None,
        })
    }
}

/// Limits of a block, by kind: a block that is larger is refined by its children, or reported where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Register rows of a block of two tokens without a date. With half a dozen namesakes a name alone names nobody, so only
    /// names that are rarer in the register are worth the time; the others are looked up with part of the date.
    pub two: u32,
    /// Register rows of a block that holds part of a date.
    pub part_of_date: u32,
    /// Register rows of a block on a contact detail: a number on more rows is an agent's or a hostel's.
    pub contact: u32,
    /// Register rows of every other block.
    pub rows: u32,
    /// Pairs of one block: register rows times extract rows.
    pub pairs: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { two: 6, part_of_date: 25, contact: 200, rows: 2_000, pairs: 4_000_000 }
    }
}

impl Limits {
    /// Most register rows of a block of `kind` that is shared by `extract_rows` rows of the extract.
    pub fn rows_max(&self, kind: Kind, extract_rows: u32) -> u32 {
        let rows = match kind {
            Kind::Two => self.two,
            Kind::TwoYear | Kind::TwoDay | Kind::TwoYearMonth | Kind::TwoYearDay => self.part_of_date,
            Kind::Phone | Kind::Email => self.contact,
            Kind::Postcode | Kind::ExactTwo => 0,
            _ => self.rows,
        };
        let by_pairs = self.pairs / u64::from(extract_rows.max(1));
        rows.min(u32::try_from(by_pairs).unwrap_or(u32::MAX))
    }
}
