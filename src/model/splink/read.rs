//! Importing Splink's settings: what they say as a whole.

mod level;

use super::fields::Fields;
use super::{Coverage, Imported, Letters, Status, measured_fields, rules};
use crate::error::{Error, Result};
use crate::model::linkage::{BlockingRule, Comparison, LinkType, LinkageModel, Node, PairOrder, Section, When};
use level::{LevelRead, Reading};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The dialect whose functions the language of expressions has.
const DUCKDB: &str = "duckdb";
/// Splink's probability that two records match, where none is given.
const PRIOR_DEFAULT: f64 = 0.0001;
/// Settings that become parts of the model.
const PARTS: [&str; 4] =
    ["link_type", "probability_two_random_records_match", "blocking_rules_to_generate_predictions", "comparisons"];
/// Settings of Splink 4 or 5 that change no weight: outputs, training, names of columns that it makes.
const KEPT: [&str; 13] = [
    "sql_dialect",
    "linker_uid",
    "em_convergence",
    "max_iterations",
    "retain_matching_columns",
    "retain_intermediate_calculation_columns",
    "additional_columns_to_retain",
    "match_weight_column_prefix",
    "bayes_factor_column_prefix",
    "term_frequency_adjustment_column_prefix",
    "comparison_vector_value_column_prefix",
    "unique_id_column_name",
    "source_dataset_column_name",
];
const COMPARISON_KEYS: [&str; 3] = ["output_column_name", "comparison_description", "comparison_levels"];
/// Key of the metadata under which settings are kept, and within it what is not known.
pub(super) const METADATA: &str = "splink";
const UNKNOWN: &str = "unknown";

/// Reads Splink's settings, as version 4 or 5 saves them, or as they are written by hand.
///
/// Levels and rules whose SQL is not part of the language of expressions stop the import, unless `allow_refused`: such a
/// level then never holds, and pairs fall to the levels below it; such a rule is left out. Missing m and u stay missing,
/// for training, and are noted: [`LinkageModel::defaults`] has what Splink puts in their place.
///
/// # Errors
/// When the text is not JSON of this form, a value is of the wrong kind, a level or rule is refused, or the model fails
/// [`LinkageModel::check`]; so does Splink where an adjusted level has no exact level beside it.
pub fn import(text: &str, allow_refused: bool) -> Result<Imported> {
    import_measuring(text, Letters::default(), allow_refused)
}

/// As [`import`], with what the measures of DuckDB are to count.
///
/// # Errors
/// As [`import`].
pub fn import_measuring(text: &str, letters: Letters, allow_refused: bool) -> Result<Imported> {
    let node = Node::from_json(text.trim_start_matches('\u{feff}'))?;
    let settings = Section::open(&node, "settings of Splink")?;
    let Some(comparisons) = settings.list("comparisons")? else {
        return Err(Error::settings("this is not a model of Splink: the key `comparisons` is missing")
            .hint("give the file that save_model_to_json wrote"));
    };
    let mut import = Import { dialect: dialect(&settings)?, letters, ..Import::default() };
    let comparisons = comparisons.iter().enumerate();
    let comparisons = comparisons.map(|(index, node)| import.comparison(node, index)).collect::<Result<_>>()?;
    let blocking = import.rules(settings.list("blocking_rules_to_generate_predictions")?.unwrap_or_default())?;
    let prior = import.prior(&settings)?;
    let id = settings.text("unique_id_column_name")?.unwrap_or("unique_id").to_owned();
    let metadata = import.metadata(&settings);
    let model = LinkageModel {
        link_type: link_type(&settings)?,
        ids: [Some(id.clone()), Some(id)],
        pair_order: PairOrder::Id,
        fields: std::mem::take(&mut import.fields).into_fields(),
        blocking,
        comparisons,
        prior,
        household: None,
        threshold: None,
        lineage: vec![format!("imported from a model of {}, written for {}", version(&settings), import.dialect)],
        metadata,
    };
    let Import { levels, rules, mut notes, .. } = import;
    if !allow_refused {
        refuse(&levels, &rules)?;
    }
    model.check()?;
    notes.extend(measure_note(&model, letters).filter(|_| dialect(&settings).is_ok_and(|dialect| dialect == DUCKDB)));
    notes.extend(model.defaults().notes);
    Ok(Imported { model, levels, rules, notes })
}

/// Which of both DuckDBs the measures of letters are those of.
fn measure_note(model: &LinkageModel, letters: Letters) -> Option<String> {
    let fields = measured_fields(model);
    if fields.is_empty() {
        return None;
    }
    let (what, others) = match letters {
        Letters::Characters => ("characters, as DuckDB does from 2.0.1 on", "--bytes is for a model of an older one"),
        Letters::Bytes => ("bytes, as DuckDB does up to 2.0.0", "--characters is for a model of a later one"),
    };
    Some(format!("distances and similarities of texts count {what}; {others}; texts in ASCII are the same to both"))
}

/// Why an expression could not be read, with what may help.
pub(super) fn reason(error: &Error) -> String {
    match error.hint_text() {
        Some(hint) => format!("{} ({hint})", error.what()),
        None => error.what().to_owned(),
    }
}

/// A name of a column without the quotes of SQL.
pub(super) fn unquoted(name: &str) -> String {
    let inner = |quote: char| name.strip_prefix(quote).and_then(|name| name.strip_suffix(quote));
    inner('"').or_else(|| inner('`')).unwrap_or(name).to_owned()
}

fn refuse(levels: &[Coverage], rules: &[Coverage]) -> Result<()> {
    let refused: Vec<&Coverage> = levels.iter().chain(rules).filter(|item| item.status == Status::Refused).collect();
    let Some(first) = refused.first() else { return Ok(()) };
    let place = match first.comparison.as_str() {
        "" => first.level.clone(),
        comparison => format!("comparison `{comparison}`, level `{}`", first.level),
    };
    let more = match refused.len() {
        1 => String::new(),
        count => format!("; {} more are refused", count - 1),
    };
    Err(Error::settings(format!("{}{more}", first.note))
        .at(place)
        .hint("allow refused levels to import the rest: such a level never holds, and weights differ from Splink's"))
}

fn dialect(settings: &Section) -> Result<String> {
    Ok(settings.text("sql_dialect")?.unwrap_or(DUCKDB).to_lowercase())
}

fn link_type(settings: &Section) -> Result<LinkType> {
    match settings.required_text("link_type")? {
        "link_only" => Ok(LinkType::Link),
        "dedupe_only" => Ok(LinkType::Dedupe),
        "link_and_dedupe" => Ok(LinkType::LinkAndDedupe),
        other => Err(settings
            .fault(format!("`{other}` is not a link type of Splink"))
            .hint("one of these is expected: link_only, dedupe_only, link_and_dedupe")),
    }
}

/// The version of Splink, as far as the prefix of its weights tells.
fn version(settings: &Section) -> &'static str {
    match (settings.node("match_weight_column_prefix"), settings.node("bayes_factor_column_prefix")) {
        (Some(_), _) => "Splink 5",
        (None, Some(_)) => "Splink 4",
        (None, None) => "Splink",
    }
}

/// What is gathered on the way.
#[derive(Default)]
struct Import {
    dialect: String,
    letters: Letters,
    fields: Fields,
    levels: Vec<Coverage>,
    rules: Vec<Coverage>,
    notes: Vec<String>,
    /// Keys that are not known, by place.
    unknown: BTreeMap<String, Value>,
}

impl Import {
    fn comparison(&mut self, node: &Node, index: usize) -> Result<Comparison> {
        let section = Section::open(node, &format!("comparison {}", index + 1))?;
        let Some(nodes @ [_, ..]) = section.list("comparison_levels")? else {
            return Err(section.fault("there are no `comparison_levels`"));
        };
        let given = section.text("output_column_name")?;
        let place = match given {
            Some(name) => format!("{} ({name})", section.place()),
            None => section.place().to_owned(),
        };
        let mut read = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let mut reading = Reading { fields: &mut self.fields, dialect: &self.dialect, letters: self.letters };
            read.push(reading.level(node, &format!("{place}, level {}", index + 1))?);
        }
        let name = given.map_or_else(|| default_name(&read), str::to_owned);
        let mut levels = Vec::with_capacity(read.len());
        for one in read {
            let LevelRead { level, coverage, notes, unknown } = one;
            let place = format!("comparison `{name}`, level `{}`", level.label);
            self.notes.extend(notes.into_iter().map(|note| format!("{place}: {note}")));
            self.keep_unknown(&place, &unknown);
            self.levels.push(Coverage { comparison: name.clone(), ..coverage });
            levels.push(level);
        }
        let strangers = section.entries().filter(|(key, _)| !COMPARISON_KEYS.contains(key));
        let strangers = strangers.map(|(key, value)| (key.to_owned(), value.to_value())).collect();
        self.keep_unknown(&format!("comparison `{name}`"), &strangers);
        self.notes.extend(level::formats_that_differ(&name, &levels));
        if !levels.iter().any(|level| matches!(level.when, When::Null(_))) {
            self.notes.push(format!("comparison `{name}` has no null level: missing values fall to the last level"));
        }
        let description = section.text("comparison_description")?.unwrap_or_default().to_owned();
        Ok(Comparison { name, description, levels })
    }

    fn keep_unknown(&mut self, place: &str, unknown: &Map<String, Value>) {
        for key in unknown.keys() {
            self.notes.push(format!("{place}: the key `{key}` is not known; it is kept and changes nothing"));
        }
        if !unknown.is_empty() {
            self.unknown.insert(place.to_owned(), Value::Object(unknown.clone()));
        }
    }

    fn rules(&mut self, nodes: &[Node]) -> Result<Vec<BlockingRule>> {
        let mut blocking = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let read = rules::read(node, index, &mut self.fields)?;
            blocking.extend(read.rules);
            self.rules.push(read.coverage);
            self.notes.extend(read.notes);
        }
        Ok(blocking)
    }

    fn prior(&mut self, settings: &Section) -> Result<f64> {
        let prior = settings.number("probability_two_random_records_match")?;
        if prior.is_none_or(|prior| prior.to_bits() == PRIOR_DEFAULT.to_bits()) {
            self.notes.push(format!("the prior is Splink's default, {PRIOR_DEFAULT}: it was never estimated"));
        }
        Ok(prior.unwrap_or(PRIOR_DEFAULT))
    }

    /// Everything else that the settings say.
    fn metadata(&mut self, settings: &Section) -> BTreeMap<String, Value> {
        let mut kept = Map::new();
        let mut strangers = Map::new();
        for (key, node) in settings.entries().filter(|(key, _)| !PARTS.contains(key)) {
            let to = if KEPT.contains(&key) { &mut kept } else { &mut strangers };
            to.insert(key.to_owned(), node.to_value());
        }
        self.keep_unknown("settings", &strangers);
        if settings.node("sql_dialect").is_none() {
            self.notes.push("the dialect is not given: the SQL is taken for that of duckdb".to_owned());
        }
        if !self.unknown.is_empty() {
            let unknown = std::mem::take(&mut self.unknown);
            kept.insert(UNKNOWN.to_owned(), Value::Object(unknown.into_iter().collect()));
        }
        BTreeMap::from([(METADATA.to_owned(), Value::Object(kept))])
    }
}

/// Splink names a comparison after its one column, or after all of them.
fn default_name(levels: &[LevelRead]) -> String {
    let mut names: Vec<String> = Vec::new();
    for read in levels {
        if let When::Null(expression) | When::True(expression) = &read.level.when {
            crate::model::expression::shape::walk(expression, &mut |part| match part {
                crate::model::expression::Expression::Column { name, .. } if !names.contains(name) => {
                    names.push(name.clone());
                }
                _ => {}
            });
        }
    }
    match names.as_slice() {
        [name] => name.clone(),
        _ => format!("custom_{}", names.join("_")),
    }
}
