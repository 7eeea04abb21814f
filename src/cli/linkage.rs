//! What `link`, `dedupe`, `train`, `blocks` and `explain` share: tables with ids, the model, the output.

use crate::cli::args::{LinkageWords, TableWord};
use crate::cli::files::file_name;
use crate::cli::talk::Talk;
use crate::engine::linkage::{self, Linkage, TermTable, TrainSettings, Training};
use crate::error::{Error, ErrorKind, Result};
use crate::frame::Table;
use crate::ingest::{self, Limits, Loaded, MEND_ROWS, expand};
use crate::model::linkage::{Field, LinkType, LinkageModel, PairOrder, nearest};
use crate::model::schema;
use crate::model::splink;
use crate::report::{TableFormat, size, thousands};
use crate::score::train::patterns::Combine;
use crate::util::clock::Clock;
use crate::util::hash::{Set, set};
use crate::util::memory::machine_bytes;
use std::path::Path;

/// Headers that are taken for truth and never for evidence.
const TRUTH_HEADERS: [&str; 3] = ["cluster", "label", "truth"];

/// A table with the ids of its rows.
pub(crate) struct Named {
    /// The table.
    pub table: Table,
    /// Column of the id; row numbers where there is none.
    pub id: Option<String>,
    /// Column of the truth, if it has one.
    pub truth: Option<String>,
    /// Name of the file.
    pub name: String,
    /// Digest of its bytes.
    pub sha256: String,
    /// Numbers of the rows in the file, from 1, where some are left out.
    pub numbers: Option<Vec<u64>>,
    /// Rows of the file in the order in which they stand in the table, where that is another.
    pub order: Option<Vec<u32>>,
}

impl Named {
    /// Number of a row in its file, from 1.
    pub(crate) fn row_number(&self, row: usize) -> u64 {
        let row = self.order.as_ref().map_or(row, |order| order[row] as usize);
        self.numbers.as_ref().map_or(row as u64 + 1, |numbers| numbers[row])
    }

    /// Id of a row.
    pub(crate) fn id_of(&self, row: usize) -> String {
        match &self.id {
            Some(id) => self.table.value(id, row).unwrap_or_default().to_owned(),
            None => self.row_number(row).to_string(),
        }
    }

    /// Columns that are no evidence.
    pub(crate) fn without(&self) -> Vec<String> {
        self.id.iter().chain(&self.truth).cloned().collect()
    }
}

/// Loads the tables of a command.
pub(crate) fn load(
    words: &LinkageWords,
    files: &[&str],
    model: Option<&LinkageModel>,
    talk: &Talk,
) -> Result<Vec<Named>> {
    let model_file = words.model.as_deref().and_then(std::path::Path::to_str);
    let piped = files.iter().copied().chain(model_file).filter(|file| *file == "-").count();
    if piped > 1 {
        return Err(Error::usage("only one of the tables and the model can come from standard input").at("-"));
    }
    let mut tables = Vec::new();
    for (side, file) in files.iter().enumerate() {
        check_size(file, words.memory)?;
        let chosen = words.ids.get(side).or_else(|| words.ids.first()).cloned();
        let chosen = chosen.or_else(|| model.and_then(|model| model.ids[side].clone()));
        tables.push(load_one(file, chosen, words.truth_column.as_deref(), talk)?);
    }
    if let ([only], Some(model)) = (tables.as_mut_slice(), model) {
        put_in_order(only, model);
    }
    Ok(tables)
}

/// Puts the rows of a table in order of their ids where the pairs of its model are.
fn put_in_order(table: &mut Named, model: &LinkageModel) {
    let Some(id) = table.id.as_deref().filter(|_| model.pair_order == PairOrder::Id) else { return };
    let dataset = splink::source_dataset_column(model);
    let columns = match model.link_type {
        LinkType::LinkAndDedupe if table.table.column(dataset).is_some() => vec![dataset, id],
        _ => vec![id],
    };
    table.order = linkage::order_of_ids(&table.table, &columns);
    if let Some(order) = &table.order {
        table.table = table.table.take(order);
    }
}

/// Refuses a model for two tables where one is given, and the other way round: its prior was found for other pairs.
pub(crate) fn check_link_type(model: &LinkageModel, tables: usize, talk: &Talk) -> Result<()> {
    let word = model.link_type.word();
    let given = if tables == 2 { "two tables are" } else { "one table is" };
    match (model.link_type, tables) {
        (LinkType::Link, 1) | (LinkType::Dedupe, 2) => {
            let other = if tables == 2 { "link" } else { "dedupe" };
            Err(Error::usage(format!("the model is for `{word}` and {given} given")).at("--model").hint(format!(
                "to use it all the same, write link_type = \"{other}\" into it, and train it again: its prior is of \
                 other pairs"
            )))
        }
        (LinkType::LinkAndDedupe, 2) => {
            talk.warn(&format!(
                "the model is for `{word}`: pairs within either table are left out; put both into one table and \
                 dedupe that for all pairs"
            ));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The model as it is for these tables. Splink takes the table for the left one whose source dataset comes first.
fn oriented(model: LinkageModel, tables: &[Named]) -> LinkageModel {
    let [left, right] = tables else { return model };
    if model.pair_order != PairOrder::Id {
        return model;
    }
    let first = |table: &Named| table.table.value(splink::source_dataset_column(&model), 0).map(str::to_owned);
    match (first(left), first(right)) {
        (Some(a), Some(b)) if a > b => {
            let mut model = linkage::mirrored(model);
            model.lineage.push("left and right exchanged: the source dataset of the right table comes first".into());
            model
        }
        _ => model,
    }
}

/// Refuses a file that is larger than what may be used, before it is read.
fn check_size(file: &str, memory: Option<u64>) -> Result<()> {
    let (Ok(about), Some(memory)) = (std::fs::metadata(file), memory) else { return Ok(()) };
    if about.is_file() && about.len() > memory {
        let what = format!("the file has {}, more than the {} allowed", size(about.len()), size(memory));
        return Err(Error::limit(what).at(file).hint("allow more with --memory"));
    }
    Ok(())
}

/// Says which rows of a file are left out, and which lack fields.
fn warn_of_rows(name: &str, loaded: &Loaded, talk: &Talk) {
    if !loaded.rejects.is_empty() {
        let all = thousands((loaded.table.rows() + loaded.rejects.len()) as u64);
        let listed = ingest::listed_rejects(&loaded.rejects);
        talk.warn(&format!("{name}: of {all} rows these are left out: {listed}; {MEND_ROWS}"));
    }
    let short = loaded.cell_remarks.iter().filter(|remark| remark.reason == ingest::remark::TOO_FEW_FIELDS).count();
    if short > 0 {
        let (short, what) =
            (thousands(short as u64), "fewer fields than the header: what is lacking is taken for empty");
        talk.warn(&format!("{name}: {short} {} {what}", if short == "1" { "row has" } else { "rows have" }));
    }
}

fn load_one(file: &str, id: Option<String>, truth: Option<&str>, talk: &Talk) -> Result<Named> {
    let (mut parts, mut sha256) = (Vec::new(), String::new());
    for input in expand(file)? {
        let loaded = ingest::load(&input, &schema::ANY, &Limits::default())?;
        warn_of_rows(&input.name(), &loaded, talk);
        for column in &loaded.header.unknown {
            talk.warn(&format!("{}: the column {column} cannot be read as text and is left out", input.name()));
        }
        // Rows that are left out keep their numbers.
        let in_order = loaded.row_numbers.iter().zip(1..).all(|(number, place)| *number == place);
        parts.push((loaded.table, (!in_order).then_some(loaded.row_numbers)));
        sha256 = loaded.sha256;
    }
    let (table, numbers) = match parts.len() {
        1 => parts.remove(0),
        _ => return Err(Error::usage(format!("{} files match", parts.len())).at(file).hint("name one file a side")),
    };
    if table.rows() == 0 {
        return Err(Error::input("holds no rows").at(file_name(Path::new(file))));
    }
    if let Some(id) = &id
        && table.column(id).is_none()
    {
        return Err(no_column(id, table.names()).at(file));
    }
    let id = id.or_else(|| unique_first(&table));
    match &id {
        Some(id) => warn_of_repeats(&table, id, file, talk),
        None => note_row_numbers(&table, file, talk),
    }
    let truth = match truth {
        Some(name) => table.column(name).map(|_| name.to_owned()),
        None => table.names().iter().find(|name| TRUTH_HEADERS.contains(&name.to_lowercase().as_str())).cloned(),
    };
    Ok(Named { table, id, truth, name: file.to_owned(), sha256, numbers, order: None })
}

pub(crate) fn no_column(name: &str, known: &[String]) -> Error {
    Error::new(ErrorKind::Column, format!("no column `{name}`"))
        .hint(format!("the table has {}", ingest::listed_headers(known, &[])))
}

/// The first column, where its values are all there and all different.
fn unique_first(table: &Table) -> Option<String> {
    let first = table.names().first()?;
    let mut seen: Set<&str> = set();
    (0..table.rows()).all(|row| table.value(first, row).is_some_and(|value| seen.insert(value))).then(|| first.clone())
}

/// Says that rows are named by their numbers, where the first column could have been meant for ids.
fn note_row_numbers(table: &Table, file: &str, talk: &Talk) {
    let Some(first) = table.names().first() else { return };
    let has_gaps = (0..table.rows()).any(|row| table.value(first, row).is_none());
    let what = if has_gaps { "is empty in some rows" } else { "repeats values" };
    talk.remark(&format!(
        "{file}: the first column {what}, so rows are named by their numbers in the file, from 1 (--id names a column of ids)"
    ));
}

fn warn_of_repeats(table: &Table, id: &str, file: &str, talk: &Talk) {
    let mut seen: Set<&str> = set();
    let ids = || (0..table.rows()).map(|row| table.value(id, row));
    let empty = ids().filter(Option::is_none).count();
    let repeated = ids().flatten().filter(|value| !seen.insert(value)).count();
    let counted = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 row {what}")),
        count => Some(format!("{} rows {what}", thousands(count as u64))),
    };
    let faults = [counted(repeated, "with the id of a row before"), counted(empty, "without an id")];
    let faults: Vec<String> = faults.into_iter().flatten().collect();
    if !faults.is_empty() {
        talk.warn(&format!(
            "{file}: the column `{id}` has {}; every row is compared, but the output names rows by this id and cannot \
             tell them apart (--id names another column)",
            faults.join(" and ")
        ));
    }
}

/// Reads a model: TOML or JSON.
pub(crate) fn read_model(path: &Path) -> Result<LinkageModel> {
    let text = crate::cli::files::read_text(path)?;
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    LinkageModel::read(&text, &name)
}

/// The linkage of a command, trained: from the model that is given, or a proposed one.
pub(crate) fn prepare(
    words: &LinkageWords,
    tables: &[Named],
    model: Option<LinkageModel>,
    talk: &Talk,
    clock: &mut Clock,
) -> Result<(Linkage, Option<Training>)> {
    let mut linkage = prepare_untrained(words, tables, model, talk, clock)?;
    let trained = is_trained(&linkage.model);
    if trained {
        linkage.model.defaults().notes.iter().for_each(|note| talk.warn(note));
    }
    talk.phase("train");
    let training = if trained { None } else { Some(linkage::train(&mut linkage, &settings(words), None)?) };
    if let Some(training) = &training {
        say(training, talk);
    }
    clock.lap("train");
    Ok((linkage, training))
}

/// Says what training could not tell; the model keeps it too.
pub(crate) fn say(training: &Training, talk: &Talk) {
    training.warnings.iter().for_each(|warning| talk.warn(warning));
    training.notes.iter().for_each(|note| talk.remark(note));
}

/// The linkage of a command, with the parameters that its model has.
pub(crate) fn prepare_untrained(
    words: &LinkageWords,
    tables: &[Named],
    model: Option<LinkageModel>,
    talk: &Talk,
    clock: &mut Clock,
) -> Result<Linkage> {
    let plain: Vec<&Table> = tables.iter().map(|named| &named.table).collect();
    talk.phase("prepare");
    let model = match model {
        Some(model) => {
            check_link_type(&model, plain.len(), talk)?;
            check_columns(&model, tables)?;
            let mut model = oriented(model, tables);
            model.link_type = if plain.len() == 2 { LinkType::Link } else { LinkType::Dedupe };
            model
        }
        None => {
            let without: Vec<Vec<String>> = tables.iter().map(Named::without).collect();
            let model = linkage::propose(&plain, &without)?;
            note_fields(&model, tables, talk);
            model
        }
    };
    clock.lap("propose");
    let preparing = linkage::preparing_bytes(&model, &plain);
    check_memory(words, tables, preparing)?;
    let mut linkage = Linkage::prepare(model, &plain, words.block_pairs)?;
    let learns = !is_trained(&linkage.model);
    check_memory(words, tables, preparing + linkage::pairs_bytes(&linkage, learns))?;
    clock.lap("prepare");
    note_letters(&linkage, talk);
    linkage.frequency_tables = frequency_tables(&words.frequencies, &linkage.model)?;
    warn_of_strange_values(&linkage, talk);
    for (rule, cost) in linkage.costs().iter().enumerate() {
        warn_of_cut(rule, cost.cut.0, cost.cut.1, talk);
    }
    Ok(linkage)
}

/// Says which columns a proposed model takes for the same, and which it leaves out.
fn note_fields(model: &LinkageModel, tables: &[Named], talk: &Talk) {
    let of_field = |field: &Field| {
        let (left, right) = (field.left.join(" + "), field.right.join(" + "));
        let columns = if left == right { left } else { format!("{left} with {right}") };
        format!("{columns} ({})", field.kind.word().replace('_', " "))
    };
    let used: Vec<String> = model.fields.iter().map(of_field).collect();
    talk.remark(&format!("compared: {}", used.join(", ")));
    for (side, table) in tables.iter().enumerate() {
        let of_side = |field: &Field| if side == 0 { field.left.clone() } else { field.right.clone() };
        let known: Set<String> = model.fields.iter().flat_map(of_side).chain(table.without()).collect();
        let left_out: Vec<&str> =
            table.table.names().iter().filter(|name| !known.contains(*name)).map(String::as_str).collect();
        if !left_out.is_empty() {
            talk.remark(&format!("{}: not compared: {}", table.name, left_out.join(", ")));
        }
    }
}

/// Refuses a model that names columns which its tables do not have.
fn check_columns(model: &LinkageModel, tables: &[Named]) -> Result<()> {
    for field in &model.fields {
        for (named, columns) in tables.iter().zip([&field.left, &field.right]) {
            if let Some(missing) = columns.iter().find(|column| named.table.column(column).is_none()) {
                let known: Vec<&str> = named.table.names().iter().map(String::as_str).collect();
                let has = ingest::listed_headers(named.table.names(), &[]);
                let hint = match nearest(missing, &known) {
                    Some(near) => format!("did you mean `{near}`? the table has {has}"),
                    None => format!("the table has {has}"),
                };
                return Err(Error::new(ErrorKind::Column, format!("no column `{missing}`")).at(&named.name).hint(hint));
            }
        }
    }
    Ok(())
}

/// Says what a rule leaves to others.
pub(crate) fn warn_of_cut(rule: usize, blocks: u64, pairs: u64, talk: &Talk) {
    if blocks > 0 {
        talk.warn(&format!(
            "blocking rule {rule}: {blocks} blocks are too large to compare ({pairs} pairs); other rules may find them"
        ));
    }
}

/// Memory, in bytes, that the program may use.
fn budget(words: &LinkageWords) -> u64 {
    words.memory.or_else(|| machine_bytes().map(|bytes| bytes / 2)).unwrap_or(u64::MAX)
}

/// Memory, in bytes, for pairs beside what the program has taken so far and `others`.
pub(crate) fn bytes_for_pairs(words: &LinkageWords, others: u64) -> u64 {
    linkage::bytes_for_pairs(budget(words), others)
}

/// Refuses at the start what is known to be too much.
fn check_memory(words: &LinkageWords, tables: &[Named], need: u64) -> Result<()> {
    let budget = budget(words);
    if need <= budget {
        return Ok(());
    }
    let rows: u64 = tables.iter().map(|table| table.table.rows() as u64).sum();
    Err(Error::limit(format!(
        "the linkage needs about {} for {} rows, more than the {} allowed",
        size(need),
        thousands(rows),
        size(budget)
    ))
    .hint("allow more with --memory, take fewer --threads, or give a model with fewer fields and blocking rules"))
}

/// Says which values of an imported model would be measured otherwise by another DuckDB: those beyond ASCII.
fn note_letters(linkage: &Linkage, talk: &Talk) {
    if !linkage.model.metadata.contains_key("splink") {
        return;
    }
    for (field, characters) in splink::measured_fields(&linkage.model) {
        let values = linkage.columns().iter().find(|(name, _)| *name == field);
        let beyond = values.map_or(0, |(_, values)| values.texts.iter().filter(|text| !text.is_ascii()).count());
        if beyond > 0 {
            let (here, other) = if characters {
                ("characters are counted, as in DuckDB 2.0.1 and later", "import with --bytes for an older one")
            } else {
                ("bytes are counted, as in DuckDB up to 2.0.0", "import with --characters for a later one")
            };
            talk.remark(&format!("{beyond} different values of `{field}` are not ASCII: {here}; {other}"));
        }
    }
}

/// Whether a model has parameters. Levels that lack them take Splink's defaults, which is said.
pub(crate) fn is_trained(model: &LinkageModel) -> bool {
    let mut levels = model.comparisons.iter().flat_map(|comparison| &comparison.levels);
    model.prior > 0.0 && levels.any(|level| level.m.is_some() && level.u.is_some())
}

/// Settings of training from words.
pub(crate) fn settings(words: &LinkageWords) -> TrainSettings {
    TrainSettings {
        random_pairs: words.random_pairs,
        combine: if words.median { Combine::Median } else { Combine::Jointly },
        seed: words.seed,
        ..TrainSettings::default()
    }
}

/// Tables of term frequencies: FIELD=FILE, of two columns, value and frequency.
fn frequency_tables(words: &[String], model: &LinkageModel) -> Result<Vec<TermTable>> {
    let fields: Vec<&str> = model.fields.iter().map(|field| field.name.as_str()).collect();
    words
        .iter()
        .map(|word| {
            let (field, file) = word
                .split_once('=')
                .ok_or_else(|| Error::usage(format!("`{word}` is not FIELD=FILE")).at("--term-frequencies"))?;
            if !fields.contains(&field) {
                return Err(Error::usage(format!("the model has no field `{field}`"))
                    .at("--term-frequencies")
                    .hint(format!("its fields are {}", fields.join(", "))));
            }
            let input = expand(file)?.pop().ok_or_else(|| Error::input("no such file").at(file))?;
            let table = ingest::load_every_row(&input, &schema::ANY, &Limits::default())?.table;
            let [value, frequency] = table.names() else {
                return Err(Error::input("needs two columns: value and frequency").at(file));
            };
            let row = |row: usize| {
                let text = table.value(value, row)?.to_owned();
                let share = table.value(frequency, row).and_then(|text| text.parse().ok());
                let share = share.filter(|share: &f64| share.is_finite() && *share >= 0.0);
                let fault = || Error::input(format!("row {}: `{frequency}` is not a frequency", row + 1)).at(file);
                Some(share.ok_or_else(fault).map(|share| (text, share)))
            };
            let values = (0..table.rows()).filter_map(row).collect::<Result<_>>()?;
            Ok(TermTable { field: field.to_owned(), values })
        })
        .collect()
}

/// Says which tables of frequencies have none of the values of their field: they change nothing.
fn warn_of_strange_values(linkage: &Linkage, talk: &Talk) {
    for table in &linkage.frequency_tables {
        let known: Set<&str> = table.values.iter().map(|(value, _)| value.as_str()).collect();
        let of_field = linkage.columns().iter().find(|(name, _)| *name == table.field);
        let occurs = of_field.is_none_or(|(_, values)| values.texts.iter().any(|text| known.contains(text.as_ref())));
        if !occurs {
            talk.warn(&format!(
                "--term-frequencies {}: none of its values occurs in the tables, so it changes nothing; they must be written as \
                 `rewash explain` shows values of the field",
                table.field
            ));
        }
    }
}

/// The row with an id.
pub(crate) fn row_of(table: &Named, id: &str) -> Result<usize> {
    (0..table.table.rows())
        .find(|row| table.id_of(*row) == id)
        .ok_or_else(|| Error::usage(format!("no row of {} has the id that is given of it", table.name)).at("ID"))
}

/// The form of an output: as asked for, else by extension; CSV for a pipe.
pub(crate) fn format_of(out: &str, asked: Option<TableWord>) -> Result<TableFormat> {
    let pipe = out == "-";
    let known = asked.or_else(|| {
        let extension = Path::new(out).extension()?.to_str()?;
        Some(match extension {
            "csv" => TableWord::Csv,
            "jsonl" | "ndjson" => TableWord::Jsonl,
            "parquet" => TableWord::Parquet,
            "arrow" | "ipc" | "feather" => TableWord::Arrow,
            _ => return None,
        })
    });
    Ok(match known {
        Some(TableWord::Csv) => TableFormat::Csv,
        None if pipe => TableFormat::Csv,
        Some(TableWord::Jsonl) => TableFormat::JsonLines,
        Some(TableWord::Parquet) if pipe => {
            return Err(Error::usage("Parquet cannot be written to a pipe")
                .at("--format")
                .hint("use arrow, csv or jsonl"));
        }
        Some(TableWord::Parquet) => TableFormat::Parquet,
        Some(TableWord::Arrow) if pipe => TableFormat::ArrowStream,
        Some(TableWord::Arrow) => TableFormat::Arrow,
        None => {
            return Err(Error::usage("the form of the output is not told by its name")
                .at(out)
                .hint("end it in .csv, .jsonl, .parquet or .arrow, or give --format"));
        }
    })
}

/// The text of a model for a file: TOML where it is called so, else JSON.
pub(crate) fn model_text(model: &LinkageModel, out: &str) -> String {
    if out.ends_with(".toml") { model.to_toml() } else { model.to_json() }
}
