//! Small counts are not shown, and cannot be worked out from what is shown beside them.
//!
//! A count from 1 to 9 could point at somebody. Hiding it alone does not help where the whole and all other counts are
//! shown: so what hides in one line of a table is at least two counts, ten rows together.

use crate::exchange::metrics::Cell;

/// Counts from 1 to below this are not shown in a breakdown.
pub const CELL_MIN: u64 = 10;

/// Whether a count is too small to be shown.
pub const fn is_small(count: u64) -> bool {
    is_below(count, CELL_MIN)
}

/// Whether a count is too small to be shown where counts from 1 to below `least` are not.
const fn is_below(count: u64, least: u64) -> bool {
    count > 0 && count < least
}

/// What is hidden in one row of a [`Grid`]: its total, and its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// The total.
    pub total: bool,
    /// Each part.
    pub parts: Vec<bool>,
}

/// Groups (rows) by parts that add up to a total of each group. The sums of all groups are taken to be known.
#[derive(Clone, Debug)]
pub struct Grid {
    cells: Vec<Vec<u64>>,
    hidden: Vec<Hidden>,
    /// Counts from 1 to below this are hidden.
    least: u64,
}

impl Grid {
    /// A table with everything hidden that must be. `above` says what is hidden of the sums of all groups, where they are
    /// groups of a larger table themselves; `totals` which totals are hidden where they stand as parts of another table.
    pub fn new(cells: Vec<Vec<u64>>, above: Option<&Hidden>, totals: Option<&[bool]>) -> Self {
        Self::with_least(cells, above, totals, CELL_MIN)
    }

    /// A table that is no part of another, of which counts from 1 to below `least` are not shown.
    pub fn hiding_below(least: u64, cells: Vec<Vec<u64>>) -> Self {
        Self::with_least(cells, None, None, least)
    }

    fn with_least(cells: Vec<Vec<u64>>, above: Option<&Hidden>, totals: Option<&[bool]>, least: u64) -> Self {
        let parts = cells.first().map_or(0, Vec::len);
        let mut hidden = vec![Hidden { total: false, parts: vec![false; parts] }; cells.len()];
        if let (1, Some(above)) = (cells.len(), above) {
            // The one group is the larger table's, and shows what that shows.
            hidden[0] = above.clone();
            hidden[0].parts.resize(parts, false);
        }
        let mut grid = Self { cells, hidden, least };
        grid.hide_totals(above, totals);
        grid.hide_small(above);
        grid.cover(above);
        grid
    }

    fn total_of(&self, group: usize) -> u64 {
        self.cells[group].iter().sum()
    }

    fn hide_totals(&mut self, above: Option<&Hidden>, totals: Option<&[bool]>) {
        let sums: Vec<u64> = (0..self.cells.len()).map(|group| self.total_of(group)).collect();
        let is_known = !above.is_some_and(|above| above.total);
        let mut line: Vec<bool> =
            sums.iter().zip(&self.hidden).map(|(sum, hidden)| is_below(*sum, self.least) || hidden.total).collect();
        if let Some(totals) = totals {
            line.iter_mut().zip(totals).for_each(|(line, total)| *line |= total);
        }
        if totals.is_none() && is_known && sums.len() > 1 {
            cover_line(&sums, &mut line, self.least);
        }
        for (hidden, line) in self.hidden.iter_mut().zip(line) {
            hidden.total = line || !is_known;
        }
    }

    fn hide_small(&mut self, above: Option<&Hidden>) {
        let least = self.least;
        let is_small = |count| is_below(count, least);
        for (cells, hidden) in self.cells.iter().zip(&mut self.hidden) {
            for (part, (cell, out)) in cells.iter().zip(&mut hidden.parts).enumerate() {
                let is_hidden_above = above.is_some_and(|above| above.parts.get(part).copied().unwrap_or(false));
                *out |= is_small(*cell) || hidden.total || is_hidden_above;
            }
        }
    }

    /// Hides more, until no line of the table gives a hidden count away.
    fn cover(&mut self, above: Option<&Hidden>) {
        loop {
            let before = self.hidden.clone();
            for (cells, hidden) in self.cells.iter().zip(&mut self.hidden) {
                if !hidden.total {
                    cover_line(cells, &mut hidden.parts, self.least);
                }
            }
            for part in 0..self.hidden.first().map_or(0, |hidden| hidden.parts.len()) {
                let is_known = !above.is_some_and(|above| above.parts.get(part).copied().unwrap_or(false));
                if is_known && self.cells.len() > 1 {
                    let values: Vec<u64> = self.cells.iter().map(|cells| cells[part]).collect();
                    let mut line: Vec<bool> = self.hidden.iter().map(|hidden| hidden.parts[part]).collect();
                    cover_line(&values, &mut line, self.least);
                    self.hidden.iter_mut().zip(line).for_each(|(hidden, line)| hidden.parts[part] = line);
                }
            }
            if self.hidden == before {
                return;
            }
        }
    }

    /// A part of a group, as it may be shown.
    pub fn cell(&self, group: usize, part: usize) -> Cell {
        if self.hidden[group].parts[part] { Cell::Hidden } else { Cell::Count(self.cells[group][part]) }
    }

    /// The total of a group, as it may be shown.
    pub fn total(&self, group: usize) -> Cell {
        if self.hidden[group].total { Cell::Hidden } else { Cell::Count(self.total_of(group)) }
    }

    /// The total of a group less one part: shown where both are.
    pub fn total_without(&self, group: usize, part: usize) -> Cell {
        match (self.total(group), self.cell(group, part)) {
            (Cell::Count(total), Cell::Count(cell)) => Cell::Count(total - cell),
            _ => Cell::Hidden,
        }
    }

    /// What is hidden of a group.
    pub fn hidden(&self, group: usize) -> &Hidden {
        &self.hidden[group]
    }

    /// Whether nothing is hidden.
    pub fn is_open(&self) -> bool {
        self.hidden.iter().all(|hidden| !hidden.total && !hidden.parts.contains(&true))
    }
}

/// Hides more of a line whose sum is known, smallest first and zeros last, until two or more counts and ten or more rows
/// hide together, or all do.
fn cover_line(values: &[u64], hidden: &mut [bool], least: u64) {
    loop {
        let count = hidden.iter().filter(|hidden| **hidden).count();
        let rows: u64 = values.iter().zip(hidden.iter()).filter(|(_, hidden)| **hidden).map(|(value, _)| value).sum();
        if count == 0 || (count > 1 && rows >= least) {
            return;
        }
        let open = (0..values.len()).filter(|at| !hidden[*at]);
        let Some(next) = open.min_by_key(|at| (values[*at] == 0, values[*at])) else { return };
        hidden[next] = true;
    }
}

/// What of one line that adds up to a known whole is hidden: what is small, what `also` is, and what covers them.
pub(super) fn hidden_of_line(values: &[u64], also: &[bool]) -> Vec<bool> {
    hidden_below(CELL_MIN, values, also)
}

/// The same where counts from 1 to below `least` are not shown.
pub fn hidden_below(least: u64, values: &[u64], also: &[bool]) -> Vec<bool> {
    let small = |(at, value): (usize, &u64)| is_below(*value, least) || also.get(at).copied().unwrap_or(false);
    let mut hidden: Vec<bool> = values.iter().enumerate().map(small).collect();
    if values.len() > 1 {
        cover_line(values, &mut hidden, least);
    }
    hidden
}

/// A count out of a known whole, hidden where it or what it leaves of the whole is small.
pub(super) fn part(count: u64, whole: u64) -> Cell {
    if is_small(count) || is_small(whole.saturating_sub(count)) { Cell::Hidden } else { Cell::Count(count) }
}

/// The same of a count that is a whole of its own: where few are left of the other whole, what it is at least.
pub(super) fn most_of(count: u64, whole: u64) -> Cell {
    let rest = whole.saturating_sub(count);
    if is_small(rest) && !is_small(count) {
        Cell::AtLeast(whole.saturating_sub(CELL_MIN - 1))
    } else {
        part(count, whole)
    }
}

/// Counts of one line that add up to a known whole, as they may be shown.
pub(super) fn line(values: &[u64]) -> Vec<Cell> {
    let hidden = hidden_of_line(values, &[]);
    values.iter().zip(hidden).map(|(value, hidden)| if hidden { Cell::Hidden } else { Cell::Count(*value) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(cells: &[Cell]) -> Vec<Option<u64>> {
        cells.iter().map(|cell| cell.count()).collect()
    }

    #[test]
    fn a_small_count_hides_with_another() {
        assert_eq!(shown(&line(&[40, 30, 20])), [Some(40), Some(30), Some(20)]);
        assert_eq!(shown(&line(&[40, 3, 20])), [Some(40), None, None]);
        assert_eq!(shown(&line(&[40, 3, 0])), [None, None, Some(0)]);
        assert_eq!(shown(&line(&[0, 3, 0])), [None, None, None]);
        // Two ones among whole counts would be known to be ones: a third hides with them.
        assert_eq!(shown(&line(&[1, 1, 50, 60])), [None, None, None, Some(60)]);
    }

    #[test]
    fn of_nearly_all_only_the_least_is_told() {
        let told: Vec<Cell> = (805..=813).map(|count| most_of(count, 814)).collect();
        assert_eq!(told, vec![Cell::AtLeast(805); 9], "the count cannot be told");
        assert_eq!(
            [804, 814, 3, 0].map(|count| most_of(count, 814)),
            [Cell::Count(804), Cell::Count(814), Cell::Hidden, Cell::Count(0)]
        );
    }

    #[test]
    fn rows_and_columns_of_a_table_are_covered() {
        let grid = Grid::new(vec![vec![50, 3, 20], vec![60, 30, 25], vec![70, 40, 35]], None, None);
        for group in 0..3 {
            let hidden = &grid.hidden(group).parts;
            assert_ne!(hidden.iter().filter(|hidden| **hidden).count(), 1, "{hidden:?}");
        }
        for part in 0..3 {
            let hidden = (0..3).filter(|group| grid.hidden(*group).parts[part]).count();
            assert_ne!(hidden, 1);
        }
        assert_eq!(grid.cell(0, 1), Cell::Hidden);
        assert_eq!(grid.total(0), Cell::Count(73));
    }

    #[test]
    fn what_is_hidden_of_a_pool_is_hidden_of_its_cohorts() {
        let above = Hidden { total: false, parts: vec![true, false] };
        let grid = Grid::new(vec![vec![40, 50], vec![30, 60]], Some(&above), None);
        assert_eq!((grid.cell(0, 0), grid.cell(1, 0)), (Cell::Hidden, Cell::Hidden));
        let alone = Grid::new(vec![vec![70, 110]], Some(&above), None);
        assert_eq!(alone.cell(0, 0), Cell::Hidden);
    }

    /// Whether some table with the same shown counts and sums differs in a hidden count: tried by moving one row around a
    /// rectangle of hidden cells, or within a line of a hidden total.
    fn no_line_gives_away(cells: &[Vec<u64>], grid: &Grid) -> bool {
        let lone = |line: &[(u64, bool)]| {
            let hidden: Vec<u64> = line.iter().filter(|(_, hidden)| *hidden).map(|(value, _)| *value).collect();
            let all = hidden.len() == line.len();
            !all && !hidden.is_empty() && (hidden.len() < 2 || hidden.iter().sum::<u64>() < CELL_MIN)
        };
        let rows = cells.iter().enumerate().filter(|(group, _)| !grid.hidden(*group).total).any(|(group, row)| {
            lone(&row.iter().copied().zip(grid.hidden(group).parts.iter().copied()).collect::<Vec<_>>())
        });
        let columns = (0..cells[0].len()).any(|part| {
            let line: Vec<(u64, bool)> =
                (0..cells.len()).map(|group| (cells[group][part], grid.hidden(group).parts[part])).collect();
            lone(&line)
        });
        !rows && !columns
    }

    proptest! {
        #[test]
        fn no_small_count_is_shown_and_no_line_gives_one_away(
            cells in proptest::collection::vec(proptest::collection::vec(0_u64..40, 4), 2..7),
        ) {
            let grid = Grid::new(cells.clone(), None, None);
            for (group, row) in cells.iter().enumerate() {
                for (part, value) in row.iter().enumerate() {
                    prop_assert!(grid.cell(group, part) == Cell::Hidden || !is_small(*value));
                }
                prop_assert!(grid.total(group) == Cell::Hidden || !is_small(row.iter().sum()));
            }
            prop_assert!(no_line_gives_away(&cells, &grid));
        }
    }
}
