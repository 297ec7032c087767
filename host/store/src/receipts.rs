//! Receipts and the books they are numbered in.

use vienphi_domain::Moment;

use crate::Connection;
use crate::deferred::Table;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Prefix and serial.
    pub number: String,
    /// The prefix.
    pub book: String,
    /// The serial.
    pub serial: i64,
    /// `deposit`, `settlement`, `refund` or `reversal`.
    pub kind: String,
    /// `issued`, `provisional`, `confirmed`, `failed` or `reversed`.
    pub state: String,
    /// For which visit.
    pub encounter: String,
    /// Money that changed hands, in 1/100 đồng.
    pub amount: i64,
    /// Taken from deposits, in 1/100 đồng.
    pub from_deposits: i64,
    /// As handed out, sealed for `receipt/NUMBER`.
    pub body: Vec<u8>,
    /// When.
    pub at: i64,
    /// By whom.
    pub actor: String,
    /// In which shift.
    pub shift: Option<i64>,
    /// What was posted.
    pub journal: i64,
    /// The receipt it undoes.
    pub reverses: Option<String>,
}

from_row!(Receipt: number, book, serial, kind, state, encounter, amount, from_deposits, body, at, actor, shift,
    journal, reverses);

static RECEIPT: Table = Table::new(
    "receipt",
    &[
        "facility",
        "number",
        "book",
        "serial",
        "kind",
        "state",
        "encounter",
        "amount",
        "from_deposits",
        "body",
        "at",
        "actor",
        "shift",
        "journal",
        "reverses",
        "audit",
    ],
);

/// Keeps a receipt.
pub fn keep(turn: &mut Turn, receipt: &Receipt, audit: i64) {
    let facility = turn.facility();
    let row = vec![
        (&facility).into(),
        (&*receipt.number).into(),
        (&*receipt.book).into(),
        receipt.serial.into(),
        (&*receipt.kind).into(),
        (&*receipt.state).into(),
        (&*receipt.encounter).into(),
        receipt.amount.into(),
        receipt.from_deposits.into(),
        receipt.body.clone().into(),
        receipt.at.into(),
        (&*receipt.actor).into(),
        receipt.shift.into(),
        receipt.journal.into(),
        receipt.reverses.as_deref().into(),
        audit.into(),
    ];
    turn.put(&RECEIPT, row);
}

/// A receipt by its number.
pub async fn find(connection: &mut Connection, facility: &str, number: &str) -> Result<Option<Receipt>, StoreError> {
    const FIND: &str = "select number, book, serial, kind, state, encounter, amount, from_deposits, body, at, actor, shift, \
        journal, reverses from receipt where facility = $1 and number = $2";
    let query = sqlx::query_as::<_, Receipt>(FIND).bind(facility.to_owned()).bind(number.to_owned());
    Ok(query.fetch_optional(connection).await?)
}

/// A receipt by its number within a turn, those of the same transaction included.
pub async fn find_in(turn: &mut Turn, number: &str) -> Result<Option<Receipt>, StoreError> {
    turn.write_rows().await?;
    let facility = turn.facility();
    find(turn.connection(), &facility, number).await
}

/// The receipts of a visit, the first one first.
pub async fn of_encounter(
    connection: &mut Connection,
    facility: &str,
    encounter: &str,
) -> Result<Vec<Receipt>, StoreError> {
    const SELECT: &str = "select number, book, serial, kind, state, encounter, amount, from_deposits, body, at, actor, shift, \
        journal, reverses from receipt where facility = $1 and encounter = $2 order by at, number";
    let query = sqlx::query_as::<_, Receipt>(SELECT).bind(facility.to_owned()).bind(encounter.to_owned());
    Ok(query.fetch_all(connection).await?)
}

/// Changes what has become of a receipt.
pub async fn set_state(turn: &mut Turn, number: &str, state: &str) -> Result<(), StoreError> {
    let update = sqlx::query("update receipt set state = $3 where facility = $1 and number = $2");
    let update = update.bind(turn.facility().to_string()).bind(number.to_owned()).bind(state.to_owned());
    changed(update.execute(turn.connection()).await?.rows_affected(), number)
}

/// Opens a book; false when there is one with this prefix.
pub async fn open_book(turn: &mut Turn, prefix: &str, first: i64, audit: i64) -> Result<bool, StoreError> {
    let insert = sqlx::query(
        "insert into receipt_book (facility, prefix, first, next, opened_at, actor, audit) values ($1, $2, $3, $3, $4, $5, $6) \
         on conflict do nothing",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(prefix.to_owned()).bind(first).bind(turn.now().count());
    let insert = insert.bind(turn.actor().name.to_string()).bind(audit);
    Ok(insert.execute(turn.connection()).await?.rows_affected() == 1)
}

/// A number of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serial {
    /// The next one, which is taken now.
    Next(i64),
    /// The book has come to its last one; nothing was written.
    Full,
    /// There is no such book.
    NoBook,
}

/// The next serial of a book, as long as that is not after `last`.
pub async fn next_serial(turn: &mut Turn, prefix: &str, last: i64) -> Result<Serial, StoreError> {
    let facility = turn.facility().to_string();
    let next = "update receipt_book set next = next + 1 where facility = $1 and prefix = $2 and next <= $3 \
                returning next - 1";
    let next = sqlx::query_as::<_, (i64,)>(next).bind(facility.clone()).bind(prefix.to_owned()).bind(last);
    if let Some((serial,)) = next.fetch_optional(turn.connection()).await? {
        return Ok(Serial::Next(serial));
    }
    let known = sqlx::query_as::<_, (i64,)>("select next from receipt_book where facility = $1 and prefix = $2");
    let known = known.bind(facility).bind(prefix.to_owned()).fetch_optional(turn.connection()).await?;
    Ok(if known.is_some() { Serial::Full } else { Serial::NoBook })
}

/// A book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// What its numbers begin with.
    pub prefix: String,
    /// Its first number.
    pub first: i64,
    /// The number of the next receipt.
    pub next: i64,
    /// Since when.
    pub opened_at: i64,
}

from_row!(Book: prefix, first, next, opened_at);

/// The books, the newest first.
pub async fn books(connection: &mut Connection, facility: &str) -> Result<Vec<Book>, StoreError> {
    let query =
        "select prefix, first, next, opened_at from receipt_book where facility = $1 order by opened_at desc, prefix";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).fetch_all(connection).await?)
}

/// Notes that a bank transaction was entered; who has it already, if somebody has.
pub async fn claim_reference(
    turn: &mut Turn,
    method: &str,
    reference: &str,
    subject: &str,
) -> Result<Option<String>, StoreError> {
    let insert = "insert into bank_reference (facility, method, reference, subject) values ($1, $2, $3, $4) on conflict do nothing";
    let insert = sqlx::query(insert).bind(turn.facility().to_string()).bind(method.to_owned());
    let insert = insert.bind(reference.to_owned()).bind(subject.to_owned());
    if insert.execute(turn.connection()).await?.rows_affected() == 1 {
        return Ok(None);
    }
    find_reference(turn, method, reference).await
}

/// Who has a bank transaction.
pub async fn find_reference(turn: &mut Turn, method: &str, reference: &str) -> Result<Option<String>, StoreError> {
    let query = "select subject from bank_reference where facility = $1 and method = $2 and reference = $3";
    let query = sqlx::query_as::<_, (String,)>(query).bind(turn.facility().to_string()).bind(method.to_owned());
    Ok(query.bind(reference.to_owned()).fetch_optional(turn.connection()).await?.map(|(subject,)| subject))
}

/// Gives a bank transaction to something else: an unapplied credit that was applied, a receipt that failed.
pub async fn move_reference(turn: &mut Turn, from: &str, to: Option<&str>) -> Result<(), StoreError> {
    match to {
        Some(to) => {
            let update = sqlx::query("update bank_reference set subject = $3 where facility = $1 and subject = $2");
            update
                .bind(turn.facility().to_string())
                .bind(from.to_owned())
                .bind(to.to_owned())
                .execute(turn.connection())
                .await?;
        }
        None => {
            let delete = sqlx::query("delete from bank_reference where facility = $1 and subject = $2");
            delete.bind(turn.facility().to_string()).bind(from.to_owned()).execute(turn.connection()).await?;
        }
    }
    Ok(())
}

impl Receipt {
    /// When.
    pub fn moment(&self) -> Moment {
        Moment::from_count(self.at)
    }
}
