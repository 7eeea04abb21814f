//! The blocks of some buckets: their rows as one small linkage, and the pairs that are these buckets' own.

use crate::block::rules::{Pairing, Rows, Share};
use crate::engine::linkage::apart::counts::{check_all_keyed, no_such_row, same_number};
use crate::engine::linkage::apart::rows::read_row;
use crate::engine::linkage::apart::{Counts, Layout, bucket_of, damaged, kind, of};
use crate::engine::linkage::columns::Values;
use crate::engine::linkage::scoring::share;
use crate::engine::linkage::{Linkage, keys};
use crate::error::Result;
use crate::frame::lines::Line;
use crate::resolve::pairs::Scored;
use crate::util::hash::{Map, Set, map, set};

/// Pairs that are given together.
const CHUNK_PAIRS: usize = 65_536;

/// Rows that share blocks of some buckets, as they come.
pub struct Bucket<'a> {
    layout: &'a Layout,
    counts: &'a Counts,
    cut: Vec<Vec<u64>>,
    buckets: u32,
    /// The one bucket that rows are picked for; where there is none, they tell theirs.
    only: Option<u32>,
    owned: Set<u32>,
    /// Rows of the blocks of the one bucket, by what the key is of.
    blocks: Map<(u32, u64), [u32; 3]>,
    /// Rows that the ends of parts tell of, by side.
    keyed: [u64; 2],
    /// Which of the rows that are held is which row of the tables.
    held: Map<u64, u32>,
    places: Vec<u64>,
    ids: Vec<Box<str>>,
    fields: Vec<Interned>,
}

/// A field of the rows, under numbers of its own; text 0 is null.
#[derive(Default)]
struct Interned {
    list: bool,
    known: Map<Box<str>, u32>,
    texts: Vec<Box<str>>,
    codes: Vec<u32>,
    /// Of lists: one past the last code of each row, and whether it is null.
    ends: Vec<(usize, bool)>,
    /// Rows of all tables that hold a text, by code.
    counts: Vec<u32>,
}

impl Interned {
    fn new(list: bool) -> Self {
        Self { list, known: map(), texts: vec!["".into()], counts: vec![0], ..Self::default() }
    }

    fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.known.get(text) {
            return *code;
        }
        let code = self.texts.len() as u32;
        self.known.insert(text.into(), code);
        self.texts.push(text.into());
        self.counts.push(0);
        code
    }

    fn push(&mut self, texts: Option<&[&str]>, count: u32) {
        let null = texts.is_none();
        let texts = texts.unwrap_or_default();
        let first = texts.first().map_or(0, |text| self.code(text));
        if first > 0 {
            // Frequencies are asked of first values alone.
            self.counts[first as usize] = count;
        }
        if !self.list {
            self.codes.push(first);
            return;
        }
        for text in texts {
            let code = self.code(text);
            self.codes.push(code);
        }
        self.ends.push((self.codes.len(), null));
    }

    /// The field with its rows in another order.
    fn values(self, order: &[u32]) -> Values {
        let mut values = Values { texts: self.texts, ..Values::default() };
        if !self.list {
            values.codes.extend(order.iter().map(|row| self.codes[*row as usize]));
            return values;
        }
        for row in order {
            let row = *row as usize;
            let start = if row == 0 { 0 } else { self.ends[row - 1].0 };
            let (end, null) = self.ends[row];
            values.codes.extend(&self.codes[start..end]);
            values.ends.push(values.codes.len() as u32);
            values.null.push(null);
        }
        values
    }
}

/// A pair with its ids, in rows of the whole tables: the right ones after the left ones.
#[derive(Clone, Debug)]
pub struct Found {
    /// The pair.
    pub pair: Scored,
    /// Id of the left row and of the right one.
    pub ids: [Box<str>; 2],
    /// Level of each comparison; empty unless asked for.
    pub levels: Vec<u8>,
    /// Weight of each comparison, and of what a household shares; empty unless asked for.
    pub weights: Vec<f64>,
}

impl<'a> Bucket<'a> {
    /// Of one bucket among so many, or of those that rows were dealt to.
    pub fn new(layout: &'a Layout, counts: &'a Counts, buckets: u32, only: Option<u32>) -> Self {
        let mut owned = set();
        owned.extend(only);
        let fields = layout.model.fields.iter().map(|field| Interned::new(field.list)).collect();
        Self {
            layout,
            counts,
            cut: counts.cut_keys(),
            buckets,
            only,
            owned,
            blocks: map(),
            keyed: [0, 0],
            held: map(),
            places: Vec::new(),
            ids: Vec::new(),
            fields,
        }
    }

    /// Counts the keys of a row that are in the one bucket: rows whose blocks give no pair are not held. To be shown all
    /// rows before the first is taken.
    ///
    /// # Errors
    /// When the line is not one of rows of this plan.
    pub fn count(&mut self, line: &Line) -> Result<()> {
        match (line.kind, self.only) {
            (kind::END, _) => {
                self.layout.check_end(line, &["keys"])?;
                let [side @ 0..=1, rows, ..] = line.numbers else { return Err(damaged()) };
                self.keyed[*side as usize] += rows;
                Ok(())
            }
            (kind::ROW, Some(only)) => {
                let row = read_row(self.layout, line)?;
                for (key, code) in row.keys.iter().zip(row.of_keys) {
                    if bucket_of(*key, self.buckets) == only {
                        let block = self.blocks.entry((code / 4, *key)).or_default();
                        block[(code % 4).min(of::BOTH) as usize] += 1;
                    }
                }
                Ok(())
            }
            (kind::ROW, None) => Ok(()),
            _ => Err(damaged()),
        }
    }

    /// Checks that rows of all parts of the tables were counted.
    ///
    /// # Errors
    /// When not.
    pub fn check(&self) -> Result<()> {
        check_all_keyed(self.keyed, self.counts.rows)
    }

    /// Takes a row, if it shares a block of the bucket; once, however often it was dealt to several buckets.
    ///
    /// # Errors
    /// When the line is not one of rows of this plan, or another row has its number.
    pub fn take(&mut self, line: &Line) -> Result<()> {
        if line.kind == kind::END {
            return self.layout.check_end(line, &["keys"]);
        }
        let row = if line.kind == kind::ROW { read_row(self.layout, line)? } else { return Err(damaged()) };
        let side = line.code % 2;
        if side > 0 && self.layout.dedupe {
            return Err(damaged());
        }
        if line.key >= self.counts.rows[side as usize] {
            return Err(no_such_row(line.key, self.counts.rows[side as usize]));
        }
        match (self.only, (line.code / 2).checked_sub(1)) {
            (Some(_), None) => {
                let shared = |(key, code): (&u64, &u32)| {
                    let block = self.blocks.get(&(code / 4, *key));
                    let cut = self.cut[(code / 4) as usize].binary_search(key).is_ok();
                    !cut && block.is_some_and(|[left, right, both]| (*left > 0 && *right > 0) || *both > 1)
                };
                if !row.keys.iter().zip(row.of_keys).any(shared) {
                    return Ok(());
                }
            }
            (None, Some(bucket)) => drop(self.owned.insert(bucket as u32)),
            _ => return Err(damaged()),
        }
        let place = side * self.counts.rows[0] + line.key;
        if let Some(held) = self.held.get(&place) {
            let again = self.only.is_none() && *self.ids[*held as usize] == *row.id;
            return if again { Ok(()) } else { Err(same_number(line.key)) };
        }
        self.held.insert(place, self.places.len() as u32);
        self.places.push(place);
        self.ids.push(row.id.into());
        let mut terms = vec![0; self.fields.len()];
        for (field, term) in self.layout.counted.iter().zip(row.terms) {
            terms[*field] = if self.only.is_some() { self.counts.of_term(*term) } else { *term as u32 };
        }
        let fields = self.fields.iter_mut().zip(row.fields());
        fields.zip(terms).for_each(|((field, texts), count)| field.push(texts, count));
        Ok(())
    }

    /// Rows that are held.
    pub fn rows(&self) -> usize {
        self.places.len()
    }

    /// Gives the pairs of `weight_min` bits and more; the number of all that were compared. `parts` asks for levels and
    /// weights of comparisons.
    ///
    /// # Errors
    /// When the model does not fit the values; those of `each`.
    pub fn pairs(self, weight_min: f64, parts: bool, mut each: impl FnMut(&[Found]) -> Result<()>) -> Result<u64> {
        if self.places.is_empty() {
            return Ok(0);
        }
        let mut order: Vec<u32> = (0..self.places.len() as u32).collect();
        order.sort_unstable_by_key(|row| self.places[*row as usize]);
        let (places, ids): (Vec<u64>, Vec<Box<str>>) =
            order.iter().map(|row| (self.places[*row as usize], self.ids[*row as usize].clone())).unzip();
        let linkage = self.linkage(&order, &places)?;
        let (scored, compared) = linkage.score(weight_min)?;
        let explainer = if parts { Some(linkage.explainer()?) } else { None };
        for chunk in scored.chunks(CHUNK_PAIRS) {
            let rows: Vec<(u32, u32)> = chunk.iter().map(|pair| (pair.left, pair.right)).collect();
            let mut explained = explainer.iter().flat_map(|explainer| explainer.score(&rows));
            let found: Vec<Found> = chunk
                .iter()
                .map(|pair| {
                    let (left, right) = (pair.left as usize, pair.right as usize);
                    let explained = explained.next().map(|(levels, parts)| (levels, parts.weights()));
                    let (levels, weights) = explained.unwrap_or_default();
                    let pair = Scored { left: places[left] as u32, right: places[right] as u32, ..*pair };
                    Found { pair, ids: [ids[left].clone(), ids[right].clone()], levels, weights }
                })
                .collect();
            each(&found)?;
        }
        Ok(compared)
    }

    /// The rows in this order as a linkage of their own, which knows of the whole tables what it must.
    fn linkage(self, order: &[u32], places: &[u64]) -> Result<Linkage> {
        let model = self.layout.model.clone();
        let all = order.len();
        let rows = if self.layout.dedupe {
            Rows::Dedupe { all }
        } else {
            Rows::Link { left: places.partition_point(|place| *place < self.counts.rows[0]), all }
        };
        let mut counted = vec![Vec::new(); self.fields.len()];
        for (field, values) in self.layout.counted.iter().zip(&self.counts.values) {
            counted[*field] = self.fields[*field].counts.iter().map(|count| share(*count, *values)).collect();
        }
        let fields = self.fields.into_iter().map(|field| field.values(order));
        let columns: Vec<(String, Values)> = model.fields.iter().map(|field| field.name.clone()).zip(fields).collect();
        let keys = keys::of_rules(&model, &columns, all)?;
        let (owned, buckets) = (&self.owned, self.buckets);
        let share = Share { cut: &self.cut, owned: &|key| owned.contains(&bucket_of(key, buckets)) };
        let pairing = Pairing::of_share(keys, rows, &share);
        let mut linkage = Linkage::assemble(model, columns, rows, pairing)?;
        linkage.counted = Some(counted);
        Ok(linkage)
    }
}
