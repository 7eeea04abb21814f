//! Made tables to which people who are sought, and people who are held, are added.

use crate::support::{csv, register_to_csv, run, text, write_csv};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name and birth date of one who is sought, with the title.
pub(crate) type Sought<'a> = (&'a str, &'a str, &'a str);
/// Given name, middle names, family name, birth date and sex of one who is held.
pub(crate) type Held<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

/// An extract and a register, as rows under a header.
pub(crate) struct Tables {
    extract: Vec<Vec<String>>,
    pub(crate) register: Vec<Vec<String>>,
}

impl Tables {
    /// Those of a folder of made data; the register is written anew in `folder`.
    pub(crate) fn read(made: &Path, folder: &Path) -> Self {
        let path = folder.join("made.csv");
        register_to_csv(&made.join("register.parquet"), &path);
        Self { extract: csv(&made.join("extract.csv")), register: csv(&path) }
    }

    /// A row under a header, empty where nothing is said.
    pub(crate) fn row(header: &[String], values: &[(&str, &str)]) -> Vec<String> {
        let value = |name: &String| values.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
        header.iter().map(|name| value(name).to_owned()).collect()
    }

    /// Adds one who is sought.
    pub(crate) fn seek(&mut self, id: &str, (name, born, title): Sought, place: &[(&str, &str)]) {
        let who = [("dash_reference", id), ("dash_source", "MRP"), ("cid_person_id", id), ("full_name", name)];
        let more = [("date_of_birth", born), ("title", title), ("status_ended_on", "2012-01-01")];
        let row = Self::row(&self.extract[0], &[&who[..], &more, place].concat());
        self.extract.push(row);
    }

    /// Adds one who is held.
    pub(crate) fn hold(&mut self, id: &str, (given, middle, family, born, sex): Held, place: &[(&str, &str)]) {
        let who = [("record_id", id), ("person_id", id), ("forename", given), ("middle_names", middle)];
        let more = [("surname", family), ("date_of_birth", born), ("sex", sex), ("tax_year", "2015-16")];
        let row = Self::row(&self.register[0], &[&who[..], &more, place].concat());
        self.register.push(row);
    }

    /// Outcome and reason of every person, by id.
    pub(crate) fn traced(&self, folder: &Path) -> BTreeMap<String, (String, String)> {
        let place = |name: &str| -> PathBuf { folder.join(name) };
        write_csv(&place("extract.csv"), &self.extract);
        write_csv(&place("register.csv"), &self.register);
        let register = format!("hmrc={}", text(&place("register.csv")));
        let (extract, out) = (place("extract.csv"), place("out"));
        let words = ["trace", text(&extract), "--register", &register, "--on", "2016-04-30", "--quiet"];
        run(&[&words[..], &["--format", "csv", "--out", text(&out)]].concat(), 0);
        let rows = csv(&out.join("outcomes.csv"));
        let at = |name: &str| rows[0].iter().position(|known| known == name).unwrap();
        let (id, outcome, reason) = (at("cid_person_id"), at("outcome"), at("reason"));
        rows[1..].iter().map(|row| (row[id].clone(), (row[outcome].clone(), row[reason].clone()))).collect()
    }
}
