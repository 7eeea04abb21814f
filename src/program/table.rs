//! Values worked out once for each different value of a field, or once for each record, and read by code ever after.

use super::columns::{Column, Interner, Texts};
use super::value::Value;
use super::words::{Word, Words};
use crate::error::Result;
use crate::util::hash::{Map, map, mix};
use std::sync::Arc;

/// Null among numbers: a NaN that no arithmetic is ever given.
const NULL_BITS: u64 = 0x7ff8_0000_0dea_d001;
/// Null as a number of a program.
pub(crate) const NULL: f64 = f64::from_bits(NULL_BITS);

/// Whether a number of a program is null.
#[inline]
pub(crate) fn is_null(number: f64) -> bool {
    number.to_bits() == NULL_BITS
}

/// What a value is as a number of a program: true is 1, days and points in time are counted, null is [`NULL`].
pub(crate) fn as_number(value: &Value) -> f64 {
    match value {
        Value::Boolean(truth) => f64::from(*truth),
        Value::Number(number) | Value::Instant(number) => *number,
        Value::Date(day) => f64::from(*day),
        Value::Null | Value::Text(_) | Value::List(_) => NULL,
    }
}

/// Values by code. Code 0 is that of null where codes are those of a field.
#[derive(Clone, Debug)]
pub(crate) enum Table {
    /// Texts.
    Texts(TextTable),
    /// Numbers, truths and times as numbers.
    Numbers(Vec<f64>),
    /// Lists of texts.
    Lists(ListTable),
}

impl Table {
    /// The values of records, given by their cells, as a field; numbers as texts that are the same for equal numbers.
    pub(crate) fn column(&self, cells: &[u32]) -> Result<Column> {
        match self {
            Self::Texts(table) => {
                let codes = cells.iter().map(|cell| table.code(*cell)).collect();
                Ok(Column::Texts { codes, texts: table.texts.clone() })
            }
            Self::Numbers(numbers) => {
                // Adding 0 makes 0 of -0, which equals it.
                let written = |number: f64| (!is_null(number)).then(|| format!("{}", number + 0.0));
                let texts: Vec<Option<String>> = numbers.iter().map(|number| written(*number)).collect();
                let mut interner = Interner::default();
                let code = |text: &Option<String>| text.as_ref().map_or(Ok(0), |text| interner.code(text));
                let codes = texts.iter().map(code).collect::<Result<Vec<u32>>>()?;
                let codes = cells.iter().map(|cell| codes[*cell as usize]).collect();
                Ok(Column::Texts { codes, texts: Arc::new(interner.finish()) })
            }
            Self::Lists(table) => {
                let (mut ends, mut items, mut null) = (Vec::new(), Vec::new(), Vec::new());
                for cell in cells {
                    let list = table.items(*cell);
                    items.extend_from_slice(list.unwrap_or_default());
                    ends.push(items.len());
                    null.push(list.is_none());
                }
                Ok(Column::Lists { ends, items, null, texts: table.texts.clone() })
            }
        }
    }
}

/// Texts by code.
#[derive(Clone, Debug)]
pub(crate) struct TextTable {
    /// The code of the text by code of the field; `None`: the codes are the same.
    codes: Option<Vec<u32>>,
    texts: Arc<Texts>,
    /// The texts laid out for kernels, where one needs them.
    words: Words,
}

impl TextTable {
    pub(crate) fn of_field(texts: Arc<Texts>) -> Self {
        Self { codes: None, texts, words: Words::None }
    }

    /// Lays the texts out for kernels.
    pub(crate) fn lay_out(&mut self) {
        if matches!(self.words, Words::None) {
            self.words = Words::of(&self.texts);
        }
    }

    /// The text of its own code, for kernels.
    #[inline]
    pub(crate) fn word(&self, code: u32) -> Word<'_> {
        self.words.get(code, &self.texts)
    }

    /// Part of what a kernel will need of a cell's text, to bring it near.
    #[inline]
    pub(crate) fn touch(&self, cell: u32) -> u64 {
        self.words.touch(self.code(cell))
    }

    /// The code of the text itself; 0 is null.
    #[inline]
    pub(crate) fn code(&self, cell: u32) -> u32 {
        match &self.codes {
            Some(codes) => codes[cell as usize],
            None => cell,
        }
    }

    /// The text of its own code.
    #[inline]
    pub(crate) fn text(&self, code: u32) -> &str {
        self.texts.get(code)
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }
}

/// Lists by code: items as codes, and as sets.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListTable {
    /// Where each list ends among `items`.
    ends: Vec<usize>,
    items: Vec<u32>,
    /// Where each set ends among `members`.
    set_ends: Vec<usize>,
    /// Different items of each list, in order of their codes.
    members: Vec<u32>,
    /// A bit for each member of a set, by list; several may share one.
    marks: Vec<u64>,
    null: Vec<bool>,
    texts: Arc<Texts>,
}

impl ListTable {
    fn push(&mut self, list: Option<&[u32]>) {
        let list = list.map(<[u32]>::to_vec);
        self.null.push(list.is_none());
        let mut list = list.unwrap_or_default();
        self.items.extend_from_slice(&list);
        self.ends.push(self.items.len());
        list.sort_unstable();
        list.dedup();
        self.members.extend_from_slice(&list);
        self.marks.push(list.iter().fold(0, |marks, member| marks | 1 << (mix(u64::from(*member), 0) >> 58)));
        self.set_ends.push(self.members.len());
    }

    /// Items of a list in order; `None` is null.
    #[inline]
    pub(crate) fn items(&self, code: u32) -> Option<&[u32]> {
        self.part(code, &self.ends, &self.items)
    }

    /// Different items of a list by code; `None` is null.
    #[inline]
    pub(crate) fn set(&self, code: u32) -> Option<&[u32]> {
        self.part(code, &self.set_ends, &self.members)
    }

    /// A bit for each member of a set.
    #[inline]
    pub(crate) fn marks(&self, code: u32) -> u64 {
        self.marks[code as usize]
    }

    #[inline]
    fn part<'a>(&self, code: u32, ends: &[usize], parts: &'a [u32]) -> Option<&'a [u32]> {
        let code = code as usize;
        let start = if code == 0 { 0 } else { ends[code - 1] };
        if self.null[code] { None } else { Some(&parts[start..ends[code]]) }
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The same lists with the codes that `other` gives to their items; items that it lacks get codes beyond its own.
    pub(crate) fn in_codes_of(&self, other: &Texts) -> Self {
        let codes = translation(&self.texts, other);
        let mut beyond = other.len() as u32;
        let codes: Vec<u32> = codes
            .into_iter()
            .map(|code| {
                code.unwrap_or_else(|| {
                    beyond += 1;
                    beyond
                })
            })
            .collect();
        let mut same = Self { texts: self.texts.clone(), ..Self::default() };
        for code in 0..self.null.len() {
            let item = |item: &u32| codes[*item as usize];
            let items: Option<Vec<u32>> = self.items(code as u32).map(|items| items.iter().map(item).collect());
            same.push(items.as_deref());
        }
        same
    }
}

/// For each code of `from`, the code of the same text in `to`.
pub(crate) fn translation(from: &Texts, to: &Texts) -> Vec<Option<u32>> {
    let mut codes: Map<&str, u32> = map();
    for code in 1..to.len() as u32 {
        codes.insert(to.get(code), code);
    }
    (0..from.len() as u32).map(|code| if code == 0 { Some(0) } else { codes.get(from.get(code)).copied() }).collect()
}

/// Puts values of one kind, by code, into a table.
pub(crate) fn of_values(kind: super::value::Kind, values: impl Iterator<Item = Value>) -> Result<Table> {
    use super::value::Kind;
    match kind {
        Kind::Text => {
            let mut interner = Interner::default();
            let code = |value: Value| value.text().map_or(Ok(0), |text| interner.code(text));
            let codes = values.map(code).collect::<Result<Vec<u32>>>()?;
            let texts = Arc::new(interner.finish());
            // Where each text has its own code already, in order, nothing is looked up.
            let plain = codes.iter().enumerate().all(|(place, code)| *code as usize == place);
            Ok(Table::Texts(TextTable { codes: (!plain).then_some(codes), texts, words: Words::None }))
        }
        Kind::List => {
            let mut interner = Interner::default();
            let mut lists = ListTable::default();
            for value in values {
                let items = value.list().map(|items| items.iter().map(|item| interner.code(item)));
                let items = items.map(Iterator::collect::<Result<Vec<u32>>>).transpose()?;
                lists.push(items.as_deref());
            }
            lists.texts = Arc::new(interner.finish());
            Ok(Table::Lists(lists))
        }
        _ => Ok(Table::Numbers(values.map(|value| as_number(&value)).collect())),
    }
}

/// Puts the lists of a field, each different one once, into a table; gives the code of each record's list too.
pub(crate) fn of_lists<'a>(
    lists: impl Iterator<Item = Option<&'a [u32]>>,
    texts: &Arc<Texts>,
) -> Result<(ListTable, Vec<u32>)> {
    let mut table = ListTable { texts: texts.clone(), ..ListTable::default() };
    table.push(None);
    let mut known: Map<&[u32], u32> = map();
    let mut codes = Vec::new();
    for list in lists {
        let Some(list) = list else {
            codes.push(0);
            continue;
        };
        let next = u32::try_from(table.null.len())
            .map_err(|_| crate::error::Error::limit("a field has more than four thousand million different lists"))?;
        let code = *known.entry(list).or_insert(next);
        if code == next {
            table.push(Some(list));
        }
        codes.push(code);
    }
    Ok((table, codes))
}

/// Puts the values of records, each different one once, into a table; gives the code of each record's value too.
pub(crate) fn of_records(kind: super::value::Kind, values: impl Iterator<Item = Value>) -> Result<(Table, Vec<u32>)> {
    // Null comes first, so that texts have the codes that their dictionary gives them.
    let mut first = vec![Value::Null];
    let mut known: Map<Distinct, u32> = map();
    known.insert(Distinct::of(&Value::Null), 0);
    let mut codes = Vec::new();
    for value in values {
        let next = u32::try_from(known.len())
            .map_err(|_| crate::error::Error::limit("an expression has more than four thousand million values"))?;
        let code = *known.entry(Distinct::of(&value)).or_insert(next);
        if code == next {
            first.push(value);
        }
        codes.push(code);
    }
    Ok((of_values(kind, first.into_iter())?, codes))
}

/// A value that can be looked up.
#[derive(PartialEq, Eq, Hash)]
enum Distinct {
    Bits(u64),
    Text(String),
    List(Vec<String>),
}

impl Distinct {
    fn of(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.clone()),
            Value::List(items) => Self::List(items.clone()),
            other => Self::Bits(as_number(other).to_bits()),
        }
    }
}

impl ListTable {
    /// Lists.
    pub(crate) fn len(&self) -> usize {
        self.null.len()
    }

    /// A list as a value.
    pub(crate) fn value(&self, code: u32) -> Value {
        let texts = |items: &[u32]| items.iter().map(|item| self.texts.get(*item).to_owned()).collect();
        self.items(code).map_or(Value::Null, |items| Value::List(texts(items)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_no_result_of_arithmetic() {
        assert!(is_null(NULL));
        let zero = std::hint::black_box(0.0);
        assert!(!is_null(f64::NAN) && !is_null(zero / zero) && !is_null(f64::INFINITY - f64::INFINITY));
        assert!(!is_null((-1.0_f64).sqrt()) && !is_null("nan".parse().unwrap()));
    }

    #[test]
    fn lists_in_other_codes_meet() {
        let texts = |all: &[&str]| {
            let mut texts = Texts::default();
            all.iter().for_each(|text| drop(texts.push(text)));
            Arc::new(texts)
        };
        let a = texts(&["x", "y", "z"]);
        let b = texts(&["z", "w", "v"]);
        let (lists, codes) =
            of_lists([Some(&[1, 2, 1][..]), None, Some(&[][..]), Some(&[1, 2, 1])].into_iter(), &b).unwrap();
        assert_eq!(codes, [1, 0, 2, 1]);
        let same = lists.in_codes_of(&a);
        assert_eq!(same.items(1).map(|items| items[0]), Some(3));
        assert_eq!(same.set(1).map(<[u32]>::len), Some(2));
        assert!(same.set(1).unwrap()[1] > 3);
        assert_eq!((same.items(0), same.items(2)), (None, Some(&[][..])));
    }
}
