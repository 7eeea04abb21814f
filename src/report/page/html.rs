//! Pieces of HTML: sections with their place in the table of contents, figures with the table behind them, tables.

use crate::report::chart::escape;
use std::fmt::Write;

/// Rows of a table as text, header first.
pub(super) type Cells = Vec<Vec<String>>;

/// The body of the page under construction.
#[derive(Default)]
pub(super) struct Writer {
    body: String,
    contents: Vec<(&'static str, &'static str)>,
    figures: usize,
    is_open: bool,
}

impl Writer {
    /// Begins a section, and ends the one before.
    pub(super) fn section(&mut self, id: &'static str, title: &'static str, lead: &str) {
        self.end();
        self.contents.push((id, title));
        let number = self.contents.len();
        let _ = write!(
            self.body,
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{number}. {}</h2>\n",
            escape(title)
        );
        self.is_open = true;
        if !lead.is_empty() {
            self.paragraph(lead);
        }
    }

    fn end(&mut self) {
        if self.is_open {
            self.body.push_str("</section>\n");
        }
        self.is_open = false;
    }

    /// A heading within a section.
    pub(super) fn heading(&mut self, text: &str) {
        let _ = writeln!(self.body, "<h3>{}</h3>", escape(text));
    }

    /// A paragraph of text.
    pub(super) fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{}</p>", prose(text));
    }

    /// Why there is nothing here.
    pub(super) fn reason(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p class=\"reason\">{}</p>", prose(text));
    }

    /// Numbers that stand out: name, value, and out of what.
    pub(super) fn cards(&mut self, cards: &[[String; 3]]) {
        if cards.is_empty() {
            return;
        }
        self.body.push_str("<dl class=\"cards\">\n");
        for card in cards {
            let [name, value, of] = card.each_ref().map(|text| escape(text));
            let _ = writeln!(
                self.body,
                "<div><dt>{name}</dt><dd><span class=\"value\">{value}</span><span class=\"of\">{of}</span></dd></div>"
            );
        }
        self.body.push_str("</dl>\n");
    }

    /// A chart with its caption, and the same as a table that unfolds. `title` names the table.
    pub(super) fn figure(&mut self, title: &str, caption: &str, svg: &str, table: &Cells) {
        self.figures += 1;
        let (number, title, caption) = (self.figures, escape(title), prose(caption));
        let rows = cells(&format!("Figure {number}: {title}"), table);
        let _ = writeln!(
            self.body,
            "<figure id=\"figure-{number}\" aria-labelledby=\"figure-{number}-caption\">\n\
             <figcaption id=\"figure-{number}-caption\"><b>Figure {number}.</b> {caption}</figcaption>\n\
             <div class=\"chart scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Figure {number}: {title}\">{svg}</div>\n\
             <details><summary>Figure {number} as a table</summary>\n{rows}</details>\n</figure>"
        );
    }

    /// A table that stands for itself.
    pub(super) fn table(&mut self, caption: &str, rows: &Cells) {
        self.body.push_str(&cells(&escape(caption), rows));
    }

    /// A table that unfolds.
    pub(super) fn folded(&mut self, summary: &str, caption: &str, rows: &Cells) {
        let rows = cells(&escape(caption), rows);
        let _ = writeln!(self.body, "<details><summary>{}</summary>\n{rows}</details>", escape(summary));
    }

    /// Table of contents and body.
    pub(super) fn finish(mut self) -> (String, String) {
        self.end();
        let mut contents = String::from("<ol>\n");
        for (id, title) in &self.contents {
            let _ = writeln!(contents, "<li><a href=\"#{id}\">{}</a></li>", escape(title));
        }
        contents.push_str("</ol>");
        (contents, self.body)
    }
}

/// Text with words of a command or a file, which stand between backticks, set apart.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::new();
    for (place, part) in parts.iter().enumerate() {
        // A backtick without its other one stands as it is.
        let _ = match place {
            _ if place % 2 == 0 => write!(out, "{}", escape(part)),
            _ if place + 1 < parts.len() => write!(out, "<code>{}</code>", escape(part)),
            _ => write!(out, "`{}", escape(part)),
        };
    }
    out
}

/// A table; columns of numbers stand to the right. `caption` is markup.
fn cells(caption: &str, rows: &Cells) -> String {
    let Some((header, body)) = rows.split_first() else { return String::new() };
    let is_number: Vec<bool> = (0..header.len())
        .map(|column| {
            column > 0 && !body.is_empty() && body.iter().all(|row| row.get(column).is_none_or(|cell| is_number(cell)))
        })
        .collect();
    let class = |column: usize| if is_number[column] { " class=\"n\"" } else { "" };
    let mut out = format!(
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Table: {caption}\">\n<table>\n\
         <caption>{caption}</caption>\n<thead><tr>"
    );
    for (column, name) in header.iter().enumerate() {
        let _ = write!(out, "<th scope=\"col\"{}>{}</th>", class(column), escape(name));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in body {
        out.push_str("<tr>");
        for (column, cell) in row.iter().take(header.len()).enumerate() {
            let text = escape(cell);
            let _ = match column {
                0 => write!(out, "<th scope=\"row\">{text}</th>"),
                _ => write!(out, "<td{}>{text}</td>", class(column)),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    out
}

/// Whether a cell holds a number, with its unit, or stands for one that is not told.
fn is_number(cell: &str) -> bool {
    const WORDS: [&str; 4] = [WITHHELD, "of", "to", "s"];
    let is_plain = |word: &str| !word.contains(|letter: char| letter.is_alphabetic() || letter == '-');
    cell.split([' ', '\u{a0}']).all(|word| WORDS.contains(&word) || is_plain(word))
}

/// Text of a number that is too small to be shown.
pub(super) const WITHHELD: &str = "withheld";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_numbers_stand_to_the_right() {
        let rows = [["a", "b", "c"], ["1", "−2.5 %", "2016-04-30"], ["x", "withheld", "3"]];
        let rows: Cells = rows.map(|row| row.map(String::from).to_vec()).to_vec();
        let text = cells("c", &rows);
        assert!(text.contains("<th scope=\"col\" class=\"n\">b</th>") && text.contains("<th scope=\"col\">c</th>"));
        assert!(text.contains("<th scope=\"row\">1</th>") && text.contains("<td class=\"n\">withheld</td>"), "{text}");
    }

    #[test]
    fn numbers_are_told_from_words_and_digests() {
        for number in ["1 204", "−2.50", "39.8 %", "787 of 1\u{a0}979", "0.2 s", "withheld", "–", "£1.20", "−∞", ""]
        {
            assert!(is_number(number), "{number}");
        }
        for other in ["22b61c65368610b6", "2016-04-30", "R96", "Excel workbook", "two exact"] {
            assert!(!is_number(other), "{other}");
        }
    }

    #[test]
    fn words_of_commands_are_set_apart() {
        assert_eq!(prose("set `a_b` & go"), "set <code>a_b</code> &amp; go");
        assert_eq!(prose("a `lone one"), "a `lone one");
    }

    #[test]
    fn text_is_escaped_wherever_it_stands() {
        let nasty = "<script>alert('x')</script> & \"more\"".to_owned();
        let mut writer = Writer::default();
        writer.section("a", "A", &nasty);
        writer.reason(&nasty);
        writer.cards(&[[nasty.clone(), nasty.clone(), nasty.clone()]]);
        writer.figure(&nasty, &nasty, "<svg></svg>", &vec![vec![nasty.clone()], vec![nasty.clone()]]);
        writer.folded(&nasty, &nasty, &vec![vec![nasty.clone()], vec![nasty.clone()]]);
        let (contents, body) = writer.finish();
        assert!(!body.contains("<script") && body.ends_with("</section>\n") && contents.contains("href=\"#a\""));
        assert_eq!(body.matches("&lt;script&gt;").count(), body.matches("&lt;/script&gt;").count());
    }
}
