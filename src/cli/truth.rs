//! Truth about pairs: `left_id,right_id`, or `id,cluster`.

use crate::cli::linkage::Named;
use crate::cli::talk::Talk;
use crate::error::{Error, ErrorKind, Result};
use crate::frame::Table;
use crate::ingest::{self, Limits, expand};
use crate::model::schema;
use crate::report::accuracy;
use crate::report::thousands;
use crate::util::hash::{Map, map};

/// Truth by row: left rows first, right rows after them.
pub(crate) enum Truth {
    /// Pairs of one person.
    Pairs(Vec<(u32, u32)>),
    /// Cluster of each row; rows whose cluster is not known have one of their own.
    Clusters(Vec<u32>),
}

/// How many rows of a file of truth name no rows of the tables, of how many.
type Strange = (usize, usize);

impl Truth {
    /// All true pairs that could be found: for two tables, those across.
    pub(crate) fn pairs(&self, tables: &[Named]) -> Vec<(u32, u32)> {
        let labels = match self {
            Self::Pairs(pairs) => return pairs.clone(),
            Self::Clusters(labels) => labels,
        };
        let left = tables[0].table.rows() as u32;
        let mut rows: Vec<(u32, u32)> = labels.iter().enumerate().map(|(row, label)| (*label, row as u32)).collect();
        rows.sort_unstable();
        let mut pairs = Vec::new();
        for cluster in rows.chunk_by(|a, b| a.0 == b.0) {
            for (place, (_, a)) in cluster.iter().enumerate() {
                let across = |b: &u32| tables.len() == 1 || (*a < left && *b >= left);
                pairs.extend(cluster[place + 1..].iter().map(|(_, b)| *b).filter(across).map(|b| (*a, b)));
            }
        }
        pairs.sort_unstable();
        pairs
    }
}

impl Truth {
    /// The same for rows of two tables, each in a numbering of its own; the left one has so many.
    pub(crate) fn across(self, left: u32) -> accuracy::Truth {
        match self {
            Self::Pairs(pairs) => accuracy::Truth::Pairs(pairs.into_iter().map(|(a, b)| (a, b - left)).collect()),
            Self::Clusters(mut labels) => {
                let right = labels.split_off(left as usize);
                accuracy::Truth::Sides { left: labels, right }
            }
        }
    }

    /// The same for rows of one table.
    pub(crate) fn within(self) -> accuracy::Truth {
        match self {
            Self::Pairs(pairs) => accuracy::Truth::Pairs(pairs),
            Self::Clusters(labels) => accuracy::Truth::Clusters(labels),
        }
    }
}

/// Reads the truth about tables from a file, or from their own truth columns when no file is given.
///
/// Rows of the file that name nothing in the tables are left out, and counted in a warning.
///
/// # Errors
/// When there is none, or its columns are of neither form.
pub(crate) fn read(file: Option<&str>, tables: &[Named], talk: &Talk) -> Result<Truth> {
    let Some(file) = file else { return own(tables) };
    let input = expand(file)?.pop().ok_or_else(|| Error::input("no such file").at(file))?;
    let table = ingest::load_every_row(&input, &schema::ANY, &Limits::default())?.table;
    of_file(&table, file, tables, talk)
}

/// The truth about tables that a file holds, which was read already.
///
/// # Errors
/// When its columns are of neither form.
pub(crate) fn of_file(table: &Table, file: &str, tables: &[Named], talk: &Talk) -> Result<Truth> {
    let (truth, (strange, of)) = of_table(table, &ids(tables), tables.len() == 2).map_err(|error| error.at(file))?;
    if strange > 0 {
        let [strange, of] = [strange, of].map(|rows| thousands(rows as u64));
        talk.warn(&format!("{file}: of {of} rows, {strange} name ids that the tables do not have, and are left out"));
    }
    Ok(truth)
}

/// The truth that the tables hold in columns of their own.
///
/// # Errors
/// When one has none.
pub(crate) fn own(tables: &[Named]) -> Result<Truth> {
    let mut known: Map<String, u32> = map();
    let mut labels = Vec::new();
    for named in tables {
        let Some(column) = &named.truth else {
            return Err(Error::new(ErrorKind::Column, "has no truth column").at(&named.name).hint("give --truth FILE"));
        };
        for row in 0..named.table.rows() {
            let next = labels.len() as u32;
            let label = named.table.value(column, row).map(|value| *known.entry(value.to_owned()).or_insert(next));
            labels.push(label.unwrap_or(next));
        }
    }
    Ok(Truth::Clusters(labels))
}

/// Rows by id, of each table.
pub(crate) fn ids(tables: &[Named]) -> Vec<Map<String, u32>> {
    let mut first = 0;
    tables
        .iter()
        .map(|named| {
            let mut rows = map();
            for row in 0..named.table.rows() {
                rows.insert(named.id_of(row), (first + row) as u32);
            }
            first += named.table.rows();
            rows
        })
        .collect()
}

fn of_table(table: &Table, ids: &[Map<String, u32>], two: bool) -> Result<(Truth, Strange)> {
    let find = |names: &[&str]| table.names().iter().find(|name| names.contains(&name.to_lowercase().as_str()));
    let right_ids = ids.last().unwrap_or(&ids[0]);
    if let (Some(left), Some(right)) =
        (find(&["left_id", "unique_id_l", "id_l"]), find(&["right_id", "unique_id_r", "id_r"]))
    {
        let label = find(&["label", "is_match", "match", "clerical_match_score"]);
        let is_true = |row: usize| {
            label.is_none_or(|label| {
                table.value(label, row).is_some_and(|value| {
                    value.parse::<f64>().map_or_else(|_| value.eq_ignore_ascii_case("true"), |score| score >= 0.5)
                })
            })
        };
        let pair = |row: usize| {
            let a = *ids[0].get(table.value(left, row)?)?;
            let b = *right_ids.get(table.value(right, row)?)?;
            Some(if two { (a, b) } else { (a.min(b), a.max(b)) })
        };
        let strange = (0..table.rows()).filter(|row| pair(*row).is_none()).count();
        let mut pairs: Vec<(u32, u32)> = (0..table.rows()).filter(|row| is_true(*row)).filter_map(pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        return if pairs.is_empty() {
            Err(Error::input("no pair names rows of the tables"))
        } else {
            Ok((Truth::Pairs(pairs), (strange, table.rows())))
        };
    }
    let (Some(id), Some(cluster)) = (
        find(&["id", "unique_id", "left_id", "rec_id"]).or_else(|| table.names().first()),
        find(&["cluster", "cluster_id", "label", "truth"]),
    ) else {
        return Err(Error::new(ErrorKind::Column, "is neither left_id,right_id nor id,cluster")
            .hint(format!("it has {}", ingest::listed_headers(table.names(), &["id", "cluster"]))));
    };
    let rows = ids.iter().map(Map::len).sum::<usize>();
    let mut labels: Vec<u32> = (0..rows as u32).collect();
    let mut known: Map<&str, u32> = map();
    let (mut found, mut strange) = (0, 0);
    for row in 0..table.rows() {
        let (Some(id), Some(cluster)) = (table.value(id, row), table.value(cluster, row)) else { continue };
        let before = found;
        for place in ids.iter().filter_map(|ids| ids.get(id)) {
            labels[*place as usize] = *known.entry(cluster).or_insert(*place);
            found += 1;
        }
        strange += usize::from(found == before);
    }
    if found == 0 {
        return Err(Error::input("no id names a row of the tables"));
    }
    Ok((Truth::Clusters(labels), (strange, table.rows())))
}
