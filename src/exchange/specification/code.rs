//! The faults by name. The specification says of each what it is of, and what the sender can do about it.

/// Makes the list of faults with their words.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A fault of an extract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All faults, those of files first.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its word in specifications and reports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

codes! {
    /// Not an Excel workbook (.xlsx).
    NotAWorkbook = "not_a_workbook",
    /// A sheet is hidden.
    HiddenSheet = "hidden_sheet",
    /// Rows or columns are hidden.
    HiddenRowsOrColumns = "hidden_rows_or_columns",
    /// There is more than one visible sheet beside the control sheet.
    MoreSheets = "more_sheets",
    /// Cells are merged.
    MergedCells = "merged_cells",
    /// The workbook has macros.
    Macros = "macros",
    /// The workbook has links to other files.
    ExternalLinks = "external_links",
    /// Cells have hyperlinks, which are not followed.
    Hyperlinks = "hyperlinks",
    /// The workbook has links to other programs (DDE).
    DdeLinks = "dde_links",
    /// The workbook has data connections or queries.
    DataConnections = "data_connections",
    /// The workbook has embedded objects, pictures or charts.
    EmbeddedObjects = "embedded_objects",
    /// The workbook has comments or notes.
    Comments = "comments",
    /// A cell holds a formula.
    Formula = "formula",
    /// A cell holds an error value such as #N/A.
    ErrorValue = "error_value",
    /// A value stands in a column without a header.
    ValueWithoutHeader = "value_without_header",
    /// A column is not of the specification.
    HeaderUnknown = "header_unknown",
    /// The columns are not in the order of the specification.
    HeaderOrder = "header_order",
    /// A required column is missing.
    HeaderMissing = "header_missing",
    /// The table has no rows.
    NoRows = "no_rows",
    /// The file has more rows than one workbook may have by the agreement.
    TooManyRows = "too_many_rows",
    /// The value is in another row as well, and must be unique.
    Duplicate = "duplicate",
    /// There is no control sheet, and no manifest beside the file.
    ControlMissing = "control_missing",
    /// The control sheet or manifest lacks a value.
    ControlIncomplete = "control_incomplete",
    /// The number of rows is not the one that is stated.
    RowsDiffer = "rows_differ",
    /// The digest is not the one that is stated: the file was changed or cut.
    Sha256Differs = "sha256_differs",
    /// The stated version of the specification is not the one in force.
    SpecificationVersionUnknown = "specification_version_unknown",
    /// The stated pool is neither pre2008 nor post2008.
    DeclaredPoolUnknown = "declared_pool_unknown",
    /// The stated cycle is not a month of the form YYYY-MM, or not of this time.
    CycleWrong = "cycle_wrong",
    /// The exchange of this pool had not begun in the stated month.
    BeforeFirstExchange = "before_first_exchange",
    /// The rows are of more than one pool.
    MixedPools = "mixed_pools",
    /// The rows are of another pool than stated.
    WrongPool = "wrong_pool",
    /// The agreement is not in force on the day of the check.
    AgreementNotInForce = "agreement_not_in_force",
    /// More rows are faulty than the agreement allows.
    TooManyFaultyRows = "too_many_faulty_rows",
    /// The row has more values than there are columns.
    TooManyFields = "too_many_fields",
    /// The row has fewer values than there are columns.
    TooFewFields = "too_few_fields",
    /// The text is not UTF-8.
    NotUtf8 = "not_utf8",
    /// A required value is missing.
    Missing = "missing",
    /// The text is longer than the specification allows.
    TooLong = "too_long",
    /// The text holds characters that cannot be seen.
    ControlCharacters = "control_characters",
    /// The text begins with a sign that a spreadsheet would run as a formula.
    FormulaLikeText = "formula_like_text",
    /// A number stands where text must: leading zeros may be lost.
    NumberInTextCell = "number_in_text_cell",
    /// A number of more than 15 digits has lost the last of them.
    NumberTooLong = "number_too_long",
    /// A date stands where text must: 2/1 or 10-12 may have become a date.
    DateInTextCell = "date_in_text_cell",
    /// A bare number stands where a date must.
    NumberInDateCell = "number_in_date_cell",
    /// The date cell holds no day of the calendar.
    NoDateCell = "no_date_cell",
    /// The name has no letters.
    NameUnreadable = "name_unreadable",
    /// The name stands for an unknown name.
    PlaceholderName = "placeholder_name",
    /// The date is not one day of the calendar for certain: it would have to be guessed, or is none.
    DateUnreadable = "date_unreadable",
    /// The date lies after the day of the check.
    DateInFuture = "date_in_future",
    /// The birth date gives an age of more than 120 years.
    DateTooOld = "date_too_old",
    /// Not of the form of a National Insurance number.
    NinoMalformed = "nino_malformed",
    /// An office's own account number, not a National Insurance number.
    NinoAdministrative = "nino_administrative",
    /// A temporary number or a tax reference, not a National Insurance number.
    NinoTemporary = "nino_temporary",
    /// A number that is typed to fill the field.
    NinoJunk = "nino_junk",
    /// One National Insurance number on several rows: one person under several ids, or a number of two people.
    NinoOnSeveralRows = "nino_on_several_rows",
    /// Not of the form of a postcode.
    PostcodeInvalid = "postcode_invalid",
    /// The start lies after the end.
    DatesReversed = "dates_reversed",
    /// The pool is neither pre2008 nor post2008.
    PoolUnknown = "pool_unknown",
    /// The day on which status ended is of the other pool.
    PoolAgainstStatus = "pool_against_status",
    /// Not yet without contact for the months that the agreement asks.
    ContactTooRecent = "contact_too_recent",
    /// Not one of the wash numbers.
    WashNumberWrong = "wash_number_wrong",
    /// A case of the one-off exchange is washed again, which the agreement does not provide.
    OneOffRewashed = "one_off_rewashed",
    /// A date that stands for an unknown one, such as 1 January.
    DefaultDate = "default_date",
    /// Only a part of the date is given.
    PartialDate = "partial_date",
    /// A word or code for no value.
    Placeholder = "placeholder",
    /// Only a part of the postcode is given.
    PostcodePartial = "postcode_partial",
    /// A look-alike was typed in the postcode, such as O for 0.
    PostcodeDoubtful = "postcode_doubtful",
    /// Not a telephone number, or one typed to fill the field.
    PhoneUnreadable = "phone_unreadable",
    /// A telephone number that seems to have lost its leading zero or holds several numbers.
    PhoneDoubtful = "phone_doubtful",
    /// Not an email address, or one typed to fill the field.
    EmailUnreadable = "email_unreadable",
    /// Spaces before or after the value: it is sent back exactly so.
    SpacesAtEnds = "spaces_at_ends",
    /// The day since which there is no contact is not given, so it cannot be seen that the case qualifies.
    NoContactSinceMissing = "no_contact_since_missing",
    /// An address without start or end date.
    AddressDatesMissing = "address_dates_missing",
    /// Dates without an address.
    AddressMissing = "address_missing",
    /// The address was not held in the years that are asked for, and is not the last known.
    AddressTooOld = "address_too_old",
    /// More values than the specification has slots for.
    TooManyValues = "too_many_values",
    /// Seems to be one person under several ids: name, birth date and one thing more agree.
    SamePerson = "same_person",
    /// One Home Office reference on rows with different names and birth dates: a family, or two people mixed up.
    ReferenceOfTwoPeople = "reference_of_two_people",
    /// The title is of the other sex than the title within the name: two people may be mixed up.
    TitleAgainstName = "title_against_name",
    /// The name seems to hold two people.
    NameOfTwoPeople = "name_of_two_people",
}

impl Code {
    /// The fault of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}
