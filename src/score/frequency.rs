//! u: how often strangers agree, counted in the register.
//!
//! Equality of a value (a token, a date, a phone, a postcode, a NINO) is as rare as the value: its count, less the rows
//! of the candidate itself. Two tokens that go together (Mohammed Ali) are as rare as the pair, which the blocks of two
//! tokens have counted. Graded levels (close tokens, near dates, one area) come from samples that are drawn by content,
//! so that they are the same however the register is cut. A best-of-k comparison has k chances.

use crate::block::{Blocks, Kind, Slots, count_key, exact_pair_key, two_token_key};
use crate::compare::{Aligned, Grade, NameMatch, Records, TokenId, Vocabulary, kernel};
use crate::model::comparison::{BIRTH_DATE_LEVELS, birth_date, name_level_parts};
use crate::model::parameters::{agreeing_class, one_sex_by_chance};
use crate::model::value::PartialDate;
use crate::score::companions::{Asking, Closeness, CompanionCounts, Companions};
use crate::score::defaults_sought::DefaultsSought;
use crate::score::spellings::Spellings;
use crate::util::hash::{Map, map, text_hash};
use rayon::prelude::*;

/// What the scan counted in the register.
#[derive(Clone, Debug)]
pub struct Counts {
    /// Rows of all registers.
    pub rows: u64,
    /// People of all registers, estimated from distinct person keys.
    pub persons: f64,
    /// Rows with a complete birth date.
    pub birth_dates: u64,
    /// Rows with a phone.
    pub phones: u64,
    /// Rows with an email.
    pub emails: u64,
    /// Rows with a postcode.
    pub postcodes: u64,
    /// Rows by birth date, by bits of the date.
    pub days: Map<u32, u32>,
    /// Each token of the registers, by hash.
    pub tokens: Map<u64, TokenCount>,
    /// Rows of each slot.
    pub slots: Vec<u32>,
}

/// A token of the registers.
#[derive(Clone, Copy, Debug)]
pub struct TokenCount {
    /// Its blocking code.
    pub code: u64,
    /// Occurrences in all rows.
    pub count: u32,
    /// Whether the extract has the code: keys of others cannot meet anything.
    pub sought: bool,
}

/// Records drawn by content from both sides, for levels that no count gives.
pub struct Sample<'a> {
    /// Rows of the extract.
    pub extract: &'a Records,
    /// Rows of the register, chosen by lowest digest.
    pub register: &'a Records,
}

/// People that stand behind every count beside those of the register: in a register of a few rows a value that is not
/// seen twice is still not as common as one in a few.
const PEOPLE_BEHIND: f64 = 2_000.0;
/// Least share of people born in one year.
const YEAR_SHARE_MIN: f64 = 0.01;
/// Chance that another person holds the same number or mailbox, in people: shared or mistyped ones that the register
/// does not show.
const SHARED_NINO: f64 = 0.02;
const SHARED_CONTACT: f64 = 0.05;
/// A value that only the candidate has in the register may still be another's: half a person.
const UNSEEN: f64 = 0.5;
/// log2 of the share of strangers with whose name nothing agrees: nearly all.
const NO_TOKEN_AGREES: f64 = -0.1;
/// Least share of a token's own frequency that it keeps beside another token that it never goes with.
const NEVER_TOGETHER: f64 = 0.1;
/// One digit of a phone or NINO mistyped into another live number.
const NEAR_PHONE: f64 = 1e-6;
const NEAR_NINO: f64 = 3e-7;
/// The same mailbox name at another host.
const SAME_LOCAL_PART: f64 = 3e-5;
/// Share of strangers that have the initial asked for.
pub(super) const INITIAL: f64 = 0.08;
/// Shares of a postcode unit's addresses that one building and one flat have: about 15 addresses a unit.
const BUILDING_OF_POSTCODE: f64 = 0.15;
const FLAT_OF_POSTCODE: f64 = 0.08;
/// Extract dates and tokens drawn for graded levels.
const DATES_DRAWN: usize = 160;
const TOKENS_DRAWN: usize = 320;
/// Register tokens drawn: the commonest, and others by hash.
const COMMON_TOKENS: usize = 300;
const OTHER_TOKENS: usize = 1_500;
/// Token lengths are told apart up to this one.
const LENGTHS: usize = 13;

/// u of every comparison, ready to be asked.
pub struct Frequencies<'a> {
    companions: Companions,
    counts: &'a Counts,
    slots: &'a Slots,
    rows: f64,
    persons: f64,
    rows_per_person: f64,
    token: Vec<f32>,
    spellings: Spellings,
    code: Map<u64, f64>,
    years: Map<u16, f64>,
    /// Rows of the default date of each year, and the share of all of them.
    defaults: Map<u16, f64>,
    defaults_held: f64,
    defaults_sought: DefaultsSought,
    /// Per register row, for dates sought that are no defaults, and for those that are.
    date_levels: [f64; BIRTH_DATE_LEVELS.len()],
    default_levels: [f64; BIRTH_DATE_LEVELS.len()],
    /// How many times as often strangers of one name are of one age as people at large.
    same_age: f64,
    close: [f64; LENGTHS],
    /// Per pair of addresses: different, area, sector, street.
    address: [f64; 5],
}

/// What is known of the name of one extract row: how often its tokens go together.
pub struct NameContext {
    /// Register rows that hold two tokens, by code and to the letter, by token indices; NaN where not counted.
    together: Vec<[f32; 2]>,
    tokens: usize,
}

/// The two names of one comparison.
struct Name<'n> {
    left: &'n [TokenId],
    right: &'n [TokenId],
    context: &'n NameContext,
    vocabulary: &'n Vocabulary,
    own: f64,
}

impl<'a> Frequencies<'a> {
    /// Frequencies from counts; `register_tokens` are the tokens of all register rows that share a key.
    #[expect(clippy::iter_over_hash_type, reason = "sums of whole numbers: the order cannot be seen")]
    pub fn new(counts: &'a Counts, slots: &'a Slots, vocabulary: &Vocabulary, sample: &Sample) -> Self {
        let mut code: Map<u64, f64> = map();
        for token in counts.tokens.values() {
            *code.entry(token.code).or_default() += f64::from(token.count);
        }
        let token: Vec<f32> = (0..vocabulary.len())
            .map(|id| {
                let hash = text_hash(vocabulary.text(TokenId(id as u32)).as_bytes());
                counts.tokens.get(&hash).map_or(0.0, |token| token.count as f32)
            })
            .collect();
        let mut years: Map<u16, f64> = map();
        let mut defaults: Map<u16, f64> = map();
        for (bits, count) in &counts.days {
            let date = PartialDate::from_bits(*bits);
            *years.entry(date.year()).or_default() += f64::from(*count);
            if date.is_default() {
                *defaults.entry(date.year()).or_default() += f64::from(*count);
            }
        }
        let mut all = Self {
            counts,
            slots,
            rows: counts.rows.max(1) as f64,
            persons: counts.persons.max(1.0),
            rows_per_person: rows_per_person(counts),
            spellings: Spellings::new(vocabulary, &token, sample.extract),
            close: close_by_length(vocabulary, &token, sample.extract, counts),
            token,
            code,
            years,
            defaults_held: (defaults.values().sum::<f64>() + DEFAULTS_PRIOR * DEFAULTS_BUILT_IN)
                / (counts.birth_dates as f64 + DEFAULTS_PRIOR),
            defaults,
            defaults_sought: DefaultsSought::new(sample.extract),
            date_levels: date_levels(counts, sample.extract, false),
            default_levels: date_levels(counts, sample.extract, true),
            same_age: 1.0,
            address: [0.0; 5],
            companions: Companions::default(),
        };
        all.address = address_levels(sample);
        all
    }

    /// Counts how many strangers share two tokens with the rows `asked`, in the register itself; `person` tells register
    /// records apart.
    pub fn count_companions(
        &self,
        asked: &[usize],
        blocks: &Blocks,
        extract: &Records,
        register: &Records,
        person: &(dyn Fn(usize) -> u64 + Sync),
        vocabulary: &Vocabulary,
    ) -> CompanionCounts {
        let people_with = |token: TokenId, closeness| self.people_with(token, closeness, vocabulary);
        let asking = Asking {
            blocks,
            extract,
            register,
            person,
            vocabulary,
            people_with: &people_with,
            persons: self.persons,
            of_year: &|year| [self.of_year(year), self.defaults_of_year(year, 0.0), self.counted_of_year(year)],
        };
        asking.count(asked)
    }

    /// Learns from what was counted of all rows asked.
    pub fn learn_companions(&mut self, counts: &CompanionCounts) {
        self.companions = Companions::learn(counts, self.rows_per_person);
        self.same_age = self.companions.same_age();
    }

    /// People whose names hold a token, by its code or to the letter.
    fn people_with(&self, token: TokenId, closeness: Closeness, vocabulary: &Vocabulary) -> f64 {
        let rows = match closeness {
            Closeness::Coded => self.code.get(&vocabulary.code(token)).copied().unwrap_or(0.0),
            Closeness::Exact => f64::from(self.token[token.0 as usize]),
        };
        rows / self.rows_per_person
    }

    fn slot_count(&self, key: u64) -> f64 {
        let slot = self.slots.find(key);
        slot.map_or(0.0, |slot| f64::from(self.counts.slots[slot.index()]))
    }

    /// How often the tokens of an extract name go together in the register.
    pub fn name_context(&self, tokens: &[TokenId], vocabulary: &Vocabulary) -> NameContext {
        let count = tokens.len();
        let mut together = vec![[f32::NAN; 2]; count * count];
        let hash = |token: TokenId| text_hash(vocabulary.text(token).as_bytes());
        for i in 0..count {
            for j in i + 1..count {
                let (a, b) = (tokens[i], tokens[j]);
                let keys = [two_token_key(vocabulary.code(a), vocabulary.code(b)), exact_pair_key(hash(a), hash(b))];
                let rows = keys
                    .map(|key| self.slots.find(key).map_or(f32::NAN, |slot| self.counts.slots[slot.index()] as f32));
                together[i * count + j] = rows;
                together[j * count + i] = rows;
            }
        }
        NameContext { together, tokens: count }
    }

    /// log2 u of a name: that the aligned tokens of the extract stand by chance in another person's name, and that just
    /// this much is left over. `own` register rows are the candidate's.
    pub fn name(
        &self,
        left: &[TokenId],
        right: &[TokenId],
        found: &NameMatch,
        context: &NameContext,
        vocabulary: &Vocabulary,
        own: f64,
    ) -> f64 {
        if found.level == 0 {
            return 0.0;
        }
        let (agreement, _) = name_level_parts(found.level);
        if agreement == 0 {
            return NO_TOKEN_AGREES;
        }
        let name = Name { left, right, context, vocabulary, own };
        let aligned = found.aligned();
        let mut u = self.companions.leftover(found.placed()).log2() + choices(left, agreement, vocabulary).log2();
        for (index, pair) in aligned.iter().enumerate() {
            let alone = self.token_u(&name, *pair);
            let given =
                aligned[..index].iter().filter_map(|other| self.token_given(&name, *pair, *other)).reduce(f64::max);
            // Names that never go together are evidence, but a count of nothing is not proof of it.
            let share = given.map_or(alone, |given| given.max(alone * NEVER_TOGETHER));
            u += share.min(1.0).log2();
        }
        u
    }

    /// Share of other people whose names hold a token that agrees with this one as well as this.
    fn token_u(&self, name: &Name, pair: Aligned) -> f64 {
        if pair.grade == Grade::Initial {
            return INITIAL;
        }
        ((self.agreeing(name, pair) - name.own / self.rows_per_person).max(0.0) + UNSEEN)
            / (self.persons + PEOPLE_BEHIND)
    }

    /// People whose names agree with a token as well as this, the candidate among them.
    fn agreeing(&self, name: &Name, pair: Aligned) -> f64 {
        let (a, b) = (name.left[usize::from(pair.left)], name.right[usize::from(pair.right)]);
        let with = |token, closeness| self.people_with(token, closeness, name.vocabulary);
        match pair.grade {
            Grade::Exact => with(a, Closeness::Exact),
            // Codes gather other names too, and not all of one name write it otherwise.
            Grade::Equivalent => {
                let of_name = with(a, Closeness::Coded) * self.spellings.of_name(a) * self.spellings.otherwise();
                // What a table of names has as one under another code is all written otherwise.
                let of_another_code = name.vocabulary.code(a) != name.vocabulary.code(b);
                of_name + if of_another_code { with(b, Closeness::Coded) } else { 0.0 }
            }
            // Tokens close to this one, and at least the two at hand.
            _ => {
                let close = self.close[name.vocabulary.text(a).len().min(LENGTHS - 1)] * self.persons;
                close + with(a, Closeness::Exact) + with(b, Closeness::Exact)
            }
        }
    }

    /// Share of other people that agree on a token among those who agree on `other`: as counted in the register, with what
    /// is to be expected of names as rare as these.
    fn token_given(&self, name: &Name, pair: Aligned, other: Aligned) -> Option<f64> {
        if pair.grade == Grade::Initial || other.grade == Grade::Initial {
            return None;
        }
        let own = name.own / self.rows_per_person;
        let (i, j) = (usize::from(other.left), usize::from(pair.left));
        let [coded, exact] = name.context.together[i * name.context.tokens + j];
        let both_exact = pair.grade == Grade::Exact && other.grade == Grade::Exact;
        let both_coded = pair.grade >= Grade::Equivalent && other.grade >= Grade::Equivalent;
        let (closeness, rows) = match (both_exact, both_coded) {
            (true, _) => (Closeness::Exact, exact),
            (_, true) => (Closeness::Coded, coded),
            _ => (Closeness::Coded, f32::NAN),
        };
        let before = if both_coded { self.by(name, other, closeness) } else { self.agreeing(name, other) };
        let with = if both_coded { self.by(name, pair, closeness) } else { self.agreeing(name, pair) };
        let seen = if rows.is_nan() { 0.0 } else { (f64::from(rows) - name.own).max(0.0) / self.rows_per_person };
        let strangers = self.companions.strangers(closeness, before * with / self.persons, seen);
        // Codes gather spellings: a token to the letter is its share of them.
        let share = match (closeness, pair.grade) {
            (Closeness::Coded, Grade::Exact) if both_coded => self.by(name, pair, Closeness::Exact) / with.max(1.0),
            _ => 1.0,
        };
        Some(strangers / ((before - own).max(0.0) + UNSEEN) * share.min(1.0))
    }

    fn by(&self, name: &Name, pair: Aligned, closeness: Closeness) -> f64 {
        self.people_with(name.left[usize::from(pair.left)], closeness, name.vocabulary)
    }

    /// log2 u of a birth-date level of the date sought and the date held; `own` register rows are the candidate's.
    ///
    /// Levels that only a default date sought can reach are as rare as such dates are in the extract, since m counts them
    /// among all true pairs; 1 July and 31 December count as far as they are defaults. Strangers of one name are of one age
    /// and have default dates more often than others: how much more is counted among people who share two tokens.
    pub fn birth_date(&self, level: u8, sought: Option<PartialDate>, held: Option<PartialDate>, own: f64) -> f64 {
        let (Some(sought), Some(held)) = (sought, held) else { return 0.0 };
        let day = || {
            let count = self.counts.days.get(&held.bits()).copied().unwrap_or(0);
            ((f64::from(count) - own).max(0.0) + self.unseen()) / self.dates()
        };
        let (year, sought_default) = (sought.year(), sought.is_default());
        let in_one_year = |held_default| self.companions.in_one_year(sought_default, held_default);
        let all_sought = self.defaults_sought.share();
        let share = match level {
            0 => return 0.0,
            birth_date::EXACT => day(),
            birth_date::EXACT_DEFAULT => all_sought * self.defaults_of_year(year, own) * in_one_year(true),
            birth_date::DEFAULT_SAME_YEAR => {
                let held_default = held.is_default();
                let of_year = if held_default { self.defaults_of_year(year, own) } else { self.of_year(year) };
                let strangers = of_year * self.companions.in_one_year(true, held_default);
                all_sought * strangers / self.defaults_sought.is_one(sought)
            }
            birth_date::DEFAULT_IN_REGISTER => self.defaults_of_year(year, own) * in_one_year(true),
            _ if sought_default => self.default_levels[usize::from(level)],
            _ => self.date_levels[usize::from(level)],
        };
        let same_age = match level {
            birth_date::DIFFERENT | birth_date::SAME_DAY_AND_MONTH => 1.0,
            birth_date::EXACT_DEFAULT | birth_date::DEFAULT_SAME_YEAR | birth_date::DEFAULT_IN_REGISTER => 1.0,
            _ => self.same_age,
        };
        (share * same_age).clamp(1e-9, 1.0).log2()
    }

    fn dates(&self) -> f64 {
        self.counts.birth_dates as f64 + self.rows_behind()
    }

    /// What stands behind every count, in rows.
    fn rows_behind(&self) -> f64 {
        PEOPLE_BEHIND * self.rows_per_person
    }

    /// Half a person, in rows.
    fn unseen(&self) -> f64 {
        UNSEEN * self.rows_per_person
    }

    /// Share of register dates in a year.
    fn of_year(&self, year: u16) -> f64 {
        self.counted_of_year(year).max(YEAR_SHARE_MIN)
    }

    fn counted_of_year(&self, year: u16) -> f64 {
        (self.years.get(&year).copied().unwrap_or(0.0) + self.unseen()) / self.dates()
    }

    /// Share of register dates that are the default date of a year, less `own` rows: as counted, and at least as many as
    /// the year's share of all defaults.
    fn defaults_of_year(&self, year: u16, own: f64) -> f64 {
        let counted = self.defaults.get(&year).copied().unwrap_or(0.0);
        let counted = ((counted - own).max(0.0) + self.unseen()) / self.dates();
        counted.max(self.defaults_held * self.of_year(year))
    }

    /// log2 u of an address level with `chances` pairs of addresses; `postcode` is that of the extract's address.
    pub fn address(&self, level: u8, postcode: u64, chances: usize, own: f64) -> f64 {
        if level == 0 {
            return 0.0;
        }
        let rows = self.counts.postcodes as f64 + self.rows_behind();
        let count = if postcode == 0 { 0.0 } else { self.slot_count(count_key(Kind::Postcode, postcode)) };
        let unit = ((count - own).max(0.0) + self.unseen()) / rows;
        let one = match level {
            7 => unit * FLAT_OF_POSTCODE,
            6 => unit * BUILDING_OF_POSTCODE,
            5 => unit,
            _ => self.address[usize::from(level)],
        };
        best_of(one, chances)
    }

    /// log2 u of a phone level with `chances` pairs of numbers; `phone` is the extract's.
    pub fn phone(&self, level: u8, phone: u64, chances: usize, own: f64) -> f64 {
        let rows = self.counts.phones as f64 + self.rows_behind();
        let one = match level {
            0 | 1 => return 0.0,
            2 => NEAR_PHONE,
            _ => self.held_by_others(Kind::Phone, phone, own, SHARED_CONTACT) / rows,
        };
        best_of(one, chances)
    }

    /// log2 u of an email level with `chances` pairs of emails; `email` is the hash of the extract's.
    pub fn email(&self, level: u8, email: u64, chances: usize, own: f64) -> f64 {
        let rows = self.counts.emails as f64 + self.rows_behind();
        let one = match level {
            0 | 1 => return 0.0,
            2 => SAME_LOCAL_PART,
            _ => self.held_by_others(Kind::Email, email, own, SHARED_CONTACT) / rows,
        };
        best_of(one, chances)
    }

    /// log2 u of a NINO level; `nino` is the extract's.
    pub fn nino(&self, level: u8, nino: u64, own: f64) -> f64 {
        match level {
            0 | 1 => 0.0,
            2 => NEAR_NINO.log2(),
            _ => (self.held_by_others(Kind::Nino, nino, own, SHARED_NINO) / (self.rows + self.rows_behind())).log2(),
        }
    }

    fn held_by_others(&self, kind: Kind, value: u64, own: f64, unseen: f64) -> f64 {
        (self.slot_count(count_key(kind, value)) - own).max(0.0) + unseen * self.rows_per_person
    }

    /// log2 u of a level of sex beside a level of names: a coin, but for strangers who share a given name.
    pub fn sex(&self, level: u8, name: u8) -> f64 {
        let same = one_sex_by_chance(name);
        match level {
            0 => 0.0,
            1 => (1.0 - same).log2(),
            _ => same.log2(),
        }
    }
}

/// Tokens of a name of which one agrees: m of a level is of whichever token agrees, and what is counted is how often just
/// this one does. An initial is no token of its own. Of two tokens and more that agree it is counted how often strangers
/// share them; in an extract of a few hundred rows that is too coarse to be divided further.
fn choices(tokens: &[TokenId], agreement: u8, vocabulary: &Vocabulary) -> f64 {
    if !matches!(agreeing_class(agreement), 1 | 2) {
        return 1.0;
    }
    tokens.iter().filter(|token| vocabulary.text(**token).len() > 1).count().max(1) as f64
}

fn best_of(one: f64, chances: usize) -> f64 {
    (one * chances.max(1) as f64).clamp(1e-12, 1.0).log2()
}

/// Share of default dates in a register that shows none: four in a hundred, as in the systems of the exchange.
const DEFAULTS_BUILT_IN: f64 = 0.04;
/// Weight of that share, in dates.
const DEFAULTS_PRIOR: f64 = 100.0;

/// Rows of the register for each person: a prior of so many people is one of so many more rows.
fn rows_per_person(counts: &Counts) -> f64 {
    (counts.rows.max(1) as f64 / counts.persons.max(1.0)).max(1.0)
}

/// Share of register rows at each level of birth date, for default or other dates drawn from the extract by value.
fn date_levels(counts: &Counts, extract: &Records, defaults: bool) -> [f64; BIRTH_DATE_LEVELS.len()] {
    let mut drawn: Vec<PartialDate> = (0..extract.len())
        .filter_map(|row| extract.birth_date(row))
        .filter(|date| date.is_complete() && date.is_default() == defaults)
        .collect();
    drawn.sort_unstable_by_key(|date| (crate::util::hash::mix(u64::from(date.bits()), 0), *date));
    drawn.truncate(DATES_DRAWN);
    let mut days: Vec<(u32, u32)> = counts.days.iter().map(|(bits, count)| (*bits, *count)).collect();
    days.sort_unstable();
    let per_date: Vec<[u64; BIRTH_DATE_LEVELS.len()]> = drawn
        .par_iter()
        .map(|date| {
            let mut levels = [0_u64; BIRTH_DATE_LEVELS.len()];
            for (bits, count) in &days {
                let level = kernel::date::level_sought(Some(*date), Some(PartialDate::from_bits(*bits)));
                levels[usize::from(level)] += u64::from(*count);
            }
            levels
        })
        .collect();
    let total: u64 = per_date.iter().flatten().sum();
    let mut out = [0.0; BIRTH_DATE_LEVELS.len()];
    for (level, share) in out.iter_mut().enumerate() {
        let rows: u64 = per_date.iter().map(|levels| levels[level]).sum();
        *share = (rows as f64 + UNSEEN * rows_per_person(counts)) / (total.max(1) as f64 + 1.0);
    }
    out
}

/// Share of register rows that hold a token close to one of the extract, by length of the latter.
fn close_by_length(vocabulary: &Vocabulary, counts: &[f32], extract: &Records, all: &Counts) -> [f64; LENGTHS] {
    let (rows, rows_per_person) = (all.rows.max(1) as f64, rows_per_person(all));
    let by_hash = |id: &TokenId| text_hash(vocabulary.text(*id).as_bytes());
    let mut asked: Vec<TokenId> = (0..extract.len()).flat_map(|row| extract.tokens(row)).copied().collect();
    asked.sort_unstable();
    asked.dedup();
    asked.sort_by_cached_key(by_hash);
    let mut known: Vec<TokenId> =
        (0..vocabulary.len() as u32).map(TokenId).filter(|id| counts[id.0 as usize] > 0.0).collect();
    known.sort_by_cached_key(|id| (std::cmp::Reverse(counts[id.0 as usize] as u64), by_hash(id)));
    let common: Vec<TokenId> = known.iter().take(COMMON_TOKENS).copied().collect();
    let mut others: Vec<TokenId> = known.into_iter().skip(COMMON_TOKENS).collect();
    others.sort_by_cached_key(by_hash);
    let sum = |ids: &[TokenId]| ids.iter().map(|id| f64::from(counts[id.0 as usize])).sum::<f64>();
    let of_others = sum(&others);
    others.truncate(OTHER_TOKENS);
    let scale = if others.is_empty() { 0.0 } else { of_others / sum(&others).max(1.0) };
    let mut out = [0.0; LENGTHS];
    for (length, share) in out.iter_mut().enumerate() {
        let drawn: Vec<TokenId> = asked
            .iter()
            .filter(|id| vocabulary.text(**id).len().min(LENGTHS - 1) == length)
            .take(TOKENS_DRAWN / LENGTHS * 2)
            .copied()
            .collect();
        let close = |ids: &[TokenId], id: TokenId| -> f64 {
            ids.iter()
                .filter(|other| vocabulary.grade(id, **other) == Grade::Close)
                .map(|other| f64::from(counts[other.0 as usize]))
                .sum()
        };
        let each: Vec<f64> = drawn.par_iter().map(|id| close(&common, *id) + scale * close(&others, *id)).collect();
        let mean = each.iter().sum::<f64>() / each.len().max(1) as f64;
        *share = (mean + UNSEEN * rows_per_person) / rows;
    }
    out
}

/// Share of random pairs of addresses at each level below postcode.
fn address_levels(sample: &Sample) -> [f64; 5] {
    let rows = sample.extract.len().min(600);
    let counted: Vec<[u64; 8]> = (0..rows)
        .into_par_iter()
        .map(|row| {
            let mut levels = [0_u64; 8];
            for a in sample.extract.addresses(row) {
                for other in 0..sample.register.len() {
                    for b in sample.register.addresses(other) {
                        levels[usize::from(kernel::address::level(a, b))] += 1;
                    }
                }
            }
            levels
        })
        .collect();
    let total: u64 = counted.iter().map(|levels| levels[1..].iter().sum::<u64>()).sum();
    let mut out = [1.0; 5];
    // Area, sector and street have floors for samples too small to show them.
    for (level, floor) in [(1, 0.5), (2, 3e-4), (3, 3e-5), (4, 1e-5)] {
        let pairs: u64 = counted.iter().map(|levels| levels[level]).sum();
        out[level] = (pairs as f64 / total.max(1) as f64).max(floor);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_of_three_may_be_the_one_that_agrees() {
        let mut vocabulary = Vocabulary::new();
        let tokens: Vec<TokenId> = ["anita", "shweta", "kumaraval", "k"]
            .map(|word| vocabulary.intern(word, text_hash(word.as_bytes())))
            .to_vec();
        let of = |tokens: &[TokenId], agreement: u8| choices(tokens, agreement, &vocabulary) as u32;
        assert_eq!([4, 7].map(|agreement| of(&tokens, agreement)), [3, 3], "a letter is not chosen");
        assert_eq!(of(&tokens[..2], 4), 2);
        assert_eq!([0, 1, 13].map(|agreement| of(&tokens, agreement)), [1, 1, 1]);
        assert_eq!(of(&tokens[3..], 4), 1);
    }
}
