//! How does one pair come by its match weight? From the prior over each comparison to the sum.

use crate::report::chart::frame::{AXIS_BELOW, Frame, LINE, MARGIN, WIDTH};
use crate::report::chart::number::{Unit, chance, number, share, signed};
use crate::report::chart::scale::{Scale, extent};
use crate::report::chart::style::Colour;
use crate::report::chart::svg::{Anchor, Area, Setting, label, line, rectangle};
use crate::report::chart::text::{Font, wrap};
use crate::report::chart::threshold::{ThresholdLine, Thresholds};

/// The match weight of one pair, taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaterfallChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// Weight before any comparison, in bits: log2 of the odds that two records drawn by chance match.
    pub prior: f64,
    /// Comparisons, in the order in which they are added.
    pub steps: Vec<WaterfallStep>,
    /// Weights that decide something, drawn as lines.
    pub thresholds: Vec<ThresholdLine>,
}

/// What one comparison adds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaterfallStep {
    /// Name of the comparison.
    pub comparison: String,
    /// Label of the level that the pair reached.
    pub level: String,
    /// Value of the left record; blank where it is not to be shown.
    pub left: String,
    /// Value of the right record; blank where it is not to be shown.
    pub right: String,
    /// log2(m/u) of the level, in bits.
    pub weight: f64,
    /// Adjustment for how frequent the values are, in bits; 0 has no bar.
    pub term_frequency: f64,
}

/// One row of the drawing.
struct Row<'a> {
    name: String,
    detail: String,
    /// The detail as lines that fit.
    lines: Vec<String>,
    values: [&'a str; 2],
    weight: f64,
    from: f64,
    to: f64,
    colour: Colour,
    is_adjustment: bool,
}

impl Row<'_> {
    fn new(name: &str, detail: String, weight: f64, ends: (f64, f64), colour: Colour) -> Self {
        let lines = wrap(&detail, Font::Small, NAMES, 2);
        let (name, values, (from, to)) = (name.to_owned(), ["", ""], ends);
        Self { name, detail, lines, values, weight, from, to, colour, is_adjustment: false }
    }

    /// A row that adds its weight to the sum before it; what is not a number adds nothing.
    fn added(name: &str, detail: &str, sum: f64, weight: f64) -> Self {
        let to = if weight.is_nan() { sum } else { sum + weight };
        let colour = if weight < 0.0 { Colour::Against } else { Colour::For };
        Self::new(name, detail.to_owned(), weight, (sum, to), colour)
    }

    /// Height of the row: a line for the name, one for each line of the detail, and two at least for values.
    fn height(&self) -> f64 {
        let has_values = self.values.iter().any(|value| !value.is_empty());
        LOWEST + LINE * self.lines.len().max(usize::from(has_values)) as f64
    }

    /// Room above and below the bar.
    fn gap(&self) -> f64 {
        (self.height() - BAR) / 2.0
    }
}

/// Height of a row of one line.
const LOWEST: f64 = 25.0;
/// Height of a bar.
const BAR: f64 = 20.0;
/// Room for names and levels.
const NAMES: f64 = 226.0;
/// Where values stand, and the room they have.
const VALUES: (f64, f64) = (254.0, 176.0);

impl WaterfallChart {
    /// Prior and all steps, in bits: what is not a number adds nothing.
    pub fn final_weight(&self) -> f64 {
        let parts = self.steps.iter().flat_map(|step| [step.weight, step.term_frequency]);
        std::iter::once(self.prior).chain(parts).filter(|part| !part.is_nan()).fold(0.0, |sum, part| sum + part)
    }

    /// Probability that goes with [`final_weight`](Self::final_weight).
    pub fn probability(&self) -> f64 {
        probability(self.final_weight())
    }

    fn rows(&self) -> Vec<Row<'_>> {
        let prior = if self.prior.is_nan() { 0.0 } else { self.prior };
        let odds = format!("{} of all pairs match", chance(probability(self.prior)));
        let mut rows = vec![Row::new("Prior", odds, self.prior, (0.0, prior), Colour::Neutral)];
        let mut sum = prior;
        for step in &self.steps {
            let row = Row::added(&step.comparison, &step.level, sum, step.weight);
            sum = row.to;
            rows.push(Row { values: [&step.left, &step.right], ..row });
            if step.term_frequency != 0.0 {
                let row = Row::added(&format!("{}: term frequency", step.comparison), "", sum, step.term_frequency);
                sum = row.to;
                rows.push(Row { is_adjustment: true, ..row });
            }
        }
        let probable = format!("probability {}", share(probability(sum)));
        rows.push(Row::new("Match weight", probable, sum, (0.0, sum), Colour::Result));
        rows
    }

    /// The chart as an SVG document; every row is as high as its text.
    pub fn svg(&self) -> String {
        let rows = self.rows();
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), WIDTH);
        let has_values = self.steps.iter().any(|step| !step.left.is_empty() || !step.right.is_empty());
        let left = if has_values { 440.0 } else { 260.0 };
        let right = WIDTH - MARGIN - 156.0;
        let (low, high) = extent(rows.iter().flat_map(|row| [row.from, row.to]), (0.0, 0.0));
        let lines = self.thresholds.iter().map(|line| line.at);
        let (low, high) = extent(lines, (low, high));
        let scale = Scale::linear(low, high, (left, right), if has_values { 5 } else { 8 });
        let thresholds = Thresholds::place(&self.thresholds, &scale, left - 30.0, right + 20.0);
        let names_at = frame.top() + thresholds.height() + 8.0;
        let mut columns = vec![
            ("comparison and level", MARGIN, Anchor::Start, NAMES),
            ("bits", WIDTH - MARGIN - 76.0, Anchor::End, 60.0),
            ("sum so far", WIDTH - MARGIN, Anchor::End, 72.0),
        ];
        if has_values {
            columns.push(("left and right value", VALUES.0, Anchor::Start, VALUES.1));
        }
        frame.columns(names_at, &columns);
        let top = names_at + 14.0;
        let area = Area::new(left, top, right - left, rows.iter().map(|row| row.height()).sum());
        frame.stripes(area.top, rows.iter().map(|row| row.height()));
        frame.x_axis(area, &scale, Unit::Bits, "match weight in bits: each bit doubles the odds");
        let zero = scale.position(0.0);
        frame.add(&line((zero, area.top), (zero, area.bottom()), Colour::Axis));
        thresholds.draw(&mut frame, Area::new(left, names_at - 4.0, area.width, area.bottom() - names_at + 4.0));
        let mut y = area.top;
        for (index, row) in rows.iter().enumerate() {
            draw_row(&mut frame, row, y, &scale);
            let reaches_on = index + 2 < rows.len() && !row.to.is_nan();
            if reaches_on {
                let x = scale.position(row.to);
                let ends = (y + row.height() - row.gap(), y + row.height() + rows[index + 1].gap());
                frame.add(&line((x, ends.0), (x, ends.1), Colour::Axis));
            }
            y += row.height();
        }
        frame.finish(area.bottom() + AXIS_BELOW + MARGIN)
    }

    fn description(&self) -> String {
        format!(
            "Waterfall chart: a prior of {} bits and {} comparisons give a match weight of {} bits, a probability of {}.",
            signed(self.prior, 2),
            self.steps.len(),
            signed(self.final_weight(), 2),
            share(self.probability())
        )
    }

    /// The same as a table: part, level, both values, bits, sum so far.
    pub fn table(&self) -> Vec<Vec<String>> {
        let mut table = vec![["part", "level", "left", "right", "bits", "sum so far"].map(String::from).to_vec()];
        for row in self.rows() {
            let [left, right] = row.values.map(String::from);
            table.push(vec![row.name, row.detail, left, right, signed(row.weight, 2), number(row.to, 2)]);
        }
        table
    }
}

/// Probability of a match weight in bits.
fn probability(bits: f64) -> f64 {
    let odds = (-bits.abs()).exp2();
    if bits < 0.0 { odds / (1.0 + odds) } else { 1.0 / (1.0 + odds) }
}

fn draw_row(frame: &mut Frame, row: &Row, top: f64, scale: &Scale) {
    let middle = top + row.height() / 2.0;
    let (font, indent) = if row.is_adjustment { (Font::Small, 12.0) } else { (Font::Strong, 0.0) };
    let mut y = middle - LINE / 2.0 * row.lines.len() as f64;
    frame.add(&label(&row.name, MARGIN + indent, y, Setting::start(font, Colour::Ink, NAMES - indent)));
    for text in &row.lines {
        y += LINE;
        frame.add(&label(text, MARGIN, y, Setting::start(Font::Small, Colour::Muted, NAMES)).tip(&row.detail));
    }
    for (value, y) in
        row.values.iter().zip([middle - LINE / 2.0, middle + LINE / 2.0]).filter(|(value, _)| !value.is_empty())
    {
        frame.add(&label(value, VALUES.0, y, Setting::start(Font::Small, Colour::Ink, VALUES.1)));
    }
    if !row.from.is_nan() && !row.to.is_nan() {
        let (from, to) = (scale.position(row.from), scale.position(row.to));
        let bar = Area::between(from, to, top + row.gap(), BAR);
        let tip = format!("{} {}: {} bits", row.name, row.detail, signed(row.weight, 2));
        frame.add(&rectangle(bar, row.colour).tip(&tip));
        frame.add(&line((from, bar.top), (from, bar.bottom()), Colour::Axis));
    }
    let strong = if row.colour == Colour::Result { Font::Strong } else { Font::Body };
    let colour = if row.weight == 0.0 { Colour::Muted } else { row.colour.as_text() };
    let bits = Setting::end(strong, colour, 72.0);
    frame.add(&label(&signed(row.weight, 2), WIDTH - MARGIN - 76.0, middle, bits));
    frame.add(&label(&number(row.to, 2), WIDTH - MARGIN, middle, Setting::end(Font::Body, Colour::Muted, 72.0)));
}

#[cfg(test)]
mod tests;
