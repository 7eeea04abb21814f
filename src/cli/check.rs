//! `rewash check`: an extract is accepted or rejected, and its sender told why.

use crate::cli::Ended;
use crate::cli::args::Check;
use crate::cli::files::{
    check_folder, check_readable, file_name, open_agreement, read_specification, read_text, refuse_taken, run_date,
    single,
};
use crate::cli::talk::Talk;
use crate::error::{Error, Result};
use crate::exchange::agreement::Agreement;
use crate::exchange::specification::{self, BUILT_IN, Checked, Specification, Submission};
use crate::ingest::{self, Input, Loaded, Sidecar};
use crate::model::schema;
use crate::model::value::PartialDate;
use crate::report::{self, Acceptance, Summary, thousands};
use crate::store::OutputFolder;
use std::io::Write;
use std::path::Path;

/// Runs `rewash check`.
pub(crate) fn run(words: &Check, talk: &Talk) -> Result<Ended> {
    if words.print_specification {
        let text = words.specification.as_deref().map_or_else(|| Ok(BUILT_IN.to_owned()), read_text)?;
        print(&text)?;
        return Ok(Ended::Done);
    }
    let on = run_date(words.on.as_deref())?;
    let specification = read_specification(words.specification.as_deref())?;
    let agreement = words.agreement.as_deref().map(|path| open_agreement(path, on, talk)).transpose()?;
    let extract = single(words.extract.as_deref().unwrap_or("-"), "the extract")?;
    let shipped = Agreement::default();
    let agreed = agreement.as_ref().map(|(agreement, _)| agreement);
    check_readable(std::iter::once(&extract), agreed.unwrap_or(&shipped), talk)?;
    if let Some(out) = &words.out {
        refuse_taken(out)?;
        check_folder(out, agreed.unwrap_or(&shipped), talk)?;
    }
    let loaded = ingest::load(&extract, &schema::EXTRACT, &ingest::Limits::default())?;
    let answer = checked(&specification, &extract, &loaded, agreed, on)?;
    let acceptance = Acceptance {
        checked: &answer.checked,
        specification: &specification,
        on: on.to_string(),
        agreement: agreement.as_ref().map(|(agreement, sha256)| (agreement, sha256.as_str())),
        inputs: inputs(&extract, &loaded, answer.beside.as_ref(), words),
    };
    match &words.out {
        None => print(&acceptance.text())?,
        Some(out) => {
            write(&acceptance, out)?;
            talk.summary(&summary(&acceptance, out));
        }
    }
    Ok(if answer.checked.is_rejected { Ended::Rejected } else { Ended::Done })
}

/// The answer, and the file beside the extract that was asked.
pub(crate) struct Answer {
    pub checked: Checked,
    beside: Option<Sidecar>,
}

/// Checks an extract that was loaded; strictly where an agreement is given.
///
/// # Errors
/// When the file beside it cannot be read.
pub(crate) fn checked(
    specification: &Specification,
    extract: &Input,
    loaded: &Loaded,
    agreement: Option<&Agreement>,
    on: PartialDate,
) -> Result<Answer> {
    // A file of the general name may be another extract's: it is asked only where the workbook says nothing itself.
    let beside = ingest::sidecar(extract, loaded.control.is_none())?;
    let on = on.to_string().parse().map_err(|_| Error::internal("the date of the run is none"))?;
    let control = beside.as_ref().map(|sidecar| &sidecar.control);
    let submission = Submission { loaded, beside: control, agreement, on };
    Ok(Answer { checked: specification::check(specification, &submission), beside })
}

fn print(text: &str) -> Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(|error| Error::write(&error))
}

fn inputs(extract: &Input, loaded: &Loaded, beside: Option<&Sidecar>, words: &Check) -> Vec<report::Input> {
    let mut out = vec![report::Input {
        role: "extract".into(),
        name: extract.name(),
        format: loaded.format.title().into(),
        rows: (loaded.table.rows() + loaded.rejects.len()) as u64,
        sha256: loaded.sha256.clone(),
        // By number: a header that is not known may be anybody's text.
        unknown_columns: Vec::new(),
    }];
    out.extend(beside.map(|sidecar| report::Input {
        role: "manifest".into(),
        name: sidecar.name.clone(),
        format: "JSON".into(),
        rows: 0,
        sha256: sidecar.sha256.clone(),
        unknown_columns: Vec::new(),
    }));
    let named = |role: &str, path: &Path| report::Input {
        role: role.into(),
        name: file_name(path),
        format: "TOML".into(),
        rows: 0,
        sha256: ingest::digest(&Input::Path(path.to_owned())).unwrap_or_default(),
        unknown_columns: Vec::new(),
    };
    out.extend(words.agreement.as_deref().map(|path| named("agreement", path)));
    out.extend(words.specification.as_deref().map(|path| named("specification", path)));
    out
}

/// The sender's report: a whole folder or none.
fn write(acceptance: &Acceptance, out: &Path) -> Result<()> {
    let folder = OutputFolder::create(out)?;
    for (name, text) in [("report.txt", acceptance.text()), ("manifest.json", acceptance.manifest())] {
        folder.file(name)?.write_all(text.as_bytes()).map_err(|error| Error::write(&error).at(name))?;
    }
    acceptance.write_csv(folder.file("report.csv")?)?;
    acceptance.write_xlsx(folder.file("report.xlsx")?)?;
    folder.commit()
}

fn summary(acceptance: &Acceptance, out: &Path) -> Summary {
    let checked = acceptance.checked;
    let mut summary = Summary::default();
    summary.line("verdict", checked.verdict());
    summary.line("rows", thousands(checked.rows));
    summary.line("without fault", thousands(checked.clean_rows()));
    summary.line("with warnings", thousands(checked.warned_rows));
    summary.line("faulty", thousands(checked.faulty_rows));
    for kindred in checked.by_code().iter().filter(|kindred| kindred.severity == specification::Severity::File) {
        summary.line("rejected for", acceptance.specification.what(kindred.code));
    }
    for name in ["report.txt", "report.csv", "report.xlsx", "manifest.json"] {
        summary.line("written", out.join(name).display().to_string());
    }
    summary
}
