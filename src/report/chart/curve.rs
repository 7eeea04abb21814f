//! What does a threshold cost? ROC, precision against recall, and both against the threshold.

use crate::report::chart::frame::{AXIS_BELOW, Frame, Key, LINE, MARGIN, Mark, WIDTH};
use crate::report::chart::number::{Unit, share, signed};
use crate::report::chart::scale::{Scale, extent};
use crate::report::chart::style::{Colour, DASHES};
use crate::report::chart::svg::{Area, Setting, dot, label, line, path};
use crate::report::chart::text::{Font, wrap};
use crate::report::chart::threshold::{ThresholdLine, Thresholds};

/// Which two rates stand against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CurveKind {
    /// Recall over the false positive rate.
    Roc,
    /// Precision over recall.
    #[default]
    PrecisionRecall,
}

/// Curves of one kind, one or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// Kind of all curves.
    pub kind: CurveKind,
    /// Whether the axes end at the data; otherwise they run from 0 to 1.
    pub zoom: bool,
    /// The curves.
    pub series: Vec<CurveSeries>,
}

/// One curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveSeries {
    /// Name in the legend.
    pub name: String,
    /// A line below the name, such as the area under the curve; may be blank.
    pub note: String,
    /// Points in the order of their thresholds.
    pub points: Vec<CurvePoint>,
    /// Index of the point that is marked and written out: the threshold in use.
    pub chosen: Option<usize>,
}

/// Rates at one threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CurvePoint {
    /// Match weight of the threshold, in bits.
    pub threshold: f64,
    /// False positive rate (ROC) or recall, from 0 to 1.
    pub x: f64,
    /// Recall (ROC) or precision, from 0 to 1.
    pub y: f64,
}

/// Side of the square of a curve.
const SIDE: f64 = 470.0;
/// Where plots begin, right of the texts of their axis.
const LEFT: f64 = 68.0;

impl CurveKind {
    const fn axes(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::Roc => [
                ("false positive rate", "share of the non-matches that are taken for matches"),
                ("recall", "share of the true matches that are found"),
            ],
            Self::PrecisionRecall => [
                ("recall", "share of the true matches that are found"),
                ("precision", "share of the found matches that are true"),
            ],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Roc => "ROC",
            Self::PrecisionRecall => "Precision and recall",
        }
    }
}

impl CurveChart {
    /// The chart as an SVG document: a square, and the legend beside it.
    pub fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|series| series.points.iter());
        let is_drawn = |point: &CurvePoint| point.x.is_finite() && point.y.is_finite();
        if !points().any(is_drawn) {
            return Frame::empty(&self.title, &self.note, "There are no points to draw a curve through.");
        }
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), WIDTH);
        let area = Area::new(LEFT, frame.top() + 30.0, SIDE, SIDE);
        let x = axis(points().map(|point| point.x), self.zoom, (area.left, area.right()));
        let y = axis(points().map(|point| point.y), self.zoom, (area.bottom(), area.top));
        let [(x_name, x_means), (y_name, y_means)] = self.kind.axes();
        frame.y_axis(area, &y, Unit::Share, &format!("{y_name}: {y_means}"));
        frame.x_axis(area, &x, Unit::Share, &format!("{x_name}: {x_means}"));
        frame.add(&line((area.left, area.bottom()), (area.right(), area.bottom()), Colour::Axis));
        if self.kind == CurveKind::Roc && !self.zoom {
            let chance = line((area.left, area.bottom()), (area.right(), area.top), Colour::Axis);
            frame.add(&chance.set("stroke-dasharray", "2 4"));
        }
        for (index, series) in self.series.iter().enumerate() {
            let steps = self.kind == CurveKind::PrecisionRecall;
            let corners = corners(series.points.iter().map(|point| (point.x, point.y)), steps);
            draw_runs(&mut frame, &corners, &x, &y, index);
        }
        for (index, series) in self.series.iter().enumerate() {
            if let Some(point) = series.chosen_point().filter(|point| is_drawn(point)) {
                let centre = (x.position(point.x), y.position(point.y));
                frame.add(&dot(centre, 7.0, Colour::Ground));
                frame.add(&dot(centre, 5.0, Colour::Series(index)).tip(&self.words(point)));
            }
        }
        let mut bottom = self.legend(&mut frame, area.right() + 28.0, area.top);
        if self.zoom {
            let limit = WIDTH - MARGIN - area.right() - 28.0;
            for text in wrap("The axes end at the data, not at 0 and 100\u{a0}%.", Font::Small, limit, 3) {
                let setting = Setting::start(Font::Small, Colour::Muted, limit);
                frame.add(&label(&text, area.right() + 28.0, bottom + 8.0, setting));
                bottom += LINE;
            }
        }
        frame.finish(bottom.max(area.bottom() + AXIS_BELOW) + MARGIN)
    }

    fn legend(&self, frame: &mut Frame, left: f64, top: f64) -> f64 {
        let limit = WIDTH - MARGIN - left;
        let mut y = top;
        for (index, series) in self.series.iter().enumerate() {
            let mark = Mark::Line(DASHES[index % DASHES.len()]);
            y = frame.legend(&[Key { name: series.name.clone(), colour: Colour::Series(index), mark }], left, y, limit);
            let chosen = series.chosen_point().map(|point| self.words(point)).unwrap_or_default();
            for text in [&series.note, &chosen] {
                for text in wrap(text, Font::Small, limit - 26.0, 3) {
                    let setting = Setting::start(Font::Small, Colour::Muted, limit - 26.0);
                    frame.add(&label(&text, left + 26.0, y + 4.0, setting));
                    y += LINE;
                }
            }
            y += 6.0;
        }
        y
    }

    /// A point in words.
    fn words(&self, point: &CurvePoint) -> String {
        let [(x, _), (y, _)] = self.kind.axes();
        let threshold = signed(point.threshold, 1);
        format!("at {threshold} bits: {x} {}, {y} {}", share(point.x), share(point.y))
    }

    fn description(&self) -> String {
        let mut text = format!("{} of {} series over all thresholds.", self.kind.name(), self.series.len());
        for series in &self.series {
            let chosen = series.chosen_point().map(|point| self.words(point)).unwrap_or_default();
            text.push_str(&format!(" {}: {} points. {} {chosen}", series.name, series.points.len(), series.note));
        }
        text
    }

    /// The same as a table: series, threshold, both rates.
    pub fn table(&self) -> Vec<Vec<String>> {
        let [(x, _), (y, _)] = self.kind.axes();
        let mut table = vec![["series", "threshold (bits)", x, y].map(String::from).to_vec()];
        for series in &self.series {
            for point in &series.points {
                table.push(vec![series.name.clone(), signed(point.threshold, 2), share(point.x), share(point.y)]);
            }
        }
        table
    }
}

impl CurveSeries {
    fn chosen_point(&self) -> Option<&CurvePoint> {
        self.chosen.and_then(|index| self.points.get(index))
    }
}

/// Precision, recall and F1 over the threshold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThresholdChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// Whether the upright axis ends at the data; otherwise it runs from 0 to 1.
    pub zoom: bool,
    /// Rates by threshold, ascending.
    pub points: Vec<ThresholdPoint>,
    /// Thresholds in use.
    pub thresholds: Vec<ThresholdLine>,
}

/// Rates of all pairs from one match weight on; a rate that is not a number leaves a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ThresholdPoint {
    /// Match weight in bits.
    pub weight: f64,
    /// Share of the found matches that are true, from 0 to 1.
    pub precision: f64,
    /// Share of the true matches that are found, from 0 to 1.
    pub recall: f64,
}

impl ThresholdPoint {
    /// Harmonic mean of precision and recall; 0 where both are 0.
    pub fn f1(&self) -> f64 {
        let sum = self.precision + self.recall;
        if sum == 0.0 { 0.0 } else { 2.0 * self.precision * self.recall / sum }
    }

    fn rates(&self) -> [f64; 3] {
        [self.precision, self.recall, self.f1()]
    }
}

impl ThresholdChart {
    /// The chart as an SVG document.
    pub fn svg(&self) -> String {
        let drawn = || self.points.iter().filter(|point| point.weight.is_finite());
        if !drawn().any(|point| point.rates().iter().any(|rate| rate.is_finite())) {
            return Frame::empty(&self.title, &self.note, "There are no thresholds to choose from.");
        }
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), WIDTH);
        let names = ["precision", "recall", "F1: their harmonic mean"];
        let keys: Vec<Key> = (0..3)
            .map(|index| Key {
                name: names[index].into(),
                colour: Colour::Series(index),
                mark: Mark::Line(DASHES[index]),
            })
            .collect();
        let top = frame.top();
        let top = frame.legend(&keys, MARGIN, top, WIDTH - 2.0 * MARGIN);
        let (left, right) = (LEFT, WIDTH - MARGIN - 14.0);
        let first = drawn().next().map_or(0.0, |point| point.weight);
        let (low, high) = extent(drawn().map(|point| point.weight), (first, first));
        let x = Scale::exact(low, high, (left, right), 10);
        let thresholds = Thresholds::place(&self.thresholds, &x, left, right);
        let area = Area::new(left, top + 26.0 + thresholds.height(), right - left, 320.0);
        let y = axis(drawn().flat_map(ThresholdPoint::rates), self.zoom, (area.bottom(), area.top));
        let lift = thresholds.height();
        frame.y_axis(area, &y, Unit::Share, "");
        frame.x_axis(area, &x, Unit::Bits, "threshold: pairs of this match weight (bits) and more are matches");
        let setting = Setting::start(Font::Small, Colour::Muted, area.width);
        let begins = if self.zoom { "share (the axis ends at the data, not at 0 and 100\u{a0}%)" } else { "share" };
        frame.add(&label(begins, MARGIN, area.top - 14.0 - lift, setting));
        frame.add(&line((area.left, area.bottom()), (area.right(), area.bottom()), Colour::Axis));
        for index in 0..3 {
            let rates: Vec<(f64, f64)> = self.points.iter().map(|point| (point.weight, point.rates()[index])).collect();
            draw_runs(&mut frame, &rates, &x, &y, index);
        }
        thresholds.draw(&mut frame, area);
        frame.finish(area.bottom() + AXIS_BELOW + MARGIN)
    }

    fn description(&self) -> String {
        let best = self.points.iter().filter(|point| point.f1().is_finite()).max_by(|a, b| a.f1().total_cmp(&b.f1()));
        let best = best.map_or_else(String::new, |point| {
            format!(" F1 is highest, {}, at {} bits.", share(point.f1()), signed(point.weight, 1))
        });
        format!("Precision, recall and F1 over {} thresholds.{best}", self.points.len())
    }

    /// The same as a table: threshold, precision, recall, F1.
    pub fn table(&self) -> Vec<Vec<String>> {
        let mut table = vec![["threshold (bits)", "precision", "recall", "F1"].map(String::from).to_vec()];
        table.extend(self.points.iter().map(|point| {
            let rates = point.rates().map(share);
            std::iter::once(signed(point.weight, 2)).chain(rates).collect()
        }));
        table
    }
}

/// A scale of shares: all of 0 to 1, or as far as the data reach.
fn axis(values: impl Iterator<Item = f64>, zoom: bool, pixels: (f64, f64)) -> Scale {
    if !zoom {
        return Scale::exact(0.0, 1.0, pixels, 5);
    }
    let (low, high) = extent(values.map(|value| value.clamp(0.0, 1.0)), (1.0, 0.0));
    let spare = ((high - low) * 0.04).max(1e-6);
    Scale::exact((low - spare).max(0.0), (high + spare).min(1.0), pixels, 5)
}

/// Points of a line; with `steps`, each value of y holds back to the point before, as the sum of an average does.
fn corners(points: impl Iterator<Item = (f64, f64)>, steps: bool) -> Vec<(f64, f64)> {
    let mut out: Vec<(f64, f64)> = Vec::new();
    for point in points {
        if let Some(before) = out.last().copied().filter(|_| steps) {
            let (nearer, farther) = if before.0 <= point.0 { (before, point) } else { (point, before) };
            out.push((nearer.0, farther.1));
        }
        out.push(point);
    }
    out
}

/// Draws a line through all points that are numbers, with a gap where one is not.
fn draw_runs(frame: &mut Frame, points: &[(f64, f64)], x: &Scale, y: &Scale, series: usize) {
    for run in points.split(|point| !point.0.is_finite() || !point.1.is_finite()).filter(|run| !run.is_empty()) {
        let run: Vec<(f64, f64)> = run.iter().map(|point| (x.position(point.0), y.position(point.1))).collect();
        if let [only] = run[..] {
            frame.add(&dot(only, 3.0, Colour::Series(series)));
        } else {
            let dashes = DASHES[series % DASHES.len()];
            frame.add(&path(&run, Colour::Series(series)).set("stroke-dasharray", dashes));
        }
    }
}

#[cfg(test)]
mod tests;
