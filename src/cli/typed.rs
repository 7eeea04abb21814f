//! Words that do not fit, said in the form of every other error: what, where, hint, code.

use crate::cli::args::Log;
use crate::cli::talk::Talk;
use crate::error::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::process::ExitCode;

/// Says why words were refused; help and version, which come the same way, are data on standard output.
pub(crate) fn refused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return ExitCode::from(2);
    }
    let error = told(error, &std::env::args().skip(1).collect::<Vec<_>>());
    Talk::new(false, log_of(std::env::args())).error(&error);
    ExitCode::from(error.exit_status())
}

/// The form that was asked for, though not all of the words fit.
fn log_of(words: impl Iterator<Item = String>) -> Log {
    let words: Vec<String> = words.collect();
    let pair = words.windows(2).any(|pair| pair[0] == "--log" && pair[1] == "json");
    if pair || words.iter().any(|word| word == "--log=json") { Log::Json } else { Log::Text }
}

/// The error in this program's own form. `words` are those that were typed.
fn told(error: &clap::Error, words: &[String]) -> Error {
    let one = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    // Several are sorted, the likeliest last.
    let nearest = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.last().cloned().unwrap_or_default(),
        _ => one(kind),
    };
    let argument = one(ContextKind::InvalidArg);
    let value = one(ContextKind::InvalidValue);
    let (what, near) = match error.kind() {
        ErrorKind::UnknownArgument => (format!("there is no option `{argument}`"), nearest(ContextKind::SuggestedArg)),
        ErrorKind::InvalidSubcommand => {
            let word = one(ContextKind::InvalidSubcommand);
            (format!("there is no command `{word}`"), nearest(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingRequiredArgument => (format!("needs {argument}"), String::new()),
        ErrorKind::InvalidValue if value.is_empty() => (format!("{argument} needs a value"), String::new()),
        ErrorKind::InvalidValue => {
            (format!("`{value}` is no value of {argument}"), nearest(ContextKind::SuggestedValue))
        }
        ErrorKind::ArgumentConflict => {
            (format!("{argument} does not go with {}", one(ContextKind::PriorArg)), String::new())
        }
        _ => (plain(error), String::new()),
    };
    let valid = one(ContextKind::ValidValue);
    let help = format!("`{} --help` lists the words, with examples", command(words));
    let hint = match (near.as_str(), valid.as_str()) {
        ("", "") => help,
        ("", valid) => format!("one of: {valid}"),
        (near, _) => format!("did you mean `{near}`? {help}"),
    };
    Error::usage(what).hint(hint)
}

/// The first sentence of an error that has no words of its own here.
fn plain(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The command that was typed, as far as there is one.
fn command(words: &[String]) -> String {
    use clap::CommandFactory;
    let mut at = &crate::cli::args::Words::command();
    let mut out = "rewash".to_owned();
    for word in words.iter().filter(|word| !word.starts_with('-')) {
        let Some(found) = at.find_subcommand(word) else { break };
        out.push(' ');
        out.push_str(word);
        at = found;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::cli::args::Words;
    use clap::Parser;

    #[track_caller]
    fn check(words: &[&str], what: &str, hint: &str) {
        let typed = std::iter::once("rewash").chain(words.iter().copied());
        let error = Words::try_parse_from(typed).expect_err("words that do not fit");
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let error = told(&error, &words);
        assert_eq!(error.what(), what);
        assert!(error.hint_text().is_some_and(|found| found.contains(hint)), "{:?}", error.hint_text());
    }

    #[test]
    fn words_that_do_not_fit_have_a_hint() {
        check(&["trase"], "there is no command `trase`", "did you mean `trace`?");
        check(&["trace", "x", "--regster", "y"], "there is no option `--regster`", "did you mean `--register`?");
        check(&["trace", "x", "--register", "y"], "needs --out <DIR>", "`rewash trace --help`");
        check(&["trace", "x", "--plan", "strem"], "`strem` is no value of --plan <PLAN>", "did you mean `stream`?");
        check(&["trace", "x", "--plan", "zzzzzz"], "`zzzzzz` is no value of --plan <PLAN>", "one of: stream, index");
        check(
            &["link", "a", "b", "-o", "c", "--all", "--resolve", "all"],
            "--all does not go with --resolve <RESOLVE>",
            "`rewash link --help`",
        );
        check(&["pool", "duw"], "there is no command `duw`", "did you mean `due`?");
    }
}
