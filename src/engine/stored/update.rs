//! Takes a refreshed register into a stored one: rows that are as they were stay, others are added or taken out.
//!
//! Rows are known again by the digest of all that they say. A row that is there twice stays twice.

use crate::engine::Observer;
use crate::engine::scan::Register;
use crate::engine::stored::build::{Added, BuildSettings, Writers, read_beside_digest, source, write_counts};
use crate::engine::stored::catalogue::{Catalogue, Segment};
use crate::engine::stored::open::StoredIndex;
use crate::engine::stored::segment::MappedSegment;
use crate::engine::stored::writer::{Digester, file_name};
use crate::error::{Error, Result};
use crate::ingest::Input;
use crate::store::{Column, create_private_file, write_columns};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Share of rows gone from which an index is built anew: those rows are passed over again and again.
const GONE_SHARE_MAX: f64 = 0.5;

/// Digests whose buckets are looked at together.
const NEAR: usize = 256;

/// What an update did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// Rows that stayed.
    pub same: u64,
    /// Rows that came.
    pub new: u64,
    /// Rows that went.
    pub gone: u64,
}

/// Name of the file of rows that are gone from a segment.
pub(super) fn gone_name(about: &Segment) -> String {
    file_name(about.number, &format!("gone-{}", about.generation))
}

/// Digest, segment, row.
type Row = (u64, u32, u32);

/// Gives each row to what it is called with.
type EachRow<'a> = dyn Fn(&mut dyn FnMut(Row)) + Sync + 'a;

/// Rows of an index by their digests.
struct Known {
    /// By the highest bits of the digest.
    parts: Vec<Part>,
    shift: u32,
}

/// Rows whose digests begin with the same bits.
struct Part {
    /// By bucket, then by segment and row.
    rows: Vec<Row>,
    /// First row of each bucket; buckets are told apart by the bits that follow those of the part.
    starts: Vec<u32>,
    shift: u32,
    /// Whether a row was met again.
    met: Vec<AtomicU64>,
}

impl Known {
    fn new(index: &StoredIndex) -> Self {
        let rows = index.segments.iter().map(MappedSegment::len).sum();
        Self::of(rows, &|work| {
            for (number, segment) in (0..).zip(&index.segments) {
                let alive = (0..).zip(segment.digests.iter()).filter(|(row, _)| !segment.is_gone(*row));
                alive.for_each(|(row, digest)| work((*digest, number, row)));
            }
        })
    }

    /// At most so many rows, which `each` goes through by segment and row.
    fn of(rows: usize, each: &EachRow) -> Self {
        let parts = rayon::current_num_threads().next_power_of_two().max(2);
        let bits = (rows / parts / 4).max(2).next_power_of_two().trailing_zeros();
        let shift = 64 - parts.trailing_zeros();
        let part = |part: usize| Part::new(each, |digest| (digest >> shift) as usize == part, shift - bits, bits);
        Self { parts: (0..parts).into_par_iter().map(part).collect(), shift }
    }

    fn part(&self, digest: u64) -> &Part {
        &self.parts[(digest >> self.shift) as usize]
    }

    /// Places of those digests of which there is no row that was not met before; rows of the others now are.
    fn unmet(&self, digests: &[u64]) -> Vec<u32> {
        let mut out = Vec::new();
        for (together, first) in digests.chunks(NEAR).zip((0..).step_by(NEAR)) {
            // Buckets are anywhere in memory: looked at first, with nothing that waits for them, they come together.
            std::hint::black_box(together.iter().fold(0, |sum, digest| sum ^ self.part(*digest).touch(*digest)));
            let meet = |digest: u64| self.part(digest).meet(digest);
            out.extend(together.iter().zip(first..).filter(|(digest, _)| !meet(**digest)).map(|(_, place)| place));
        }
        out
    }

    fn len(&self) -> usize {
        self.parts.iter().map(|part| part.rows.len()).sum()
    }

    /// Rows that were not met, by segment, ascending.
    fn gone(&self, segments: usize) -> Vec<Vec<u32>> {
        let mut out = vec![Vec::new(); segments];
        for part in &self.parts {
            for (at, (_, segment, row)) in part.rows.iter().enumerate() {
                if part.met[at / 64].load(Ordering::Relaxed) >> (at % 64) & 1 == 0 {
                    out[*segment as usize].push(*row);
                }
            }
        }
        out.par_iter_mut().for_each(|rows| rows.sort_unstable());
        out
    }
}

impl Part {
    /// Those rows whose digests are `owned`, in buckets by `bits` bits of them.
    fn new(each: &EachRow, owned: impl Fn(u64) -> bool, shift: u32, bits: u32) -> Self {
        let bucket = |digest: u64| (digest >> shift) as usize & ((1 << bits) - 1);
        let mut starts = vec![0_u32; (1 << bits) + 1];
        each(&mut |(digest, ..)| {
            if owned(digest) {
                starts[bucket(digest) + 1] += 1;
            }
        });
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let all = starts[1 << bits] as usize;
        let (mut rows, mut next) = (vec![(0, 0, 0); all], starts.clone());
        each(&mut |row| {
            if owned(row.0) {
                let place = &mut next[bucket(row.0)];
                rows[*place as usize] = row;
                *place += 1;
            }
        });
        let met = (0..all.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Self { rows, starts, shift, met }
    }

    fn bucket(&self, digest: u64) -> usize {
        (digest >> self.shift) as usize & (self.starts.len() - 2)
    }

    fn touch(&self, digest: u64) -> u64 {
        let start = self.starts[self.bucket(digest)] as usize;
        let met = self.met.get(start / 64).map_or(0, |word| word.load(Ordering::Relaxed));
        self.rows.get(start).map_or(0, |row| row.0) ^ met
    }

    /// Whether there is a row of this digest that was not met before; it now is.
    fn meet(&self, digest: u64) -> bool {
        let bucket = self.bucket(digest);
        for at in self.starts[bucket] as usize..self.starts[bucket + 1] as usize {
            let bit = 1 << (at % 64);
            if self.rows[at].0 == digest && self.met[at / 64].fetch_or(bit, Ordering::Relaxed) & bit == 0 {
                return true;
            }
        }
        false
    }
}

/// Takes `registers` in the place of those that an index was built of. A crash leaves the index as it was.
///
/// # Errors
/// When the index is damaged, a register cannot be read to its end, or so much has changed that a new index is better.
pub fn update(
    folder: &Path,
    registers: &[Register],
    inputs: &[Input],
    settings: &BuildSettings,
    observer: &dyn Observer,
) -> Result<(Updated, Catalogue)> {
    let index = StoredIndex::open(folder)?;
    index.verify(false)?;
    remove_strays(folder, &index)?;
    let mut catalogue = index.catalogue.clone();
    let known = Known::new(&index);
    observer.stage("compare with the index", registers.iter().map(|register| register.reader.rows_hint()).sum());
    let first = catalogue.segments.iter().map(|segment| segment.number + 1).max().unwrap_or(0);
    let writers = Writers::new(folder, first, settings.rows_max(), settings.batch_rows);
    let new_rows = AtomicU64::new(0);
    catalogue.sources.clear();
    catalogue.data_sets.clone_from(&settings.data_sets);
    catalogue.bare.clone_from(&settings.bare);
    catalogue.words.clone_from(&settings.words);
    catalogue.copies.clone_from(&settings.copies);
    for (register, input) in registers.iter().zip(inputs) {
        let rows = AtomicU64::new(0);
        let (faults, sha256) = read_beside_digest(register, settings.batch_rows, &|_, _| false, &|batch| {
            let mut digester = Digester::new(&batch.table, register.data_set);
            let all: Vec<u64> = (0..batch.table.rows()).map(|row| digester.digest(row)).collect();
            let new: Vec<u32> = known.unmet(&all);
            let digests: Vec<u64> = new.iter().map(|row| all[*row as usize]).collect();
            writers.add(&batch, register.data_set, Added { rows: &new, digests: &digests, run: None })?;
            new_rows.fetch_add(new.len() as u64, Ordering::Relaxed);
            rows.fetch_add(batch.table.rows() as u64, Ordering::Relaxed);
            observer.advance(batch.table.rows() as u64);
            Ok(())
        })?;
        catalogue.sources.push(source(register, input, rows.into_inner(), faults, sha256));
    }
    let added = writers.finish()?;
    catalogue.generation += 1;
    let gone = known.gone(index.segments.len());
    let gone_rows = gone.iter().map(|rows| rows.len() as u64).sum();
    let same = known.len() as u64 - gone_rows;
    take_out(folder, &index, &mut catalogue, &gone)?;
    catalogue.segments.extend(added);
    if catalogue.gone() as f64 > GONE_SHARE_MAX * catalogue.segments.iter().map(|one| one.rows).sum::<u64>() as f64 {
        let new: BTreeSet<String> = files_of(&catalogue).difference(&files_of(&index.catalogue)).cloned().collect();
        new.iter().try_for_each(|name| remove(&folder.join(name)))?;
        return Err(Error::input("more than half of the rows of the index are gone from the register")
            .at(folder.display())
            .hint(super::catalogue::REBUILD));
    }
    observer.stage("count", None);
    write_counts(folder, &mut catalogue)?;
    remove_strays(folder, &StoredIndex::open(folder)?)?;
    Ok((Updated { same, new: new_rows.into_inner(), gone: gone_rows }, catalogue))
}

/// Writes, for each segment, the rows that are gone.
fn take_out(folder: &Path, index: &StoredIndex, catalogue: &mut Catalogue, gone: &[Vec<u32>]) -> Result<()> {
    let generation = catalogue.generation;
    for (number, about) in catalogue.segments.iter_mut().enumerate().filter(|(number, _)| !gone[*number].is_empty()) {
        let segment = &index.segments[number];
        let before = (0..segment.len() as u32).filter(|row| segment.is_gone(*row));
        let mut all: Vec<u32> = before.chain(gone[number].iter().copied()).collect();
        all.sort_unstable();
        about.files.remove(&gone_name(about));
        about.generation = generation;
        about.gone = all.len() as u64;
        let name = gone_name(about);
        let columns = vec![("row", Column::U32(all))];
        let sum =
            write_columns(create_private_file(&folder.join(&name))?, columns).map_err(|error| error.or_at(&name))?;
        about.files.insert(name, sum.into());
    }
    Ok(())
}

/// Files that a catalogue names.
fn files_of(catalogue: &Catalogue) -> BTreeSet<String> {
    let of_segments = catalogue.segments.iter().flat_map(|segment| segment.files.keys());
    of_segments.chain(catalogue.counts.keys()).cloned().collect()
}

/// Removes files that an update left behind, or that the index no longer needs.
fn remove_strays(folder: &Path, index: &StoredIndex) -> Result<()> {
    let known = files_of(&index.catalogue);
    let entries = std::fs::read_dir(folder).map_err(|error| Error::read(&error).at(folder.display()))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".arrow") && !known.contains(&name) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(|error| Error::write(&error).at(path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::util::hash::mix;
    use std::collections::BTreeMap;

    /// Rows of three segments, many of whose digests come more than once, in one segment and in several.
    fn rows(count: u32) -> Vec<Row> {
        (0..3)
            .flat_map(|segment| (0..count).map(move |row| (mix(u64::from(row % (count / 2 + 1)), 7), segment, row)))
            .collect()
    }

    /// Slow twin: the rows of each digest in order, of which the first are met.
    fn slowly(rows: &[Row], asked: &[u64]) -> (Vec<u32>, Vec<Vec<u32>>) {
        let mut known: BTreeMap<u64, Vec<Row>> = BTreeMap::new();
        rows.iter().rev().for_each(|row| known.entry(row.0).or_default().push(*row));
        let met = |digest: &u64| known.get_mut(digest).and_then(Vec::pop).is_some();
        let met: Vec<bool> = asked.iter().map(met).collect();
        let unmet = (0..).zip(met).filter(|(_, met)| !met).map(|(place, _)| place).collect();
        let mut gone = vec![Vec::new(); 3];
        known.values().flatten().for_each(|(_, segment, row)| gone[*segment as usize].push(*row));
        gone.iter_mut().for_each(|rows| rows.sort_unstable());
        (unmet, gone)
    }

    #[test]
    fn rows_are_known_again_as_often_as_they_are_there() {
        for count in [1, 2, 5, 300, 4_000] {
            let rows = rows(count);
            // Digests of rows, once, twice and seven times, and of none.
            let asked: Vec<u64> =
                (0..count).flat_map(|row| vec![mix(u64::from(row), 7); [0, 1, 2, 7][row as usize % 4]]).collect();
            for threads in [1, 2, 7] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let known = pool.install(|| Known::of(rows.len(), &|work| rows.iter().for_each(|row| work(*row))));
                assert_eq!(known.len(), rows.len());
                let unmet = known.unmet(&asked);
                assert_eq!((unmet, known.gone(3)), slowly(&rows, &asked), "{count} rows, {threads} threads");
            }
        }
    }
}
