//! Pairs that were scored, by units of the work: in memory, or on the disk where there is no room for them; and where a run
//! is to be resumed, on the disk as well.
//!
//! In: the pairs of each unit that weigh enough, from many threads. Out: all of them, in the order of the units while they
//! are in memory. A checkpoint is a folder of [parts](crate::store::PartFolder); each holds the units that were done since
//! the part before. Invariant: neither which units an earlier process did nor where pairs were can be seen in the pairs.
//!
//! Block 0 of a part is its number, that of the units of the run; the others are [of units](super::kept::UnitBlocks).

use crate::engine::linkage::kept::{KeptPairs, PairRoom, UnitBlocks, UnitPairs, put_unit};
use crate::error::Result;
use crate::store::{BlockFile, NewPart, PartFolder};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What bounds the scoring of pairs, and what of it outlives the process.
#[derive(Default)]
pub struct Keeping {
    /// Memory of pairs, and where the rest goes.
    pub room: PairRoom,
    /// Where what is done is kept for the next run.
    pub checkpoints: Option<Checkpoints>,
}

/// Bytes of a block after which a next one is begun.
const BLOCK_BYTES: usize = 4 << 20;

/// Checkpoints of the scoring of pairs.
pub struct Checkpoints {
    folder: PartFolder,
    every: Duration,
    /// What an earlier process has done, and the part that tells of it.
    before: Vec<(usize, Arc<BlockFile>)>,
    /// What this one has done.
    made: Mutex<Made>,
}

struct Made {
    /// Units that are done and in no part.
    units: Vec<usize>,
    /// When the part before was put at its place.
    last: Instant,
    /// The part that is being written, where units had to leave the memory.
    part: Option<NewPart>,
    /// Number of the next part.
    next: usize,
    parts: Vec<Arc<BlockFile>>,
}

/// What units gave that is in memory, by their numbers.
type Held = [Option<UnitPairs>];

impl Checkpoints {
    /// Opens a folder of checkpoints, or makes it; a part is written after every `every` of work. `identity` is the digest
    /// of all that can change a pair.
    ///
    /// # Errors
    /// When another process is at work there, the folder is something else, or what is in it is damaged, of another run, or
    /// made with another key.
    pub fn open(folder: &Path, key: Option<Vec<u8>>, identity: String, every: Duration) -> Result<Self> {
        let (folder, parts) = PartFolder::open(folder, "pairs", key, identity, "link or dedupe")?;
        let next = parts.last().map_or(1, |part| part.number + 1);
        let made = Made { units: Vec::new(), last: Instant::now(), part: None, next, parts: Vec::new() };
        let before = parts.into_iter().map(|part| (part.number, Arc::new(part.file))).collect();
        Ok(Self { folder, every, before, made: Mutex::new(made) })
    }

    /// Whether an earlier process has left something.
    pub fn has_parts(&self) -> bool {
        !self.before.is_empty()
    }

    /// Removes the folder: the run is done.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(self) -> Result<()> {
        let made = self.made.into_inner().unwrap_or_else(PoisonError::into_inner).next;
        let first = self.before.last().map_or(1, |(number, _)| number + 1);
        let before: Vec<usize> = self.before.iter().map(|(number, _)| *number).collect();
        self.folder.remove(before.into_iter().chain(first..made))
    }

    /// Notes that a unit is done; writes a part where it is time.
    fn note(&self, unit: usize, held: &Held) -> Result<()> {
        let mut made = self.made();
        made.units.push(unit);
        if made.last.elapsed() < self.every { Ok(()) } else { self.commit(&mut made, held) }
    }

    /// Writes what is in no part yet, so that memory can be without it.
    fn put_aside(&self, held: &Held) -> Result<()> {
        self.write(&mut self.made(), held)
    }

    /// All parts, with what is in none yet.
    fn all(&self, held: &Held) -> Result<Vec<Arc<BlockFile>>> {
        let mut made = self.made();
        if made.part.is_some() || !made.units.is_empty() {
            self.commit(&mut made, held)?;
        }
        Ok(self.before.iter().map(|(_, part)| part).chain(&made.parts).map(Arc::clone).collect())
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, made: &mut Made, held: &Held) -> Result<()> {
        if made.units.is_empty() {
            return Ok(());
        }
        let part = match made.part.take() {
            Some(part) => part,
            None => self.folder.new_part(made.next, held.len())?,
        };
        let units = made.units.iter().filter_map(|unit| Some((*unit, held[*unit].as_ref()?)));
        write_units(units, &mut |block| part.append(block))?;
        made.units.clear();
        made.part = Some(part);
        Ok(())
    }

    fn commit(&self, made: &mut Made, held: &Held) -> Result<()> {
        self.write(made, held)?;
        made.parts.extend(made.part.take().map(NewPart::commit).transpose()?.map(Arc::new));
        made.next += 1;
        made.last = Instant::now();
        Ok(())
    }
}

fn write_units<'a>(
    units: impl Iterator<Item = (usize, &'a UnitPairs)>,
    append: &mut dyn FnMut(Vec<u8>) -> Result<()>,
) -> Result<()> {
    let mut block = Vec::new();
    for (unit, of_unit) in units {
        put_unit(&mut block, unit, of_unit);
        if block.len() >= BLOCK_BYTES {
            append(std::mem::take(&mut block))?;
        }
    }
    append(block)
}

/// What units gave so far.
pub(super) struct Units<'a> {
    keeping: &'a Keeping,
    /// Numbers that rules and rows are below.
    rules: usize,
    rows: usize,
    state: Mutex<State>,
}

struct State {
    done: Vec<bool>,
    held: Vec<Option<UnitPairs>>,
    /// Pairs in memory, all pairs, and all that were compared.
    held_pairs: u64,
    pairs: u64,
    compared: u64,
    /// Whether pairs have had to leave the memory, and where they are without checkpoints.
    is_aside: bool,
    file: Option<BlockFile>,
}

impl<'a> Units<'a> {
    /// For so many units of a run of so many rules and rows; some may have been done by an earlier process.
    pub(super) fn new(keeping: &'a Keeping, units: usize, rules: usize, rows: usize) -> Result<Self> {
        let mut state = State {
            done: vec![false; units],
            held: vec![None; units],
            held_pairs: 0,
            pairs: 0,
            compared: 0,
            is_aside: false,
            file: None,
        };
        for (_, part) in keeping.checkpoints.iter().flat_map(|checkpoints| &checkpoints.before) {
            let blocks = UnitBlocks { file: Arc::clone(part), first: 1, rules, rows };
            blocks.for_each(&mut |unit, of_unit| {
                if state.done.get(unit) != Some(&false) {
                    return Err(part.damaged());
                }
                state.take(unit, of_unit);
                if keeping.room.is_too_little(state.held_pairs) {
                    state.forget();
                }
                Ok(())
            })?;
        }
        Ok(Self { keeping, rules, rows, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a unit was done by an earlier process.
    pub(super) fn is_done(&self, unit: usize) -> bool {
        self.state().done[unit]
    }

    /// Keeps what a unit gave.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn put(&self, unit: usize, of_unit: UnitPairs) -> Result<()> {
        let mut state = self.state();
        state.take(unit, of_unit);
        if let Some(checkpoints) = &self.keeping.checkpoints {
            checkpoints.note(unit, &state.held)?;
        }
        if self.keeping.room.is_too_little(state.held_pairs) { self.put_aside(&mut state) } else { Ok(()) }
    }

    fn put_aside(&self, state: &mut State) -> Result<()> {
        match &self.keeping.checkpoints {
            Some(checkpoints) => checkpoints.put_aside(&state.held)?,
            None => state.write(&self.keeping.room)?,
        }
        state.forget();
        Ok(())
    }

    /// All pairs.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn into_kept(self) -> Result<KeptPairs> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !state.is_aside {
            let mut all = Vec::with_capacity(usize::try_from(state.pairs).unwrap_or(0));
            state.held.into_iter().flatten().for_each(|of_unit| all.extend_from_slice(&of_unit.pairs));
            return Ok(KeptPairs::held(all, state.compared));
        }
        let (rules, rows) = (self.rules, self.rows);
        let aside = |first: usize| move |file| UnitBlocks { file, first, rules, rows };
        let blocks = match &self.keeping.checkpoints {
            Some(checkpoints) => checkpoints.all(&state.held)?.into_iter().map(aside(1)).collect(),
            None => {
                state.write(&self.keeping.room)?;
                state.file.into_iter().map(Arc::new).map(aside(0)).collect()
            }
        };
        Ok(KeptPairs::aside(blocks, state.pairs, state.compared, self.keeping.room.clone()))
    }
}

impl State {
    fn take(&mut self, unit: usize, of_unit: UnitPairs) {
        let pairs = of_unit.pairs.len() as u64;
        self.done[unit] = true;
        self.held_pairs += pairs;
        self.pairs += pairs;
        self.compared += of_unit.compared;
        self.held[unit] = Some(of_unit);
    }

    /// Writes what is held.
    fn write(&mut self, room: &PairRoom) -> Result<()> {
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(BlockFile::nameless(&room.folder())?),
        };
        let units = self.held.iter().enumerate().filter_map(|(unit, held)| Some((unit, held.as_ref()?)));
        write_units(units, &mut |block| file.append(block))
    }

    /// Lets go of what is on the disk.
    fn forget(&mut self) {
        self.held.fill(None);
        self.held_pairs = 0;
        self.is_aside = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::linkage::kept::{PAIR_BYTES, made_unit};
    use std::path::PathBuf;

    fn keeping(pairs: u64, folder: &Path) -> Keeping {
        let room = PairRoom { bytes: Some(pairs * PAIR_BYTES), folder: folder.into(), refined: false };
        Keeping { room, checkpoints: None }
    }

    fn put(keeping: &Keeping) -> Vec<crate::resolve::pairs::Scored> {
        let units = Units::new(keeping, 4, 2, 20).unwrap();
        for (unit, pairs) in [(2, 2), (0, 4), (3, 0), (1, 1)] {
            if !units.is_done(unit) {
                units.put(unit, made_unit(unit as u32, pairs)).unwrap();
            }
        }
        let kept = units.into_kept().unwrap();
        assert_eq!((kept.compared(), kept.len()), (70, 7));
        kept.into_held().unwrap()
    }

    fn sorted(mut pairs: Vec<crate::resolve::pairs::Scored>) -> Vec<crate::resolve::pairs::Scored> {
        pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
        pairs
    }

    #[test]
    fn units_are_joined_in_their_order_and_in_too_little_room_they_are_all_there() {
        let folder = tempfile::tempdir().unwrap();
        let want = [made_unit(0, 4).pairs, made_unit(1, 1).pairs, made_unit(2, 2).pairs].concat();
        assert_eq!(put(&Keeping::default()), want);
        assert_eq!(put(&keeping(7, folder.path())), want);
        for room in 0..7 {
            assert_eq!(sorted(put(&keeping(room, folder.path()))), sorted(want.clone()), "{room}");
        }
    }

    #[test]
    fn parts_tell_of_all_units_whatever_there_was_room_for() {
        let folder = tempfile::tempdir().unwrap();
        let want = sorted(put(&Keeping::default()));
        for (room, every) in [(0, 0), (3, 0), (0, 3_600), (3, 3_600), (100, 0), (100, 3_600)] {
            let held: PathBuf = folder.path().join(format!("{room}-{every}"));
            let open = |room| {
                let every = Duration::from_secs(every);
                let checkpoints = Checkpoints::open(&held, None, "digest".into(), every).unwrap();
                Keeping { checkpoints: Some(checkpoints), ..keeping(room, folder.path()) }
            };
            assert_eq!(sorted(put(&open(room))), want, "{room} {every}");
            // Those that there was no room for are on the disk to the last one; the next run, in any room, finds them there.
            let parts = std::fs::read_dir(&held).unwrap().count() - 1;
            assert_eq!(parts, [[4, 4], [0, 1]][usize::from(every > 0)][usize::from(room < 7)], "{room} {every}");
            for other in [0, 2, 100] {
                assert_eq!(sorted(put(&open(other))), want, "{room} {every} {other}");
            }
            let keeping = open(room);
            keeping.checkpoints.map(Checkpoints::remove).unwrap().unwrap();
            assert!(!held.exists());
        }
    }
}
