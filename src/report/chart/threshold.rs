//! Lines that mark thresholds across a chart, with labels that keep clear of each other.

use crate::report::chart::frame::Frame;
use crate::report::chart::number::signed;
use crate::report::chart::scale::Scale;
use crate::report::chart::style::Colour;
use crate::report::chart::svg::{Area, Element, Setting, label, line, rectangle};
use crate::report::chart::text::{Font, fit, width};

/// A match weight that decides something.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdLine {
    /// Match weight in bits; a line that is not finite is left out of the drawing.
    pub at: f64,
    /// What begins there: `match`.
    pub label: String,
}

impl ThresholdLine {
    /// Label and weight.
    pub(super) fn text(&self) -> String {
        format!("{} {}", self.label, signed(self.at, 1)).trim().to_owned()
    }
}

/// Widest label in pixels.
const LIMIT: f64 = 220.0;
/// Height of a row of labels.
const ROW: f64 = 17.0;

/// A line with the place of its label.
struct Placed {
    x: f64,
    middle: f64,
    row: usize,
    text: String,
}

/// Threshold lines over one scale, their labels placed in rows.
pub(super) struct Thresholds {
    placed: Vec<Placed>,
    rows: usize,
}

impl Thresholds {
    /// Places labels between `left` and `right`; a label that would touch another goes into a row of its own.
    pub(super) fn place(lines: &[ThresholdLine], scale: &Scale, left: f64, right: f64) -> Self {
        let mut inside: Vec<&ThresholdLine> = lines.iter().filter(|line| line.at.is_finite()).collect();
        inside.sort_by(|a, b| a.at.total_cmp(&b.at));
        let mut ends: Vec<f64> = Vec::new();
        let mut placed = Vec::new();
        for line in inside {
            let x = scale.position(line.at);
            let text = fit(&line.text(), Font::Small, LIMIT.min(right - left));
            let half = width(&text, Font::Small) / 2.0;
            let middle = x.clamp(left + half, (right - half).max(left + half));
            let free = ends.iter().position(|end| middle - half > end + 10.0);
            let row = free.unwrap_or_else(|| {
                ends.push(0.0);
                ends.len() - 1
            });
            ends[row] = middle + half;
            placed.push(Placed { x, middle, row, text });
        }
        Self { placed, rows: ends.len() }
    }

    /// Room for the labels above the area.
    pub(super) fn height(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.rows as f64 * ROW + 4.0 }
    }

    /// Draws the lines over `area`, and the labels in the rows above it.
    pub(super) fn draw(&self, frame: &mut Frame, area: Area) {
        let height_of = |row: usize| area.top - 4.0 - (row as f64 + 0.5) * ROW;
        for Placed { x, row, .. } in &self.placed {
            frame.add(&dashed((*x, height_of(*row) + 8.0), (*x, area.bottom())));
        }
        // A line that passes a label goes behind it.
        for Placed { middle, row, text, .. } in &self.placed {
            let (y, wide) = (height_of(*row), width(text, Font::Small) + 4.0);
            frame.add(&rectangle(Area::new(middle - wide / 2.0, y - 7.0, wide, 15.0), Colour::Ground));
            frame.add(&label(text, *middle, y, Setting::middle(Font::Small, Colour::Ink, LIMIT)));
        }
    }
}

fn dashed(from: (f64, f64), to: (f64, f64)) -> Element {
    line(from, to, Colour::Ink).at("stroke-width", 1.5).set("stroke-dasharray", "5 4")
}
