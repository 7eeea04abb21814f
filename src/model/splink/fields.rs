//! The fields of an imported model: the columns that its SQL names.

use crate::model::expression::shape::rebuilt;
use crate::model::expression::{Expression, Function};
use crate::model::linkage::{Field, FieldKind};
use crate::util::hash::{Map, map};

/// Columns in the order in which they are met; one that differs by capitals alone is the same, as to databases.
#[derive(Default)]
pub(super) struct Fields {
    names: Vec<Found>,
    places: Option<Map<String, usize>>,
}

struct Found {
    name: String,
    /// Used as a list by what takes nothing else.
    list: bool,
    /// An element was taken: of a list, or a letter of a text.
    element: bool,
    /// Used as a text.
    text: bool,
}

impl Fields {
    /// The name under which a column was met first.
    pub(super) fn name(&mut self, column: &str) -> String {
        let place = self.place(column);
        self.names[place].name.clone()
    }

    /// The columns of an expression, under the names under which they were met first.
    pub(super) fn named(&mut self, expression: &Expression) -> Expression {
        self.note_lists(expression);
        rebuilt(expression, &mut |part| match part {
            Expression::Column { side, name } => Expression::Column { side, name: self.name(&name) },
            other => other,
        })
    }

    /// Notes that a column holds lists.
    pub(super) fn note_list(&mut self, column: &str) {
        let place = self.place(column);
        self.names[place].list = true;
    }

    /// All fields.
    pub(super) fn into_fields(self) -> Vec<Field> {
        let field = |found: Found| Field {
            kind: FieldKind::Raw,
            left: vec![found.name.clone()],
            right: vec![found.name.clone()],
            list: found.list || found.element && !found.text,
            separator: None,
            name: found.name,
        };
        self.names.into_iter().map(field).collect()
    }

    fn place(&mut self, column: &str) -> usize {
        let places = self.places.get_or_insert_with(map);
        let next = self.names.len();
        let place = *places.entry(column.to_lowercase()).or_insert(next);
        if place == next {
            self.names.push(Found { name: column.to_owned(), list: false, element: false, text: false });
        }
        place
    }

    fn note_lists(&mut self, expression: &Expression) {
        crate::model::expression::shape::walk(expression, &mut |part| match part {
            Expression::BestPair { left, right, .. } => {
                for name in [left, right].into_iter().filter_map(|of| column(of)) {
                    self.note_list(name);
                }
            }
            Expression::Call(function, arguments) => self.note_call(*function, arguments),
            _ => {}
        });
    }

    fn note_call(&mut self, function: Function, arguments: &[Expression]) {
        let lists = match function {
            Function::ListIntersect | Function::ListHasAny | Function::ListCosineSimilarity => 2,
            Function::ArrayLength | Function::ListContains | Function::ListDistinct => 1,
            _ => 0,
        };
        for (place, name) in arguments.iter().enumerate().filter_map(|(place, of)| Some((place, column(of)?))) {
            let place_of_name = self.place(name);
            let found = &mut self.names[place_of_name];
            match function {
                _ if place < lists => found.list = true,
                Function::ListExtract if place == 0 => found.element = true,
                // These take lists and texts alike.
                Function::Coalesce | Function::NullIf | Function::Length => {}
                _ => found.text = true,
            }
        }
    }
}

fn column(expression: &Expression) -> Option<&str> {
    match expression {
        Expression::Column { name, .. } => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;
    use crate::model::expression::{Context, parse, print};

    fn lists(conditions: &[&str]) -> Vec<(String, bool)> {
        let mut fields = Fields::default();
        for condition in conditions {
            fields.named(&parse(condition, Context::Level).unwrap());
        }
        fields.into_fields().into_iter().map(|field| (field.name, field.list)).collect()
    }

    #[test]
    fn capitals_make_no_other_column() {
        let mut fields = Fields::default();
        let first = fields.named(&parse("First_Name_l = first_name_r", Context::Level).unwrap());
        assert_eq!(print(&first, Context::Level), r#""First_Name_l" = "First_Name_r""#);
        assert_eq!(fields.name("FIRST_NAME"), "First_Name");
        assert_eq!(fields.into_fields().len(), 1);
    }

    #[test]
    fn lists_are_known_by_their_use() {
        let found = lists(&[
            "array_length(list_intersect(a_l, a_r)) >= 1",
            "b_l[1] = b_r[1]",
            "c_l[1] = c_r[1]",
            "levenshtein(c_l, c_r) < 2",
            "list_contains(d_l, e_r)",
            "f_l = f_r",
        ]);
        let wanted = [("a", true), ("b", true), ("c", false), ("d", true), ("e", false), ("f", false)];
        assert_eq!(found, wanted.map(|(name, list)| (name.to_owned(), list)));
    }
}
