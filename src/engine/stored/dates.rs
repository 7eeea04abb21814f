//! Which rows of a name have a date: rows of a name stand in the order of birth dates, so most dates are one range.

use crate::block::Kind;
use crate::engine::stored::segment::disbelief;
use crate::model::value::PartialDate;
use std::ops::Range;

/// Rows of a name up to which each is looked at; of more, ranges are searched.
const LOOKED_AT: usize = 12;
/// The same for a day and month, which stands in a hundred years and would be searched as often.
const LOOKED_AT_FOR_DAY: usize = 2_048;
/// Months and days, as bits.
const DAYS_OF_YEAR: usize = 1 << 9;
const YEAR_SHIFT: u32 = 9;
const DAY_MASK: u32 = 31;

/// The birth dates of a segment at a day.
pub(super) struct Dates {
    bits: Vec<u32>,
    /// Whether somebody may have been born on it.
    believed: Vec<bool>,
    /// Dates that nobody has, before each place.
    unbelieved_before: Vec<u32>,
    /// Place of the first date of each year, from year 0.
    years: Vec<u32>,
    /// Places of each month and day, of whatever year.
    of_day: Vec<Vec<u16>>,
}

impl Dates {
    /// The ascending `bits` of dates, judged at the day `on`.
    pub(super) fn new(bits: &[u32], on: PartialDate) -> Self {
        let believed: Vec<bool> = bits.iter().map(|bits| disbelief(*bits, on).is_none()).collect();
        let mut unbelieved_before = vec![0];
        let mut sum = 0;
        for believed in &believed {
            sum += u32::from(!believed);
            unbelieved_before.push(sum);
        }
        let last_year = bits.last().map_or(0, |bits| bits >> YEAR_SHIFT);
        let years = (0..=last_year + 1).map(|year| bits.partition_point(|bits| *bits < year << YEAR_SHIFT) as u32);
        let mut of_day = vec![Vec::new(); DAYS_OF_YEAR];
        for (place, bits) in (0_u16..=u16::MAX).zip(bits) {
            of_day[*bits as usize % DAYS_OF_YEAR].push(place);
        }
        Self { years: years.collect(), bits: bits.to_vec(), believed, unbelieved_before, of_day }
    }

    /// The date at a place, and whether somebody may have been born on it.
    #[inline]
    pub(super) fn at(&self, place: u16) -> (u32, bool) {
        (self.bits[usize::from(place)], self.believed[usize::from(place)])
    }

    /// Puts into `out` the spans of `of_name`, places of dates ascending, that have part of a date: as
    /// [`crate::block::key_of`] takes it.
    pub(super) fn places(&self, of_name: &[u16], kind: Kind, part: u64, out: &mut Vec<Range<usize>>) {
        out.clear();
        let part = part as u32;
        match kind {
            Kind::Two => out.push(0..of_name.len()),
            _ if of_name.len() <= LOOKED_AT => self.looked_at(of_name, kind, part, out),
            Kind::TwoDay if of_name.len() <= LOOKED_AT_FOR_DAY => self.looked_at(of_name, kind, part, out),
            Kind::TwoDay => {
                let mut from = 0;
                for place in &self.of_day[part as usize % DAYS_OF_YEAR] {
                    let start = from + of_name[from..].partition_point(|other| other < place);
                    let end = start + of_name[start..].partition_point(|other| other == place);
                    self.add(out, of_name, start..end);
                    from = end;
                }
            }
            Kind::TwoYearDay => {
                let year = self.year(part >> 5);
                let span = span(of_name, year);
                let has = |place: &u16| has_part(self.bits[usize::from(*place)], kind, part);
                for at in span.filter(|at| has(&of_name[*at])) {
                    self.add(out, of_name, at..at + 1);
                }
            }
            Kind::TwoYear => self.believed_spans(of_name, self.year(part), out),
            Kind::TwoYearMonth => {
                let (year, month) = (part >> 4, part & 15);
                self.believed_spans(of_name, self.between(year, year << YEAR_SHIFT | month << 5 | 1, DAY_MASK), out);
            }
            _ => self.believed_spans(of_name, self.between(part >> YEAR_SHIFT, part, 1), out),
        }
    }

    /// Places of the dates of a year.
    fn year(&self, year: u32) -> Range<u32> {
        let at = |year: usize| self.years.get(year).copied().unwrap_or(self.bits.len() as u32);
        at(year as usize)..at(year as usize + 1)
    }

    /// Places of `many` dates from `first` on, which are of one year.
    fn between(&self, year: u32, first: u32, many: u32) -> Range<u32> {
        let year = self.year(year);
        let of_year = &self.bits[year.start as usize..year.end as usize];
        let start = of_year.partition_point(|bits| *bits < first);
        let end = start + of_year[start..].partition_point(|bits| *bits < first + many);
        year.start + start as u32..year.start + end as u32
    }

    /// The rows whose dates are between two places, without those that nobody has.
    fn believed_spans(&self, of_name: &[u16], dates: Range<u32>, out: &mut Vec<Range<usize>>) {
        let before = |place: u32| self.unbelieved_before[place as usize];
        let found = span(of_name, dates.clone());
        if before(dates.start) == before(dates.end) {
            out.extend(Some(found).filter(|found| !found.is_empty()));
            return;
        }
        for at in found {
            self.add(out, of_name, at..at + 1);
        }
    }

    /// Adds a span of rows of one date, if somebody may have it.
    fn add(&self, out: &mut Vec<Range<usize>>, of_name: &[u16], span: Range<usize>) {
        if !span.is_empty() && self.believed[usize::from(of_name[span.start])] {
            match out.last_mut() {
                Some(last) if last.end == span.start => last.end = span.end,
                _ => out.push(span),
            }
        }
    }

    fn looked_at(&self, of_name: &[u16], kind: Kind, part: u32, out: &mut Vec<Range<usize>>) {
        for (at, place) in of_name.iter().enumerate() {
            if has_part(self.bits[usize::from(*place)], kind, part) {
                self.add(out, of_name, at..at + 1);
            }
        }
    }
}

/// Rows whose dates are between two places.
fn span(of_name: &[u16], dates: Range<u32>) -> Range<usize> {
    let start = of_name.partition_point(|place| u32::from(*place) < dates.start);
    let end = start + of_name[start..].partition_point(|place| u32::from(*place) < dates.end);
    start..end
}

/// Whether a date has a part: the year, which a date known in part may have, or more, which it may not.
#[inline]
pub(super) fn has_part(bits: u32, kind: Kind, part: u32) -> bool {
    let (year, month, day) = (bits >> YEAR_SHIFT, bits >> 5 & 15, bits & DAY_MASK);
    let complete = month != 0 && day != 0;
    match kind {
        Kind::TwoYear => bits != 0 && year == part,
        Kind::TwoYearMonth => complete && year << 4 | month == part,
        Kind::TwoYearDay => complete && year << 5 | day == part,
        Kind::TwoDay => complete && month << 5 | day == part,
        _ => bits == part,
    }
}

#[cfg(test)]
mod tests {
    use super::{Dates, has_part};
    use crate::block::Kind;
    use crate::model::value::PartialDate;

    #[test]
    fn ranges_find_the_rows_that_looking_at_each_finds() {
        let date = |year, month, day| PartialDate::new(year, month, day).expect("a date").bits();
        let mut bits = vec![0];
        for year in 1890..2030 {
            bits.extend([date(year, 0, 0), date(year, 2, 0), date(year, 2, 5), date(year, 2, 28), date(year, 11, 5)]);
        }
        bits.sort_unstable();
        let on = PartialDate::new(2016, 4, 30).expect("a date");
        let dates = Dates::new(&bits, on);
        let many: Vec<u16> = (0..bits.len() as u16).flat_map(|place| vec![place; usize::from(place) % 4 * 3]).collect();
        for of_name in [&many[..], &many[..9], &many[40..300], &[]] {
            for year in [1880, 1890, 1900, 1980, 2015, 2016, 2020, 2029, 2040] {
                let whole = date(year, 2, 5);
                let asked = [
                    (Kind::TwoYear, year as u32),
                    (Kind::TwoYearMonth, u32::from(year) << 4 | 2),
                    (Kind::TwoYearDay, u32::from(year) << 5 | 5),
                    (Kind::TwoDay, 2 << 5 | 5),
                    (Kind::TwoDate, whole),
                    (Kind::BirthDateToken, whole),
                ];
                for (kind, part) in asked {
                    let mut spans = Vec::new();
                    dates.places(of_name, kind, u64::from(part), &mut spans);
                    let found: Vec<usize> = spans.into_iter().flatten().collect();
                    let believed = |bits: u32| super::disbelief(bits, on).is_none();
                    let want: Vec<usize> = (0..of_name.len())
                        .filter(|at| {
                            let bits = bits[usize::from(of_name[*at])];
                            has_part(bits, kind, part) && believed(bits)
                        })
                        .collect();
                    assert_eq!(found, want, "{kind:?} {year}");
                }
            }
        }
    }
}
