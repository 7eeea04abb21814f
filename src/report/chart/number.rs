//! How numbers are written in charts and in the tables behind them.
//!
//! One function writes them all, [`number`]; the others choose places, sign and unit. Digits stand in groups of three with
//! spaces that do not break, a minus is a minus sign (read aloud as one), and what is not a number is a dash: `NaN` and
//! `inf` are never written.

use crate::report::thousands;

/// Text of a number that is not known.
pub(super) const UNKNOWN: &str = "–";
/// From here on numbers are written with a power of ten.
const SCIENTIFIC_FROM: f64 = 1e15;

/// What the numbers of a chart are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Whole numbers of things.
    #[default]
    Count,
    /// Shares of one, written as percentages.
    Share,
    /// Seconds.
    Seconds,
    /// Match weights: bits, with their sign.
    Bits,
    /// Any other number, to three significant digits.
    Number,
}

impl Unit {
    /// A value in this unit, as charts and their tables write it.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Count => number(value, 0),
            Self::Share => share(value),
            Self::Seconds if value.abs() < 1.0 => unbroken(&format!("{} s", significant(value, 2))),
            Self::Seconds => unbroken(&format!("{} s", number(value, 1))),
            Self::Bits => signed(value, 2),
            Self::Number => significant(value, 3),
        }
    }
}

/// A number with a fixed number of decimal places: `−1 234.50`.
///
/// Zero has no sign, infinities are `∞`, and what is not a number is a dash.
pub fn number(value: f64, places: usize) -> String {
    if value.is_nan() {
        return UNKNOWN.to_owned();
    }
    let magnitude = value.abs();
    let text = if magnitude.is_infinite() {
        "∞".to_owned()
    } else if magnitude >= SCIENTIFIC_FROM {
        scientific(magnitude, 2)
    } else {
        let digits = format!("{magnitude:.places$}");
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
        if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
    };
    let is_zero = !text.contains(|letter: char| letter == '∞' || ('1'..='9').contains(&letter));
    if value < 0.0 && !is_zero { format!("−{text}") } else { text }
}

/// A number with its sign, even where it is a plus: `+5.32`.
pub(super) fn signed(value: f64, places: usize) -> String {
    let text = number(value, places);
    let is_zero = !text.contains(|letter: char| letter == '∞' || ('1'..='9').contains(&letter));
    if value > 0.0 && !is_zero { format!("+{text}") } else { text }
}

/// A number of things.
pub(super) fn count(value: u64) -> String {
    unbroken(&thousands(value))
}

/// The text with spaces at which no line ends.
fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// A number to so many significant digits, without closing zeros: `0.000123`, `1.2 × 10⁻⁹`.
pub(super) fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() || value == 0.0 {
        return number(value, 0);
    }
    let exponent = exponent(value, digits);
    if exponent < -6 {
        let sign = if value < 0.0 { "−" } else { "" };
        return format!("{sign}{}", scientific(value.abs(), digits));
    }
    let places = (digits as i32 - 1 - exponent).max(0) as usize;
    without_closing_zeros(&number(value, places))
}

/// A share of one as a percentage, with the digits that tell it from 0 % and 100 %.
pub(super) fn share(value: f64) -> String {
    let percent = 100.0 * value;
    if !percent.is_finite() {
        return number(percent, 0);
    }
    let distance = percent.abs().min((100.0 - percent).abs());
    if distance == 0.0 {
        return unbroken(&format!("{} %", number(percent, 0)));
    }
    if distance < 1e-6 {
        return unbroken(if percent < 50.0 { "< 0.000001 %" } else { "> 99.999999 %" });
    }
    let places = if distance >= 1.0 { 1 } else { (1 - exponent(distance, 2)).clamp(1, 6) as usize };
    unbroken(&format!("{} %", number(percent, places)))
}

/// A probability in words that stay readable where it is small: `1 in 2 770 000`.
pub(super) fn chance(probability: f64) -> String {
    if !(1e-15..0.01).contains(&probability) {
        return share(probability);
    }
    let text = format!("{:.2e}", 1.0 / probability);
    format!("1\u{a0}in\u{a0}{}", number(text.parse().unwrap_or(f64::NAN), 0))
}

/// Texts of the ticks of one axis: as many places as the step needs, large numbers with `k`, `M`, `bn` or `tn`.
pub(super) fn ticks(values: &[f64], unit: Unit) -> Vec<String> {
    let factor = if unit == Unit::Share { 100.0 } else { 1.0 };
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let short = largest >= 100_000.0;
    let smallest =
        values.iter().filter(|value| **value != 0.0).fold(f64::INFINITY, |least, value| least.min(value.abs()));
    // Many powers of ten on one axis, as a logarithmic one has.
    let powers = smallest < 0.001 && largest >= 1000.0 * smallest;
    let texts = values.iter().map(|value| {
        let value = value * factor;
        let text = if short {
            compact(value)
        } else if powers && value > 0.0 && value < 0.01 {
            scientific(value, 3)
        } else {
            significant(value, 9)
        };
        match unit {
            Unit::Share => unbroken(&format!("{text} %")),
            Unit::Bits if value > 0.0 => format!("+{text}"),
            _ => text,
        }
    });
    texts.collect()
}

/// A large number in few letters: `1.25M`.
fn compact(value: f64) -> String {
    const SUFFIXES: [(f64, &str); 4] = [(1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k")];
    match SUFFIXES.iter().find(|(size, _)| value.abs() >= *size) {
        Some((size, suffix)) => format!("{}{suffix}", without_closing_zeros(&number(value / size, 3))),
        None => significant(value, 9),
    }
}

/// Power of ten of the first digit once the value is rounded to `digits`; exact, unlike a logarithm.
fn exponent(value: f64, digits: usize) -> i32 {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

fn scientific(magnitude: f64, digits: usize) -> String {
    let text = format!("{magnitude:.*e}", digits.saturating_sub(1));
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let raised = power.chars().map(|letter| match letter.to_digit(10) {
        Some(digit) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize],
        None => '⁻',
    });
    let raised: String = raised.collect();
    match without_closing_zeros(mantissa).as_str() {
        "1" => format!("10{raised}"),
        mantissa => unbroken(&format!("{mantissa} × 10{raised}")),
    }
}

fn without_closing_zeros(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Unit, chance, count, number, share, signed, significant, ticks};

    /// Texts are compared with ordinary spaces.
    fn plain(text: &str) -> String {
        assert!(!text.contains(' '), "{text:?} could break");
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn numbers_have_groups_places_and_a_true_minus() {
        for (value, places, want) in [
            (1_234_567.891, 2, "1 234 567.89"),
            (-0.001, 2, "0.00"),
            (-12.345, 1, "−12.3"),
            (0.0, 0, "0"),
            (f64::NAN, 2, "–"),
            (f64::INFINITY, 2, "∞"),
            (f64::NEG_INFINITY, 0, "−∞"),
            (-2.5e20, 0, "−2.5 × 10²⁰"),
            (f64::MAX, 0, "1.8 × 10³⁰⁸"),
        ] {
            assert_eq!(plain(&number(value, places)), want);
        }
        assert_eq!(plain(&count(4_000_000)), "4 000 000");
    }

    #[test]
    fn signs_stand_where_there_is_something_to_sign() {
        for (value, want) in
            [(5.321, "+5.32"), (-5.321, "−5.32"), (0.001, "0.00"), (f64::INFINITY, "+∞"), (f64::NAN, "–")]
        {
            assert_eq!(plain(&signed(value, 2)), want);
        }
    }

    #[test]
    fn small_numbers_keep_their_digits() {
        for (value, want) in [
            (0.000_123_456, "0.000123"),
            (0.95, "0.95"),
            (0.9996, "1"),
            (1.23e-9, "1.23 × 10⁻⁹"),
            (-1e-9, "−10⁻⁹"),
            (12_345.0, "12 345"),
            (0.0, "0"),
        ] {
            assert_eq!(plain(&significant(value, 3)), want);
        }
    }

    #[test]
    fn shares_are_never_rounded_to_certainty() {
        for (value, want) in [
            (0.5, "50.0 %"),
            (1.0, "100 %"),
            (0.0, "0 %"),
            (0.999_87, "99.987 %"),
            (0.999_999_95, "99.999995 %"),
            (0.999_999_999_999, "> 99.999999 %"),
            (0.000_012, "0.0012 %"),
            (0.003, "0.30 %"),
            (0.9985, "99.85 %"),
            (1e-12, "< 0.000001 %"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(plain(&share(value)), want);
        }
    }

    #[test]
    fn small_chances_are_one_in_many() {
        for (value, want) in
            [(3.6101e-7, "1 in 2 770 000"), (0.5, "50.0 %"), (0.0, "0 %"), (1.0 / 128.0, "1 in 128"), (f64::NAN, "–")]
        {
            assert_eq!(plain(&chance(value)), want);
        }
    }

    #[test]
    fn ticks_of_one_axis_are_written_alike() {
        let cases: [(&[f64], Unit, &str); 7] = [
            (&[0.0, 0.05, 0.1], Unit::Share, "0 %, 5 %, 10 %"),
            (&[-5.0, 0.0, 5.0], Unit::Bits, "−5, 0, +5"),
            (&[0.0, 5000.0, 10_000.0], Unit::Count, "0, 5 000, 10 000"),
            (&[1.0, 1000.0, 1e6, 1e9], Unit::Count, "1, 1k, 1M, 1bn"),
            (&[0.0, 250_000.0, 1_250_000.0], Unit::Count, "0, 250k, 1.25M"),
            (&[0.3 - 0.1, 0.0005, 0.2505], Unit::Number, "0.2, 0.0005, 0.2505"),
            (&[1e-7, 1e-5, 1e-3, 0.1], Unit::Number, "10⁻⁷, 10⁻⁵, 10⁻³, 0.1"),
        ];
        for (values, unit, want) in cases {
            let texts: Vec<String> = ticks(values, unit).iter().map(|text| plain(text)).collect();
            assert_eq!(texts.join(", "), want);
        }
    }

    #[test]
    fn units_write_their_own() {
        assert_eq!(plain(&Unit::Seconds.text(0.0123)), "0.012 s");
        assert_eq!(plain(&Unit::Seconds.text(81.26)), "81.3 s");
        assert_eq!(plain(&Unit::Bits.text(2.0)), "+2.00");
        assert_eq!(plain(&Unit::Count.text(1e4)), "10 000");
    }
}
