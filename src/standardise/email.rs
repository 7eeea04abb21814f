//! Text to an email address: lower case, without what surrounds it, and one spelling for Gmail.

use crate::model::value::{Fault, Reading};
use unicode_normalization::UnicodeNormalization;

/// Longest address that mail carries, in bytes, and longest text that is searched for one.
const ADDRESS_BYTES_MAX: usize = 254;
const TEXT_BYTES_MAX: usize = 1024;
/// Kinds of byte: may stand in a canonical address as it is; in a local part; in a label of a
/// host; as it is but for its case.
const PLAIN: u8 = 1;
const LOCAL: u8 = 2;
const LABEL: u8 = 4;
const CAPITAL: u8 = 8;
const KINDS: [u8; 256] = kinds();

/// The canonical address that a text gives: a slice of `text` if that is canonical already, else
/// written to `scratch`.
///
/// Lower case; without `mailto:`, `<…>`, quotes, a display name and punctuation around it. For
/// gmail.com and googlemail.com alone, the host is gmail.com and the local part loses its dots and
/// what follows a `+`: those reach the same mailbox. Of several addresses the first is taken, with
/// the remark `Extra`. Null: `Junk` (`none@none.com`, `noemail@…`), `Placeholder` (`N/A`),
/// `Malformed`, letters outside ASCII too.
#[must_use]
pub fn canonical<'a>(text: &'a str, scratch: &'a mut String) -> Reading<&'a str> {
    if is_plain(text.as_bytes()) {
        return match split(text) {
            Some((local, host)) if is_google(host) && !(host == GMAIL && is_plain_google(local)) => {
                finish_google(local, scratch)
            }
            Some((local, host)) => judge(text, local, host),
            None => Reading::null(Fault::of_unreadable(text)),
        };
    }
    if is_capital_plain(text.as_bytes()) {
        return finish(text, scratch);
    }
    if text.is_ascii() {
        return read_ascii(text, scratch);
    }
    let folded: String = text.nfkc().filter(|char| !is_invisible(*char)).take(TEXT_BYTES_MAX).collect();
    read_ascii(&folded, scratch)
}

/// What stands before the last `@`; the whole if there is none.
#[must_use]
pub fn local_part(email: &str) -> &str {
    email.rsplit_once('@').map_or(email, |(local, _)| local)
}

/// Punctuation that may surround an address and that none begins with.
const AROUND: [char; 7] = ['\'', '`', ':', '!', '?', '/', '\\'];
const GMAIL: &str = "gmail.com";

#[inline]
fn is_google(host: &str) -> bool {
    host == GMAIL || host == "googlemail.com"
}

fn is_plain_google(local: &str) -> bool {
    !local.bytes().any(|byte| byte == b'.' || byte == b'+')
}

/// Whether every character may stand in a canonical address as it is: most texts need no work.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let is_one = |&byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"@.-_+".contains(&byte);
    let ends_well = bytes.last().is_some_and(u8::is_ascii_lowercase);
    ends_well && bytes.len() <= ADDRESS_BYTES_MAX && bytes.iter().all(is_one)
}

/// Whether only capitals keep a text from being [plain](is_plain).
fn is_capital_plain(bytes: &[u8]) -> bool {
    let ends_well = bytes.last().is_some_and(u8::is_ascii_alphabetic);
    ends_well && bytes.len() <= ADDRESS_BYTES_MAX && all(bytes, PLAIN | CAPITAL)
}

/// Characters that come with copied text and are not seen.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

fn read_ascii<'a>(text: &str, scratch: &'a mut String) -> Reading<&'a str> {
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return Reading::missing();
    }
    let mut found = trimmed
        .split(|char: char| char.is_ascii_whitespace() || b",;|<>()[]\"".contains(&(char as u8)))
        .filter(|word| word.contains('@'));
    let Some(word) = found.next() else {
        return Reading::null(Fault::of_unreadable(text));
    };
    let first = finish(stripped(word), scratch);
    let has_other = found.any(|other| !stripped(other).eq_ignore_ascii_case(stripped(word)));
    match first {
        Reading { value: Some(address), fault: None } if has_other => Reading::flagged(address, Fault::Extra),
        _ => first,
    }
}

/// The word without `mailto:`, the question of a link, and punctuation. A dot may begin an address.
fn stripped(word: &str) -> &str {
    let word = word.trim_start_matches(AROUND);
    let start = word.as_bytes().get(..7);
    let is_link = start.is_some_and(|start| start.eq_ignore_ascii_case(b"mailto:"));
    let word = if is_link { word[7..].trim_start_matches(AROUND) } else { word };
    let word = word.split_once('?').map_or(word, |(address, _)| address);
    word.trim_end_matches(|char| AROUND.contains(&char) || char == '.')
}

/// Writes the canonical form of an address that stands alone.
fn finish<'a>(word: &str, scratch: &'a mut String) -> Reading<&'a str> {
    scratch.clear();
    scratch.push_str(word);
    scratch.make_ascii_lowercase();
    let at = match split(scratch) {
        Some((local, host)) if is_google(host) => {
            let kept_len = local.find('+').unwrap_or(local.len());
            scratch.truncate(kept_len);
            scratch.retain(|char| char != '.');
            return finish_mailbox(scratch);
        }
        Some((local, _)) => local.len(),
        None => return Reading::null(Fault::of_unreadable(word)),
    };
    let address: &'a str = scratch;
    judge(address, &address[..at], &address[at + 1..])
}

/// Writes the address of a mailbox at Google, from a local part that is lower case.
fn finish_google<'a>(local: &str, scratch: &'a mut String) -> Reading<&'a str> {
    scratch.clear();
    scratch.extend(local.chars().take_while(|&char| char != '+').filter(|&char| char != '.'));
    finish_mailbox(scratch)
}

/// Puts the host behind the name of a mailbox at Google.
fn finish_mailbox(scratch: &mut String) -> Reading<&str> {
    let at = scratch.len();
    if scratch.is_empty() || scratch.starts_with(AROUND) {
        return Reading::null(Fault::Malformed);
    }
    scratch.push('@');
    scratch.push_str(GMAIL);
    judge(scratch, &scratch[..at], GMAIL)
}

/// The address, unless nobody reads it.
#[inline]
fn judge<'a>(address: &'a str, local: &str, host: &str) -> Reading<&'a str> {
    if is_junk_local(local)
        || (is_junk_twin(local) && host.strip_prefix(local).is_some_and(|rest| rest.starts_with('.')))
    {
        return Reading::null(Fault::Junk);
    }
    Reading::of(address)
}

/// Local parts of addresses that nobody reads.
#[inline]
fn is_junk_local(local: &str) -> bool {
    matches!(
        local,
        "na" | "n.a"
            | "nil"
            | "no"
            | "none"
            | "no.email"
            | "no-email"
            | "no_email"
            | "noemail"
            | "noemailaddress"
            | "nomail"
            | "notknown"
            | "nobody"
            | "unknown"
            | "donotreply"
            | "noreply"
            | "no-reply"
    )
}

/// Words that are junk if they stand on both sides of the `@`.
#[inline]
fn is_junk_twin(local: &str) -> bool {
    matches!(local, "none" | "test" | "email" | "mail" | "abc" | "a" | "x" | "xxx")
}

/// Local part and host of a lower case address; none if it is not one.
///
/// The local part is lenient (dots anywhere), the host has labels of letters, digits and hyphens,
/// the last of two letters at least.
#[inline]
fn split(address: &str) -> Option<(&str, &str)> {
    let at = address.bytes().position(|byte| byte == b'@')?;
    let (local, host) = (&address[..at], &address[at + 1..]);
    if local.is_empty() || address.len() > ADDRESS_BYTES_MAX || !all(local.as_bytes(), LOCAL) {
        return None;
    }
    let (mut labels, mut start) = (1, 0);
    for (end, &byte) in host.as_bytes().iter().enumerate() {
        if byte == b'.' {
            if end == start {
                return None;
            }
            labels += 1;
            start = end + 1;
        } else if KINDS[usize::from(byte)] & LABEL == 0 {
            return None;
        }
    }
    let last = &host.as_bytes()[start..];
    let is_top = last.len() >= 2 && last.iter().all(u8::is_ascii_lowercase);
    // The host of a code in another script: xn--p1ai.
    (labels >= 2 && (is_top || last.starts_with(b"xn--"))).then_some((local, host))
}

#[inline]
fn all(bytes: &[u8], kind: u8) -> bool {
    bytes.iter().all(|&byte| KINDS[usize::from(byte)] & kind != 0)
}

const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let is_label = byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_plain = is_label || matches!(byte, b'@' | b'.' | b'_' | b'+');
        let is_local = byte.is_ascii_graphic()
            && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b',' | b';' | b':' | b'\\' | b'"' | b'@');
        kinds[byte as usize] = (is_plain as u8 * PLAIN)
            | (is_local as u8 * LOCAL)
            | (is_label as u8 * LABEL)
            | (byte.is_ascii_uppercase() as u8 * CAPITAL);
        byte += 1;
    }
    kinds
}

#[cfg(test)]
mod tests;
