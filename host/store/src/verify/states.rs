//! The states of records, and the versions of encounters and statements.

use super::Question;

pub(super) fn questions() -> Vec<Question> {
    let mut questions = states();
    questions.extend(versions("statement", "statement_version", "statement"));
    questions.extend(versions("snapshot", "version", "snapshot"));
    questions
}

fn states() -> Vec<Question> {
    vec![
        Question::new(
            "I15",
            "encounter",
            "select 'encounter ' || id as place, 'it is ' || state || case when closed_at is null then ' without a time' \
             else ' with a time' end || ' of closing' as what from encounter where facility = $1 \
             and ((state = 'closed' and closed_at is null) or (state = 'open' and closed_at is not null) \
             or state not in ('open', 'closed'))",
        ),
        Question::new(
            "I15",
            "approval",
            "select 'approval ' || cast(id as text) as place, 'it is ' || state || ', and who decided it, when or by which entry \
             does not agree with that' as what from approval where facility = $1 and ((state = 'pending' \
             and (decided_by is not null or decided_at is not null or decided_audit is not null or journal is not null)) \
             or (state <> 'pending' and (decided_by is null or decided_at is null or decided_audit is null)) \
             or (state in ('paying', 'paid') and kind <> 'refund') or state not in ('pending', 'approved', 'rejected', 'paying', 'paid'))",
        ),
        Question::new(
            "I15",
            "shift",
            "select 'shift ' || cast(id as text) as place, 'it is ' || state || ', and when it was closed or what was counted \
             does not agree with that' as what from shift where facility = $1 \
             and ((state = 'closed' and (closed_at is null or counted is null)) or (state <> 'closed' and closed_at is not null) \
             or state not in ('open', 'counted', 'closing', 'closed'))",
        ),
        Question::new(
            "I15",
            "work_item",
            "select 'work item ' || cast(id as text) as place, 'it is ' || state || ', and when it was done does not agree with \
             that' as what from work_item where facility = $1 and ((state = 'done' and closed_at is null) \
             or (state = 'open' and closed_at is not null) or state not in ('open', 'done'))",
        ),
        Question::new(
            "I15",
            "receipt",
            "select 'receipt ' || o.number as place, 'it is ' || o.state || case when r.number is null \
             then ' and no receipt reverses it' else ' and receipt ' || r.number || ' reverses it' end as what \
             from receipt o left join receipt r on r.facility = o.facility and r.reverses = o.number where o.facility = $1 \
             and ((o.state in ('reversed', 'failed') and r.number is null) \
             or (o.state not in ('reversed', 'failed') and r.number is not null))",
        ),
        Question::more(
            "I15",
            "select 'receipt ' || r.number as place, case when r.kind <> 'reversal' \
             then 'it is a ' || r.kind || ' and reverses another' when r.reverses is null then 'it reverses nothing' \
             when o.number is null then 'it reverses a receipt that is not there' \
             when o.kind = 'reversal' then 'it reverses a reversal' \
             else 'it reverses a receipt of another encounter' end as what \
             from receipt r left join receipt o on o.facility = r.facility and o.number = r.reverses where r.facility = $1 \
             and ((r.kind = 'reversal' and (r.reverses is null or o.number is null or o.kind = 'reversal' \
             or o.encounter <> r.encounter)) or (r.kind <> 'reversal' and r.reverses is not null))",
        ),
    ]
}

/// Versions of an encounter's table: 1 to the newest, each once, and the newest is the one the encounter names.
fn versions(table: &'static str, newest: &str, document: &str) -> Vec<Question> {
    let mut questions = vec![
        Question::new(
            "I15",
            table,
            format!(
                "select 'encounter ' || id as place, 'its newest {table} is ' || cast(sum(newest) as text) || ', ' || \
                 cast(sum(there) as text) || ' are there, from ' || cast(sum(first) as text) || ' to ' || \
                 cast(sum(last) as text) as what from \
                 (select id, {newest} as newest, 0 as there, 0 as first, 0 as last from encounter where facility = $1 \
                 union all select encounter as id, 0 as newest, count(*) as there, min(version) as first, max(version) as last \
                 from {table} where facility = $1 group by encounter) as sides group by id \
                 having sum(newest) < 1 or sum(newest) <> sum(there) or sum(newest) <> sum(last) or sum(first) <> 1"
            ),
        ),
        Question::more(
            "I15",
            format!(
                "select 'encounter ' || e.id as place, 'it names another document than its newest {table}' as what \
                 from encounter e join {table} t on t.facility = e.facility and t.encounter = e.id and t.version = e.{newest} \
                 where e.facility = $1 and t.document <> e.{document}"
            ),
        ),
    ];
    if table == "statement" {
        questions.push(Question::more(
            "I15",
            "select 'statement ' || s.encounter || '/' || cast(s.version as text) as place, \
             'it was made from version ' || cast(s.snapshot as text) || ', which is not there' as what from statement s \
             where s.facility = $1 and not exists (select 1 from snapshot n where n.facility = s.facility \
             and n.encounter = s.encounter and n.version = s.snapshot)",
        ));
    }
    questions
}
