//! Values that half the register shares: bounded work, said so, and nothing lost that the other values find.

use crate::support::{csv, folder, made, register_to_csv, run, stderr, text, write_csv};
use std::path::Path;
use std::time::{Duration, Instant};

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
    let made = made(folder.path(), 12_000, 1_000);
    let path = folder.path().join("register.csv");
    register_to_csv(&made.join("register.parquet"), &path);
    let rows = csv(&path);
    let (extract, truth) = (made.join("extract.csv"), made.join("truth.csv"));
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
