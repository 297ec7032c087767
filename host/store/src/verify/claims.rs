//! Claims: their states follow the table, what was sent is kept as it was sent, one is in flight at most.

use vienphi_claims::{ClaimEvent, ClaimState};
use vienphi_domain::Digest;

use super::{Question, Report};
use crate::Connection;
use crate::documents::unpack;
use crate::error::StoreError;
use crate::keys::FacilityKey;
use crate::turn::digest;

pub(super) fn questions() -> Vec<Question> {
    vec![
        Question::new(
            "I27",
            "claim",
            "select 'claim ' || cast(c.id as text) as place, 'its newest version is ' || cast(c.version as text) || ', ' || \
             cast(count(v.version) as text) || ' are there' as what from claim c \
             left join claim_version v on v.facility = c.facility and v.claim = c.id where c.facility = $1 \
             group by c.id, c.version having count(v.version) <> c.version or min(v.version) <> 1 \
             or max(v.version) <> c.version",
        ),
        Question::more(
            "I27",
            "select 'claim ' || cast(c.id as text) as place, 'its visit is not there' as what from claim c \
             where c.facility = $1 and not exists (select 1 from encounter e where e.facility = c.facility \
             and e.id = c.encounter)",
        ),
        Question::more(
            "I27",
            "select 'claim ' || cast(claim as text) || '/' || cast(version as text) as place, case when replaces is null \
             then 'it replaces nothing' else 'it replaces version ' || cast(replaces as text) end as what from claim_version \
             where facility = $1 and coalesce(replaces, 0) <> version - 1",
        ),
        Question::more(
            "I27",
            "select 'claim ' || cast(claim as text) as place, cast(count(*) as text) || ' versions are in flight' as what \
             from claim_version where facility = $1 and state in ('sending', 'sent', 'unknown') group by claim \
             having count(*) > 1",
        ),
        Question::more(
            "I27",
            "select 'claim ' || cast(claim as text) || '/' || cast(version as text) as place, 'it is ' || state || ', and \
             its transaction, its time or who waits for it does not agree with that' as what from claim_version \
             where facility = $1 and ((state = 'received' and transaction_id is null) \
             or (state in ('draft', 'checked', 'signed', 'sending', 'sent', 'unknown') and transaction_id is not null) \
             or (state in ('sent', 'received', 'unknown') and sent_at is null) \
             or (state in ('sending', 'sent') and due_at is null) \
             or (state not in ('sending', 'sent', 'unknown') and due_at is not null) \
             or (state = 'unknown' and due_at is null and waits_since is null) \
             or (state = 'draft' and blocking = 0) or (state in ('checked', 'signed', 'sending', 'sent') and blocking > 0))",
        ),
        // A file that left is the file that is kept: what it was then is in the step.
        Question::more(
            "I27",
            "select 'claim ' || cast(s.claim as text) || '/' || cast(s.version as text) as place, \
             'another file left than the one that is kept' as what from claim_step s \
             join claim_version v on v.facility = s.facility and v.claim = s.claim and v.version = s.version \
             where s.facility = $1 and s.event = 'left' and s.document <> v.document",
        ),
    ]
}

struct StepRow {
    claim: i64,
    version: i64,
    number: i64,
    event: String,
    state: String,
}

from_row!(StepRow: claim, version, number, event, state);

/// Steps read at once.
const PAGE: i64 = 512;

/// Walks the steps of every version, and opens every file.
pub(super) async fn check(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    report: &mut Report,
) -> Result<(), StoreError> {
    check_steps(connection, facility, report).await?;
    check_files(connection, key, facility, report).await
}

async fn check_steps(connection: &mut Connection, facility: &str, report: &mut Report) -> Result<(), StoreError> {
    let (mut at, mut now): ((i64, i64, i64), Option<StepRow>) = ((0, 0, 0), None);
    loop {
        let query = "select s.claim, s.version, s.number, s.event, s.state from claim_step s where s.facility = $1 and (s.claim, s.version, s.number) > ($2, $3, $4) \
            order by s.claim, s.version, s.number limit $5";
        let query = sqlx::query_as::<_, StepRow>(query).bind(facility.to_owned()).bind(at.0).bind(at.1).bind(at.2);
        let rows = query.bind(PAGE).fetch_all(&mut *connection).await?;
        let Some(last) = rows.last() else { break };
        at = (last.claim, last.version, last.number);
        for row in rows {
            report.count("I27", 1);
            let before = now.take().filter(|before| (before.claim, before.version) == (row.claim, row.version));
            let place = || format!("claim {}/{}", row.claim, row.version);
            let (state, number) = match &before {
                Some(before) => (ClaimState::parse(&before.state), before.number),
                None => (Some(ClaimState::Draft), 0),
            };
            let next = state.zip(ClaimEvent::parse(&row.event)).and_then(|(state, event)| state.after(event));
            if row.number != number + 1 || next.map(ClaimState::word) != Some(row.state.as_str()) {
                let what = format!("step {} ({}) cannot lead to {}", row.number, row.event, row.state);
                report.add("I27", facility, place(), what);
            }
            now = Some(row);
        }
    }
    let query = "select 'claim ' || cast(v.claim as text) || '/' || cast(v.version as text), v.state, \
        coalesce((select s.state from claim_step s where s.facility = v.facility and s.claim = v.claim \
        and s.version = v.version order by s.number desc limit 1), '') from claim_version v where v.facility = $1";
    let ends: Vec<(String, String, String)> =
        sqlx::query_as(query).bind(facility.to_owned()).fetch_all(&mut *connection).await?;
    for (place, state, last) in ends.into_iter().filter(|(_, state, last)| state != last) {
        report.add("I27", facility, place, format!("it is {state}, and its last step left it {last:?}"));
    }
    Ok(())
}

struct FileRow {
    claim: i64,
    version: i64,
    document: Vec<u8>,
    body: Option<Vec<u8>>,
    length: Option<i64>,
}

from_row!(FileRow: claim, version, document, body, length);

/// Each version's file is there and has its digest.
async fn check_files(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut at = (0, 0);
    loop {
        let query = "select v.claim, v.version, v.document, d.body, d.length from claim_version v \
            join claim c on c.facility = v.facility and c.id = v.claim \
            left join document d on d.facility = v.facility and d.encounter = c.encounter and d.digest = v.document \
            where v.facility = $1 and (v.claim, v.version) > ($2, $3) order by v.claim, v.version limit 64";
        let query = sqlx::query_as::<_, FileRow>(query).bind(facility.to_owned()).bind(at.0).bind(at.1);
        let rows = query.fetch_all(&mut *connection).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        at = (last.claim, last.version);
        for row in rows {
            report.count("I13", 1);
            let named = digest(row.document)?;
            let wrong = match row.body.zip(row.length) {
                None => Some("its file is not there".to_owned()),
                Some((body, length)) => match unpack(key, &named, &body, length) {
                    Ok(file) if Digest::of(&file) == named => None,
                    Ok(_) => Some("its file has another digest".to_owned()),
                    Err(error) => Some(error.to_string()),
                },
            };
            if let Some(what) = wrong {
                report.add("I13", facility, format!("claim {}/{}", row.claim, row.version), what);
            }
        }
    }
}
