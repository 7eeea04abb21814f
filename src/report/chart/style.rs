//! Colours of charts, for light and dark, and the style sheet that stands in each.
//!
//! Text has a contrast of 4.5 at least with what it stands on, marks one of 3 with the ground, and colours that must be
//! told apart differ also for those who see no red or no green; a test holds them to it. No colour carries a meaning
//! alone: signs, dashes or words say the same.

use crate::report::chart::text::Font;
use std::fmt::Write;

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    /// The ground of the whole drawing.
    Ground,
    /// Stripes behind rows.
    Stripe,
    /// Text.
    Ink,
    /// Text of less weight.
    Muted,
    /// Lines of the grid.
    Grid,
    /// Axes, zero lines, connections.
    Axis,
    /// What speaks for a match.
    For,
    /// What speaks against a match.
    Against,
    /// What stands for neither: a prior, a part that is not stacked.
    Neutral,
    /// Results and ordinary bars.
    Result,
    /// One of several series.
    Series(usize),
    /// A tile of a level, from worst to best.
    Tile(usize),
    /// Text on that tile.
    OnTile(usize),
    /// A tile of the null level.
    NullTile,
}

/// Number of colours of series; further series take them again.
pub(super) const SERIES: usize = 6;
/// Number of colours of tiles.
pub(super) const TILES: usize = 5;

/// Dashes of a series, so that it is known without its colour.
pub(super) const DASHES: [&str; SERIES] = ["none", "7 4", "2 3", "10 3 2 3", "14 5", "5 2 2 2 2 2"];

const SERIES_LIGHT: [&str; SERIES] = ["#0060a8", "#b84a00", "#00785a", "#a8437f", "#4d4d4d", "#7a5ce0"];
const SERIES_DARK: [&str; SERIES] = ["#6cb8f0", "#f0883e", "#3fc79a", "#e29ac4", "#c4c8ce", "#a99bff"];
const TILE: [&str; TILES] = ["#a63c06", "#f2b27a", "#e6e4dc", "#6fbfb3", "#00695c"];
const ON_TILE: [&str; TILES] = ["#ffffff", "#1b1f24", "#1b1f24", "#1b1f24", "#ffffff"];

impl Colour {
    /// All colours, in the order of the style sheet.
    fn all() -> impl Iterator<Item = Self> {
        let single = [
            Self::Ground,
            Self::Stripe,
            Self::Ink,
            Self::Muted,
            Self::Grid,
            Self::Axis,
            Self::For,
            Self::Against,
            Self::Neutral,
            Self::Result,
            Self::NullTile,
        ];
        let series = (0..SERIES).map(Self::Series);
        let tiles = (0..TILES).flat_map(|tile| [Self::Tile(tile), Self::OnTile(tile)]);
        single.into_iter().chain(series).chain(tiles)
    }

    fn name(self) -> String {
        match self {
            Self::Ground => "ground".into(),
            Self::Stripe => "stripe".into(),
            Self::Ink => "ink".into(),
            Self::Muted => "muted".into(),
            Self::Grid => "grid".into(),
            Self::Axis => "axis".into(),
            Self::For => "for".into(),
            Self::Against => "against".into(),
            Self::Neutral => "neutral".into(),
            Self::Result => "result".into(),
            Self::Series(index) => format!("series{}", index % SERIES),
            Self::Tile(index) => format!("tile{}", index.min(TILES - 1)),
            Self::OnTile(index) => format!("ontile{}", index.min(TILES - 1)),
            Self::NullTile => "nulltile".into(),
        }
    }

    /// On a light and on a dark ground.
    const fn values(self) -> [&'static str; 2] {
        match self {
            Self::Ground => ["#ffffff", "#15191e"],
            Self::Stripe => ["#f4f5f7", "#1d2229"],
            Self::Ink => ["#1b1f24", "#eceff3"],
            Self::Muted => ["#515b66", "#b0bac5"],
            Self::Grid => ["#dde1e6", "#333b45"],
            Self::Axis => ["#7a8591", "#8793a0"],
            Self::For => ["#00796b", "#35c2ae"],
            Self::Against => ["#b4450b", "#f08a4b"],
            Self::Neutral => ["#6b7682", "#98a3af"],
            Self::Result => ["#1f5fa8", "#74b3f2"],
            Self::Series(index) => [SERIES_LIGHT[index % SERIES], SERIES_DARK[index % SERIES]],
            Self::Tile(index) => [TILE[index % TILES]; 2],
            Self::OnTile(index) => [ON_TILE[index % TILES]; 2],
            Self::NullTile => ["#ffffff", "#15191e"],
        }
    }

    /// Class that fills.
    pub(super) fn fill(self) -> String {
        format!("rw-f-{}", self.name())
    }

    /// Class that draws a line.
    pub(super) fn stroke(self) -> String {
        format!("rw-s-{}", self.name())
    }

    /// The colour in which a text about the mark is written.
    pub(super) const fn as_text(self) -> Self {
        match self {
            Self::Neutral => Self::Muted,
            other => other,
        }
    }

    /// Tile of a level, where level 1 is the worst and `top` the best.
    pub(super) fn tile_of(level: usize, top: usize) -> (Self, Self) {
        if level == 0 {
            return (Self::NullTile, Self::Ink);
        }
        let step = match top.saturating_sub(1) {
            0 => TILES - 1,
            span => ((level.min(top) - 1) * (TILES - 1) + span / 2) / span,
        };
        (Self::Tile(step), Self::OnTile(step))
    }
}

/// The style sheet of a drawing: rules for the classes that `body` uses, and no others.
pub(super) fn sheet(body: &str) -> String {
    let mut light = String::from(
        ".rw-chart{max-width:100%;height:auto;font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",\
         Arial,\"Noto Sans\",sans-serif}.rw-line{fill:none;stroke-width:2;stroke-linejoin:round}",
    );
    let mut dark = String::new();
    for font in Font::ALL {
        let weight = if font.is_bold() { 600 } else { 400 };
        let _ = write!(light, ".{}{{font-size:{}px;font-weight:{weight}}}", font.class(), font.size());
    }
    for colour in Colour::all() {
        for (class, property) in [(colour.fill(), "fill"), (colour.stroke(), "stroke")] {
            let is_used = [' ', '"'].iter().any(|end| body.contains(&format!("{class}{end}")));
            if is_used {
                let [on_light, on_dark] = colour.values();
                let _ = write!(light, ".{class}{{{property}:{on_light}}}");
                if on_light != on_dark {
                    let _ = write!(dark, ".{class}{{{property}:{on_dark}}}");
                }
            }
        }
    }
    format!("{light}@media screen and (prefers-color-scheme:dark){{{dark}}}")
}

#[cfg(test)]
mod tests;
