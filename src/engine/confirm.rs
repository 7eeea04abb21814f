//! Is the record under a number the person? Name and birth date decide, by the same comparison, weights and decision as
//! a trace; that the number agrees is what brought the two together, and is no more than the prior.

use crate::block::Slots;
use crate::compare::{GradeCache, RecordParts, Records, TokenId, Vocabulary, align, kernel};
use crate::engine::candidates::counts;
use crate::frame::Table;
use crate::lexicon;
use crate::model::comparison::{Comparison, leftover, name_level_parts};
use crate::model::parameters::{Parameters, Thresholds};
use crate::model::value::PartialDate;
use crate::resolve::{Candidate, Evidence, Facts, Outcome, decide, split_people};
use crate::score::{Counts, Frequencies, Sample, Scorer, TokenCount};
use crate::standardise::date;
use crate::standardise::name::Tokens;
use crate::util::hash::{map, text_hash};

/// Chance, before name and birth date are looked at, that the record under a traced number is the person's: a number is
/// seldom wrong, and when it is, the record is often a relative's.
pub const NUMBER_IS_RIGHT: f64 = 0.95;

/// What became of one person sought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// No record stands under the number.
    NotFound,
    /// All records under the number are the person's.
    Confirmed,
    /// Name and birth date do not say that the record is the person's.
    NotConfirmed,
    /// Records of several people stand under the number: what is known under it cannot be told apart.
    SeveralPeople,
}

/// Records sought and held, standardised with one vocabulary.
pub struct Confirming {
    sought: Records,
    held: Records,
    vocabulary: Vocabulary,
    /// Tokens of each record held that are of its given names: they stand first.
    given: Vec<usize>,
    scorer: Scorer,
    limits: Thresholds,
}

/// Reads names and dates of one side.
struct Reader<'v> {
    on: PartialDate,
    tokens: Tokens,
    code_scratch: Vec<u8>,
    parts: RecordParts,
    vocabulary: &'v mut Vocabulary,
}

impl Reader<'_> {
    fn intern(&mut self) -> Vec<TokenId> {
        let tokens = self.tokens.iter().map(|token| {
            let code = lexicon::block_code(token, &mut self.code_scratch);
            self.vocabulary.intern(token, code)
        });
        tokens.collect()
    }

    fn sought(&mut self, name: &str, birth: &str) -> &RecordParts {
        self.parts.clear();
        self.tokens.clear();
        self.tokens.add_full_name(name);
        self.parts.tokens = self.intern();
        self.tokens.clear();
        self.tokens.add_full_name_otherwise(name);
        self.parts.tokens_apart = self.intern();
        if self.parts.tokens_apart.len() == self.parts.tokens.len() {
            self.parts.tokens_apart.clear();
        }
        self.parts.birth_date = date::read_birth(birth, self.on).value;
        &self.parts
    }

    /// The record, and how many of its tokens are of the given names.
    fn held(&mut self, names: [&str; 3], birth: &str) -> (&RecordParts, usize) {
        self.parts.clear();
        self.tokens.clear();
        let given = self.tokens.add_names(names);
        self.parts.tokens = self.intern();
        self.parts.birth_date = date::read_birth(birth, self.on).value;
        (&self.parts, given)
    }
}

impl Confirming {
    /// Reads `sought` (`full_name`, `date_of_birth`) and `held` (`forename`, `middle_names`, `surname`, `date_of_birth`).
    pub fn new(sought: &Table, held: &Table, on: PartialDate, limits: Thresholds) -> Self {
        let mut vocabulary = Vocabulary::new();
        let mut records = [Records::default(), Records::default()];
        let mut given = Vec::with_capacity(held.rows());
        let mut reader = Reader {
            on,
            tokens: Tokens::default(),
            code_scratch: Vec::new(),
            parts: RecordParts::default(),
            vocabulary: &mut vocabulary,
        };
        for row in 0..sought.rows() {
            let text = |name| sought.value(name, row).unwrap_or("");
            records[0].push(reader.sought(text("full_name"), text("date_of_birth")));
        }
        for row in 0..held.rows() {
            let text = |name| held.value(name, row).unwrap_or("");
            let names = [text("forename"), text("middle_names"), text("surname")];
            let (parts, of_given) = reader.held(names, text("date_of_birth"));
            records[1].push(parts);
            given.push(of_given);
        }
        let [sought, held] = records;
        // One record under one number: the prior is the number's own.
        let scorer = Scorer::new(&model(), 1.0);
        Self { sought, held, vocabulary, given, scorer, limits }
    }

    /// Confirms each person sought against the records `under` their number.
    pub fn all(&self, under: &[Vec<u32>]) -> Vec<Identity> {
        let counts = self.counts();
        let slots = Slots::build(&[]);
        let sample = Sample { extract: &self.sought, register: &Records::default() };
        let frequencies = Frequencies::new(&counts, &slots, &self.vocabulary, &sample);
        let mut cache = GradeCache::default();
        under.iter().enumerate().map(|(row, held)| self.one(row, held, &frequencies, &mut cache)).collect()
    }

    /// How many people the held records `rows` are of.
    pub fn people(&self, rows: &[u32]) -> usize {
        split_people(&self.held, rows, &mut Vec::new())
    }

    fn one(&self, row: usize, held: &[u32], frequencies: &Frequencies, cache: &mut GradeCache) -> Identity {
        if held.is_empty() {
            return Identity::NotFound;
        }
        let own = held.len() as f64;
        let confirmed = held.iter().filter(|record| self.is(row, **record, own, frequencies, cache)).count();
        // Each record has to be the person's by itself: one that is not shows that the number is not theirs alone.
        match confirmed {
            all if all == held.len() => Identity::Confirmed,
            0 if self.people(held) == 1 => Identity::NotConfirmed,
            _ => Identity::SeveralPeople,
        }
    }

    fn is(&self, row: usize, record: u32, own: f64, frequencies: &Frequencies, cache: &mut GradeCache) -> bool {
        let (mut evidence, given_agrees) = self.compare(row, record as usize, own, frequencies, cache);
        let compared = |comparison| evidence.vector.level(comparison) > 0;
        if !compared(Comparison::Name) || !compared(Comparison::BirthDate) || !given_agrees {
            return false;
        }
        let weight = self.scorer.weight(evidence.vector, &evidence.log2_u);
        // For the gates of the decision alone: a number that agrees is in conflict with a name and date that do not.
        evidence.vector = evidence.vector.with(Comparison::Nino, SAME_NUMBER);
        let candidate = Candidate { person: record, evidence, weight };
        let facts = Facts { supplied_nino: true, ..Facts::default() };
        decide(&[candidate], &facts, &self.limits, &mut Vec::new()).outcome == Outcome::Match
    }

    /// Name and birth date of one record; and whether more than the family name agrees, where names differ at all: twins
    /// and couples share family name, and twins the birth date.
    fn compare(
        &self,
        row: usize,
        record: usize,
        own: f64,
        frequencies: &Frequencies,
        cache: &mut GradeCache,
    ) -> (Evidence, bool) {
        let mut evidence = Evidence::default();
        let mut given_agrees = false;
        let tokens = self.held.tokens(record);
        let mut best = f64::NEG_INFINITY;
        let first = self.sought.tokens(row);
        for reading in [first, self.sought.tokens_apart(row)] {
            let name = align(reading, tokens, &self.vocabulary, cache);
            if !counts(reading, first, &name) {
                continue;
            }
            let context = frequencies.name_context(reading, &self.vocabulary);
            let u = frequencies.name(reading, tokens, &name, &context, &self.vocabulary, own);
            let worth = self.scorer.log2_m(Comparison::Name, name.placed()) - u;
            if worth > best {
                best = worth;
                evidence.set(Comparison::Name, name.placed(), u);
                let differs = name_level_parts(name.level).1 == leftover::BOTH;
                let of_given = |right: u8| usize::from(right) < self.given[record];
                given_agrees = !differs || name.aligned().iter().any(|pair| of_given(pair.right));
            }
        }
        let (sought, held) = (self.sought.birth_date(row), self.held.birth_date(record));
        let level = kernel::date::level_sought(sought, held);
        evidence.set(Comparison::BirthDate, level, frequencies.birth_date(level, sought, held, own));
        (evidence, given_agrees)
    }

    /// How common names and dates are among the records held.
    fn counts(&self) -> Counts {
        let mut counts = Counts {
            rows: self.held.len() as u64,
            persons: self.held.len() as f64,
            birth_dates: 0,
            phones: 0,
            emails: 0,
            postcodes: 0,
            days: map(),
            tokens: map(),
            slots: Vec::new(),
        };
        for record in 0..self.held.len() {
            if let Some(date) = self.held.birth_date(record).filter(|date| date.is_complete()) {
                counts.birth_dates += 1;
                *counts.days.entry(date.bits()).or_insert(0) += 1;
            }
            for token in self.held.tokens(record) {
                let hash = text_hash(self.vocabulary.text(*token).as_bytes());
                let known = TokenCount { code: self.vocabulary.code(*token), count: 0, sought: true };
                counts.tokens.entry(hash).or_insert(known).count += 1;
            }
        }
        counts
    }
}

/// Level of two numbers that are the same.
const SAME_NUMBER: u8 = 3;

/// The built-in model, with the number's own prior.
pub fn model() -> Parameters {
    Parameters { present: NUMBER_IS_RIGHT, ..Parameters::built_in() }
}

#[cfg(test)]
mod tests {
    use super::{Confirming, Identity};
    use crate::frame::{Table, TextColumn};
    use crate::model::parameters::Thresholds;
    use crate::model::value::PartialDate;

    fn table(names: &[&str], rows: &[&[&str]]) -> Table {
        let column = |index: usize| {
            let cells = rows.iter().map(|row| (!row[index].is_empty()).then_some(row[index]));
            cells.collect::<TextColumn>()
        };
        Table::new(names.iter().enumerate().map(|(index, name)| ((*name).to_owned(), column(index))).collect())
    }

    const HELD: [&str; 4] = ["forename", "middle_names", "surname", "date_of_birth"];

    #[track_caller]
    fn check(sought: [&str; 2], held: &[&[&str]], want: Identity) {
        let on = PartialDate::new(2016, 4, 30).expect("a date");
        let sought = table(&["full_name", "date_of_birth"], &[&sought]);
        let confirming = Confirming::new(&sought, &table(&HELD, held), on, Thresholds::default());
        let under: Vec<u32> = (0..held.len() as u32).collect();
        assert_eq!(confirming.all(&[under]), [want], "{held:?}");
    }

    #[test]
    fn name_and_birth_date_confirm_and_the_number_alone_never_does() {
        use Identity::{Confirmed, NotConfirmed, NotFound, SeveralPeople};
        let sought = ["Tesfaye Haile Mekonnen", "1984-07-19"];
        check(sought, &[], NotFound);
        check(sought, &[&["Tesfaye", "Haile", "Mekonnen", "1984-07-19"]], Confirmed);
        check(sought, &[&["TESFAYE", "", "MEKONEN", "1984-07-19"]], Confirmed);
        check(sought, &[&["Mekonnen", "", "Tesfaye", "1984-07-19"]], Confirmed);
        check(sought, &[&["Tesfaye", "Haile", "Mekonnen", "1984-07-18"]], Confirmed);
        check(sought, &[&["Tesfaye", "Haile", "Mekonnen", "1984-01-01"]], Confirmed);
        // Another person under the number, of whatever likeness.
        check(sought, &[&["Jane", "", "Appleby", "1951-02-03"]], NotConfirmed);
        check(sought, &[&["Jane", "", "Appleby", "1984-07-19"]], NotConfirmed);
        check(sought, &[&["Almaz", "Haile", "Mekonnen", "1990-02-03"]], NotConfirmed);
        check(sought, &[&["Tesfaye", "Haile", "Mekonnen", "1951-02-03"]], NotConfirmed);
        check(["Abel Mekonnen", "1984-07-19"], &[&["Ermias", "", "Mekonnen", "1984-07-19"]], NotConfirmed);
        // A given name that is written like a particle is as much of a name as another.
        check(["Ben Mekonnen", "1984-07-19"], &[&["Ermias", "", "Mekonnen", "1984-07-19"]], NotConfirmed);
        check(["Ben Mekonnen", "1984-07-19"], &[&["Ben", "", "Mekonnen", "1984-07-19"]], Confirmed);
        check(["Ben Salah Ahmed", "1984-07-19"], &[&["Ahmed", "", "Ben Salah", "1984-07-19"]], Confirmed);
        // Nothing to confirm by.
        check(sought, &[&["", "", "", "1984-07-19"]], NotConfirmed);
        check(sought, &[&["Tesfaye", "Haile", "Mekonnen", ""]], NotConfirmed);
        check(["Tesfaye Mekonnen", ""], &[&["Tesfaye", "Haile", "Mekonnen", "1984-07-19"]], NotConfirmed);
        // A family name that changed.
        check(["Maria Silva", "1984-07-19"], &[&["Maria", "", "Okafor", "1984-07-19"]], Confirmed);
        // Two rows of the person, and two people.
        let own: &[&str] = &["Tesfaye", "Haile", "Mekonnen", "1984-07-19"];
        check(sought, &[own, &["Tesfaye", "", "Mekonnen", "1984-07-19"]], Confirmed);
        check(sought, &[own, &["Jane", "", "Appleby", "1951-02-03"]], SeveralPeople);
        check(sought, &[own, &["Almaz", "", "Mekonnen", "1984-02-03"]], SeveralPeople);
        let jane: &[&str] = &["Jane", "", "Appleby", "1951-02-03"];
        check(sought, &[jane, jane], NotConfirmed);
        check(sought, &[jane, &["Olu", "", "Ade", "1970-05-06"]], SeveralPeople);
    }
}
