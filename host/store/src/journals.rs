//! Reading the ledger.

use vienphi_ledger::{Account, Dimensions, Event, Journal, Method, Payer, Posting};
use vienphi_money::Amount;

use crate::Connection;
use crate::error::StoreError;
use crate::turn::Turn;

/// Which postings are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// From this Vietnam day.
    pub from: String,
    /// To this Vietnam day.
    pub to: String,
    /// On this account.
    pub account: Option<String>,
    /// Of this department.
    pub department: Option<String>,
    /// Owed by.
    pub payer: Option<String>,
}

/// An account's sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Which.
    pub account: String,
    /// Sum of debits, in 1/100 đồng.
    pub debit: i64,
    /// Sum of credits, in 1/100 đồng, as a positive number.
    pub credit: i64,
}

from_row!(Balance: account, debit, credit);

/// A posting with its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The journal.
    pub journal: i64,
    /// Its place in it.
    pub place: i64,
    /// Why.
    pub event: String,
    /// When.
    pub at: i64,
    /// The Vietnam day.
    pub day: String,
    /// For which visit.
    pub encounter: Option<String>,
    /// As in `receipt/PT-12`.
    pub subject: String,
    /// The journal it undoes.
    pub reverses: Option<i64>,
    /// By whom.
    pub actor: String,
    /// Where.
    pub account: String,
    /// How much, in 1/100 đồng; a debit is positive.
    pub amount: i64,
    /// Dimension.
    pub department: Option<String>,
    /// Dimension.
    pub practitioner: Option<String>,
    /// Dimension: MA_NHOM.
    pub fee_group: Option<i64>,
    /// Dimension.
    pub payer: Option<String>,
    /// Dimension.
    pub method: Option<String>,
    /// Dimension.
    pub shift: Option<i64>,
}

from_row!(Entry: journal, place, event, at, day, encounter, subject, reverses, actor, account, amount, department,
    practitioner, fee_group, payer, method, shift);

const WHERE: &str = "from journal j join posting p on p.facility = j.facility and p.journal = j.number \
    where j.facility = $1 and j.day >= $2 and j.day <= $3 and ($4 = '' or p.account = $4) \
    and ($5 = '' or p.department = $5) and ($6 = '' or p.payer = $6)";

/// The accounts with their sums.
pub async fn balances(
    connection: &mut Connection,
    facility: &str,
    filter: &Filter,
) -> Result<Vec<Balance>, StoreError> {
    let query = format!(
        "select p.account as account, cast(sum(case when p.amount > 0 then p.amount else 0 end) as bigint) as debit, \
         cast(sum(case when p.amount < 0 then -p.amount else 0 end) as bigint) as credit {WHERE} \
         group by p.account order by p.account"
    );
    let query = sqlx::query_as::<_, Balance>(sqlx::AssertSqlSafe(query)).bind(facility.to_owned());
    let query =
        query.bind(filter.from.clone()).bind(filter.to.clone()).bind(filter.account.clone().unwrap_or_default());
    let query =
        query.bind(filter.department.clone().unwrap_or_default()).bind(filter.payer.clone().unwrap_or_default());
    Ok(query.fetch_all(connection).await?)
}

/// Postings after a place, in order.
pub async fn entries(
    connection: &mut Connection,
    facility: &str,
    filter: &Filter,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let query = format!(
        "select j.number as journal, p.place as place, j.event as event, j.at as at, j.day as day, j.encounter as encounter, \
         j.subject as subject, j.reverses as reverses, j.actor as actor, p.account as account, p.amount as amount, \
         p.department as department, p.practitioner as practitioner, p.fee_group as fee_group, p.payer as payer, \
         p.method as method, p.shift as shift {WHERE} and (j.number > $7 or (j.number = $7 and p.place > $8)) \
         order by j.number, p.place limit $9"
    );
    let query = sqlx::query_as::<_, Entry>(sqlx::AssertSqlSafe(query)).bind(facility.to_owned());
    let query =
        query.bind(filter.from.clone()).bind(filter.to.clone()).bind(filter.account.clone().unwrap_or_default());
    let query =
        query.bind(filter.department.clone().unwrap_or_default()).bind(filter.payer.clone().unwrap_or_default());
    Ok(query.bind(after.0).bind(after.1).bind(limit).fetch_all(connection).await?)
}

/// A journal by its number, as it was posted.
pub async fn find(turn: &mut Turn, number: i64) -> Result<Journal, StoreError> {
    turn.write_rows().await?;
    let facility = turn.facility().to_string();
    let event = sqlx::query_as::<_, (String,)>("select event from journal where facility = $1 and number = $2");
    let event = event.bind(facility.clone()).bind(number).fetch_optional(turn.connection()).await?;
    let damaged = || StoreError::Damaged(format!("journal {number} cannot be read"));
    let event = event.and_then(|(event,)| Event::parse(&event)).ok_or_else(damaged)?;
    type Row = (String, i64, Option<String>, Option<String>, Option<i64>, Option<String>, Option<String>, Option<i64>);
    let rows = sqlx::query_as::<_, Row>(
        "select account, amount, department, practitioner, fee_group, payer, method, shift from posting \
         where facility = $1 and journal = $2 order by place",
    );
    let mut postings = Vec::new();
    for row in rows.bind(facility).bind(number).fetch_all(turn.connection()).await? {
        let (account, amount, department, practitioner, group, payer, method, shift) = row;
        let dimensions = Dimensions {
            department: department.map(Into::into),
            practitioner: practitioner.map(Into::into),
            group: group.and_then(|group| u8::try_from(group).ok()),
            payer: payer.as_deref().and_then(Payer::parse),
            method: method.as_deref().and_then(Method::parse),
            shift,
        };
        let account = Account::parse(&account).ok_or_else(damaged)?;
        postings.push(Posting { account, dimensions, amount: Amount::from_units(amount) });
    }
    Ok(Journal::of(event, postings)?)
}

/// Has a journal been reversed?
pub async fn is_reversed(turn: &mut Turn, number: i64) -> Result<bool, StoreError> {
    turn.write_rows().await?;
    let query = sqlx::query_as::<_, (i64,)>("select number from journal where facility = $1 and reverses = $2");
    let query = query.bind(turn.facility().to_string()).bind(number);
    Ok(query.fetch_optional(turn.connection()).await?.is_some())
}
