//! Intervals of shares: how much a count of a sample says.

/// Quantile of the normal distribution for an interval of 95 %.
const QUANTILE: f64 = 1.959_964;

/// Wilson's interval at 95 % for `part` of `whole` (Wilson, "Probable Inference, the Law of Succession, and Statistical
/// Inference", 1927): within 0 and 1, and all of it where the whole is 0.
pub fn wilson(part: u64, whole: u64) -> (f64, f64) {
    if whole == 0 {
        return (0.0, 1.0);
    }
    let count = whole as f64;
    let share = part as f64 / count;
    let square = QUANTILE * QUANTILE;
    let centre = share + square / (2.0 * count);
    let spread = QUANTILE * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
    let scale = 1.0 + square / count;
    (((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn wilson_by_the_book() {
        // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
        for (part, whole, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)] {
            let found = wilson(part, whole);
            assert!((found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5, "{found:?}");
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        let (low, high) = wilson(29, 29);
        assert!((low - 0.8830).abs() < 5e-5 && high <= 1.0 && high > 0.999_999, "{low} {high}");
    }
}
