//! What all charts have: heading, axes with grid, legend, and the drawing as a whole.

use crate::report::chart::number::{Unit, ticks};
use crate::report::chart::scale::Scale;
use crate::report::chart::style::{Colour, sheet};
use crate::report::chart::svg::{Anchor, Area, Element, Setting, label, line, rectangle, tile};
use crate::report::chart::text::{Font, clean, fit, width, wrap};

/// Width of a chart in pixels, where nothing asks for more.
pub(super) const WIDTH: f64 = 920.0;
/// Room between the edge and everything else.
pub(super) const MARGIN: f64 = 16.0;
/// Height of a line of text.
pub(super) const LINE: f64 = 17.0;
/// Room that the texts of an axis across need below it, with its name.
pub(super) const AXIS_BELOW: f64 = 40.0;

/// A drawing under construction.
#[derive(Debug)]
pub(super) struct Frame {
    width: f64,
    top: f64,
    head: [Element; 2],
    body: String,
}

/// One entry of a legend.
pub(super) struct Key {
    /// What it stands for.
    pub(super) name: String,
    /// Its colour.
    pub(super) colour: Colour,
    /// Its mark.
    pub(super) mark: Mark,
}

/// What an entry of a legend looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A filled square.
    Square,
    /// A line with dashes.
    Line(&'static str),
    /// A tile with a border.
    Tile,
}

impl Frame {
    /// A drawing with its heading; `description` says in words what is to be seen.
    pub(super) fn new(title: &str, note: &str, description: &str, width: f64) -> Self {
        let name = if clean(title).trim().is_empty() { "Chart" } else { title };
        let head = [Element::new("title").text(name), Element::new("desc").text(description)];
        let mut frame = Self { width, top: MARGIN, head, body: String::new() };
        let limit = width - 2.0 * MARGIN;
        frame.paragraph(title, Font::Title, Colour::Ink, limit, 2);
        frame.paragraph(note, Font::Small, Colour::Muted, limit, 3);
        frame.top += 10.0;
        frame
    }

    /// A drawing that says why there is nothing to draw.
    pub(super) fn empty(title: &str, note: &str, message: &str) -> String {
        let mut frame = Self::new(title, note, message, WIDTH);
        let y = frame.top + 30.0;
        frame.add(&label(message, MARGIN, y, Setting::start(Font::Body, Colour::Muted, WIDTH - 2.0 * MARGIN)));
        frame.finish(y + 30.0)
    }

    fn paragraph(&mut self, text: &str, font: Font, colour: Colour, limit: f64, lines: usize) {
        for text in wrap(text, font, limit, lines) {
            let height = font.size() * 1.35;
            self.add(&label(&text, MARGIN, self.top + height / 2.0, Setting::start(font, colour, limit)));
            self.top += height;
        }
    }

    /// Where the drawing may go on below the heading.
    pub(super) const fn top(&self) -> f64 {
        self.top
    }

    /// Adds an element over those that are there.
    pub(super) fn add(&mut self, element: &Element) {
        element.write(&mut self.body);
    }

    /// The grid and the texts of an axis across, with its name below.
    pub(super) fn x_axis(&mut self, area: Area, scale: &Scale, unit: Unit, name: &str) {
        let mut free_from = f64::NEG_INFINITY;
        for (value, text) in scale.ticks().iter().zip(ticks(scale.ticks(), unit)) {
            let x = scale.position(*value);
            self.add(&line((x, area.top), (x, area.bottom()), Colour::Grid));
            let half = width(&text, Font::Small) / 2.0;
            if x - half >= free_from {
                let setting = Setting::middle(Font::Small, Colour::Muted, 120.0);
                self.add(&label(&text, x, area.bottom() + 12.0, setting));
                free_from = x + half + 8.0;
            }
        }
        if !name.is_empty() {
            let middle = area.left + area.width / 2.0;
            let setting = Setting::middle(Font::Small, Colour::Ink, area.width);
            self.add(&label(name, middle, area.bottom() + 29.0, setting));
        }
    }

    /// The grid and the texts of an axis that goes up, with its name over it.
    pub(super) fn y_axis(&mut self, area: Area, scale: &Scale, unit: Unit, name: &str) {
        for (value, text) in scale.ticks().iter().zip(ticks(scale.ticks(), unit)) {
            let y = scale.position(*value);
            self.add(&line((area.left, y), (area.right(), y), Colour::Grid));
            self.add(&label(&text, area.left - 7.0, y, Setting::end(Font::Small, Colour::Muted, 70.0)));
        }
        if !name.is_empty() {
            let setting = Setting::start(Font::Small, Colour::Ink, area.width);
            self.add(&label(name, area.left, area.top - 14.0, setting));
        }
    }

    /// A tinted ground behind every other row.
    pub(super) fn stripes(&mut self, top: f64, heights: impl IntoIterator<Item = f64>) {
        let mut y = top;
        for (index, height) in heights.into_iter().enumerate() {
            if index % 2 == 0 {
                let area = Area::new(MARGIN - 6.0, y, self.width - 2.0 * MARGIN + 12.0, height);
                self.add(&rectangle(area, Colour::Stripe));
            }
            y += height;
        }
    }

    /// Names of columns, each where its column begins or ends.
    pub(super) fn columns(&mut self, y: f64, names: &[(&str, f64, Anchor, f64)]) {
        for (name, x, anchor, limit) in names.iter().filter(|(name, ..)| !name.is_empty()) {
            let setting = Setting { font: Font::Small, colour: Colour::Muted, anchor: *anchor, limit: *limit };
            self.add(&label(name, *x, y, setting));
        }
    }

    /// Entries from left to right and on into further lines; returns where the drawing goes on below.
    pub(super) fn legend(&mut self, keys: &[Key], left: f64, top: f64, limit: f64) -> f64 {
        const SWATCH: f64 = 26.0;
        let (mut x, mut y) = (left, top);
        for key in keys {
            let text = fit(&key.name, Font::Small, limit - SWATCH);
            let wide = SWATCH + 6.0 + width(&text, Font::Small);
            if x > left && x + wide > left + limit {
                x = left;
                y += 20.0;
            }
            let middle = y + 8.0;
            let swatch = match key.mark {
                Mark::Square => rectangle(Area::new(x + 6.0, middle - 6.0, 12.0, 12.0), key.colour),
                Mark::Tile => tile(Area::new(x + 1.0, middle - 7.0, 20.0, 14.0), key.colour),
                Mark::Line(dashes) => line((x, middle), (x + SWATCH - 4.0, middle), key.colour)
                    .at("stroke-width", 2.5)
                    .set("stroke-dasharray", dashes),
            };
            self.add(&swatch);
            let setting = Setting::start(Font::Small, Colour::Ink, limit - SWATCH);
            self.add(&label(&key.name, x + SWATCH, middle, setting));
            x += wide + 14.0;
        }
        if keys.is_empty() { top } else { y + 24.0 }
    }

    /// The whole drawing, which ends at `bottom`.
    pub(super) fn finish(self, bottom: f64) -> String {
        let Self { width, head: [title, description], body, .. } = self;
        let height = bottom.ceil();
        let ground = rectangle(Area::new(0.0, 0.0, width, height), Colour::Ground);
        let mut drawing = String::new();
        ground.write(&mut drawing);
        drawing.push_str(&body);
        let mut out = String::new();
        let whole = Element::new("svg")
            .set("xmlns", "http://www.w3.org/2000/svg")
            .set("class", "rw-chart")
            .set("role", "img")
            .at("width", width)
            .at("height", height)
            .set("viewBox", &format!("0 0 {width} {height}"))
            .with(&title)
            .with(&description)
            .with_markup(&format!("<style>{}</style>", sheet(&drawing)))
            .with_markup(&drawing);
        whole.write(&mut out);
        out
    }
}
