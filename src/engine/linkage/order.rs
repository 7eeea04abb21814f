//! Which record of a pair is the left one, where a model follows Splink: the one with the lower id.
//!
//! Splink pairs the records of one table by `l.unique_id < r.unique_id`, and takes of two tables that one for the left whose
//! source dataset comes first. Where a condition is not the same both ways, the level depends on it.

use crate::engine::linkage::keys::Columns;
use crate::frame::Table;
use crate::model::expression::{Expression, Operator, Type, shape};
use crate::model::linkage::{Key, LinkageModel, PairOrder, When};

/// What Splink puts between the source dataset and the id of a record.
const SEPARATOR: &str = "-__-";

/// The rows of a table in order of their ids: as numbers where all of them are numbers, else as text by its bytes. The ids
/// are in the last of `columns`; with a source dataset before it, both together are the id, and are text.
///
/// Rows of one id, and those without one, which come first, stay in their order. A table without the columns stays as it is.
pub fn in_order_of_ids(table: &Table, columns: &[&str]) -> Table {
    order_of_ids(table, columns).map_or_else(|| table.clone(), |order| table.take(&order))
}

/// The rows that [`in_order_of_ids`] takes, in its order; `None` where the table stays as it is.
pub fn order_of_ids(table: &Table, columns: &[&str]) -> Option<Vec<u32>> {
    if columns.iter().any(|column| table.column(column).is_none()) {
        return None;
    }
    let values = |row: u32| columns.iter().map(move |column| table.value(column, row as usize));
    let rows = 0..table.rows() as u32;
    let mut order: Vec<u32> = rows.clone().collect();
    let texts = || rows.clone().map(|row| values(row).collect::<Option<Vec<&str>>>());
    let whole: Option<Vec<Option<i128>>> = texts().map(|texts| all_numbers(texts, str::parse)).collect();
    let real: Option<Vec<Option<f64>>> = texts().map(|texts| all_numbers(texts, str::parse)).collect();
    match (whole, real) {
        (Some(ids), _) => order.sort_by_key(|row| ids[*row as usize]),
        (None, Some(ids)) => order.sort_by(|a, b| {
            let [a, b] = [a, b].map(|row| ids[*row as usize]);
            a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal)
        }),
        (None, None) => {
            let ids: Vec<Option<String>> = texts().map(|texts| texts.map(|texts| texts.join(SEPARATOR))).collect();
            order.sort_by(|a, b| ids[*a as usize].cmp(&ids[*b as usize]));
        }
    }
    (!order.is_sorted()).then_some(order)
}

/// The number of an id: nothing where it is missing, `None` where it is text.
fn all_numbers<T, E>(texts: Option<Vec<&str>>, parse: impl Fn(&str) -> Result<T, E>) -> Option<Option<T>> {
    match texts.as_deref() {
        None => Some(None),
        Some([text]) => parse(text.trim()).ok().map(Some),
        Some(_) => None,
    }
}

/// The model with left and right exchanged in all conditions and keys, which is one for tables that are given as they are.
#[must_use]
pub fn mirrored(mut model: LinkageModel) -> LinkageModel {
    for rule in &mut model.blocking {
        for key in &mut rule.keys {
            *key = Key { left: shape::mirrored(&key.right), right: shape::mirrored(&key.left) };
        }
        rule.filter = rule.filter.as_ref().map(shape::mirrored);
    }
    for level in model.comparisons.iter_mut().flat_map(|comparison| &mut comparison.levels) {
        if let When::Null(condition) | When::True(condition) = &mut level.when {
            *condition = shape::mirrored(condition);
        }
    }
    model.pair_order = PairOrder::Row;
    model
}

/// A condition in which columns of numbers are ordered as numbers. Imported models do not say what their columns hold, and
/// their tables are read as text here; `age_l < age_r` was meant of numbers wherever all values are.
pub(super) fn by_number(condition: &Expression, columns: &Columns) -> Expression {
    let is_number = |of: &Expression| match of {
        Expression::Column { name, .. } => {
            let values = columns.iter().find(|(known, _)| known == name).map(|(_, values)| values);
            values.is_some_and(|values| !values.is_list() && holds_numbers(&values.texts))
        }
        _ => false,
    };
    let cast = |of: Box<Expression>| Box::new(Expression::Cast { of, to: Type::Double, safe: true });
    shape::rebuilt(condition, &mut |part| match part {
        Expression::Binary(operator, left, right) if is_order(operator) && is_number(&left) && is_number(&right) => {
            Expression::Binary(operator, cast(left), cast(right))
        }
        other => other,
    })
}

const fn is_order(operator: Operator) -> bool {
    matches!(operator, Operator::Less | Operator::AtMost | Operator::Greater | Operator::AtLeast)
}

/// Whether all values are numbers; the first text stands for null.
fn holds_numbers(texts: &[Box<str>]) -> bool {
    texts.len() > 1 && texts.iter().skip(1).all(|text| text.trim().parse::<f64>().is_ok_and(f64::is_finite))
}

#[cfg(test)]
mod tests {
    use super::in_order_of_ids;
    use crate::frame::Table;
    use arrow::array::StringViewArray;

    #[track_caller]
    fn check(ids: &[Option<&str>], want: &[&str]) {
        let rows: Vec<String> = (0..ids.len()).map(|row| row.to_string()).collect();
        let column = |values: Vec<Option<&str>>| StringViewArray::from_iter(values);
        let rows = column(rows.iter().map(|row| Some(row.as_str())).collect());
        let table = Table::new(vec![("row".into(), rows), ("id".into(), column(ids.to_vec()))]);
        let sorted = in_order_of_ids(&table, &["id"]);
        let found: Vec<&str> = (0..ids.len()).filter_map(|row| sorted.value("row", row)).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn numbers_by_value_and_texts_by_bytes() {
        check(&[Some("10"), Some("9"), Some("007")], &["2", "1", "0"]);
        check(&[Some("1.5"), Some("-2"), Some("1e0")], &["1", "2", "0"]);
        check(&[Some("10"), Some("9"), Some("a")], &["0", "1", "2"]);
        check(&[Some("b"), None, Some("B"), Some("b")], &["1", "2", "0", "3"]);
    }
}
