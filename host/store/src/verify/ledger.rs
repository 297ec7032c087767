//! The ledger: journals that balance, and balances that are sums over them.

use super::{Question, whole_dong};

/// What each journal moves, account by account.
const MOVED: &str = "moved as (select journal as number, \
    sum(case when account = 'patient-receivable' then amount else 0 end) as receivable, \
    sum(case when account = 'deposits-held' then amount else 0 end) as deposits, \
    sum(case when account = 'insurer-receivable' then amount else 0 end) as insurer, \
    sum(case when account = 'sponsor-receivable' then amount else 0 end) as sponsor, \
    sum(case when account = 'rounding' then amount else 0 end) as rounding, \
    sum(case when account = 'write-offs' then amount else 0 end) as written_off, \
    sum(case when account = 'refunds-due' then amount else 0 end) as refunds_due, \
    sum(case when account = 'in-transit' and method = 'transfer' then amount else 0 end) as promised, \
    sum(case when account in ('cash', 'in-transit', 'bank', 'unapplied-credit', 'refunds-due') then amount else 0 end) as money \
    from posting where facility = $1 group by journal)";

/// What all journals of an encounter move together. What was refunded is money owed from the moment it was approved, so that
/// money and refunds due together are what was received and not given back.
const BOOKED: &str = "booked as (select j.encounter as id, sum(m.receivable) as receivable, -sum(m.deposits) as deposits, \
    sum(m.insurer) as insurer, sum(m.sponsor) as sponsor, -sum(m.rounding) as rounding, sum(m.written_off) as written_off, \
    -sum(case when j.event = 'refund-approved' then m.refunds_due else 0 end) as refunded, sum(m.money) as kept, \
    sum(m.promised) as promised, -sum(m.refunds_due) as owing \
    from moved m join journal j on j.facility = $1 and j.number = m.number where j.encounter is not null group by j.encounter)";

/// Balances as they are kept, and what they must be.
const BALANCES: [(&str, &str); 10] = [
    ("receivable", "coalesce(b.receivable, 0)"),
    ("deposits", "coalesce(b.deposits, 0)"),
    ("insurer", "coalesce(b.insurer, 0)"),
    ("sponsor", "coalesce(b.sponsor, 0)"),
    ("rounding", "coalesce(b.rounding, 0)"),
    ("written_off", "coalesce(b.written_off, 0)"),
    ("refunded", "coalesce(b.refunded, 0)"),
    ("received", "coalesce(b.kept, 0) + coalesce(b.refunded, 0)"),
    // A transfer in transit is always a promise that the bank has not confirmed.
    ("provisional", "coalesce(b.promised, 0)"),
    ("paid", "e.received - e.deposits - e.refunded"),
];

/// Amounts by what was asked for and what became of it.
const DECIDED: [(&str, &str); 4] = [
    ("pending_refunds", "coalesce(a.asked_back, 0)"),
    ("pending_write_offs", "coalesce(a.asked_off, 0)"),
    ("refunded", "coalesce(a.given_back, 0)"),
    // Of what was approved some may have been taken back, when the bill fell below it.
    (
        "written_off",
        "case when e.written_off < coalesce(a.written_off, 0) then e.written_off else coalesce(a.written_off, 0) end",
    ),
];

/// Amounts by the receipts that were handed out and not taken back.
const RECEIVED: [(&str, &str); 2] =
    [("received", "coalesce(r.received, 0)"), ("provisional", "coalesce(r.promised, 0)")];

/// Encounters whose kept amounts are not what they must be, with the first that is not.
fn mismatched(columns: &[(&str, &str)], joined: &str) -> String {
    let mut what = String::from("case");
    let mut wrong = Vec::new();
    for (column, expected) in columns {
        wrong.push(format!("e.{column} <> {expected}"));
        what += &format!(
            " when e.{column} <> {expected} then '{column} is ' || cast(e.{column} as text) || ' and must be ' || \
             cast({expected} as text)"
        );
    }
    format!(
        "select 'encounter ' || e.id as place, {what} end as what from encounter e {joined} \
         where e.facility = $1 and ({})",
        wrong.join(" or ")
    )
}

pub(super) fn questions() -> Vec<Question> {
    let mut questions = balanced();
    questions.extend(balances());
    questions.extend(reversals());
    questions.extend(bounds());
    questions
}

fn balanced() -> Vec<Question> {
    vec![
        Question::new(
            "I1",
            "journal",
            "select 'journal ' || cast(p.journal as text) as place, \
             'its postings add up to ' || cast(sum(p.amount) as text) || ' and not to 0' as what \
             from posting p where p.facility = $1 group by p.journal having sum(p.amount) <> 0",
        ),
        Question::more(
            "I1",
            "select 'journal ' || cast(j.number as text) as place, 'it has no postings' as what from journal j \
             where j.facility = $1 and not exists (select 1 from posting p where p.facility = j.facility and p.journal = j.number)",
        ),
        Question::more(
            "I1",
            "select 'posting ' || cast(p.journal as text) || '/' || cast(p.place as text) as place, \
             'its journal is not there' as what from posting p where p.facility = $1 \
             and not exists (select 1 from journal j where j.facility = p.facility and j.number = p.journal)",
        ),
        Question::more(
            "I2",
            "select 'ledger' as place, 'all postings add up to ' || cast(sum(amount) as text) || ' and not to 0' as what \
             from posting where facility = $1 having sum(amount) <> 0",
        ),
        // What an overview shows is the ledger, as far as it was added up.
        Question::more(
            "I2",
            "select 'day ' || coalesce(k.day, b.day) || ' ' || coalesce(k.account, b.account) as place, \
             'its total is ' || cast(coalesce(k.amount, 0) as text) || ' and its postings add up to ' || \
             cast(coalesce(b.amount, 0) as text) as what \
             from (select day, account, cast(sum(debit - credit) as bigint) as amount from day_total where facility = $1 \
             group by day, account) k \
             full join (select j.day as day, p.account as account, cast(sum(p.amount) as bigint) as amount \
             from day_total_mark m join journal j on j.facility = m.facility and j.number <= m.journal \
             join posting p on p.facility = j.facility and p.journal = j.number where m.facility = $1 \
             group by j.day, p.account) b on b.day = k.day and b.account = k.account \
             where coalesce(k.amount, 0) <> coalesce(b.amount, 0)",
        ),
    ]
}

fn balances() -> Vec<Question> {
    let booked = mismatched(&BALANCES, "left join booked b on b.id = e.id");
    let decided = mismatched(&DECIDED, "left join asked a on a.subject = 'encounter/' || e.id");
    let received = mismatched(&RECEIVED, "left join taken r on r.id = e.id");
    let asked = "asked as (select subject, \
        sum(case when kind = 'refund' and state = 'pending' then amount else 0 end) as asked_back, \
        sum(case when kind = 'write-off' and state = 'pending' then amount else 0 end) as asked_off, \
        sum(case when kind = 'refund' and state in ('approved', 'paying', 'paid') then amount else 0 end) as given_back, \
        sum(case when kind = 'refund' and state in ('approved', 'paying') then amount else 0 end) as owing, \
        sum(case when kind = 'write-off' and state = 'approved' then amount else 0 end) as written_off \
        from approval where facility = $1 group by subject)";
    vec![
        Question::new("I2", "encounter", format!("with {MOVED}, {BOOKED} {booked}")),
        Question::more("I2", format!("with {asked} {decided}")),
        Question::more(
            "I2",
            format!(
                "with {MOVED}, {BOOKED}, {asked} select 'encounter ' || b.id as place, 'refunds due are ' || \
                 cast(b.owing as text) || ' and those approved and not paid are ' || cast(coalesce(a.owing, 0) as text) as what \
                 from booked b left join asked a on a.subject = 'encounter/' || b.id where b.owing <> coalesce(a.owing, 0)"
            ),
        ),
        Question::more(
            "I2",
            format!(
                "with promises as (select r.number as number, sum(p.amount) as promised from receipt r \
                 join posting p on p.facility = r.facility and p.journal = r.journal where r.facility = $1 \
                 and r.state = 'provisional' and p.account = 'in-transit' and p.method = 'transfer' group by r.number), \
                 taken as (select t.encounter as id, sum(t.amount) as received, sum(coalesce(p.promised, 0)) as promised \
                 from receipt t left join promises p on p.number = t.number where t.facility = $1 \
                 and t.kind in ('deposit', 'settlement') and t.state in ('issued', 'provisional', 'confirmed') \
                 group by t.encounter) {received}"
            ),
        ),
        Question::more(
            "I2",
            "select 'journal ' || cast(j.number as text) as place, 'it names encounter ' || j.encounter || ', which is not there' \
             as what from journal j where j.facility = $1 and j.encounter is not null \
             and not exists (select 1 from encounter e where e.facility = j.facility and e.id = j.encounter)",
        ),
    ]
}

fn reversals() -> Vec<Question> {
    vec![
        Question::new(
            "I4",
            "journal",
            "select 'journal ' || cast(reverses as text) as place, \
             'it was reversed ' || cast(count(*) as text) || ' times' as what \
             from journal where facility = $1 and reverses is not null group by reverses having count(*) > 1",
        ),
        Question::more(
            "I4",
            "select 'journal ' || cast(r.number as text) as place, case when o.number is null \
             then 'it reverses journal ' || cast(r.reverses as text) || ', which is not there' \
             when o.reverses is not null then 'it reverses a reversal' \
             when o.number >= r.number then 'it reverses a journal that is not older' \
             else 'it is no reversal and names a journal that it reverses' end as what \
             from journal r left join journal o on o.facility = r.facility and o.number = r.reverses \
             where r.facility = $1 and r.reverses is not null \
             and (o.number is null or o.reverses is not null or o.number >= r.number or r.event <> 'reversed')",
        ),
        Question::more(
            "I4",
            "select 'journal ' || cast(number as text) as place, 'it is a reversal and names no journal' as what \
             from journal where facility = $1 and event = 'reversed' and reverses is null",
        ),
        // The drawer may be another one: what is given back comes from the present shift's.
        Question::more(
            "I4",
            "select 'journal ' || cast(r.number as text) as place, 'on ' || p.account || ' it leaves ' || \
             cast(sum(p.amount) as text) || ' of journal ' || cast(r.reverses as text) as what \
             from journal r join posting p on p.facility = r.facility and p.journal in (r.number, r.reverses) \
             where r.facility = $1 and r.reverses is not null group by r.number, r.reverses, p.account having sum(p.amount) <> 0",
        ),
    ]
}

fn bounds() -> Vec<Question> {
    let billed = "(s.patient_own + s.copayment)";
    let whole = whole_dong(billed);
    let due =
        format!("({} - e.paid - e.written_off)", whole_dong("(e.receivable + e.paid + e.written_off - e.rounding)"));
    vec![
        // A bill that falls takes back what was written off of it first; what was paid beyond it is a deposit again.
        Question::new(
            "I8",
            "encounter",
            format!(
                "select 'encounter ' || e.id as place, 'paid ' || cast(e.paid as text) || ' and written off ' || \
                 cast(e.written_off as text) || ' of a bill of ' || cast({billed} as text) as what \
                 from encounter e join statement s on s.facility = e.facility and s.encounter = e.id \
                 and s.version = e.statement_version where e.facility = $1 \
                 and (e.paid < 0 or e.paid + e.written_off > {whole})"
            ),
        ),
        Question::more(
            "I8",
            "select 'encounter ' || e.id as place, 'deposits ' || cast(e.deposits as text) || ', of them asked back ' || \
             cast(e.pending_refunds as text) || ', refunded ' || cast(e.refunded as text) || ', received ' || \
             cast(e.received as text) || ', of it provisional ' || cast(e.provisional as text) || ', written off ' || \
             cast(e.written_off as text) || ', asked to be ' || cast(e.pending_write_offs as text) as what \
             from encounter e where e.facility = $1 and (e.deposits < e.pending_refunds or e.pending_refunds < 0 \
             or e.refunded < 0 or e.written_off < 0 or e.pending_write_offs < 0 or e.provisional < 0 or e.provisional > e.received)",
        ),
        // A journal that rounds completes what is due: after it the rounding of the encounter is what its bill lacks to
        // whole đồng. Reversing one of several may leave more, until the next that completes.
        Question::new(
            "I12",
            "encounter",
            "select 'journal ' || cast(number as text) as place, 'after it rounding is ' || cast(-so_far as text) as what from \
             (select r.number as number, r.reverses as reverses, \
             sum(r.amount) over (partition by r.encounter order by r.number) as so_far from \
             (select j.number as number, j.encounter as encounter, j.reverses as reverses, sum(p.amount) as amount \
             from posting p join journal j on j.facility = p.facility and j.number = p.journal \
             where p.facility = $1 and p.account = 'rounding' group by j.number, j.encounter, j.reverses) as r) as rounded \
             where reverses is null and (so_far > 50 or so_far < -50)",
        ),
        Question::more(
            "I12",
            format!(
                "select 'encounter ' || e.id as place, 'nothing is due and ' || cast(e.receivable as text) || \
                 ' is still receivable' as what from encounter e left join (select j.encounter as id, count(*) as times from posting p \
                 join journal j on j.facility = p.facility and j.number = p.journal where p.facility = $1 \
                 and p.account = 'rounding' and j.reverses is not null group by j.encounter) as undone on undone.id = e.id \
                 where e.facility = $1 and undone.id is null and e.receivable <> 0 and e.paid + e.written_off > 0 and {due} = 0"
            ),
        ),
    ]
}
