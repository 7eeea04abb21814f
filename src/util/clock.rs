//! Seconds and memory of the stages of a run.

use crate::util::memory;
use std::time::Instant;

/// Counts the seconds from one lap to the next, and looks at the memory at each.
pub struct Clock {
    last: Instant,
    seconds: Vec<(&'static str, f64)>,
    peaks: Vec<(&'static str, u64)>,
}

impl Clock {
    /// Starts to count.
    pub fn start() -> Self {
        Self::started_at(Instant::now())
    }

    /// Counts from an instant that has passed.
    pub const fn started_at(instant: Instant) -> Self {
        Self { last: instant, seconds: Vec::new(), peaks: Vec::new() }
    }

    /// Ends a stage.
    pub fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        self.seconds.push((stage, (now - self.last).as_secs_f64()));
        self.last = now;
        self.peaks.extend(memory::peak_bytes().map(|bytes| (stage, bytes)));
    }

    /// Takes over the stages that another clock counted, and counts on from now.
    pub fn follow(&mut self, seconds: &[(&'static str, f64)], peaks: &[(&'static str, u64)]) {
        self.seconds.extend(seconds);
        self.peaks.extend(peaks);
        self.last = Instant::now();
    }

    /// Stages with their seconds, in order.
    pub fn stages(&self) -> &[(&'static str, f64)] {
        &self.seconds
    }

    /// Stages with the peak memory of the process by their end, in bytes; empty where the system does not say.
    pub fn peaks(&self) -> &[(&'static str, u64)] {
        &self.peaks
    }

    /// All stages in a line: `12.30 (load 1.20, score 11.10)`.
    pub fn text(&self) -> String {
        let sum: f64 = self.seconds.iter().map(|(_, seconds)| seconds).sum();
        let parts: Vec<String> = self.seconds.iter().map(|(stage, seconds)| format!("{stage} {seconds:.2}")).collect();
        format!("{sum:.2} ({})", parts.join(", "))
    }
}
