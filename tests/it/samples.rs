//! Files of another system, in three formats: they load and trace as they are, with the same outcomes from every format.
//! Skips where the samples are absent.

use crate::support::{files, folder, run, stderr, text};
use std::path::Path;

#[test]
fn every_format_gives_the_same_outcomes() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !samples.join("extract.xlsx").exists() {
        eprintln!("skipped: no samples beside the checkout");
        return;
    }
    let folder = folder();
    let mut want: Option<(Vec<u8>, Vec<u8>)> = None;
    for register in ["register.csv", "register.parquet", "register.arrow"] {
        for extract in ["extract.csv", "extract.xlsx"] {
            let out = folder.path().join(format!("{extract}-{register}"));
            let output = run(
                &[
                    "trace",
                    text(&samples.join(extract)),
                    "--register",
                    text(&samples.join(register)),
                    "--out",
                    text(&out),
                    "--on",
                    "2016-04-05",
                    "--format",
                    "csv",
                ],
                0,
            );
            assert!(stderr(&output).contains("match"), "a summary is printed");
            let of = |name: &str| files(&out).into_iter().find(|(file, _)| file == name).unwrap().1;
            let got = (of("outcomes.csv"), of("hmrc_to_ho.csv"));
            // Dates are echoed as received: a workbook's text dates stay as they were typed.
            let want = want.get_or_insert_with(|| got.clone());
            assert!(want.0 == got.0, "{extract} {register}");
        }
    }
}
