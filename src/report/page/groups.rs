//! Whether groups fare alike: washes, pools and cohorts; kinds of people in each trace; nationality where the agreement
//! authorises it.

use crate::exchange::metrics::Metric;
use crate::report::chart::Unit;
use crate::report::page::Page;
use crate::report::page::figures::{Bars, bars};
use crate::report::page::glance::NO_LEDGER;
use crate::report::page::html::Writer;

/// Groups that are drawn: there are as many nationalities as states.
const GROUPS_DRAWN: usize = 25;

/// By wash number, by pool and by cohort.
pub(super) fn cohorts(page: &Page, writer: &mut Writer) {
    let lead = "Cohorts are the cases first washed in one month; the number of a wash is the months since then.";
    writer.section("cohorts", "By cohort and wash", lead);
    if !page.has_ledger {
        writer.reason(NO_LEDGER);
        return;
    }
    let mut is_drawn = false;
    for (by, title, entries_name) in [
        ("wash_number", "Hit rate by wash", "months since the first wash"),
        ("pool", "Hit rate by pool", "pool"),
        ("cohort", "Hit rate by cohort", "pool and cohort"),
    ] {
        let bars_of = Bars {
            title,
            caption: "Rows returned as a hit, of rows returned that could be searched with.",
            entries_name,
            values_name: "hit rate, of searchable rows",
            unit: Unit::Share,
        };
        is_drawn |= bars_of.draw(writer, bars(&page.broken_down("ledger", "hit_rate_searchable", by)));
    }
    if !is_drawn {
        writer.reason(
            "No wash has come back yet, or only one group is known of which small counts would have to be withheld.",
        );
    }
}

/// By kind of person in each trace, and by nationality.
pub(super) fn fairness(page: &Page, writer: &mut Writer) {
    let lead = "Whether the search fares alike for groups of people: a lower rate may lie in the data, in spelling, or in the \
                program, and is a reason to look.";
    writer.section("fairness", "Fairness by group", lead);
    page.each_run(writer, |run, writer| kinds(page, &run.source, writer));
    nationalities(page, writer);
}

/// By age, by the sex that titles state, and by what is known of the birth date.
fn kinds(page: &Page, source: &str, writer: &mut Writer) {
    let mut is_drawn = false;
    for (by, title, entries_name) in [
        ("age_band", "Hit rate by age", "age on the day of the trace"),
        ("sex_by_title", "Hit rate by the sex of the title", "sex of the title"),
        ("birth_date", "Hit rate by what is known of the birth date", "birth date"),
    ] {
        let bars_of = Bars {
            title,
            caption: "Rows of the group with a match, of its rows that could be searched with. A default birth date is a made \
                      one, such as 1 January.",
            entries_name,
            values_name: "hit rate, of searchable rows",
            unit: Unit::Share,
        };
        is_drawn |= bars_of.draw(writer, bars(&page.broken_down(source, "group_hit_rate_searchable", by)));
    }
    if !is_drawn {
        writer.reason("The manifest of this trace counts no kinds of people, or all of them are small.");
    }
}

/// By nationality, as the Home Office supplied it.
fn nationalities(page: &Page, writer: &mut Writer) {
    page.head_ledger(writer);
    if !page.by_nationality {
        writer.reason(
            "The agreement does not authorise metrics by nationality: `report_by_nationality` is not set in it. No other group \
             is known to the ledger.",
        );
        return;
    }
    if !page.has_ledger {
        writer.reason(NO_LEDGER);
        return;
    }
    let mut is_drawn = false;
    for (name, title, values_name, caption) in [
        (
            "group_hit_rate_searchable",
            "Hit rate by nationality",
            "hit rate, of searchable rows",
            "Rows of the group returned as a hit, of its rows that could be searched with.",
        ),
        (
            "group_unresolved_rate",
            "Unresolved by nationality",
            "share of rows returned",
            "Rows of the group with possible records of which none is certain: people look at them.",
        ),
        (
            "group_wrong_share",
            "Wrong by nationality, of verified hits",
            "share of verified hits",
            "Hits of the group that were found wrong, of those found correct or wrong, with 95 % intervals.",
        ),
    ] {
        let found = page.broken_down("ledger", name, "nationality");
        let withheld = found.iter().filter(|metric| metric.is_hidden()).count();
        let mut told: Vec<&Metric> = found.into_iter().filter(|metric| metric.value().is_some()).collect();
        told.sort_by_key(|metric| std::cmp::Reverse(metric.denominator.and_then(|whole| whole.count())));
        let smaller = told.len().saturating_sub(GROUPS_DRAWN);
        told.truncate(GROUPS_DRAWN);
        let bars_of = Bars { title, caption, entries_name: "nationality", values_name, unit: Unit::Share };
        if bars_of.draw(writer, bars(&told)) {
            is_drawn = true;
            writer.paragraph(&format!(
                "The groups with most rows come first. {smaller} more are in metrics.xlsx, and {withheld} are withheld: they are \
                 small, or would give a small one away."
            ));
        }
    }
    if !is_drawn {
        writer.reason(
            "No row of any nationality has come back, or there is one group alone whose small counts are withheld.",
        );
    }
}
