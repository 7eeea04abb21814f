//! The tags of an XML part, as they come in blocks.
//!
//! In: bytes, in pieces of any size. Out: what stands between each `<` and its `>`. Invariant: a tag ends where the workbook
//! reader's own parser ends it, so what is looked for in tags here is what that reader will see.

use memchr::{memchr, memchr2};

use crate::error::{Error, Result};

/// Most bytes of one tag, comment or instruction.
const MARKUP_BYTES_MAX: usize = 1 << 20;

/// Cuts a part into its markup.
#[derive(Default)]
pub(super) struct Markup {
    /// What came since `<`, without it.
    held: Vec<u8>,
    inside: bool,
    /// The quote that is open in a tag.
    quote: Option<u8>,
}

impl Markup {
    /// Shows each piece of markup that ends in `bytes`.
    ///
    /// # Errors
    /// Those of `each`; when one is longer than any of an honest part.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        loop {
            if !self.inside {
                let Some(at) = memchr(b'<', bytes) else { return Ok(()) };
                bytes = &bytes[at + 1..];
                (self.inside, self.quote) = (true, None);
                self.held.clear();
            }
            let end = memchr(b'>', bytes);
            let more = &bytes[..end.unwrap_or(bytes.len())];
            self.held.extend_from_slice(more);
            if self.held.len() > MARKUP_BYTES_MAX {
                return Err(Error::input("is not a workbook: a part of it has a tag without an end")
                    .hint("open it in Excel, save it again, and check the table"));
            }
            self.follow_quotes(more.len());
            let Some(end) = end else { return Ok(()) };
            bytes = &bytes[end + 1..];
            if self.has_ended() {
                self.inside = false;
                each(&self.held)?;
            } else {
                self.held.push(b'>');
            }
        }
    }

    /// Quotes in what was added last, `length` bytes.
    fn follow_quotes(&mut self, length: usize) {
        let mut rest = &self.held[self.held.len() - length..];
        loop {
            let next = self.quote.map_or_else(|| memchr2(b'"', b'\'', rest), |quote| memchr(quote, rest));
            let Some(at) = next else { return };
            self.quote = if self.quote.is_some() { None } else { rest.get(at).copied() };
            rest = &rest[at + 1..];
        }
    }

    /// Whether the `>` behind what is held ends it.
    fn has_ended(&self) -> bool {
        match self.held.as_slice() {
            [b'!', b'-', ..] => self.held.len() > 4 && self.held.ends_with(b"--"),
            [b'!', b'[', ..] => self.held.ends_with(b"]]"),
            [b'?', ..] => self.held.len() > 1 && self.held.ends_with(b"?"),
            [b'!', ..] => true,
            _ => self.quote.is_none(),
        }
    }
}

/// The name of a start tag without its prefix; `None` for other markup.
pub(super) fn tag_name(markup: &[u8]) -> Option<&[u8]> {
    if matches!(markup.first(), None | Some(b'!' | b'?' | b'/')) {
        return None;
    }
    let end = markup.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/').unwrap_or(markup.len());
    markup[..end].rsplit(|byte| *byte == b':').next()
}

/// The attributes of a start tag, names without prefix, values as they stand but for numbered characters.
pub(super) fn attributes(markup: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(markup);
    let mut rest = text.split_once(|c: char| c.is_ascii_whitespace()).map_or("", |(_, rest)| rest);
    let mut found = Vec::new();
    while let Some((name, behind)) = rest.split_once('=') {
        let behind = behind.trim_ascii_start();
        let Some(quote) = behind.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { break };
        let (value, behind) = behind[1..].split_once(quote).unwrap_or((&behind[1..], ""));
        let name = name.trim_ascii();
        found.push((name.rsplit(':').next().unwrap_or(name).to_owned(), numbered(value)));
        rest = behind;
    }
    found
}

/// The value of an attribute, of the first where there are two.
pub(super) fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.trim())
}

/// A text with `&#49;` and `&#x31;` as what they stand for.
fn numbered(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("&#") {
        out.push_str(before);
        let character = behind.split_once(';').and_then(|(digits, behind)| {
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            Some((char::from_u32(code.ok()?)?, behind))
        });
        match character {
            Some((character, behind)) => {
                out.push(character);
                rest = behind;
            }
            None => {
                out.push_str("&#");
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
