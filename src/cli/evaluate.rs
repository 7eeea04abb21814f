//! `rewash evaluate`: outcomes, pairs or clusters against truth.

use crate::cli::Ended;
use crate::cli::args::Evaluate;
use crate::cli::targets::Targets;
use crate::cli::terminal;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::Working;
use crate::frame::Table;
use crate::ingest::{self, Limits, expand};
use crate::model::schema::{self, Schema};
use crate::report::accuracy::{Accuracy, Rows, Truth, measure, measure_clusters};
use crate::report::chart::png;
use crate::report::{self, COMPARED, Evaluation, accuracy_charts};
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::{match_weight, probability};
use crate::util::hash::{Map, map};
use serde_json::Value;
use std::path::Path;

/// Runs `rewash evaluate`.
pub(crate) fn run(words: &Evaluate) -> Result<Ended> {
    let found = load(&words.outcomes, &schema::ANY)?;
    if found.column("outcome").is_some() {
        return trace(words);
    }
    let truth = load(&words.truth, &schema::ANY)?;
    if let Some(option) = only_for_traces(words) {
        return Err(Error::usage(format!("{option} is for outcomes of a trace")).at(&words.outcomes));
    }
    if column(&found, &["left_id"]).is_some() {
        return pairs(words, &found, &truth);
    }
    clusters(words, &found, &truth)
}

fn only_for_traces(words: &Evaluate) -> Option<&'static str> {
    let given =
        [("--by", !words.by.is_empty()), ("--rows", words.rows.is_some()), ("--compared", words.compared.is_some())];
    given.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
}

/// Outcomes of a trace against truth, without what was compared.
pub(crate) fn compare(outcomes: &str, truth: &str) -> Result<Evaluation> {
    let outcomes = load(outcomes, &schema::OUTCOMES)?;
    let truth = load(truth, &schema::TRUTH)?;
    report::evaluate(&outcomes, &truth, None)
}

fn trace(words: &Evaluate) -> Result<Ended> {
    let mut targets = open(words, words.rows.as_deref())?;
    let outcomes = load(&words.outcomes, &schema::OUTCOMES)?;
    let truth = truth_with(&words.truth, &words.by)?;
    let beside = Path::new(&words.outcomes).with_file_name(COMPARED);
    let compared = match &words.compared {
        Some(file) => Some(load(file, &schema::ANY)?),
        None if words.outcomes != "-" && beside.is_file() => Some(load(&beside.to_string_lossy(), &schema::ANY)?),
        None => None,
    };
    let evaluation = report::evaluate(&outcomes, &truth, compared.as_ref())?;
    let groupings = words.by.iter().map(|column| evaluation.by(column)).collect::<Result<Vec<_>>>()?;
    if let Some(file) = &words.json {
        let mut json = evaluation.to_json();
        json["by"] = groupings.iter().map(|grouping| grouping.to_json(words.cells_min)).collect();
        targets.text(file, format!("{json:#}\n"))?;
    }
    if let Some(file) = &words.rows {
        let mut rows = Vec::new();
        report::write_working(&mut rows, &Working(evaluation.rows_to_look_at()))?;
        targets.text(file, rows)?;
    }
    draw(words, &mut targets, || {
        let of_groups = groupings
            .iter()
            .enumerate()
            .map(|(number, grouping)| (format!("by_{}", number + 1), grouping.chart(words.cells_min).svg()));
        evaluation.charts().into_iter().chain(of_groups).collect()
    })?;
    if ![&words.json, &words.rows].into_iter().any(|file| file.as_deref() == Some("-")) {
        let width = terminal::width_of_output();
        let tables = groupings.iter().map(|grouping| format!("\n{}", grouping.text(words.cells_min, width)));
        targets.text("-", evaluation.summary().fitted(width) + &tables.collect::<String>())?;
    }
    targets.commit()?;
    Ok(if evaluation.right > 0 { Ended::Done } else { Ended::NothingMatched })
}

/// The truth, with columns of the file beyond those of its form that are to be grouped by.
fn truth_with(file: &str, columns: &[String]) -> Result<Table> {
    let truth = load(file, &schema::TRUTH)?;
    if file == "-" || columns.iter().all(|column| truth.column(column).is_some()) {
        return Ok(truth);
    }
    let whole = load(file, &schema::ANY)?;
    let known = truth.names().iter().cloned().zip(truth.columns().iter().cloned());
    let is_more = |name: &&String| truth.column(name).is_none() && columns.contains(name);
    let more = whole.names().iter().filter(is_more).filter(|_| whole.rows() == truth.rows());
    let more = more.filter_map(|name| Some((name.clone(), whole.column(name)?.clone())));
    Ok(Table::new(known.chain(more).collect()))
}

/// Opens what is given out: figures, rows, and folders of charts.
fn open(words: &Evaluate, rows: Option<&str>) -> Result<Targets> {
    Targets::open_with(
        words.json.as_deref().into_iter().chain(rows),
        words.svg.as_deref().into_iter().chain(words.png.as_deref()),
    )
}

/// Writes named charts as they are asked for, each kind into its folder.
fn draw(words: &Evaluate, targets: &mut Targets, charts: impl FnOnce() -> Vec<(String, String)>) -> Result<()> {
    if words.svg.is_none() && words.png.is_none() {
        return Ok(());
    }
    for (name, svg) in charts() {
        if let Some(folder) = &words.svg {
            targets.put_into(folder, &format!("{name}.svg"), svg.as_bytes())?;
        }
        if let Some(folder) = &words.png {
            targets.put_into(folder, &format!("{name}.png"), &png(&svg)?)?;
        }
    }
    Ok(())
}

/// Loads a small table of a known schema.
pub(crate) fn load(word: &str, schema: &Schema) -> Result<Table> {
    let mut inputs = expand(word)?;
    let input = inputs.pop().ok_or_else(|| Error::input("no such file").at(word))?;
    Ok(ingest::load(&input, schema, &Limits::default())?.table)
}

fn column<'a>(table: &'a Table, names: &[&str]) -> Option<&'a str> {
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

/// A scored pair of ids.
type Named = (String, String, f64, f64);

fn pairs(words: &Evaluate, found: &Table, truth: &Table) -> Result<Ended> {
    let named = named_pairs(found, &words.outcomes)?;
    let mut left = Ids(map());
    let mut right = Ids(map());
    for (a, b, ..) in &named {
        let _ = (left.of(a), right.of(b));
    }
    let two_tables = !right.0.keys().any(|id| left.0.contains_key(id));
    check_common(!named.is_empty(), truth, &words.truth, if two_tables { [&left, &right] } else { [&left, &left] })?;
    let known = if two_tables {
        between(truth, &words.truth, &mut left, &mut right)?
    } else {
        within(truth, &words.truth, &mut left)?
    };
    let row = |(a, b, weight, probability): &Named| {
        let a = left.0.get(a).copied().unwrap_or(0);
        let b = if two_tables { right.0.get(b) } else { left.0.get(b) }.copied().unwrap_or(0);
        let (left, right) = if two_tables { (a, b) } else { (a.min(b), a.max(b)) };
        Scored { left, right, weight: *weight, probability: *probability, rule: 0 }
    };
    let scored: Vec<Scored> = named.iter().map(row).collect();
    let rows = if two_tables {
        Rows::Between { left: left.0.len() as u32, right: right.0.len() as u32 }
    } else {
        Rows::Within(left.0.len() as u32)
    };
    let thresholds: Vec<f64> = words.threshold.iter().map(|threshold| match_weight(*threshold)).collect();
    let accuracy = measure(&scored, &known, rows, &thresholds)?;
    give(words, &accuracy)?;
    Ok(if accuracy.scored_true_pairs > 0 { Ended::Done } else { Ended::NothingMatched })
}

fn give(words: &Evaluate, accuracy: &Accuracy) -> Result<()> {
    let mut targets = open(words, None)?;
    draw(words, &mut targets, || accuracy_charts(accuracy))?;
    tell(words, targets, &accuracy.to_json(), accuracy.to_text(terminal::width_of_output()))
}

/// Writes the figures as JSON where they are asked for, and says them.
fn tell(words: &Evaluate, mut targets: Targets, figures: &Value, text: String) -> Result<()> {
    if let Some(file) = &words.json {
        targets.text(file, format!("{figures:#}\n"))?;
    }
    if words.json.as_deref() != Some("-") {
        targets.text("-", text)?;
    }
    targets.commit()
}

fn named_pairs(table: &Table, file: &str) -> Result<Vec<Named>> {
    let (a, b) = (needed(table, &["left_id"], file)?, needed(table, &["right_id"], file)?);
    let weight = column(table, &["match_weight"]);
    let stated = column(table, &["match_probability"]);
    let number = |name: Option<&str>, row: usize| name.and_then(|name| table.value(name, row)?.parse::<f64>().ok());
    let pair = |row: usize| {
        let (weight, stated) = (number(weight, row), number(stated, row));
        let weight_known = weight.or_else(|| stated.map(match_weight)).unwrap_or(0.0);
        let stated = stated.unwrap_or_else(|| probability(weight_known));
        Some((table.value(a, row)?.to_owned(), table.value(b, row)?.to_owned(), weight_known, stated))
    };
    Ok((0..table.rows()).filter_map(pair).collect())
}

const LEFT_IDS: [&str; 2] = ["left_id", "unique_id_l"];
const RIGHT_IDS: [&str; 2] = ["right_id", "unique_id_r"];
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

fn id_column(table: &Table) -> &str {
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

fn clusters(words: &Evaluate, found: &Table, truth: &Table) -> Result<Ended> {
    let mut ids = Ids(map());
    // Both tables are read once for their ids, so that both have a label for each.
    let _ = labels(found, &words.outcomes, &mut ids)?;
    if column(truth, &CLUSTERS).is_some() {
        check_common(found.rows() > 0, truth, &words.truth, [&ids, &ids])?;
    }
    let known = labels(truth, &words.truth, &mut ids)?;
    let predicted = labels(found, &words.outcomes, &mut ids)?;
    let accuracy = measure_clusters(&predicted, &known, Rows::Within(ids.0.len() as u32))?;
    let targets = Targets::open(words.json.as_deref())?;
    tell(words, targets, &accuracy.to_json(), accuracy.to_text(terminal::width_of_output()))?;
    Ok(if accuracy.pairs.true_positives > 0 { Ended::Done } else { Ended::NothingMatched })
}
