//! What was found, and what is true, by numbers of records: those of ids as they come, or rows of the tables where those are
//! given.

use crate::cli::linkage::Named;
use crate::cli::talk::Talk;
use crate::cli::truth;
use crate::error::{Error, ErrorKind, Result};
use crate::frame::Table;
use crate::ingest;
use crate::report::accuracy::{Rows, Truth};
use crate::report::thousands;
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::{match_weight, probability};
use crate::util::hash::{Map, map};

/// What was found and what is true.
pub(super) struct Linked {
    /// The records.
    pub rows: Rows,
    /// Pairs that were found; none where clusters were.
    pub given: Vec<Scored>,
    /// Row of the file of each.
    pub given_rows: Vec<usize>,
    /// Cluster of each record, where clusters were found.
    pub labels: Option<Vec<u32>>,
    /// What is true.
    pub truth: Truth,
    /// Numbers of the ids of either side; of one table both are the same.
    pub numbers: [Map<String, u32>; 2],
}

impl Linked {
    /// By ids alone.
    pub(super) fn by_ids(found: &Table, file: &str, truth: &Table, truth_file: &str) -> Result<Self> {
        if column(found, &["left_id"]).is_some() {
            return pairs_by_ids(found, file, truth, truth_file);
        }
        let mut ids = Ids(map());
        // Both tables are read once for their ids, so that both have a label for each.
        let _ = labels(found, file, &mut ids)?;
        if column(truth, &CLUSTERS).is_some() {
            check_common(found.rows() > 0, truth, truth_file, [&ids, &ids])?;
        }
        let known = labels(truth, truth_file, &mut ids)?;
        let predicted = labels(found, file, &mut ids)?;
        Ok(Self {
            rows: Rows::Within(ids.0.len() as u32),
            given: Vec::new(),
            given_rows: Vec::new(),
            labels: Some(predicted),
            truth: Truth::Clusters(known),
            numbers: [ids.0.clone(), ids.0],
        })
    }

    /// By rows of the tables, whose truth columns hold the truth where no file of it is given.
    pub(super) fn by_rows(
        found: &Table,
        file: &str,
        truth: Option<(&Table, &str)>,
        tables: &[Named],
        talk: &Talk,
    ) -> Result<Self> {
        let known = match truth {
            Some((truth, file)) => truth::of_file(truth, file, tables, talk)?,
            None => truth::own(tables)?,
        };
        let left = tables[0].table.rows() as u32;
        let mut numbers = truth::ids(tables);
        let (rows, truth) = match tables {
            [_, right] => {
                numbers[1].values_mut().for_each(|row| *row -= left);
                let rows = Rows::Between { left, right: right.table.rows() as u32 };
                (rows, known.across(left))
            }
            _ => (Rows::Within(left), known.within()),
        };
        let first = numbers.swap_remove(0);
        let second = numbers.pop().unwrap_or_else(|| first.clone());
        let mut linked =
            Self { rows, given: Vec::new(), given_rows: Vec::new(), labels: None, truth, numbers: [first, second] };
        let strange = if column(found, &["left_id"]).is_some() {
            linked.take_pairs(found, file)?
        } else if tables.len() == 2 {
            return Err(Error::usage("clusters are of one table, and two are given").at("--table"));
        } else {
            linked.take_clusters(found, file)?
        };
        if strange > 0 && strange == found.rows() {
            return Err(Error::input("no id of it stands in the tables").at(file).hint(
                "give the tables that were linked, the left one first, with --id as it was given to `link` or `dedupe`",
            ));
        }
        if strange > 0 {
            let [strange, of] = [strange, found.rows()].map(|rows| thousands(rows as u64));
            talk.warn(&format!(
                "{file}: of {of} rows, {strange} name ids that the tables do not have, and are left out"
            ));
        }
        Ok(linked)
    }

    /// Takes pairs; how many rows name no records.
    fn take_pairs(&mut self, found: &Table, file: &str) -> Result<usize> {
        let is_between = matches!(self.rows, Rows::Between { .. });
        for (row, left, right, weight, probability) in named_pairs(found, file)? {
            let [left, right] = [(&left, 0), (&right, 1)].map(|(id, side)| self.numbers[side].get(id).copied());
            let Some((left, right)) = left.zip(right).filter(|(a, b)| is_between || a != b) else { continue };
            let (left, right) = if is_between { (left, right) } else { (left.min(right), left.max(right)) };
            self.given.push(Scored { left, right, weight, probability, rule: 0 });
            self.given_rows.push(row);
        }
        Ok(found.rows() - self.given.len())
    }

    /// Takes clusters; records without one are alone. How many rows name no record.
    fn take_clusters(&mut self, found: &Table, file: &str) -> Result<usize> {
        let (id, cluster) = (id_column(found), needed(found, &CLUSTERS, file)?);
        let mut labels: Vec<u32> = (0..self.numbers_of_left()).collect();
        let mut known: Map<&str, u32> = map();
        let mut strange = 0;
        for row in 0..found.rows() {
            let place = found.value(id, row).and_then(|id| self.numbers[0].get(id)).copied();
            match place.zip(found.value(cluster, row)) {
                Some((place, cluster)) => labels[place as usize] = *known.entry(cluster).or_insert(place),
                None => strange += 1,
            }
        }
        self.labels = Some(labels);
        Ok(strange)
    }

    fn numbers_of_left(&self) -> u32 {
        match self.rows {
            Rows::Within(count) => count,
            Rows::Between { left, .. } => left,
        }
    }

    /// Ids by number, of either side.
    pub(super) fn ids(&self) -> [Vec<&str>; 2] {
        let counts = match self.rows {
            Rows::Within(count) => [count, count],
            Rows::Between { left, right } => [left, right],
        };
        [0, 1].map(|side| {
            let mut ids = vec![""; counts[side] as usize];
            self.numbers[side].iter().for_each(|(id, number)| ids[*number as usize] = id);
            ids
        })
    }

    /// The number pair of a row that names two records.
    pub(super) fn pair_of(&self, left: &str, right: &str) -> Option<(u32, u32)> {
        let (left, right) = (*self.numbers[0].get(left)?, *self.numbers[1].get(right)?);
        Some(match self.rows {
            Rows::Within(_) => (left.min(right), left.max(right)),
            Rows::Between { .. } => (left, right),
        })
    }
}

fn pairs_by_ids(found: &Table, file: &str, truth: &Table, truth_file: &str) -> Result<Linked> {
    let named = named_pairs(found, file)?;
    let mut left = Ids(map());
    let mut right = Ids(map());
    for (_, a, b, ..) in &named {
        let _ = (left.of(a), right.of(b));
    }
    let two_tables = !right.0.keys().any(|id| left.0.contains_key(id));
    if !two_tables {
        // In the order in which they were counted before: those on the left first.
        named.iter().for_each(|(_, _, b, ..)| {
            let _ = left.of(b);
        });
    }
    check_common(!named.is_empty(), truth, truth_file, if two_tables { [&left, &right] } else { [&left, &left] })?;
    let known = if two_tables {
        between(truth, truth_file, &mut left, &mut right)?
    } else {
        within(truth, truth_file, &mut left)?
    };
    let pair = |(_, a, b, weight, probability): &NamedPair| {
        let a = left.0.get(a).copied().unwrap_or(0);
        let b = if two_tables { right.0.get(b) } else { left.0.get(b) }.copied().unwrap_or(0);
        let (left, right) = if two_tables { (a, b) } else { (a.min(b), a.max(b)) };
        Scored { left, right, weight: *weight, probability: *probability, rule: 0 }
    };
    let rows = if two_tables {
        Rows::Between { left: left.0.len() as u32, right: right.0.len() as u32 }
    } else {
        Rows::Within(left.0.len() as u32)
    };
    Ok(Linked {
        rows,
        given: named.iter().map(pair).collect(),
        given_rows: named.iter().map(|(row, ..)| *row).collect(),
        labels: None,
        truth: known,
        numbers: if two_tables { [left.0, right.0] } else { [left.0.clone(), left.0] },
    })
}

/// A scored pair of ids, with the row of the file.
type NamedPair = (usize, String, String, f64, f64);

fn named_pairs(table: &Table, file: &str) -> Result<Vec<NamedPair>> {
    let (a, b) = (needed(table, &["left_id"], file)?, needed(table, &["right_id"], file)?);
    let weight = column(table, &["match_weight"]);
    let stated = column(table, &["match_probability"]);
    let number = |name: Option<&str>, row: usize| name.and_then(|name| table.value(name, row)?.parse::<f64>().ok());
    let pair = |row: usize| {
        let (weight, stated) = (number(weight, row), number(stated, row));
        let weight_known = weight.or_else(|| stated.map(match_weight)).unwrap_or(0.0);
        let stated = stated.unwrap_or_else(|| probability(weight_known));
        Some((row, table.value(a, row)?.to_owned(), table.value(b, row)?.to_owned(), weight_known, stated))
    };
    Ok((0..table.rows()).filter_map(pair).collect())
}

pub(super) fn column<'a>(table: &'a Table, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .find_map(|name| table.names().iter().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str))
}

fn needed<'a>(table: &'a Table, names: &[&str], file: &str) -> Result<&'a str> {
    column(table, names).ok_or_else(|| {
        Error::new(ErrorKind::Column, format!("has no column {}", names.join(" or ")))
            .at(file)
            .hint(format!("it has {}", ingest::listed_headers(table.names(), names)))
    })
}

/// Numbers of ids, in order of arrival.
struct Ids(Map<String, u32>);

impl Ids {
    fn of(&mut self, id: &str) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(id.to_owned()).or_insert(next)
    }
}

pub(super) const LEFT_IDS: [&str; 2] = ["left_id", "unique_id_l"];
pub(super) const RIGHT_IDS: [&str; 2] = ["right_id", "unique_id_r"];
const CLUSTERS: [&str; 4] = ["cluster", "cluster_id", "label", "truth"];

/// The column of clusters of a truth about pairs.
fn clusters_of<'a>(truth: &'a Table, file: &str) -> Result<&'a str> {
    column(truth, &CLUSTERS).ok_or_else(|| {
        let what =
            "has neither the columns left_id and right_id nor one of clusters (cluster, cluster_id, label or truth)";
        let known = ingest::listed_headers(truth.names(), &[&LEFT_IDS[..], &RIGHT_IDS, &CLUSTERS].concat());
        Error::new(ErrorKind::Column, what).at(file).hint(format!("it has {known}"))
    })
}

/// Refuses a truth that names no record of the pairs or clusters: every figure would be 0.
fn check_common(found: bool, truth: &Table, file: &str, [left, right]: [&Ids; 2]) -> Result<()> {
    let pair_columns = column(truth, &LEFT_IDS).zip(column(truth, &RIGHT_IDS));
    let has = |name: &str, ids: &Ids| {
        (0..truth.rows()).any(|row| truth.value(name, row).is_some_and(|id| ids.0.contains_key(id)))
    };
    let (known, exchanged) = match pair_columns {
        Some((a, b)) => (has(a, left) || has(b, right), has(a, right) || has(b, left)),
        None => (has(id_column(truth), left) || has(id_column(truth), right), false),
    };
    if known || !found || truth.rows() == 0 {
        return Ok(());
    }
    let fault = Error::input("no id of the truth stands in what is evaluated").at(file);
    Err(if exchanged {
        fault.hint("its left ids stand on the right there: exchange its columns left_id and right_id")
    } else {
        fault.hint("give the truth of the same tables, with ids as they stand in their id columns")
    })
}

/// Truth of two tables: pairs, or clusters whose pairs across are true.
fn between(truth: &Table, file: &str, left: &mut Ids, right: &mut Ids) -> Result<Truth> {
    if let (Some(a), Some(b)) = (column(truth, &LEFT_IDS), column(truth, &RIGHT_IDS)) {
        let pair = |row: usize| Some((left.of(truth.value(a, row)?), right.of(truth.value(b, row)?)));
        return Ok(Truth::Pairs((0..truth.rows()).filter_map(pair).collect()));
    }
    let mut members: Vec<(u32, &str)> = Vec::new();
    let mut names = Ids(map());
    let (id, cluster) = (id_column(truth), clusters_of(truth, file)?);
    for row in 0..truth.rows() {
        if let (Some(id), Some(cluster)) = (truth.value(id, row), truth.value(cluster, row)) {
            members.push((names.of(cluster), id));
        }
    }
    members.sort_unstable();
    let mut pairs = Vec::new();
    for cluster in members.chunk_by(|a, b| a.0 == b.0) {
        // An id that was never paired is of the side that its cluster lacks.
        let has_left = cluster.iter().any(|(_, id)| left.0.contains_key(*id));
        let is_left = |id: &str| left.0.contains_key(id) || (!right.0.contains_key(id) && !has_left);
        let (lefts, rights): (Vec<&str>, Vec<&str>) = cluster.iter().map(|(_, id)| *id).partition(|id| is_left(id));
        let lefts: Vec<u32> = lefts.into_iter().map(|id| left.of(id)).collect();
        let rights: Vec<u32> = rights.into_iter().map(|id| right.of(id)).collect();
        pairs.extend(lefts.iter().flat_map(|a| rights.iter().map(move |b| (*a, *b))));
    }
    Ok(Truth::Pairs(pairs))
}

/// Truth of one table.
fn within(truth: &Table, file: &str, ids: &mut Ids) -> Result<Truth> {
    if let (Some(a), Some(b)) = (column(truth, &LEFT_IDS), column(truth, &RIGHT_IDS)) {
        let pair = |row: usize| {
            let (a, b) = (ids.of(truth.value(a, row)?), ids.of(truth.value(b, row)?));
            Some((a.min(b), a.max(b)))
        };
        return Ok(Truth::Pairs((0..truth.rows()).filter_map(pair).collect()));
    }
    clusters_of(truth, file)?;
    Ok(Truth::Clusters(labels(truth, file, ids)?))
}

pub(super) fn id_column(table: &Table) -> &str {
    column(table, &["id", "unique_id", "rec_id"]).unwrap_or(&table.names()[0])
}

/// Cluster of each id; ids without one are alone.
fn labels(table: &Table, file: &str, ids: &mut Ids) -> Result<Vec<u32>> {
    let (id, cluster) = (id_column(table), needed(table, &CLUSTERS, file)?);
    let mut names = Ids(map());
    let mut known: Vec<(u32, u32)> = Vec::new();
    for row in 0..table.rows() {
        if let (Some(id), Some(cluster)) = (table.value(id, row), table.value(cluster, row)) {
            known.push((ids.of(id), names.of(cluster)));
        }
    }
    let alone = names.0.len() as u32;
    let mut labels: Vec<u32> = (alone..alone + ids.0.len() as u32).collect();
    for (id, cluster) in known {
        labels[id as usize] = cluster;
    }
    Ok(labels)
}
