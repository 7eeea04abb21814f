//! How many pairs does each blocking rule bring, and what does it bring that the rules before did not?

use crate::report::chart::frame::{AXIS_BELOW, Frame, Key, MARGIN, Mark, WIDTH};
use crate::report::chart::number::{UNKNOWN, Unit, count, share};
use crate::report::chart::scale::Scale;
use crate::report::chart::style::Colour;
use crate::report::chart::svg::{Anchor, Area, Setting, label, line, rectangle};
use crate::report::chart::text::{Font, wrap};

/// Pairs of each blocking rule, in the order in which the rules are applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockingChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// The rules.
    pub rules: Vec<RulePairs>,
    /// Number of pairs without any blocking, where known.
    pub possible: Option<u64>,
    /// Whether the axis is logarithmic.
    pub log: bool,
}

/// Pairs of one rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RulePairs {
    /// The rule as text.
    pub rule: String,
    /// Pairs that no rule before it found: marginal.
    pub new: u64,
    /// All pairs of the rule by itself, where counted.
    pub alone: Option<u64>,
}

/// Lowest row; a rule of many lines has a higher one.
const ROW: f64 = 46.0;
const LINES: usize = 4;
const RULE: f64 = 300.0;
/// Right ends of the columns of numbers.
const ENDS: [f64; 3] = [WIDTH - MARGIN - 212.0, WIDTH - MARGIN - 106.0, WIDTH - MARGIN];

impl RulePairs {
    fn lines(&self) -> Vec<String> {
        wrap(&self.rule, Font::Small, RULE, LINES)
    }

    fn height(&self) -> f64 {
        ROW.max(16.0 * self.lines().len() as f64 + 14.0)
    }
}

impl BlockingChart {
    /// Pairs of all rules up to each one: cumulative.
    pub fn cumulative(&self) -> Vec<u64> {
        let mut sum = 0_u64;
        let sums = self.rules.iter().map(|rule| {
            sum = sum.saturating_add(rule.new);
            sum
        });
        sums.collect()
    }

    /// The chart as an SVG document: two bars a rule, and exact numbers.
    pub fn svg(&self) -> String {
        if self.rules.is_empty() {
            return Frame::empty(&self.title, &self.note, "There are no blocking rules.");
        }
        let cumulative = self.cumulative();
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), WIDTH);
        let keys = [("new: no rule before found them", Colour::Result), ("all rules so far", Colour::Neutral)];
        let keys = keys.map(|(name, colour)| Key { name: name.into(), colour, mark: Mark::Square });
        let top = frame.top();
        let names_at = frame.legend(&keys, MARGIN - 6.0, top, WIDTH - 2.0 * MARGIN) + 12.0;
        let names = ["by itself", "new", "so far"];
        frame.columns(names_at, &[("blocking rule, in order", MARGIN, Anchor::Start, RULE)]);
        frame.columns(names_at, &[0, 1, 2].map(|index| (names[index], ENDS[index], Anchor::End, 98.0)));
        let (left, right) = (MARGIN + RULE + 14.0, ENDS[0] - 104.0);
        let heights: Vec<f64> = self.rules.iter().map(RulePairs::height).collect();
        let area = Area::new(left, names_at + 14.0, right - left, heights.iter().sum());
        let most = cumulative.last().copied().unwrap_or(0).max(1) as f64;
        let pixels = (left, right);
        let scale = if self.log { Scale::log_counts(most, pixels, 5) } else { Scale::linear(0.0, most, pixels, 4) };
        frame.stripes(area.top, heights.iter().copied());
        frame.x_axis(area, &scale, Unit::Count, if self.log { "pairs (log scale)" } else { "pairs" });
        let mut y = area.top;
        for ((rule, so_far), height) in self.rules.iter().zip(&cumulative).zip(&heights) {
            draw_rule(&mut frame, rule, *so_far, y + height / 2.0, &scale);
            y += height;
        }
        frame.add(&line((area.left, area.top), (area.left, area.bottom()), Colour::Axis));
        let end = area.bottom() + AXIS_BELOW;
        let setting = Setting::start(Font::Small, Colour::Ink, WIDTH - 2.0 * MARGIN);
        let reduction = self.reduction();
        frame.add(&label(&reduction, MARGIN, end + 10.0, setting));
        frame.finish(end + if reduction.is_empty() { 0.0 } else { 22.0 } + MARGIN)
    }

    /// What the rules leave of all pairs; blank where that is not known.
    fn reduction(&self) -> String {
        let so_far = self.cumulative().last().copied().unwrap_or(0);
        self.possible.filter(|possible| *possible > 0).map_or_else(String::new, |possible| {
            let part = share(so_far as f64 / possible as f64);
            format!("Of {} possible pairs, {} are compared: {part}.", count(possible), count(so_far))
        })
    }

    fn description(&self) -> String {
        let so_far = self.cumulative().last().copied().unwrap_or(0);
        let (rules, reduction) = (self.rules.len(), self.reduction());
        format!("{rules} blocking rules bring {} different pairs. {reduction}", count(so_far))
    }

    /// The same as a table: rule, pairs by itself, new pairs, pairs so far.
    pub fn table(&self) -> Vec<Vec<String>> {
        let mut table = vec![["rule", "by itself", "new", "so far"].map(String::from).to_vec()];
        table.extend(self.rules.iter().zip(self.cumulative()).map(|(rule, so_far)| {
            let [alone, new, so_far] = cells(rule, so_far);
            vec![rule.rule.clone(), alone, new, so_far]
        }));
        table
    }
}

fn cells(rule: &RulePairs, so_far: u64) -> [String; 3] {
    [rule.alone.map_or_else(|| UNKNOWN.to_owned(), count), count(rule.new), count(so_far)]
}

fn draw_rule(frame: &mut Frame, rule: &RulePairs, so_far: u64, middle: f64, scale: &Scale) {
    let lines = rule.lines();
    let first = middle - 8.0 * (lines.len() as f64 - 1.0);
    for (index, text) in lines.iter().enumerate() {
        let setting = Setting::start(Font::Small, Colour::Ink, RULE);
        frame.add(&label(text, MARGIN, first + 16.0 * index as f64, setting).tip(&rule.rule));
    }
    let ground = scale.position(0.0);
    for (pairs, colour, bar_top, height, name) in [
        (rule.new, Colour::Result, middle - 15.0, 17.0, "new"),
        (so_far, Colour::Neutral, middle + 5.0, 10.0, "so far"),
    ] {
        let bar = Area::between(ground, scale.position(pairs as f64), bar_top, height);
        frame.add(&rectangle(bar, colour).tip(&format!("{name}: {} pairs", count(pairs))));
    }
    for (index, (text, end)) in cells(rule, so_far).iter().zip(ENDS).enumerate() {
        let colour = if index == 1 { Colour::Result } else { Colour::Muted };
        frame.add(&label(text, end, middle, Setting::end(Font::Small, colour, 100.0)));
    }
}

#[cfg(test)]
mod tests {
    use super::{BlockingChart, RulePairs};
    use crate::report::chart::tests::{NASTY, bars, check_table, look, says};

    fn chart(new: &[u64]) -> BlockingChart {
        let rules = new.iter().map(|new| RulePairs { rule: "l.a = r.a".into(), new: *new, alone: Some(new * 2) });
        BlockingChart { title: "Blocking".into(), rules: rules.collect(), ..BlockingChart::default() }
    }

    #[test]
    fn bars_are_as_long_as_their_counts() {
        let nodes = look(&chart(&[100, 300, 0]).svg());
        let (new, so_far) = (bars(&nodes, "result"), bars(&nodes, "neutral"));
        assert!((new[1].width - 3.0 * new[0].width).abs() < 0.05 && new[2].width == 0.0);
        assert!((so_far[1].width - 4.0 * new[0].width).abs() < 0.05);
        assert_eq!(so_far[1].width, so_far[2].width);
        assert!(says(&nodes, "600") && says(&nodes, "400"));
    }

    #[test]
    fn logarithmic_bars_show_one_pair() {
        let mut chart = chart(&[1, 0, 99, 900]);
        chart.log = true;
        let nodes = look(&chart.svg());
        let (new, so_far) = (bars(&nodes, "result"), bars(&nodes, "neutral"));
        let decade = so_far[3].width - so_far[2].width;
        assert!(
            new[0].width > 5.0 && new[1].width == 0.0 && (so_far[2].width - new[0].width - 2.0 * decade).abs() < 0.05
        );
    }

    #[test]
    fn the_reduction_is_told() {
        let mut chart = chart(&[100, 300]);
        chart.possible = Some(4_000_000);
        let text = "Of 4 000 000 possible pairs, 400 are compared: 0.010 %.";
        assert!(says(&look(&chart.svg()), text));
        assert_eq!(chart.table()[2], ["l.a = r.a", "600", "300", "400"]);
    }

    #[test]
    fn anything_can_be_drawn() {
        assert!(look(&BlockingChart::default().svg()).iter().any(|node| node.text.contains("no blocking rules")));
        for count in [1, 200] {
            let mut chart = chart(&vec![u64::MAX / 150; count]);
            for (index, rule) in chart.rules.iter_mut().enumerate() {
                (rule.rule, rule.alone) = (NASTY[index % 6].into(), [None, Some(u64::MAX)][index % 2]);
            }
            for (log, possible) in [(false, None), (true, Some(0)), (true, Some(u64::MAX))] {
                (chart.log, chart.possible) = (log, possible);
                look(&chart.svg());
                assert_eq!(chart.svg(), chart.clone().svg());
            }
            check_table(&chart.table(), count);
        }
    }
}
