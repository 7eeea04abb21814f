use super::*;
use crate::block::Limits;
use crate::engine::{ExtractSide, Probe, Register, Silent, scan_part};
use crate::frame::lines::{RecordBatch, read_lines};
use crate::frame::{Table, TextColumn};
use crate::ingest::{Input, Reader};
use crate::model::schema::REGISTER;
use crate::standardise::date;
use crate::util::hash::mix;
use std::io::Write;

const NAMES: [&str; 7] =
    ["ADA BYRON", "ADA LOVELACE", "GRACE HOPPER", "MARY SMITH", "JOHN SMITH", "ALI KHAN", "MO KHAN"];

fn row(n: u64, columns: &[&str]) -> Vec<String> {
    let draw = |of: u64, what: u64| mix(n, what) % of;
    let name: Vec<&str> = NAMES[draw(7, 1) as usize].split(' ').collect();
    let value = |column: &&str| match *column {
        "record_id" | "cid_person_id" | "dash_reference" => format!("R{n}"),
        "nino" if draw(3, 2) > 0 => format!("JA{:06}A", draw(900, 3)),
        "person_id" => format!("P{}", draw(900, 4)),
        "forename" => name[0].to_owned(),
        "surname" => name[1].to_owned(),
        "full_name" => name.join(" "),
        "date_of_birth" => format!("19{:02}-0{}-1{}", 60 + draw(9, 5), 1 + draw(3, 6), draw(3, 7)),
        "address" | "address_1" => format!("{} High Street, Leeds", 1 + draw(40, 8)),
        "postcode" | "postcode_1" => format!("LS1 {}AA", draw(9, 9)),
        "phone" | "mobile_1" => format!("07700 900{:03}", draw(300, 10)),
        "email" if draw(2, 11) > 0 => format!("a{}@example.org", draw(200, 12)),
        _ => String::new(),
    };
    columns.iter().map(value).collect()
}

fn probe() -> ProbeFile {
    let columns = ["full_name", "date_of_birth", "nino", "address_1", "postcode_1", "mobile_1"];
    let rows: Vec<Vec<String>> = (0..60).map(|n| row(n * 31, &columns)).collect();
    let column = |index: usize| rows.iter().map(|row| Some(row[index].as_str())).collect::<TextColumn>();
    let table = Table::new(columns.iter().enumerate().map(|(at, name)| ((*name).to_owned(), column(at))).collect());
    let on = date::read("2016-04-30").value.unwrap();
    // Limits that blocks of a whole reach and those of a part do not.
    let limits = Limits { rows: 25, contact: 3, part_of_date: 12, ..Limits::default() };
    ProbeFile::new(ExtractSide::new(&table, on), About { on, limits, data_sets: vec!["a".into()] })
}

fn scanned(probe: &Probe, rows: impl Iterator<Item = u64>) -> Partial {
    let columns = [
        "record_id",
        "nino",
        "person_id",
        "forename",
        "surname",
        "date_of_birth",
        "address",
        "postcode",
        "phone",
        "email",
    ];
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{}", columns.join(",")).unwrap();
    for n in rows {
        let cells: Vec<String> = row(n, &columns).iter().map(|cell| format!("\"{cell}\"")).collect();
        writeln!(file, "{}", cells.join(",")).unwrap();
    }
    let reader = Reader::open(&Input::Path(file.path().to_owned()), &REGISTER).unwrap();
    scan_part(&[Register { data_set: 0, reader }], probe, &Silent).unwrap()
}

fn batches(partial: &Partial, digest: &str) -> Vec<RecordBatch> {
    let mut out = Vec::new();
    write(partial, digest, &mut |batch| {
        out.push(batch);
        Ok(())
    })
    .unwrap();
    out
}

/// All lines as text, in an order of their own: rows of blocks over their limit left out.
fn content(partial: &Partial, probe: &ProbeFile) -> Vec<String> {
    let counts = partial.slots.clone();
    let stands = |slot: Slot| probe.stands(slot, counts[slot.index()]);
    let mut reading = Reading::new(probe.slots(), probe.digest(), &stands);
    batches(partial, probe.digest()).iter().try_for_each(|batch| reading.take(batch)).unwrap();
    let mut out = Vec::new();
    for batch in batches(&reading.finish().unwrap(), probe.digest()) {
        read_lines(
            &batch,
            |_| true,
            |line| {
                out.push(format!("{line:?}"));
                Ok(())
            },
        )
        .unwrap();
    }
    out.sort();
    out
}

#[test]
fn partials_merge_in_any_order_into_what_one_pass_brings() {
    let file = probe();
    let probe = file.probe(64);
    let whole = scanned(&probe, 0..4_000);
    let want = content(&whole, &file);
    assert!(want.len() > 2_000 && whole.survivors() > 100, "{} {}", want.len(), whole.survivors());
    for cut in [2, 7, 64] {
        let part = |of: u64| {
            let partial = scanned(&probe, (0..4_000).filter(|n| mix(*n, 99) % cut == of));
            read(&batches(&partial, file.digest()), file.slots(), file.digest()).unwrap()
        };
        let up = (0..cut).map(part).reduce(Partial::merge).unwrap();
        let down = (0..cut).rev().map(part).reduce(|all, one| one.merge(all)).unwrap();
        assert_eq!(content(&up, &file), want, "{cut} parts");
        assert_eq!(content(&down, &file), want, "{cut} parts from the last");
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let file = probe();
    let written = batches(&scanned(&file.probe(64), 0..300), file.digest());
    let refused = |digest: &str| read(&written, file.slots(), digest).err().unwrap().to_string();
    assert!(refused("another").contains("belongs to another probe"));
    let without_end: Vec<RecordBatch> = written.iter().map(|batch| batch.slice(0, batch.num_rows() - 1)).collect();
    let error = read(&without_end, file.slots(), file.digest()).err().unwrap();
    assert!(error.to_string().contains("not a complete partial"));
    let fewer = read(&written, 3, file.digest()).err().unwrap();
    assert!(fewer.to_string().contains("damaged"));
}

#[test]
fn a_probe_comes_back_as_it_went() {
    let file = probe();
    let mut written = Vec::new();
    let mut each = |batch| {
        written.push(batch);
        Ok(())
    };
    let mut lines = crate::frame::lines::LineBatches::new(&mut each);
    file.write(&mut lines).unwrap();
    lines.finish().unwrap();
    let again = ProbeFile::read(&written).unwrap();
    assert_eq!((again.digest(), again.about()), (file.digest(), file.about()));
    let counts = |probe: &ProbeFile| scanned(&probe.probe(64), 0..500).slots;
    assert_eq!(counts(&again), counts(&file));
    let cut: Vec<RecordBatch> = written.iter().map(|batch| batch.slice(1, batch.num_rows() - 1)).collect();
    assert!(ProbeFile::read(&cut).is_err());
}
