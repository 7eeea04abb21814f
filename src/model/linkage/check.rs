//! Does a model fit together? Fields that are there, numbers in range, levels in order.

use crate::error::{Error, Result};
use crate::model::expression::{Expression, Side, shape};
use crate::model::linkage::table::did_you_mean;
use crate::model::linkage::{BlockingRule, Comparison, Level, LinkageModel, TermFrequency, When};

/// Most levels of a comparison beside null levels: a level takes four bits of a comparison vector.
pub const LEVELS_MAX: usize = 15;

impl LinkageModel {
    /// Checks that the model can be used: [`LinkageModel::read`] and the import of Splink's models have done so.
    ///
    /// # Errors
    /// Names the first fault with its place, ``comparison 2 (surname), level `exact` ``.
    pub fn check(&self) -> Result<()> {
        self.check_numbers()?;
        self.check_household()?;
        self.check_fields()?;
        if self.blocking.is_empty() {
            return Err(Error::settings("there is no blocking rule").hint("[[blocking]] keys = [\"surname\"]"));
        }
        for (index, rule) in self.blocking.iter().enumerate() {
            self.check_rule(rule, &format!("blocking rule {}", index + 1))?;
        }
        if self.comparisons.is_empty() {
            return Err(Error::settings("there is no comparison").hint("[[comparison]] with `field` and `levels`"));
        }
        for (index, comparison) in self.comparisons.iter().enumerate() {
            let place = format!("comparison {} ({})", index + 1, comparison.name);
            if self.comparisons[..index].iter().any(|other| same(&other.name, &comparison.name)) {
                return Err(Error::settings("another comparison has this name")
                    .at(place)
                    .hint("give it another `name`"));
            }
            self.check_comparison(comparison, &place)?;
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<()> {
        if !(self.prior > 0.0 && self.prior < 1.0) {
            return Err(Error::settings(format!("`prior` is {}, not a probability between 0 and 1", self.prior))
                .hint("the share of pairs that match, for instance prior = 0.0001"));
        }
        match self.threshold {
            Some(threshold) if !(0.0..=1.0).contains(&threshold) => {
                Err(Error::settings(format!("`threshold` is {threshold}, not a probability"))
                    .hint("a number from 0 to 1"))
            }
            _ => Ok(()),
        }
    }

    fn check_household(&self) -> Result<()> {
        let Some(household) = &self.household else { return Ok(()) };
        let fault = |what: String| Error::settings(what).at("household");
        if !(household.prior > 0.0 && household.prior < 1.0) {
            return Err(fault(format!("`prior` is {}, not a probability between 0 and 1", household.prior)));
        }
        for (name, levels) in &household.levels {
            let Some(comparison) = self.comparisons.iter().find(|comparison| comparison.name == *name) else {
                return Err(fault(format!("there is no comparison `{name}`")));
            };
            if levels.len() != comparison.levels.len() {
                let wanted = comparison.levels.len();
                return Err(fault(format!("`{name}` has {wanted} levels, and {} are given", levels.len())));
            }
            if levels.iter().any(|level| !(0.0..=1.0).contains(level)) {
                return Err(fault(format!("`{name}` holds a number that is no probability")));
            }
        }
        Ok(())
    }

    fn check_fields(&self) -> Result<()> {
        for (index, field) in self.fields.iter().enumerate() {
            let fault = |what: &str| Error::settings(what).at(format!("field `{}`", field.name));
            if field.name.is_empty() || field.name.contains(['"', '`']) {
                return Err(fault("a field needs a name without quotes").hint("use letters, digits and underscores"));
            }
            if self.fields[..index].iter().any(|other| same(&other.name, &field.name)) {
                return Err(fault("another field has this name").hint("names differ by more than capital letters"));
            }
            if field.left.is_empty() || field.right.is_empty() {
                return Err(fault("it has no column").hint("column = \"…\""));
            }
            if field.separator.as_ref().is_some_and(|separator| !field.list || separator.is_empty()) {
                return Err(fault("`separator` parts the elements of a list").hint("list = true, separator = \";\""));
            }
        }
        Ok(())
    }

    fn check_rule(&self, rule: &BlockingRule, place: &str) -> Result<()> {
        if rule.keys.is_empty() {
            return Err(Error::settings("there is no key: every pair of records would be compared")
                .at(place)
                .hint("give at least one equality of the two records, such as l.surname = r.surname"));
        }
        for (index, key) in rule.keys.iter().enumerate() {
            let place = format!("{place}, key {}", index + 1);
            for (expression, side) in [(&key.left, Side::Left), (&key.right, Side::Right)] {
                if shape::columns_of(expression).one_side() != Some(side) {
                    let fault = Error::settings("a key is made of the fields of one record, and of one at least");
                    return Err(fault.at(place).hint("keys = [\"surname\"], or { left = \"…\", right = \"…\" }"));
                }
                self.check_columns(expression, &place)?;
            }
        }
        if let Some(filter) = &rule.filter {
            self.check_columns(filter, &format!("{place}, filter"))?;
        }
        for name in &rule.explode {
            let place = format!("{place}, explode");
            self.check_field(name, &place)?;
            if !self.fields.iter().any(|field| field.name == *name && field.list) {
                let fault = Error::settings(format!("the field `{name}` is not a list"));
                return Err(fault.at(place).hint(format!("[fields.{name}] list = true")));
            }
        }
        Ok(())
    }

    fn check_columns(&self, expression: &Expression, place: &str) -> Result<()> {
        let columns = shape::columns_of(expression);
        columns.names().into_iter().try_for_each(|name| self.check_field(name, place))
    }

    fn check_field(&self, name: &str, place: &str) -> Result<()> {
        if self.fields.iter().any(|field| field.name == name) {
            return Ok(());
        }
        let known: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
        let fault = Error::settings(format!("there is no field `{name}`")).at(place);
        if known.is_empty() {
            return Err(fault.hint(format!("[fields.{name}] kind = \"…\"")));
        }
        Err(fault.hint(did_you_mean(name, &known)))
    }

    fn check_comparison(&self, comparison: &Comparison, place: &str) -> Result<()> {
        let fault = |what: &str| Error::settings(what.to_owned()).at(place);
        if comparison.name.is_empty() {
            return Err(fault("a comparison needs a name").hint("name = \"…\""));
        }
        let count = |is: fn(&When) -> bool| comparison.levels.iter().filter(|level| is(&level.when)).count();
        let matching = count(|when| matches!(when, When::True(_)));
        if matching == 0 {
            return Err(fault("there is no level beside null and else").hint("levels = [\"exact\"]"));
        }
        if matching + 1 > LEVELS_MAX {
            return Err(fault(&format!("there are {} levels beside null", matching + 1))
                .hint(format!("at most {LEVELS_MAX} can be told apart, with that for all others")));
        }
        let last = comparison.levels.last().is_some_and(|level| level.when == When::Else);
        if !last || count(|when| *when == When::Else) != 1 {
            return Err(fault("the last level, and no other, is for all others").hint("{ else = true } at the end"));
        }
        // By label: numbers count null and else levels that the document need not have.
        let check = |level: &Level| self.check_level(level, comparison, &format!("{place}, level `{}`", level.label));
        comparison.levels.iter().try_for_each(check)
    }

    fn check_level(&self, level: &Level, comparison: &Comparison, place: &str) -> Result<()> {
        for (name, value) in [("m", level.m), ("u", level.u)] {
            if value.is_some_and(|value| !(0.0..=1.0).contains(&value)) {
                let fault = Error::settings(format!("`{name}` is not a probability")).at(place);
                return Err(fault.hint("a number from 0 to 1"));
            }
        }
        let is_null = matches!(level.when, When::Null(_));
        if is_null && (level.m.is_some() || level.u.is_some() || level.fix_m || level.fix_u) {
            return Err(Error::settings("a null level has no m and u").at(place).hint("leave them out"));
        }
        if let When::Null(expression) | When::True(expression) = &level.when {
            self.check_columns(expression, place)?;
        }
        match &level.term_frequency {
            None => Ok(()),
            Some(_) if !matches!(level.when, When::True(_)) => {
                Err(Error::settings("a null or else level has no term frequency").at(place).hint("leave it out"))
            }
            Some(term) => self.check_term_frequency(term, comparison, place),
        }
    }

    fn check_term_frequency(&self, term: &TermFrequency, comparison: &Comparison, place: &str) -> Result<()> {
        let place = format!("{place}, term_frequency");
        self.check_field(&term.field, &place)?;
        if !term.weight.is_finite() {
            return Err(Error::settings("`weight` is not a number").at(place).hint("1 is the full adjustment"));
        }
        if !(0.0..=1.0).contains(&term.minimum_u) {
            return Err(Error::settings("`minimum_u` is not a probability").at(place).hint("a number from 0 to 1"));
        }
        if !term.own_u && comparison.exact_level(&term.field).is_none() {
            let fault = Error::settings(format!("no level of this comparison is an exact match of `{}`", term.field));
            return Err(fault.at(place).hint("add one, whose u is adjusted; or own_u = true, for that of this level"));
        }
        Ok(())
    }
}

impl Comparison {
    /// The first level that is an exact match of `field` and of no other: frequencies are weighed against its u.
    ///
    /// Names are compared without regard to capitals, and the same condition twice counts once, as in Splink.
    pub fn exact_level(&self, field: &str) -> Option<usize> {
        self.levels.iter().position(|level| match &level.when {
            When::True(expression) => {
                let conditions = shape::conjuncts(expression);
                let mut names = conditions.into_iter().map(shape::exact_match_column);
                names.all(|name| name.is_some_and(|name| same(name, field)))
            }
            _ => false,
        })
    }
}

/// Whether two names are the same but for capital letters.
fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
