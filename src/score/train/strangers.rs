//! How are the names of strangers alike, of which one token agrees?
//!
//! That a token stands in a stranger's name by chance is counted. What is left of the two names besides, where the token
//! stands, and whether an initial agrees too, follows from how many words names have and from which words are given names
//! and which family names; that differs by register and by extract. Rules bring strangers of one token and one birth date
//! whatever is left of their names: how these divide into levels is how strangers do.

use crate::model::comparison::{NAME_LEFTOVERS, NAME_LEVELS, name_level};
use crate::model::parameters::{agreeing_class, leftover_by_chance};
use crate::score::frequency::INITIAL;

/// Agreements of one token, alone and with an initial, of the grades that bring a stranger into a block.
const ONE_TOKEN: [[u8; 2]; 2] = [[3, 6], [4, 7]];
/// Weight of the built-in shares, in candidates.
const PRIOR: f64 = 200.0;

/// How many times as often as the built-in shares say a stranger is of each level of names, where so many candidates of
/// each level are expected to be strangers.
pub(super) fn of_levels(seen: &[f64]) -> Vec<f64> {
    let mut times = vec![1.0; NAME_LEVELS];
    for agreements in ONE_TOKEN {
        let levels: Vec<(usize, f64)> = agreements.into_iter().flat_map(built_in).collect();
        let all: f64 = levels.iter().map(|(level, _)| seen[*level]).sum();
        let built_in: f64 = levels.iter().map(|(_, share)| share).sum();
        for (level, share) in levels {
            let learned = (seen[level] + PRIOR * share / built_in) / (all + PRIOR);
            times[level] = learned / share;
        }
    }
    times
}

/// Levels of an agreement, with the share that u gives each of the strangers whose token agrees.
fn built_in(agreement: u8) -> impl Iterator<Item = (usize, f64)> {
    let class = agreeing_class(agreement);
    let initial = if class == agreeing_class(ONE_TOKEN[0][0]) { 1.0 } else { INITIAL };
    (0..NAME_LEFTOVERS.len())
        .map(move |rest| (usize::from(name_level(agreement, rest as u8)), initial * leftover_by_chance(class, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::comparison::leftover::{BOTH, BOTH_GIVEN, NOTHING, ONE_SIDE};

    #[test]
    fn strangers_divide_into_levels_as_they_were_seen_to() {
        let mut seen = vec![0.0; NAME_LEVELS];
        let level = |agreement, rest| usize::from(name_level(agreement, rest));
        seen[level(4, BOTH)] = 60_000.0;
        seen[level(4, BOTH_GIVEN)] = 40_000.0;
        let times = of_levels(&seen);
        let share = |rest| times[level(4, rest)] * leftover_by_chance(1, usize::from(rest));
        assert!((share(BOTH) - 0.6).abs() < 0.01 && (share(BOTH_GIVEN) - 0.4).abs() < 0.01);
        // Nobody was seen of whose name nothing is left, nor a token on one side alone.
        assert!(times[level(4, NOTHING)] < 0.01 && times[level(4, ONE_SIDE)] < 0.01);
        assert!(times[level(7, NOTHING)] < 0.01);
        // Of others nothing was learned.
        assert!((times[level(13, NOTHING)] - 1.0).abs() < 1e-12 && (times[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn few_strangers_leave_the_built_in_shares() {
        let times = of_levels(&vec![0.0; NAME_LEVELS]);
        assert!(times.iter().all(|times| (0.9..=1.0).contains(times)), "{times:?}");
    }
}
