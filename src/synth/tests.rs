//! The promises of made data: rates, shapes, repeatability.

use super::calendar::Day;
use super::dice::{Alias, Dice, Shuffle, Stream};
use super::household::CELL;
use super::number::Numbers;
use super::place::{Places, Style};
use super::slips::{mistype, respell, swap_date};
use super::stock::stock;
use super::world::World;
use super::{
    ErrorRates, REGISTER_COLUMNS, Settings, TruthStats, extract_columns, extract_rows, truth_stats, write_awards,
    write_customers, write_extract_csv, write_extract_parquet, write_extract_xlsx, write_register, write_truth,
};
use crate::util::hash;
use crate::util::parallel::in_pool;
use calamine::{Data, Reader, Xlsx};
use std::io::Cursor;

fn small() -> Settings {
    Settings { register: 20_000, extract: 800, seed: 7, ..Settings::default() }
}

fn stats(register: u64, extract: u64) -> TruthStats {
    truth_stats(&Settings { register, extract, seed: 3, ..Settings::default() }).expect("settings are sound")
}

#[test]
fn days_are_those_of_the_calendar() {
    for days in (-40_000..60_000).step_by(7) {
        let day = Day::default().plus(days);
        let (year, month, of_month) = day.parts();
        let known = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).expect("in range");
        assert_eq!((year, month, of_month), (known.year().into(), known.month() as u32, known.day() as u32));
        assert_eq!(Day::civil(year, month, of_month), day);
        assert_eq!(Day::parse(&day.iso()), Some(day));
    }
    assert_eq!(Day::parse("2015-02-29"), None);
    assert_eq!(Day::civil(2016, 4, 5).tax_year(), 2015);
    assert_eq!(Day::civil(2016, 4, 6).tax_year(), 2016);
    assert_eq!(Day::civil(2000, 2, 29).age(Day::civil(2016, 2, 28)), 15);
}

#[test]
fn a_shuffle_takes_every_place_once() {
    for size in [1, 2, 3, 15, 16, 17, 1_000] {
        let shuffle = Shuffle::new(size, 5);
        let mut seen: Vec<u64> = (0..size).map(|value| shuffle.of(value)).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..size).collect::<Vec<_>>());
    }
}

#[test]
fn weighted_choice_follows_its_weights() {
    let alias = Alias::new(&[1.0, 0.0, 3.0, 6.0]);
    let mut dice = Dice::new(1, Stream::Order, 1);
    let mut counts = [0_u32; 4];
    for _ in 0..100_000 {
        counts[alias.draw(&mut dice)] += 1;
    }
    assert_eq!(counts[1], 0);
    assert!(counts[0].abs_diff(10_000) < 600 && counts[3].abs_diff(60_000) < 900, "{counts:?}");
}

#[test]
fn the_tables_of_names_can_be_read() {
    let stock = stock();
    assert!(stock.cultures.len() >= 20, "{} cultures", stock.cultures.len());
    let mut dice = Dice::new(1, Stream::People, 1);
    for culture in &stock.cultures {
        let mut surname = String::new();
        culture.surname(true, &mut dice, &mut surname);
        assert!(!surname.is_empty(), "{} has surnames", culture.name);
        assert!(!culture.forename(true, &mut dice).is_empty(), "{} has names of women", culture.name);
        assert!(!culture.forename(false, &mut dice).is_empty(), "{} has names of men", culture.name);
        assert_eq!(culture.nationality(&mut dice).len(), 3, "{} has nationalities", culture.name);
        assert!((0.0..=1.0).contains(&culture.default_date));
    }
    let shares: f64 = stock.cultures.iter().map(|culture| culture.register_share).sum();
    assert!((shares - 1.0).abs() < 0.05, "shares of the register sum to {shares}");
}

#[test]
fn numbers_are_well_formed_and_nobody_shares_one() {
    let numbers = Numbers::new(9, 50_000).expect("enough numbers");
    let mut seen = hash::set();
    for person in 0..50_000 {
        for second in [false, true] {
            let mut text = String::new();
            if second {
                numbers.write_second(person, &mut text)
            } else {
                numbers.write(person, &mut text)
            }
            let bytes = text.as_bytes();
            assert!(bytes.len() == 9 && !b"DFIQUV".contains(&bytes[0]) && !b"DFIQUVO".contains(&bytes[1]), "{text}");
            assert!(bytes[2..8].iter().all(u8::is_ascii_digit) && b"ABCD".contains(&bytes[8]), "{text}");
            assert!(!["CR", "PY", "MA", "TN", "GB"].contains(&&text[..2]) && &text[2..8] != "123456", "{text}");
            assert!(seen.insert(text[..8].to_owned()), "{text} twice");
        }
    }
    assert!(Numbers::new(1, 200_000_000).is_err());
}

#[test]
fn a_postcode_has_one_street_and_some_fifteen_addresses() {
    let places = Places::new(4, 40_000);
    let style = Style { short: false, town: true, upper: false, flat_last: false };
    let mut streets: hash::Map<String, (String, u32)> = hash::map();
    let mut lines = hash::set();
    for address in 0..30_000 {
        let (mut line, mut postcode) = (String::new(), String::new());
        places.write_line(address, style, &mut line);
        places.write_postcode(address, &mut postcode);
        let inward = &postcode.as_bytes()[postcode.len() - 2..];
        assert!(inward.iter().all(|letter| !b"CIKMOV".contains(letter)), "{postcode}");
        let place = line.splitn(2, |letter: char| letter.is_ascii_digit()).last().unwrap_or_default().to_owned();
        let entry = streets.entry(postcode.clone()).or_insert((place, 0));
        entry.1 += 1;
        lines.insert(format!("{line} {postcode}"));
    }
    assert_eq!(streets.len(), 2_000);
    assert!(streets.values().all(|street| street.1 == 15));
    assert!(lines.len() > 29_900, "{} addresses", lines.len());
}

#[test]
fn households_hold_couples_twins_and_namesakes() {
    let world = World::new(&Settings { register: 160_000, ..small() }).expect("settings are sound");
    let (mut couples, mut twins, mut namesakes, mut shared) = (0, 0, 0, 0);
    let mut people = Vec::new();
    for cell in 0..world.cells() {
        world.maker().cell(cell, &mut people);
        assert_eq!(people.len(), CELL);
        for pair in people.windows(2).filter(|pair| pair[0].household == pair[1].household) {
            couples += u32::from(pair[0].spouse == Some(pair[1].id));
            twins += u32::from(pair[0].birth == pair[1].birth);
            shared += u32::from(pair[0].family == pair[1].family);
        }
        for (at, son) in people.iter().enumerate() {
            namesakes += u32::from(people[..at].iter().any(|father| {
                father.household == son.household && father.given == son.given && father.family == son.family
            }));
        }
        assert!(people.iter().all(|person| (15..=96).contains(&person.birth.age(world.settings.on))));
    }
    assert!(couples > 10_000 && shared > 10_000, "{couples} couples, {shared} share a name");
    assert!(twins > 200 && namesakes > 200, "{twins} twins, {namesakes} namesakes");
}

#[test]
fn rates_are_set_by_name() {
    let mut rates = ErrorRates::default();
    rates.set("typo", 0.5).expect("there is such a rate");
    assert!((rates.typo - 0.5).abs() < f64::EPSILON);
    let error = rates.set("typos", 0.5).expect_err("there is no such rate");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("typo, alias")));
    assert!(rates.set("typo", 1.5).is_err());
    assert!(rates.list().iter().all(|(_, rate)| (0.0..=1.0).contains(rate)));
    assert_eq!(rates.list().len(), ErrorRates::NAMES.len());
}

#[test]
fn errors_change_what_they_touch() {
    let mut dice = Dice::new(2, Stream::Record, 2);
    let (mut typed, mut heard) = (0, 0);
    for _ in 0..1_000 {
        let (mut one, mut two) = ("Mohammed".to_owned(), "Yusuf".to_owned());
        typed += u32::from(mistype(&mut dice, &mut one) && one != "Mohammed");
        heard += u32::from(respell(&mut dice, &mut two) && two != "Yusuf");
    }
    assert!(typed > 900 && heard > 900, "{typed} typed, {heard} heard");
    assert_eq!(swap_date(Day::civil(1980, 3, 4)), Some(Day::civil(1980, 4, 3)));
    assert_eq!(swap_date(Day::civil(1980, 3, 14)), None);
    let (mut short, mut odd) = ("Li".to_owned(), "Şükrü".to_owned());
    assert!(!mistype(&mut dice, &mut short) && !respell(&mut dice, &mut short));
    mistype(&mut dice, &mut odd);
    respell(&mut dice, &mut odd);
    assert!(!odd.is_empty());
}

#[test]
fn the_data_is_not_easy() {
    let stats = stats(100_000, 12_000);
    let report = format!(
        "{:.3} {:.3} {:.3} {stats:?}",
        stats.present_share(),
        stats.exact_share(),
        stats.without_contact_share()
    );
    assert!((0.40..=0.50).contains(&stats.present_share()), "{report}");
    assert!((0.30..=0.60).contains(&stats.exact_share()), "{report}");
    assert!((0.40..=0.50).contains(&stats.without_contact_share()), "{report}");
    let rows = stats.register_rows as f64 / 100_000.0;
    assert!((1.4..=1.6).contains(&rows), "{rows} rows a person");
}

#[test]
fn surnames_have_a_long_tail() {
    let stats = stats(1_000_000, 10);
    let commonest = stats.commonest.1 as f64 / 1e6;
    assert!(stats.surnames > 50_000, "{} surnames", stats.surnames);
    assert!((0.007..=0.013).contains(&commonest), "{commonest} {:?}", stats.commonest);
}

fn register(settings: &Settings) -> Vec<u8> {
    let mut bytes = Vec::new();
    let summary = write_register(settings, &mut bytes, &|_| {}).expect("a register");
    assert_eq!(summary.people, settings.register);
    bytes
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let settings = Settings { register: 120_000, ..small() };
    let one = in_pool(1, || register(&settings)).expect("a pool");
    for threads in [2, 7] {
        assert!(in_pool(threads, || register(&settings)).expect("a pool") == one, "{threads} threads");
    }
    assert!(register(&Settings { seed: 8, ..settings }) != one);
}

#[test]
fn a_register_reads_back() {
    let bytes = register(&small());
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes))
        .expect("a Parquet file");
    let names: Vec<String> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, REGISTER_COLUMNS);
    let batches: Vec<_> = reader.build().expect("a reader").map(|batch| batch.expect("a batch")).collect();
    let mut ids = hash::set();
    let mut rows = 0;
    for batch in &batches {
        let column = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8).expect("text");
        let column = arrow::array::AsArray::as_string::<i32>(&column);
        ids.extend(column.iter().flatten().map(str::to_owned));
        rows += batch.num_rows();
        let missing = batch.column(11).null_count() as f64 / batch.num_rows() as f64;
        assert!((0.5..0.6).contains(&missing), "{missing} of phones missing");
    }
    assert_eq!(ids.len(), rows, "record ids differ");
    assert!(rows > 28_000);
}

#[test]
fn every_format_holds_the_same_extract() {
    let settings = small();
    let table = extract_rows(&settings).expect("rows");
    assert_eq!((table.rows(), table.names()), (800, &extract_columns()[..]));
    let mut csv = Vec::new();
    write_extract_csv(&settings, &mut csv).expect("CSV");
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(&csv[..]).records().map(|row| row.expect("a row")).collect();
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(row.get(3), table.value("full_name", at));
    }
    let mut parquet = Vec::new();
    write_extract_parquet(&settings, &mut parquet).expect("Parquet");
    let mut twice = Vec::new();
    write_extract_parquet(&settings, &mut twice).expect("Parquet");
    assert!(parquet == twice && !parquet.is_empty());
}

#[test]
fn a_workbook_repeats_and_holds_dates() {
    let settings = small();
    let book = || {
        let mut out = Cursor::new(Vec::new());
        write_extract_xlsx(&settings, &mut out).expect("a workbook");
        out.into_inner()
    };
    let bytes = book();
    assert!(bytes == book(), "the same bytes");
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    assert_eq!(workbook.sheet_names(), ["extract", "control"]);
    let sheet = workbook.worksheet_range("extract").expect("a sheet");
    assert_eq!(sheet.height(), 801);
    let dates = sheet.rows().filter(|row| matches!(row[4], Data::DateTime(_))).count();
    let texts = sheet.rows().skip(1).filter(|row| matches!(row[4], Data::String(_))).count();
    assert!(dates > 700 && texts > 5, "{dates} dates, {texts} texts");
    let control = workbook.worksheet_range("control").expect("a sheet");
    assert_eq!(control.get((1, 1)), Some(&Data::String("800".to_owned())));
}

#[test]
fn the_truth_names_people_of_the_register() {
    let settings = small();
    let (mut truth, mut customers, mut awards) = (Vec::new(), Vec::new(), Vec::new());
    write_truth(&settings, &mut truth).expect("truth");
    write_customers(&settings, &mut customers).expect("customers");
    write_awards(&settings, &mut awards).expect("awards");
    let numbers = Numbers::new(settings.seed, settings.register + settings.extract).expect("numbers");
    let mut known = hash::set();
    for person in 0..settings.register {
        let mut text = String::new();
        numbers.write(person, &mut text);
        known.insert(text);
    }
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(&truth[..]).records().map(|row| row.expect("a row")).collect();
    let present: Vec<&str> = rows.iter().filter_map(|row| row.get(1)).filter(|nino| !nino.is_empty()).collect();
    assert_eq!(rows.len(), 800);
    // A few people stand under a person id alone, and a few under a false, second or mistyped number.
    assert!((352..=360).contains(&present.len()), "{}", present.len());
    let primary = present.iter().filter(|nino| known.iter().any(|known| known.get(..8) == nino.get(..8))).count();
    assert!(primary * 100 >= present.len() * 97, "{primary} of {}", present.len());
    let different: hash::Set<&str> = present.iter().copied().collect();
    assert!(different.len() >= 340, "{} people", different.len());
    let count = |bytes: &[u8]| csv::Reader::from_reader(bytes).records().filter(|row| row.is_ok()).count();
    assert!((6_500..7_500).contains(&count(&customers)), "{} customers", count(&customers));
    assert!(count(&awards) > 6_000, "{} awards", count(&awards));
}
