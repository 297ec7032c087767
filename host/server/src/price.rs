//! `vienphi price` and `vienphi explain`.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use vienphi_domain::{Problem, Statement};

use crate::bill;
use crate::cli::Common;
use crate::lang::Lang;
use crate::output::{Ended, complain, say};
use crate::stream::{self, LONGEST_DOCUMENT};
use crate::table::{Align, Table, grouped, shorten};

/// Prices one file and prints the statement.
pub fn one_file(common: &Common, file: &Path, json: bool) -> Ended {
    let pricer = match common.pricer_or_problem() {
        Ok(pricer) => pricer,
        Err(problem) => return refuse(&problem, json, common.lang),
    };
    let problem = match read_document(file) {
        Ok(document) if json => match pricer.price_json(&document, common.today()) {
            Ok(priced) => {
                say(&format!("{}\n", String::from_utf8_lossy(&priced.json)));
                return Ended::Done;
            }
            Err(problem) => problem,
        },
        Ok(document) => {
            let encounter = match pricer.read(&document, common.today()) {
                Ok(encounter) => encounter,
                Err(problem) => return refuse(&problem, json, common.lang),
            };
            match pricer.price(&encounter, common.today()) {
                Ok(statement) => {
                    say(&summary(&statement, common.lang));
                    return Ended::Done;
                }
                Err(problem) => problem,
            }
        }
        Err(problem) => problem,
    };
    refuse(&problem, json, common.lang)
}

/// Prices one file and prints the explained bill.
pub fn explain_file(common: &Common, file: &Path) -> Ended {
    let Some(pricer) = common.pricer() else { return Ended::BadInput };
    let read = read_document(file).and_then(|document| pricer.read(&document, common.today()));
    let encounter = match read {
        Ok(encounter) => encounter,
        Err(problem) => return refuse(&problem, false, common.lang),
    };
    match pricer.price(&encounter, common.today()) {
        Ok(statement) => {
            say(&bill::explain(&pricer, &encounter, &statement, common.lang));
            Ended::Done
        }
        Err(problem) => refuse(&problem, false, common.lang),
    }
}

/// Prices a stream, one encounter a line.
pub fn stream_file(common: &Common, file: &Path) -> Ended {
    let Some(pricer) = common.pricer() else { return Ended::BadInput };
    let today = common.today();
    let progress = progress(file);
    let input: Box<dyn Read + Send> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        match File::open(file) {
            Ok(opened) => Box::new(opened),
            Err(error) => {
                complain(&format!("error: {} cannot be read: {error}", file.display()));
                return Ended::BadInput;
            }
        }
    };
    let input = BufReader::with_capacity(1 << 20, progress.wrap_read(input));
    let outcome = stream::price_lines(&pricer, today, input, &mut io::stdout());
    progress.finish_and_clear();
    match outcome {
        Ok(counts) => {
            if io::stderr().is_terminal() {
                complain(&format!("{} statements, {} problems", counts.statements, counts.problems));
            }
            if counts.problems > 0 { Ended::Differences } else { Ended::Done }
        }
        // A reader that has gone away (`| head`) ends the work.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ended::Done,
        Err(error) => {
            complain(&format!("error: {error}"));
            Ended::BadInput
        }
    }
}

/// A bar on a terminal, nothing elsewhere.
fn progress(file: &Path) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    match std::fs::metadata(file) {
        Ok(metadata) if metadata.is_file() => ProgressBar::new(metadata.len()).with_style(
            ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {elapsed} eta {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        ),
        _ => ProgressBar::new_spinner(),
    }
}

/// Reads a file or standard input, up to the size of a document.
pub(crate) fn read_document(file: &Path) -> Result<Vec<u8>, Problem> {
    let mut document = Vec::new();
    let most = LONGEST_DOCUMENT as u64 + 1;
    let read = if file == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut document)
    } else {
        File::open(file).and_then(|opened| opened.take(most).read_to_end(&mut document))
    };
    match read {
        Ok(_) if document.len() > LONGEST_DOCUMENT => Err(stream::too_large()),
        Ok(_) => Ok(document),
        Err(error) => {
            let path = file.display();
            Err(stream::refused(
                "urn:vienphi:problem:unreadable-file",
                "The file cannot be read",
                format!("{path}: {error}"),
            ))
        }
    }
}

/// Says why an encounter was not priced: JSON to standard output for machines, words to standard error for people.
pub(crate) fn refuse(problem: &Problem, json: bool, lang: Lang) -> Ended {
    if json {
        // A problem holds text only: writing it cannot fail.
        say(&format!("{}\n", serde_json::to_string(problem).unwrap_or_default()));
        return Ended::BadInput;
    }
    let mut text = lang.pick("Không tính được hồ sơ", "The encounter was not priced").to_owned();
    if let Some(encounter) = &problem.encounter {
        text.push_str(&format!(" {encounter}"));
    }
    text.push_str(&format!(": {}", problem.detail));
    if problem.errors.len() > 1 {
        for error in &problem.errors {
            text.push_str(&format!("\n  {} {}", error.path, error.message));
        }
    }
    complain(&text);
    Ended::BadInput
}

/// A statement on one screen.
fn summary(statement: &Statement<'_>, lang: Lang) -> String {
    use Align::{Left, Right};
    let column = |vi, en, align| (lang.pick(vi, en), align);
    let mut table = Table::new(&[
        column("Dòng", "Line", Left),
        column("Mã", "Code", Left),
        column("Tên", "Name", Left),
        column("Thành tiền BV", "Hospital", Right),
        column("Thành tiền BH", "Insured", Right),
        column("Quỹ BHYT", "Insurer", Right),
        column("Cùng chi trả", "Co-payment", Right),
        column("Nguồn khác", "Others", Right),
        column("Tự trả", "Own", Right),
    ]);
    let money = |amount: vienphi_money::Amount| grouped(&amount.to_string());
    for line in &statement.lines {
        let sum = &line.sum;
        table.row(vec![
            line.id.to_owned(),
            line.code.to_owned(),
            shorten(line.name.unwrap_or_default(), 40),
            money(sum.hospital),
            money(sum.insured),
            money(sum.insurer),
            money(sum.copayment),
            money(sum.other_sources),
            money(sum.own),
        ]);
    }
    let totals = &statement.totals;
    table.row(vec![
        String::new(),
        String::new(),
        lang.pick("Cộng", "Total").to_owned(),
        money(totals.amount_hospital),
        money(totals.amount_insured),
        money(totals.insurer),
        money(totals.copayment),
        money(totals.other_sources),
        money(totals.patient_own),
    ]);
    let due = lang.pick("Người bệnh phải trả", "The patient pays");
    let mut text =
        format!("{}\n{}{due}: {} đ\n", bill::heading(statement, lang), table.print(0), money(totals.cash_due));
    text.push_str(&bill::remarks(statement, lang));
    text
}
