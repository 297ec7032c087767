//! Receipt books: the numbers that receipts have, each once.

use vienphi_domain::{Action, Problem};
use vienphi_store::receipts::Serial;
use vienphi_store::{Change, Halt, StoreError, Turn, receipts};

use super::refusals;

/// The book that receipts are numbered in when the sender names none; it is opened when it is first needed.
const USUAL_BOOK: &str = "PT";

/// Numbers have seven digits.
pub(super) const LAST_SERIAL: i64 = 9_999_999;

/// The next number of a book.
pub(super) async fn number(turn: &mut Turn, book: Option<String>) -> Result<(String, i64), Halt> {
    #[cfg(feature = "planted")]
    if vienphi_store::planted::is(vienphi_store::planted::Defect::NumberBurned) {
        receipts::next_serial(turn, book.as_deref().unwrap_or(USUAL_BOOK), LAST_SERIAL).await?;
    }
    let Some(named) = book else {
        for prefix in usual_books() {
            match receipts::next_serial(turn, &prefix, LAST_SERIAL).await? {
                Serial::Next(serial) => return Ok((prefix, serial)),
                Serial::Full => {}
                Serial::NoBook => return open_usual(turn, prefix).await,
            }
        }
        return Err(full(USUAL_BOOK).into());
    };
    match receipts::next_serial(turn, &named, LAST_SERIAL).await? {
        Serial::Next(serial) => Ok((named, serial)),
        Serial::Full => Err(full(&named).into()),
        Serial::NoBook => Err(refusals::conflict(
            "urn:vienphi:problem:no-such-receipt-book",
            "There is no such receipt book",
            format!("no receipt book {named:?} is open: open it with POST …/receipt-books, or name another"),
        )
        .into()),
    }
}

/// The usual book, and those that follow when it is full: what comes by itself, at night, needs a number too.
fn usual_books() -> impl Iterator<Item = String> {
    std::iter::once(USUAL_BOOK.to_owned()).chain(('B'..='Z').map(|letter| format!("{USUAL_BOOK}{letter}")))
}

fn full(named: &str) -> Problem {
    refusals::conflict(
        "urn:vienphi:problem:receipt-book-full",
        "The receipt book is full",
        format!("book {named:?} has no number after {LAST_SERIAL}: open another"),
    )
}

/// A usual book is opened when its first number is needed.
async fn open_usual(turn: &mut Turn, prefix: String) -> Result<(String, i64), Halt> {
    let subject = format!("receipt-book/{prefix}");
    let (action, reason) = (Action::ReceiptBookOpen, "first receipt");
    let audit = turn.audit(&Change { action, subject: &subject, reason, before: None, after: None })?;
    receipts::open_book(turn, &prefix, 1, audit).await?;
    match receipts::next_serial(turn, &prefix, LAST_SERIAL).await? {
        Serial::Next(serial) => Ok((prefix, serial)),
        Serial::Full | Serial::NoBook => {
            Err(StoreError::Damaged("a receipt book that was opened is not there".into()).into())
        }
    }
}
