//! The functions of the language: names, aliases, numbers of arguments.
//!
//! What they do is in `program/functions`. Most are functions of DuckDB, which Splink's models are written for;
//! the native ones are our own and print as text that DuckDB does not know.

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the table below says what each is called; program/functions says what it does")]
pub enum Function {
    Lower,
    Upper,
    Trim,
    TrimLeft,
    TrimRight,
    Substring,
    Left,
    Right,
    Length,
    Reverse,
    Replace,
    Contains,
    StartsWith,
    EndsWith,
    RegexpExtract,
    RegexpReplace,
    RegexpMatches,
    Concat,
    StripAccents,
    NullIf,
    Coalesce,
    Least,
    Greatest,
    Abs,
    Round,
    Floor,
    Ceil,
    Sqrt,
    Power,
    Ln,
    Log2,
    Exp,
    Radians,
    Degrees,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Atan2,
    Epoch,
    Strptime,
    TryStrptime,
    DateDiff,
    Year,
    Month,
    Day,
    ArrayLength,
    ListIntersect,
    ListContains,
    ListExtract,
    ListHasAny,
    ListDistinct,
    ListCosineSimilarity,
    ArrayCosineSimilarity,
    Levenshtein,
    DamerauLevenshtein,
    Hamming,
    Jaccard,
    Jaro,
    JaroWinkler,
    Osa,
    LevenshteinChars,
    DamerauLevenshteinChars,
    JaroChars,
    JaroWinklerChars,
    HammingChars,
    JaccardChars,
    TokenJaccard,
    NgramJaccard,
    GreatCircleKm,
    DaysBetween,
    RelativeDifference,
    Prefix,
    Suffix,
    Tokens,
    Ngrams,
    Fold,
    Skeleton,
    Phonetic,
    TokenKeys,
    SameName,
    NameEquivalent,
    NameAlignment,
    DateError,
    AddressAgreement,
}

/// Where the meaning of a function comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A function of DuckDB.
    Sql,
    /// A function of our own.
    Native,
    /// A function of our own whose meaning is given from outside, see `program`.
    Plugged,
}

/// One line of the table of functions.
struct Entry {
    function: Function,
    origin: Origin,
    /// Least and greatest number of arguments.
    arguments: (usize, usize),
    /// As it is printed, which is as Splink writes it; then other names, all in small letters.
    names: &'static [&'static str],
}

const fn entry(
    function: Function,
    origin: Origin,
    least: usize,
    greatest: usize,
    names: &'static [&'static str],
) -> Entry {
    Entry { function, origin, arguments: (least, greatest), names }
}

/// Any number of arguments.
const MANY: usize = 1000;

use Function as F;
use Origin::{Native, Plugged, Sql};

/// In the order of [`Function`].
const TABLE: [Entry; 87] = [
    entry(F::Lower, Sql, 1, 1, &["LOWER", "lcase"]),
    entry(F::Upper, Sql, 1, 1, &["UPPER", "ucase"]),
    entry(F::Trim, Sql, 1, 2, &["TRIM"]),
    entry(F::TrimLeft, Sql, 1, 2, &["ltrim"]),
    entry(F::TrimRight, Sql, 1, 2, &["rtrim"]),
    entry(F::Substring, Sql, 2, 3, &["substr", "substring"]),
    entry(F::Left, Sql, 2, 2, &["left"]),
    entry(F::Right, Sql, 2, 2, &["right"]),
    entry(F::Length, Sql, 1, 1, &["length", "len", "char_length", "character_length"]),
    entry(F::Reverse, Sql, 1, 1, &["reverse"]),
    entry(F::Replace, Sql, 3, 3, &["replace"]),
    entry(F::Contains, Sql, 2, 2, &["contains"]),
    entry(F::StartsWith, Sql, 2, 2, &["starts_with", "startswith"]),
    entry(F::EndsWith, Sql, 2, 2, &["ends_with", "endswith"]),
    entry(F::RegexpExtract, Sql, 2, 4, &["regexp_extract"]),
    entry(F::RegexpReplace, Sql, 3, 4, &["regexp_replace"]),
    entry(F::RegexpMatches, Sql, 2, 3, &["regexp_matches", "regexp_like"]),
    entry(F::Concat, Sql, 1, MANY, &["concat"]),
    entry(F::StripAccents, Sql, 1, 1, &["strip_accents"]),
    entry(F::NullIf, Sql, 2, 2, &["NULLIF"]),
    entry(F::Coalesce, Sql, 1, MANY, &["COALESCE", "ifnull", "nvl"]),
    entry(F::Least, Sql, 1, MANY, &["LEAST"]),
    entry(F::Greatest, Sql, 1, MANY, &["GREATEST"]),
    entry(F::Abs, Sql, 1, 1, &["ABS"]),
    entry(F::Round, Sql, 1, 2, &["round"]),
    entry(F::Floor, Sql, 1, 1, &["floor"]),
    entry(F::Ceil, Sql, 1, 1, &["ceil", "ceiling"]),
    entry(F::Sqrt, Sql, 1, 1, &["sqrt"]),
    entry(F::Power, Sql, 2, 2, &["pow", "power"]),
    entry(F::Ln, Sql, 1, 1, &["ln"]),
    entry(F::Log2, Sql, 1, 1, &["log2"]),
    entry(F::Exp, Sql, 1, 1, &["exp"]),
    entry(F::Radians, Sql, 1, 1, &["radians"]),
    entry(F::Degrees, Sql, 1, 1, &["degrees"]),
    entry(F::Sin, Sql, 1, 1, &["sin"]),
    entry(F::Cos, Sql, 1, 1, &["cos"]),
    entry(F::Tan, Sql, 1, 1, &["tan"]),
    entry(F::Asin, Sql, 1, 1, &["asin"]),
    entry(F::Acos, Sql, 1, 1, &["acos"]),
    entry(F::Atan, Sql, 1, 1, &["atan"]),
    entry(F::Atan2, Sql, 2, 2, &["atan2"]),
    entry(F::Epoch, Sql, 1, 1, &["EPOCH"]),
    entry(F::Strptime, Sql, 2, 2, &["strptime"]),
    entry(F::TryStrptime, Sql, 2, 2, &["try_strptime"]),
    entry(F::DateDiff, Sql, 3, 3, &["date_diff", "datediff"]),
    entry(F::Year, Sql, 1, 1, &["year"]),
    entry(F::Month, Sql, 1, 1, &["month"]),
    entry(F::Day, Sql, 1, 1, &["day", "dayofmonth"]),
    entry(F::ArrayLength, Sql, 1, 1, &["array_length", "list_length", "size", "cardinality", "array_size"]),
    entry(F::ListIntersect, Sql, 2, 2, &["list_intersect", "array_intersect"]),
    entry(F::ListContains, Sql, 2, 2, &["list_contains", "array_contains", "list_has", "array_has"]),
    entry(F::ListExtract, Sql, 2, 2, &["list_extract", "array_extract", "list_element", "element_at"]),
    entry(F::ListHasAny, Sql, 2, 2, &["list_has_any", "array_has_any", "arrays_overlap"]),
    entry(F::ListDistinct, Sql, 1, 1, &["list_distinct", "array_distinct"]),
    entry(F::ListCosineSimilarity, Sql, 2, 2, &["list_cosine_similarity"]),
    entry(F::ArrayCosineSimilarity, Sql, 2, 2, &["array_cosine_similarity", "cosine_similarity"]),
    entry(F::Levenshtein, Sql, 2, 2, &["levenshtein", "editdist3"]),
    entry(F::DamerauLevenshtein, Sql, 2, 2, &["damerau_levenshtein", "damerau_levenshtein_distance"]),
    entry(F::Hamming, Sql, 2, 2, &["hamming", "mismatches"]),
    entry(F::Jaccard, Sql, 2, 2, &["jaccard", "jaccard_sim"]),
    entry(F::Jaro, Sql, 2, 2, &["jaro_similarity", "jaro_sim"]),
    entry(F::JaroWinkler, Sql, 2, 2, &["jaro_winkler_similarity", "jaro_winkler", "jaro_winkler_sim"]),
    entry(F::Osa, Native, 2, 2, &["osa"]),
    entry(F::LevenshteinChars, Native, 2, 2, &["levenshtein_chars"]),
    entry(F::DamerauLevenshteinChars, Native, 2, 2, &["damerau_levenshtein_chars"]),
    entry(F::JaroChars, Native, 2, 2, &["jaro_chars"]),
    entry(F::JaroWinklerChars, Native, 2, 2, &["jaro_winkler_chars"]),
    entry(F::HammingChars, Native, 2, 2, &["hamming_chars"]),
    entry(F::JaccardChars, Native, 2, 2, &["jaccard_chars"]),
    entry(F::TokenJaccard, Native, 2, 2, &["token_jaccard"]),
    entry(F::NgramJaccard, Native, 3, 3, &["ngram_jaccard"]),
    entry(F::GreatCircleKm, Native, 4, 4, &["great_circle_km"]),
    entry(F::DaysBetween, Native, 2, 2, &["days_between"]),
    entry(F::RelativeDifference, Native, 2, 2, &["relative_difference"]),
    entry(F::Prefix, Native, 2, 2, &["prefix"]),
    entry(F::Suffix, Native, 2, 2, &["suffix"]),
    entry(F::Tokens, Native, 1, 1, &["tokens"]),
    entry(F::Ngrams, Native, 2, 2, &["ngrams"]),
    entry(F::Fold, Plugged, 1, 1, &["fold"]),
    entry(F::Skeleton, Plugged, 1, 1, &["skeleton"]),
    entry(F::Phonetic, Plugged, 1, 1, &["phonetic"]),
    entry(F::TokenKeys, Plugged, 1, 1, &["token_keys"]),
    entry(F::SameName, Plugged, 2, 2, &["same_name"]),
    entry(F::NameEquivalent, Plugged, 2, 2, &["name_equivalent"]),
    entry(F::NameAlignment, Plugged, 2, 2, &["name_alignment"]),
    entry(F::DateError, Plugged, 2, 2, &["date_error"]),
    entry(F::AddressAgreement, Plugged, 2, 2, &["address_agreement"]),
];

impl Function {
    /// All functions, in the order of their declaration.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| entry.function)
    }

    const fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// The name as it is printed: that of Splink's models, some in capitals.
    pub const fn name(self) -> &'static str {
        self.entry().names[0]
    }

    /// Other names that are read, in small letters.
    pub fn aliases(self) -> &'static [&'static str] {
        &self.entry().names[1..]
    }

    /// Least and greatest number of arguments.
    pub const fn arguments(self) -> (usize, usize) {
        self.entry().arguments
    }

    /// Where its meaning comes from.
    pub const fn origin(self) -> Origin {
        self.entry().origin
    }

    /// Whether DuckDB does not know it under this name with this meaning.
    pub const fn is_native(self) -> bool {
        !matches!(self.origin(), Origin::Sql)
    }

    /// Whether its value is the same with its two arguments exchanged.
    pub const fn is_symmetric(self) -> bool {
        matches!(
            self,
            F::Levenshtein
                | F::DamerauLevenshtein
                | F::Hamming
                | F::Jaccard
                | F::Osa
                | F::LevenshteinChars
                | F::DamerauLevenshteinChars
                | F::HammingChars
                | F::JaccardChars
                | F::TokenJaccard
                | F::NgramJaccard
                | F::DaysBetween
                | F::RelativeDifference
        )
    }

    /// The function of a name or alias, in any case of letters.
    pub fn find(name: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|entry| entry.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
            .map(|entry| entry.function)
    }

    /// The known name that is most like `name`, if any is like it at all.
    pub fn nearest(name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let known = TABLE.iter().flat_map(|entry| entry.names).map(|known| known.to_ascii_lowercase());
        let graded = known.map(|known| (strsim::jaro_winkler(&name, &known), known));
        // Of equal grades the first in the alphabet, so that the hint is always the same.
        let best = graded.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
        best.filter(|(grade, _)| *grade >= LIKENESS_MIN).map(|(_, known)| known)
    }
}

/// Jaro-Winkler similarity from which a name is taken for a misspelt one.
const LIKENESS_MIN: f64 = 0.8;

#[cfg(test)]
mod tests {
    use super::{Function, TABLE};

    #[test]
    fn the_table_is_in_order_and_names_are_unique() {
        let mut names = Vec::new();
        for (place, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.function as usize, place, "{:?}", entry.function);
            assert!(entry.arguments.0 <= entry.arguments.1);
            names.extend(entry.names.iter().map(|name| name.to_ascii_lowercase()));
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn names_are_found_in_any_case_and_by_alias() {
        assert_eq!(Function::find("Jaro_Winkler_Similarity"), Some(Function::JaroWinkler));
        assert_eq!(Function::find("editdist3"), Some(Function::Levenshtein));
        assert_eq!(Function::find("abs"), Some(Function::Abs));
        assert_eq!(Function::find("soundex"), None);
        assert_eq!(Function::nearest("levenstein").as_deref(), Some("levenshtein"));
        assert_eq!(Function::nearest("qqq"), None);
    }
}
