//! Candidates of one extract row: pairs compared, pooled by person.

use crate::block::{Blocks, Rule};
use crate::compare::{GradeCache, NameMatch, Records, TokenId, Vocabulary, align, kernel};
use crate::engine::people::{People, PersonKey};
use crate::model::comparison::{Comparison, leftover, name_level_parts};
use crate::resolve::{Evidence, Pooled, split_people};
use crate::score::{Frequencies, NameContext, Scorer};

/// What comparing needs.
pub(crate) struct Comparing<'a> {
    pub blocks: &'a Blocks<'a>,
    pub extract: &'a Records,
    pub register: &'a Records,
    pub people: &'a People,
    pub vocabulary: &'a Vocabulary,
    pub frequencies: &'a Frequencies<'a>,
    /// Weights of the start model: which of two rows agrees better.
    pub start: &'a Scorer,
}

/// The name sought, read in one way: its tokens, and how often they go together.
struct Reading<'a> {
    tokens: &'a [TokenId],
    context: NameContext,
}

/// One person that shares a block with an extract row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundPerson {
    /// The survivor whose numbers stand for the person: that of the lowest digest of its numbers.
    pub survivor: u32,
    /// First rule that found a row of the person.
    pub rule: Rule,
    /// People who hold the same number, this one among them, as far as they were compared with the row.
    pub sharers: usize,
    /// Pooled evidence.
    pub evidence: Evidence,
}

/// Buffers of one worker.
#[derive(Default)]
pub(crate) struct Scratch {
    cache: GradeCache,
    pairs: Vec<(u32, Rule)>,
    keyed: Vec<KeyedPair>,
    rows: Vec<u32>,
    groups: Vec<usize>,
    /// Pairs of rows compared so far.
    pub compared: u64,
    /// Pairs by the first rule that found them.
    pub by_rule: [u64; crate::block::RULES.len()],
    /// Sum over the records that were brought near, so that they are.
    near: u64,
}

/// A pair of the row at hand with a survivor, by person.
type KeyedPair = (PersonKey, u32, Rule);

impl Comparing<'_> {
    /// Finds and compares the candidates of one extract row; `out` is cleared. Returns whether a block was cut.
    pub(crate) fn candidates(&self, row: usize, scratch: &mut Scratch, out: &mut Vec<FoundPerson>) -> bool {
        out.clear();
        let mut pairs = std::mem::take(&mut scratch.pairs);
        let cut = self.blocks.candidates(row, &mut pairs);
        scratch.compared += pairs.len() as u64;
        for (_, rule) in &pairs {
            scratch.by_rule[*rule as usize] += 1;
        }
        // The rows are anywhere in memory. Asked for one after the other, with nothing that waits for the answer, they come
        // together; each compared as it comes, they would be waited for one by one.
        let mut keyed = std::mem::take(&mut scratch.keyed);
        keyed.clear();
        keyed.extend(pairs.iter().map(|(survivor, rule)| (self.people.key(*survivor as usize), *survivor, *rule)));
        for (survivor, _) in &pairs {
            scratch.near = scratch.near.wrapping_add(self.register.touch(*survivor as usize));
        }
        scratch.pairs = pairs;
        keyed.sort_unstable();
        let readings = [self.extract.tokens(row), self.extract.tokens_apart(row)]
            .map(|tokens| Reading { tokens, context: self.frequencies.name_context(tokens, self.vocabulary) });
        for of_person in keyed.chunk_by(|a, b| a.0 == b.0) {
            self.person(row, of_person, &readings, scratch, out);
        }
        scratch.keyed = keyed;
        cut
    }

    fn person(
        &self,
        row: usize,
        pairs: &[KeyedPair],
        readings: &[Reading],
        scratch: &mut Scratch,
        out: &mut Vec<FoundPerson>,
    ) {
        if let [(_, survivor, rule)] = *pairs {
            let evidence = self.compare(row, survivor as usize, readings, 1.0, &mut scratch.cache);
            out.push(FoundPerson { survivor, rule, sharers: 1, evidence });
            return;
        }
        scratch.rows.clear();
        scratch.rows.extend(pairs.iter().map(|(_, survivor, _)| *survivor));
        let mut groups = std::mem::take(&mut scratch.groups);
        let people = split_people(self.register, &scratch.rows, &mut groups);
        for first in 0..pairs.len() {
            if groups[first] != first {
                continue;
            }
            let of_group = || pairs.iter().zip(&groups).filter(|(_, group)| **group == first).map(|(pair, _)| pair);
            let own = of_group().count() as f64;
            let mut pooled = Pooled::default();
            let mut rule = Rule::PostcodeToken;
            let mut survivor = pairs[first].1;
            for &(_, candidate, found_by) in of_group() {
                let evidence = self.compare(row, candidate as usize, readings, own, &mut scratch.cache);
                pooled.add(&evidence, |comparison, level| self.start.log2_m(comparison, level));
                rule = rule.min(found_by);
                if self.people.digest(candidate as usize) < self.people.digest(survivor as usize) {
                    survivor = candidate;
                }
            }
            out.push(FoundPerson { survivor, rule, sharers: people, evidence: pooled.evidence() });
        }
        scratch.groups = groups;
    }

    /// All survivors that share a block with an extract row.
    pub(crate) fn survivors(&self, row: usize) -> Vec<u32> {
        let mut pairs = Vec::new();
        self.blocks.candidates(row, &mut pairs);
        pairs.into_iter().map(|(survivor, _)| survivor).collect()
    }

    /// Those of `survivors` that were pooled for a person found.
    pub(crate) fn rows_of_person(&self, survivors: &[u32], found: &FoundPerson) -> Vec<u32> {
        let key = self.people.key(found.survivor as usize);
        let of_key = |survivor: &&u32| self.people.key(**survivor as usize) == key;
        let rows: Vec<u32> = survivors.iter().filter(of_key).copied().collect();
        let mut groups = Vec::new();
        split_people(self.register, &rows, &mut groups);
        let group = rows.iter().position(|survivor| *survivor == found.survivor).map(|at| groups[at]);
        rows.iter().zip(&groups).filter(|(_, of)| Some(**of) == group).map(|(survivor, _)| *survivor).collect()
    }

    /// Levels and log2 u of one pair of rows; `own` rows of the register are the candidate's.
    fn compare(&self, left: usize, right: usize, readings: &[Reading], own: f64, cache: &mut GradeCache) -> Evidence {
        let mut evidence = Evidence::default();
        if let Some((level, u)) = self.compare_names(right, readings, own, cache) {
            evidence.set(Comparison::Name, level, u);
        }
        let (sought, held) = (self.extract.birth_date(left), self.register.birth_date(right));
        let level = kernel::date::level_sought(sought, held);
        evidence.set(Comparison::BirthDate, level, self.frequencies.birth_date(level, sought, held, own));
        self.compare_contacts(left, right, own, &mut evidence);
        let (a, b) = (self.extract.nino(left), self.register.nino(right));
        let level = kernel::contact::national_insurance(a, b);
        evidence.set(Comparison::Nino, level, self.frequencies.nino(level, a, own));
        let level = kernel::contact::sex(self.extract.sex(left), self.register.sex(right));
        let name = evidence.vector.level(Comparison::Name);
        evidence.set(Comparison::Sex, level, self.frequencies.sex(level, name));
        evidence
    }

    /// Level and log2 u of the name, in the reading of the extract's that agrees better.
    fn compare_names(&self, right: usize, readings: &[Reading], own: f64, cache: &mut GradeCache) -> Option<(u8, f64)> {
        let held = self.register.tokens(right);
        let compared = readings.iter().filter(|reading| !reading.tokens.is_empty()).filter_map(|reading| {
            let name = align(reading.tokens, held, self.vocabulary, cache);
            let u = || self.frequencies.name(reading.tokens, held, &name, &reading.context, self.vocabulary, own);
            counts(reading.tokens, readings[0].tokens, &name).then(|| (name.placed(), u()))
        });
        let worth = |(level, u): &(u8, f64)| self.start.log2_m(Comparison::Name, *level) - u;
        compared.reduce(|first, second| if worth(&second) > worth(&first) { second } else { first })
    }

    /// The best of all addresses, phones and emails against all of the other side.
    fn compare_contacts(&self, left: usize, right: usize, own: f64, evidence: &mut Evidence) {
        let (a, b) = (self.extract.addresses(left), self.register.addresses(right));
        let (level, of) = best(a, b, kernel::address::level);
        let postcode = of.map_or(0, |of| a[of].postcode);
        let u = self.frequencies.address(level, postcode, a.len() * b.len(), own);
        evidence.set(Comparison::Address, level, u);
        let (a, b) = (self.extract.phones(left), self.register.phones(right));
        let (level, of) = best(a, b, |a, b| kernel::contact::phone(*a, *b));
        let phone = of.map_or(0, |of| a[of]);
        evidence.set(Comparison::Phone, level, self.frequencies.phone(level, phone, a.len() * b.len(), own));
        let (a, b) = (self.extract.emails(left), self.register.emails(right));
        let (level, of) = best(a, b, |a, b| kernel::contact::email(*a, *b));
        let email = of.map_or(0, |of| a[of].0);
        evidence.set(Comparison::Email, level, self.frequencies.email(level, email, a.len() * b.len(), own));
    }
}

/// Whether what agrees in one way to read a name counts. Where a way has fewer tokens than the first, a word went that may
/// be the given name: then it counts only where it is the whole of both names.
pub(crate) fn counts(reading: &[TokenId], first: &[TokenId], name: &NameMatch) -> bool {
    name.level > 0 && (reading.len() >= first.len() || name_level_parts(name.level).1 == leftover::NOTHING)
}

/// Highest level over all pairs, and the left value that first reaches it; 0 when a side is empty.
fn best<T>(left: &[T], right: &[T], level: impl Fn(&T, &T) -> u8) -> (u8, Option<usize>) {
    let mut best = (0, None);
    for (index, a) in left.iter().enumerate() {
        for b in right {
            let here = level(a, b);
            if here > best.0 {
                best = (here, Some(index));
            }
        }
    }
    best
}
