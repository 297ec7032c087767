//! What rails told of: each event had its effect, once, and requests say what their events say.

use super::Question;

pub(super) fn questions() -> Vec<Question> {
    vec![
        Question::new(
            "I5",
            "payment_event",
            "select 'payment event ' || e.rail || '/' || e.event_key as place, 'the receipt that it made is not there with its \
             amount' as what from payment_event e left join receipt r on r.facility = e.facility and r.number = e.receipt \
             where e.facility = $1 and e.fate = 'paid' and (r.number is null or r.amount <> e.amount)",
        ),
        Question::more(
            "I5",
            "select 'payment event ' || e.rail || '/' || e.event_key as place, 'the credit that it made is not there with its \
             amount' as what from payment_event e left join work_item w on w.facility = e.facility and w.id = e.credit \
             where e.facility = $1 and e.fate in ('short', 'over', 'double', 'late', 'nobody', 'refused') and e.amount > 0 \
             and (w.id is null or w.amount <> e.amount)",
        ),
        Question::more(
            "I5",
            "select 'receipt ' || receipt as place, cast(count(*) as text) || ' payment events say that they made it' as what \
             from payment_event where facility = $1 and fate = 'paid' group by receipt having count(*) > 1",
        ),
        Question::new(
            "I5",
            "payment_request",
            "select 'payment request ' || cast(id as text) as place, 'it says that ' || cast(sum(says) as text) || ' came, and \
             its events ' || cast(sum(came) as text) || ', in 1/100 đồng' as what from \
             (select id, received as says, 0 as came from payment_request where facility = $1 \
             union all select request as id, 0 as says, amount as came from payment_event where facility = $1 \
             and request is not null and kind = 'paid' and fate not in ('currency', 'unknown', 'noted')) as sides \
             group by id having sum(says) <> sum(came)",
        ),
        Question::more(
            "I15",
            "select 'payment request ' || cast(id as text) as place, 'it is ' || state || case when receipt is null \
             then ', without a receipt' else ', with a receipt' end as what from payment_request where facility = $1 \
             and ((state = 'paid' and receipt is null) or (state <> 'paid' and receipt is not null) \
             or (state = 'paid' and attempt <> 'succeeded') or (state <> 'paid' and attempt = 'succeeded'))",
        ),
        Question::new(
            "I15",
            "payment_attempt",
            "select 'payment attempt ' || cast(id as text) as place, 'it is ' || state || ', and when it is looked at next does \
             not agree with that' as what from payment_attempt where facility = $1 \
             and ((phase = 'ended') <> (due_at is null) \
             or (state in ('failed', 'expired', 'cancelled', 'mismatch', 'reversed') and phase <> 'ended') \
             or (state = 'succeeded' and kind = 'pay' and phase <> 'ended'))",
        ),
        // A refund that went back has its receipt; while a rail is asked, the approval waits for it and for nothing else.
        Question::more(
            "I15",
            "select 'payment attempt ' || cast(a.id as text) as place, 'it is ' || a.state || ', and its receipt or approval \
             does not agree with that' as what from payment_attempt a \
             left join receipt r on r.facility = a.facility and r.number = a.receipt \
             left join approval p on p.facility = a.facility and p.id = a.approval where a.facility = $1 and a.kind = 'refund' \
             and (p.id is null or (a.state in ('succeeded', 'reversed') and (r.number is null or r.amount <> a.amount)) \
             or (a.state not in ('succeeded', 'reversed') and a.receipt is not null) \
             or (a.state = 'succeeded' and p.state <> 'paid') \
             or (a.state in ('submitted', 'unknown', 'pending') and p.state <> 'paying'))",
        ),
        Question::more(
            "I15",
            "select 'approval ' || cast(p.id as text) as place, cast(count(a.id) as text) || ' attempts pay it by a rail' as what \
             from approval p left join payment_attempt a on a.facility = p.facility and a.approval = p.id \
             and a.state in ('submitted', 'unknown', 'pending') where p.facility = $1 and p.state = 'paying' \
             group by p.id having count(a.id) <> 1",
        ),
    ]
}
