//! What each day's postings come to, added up as the ledger grows: an overview reads these few rows.

use crate::Connection;
use crate::error::StoreError;
use crate::turn::Turn;

/// What a day's postings to an account come to, by why, department and method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTotal {
    /// The Vietnam day.
    pub day: String,
    /// Where.
    pub account: String,
    /// Why, as in `settlement`.
    pub event: String,
    /// Empty where postings have none.
    pub department: String,
    /// Empty where postings have none.
    pub method: String,
    /// Sum of debits, in 1/100 đồng.
    pub debit: i64,
    /// Sum of credits, in 1/100 đồng, as a positive number.
    pub credit: i64,
    /// How many.
    pub postings: i64,
}

from_row!(DayTotal: day, account, event, department, method, debit, credit, postings);

/// How far the ledger is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// The last journal that is in the totals.
    pub journal: i64,
    /// When it was added.
    pub at: i64,
}

/// How far a facility's ledger is added up; nothing of it at first.
pub async fn mark(connection: &mut Connection, facility: &str) -> Result<Mark, StoreError> {
    let query = sqlx::query_as::<_, (i64, i64)>("select journal, at from day_total_mark where facility = $1");
    let found = query.bind(facility.to_owned()).fetch_optional(connection).await?;
    Ok(found.map_or(Mark::default(), |(journal, at)| Mark { journal, at }))
}

/// Are there journals behind a number?
pub async fn has_more(connection: &mut Connection, facility: &str, journal: i64) -> Result<bool, StoreError> {
    let query = "select number from journal where facility = $1 and number > $2 limit 1";
    let query = sqlx::query_as::<_, (i64,)>(query).bind(facility.to_owned()).bind(journal);
    Ok(query.fetch_optional(connection).await?.is_some())
}

/// Adds the next journals to the totals, so many at most; true when there may be more.
pub async fn add(turn: &mut Turn, journals: i64) -> Result<bool, StoreError> {
    turn.write_rows().await?;
    let (facility, now) = (turn.facility().to_string(), turn.now().count());
    let Mark { journal: from, .. } = mark(turn.connection(), &facility).await?;
    let last = sqlx::query_as::<_, (Option<i64>,)>(
        "select max(number) from (select number from journal where facility = $1 and number > $2 order by number limit $3) as next",
    );
    let last = last.bind(facility.clone()).bind(from).bind(journals).fetch_one(turn.connection()).await?;
    let Some(to) = last.0 else { return Ok(false) };
    let add = sqlx::query(
        "insert into day_total (facility, day, account, event, department, method, debit, credit, postings) \
         select p.facility, j.day, p.account, j.event, coalesce(p.department, ''), coalesce(p.method, ''), \
         cast(sum(case when p.amount > 0 then p.amount else 0 end) as bigint), \
         cast(sum(case when p.amount < 0 then -p.amount else 0 end) as bigint), count(*) \
         from journal j join posting p on p.facility = j.facility and p.journal = j.number \
         where j.facility = $1 and j.number > $2 and j.number <= $3 \
         group by p.facility, j.day, p.account, j.event, coalesce(p.department, ''), coalesce(p.method, '') \
         on conflict (facility, day, account, event, department, method) do update set debit = day_total.debit + excluded.debit, \
         credit = day_total.credit + excluded.credit, postings = day_total.postings + excluded.postings",
    );
    add.bind(facility.clone()).bind(from).bind(to).execute(turn.connection()).await?;
    let upsert = sqlx::query(
        "insert into day_total_mark (facility, journal, at) values ($1, $2, $3) \
         on conflict (facility) do update set journal = excluded.journal, at = excluded.at",
    );
    upsert.bind(facility).bind(to).bind(now).execute(turn.connection()).await?;
    Ok(to - from >= journals)
}

/// The totals of some days.
pub async fn list(
    connection: &mut Connection,
    facility: &str,
    from: &str,
    to: &str,
) -> Result<Vec<DayTotal>, StoreError> {
    let query = "select day, account, event, department, method, debit, credit, postings from day_total \
                 where facility = $1 and day >= $2 and day <= $3 order by day, account, event, department, method";
    let query = sqlx::query_as(query).bind(facility.to_owned()).bind(from.to_owned()).bind(to.to_owned());
    Ok(query.fetch_all(connection).await?)
}

/// What stands on an account at the end of a day, in 1/100 đồng; a debit is positive.
pub async fn balance(
    connection: &mut Connection,
    facility: &str,
    account: &str,
    until: &str,
) -> Result<i64, StoreError> {
    let query = "select cast(coalesce(sum(debit - credit), 0) as bigint) from day_total \
                 where facility = $1 and account = $2 and day <= $3";
    let query = sqlx::query_as::<_, (i64,)>(query).bind(facility.to_owned()).bind(account.to_owned());
    Ok(query.bind(until.to_owned()).fetch_one(connection).await?.0)
}
