//! SVG of our own to PNG, drawn with the fonts of `data/fonts` and no others.
//!
//! The light colours are drawn. No font, file or setting of the machine is looked at: the same SVG gives the same bytes.

use crate::error::{Error, Result};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::Arc;

/// Dots of the PNG across and down for each pixel of the SVG: sharp on fine screens and on paper.
pub const SCALE: u32 = 2;

/// Dots of the largest picture: 400 MB while it is drawn.
const DOTS_MOST: u64 = 100_000_000;

const FAMILY: &str = "DejaVu Sans";
const ORDINARY: &[u8] = include_bytes!("../../../data/fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../../../data/fonts/DejaVuSans-Bold.ttf");

/// The picture as PNG, [`SCALE`] times as wide and as high as the SVG.
///
/// # Errors
/// The picture has too many dots, or is no SVG.
pub fn png(svg: &str) -> Result<Vec<u8>> {
    let refused = |reason: &dyn std::fmt::Display| Error::internal(format!("a picture cannot be drawn: {reason}"));
    let tree = Tree::from_str(svg, &options()).map_err(|error| refused(&error))?;
    let size = tree.size().to_int_size();
    let (width, height) = (u64::from(size.width()) * u64::from(SCALE), u64::from(size.height()) * u64::from(SCALE));
    let small = width * height <= DOTS_MOST;
    let pixmap = small.then(|| Pixmap::new(width as u32, height as u32)).flatten();
    let mut pixmap = pixmap.ok_or_else(|| {
        Error::usage(format!("a picture of {width} by {height} dots is too large for PNG"))
            .hint("name the file .svg, which has no limit, or ask for less in one picture")
    })?;
    let scale = SCALE as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| refused(&error))
}

/// Our fonts, whatever family is asked for.
fn options() -> Options<'static> {
    let mut fonts = fontdb::Database::new();
    for font in [ORDINARY, BOLD] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(font)));
    }
    fonts.set_sans_serif_family(FAMILY);
    fonts.set_serif_family(FAMILY);
    Options { font_family: FAMILY.to_owned(), fontdb: Arc::new(fonts), ..Options::default() }
}

#[cfg(test)]
mod tests;
