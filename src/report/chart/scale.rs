//! From values to pixels: linear and logarithmic scales with round ticks.

/// Values of a scale are kept within this, so that spans never overflow.
const FARTHEST: f64 = 1e15;
/// Ends that are nearer to each other than this are one, so that steps never vanish.
const NEAREST: f64 = 1e-250;
/// Where a logarithmic scale of counts begins, so that a count of 1 has a length and one of 0 has none.
const BELOW_ONE: f64 = 0.5;

/// A mapping of values to positions along one direction.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    is_log: bool,
    ticks: Vec<f64>,
}

impl Scale {
    /// A linear scale over `low..high`, widened to round numbers; `pixels` are the positions of its two ends.
    pub(super) fn linear(low: f64, high: f64, pixels: (f64, f64), ticks: usize) -> Self {
        let (low, high) = apart(low, high);
        let step = round_step((high - low) / ticks.max(1) as f64);
        let first = (low / step + 1e-9).floor();
        let last = (high / step - 1e-9).ceil();
        let ticks = (0..=(last - first) as u64).map(|index| (first + index as f64) * step).collect();
        Self { low: first * step, high: last * step, from: pixels.0, to: pixels.1, is_log: false, ticks }
    }

    /// A linear scale that ends at `low` and `high` exactly; ticks are the round numbers between.
    pub(super) fn exact(low: f64, high: f64, pixels: (f64, f64), ticks: usize) -> Self {
        let (low, high) = apart(low, high);
        let wide = Self::linear(low, high, pixels, ticks);
        let slack = 1e-9 * (high - low);
        let inside = |tick: &f64| *tick >= low - slack && *tick <= high + slack;
        Self { low, high, ticks: wide.ticks.into_iter().filter(inside).collect(), ..wide }
    }

    /// A logarithmic scale of counts up to `high`, which shows 1 as a short length and 0 as none.
    pub(super) fn log_counts(high: f64, pixels: (f64, f64), ticks: usize) -> Self {
        let mut scale = Self::log(1.0, high.max(10.0), pixels, ticks);
        scale.low = BELOW_ONE;
        scale
    }

    /// A logarithmic scale over `low..high`, both above 0, widened to powers of ten.
    pub(super) fn log(low: f64, high: f64, pixels: (f64, f64), ticks: usize) -> Self {
        let low = if low.is_finite() { low.clamp(1.0 / FARTHEST, FARTHEST) } else { 1.0 };
        let high = if high.is_finite() { high.clamp(low, FARTHEST) } else { low };
        let first = (low.log10() + 1e-9).floor() as i32;
        let last = ((high.log10() - 1e-9).ceil() as i32).max(first + 1);
        let every = (last - first).unsigned_abs().div_ceil(ticks.max(1) as u32).max(1);
        let powers = (first..=last).step_by(every as usize);
        let ticks = powers.map(power_of_ten).collect();
        let (low, high) = (power_of_ten(first), power_of_ten(last));
        Self { low, high, from: pixels.0, to: pixels.1, is_log: true, ticks }
    }

    /// Position of a value; what lies outside stands at the nearer end, what is not a number at the beginning.
    pub(super) fn position(&self, value: f64) -> f64 {
        if value.is_nan() {
            return self.from;
        }
        let value = value.clamp(self.low, self.high);
        let part = if self.is_log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + part * (self.to - self.from)
    }

    /// Round values along the scale, ascending.
    pub(super) fn ticks(&self) -> &[f64] {
        &self.ticks
    }

    /// Smallest and largest value.
    #[cfg(test)]
    const fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}

/// Smallest and largest of the finite values, with `seed` among them.
pub(super) fn extent(values: impl IntoIterator<Item = f64>, seed: (f64, f64)) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(seed, |(low, high), value| (low.min(value), high.max(value)))
}

/// The two ends as finite numbers that differ, the smaller first.
fn apart(low: f64, high: f64) -> (f64, f64) {
    let kept = |value: f64| if value.is_finite() { value.clamp(-FARTHEST, FARTHEST) } else { 0.0 };
    let (low, high) = (kept(low.min(high)), kept(low.max(high)));
    let (low, high) = (low.min(high), low.max(high));
    let least = (1e-9 * low.abs().max(high.abs())).max(NEAREST);
    if high - low > least { (low, high) } else { (low, low + low.abs().max(1.0)) }
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let mut power = power_of_ten(step.max(f64::MIN_POSITIVE).log10().floor().max(-300.0) as i32);
    // The logarithm may be off by one at a power of ten.
    if power > step {
        power /= 10.0;
    }
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// A power of ten, exact to the last bit: it is read, not computed.
fn power_of_ten(power: i32) -> f64 {
    format!("1e{power}").parse().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::{Scale, extent, round_step};
    use proptest::prelude::*;

    #[test]
    fn steps_are_round() {
        for (step, want) in [(1.0, 1.0), (1.1, 2.0), (0.3, 0.5), (6.0, 10.0), (1e-4, 1e-4), (999.0, 1000.0)] {
            assert_eq!(round_step(step), want);
        }
    }

    #[test]
    fn linear_ends_are_ticks() {
        let scale = Scale::linear(-12.3, 31.0, (0.0, 100.0), 5);
        assert_eq!(scale.ticks(), [-20.0, -10.0, 0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(scale.ends(), (-20.0, 40.0));
        assert_eq!(
            [-20.0, 10.0, 40.0, 99.0, f64::INFINITY].map(|v| scale.position(v)),
            [0.0, 50.0, 100.0, 100.0, 100.0]
        );
    }

    #[test]
    fn ends_that_are_hardly_apart_are_one() {
        for tiny in [1.8e-311, 5e-324, 1e-300, 1e-251] {
            let scale = Scale::linear(-tiny, -0.0, (10.0, 90.0), 6);
            assert!(scale.position(0.0).is_finite());
            assert!(scale.ends().1 - scale.ends().0 >= 1.0);
        }
    }

    #[test]
    fn exact_ends_stay() {
        let scale = Scale::exact(0.93, 1.0, (0.0, 70.0), 5);
        assert_eq!(scale.ends(), (0.93, 1.0));
        assert_eq!(scale.ticks().len(), 4);
        assert!((scale.position(0.94) - 10.0).abs() < 1e-6);
    }

    #[test]
    fn logarithms_have_powers_of_ten() {
        let scale = Scale::log_counts(25_000.0, (0.0, 100.0), 10);
        assert_eq!(scale.ticks(), [1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0]);
        assert_eq!(scale.position(0.0), 0.0);
        assert!(scale.position(1.0) > 3.0);
        assert!(
            (scale.position(100.0) - scale.position(10.0) - (scale.position(10.0) - scale.position(1.0))).abs() < 1e-9
        );
        assert!(Scale::log_counts(1e15, (0.0, 1.0), 4).ticks().len() <= 5);
        assert_eq!(Scale::log(1e-5, 1.0, (0.0, 1.0), 9).ends(), (1e-5, 1.0));
    }

    #[test]
    fn extent_skips_what_is_not_finite() {
        assert_eq!(extent([f64::NAN, 3.0, f64::INFINITY, -1.0], (0.0, 0.0)), (-1.0, 3.0));
    }

    proptest! {
        #[test]
        fn any_scale_is_finite_and_ascending(low in any::<f64>(), high in any::<f64>(), value in any::<f64>()) {
            let scales = [
                Scale::linear(low, high, (10.0, 90.0), 6),
                Scale::exact(low, high, (10.0, 90.0), 6),
                Scale::log_counts(high, (10.0, 90.0), 6),
                Scale::log(low, high, (10.0, 90.0), 6),
            ];
            for scale in scales {
                let position = scale.position(value);
                prop_assert!((9.999..=90.001).contains(&position), "{scale:?} {position}");
                prop_assert!(scale.ticks().len() <= 14, "{scale:?}");
                prop_assert!(scale.ticks().windows(2).all(|pair| pair[0] < pair[1]), "{scale:?}");
                let (low, high) = scale.ends();
                prop_assert!(low < high && low.is_finite() && high.is_finite());
            }
        }
    }
}
