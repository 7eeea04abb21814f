//! The people behind register rows: their keys, and where their rows stand.

use crate::compare::Pieces;
use crate::ids::RegisterRow;
use crate::util::hash::{mix, text_hash};

/// Identity of a person in the registers: the number as it stands, even where it is administrative or doubtful.
///
/// Eight characters of a NINO identify, the suffix does not; a `person_id` identifies within its own data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonKey(pub u64);

/// Longest number that is read as one.
const NUMBER_MAX: usize = 32;

impl PersonKey {
    /// Key of a row with these numbers; `None` when it has neither.
    pub fn new(nino: Option<&str>, person_id: Option<&str>, data_set: u16) -> Option<Self> {
        let mut buffer = [0_u8; NUMBER_MAX];
        if let Some(text) = nino {
            let number = alphanumeric(text, &mut buffer);
            // A ninth character is the suffix, or the sex of a temporary number: neither tells people apart.
            let number = if number.len() == 9 { &number[..8] } else { number };
            if !number.is_empty() {
                return Some(Self(text_hash(number)));
            }
        }
        let text = person_id?.trim();
        (!text.is_empty()).then(|| Self(mix(text_hash(text.as_bytes()), u64::from(data_set) + 1)))
    }
}

fn alphanumeric<'a>(text: &str, buffer: &'a mut [u8; NUMBER_MAX]) -> &'a [u8] {
    let mut len = 0;
    for byte in text.bytes().filter(u8::is_ascii_alphanumeric).take(NUMBER_MAX) {
        buffer[len] = byte.to_ascii_uppercase();
        len += 1;
    }
    &buffer[..len]
}

/// What is asked of a row when its pair is compared stands together.
#[derive(Clone, Copy, Debug)]
struct Row {
    key: PersonKey,
    /// Hash of the numbers of the row, to tell quickly which row speaks for a person.
    digest: u64,
    place: RegisterRow,
    /// End of the NINO and of the person id in the text.
    ends: (u32, u32),
    data_set: u16,
}

/// People of surviving register rows.
#[derive(Clone, Debug, Default)]
pub struct People {
    rows: Pieces<Row>,
    text: String,
}

impl People {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Memory of all rows, in bytes.
    pub fn bytes(&self) -> usize {
        self.len() * size_of::<Row>() + self.text.len()
    }

    /// Adds a row.
    pub fn push(&mut self, key: PersonKey, place: RegisterRow, data_set: u16, nino: &str, person_id: &str) {
        let digest = mix(text_hash(nino.as_bytes()), text_hash(person_id.as_bytes()));
        self.add(Row { key, digest, place, ends: (0, 0), data_set }, nino, person_id);
    }

    fn add(&mut self, row: Row, nino: &str, person_id: &str) {
        self.text.push_str(nino);
        let middle = self.text.len() as u32;
        self.text.push_str(person_id);
        self.rows.push(Row { ends: (middle, self.text.len() as u32), ..row });
    }

    /// Adds the `rows` of another worker, which ascend; each piece is let go of when it has been taken.
    pub fn take_rows(&mut self, mut other: Self, rows: &[u32]) {
        for row in rows {
            let row = *row as usize;
            // The end of the row before is where this one's numbers begin.
            other.rows.forget_before(row.saturating_sub(1));
            let (nino, person_id) = other.numbers(row);
            self.add(other.rows[row], nino, person_id);
        }
    }

    /// Person key of a row.
    #[inline]
    pub fn key(&self, row: usize) -> PersonKey {
        self.rows[row].key
    }

    /// Where a row stands in the registers.
    pub fn place(&self, row: usize) -> RegisterRow {
        self.rows[row].place
    }

    /// Data set of a row.
    pub fn data_set(&self, row: usize) -> u16 {
        self.rows[row].data_set
    }

    /// Digest of the numbers of a row as they stand: rows with the same digest show the same numbers.
    #[inline]
    pub fn digest(&self, row: usize) -> u64 {
        self.rows[row].digest
    }

    /// NINO and person id of a row, as they stand.
    pub fn numbers(&self, row: usize) -> (&str, &str) {
        let start = if row == 0 { 0 } else { self.rows[row - 1].ends.1 };
        let (middle, end) = self.rows[row].ends;
        (&self.text[start as usize..middle as usize], &self.text[middle as usize..end as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::PersonKey;

    #[test]
    fn the_suffix_identifies_nobody_and_an_administrative_number_stays_a_key() {
        let key = |nino| PersonKey::new(Some(nino), None, 0);
        assert_eq!(key("AB 12 34 56 C"), key("ab123456"));
        assert_eq!(key("AB123456A"), key("AB123456B"));
        assert_ne!(key("AB123456A"), key("AB123457A"));
        assert!(key("OO123456A").is_some());
        assert_eq!(PersonKey::new(Some(" - "), None, 0), None);
    }

    #[test]
    fn a_person_id_is_of_its_data_set() {
        let key = |set| PersonKey::new(None, Some("77"), set);
        assert_ne!(key(0), key(1));
        assert_eq!(PersonKey::new(Some("AB123456A"), Some("9"), 0), PersonKey::new(Some("AB123456"), None, 1));
    }
}
