//! What people are shown of findings and differences; machines and workbooks get all of them.

use std::cmp::Ordering;

use vienphi_claims::{Finding, Severity};
use vienphi_money::Amount;
use vienphi_service::claim_check::Entry;
use vienphi_service::shadow::Shadow;

use crate::lang::Lang;
use crate::output::say;
use crate::table::{grouped, shorten};

/// The first findings, and how many were not shown.
pub(super) struct People {
    shown: usize,
    left_out: usize,
    lang: Lang,
}

impl People {
    const MOST: usize = 200;

    pub(super) fn new(lang: Lang) -> People {
        People { shown: 0, left_out: 0, lang }
    }

    /// A visit with what was found, unless it is clean.
    pub(super) fn show(&mut self, entry: &Entry<'_>) {
        if entry.is_clean() {
            return;
        }
        if let Some(why) = &entry.error {
            self.refused(entry.file, "", &[format!("{}: {why}", self.lang.pick("không đọc được", "unreadable"))]);
            return;
        }
        let findings = entry.findings.iter().map(|found| (found.finding, found.other_file));
        self.findings(entry.file, entry.visit.unwrap_or_default(), findings);
    }

    /// What is wrong with a file or a visit as a whole.
    pub(super) fn refused(&mut self, file: &str, visit: &str, why: &[String]) {
        if self.shown >= Self::MOST {
            self.left_out += 1;
            return;
        }
        self.shown += 1;
        let why: String = why.iter().map(|why| format!("  {why}\n")).collect();
        say(&format!("{file}  {visit}\n{why}"));
    }

    /// The findings of a visit, those above a note.
    fn findings<'f>(
        &mut self,
        file: &str,
        visit: &str,
        findings: impl Iterator<Item = (&'f Finding, Option<&'f str>)>,
    ) {
        let mut text = String::new();
        for (finding, other) in findings.filter(|(finding, _)| finding.severity != Severity::Note) {
            if self.shown >= Self::MOST {
                self.left_out += 1;
                continue;
            }
            self.shown += 1;
            let place = match (finding.table, finding.row) {
                (Some(table), Some(row)) => format!("XML{table}:{}", row + 1),
                (Some(table), None) => format!("XML{table}"),
                (None, _) => String::new(),
            };
            let words = self.lang.pick(&finding.text.vi, &finding.text.en);
            let other = other.map(|name| format!(" ({name})")).unwrap_or_default();
            text.push_str(&format!("  {:<20} {place:<10} {words}{other} [{}]\n", finding.code, finding.ground));
        }
        if !text.is_empty() {
            say(&format!("{file}  {visit}\n{text}"));
        }
    }

    /// The lines of a visit that differ from ours, and why ours are as they are.
    pub(super) fn beside(&mut self, file: &str, visit: &str, shadow: &Shadow) {
        let mut text = String::new();
        for line in shadow.lines.iter().filter(|line| line.differs()) {
            if self.shown >= Self::MOST {
                self.left_out += 1;
                continue;
            }
            self.shown += 1;
            let (declared, ours) = (line.declared.insurer, line.ours.insurer);
            let verdict = match declared.cmp(&ours) {
                Ordering::Greater => self.lang.pick("quỹ sẽ cắt", "the insurer will cut"),
                Ordering::Less => self.lang.pick("bệnh viện tính thiếu", "the hospital forgot"),
                Ordering::Equal => self.lang.pick("quỹ trả như nhau", "the insurer pays alike"),
            };
            let money = |amount: Amount| grouped(&amount.to_string());
            text.push_str(&format!(
                "  XML{:<8} {:<20} {}\n    T_BHTT {} → {}  {verdict}\n",
                line.id.replace('.', ":"),
                line.code,
                shorten(&line.name, 60),
                money(declared),
                money(ours),
            ));
            let row = line.id.split_once('.');
            let of_line = |finding: &&Finding| {
                let of = finding.table.zip(finding.row).map(|(table, row)| (table.to_string(), (row + 1).to_string()));
                of.as_ref().map(|(table, row)| (table.as_str(), row.as_str())) == row && finding.field != "T_BHTT"
            };
            let others = shadow.findings.iter().filter(of_line).map(|finding| {
                let of = |text: &Option<String>| grouped(text.as_deref().unwrap_or("–"));
                format!("{} {} → {}", finding.field, of(&finding.declared), of(&finding.expected))
            });
            let others: Vec<String> = others.collect();
            if !others.is_empty() {
                text.push_str(&format!("    {}\n", others.join(" · ")));
            }
            if let Some(why) = &line.why {
                text.push_str(&format!("    {}\n", self.lang.pick(&why.vi, &why.en)));
            }
        }
        if !text.is_empty() {
            say(&format!("{file}  {visit}\n{text}"));
        }
    }

    /// Says how many were not shown.
    pub(super) fn end(&self) {
        if self.left_out > 0 {
            let more = ("phát hiện nữa: --json hoặc --xlsx cho tất cả", "more: --json or --xlsx for all");
            say(&format!("… {} {}\n", self.left_out, self.lang.pick(more.0, more.1)));
        }
    }
}
