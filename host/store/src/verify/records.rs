//! Records: guarded, numbered, and each with the audit entry of what made it.

use sqlx::AssertSqlSafe;

use super::{Question, Report};
use crate::Connection;
use crate::dialect::{Dialect, trigger_name};
use crate::error::StoreError;
use crate::migrate;

/// Are the triggers there, as they were made, that refuse to change and to delete what is kept?
pub(super) async fn check_triggers(
    connection: &mut Connection,
    dialect: Dialect,
    report: &mut Report,
) -> Result<(), StoreError> {
    let there: Vec<(String, String)> = sqlx::query_as(dialect.list_triggers()).fetch_all(connection).await?;
    for (table, operation) in migrate::refusals(dialect) {
        let name = trigger_name(table, operation);
        report.count("I3", 1);
        match there.iter().find(|(known, _)| *known == name) {
            None => report.add("I3", "", format!("trigger {name}"), "it is not there, or does not act"),
            Some((_, text)) if !text.contains(&dialect.refusal(table, operation)) => {
                report.add("I3", "", format!("trigger {name}"), "it does not refuse");
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Does every record belong to a facility that is here? Others would be looked at by nobody.
pub(super) async fn check_owners(connection: &mut Connection, report: &mut Report) -> Result<(), StoreError> {
    for table in migrate::tables().into_iter().filter(|table| *table != "facility") {
        report.count("I23", 1);
        let query = format!(
            "select t.facility, cast(count(*) as bigint) from {table} t \
             where not exists (select 1 from facility f where f.facility = t.facility) group by t.facility order by t.facility"
        );
        let strange: Vec<(String, i64)> = sqlx::query_as(AssertSqlSafe(query)).fetch_all(&mut *connection).await?;
        for (facility, rows) in strange {
            report.add(
                "I23",
                &facility,
                format!("table {table}"),
                format!("{rows} rows are of a facility that is not here"),
            );
        }
    }
    Ok(())
}

/// Where an audit entry is named: the table, what a row of it is called, and the column.
const NAMED: [(&str, &str, &str); 21] = [
    ("journal", "'journal ' || cast(t.number as text)", "audit"),
    ("message", "'message ' || cast(t.number as text)", "audit"),
    ("patient", "'patient ' || t.id", "audit"),
    ("receipt", "'receipt ' || t.number", "audit"),
    ("receipt_book", "'receipt book ' || t.prefix", "audit"),
    ("statement", "'statement ' || t.encounter || '/' || cast(t.version as text)", "audit"),
    ("snapshot", "'snapshot ' || t.encounter || '/' || cast(t.version as text)", "audit"),
    ("approval", "'approval ' || cast(t.id as text)", "asked_audit"),
    ("approval", "'approval ' || cast(t.id as text)", "decided_audit"),
    ("shift", "'shift ' || cast(t.id as text)", "audit"),
    ("work_item", "'work item ' || cast(t.id as text)", "audit"),
    ("repricing", "'repricing ' || cast(t.id as text)", "audit"),
    ("webhook", "'webhook ' || cast(t.id as text)", "audit"),
    ("rail", "'rail ' || t.name", "audit"),
    ("payment_request", "'payment request ' || cast(t.id as text)", "audit"),
    ("payment_event", "'payment event ' || t.rail || '/' || t.event_key", "audit"),
    ("portal_account", "'portal account'", "audit"),
    ("claim", "'claim ' || cast(t.id as text)", "audit"),
    ("claim_step", "'claim ' || cast(t.claim as text) || '/' || cast(t.version as text)", "audit"),
    ("claim_check", "'claim check ' || cast(t.id as text)", "audit"),
    ("eligibility", "'eligibility ' || cast(t.id as text)", "audit"),
];

/// Where a journal is named.
const POSTED: [(&str, &str); 3] = [
    ("receipt", "'receipt ' || t.number"),
    ("statement", "'statement ' || t.encounter || '/' || cast(t.version as text)"),
    ("approval", "'approval ' || cast(t.id as text)"),
];

pub(super) fn questions() -> Vec<Question> {
    let mut questions = Vec::new();
    for (table, counter) in [("journal", "journal_number"), ("message", "message_number"), ("audit", "audit_number")] {
        questions.extend(numbers(table, counter));
    }
    questions.extend(answers());
    for (table, place, column) in NAMED {
        // Whoever acted is in the entry too, and the store writes both from one actor.
        let is_signed = matches!(table, "journal" | "statement" | "snapshot" | "claim_step");
        let signed = if is_signed { " or a.actor <> t.actor" } else { "" };
        let query = format!(
            "select {place} as place, case when a.number is null then 'its audit entry ' || cast(t.{column} as text) || \
             ' is not there' else 'its audit entry ' || cast(t.{column} as text) || ' is of another actor' end as what \
             from {table} t left join audit a on a.facility = t.facility and a.number = t.{column} \
             where t.facility = $1 and t.{column} is not null and (a.number is null{signed})"
        );
        questions.push(Question::new("I16", table, query));
    }
    for (table, place) in POSTED {
        let query = format!(
            "select {place} as place, 'its journal ' || cast(t.journal as text) || ' is not there' as what from {table} t \
             where t.facility = $1 and t.journal is not null and not exists \
             (select 1 from journal j where j.facility = t.facility and j.number = t.journal)"
        );
        questions.push(Question::more("I16", query));
    }
    questions.push(Question::more(
        "I16",
        "select 'audit ' || cast(number as text) as place, 'it says ' || max(action) || ', and no journal names it' as what from \
         (select number, action, 0 as posted from audit where facility = $1 \
         and action in ('deposit.take', 'settlement.take', 'receipt.reverse') \
         union all select audit as number, '' as action, 1 as posted from journal where facility = $1) as sides \
         group by number having sum(posted) = 0",
    ));
    questions.push(Question::new(
        "I19",
        "approval",
        "select 'approval ' || cast(p.id as text) as place, 'it was decided by whoever had asked' as what from approval p \
         left join audit a on a.facility = p.facility and a.number = p.asked_audit \
         left join audit d on d.facility = p.facility and d.number = p.decided_audit \
         where p.facility = $1 and (p.decided_by = p.asked_by or a.actor = d.actor)",
    ));
    questions.extend(serials());
    questions
}

/// Numbers from 1 to the facility's counter, none missing.
fn numbers(table: &'static str, counter: &str) -> Vec<Question> {
    vec![
        Question::new(
            "I3",
            table,
            format!(
                "select '{table} ' || cast(previous + 1 as text) as place, 'it is not there: the next one is ' || \
                 cast(number as text) as what from (select number, lag(number, 1, cast(0 as bigint)) over (order by number) \
                 as previous from {table} where facility = $1) as pairs where number <> previous + 1"
            ),
        ),
        Question::more(
            "I3",
            format!(
                "select '{table} ' || cast(coalesce(max(t.number), 0) as text) as place, \
                 'it is the newest, and the facility has counted to ' || cast(f.{counter} as text) as what \
                 from facility f left join {table} t on t.facility = f.facility where f.facility = $1 \
                 group by f.{counter} having coalesce(max(t.number), 0) <> f.{counter}"
            ),
        ),
    ]
}

fn answers() -> Vec<Question> {
    vec![
        Question::new(
            "I9",
            "answered",
            "select 'answer ' || t.actor || '/' || t.request_key as place, case when a.number is null \
             then 'its audit entry ' || cast(t.audit as text) || ' is not there' \
             else 'its audit entry ' || cast(t.audit as text) || ' is of another actor' end as what \
             from answered t left join audit a on a.facility = t.facility and a.number = t.audit \
             where t.facility = $1 and t.audit is not null and (a.number is null or a.actor <> t.actor)",
        ),
        Question::more(
            "I9",
            "select 'audit ' || cast(audit as text) as place, cast(count(*) as text) || ' answers say that it is theirs' as what \
             from answered where facility = $1 and audit is not null group by audit having count(*) > 1",
        ),
        Question::more(
            "I9",
            "select 'answer ' || actor || '/' || request_key as place, cast(count(*) as text) || ' answers have this key' as what \
             from answered where facility = $1 group by actor, request_key having count(*) > 1",
        ),
    ]
}

/// Serials of a book: from its first to the one before its next, each once.
fn serials() -> Vec<Question> {
    vec![
        Question::new(
            "I26",
            "receipt",
            "select 'receipt ' || number as place, case when previous is null \
             then 'it is not of a book that is open here' when serial < first then 'it is before the first of its book' \
             when serial >= next then 'its book has not come to it' when serial = previous then 'its serial is there twice' \
             else 'the serials from ' || cast(previous + 1 as text) || ' to it are not there' end as what from \
             (select r.number as number, r.serial as serial, b.first as first, b.next as next, \
             lag(r.serial, 1, b.first - 1) over (partition by r.book order by r.serial) as previous \
             from receipt r left join receipt_book b on b.facility = r.facility and b.prefix = r.book \
             where r.facility = $1) as pairs \
             where previous is null or serial <> previous + 1 or serial < first or serial >= next",
        ),
        Question::more(
            "I26",
            "select 'receipt book ' || b.prefix as place, 'its next is ' || cast(b.next as text) || ' and its newest is ' || \
             cast(coalesce(max(r.serial), b.first - 1) as text) as what from receipt_book b \
             left join receipt r on r.facility = b.facility and r.book = b.prefix where b.facility = $1 \
             group by b.prefix, b.first, b.next having coalesce(max(r.serial), b.first - 1) <> b.next - 1",
        ),
        Question::more(
            "I26",
            "select 'receipt ' || number as place, 'its number is not its book''s with its serial ' || cast(serial as text) \
             as what from receipt where facility = $1 and number <> book || case when serial < 10000000 \
             then substr('0000000' || cast(serial as text), length(cast(serial as text)) + 1) else cast(serial as text) end",
        ),
    ]
}
