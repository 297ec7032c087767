//! The ledger as others read it.

use serde::Serialize;
use vienphi_domain::{Action, Actor};
use vienphi_ledger::{Account, Payer};
use vienphi_reports::{LedgerAccount, LedgerBook, LedgerEntry};
use vienphi_store::journals::{self, Filter};
use vienphi_store::{Halt, StoreError, audit};

use super::money::moment;
use super::{Desk, Page, dong, reader, refusals};

/// An account with its sums.
#[derive(Debug, Serialize)]
pub struct Sum {
    account: String,
    name: &'static str,
    name_en: &'static str,
    debit: String,
    credit: String,
    balance: String,
}

/// A posting.
#[derive(Debug, Serialize)]
pub struct Posting {
    journal: i64,
    event: String,
    at: String,
    day: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    encounter: Option<String>,
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverses: Option<i64>,
    by: String,
    account: String,
    amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    practitioner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shift: Option<i64>,
}

/// An entry of the audit.
#[derive(Debug, Serialize)]
pub struct AuditEntry {
    number: i64,
    at: String,
    actor: String,
    role: String,
    action: String,
    subject: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    previous: String,
}

/// What a reader of the ledger asks for, as sent.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// From this day.
    pub from: Option<String>,
    /// To this day.
    pub to: Option<String>,
    /// Account.
    pub account: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Payer.
    pub payer: Option<String>,
}

/// Postings of one page.
const PAGE: i64 = 1_000;

/// More postings than a spreadsheet is good for.
const EXPORTED_AT_MOST: usize = 3_000_000;

/// No ledger begins earlier.
const FIRST_DAY: &str = "1900-01-01";

impl Question {
    fn filter(&self) -> Result<Filter, Halt> {
        let words = |all: Vec<&str>| all.join(", ");
        if self.account.as_deref().is_some_and(|account| Account::parse(account).is_none()) {
            let all = Account::WORDS.iter().map(|(word, _)| *word).collect();
            return Err(refusals::invalid_field("account", format!("must be one of {}", words(all))).into());
        }
        if self.payer.as_deref().is_some_and(|payer| Payer::parse(payer).is_none()) {
            let all = Payer::WORDS.iter().map(|(word, _)| *word).collect();
            return Err(refusals::invalid_field("payer", format!("must be one of {}", words(all))).into());
        }
        Ok(Filter {
            from: self.from.clone().unwrap_or_else(|| "0000-00-00".to_owned()),
            to: self.to.clone().unwrap_or_else(|| "9999-12-31".to_owned()),
            account: self.account.clone(),
            department: self.department.clone(),
            payer: self.payer.clone(),
        })
    }
}

impl Desk {
    /// The accounts with their sums.
    pub async fn accounts(&self, actor: &Actor, question: &Question) -> Result<Page<Sum>, Halt> {
        self.may(actor, Action::LedgerRead)?;
        let balances =
            journals::balances(&mut *reader(&self.store).await?, &actor.facility, &question.filter()?).await?;
        let sum = |balance: journals::Balance| {
            let (name, name_en) = Account::parse(&balance.account).map_or(("", ""), Account::names);
            Sum {
                debit: dong(balance.debit),
                credit: dong(balance.credit),
                balance: dong(balance.debit - balance.credit),
                account: balance.account,
                name,
                name_en,
            }
        };
        Ok(Page { items: balances.into_iter().map(sum).collect(), next: None })
    }

    /// Postings in order; `after` is the last one seen, as in `12.3`.
    pub async fn journals(
        &self,
        actor: &Actor,
        question: &Question,
        after: Option<&str>,
    ) -> Result<Page<Posting>, Halt> {
        self.may(actor, Action::LedgerRead)?;
        let after = match after {
            None => (0, 0),
            Some(text) => {
                place(text).ok_or_else(|| refusals::invalid_field("after", "must be the `next` of a page"))?
            }
        };
        let entries =
            journals::entries(&mut *reader(&self.store).await?, &actor.facility, &question.filter()?, after, PAGE)
                .await?;
        let is_full = i64::try_from(entries.len()).unwrap_or(0) == PAGE;
        let next = entries.last().filter(|_| is_full).map(|entry| format!("{}.{}", entry.journal, entry.place));
        Ok(Page { items: entries.into_iter().map(posting).collect(), next })
    }

    /// The ledger as a spreadsheet, with a hospital's own account codes.
    pub async fn export(&self, actor: &Actor, question: &Question) -> Result<Vec<u8>, Halt> {
        self.may(actor, Action::LedgerExport)?;
        let filter = question.filter()?;
        let unwritten = |error: vienphi_reports::ReportError| StoreError::Damaged(error.to_string());
        // The sheet of accounts is of all of them: some alone do not balance.
        let whole = Filter { from: filter.from.clone(), to: filter.to.clone(), ..Filter::default() };
        let balances = journals::balances(&mut *reader(&self.store).await?, &actor.facility, &whole).await?;
        let accounts: Vec<LedgerAccount> = balances
            .into_iter()
            .filter_map(|balance| {
                let account = Account::parse(&balance.account)?;
                Some(LedgerAccount { account, debit_units: balance.debit, credit_units: balance.credit })
            })
            .collect();
        let from = question.from.clone().unwrap_or_else(|| FIRST_DAY.to_owned());
        let to = question.to.clone().unwrap_or_else(|| self.store.now().day().to_string());
        let mut book = LedgerBook::new(&actor.facility, &from, &to, self.mapping.clone()).map_err(unwritten)?;
        book.accounts(&accounts).map_err(unwritten)?;
        let (mut after, mut written) = ((0, 0), 0);
        loop {
            let entries =
                journals::entries(&mut *reader(&self.store).await?, &actor.facility, &filter, after, PAGE).await?;
            let Some(last) = entries.last() else { break };
            after = (last.journal, last.place);
            written += entries.len();
            if written > EXPORTED_AT_MOST {
                let message = format!("names more than {EXPORTED_AT_MOST} postings: export fewer days at a time");
                return Err(refusals::invalid_field("from", message).into());
            }
            for entry in entries {
                book.entry(&row(entry)?).map_err(unwritten)?;
            }
        }
        let finished = tokio::task::spawn_blocking(move || book.finish()).await;
        let ended = |_| StoreError::Unavailable("writing the spreadsheet ended before it was done".into());
        Ok(finished.map_err(ended)?.map_err(unwritten)?)
    }

    /// Entries of the audit, the newest first.
    pub async fn audit(
        &self,
        actor: &Actor,
        after: Option<i64>,
        who: Option<String>,
        subject: Option<String>,
    ) -> Result<Page<AuditEntry>, Halt> {
        self.may(actor, Action::AuditRead)?;
        let wanted = audit::Wanted { before: after, actor: who, subject, limit: PAGE };
        let entries = audit::list(&mut *reader(&self.store).await?, &actor.facility, &wanted).await?;
        let is_full = i64::try_from(entries.len()).unwrap_or(0) == PAGE;
        let next = entries.last().filter(|_| is_full).map(|entry| entry.number.to_string());
        let shown = |entry: audit::Entry| AuditEntry {
            number: entry.number,
            at: entry.at.to_string(),
            actor: entry.actor,
            role: entry.role,
            action: entry.action,
            subject: entry.subject,
            reason: entry.reason,
            before: entry.before.map(|digest| digest.to_string()),
            after: entry.after.map(|digest| digest.to_string()),
            previous: entry.previous.to_string(),
        };
        Ok(Page { items: entries.into_iter().map(shown).collect(), next })
    }
}

fn place(text: &str) -> Option<(i64, i64)> {
    let (journal, place) = text.split_once('.')?;
    Some((journal.parse().ok()?, place.parse().ok()?))
}

fn posting(entry: journals::Entry) -> Posting {
    Posting {
        journal: entry.journal,
        event: entry.event,
        at: moment(entry.at),
        day: entry.day,
        encounter: entry.encounter,
        subject: entry.subject,
        reverses: entry.reverses,
        by: entry.actor,
        account: entry.account,
        amount: dong(entry.amount),
        department: entry.department,
        practitioner: entry.practitioner,
        group: entry.fee_group,
        payer: entry.payer,
        method: entry.method,
        shift: entry.shift,
    }
}

fn row(entry: journals::Entry) -> Result<LedgerEntry, StoreError> {
    let damaged = || StoreError::Damaged(format!("journal {} names an account that is not known", entry.journal));
    Ok(LedgerEntry {
        journal: entry.journal,
        place: entry.place,
        day: entry.day.clone(),
        at: moment(entry.at),
        event: entry.event.clone(),
        subject: entry.subject.clone(),
        encounter: entry.encounter.clone(),
        account: Account::parse(&entry.account).ok_or_else(damaged)?,
        amount_units: entry.amount,
        department: entry.department,
        practitioner: entry.practitioner,
        group: entry.fee_group,
        payer: entry.payer,
        method: entry.method,
        shift: entry.shift,
        actor: entry.actor,
        reverses: entry.reverses,
    })
}
