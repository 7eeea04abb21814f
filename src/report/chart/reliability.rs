//! Is a stated probability true? Of the pairs said to match with such a probability, how many do.

use crate::report::chart::frame::{AXIS_BELOW, Frame, MARGIN, WIDTH};
use crate::report::chart::number::{Unit, count, share};
use crate::report::chart::scale::Scale;
use crate::report::chart::style::Colour;
use crate::report::chart::svg::{Anchor, Area, Setting, dot, label, line, path, rectangle};
use crate::report::chart::text::Font;

/// Stated probabilities against the truth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReliabilityChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// What is counted: `rows`; pairs where it is blank.
    pub counted: String,
    /// Bins, by ascending probability.
    pub bins: Vec<ReliabilityBin>,
}

/// Pairs with about the same stated probability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReliabilityBin {
    /// Mean of the stated probabilities, from 0 to 1.
    pub stated: f64,
    /// Share of the pairs that truly match, from 0 to 1.
    pub share: f64,
    /// Lower end of the interval of that share.
    pub low: f64,
    /// Upper end of the interval of that share.
    pub high: f64,
    /// Number of pairs.
    pub count: u64,
}

const SIDE: f64 = 400.0;
const LEFT: f64 = 68.0;
/// Height of the panel of counts.
const PANEL: f64 = 84.0;
/// Height of a row of the list.
const ROW: f64 = 22.0;

impl ReliabilityBin {
    fn is_drawn(&self) -> bool {
        self.stated.is_finite() && self.share.is_finite()
    }

    /// Whether the stated probability lies in the interval of what was found.
    fn is_right(&self) -> bool {
        (self.low..=self.high).contains(&self.stated)
    }

    fn cells(&self) -> [String; 4] {
        let interval = format!("{} to {}", share(self.low), share(self.high));
        [share(self.stated), share(self.share), interval, count(self.count)]
    }
}

impl ReliabilityChart {
    /// What is counted.
    fn things(&self) -> &str {
        if self.counted.is_empty() { "pairs" } else { &self.counted }
    }

    /// The chart as an SVG document: the square with its panel of counts, and the list of bins beside it.
    pub fn svg(&self) -> String {
        if !self.bins.iter().any(ReliabilityBin::is_drawn) {
            return Frame::empty(
                &self.title,
                &self.note,
                &format!("There are no {} whose truth is known.", self.things()),
            );
        }
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), WIDTH);
        let area = Area::new(LEFT, frame.top() + 30.0, SIDE, SIDE);
        let x = Scale::exact(0.0, 1.0, (area.left, area.right()), 5);
        let y = Scale::exact(0.0, 1.0, (area.bottom(), area.top), 5);
        frame.y_axis(area, &y, Unit::Share, "share that truly match");
        frame.x_axis(area, &x, Unit::Share, "stated probability of a match");
        frame.add(&line((area.left, area.bottom()), (area.right(), area.bottom()), Colour::Axis));
        let ideal = line((area.left, area.bottom()), (area.right(), area.top), Colour::Axis);
        frame.add(&ideal.set("stroke-dasharray", "6 4"));
        let drawn: Vec<&ReliabilityBin> = self.bins.iter().filter(|bin| bin.is_drawn()).collect();
        let points: Vec<(f64, f64)> = drawn.iter().map(|bin| (x.position(bin.stated), y.position(bin.share))).collect();
        for (bin, (across, _)) in drawn.iter().zip(&points) {
            whisker(&mut frame, *across, y.position(bin.low), y.position(bin.high));
        }
        frame.add(&path(&points, Colour::Result));
        for (bin, centre) in drawn.iter().zip(&points) {
            let [stated, found, interval, count] = bin.cells();
            let tip = format!("stated {stated}, found {found} ({interval}), {count} {}", self.things());
            frame.add(&dot(*centre, 4.5, Colour::Result).tip(&tip));
        }
        let panel = Area::new(area.left, area.bottom() + AXIS_BELOW + 30.0, SIDE, PANEL);
        self.counts(&mut frame, panel, &x);
        let list_end = self.list(&mut frame, area.right() + 26.0, area.top - 14.0);
        frame.finish(list_end.max(panel.bottom() + 10.0) + MARGIN)
    }

    fn counts(&self, frame: &mut Frame, panel: Area, x: &Scale) {
        let most = self.bins.iter().map(|bin| bin.count).max().unwrap_or(0);
        let scale = Scale::log_counts(most as f64, (panel.bottom(), panel.top), 3);
        frame.y_axis(panel, &scale, Unit::Count, &format!("{} (log scale)", self.things()));
        frame.add(&line((panel.left, panel.bottom()), (panel.right(), panel.bottom()), Colour::Axis));
        for bin in self.bins.iter().filter(|bin| bin.stated.is_finite()) {
            let (middle, top) = (x.position(bin.stated), scale.position(bin.count as f64));
            let bar = Area::new(middle - 3.0, top, 6.0, panel.bottom() - top);
            frame.add(&rectangle(bar, Colour::Neutral).tip(&format!("{} {}", count(bin.count), self.things())));
        }
    }

    /// All bins in figures; returns where the list ends.
    fn list(&self, frame: &mut Frame, left: f64, top: f64) -> f64 {
        let columns = [("stated", 70.0), ("found", 146.0), ("interval", 302.0), (self.things(), WIDTH - MARGIN - left)];
        let names = columns.map(|(name, right)| (name, left + right, Anchor::End, 76.0));
        frame.columns(top, &names);
        let mut y = top + ROW;
        for bin in &self.bins {
            for (index, (text, (_, right))) in bin.cells().iter().zip(columns).enumerate() {
                let before = if index == 0 { 0.0 } else { columns[index - 1].1 + 8.0 };
                let colour = if index == 1 { Colour::Ink } else { Colour::Muted };
                frame.add(&label(text, left + right, y, Setting::end(Font::Small, colour, right - before)));
            }
            y += ROW;
        }
        y - ROW / 2.0
    }

    fn description(&self) -> String {
        let right = self.bins.iter().filter(|bin| bin.is_drawn() && bin.is_right()).count();
        format!(
            "Calibration: share of true matches against the stated probability in {} bins; in {right} of them the stated \
             probability lies within the interval of what was found. On the dashed diagonal both are the same.",
            self.bins.len()
        )
    }

    /// The same as a table: stated probability, share found, interval, pairs.
    pub fn table(&self) -> Vec<Vec<String>> {
        let mut table = vec![["stated", "found", "interval", self.things()].map(String::from).to_vec()];
        table.extend(self.bins.iter().map(|bin| bin.cells().to_vec()));
        table
    }
}

fn whisker(frame: &mut Frame, x: f64, low: f64, high: f64) {
    frame.add(&line((x, low), (x, high), Colour::Result).at("stroke-width", 1.5));
    for end in [low, high] {
        frame.add(&line((x - 4.0, end), (x + 4.0, end), Colour::Result).at("stroke-width", 1.5));
    }
}

#[cfg(test)]
mod tests {
    use super::{ReliabilityBin, ReliabilityChart};
    use crate::report::chart::tests::{ODD, bars, check_table, look, says};

    fn chart(count: u32) -> ReliabilityChart {
        let bins = (0..count).map(|index| {
            let stated = (f64::from(index) + 0.5) / f64::from(count);
            ReliabilityBin {
                stated,
                share: stated * stated,
                low: stated * 0.5,
                high: stated,
                count: 10_u64.pow(index % 7),
            }
        });
        ReliabilityChart { title: "Calibration".into(), bins: bins.collect(), ..ReliabilityChart::default() }
    }

    #[test]
    fn points_stand_at_their_shares() {
        let nodes = look(&chart(2).svg());
        let dots: Vec<(f64, f64)> = nodes
            .iter()
            .filter(|node| node.name == "circle")
            .map(|node| (node.number("cx"), node.number("cy")))
            .collect();
        // Half of the square across, and 0.75² - 0.25² of it up.
        assert!((dots[1].0 - dots[0].0 - 200.0).abs() < 0.05);
        assert!((dots[0].1 - dots[1].1 - 200.0).abs() < 0.05);
        assert!(says(&nodes, "75.0 %") && says(&nodes, "56.2 %") && says(&nodes, "37.5 % to 75.0 %"), "{nodes:?}");
    }

    #[test]
    fn counts_are_logarithmic() {
        let heights: Vec<f64> = bars(&look(&chart(4).svg()), "neutral").iter().map(|bar| bar.height).collect();
        let steps: Vec<f64> = heights.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!((steps[0] - steps[1]).abs() < 0.05 && steps[0] > 5.0 && heights[0] > 1.0, "{heights:?}");
    }

    #[test]
    fn anything_can_be_drawn() {
        assert!(look(&ReliabilityChart::default().svg()).iter().any(|node| node.text.contains("no pairs")));
        for count in [1, 200] {
            let mut chart = chart(count);
            chart.bins.extend(ODD.map(|odd| ReliabilityBin {
                stated: odd,
                share: 0.5,
                low: odd,
                high: 1.0,
                count: u64::MAX,
            }));
            chart.bins.extend(ODD.map(|odd| ReliabilityBin { stated: 0.5, share: odd, low: 0.0, high: odd, count: 0 }));
            look(&chart.svg());
            check_table(&chart.table(), count as usize + 14);
            assert_eq!(chart.svg(), chart.clone().svg());
        }
    }
}
