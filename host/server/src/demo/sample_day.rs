//! The sample day: visits of every province that is priced, on one table, and one bill explained.

use std::path::Path;

use vienphi_domain::Day;
use vienphi_service::Pricer;

use crate::bill;
use crate::embedded;
use crate::lang::Lang;
use crate::output::{complain, say};
use crate::table::{Align, Table, grouped};

/// It is dated so.
const SAMPLE_DAY: &str = "2026-03-02";

/// Where the repository keeps it; the embedded copy is used elsewhere.
const SAMPLE_FOLDER: &str = "tests/fixtures/day-2026-03-02";

/// The bill that is explained: a surgical stay, rich in rules.
const EXPLAINED: &str = "03-surgery.json";

/// Prices and prints it, by the prices of a day when one is named; false when something of it was refused or is missing.
pub(super) fn show(pricer: &Pricer, named: Option<Day>, lang: Lang) -> bool {
    let Some(day) = named.or_else(|| Day::parse(SAMPLE_DAY)) else { return false };
    let documents = documents();
    if documents.is_empty() {
        complain(&format!("error: the sample day is missing: {SAMPLE_FOLDER}"));
        return false;
    }
    let is_refused = print(pricer, &documents, day, lang);
    if let Some((_, document)) = documents.iter().find(|(name, _)| name == EXPLAINED) {
        explain(pricer, document, day, lang);
    }
    !is_refused
}

/// Its documents in order of name.
fn documents() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(SAMPLE_FOLDER);
    let mut documents: Vec<(String, Vec<u8>)> = match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .flatten()
            .filter_map(|entry| Some((entry.file_name().into_string().ok()?, std::fs::read(entry.path()).ok()?)))
            .collect(),
        Err(_) => embedded::SAMPLE_DAY.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect(),
    };
    documents.retain(|(name, _)| name.ends_with(".json"));
    documents.sort();
    documents
}

/// Prints a row for each statement; answers whether any document was refused.
fn print(pricer: &Pricer, documents: &[(String, Vec<u8>)], day: Day, lang: Lang) -> bool {
    use Align::{Left, Right};
    let column = |vi, en, align| (lang.pick(vi, en), align);
    let mut table = Table::new(&[
        column("Hồ sơ", "Encounter", Left),
        column("Cơ sở", "Facility", Left),
        column("Đối tượng", "Subject", Left),
        column("Biểu giá", "Tariff", Left),
        column("Thành tiền BV", "Hospital", Right),
        column("Thành tiền BH", "Insured", Right),
        column("Quỹ BHYT", "Insurer", Right),
        column("Nguồn khác", "Others", Right),
        column("Người bệnh trả", "Patient pays", Right),
        column("Lưu ý", "Findings", Left),
    ]);
    let mut refused = false;
    for (name, document) in documents {
        let priced = pricer.read(document, day).and_then(|encounter| {
            let statement = pricer.price(&encounter, day)?;
            let totals = &statement.totals;
            let money = |amount: vienphi_money::Amount| grouped(&amount.to_string());
            let mut codes: Vec<&str> = statement.findings.iter().map(|finding| &*finding.code).collect();
            codes.dedup();
            let sample = if statement.tariff.status == "sample" { " (sample)" } else { "" };
            table.row(vec![
                statement.encounter.to_owned(),
                encounter.facility.to_string(),
                statement.subject.declared.or(statement.subject.derived).unwrap_or_default().to_owned(),
                format!("{}{sample}", statement.tariff.package),
                money(totals.amount_hospital),
                money(totals.amount_insured),
                money(totals.insurer),
                money(totals.other_sources),
                money(totals.cash_due),
                codes.join(" "),
            ]);
            Ok(())
        });
        if let Err(problem) = priced {
            complain(&format!("{name}: {problem}"));
            refused = true;
        }
    }
    say(&format!("{} {day}\n\n{}\n", lang.pick("Ngày mẫu", "Sample day"), table.print(0)));
    refused
}

fn explain(pricer: &Pricer, document: &[u8], day: Day, lang: Lang) {
    if let Ok(encounter) = pricer.read(document, day)
        && let Ok(statement) = pricer.price(&encounter, day)
    {
        say(&bill::explain(pricer, &encounter, &statement, lang));
    }
}
