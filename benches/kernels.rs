//! How fast are the parts of a trace, each alone?
//!
//! Question: nanoseconds for each token pair, name, date, key and probe. Data: names of the compiled-in stock in fixed
//! order, no random numbers. What to expect: most token pairs are told apart by their marks, which costs less than a tenth
//! of a distance by strsim; with a bound, rapidfuzz's distances beat strsim's by a factor of two or more; aligning two whole
//! names costs less than one Jaro-Winkler similarity for each of their pairs of tokens.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rewash::block::{Emission, Keyed, Kind, Slots, extract_keys, register_keys};
use rewash::compare::{GradeCache, TokenId, Vocabulary, align, kernel};
use rewash::lexicon::block_code;
use rewash::model::comparison::{COMPARISONS, Vector};
use rewash::model::parameters::Parameters;
use rewash::model::value::PartialDate;
use rewash::score::Scorer;
use rewash::standardise::name::Tokens;
use rewash::standardise::{date, nino, phone, postcode};
use rewash::util::hash::mix;
use std::hint::black_box;

const FORENAMES: [&str; 16] = [
    "Mohammed",
    "Muhammad",
    "Fatima",
    "Ayesha",
    "Oleksandr",
    "Aleksander",
    "Nguyen",
    "Chukwuemeka",
    "Emeka",
    "Oluwaseun",
    "Xiaoming",
    "Jose Maria",
    "Abdul Rahman",
    "Katarzyna",
    "Tesfaye",
    "Gurpreet",
];
const SURNAMES: [&str; 16] = [
    "Hussain",
    "Hossain",
    "Begum",
    "Singh",
    "Kaur",
    "Van Der Berg",
    "Garcia Lopez",
    "Okonkwo",
    "Al-Hassan",
    "Nowak",
    "Kowalski",
    "Kowalska",
    "Haile",
    "Zhang",
    "Ahmadzai",
    "Smith",
];

fn names() -> Vec<String> {
    FORENAMES.iter().flat_map(|first| SURNAMES.iter().map(move |last| format!("{first} {last}"))).collect()
}

fn tokenised(vocabulary: &mut Vocabulary) -> Vec<Vec<TokenId>> {
    let mut scratch = Vec::new();
    let mut tokens = Tokens::default();
    names()
        .iter()
        .map(|name| {
            tokens.clear();
            tokens.add_full_name(name);
            tokens.iter().map(|token| vocabulary.intern(token, block_code(token, &mut scratch))).collect()
        })
        .collect()
}

fn standardise(c: &mut Criterion) {
    let names = names();
    let mut group = c.benchmark_group("standardise");
    group.throughput(Throughput::Elements(names.len() as u64));
    group.bench_function("name", |b| {
        let mut tokens = Tokens::default();
        b.iter(|| {
            for name in &names {
                tokens.clear();
                tokens.add_full_name(black_box(name));
            }
        });
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("date", |b| b.iter(|| date::read(black_box("1980-03-12"))));
    group.bench_function("nino", |b| b.iter(|| nino::read(black_box("AB 12 34 57 C"))));
    group.bench_function("phone", |b| b.iter(|| phone::read(black_box("07700 900123"))));
    group.bench_function("postcode", |b| b.iter(|| postcode::read(black_box("ox21 9js"))));
    group.finish();
}

/// Upper-case tokens of the stock, all against all: most pairs are of different names, as in a block.
fn token_pairs() -> Vec<(String, String)> {
    let words = || FORENAMES.iter().chain(&SURNAMES).flat_map(|name| name.split([' ', '-'])).map(str::to_uppercase);
    words().flat_map(|a| words().map(move |b| (a.clone(), b))).collect()
}

fn tokens(c: &mut Criterion) {
    let pairs = token_pairs();
    let mut vocabulary = Vocabulary::new();
    let mut scratch = Vec::new();
    let mut id = |token: &str| vocabulary.intern(token, block_code(token, &mut scratch));
    let ids: Vec<(TokenId, TokenId)> = pairs.iter().map(|(a, b)| (id(a), id(b))).collect();
    let mut group = c.benchmark_group("token pairs");
    group.throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function("grade", |b| {
        b.iter(|| ids.iter().map(|(a, b)| vocabulary.grade(black_box(*a), *b) as u32).sum::<u32>());
    });
    group.bench_function("grade, remembered", |b| {
        let mut cache = GradeCache::default();
        b.iter(|| ids.iter().map(|(a, b)| cache.grade(&vocabulary, black_box(*a), *b) as u32).sum::<u32>());
    });
    group.bench_function("grade, both read (slow twin)", |b| {
        b.iter(|| pairs.iter().map(|(a, b)| kernel::token::grade(black_box(a), b, false) as u32).sum::<u32>());
    });
    let of = |score: &dyn Fn(&str, &str) -> f64| pairs.iter().map(|(a, b)| score(black_box(a), b)).sum::<f64>();
    group.bench_function("Jaro-Winkler, strsim", |b| b.iter(|| of(&strsim::jaro_winkler)));
    group.bench_function("Jaro-Winkler, rapidfuzz", |b| {
        b.iter(|| of(&|a, b| rapidfuzz::distance::jaro_winkler::similarity(a.bytes(), b.bytes())));
    });
    group.bench_function("Jaro-Winkler, rapidfuzz from 0.94 on", |b| {
        let args = rapidfuzz::distance::jaro_winkler::Args::default().score_cutoff(0.94);
        let score = |a: &str, b: &str| {
            rapidfuzz::distance::jaro_winkler::similarity_with_args(a.bytes(), b.bytes(), &args).unwrap_or(0.0)
        };
        b.iter(|| of(&score));
    });
    group.bench_function("edit distance, strsim", |b| b.iter(|| of(&|a, b| strsim::osa_distance(a, b) as f64)));
    group.bench_function("edit distance, rapidfuzz", |b| {
        b.iter(|| of(&|a, b| rapidfuzz::distance::osa::distance(a.bytes(), b.bytes()) as f64));
    });
    group.bench_function("edit distance, rapidfuzz up to 1", |b| {
        let args = rapidfuzz::distance::osa::Args::default().score_cutoff(1);
        let score = |a: &str, b: &str| {
            rapidfuzz::distance::osa::distance_with_args(a.bytes(), b.bytes(), &args).unwrap_or(9) as f64
        };
        b.iter(|| of(&score));
    });
    group.finish();
}

fn align_names(c: &mut Criterion) {
    let mut vocabulary = Vocabulary::new();
    let names = tokenised(&mut vocabulary);
    let mut group = c.benchmark_group("names");
    group.throughput(Throughput::Elements((names.len() * names.len()) as u64));
    group.sample_size(20);
    group.bench_function("align, grades remembered", |b| {
        let mut cache = GradeCache::default();
        b.iter(|| {
            let mut sum = 0_u64;
            for left in &names {
                for right in &names {
                    sum += u64::from(align(left, right, &vocabulary, &mut cache).level);
                }
            }
            sum
        });
    });
    group.bench_function("best Jaro-Winkler of each token, strsim", |b| {
        b.iter(|| {
            let mut sum = 0.0;
            for left in &names {
                for right in &names {
                    for a in left {
                        let scores =
                            right.iter().map(|b| strsim::jaro_winkler(vocabulary.text(*a), vocabulary.text(*b)));
                        sum += scores.fold(0.0, f64::max);
                    }
                }
            }
            sum
        });
    });
    group.finish();
}

fn dates(c: &mut Criterion) {
    let dates: Vec<PartialDate> = (0..256).filter_map(|n| PartialDate::from_day_number(n * 61)).collect();
    let mut group = c.benchmark_group("dates");
    group.throughput(Throughput::Elements((dates.len() * dates.len()) as u64));
    group.bench_function("level", |b| {
        b.iter(|| {
            let mut sum = 0_u64;
            for a in &dates {
                for b in &dates {
                    sum += u64::from(kernel::date::level(Some(*a), Some(*b)));
                }
            }
            sum
        });
    });
    group.finish();
}

fn keyed(row: u64) -> Keyed {
    let random = |n: u64| mix(row, n);
    Keyed {
        codes: (0..3).map(|n| random(n) % 5_000).collect(),
        token_of_code: vec![0, 1, 2],
        birth_date: PartialDate::from_day_number((random(7) % 20_000) as i32),
        postcodes: vec![random(8) % 100_000],
        phones: vec![random(9)],
        ..Keyed::default()
    }
}

fn emissions(rows: u64) -> Vec<Vec<Emission>> {
    (0..rows)
        .map(|row| {
            let mut keys = Vec::new();
            extract_keys(&keyed(row), |kind, key| keys.push(Emission { key, kind }));
            keys
        })
        .collect()
}

fn index(c: &mut Criterion) {
    let extract = emissions(20_000);
    let slots = Slots::build(&extract);
    let register: Vec<Keyed> = (1_000_000..1_020_000).map(keyed).collect();
    let mut group = c.benchmark_group("index");
    group.sample_size(20);
    group.throughput(Throughput::Elements(extract.len() as u64));
    group.bench_function("build, extract rows", |b| {
        b.iter_batched(|| extract.clone(), |extract| Slots::build(&extract), BatchSize::LargeInput);
    });
    group.throughput(Throughput::Elements(register.len() as u64));
    group.bench_function("key and probe, register rows", |b| {
        b.iter(|| {
            let mut hits = 0_u64;
            for row in &register {
                register_keys(row, |kind, key| {
                    let found = slots.find(key).is_some();
                    hits += u64::from(found && kind != Kind::Postcode);
                    found
                });
            }
            hits
        });
    });
    group.finish();
}

fn score(c: &mut Criterion) {
    let scorer = Scorer::new(&Parameters::built_in(), 1e6);
    let vectors: Vec<Vector> = (0..1024_u64)
        .map(|n| {
            COMPARISONS.iter().enumerate().fold(Vector::default(), |vector, (index, comparison)| {
                vector.with(*comparison, (mix(n, index as u64) % comparison.levels() as u64) as u8)
            })
        })
        .collect();
    let u = [-12.0_f32, -14.0, -10.0, -20.0, -20.0, -21.0, -1.0];
    let mut group = c.benchmark_group("score");
    group.throughput(Throughput::Elements(vectors.len() as u64));
    group.bench_function("weight", |b| {
        b.iter(|| vectors.iter().map(|vector| scorer.weight(black_box(*vector), &u)).sum::<f64>());
    });
    group.finish();
}

criterion_group!(benches, standardise, tokens, align_names, dates, index, score);
criterion_main!(benches);
