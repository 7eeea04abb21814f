//! What each metric is: its numerator, its denominator, and the obligation that asks for it.

/// What metrics are put together under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Theme {
    /// What came back of the washes.
    Hits,
    /// What the hits brought that was not held.
    NewInformation,
    /// Which data sets were effective.
    DataSets,
    /// What the Home Office found out about hits.
    Verification,
    /// Where cases stand, and what is due.
    Schedule,
    /// HMRC's side of a wash.
    Trace,
    /// Exceptions and missing values, to be put right at the source.
    DataQuality,
    /// DWP's side.
    Benefits,
    /// Awards that were stopped.
    Savings,
    /// Runs, deliveries, incidents.
    Custody,
    /// Whether groups fare alike.
    Groups,
}

impl Theme {
    /// All themes, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::Hits,
        Self::NewInformation,
        Self::DataSets,
        Self::Verification,
        Self::Schedule,
        Self::Trace,
        Self::DataQuality,
        Self::Benefits,
        Self::Savings,
        Self::Custody,
        Self::Groups,
    ];

    /// The word in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hits => "hits",
            Self::NewInformation => "new_information",
            Self::DataSets => "data_sets",
            Self::Verification => "verification",
            Self::Schedule => "schedule",
            Self::Trace => "trace",
            Self::DataQuality => "data_quality",
            Self::Benefits => "benefits",
            Self::Savings => "savings",
            Self::Custody => "custody",
            Self::Groups => "groups",
        }
    }

    /// The name of its sheet, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Hits => "Hits",
            Self::NewInformation => "New information",
            Self::DataSets => "Data sets",
            Self::Verification => "Verification",
            Self::Schedule => "Schedule",
            Self::Trace => "HMRC's trace",
            Self::DataQuality => "Data quality",
            Self::Benefits => "Benefits",
            Self::Savings => "Savings",
            Self::Custody => "Custody",
            Self::Groups => "Groups",
        }
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A count.
    Count,
    /// A share, between 0 and 1.
    Share,
    /// Pounds; the numerator is in pence.
    Pounds,
    /// Days; negative where they have passed.
    Days,
}

impl Unit {
    /// The word in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Share => "share",
            Self::Pounds => "gbp",
            Self::Days => "days",
        }
    }
}

/// What a metric is.
#[derive(Debug, PartialEq, Eq)]
pub struct Definition {
    /// Name in files.
    pub name: &'static str,
    /// What it is put under.
    pub theme: Theme,
    /// What it is called, for people.
    pub title: &'static str,
    /// What its value is.
    pub unit: Unit,
    /// What is counted.
    pub numerator: &'static str,
    /// Out of what; empty for counts.
    pub denominator: &'static str,
    /// The obligation of the memorandum that asks for it.
    pub asked_by: &'static str,
    /// Whether it is estimated from stated probabilities, and not counted.
    pub is_estimate: bool,
    /// Whether it is a share of a sample, and so has an interval.
    pub is_sampled: bool,
}

type Words = &'static str;

const fn count(theme: Theme, name: Words, title: Words, numerator: Words, asked_by: Words) -> Definition {
    let (is_estimate, is_sampled) = (false, false);
    Definition { name, theme, title, unit: Unit::Count, numerator, denominator: "", asked_by, is_estimate, is_sampled }
}

const fn share(theme: Theme, name: Words, title: Words, of: [Words; 2], asked_by: Words) -> Definition {
    let [numerator, denominator] = of;
    Definition { unit: Unit::Share, denominator, ..count(theme, name, title, numerator, asked_by) }
}

const fn sampled(theme: Theme, name: Words, title: Words, of: [Words; 2], asked_by: Words) -> Definition {
    Definition { is_sampled: true, ..share(theme, name, title, of, asked_by) }
}

const fn estimate(theme: Theme, name: Words, title: Words, of: [Words; 2], asked_by: Words) -> Definition {
    Definition { is_estimate: true, ..share(theme, name, title, of, asked_by) }
}

const fn days(theme: Theme, name: Words, title: Words, numerator: Words, asked_by: Words) -> Definition {
    Definition { unit: Unit::Days, ..count(theme, name, title, numerator, asked_by) }
}

const fn pounds(theme: Theme, name: Words, title: Words, numerator: Words, asked_by: Words) -> Definition {
    Definition { unit: Unit::Pounds, ..count(theme, name, title, numerator, asked_by) }
}

macro_rules! definitions {
    ($($constant:ident = $make:ident($theme:ident, $name:literal, $title:literal, $words:tt, $asked:literal);)+) => {
        $(pub(super) const $constant: &Definition = &$make(Theme::$theme, $name, $title, definitions!(@ $words), $asked);)+
        /// All metrics.
        pub const DEFINITIONS: &[&Definition] = &[$($constant),+];
    };
    (@ ($numerator:literal)) => { $numerator };
    (@ ($numerator:literal / $denominator:literal)) => { [$numerator, $denominator] };
}

definitions! {
    RETURNED = count(Hits, "rows_returned", "Rows returned", ("rows of extracts that came back from HMRC"), "R96");
    HIT_SEARCHABLE = share(Hits, "hit_rate_searchable", "Hit rate, of searchable rows",
        ("rows returned as a match" / "rows returned that could be searched with: match, no hit or unresolved"), "R96");
    HIT_RETURNED = share(Hits, "hit_rate_returned", "Hit rate, of all returned rows",
        ("rows returned as a match" / "rows returned"), "R96");
    NO_HIT = share(Hits, "no_hit_rate", "No hit",
        ("rows searched without a hit that may be disclosed" / "rows returned"), "R17");
    UNRESOLVED = share(Hits, "unresolved_rate", "Unresolved",
        ("rows with one or several possible records, none certain" / "rows returned"), "R14");
    NOT_SEARCHED = share(Hits, "not_searched_rate", "Not searched",
        ("rows with too little to search with, and rows refused" / "rows returned"), "R43");
    NOT_SEARCHABLE = share(Hits, "not_searchable_rate", "Not searchable",
        ("rows with too little to search with" / "rows returned"), "R43");
    REFUSED = share(Hits, "refused_rate", "Refused", ("rows that HMRC refused" / "rows returned"), "R43");

    NEW = share(NewInformation, "new_information_rate", "Any new detail",
        ("hits with a contact detail that the Home Office did not hold" / "hits"), "R95");
    NEW_ADDRESS = share(NewInformation, "new_address_rate", "New address",
        ("hits with an address or postcode not held" / "hits"), "R95");
    NEW_PHONE = share(NewInformation, "new_phone_rate", "New phone", ("hits with a phone not held" / "hits"), "R95");
    NEW_EMAIL = share(NewInformation, "new_email_rate", "New email", ("hits with an email not held" / "hits"), "R95");
    INTERACTION = share(NewInformation, "interaction_only_rate", "Interaction only",
        ("hits with records in the tax years of the window and no new detail" / "hits"), "R9");
    NO_EXTRACT = share(NewInformation, "no_extract_rate", "Nothing in the window",
        ("hits without a record in the previous and current tax years that may be disclosed" / "hits"), "R45");
    DETAIL_UNKNOWN = share(NewInformation, "detail_unknown_rate", "Detail not recorded",
        ("hits of which no detail was recorded, or more than one" / "hits"), "R95");
    TRACE_NEW = share(NewInformation, "trace_new_information_rate", "Trace: any new detail",
        ("hits returned with a contact detail that the Home Office did not supply" / "hits returned to the Home Office"), "R95");
    TRACE_NEW_ADDRESS = share(NewInformation, "trace_new_address_rate", "Trace: new address",
        ("hits returned with an address or postcode not supplied" / "hits returned to the Home Office"), "R95");
    TRACE_NEW_PHONE = share(NewInformation, "trace_new_phone_rate", "Trace: new phone",
        ("hits returned with a phone not supplied" / "hits returned to the Home Office"), "R95");
    TRACE_NEW_EMAIL = share(NewInformation, "trace_new_email_rate", "Trace: new email",
        ("hits returned with an email not supplied" / "hits returned to the Home Office"), "R95");
    TRACE_INTERACTION = share(NewInformation, "trace_interaction_only_rate", "Trace: interaction only",
        ("hits returned with records in the tax years of the window and no new detail" / "hits returned to the Home Office"),
        "R9");
    TRACE_NO_EXTRACT = share(NewInformation, "trace_no_extract_rate", "Trace: nothing in the window",
        ("hits returned without a record in the previous and current tax years that may be disclosed" /
         "hits returned to the Home Office"), "R45");
    WORK_RECORD = share(NewInformation, "work_record_rate", "Record of work",
        ("hits returned with a new detail from a record of employment or self-employment: a kind of record, no finding" /
         "hits returned to the Home Office"), "R94");

    SET_HITS = share(DataSets, "set_share_of_hits", "Share of hits with a new detail of this set",
        ("hits to which the set gave a new detail; sets overlap" / "hits"), "R96");
    SET_SEARCHABLE = share(DataSets, "set_hit_rate_searchable", "Hit rate of this set, of searchable rows",
        ("hits to which the set gave a new detail" / "rows returned that could be searched with"), "R96");
    SET_RETURNED = share(DataSets, "set_hit_rate_returned", "Hit rate of this set, of all returned rows",
        ("hits to which the set gave a new detail" / "rows returned"), "R96");
    SET_ONLY = share(DataSets, "set_only_share_of_hits", "Only in this set",
        ("hits to which this set alone gave a new detail" / "hits"), "R96");
    SET_SEVERAL = share(DataSets, "several_sets_or_none", "In several sets, or in none",
        ("hits to which several sets gave a new detail, or none did" / "hits"), "R96");
    HELD_SEARCHABLE = share(DataSets, "held_hit_rate_searchable", "Trace: hit rate of this set, of searchable rows",
        ("matches whose person is in the set, whether or not it may be disclosed; sets overlap" / "rows searchable"), "R96");
    HELD_ROWS = share(DataSets, "held_hit_rate_rows", "Trace: hit rate of this set, of all rows",
        ("matches whose person is in the set" / "rows of the extract that were accepted"), "R96");
    HELD_TOGETHER = share(DataSets, "held_overlap", "Trace: in exactly these sets",
        ("matches whose person is in exactly these sets: one set alone, or an overlap" / "matches"), "R96");

    VERIFIED = share(Verification, "verified_share", "Verified", ("hits with a verdict" / "hits"), "R67");
    PRECISION = sampled(Verification, "precision", "Precision of verified hits",
        ("hits found correct" / "hits found correct or wrong; a fair sample only if those to verify were drawn at random"),
        "R95");
    WRONG = sampled(Verification, "wrong_share", "Wrong",
        ("hits found wrong" / "hits found correct or wrong"), "R98");
    UNSURE = share(Verification, "unsure_share", "Not to be told",
        ("hits that could not be told right or wrong" / "hits with a verdict"), "R98");
    REVIEWED = share(Verification, "reviewed_share", "Looked at by reviewers",
        ("cases of a trace in review or ambiguous that people have looked at" / "cases in review or ambiguous"), "R98");
    REVIEW_PRECISION = sampled(Verification, "review_precision", "Likeliest candidate found to be the person",
        ("settled cases whose likeliest candidate is the person, as reviewers agree" /
         "cases that reviewers have settled: one candidate is the person, or none is"), "R98");
    REVIEW_EXPECTED = estimate(Verification, "review_precision_estimated", "The same, estimated by the model",
        ("sum of the stated probabilities of the likeliest candidates of settled cases" / "cases that reviewers have settled"),
        "R98");
    REVIEW_OTHER = share(Verification, "review_other_share", "Another candidate found to be the person",
        ("settled cases of which a candidate that was not the likeliest is the person" / "cases that reviewers have settled"),
        "R98");
    REVIEW_DISPUTED = share(Verification, "review_disagreement", "Reviewers disagree",
        ("cases about which two reviewers disagree" / "cases that two reviewers or more have looked at"), "R98");
    PRECISION_EXPECTED = estimate(Verification, "precision_estimated", "Precision, estimated by the model",
        ("sum of the stated probabilities of matches" / "matches"), "R98");
    RECALL_EXPECTED = estimate(Verification, "recall_estimated", "Recall, estimated by the model",
        ("sum of the stated probabilities of matches" /
         "sum over all searchable rows of the probability that the person is among those compared"), "R98");

    FOUND_AGAIN = sampled(Verification, "no_hits_found_again", "No-hits found when searched for again",
        ("no-hits of the sample that people found in the registers" / "no-hits that people searched for again"), "R98");
    RECALL_SAMPLED = estimate(Verification, "recall_from_sample", "Recall, estimated from no-hits searched for again",
        ("matches" / "matches, and all no-hits times the share found again; the unresolved are left out"), "R98");

    CASES = count(Schedule, "cases", "Cases", ("cases ever in the ledger"), "R13");
    COVERED = share(Schedule, "coverage", "Washed at least once", ("cases washed at least once" / "cases"), "R13");
    NOT_WASHED = share(Schedule, "not_washed", "Not washed, by reason",
        ("cases never washed, for the reason named" / "cases"), "R13");
    STATE = share(Schedule, "cases_by_state", "Where cases stand", ("cases in the state" / "cases"), "R13");
    DECISION = count(Schedule, "decisions_due", "Due for the Home Office's decision",
        ("cases of which every wash to the last ended in no hit; nothing is decided here"), "R14");
    OVERDUE = count(Schedule, "washes_overdue", "Washes overdue",
        ("cases whose wash was due before the day of the report and has not been made"), "R14");
    DUE = count(Schedule, "washes_due", "Washes due", ("cases whose wash is due by the day of the report"), "R14");
    AWAITED = count(Schedule, "returns_awaited", "Returns awaited", ("rows sent whose return has not come"), "R93");
    UNFINISHED = count(Schedule, "unfinished_at_end", "Unfinished at the agreement's end",
        ("cases whose next wash falls after the last day of the agreement: listed, not run"), "R116");
    WITHDRAWN = count(Schedule, "withdrawn", "Withdrawn, by reason",
        ("cases that left the pool; reasons in free text are counted as other"), "R5");
    DAYS_TO_END = days(Schedule, "agreement_days_left", "Days to the agreement's end",
        ("days from the day of the report to the last day of the agreement"), "R116");
    DAYS_TO_REVIEW = days(Schedule, "agreement_days_to_review", "Days to its review",
        ("days from the day of the report to the day by which the agreement is reviewed"), "R116");
    AMENDMENTS = count(Schedule, "amendments", "Amendments in force",
        ("changes agreed in writing that hold on the day of the report"), "R117");

    ROWS = count(Trace, "rows_received", "Rows received", ("rows of the extract"), "R43");
    ROWS_REFUSED = share(Trace, "rows_refused", "Rows refused",
        ("rows that could not be read" / "rows of the extract"), "R43");
    ROWS_SEARCHABLE = share(Trace, "rows_searchable", "Searchable rows",
        ("rows with enough to search with" / "rows of the extract that were accepted"), "R12");
    TRACE_SEARCHABLE = share(Trace, "trace_hit_rate_searchable", "Trace hit rate, of searchable rows",
        ("rows with one certain record: match" / "rows searchable"), "R12");
    TRACE_ROWS = share(Trace, "trace_hit_rate_rows", "Trace hit rate, of all accepted rows",
        ("rows with one certain record: match" / "rows of the extract that were accepted"), "R12");
    REVIEW = share(Trace, "review_rate", "In review",
        ("rows with one plausible person, not certain" / "rows of the extract"), "R12");
    TRACE_NO_HIT = share(Trace, "trace_no_hit_rate", "No hit",
        ("rows searched without a plausible person" / "rows of the extract"), "R12");
    TRACE_NOT_SEARCHABLE = share(Trace, "trace_not_searchable_rate", "Not searchable",
        ("rows with too little to search with, and rows refused" / "rows of the extract"), "R12");
    TIER = share(Trace, "hits_by_tier", "Hits by tier",
        ("matches of the tier: A supplied NINO, birth date and name; B supplied NINO and two of near date, name, contact; C exact \
          date, strong name and one more; D name and date alone; E anything else" / "matches"), "R12");
    QUEUE = share(Trace, "review_queue", "For people to look at",
        ("rows in review or ambiguous" / "rows searchable"), "R12");
    AMBIGUOUS = share(Trace, "ambiguous_rate", "Ambiguous",
        ("rows with several possible people" / "rows searchable"), "R12");
    HANDED = share(Trace, "handed_to_dwp", "Handed to DWP",
        ("rows of the handoff" / "hits returned to the Home Office"), "R51");

    KEPT_BACK = share(Trace, "kept_back_from_dwp", "Kept back from DWP, by reason",
        ("hits that did not go to DWP, for the reason named" / "hits returned to the Home Office"), "R51");

    MISSING = share(DataQuality, "missing", "Missing, by identifier",
        ("rows without the identifier" / "rows of the extract that were accepted"), "R98");
    DEFAULT_DATE = share(DataQuality, "default_birth_date", "Default birth date",
        ("rows whose birth date is a default such as the first of January" / "rows of the extract that were accepted"),
        "R98");
    PLACEHOLDER_NAME = share(DataQuality, "placeholder_name", "Placeholder name",
        ("rows whose name says only that it is not known" / "rows of the extract that were accepted"), "R98");
    INVALID_NINO = share(DataQuality, "invalid_nino", "Invalid NINO",
        ("rows with a number that identifies nobody: malformed, administrative, temporary or a filler" /
         "rows with anything in the field"), "R98");
    EXCEPTION = count(DataQuality, "exceptions", "Exceptions, by field and kind",
        ("rows or values that were refused, changed or cut, besides those that are counted as missing, not searchable or \
          kept back"), "R98");
    REGISTER_FAULT = count(DataQuality, "register_faults", "Faults of HMRC's own rows, by field and kind",
        ("rows of the registers with a value that could not be used as it stands"), "R98");

    HANDED_OVER = count(Benefits, "rows_handed_over", "Rows handed over", ("rows of the handoff to DWP"), "R51");
    FATE = share(Benefits, "rows_not_returned", "Not returned, by reason",
        ("rows of the handoff that DWP did not return, for the reason named" / "rows of the handoff"), "R54");
    IN_PAYMENT = share(Benefits, "benefit_in_payment", "Benefit in payment",
        ("rows returned with a benefit in payment; no finding about entitlement" / "rows of the handoff"), "R94");
    HITS_IN_PAYMENT = share(Benefits, "hits_with_benefit_in_payment", "Hits with a benefit in payment",
        ("hits that DWP returned with a benefit in payment; no finding about entitlement" / "hits"), "R94");
    BENEFIT_ROWS = count(Benefits, "rows_returned_by_dwp", "Rows returned by DWP", ("rows of DWP's return"), "R54");
    BENEFIT = share(Benefits, "benefits_by_code", "Benefits in payment, by code",
        ("rows with the benefit; a row may have several" / "rows of DWP's return"), "R55");
    ROLE = share(Benefits, "role", "Role", ("rows in the role" / "rows of DWP's return"), "R57");
    ADDRESS_MATCH = share(Benefits, "address_match", "Address matches one supplied",
        ("rows whose address at DWP matches one of the Home Office or of HMRC" / "rows of DWP's return"), "R58");
    ADDRESS_SLOT = share(Benefits, "address_match_of", "Address matches one of whose",
        ("rows whose address at DWP matches one of the department named" / "rows of DWP's return"), "R59");
    ADDRESS_NEW = share(Benefits, "address_supplied", "Another address supplied",
        ("rows with an address of DWP's, since none matched" / "rows of DWP's return"), "R61");
    PHONE_MATCH = share(Benefits, "phone_match", "A phone matches one supplied",
        ("rows of which a phone held matches" / "rows of DWP's return"), "R62");
    PHONE_NEW = share(Benefits, "phone_supplied", "Another phone supplied",
        ("rows with a phone of DWP's that does not match" / "rows of DWP's return"), "R63");
    PARTNER = share(Benefits, "partner", "Partner identified",
        ("rows with a partner's details" / "rows of DWP's return"), "R64");
    DEATH = share(Benefits, "deceased", "Recorded as deceased",
        ("rows that say the person has died" / "rows of DWP's return"), "R65");

    PEOPLE_STOPPED = count(Savings, "people_stopped", "People whose benefit was stopped",
        ("different Dash references of awards stopped by the day of the report"), "R66");
    AWARDS_STOPPED = count(Savings, "awards_stopped", "Awards stopped", ("awards stopped by the day of the report"), "R66");
    WEEKLY = pounds(Savings, "weekly_amount", "Weekly amount", ("sum of the weekly amounts of awards stopped"), "R66");
    SAVED = pounds(Savings, "savings", "Savings",
        ("weekly amount x weeks: the number of weeks is a convention, named in the notes"), "R66");
    NOT_COUNTED = count(Savings, "stopped_rows_not_counted", "Rows not counted",
        ("rows of the feed without a reference, a day up to the report's, or an amount"), "R66");

    RUNS = count(Custody, "runs", "Runs, by state",
        ("runs recorded: open, closed and held, held beyond their day, destroyed"), "R104");
    DELIVERIES = count(Custody, "deliveries", "Files delivered", ("files made, sent and received, by department"), "R93");
    INCIDENTS = count(Custody, "incidents", "Incidents", ("security incidents recorded"), "R105");
    INCIDENTS_IN_TIME = share(Custody, "incidents_in_time", "Reported in time",
        ("incidents reported to the partners within 24 hours of becoming aware" / "incidents recorded"), "R106");
    INCIDENTS_LATE = count(Custody, "incidents_late", "Reported late", ("incidents reported after their 24 hours"), "R106");
    INCIDENTS_OPEN = count(Custody, "incidents_open", "Not yet reported", ("incidents not reported to the partners"), "R106");

    GROUP_RETURNED = count(Groups, "group_rows_returned", "Rows returned", ("rows of the group that came back"), "R34");
    GROUP_HIT = share(Groups, "group_hit_rate_searchable", "Hit rate, of searchable rows",
        ("rows of the group returned as a match" / "rows of the group that could be searched with"), "R34");
    GROUP_UNRESOLVED = share(Groups, "group_unresolved_rate", "Unresolved",
        ("rows of the group with possible records, none certain" / "rows of the group returned"), "R34");
    GROUP_NOT_SEARCHED = share(Groups, "group_not_searched_rate", "Not searched",
        ("rows of the group not searchable or refused" / "rows of the group returned"), "R34");
    GROUP_WRONG = sampled(Groups, "group_wrong_share", "Wrong, of verified hits",
        ("hits of the group found wrong" / "hits of the group found correct or wrong"), "R34");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_name_stands_once_and_shares_have_a_denominator() {
        let names: BTreeSet<&str> = DEFINITIONS.iter().map(|definition| definition.name).collect();
        assert_eq!(names.len(), DEFINITIONS.len());
        for definition in DEFINITIONS {
            assert_eq!(definition.unit == Unit::Share, !definition.denominator.is_empty(), "{}", definition.name);
            let words = [definition.title, definition.numerator, definition.denominator].join(" ");
            let says_true = words.split_whitespace().any(|word| word == "true");
            assert!(!says_true && !words.to_lowercase().contains("match rate"), "{}", definition.name);
            assert!(definition.asked_by.starts_with('R') && !definition.numerator.is_empty());
        }
    }
}
