//! Contrast of all colours, and whether every eye tells them apart.

use super::{Colour, SERIES, TILES, sheet};

/// Red, green and blue as light, from 0 to 1.
fn light(hex: &str) -> [f64; 3] {
    [1, 3, 5].map(|at| {
        let part = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
}

/// Contrast as WCAG 2 defines it.
fn contrast(a: &str, b: &str) -> f64 {
    let luminance = |hex: &str| {
        let [red, green, blue] = light(hex);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

type Matrix = [[f64; 3]; 3];
const ALL_COLOURS: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// Machado, Oliveira and Fernandes (2009), severity 1.
const NO_RED: Matrix =
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
const NO_GREEN: Matrix =
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];

/// Distance of two colours in CIE L*a*b* to an eye.
fn distance(a: &str, b: &str, eye: &Matrix) -> f64 {
    let lab = |hex: &str| {
        let rgb = light(hex);
        let seen = eye.map(|row| row.iter().zip(rgb).map(|(share, part)| share * part).sum::<f64>().clamp(0.0, 1.0));
        let [red, green, blue] = seen;
        let xyz = [
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
        ];
        let [x, y, z] = xyz.map(|part: f64| if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    };
    lab(a).iter().zip(lab(b)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

fn check_contrast(colour: Colour, ground: Colour, least: f64) {
    for scheme in 0..2 {
        let found = contrast(colour.values()[scheme], ground.values()[scheme]);
        assert!(found >= least, "{colour:?} on {ground:?}, scheme {scheme}: {found:.2}");
    }
}

#[test]
fn the_measures_are_right() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
    assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.01);
    // Red and green of like lightness: far apart for most, near for those who see no green.
    let (red, green) = ("#b05a3c", "#6f7d2a");
    assert!(distance(red, green, &ALL_COLOURS) > 2.0 * distance(red, green, &NO_GREEN));
}

#[test]
fn text_can_be_read() {
    for text in [Colour::Ink, Colour::Muted, Colour::For, Colour::Against, Colour::Result] {
        for ground in [Colour::Ground, Colour::Stripe] {
            check_contrast(text, ground, 4.5);
        }
    }
    for tile in 0..TILES {
        check_contrast(Colour::OnTile(tile), Colour::Tile(tile), 4.5);
    }
    check_contrast(Colour::Ink, Colour::NullTile, 4.5);
}

#[test]
fn marks_stand_out_from_the_ground() {
    let single = [Colour::For, Colour::Against, Colour::Neutral, Colour::Result, Colour::Axis];
    for mark in single.into_iter().chain((0..SERIES).map(Colour::Series)) {
        check_contrast(mark, Colour::Ground, 3.0);
    }
}

#[test]
fn colours_are_told_apart_by_every_eye() {
    let mut pairs = vec![(Colour::For, Colour::Against), (Colour::For, Colour::Result)];
    pairs.extend((0..4).flat_map(|a| (0..a).map(move |b| (Colour::Series(a), Colour::Series(b)))));
    pairs.extend((0..TILES).flat_map(|a| (0..a).map(move |b| (Colour::Tile(a), Colour::Tile(b)))));
    for (a, b) in pairs {
        for scheme in 0..2 {
            for eye in [ALL_COLOURS, NO_RED, NO_GREEN] {
                let found = distance(a.values()[scheme], b.values()[scheme], &eye);
                assert!(found > 12.0, "{a:?} and {b:?}, scheme {scheme}: {found:.1}");
            }
        }
    }
}

#[test]
fn the_sheet_has_the_rules_that_are_used() {
    let sheet = sheet("<rect class=\"rw-f-for\"/>");
    assert!(sheet.contains(".rw-f-for{fill:#00796b}") && sheet.contains("dark){.rw-f-for{fill:#35c2ae}}"), "{sheet}");
    assert!(!sheet.contains("rw-f-against") && !sheet.contains("rw-s-for"));
}

#[test]
fn tiles_run_from_worst_to_best() {
    assert_eq!(Colour::tile_of(0, 5).0, Colour::NullTile);
    let tiles: Vec<Colour> = (1..=5).map(|level| Colour::tile_of(level, 5).0).collect();
    assert_eq!(tiles, [0, 1, 2, 3, 4].map(Colour::Tile));
    assert_eq!(Colour::tile_of(1, 2).0, Colour::Tile(0));
    assert_eq!(Colour::tile_of(2, 2).0, Colour::Tile(4));
    assert_eq!(Colour::tile_of(9, 4).0, Colour::Tile(4));
    assert_eq!(Colour::tile_of(1, 1).0, Colour::Tile(4));
}
