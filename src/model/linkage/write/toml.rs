//! A document as TOML that is pleasant to read: tables by header, what is inside lists inline, one level a line.

use crate::model::linkage::{Node, Table};
use std::fmt::Write;

/// Longest line on which a list is put whole.
const LINE_MAX: usize = 100;

/// Whether TOML can hold a value: it has no null and no whole numbers beyond 63 bits.
pub(super) fn holds(node: &Node) -> bool {
    match node {
        Node::Null => false,
        Node::Number(number) => number.is_i64() || number.is_f64(),
        Node::List(items) => items.iter().all(holds),
        Node::Table(table) => table.entries.iter().all(|(_, value)| holds(value)),
        Node::Boolean(_) | Node::Text(_) => true,
    }
}

/// The text of a document.
pub(super) fn document(top: &Table) -> String {
    let mut out = String::new();
    let is_section = |node: &Node| match node {
        Node::Table(_) => true,
        Node::List(items) => !items.is_empty() && items.iter().all(|item| matches!(item, Node::Table(_))),
        _ => false,
    };
    for (key, value) in top.entries.iter().filter(|(_, value)| !is_section(value)) {
        entry(&mut out, key, value);
    }
    for (key, value) in top.entries.iter().filter(|(_, value)| is_section(value)) {
        match value {
            Node::Table(table) if key == "fields" => {
                for (name, field) in &table.entries {
                    section(&mut out, &format!("[fields.{}]", key_text(name)), field);
                }
            }
            Node::List(items) => items.iter().for_each(|item| section(&mut out, &format!("[[{key}]]"), item)),
            other => section(&mut out, &format!("[{key}]"), other),
        }
    }
    out
}

fn section(out: &mut String, header: &str, node: &Node) {
    out.push('\n');
    out.push_str(header);
    out.push('\n');
    if let Node::Table(table) = node {
        table.entries.iter().for_each(|(key, value)| entry(out, key, value));
    }
}

fn entry(out: &mut String, key: &str, value: &Node) {
    let whole = inline(value);
    let key = key_text(key);
    match value {
        Node::List(items) if key == "levels" || key.len() + whole.len() > LINE_MAX => {
            out.push_str(&key);
            out.push_str(" = [\n");
            for item in items {
                out.push_str("  ");
                out.push_str(&inline(item));
                out.push_str(",\n");
            }
            out.push_str("]\n");
        }
        _ => {
            out.push_str(&key);
            out.push_str(" = ");
            out.push_str(&whole);
            out.push('\n');
        }
    }
}

fn inline(node: &Node) -> String {
    match node {
        // A null is never put by the writer of models.
        Node::Null => "\"\"".to_owned(),
        Node::Boolean(flag) => flag.to_string(),
        Node::Number(number) => number_text(number),
        Node::Text(text) => quoted(text),
        Node::List(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Node::Table(table) if table.entries.is_empty() => "{}".to_owned(),
        Node::Table(table) => {
            let entry = |(key, value): &(String, Node)| format!("{} = {}", key_text(key), inline(value));
            format!("{{ {} }}", table.entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The shortest text that reads back to the same bits; a float keeps its point, so that it stays one.
fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => format!("{value:?}"),
        _ => number.to_string(),
    }
}

fn key_text(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if bare { key.to_owned() } else { quoted(key) }
}

/// Within `'` as it stands where that helps, else within `"` with escapes.
fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) && !text.contains('\'') && !text.contains(char::is_control) {
        return format!("'{text}'");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // Writing to a string does not fail.
            control if control.is_control() => _ = write!(out, "\\u{:04X}", u32::from(control)),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{holds, inline, quoted};
    use crate::model::linkage::Node;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn texts_and_numbers_read_back(text: String, value in any::<f64>(), whole: i64) {
            let list = Node::List(vec![text.as_str().into(), Node::number(value), Node::Number(whole.into())]);
            if holds(&list) {
                let document = format!("{} = {}", quoted(&text), inline(&list));
                let read = Node::from_toml(&document).unwrap();
                let Node::Table(table) = read else { panic!("a table") };
                prop_assert_eq!(table.get(&text), Some(&list));
            }
        }
    }

    #[test]
    fn expressions_are_not_cluttered() {
        assert_eq!(quoted("\"a_l\" = \"a_r\""), "'\"a_l\" = \"a_r\"'");
        assert_eq!(quoted("it's \"so\""), "\"it's \\\"so\\\"\"");
        assert_eq!(quoted("plain"), "\"plain\"");
    }

    #[test]
    fn what_toml_lacks() {
        assert!(!holds(&Node::Null));
        assert!(!holds(&Node::Number(u64::MAX.into())));
        assert!(holds(&Node::List(vec![Node::Boolean(true)])));
    }
}
