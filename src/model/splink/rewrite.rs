//! What functions stand for between dialects.

use crate::model::expression::shape::walk;
use crate::model::expression::{Expression, Function};

/// The same measure on characters, for one on bytes.
pub(super) const fn on_characters(function: Function) -> Option<Function> {
    match function {
        Function::Levenshtein => Some(Function::LevenshteinChars),
        Function::DamerauLevenshtein => Some(Function::DamerauLevenshteinChars),
        Function::Jaro => Some(Function::JaroChars),
        Function::JaroWinkler => Some(Function::JaroWinklerChars),
        Function::Hamming => Some(Function::HammingChars),
        Function::Jaccard => Some(Function::JaccardChars),
        _ => None,
    }
}

/// The same measure on bytes, for one on characters.
pub(super) fn on_bytes(function: Function) -> Option<Function> {
    Function::all().find(|measure| on_characters(*measure) == Some(function))
}

/// Whether a condition asks for a measure of letters, and whether it is one of characters.
pub(super) fn measured(expression: &Expression) -> Option<bool> {
    let mut found = None;
    walk(expression, &mut |part| {
        if let Expression::Call(function, _) | Expression::BestPair { function, .. } = part {
            let characters = on_bytes(*function).is_some();
            if characters || on_characters(*function).is_some() {
                found = Some(characters);
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::{on_bytes, on_characters};
    use crate::model::expression::shape::rebuilt;
    use crate::model::expression::{Context, Expression, Function, parse, print};

    #[test]
    fn nothing_is_lost_and_inner_parts_come_first() {
        let text = r#"CASE WHEN NOT ("a_l" = 1 OR "a_r" IS NULL) THEN -"a_l" ELSE TRY_CAST("a_r" AS DOUBLE) END > 2"#;
        let expression = parse(text, Context::Level).unwrap();
        let mut seen = Vec::new();
        let same = rebuilt(&expression, &mut |part| {
            seen.push(print(&part, Context::Level));
            part
        });
        assert_eq!(same, expression);
        assert_eq!((seen.first().unwrap().as_str(), seen.last().unwrap().as_str()), (r#""a_l""#, text));
        assert_eq!(seen.len(), 14);
    }

    #[test]
    fn changes_reach_every_part() {
        let text = r#"list_max(list_transform(flatten(list_transform("a_l", x -> list_transform("a_r", y -> [x, y]))), pair -> jaro_similarity(pair[1], pair[2]))) >= 0.9"#;
        let expression = parse(text, Context::Level).unwrap();
        let changed = rebuilt(&expression, &mut |part| match part {
            Expression::Column { side, name } => Expression::Column { side, name: format!("{name}{name}") },
            Expression::BestPair { function, left, right, most } => {
                Expression::BestPair { function: on_characters(function).unwrap(), left, right, most }
            }
            other => other,
        });
        let wanted = text.replace("a_", "aa_").replace("jaro_similarity", "jaro_chars");
        assert_eq!(print(&changed, Context::Level), wanted);
    }

    #[test]
    fn bytes_and_characters() {
        for function in Function::all() {
            assert_eq!(on_characters(function).and_then(on_bytes), on_characters(function).map(|_| function));
        }
        assert_eq!(on_bytes(Function::Levenshtein), None);
    }
}
