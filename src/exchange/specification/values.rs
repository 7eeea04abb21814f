//! Faults of one value, by the kind of its column.

use super::{Code, Column, Kind};
use crate::exchange::holding::formula_like;
use crate::model::value::{Fault, PartialDate, Reading};
use crate::standardise::name::Tokens;
use crate::standardise::{date, email, nino, phone, postcode};

/// What values are read with.
pub(super) struct Reader {
    on: PartialDate,
    tokens: Tokens,
    scratch: String,
}

impl Reader {
    /// A reader on the day of the check.
    pub(super) fn new(on: PartialDate) -> Self {
        Self { on, tokens: Tokens::default(), scratch: String::new() }
    }

    /// Faults of a value.
    pub(super) fn check(&mut self, column: &Column, text: &str, mut add: impl FnMut(Code)) {
        if text.chars().count() > column.chars_max {
            add(Code::TooLong);
        }
        if text.chars().any(|c| c.is_control() && !(c == '\n' && column.kind == Kind::Text)) {
            add(Code::ControlCharacters);
        }
        if is_formula(column.kind, text) {
            add(Code::FormulaLikeText);
        }
        if matches!(column.kind, Kind::Id | Kind::Name) && text.trim() != text {
            add(Code::SpacesAtEnds);
        }
        match column.kind {
            Kind::Id | Kind::Text | Kind::Pool | Kind::Months => {}
            Kind::Name => self.name(text, add),
            Kind::Date => date_fault(date::read(text), self.on, add),
            Kind::BirthDate => birth_fault(date::read_birth(text, self.on), self.on, add),
            Kind::Postcode => postcode_fault(text).into_iter().for_each(add),
            Kind::Nino => nino_fault(text).into_iter().for_each(add),
            Kind::Phone => phone_fault(text).into_iter().for_each(add),
            Kind::Email => {
                let fault = email::canonical(text, &mut self.scratch).fault;
                if matches!(fault, Some(Fault::Junk | Fault::Malformed)) {
                    add(Code::EmailUnreadable);
                } else if fault == Some(Fault::Placeholder) {
                    add(Code::Placeholder);
                }
            }
        }
    }

    fn name(&mut self, text: &str, mut add: impl FnMut(Code)) {
        self.tokens.clear();
        self.tokens.add_full_name(text);
        if self.tokens.is_empty() {
            let is_unreadable = text.chars().any(char::is_numeric) && !text.chars().any(char::is_alphabetic);
            add(if is_unreadable { Code::NameUnreadable } else { Code::PlaceholderName });
        }
        if text.contains(['&', ';', '/']) {
            add(Code::NameOfTwoPeople);
        }
    }
}

/// A phone may begin with the sign of its country.
fn is_formula(kind: Kind, text: &str) -> bool {
    let is_country = kind == Kind::Phone
        && text.strip_prefix('+').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || " ()-.".contains(c)));
    formula_like(text) && !is_country
}

fn date_fault(reading: Reading<PartialDate>, on: PartialDate, mut add: impl FnMut(Code)) {
    if reading.value.is_some_and(|date| date > on) {
        add(Code::DateInFuture);
    }
    match reading.fault {
        None | Some(Fault::Extra) => {}
        Some(Fault::Partial) => add(Code::PartialDate),
        Some(Fault::Placeholder) => add(Code::DefaultDate),
        Some(Fault::Future) => add(Code::DateInFuture),
        Some(Fault::TooOld) => add(Code::DateTooOld),
        // The month first, or a number: what was meant is a guess.
        Some(_) => add(Code::DateUnreadable),
    }
}

fn birth_fault(reading: Reading<PartialDate>, on: PartialDate, mut add: impl FnMut(Code)) {
    if reading.value.is_some_and(PartialDate::is_default) {
        add(Code::DefaultDate);
    }
    date_fault(reading, on, add);
}

fn postcode_fault(text: &str) -> Option<Code> {
    match postcode::read(text).fault? {
        Fault::Malformed | Fault::Impossible => Some(Code::PostcodeInvalid),
        Fault::Placeholder | Fault::Junk => Some(Code::Placeholder),
        Fault::Partial => Some(Code::PostcodePartial),
        Fault::Repaired => Some(Code::PostcodeDoubtful),
        _ => None,
    }
}

fn nino_fault(text: &str) -> Option<Code> {
    match nino::read(text).fault? {
        Fault::Administrative => Some(Code::NinoAdministrative),
        Fault::Temporary => Some(Code::NinoTemporary),
        Fault::Junk => Some(Code::NinoJunk),
        Fault::Placeholder => Some(Code::Placeholder),
        _ => Some(Code::NinoMalformed),
    }
}

fn phone_fault(text: &str) -> Option<Code> {
    let reading = phone::read(text);
    match reading.fault? {
        Fault::Placeholder => Some(Code::Placeholder),
        _ if reading.value.is_some() => Some(Code::PhoneDoubtful),
        _ => Some(Code::PhoneUnreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;
    use crate::exchange::specification::{Code, Column, Kind};
    use crate::model::value::PartialDate;

    #[track_caller]
    fn check(kind: Kind, text: &str, want: &[Code]) {
        let column = Column { name: "x".into(), kind, required: false, unique: false, chars_max: 40 };
        let mut found = Vec::new();
        let on = PartialDate::new(2016, 4, 30).expect("a date");
        Reader::new(on).check(&column, text, |code| found.push(code));
        assert_eq!(found, want, "{text}");
    }

    #[test]
    fn ids_and_texts() {
        check(Kind::Id, "D1", &[]);
        check(Kind::Id, " D1\u{a0}", &[Code::SpacesAtEnds]);
        check(Kind::Text, &"x".repeat(41), &[Code::TooLong]);
        check(Kind::Text, "a\nb", &[]);
        check(Kind::Id, "a\u{1f}b", &[Code::ControlCharacters]);
        check(Kind::Text, "=1+1", &[Code::FormulaLikeText]);
        check(Kind::Text, "@SUM", &[Code::FormulaLikeText]);
    }

    #[test]
    fn names() {
        check(Kind::Name, "Tesfaye Mekonnen", &[]);
        check(Kind::Name, "O'Neil", &[]);
        for text in ["Unknown", "XXX", "FNU", "A N Other", ".", "Not Known"] {
            check(Kind::Name, text, &[Code::PlaceholderName]);
        }
        check(Kind::Name, "12345", &[Code::NameUnreadable]);
        check(Kind::Name, "Ana Li & Bo Li", &[Code::NameOfTwoPeople]);
        check(Kind::Name, "-Ana Li", &[Code::FormulaLikeText]);
    }

    #[test]
    fn dates() {
        for text in ["1984-07-19", "19/07/1984", "19 Jul 1984"] {
            check(Kind::BirthDate, text, &[]);
            check(Kind::Date, text, &[]);
        }
        for text in ["19/07/84", "30/02/1984", "soon", "07/19/1984"] {
            check(Kind::BirthDate, text, &[Code::DateUnreadable]);
            check(Kind::Date, text, &[Code::DateUnreadable]);
        }
        check(Kind::BirthDate, "2016-05-01", &[Code::DateInFuture]);
        check(Kind::Date, "2016-05-01", &[Code::DateInFuture]);
        check(Kind::Date, "2016-04-30", &[]);
        check(Kind::BirthDate, "1890-03-02", &[Code::DateTooOld]);
        check(Kind::BirthDate, "1984-01-01", &[Code::DefaultDate]);
        check(Kind::BirthDate, "01/01/1900", &[Code::DefaultDate]);
        check(Kind::Date, "1984-01-01", &[]);
        check(Kind::BirthDate, "1984", &[Code::PartialDate]);
    }

    #[test]
    fn numbers_and_contacts() {
        check(Kind::Nino, "AB 12 34 57 C", &[]);
        check(Kind::Nino, "AB123457", &[]);
        check(Kind::Nino, "AB12345", &[Code::NinoMalformed]);
        check(Kind::Nino, "DA123457C", &[Code::NinoMalformed]);
        check(Kind::Nino, "OO123457C", &[Code::NinoAdministrative]);
        check(Kind::Nino, "PP999999P", &[Code::NinoAdministrative]);
        check(Kind::Nino, "TN010180M", &[Code::NinoTemporary]);
        check(Kind::Nino, "AB123456C", &[Code::NinoJunk]);
        check(Kind::Postcode, "LS1 4AP", &[]);
        check(Kind::Postcode, "BFPO 12", &[]);
        check(Kind::Postcode, "LS1", &[Code::PostcodePartial]);
        check(Kind::Postcode, "LS1 OAP", &[Code::PostcodeDoubtful]);
        check(Kind::Postcode, "12345", &[Code::PostcodeInvalid]);
        check(Kind::Postcode, "ZZ99 3VZ", &[Code::Placeholder]);
        check(Kind::Phone, "+44 (0)7700 900123", &[]);
        check(Kind::Phone, "7700900123", &[Code::PhoneDoubtful]);
        check(Kind::Phone, "07777777777", &[Code::PhoneUnreadable]);
        check(Kind::Phone, "+cmd", &[Code::FormulaLikeText, Code::PhoneUnreadable]);
        check(Kind::Email, "a@example.com", &[]);
        check(Kind::Email, "a example", &[Code::EmailUnreadable]);
    }
}
