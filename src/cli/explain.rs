//! `rewash explain`: why two records match or do not; without ids, `viewer.rs`.

use crate::cli::Ended;
use crate::cli::args::Explain;
use crate::cli::blocks::words_of;
use crate::cli::linkage::{Named, load, prepare, read_model, row_of};
use crate::cli::talk::Talk;
use crate::cli::targets::Targets;
use crate::cli::terminal::plain;
use crate::cli::viewer;
use crate::engine::linkage::Linkage;
use crate::error::{Error, Result};
use crate::report::chart::{WaterfallChart, WaterfallStep};
use crate::resolve::pairs::Scored;
use crate::score::linkage_weight::Parts;
use crate::util::clock::Clock;
use std::fmt::Write;
use std::path::Path;

/// A pair with all that is said about it.
struct Explained<'a> {
    linkage: &'a Linkage,
    parts: Parts,
    levels: Vec<u8>,
    rows: (u32, u32),
    ids: (&'a str, &'a str),
    around: Vec<(Scored, String)>,
}

/// Runs `rewash explain`.
pub(crate) fn run(words: &Explain, talk: &Talk) -> Result<Ended> {
    if words.words.len() < 3 {
        return viewer::run(words, talk);
    }
    let mut targets = Targets::open(words.json.iter().chain(&words.svg).map(String::as_str))?;
    let (files, ids) = words.words.split_at(words.words.len() - 2);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let model = words.linkage.model.as_deref().map(read_model).transpose()?;
    let tables = load(&words.linkage, &files, model.as_ref(), talk)?;
    let left = row_of(&tables[0], &ids[0]).map_err(|error| one_id(words, error))? as u32;
    let right_table = tables.last().unwrap_or(&tables[0]);
    let first_right = if tables.len() == 2 { tables[0].table.rows() as u32 } else { 0 };
    let right = first_right + row_of(right_table, &ids[1])? as u32;
    if left == right {
        return Err(Error::usage("both ids name the same record"));
    }
    let rows = if tables.len() == 1 { (left.min(right), left.max(right)) } else { (left, right) };
    let (linkage, _) = prepare(&words.linkage, &tables, model, talk, &mut Clock::start())?;
    let (parts, levels) = linkage.explain(rows.0, rows.1)?;
    let around = around(&linkage, &tables, rows, words.around)?;
    let ids =
        if (left, right) == rows { (ids[0].as_str(), ids[1].as_str()) } else { (ids[1].as_str(), ids[0].as_str()) };
    let explained = Explained { linkage: &linkage, parts, levels, rows, ids, around };
    if let Some(file) = &words.json {
        targets.text(file, format!("{:#}\n", explained.json()))?;
    }
    if let Some(file) = &words.svg {
        targets.picture(file, explained.chart().svg())?;
    }
    if words.json.as_deref() != Some("-") && words.svg.as_deref() != Some("-") {
        targets.text("-", plain(&explained.text()).into_owned())?;
    }
    targets.commit()?;
    Ok(Ended::Done)
}

/// The fault of an id that is not there: after two tables, one id alone leaves the second table where an id must stand.
fn one_id(words: &Explain, error: Error) -> Error {
    match words.words.as_slice() {
        [left, right, _] if Path::new(right).is_file() => {
            Error::usage("two ids are needed after two tables, and one is given")
                .at("ID")
                .hint(format!("give the id of a record of {left}, and then that of one of {right}"))
        }
        _ => error,
    }
}

/// The best other candidates of either record.
fn around(linkage: &Linkage, tables: &[Named], rows: (u32, u32), most: usize) -> Result<Vec<(Scored, String)>> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let left_rows = tables[0].table.rows() as u32;
    let id = |row: u32| match tables {
        [_, right] if row >= left_rows => right.id_of((row - left_rows) as usize),
        _ => tables[0].id_of(row as usize),
    };
    let mut found = Vec::new();
    for row in [rows.0, rows.1] {
        let mut others = linkage.candidates_of(row)?;
        others.retain(|pair| (pair.left, pair.right) != rows);
        others.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.left.cmp(&b.left)).then(a.right.cmp(&b.right)));
        let named = |pair: Scored| (pair, format!("{} with {}", id(pair.left), id(pair.right)));
        found.extend(others.into_iter().take(most).map(named));
    }
    Ok(found)
}

impl Explained<'_> {
    fn steps(&self) -> Vec<WaterfallStep> {
        let model = &self.linkage.model;
        model
            .comparisons
            .iter()
            .zip(&self.parts.comparisons)
            .zip(&self.levels)
            .map(|((comparison, part), level)| WaterfallStep {
                comparison: comparison.name.clone(),
                level: comparison.levels[usize::from(*level)].label.clone(),
                left: self.linkage.value(&comparison.name, self.rows.0),
                right: self.linkage.value(&comparison.name, self.rows.1),
                weight: part.weight,
                term_frequency: part.adjustment,
            })
            .chain(model.household.as_ref().map(|_| WaterfallStep {
                comparison: "household".to_owned(),
                level: "what relatives share".to_owned(),
                weight: self.parts.household,
                ..WaterfallStep::default()
            }))
            .collect()
    }

    /// Each rule with whether it found the pair.
    fn rules(&self) -> Vec<(String, bool)> {
        let rules = self.linkage.model.blocking.iter().enumerate();
        rules.map(|(place, rule)| (words_of(rule), self.linkage.holds(place, self.rows.0, self.rows.1))).collect()
    }

    fn chart(&self) -> WaterfallChart {
        WaterfallChart {
            title: format!("Match weight of {} and {}", self.ids.0, self.ids.1),
            note: String::new(),
            prior: self.parts.prior_weight,
            steps: self.steps(),
            thresholds: Vec::new(),
        }
    }

    fn text(&self) -> String {
        let steps = self.steps();
        let width = steps.iter().map(|step| step.comparison.chars().count()).max().unwrap_or(0).max(12);
        let mut out = String::new();
        let _ = writeln!(out, "{:<width$}  {:>9}", "prior", bits(self.parts.prior_weight));
        for step in &steps {
            let values = format!("{} | {}", shown(&step.left), shown(&step.right));
            let _ = writeln!(out, "{:<width$}  {:>9}  {:<22} {values}", step.comparison, bits(step.weight), step.level);
            if step.term_frequency != 0.0 {
                let _ = writeln!(out, "{:<width$}  {:>9}  frequency of the value", "", bits(step.term_frequency));
            }
        }
        let _ = writeln!(out, "{:<width$}  {:>9}", "match weight", bits(self.parts.match_weight()));
        let _ = writeln!(out, "{:<width$}  {:>9.6}\n", "probability", self.parts.probability());
        let rules = self.rules();
        let found = rules.iter().filter(|(_, holds)| *holds).count();
        if found == 0 {
            let _ = writeln!(out, "not a candidate: no blocking rule brings the two together");
        } else {
            let _ = writeln!(out, "a candidate: {found} of {} blocking rules bring the two together", rules.len());
        }
        for (place, (rule, holds)) in rules.iter().enumerate() {
            let _ = writeln!(out, "{place:>4} {}  {rule}", if *holds { "yes" } else { "no " });
        }
        if !self.around.is_empty() {
            let _ = writeln!(out, "\nother candidates of either record");
            for (pair, name) in &self.around {
                let _ = writeln!(out, "{:>9}  {:.6}  {name}", bits(pair.weight), pair.probability);
            }
        }
        out
    }

    fn json(&self) -> serde_json::Value {
        let steps: Vec<serde_json::Value> = self
            .steps()
            .into_iter()
            .map(|step| {
                serde_json::json!({
                    "comparison": step.comparison, "level": step.level, "left": step.left, "right": step.right,
                    "weight": step.weight, "term_frequency_adjustment": step.term_frequency,
                })
            })
            .collect();
        let rules: Vec<serde_json::Value> =
            self.rules().into_iter().map(|(rule, holds)| serde_json::json!({ "rule": rule, "holds": holds })).collect();
        let around: Vec<serde_json::Value> = self
            .around
            .iter()
            .map(|(pair, name)| serde_json::json!({ "pair": name, "match_weight": pair.weight, "match_probability": pair.probability }))
            .collect();
        serde_json::json!({
            "left_id": self.ids.0, "right_id": self.ids.1, "prior_weight": self.parts.prior_weight, "comparisons": steps,
            "match_weight": self.parts.match_weight(), "match_probability": self.parts.probability(),
            "blocking_rules": rules, "others": around,
        })
    }
}

fn bits(weight: f64) -> String {
    format!("{weight:+.3}")
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "–" } else { value }
}
