//! What the routes of a facility take.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::values::{Day, Decimal, Minute, TruthOrDecimal};

sent! {
    /// Nothing needs to be sent.
    Nothing {}
    /// Why.
    Reason {
        /// 1 to 500 characters
        reason: String,
    }
    /// Why, if that needs saying.
    OptionalReason {
        /// 1 to 500 characters
        reason: Option<String>,
    }
    /// The record is the same person as another.
    Merge {
        /// The other record
        into: String,
        /// Why
        reason: String,
    }
    /// When the patient left.
    Close {
        /// Now when missing
        at: Option<Minute>,
    }
    /// Money for a visit that is not billed yet.
    Deposit {
        /// Whole đồng above 0
        amount: Decimal,
        /// `cash`, `card`, `transfer` or `rail`
        method: String,
        /// The bank's or the slip's number; required but for cash
        reference: Option<String>,
        /// Who pays
        payer: Option<String>,
        /// A transfer accepted on proof, before the bank confirmed it
        provisional: Option<bool>,
        /// The prefix of the receipt book; `PT` when missing
        receipt_book: Option<String>,
    }
    /// Money handed over.
    Payment {
        /// Whole đồng above 0
        amount: Decimal,
        /// `cash`, `card`, `transfer` or `rail`
        method: String,
        /// The bank's or the slip's number; required but for cash
        reference: Option<String>,
        /// Who pays
        payer: Option<String>,
        /// A transfer accepted on proof, before the bank confirmed it
        provisional: Option<bool>,
    }
    /// The bill is paid. One payment may be sent with its fields here instead of in a list.
    Settlement {
        /// What is handed over
        payments: Option<Vec<Payment>>,
        /// `true` takes as much of the deposits as is due, `false` nothing, an amount exactly that; `true` when missing
        use_deposits: Option<TruthOrDecimal>,
        /// One payment
        amount: Option<Decimal>,
        /// One payment
        method: Option<String>,
        /// One payment
        reference: Option<String>,
        /// One payment
        payer: Option<String>,
        /// One payment
        provisional: Option<bool>,
        /// The prefix of the receipt book; `PT` when missing
        receipt_book: Option<String>,
    }
    /// Money is to go back, or a debt to be forgiven.
    AskFor {
        /// Whole đồng above 0
        amount: Decimal,
        /// Why
        reason: String,
        /// To whom, for a refund
        to: Option<String>,
    }
    /// An approved refund is paid out.
    PayRefund {
        /// `cash`, `card`, `transfer` or `rail`
        method: String,
        /// The bank's number; required but for cash, and not with `request`
        reference: Option<String>,
        /// The prefix of the receipt book; `PT` when missing
        receipt_book: Option<String>,
        /// Of `rail`: the payment request whose rail gives the money back
        request: Option<i64>,
    }
    /// What the bank said of a provisional transfer.
    Confirm {
        /// `confirmed` or `failed`
        outcome: String,
        /// The bank's number, when it came
        reference: Option<String>,
        /// Why it did not come
        reason: Option<String>,
    }
    /// A receipt book.
    OpenBook {
        /// What its numbers begin with: 1 to 20 letters, digits, dots and dashes
        prefix: String,
        /// Its first number; 1 when missing
        first: Option<u32>,
    }
    /// A shift begins.
    OpenShift {
        /// Where
        desk: String,
        /// What is in the drawer; 0 when missing
        float: Option<Decimal>,
    }
    /// What was counted in the drawer.
    Count {
        /// Amount by method; `cash` is required
        counted: BTreeMap<String, Decimal>,
    }
    /// Somebody takes over.
    HandOver {
        /// The name of a cashier of the facility
        to: String,
    }
    /// Money that names no visit.
    Credit {
        /// Whole đồng above 0
        amount: Decimal,
        /// `cash`, `card`, `transfer` or `rail`
        method: String,
        /// The bank's number; required but for cash
        reference: Option<String>,
        /// Who pays
        payer: Option<String>,
        /// The payer's text
        memo: Option<String>,
    }
    /// The visit that money is for.
    ApplyCredit {
        /// Its id
        encounter: String,
        /// The prefix of the receipt book; `PT` when missing
        receipt_book: Option<String>,
    }
    /// Which visits to price anew: those named, or those that arrived from a day on.
    RepricingScope {
        /// Ids, at most 1000
        encounters: Option<Vec<String>>,
        /// Arrived on this day or later
        from: Option<Day>,
        /// Arrived on this day or earlier
        to: Option<Day>,
        /// `open` or `closed`
        state: Option<String>,
    }
    /// Visits are to be priced anew.
    StartRepricing {
        /// Which
        scope: RepricingScope,
        /// Why
        reason: String,
    }
    /// Somebody who is told.
    Webhook {
        /// An https address that everybody can reach
        url: String,
        /// `*`, or names such as `receipt.issued`
        events: Vec<String>,
        /// 16 to 200 characters, by which messages are signed
        secret: String,
    }
}
