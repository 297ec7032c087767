//! What must hold of everything that is kept, checked from the database alone. Nothing is written.
//!
//! Sums and comparisons are made by the database, each a query that answers with what is wrong, so that memory stays flat;
//! documents are opened page by page. All of it sees one state, whatever is written meanwhile.

mod claims;
mod documents;
mod ledger;
mod outbox;
mod payments;
mod records;
mod states;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::error::StoreError;
use crate::store::Store;
use crate::{Connection, audit, facilities};

/// One invariant as it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// By which it is known, as in `I1`.
    pub invariant: &'static str,
    /// What must hold, in a sentence.
    pub says: &'static str,
    /// How many things were looked at.
    pub checked: u64,
    /// Where it does not hold; the first hundred.
    pub violations: Vec<Violation>,
    /// At how many places it does not hold.
    pub violation_count: u64,
}

/// A place where an invariant does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Whose records.
    pub facility: String,
    /// Where, as in `journal 12` or `receipt PT0000007`.
    pub place: String,
    /// What is wrong there. It names no patient.
    pub what: String,
}

/// So many violations of an invariant are told, the rest only counted.
const TOLD: usize = 100;

/// The invariants with what they say. A number that is missing is of one that cannot be seen in a database at rest.
const INVARIANTS: [(&str, &str); 20] = [
    ("I1", "Every journal has postings, and they add up to zero; every posting has its journal."),
    (
        "I2",
        "All postings of a facility add up to zero, every balance of an encounter is what its journals, receipts and approvals say, and every total of a day what its journals say.",
    ),
    ("I3", "What may not be changed is guarded by triggers, and numbers follow each other without a gap."),
    ("I4", "A journal is reversed at most once, by one that mirrors it account by account."),
    ("I5", "What a rail told of had its effect once: a receipt or a credit of its amount."),
    ("I8", "Nobody paid more than was billed, and no deposit is given back that is not held."),
    ("I9", "Every answer kept under a key has the audit entry of its effect to itself."),
    ("I10", "Every line of a statement and every part of a line divides exactly, each share at least zero."),
    ("I11", "The lines of a statement add up to its totals, and these are what the ledger was told."),
    ("I12", "Rounding never exceeds half a đồng, and a paid bill leaves no fraction behind."),
    ("I13", "Every document is the one its digest names."),
    ("I15", "Every record is in a state that its steps can lead to, and versions follow each other without a gap."),
    ("I16", "Every change names the audit entry and the journal of its effect, and these exist."),
    ("I17", "The audit is one unbroken chain up to the head that its facility names."),
    ("I19", "Nobody decided what they had asked for."),
    ("I23", "No record names a record of a facility that is not here."),
    ("I24", "What others are told was done, what was done is told, each once."),
    ("I25", "Every bank transaction belongs to a receipt that counts, or to a credit."),
    ("I26", "Receipts of a book are numbered without a gap, each number once."),
    ("I27", "Claims are in states that their steps lead to, one version in flight at most, each as it was sent."),
];

impl Store {
    /// Checks everything that can be seen in the database; the invariants in the order of their numbers.
    pub async fn verify(&self) -> Result<Vec<Check>, StoreError> {
        let dialect = self.connector.dialect;
        let mut connection = self.connector.connect().await?;
        if let Some(unhurried) = dialect.wait_long() {
            connection.execute(unhurried).await?;
        }
        connection.execute(dialect.begin_reading()).await?;
        let mut report = Report::new();
        let checked = self.check_all(&mut connection, &mut report).await;
        let ended = connection.execute("rollback").await;
        let _ = connection.close().await;
        checked?;
        ended?;
        Ok(report.checks)
    }

    async fn check_all(&self, connection: &mut Connection, report: &mut Report) -> Result<(), StoreError> {
        records::check_triggers(connection, self.connector.dialect, report).await?;
        records::check_owners(connection, report).await?;
        for chain in audit::walk(connection).await? {
            report.count("I17", u64::try_from(chain.entries).unwrap_or(0));
            if let Some(broken) = chain.broken {
                report.add("I17", &chain.facility, format!("audit {}", broken.number), broken.why);
            }
        }
        for (facility, sealed_key) in facilities::keys(connection).await? {
            let of_tables = [
                ledger::questions(),
                records::questions(),
                states::questions(),
                payments::questions(),
                claims::questions(),
                outbox::questions(),
            ];
            for questions in of_tables {
                for question in questions {
                    question.ask(connection, &facility, report).await?;
                }
            }
            let key = self.connector.master.facility(&facility, &sealed_key)?;
            documents::check(connection, &key, &facility, report).await?;
            claims::check(connection, &key, &facility, report).await?;
        }
        Ok(())
    }
}

/// The checks while they are made.
struct Report {
    checks: Vec<Check>,
}

impl Report {
    fn new() -> Report {
        let check = |(invariant, says): &(&'static str, &'static str)| Check {
            invariant,
            says,
            checked: 0,
            violations: Vec::new(),
            violation_count: 0,
        };
        Report { checks: INVARIANTS.iter().map(check).collect() }
    }

    fn check(&mut self, invariant: &str) -> Option<&mut Check> {
        let check = self.checks.iter_mut().find(|check| check.invariant == invariant);
        debug_assert!(check.is_some(), "{invariant} is not in the list");
        check
    }

    fn count(&mut self, invariant: &str, more: u64) {
        if let Some(check) = self.check(invariant) {
            check.checked = check.checked.saturating_add(more);
        }
    }

    fn add(&mut self, invariant: &str, facility: &str, place: impl Into<String>, what: impl Into<String>) {
        self.keep(invariant, facility, place.into(), what.into());
        if let Some(check) = self.check(invariant) {
            check.violation_count = check.violation_count.saturating_add(1);
        }
    }

    fn keep(&mut self, invariant: &str, facility: &str, place: String, what: String) {
        if let Some(check) = self.check(invariant)
            && check.violations.len() < TOLD
        {
            check.violations.push(Violation { facility: facility.to_owned(), place, what });
        }
    }
}

/// A question to the database about one facility (`$1`): a select of place and what is wrong there, a row for each violation.
struct Question {
    invariant: &'static str,
    /// Its things are counted by this condition on a table; none when another question counts them.
    of: Option<&'static str>,
    violations: String,
}

impl Question {
    fn new(invariant: &'static str, of: &'static str, violations: impl Into<String>) -> Question {
        Question { invariant, of: Some(of), violations: violations.into() }
    }

    fn more(invariant: &'static str, violations: impl Into<String>) -> Question {
        Question { invariant, of: None, violations: violations.into() }
    }

    async fn ask(&self, connection: &mut Connection, facility: &str, report: &mut Report) -> Result<(), StoreError> {
        if let Some(table) = self.of {
            let count = format!("select cast(count(*) as bigint) from {table} where facility = $1");
            let count = sqlx::query_as::<_, (i64,)>(AssertSqlSafe(count)).bind(facility.to_owned());
            let (count,) = count.fetch_one(&mut *connection).await?;
            report.count(self.invariant, u64::try_from(count).unwrap_or(0));
        }
        let query = format!(
            "select place, what, cast(count(*) over () as bigint) from ({}) as found order by place, what limit {TOLD}",
            self.violations
        );
        let query = sqlx::query_as::<_, (String, String, i64)>(AssertSqlSafe(query)).bind(facility.to_owned());
        let found = query.fetch_all(&mut *connection).await?;
        let count = found.first().map_or(0, |(_, _, count)| u64::try_from(*count).unwrap_or(0));
        for (place, what, _) in found {
            report.keep(self.invariant, facility, place, what);
        }
        if let Some(check) = report.check(self.invariant) {
            check.violation_count = check.violation_count.saturating_add(count);
        }
        Ok(())
    }
}

/// An amount of 1/100 đồng, rounded to whole đồng away from zero at half, as the ledger does.
fn whole_dong(amount: &str) -> String {
    format!("(({amount} + case when {amount} < 0 then -50 else 50 end) / 100 * 100)")
}
