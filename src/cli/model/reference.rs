//! `rewash model reference`: what a linkage model may hold, and what it means.

use crate::cli::Ended;
use crate::cli::args::ModelReference;
use crate::cli::targets::write_text;
use crate::cli::terminal;
use crate::error::{Error, Result};
use crate::model::comparison::{ADDRESS_LEVELS, BIRTH_DATE_LEVELS};
use crate::model::linkage::{FieldKind, MODIFIERS, forms, known_keys, nearest};
use crate::model::reference::{self, Described};
use crate::program::{Kind, Want, signature};
use crate::report::wrapped;
use std::fmt::Write;

/// Characters of a line where nobody says how wide it is.
const WIDTH: usize = 100;
/// Characters of a name that stands beside what it means; longer ones stand above it.
const NAME_WIDTH: usize = 22;
/// Birth dates that [`Function::DateError`](crate::model::expression::Function::DateError) tells apart; later levels are of a trace
/// alone, which knows which date is sought.
const DATE_ERRORS: usize = 12;

/// A model by hand that shows every part.
const EXAMPLE: &str = r#"link_type = "link"
threshold = 0.5

[fields]
forename = { kind = "given_name", column = "first name" }
surname = { kind = "family_name", left = "last name", right = ["prefix", "name"] }
born = { kind = "date" }
phones = { kind = "phone", list = true, separator = ";" }

[[blocking]]
keys = ["surname", "prefix(forename, 1)", "year(born)"]

[[blocking]]
keys = [{ left = "forename", right = "surname" }, { left = "surname", right = "forename" }]

[[blocking]]
keys = ["phones"]
explode = ["phones"]
filter = 'l.born = r.born OR l.surname = r.surname'

[[comparison]]
field = "surname"
term_frequency = true
levels = ["exact", "name_equivalent", { jaro_winkler = 0.9 }, { reversed = "forename", label = "names changed places" }]

[[comparison]]
field = "born"
levels = ["exact", { when = 'date_error(born_l, born_r) = 8', label = "day and month changed places" }, { days = 31 }]

[[comparison]]
field = "phones"
levels = [{ intersection = 1, m = 0.7, u = 0.00001, fix_u = true }]
"#;

/// One thing that is explained.
struct Entry {
    /// What it is found by.
    names: Vec<String>,
    /// How it is written.
    head: String,
    /// What it means; a paragraph each.
    body: Vec<String>,
}

impl Entry {
    fn new(name: &str, body: Vec<String>) -> Self {
        Self { names: vec![name.to_owned()], head: name.to_owned(), body }
    }

    /// One that is found by each word of how it is written too, and by what its meaning names between backticks or in capitals.
    /// Single letters stand for values, and name nothing.
    fn of_words(head: &str, body: Vec<String>) -> Self {
        let mut entry = Self::new(head, body);
        let meaning = entry.body.first().map_or("", String::as_str);
        let quoted = meaning.split('`').skip(1).step_by(2).map(str::to_owned);
        let words = |text: &str| -> Vec<String> {
            let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            words.filter(|word| word.len() > 1).map(str::to_owned).collect()
        };
        let capitals =
            words(meaning).into_iter().filter(|word| !word.chars().any(|letter| letter.is_ascii_lowercase()));
        let more: Vec<String> = quoted.chain(capitals).chain(words(head)).collect();
        entry.names.extend(more);
        entry
    }
}

/// A part of the reference.
struct Part {
    title: String,
    /// What the whole part is found by beside its title.
    names: Vec<String>,
    about: &'static str,
    entries: Vec<Entry>,
}

impl Part {
    /// What the whole part is found by.
    fn all_names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.title).chain(&self.names)
    }
}

/// Runs `rewash model reference`.
pub(super) fn run(words: &ModelReference) -> Result<Ended> {
    let width = terminal::width_of_output().unwrap_or(WIDTH);
    let text = if words.words.is_empty() { whole(width) } else { some(&words.words, width)? };
    write_text("-", text)?;
    Ok(Ended::Done)
}

fn whole(width: usize) -> String {
    let mut out = parts().iter().map(|part| text_of(part, width)).collect::<String>();
    let _ = write!(out, "AN EXAMPLE\n\n{EXAMPLE}");
    out
}

/// What the words name, under the titles that it stands under.
fn some(words: &[String], width: usize) -> Result<String> {
    let mut parts = parts();
    let of_entries = parts.iter().flat_map(|part| &part.entries).flat_map(|entry| &entry.names);
    let known: Vec<String> = parts.iter().flat_map(Part::all_names).chain(of_entries).cloned().collect();
    for word in words {
        if !known.iter().any(|name| name.eq_ignore_ascii_case(word)) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let hint = nearest(word, &known).map_or_else(
                || "`rewash model reference` without a word has all".to_owned(),
                |near| format!("did you mean `{near}`? Without a word there is all"),
            );
            return Err(Error::usage(format!("no part of a model is called `{word}`")).hint(hint));
        }
    }
    let is_asked = |name: &String| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    for part in parts.iter_mut().filter(|part| !part.all_names().any(is_asked)) {
        part.about = "";
        part.entries.retain(|entry| entry.names.iter().any(is_asked));
    }
    Ok(parts.iter().filter(|part| !part.entries.is_empty()).map(|part| text_of(part, width)).collect())
}

fn text_of(part: &Part, width: usize) -> String {
    let mut out = format!("{}\n\n", part.title);
    for paragraph in part.about.split('\n').filter(|paragraph| !paragraph.is_empty()) {
        wrapped(paragraph, width).iter().for_each(|line| out.push_str(&format!("{line}\n")));
        out.push('\n');
    }
    for entry in &part.entries {
        let indent = NAME_WIDTH + 2;
        // What fits stands as it is: every space of an example counts.
        let fits = |paragraph: &String| paragraph.chars().count() <= width - indent;
        let lines = |paragraph: &String| {
            if fits(paragraph) { vec![paragraph.clone()] } else { wrapped(paragraph, width - indent) }
        };
        let lines = entry.body.iter().flat_map(lines);
        let mut head = entry.head.as_str();
        if head.chars().count() > NAME_WIDTH {
            let _ = writeln!(out, "{head}");
            head = "";
        }
        for line in lines {
            let _ = writeln!(out, "{}", format!("{head:<NAME_WIDTH$}  {line}").trim_end());
            head = "";
        }
    }
    if !part.entries.is_empty() {
        out.push('\n');
    }
    out
}

const ABOUT: &str = "A linkage model is TOML, or JSON with the same keys. A key that is not known is an error. `link`, `dedupe`, \
    `train`, `blocks`, `explain` and `evaluate` take one with --model; --save-model and `rewash train` write one with what was \
    learned. (Models of `rewash trace` are written by it alone.)";
const ABOUT_KINDS: &str = "The kind of a field says how its text is standardised before anything is compared. What is empty, or a \
    word for nothing such as N/A, is null. Expressions see the standard text.";
const ABOUT_FORMS: &str = "A level is a short form, or any condition with `when`. `all`, `any` and `not` hold forms. A comparison \
    has at most 15 levels beside that of missing values.";
const ABOUT_EXPRESSIONS: &str = "Expressions are SQL as DuckDB has it, so that those of Splink's models can be read. In a level the \
    fields of the two records are surname_l and surname_r; in `rule` and `filter` l.surname and r.surname; in `keys` surname \
    alone. Names with other letters stand in double quotes, texts in single ones. Words and functions are read in any case of \
    letters. What depends on a null is null, and a level, rule or filter whose condition is null does not hold.";

/// All parts, made from the lists that models are read by.
fn parts() -> Vec<Part> {
    let mut parts: Vec<Part> = known_keys().into_iter().map(|(section, keys)| part_of_keys(section, keys)).collect();
    let plain = |lines: &mut dyn Iterator<Item = Vec<&'static str>>,
                 said: &dyn Fn(&[&str]) -> Vec<String>|
     -> Vec<Entry> { lines.map(|line| Entry::of_words(line[0], said(&line))).collect() };
    // Of what models are read by, in that order.
    let listed = |names: &[&str], lines: Vec<Vec<&'static str>>, said: &dyn Fn(&[&str]) -> Vec<String>| -> Vec<Entry> {
        let said = |name: &str| lines.iter().find(|line| line[0] == name).map_or_else(Vec::new, |line| said(line));
        names.iter().map(|name| Entry::new(name, said(name))).collect()
    };
    let with_value = |line: &[&str]| vec![line[1].to_owned(), format!("{} → {}", line[2], line[3])];
    let part = |title: &str, about, entries| Part { title: title.to_owned(), names: Vec::new(), about, entries };
    let kinds = listed(&FieldKind::words(), reference::kinds().collect(), &with_value);
    parts.push(part("KINDS OF FIELDS", ABOUT_KINDS, kinds));
    let with_example = |line: &[&str]| line[line.len() - 2..].iter().map(|cell| (*cell).to_owned()).collect();
    let mut all = listed(&forms(), reference::forms().collect(), &with_example);
    all.extend(listed(&MODIFIERS, reference::modifiers().collect(), &with_example));
    parts.push(part("SHORT FORMS OF LEVELS, AND KEYS BESIDE THEM", ABOUT_FORMS, all));
    parts.push(part("EXPRESSIONS: OPERATORS", ABOUT_EXPRESSIONS, plain(&mut reference::operators(), &with_value)));
    parts.push(part("EXPRESSIONS: OTHER FORMS", "", plain(&mut reference::constructs(), &with_value)));
    parts.push(part("EXPRESSIONS: TYPES", "", plain(&mut reference::types(), &|line| vec![line[1].to_owned()])));
    parts.push(part(
        "EXPRESSIONS: FUNCTIONS",
        "",
        reference::functions().map(|described| function(&described)).collect(),
    ));
    for (function, levels) in
        [("date_error", &BIRTH_DATE_LEVELS[..DATE_ERRORS]), ("address_agreement", &ADDRESS_LEVELS)]
    {
        let title = format!("NUMBERS OF {function}");
        parts.push(Part { title, names: vec![function.to_owned()], about: "", entries: numbered(levels) });
    }
    parts
}

fn part_of_keys(section: &'static str, keys: &[&str]) -> Part {
    let meaning = |key: &str| {
        let mut lines = reference::keys().filter(|line| line[0] == section && line[1] == key);
        lines.next().map_or("", |line| line[2]).to_owned()
    };
    let entries = keys.iter().map(|key| Entry::new(key, vec![meaning(key)])).collect();
    match section {
        "(top)" => Part { title: "A MODEL".to_owned(), names: Vec::new(), about: ABOUT, entries },
        section => {
            let bare = section.trim_matches(['[', ']']);
            let names = vec![section.to_owned(), bare.to_owned()];
            Part { title: format!("KEYS: {section}"), names, about: "", entries }
        }
    }
}

fn numbered(levels: &[&str]) -> Vec<Entry> {
    let entry = |(number, level): (usize, &&str)| Entry {
        names: Vec::new(),
        head: number.to_string(),
        body: vec![level.replace('_', " ")],
    };
    levels.iter().enumerate().map(entry).collect()
}

/// A function as it is called, with the kinds of what it takes and gives.
fn function(described: &Described) -> Entry {
    let function = described.function;
    let name = function.name().to_lowercase();
    let signature = signature(function);
    let argument = |(place, argument): (usize, &str)| {
        let kind = match signature.want(place) {
            Want::Text => "text",
            Want::Number => "number",
            Want::Instant => "time",
            Want::List => "list",
            Want::Either => "text or list",
            Want::Moment => "date",
            Want::Same => return argument.to_owned(),
        };
        if argument.trim_end_matches('?') == kind { argument.to_owned() } else { format!("{argument}: {kind}") }
    };
    let arguments: Vec<String> = described.arguments.split(", ").enumerate().map(argument).collect();
    let result = match signature.result {
        None => "as its arguments",
        Some(Kind::Null) => "null",
        Some(Kind::Boolean) => "true or false",
        Some(Kind::Number) => "number",
        Some(Kind::Text) => "text",
        Some(Kind::Date) => "date",
        Some(Kind::Instant) => "time",
        Some(Kind::List) => "list",
    };
    let mut body = vec![described.meaning.to_owned(), format!("{} → {}", described.example, described.value)];
    if !function.aliases().is_empty() {
        body.push(format!("also {}", function.aliases().join(", ")));
    }
    let aliases = function.aliases().iter().map(|alias| (*alias).to_owned());
    Entry {
        head: format!("{name}({}): {result}", arguments.join(", ")),
        names: std::iter::once(name).chain(aliases).collect(),
        body,
    }
}

#[cfg(test)]
mod tests;
