//! Faults of rows, each row by itself.

use super::addresses::Addresses;
use super::values::Reader;
use super::whole::{PRE, declared_pool, pool_word};
use super::{Code, Column, Findings, Specification, Submission};
use crate::exchange::agreement::Agreement;
use crate::frame::{Table, TextColumn, cell};
use crate::lexicon;
use crate::model::value::PartialDate;
use crate::standardise::date;
use crate::util::parallel::map_chunks;
use jiff::ToSpan;
use jiff::civil::Date;

/// Rows read together.
const CHUNK_ROWS: usize = 1024;

/// What rows are checked against.
struct Rules<'a> {
    specification: &'a Specification,
    columns: Vec<(&'a Column, &'a TextColumn)>,
    /// Columns of groups beyond the slots of the specification.
    surplus: Vec<(&'a str, &'a TextColumn)>,
    addresses: Addresses<'a>,
    on: PartialDate,
    /// A case with contact after this day does not qualify yet (R6).
    contact_before: PartialDate,
    pre2008_before: PartialDate,
    declared_pool: Option<&'static str>,
    rewash_one_off: bool,
    title: [Option<&'a TextColumn>; 2],
    status: [Option<&'a TextColumn>; 2],
    contact: [Option<&'a TextColumn>; 2],
}

/// Checks all rows on all cores.
pub(super) fn check(findings: &mut Findings, submission: &Submission) {
    let loaded = submission.loaded;
    let rules = Rules::new(findings.specification, submission);
    let found = map_chunks(loaded.table.rows(), CHUNK_ROWS, |rows| {
        let mut reader = Reader::new(rules.on);
        let mut found: Vec<(usize, String, Code)> = Vec::new();
        for row in rows {
            rules.check(row, &mut reader, |field, code| found.push((row, field.to_owned(), code)));
        }
        found
    });
    for (row, field, code) in found.into_iter().flatten() {
        findings.add(loaded.row_numbers.get(row).copied().unwrap_or(0), &field, code);
    }
}

/// A day of the calendar as the values are compared by.
pub(super) fn partial(date: Date) -> PartialDate {
    let whole = PartialDate::new(date.year().unsigned_abs(), date.month().unsigned_abs(), date.day().unsigned_abs());
    whole.unwrap_or_else(|| PartialDate::from_bits(0))
}

/// So many calendar months before a day; a month that is too short ends on its last day.
pub(super) fn months_before(on: Date, months: u32) -> Date {
    on.checked_sub(i64::from(months).months()).unwrap_or(Date::MIN)
}

/// The last day of contact of a case that qualifies on `on` (R6): the day itself and so many months reach `on`.
///
/// Months are added to the day of contact, not taken from today: 31 August and six months is 28 February, so on that day
/// the case qualifies, though 28 February less six months is 28 August.
pub(super) fn last_contact(on: Date, months: u32) -> Date {
    let mut day = months_before(on, months);
    let reaches = |day: Date| day.checked_add(i64::from(months).months()).is_ok_and(|end| end <= on);
    while let Ok(next) = day.tomorrow()
        && reaches(next)
    {
        day = next;
    }
    day
}

impl<'a> Rules<'a> {
    fn new(specification: &'a Specification, submission: &Submission<'a>) -> Self {
        let table: &Table = &submission.loaded.table;
        let shipped = Agreement::default();
        let agreement = submission.agreement.unwrap_or(&shipped);
        let on = partial(submission.on);
        let since = months_before(submission.on, specification.address_years.unsigned_abs() * 12);
        let known = |name: &str| specification.column(name).is_some();
        let grouped = |name: &str| ["address_", "email_", "mobile_"].iter().any(|stem| name.starts_with(stem));
        let named = table.names().iter().map(String::as_str).zip(table.columns());
        Self {
            specification,
            columns: specification
                .columns
                .iter()
                .filter_map(|column| table.column(&column.name).map(|values| (column, values)))
                .collect(),
            surplus: named.filter(|(name, _)| !known(name) && grouped(name)).collect(),
            addresses: Addresses::new(table, specification, partial(since), on),
            on,
            contact_before: partial(last_contact(submission.on, agreement.months_without_contact)),
            pre2008_before: partial(specification.pre2008_before),
            declared_pool: declared_pool(submission),
            // Without an agreement nobody has said that it is not.
            rewash_one_off: submission.agreement.is_none() || agreement.rewash_one_off,
            title: ["title", "full_name"].map(|name| table.column(name)),
            status: ["pool", "status_ended_on"].map(|name| table.column(name)),
            contact: ["no_contact_since", "wash_number"].map(|name| table.column(name)),
        }
    }

    fn check(&self, row: usize, reader: &mut Reader, mut add: impl FnMut(&str, Code)) {
        for (column, values) in &self.columns {
            match cell(values, row) {
                Some(text) => reader.check(column, text, |code| add(&column.name, code)),
                None if column.required => add(&column.name, Code::Missing),
                None => {}
            }
        }
        for (name, _) in self.surplus.iter().filter(|(_, values)| cell(values, row).is_some()) {
            add(name, Code::TooManyValues);
        }
        self.addresses.check(row, &mut add);
        self.pool(row, &mut add);
        self.washes(row, &mut add);
        if self.is_title_against_name(row) {
            add("title", Code::TitleAgainstName);
        }
    }

    /// The pool of the row, and whether the day on which status ended is of it (R15, R18).
    fn pool(&self, row: usize, add: &mut impl FnMut(&str, Code)) {
        let [pool, ended] = self.status.map(|column| column.and_then(|column| cell(column, row)));
        let own = pool.and_then(pool_word);
        if pool.is_some() && own.is_none() {
            add("pool", Code::PoolUnknown);
        }
        let Some(ended) = ended.and_then(|text| date::read(text).value) else { return };
        let Some(pool) = own.or(self.declared_pool) else { return };
        // Of a date known in part, the part that is known.
        let is_before = ended < self.pre2008_before;
        if is_before != (pool == PRE) {
            add("status_ended_on", Code::PoolAgainstStatus);
        }
    }

    /// Whether the case has been without contact for long enough (R6), and at which wash it is.
    fn washes(&self, row: usize, add: &mut impl FnMut(&str, Code)) {
        let [since, wash] = self.contact.map(|column| column.and_then(|column| cell(column, row)));
        if self.contact[0].is_some() && since.is_none() {
            add("no_contact_since", Code::NoContactSinceMissing);
        }
        if let Some(since) = since.and_then(|text| date::read(text).value)
            && since > self.contact_before
            && since <= self.on
        {
            add("no_contact_since", Code::ContactTooRecent);
        }
        let Some(wash) = wash else { return };
        let number = wash.trim().parse::<u32>().ok();
        if !number.is_some_and(|number| self.specification.wash_numbers.contains(&number)) {
            add("wash_number", Code::WashNumberWrong);
        }
        let pool = self.status[0].and_then(|column| cell(column, row)).and_then(pool_word).or(self.declared_pool);
        if pool == Some(PRE) && number.is_some_and(|number| number > 0) && !self.rewash_one_off {
            add("wash_number", Code::OneOffRewashed);
        }
    }

    /// Whether the title and a title at the start of the name are of different sexes: the row may mix two people.
    fn is_title_against_name(&self, row: usize) -> bool {
        let [title, name] = self.title.map(|column| column.and_then(|column| cell(column, row)));
        let (Some(title), Some(name)) = (title, name) else { return false };
        let mut words = name.split_whitespace();
        let first = words.next().unwrap_or("");
        let within = if words.next().is_some() { lexicon::sex_of_title(first) } else { None };
        let is_name = lexicon::title(&first.to_ascii_uppercase()).is_some_and(|title| title.name_like);
        !is_name && within.is_some_and(|within| lexicon::sex_of_title(title).is_some_and(|outer| outer != within))
    }
}

#[cfg(test)]
mod tests {
    use super::{last_contact, months_before};
    use jiff::civil::{Date, date};

    #[track_caller]
    fn check(on: Date, want: Date) {
        assert_eq!(last_contact(on, 6), want, "{on}");
    }

    #[test]
    fn six_calendar_months_end_with_short_months() {
        check(date(2016, 4, 30), date(2015, 10, 31));
        check(date(2016, 4, 29), date(2015, 10, 29));
        check(date(2016, 2, 29), date(2015, 8, 31));
        check(date(2015, 2, 28), date(2014, 8, 31));
        check(date(2016, 3, 31), date(2015, 9, 30));
        check(date(2016, 7, 1), date(2016, 1, 1));
        assert_eq!(last_contact(date(2016, 4, 30), 0), date(2016, 4, 30));
    }

    #[test]
    fn five_years_before_a_leap_day() {
        assert_eq!(months_before(date(2016, 2, 29), 60), date(2011, 2, 28));
    }
}
