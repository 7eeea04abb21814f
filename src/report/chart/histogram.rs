//! How are match weights spread, and where do thresholds cut them?

use crate::report::chart::frame::{AXIS_BELOW, Frame, Key, MARGIN, Mark, WIDTH};
use crate::report::chart::number::{Unit, count, signed};
use crate::report::chart::scale::{Scale, extent};
use crate::report::chart::style::Colour;
use crate::report::chart::svg::{Area, line, rectangle};
use crate::report::chart::threshold::{ThresholdLine, Thresholds};

/// Numbers of pairs, or of rows, by match weight, of one class or two.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistogramChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// What stands along the axis: `match weight (bits)`.
    pub axis: String,
    /// What is counted: `rows`; pairs where it is blank.
    pub counted: String,
    /// Names of the two classes in the legend; both blank where there is one class alone.
    pub classes: [String; 2],
    /// Bins, ascending; a bin may be open below or above by an infinite end.
    pub bins: Vec<HistogramBin>,
    /// Whether counts are logarithmic. Two classes then stand side by side, since parts of a logarithmic bar mean nothing.
    pub log: bool,
    /// Weights that decide something.
    pub thresholds: Vec<ThresholdLine>,
}

/// One bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HistogramBin {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// Numbers of the two classes; the second is 0 where there is one class alone.
    pub counts: [u64; 2],
    /// Whether the numbers may not be told: a mark stands in the place of the bar.
    pub is_withheld: bool,
}

const LEFT: f64 = 68.0;
const HEIGHT: f64 = 300.0;
/// Colours of the two classes.
const CLASSES: [Colour; 2] = [Colour::For, Colour::Against];
/// Room between neighbouring bars.
const GAP: f64 = 1.0;
/// Height of the mark of numbers that may not be told.
const MARK: f64 = 4.0;
const WITHHELD: &str = "withheld";

impl HistogramBin {
    fn total(&self) -> u64 {
        self.counts[0].saturating_add(self.counts[1])
    }

    /// Whether both ends are numbers.
    fn is_closed(&self) -> bool {
        self.from.is_finite() && self.to.is_finite()
    }

    /// The bin with open ends closed at `width` from the other; `None` where neither end is a number.
    fn closed(&self, width: f64) -> Option<(f64, f64)> {
        let from = if self.from == f64::NEG_INFINITY { self.to - width } else { self.from };
        let to = if self.to == f64::INFINITY { self.from + width } else { self.to };
        (from.is_finite() && to.is_finite()).then_some((from, to))
    }
}

impl HistogramChart {
    /// What is counted.
    fn things(&self) -> &str {
        if self.counted.is_empty() { "pairs" } else { &self.counted }
    }

    fn has_two(&self) -> bool {
        self.classes.iter().any(|name| !name.is_empty()) || self.bins.iter().any(|bin| bin.counts[1] > 0)
    }

    /// Ends of all bins as they are drawn.
    fn spans(&self) -> Vec<Option<(f64, f64)>> {
        let widths = self.bins.iter().filter(|bin| bin.is_closed()).map(|bin| (bin.to - bin.from).abs());
        let width = widths.fold(f64::NAN, f64::max);
        let width = if width.is_finite() { width } else { 1.0 };
        self.bins.iter().map(|bin| bin.closed(width)).collect()
    }

    /// The chart as an SVG document.
    pub fn svg(&self) -> String {
        let spans = self.spans();
        let ends = || spans.iter().flatten().flat_map(|(from, to)| [*from, *to]);
        let Some(first) = ends().next() else {
            return Frame::empty(&self.title, &self.note, &format!("There are no {} to count.", self.things()));
        };
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), WIDTH);
        let mut top = frame.top();
        if self.has_two() {
            let key =
                |class: usize| Key { name: self.classes[class].clone(), colour: CLASSES[class], mark: Mark::Square };
            top = frame.legend(&[key(0), key(1)], MARGIN, top, WIDTH - 2.0 * MARGIN);
        }
        let (left, right) = (LEFT, WIDTH - MARGIN - 14.0);
        let (low, high) = extent(ends(), (first, first));
        let (low, high) = extent(self.thresholds.iter().map(|line| line.at), (low, high));
        let x = Scale::exact(low, high, (left, right), 10);
        let thresholds = Thresholds::place(&self.thresholds, &x, left + 130.0, right);
        let area = Area::new(left, top + thresholds.height().max(14.0) + 12.0, right - left, HEIGHT);
        let y = self.counts_scale(area);
        let things = self.things();
        let name = if self.log { format!("{things} (log scale)") } else { things.to_owned() };
        frame.y_axis(area, &y, Unit::Count, &name);
        frame.x_axis(area, &x, Unit::Number, &self.axis);
        for (bin, span) in self.bins.iter().zip(&spans) {
            if let Some((from, to)) = span {
                self.draw_bin(&mut frame, bin, (x.position(*from), x.position(*to)), &y);
            }
        }
        frame.add(&line((area.left, area.bottom()), (area.right(), area.bottom()), Colour::Axis));
        thresholds.draw(&mut frame, area);
        frame.finish(area.bottom() + AXIS_BELOW + MARGIN)
    }

    fn counts_scale(&self, area: Area) -> Scale {
        let pixels = (area.bottom(), area.top);
        let most = self.bins.iter().map(|bin| bin.total() as f64).fold(1.0, f64::max);
        if self.log { Scale::log_counts(most, pixels, 8) } else { Scale::linear(0.0, most, pixels, 6) }
    }

    fn draw_bin(&self, frame: &mut Frame, bin: &HistogramBin, (from, to): (f64, f64), y: &Scale) {
        let (from, to) = (from.min(to), from.max(to));
        let gap = if to - from > 3.0 * GAP { GAP } else { 0.0 };
        let wide = (to - from - gap).max(1.0);
        let left = (from + gap / 2.0).min(to - wide).max(LEFT);
        let ground = y.position(0.0);
        if bin.is_withheld {
            let tip = format!("{}: {WITHHELD}", self.ends(bin));
            frame.add(&rectangle(Area::new(left, ground - MARK, wide, MARK), Colour::Neutral).tip(&tip));
            return;
        }
        let tip = |class: usize| {
            let name = if self.has_two() { format!("{}: ", self.classes[class]) } else { String::new() };
            format!("{}, {name}{} {}", self.ends(bin), count(bin.counts[class]), self.things())
        };
        let mut bar = |class: usize, colour: Colour, left: f64, wide: f64, low: f64, high: f64| {
            frame.add(&rectangle(Area::new(left, high, wide, low - high), colour).tip(&tip(class)));
        };
        let first = y.position(bin.counts[0] as f64);
        if !self.has_two() {
            bar(0, Colour::Result, left, wide, ground, first);
            return;
        }
        let (second_left, second_wide, second_ground, second) = if self.log {
            (left + wide / 2.0, wide / 2.0, ground, y.position(bin.counts[1] as f64))
        } else {
            (left, wide, first, y.position(bin.total() as f64))
        };
        bar(0, CLASSES[0], left, second_wide, ground, first);
        bar(1, CLASSES[1], second_left, second_wide, second_ground, second);
    }

    fn ends(&self, bin: &HistogramBin) -> String {
        format!("{} to {}", signed(bin.from, 2), signed(bin.to, 2))
    }

    fn description(&self) -> String {
        let total = self.bins.iter().fold(0_u64, |sum, bin| sum.saturating_add(bin.total()));
        let thresholds: String = self.thresholds.iter().map(|line| format!(" Threshold: {}.", line.text())).collect();
        let (total, things, bins) = (count(total), self.things(), self.bins.len());
        let hidden = match self.bins.iter().filter(|bin| bin.is_withheld).count() {
            0 => String::new(),
            hidden => format!(" Of {hidden} bins the number is withheld."),
        };
        format!("Histogram of {total} {things} in {bins} bins of {}.{hidden}{thresholds}", self.axis)
    }

    /// The same as a table: ends of the bin, number of each class.
    pub fn table(&self) -> Vec<Vec<String>> {
        let two = self.has_two();
        let names = if two { self.classes.to_vec() } else { vec![self.things().to_owned()] };
        let mut table = vec![["from", "to"].map(String::from).into_iter().chain(names).collect::<Vec<String>>()];
        table.extend(self.bins.iter().map(|bin| {
            let told = |number: &u64| if bin.is_withheld { WITHHELD.to_owned() } else { count(*number) };
            let counts = bin.counts.iter().take(1 + usize::from(two)).map(told);
            [signed(bin.from, 2), signed(bin.to, 2)].into_iter().chain(counts).collect()
        }));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::{HistogramBin, HistogramChart};
    use crate::report::chart::ThresholdLine;
    use crate::report::chart::tests::{NASTY, ODD, bars, check_table, look, says};

    fn chart(counts: &[[u64; 2]]) -> HistogramChart {
        let bins = counts.iter().enumerate().map(|(index, counts)| {
            let from = index as f64 - 5.0;
            HistogramBin { from, to: from + 1.0, counts: *counts, is_withheld: false }
        });
        HistogramChart {
            title: "Weights".into(),
            axis: "bits".into(),
            bins: bins.collect(),
            ..HistogramChart::default()
        }
    }

    #[test]
    fn bars_are_as_high_as_their_counts() {
        let bars = bars(&look(&chart(&[[10, 0], [40, 0], [0, 0]]).svg()), "result");
        assert!((bars[1].height - 4.0 * bars[0].height).abs() < 0.05 && bars[0].height > 10.0);
        assert_eq!(bars[2].height, 0.0);
        assert!((bars[0].width - bars[1].width).abs() < 0.05 && bars[0].right() < bars[1].left);
    }

    #[test]
    fn two_classes_are_stacked() {
        let mut chart = chart(&[[10, 30], [40, 0]]);
        chart.classes = ["true", "false"].map(String::from);
        let nodes = look(&chart.svg());
        let (first, second) = (bars(&nodes, "for"), bars(&nodes, "against"));
        assert!((second[0].height - 3.0 * first[0].height).abs() < 0.05);
        assert!((second[0].bottom() - first[0].top).abs() < 0.05 && (second[0].top - first[1].top).abs() < 0.05);
        assert_eq!(chart.table()[1], ["−5.00", "−4.00", "10", "30"]);
    }

    #[test]
    fn logarithmic_classes_stand_side_by_side() {
        let mut chart = chart(&[[10, 1000], [100, 1]]);
        chart.log = true;
        let nodes = look(&chart.svg());
        let (first, second) = (bars(&nodes, "for"), bars(&nodes, "against"));
        assert!(
            (first[0].right() - second[0].left).abs() < 0.05 && (first[0].bottom() - second[0].bottom()).abs() < 0.05
        );
        let decade = first[1].height - first[0].height;
        assert!((second[0].height - first[0].height - 2.0 * decade).abs() < 0.05 && second[1].height > 1.0);
    }

    #[test]
    fn what_is_withheld_is_marked_and_not_told() {
        let mut chart = chart(&[[10, 0], [4711, 0]]);
        chart.bins[1].is_withheld = true;
        chart.bins[1].counts = [0, 0];
        chart.counted = "rows".into();
        let svg = chart.svg();
        let nodes = look(&svg);
        assert_eq!(bars(&nodes, "neutral").iter().map(|bar| bar.height).collect::<Vec<_>>(), [super::MARK]);
        assert!(says(&nodes, "rows") && !svg.contains("pairs") && svg.contains("1 bins the number is withheld"));
        assert_eq!(chart.table()[2][2], "withheld");
    }

    #[test]
    fn open_bins_are_as_wide_as_the_widest() {
        let mut chart = chart(&[[1, 0], [2, 0], [3, 0]]);
        chart.bins[0].from = f64::NEG_INFINITY;
        chart.bins[2].to = f64::INFINITY;
        let bars = bars(&look(&chart.svg()), "result");
        assert!((bars[0].width - bars[1].width).abs() < 0.05 && (bars[2].width - bars[1].width).abs() < 0.05);
        assert_eq!(chart.table()[1][0], "−∞");
    }

    #[test]
    fn labels_of_thresholds_keep_clear_of_each_other() {
        let mut chart = chart(&[[1, 0]; 30]);
        chart.thresholds = (0..12).map(|at| ThresholdLine { at: f64::from(at) / 4.0, label: "match".into() }).collect();
        // `look` sees to it that nothing touches.
        assert!(says(&look(&chart.svg()), "match +2.8"));
    }

    #[test]
    fn anything_can_be_drawn() {
        assert!(look(&HistogramChart::default().svg()).iter().any(|node| node.text.contains("no pairs")));
        for count in [1, 200, 1000] {
            let counts: Vec<[u64; 2]> = (0..count).map(|index| [index % 50 * 1000, index % 3]).collect();
            let mut chart = chart(&counts);
            let bin = |odd: f64| HistogramBin { from: odd, to: 1.0, counts: [u64::MAX, u64::MAX], is_withheld: false };
            chart.bins.extend(ODD.map(bin));
            chart.classes = [NASTY[0].into(), NASTY[3].into()];
            chart.thresholds = ODD.iter().map(|at| ThresholdLine { at: *at, label: NASTY[3].into() }).collect();
            for log in [false, true] {
                chart.log = log;
                look(&chart.svg());
            }
            check_table(&chart.table(), count as usize + 7);
            assert_eq!(chart.svg(), chart.clone().svg());
        }
    }
}
