//! Labelled bars for everything else: hit rates by group, time by stage.

use crate::report::chart::frame::{AXIS_BELOW, Frame, MARGIN, WIDTH};
use crate::report::chart::number::Unit;
use crate::report::chart::scale::{Scale, extent};
use crate::report::chart::style::Colour;
use crate::report::chart::svg::{Anchor, Area, Setting, label, line, rectangle};
use crate::report::chart::text::Font;

/// Bars from zero, one an entry, with intervals where given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarsChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// What the entries are: `nationality group`.
    pub entries_name: String,
    /// What the values are: `hit rate`.
    pub values_name: String,
    /// How values are written.
    pub unit: Unit,
    /// The entries, in the order of the drawing.
    pub entries: Vec<BarEntry>,
}

/// One bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarEntry {
    /// What it stands for.
    pub label: String,
    /// A second line below the label, such as `1 204 of 1 310 rows`; may be blank.
    pub detail: String,
    /// Its length.
    pub value: f64,
    /// Lower and upper end of an interval around the value.
    pub interval: Option<(f64, f64)>,
}

const ONE_LINE: f64 = 28.0;
const TWO_LINES: f64 = 42.0;
const LABELS: f64 = 290.0;

impl BarsChart {
    /// The chart as an SVG document.
    pub fn svg(&self) -> String {
        if self.entries.is_empty() {
            return Frame::empty(&self.title, &self.note, "There is nothing to show.");
        }
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), WIDTH);
        let has_second = self.entries.iter().any(|entry| !entry.detail.is_empty() || entry.interval.is_some());
        let row = if has_second { TWO_LINES } else { ONE_LINE };
        let names_at = frame.top() + 8.0;
        frame.columns(names_at, &[(&self.entries_name, MARGIN, Anchor::Start, LABELS)]);
        let (left, right) = (MARGIN + LABELS + 16.0, WIDTH - MARGIN - 172.0);
        let area = Area::new(left, names_at + 14.0, right - left, row * self.entries.len() as f64);
        let ends = self.entries.iter().flat_map(|entry| entry.interval.map(|(low, high)| [low, high])).flatten();
        let values = self.entries.iter().map(|entry| entry.value);
        let (low, high) = extent(values.chain(ends), (0.0, 0.0));
        let scale = Scale::linear(low, high, (left, right), 6);
        frame.stripes(area.top, self.entries.iter().map(|_| row));
        frame.x_axis(area, &scale, self.unit, &self.values_name);
        for (index, entry) in self.entries.iter().enumerate() {
            self.draw(&mut frame, entry, Area::new(left, area.top + row * index as f64, area.width, row), &scale);
        }
        let zero = scale.position(0.0);
        frame.add(&line((zero, area.top), (zero, area.bottom()), Colour::Axis));
        frame.finish(area.bottom() + AXIS_BELOW + MARGIN)
    }

    fn draw(&self, frame: &mut Frame, entry: &BarEntry, row: Area, scale: &Scale) {
        let middle = row.top + row.height / 2.0;
        let lines = |second: &str| if second.is_empty() { (middle, middle) } else { (middle - 8.5, middle + 8.5) };
        let (first, second) = lines(&entry.detail);
        frame.add(&label(&entry.label, MARGIN, first, Setting::start(Font::Body, Colour::Ink, LABELS)));
        if !entry.detail.is_empty() {
            frame.add(&label(&entry.detail, MARGIN, second, Setting::start(Font::Small, Colour::Muted, LABELS)));
        }
        let (value, interval) = self.cells(entry);
        let zero = scale.position(0.0);
        if !entry.value.is_nan() {
            let bar = Area::between(zero, scale.position(entry.value), middle - 9.0, 18.0);
            frame.add(&rectangle(bar, Colour::Result).tip(&format!("{}: {value} {interval}", entry.label)));
        }
        if let Some((low, high)) = entry.interval.filter(|(low, high)| !low.is_nan() && !high.is_nan()) {
            let (low, high) = (scale.position(low), scale.position(high));
            // A wide line of the ground below the whisker keeps it visible on the bar.
            for (width, longer, colour) in [(4.5, 1.5, Colour::Ground), (1.5, 0.0, Colour::Ink)] {
                frame.add(&line((low, middle), (high, middle), colour).at("stroke-width", width));
                for end in [low, high] {
                    let (from, to) = ((end, middle - 5.0 - longer), (end, middle + 5.0 + longer));
                    frame.add(&line(from, to, colour).at("stroke-width", width));
                }
            }
        }
        let (first, second) = lines(&interval);
        let end = WIDTH - MARGIN;
        frame.add(&label(&value, end, first, Setting::end(Font::Body, Colour::Ink, 160.0)));
        if !interval.is_empty() {
            frame.add(&label(&interval, end, second, Setting::end(Font::Small, Colour::Muted, 160.0)));
        }
    }

    /// Value and interval as text.
    fn cells(&self, entry: &BarEntry) -> (String, String) {
        let text = |value: f64| self.unit.text(value);
        let interval = entry.interval.map(|(low, high)| format!("{} to {}", text(low), text(high)));
        (text(entry.value), interval.unwrap_or_default())
    }

    fn description(&self) -> String {
        let known = self.entries.iter().filter(|entry| entry.value.is_finite());
        let order = |a: &&BarEntry, b: &&BarEntry| a.value.total_cmp(&b.value);
        let told =
            |entry: Option<&BarEntry>| entry.map(|entry| format!("{}, {}", self.unit.text(entry.value), entry.label));
        let (low, high) = (told(known.clone().min_by(order)), told(known.max_by(order)));
        let ends = low.zip(high).map(|(low, high)| format!(" Lowest: {low}. Highest: {high}."));
        format!("Bars of {} entries: {}.{}", self.entries.len(), self.values_name, ends.unwrap_or_default())
    }

    /// The same as a table: label, detail, value, interval.
    pub fn table(&self) -> Vec<Vec<String>> {
        let names = [self.entries_name.as_str(), "detail", &self.values_name, "interval"];
        let mut table = vec![names.map(String::from).to_vec()];
        table.extend(self.entries.iter().map(|entry| {
            let (value, interval) = self.cells(entry);
            vec![entry.label.clone(), entry.detail.clone(), value, interval]
        }));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::{BarEntry, BarsChart};
    use crate::report::chart::Unit;
    use crate::report::chart::tests::{NASTY, ODD, bars, check_table, look, says};

    fn chart(values: &[f64]) -> BarsChart {
        let entry = |value: &f64| BarEntry { label: "stage".into(), value: *value, ..BarEntry::default() };
        let entries = values.iter().map(entry).collect();
        BarsChart { title: "Time".into(), unit: Unit::Seconds, entries, ..BarsChart::default() }
    }

    #[test]
    fn bars_are_as_long_as_their_values() {
        let nodes = look(&chart(&[2.0, 8.0, 0.0, -4.0]).svg());
        let bars = bars(&nodes, "result");
        assert!((bars[1].width - 4.0 * bars[0].width).abs() < 0.05 && bars[2].width == 0.0);
        assert!((bars[3].width - 2.0 * bars[0].width).abs() < 0.05);
        assert!((bars[3].right() - bars[0].left).abs() < 0.05, "negative values go the other way");
        assert!(says(&nodes, "8.0 s") && says(&nodes, "−4.0 s"));
    }

    #[test]
    fn whiskers_stand_at_the_ends_of_the_interval() {
        let mut chart = chart(&[0.5]);
        chart.unit = Unit::Share;
        chart.entries[0].interval = Some((0.4, 0.6));
        let nodes = look(&chart.svg());
        let bar = bars(&nodes, "result")[0];
        let whisker: Vec<f64> =
            nodes.iter().filter(|node| node.has_class("rw-s-ink")).map(|node| node.number("x1")).collect();
        assert!((whisker[1] - bar.left - bar.width * 0.8).abs() < 0.05);
        assert!((whisker[2] - bar.left - bar.width * 1.2).abs() < 0.05);
        assert!(says(&nodes, "50.0 %") && says(&nodes, "40.0 % to 60.0 %"));
    }

    #[test]
    fn rows_are_as_high_as_their_text() {
        let height = |chart: &BarsChart| look(&chart.svg())[0].number("height");
        let (mut two, one) = (chart(&[1.0, 2.0]), chart(&[1.0]));
        assert_eq!(height(&two) - height(&one), super::ONE_LINE);
        two.entries[0].detail = "of 10".into();
        assert_eq!(height(&two) - height(&one), 2.0 * super::TWO_LINES - super::ONE_LINE);
    }

    #[test]
    fn anything_can_be_drawn() {
        assert!(look(&BarsChart::default().svg()).iter().any(|node| node.text.contains("nothing to show")));
        for count in [1, 200] {
            let mut chart = chart(&vec![1.0; count]);
            for (index, entry) in chart.entries.iter_mut().enumerate() {
                (entry.label, entry.detail) = (NASTY[index % 6].into(), NASTY[(index + 2) % 6].into());
                entry.value = ODD[index % 7];
                entry.interval = (index % 3 > 0).then_some((ODD[(index + 1) % 7], ODD[(index + 3) % 7]));
            }
            (chart.entries_name, chart.values_name) = (NASTY[3].into(), NASTY[3].into());
            for unit in &[Unit::Count, Unit::Share, Unit::Seconds, Unit::Bits, Unit::Number][count / 100..] {
                chart.unit = *unit;
                look(&chart.svg());
                check_table(&chart.table(), count);
                assert_eq!(chart.svg(), chart.clone().svg());
            }
        }
    }
}
