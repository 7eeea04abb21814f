//! Seconds of the stages of a run.

use std::time::Instant;

/// Counts the seconds from one lap to the next.
pub struct Clock {
    last: Instant,
    seconds: Vec<(&'static str, f64)>,
}

impl Clock {
    /// Starts to count.
    pub fn start() -> Self {
        Self { last: Instant::now(), seconds: Vec::new() }
    }

    /// Ends a stage.
    pub fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.seconds.push((stage, (now - self.last).as_secs_f64()));
        self.last = now;
    }

    /// Stages with their seconds, in order.
    pub fn stages(&self) -> &[(&'static str, f64)] {
        &self.seconds
    }

    /// All stages in a line: `12.30 (load 1.20, score 11.10)`.
    pub fn text(&self) -> String {
        let sum: f64 = self.seconds.iter().map(|(_, seconds)| seconds).sum();
        let parts: Vec<String> = self.seconds.iter().map(|(stage, seconds)| format!("{stage} {seconds:.2}")).collect();
        format!("{sum:.2} ({})", parts.join(", "))
    }
}
