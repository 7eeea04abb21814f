//! Elements of SVG as text: escaped, with numbers that are always numbers, the same bytes every time.

use crate::report::chart::style::Colour;
use crate::report::chart::text::{Font, clean, fit};
use std::fmt::Write;

/// Coordinates are kept within this many pixels.
const FARTHEST: f64 = 1e6;

/// A rectangle of the drawing, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    pub(super) const fn new(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self { left, top, width, height }
    }

    /// Between two positions across, whichever is left of the other.
    pub(super) fn between(from: f64, to: f64, top: f64, height: f64) -> Self {
        Self::new(from.min(to), top, (to - from).abs(), height)
    }

    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// Which point of a text stands at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// One element with all that is in it.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: &'static str,
    attributes: String,
    inner: String,
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, attributes: String::new(), inner: String::new() }
    }

    /// Sets an attribute.
    #[must_use]
    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.attributes, " {name}=\"{}\"", escape(value));
        self
    }

    /// Sets an attribute that is a length or a position.
    #[must_use]
    pub(super) fn at(self, name: &str, value: f64) -> Self {
        self.set(name, &coordinate(value))
    }

    /// Puts a text in.
    #[must_use]
    pub(super) fn text(mut self, text: &str) -> Self {
        self.inner.push_str(&escape(text));
        self
    }

    /// Puts an element in.
    #[must_use]
    pub(super) fn with(mut self, child: &Self) -> Self {
        child.write(&mut self.inner);
        self
    }

    /// Puts markup in as it stands.
    #[must_use]
    pub(super) fn with_markup(mut self, markup: &str) -> Self {
        self.inner.push_str(markup);
        self
    }

    /// Says what the element stands for when it is pointed at; nothing for a blank text.
    #[must_use]
    pub(super) fn tip(self, text: &str) -> Self {
        if text.is_empty() { self } else { self.with(&Self::new("title").text(text)) }
    }

    /// Writes the element as text.
    pub(super) fn write(&self, out: &mut String) {
        let Self { name, attributes, inner } = self;
        // A `String` takes everything that is written to it.
        let _ = if inner.is_empty() {
            write!(out, "<{name}{attributes}/>")
        } else {
            write!(out, "<{name}{attributes}>{inner}</{name}>")
        };
    }
}

/// Text as it may stand in XML or HTML, inside an element or an attribute.
pub(in crate::report) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in clean(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A position to a hundredth of a pixel; what is not a number stands at 0, and what is far outside comes nearer.
fn coordinate(value: f64) -> String {
    let value = if value.is_nan() { 0.0 } else { value.clamp(-FARTHEST, FARTHEST) };
    let text = format!("{value:.2}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// A filled rectangle.
pub(super) fn rectangle(area: Area, colour: Colour) -> Element {
    Element::new("rect")
        .set("class", &colour.fill())
        .at("x", area.left)
        .at("y", area.top)
        .at("width", area.width)
        .at("height", area.height)
}

/// A filled rectangle with a border.
pub(super) fn tile(area: Area, colour: Colour) -> Element {
    Element::new("rect")
        .set("class", &format!("{} {}", colour.fill(), Colour::Axis.stroke()))
        .at("x", area.left)
        .at("y", area.top)
        .at("width", area.width)
        .at("height", area.height)
}

/// A straight line between two points.
pub(super) fn line(from: (f64, f64), to: (f64, f64), colour: Colour) -> Element {
    let line = Element::new("line").set("class", &colour.stroke());
    line.at("x1", from.0).at("y1", from.1).at("x2", to.0).at("y2", to.1)
}

/// A line through points; points that fall on the one before are left out.
pub(super) fn path(points: &[(f64, f64)], colour: Colour) -> Element {
    let mut text = String::new();
    let mut last = String::new();
    for (x, y) in points {
        let point = format!("{} {}", coordinate(*x), coordinate(*y));
        if point != last {
            text.push_str(if text.is_empty() { "M" } else { "L" });
            text.push_str(&point);
            last = point;
        }
    }
    Element::new("path").set("class", &format!("rw-line {}", colour.stroke())).set("d", &text)
}

/// A dot.
pub(super) fn dot(centre: (f64, f64), radius: f64, colour: Colour) -> Element {
    Element::new("circle").set("class", &colour.fill()).at("cx", centre.0).at("cy", centre.1).at("r", radius)
}

/// Where and how a text is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) font: Font,
    pub(super) colour: Colour,
    pub(super) anchor: Anchor,
    /// Pixels that it may take.
    pub(super) limit: f64,
}

impl Setting {
    /// Text that begins at its position.
    pub(super) const fn start(font: Font, colour: Colour, limit: f64) -> Self {
        Self { font, colour, anchor: Anchor::Start, limit }
    }

    /// Text that ends at its position.
    pub(super) const fn end(font: Font, colour: Colour, limit: f64) -> Self {
        Self { font, colour, anchor: Anchor::End, limit }
    }

    /// Text around its position.
    pub(super) const fn middle(font: Font, colour: Colour, limit: f64) -> Self {
        Self { font, colour, anchor: Anchor::Middle, limit }
    }
}

/// One line of text whose middle is at `y`; what does not fit is cut, and stands in full where it is pointed at.
pub(super) fn label(text: &str, x: f64, y: f64, setting: Setting) -> Element {
    let shown = fit(text, setting.font, setting.limit);
    let element = Element::new("text")
        .set("class", &format!("{} {}", setting.font.class(), setting.colour.fill()))
        .at("x", x)
        .at("y", y + setting.font.drop());
    let element = match setting.anchor {
        Anchor::Start => element,
        Anchor::Middle => element.set("text-anchor", "middle"),
        Anchor::End => element.set("text-anchor", "end"),
    };
    let is_cut = shown != clean(text);
    element.tip(if is_cut { text } else { "" }).text(&shown)
}

#[cfg(test)]
mod tests {
    use super::{Area, Element, Setting, coordinate, label, path};
    use crate::report::chart::style::Colour;
    use crate::report::chart::text::Font;

    fn written(element: &Element) -> String {
        let mut out = String::new();
        element.write(&mut out);
        out
    }

    #[test]
    fn coordinates_are_short_and_always_numbers() {
        for (value, want) in [
            (1.0, "1"),
            (1.255, "1.25"),
            (-0.001, "0"),
            (f64::NAN, "0"),
            (f64::INFINITY, "1000000"),
            (-1e300, "-1000000"),
            (10.0, "10"),
        ] {
            assert_eq!(coordinate(value), want);
        }
    }

    #[test]
    fn text_and_attributes_are_escaped() {
        let element = Element::new("g").set("a", "\"<&>'").text("<&>\"'\u{7}");
        assert_eq!(written(&element), "<g a=\"&quot;&lt;&amp;&gt;&#39;\">&lt;&amp;&gt;&quot;&#39;</g>");
    }

    #[test]
    fn a_cut_label_keeps_its_full_text() {
        let setting = Setting::start(Font::Body, Colour::Ink, 50.0);
        let text = written(&label("a very long label", 0.0, 0.0, setting));
        assert!(text.contains("<title>a very long label</title>") && text.contains("…</text>"), "{text}");
        assert!(!written(&label("short", 0.0, 0.0, setting)).contains("<title>"));
    }

    #[test]
    fn a_path_skips_points_that_fall_together() {
        let text = written(&path(&[(0.0, 0.0), (0.001, 0.0), (5.0, 1.0)], Colour::Ink));
        assert!(text.contains("d=\"M0 0L5 1\""), "{text}");
    }

    #[test]
    fn areas_lie_the_right_way_round() {
        assert_eq!(Area::between(9.0, 4.0, 0.0, 1.0), Area::new(4.0, 0.0, 5.0, 1.0));
    }
}
