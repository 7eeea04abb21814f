//! Truth about pairs: `left_id,right_id`, or `id,cluster`.

use crate::cli::linkage::Named;
use crate::cli::talk::Talk;
use crate::error::{Error, ErrorKind, Result};
use crate::frame::Table;
use crate::ingest::{self, Limits, expand};
use crate::model::schema;
use crate::report::accuracy;
use crate::report::pairs::unfolded;
use crate::report::thousands;
use crate::util::hash::{Map, map};

/// Truth by row: left rows first, right rows after them.
pub(crate) enum Truth {
    /// Pairs of one person.
    Pairs(Vec<(u32, u32)>),
    /// Cluster of each row; rows whose cluster is not known have one of their own.
    Clusters(Vec<u32>),
}

/// Columns of the left id of a pair.
pub(crate) const LEFT_IDS: [&str; 3] = ["left_id", "unique_id_l", "id_l"];
/// Columns of the right id of a pair.
pub(crate) const RIGHT_IDS: [&str; 3] = ["right_id", "unique_id_r", "id_r"];
/// Columns that say whether a pair is one person: `true`, or a number of at least 0.5.
const LABELS: [&str; 4] = ["label", "is_match", "match", "clerical_match_score"];
/// Columns of the id of a record; the first column where none of them stands.
pub(crate) const IDS: [&str; 4] = ["id", "unique_id", "left_id", "rec_id"];
/// Columns of clusters.
pub(crate) const CLUSTERS: [&str; 4] = ["cluster", "cluster_id", "label", "truth"];

/// The first of some columns that a table has, in any case of letters.
pub(crate) fn column<'a>(table: &'a Table, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .find_map(|name| table.names().iter().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str))
}

/// A cell that holds something: files of columns may have empty texts where a CSV file has nothing.
pub(crate) fn cell<'a>(table: &'a Table, column: &str, row: usize) -> Option<&'a str> {
    table.value(column, row).filter(|text| !text.is_empty())
}

/// The column of the id of a record.
pub(crate) fn id_column(table: &Table) -> &str {
    column(table, &IDS).unwrap_or(&table.names()[0])
}

/// What a file of truth says, by ids as they stand in it. There is no other reader of truth about pairs and clusters.
pub(crate) enum Told<'a> {
    /// Rows with both ids.
    Pairs(Vec<ToldPair<'a>>),
    /// Ids with their clusters.
    Clusters(Vec<(&'a str, &'a str)>),
}

/// A row of a truth about pairs.
pub(crate) struct ToldPair<'a> {
    /// Row of the file, from 0.
    pub row: usize,
    /// Left id.
    pub left: &'a str,
    /// Right id.
    pub right: &'a str,
    /// Both are one person.
    pub is_true: bool,
}

impl<'a> Told<'a> {
    /// Reads a table that was loaded from `file`.
    ///
    /// # Errors
    /// When its columns are of neither form.
    pub(crate) fn of(table: &'a Table, file: &str) -> Result<Self> {
        let rows = 0..table.rows();
        if let (Some(left), Some(right)) = (column(table, &LEFT_IDS), column(table, &RIGHT_IDS)) {
            let label = column(table, &LABELS);
            let pair = |row: usize| {
                let (left, right) = (cell(table, left, row)?, cell(table, right, row)?);
                let is_true = label.is_none_or(|label| table.value(label, row).is_some_and(is_yes));
                Some(ToldPair { row, left, right, is_true })
            };
            return Ok(Self::Pairs(rows.filter_map(pair).collect()));
        }
        let Some(cluster) = column(table, &CLUSTERS) else {
            let what = "has neither the columns left_id and right_id nor one of clusters (cluster, cluster_id, label or truth)";
            let known = ingest::listed_headers(table.names(), &[&LEFT_IDS[..], &RIGHT_IDS, &CLUSTERS].concat());
            return Err(Error::new(ErrorKind::Column, what).at(file).hint(format!("it has {known}")));
        };
        let id = id_column(table);
        Ok(Self::Clusters(rows.filter_map(|row| Some((cell(table, id, row)?, cell(table, cluster, row)?))).collect()))
    }
}

/// Whether a label says that a pair is one person.
fn is_yes(label: &str) -> bool {
    label.parse::<f64>().map_or_else(|_| label.eq_ignore_ascii_case("true"), |score| score >= 0.5)
}

/// Refuses a row, counted from 0, that names one record twice. Its id may be somebody's, and is not repeated.
pub(crate) fn self_pair(file: &str, row: usize, hint: &str) -> Error {
    Error::input(format!("row {} pairs a record with itself", row + 1)).at(file).hint(hint)
}

impl Truth {
    /// All true pairs that could be found, sorted: for two tables, those across.
    ///
    /// # Errors
    /// Those of unfolding people into pairs; however many there are, they are made.
    pub(crate) fn pairs(self, tables: &[Named]) -> Result<Vec<(u32, u32)>> {
        let any_number = |_| Ok(());
        if tables.len() == 1 {
            return unfolded(&self.within(), any_number);
        }
        let left = tables[0].table.rows() as u32;
        let across = unfolded(&self.across(left), any_number)?;
        Ok(across.into_iter().map(|(a, b)| (a, left + b)).collect())
    }

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
    let truth = of_file(&table, file, tables, talk)?;
    let says_nothing = matches!(&truth, Truth::Pairs(pairs) if pairs.is_empty()) || table.rows() == 0;
    if says_nothing { Err(Error::input("no pair of it is true").at(file)) } else { Ok(truth) }
}

/// The truth about tables that a file holds, which was read already. One without a row says that nothing is true.
///
/// # Errors
/// When its columns are of neither form, when it names no row of the tables, or pairs a row with itself.
pub(crate) fn of_file(table: &Table, file: &str, tables: &[Named], talk: &Talk) -> Result<Truth> {
    let (ids, of) = (ids(tables), table.rows());
    let (truth, strange, what) = match Told::of(table, file)? {
        Told::Pairs(told) => {
            let (pairs, found) = true_rows(&told, file, &ids)?;
            (Truth::Pairs(pairs), of - found, "no pair names rows of the tables")
        }
        Told::Clusters(told) => {
            let rows = tables.iter().map(|named| named.table.rows()).sum::<usize>();
            let (labels, strange) = labels_of_rows(&told, &ids, rows);
            let strange = if strange == told.len() { of } else { strange };
            (Truth::Clusters(labels), strange, "no id names a row of the tables")
        }
    };
    if strange > 0 && strange == of {
        return Err(Error::input(what).at(file));
    }
    if strange > 0 {
        let [strange, of] = [strange, of].map(|rows| thousands(rows as u64));
        talk.warn(&format!("{file}: of {of} rows, {strange} name ids that the tables do not have, and are left out"));
    }
    Ok(truth)
}

/// True pairs by row, sorted, each once; and how many rows of the file name two rows of the tables.
fn true_rows(told: &[ToldPair], file: &str, ids: &[Map<String, u32>]) -> Result<(Vec<(u32, u32)>, usize)> {
    let right_ids = ids.last().unwrap_or(&ids[0]);
    let (mut pairs, mut found) = (Vec::new(), 0);
    for pair in told {
        let Some((a, b)) = ids[0].get(pair.left).copied().zip(right_ids.get(pair.right).copied()) else { continue };
        found += 1;
        if pair.is_true && a == b {
            return Err(self_pair(file, pair.row, "take the row out; or name a column of ids that are all different"));
        }
        if pair.is_true {
            // Rows of a right table come after those of the left one.
            pairs.push((a.min(b), a.max(b)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    Ok((pairs, found))
}

/// Cluster of each of so many rows, those that are not told of alone; and how many ids name no row.
fn labels_of_rows(told: &[(&str, &str)], ids: &[Map<String, u32>], rows: usize) -> (Vec<u32>, usize) {
    let mut labels: Vec<u32> = (0..rows as u32).collect();
    let mut known: Map<&str, u32> = map();
    let mut strange = 0;
    for (id, cluster) in told {
        let mut places = ids.iter().filter_map(|ids| ids.get(*id)).copied().peekable();
        strange += usize::from(places.peek().is_none());
        for place in places {
            labels[place as usize] = *known.entry(*cluster).or_insert(place);
        }
    }
    (labels, strange)
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
            let label = cell(&named.table, column, row).map(|value| *known.entry(value.to_owned()).or_insert(next));
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
