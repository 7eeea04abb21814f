//! One segment, mapped: its rows, and the rows of a value.

use crate::compare::{AddressKey, RecordParts, TokenId};
use crate::engine::people::PersonKey;
use crate::engine::stored::catalogue::{FileSum, Segment};
use crate::engine::stored::names::Names;
use crate::engine::stored::open::{Bits, damaged};
use crate::engine::stored::postings::Postings;
use crate::engine::stored::writer::{
    KINDS, coded, email_hash, file_name, person_of_nino, phone_hash, postcode_hash, text_columns,
};
use crate::error::Result;
use crate::ingest::PackedTexts;
use crate::lexicon::Sex;
use crate::model::value::{Fault, PartialDate};
use crate::standardise::nino;
use crate::store::{ColumnFile, Lists, Numbers, Texts};
use std::collections::BTreeMap;
use std::path::Path;

/// A file of a segment with the sum that it should have.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) sum: FileSum,
    pub(super) file: ColumnFile,
}

/// A segment whose files are mapped.
pub(super) struct MappedSegment {
    pub(super) about: Segment,
    pub(super) names: Names,
    people: Postings,
    phones: Postings,
    emails: Postings,
    postcodes: Postings,
    nino: Texts,
    person_id: Texts,
    birth_date: Numbers<u32>,
    sex: Numbers<u8>,
    tokens: Lists<u32>,
    phone_list: Lists<u64>,
    email_list: Lists<u64>,
    postcode: Numbers<u64>,
    parts: [Numbers<u32>; 4],
    other: Lists<u32>,
    apart: (Numbers<u32>, Numbers<u64>),
    pub(super) token_texts: Texts,
    pub(super) token_codes: Numbers<u64>,
    token_hashes: Numbers<u64>,
    sets: (Numbers<u32>, Numbers<u16>),
    pub(super) digests: Numbers<u64>,
    pub(super) texts: PackedTexts,
    /// Rows that are gone, where any are.
    pub(super) gone: Option<Bits>,
    /// All files but the packed one, to be checked.
    pub(super) files: Vec<Checked>,
}

/// Files that every segment has, besides those of [`KINDS`].
const FILES: [&str; 12] = [
    "apart",
    "faults",
    "rows",
    "names",
    "name-rows",
    "dates",
    "exact",
    "tokens",
    "sets",
    "digests",
    "text-sums",
    "text-dictionary",
];

impl MappedSegment {
    /// Maps all files of a segment; lengths are checked, sums are not.
    pub(super) fn open(folder: &Path, about: &Segment) -> Result<Self> {
        let mut files: BTreeMap<String, ColumnFile> = BTreeMap::new();
        let of_kinds = KINDS.iter().flat_map(|kind| [(*kind).to_owned(), format!("{kind}-starts")]);
        for kind in FILES.iter().map(|kind| (*kind).to_owned()).chain(of_kinds) {
            let name = file_name(about.number, &kind);
            files.insert(kind, open_checked(folder, about, &name)?);
        }
        let rows = &files["rows"];
        let part = |name: &str| rows.u32(name);
        let postings = |kind: &str| Postings::open(&files[kind], &files[&format!("{kind}-starts")], folder);
        let token_texts = files["tokens"].texts("text")?;
        let token_codes = files["tokens"].u64("code")?;
        let token_hashes = files["tokens"].u64("hash")?;
        let texts_name = file_name(about.number, "texts");
        let expected = about.files.get(&texts_name).ok_or_else(|| damaged(folder))?;
        let columns: Vec<&str> = text_columns().collect();
        let (sums, dictionary) = (files["text-sums"].u64("xxh3")?, files["text-dictionary"].u8("byte")?);
        let texts = PackedTexts::open(&folder.join(&texts_name), &columns, &sums, &dictionary, rows.rows())?;
        if texts.bytes() != expected.bytes || rows.rows() as u64 != about.rows {
            return Err(damaged(folder));
        }
        let mut gone_file = None;
        let gone = match about.files.get(&super::update::gone_name(about)) {
            Some(_) => {
                let name = super::update::gone_name(about);
                let file = open_checked(folder, about, &name)?;
                let bits = Bits::of(about.rows as usize, &file.u32("row")?);
                gone_file = Some(file);
                Some(bits)
            }
            None => None,
        };
        let names = Names::open([&files["names"], &files["name-rows"], &files["dates"], &files["exact"]], folder)?;
        Ok(Self {
            names,
            people: postings("person")?,
            phones: postings("phone")?,
            emails: postings("email")?,
            postcodes: postings("postcode")?,
            nino: rows.texts("nino")?,
            person_id: rows.texts("person_id")?,
            birth_date: rows.u32("birth_date")?,
            sex: rows.u8("sex")?,
            tokens: rows.lists32("tokens")?,
            phone_list: rows.lists64("phones")?,
            email_list: rows.lists64("emails")?,
            postcode: rows.u64("postcode")?,
            parts: [part("flat")?, part("building")?, part("street")?, part("town")?],
            other: rows.lists32("other")?,
            apart: (files["apart"].u32("row")?, files["apart"].u64("postcode")?),
            token_texts,
            token_codes,
            token_hashes,
            sets: (files["sets"].u32("row")?, files["sets"].u16("data_set")?),
            digests: files["digests"].u64("digest")?,
            texts,
            gone,
            files: files
                .into_iter()
                .map(|(kind, file)| (file_name(about.number, &kind), file))
                .chain(gone_file.map(|file| (super::update::gone_name(about), file)))
                .map(|(name, file)| Checked { sum: about.files[&name].clone(), name, file })
                .collect(),
            about: about.clone(),
        })
    }

    /// Rows, gone ones among them.
    pub(super) fn len(&self) -> usize {
        self.birth_date.len()
    }

    #[inline]
    pub(super) fn is_gone(&self, row: u32) -> bool {
        self.gone.as_ref().is_some_and(|gone| gone.get(row as usize))
    }

    /// Data set that a row is of.
    #[inline]
    pub(super) fn data_set(&self, row: u32) -> u16 {
        let (firsts, sets) = &self.sets;
        sets[firsts.partition_point(|first| *first <= row).saturating_sub(1)]
    }

    /// Number as it stands, empty where there is none.
    #[inline]
    pub(super) fn nino(&self, row: u32) -> &str {
        self.nino.get(row as usize)
    }

    /// Person id as it stands.
    #[inline]
    pub(super) fn person_id(&self, row: u32) -> &str {
        self.person_id.get(row as usize)
    }

    /// Person key of a row.
    #[inline]
    pub(super) fn person(&self, row: u32) -> Option<PersonKey> {
        let text = |text| Some(text).filter(|text: &&str| !text.is_empty());
        PersonKey::new(text(self.nino(row)), text(self.person_id(row)), self.data_set(row))
    }

    /// Bits of the birth date as it is written, 0 for none.
    #[inline]
    pub(super) fn born(&self, row: u32) -> u32 {
        self.birth_date[row as usize]
    }

    /// Numbers of the name tokens.
    #[inline]
    pub(super) fn tokens(&self, row: u32) -> &[u32] {
        self.tokens.get(row as usize)
    }

    /// Code and hash of a token, and whether there are keys of it.
    #[inline]
    fn known(&self, token: u32) -> (u64, u64, bool) {
        let token = token as usize;
        (self.token_codes[token], self.token_hashes[token], self.token_texts.bytes_of(token) > 1)
    }

    /// Hash of a token.
    #[inline]
    pub(super) fn token_hash(&self, token: u32) -> u64 {
        self.token_hashes[token as usize]
    }

    /// Code and hash of the first token of each code of a row, in `out`.
    pub(super) fn coded(&self, row: u32, out: &mut Vec<(u64, u64)>) {
        coded(self.tokens(row), |token| self.known(token), out);
    }

    /// Whether a row has a token of a code that there are keys of.
    pub(super) fn has_code(&self, row: u32, code: u64) -> bool {
        self.tokens(row).iter().any(|token| {
            let (other, _, is_keyed) = self.known(*token);
            is_keyed && other == code
        })
    }

    /// Phones, as bits.
    #[inline]
    pub(super) fn phones(&self, row: u32) -> &[u64] {
        self.phone_list.get(row as usize)
    }

    /// Hashes of emails: whole, local part.
    #[inline]
    pub(super) fn emails(&self, row: u32) -> &[u64] {
        self.email_list.get(row as usize)
    }

    /// The address; nothing in it where there is none.
    pub(super) fn address(&self, row: u32) -> AddressKey {
        let row = row as usize;
        let [flat, building, street, town] = &self.parts;
        let other = self.other.get(row);
        AddressKey {
            postcode: self.postcode[row],
            flat: flat[row],
            building: building[row],
            street: street[row],
            town: town[row],
            other_flat: other.first().copied().unwrap_or(0),
            other_building: other.get(1).copied().unwrap_or(0),
        }
    }

    /// The comparable values of a row at a day, tokens numbered by `token`.
    pub(super) fn read(
        &self,
        row: u32,
        on: PartialDate,
        parts: &mut RecordParts,
        mut token: impl FnMut(u32) -> TokenId,
    ) {
        parts.clear();
        parts.tokens.extend(self.tokens(row).iter().map(|id| token(*id)));
        parts.birth_date = Some(self.born(row)).filter(|bits| *bits != 0).map(PartialDate::from_bits);
        parts.birth_date = parts.birth_date.filter(|date| crate::standardise::date::unbelievable(*date, on).is_none());
        parts.nino = nino_bits(self.nino(row));
        parts.sex = match self.sex[row as usize] {
            0 => None,
            sex if sex == Sex::Female as u8 => Some(Sex::Female),
            _ => Some(Sex::Male),
        };
        parts.phones.extend_from_slice(self.phones(row));
        parts.emails.extend(self.emails(row).chunks_exact(2).map(|pair| (pair[0], pair[1])));
        let address = self.address(row);
        if !address.is_empty() {
            parts.addresses.push(address);
        }
    }

    fn alive(&self, rows: impl Iterator<Item = u32>) -> impl Iterator<Item = u32> {
        rows.filter(|row| !self.is_gone(*row))
    }

    /// Rows that may be of a person: their key is to be looked at.
    pub(super) fn rows_of_person(&self, person: PersonKey) -> impl Iterator<Item = u32> + '_ {
        self.alive(self.people.rows(person.0))
    }

    /// Rows with a valid number of these bits.
    pub(super) fn rows_of_nino(&self, bits: u64) -> impl Iterator<Item = u32> + '_ {
        let rows = person_of_nino(bits).into_iter().flat_map(|person| self.rows_of_person(person));
        rows.filter(move |row| nino_bits(self.nino(*row)) == bits)
    }

    /// Rows with a phone.
    pub(super) fn rows_of_phone(&self, bits: u64) -> impl Iterator<Item = u32> + '_ {
        self.alive(self.phones.rows(phone_hash(bits))).filter(move |row| self.phones(*row).contains(&bits))
    }

    /// Rows with an email of this hash.
    pub(super) fn rows_of_email(&self, hash: u64) -> impl Iterator<Item = u32> + '_ {
        let rows = self.alive(self.emails.rows(email_hash(hash)));
        rows.filter(move |row| self.emails(*row).first() == Some(&hash))
    }

    /// Rows with a unit postcode.
    pub(super) fn rows_of_postcode(&self, bits: u64) -> impl Iterator<Item = u32> + '_ {
        self.alive(self.postcodes.rows(postcode_hash(bits))).filter(move |row| self.postcode_of(*row) == bits)
    }

    /// Postcode of a row that has a unit postcode in its own column.
    fn postcode_of(&self, row: u32) -> u64 {
        let (rows, postcodes) = &self.apart;
        rows.binary_search(&row).map_or(self.postcode[row as usize], |at| postcodes[at])
    }

    /// Rows, not gone, with a unit postcode.
    pub(super) fn rows_with_postcode(&self) -> u64 {
        self.postcodes.all().iter().filter(|row| !self.is_gone(**row)).count() as u64
    }
}

/// Bits of a number that identifies, 0 for any other.
#[inline]
fn nino_bits(text: &str) -> u64 {
    if text.is_empty() { 0 } else { nino::read(text).value.map_or(0, |nino| nino.bits()) }
}

/// Maps a file of a segment whose length is right.
pub(super) fn open_checked(folder: &Path, about: &Segment, name: &str) -> Result<ColumnFile> {
    let sum = about.files.get(name).ok_or_else(|| damaged(folder))?;
    let file = ColumnFile::open(&folder.join(name))?;
    if file.bytes() == sum.bytes { Ok(file) } else { Err(damaged(folder)) }
}

/// The fault that a date has at a day, where it is written as a date.
pub(super) fn disbelief(bits: u32, on: PartialDate) -> Option<Fault> {
    (bits != 0).then(|| PartialDate::from_bits(bits)).and_then(|date| crate::standardise::date::unbelievable(date, on))
}
