//! What is said on standard error: progress on a terminal, warnings, errors, the closing summary.

use crate::cli::args::Log;
use crate::cli::terminal::{self, Colour, plain};
use crate::engine::Observer;
use crate::error::Error;
use crate::report::Summary;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often a line of progress is drawn again.
const TICK: Duration = Duration::from_millis(250);

/// Says things on standard error.
pub(crate) struct Talk {
    quiet: bool,
    log: Log,
    bar: Mutex<Option<ProgressBar>>,
    terminal: bool,
    coloured: bool,
}

impl Talk {
    /// Talk of one run.
    pub(crate) fn new(quiet: bool, log: Log) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let coloured = terminal && terminal::wants_colours(|name| std::env::var(name).ok());
        Self { quiet, log, bar: Mutex::new(None), terminal, coloured }
    }

    fn say(&self, text: &str) {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        let write = || {
            let _ = writeln!(std::io::stderr(), "{text}");
        };
        match bar.as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// A word that stands before a message, in its colour where colours are wanted.
    fn word(&self, word: &str, colour: Colour) -> String {
        if self.coloured { colour.of(word) } else { word.to_owned() }
    }

    fn event(&self, kind: &str, fields: serde_json::Value) {
        let mut object = serde_json::json!({ "event": kind });
        if let (Some(object), serde_json::Value::Object(fields)) = (object.as_object_mut(), fields) {
            object.extend(fields);
        }
        self.say(&object.to_string());
    }

    /// Something that the user should know of, and can act on.
    pub(crate) fn warn(&self, message: &str) {
        match self.log {
            Log::Text => self.say(&format!("{} {}", self.word("warning:", Colour::Yellow), plain(message))),
            Log::Json => self.event("warning", serde_json::json!({ "message": message })),
        }
    }

    /// Why the run failed.
    pub(crate) fn error(&self, error: &Error) {
        self.finish();
        match self.log {
            Log::Text => {
                self.say(&format!("{} {}", self.word("error:", Colour::Red), plain(&error.to_string())));
                if let Some(hint) = error.hint_text() {
                    self.say(&format!("{} {}", self.word("hint:", Colour::Cyan), plain(hint)));
                }
                let code = error.kind().code();
                self.say(&format!("{} {code}, explained by `rewash help {code}`", self.word("code:", Colour::Cyan)));
            }
            Log::Json => self.event(
                "error",
                serde_json::json!({
                    "message": error.what(), "place": error.place(), "hint": error.hint_text(),
                    "code": error.kind().code(), "exit_status": error.exit_status(),
                }),
            ),
        }
    }

    /// The run was asked to stop by a signal of this name, and does.
    pub(crate) fn stopped(&self, signal: &str) {
        let hint = "nothing was put in place that was not finished; the same command may be given again";
        match self.log {
            Log::Text => {
                // What was being drawn stays above.
                let start = if self.terminal { "\n" } else { "" };
                self.say(&format!(
                    "{start}{} {signal} came before the run was done",
                    self.word("stopped:", Colour::Red)
                ));
                self.say(&format!("{} {hint}", self.word("hint:", Colour::Cyan)));
            }
            Log::Json => self.event("stopped", serde_json::json!({ "signal": signal, "hint": hint })),
        }
    }

    /// The closing summary.
    pub(crate) fn summary(&self, summary: &Summary) {
        self.finish();
        if self.quiet {
            return;
        }
        match self.log {
            Log::Text => {
                let text = summary.fitted(if self.terminal { terminal::width() } else { None });
                self.say(&plain(text.trim_end()));
            }
            Log::Json => self.event("summary", serde_json::json!({ "text": summary.text() })),
        }
    }

    /// Something that may be of use: to people unless they want quiet, to programs always.
    pub(crate) fn remark(&self, message: &str) {
        match self.log {
            Log::Text if self.quiet => {}
            Log::Text => self.say(&format!("{} {}", self.word("note:", Colour::Cyan), plain(message))),
            Log::Json => self.event("note", serde_json::json!({ "message": message })),
        }
    }

    /// A line that is said only to people.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet && self.log == Log::Text {
            self.say(&plain(text));
        }
    }

    /// A stage begins whose length nobody knows: it is shown with the time that it has taken.
    pub(crate) fn phase(&self, name: &'static str) {
        self.finish();
        self.begin(name, None, "{msg:<11} {spinner} {elapsed}");
    }

    /// Shows a stage on a terminal, or tells of it as JSON.
    fn begin(&self, name: &'static str, total: Option<u64>, template: &str) {
        if self.log == Log::Json {
            if !self.quiet {
                self.event("stage", serde_json::json!({ "name": name, "rows": total }));
            }
            return;
        }
        if self.quiet || !self.terminal {
            return;
        }
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(name);
        bar.enable_steady_tick(TICK);
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
    }

    fn finish(&self) {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Talk {
    fn stage(&self, name: &'static str, total: Option<u64>) {
        self.finish();
        let counted = "{msg:<11} {wide_bar} {human_pos} of {human_len}  {per_sec}  {eta} left";
        let open = "{msg:<11} {spinner} {human_pos}  {per_sec}  {elapsed}";
        self.begin(name, total, if total.is_some() { counted } else { open });
    }

    fn advance(&self, rows: u64) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            bar.inc(rows);
        }
    }
}
