//! Exporting a model as settings that Splink 4 and 5 load.

mod native;

use super::read::METADATA;
use super::{Coverage, Exported, Status, measured_fields};
use crate::error::Result;
use crate::model::expression::{Context, Expression, Operator, print};
use crate::model::linkage::{
    BlockingRule, Comparison, Field, FieldKind, Level, LinkType, LinkageModel, Node, Table, When,
};
use native::translated;
use serde_json::{Map, Value};

/// Settings of the metadata that both versions know; any other key stops them from loading.
const KEPT: [&str; 9] = [
    "retain_matching_columns",
    "retain_intermediate_calculation_columns",
    "additional_columns_to_retain",
    "linker_uid",
    "em_convergence",
    "max_iterations",
    "term_frequency_adjustment_column_prefix",
    "comparison_vector_value_column_prefix",
    "source_dataset_column_name",
];
/// Splink 5 loads no m or u below this.
const PROBABILITY_MIN: f64 = 1e-300;

/// Writes a model as Splink's settings, in the SQL of DuckDB.
///
/// Native functions become the nearest that DuckDB has, or are refused by name: a refused level is written as one that
/// never holds, so that the others keep their places; a key of a rule that cannot be written is left out, which finds more
/// pairs, and a rule without keys is left out as a whole.
///
/// # Errors
/// When the model fails [`LinkageModel::check`].
pub fn export(model: &LinkageModel) -> Result<Exported> {
    model.check()?;
    let mut export = Export { model, levels: Vec::new(), rules: Vec::new(), notes: Vec::new() };
    let mut top = Table::default();
    let link_type = match model.link_type {
        LinkType::Link => "link_only",
        LinkType::Dedupe => "dedupe_only",
        LinkType::LinkAndDedupe => "link_and_dedupe",
    };
    top.put("link_type", link_type);
    top.put("probability_two_random_records_match", model.prior);
    top.put("sql_dialect", "duckdb");
    let nothing = Map::new();
    let settings = model.metadata.get(METADATA).and_then(Value::as_object).unwrap_or(&nothing);
    for key in KEPT {
        if let Some(value) = settings.get(key) {
            top.put(key, value);
        }
    }
    export.id(&mut top);
    let rules: Vec<Node> =
        model.blocking.iter().enumerate().filter_map(|(index, rule)| export.rule(rule, index)).collect();
    top.put("blocking_rules_to_generate_predictions", rules);
    let comparisons: Vec<Node> = model.comparisons.iter().map(|comparison| export.comparison(comparison)).collect();
    top.put("comparisons", comparisons);
    export.say_what_is_missing();
    // A tree of texts and finite numbers has nothing that could fail.
    let text = serde_json::to_string_pretty(&Node::Table(top)).unwrap_or_default();
    Ok(Exported { text, levels: export.levels, rules: export.rules, notes: export.notes })
}

struct Export<'a> {
    model: &'a LinkageModel,
    levels: Vec<Coverage>,
    rules: Vec<Coverage>,
    notes: Vec<String>,
}

impl Export<'_> {
    fn kind(&self, name: &str) -> FieldKind {
        self.model.fields.iter().find(|field| field.name == name).map_or(FieldKind::Raw, |field| field.kind)
    }

    fn id(&mut self, top: &mut Table) {
        match &self.model.ids {
            [Some(left), Some(right)] if left == right => top.put("unique_id_column_name", left.as_str()),
            [None, None] => self.notes.push("Splink looks for ids in the column `unique_id` of every table".to_owned()),
            _ => {
                let note = "Splink has one name for the column of ids: give every table the column `unique_id`";
                self.notes.push(note.to_owned());
            }
        }
    }

    fn rule(&mut self, rule: &BlockingRule, index: usize) -> Option<Node> {
        let mut conditions = Vec::new();
        let mut notes = Vec::new();
        let equal = |key: &crate::model::linkage::Key| {
            Expression::Binary(Operator::Equal, Box::new(key.left.clone()), Box::new(key.right.clone()))
        };
        let keys: Vec<Expression> = rule.keys.iter().map(equal).collect();
        let mut written_keys = 0;
        for (place, condition) in keys.iter().chain(&rule.filter).enumerate() {
            let translated = translated(condition, &|name| self.kind(name));
            if translated.lacking.is_empty() {
                written_keys += usize::from(place < keys.len());
                conditions.push(translated.expression);
                notes.extend(translated.differs);
            } else {
                let lacking = translated.lacking.join(", ");
                notes.push(format!("DuckDB has no {lacking}: a condition is left out and more pairs are compared"));
            }
        }
        let status = match (written_keys, notes.is_empty()) {
            (0, _) => Status::Refused,
            (_, true) => Status::Exact,
            (_, false) => Status::Approximated,
        };
        if status == Status::Refused {
            notes.push("no key is left: the rule is left out".to_owned());
        }
        let joined = conditions
            .into_iter()
            .reduce(|left, right| Expression::Binary(Operator::And, Box::new(left), Box::new(right)));
        let sql = joined.map_or_else(String::new, |rule| print(&rule, Context::Rule));
        let mut table = Table::default();
        table.put("blocking_rule", sql.as_str());
        table.put("sql_dialect", "duckdb");
        if !rule.explode.is_empty() {
            let names: Vec<Node> = rule.explode.iter().map(|name| name.as_str().into()).collect();
            table.put("arrays_to_explode", names);
        }
        let level = format!("blocking rule {}", index + 1);
        self.rules.push(Coverage { comparison: String::new(), level, sql, status, note: notes.join("; ") });
        (status != Status::Refused).then(|| table.into())
    }

    fn comparison(&mut self, comparison: &Comparison) -> Node {
        let mut table = Table::default();
        table.put("output_column_name", comparison.name.as_str());
        let levels: Vec<Node> = comparison.levels.iter().map(|level| self.level(level, comparison)).collect();
        table.put("comparison_levels", levels);
        if !comparison.description.is_empty() {
            table.put("comparison_description", comparison.description.as_str());
        }
        table.into()
    }

    fn level(&mut self, level: &Level, comparison: &Comparison) -> Node {
        let (sql, status, note) = match &level.when {
            When::Else => ("ELSE".to_owned(), Status::Exact, String::new()),
            When::Null(expression) | When::True(expression) => self.condition(expression),
        };
        let mut table = Table::default();
        table.put("sql_condition", sql.as_str());
        table.put("label_for_charts", level.label.as_str());
        for (key, value) in [("m_probability", level.m), ("u_probability", level.u)] {
            if let Some(value) = value {
                table.put(key, value.max(PROBABILITY_MIN));
            }
        }
        table.put("fix_m_probability", level.fix_m);
        table.put("fix_u_probability", level.fix_u);
        // Splink takes a weight of 0 for 1, and stops where a refused level has no exact one beside it.
        let adjusts = |weight: f64| weight != 0.0 && status != Status::Refused;
        if let Some(term) = level.term_frequency.as_ref().filter(|term| adjusts(term.weight)) {
            table.put("tf_adjustment_column", term.field.as_str());
            table.put("tf_adjustment_weight", term.weight);
            if term.minimum_u != 0.0 {
                table.put("tf_minimum_u_value", term.minimum_u);
            }
            if term.own_u {
                table.put("disable_tf_exact_match_detection", true);
            }
        }
        if matches!(level.when, When::Null(_)) {
            table.put("is_null_level", true);
        }
        let (comparison, level) = (comparison.name.clone(), level.label.clone());
        self.levels.push(Coverage { comparison, level, sql, status, note });
        table.into()
    }

    fn condition(&self, expression: &Expression) -> (String, Status, String) {
        let translated = translated(expression, &|name| self.kind(name));
        if !translated.lacking.is_empty() {
            let note = format!("DuckDB has no {}; the level never holds", translated.lacking.join(", "));
            return (print(&Expression::Boolean(false), Context::Level), Status::Refused, note);
        }
        let sql = print(&translated.expression, Context::Level);
        match translated.differs.is_empty() {
            true => (sql, Status::Exact, String::new()),
            false => (sql, Status::Approximated, translated.differs.join("; ")),
        }
    }

    /// Columns that Splink must be given, and what it has no place for.
    fn say_what_is_missing(&mut self) {
        for field in &self.model.fields {
            if let Some(note) = column_note(field) {
                self.notes.push(note);
            }
        }
        let measured = measured_fields(self.model);
        if let Some(characters) = measured.values().next() {
            let (here, version) = if *characters { ("characters", "from 2.0.1 on") } else { ("bytes", "up to 2.0.0") };
            self.notes.push(format!(
                "distances and similarities of texts count {here} here, as DuckDB does {version}: texts beyond ASCII differ \
                 in the others"
            ));
        }
        if let Some(threshold) = self.model.threshold {
            self.notes.push(format!("Splink is given the threshold when it predicts: {threshold}"));
        }
        if self.model.household.is_some() {
            let note =
                "people of one household are left out: Splink knows matches and strangers, so relatives weigh more";
            self.notes.push(note.to_owned());
        }
        if !self.model.lineage.is_empty() {
            self.notes.push("the lineage is left out: Splink loads no key that it does not know".to_owned());
        }
        let others: Vec<&str> = self.model.metadata.keys().map(String::as_str).filter(|key| *key != METADATA).collect();
        if !others.is_empty() {
            self.notes.push(format!("metadata is left out: {}", others.join(", ")));
        }
    }
}

/// What the column of a field must hold in the tables that Splink is given.
fn column_note(field: &Field) -> Option<String> {
    let mut wants = Vec::new();
    let own = std::slice::from_ref(&field.name);
    if field.left != own || field.right != own {
        let sources = [&field.left, &field.right].map(|columns| columns.join(" "));
        wants.push(format!("made of `{}` on the left and `{}` on the right", sources[0], sources[1]));
    }
    match field.kind {
        FieldKind::Raw => {}
        FieldKind::Number | FieldKind::Degrees => wants.push("as numbers".to_owned()),
        FieldKind::Date => wants.push("as YYYY-MM-DD".to_owned()),
        kind => wants.push(format!("standardised as {}", kind.word())),
    }
    if field.list {
        wants.push("as a list".to_owned());
    }
    (!wants.is_empty()).then(|| format!("Splink needs the column `{}`, {}", field.name, wants.join(", ")))
}
