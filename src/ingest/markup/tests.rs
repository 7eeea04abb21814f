use super::{Markup, attribute, attributes, tag_name};
use crate::ingest::tests::workbook::{Home, book, rezip};
use proptest::prelude::*;

fn pieces(text: &str, step: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut markup = Markup::default();
    for part in text.as_bytes().chunks(step) {
        markup
            .feed(part, |markup| {
                found.push(String::from_utf8(markup.to_vec()).unwrap());
                Ok(())
            })
            .unwrap();
    }
    found
}

#[test]
fn markup_ends_where_it_ends_however_the_bytes_come() {
    let text = "<?x a>?><!-- <sst> --><!--><b/>--><![CDATA[<i>]]]>t<a b='>\"' c=\">'\">x</a>>";
    let want = ["?x a>?", "!-- <sst> --", "!--><b/>--", "![CDATA[<i>]]]", "a b='>\"' c=\">'\"", "/a"];
    for step in [1, 2, 3, 7, 100] {
        assert_eq!(pieces(text, step), want, "{step} at a time");
    }
    assert!(Markup::default().feed("<a b='".repeat(200_000).as_bytes(), |_| Ok(())).is_err());
}

#[test]
fn attributes_are_read_however_they_are_written() {
    assert_eq!(tag_name(b"x:col\nhidden"), Some(b"col".as_slice()));
    assert_eq!([tag_name(b"/a"), tag_name(b"?a"), tag_name(b"!--")], [None, None, None]);
    let found = attributes(b"x:col a = '1'\n\tr:hidden=\"&#x74;rue &#49;\" c=\"&#;\"/");
    assert_eq!(attribute(&found, "hidden"), Some("true 1"));
    assert_eq!(
        [attribute(&found, "a"), attribute(&found, "c"), attribute(&found, "d")],
        [Some("1"), Some("&#;"), None]
    );
}

/// Slow twin: the whole text at once, every `>` tried, quotes counted anew from the start of the tag.
fn slowly(mut text: &str) -> Vec<String> {
    let mut found = Vec::new();
    while let Some((_, behind)) = text.split_once('<') {
        let ends = behind.match_indices('>').map(|(at, _)| &behind[..at]);
        let Some(held) = ends.into_iter().find(|held| is_whole(held)) else { break };
        found.push(held.to_owned());
        text = &behind[held.len() + 1..];
    }
    found
}

fn is_whole(held: &str) -> bool {
    if let Some(comment) = held.strip_prefix("!-") {
        return held.len() > 4 && comment.ends_with("--");
    }
    if let Some(data) = held.strip_prefix("![") {
        return data.ends_with("]]");
    }
    if let Some(instruction) = held.strip_prefix('?') {
        return instruction.ends_with('?');
    }
    let mut open = None;
    for c in held.chars().filter(|c| ['"', '\''].contains(c)) {
        match open {
            None => open = Some(c),
            Some(quote) if quote == c => open = None,
            Some(_) => {}
        }
    }
    held.starts_with('!') || open.is_none()
}

/// What markup is made of, whole and in pieces that open or close it.
const NOISE: [&str; 26] = [
    "<!-- <row hidden='1'> -->",
    "<!---->",
    "<!-->",
    "<!--->",
    "<!--",
    "-->",
    "--",
    "<![CDATA[<c>]]>",
    "<![CDATA[",
    "]]>",
    "<?a <b?>",
    "<?a",
    "?>",
    "<?>",
    "<!a>",
    "<x a='>'/>",
    "<x a=\">\" b='\"'>",
    "</x>",
    "<x",
    ">",
    "'",
    "\"",
    " a=",
    "é",
    "<",
    "/>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn markup_is_cut_as_the_whole_text_at_once(
        noise in prop::collection::vec(prop::sample::select(NOISE.to_vec()), 0..12), step in 1_usize..9,
    ) {
        let text = noise.concat();
        let mut found = Vec::new();
        let mut markup = Markup::default();
        for part in text.as_bytes().chunks(step) {
            markup.feed(part, |markup| {
                found.push(String::from_utf8_lossy(markup).into_owned());
                Ok(())
            }).unwrap();
        }
        prop_assert_eq!(found, slowly(&text), "{}", text);
    }
}

/// The cells whose tags are met in a sheet, in order.
fn cells(xml: &str, step: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut markup = Markup::default();
    for part in xml.as_bytes().chunks(step) {
        let look = |markup: &[u8]| {
            if tag_name(markup) == Some(b"c") {
                found.extend(attribute(&attributes(markup), "r").map(str::to_owned));
            }
            Ok(())
        };
        markup.feed(part, look).unwrap();
    }
    found
}

proptest! {
    /// The parser that reads the workbook is the other twin: a cell that it reads has a tag that is met here, whatever stands
    /// around it.
    #[test]
    fn what_the_workbook_parser_reads_is_seen_here(
        noise in prop::collection::vec(prop::option::weighted(0.6, prop::sample::select(NOISE.to_vec())), 1..8), step in 1_usize..50,
    ) {
        let cell = |row: usize| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"str\"><v>D{row}</v></c></row>");
        let rows = noise.iter().zip(2..).map(|(noise, row)| format!("{}{}", noise.unwrap_or(""), cell(row)));
        let end = format!("{}</sheetData>", rows.collect::<String>());
        let plain = book(|_| {});
        let xml = std::cell::RefCell::new(String::new());
        let bytes = rezip(&plain, |name, content| {
            if !name.ends_with("sheet1.xml") {
                return content;
            }
            *xml.borrow_mut() = String::from_utf8(content).unwrap().replacen("</sheetData>", &end, 1);
            xml.borrow().clone().into_bytes()
        });
        let Ok(loaded) = Home::new().load(&bytes) else { return Ok(()) };
        let met = cells(&xml.borrow(), step);
        for row in &loaded.row_numbers {
            prop_assert!(met.contains(&format!("A{}", row + 1)), "row {} of {}", row, end);
        }
        if noise.iter().all(Option::is_none) {
            prop_assert_eq!(loaded.row_numbers.len(), noise.len());
        }
    }
}
