//! Values that half the register shares: bounded work, said so, and nothing lost that the other values find.

use crate::support::{csv, folder, made, register_to_csv, run, stderr, text, write_csv};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Made data before anything fills it.
struct Made {
    /// The register, and its rows.
    path: PathBuf,
    rows: Vec<Vec<String>>,
    extract: PathBuf,
    truth: PathBuf,
}

impl Made {
    fn new(folder: &Path) -> Self {
        let made = made(folder, 12_000, 1_000);
        let path = folder.join("register.csv");
        register_to_csv(&made.join("register.parquet"), &path);
        Self { rows: csv(&path), path, extract: made.join("extract.csv"), truth: made.join("truth.csv") }
    }
}

/// Traces against a register and gives pair completeness, pairs compared, what was said, and the time.
fn traced(extract: &Path, register: &Path, truth: &Path, out: &Path) -> (f64, u64, String, Duration) {
    let named = format!("hmrc={}", text(register));
    let started = Instant::now();
    let said = stderr(&run(
        &[
            "trace",
            text(extract),
            "--register",
            &named,
            "--truth",
            text(truth),
            "--out",
            text(out),
            "--on",
            "2016-04-30",
        ],
        0,
    ));
    let number = |label: &str| {
        let line = said.lines().find(|line| line.starts_with(label)).unwrap_or_else(|| panic!("no {label}: {said}"));
        let rest = line[label.len()..].trim();
        let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.' || *c == ' ').collect();
        digits.replace(' ', "").parse::<f64>().unwrap()
    };
    let (completeness, pairs) = (number("pair completeness"), number("pairs compared") as u64);
    (completeness, pairs, said, started.elapsed())
}

#[test]
fn a_value_that_fills_the_register_costs_little_and_loses_nothing_that_others_find() {
    let folder = folder();
    let Made { rows, extract, truth, .. } = Made::new(folder.path());
    let asked = csv(&extract);
    // What fills the register is also what the extract asks for.
    let sought = |column: &str| {
        let at = asked[0].iter().position(|name| name == column).unwrap();
        asked[1..].iter().map(|row| row[at].clone()).find(|value| !value.is_empty()).unwrap()
    };
    let surname = sought("full_name").split(' ').next_back().unwrap().to_owned();
    let skews: [(&str, &str, usize); 6] = [
        ("phone", &sought("mobile_1"), 5),
        ("email", &sought("email_1"), 5),
        ("postcode", &sought("postcode_1"), 5),
        ("date_of_birth", "1980-01-01", 5),
        ("date_of_birth", &sought("date_of_birth"), 1),
        ("surname", &surname, 1),
    ];
    for (number, (column, value, every)) in skews.iter().enumerate() {
        let at = rows[0].iter().position(|name| name == column).unwrap();
        // The same register with nothing in that place is what the other values find alone.
        let [skewed, bare] = [*value, ""].map(|value| {
            let mut rows = rows.clone();
            for (_, row) in rows.iter_mut().enumerate().skip(1).filter(|(index, _)| index % every == 0) {
                value.clone_into(&mut row[at]);
            }
            let path = folder.path().join(format!("register-{number}-{}.csv", value.is_empty()));
            write_csv(&path, &rows);
            traced(&extract, &path, &truth, &folder.path().join(format!("out-{number}-{}", value.is_empty())))
        });
        let what = format!("{column} = {value}, one row in {every}");
        assert!(skewed.0 >= bare.0, "{what}: completeness {} where without it {}", skewed.0, bare.0);
        assert!(skewed.1 < 40 * bare.1 + 200_000, "{what}: {} pairs, without it {}", skewed.1, bare.1);
        assert!(skewed.3 < bare.3 * 5 + Duration::from_secs(3), "{what}: {:?}, without it {:?}", skewed.3, bare.3);
        if *column != "postcode" {
            assert!(skewed.2.contains("too large to compare"), "{what}: {}", skewed.2);
        }
    }
}

/// A number that a register put in where it knew none is nobody's: it goes out for nobody, and costs little.
#[test]
fn a_number_that_fills_the_register_is_nobodys() {
    let folder = folder();
    let Made { path, rows, extract, truth } = Made::new(folder.path());
    let at = |rows: &[Vec<String>], name: &str| rows[0].iter().position(|known| known == name).unwrap();
    let bare = traced(&extract, &path, &truth, &folder.path().join("bare"));
    let (nino, person_id) = (at(&rows, "nino"), at(&rows, "person_id"));
    for (number, (column, value, every)) in
        [(nino, "HJ467068C", 100), (nino, "HJ467068C", 5), (nino, "HJ467068C", 1), (person_id, "P0000001", 5)]
            .into_iter()
            .enumerate()
    {
        let mut rows = rows.clone();
        for row in rows.iter_mut().skip(1).step_by(every) {
            row[nino].clear();
            row[person_id].clear();
            value.clone_into(&mut row[column]);
        }
        let path = folder.path().join(format!("numbered-{number}.csv"));
        write_csv(&path, &rows);
        let out = folder.path().join(format!("numbered-{number}"));
        let named = format!("hmrc={}", text(&path));
        let started = Instant::now();
        let words = ["trace", text(&extract), "--register", &named, "--on", "2016-04-30", "--format", "csv", "--out"];
        let output = crate::support::rewash(&[&words[..], &[text(&out)]].concat());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", stderr(&output));
        let found = csv(&out.join("outcomes.csv"));
        let (outcome, held) = (at(&found, "outcome"), at(&found, if column == nino { "nino" } else { "person_id" }));
        let matched = found.iter().filter(|row| row[outcome] == "match" && row[held] == value).count();
        assert!(matched <= 2, "{value} in one row of {every} matched {matched}");
        let reviewed = found.iter().filter(|row| row[outcome] == "review" && row[held] == value).count();
        assert!(every > 5 || reviewed > 20, "{reviewed}");
        assert!(started.elapsed() < bare.3 * 5 + Duration::from_secs(3), "{:?}, {:?}", started.elapsed(), bare.3);
        if reviewed > 2 {
            assert!(stderr(&output).contains("numbers that stand for several people"), "{}", stderr(&output));
        }
    }
}
