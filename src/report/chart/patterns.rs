//! Which combinations of levels are most frequent? One row of tiles a combination, one tile a comparison.

use crate::report::chart::frame::{Frame, Key, MARGIN, Mark, WIDTH};
use crate::report::chart::number::{count, signed};
use crate::report::chart::scale::Scale;
use crate::report::chart::style::Colour;
use crate::report::chart::svg::{Anchor, Area, Setting, label, rectangle, tile};
use crate::report::chart::text::{Font, wrap};

/// The most frequent comparison vectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatternsChart {
    /// Heading.
    pub title: String,
    /// Small text below the heading; may be blank.
    pub note: String,
    /// Names of the comparisons, in the order of the tiles.
    pub comparisons: Vec<String>,
    /// The vectors, in the order of the drawing.
    pub patterns: Vec<Pattern>,
}

/// One comparison vector.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// A tile for each comparison; missing tiles are left out, further ones are not drawn.
    pub tiles: Vec<PatternTile>,
    /// Pairs that have it.
    pub count: u64,
    /// Match weight in bits.
    pub weight: f64,
    /// Rows to look at, by number: `17 and 4 120`; may be blank.
    pub examples: String,
}

/// A level of one comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatternTile {
    /// Label of the level.
    pub label: String,
    /// Level: 0 is null, 1 the worst.
    pub level: usize,
    /// The best level of the comparison.
    pub top: usize,
}

const ROW: f64 = 34.0;
/// Narrowest column of tiles; more comparisons make the drawing wider.
const COLUMN: f64 = 84.0;
/// Room right of the tiles: weight, count with its bar, examples.
const WEIGHT: f64 = 70.0;
const PAIRS: f64 = 100.0;
const BAR: f64 = 70.0;
const EXAMPLES: f64 = 130.0;

/// Where everything stands across.
struct Columns {
    width: f64,
    tile: f64,
    weight_end: f64,
    pairs_end: f64,
    bar: f64,
    examples: f64,
    has_examples: bool,
}

impl PatternsChart {
    fn columns(&self) -> Columns {
        let has_examples = self.patterns.iter().any(|pattern| !pattern.examples.is_empty());
        let beside = WEIGHT + PAIRS + 10.0 + BAR + if has_examples { EXAMPLES + 12.0 } else { 0.0 };
        let number = self.comparisons.len().max(1) as f64;
        let width = WIDTH.max(2.0 * MARGIN + beside + number * COLUMN);
        let tile = ((width - 2.0 * MARGIN - beside) / number).min(150.0);
        let weight_end = MARGIN + number * tile + WEIGHT;
        let pairs_end = weight_end + PAIRS;
        let bar = pairs_end + 10.0;
        Columns { width, tile, weight_end, pairs_end, bar, examples: bar + BAR + 12.0, has_examples }
    }

    /// The chart as an SVG document; it grows wider with many comparisons.
    pub fn svg(&self) -> String {
        if self.patterns.is_empty() || self.comparisons.is_empty() {
            return Frame::empty(&self.title, &self.note, "There are no pairs to compare.");
        }
        let columns = self.columns();
        let mut frame = Frame::new(&self.title, &self.note, &self.description(), columns.width);
        let top = frame.top();
        let names = ["worst level", "", "middle", "", "best level"];
        let keys = [0, 2, 4].map(|step| Key { name: names[step].into(), colour: Colour::Tile(step), mark: Mark::Tile });
        let null = Key { name: "null: nothing to compare".into(), colour: Colour::NullTile, mark: Mark::Tile };
        let keys: Vec<Key> = keys.into_iter().chain([null]).collect();
        let names_at = frame.legend(&keys, MARGIN, top, columns.width - 2.0 * MARGIN) + 18.0;
        self.heads(&mut frame, &columns, names_at);
        let most = self.patterns.iter().map(|pattern| pattern.count).max().unwrap_or(0).max(1);
        let scale = Scale::exact(0.0, most as f64, (columns.bar, columns.bar + BAR), 2);
        let top = names_at + 24.0;
        for (index, pattern) in self.patterns.iter().enumerate() {
            self.draw(&mut frame, pattern, top + ROW * index as f64, &columns, &scale);
        }
        frame.finish(top + ROW * self.patterns.len() as f64 + MARGIN)
    }

    fn heads(&self, frame: &mut Frame, columns: &Columns, y: f64) {
        for (index, name) in self.comparisons.iter().enumerate() {
            let lines = wrap(name, Font::Small, columns.tile - 8.0, 2);
            let first = y + 8.0 - 15.0 * (lines.len() as f64 - 1.0);
            let middle = MARGIN + columns.tile * (index as f64 + 0.5);
            for (line, text) in lines.iter().enumerate() {
                let setting = Setting::middle(Font::Small, Colour::Ink, columns.tile - 8.0);
                frame.add(&label(text, middle, first + 15.0 * line as f64, setting).tip(name));
            }
        }
        let names = [("bits", columns.weight_end, WEIGHT), ("pairs", columns.pairs_end, PAIRS)];
        frame.columns(y + 8.0, &names.map(|(name, end, limit)| (name, end, Anchor::End, limit - 8.0)));
        if columns.has_examples {
            frame.columns(y + 8.0, &[("example rows", columns.examples, Anchor::Start, EXAMPLES)]);
        }
    }

    fn draw(&self, frame: &mut Frame, pattern: &Pattern, top: f64, columns: &Columns, scale: &Scale) {
        let middle = top + ROW / 2.0;
        for (index, found) in pattern.tiles.iter().take(self.comparisons.len()).enumerate() {
            let (fill, ink) = Colour::tile_of(found.level, found.top);
            let left = MARGIN + columns.tile * index as f64;
            let area = Area::new(left + 1.5, top + 2.0, columns.tile - 3.0, ROW - 4.0);
            let tip = format!("{}: {} (level {} of {})", self.comparisons[index], found.label, found.level, found.top);
            frame.add(&tile(area, fill).tip(&tip));
            let setting = Setting::middle(Font::Small, ink, area.width - 8.0);
            frame.add(&label(&found.label, left + columns.tile / 2.0, middle, setting));
        }
        let colour = if pattern.weight < 0.0 { Colour::Against } else { Colour::For };
        let setting = Setting::end(Font::Body, colour, WEIGHT - 8.0);
        frame.add(&label(&signed(pattern.weight, 2), columns.weight_end, middle, setting));
        let setting = Setting::end(Font::Body, Colour::Ink, PAIRS - 8.0);
        let pairs = count(pattern.count);
        frame.add(&label(&pairs, columns.pairs_end, middle, setting));
        let bar = Area::between(columns.bar, scale.position(pattern.count as f64), middle - 7.0, 14.0);
        frame.add(&rectangle(bar, Colour::Result).tip(&format!("{pairs} pairs")));
        let setting = Setting::start(Font::Small, Colour::Muted, EXAMPLES);
        frame.add(&label(&pattern.examples, columns.examples, middle, setting));
    }

    fn description(&self) -> String {
        let pairs = self.patterns.iter().fold(0_u64, |sum, pattern| sum.saturating_add(pattern.count));
        format!(
            "The {} most frequent combinations of levels of {} comparisons, with match weight and number of pairs: {} pairs \
             in all.",
            self.patterns.len(),
            self.comparisons.len(),
            count(pairs)
        )
    }

    /// The same as a table: level of each comparison, bits, pairs, examples.
    pub fn table(&self) -> Vec<Vec<String>> {
        let after = ["bits", "pairs", "examples"].map(String::from);
        let mut table = vec![self.comparisons.iter().cloned().chain(after).collect::<Vec<String>>()];
        table.extend(self.patterns.iter().map(|pattern| {
            let tile = |index: usize| pattern.tiles.get(index).map_or_else(String::new, |tile| tile.label.clone());
            let after = [signed(pattern.weight, 2), count(pattern.count), pattern.examples.clone()];
            (0..self.comparisons.len()).map(tile).chain(after).collect()
        }));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, PatternTile, PatternsChart};
    use crate::report::chart::tests::xml::Node;
    use crate::report::chart::tests::{NASTY, ODD, bars, check_table, look, says};

    fn chart(comparisons: usize, patterns: usize) -> PatternsChart {
        let tile = |level: usize| PatternTile {
            label: ["null", "no", "near", "same"][level % 4].into(),
            level: level % 4,
            top: 3,
        };
        let pattern = |index: usize| Pattern {
            tiles: (0..comparisons).map(|at| tile(index + at)).collect(),
            count: 1000 / (index as u64 + 1),
            weight: 10.0 - index as f64,
            examples: format!("{index} and {}", index + 1),
        };
        PatternsChart {
            title: "Patterns".into(),
            comparisons: (0..comparisons).map(|index| format!("field {index}")).collect(),
            patterns: (0..patterns).map(pattern).collect(),
            ..PatternsChart::default()
        }
    }

    /// Tiles without those of the legend.
    fn tiles(nodes: &[Node]) -> Vec<&Node> {
        let is_tile =
            |node: &&Node| node.name == "rect" && node.has_class("rw-s-axis") && node.number("height") == 30.0;
        nodes.iter().filter(is_tile).collect()
    }

    #[test]
    fn a_tile_has_the_colour_of_its_level() {
        let nodes = look(&chart(4, 1).svg());
        let classes: Vec<&str> =
            tiles(&nodes).iter().map(|node| node.get("class").split(' ').next().unwrap()).collect();
        assert_eq!(classes, ["rw-f-nulltile", "rw-f-tile0", "rw-f-tile2", "rw-f-tile4"]);
        assert!(says(&nodes, "0 and 1") && says(&nodes, "+10.00") && says(&nodes, "1 000") && says(&nodes, "near"));
    }

    #[test]
    fn bars_are_as_long_as_their_counts() {
        let bars = bars(&look(&chart(4, 2).svg()), "result");
        assert!((bars[0].width - 2.0 * bars[1].width).abs() < 0.05 && bars[0].width > 50.0);
    }

    #[test]
    fn many_comparisons_make_the_drawing_wider() {
        let width = |comparisons: usize| look(&chart(comparisons, 1).svg())[0].number("width");
        assert_eq!(width(1), width(5));
        assert_eq!(width(41) - width(40), super::COLUMN);
    }

    #[test]
    fn rows_with_too_few_or_too_many_tiles_are_drawn() {
        let mut chart = chart(3, 2);
        chart.patterns[0].tiles.pop();
        chart.patterns[1].tiles.push(PatternTile::default());
        assert_eq!(tiles(&look(&chart.svg())).len(), 5);
        check_table(&chart.table(), 2);
    }

    #[test]
    fn anything_can_be_drawn() {
        assert!(look(&PatternsChart::default().svg()).iter().any(|node| node.text.contains("no pairs")));
        for (comparisons, patterns) in [(1, 1), (7, 200), (60, 3)] {
            let mut chart = chart(comparisons, patterns);
            for (index, name) in chart.comparisons.iter_mut().enumerate() {
                *name = NASTY[index % 6].into();
            }
            for (index, pattern) in chart.patterns.iter_mut().enumerate() {
                (pattern.weight, pattern.count) = (ODD[index % 7], [0, u64::MAX][index % 2]);
                pattern.examples = NASTY[index % 6].into();
                for (at, tile) in pattern.tiles.iter_mut().enumerate() {
                    *tile = PatternTile { label: NASTY[at % 6].into(), level: at * 7, top: at };
                }
            }
            look(&chart.svg());
            check_table(&chart.table(), patterns);
            assert_eq!(chart.svg(), chart.clone().svg());
        }
    }
}
