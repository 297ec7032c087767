//! What others are told, and the money that comes from banks.

use super::Question;

/// What was done and what was told of it, put beside each other: how often each is there for one audit entry.
fn told(what: &str, topic: &str, done: &str) -> String {
    format!(
        "select 'audit ' || cast(audit as text) as place, cast(sum(done) as text) || ' {what} and ' || \
         cast(sum(told) as text) || ' messages {topic}' as what from \
         (select audit, 1 as done, 0 as told from {done} \
         union all select audit, 0 as done, 1 as told from message \
         where facility = $1 and topic = '{topic}') as sides group by audit having sum(done) <> sum(told)"
    )
}

pub(super) fn questions() -> Vec<Question> {
    vec![
        Question::new("I24", "message", told("statements", "statement.issued", "statement where facility = $1")),
        Question::more(
            "I24",
            told(
                "receipts",
                "receipt.issued",
                "receipt where facility = $1 and kind in ('deposit', 'settlement', 'refund')",
            ),
        ),
        Question::more(
            "I24",
            told("settlements", "settlement.posted", "receipt where facility = $1 and kind = 'settlement'"),
        ),
        Question::new(
            "I24",
            "delivery",
            "select 'delivery ' || cast(d.webhook as text) || '/' || cast(d.message as text) as place, \
             'its message is not there' as what from delivery d where d.facility = $1 \
             and not exists (select 1 from message m where m.facility = d.facility and m.number = d.message)",
        ),
        Question::more(
            "I24",
            "select 'webhook ' || cast(w.id as text) as place, 'it has seen messages that are not there' as what \
             from webhook w join facility f on f.facility = w.facility where w.facility = $1 and w.seen > f.message_number",
        ),
        Question::new(
            "I25",
            "bank_reference",
            "select subject as place, case when sum(there) = 0 then 'a bank transaction names it, and it is not there' \
             else 'a bank transaction names it, and it is ' || max(state) end as what from \
             (select subject, 1 as named, 0 as there, '' as state from bank_reference where facility = $1 \
             union all select 'receipt/' || number as subject, 0 as named, 1 as there, state from receipt where facility = $1 \
             union all select 'credit/' || cast(id as text) as subject, 0 as named, 1 as there, '' as state from work_item \
             where facility = $1) as sides group by subject \
             having sum(named) > 0 and (sum(there) = 0 or max(state) in ('reversed', 'failed'))",
        ),
    ]
}
