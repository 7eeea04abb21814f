use proptest::prelude::*;

use super::{count_by, inner_join};
use crate::error::ErrorKind;
use crate::frame::{Table, TextColumn};

type Pair = (Option<String>, Option<String>);
type Rows = Vec<Pair>;

fn table(key: &str, value: &str, rows: &Rows) -> Table {
    let column =
        |pick: fn(&Pair) -> &Option<String>| -> TextColumn { rows.iter().map(|row| pick(row).as_deref()).collect() };
    Table::new(vec![(key.to_owned(), column(|row| &row.0)), (value.to_owned(), column(|row| &row.1))])
}

fn rows_of(table: &Table) -> Vec<Vec<Option<String>>> {
    (0..table.rows())
        .map(|row| table.names().iter().map(|name| table.value(name, row).map(str::to_owned)).collect())
        .collect()
}

/// The join in two loops.
fn naive(left: &Rows, right: &Rows) -> Vec<Vec<Option<String>>> {
    let mut found = Vec::new();
    for (key, a) in left {
        for (other, b) in right {
            if key.is_some() && key == other {
                found.push(vec![key.clone(), a.clone(), b.clone()]);
            }
        }
    }
    found
}

fn rows() -> impl Strategy<Value = Rows> {
    let key = proptest::option::of("[a-c]{1,2}");
    let value = proptest::option::of("[a-z]{1,20}");
    proptest::collection::vec((key, value), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn joins_as_two_loops_do(left in rows(), right in rows()) {
        let joined = inner_join(&table("k", "a", &left), &table("other", "b", &right), "k", "other").unwrap();
        prop_assert_eq!(joined.names(), ["k", "a", "b"]);
        prop_assert_eq!(rows_of(&joined), naive(&left, &right));
    }

    #[test]
    fn counts_as_a_sorted_map_does(rows in rows()) {
        let mut naive = std::collections::BTreeMap::new();
        for (key, value) in &rows {
            *naive.entry(vec![key.clone(), value.clone()]).or_insert(0_u64) += 1;
        }
        let counted = count_by(&table("k", "a", &rows), &["k", "a"]).unwrap();
        prop_assert_eq!(counted, naive.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_name_of_both_sides_is_told_apart() {
    let rows: Rows = vec![(Some("x".into()), Some("1".into()))];
    let joined = inner_join(&table("k", "v", &rows), &table("k", "v", &rows), "k", "k").unwrap();
    assert_eq!(joined.names(), ["k", "v", "v_right"]);
}

#[test]
fn a_missing_column_is_named() {
    let rows: Rows = vec![(Some("x".into()), None)];
    let table = table("k", "v", &rows);
    let error = inner_join(&table, &table, "k", "q").unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Column, "there is no column `q`"));
    assert!(count_by(&table, &["q"]).is_err());
    assert_eq!(count_by(&table, &[]).unwrap(), [(vec![], 1)]);
    assert_eq!(count_by(&table, &["k"]).unwrap(), [(vec![Some("x".to_owned())], 1)]);
}
