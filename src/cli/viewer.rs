//! `rewash explain` without ids: which combinations of levels the pairs have, how often, and where to look.

use crate::cli::Ended;
use crate::cli::args::Explain;
use crate::cli::linkage::{Named, load, prepare, read_model};
use crate::cli::talk::Talk;
use crate::cli::targets::Targets;
use crate::cli::terminal;
use crate::engine::linkage::{Alike, Linkage};
use crate::error::Result;
use crate::model::linkage::{Comparison, When};
use crate::report::chart::{Pattern, PatternTile, PatternsChart};
use crate::report::{Summary, fitted_words, thousands};
use crate::util::clock::Clock;

/// What is seen of the pairs of a linkage.
struct Viewer<'a> {
    linkage: &'a Linkage,
    tables: &'a [Named],
    /// The combinations that are shown.
    shown: &'a [Alike],
    all: usize,
    pairs: u64,
}

/// Runs the command for one table or two.
pub(crate) fn run(words: &Explain, talk: &Talk) -> Result<Ended> {
    let mut targets = Targets::open(words.json.iter().chain(&words.svg).map(String::as_str))?;
    let files: Vec<&str> = words.words.iter().map(String::as_str).collect();
    let model = words.linkage.model.as_deref().map(read_model).transpose()?;
    let tables = load(&words.linkage, &files, model.as_ref(), talk)?;
    let (linkage, _) = prepare(&words.linkage, &tables, model, talk, &mut Clock::start())?;
    let alike = linkage.alike()?;
    let viewer = Viewer {
        linkage: &linkage,
        tables: &tables,
        shown: &alike[..alike.len().min(words.patterns)],
        all: alike.len(),
        pairs: alike.iter().map(|alike| alike.pairs).sum(),
    };
    if let Some(file) = &words.json {
        targets.text(file, format!("{:#}\n", viewer.json()))?;
    }
    if let Some(file) = &words.svg {
        targets.picture(file, viewer.chart().svg())?;
    }
    if words.json.as_deref() != Some("-") && words.svg.as_deref() != Some("-") {
        targets.text("-", terminal::plain(&viewer.text(terminal::width_of_output())).into_owned())?;
    }
    targets.commit()?;
    Ok(if alike.is_empty() { Ended::NothingMatched } else { Ended::Done })
}

impl Viewer<'_> {
    /// Numbers of two rows in their tables, from 1.
    fn rows(&self, pair: (u32, u32)) -> (u64, u64) {
        let (left, right) = (pair.0 as usize, pair.1 as usize);
        match self.tables {
            [one, other] => (one.row_number(left), other.row_number(right - one.table.rows())),
            _ => (self.tables[0].row_number(left), self.tables[0].row_number(right)),
        }
    }

    fn examples(&self, alike: &Alike) -> String {
        let told = |pair: &(u32, u32)| {
            let (left, right) = self.rows(*pair);
            format!("{} and {}", thousands(left), thousands(right))
        };
        alike.examples.iter().map(told).collect::<Vec<_>>().join("; ")
    }

    /// How much of all is shown.
    fn note(&self) -> String {
        let shown: u64 = self.shown.iter().map(|alike| alike.pairs).sum();
        format!(
            "{} of {} combinations of levels, and {} of {} pairs. Weights are means. Examples are numbers of rows.",
            thousands(self.shown.len() as u64),
            thousands(self.all as u64),
            thousands(shown),
            thousands(self.pairs)
        )
    }

    fn chart(&self) -> PatternsChart {
        let comparisons = &self.linkage.model.comparisons;
        let pattern = |alike: &Alike| Pattern {
            tiles: comparisons.iter().zip(&alike.levels).map(|(known, level)| tile(known, *level)).collect(),
            count: alike.pairs,
            weight: alike.weight,
            examples: alike.examples.first().map_or_else(String::new, |pair| {
                let (left, right) = self.rows(*pair);
                format!("{} and {}", thousands(left), thousands(right))
            }),
        };
        PatternsChart {
            title: "Combinations of levels".into(),
            note: self.note(),
            comparisons: comparisons.iter().map(|comparison| comparison.name.clone()).collect(),
            patterns: self.shown.iter().map(pattern).collect(),
        }
    }

    fn labels<'b>(&'b self, alike: &'b Alike) -> impl Iterator<Item = (&'b str, &'b str)> {
        let levels = self.linkage.model.comparisons.iter().zip(&alike.levels);
        levels.map(|(known, level)| (known.name.as_str(), known.levels[usize::from(*level)].label.as_str()))
    }

    fn text(&self, width: Option<usize>) -> String {
        let mut lines = vec![["pairs", "weight", "levels"].map(str::to_owned).to_vec()];
        for alike in self.shown {
            let labels: Vec<String> = self.labels(alike).map(|(name, label)| format!("{name}: {label}")).collect();
            lines.push(vec![thousands(alike.pairs), format!("{:+.3}", alike.weight), labels.join("; ")]);
            lines.push(vec![String::new(), String::new(), format!("rows {}", self.examples(alike))]);
        }
        let mut note = Summary::default();
        note.note(self.note());
        fitted_words(&lines, width) + &note.fitted(width)
    }

    fn json(&self) -> serde_json::Value {
        let pattern = |alike: &Alike| {
            let levels: serde_json::Map<String, serde_json::Value> =
                self.labels(alike).map(|(name, label)| (name.to_owned(), label.into())).collect();
            let rows: Vec<(u64, u64)> = alike.examples.iter().map(|pair| self.rows(*pair)).collect();
            serde_json::json!({ "pairs": alike.pairs, "match_weight": alike.weight, "levels": levels, "example_rows": rows })
        };
        serde_json::json!({
            "pairs": self.pairs, "combinations": self.all, "patterns": self.shown.iter().map(pattern).collect::<Vec<_>>(),
        })
    }
}

/// A level as a tile: 0 is null, 1 the worst.
fn tile(comparison: &Comparison, level: u8) -> PatternTile {
    let levels = &comparison.levels;
    let is_null = |at: usize| matches!(levels[at].when, When::Null(_));
    let at = usize::from(level);
    let worse = (at..levels.len()).filter(|at| !is_null(*at)).count();
    PatternTile {
        label: levels[at].label.clone(),
        level: if is_null(at) { 0 } else { worse },
        top: (0..levels.len()).filter(|at| !is_null(*at)).count(),
    }
}
