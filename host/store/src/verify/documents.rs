//! Documents: opened page by page and compared with their digests, with each other and with the columns beside them.

use std::borrow::Cow;

use serde::Deserialize;
use vienphi_domain::{Digest, Encounter};
use vienphi_ledger::Earned;
use vienphi_money::Amount;

use super::Report;
use crate::Connection;
use crate::documents::unpack;
use crate::error::StoreError;
use crate::keys::FacilityKey;
use crate::turn::digest;

/// Documents read at once.
const PAGE: usize = 64;

pub(super) async fn check(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    report: &mut Report,
) -> Result<(), StoreError> {
    check_statements(connection, key, facility, report).await?;
    check_snapshots(connection, key, facility, report).await?;
    check_earned(connection, facility, report).await
}

struct StatementRow {
    encounter: String,
    version: i64,
    document: Vec<u8>,
    amount_hospital: i64,
    amount_insured: i64,
    other_sources: i64,
    patient_own: i64,
    copayment: i64,
    insurer: i64,
    cash_due: i64,
    body: Option<Vec<u8>>,
    length: Option<i64>,
    snapshot_document: Option<Vec<u8>>,
}

from_row!(StatementRow: encounter, version, document, amount_hospital, amount_insured, other_sources, patient_own,
    copayment, insurer, cash_due, body, length, snapshot_document);

/// What of a statement's document is compared.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    encounter: Cow<'a, str>,
    version: i64,
    lines: Vec<Line<'a>>,
    totals: Totals<'a>,
    digests: Digests<'a>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    group: i64,
    parts: Vec<Shares<'a>>,
    #[serde(flatten, borrow)]
    sum: Shares<'a>,
}

/// How an amount divides, as decimals.
#[derive(Deserialize)]
struct Shares<'a> {
    #[serde(borrow)]
    amount_hospital: Cow<'a, str>,
    #[serde(borrow)]
    amount_insured: Cow<'a, str>,
    #[serde(borrow)]
    other_sources: Cow<'a, str>,
    #[serde(borrow)]
    patient_own: Cow<'a, str>,
    #[serde(borrow)]
    copayment: Cow<'a, str>,
    #[serde(borrow)]
    insurer: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Totals<'a> {
    #[serde(borrow)]
    drugs: Cow<'a, str>,
    #[serde(borrow)]
    supplies: Cow<'a, str>,
    #[serde(borrow)]
    cash_due: Cow<'a, str>,
    #[serde(flatten, borrow)]
    sum: Shares<'a>,
}

#[derive(Deserialize)]
struct Digests<'a> {
    #[serde(borrow)]
    encounter: Cow<'a, str>,
}

/// Amounts in the order hospital, insured, other sources, own, co-payment, insurer.
type Split = [i128; 6];

impl Shares<'_> {
    fn split(&self) -> Option<Split> {
        let shares = [
            &self.amount_hospital,
            &self.amount_insured,
            &self.other_sources,
            &self.patient_own,
            &self.copayment,
            &self.insurer,
        ];
        let mut split = [0; 6];
        for (amount, text) in split.iter_mut().zip(shares) {
            *amount = units(text)?;
        }
        Some(split)
    }
}

fn units(text: &str) -> Option<i128> {
    Amount::parse(text).ok().map(|amount| amount.units().into())
}

/// Does the identity hold?
fn is_whole(split: &Split) -> bool {
    let [hospital, insured, shares @ ..] = split;
    shares.iter().sum::<i128>() == *hospital && shares.iter().all(|share| *share >= 0) && *insured >= 0
}

fn add(sum: &mut Split, split: &Split) {
    sum.iter_mut().zip(split).for_each(|(sum, amount)| *sum += amount);
}

async fn check_statements(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    report: &mut Report,
) -> Result<(), StoreError> {
    let query = format!(
        "select s.encounter as encounter, s.version as version, s.document as document, s.amount_hospital as amount_hospital, \
         s.amount_insured as amount_insured, s.other_sources as other_sources, s.patient_own as patient_own, \
         s.copayment as copayment, s.insurer as insurer, s.cash_due as cash_due, d.body as body, d.length as length, \
         n.document as snapshot_document from statement s \
         left join document d on d.facility = s.facility and d.encounter = s.encounter and d.digest = s.document \
         left join snapshot n on n.facility = s.facility and n.encounter = s.encounter and n.version = s.snapshot \
         where s.facility = $1 and (s.encounter, s.version) > ($2, $3) order by s.encounter, s.version limit {PAGE}"
    );
    let (mut encounter, mut version) = (String::new(), 0);
    loop {
        let page = sqlx::query_as::<_, StatementRow>(sqlx::AssertSqlSafe(query.clone())).bind(facility.to_owned());
        let rows = page.bind(encounter.clone()).bind(version).fetch_all(&mut *connection).await?;
        for row in &rows {
            report.count("I13", 1);
            if let Err((invariant, what)) = check_statement(key, row, report) {
                report.add(invariant, facility, format!("statement {}/{}", row.encounter, row.version), what);
            }
        }
        match rows.into_iter().next_back() {
            Some(last) => (encounter, version) = (last.encounter, last.version),
            None => return Ok(()),
        }
    }
}

/// The first thing that is wrong with a statement: what is built on it would be wrong too.
fn check_statement(key: &FacilityKey, row: &StatementRow, report: &mut Report) -> Result<(), (&'static str, String)> {
    let document = opened(key, &row.document, row.body.as_deref(), row.length).map_err(|why| ("I13", why))?;
    if Digest::of(&document).bytes()[..] != row.document[..] {
        return Err(("I13", "its document is not the one that its digest names".into()));
    }
    let statement: Document<'_> =
        serde_json::from_slice(&document).map_err(|error| ("I13", format!("its document cannot be read: {error}")))?;
    if statement.encounter != row.encounter || statement.version != row.version {
        return Err(("I13", "its document is of another encounter or version".into()));
    }
    if Digest::parse(&statement.digests.encounter).map(|digest| digest.bytes().to_vec()) != row.snapshot_document {
        return Err(("I13", "it was not made from the version of the encounter that it names".into()));
    }
    check_amounts(&statement, row, report)
}

fn check_amounts(
    statement: &Document<'_>,
    row: &StatementRow,
    report: &mut Report,
) -> Result<(), (&'static str, String)> {
    let (mut sum, mut drugs, mut supplies) = (Split::default(), 0, 0);
    for line in &statement.lines {
        let unreadable = || ("I10", format!("an amount of line {} cannot be read", line.id));
        let split = line.sum.split().ok_or_else(unreadable)?;
        report.count("I10", 1);
        if !is_whole(&split) {
            return Err(("I10", format!("line {} is not what its shares add up to", line.id)));
        }
        let mut parts = Split::default();
        for part in &line.parts {
            let split = part.split().ok_or_else(unreadable)?;
            report.count("I10", 1);
            if !is_whole(&split) {
                return Err(("I10", format!("a part of line {} is not what its shares add up to", line.id)));
            }
            add(&mut parts, &split);
        }
        if parts != split {
            return Err(("I11", format!("line {} is not what its parts add up to", line.id)));
        }
        add(&mut sum, &split);
        match line.group {
            4 | 5 | 6 | 7 | 17 => drugs += split[0],
            10 | 11 => supplies += split[0],
            _ => {}
        }
    }
    report.count("I11", 1);
    let of = |text: &str| units(text).ok_or_else(|| ("I11", "a total cannot be read".to_owned()));
    let totals = statement.totals.sum.split().ok_or_else(|| ("I11", "a total cannot be read".to_owned()))?;
    if totals != sum || of(&statement.totals.drugs)? != drugs || of(&statement.totals.supplies)? != supplies {
        return Err(("I11", "its totals are not what its lines add up to".into()));
    }
    let due = i64::try_from(sum[3] + sum[4]).ok().and_then(|due| Amount::from_units(due).whole_dong().ok());
    let due = due.map(|due| i128::from(due.units()));
    if Some(of(&statement.totals.cash_due)?) != due || due != Some(row.cash_due.into()) {
        return Err(("I11", "what the patient is asked for is not the patient's shares in whole đồng".into()));
    }
    let columns =
        [row.amount_hospital, row.amount_insured, row.other_sources, row.patient_own, row.copayment, row.insurer];
    if columns.map(i128::from) != totals {
        return Err(("I11", "its columns are not the totals of its document".into()));
    }
    Ok(())
}

async fn check_snapshots(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    report: &mut Report,
) -> Result<(), StoreError> {
    let query = format!(
        "select n.encounter, n.version, n.document, d.body, d.length from snapshot n \
         left join document d on d.facility = n.facility and d.encounter = n.encounter and d.digest = n.document \
         where n.facility = $1 and (n.encounter, n.version) > ($2, $3) order by n.encounter, n.version limit {PAGE}"
    );
    let (mut encounter, mut version) = (String::new(), 0);
    loop {
        type Row = (String, i64, Vec<u8>, Option<Vec<u8>>, Option<i64>);
        let page = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(query.clone())).bind(facility.to_owned());
        let rows = page.bind(encounter.clone()).bind(version).fetch_all(&mut *connection).await?;
        for (encounter, version, named, body, length) in &rows {
            report.count("I13", 1);
            let checked = opened(key, named, body.as_deref(), *length).and_then(|document| {
                // The digest is the canonical document's, whatever the order it was sent in.
                let reading = Encounter::read(&document);
                match reading.encounter.filter(|_| reading.faults.is_empty()) {
                    Some(read) if read.digest.bytes()[..] != named[..] => {
                        Err("its document is not the one that its digest names".to_owned())
                    }
                    Some(read) if *read.id != **encounter || *read.facility != *facility => {
                        Err("its document is of another encounter or facility".to_owned())
                    }
                    Some(_) => Ok(()),
                    None => Err("its document cannot be read".to_owned()),
                }
            });
            if let Err(what) = checked {
                report.add("I13", facility, format!("snapshot {encounter}/{version}"), what);
            }
        }
        match rows.into_iter().next_back() {
            Some((last, newest, ..)) => (encounter, version) = (last, newest),
            None => return Ok(()),
        }
    }
}

/// A document out of its row.
fn opened(key: &FacilityKey, named: &[u8], body: Option<&[u8]>, length: Option<i64>) -> Result<Vec<u8>, String> {
    let (Some(body), Some(length)) = (body, length) else { return Err("its document is not there".into()) };
    let digest = digest(named.to_vec()).map_err(|error| error.to_string())?;
    unpack(key, &digest, body, length).map_err(|error| error.to_string())
}

struct EarnedRow {
    id: String,
    earned: String,
    receivable: i64,
    paid: i64,
    written_off: i64,
    rounding: i64,
    sponsor: i64,
    balance_insurer: i64,
    other_sources: Option<i64>,
    patient_own: Option<i64>,
    copayment: Option<i64>,
    insurer: Option<i64>,
}

from_row!(EarnedRow: id, earned, receivable, paid, written_off, rounding, sponsor, balance_insurer, other_sources,
    patient_own, copayment, insurer);

/// What the ledger was told that each encounter earned is what its present statement says.
async fn check_earned(connection: &mut Connection, facility: &str, report: &mut Report) -> Result<(), StoreError> {
    const ROWS: usize = 1_000;
    let query = format!(
        "select e.id as id, e.earned as earned, e.receivable as receivable, e.paid as paid, e.written_off as written_off, \
         e.rounding as rounding, e.sponsor as sponsor, e.insurer as balance_insurer, s.other_sources as other_sources, \
         s.patient_own as patient_own, s.copayment as copayment, s.insurer as insurer from encounter e left join statement s \
         on s.facility = e.facility and s.encounter = e.id and s.version = e.statement_version \
         where e.facility = $1 and e.id > $2 order by e.id limit {ROWS}"
    );
    let mut after = String::new();
    loop {
        let page = sqlx::query_as::<_, EarnedRow>(sqlx::AssertSqlSafe(query.clone())).bind(facility.to_owned());
        let rows = page.bind(after.clone()).fetch_all(&mut *connection).await?;
        for row in &rows {
            report.count("I11", 1);
            if let Err(what) = check_owed(row) {
                report.add("I11", facility, format!("encounter {}", row.id), what);
            }
        }
        match rows.into_iter().next_back() {
            Some(last) => after = last.id,
            None => return Ok(()),
        }
    }
}

fn check_owed(row: &EarnedRow) -> Result<(), String> {
    let shares = [row.patient_own, row.copayment, row.insurer, row.other_sources].map(|share| share.map(i128::from));
    let [Some(own), Some(copayment), Some(insurer), Some(sponsor)] = shares else {
        return Err("its present statement is not there".into());
    };
    let earned: Earned = serde_json::from_str(&row.earned).map_err(|_| "what it earned cannot be read".to_owned())?;
    let wanted = [own + copayment, insurer, sponsor];
    if earned.owed().map(i128::from) != wanted {
        return Err("what it earned is not what its present statement says".into());
    }
    // What is still receivable, with what was settled, is the bill and its rounding.
    let [receivable, paid, written_off, rounding] =
        [row.receivable, row.paid, row.written_off, row.rounding].map(i128::from);
    let booked = [receivable + paid + written_off - rounding, row.balance_insurer.into(), row.sponsor.into()];
    match booked == wanted {
        true => Ok(()),
        false => Err("its balances are not what its present statement says was earned".into()),
    }
}
