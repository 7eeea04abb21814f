//! Importing one level of a comparison.

use crate::error::Result;
use crate::model::expression::shape::rebuilt;
use crate::model::expression::{Context, Expression, Function, parse, shape};
use crate::model::linkage::{Level, Node, Section, TermFrequency, When};
use crate::model::splink::fields::Fields;
use crate::model::splink::rewrite::on_characters;
use crate::model::splink::{Coverage, Letters, Status};
use serde_json::{Map, Value};

const LEVEL_KEYS: [&str; 12] = [
    "sql_condition",
    "label_for_charts",
    "m_probability",
    "u_probability",
    "fix_m_probability",
    "fix_u_probability",
    "tf_adjustment_column",
    "tf_adjustment_weight",
    "tf_minimum_u_value",
    "is_null_level",
    "disable_tf_exact_match_detection",
    // Of older files: the place of the level, which its order tells.
    "comparison_vector_value",
];
/// What older versions write for m or u of a level that training never saw, and what they take it for.
const NOT_OBSERVED: &str = "level not observed in training dataset";
const NOT_OBSERVED_VALUE: f64 = 1e-6;

/// A level with what there is to say about it.
pub(super) struct LevelRead {
    pub(super) level: Level,
    pub(super) coverage: Coverage,
    pub(super) notes: Vec<String>,
    /// Keys that are not known.
    pub(super) unknown: Map<String, Value>,
}

/// What levels are read with.
pub(super) struct Reading<'a> {
    pub(super) fields: &'a mut Fields,
    pub(super) dialect: &'a str,
    pub(super) letters: Letters,
}

impl Reading<'_> {
    pub(super) fn level(&mut self, node: &Node, place: &str) -> Result<LevelRead> {
        let section = Section::open(node, place)?;
        let sql = section.required_text("sql_condition")?;
        let label = section.text("label_for_charts")?.unwrap_or(sql).to_owned();
        let mut notes = Vec::new();
        let is_null = section.flag("is_null_level")?;
        let (when, status, note) = self.condition(sql, is_null);
        let mut level = Level {
            label: label.clone(),
            when,
            m: probability(&section, "m_probability", &mut notes)?,
            u: probability(&section, "u_probability", &mut notes)?,
            fix_m: section.flag("fix_m_probability")?,
            fix_u: section.flag("fix_u_probability")?,
            term_frequency: self.term_frequency(&section, &mut notes)?,
        };
        if matches!(level.when, When::Null(_)) {
            level = Level { m: None, u: None, fix_m: false, fix_u: false, ..level };
        }
        if level.term_frequency.is_some() && !matches!(level.when, When::True(_)) {
            notes.push("Splink adjusts no null or else level for frequencies; the adjustment is left out".to_owned());
            level.term_frequency = None;
        }
        if status == Status::Refused {
            // There is nothing to adjust, and no exact level need be found for it.
            level.term_frequency = None;
        }
        let strangers = section.entries().filter(|(key, _)| !LEVEL_KEYS.contains(key));
        let unknown = strangers.map(|(key, value)| (key.to_owned(), value.to_value())).collect();
        let coverage = Coverage { comparison: String::new(), level: label, sql: sql.to_owned(), status, note };
        Ok(LevelRead { level, coverage, notes, unknown })
    }

    /// When a level holds, and how well that is known.
    fn condition(&mut self, sql: &str, is_null: bool) -> (When, Status, String) {
        if sql.trim().eq_ignore_ascii_case("else") && !is_null {
            return (When::Else, Status::Exact, String::new());
        }
        let wrap = |expression| if is_null { When::Null(expression) } else { When::True(expression) };
        match parse(sql, Context::Level) {
            Ok(expression) => {
                let (expression, note) = in_dialect(&self.fields.named(&expression), self.dialect, self.letters);
                let status = if note.is_empty() { Status::Exact } else { Status::Approximated };
                (wrap(expression), status, note)
            }
            Err(error) => {
                let note = format!("{}; the level never holds", super::reason(&error));
                (wrap(Expression::Boolean(false)), Status::Refused, note)
            }
        }
    }

    fn term_frequency(&mut self, section: &Section, notes: &mut Vec<String>) -> Result<Option<TermFrequency>> {
        let weight = section.number("tf_adjustment_weight")?;
        let minimum_u = section.number("tf_minimum_u_value")?.unwrap_or(0.0);
        let own_u = section.flag("disable_tf_exact_match_detection")?;
        let Some(column) = section.text("tf_adjustment_column")? else { return Ok(None) };
        // Splink drops a weight of 0 as it loads the level, and then has its default.
        let weight = match weight {
            Some(0.0) => {
                notes.push("Splink takes a term frequency weight of 0 for 1: so it is here".to_owned());
                1.0
            }
            other => other.unwrap_or(1.0),
        };
        let field = self.fields.name(&super::unquoted(column));
        Ok(Some(TermFrequency { field, weight, minimum_u, own_u }))
    }
}

/// m or u; older files may say in words that a level was not observed.
fn probability(section: &Section, key: &str, notes: &mut Vec<String>) -> Result<Option<f64>> {
    if let Some(Node::Text(text)) = section.node(key)
        && text == NOT_OBSERVED
    {
        notes.push(format!("`{key}` was not observed in training: {NOT_OBSERVED_VALUE}, as in Splink"));
        return Ok(Some(NOT_OBSERVED_VALUE));
    }
    section.number(key)
}

/// DuckDB measures bytes or characters, as its version has it; the other backends of Splink measure characters, each with
/// its own code.
fn in_dialect(expression: &Expression, dialect: &str, letters: Letters) -> (Expression, String) {
    let duckdb = dialect == super::DUCKDB;
    if duckdb && letters == Letters::Bytes {
        return (expression.clone(), String::new());
    }
    let mut differs = Vec::new();
    let mut note = |function: Function| {
        let name = function.name();
        if !differs.contains(&name) {
            differs.push(name);
        }
    };
    let rewritten = rebuilt(expression, &mut |part| match part {
        Expression::Call(function, arguments) => {
            if !duckdb && measured_elsewhere(function) {
                note(function);
            }
            Expression::Call(on_characters(function).unwrap_or(function), arguments)
        }
        Expression::BestPair { function, left, right, most } => {
            if !duckdb {
                note(function);
            }
            Expression::BestPair { function: on_characters(function).unwrap_or(function), left, right, most }
        }
        other => other,
    });
    let note = match differs.as_slice() {
        [] => String::new(),
        names => format!("{dialect} may work out {} a little differently", names.join(", ")),
    };
    (rewritten, note)
}

/// Functions of which backends other than DuckDB have their own code; Levenshtein's distance is the same everywhere.
const fn measured_elsewhere(function: Function) -> bool {
    matches!(
        function,
        Function::DamerauLevenshtein
            | Function::Jaro
            | Function::JaroWinkler
            | Function::Jaccard
            | Function::Hamming
            | Function::RegexpExtract
            | Function::RegexpReplace
            | Function::RegexpMatches
            | Function::Strptime
            | Function::TryStrptime
    )
}

/// A note where a comparison reads dates by several formats: Splink 4.0.8 put its own where another was asked for.
pub(super) fn formats_that_differ(comparison: &str, levels: &[Level]) -> Option<String> {
    let mut formats: Vec<&str> = Vec::new();
    for level in levels {
        let (When::Null(expression) | When::True(expression)) = &level.when else { continue };
        shape::walk(expression, &mut |part| {
            if let Expression::Call(Function::TryStrptime | Function::Strptime, arguments) = part
                && let [_, Expression::Text(format)] = arguments.as_slice()
                && !formats.contains(&format.as_str())
            {
                formats.push(format);
            }
        });
    }
    (formats.len() > 1).then(|| {
        let formats = formats.join("`, `");
        format!("comparison `{comparison}` reads dates by several formats, `{formats}`: a fault of Splink 4.0.8?")
    })
}
