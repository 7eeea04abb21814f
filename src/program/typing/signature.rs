//! What functions take and what they give.

use super::super::value::Kind;
use super::{Kinds, check_words, converted, misfit, raw, same_kind, typed, written};
use crate::error::Result;
use crate::model::expression::{Expression, Function, Function as F};

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A point in time or a day.
    Instant,
    /// A list.
    List,
    /// A text or a list.
    Either,
    /// A day, a point in time, or the text of a date that may lack its day or month.
    Moment,
    /// Whatever the other arguments are.
    Same,
}

/// What a function takes and gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature {
    wants: &'static [Want],
    /// `None`: what its arguments are.
    pub(crate) result: Option<Kind>,
}

impl Signature {
    /// What the argument at a place must be; the last word counts for all further ones.
    pub(crate) fn want(&self, place: usize) -> Want {
        self.wants.get(place).or(self.wants.last()).copied().unwrap_or(Want::Same)
    }
}

/// What a function takes and gives.
pub(crate) fn signature(function: Function) -> Signature {
    use Want::{Either, Instant, List, Moment, Number, Same, Text};
    let (wants, result): (&'static [Want], Option<Kind>) = match function {
        F::Lower | F::Upper | F::Reverse | F::StripAccents | F::Fold | F::Skeleton | F::Phonetic => {
            (&[Text], Some(Kind::Text))
        }
        F::Trim | F::TrimLeft | F::TrimRight | F::Replace | F::RegexpReplace => (&[Text], Some(Kind::Text)),
        F::Substring | F::Left | F::Right | F::Prefix | F::Suffix => (&[Text, Number], Some(Kind::Text)),
        F::RegexpExtract => (&[Text, Text, Number, Text], Some(Kind::Text)),
        F::Concat => (&[Same], Some(Kind::Text)),
        F::Length | F::ArrayLength => (&[Either], Some(Kind::Number)),
        F::StartsWith | F::EndsWith | F::RegexpMatches | F::SameName | F::NameEquivalent => {
            (&[Text], Some(Kind::Boolean))
        }
        F::Contains => (&[Either, Text], Some(Kind::Boolean)),
        F::NullIf | F::Coalesce | F::Least | F::Greatest => (&[Same], None),
        F::Abs | F::Round | F::Floor | F::Ceil | F::Sqrt | F::Power | F::Ln | F::Log2 | F::Exp | F::Radians => {
            (&[Number], Some(Kind::Number))
        }
        F::Degrees | F::Sin | F::Cos | F::Tan | F::Asin | F::Acos | F::Atan | F::Atan2 | F::GreatCircleKm => {
            (&[Number], Some(Kind::Number))
        }
        F::RelativeDifference => (&[Number], Some(Kind::Number)),
        F::Epoch => (&[Instant], Some(Kind::Number)),
        F::Strptime | F::TryStrptime => (&[Text], Some(Kind::Instant)),
        F::DateDiff => (&[Text, Instant], Some(Kind::Number)),
        F::Year | F::Month | F::Day => (&[Moment], Some(Kind::Number)),
        F::ListIntersect | F::ListDistinct => (&[List], Some(Kind::List)),
        F::ListContains => (&[List, Text], Some(Kind::Boolean)),
        F::ListExtract => (&[Either, Number], Some(Kind::Text)),
        F::ListHasAny => (&[List], Some(Kind::Boolean)),
        F::ListCosineSimilarity | F::ArrayCosineSimilarity => (&[List], Some(Kind::Number)),
        F::NgramJaccard => (&[Text, Text, Number], Some(Kind::Number)),
        F::Tokens | F::TokenKeys => (&[Text], Some(Kind::List)),
        F::Ngrams => (&[Text, Number], Some(Kind::List)),
        F::Levenshtein | F::DamerauLevenshtein | F::Hamming | F::Jaccard | F::Jaro | F::JaroWinkler | F::Osa => {
            (&[Text], Some(Kind::Number))
        }
        F::LevenshteinChars | F::DamerauLevenshteinChars | F::JaroChars | F::JaroWinklerChars => {
            (&[Text], Some(Kind::Number))
        }
        F::HammingChars | F::JaccardChars | F::TokenJaccard => (&[Text], Some(Kind::Number)),
        F::DaysBetween | F::NameAlignment | F::DateError | F::AddressAgreement => (&[Text], Some(Kind::Number)),
    };
    Signature { wants, result }
}

/// Whether a function gives whole numbers.
pub(crate) const fn counts(function: Function) -> bool {
    matches!(
        function,
        F::Length
            | F::ArrayLength
            | F::Levenshtein
            | F::DamerauLevenshtein
            | F::Hamming
            | F::Osa
            | F::LevenshteinChars
            | F::DamerauLevenshteinChars
            | F::HammingChars
            | F::DaysBetween
            | F::DateDiff
            | F::Year
            | F::Month
            | F::Day
    )
}

/// A call with its arguments cast to what the function takes, and its kind.
pub(super) fn typed_call(function: Function, arguments: &[Expression], kinds: &Kinds) -> Result<(Expression, Kind)> {
    check_words(function, arguments)?;
    let signature = signature(function);
    if function == F::Concat {
        let parts = arguments.iter().map(|argument| raw(argument, kinds).and_then(|(part, kind)| written(part, kind)));
        return Ok((Expression::Call(function, parts.collect::<Result<_>>()?), Kind::Text));
    }
    let Some(result) = signature.result else {
        let parts = arguments.iter().map(|argument| typed(argument, kinds)).collect::<Result<Vec<_>>>()?;
        let (parts, kind) = same_kind(parts)?;
        return Ok((Expression::Call(function, parts), kind));
    };
    let wanted = |(place, argument): (usize, &Expression)| typed_argument(argument, signature.want(place), kinds);
    let parts = arguments.iter().enumerate().map(wanted).collect::<Result<_>>()?;
    Ok((Expression::Call(function, parts), result))
}

fn typed_argument(argument: &Expression, want: Want, kinds: &Kinds) -> Result<Expression> {
    let (part, own) = match want {
        Want::Moment => raw(argument, kinds)?,
        _ => typed(argument, kinds)?,
    };
    match (want, own) {
        (Want::Text, _) => converted(part, own, Kind::Text),
        (Want::Number, _) => converted(part, own, Kind::Number),
        (Want::Instant, _) => converted(part, own, Kind::Instant),
        (Want::List, _) => converted(part, own, Kind::List),
        (Want::Either, Kind::Text | Kind::List | Kind::Null) => Ok(part),
        (Want::Either, _) => Err(misfit(own, Kind::Text, &part)),
        (Want::Moment, Kind::Text | Kind::Date | Kind::Instant | Kind::Null) => Ok(part),
        (Want::Moment, _) => Err(misfit(own, Kind::Date, &part)),
        (Want::Same, _) => Ok(part),
    }
}
