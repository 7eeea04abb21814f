//! The trace from end to end: keys, scan, candidates, learning, decisions.

use crate::block::{BlockReport, Blocks, Limits, RULES, Rule};
use crate::engine::aside::{Aside, Checkpoints, Held, Room};
use crate::engine::candidates::{Comparing, FoundPerson, Scratch};
use crate::engine::extract::{ExtractSide, Remark, questions};
use crate::engine::gather::Asked;
use crate::engine::holding_back::hold_back;
use crate::engine::partial::Partial;
use crate::engine::people::{People, PersonKey};
use crate::engine::reading::FaultCounts;
use crate::engine::scan::{Places, Plan, Probe, Register, Scanned, scan, scan_aside};
use crate::engine::stored::{StoredIndex, scan_stored};
use crate::engine::survivors::{Loaded, Survivors};
use crate::engine::{Observer, Silent};
use crate::error::Result;
use crate::frame::Table;
use crate::ids::{RegisterRow, Slot};
use crate::ingest::Faults;
use crate::model::comparison::Comparison;
use crate::model::parameters::{Parameters, Thresholds};
use crate::model::value::PartialDate;
use crate::resolve::{Candidate, Decision, Evidence, Facts, Outcome, decide};
use crate::score::train::{Convergence, Patterns, learn};
use crate::score::{Frequencies, Sample, Scorer};
use crate::util::clock::Clock;
use crate::util::parallel::map_chunks;
use std::ops::Range;

/// What is asked of a trace.
pub struct Settings {
    /// Date of the run.
    pub on: PartialDate,
    /// A given model; learned from the run's own pairs when `None`.
    pub model: Option<Parameters>,
    /// Thresholds that stand over those of the model.
    pub thresholds: Option<Thresholds>,
    /// Limits of blocks.
    pub limits: Limits,
    /// Plan.
    pub plan: Plan,
    /// Register rows of one batch.
    pub batch_rows: usize,
    /// Whether everyone who was compared is kept by key and weight, for measuring against truth.
    pub keep_compared: bool,
    /// How much memory there is.
    pub room: Room,
    /// Checkpoints of the scan, where the run is to be resumed if it is stopped.
    pub checkpoints: Option<Checkpoints>,
}

/// A result of matching that has passed no gateway: it may be written for the department that made it, and no other.
#[derive(Clone, Debug)]
pub struct Linked<T>(T);

impl<T> Linked<T> {
    /// The result.
    pub fn get(&self) -> &T {
        &self.0
    }
}

/// A person named in a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Person key.
    pub key: PersonKey,
    /// NINO as the register has it; may be empty, administrative or doubtful.
    pub nino: String,
    /// Person id as the register has it; may be empty.
    pub person_id: String,
    /// Numbers of the data sets that hold rows of the person.
    pub data_sets: Vec<u16>,
    /// Places of the rows that were compared.
    pub places: Vec<RegisterRow>,
    /// Evidence, pooled.
    pub evidence: Evidence,
    /// Weight against 'absent', in bits.
    pub weight: f64,
    /// First rule that found the person.
    pub rule: Rule,
}

impl Person {
    /// The person as they are asked for: who of those under one number it is, the rows tell that are known to be theirs.
    pub fn asked(&self) -> Asked {
        let mut places = self.places.clone();
        places.sort_unstable();
        places.dedup();
        (self.key, places)
    }
}

/// Decision on one extract row, with the people it names.
#[derive(Clone, Debug)]
pub struct RowLink {
    /// The decision; its indices point into `people`.
    pub decision: Decision,
    /// Best candidates, highest weight first: two of a match, five of what people will look at, none of a no-hit.
    pub people: Vec<Person>,
    /// A block of this row was over its limit with nothing below it.
    pub cut: bool,
    /// Everyone who was compared with the row, with weights against 'absent' in bits, highest first; empty unless asked
    /// for. Who was past hope before learning has the weight minus infinity.
    pub compared: Vec<(PersonKey, f64)>,
}

/// How good the matches are, as the model itself has it: no truth is needed (fastLink gives the like).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimates {
    /// Matches.
    pub matches: u64,
    /// Right matches to be expected: the sum of their probabilities.
    pub right: f64,
    /// People of the extract to be expected in the register, among those compared.
    pub present: f64,
}

impl Estimates {
    fn new(rows: &[Option<RowLink>]) -> Self {
        let mut sum = Self::default();
        for link in rows.iter().flatten() {
            sum.present += link.decision.present;
            if link.decision.outcome == Outcome::Match {
                sum.matches += 1;
                sum.right += link.decision.probability;
            }
        }
        sum
    }

    /// Expected share of right ones among matches; 1 without matches.
    pub fn precision(&self) -> f64 {
        if self.matches == 0 { 1.0 } else { self.right / self.matches as f64 }
    }

    /// Expected share of matched ones among people who are in the register and were compared; 1 where none is to be
    /// expected.
    pub fn recall(&self) -> f64 {
        if self.present > 0.0 { self.right / self.present } else { 1.0 }
    }
}

/// Everything a trace found.
pub struct Trace {
    /// One entry for each row of the extract table; `None` where there was too little to search with.
    pub rows: Vec<Option<RowLink>>,
    /// What was found wrong in extract values.
    pub remarks: Vec<Remark>,
    /// The model that gave the weights.
    pub model: Parameters,
    /// How learning ended; `None` for a given model.
    pub convergence: Option<Convergence>,
    /// What became of blocks.
    pub blocks: BlockReport,
    /// Pairs by the first rule that found them.
    pub pairs_by_rule: [u64; RULES.len()],
    /// Pairs of rows compared.
    pub pairs: u64,
    /// Candidate people.
    pub candidates: u64,
    /// Register rows that shared a standing block with the extract.
    pub survivors: u64,
    /// Memory of these rows and of what leads to them, in bytes.
    pub survivor_bytes: usize,
    /// Bytes that were put aside on the disk.
    pub disk_bytes: u64,
    /// Ranges of extract rows that were looked at one after the other.
    pub ranges: usize,
    /// Register rows read.
    pub register_rows: u64,
    /// People in the registers, estimated.
    pub persons: f64,
    /// How good the matches are to be expected.
    pub estimates: Estimates,
    /// Rows without a person key.
    pub nameless_rows: u64,
    /// Faults of register values.
    pub faults: FaultCounts,
    /// Faults of register rows, by file.
    pub row_faults: Vec<Faults>,
    /// Rows by register file.
    pub file_rows: Vec<u64>,
    /// Seconds by stage, in order.
    pub seconds: Vec<(&'static str, f64)>,
    /// Peak memory of the process by the end of each stage, in bytes; empty where the system does not say.
    pub peaks: Vec<(&'static str, u64)>,
}

/// Candidates below this weight under the start model are counted for learning and then forgotten: they would need
/// 25 bits more from learning to be heard of.
const HOPELESS_BITS: f64 = -30.0;
/// Candidates kept for a row that people will look at.
const PEOPLE_KEPT: usize = 5;
/// Candidates kept for a match: the person and the runner-up.
const PEOPLE_OF_A_MATCH: usize = 2;
/// Extract rows compared together.
const CHUNK_ROWS: usize = 128;

/// Traces the rows of `extract` in `registers`.
///
/// # Errors
/// When a register cannot be read to its end.
pub fn trace(
    extract: &Table,
    registers: &[Register],
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Linked<Trace>> {
    let mut clock = Clock::start();
    observer.stage("extract", Some(extract.rows() as u64));
    let mut side = ExtractSide::new(extract, settings.on);
    clock.lap("extract");
    let blocks_max = side.slots.blocks_max(&settings.limits);
    let probe = Probe {
        keys: side.slots.keys(),
        blocks_max: &blocks_max,
        codes: &side.codes,
        on: settings.on,
        plan: settings.plan,
        batch_rows: settings.batch_rows,
        rows_max: None,
        places: Places::Files,
    };
    let scanned = if settings.plan == Plan::Stream {
        let aside = Aside::new(&settings.room, &side.slots, settings.checkpoints.as_ref());
        scan_aside(registers, &probe, &mut side.vocabulary, aside, observer)?
    } else {
        scan(registers, &probe, &mut side.vocabulary, observer)?
    };
    clock.lap("scan");
    resolve(&mut side, scanned, settings, observer, clock).map(Linked)
}

/// Traces the rows of `extract` in a stored register: the same answer as from the registers that it was built of.
///
/// # Errors
/// When a file of the index is not what was written.
pub fn trace_stored(
    extract: &Table,
    index: &StoredIndex,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Linked<Trace>> {
    let mut clock = Clock::start();
    observer.stage("extract", Some(extract.rows() as u64));
    let (verified, (mut side, questions)) = rayon::join(
        || index.verify(false),
        || {
            let side = ExtractSide::new(extract, settings.on);
            let questions = questions(&side, extract, settings.on);
            (side, questions)
        },
    );
    verified?;
    clock.lap("extract");
    let aside = Aside::new(&settings.room, &side.slots, None);
    let scanned = scan_stored(index, &mut side, questions, settings, aside, observer)?;
    clock.lap("scan");
    resolve(&mut side, scanned, settings, observer, clock).map(Linked)
}

/// The end of a trace whose registers were passed elsewhere, in any number of parts: `partial` is all of them, merged.
///
/// # Errors
/// None but faults of the program.
pub fn trace_parts(
    mut side: ExtractSide,
    partial: Partial,
    settings: &Settings,
    observer: &dyn Observer,
) -> Result<Linked<Trace>> {
    let mut clock = Clock::start();
    let (slots, limits) = (&side.slots, settings.limits);
    let within = |slot: Slot, rows: u32| rows <= limits.rows_max(slots.kind(slot), slots.extract_rows(slot));
    let scanned = partial.into_scanned(within, &mut side.vocabulary);
    clock.lap("merge");
    resolve(&mut side, scanned, settings, observer, clock).map(Linked)
}

/// What a trace would cost.
pub struct DryRun {
    /// Extract rows with enough to search with.
    pub searchable: u64,
    /// Different keys of the extract.
    pub keys: u64,
    /// Register rows, where known without reading them.
    pub register_rows: Option<u64>,
    /// Register rows that the estimate is scaled from.
    pub rows_seen: u64,
    /// Expected blocks and pairs by rule.
    pub blocks: BlockReport,
}

/// Register rows of each file that an estimate looks at.
const ESTIMATE_ROWS: u64 = 200_000;

/// Estimates the cost of a trace from the first rows of each register file.
///
/// # Errors
/// When a register cannot be read.
pub fn dry_run(extract: &Table, registers: &[Register], settings: &Settings) -> Result<DryRun> {
    let mut side = ExtractSide::new(extract, settings.on);
    let blocks_max = side.slots.blocks_max(&settings.limits);
    let probe = Probe {
        keys: side.slots.keys(),
        blocks_max: &blocks_max,
        codes: &side.codes,
        on: settings.on,
        plan: Plan::Stream,
        batch_rows: settings.batch_rows,
        rows_max: Some(ESTIMATE_ROWS),
        places: Places::Files,
    };
    let scanned = scan(registers, &probe, &mut side.vocabulary, &Silent)?;
    let rows_seen: u64 = scanned.file_rows.iter().sum();
    let register_rows: Option<u64> = registers.iter().map(|register| register.reader.rows_hint()).sum();
    let scale = register_rows.unwrap_or(rows_seen) as f64 / rows_seen.max(1) as f64;
    let scaled: Vec<u32> =
        scanned.counts.slots.iter().map(|count| (f64::from(*count) * scale).round() as u32).collect();
    Ok(DryRun {
        searchable: side.searchable.iter().filter(|row| **row).count() as u64,
        keys: side.slots.len() as u64,
        register_rows,
        rows_seen,
        blocks: Blocks::new(&side.slots, settings.limits, &scaled, &[]).report(),
    })
}

/// The cost of a trace of a stored register: its blocks are counted, not estimated.
///
/// # Errors
/// When a file of the index is not what was written.
pub fn dry_run_stored(extract: &Table, index: &StoredIndex, settings: &Settings) -> Result<DryRun> {
    index.verify(false)?;
    let mut side = ExtractSide::new(extract, settings.on);
    let questions = questions(&side, extract, settings.on);
    let aside = Aside::new(&settings.room, &side.slots, None);
    let scanned = scan_stored(index, &mut side, questions, settings, aside, &Silent)?;
    let rows = index.catalogue().rows();
    Ok(DryRun {
        searchable: side.searchable.iter().filter(|row| **row).count() as u64,
        keys: side.slots.len() as u64,
        register_rows: Some(rows),
        rows_seen: rows,
        blocks: Blocks::new(&side.slots, settings.limits, &scanned.counts.slots, &[]).report(),
    })
}

/// Candidates of one extract row.
#[derive(Default)]
struct RowCandidates {
    found: Vec<FoundPerson>,
    /// Who is past hope, where everyone is kept.
    dropped: Vec<PersonKey>,
    cut: bool,
}

#[derive(Default)]
struct Compared {
    rows: Vec<RowCandidates>,
    patterns: Patterns,
    pairs: u64,
    by_rule: [u64; RULES.len()],
    candidates: u64,
}

fn resolve(
    side: &mut ExtractSide,
    mut scanned: Scanned,
    settings: &Settings,
    observer: &dyn Observer,
    mut clock: Clock,
) -> Result<Trace> {
    let mut survivors = Survivors::new(&mut scanned, side, settings.limits, CHUNK_ROWS)?;
    let side = &*side;
    let sample = Sample { extract: &side.records, register: &scanned.sample };
    let mut frequencies = Frequencies::new(&scanned.counts, &side.slots, &side.vocabulary, &sample);
    let mut loaded = survivors.loaded(side, settings.limits, &scanned.counts.slots);
    let counted = loaded.count_companions(&frequencies)?;
    frequencies.learn_companions(&counted);
    clock.lap("frequencies");
    // Which of a person's rows agrees better is settled before anything is learned, by the built-in model; so it is where a
    // model is given, or one that was learned and saved would see other evidence than the run that learned it.
    let start_model = Parameters::built_in();
    let start = Scorer::new(&start_model, scanned.counts.persons);
    observer.stage("compare", Some(side.searchable.len() as u64));
    let comparing = Settled { side, frequencies: &frequencies, start: &start };
    let mut compared = compare(&mut loaded, &comparing, settings.keep_compared, observer)?;
    clock.lap("compare");
    let (model, convergence) = model_of(side, &compared.patterns, scanned.counts.persons, &start_model, settings);
    compared.patterns = Patterns::default();
    clock.lap("learn");
    let scorer = Scorer::new(&model, scanned.counts.persons);
    let weighing = Weighing {
        scorer: &scorer,
        model: &model,
        persons: scanned.counts.persons,
        keep_compared: settings.keep_compared,
    };
    let (mut rows, report) = decide_all(&mut loaded, &comparing, &weighing, &mut compared.rows)?;
    hold_back(&mut rows, &side.records);
    clock.lap("decide");
    let about = survivors.about();
    Ok(Trace {
        estimates: Estimates::new(&rows),
        rows,
        remarks: side.remarks.clone(),
        convergence,
        blocks: report,
        pairs_by_rule: compared.by_rule,
        pairs: compared.pairs,
        candidates: compared.candidates,
        survivors: about.rows,
        survivor_bytes: about.bytes,
        disk_bytes: about.disk_bytes,
        ranges: about.ranges,
        register_rows: scanned.counts.rows + scanned.nameless_rows,
        persons: scanned.counts.persons,
        nameless_rows: scanned.nameless_rows,
        faults: scanned.faults,
        row_faults: scanned.row_faults,
        file_rows: scanned.file_rows,
        seconds: clock.stages().to_vec(),
        peaks: clock.peaks().to_vec(),
        model,
    })
}

/// What is settled before pairs are compared.
#[derive(Clone, Copy)]
struct Settled<'a> {
    side: &'a ExtractSide,
    frequencies: &'a Frequencies<'a>,
    start: &'a Scorer,
}

impl<'a> Settled<'a> {
    /// With the rows of a range of the extract.
    fn with(&self, held: &'a Held<'_>) -> Comparing<'a> {
        Comparing {
            blocks: &held.blocks,
            extract: &self.side.records,
            register: &held.records,
            people: &held.people,
            vocabulary: &self.side.vocabulary,
            frequencies: self.frequencies,
            start: self.start,
        }
    }
}

/// The model that gives the weights: the one given, or what the candidates teach from `start`.
fn model_of(
    side: &ExtractSide,
    patterns: &Patterns,
    persons: f64,
    start: &Parameters,
    settings: &Settings,
) -> (Parameters, Option<Convergence>) {
    let searchable = side.searchable.iter().filter(|row| **row).count() as u64;
    let (mut model, convergence) = match &settings.model {
        Some(model) => (model.clone(), None),
        None => {
            let (model, end) = learn(patterns, searchable, persons, start);
            (model, Some(end))
        }
    };
    if let Some(thresholds) = settings.thresholds {
        model.thresholds = thresholds;
    }
    (model, convergence)
}

/// Compares the candidates of all rows, range by range.
fn compare(loaded: &mut Loaded, settled: &Settled, keep_compared: bool, observer: &dyn Observer) -> Result<Compared> {
    let mut all = Compared::default();
    for (number, range) in loaded.ranges().into_iter().enumerate() {
        let held = loaded.part(number)?;
        let comparing = settled.with(held);
        for chunk in compare_range(&comparing, range, settled.start, keep_compared, observer) {
            all.rows.extend(chunk.rows);
            all.patterns.append(&chunk.patterns);
            all.pairs += chunk.pairs;
            all.candidates += chunk.candidates;
            for (sum, pairs) in all.by_rule.iter_mut().zip(chunk.by_rule) {
                *sum += pairs;
            }
        }
    }
    Ok(all)
}

/// Compares the candidates of some rows on all cores; chunks come in order.
fn compare_range(
    comparing: &Comparing,
    range: Range<usize>,
    start: &Scorer,
    keep_compared: bool,
    observer: &dyn Observer,
) -> Vec<Compared> {
    map_chunks(range.len(), CHUNK_ROWS, |chunk| {
        let mut scratch = Scratch::default();
        let mut out = Compared::default();
        let len = chunk.len() as u64;
        for row in chunk {
            let mut found = Vec::new();
            let cut = comparing.candidates(range.start + row, &mut scratch, &mut found);
            out.candidates += found.len() as u64;
            out.patterns.push_row(found.iter().map(|person| (person.evidence.vector, person.evidence.total_log2_u())));
            let hopeless =
                |person: &FoundPerson| start.weight(person.evidence.vector, &person.evidence.log2_u) <= HOPELESS_BITS;
            let key = |person: &FoundPerson| comparing.people.key(person.survivor as usize);
            let dropped =
                if keep_compared { found.iter().filter(|one| hopeless(one)).map(key).collect() } else { vec![] };
            found.retain(|person| !hopeless(person));
            found.shrink_to_fit();
            out.rows.push(RowCandidates { found, dropped, cut });
        }
        out.pairs = scratch.compared;
        out.by_rule = scratch.by_rule;
        observer.advance(len);
        out
    })
}

/// Decides on all rows, range by range; candidates are let go of as they are decided on.
fn decide_all(
    loaded: &mut Loaded,
    settled: &Settled,
    weighing: &Weighing,
    candidates: &mut Vec<RowCandidates>,
) -> Result<(Vec<Option<RowLink>>, BlockReport)> {
    let (mut rows, mut report) = (Vec::with_capacity(candidates.len()), BlockReport::default());
    let mut candidates = std::mem::take(candidates).into_iter();
    for (number, range) in loaded.ranges().into_iter().enumerate() {
        let held = loaded.part(number)?;
        let comparing = settled.with(held);
        let of_range: Vec<RowCandidates> = candidates.by_ref().take(range.len()).collect();
        let deciding = Deciding { side: settled.side, people: &held.people, comparing: &comparing, weighing };
        let is_first = number == 0;
        // The report is of sizes alone, which are the same in every range.
        let blocks = || if is_first { held.blocks.report() } else { BlockReport::default() };
        let (decided, of_blocks) = rayon::join(|| deciding.range(range, &of_range), blocks);
        rows.extend(decided);
        report = if is_first { of_blocks } else { report };
    }
    Ok((rows, report))
}

/// What weights are made with.
struct Weighing<'a> {
    scorer: &'a Scorer,
    model: &'a Parameters,
    persons: f64,
    keep_compared: bool,
}

struct Deciding<'a> {
    side: &'a ExtractSide,
    people: &'a People,
    comparing: &'a Comparing<'a>,
    weighing: &'a Weighing<'a>,
}

impl Deciding<'_> {
    fn range(&self, range: Range<usize>, rows: &[RowCandidates]) -> Vec<Option<RowLink>> {
        let decide = |at: usize| {
            let row = range.start + at;
            self.side.searchable[row].then(|| self.row(row, &rows[at]))
        };
        let decided = map_chunks(rows.len(), CHUNK_ROWS, |chunk| chunk.map(decide).collect::<Vec<_>>());
        decided.into_iter().flatten().collect()
    }

    fn row(&self, row: usize, of_row: &RowCandidates) -> RowLink {
        let mut weighed: Vec<(f64, &FoundPerson)> = of_row
            .found
            .iter()
            .map(|person| (self.weighing.scorer.weight(person.evidence.vector, &person.evidence.log2_u), person))
            .collect();
        self.rank(&mut weighed);
        let candidates: Vec<Candidate> = weighed
            .iter()
            .map(|(weight, person)| Candidate { person: person.survivor, evidence: person.evidence, weight: *weight })
            .collect();
        let best = weighed.first().map(|(_, person)| *person);
        let facts = Facts {
            supplied_nino: self.side.records.nino(row) != 0,
            namesakes: best.map_or(0.0, |best| {
                self.weighing.persons * f64::from(best.evidence.log2_u[Comparison::Name as usize]).exp2()
            }),
            sharers: best.map_or(0, |best| best.sharers),
        };
        let decision = decide(&candidates, &facts, &self.weighing.model.thresholds, &mut Vec::new());
        let kept = match decision.outcome {
            Outcome::Match => PEOPLE_OF_A_MATCH,
            Outcome::Review | Outcome::Ambiguous => PEOPLE_KEPT,
            Outcome::NoHit | Outcome::NotSearchable => 0,
        };
        let survivors = if kept > 0 { self.comparing.survivors(row) } else { Vec::new() };
        let people =
            weighed.iter().take(kept).map(|(weight, person)| self.person(&survivors, *weight, person)).collect();
        let compared = if self.weighing.keep_compared { self.compared(&weighed, &of_row.dropped) } else { Vec::new() };
        RowLink { decision, people, cut: of_row.cut, compared }
    }

    /// Puts the highest weight first. Ties are broken by the numbers of the people, so that the order of the register cannot
    /// be seen: as far down as anybody is looked at, since numbers are anywhere in memory.
    fn rank(&self, weighed: &mut [(f64, &FoundPerson)]) {
        weighed.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let looked_at = if self.weighing.keep_compared { weighed.len() } else { PEOPLE_KEPT };
        let mut before = 0;
        for tie in weighed.chunk_by_mut(|(a, _), (b, _)| a.total_cmp(b).is_eq()) {
            if before >= looked_at {
                break;
            }
            before += tie.len();
            tie.sort_by(|(_, one), (_, two)| {
                let numbers = |person: &FoundPerson| self.people.numbers(person.survivor as usize);
                numbers(one).cmp(&numbers(two)).then(one.evidence.vector.cmp(&two.evidence.vector))
            });
        }
    }

    fn compared(&self, weighed: &[(f64, &FoundPerson)], dropped: &[PersonKey]) -> Vec<(PersonKey, f64)> {
        let weighed = weighed.iter().map(|(weight, person)| (self.people.key(person.survivor as usize), *weight));
        weighed.chain(dropped.iter().map(|key| (*key, f64::NEG_INFINITY))).collect()
    }

    fn person(&self, survivors: &[u32], weight: f64, found: &FoundPerson) -> Person {
        let rows = self.comparing.rows_of_person(survivors, found);
        let mut data_sets: Vec<u16> = rows.iter().map(|row| self.people.data_set(*row as usize)).collect();
        data_sets.sort_unstable();
        data_sets.dedup();
        let mut places: Vec<RegisterRow> = rows.iter().map(|row| self.people.place(*row as usize)).collect();
        places.sort_unstable();
        let (nino, person_id) = self.people.numbers(found.survivor as usize);
        Person {
            key: self.people.key(found.survivor as usize),
            nino: nino.to_owned(),
            person_id: person_id.to_owned(),
            data_sets,
            places,
            evidence: found.evidence,
            weight,
            rule: found.rule,
        }
    }
}
