//! The steps, in order: intake, customers, confirmation, awards, partners.
//!
//! Each table is streamed past the numbers that the step before left over, so that of a person who may not be returned no
//! more is read than was needed to know so.

use crate::engine::{Confirming, Found, Identity, Lookup, Observer, look_up, number};
use crate::error::Result;
use crate::exchange::Exception;
use crate::exchange::agreement::Agreement;
use crate::exchange::benefits::awards::{Award, AwardText, Standing};
use crate::exchange::benefits::contact::Supplied;
use crate::exchange::benefits::finding::{self, Fate, Finding};
use crate::exchange::benefits::intake::{self, Row};
use crate::exchange::benefits::partner;
use crate::frame::Table;
use crate::ingest::{Faults, Loaded, Reader};
use crate::model::value::PartialDate;
use crate::util::clock::Clock;
use crate::util::hash::{Map, Set, map, set};

/// Columns of the customer index that are read: neither sex nor anything else that is not asked.
const CUSTOMER_COLUMNS: [&str; 12] = [
    "nino",
    "title",
    "forename",
    "middle_names",
    "surname",
    "date_of_birth",
    "date_of_death",
    "address",
    "postcode",
    "phone_1",
    "phone_2",
    "partner_nino",
];
/// Columns that are read of a partner.
const PARTNER_COLUMNS: [&str; 7] =
    ["nino", "title", "forename", "middle_names", "surname", "date_of_birth", "date_of_death"];
/// Columns of the awards that are read: no amount.
const AWARD_COLUMNS: [&str; 6] = ["nino", "benefit", "sub_kind", "role", "started_on", "ended_on"];

/// What is assessed, and by what.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The handoff.
    pub handoff: &'a Loaded,
    /// Files of the customer index.
    pub customers: &'a [Reader],
    /// Files of the awards.
    pub awards: &'a [Reader],
    /// What was agreed.
    pub agreement: &'a Agreement,
    /// The date as of which is asked.
    pub on: PartialDate,
    /// Rows read together.
    pub batch_rows: usize,
}

/// What came of a handoff.
#[derive(Debug, Default)]
pub struct Assessed {
    /// Fate of each row of the table.
    pub fates: Vec<Fate>,
    /// Findings of the rows that are returned, in their order.
    pub findings: Vec<(u32, Finding)>,
    /// What was wrong, by row of the file.
    pub exceptions: Vec<Exception>,
    /// Rows read of each file of customers and of awards.
    pub file_rows: [Vec<u64>; 2],
    /// Faulty rows of each file of customers and of awards.
    pub faults: [Vec<Faults>; 2],
    /// Rows of both that were kept.
    pub kept_rows: u64,
    /// Seconds of each step.
    pub seconds: Vec<(&'static str, f64)>,
}

/// Assesses all rows of a handoff.
///
/// # Errors
/// When a table cannot be read to its end.
pub fn assess(sources: &Sources, observer: &dyn Observer) -> Result<Assessed> {
    let mut clock = Clock::start();
    let mut out = Assessed::default();
    let rows = intake::read(sources.handoff, sources.agreement, &mut out.exceptions);
    let wanted = numbers(rows.iter().filter_map(|row| row.number));
    observer.stage("customers", hint(sources.customers));
    let lookup = Lookup { columns: &CUSTOMER_COLUMNS, numbers: &["nino", "partner_nino"], wanted: &wanted };
    let customers = look_up(sources.customers, lookup, sources.batch_rows, observer)?;
    clock.lap("customers");
    let mut desk = Desk {
        sources,
        rows,
        under: by_number(&customers.table),
        naming: naming(&customers.table),
        customers,
        awards: map(),
        unclear: map(),
    };
    desk.confirm();
    clock.lap("confirm");
    observer.stage("awards", hint(sources.awards));
    let wanted = desk.award_numbers();
    let lookup = Lookup { columns: &AWARD_COLUMNS, numbers: &["nino"], wanted: &wanted };
    let awards = look_up(sources.awards, lookup, sources.batch_rows, observer)?;
    desk.take_awards(&awards.table);
    clock.lap("awards");
    let mut findings = desk.findings(&mut out.exceptions);
    let partners = desk.partner_numbers(&findings, &mut out.exceptions);
    let wanted = numbers(partners.iter().flatten().copied());
    if !wanted.is_empty() {
        observer.stage("partners", hint(sources.customers));
        let lookup = Lookup { columns: &PARTNER_COLUMNS, numbers: &["nino"], wanted: &wanted };
        let index = look_up(sources.customers, lookup, sources.batch_rows, observer)?;
        desk.add_partners(&mut findings, &partners, &index, &mut out.exceptions);
    }
    clock.lap("partners");
    out.fates = desk.rows.iter().map(|row| row.fate.unwrap_or(Fate::NotFound)).collect();
    out.findings = findings;
    out.exceptions.sort();
    out.exceptions.dedup();
    out.kept_rows = (desk.customers.places.len() + awards.places.len()) as u64;
    out.file_rows = [desk.customers.file_rows, awards.file_rows];
    out.faults = [desk.customers.faults, awards.faults];
    out.seconds = clock.stages().to_vec();
    Ok(out)
}

fn hint(readers: &[Reader]) -> Option<u64> {
    readers.iter().map(Reader::rows_hint).sum()
}

fn numbers(from: impl Iterator<Item = u64>) -> Set<u64> {
    let mut all = set();
    all.extend(from);
    all
}

/// Rows of a table by the number of their person.
fn by_number(table: &Table) -> Map<u64, Vec<u32>> {
    let mut out: Map<u64, Vec<u32>> = map();
    for row in 0..table.rows() {
        if let Some(number) = table.value("nino", row).and_then(number) {
            out.entry(number).or_default().push(row as u32);
        }
    }
    out
}

/// For each number, the numbers of the customers who name it as their partner's.
fn naming(table: &Table) -> Map<u64, Vec<u64>> {
    let mut out: Map<u64, Vec<u64>> = map();
    for row in 0..table.rows() {
        let of = |column| table.value(column, row).and_then(number);
        if let (Some(own), Some(partner)) = (of("nino"), of("partner_nino"))
            && own != partner
        {
            out.entry(partner).or_default().push(own);
        }
    }
    out
}

/// Takes field and reason.
type Sayer<'e> = Box<dyn FnMut(&str, &'static str) + 'e>;

/// Everything at hand.
struct Desk<'a> {
    sources: &'a Sources<'a>,
    rows: Vec<Row>,
    customers: Found,
    under: Map<u64, Vec<u32>>,
    naming: Map<u64, Vec<u64>>,
    /// Awards in payment of a number, with remarks on their sub-kinds.
    awards: Map<u64, Vec<Award>>,
    /// What could not be read of the awards of a number.
    unclear: Map<u64, Vec<(&'static str, &'static str)>>,
}

impl Desk<'_> {
    /// Index rows under the number of a row that may be looked up.
    fn under(&self, row: usize) -> &[u32] {
        let number = self.rows[row].number.filter(|_| self.rows[row].fate.is_none());
        number.and_then(|number| self.under.get(&number)).map_or(&[], Vec::as_slice)
    }

    fn confirm(&mut self) {
        let under: Vec<Vec<u32>> = (0..self.rows.len()).map(|row| self.under(row).to_vec()).collect();
        let limits = self.sources.agreement.thresholds();
        let confirming = Confirming::new(&self.sources.handoff.table, &self.customers.table, self.sources.on, limits);
        for (row, identity) in self.rows.iter_mut().zip(confirming.all(&under)) {
            if row.fate.is_none() {
                row.fate = match identity {
                    Identity::NotFound => Some(Fate::NotFound),
                    Identity::NotConfirmed => Some(Fate::NotConfirmed),
                    Identity::SeveralPeople => Some(Fate::SeveralPeople),
                    Identity::Confirmed => None,
                };
            }
        }
    }

    /// Rows that are confirmed and not decided, with their numbers.
    fn open(&self) -> impl Iterator<Item = (usize, u64)> {
        self.rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.fate.is_none())
            .filter_map(|(at, row)| row.number.map(|number| (at, number)))
    }

    /// Numbers of confirmed people, and of those who name them as partners.
    fn award_numbers(&self) -> Set<u64> {
        let naming = |number: u64| self.naming.get(&number).into_iter().flatten().copied();
        numbers(self.open().flat_map(|(_, number)| std::iter::once(number).chain(naming(number))))
    }

    fn take_awards(&mut self, table: &Table) {
        for row in 0..table.rows() {
            let text = |column| table.value(column, row).unwrap_or("");
            let Some(number) = number(text("nino")) else { continue };
            let award = AwardText {
                benefit: text("benefit"),
                sub_kind: text("sub_kind"),
                role: text("role"),
                started_on: text("started_on"),
                ended_on: text("ended_on"),
            };
            match award.on(self.sources.on) {
                Standing::NotInPayment => {}
                Standing::Unclear(field, reason) => self.unclear.entry(number).or_default().push((field, reason)),
                Standing::InPayment(award, remark) => {
                    self.awards.entry(number).or_default().push(award);
                    if let Some(reason) = remark {
                        self.unclear.entry(number).or_default().push(("sub_kind", reason));
                    }
                }
            }
        }
    }

    /// Decides on all rows that are open; findings lack their partners yet.
    fn findings(&mut self, exceptions: &mut Vec<Exception>) -> Vec<(u32, Finding)> {
        let mut out = Vec::new();
        let open: Vec<(usize, u64)> = self.open().collect();
        for (row, number) in open {
            let mut say = self.sayer(row, exceptions);
            for (field, reason) in self.unclear.get(&number).into_iter().flatten() {
                say(field, reason);
            }
            let under = self.under(row);
            let death = finding::death(&self.customers.table, under, self.sources.on, &mut say);
            let mut awards = self.awards.get(&number).cloned().unwrap_or_default();
            awards.sort_unstable();
            let fate = if !awards.is_empty() {
                let supplied = Supplied::new(&self.sources.handoff.table, row);
                let addresses = finding::addresses(&self.customers.table, under, &supplied);
                let phones = finding::phones(&self.customers.table, under, &supplied, &mut say);
                out.push((row as u32, Finding { awards, addresses, phones, partner: None, death }));
                Fate::Returned
            } else if death.is_some() && self.sources.agreement.report_death_without_award {
                // The death and nothing else: no benefit is in payment to report on.
                out.push((row as u32, Finding { death, ..Finding::default() }));
                Fate::Returned
            } else if self.is_unclear(number) {
                Fate::UnclearAward
            } else {
                Fate::NoBenefit
            };
            drop(say);
            self.rows[row].fate = Some(fate);
        }
        out
    }

    /// Whether an award of a number could not be told, besides its sub-kind.
    fn is_unclear(&self, number: u64) -> bool {
        self.unclear.get(&number).is_some_and(|all| all.iter().any(|(field, _)| *field != "sub_kind"))
    }

    /// Takes what is said of a row into the exceptions, under its number in the file.
    fn sayer<'e>(&self, row: usize, exceptions: &'e mut Vec<Exception>) -> Sayer<'e> {
        let number = self.sources.handoff.row_numbers.get(row).copied().unwrap_or(0);
        Box::new(move |field: &str, reason: &'static str| {
            exceptions.push(Exception { row: number, field: field.to_owned(), reason: reason.to_owned() });
        })
    }

    /// Numbers of the partners of all findings with an award.
    fn partner_numbers(&self, findings: &[(u32, Finding)], exceptions: &mut Vec<Exception>) -> Vec<Option<u64>> {
        let of = |(row, finding): &(u32, Finding)| {
            let own = self.rows[*row as usize].number?;
            if finding.awards.is_empty() {
                return None;
            }
            let under = self.under.get(&own).map_or(&[][..], Vec::as_slice);
            let mut say = self.sayer(*row as usize, exceptions);
            let named = partner::named(&self.customers, under, own, &mut say);
            let naming = self.naming.get(&own).map_or(&[][..], Vec::as_slice);
            named.or_else(|| partner::on_award(naming, &finding.awards, &self.awards))
        };
        findings.iter().map(of).collect()
    }

    fn add_partners(
        &self,
        findings: &mut [(u32, Finding)],
        partners: &[Option<u64>],
        index: &Found,
        exceptions: &mut Vec<Exception>,
    ) {
        let by_number = by_number(&index.table);
        let people =
            Confirming::new(&Table::default(), &index.table, self.sources.on, self.sources.agreement.thresholds());
        for ((row, finding), number) in findings.iter_mut().zip(partners) {
            let Some(number) = number else { continue };
            let rows = by_number.get(number).map_or(&[][..], Vec::as_slice);
            let mut say = self.sayer(*row as usize, exceptions);
            finding.partner = partner::details(index, rows, people.people(rows), &mut say);
        }
    }
}
