//! `rewash demo`: the whole exchange on made data, each department with its own ledger and folder, and what came out.
//!
//! Every step is a command as a person would type it, said before it runs.

use crate::cli::Ended;
use crate::cli::args::{Demo, Words};
use crate::cli::evaluate;
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::store::{OutputFile, make_private_folder};
use clap::Parser;
use std::path::Path;

/// Date of the demonstration: within the shipped agreement's time.
const ON: &str = "2016-04-30";
/// Day on which the answers of HMRC and DWP come back.
const BACK_ON: &str = "2016-05-20";
/// The agreement that is shipped.
const AGREEMENT: &str = include_str!("../../data/example/agreement.toml");

/// A step: what it is, and its words; `{}` stands for the demonstration's folder.
type Step = (&'static str, &'static str);

/// What the Home Office, then HMRC, then DWP do, and the Home Office again.
const STEPS: [Step; 13] = [
    ("Home Office: a ledger of its own", "ledger init {}/home_office/ledger --department home_office --by demo"),
    (
        "Home Office: what is due goes into an extract for HMRC",
        "pool extract {}/made/cases.csv --ledger {}/home_office/ledger --agreement {}/agreement.toml --on @ON --by demo \
         --out {}/home_office/wash",
    ),
    ("HMRC: a ledger of its own", "ledger init {}/hmrc/ledger --department hmrc --by demo"),
    (
        "HMRC: is the file what was agreed?",
        "check {}/home_office/wash/extract-W0001-post2008-1.xlsx --agreement {}/agreement.toml --on @ON \
         --out {}/hmrc/checked",
    ),
    (
        "HMRC: the trace",
        "trace {}/home_office/wash/extract-W0001-post2008-1.xlsx --register hmrc={}/made/register.parquet \
         --agreement {}/agreement.toml --on @ON --truth {}/made/truth.csv --ledger {}/hmrc/ledger --by demo \
         --out {}/hmrc/traced",
    ),
    (
        "HMRC: what is left to people",
        "review {}/hmrc/traced -o {}/hmrc/review.xlsx --on @ON --ledger {}/hmrc/ledger --by demo",
    ),
    ("DWP: a ledger of its own", "ledger init {}/dwp/ledger --department dwp --by demo"),
    (
        "DWP: benefits in payment to those handed over",
        "benefits {}/hmrc/traced/hmrc_to_dwp.csv --customers {}/made/customers.csv --awards {}/made/awards.csv \
         --agreement {}/agreement.toml --on @ON --ledger {}/dwp/ledger --by demo --out {}/dwp/benefits",
    ),
    ("DWP: what its own stopped awards saved", "benefits stopped {}/made/stopped.csv --on @ON --out {}/dwp/savings"),
    (
        "Home Office: HMRC's answer",
        "pool return {}/hmrc/traced --ledger {}/home_office/ledger --agreement {}/agreement.toml --on @BACK --by demo",
    ),
    (
        "Home Office: DWP's answer",
        "pool return --dwp {}/dwp/benefits/dwp_to_ho.csv --ledger {}/home_office/ledger --agreement {}/agreement.toml \
         --on @BACK --by demo",
    ),
    ("Home Office: where its cases stand", "pool status --ledger {}/home_office/ledger --on @BACK --by demo"),
    (
        "Home Office: management information",
        "report --ledger {}/home_office/ledger --run {}/hmrc/traced --dwp {}/dwp/benefits --stopped {}/made/stopped.csv \
         --agreement {}/agreement.toml --on @BACK --html --truth {}/made/truth.csv --out {}/report",
    ),
];

/// Runs `rewash demo`.
pub(crate) fn run(words: &Demo, talk: &Talk) -> Result<Ended> {
    let out = words.out.to_str().ok_or_else(|| Error::output("is not a name in UTF-8").at(words.out.display()))?;
    make_private_folder(&words.out)?;
    for department in ["home_office", "hmrc", "dwp"] {
        make_private_folder(&words.out.join(department))?;
    }
    write(&words.out.join("agreement.toml"), AGREEMENT)?;
    let synth = format!(
        "synth --register {} --extract {} --seed {} --on {ON} --out {{}}/made",
        words.register, words.extract, words.seed
    );
    step("made people, none of them real", &synth, out, talk)?;
    let mut ended = Ended::Done;
    for (title, command) in STEPS {
        if step(title, command, out, talk)? == Ended::NothingMatched {
            ended = Ended::NothingMatched;
        }
    }
    talk.note("\nthe trace against the truth of the made data:");
    let path = |name: &str| words.out.join(name).display().to_string();
    talk.summary(&evaluate::compare(&path("hmrc/traced/outcomes.parquet"), &path("made/truth.csv"))?.summary());
    talk.note(&format!(
        "\nto look at:\n  {}  the report: open it in a browser\n  {}  what the exchange brought, a sheet a theme\n  {}  what goes back to the Home Office\n  \
         {}  what is not certain, for people to decide\n  {}  what DWP reports",
        path("report/report.html"),
        path("report/metrics.xlsx"),
        path("hmrc/traced/hmrc_to_ho.csv"),
        path("hmrc/review.xlsx"),
        path("dwp/benefits/dwp_to_ho.csv"),
    ));
    Ok(ended)
}

/// Says a command as it would be typed, and runs it.
fn step(title: &str, command: &str, out: &str, talk: &Talk) -> Result<Ended> {
    let command = command.replace("@ON", ON).replace("@BACK", BACK_ON);
    talk.note(&format!("\n{title}\n$ rewash {}", command.replace("{}", out)));
    // The folder may have spaces in its name: it is put in after the words are cut.
    let words = command.split_whitespace().map(|word| word.replace("{}", out));
    let words = Words::try_parse_from(std::iter::once("rewash".to_owned()).chain(words))
        .map_err(|_| Error::internal("a step of the demonstration cannot be read").at(title))?;
    super::run(&words, talk)
}

fn write(path: &Path, text: &str) -> Result<()> {
    let mut file = OutputFile::create(path)?;
    file.write(text.as_bytes())?;
    file.commit()
}
