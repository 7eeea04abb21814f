//! Charts as SVG text, from plain data: one file a chart; `png.rs` draws any of them as PNG.
//!
//! In: structs with public fields. Out: a self-contained drawing by `svg()`, and the same data by `table()`, header
//! first. Nothing is fetched: no script, no font, no picture. Light and dark follow the reader's setting. The same data
//! give the same bytes, whatever they are: empty data give a drawing that says so, and no `NaN` reaches it.
//! Read next: `svg.rs`, `frame.rs`, `waterfall.rs`.

mod bars;
mod blocking;
mod curve;
mod frame;
mod histogram;
mod number;
mod parameters;
mod patterns;
mod png;
mod reliability;
mod scale;
mod style;
mod svg;
mod text;
mod threshold;
mod waterfall;

pub use bars::{BarEntry, BarsChart};
pub use blocking::{BlockingChart, RulePairs};
pub use curve::{CurveChart, CurveKind, CurvePoint, CurveSeries, ThresholdChart, ThresholdPoint};
pub use histogram::{HistogramBin, HistogramChart};
pub use number::{Unit, number};
pub use parameters::{ModelComparison, ModelLevel, ParametersChart, WeightsChart};
pub use patterns::{Pattern, PatternTile, PatternsChart};
pub use png::{SCALE, png};
pub use reliability::{ReliabilityBin, ReliabilityChart};
pub(in crate::report) use svg::escape;
pub use threshold::ThresholdLine;
pub use waterfall::{WaterfallChart, WaterfallStep};

#[cfg(test)]
mod tests;
