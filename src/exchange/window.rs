//! The previous and current tax years: the window of what may be supplied.

use crate::model::value::PartialDate;

/// The window at a date: a tax year N/N+1 runs from 6 April N to 5 April N+1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    current: u16,
}

impl Window {
    /// The window of a run on `on`.
    pub fn at(on: PartialDate) -> Self {
        Self { current: start_year(on) }
    }

    /// Whether a tax year, as a register writes it, lies in the window. One that cannot be read does not.
    pub fn holds(self, tax_year: &str) -> bool {
        read_tax_year(tax_year).is_some_and(|year| year == self.current || year + 1 == self.current)
    }

    /// The two tax years, earlier first: `2014-15`, `2015-16`.
    pub fn tax_years(self) -> [String; 2] {
        let name = |year: u16| format!("{year}-{:02}", (year + 1) % 100);
        [name(self.current - 1), name(self.current)]
    }
}

fn start_year(date: PartialDate) -> u16 {
    if (date.month(), date.day()) >= (4, 6) { date.year() } else { date.year() - 1 }
}

/// Start year of a tax year: `2014-15`, `2014/15`, `2014-2015`, `14-15`, or `2015` (the year in which it ends).
fn read_tax_year(text: &str) -> Option<u16> {
    let mut parts = text.trim().split(['-', '/', ' ', '_']).filter(|part| !part.is_empty());
    let first: u16 = parts.next()?.parse().ok()?;
    let Some(second) = parts.next() else {
        return (1900..2200).contains(&first).then(|| first - 1);
    };
    let start = if first < 100 { 2000 + first } else { first };
    let second: u16 = second.parse().ok()?;
    (second % 100 == (start + 1) % 100 && parts.next().is_none()).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::{Window, read_tax_year};
    use crate::model::value::PartialDate;

    #[track_caller]
    fn check(on: (u16, u8, u8), want: [&str; 2]) {
        let on = PartialDate::new(on.0, on.1, on.2).expect("a date");
        assert_eq!(Window::at(on).tax_years(), want);
    }

    #[test]
    fn the_year_turns_on_the_sixth_of_april() {
        check((2016, 2, 15), ["2014-15", "2015-16"]);
        check((2016, 4, 5), ["2014-15", "2015-16"]);
        check((2016, 4, 6), ["2015-16", "2016-17"]);
        check((2016, 4, 30), ["2015-16", "2016-17"]);
        check((2000, 4, 5), ["1998-99", "1999-00"]);
    }

    #[test]
    fn tax_years_in_several_forms() {
        for text in ["2014-15", "2014/15", "2014-2015", "14-15", "2015", " 2014 15 "] {
            assert_eq!(read_tax_year(text), Some(2014), "{text}");
        }
        for text in ["", "2014-17", "now", "2014-15-16"] {
            assert_eq!(read_tax_year(text), None, "{text}");
        }
    }
}
