//! What does a model hold of each level? Match weights, and the m and u behind them.

use crate::report::chart::frame::{AXIS_BELOW, Frame, MARGIN, WIDTH};
use crate::report::chart::number::{UNKNOWN, Unit, chance, signed, significant};
use crate::report::chart::scale::{Scale, extent};
use crate::report::chart::style::Colour;
use crate::report::chart::svg::{Anchor, Area, Setting, label, line, rectangle};
use crate::report::chart::text::Font;

/// One comparison of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelComparison {
    /// Name.
    pub name: String,
    /// Levels, best first or as the model has them.
    pub levels: Vec<ModelLevel>,
}

/// One level of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelLevel {
    /// Label.
    pub label: String,
    /// Probability of the level among matches; `None` where the level has none, as null has.
    pub m: Option<f64>,
    /// Probability of the level among non-matches; `None` where the level has none.
    pub u: Option<f64>,
}

impl ModelLevel {
    /// log2(m/u) in bits; infinite where one of them is 0, `None` where there is none.
    pub fn weight(&self) -> Option<f64> {
        let weight = (self.m? / self.u?).log2();
        (!weight.is_nan()).then_some(weight)
    }
}

/// Match weights of all levels of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightsChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// Probability that two records drawn by chance match.
    pub prior: f64,
    /// Comparisons of the model.
    pub comparisons: Vec<ModelComparison>,
}

/// m and u of all levels of a model, side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParametersChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// Comparisons of the model.
    pub comparisons: Vec<ModelComparison>,
    /// Whether both axes are logarithmic, so that small u can be seen.
    pub log: bool,
}

/// Height of a comparison's name, and of a level.
const NAME: f64 = 30.0;
const LEVEL: f64 = 24.0;
/// Room for the labels of levels.
const LABELS: f64 = 334.0;

/// A row of either chart: the name of a comparison, or a level.
enum Row<'a> {
    Name(&'a str),
    Level(&'a ModelLevel),
}

impl Row<'_> {
    const fn height(&self) -> f64 {
        match self {
            Self::Name(_) => NAME,
            Self::Level(_) => LEVEL,
        }
    }
}

fn rows(comparisons: &[ModelComparison]) -> Vec<Row<'_>> {
    let rows = comparisons.iter().flat_map(|comparison| {
        std::iter::once(Row::Name(&comparison.name)).chain(comparison.levels.iter().map(Row::Level))
    });
    rows.collect()
}

/// Draws the tinted ground behind names; axes go over it.
fn draw_ground(frame: &mut Frame, rows: &[Row], top: f64) {
    let mut y = top;
    for row in rows {
        if matches!(row, Row::Name(_)) {
            let wide = WIDTH - 2.0 * MARGIN + 12.0;
            frame.add(&rectangle(Area::new(MARGIN - 6.0, y + 2.0, wide, NAME - 4.0), Colour::Stripe));
        }
        y += row.height();
    }
}

/// Draws names and labels, and calls `level` with each level and its middle.
fn draw_rows(frame: &mut Frame, rows: &[Row], top: f64, mut level: impl FnMut(&mut Frame, &ModelLevel, f64)) {
    let mut y = top;
    for row in rows {
        let middle = y + row.height() / 2.0;
        match row {
            Row::Name(name) => {
                frame.add(&label(name, MARGIN, middle, Setting::start(Font::Strong, Colour::Ink, LABELS)));
            }
            Row::Level(found) => {
                let setting = Setting::start(Font::Small, Colour::Ink, LABELS - 12.0);
                frame.add(&label(&found.label, MARGIN + 12.0, middle, setting));
                level(frame, found, middle);
            }
        }
        y += row.height();
    }
}

fn text_of(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| significant(value, 3))
}

impl WeightsChart {
    fn prior_weight(&self) -> f64 {
        (self.prior / (1.0 - self.prior)).log2()
    }

    /// The chart as an SVG document: one row a level, below the prior.
    pub fn svg(&self) -> String {
        if self.comparisons.is_empty() {
            return Frame::empty(&self.title, &self.note, "The model has no comparisons.");
        }
        let rows = rows(&self.comparisons);
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), WIDTH);
        let names_at = frame.top() + 8.0;
        frame.columns(
            names_at,
            &[("comparison and level", MARGIN, Anchor::Start, LABELS), ("bits", WIDTH - MARGIN, Anchor::End, 70.0)],
        );
        let levels = self.comparisons.iter().flat_map(|comparison| &comparison.levels);
        let (low, high) = extent(levels.filter_map(ModelLevel::weight).chain([self.prior_weight()]), (0.0, 0.0));
        let (left, right) = (MARGIN + LABELS + 16.0, WIDTH - MARGIN - 92.0);
        let scale = Scale::linear(low, high, (left, right), 8);
        let heights: f64 = rows.iter().map(Row::height).sum();
        let area = Area::new(left, names_at + 14.0, right - left, NAME + heights);
        let top = area.top + NAME;
        draw_ground(&mut frame, &rows, top);
        frame.x_axis(area, &scale, Unit::Bits, "match weight in bits: log2 of m over u");
        let middle = area.top + NAME / 2.0;
        frame.add(&label("Prior", MARGIN, middle, Setting::start(Font::Strong, Colour::Ink, 60.0)));
        let odds = format!("{} of all pairs match", chance(self.prior));
        frame.add(&label(&odds, MARGIN + 66.0, middle, Setting::start(Font::Small, Colour::Muted, LABELS - 66.0)));
        draw_weight(&mut frame, Some(self.prior_weight()), middle, &scale, Some(Colour::Neutral), &odds);
        draw_rows(&mut frame, &rows, top, |frame, level, middle| {
            let tip = format!("{}: m {}, u {}", level.label, text_of(level.m), text_of(level.u));
            draw_weight(frame, level.weight(), middle, &scale, None, &tip);
        });
        let zero = scale.position(0.0);
        frame.add(&line((zero, area.top), (zero, area.bottom()), Colour::Axis));
        frame.finish(area.bottom() + AXIS_BELOW + MARGIN)
    }

    fn description(&self) -> String {
        let levels: usize = self.comparisons.iter().map(|comparison| comparison.levels.len()).sum();
        format!(
            "Match weights of a model: a prior of {} bits, and {levels} levels of {} comparisons. Bars to the right of zero \
             speak for a match, bars to the left against.",
            signed(self.prior_weight(), 2),
            self.comparisons.len()
        )
    }

    /// The same as a table: comparison, level, m, u, bits; the prior is the first row.
    pub fn table(&self) -> Vec<Vec<String>> {
        let mut table = level_table(&self.comparisons);
        let prior = ["Prior".into(), String::new(), String::new(), String::new(), signed(self.prior_weight(), 2)];
        table.insert(1, prior.to_vec());
        table
    }
}

/// A bar from zero, and its bits at the right edge of the drawing.
fn draw_weight(frame: &mut Frame, bits: Option<f64>, middle: f64, scale: &Scale, colour: Option<Colour>, tip: &str) {
    let value = bits.unwrap_or(f64::NAN);
    let by_sign = if value < 0.0 { Colour::Against } else { Colour::For };
    let colour = colour.unwrap_or(by_sign);
    if !value.is_nan() {
        let bar = Area::between(scale.position(0.0), scale.position(value), middle - 7.0, 14.0);
        frame.add(&rectangle(bar, colour).tip(&format!("{tip}, {} bits", signed(value, 2))));
    }
    let text_colour = if value == 0.0 || value.is_nan() { Colour::Muted } else { colour.as_text() };
    let setting = Setting::end(Font::Body, text_colour, 80.0);
    frame.add(&label(&signed(value, 2), WIDTH - MARGIN, middle, setting));
}

fn level_table(comparisons: &[ModelComparison]) -> Vec<Vec<String>> {
    let mut table = vec![["comparison", "level", "m", "u", "bits"].map(String::from).to_vec()];
    for comparison in comparisons {
        table.extend(comparison.levels.iter().map(|level| {
            let bits = signed(level.weight().unwrap_or(f64::NAN), 2);
            vec![comparison.name.clone(), level.label.clone(), text_of(level.m), text_of(level.u), bits]
        }));
    }
    table
}

/// Where the panels of m and u begin, how wide they are, and where their numbers end.
const PANELS: [(f64, f64); 2] = [(366.0, 624.0), (646.0, WIDTH - MARGIN)];
const PANEL: f64 = 158.0;

impl ParametersChart {
    /// The chart as an SVG document: one row a level, m to the left, u to the right.
    pub fn svg(&self) -> String {
        if self.comparisons.is_empty() {
            return Frame::empty(&self.title, &self.note, "The model has no comparisons.");
        }
        let rows = rows(&self.comparisons);
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), WIDTH);
        let names_at = frame.top() + 8.0;
        let names = ["m: share among matches", "u: share among non-matches"];
        frame.columns(names_at, &[("comparison and level", MARGIN, Anchor::Start, LABELS)]);
        for (name, (left, end)) in names.iter().zip(PANELS) {
            frame.columns(names_at, &[(name, left, Anchor::Start, end - left)]);
        }
        let top = names_at + 14.0;
        let heights = rows.iter().map(Row::height).sum();
        let scales = PANELS.map(|(left, _)| self.scale((left, left + PANEL)));
        draw_ground(&mut frame, &rows, top);
        for ((left, _), scale) in PANELS.iter().zip(&scales) {
            let area = Area::new(*left, top, PANEL, heights);
            frame.x_axis(area, scale, Unit::Number, if self.log { "probability (log scale)" } else { "probability" });
            frame.add(&line((area.left, area.top), (area.left, area.bottom()), Colour::Axis));
        }
        draw_rows(&mut frame, &rows, top, |frame, level, middle| {
            let parts = [level.m, level.u].into_iter().zip([Colour::For, Colour::Against]);
            for ((part, colour), ((left, end), scale)) in parts.zip(PANELS.iter().zip(&scales)) {
                if let Some(value) = part.filter(|value| !value.is_nan()) {
                    let bar = Area::between(*left, scale.position(value), middle - 7.0, 14.0);
                    frame.add(&rectangle(bar, colour).tip(&format!("{}: {}", level.label, text_of(part))));
                }
                let room = end - left - PANEL - 6.0;
                frame.add(&label(&text_of(part), *end, middle, Setting::end(Font::Small, Colour::Ink, room)));
            }
        });
        frame.finish(top + heights + AXIS_BELOW + MARGIN)
    }

    fn scale(&self, pixels: (f64, f64)) -> Scale {
        if !self.log {
            return Scale::exact(0.0, 1.0, pixels, 4);
        }
        let levels = self.comparisons.iter().flat_map(|comparison| &comparison.levels);
        let above_0 = levels.flat_map(|level| [level.m, level.u]).flatten().filter(|value| *value > 0.0);
        // One power of ten more, so that the smallest has a length.
        Scale::log(extent(above_0, (1.0, 1.0)).0 / 2.0, 1.0, pixels, 4)
    }

    fn description(&self) -> String {
        let levels: usize = self.comparisons.iter().map(|comparison| comparison.levels.len()).sum();
        format!(
            "Parameters of a model: for {levels} levels of {} comparisons, m, the share of matches at the level, and u, the \
             share of non-matches.",
            self.comparisons.len()
        )
    }

    /// The same as a table: comparison, level, m, u, bits.
    pub fn table(&self) -> Vec<Vec<String>> {
        level_table(&self.comparisons)
    }
}

#[cfg(test)]
mod tests;
