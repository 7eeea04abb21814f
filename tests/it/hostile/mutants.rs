//! Mutants of good files: bytes flipped, set, cut out, doubled, spliced, and numbers put in their place. Every reader gives
//! a table or an error, and nothing of this program panics; panics inside other crates' decoders, which the readers turn
//! into errors, are counted.

use super::table;
use super::{say, wants_all};
use crate::support::folder;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rewash::exchange::agreement::{Agreement, Department};
use rewash::exchange::ledger::{Ledger, Opener};
use rewash::exchange::specification::{BUILT_IN, Specification};
use rewash::ingest::{Input, Limits, Reader, load};
use rewash::model::linkage::LinkageModel;
use rewash::model::parameters::Parameters;
use rewash::model::{schema, splink};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

/// Mutants of each seed, and many more where all are tried.
const MUTANTS: u32 = 60;
const MUTANTS_ALL: u32 = 4_000;
/// What one mutant may take.
const SECONDS_MAX: u64 = 20;

/// A change of some bytes; places are shares of the length.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Flip(u16, u8),
    Set(u16, u8),
    Cut(u16, u16),
    End(u16),
    Double(u16, u16),
    Move(u16, u16, u8),
    Number(u16, usize),
    Insert(u16, usize),
}

/// Numbers at the ends of what a length can be, and near the sizes of things.
const NUMBERS: [i64; 12] =
    [0, 1, -1, 7, 255, 65_535, 1 << 20, i32::MAX as i64, i32::MIN as i64, 1 << 40, i64::MAX, i64::MIN];
/// Pieces that parsers look for.
const PIECES: [&[u8]; 16] = [
    b"\"",
    b",",
    b"\n",
    b"\0",
    b"{",
    b"[",
    b"]]>",
    b"\xff\xfe",
    b"=",
    b"''",
    b"<c r=\"XFD1\">",
    b"PAR1",
    b"\xe2\x80\xae",
    b"1e999",
    b"[[",
    b"PK\x01\x02",
];

pub(super) fn change() -> impl Strategy<Value = Change> {
    let at = any::<u16>;
    prop_oneof![
        (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at(), 0..2_000_u16).prop_map(|(at, length)| Change::Cut(at, length)),
        at().prop_map(Change::End),
        (at(), 0..500_u16).prop_map(|(at, length)| Change::Double(at, length)),
        (at(), at(), 1..64_u8).prop_map(|(from, to, length)| Change::Move(from, to, length)),
        (at(), 0..NUMBERS.len()).prop_map(|(at, number)| Change::Number(at, number)),
        (at(), 0..PIECES.len()).prop_map(|(at, piece)| Change::Insert(at, piece)),
    ]
}

pub(super) fn mutant(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut out = seed.to_vec();
    for change in changes {
        let length = out.len();
        if length == 0 {
            return out;
        }
        let place = |share: u16| usize::from(share) * (length - 1) / usize::from(u16::MAX);
        let end = |at: usize, more: usize| (at + more).min(length);
        match *change {
            Change::Flip(at, bit) => out[place(at)] ^= 1 << bit,
            Change::Set(at, byte) => out[place(at)] = byte,
            Change::Cut(at, more) => drop(out.drain(place(at)..end(place(at), more.into()))),
            Change::End(at) => out.truncate(place(at)),
            Change::Double(at, more) => {
                let piece = out[place(at)..end(place(at), more.into())].to_vec();
                out.splice(place(at)..place(at), piece);
            }
            Change::Move(from, to, more) => {
                let piece = out[place(from)..end(place(from), more.into())].to_vec();
                let to = place(to).min(length - piece.len());
                out[to..to + piece.len()].copy_from_slice(&piece);
            }
            Change::Number(at, number) => {
                let at = place(at);
                let bytes = NUMBERS[number].to_le_bytes();
                let width = if at % 2 == 0 { 4 } else { 8 };
                let end = end(at, width);
                out[at..end].copy_from_slice(&bytes[..end - at]);
            }
            Change::Insert(at, piece) => drop(out.splice(place(at)..place(at), PIECES[piece].iter().copied())),
        }
    }
    out
}

/// Panics of this program, and of other crates.
static PANICS: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];
static PLACES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Counts panics by where they are: under `src` of this program, or in another crate. Those in tests are said as ever.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |about| {
            let place = about.location().map(ToString::to_string).unwrap_or_default();
            if place.starts_with("tests/") {
                return before(about);
            }
            PANICS[usize::from(!place.starts_with("src/"))].fetch_add(1, Ordering::Relaxed);
            PLACES.lock().unwrap_or_else(PoisonError::into_inner).push(place);
        }));
    });
}

/// Gives mutants of a seed to a reader.
#[track_caller]
fn withstands(name: &str, seed: &[u8], read: &dyn Fn(&[u8])) -> u64 {
    count_panics();
    let cases = if wants_all() { MUTANTS_ALL } else { MUTANTS };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    // The same mutants in every short run; others in every long one.
    let mut runner = if wants_all() {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let own = || PANICS[0].load(Ordering::Relaxed);
    let outcome = runner.run(&prop::collection::vec(change(), 1..6), |changes| {
        let bytes = mutant(seed, &changes);
        let (panics, begun) = (own(), Instant::now());
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(&bytes)));
        if result.is_err() || own() > panics {
            let places = PLACES.lock().unwrap_or_else(PoisonError::into_inner).clone();
            return Err(TestCaseError::fail(format!("a panic; places so far: {places:?}")));
        }
        if begun.elapsed() > Duration::from_secs(SECONDS_MAX) {
            return Err(TestCaseError::fail(format!("took {:?}", begun.elapsed())));
        }
        Ok(())
    });
    match outcome {
        Ok(()) => u64::from(cases),
        Err(TestError::Fail(why, changes)) => panic!("{name}: {why}: {changes:?}"),
        Err(TestError::Abort(why)) => panic!("{name}: {why}"),
    }
}

/// Reads a file as every table that it may be.
fn read_table(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
    let input = Input::Path(path.to_owned());
    let limits = Limits { table_bytes: 64 << 20, ..Limits::default() };
    for schema in [&schema::ANY, &schema::EXTRACT] {
        let loaded = load(&input, schema, &limits);
        if let Err(error) = &loaded {
            assert!(!error.what().contains('\n') && error.what().len() < 4_000, "{error}");
        }
    }
    if let Ok(reader) = Reader::open(&input, &schema::REGISTER) {
        let names = table::COLUMNS;
        let _ = reader.for_each(&names, 97, &|batch| {
            assert!(batch.table.rows() <= 97);
            Ok(())
        });
    }
}

#[test]
fn mutants_of_tables_are_read_or_refused() {
    let folder = folder();
    let path = folder.path().join("file");
    let batches = [table::batch(0, 60)];
    let plain = arrow::ipc::writer::IpcWriteOptions::default;
    let seeds: [(&str, Vec<u8>); 11] = [
        ("csv", table::csv(60)),
        ("csv.gz", table::gzip(&table::csv(60))),
        ("csv.zst", zstd::encode_all(&table::csv(60)[..], 1).unwrap()),
        ("json lines", table::json_lines(60)),
        ("parquet", table::parquet(&batches[0], 25)),
        ("arrow", table::ipc(&batches, plain())),
        ("packed arrow", table::ipc(&batches, table::packed())),
        ("stream", table::stream(&batches, plain())),
        ("packed stream", table::stream(&batches, table::packed())),
        ("workbook", table::workbook(20)),
        ("stored workbook", stored(&table::workbook(20))),
    ];
    let tried: u64 = seeds.iter().map(|(name, seed)| withstands(name, seed, &|bytes| read_table(&path, bytes))).sum();
    let foreign = PANICS[1].load(Ordering::Relaxed);
    say(&format!(
        "{tried} mutants of {} kinds of table; {foreign} panics inside other crates were made errors",
        seeds.len()
    ));
}

/// A workbook whose parts are not packed, so that a change hits the XML and not the packing; its checksums are not asked.
fn stored(bytes: &[u8]) -> Vec<u8> {
    use std::io::{Cursor, Read, Write};
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        writer.start_file(&*name, options).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn mutants_of_settings_are_read_or_refused() {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = |name: &str| std::fs::read(root.join(name)).unwrap();
    let model = |bytes: &[u8]| drop(LinkageModel::read(&text(bytes), "model"));
    let linkage = LinkageModel::read(&text(&file("benches/models/febrl4.toml")), "febrl4.toml").unwrap();
    let mut tried = 0;
    tried += withstands("model, TOML", &file("benches/models/febrl4.toml"), &model);
    tried += withstands("model, TOML", &file("benches/models/historical_50k.toml"), &model);
    let exported = splink::export(&linkage).unwrap();
    let json = exported.text.clone();
    tried += withstands("model of Splink", json.as_bytes(), &|bytes| drop(splink::import(&text(bytes), true)));
    tried += withstands("agreement", &file("data/example/agreement.toml"), &|bytes| {
        drop(Agreement::from_toml(&text(bytes)))
    });
    tried += withstands("specification", BUILT_IN.as_bytes(), &|bytes| drop(Specification::from_toml(&text(bytes))));
    let parameters = Parameters::built_in().to_json();
    tried += withstands("parameters", parameters.as_bytes(), &|bytes| drop(Parameters::from_json(&text(bytes))));
    say(&format!("{tried} mutants of models, agreements and specifications"));
}

#[test]
fn mutants_of_ledgers_are_opened_or_refused() {
    let folder = folder();
    let path = folder.path().join("ledger");
    let opener = Opener { by: "clerk".into(), command: "test".into(), wait: Duration::ZERO };
    drop(Ledger::create(&path, Department::HomeOffice, &opener).unwrap());
    let seed = std::fs::read(&path).unwrap();
    let agreement = Agreement::default();
    let tried = withstands("ledger", &seed, &|bytes| {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let _ = std::fs::remove_file(folder.path().join(format!("ledger{ending}")));
        }
        std::fs::write(&path, bytes).unwrap();
        let Ok(ledger) = Ledger::open(&path, &opener) else { return };
        let _ = (ledger.status("2016-04-30"), ledger.due("2016-04-30", None, &agreement).is_ok());
    });
    say(&format!("{tried} mutants of a ledger"));
}

/// Texts of every kind and of no kind through everything that makes values of text.
#[test]
fn standardisers_take_any_text() {
    use rewash::standardise::{address, date, email, kind, name, nino, phone, postcode};
    let read = |text: &str| {
        let mut tokens = name::Tokens::default();
        tokens.add_full_name(text);
        tokens.add_full_name_otherwise(text);
        tokens.add_names([text, text, text]);
        assert!(tokens.iter().all(|token| token.len() <= name::TOKEN_BYTES_MAX && token.is_ascii()));
        let mut out = address::Address::default();
        let _ = address::read_into(text, text, &mut out);
        let _ = (date::read(text).value, nino::read(text).value, nino::repairs(text).len());
        let _ = (postcode::read(text).value, postcode::repairs(text).len(), phone::read_all(text).len());
        let _ = email::canonical(text, &mut String::new()).value.map(str::len);
        let _ = (kind::kind_of_header(text), kind::tell(text, &[text, text]).is_some());
    };
    let seeds = [
        "Amina Çelik-O'Neil (née Adeyemi), Flat 2/1, 12 High St, Leeds LS1 4AP; 19/07/1984; AB 12 34 56 C; +44 (0)7700 900123; a.b+c@example.com",
        "محمد بن عبد الله \u{202e}אברהם\u{202c} 李小龙 Ελένη Наталья 👩‍👩‍👧‍👦 ＡＢＣ１２３ ﷺ ǅ ß ı İ ﬁ",
        "1984-07-19 19 July 1984 19.7.84 July 19th, 1984 30/02/1900 45000 00/00/0000 2016W171 ２０１６",
    ];
    let mut tried = 0;
    for seed in seeds {
        tried += withstands("text", seed.as_bytes(), &|bytes| read(&String::from_utf8_lossy(bytes)));
        tried += withstands("long text", seed.repeat(100).as_bytes(), &|bytes| read(&String::from_utf8_lossy(bytes)));
    }
    say(&format!("{tried} texts through every standardiser"));
}
