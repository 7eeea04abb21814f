//! `rewash blocks`: what each blocking rule costs.

use crate::block::rules::Block;
use crate::cli::Ended;
use crate::cli::args::Blocks;
use crate::cli::linkage::{load, model_text, prepare_untrained, read_model};
use crate::cli::talk::Talk;
use crate::cli::targets::Targets;
use crate::cli::terminal;
use crate::cli::truth;
use crate::engine::linkage::{Linkage, propose};
use crate::error::Result;
use crate::model::expression::{Context, Side, print};
use crate::model::linkage::BlockingRule;
use crate::report::chart::{BlockingChart, RulePairs};
use crate::report::{fitted_words, thousands};
use crate::util::clock::Clock;
use std::fmt::Write;

/// Runs `rewash blocks`.
pub(crate) fn run(words: &Blocks, talk: &Talk) -> Result<Ended> {
    let outs = words.suggest.iter().chain(&words.json).chain(&words.svg).map(String::as_str);
    let mut targets = Targets::open(outs)?;
    let model = words.linkage.model.as_deref().map(read_model).transpose()?;
    let files: Vec<&str> = std::iter::once(words.left.as_str()).chain(words.right.as_deref()).collect();
    let tables = load(&words.linkage, &files, model.as_ref(), talk)?;
    let asked = words.truth.is_some() || tables.iter().all(|table| table.truth.is_some());
    let known = if asked { Some(truth::read(words.truth.as_deref(), &tables, talk)?.pairs(&tables)?) } else { None };
    let linkage = prepare_untrained(&words.linkage, &tables, model, talk, &mut Clock::start())?;
    let found = known.as_deref().map(|known| Found::new(&linkage, known));
    if let Some(file) = &words.suggest {
        let without: Vec<Vec<String>> = tables.iter().map(crate::cli::linkage::Named::without).collect();
        let plain: Vec<&crate::frame::Table> = tables.iter().map(|named| &named.table).collect();
        targets.text(file, model_text(&propose(&plain, &without)?, file))?;
    }
    if let Some(file) = &words.json {
        targets.text(file, format!("{:#}\n", json(&linkage, found.as_ref(), words.show_values)))?;
    }
    if let Some(file) = &words.svg {
        targets.picture(file, chart(&linkage).svg())?;
    }
    if words.json.as_deref() != Some("-") && words.svg.as_deref() != Some("-") {
        let width = terminal::width_of_output();
        let mut said = text(&linkage, width);
        said.push_str(&largest(&linkage, words.show_values, width));
        if let Some(found) = &found {
            said.push_str(&found.text(&linkage, width));
        }
        targets.text("-", terminal::plain(&said).into_owned())?;
    }
    targets.commit()?;
    Ok(Ended::Done)
}

/// What the rules find of the true pairs.
struct Found {
    all: usize,
    /// True pairs that each rule finds, and those that it alone finds.
    by_rule: Vec<(usize, usize)>,
    any: usize,
}

impl Found {
    fn new(linkage: &Linkage, known: &[(u32, u32)]) -> Self {
        let rules = linkage.model.blocking.len();
        let mut found = Self { all: known.len(), by_rule: vec![(0, 0); rules], any: 0 };
        for &(left, right) in known {
            let holding: Vec<usize> = (0..rules).filter(|rule| linkage.holds(*rule, left, right)).collect();
            found.any += usize::from(!holding.is_empty());
            for rule in &holding {
                found.by_rule[*rule].0 += 1;
                found.by_rule[*rule].1 += usize::from(holding.len() == 1);
            }
        }
        found
    }

    fn completeness(&self) -> f64 {
        self.any as f64 / self.all.max(1) as f64
    }

    fn text(&self, linkage: &Linkage, width: Option<usize>) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "\npair completeness {:.5} ({} of {} true pairs)",
            self.completeness(),
            thousands(self.any as u64),
            thousands(self.all as u64)
        );
        let mut lines = vec![heading(["key", "true pairs", "it alone", "rule"])];
        for (place, ((found, alone), rule)) in self.by_rule.iter().zip(&linkage.model.blocking).enumerate() {
            lines.push(vec![place.to_string(), thousands(*found as u64), thousands(*alone as u64), words_of(rule)]);
        }
        out + &fitted_words(&lines, width)
    }
}

fn json(linkage: &Linkage, found: Option<&Found>, show_values: bool) -> serde_json::Value {
    let first = linkage.first_found();
    let mut sum = 0;
    let rules: Vec<serde_json::Value> = linkage
        .model
        .blocking
        .iter()
        .zip(linkage.costs())
        .enumerate()
        .map(|(place, (rule, cost))| {
            sum += first[place];
            serde_json::json!({
                "match_key": place, "rule": words_of(rule), "pairs": cost.pairs, "new_pairs": first[place],
                "cumulative_pairs": sum, "blocks": cost.blocks, "largest_block_pairs": cost.most(),
                "largest_blocks": cost.largest.iter().map(|block| block_json(linkage, place, block, show_values))
                    .collect::<Vec<_>>(),
                "blocks_cut": cost.cut.0, "pairs_cut": cost.cut.1,
                "true_pairs": found.map(|found| found.by_rule[place].0),
                "true_pairs_it_alone_finds": found.map(|found| found.by_rule[place].1),
            })
        })
        .collect();
    serde_json::json!({
        "rules": rules, "pairs": sum, "possible_pairs": linkage.rows().possible(),
        "pair_completeness": found.map(Found::completeness),
    })
}

fn block_json(linkage: &Linkage, rule: usize, block: &Block, show_values: bool) -> serde_json::Value {
    let mut json = serde_json::json!({ "pairs": block.pairs, "left_rows": block.rows.0, "right_rows": block.rows.1 });
    if show_values {
        json["key"] = linkage.key_values(rule, block.first).into();
    }
    json
}

/// Blocks that are told one by one.
const BLOCKS_SHOWN: usize = 10;

/// The largest blocks of all rules, by their sizes; their keys are values of people, and are shown if they are asked for.
fn largest(linkage: &Linkage, show_values: bool, width: Option<usize>) -> String {
    let rules = linkage.costs().iter().enumerate();
    let mut blocks: Vec<(usize, &Block)> =
        rules.flat_map(|(rule, cost)| cost.largest.iter().map(move |block| (rule, block))).collect();
    blocks.sort_by_key(|(rule, block)| (std::cmp::Reverse(block.pairs), *rule));
    let mut lines = vec![heading(["key", "pairs", "left rows", "right rows", "key"])];
    for (rule, block) in blocks.into_iter().take(BLOCKS_SHOWN) {
        let counts = [block.pairs, u64::from(block.rows.0), u64::from(block.rows.1)].map(thousands);
        let key = match show_values {
            true => linkage.key_values(rule, block.first).join(" + "),
            false => words_of(&linkage.model.blocking[rule]),
        };
        lines.push([vec![rule.to_string()], counts.to_vec(), vec![key]].concat());
    }
    format!("\nlargest blocks\n{}", fitted_words(&lines, width))
}

fn chart(linkage: &Linkage) -> BlockingChart {
    let first = linkage.first_found();
    let rules = linkage.model.blocking.iter().zip(linkage.costs()).zip(&first).map(|((rule, cost), new)| RulePairs {
        rule: words_of(rule),
        new: *new,
        alone: Some(cost.pairs),
    });
    BlockingChart {
        title: "Pairs of each blocking rule".into(),
        note: String::new(),
        rules: rules.collect(),
        possible: Some(linkage.rows().possible()),
        log: true,
    }
}

/// A rule in the words of a model: its keys, swapped ones with both sides.
pub(crate) fn words_of(rule: &BlockingRule) -> String {
    let keys: Vec<String> = rule
        .keys
        .iter()
        .map(|key| {
            let left = print(&key.left, Context::OneSide(Side::Left));
            let right = print(&key.right, Context::OneSide(Side::Right));
            if left == right { left } else { format!("{left} ~ {right}") }
        })
        .collect();
    let filter = rule.filter.as_ref().map(|filter| format!(" where {}", print(filter, Context::Rule)));
    format!("{}{}", keys.join(" + "), filter.unwrap_or_default())
}

/// The cost of all rules as a table that fits a width.
pub(crate) fn text(linkage: &Linkage, width: Option<usize>) -> String {
    let first = linkage.first_found();
    let mut lines = vec![heading(["key", "pairs", "new pairs", "in all", "largest", "cut", "rule"])];
    let mut sum = 0;
    for (place, (rule, cost)) in linkage.model.blocking.iter().zip(linkage.costs()).enumerate() {
        sum += first[place];
        let counts = [cost.pairs, first[place], sum, cost.most(), cost.cut.0].map(thousands);
        lines.push([vec![place.to_string()], counts.to_vec(), vec![words_of(rule)]].concat());
    }
    let all = format!("{} of {} possible pairs", thousands(sum), thousands(linkage.rows().possible()));
    format!("{}{all}\n", fitted_words(&lines, width))
}

fn heading<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}
