//! What one table says of another: MA_LK, STT, results and their services.

use super::lines::{Line, place, text};
use super::sink::{Found, Sink};
use super::visit::Visit;
use crate::envelope::Claim;
use crate::schema::EPISODE;
use crate::table::{Status, Table};

/// Tables of which STT counts the rows.
const COUNTED: [u8; 4] = [2, 3, 4, 5];

/// Groups that have results: tests, imaging, functional tests.
const WITH_RESULTS: [u8; 3] = [1, 2, 3];

/// The end of the code of a service that was stopped.
pub(super) const STOPPED: &str = "_TB";

/// Tables of a claim, MA_LK and STT.
pub(super) fn check_tables(claim: &Claim, visit: &Visit<'_>, sink: &mut Sink<'_>) {
    if visit.row.is_none() {
        sink.add(Found::of_row("VP-NO-SUMMARY", Some(1), None, ""));
    }
    for (place, table) in claim.tables().iter().enumerate() {
        let number = table.number();
        let is_twice = claim.tables().iter().take(place).any(|other| other.number() == number);
        if number.is_some() && is_twice {
            sink.add(Found::of_row("VP-TABLE-TWICE", number, None, ""));
        }
        check_episodes(table, visit, sink);
        if number.is_some_and(|number| COUNTED.contains(&number)) {
            check_numbers(table, sink);
        }
    }
}

fn check_episodes(table: &Table, visit: &Visit<'_>, sink: &mut Sink<'_>) {
    if visit.row.is_none() {
        return;
    }
    let differs = |episode: &str| !episode.is_empty() && episode != visit.episode;
    let mut report = |row: Option<usize>, episode: &str| {
        let found = Found::of_row("VP-MA-LK", table.number(), row, EPISODE);
        sink.add(found.declared(episode).expected(visit.episode));
    };
    if table.status() != Status::Typed {
        if let Some(episode) = table.episode().filter(|episode| differs(episode.text)) {
            report(None, episode.text);
        }
        return;
    }
    let at = place(table.schema(), EPISODE);
    for row in table.rows() {
        let episode = text(row, at);
        if differs(episode) {
            report(Some(row.index()), episode);
        }
    }
}

/// STT rises from row to row. A table in order is read once, without a list of numbers.
fn check_numbers(table: &Table, sink: &mut Sink<'_>) {
    let at = place(table.schema(), "STT");
    let number = |row: usize| table.row(row).and_then(|row| text(row, at).parse::<u64>().ok());
    let mut last: Option<u64> = None;
    let mut is_in_order = true;
    for row in 0..table.row_count() {
        let Some(this) = number(row) else { continue };
        is_in_order &= last.is_none_or(|last| last < this);
        last = Some(this);
    }
    if is_in_order {
        return;
    }
    let mut seen = std::collections::HashSet::new();
    let mut last: Option<u64> = None;
    for row in 0..table.row_count() {
        let Some(this) = number(row) else { continue };
        let found = |code| Found::of_row(code, table.number(), Some(row), "STT").declared(this);
        if !seen.insert(this) {
            sink.add(found("VP-STT-TWICE"));
        } else if let Some(last) = last.filter(|last| this < *last) {
            sink.add(found("VP-STT-ORDER").expected(last));
        }
        last = Some(this);
    }
}

/// Results (table 4) and the services they are of.
pub(super) fn check_results(claim: &Claim, lines: &[Line<'_>], sink: &mut Sink<'_>) {
    let Some(results) = claim.table(4) else { return };
    let at = place(results.schema(), "MA_DICH_VU");
    let mut services: Vec<&str> = lines.iter().map(|line| line.service).filter(|code| !code.is_empty()).collect();
    services.sort_unstable();
    let mut with_results: Vec<&str> = Vec::with_capacity(results.row_count());
    for row in results.rows() {
        let service = text(row, at);
        with_results.push(service);
        if !service.is_empty() && services.binary_search(&service).is_err() {
            sink.add(Found::of_row("VP-RESULT-SERVICE", Some(4), Some(row.index()), "MA_DICH_VU").declared(service));
        }
    }
    with_results.sort_unstable();
    for line in lines.iter().filter(|line| line.table == 3 && line.is_of(&WITH_RESULTS)) {
        // A test that was stopped has none (QĐ 130/QĐ-BYT).
        if line.service.ends_with(STOPPED) {
            continue;
        }
        if !line.service.is_empty() && with_results.binary_search(&line.service).is_err() {
            let found = line.found("VP-NO-RESULT", "MA_DICH_VU").declared(line.service);
            sink.add(found.at_risk(line.insurer()));
        }
    }
}
