//! How the money of some days stands, for whoever answers for it: collected by method, shares of patient, insurer and sponsors,
//! what departments earned, deposits, refunds, claims with faults. Read from totals of each day, which are added up as the ledger grows.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use vienphi_domain::{Action, Actor, Day};
use vienphi_ledger::{Account, Event, Method};
use vienphi_store::day_totals::{self, DayTotal};
use vienphi_store::{Command, Halt, StoreError, Turn, claims};

use super::claims::sender;
use super::money::moment;
use super::{Desk, dong, reader, refusals};

/// Journals that are added up while somebody waits for the page.
const AT_ONCE: i64 = 2_000;

/// Of more days nobody reads a chart.
const MOST_DAYS: i32 = 366;

/// Days that are shown when none are named: today and the four weeks before.
const USUAL_DAYS: i32 = 28;

/// The money of some days.
#[derive(Debug, Serialize)]
pub struct Overview {
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Up to when the ledger is in these sums; none before anything was posted.
    pub as_of: Option<String>,
    /// Is everything in them? Else the rest is being added.
    pub is_whole: bool,
    /// What all days come to.
    pub totals: Sums,
    /// Deposits held at the end of the last day.
    pub open_deposits: String,
    /// Each day that there is, in order.
    pub days: Vec<OfDay>,
    /// By department, the most earned first; an empty name is what has none.
    pub departments: Vec<OfDepartment>,
    /// Claims of visits that ended on these days; none for who may not see them.
    pub claims: Option<Claims>,
}

/// Sums of some days, in đồng.
#[derive(Debug, Default, Serialize)]
pub struct Sums {
    /// Money that came, less what was taken back.
    pub collected: String,
    /// The same by method, in the order of the methods.
    #[serde(serialize_with = "as_object")]
    pub by_method: Vec<(&'static str, String)>,
    /// Earned from patients.
    pub patient: String,
    /// Earned from the insurer.
    pub insurer: String,
    /// Earned from others.
    pub sponsor: String,
    /// Refunds that were paid out.
    pub refunded: String,
    /// Forgiven.
    pub written_off: String,
}

fn as_object<S: Serializer>(amounts: &[(&'static str, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(amounts.iter().map(|(method, amount)| (method, amount)))
}

/// Sums of a day.
#[derive(Debug, Serialize)]
pub struct OfDay {
    /// Which.
    pub day: String,
    /// Its sums.
    pub sums: Sums,
    /// Claims of visits that ended on it.
    pub claims: Option<i64>,
    /// Those of them in which a check found something.
    pub faulty: Option<i64>,
}

/// What a department earned, in đồng.
#[derive(Debug, Serialize)]
pub struct OfDepartment {
    /// `MA_KHOA`.
    pub department: String,
    /// From all.
    pub earned: String,
    /// From patients.
    pub patient: String,
    /// From the insurer.
    pub insurer: String,
    /// From others.
    pub sponsor: String,
}

/// Claims of some days.
#[derive(Debug, Default, Serialize)]
pub struct Claims {
    /// How many were made.
    pub made: i64,
    /// In how many a check found something.
    pub faulty: i64,
    /// In how many something that keeps them from being sent.
    pub blocked: i64,
}

/// The next journals are added up; says whether there may be more.
struct Add;

impl Command for Add {
    type Answer = bool;

    async fn run(self, turn: &mut Turn) -> Result<bool, Halt> {
        Ok(day_totals::add(turn, AT_ONCE).await?)
    }
}

/// Sums in 1/100 đồng.
#[derive(Debug, Default, Clone)]
struct Counted {
    by_method: BTreeMap<Method, i64>,
    earned: i64,
    insurer: i64,
    sponsor: i64,
    refunded: i64,
    written_off: i64,
}

impl Desk {
    /// How the money of some days stands; of the last four weeks when none are named.
    ///
    /// # Errors
    ///
    /// Whoever may not; days that are none, in the wrong order or too many.
    pub async fn overview(
        &self,
        actor: &Actor,
        from: Option<&str>,
        to: Option<&str>,
        today: Day,
    ) -> Result<Overview, Halt> {
        self.may(actor, Action::LedgerRead)?;
        let read = |name: &str, text: Option<&str>, usual: Day| match text {
            None => Ok(usual),
            Some(text) => {
                Day::parse(text).ok_or_else(|| refusals::invalid_field(name, "must be a day such as 2026-03-02"))
            }
        };
        let to = read("to", to, today)?;
        let from = read("from", from, to.plus_days(-USUAL_DAYS))?;
        if from > to || to.plus_days(1 - MOST_DAYS) > from {
            let message = format!("must be a day on or before `to`, at most {MOST_DAYS} days of them");
            return Err(refusals::invalid_field("from", message).into());
        }
        // What was posted since somebody looked last.
        self.add_up(&actor.facility).await?;
        let sees_claims = self.may(actor, Action::ClaimRead).is_ok();
        let (from, to) = (from.to_string(), to.to_string());
        let mut connection = reader(&self.store).await?;
        let mark = day_totals::mark(&mut connection, &actor.facility).await?;
        let is_whole = !day_totals::has_more(&mut connection, &actor.facility, mark.journal).await?;
        let rows = day_totals::list(&mut connection, &actor.facility, &from, &to).await?;
        let held = day_totals::balance(&mut connection, &actor.facility, Account::DepositsHeld.word(), &to).await?;
        let of_claims = match sees_claims {
            true => claims::found_by_day(&mut connection, &actor.facility, &from, &to).await?,
            false => Vec::new(),
        };
        drop(connection);
        let (mut days, mut departments, mut all) = (BTreeMap::new(), BTreeMap::new(), Counted::default());
        for row in &rows {
            days.entry(row.day.clone()).or_insert_with(Counted::default).add(row)?;
            departments.entry(row.department.clone()).or_insert_with(Counted::default).add(row)?;
            all.add(row)?;
        }
        let (mut claims, mut claims_of) = (Claims::default(), BTreeMap::new());
        for row in of_claims {
            claims.made += row.made;
            claims.faulty += row.faulty;
            claims.blocked += row.blocked;
            days.entry(row.day.clone()).or_default();
            claims_of.insert(row.day.clone(), row);
        }
        let of_day = |(day, counted): (String, Counted)| {
            let found = claims_of.get(&day);
            let count = |of: fn(&claims::OfDay) -> i64| sees_claims.then(|| found.map_or(0, of));
            OfDay { sums: counted.shown(), day, claims: count(|row| row.made), faulty: count(|row| row.faulty) }
        };
        let mut departments: Vec<(String, Counted)> =
            departments.into_iter().filter(|(_, counted)| counted.has_shares()).collect();
        departments.sort_by(|(a_name, a), (b_name, b)| b.earned.cmp(&a.earned).then_with(|| a_name.cmp(b_name)));
        let of_department = |(department, counted): (String, Counted)| {
            let Sums { patient, insurer, sponsor, .. } = counted.shown();
            OfDepartment { department, earned: dong(counted.earned), patient, insurer, sponsor }
        };
        Ok(Overview {
            as_of: (mark.at > 0).then(|| moment(mark.at)),
            is_whole,
            totals: all.shown(),
            open_deposits: dong(-held),
            days: days.into_iter().map(of_day).collect(),
            departments: departments.into_iter().map(of_department).collect(),
            claims: sees_claims.then_some(claims),
            from,
            to,
        })
    }

    /// Adds up what was posted since, so many journals at most; says whether there may be more.
    pub async fn add_up(&self, facility: &str) -> Result<bool, Halt> {
        let mut connection = reader(&self.store).await?;
        let mark = day_totals::mark(&mut connection, facility).await?;
        let has_more = day_totals::has_more(&mut connection, facility, mark.journal).await?;
        drop(connection);
        if !has_more {
            return Ok(false);
        }
        self.store.write(&sender(facility), Add).await
    }

    /// Adds up what was posted at any facility; how many of them may have more.
    pub async fn add_up_all(self: &Arc<Self>) -> Result<usize, Halt> {
        let facilities = vienphi_store::facilities::list(&mut *reader(&self.store).await?).await?;
        let mut more = 0;
        for facility in facilities {
            more += usize::from(self.add_up(&facility).await?);
        }
        Ok(more)
    }
}

impl Counted {
    /// Adds what a day's postings to an account come to.
    fn add(&mut self, row: &DayTotal) -> Result<(), StoreError> {
        let damaged =
            || StoreError::Damaged(format!("the totals of {} name what is not known, or are too large", row.day));
        let (event, account) =
            (Event::parse(&row.event).ok_or_else(damaged)?, Account::parse(&row.account).ok_or_else(damaged)?);
        let net = row.debit.checked_sub(row.credit).ok_or_else(damaged)?;
        let is_money = matches!(account, Account::Cash | Account::InTransit | Account::Bank);
        let sum = match (event, account) {
            (Event::DepositTaken | Event::Settled | Event::CreditReceived | Event::Reversed, _) if is_money => {
                let Some(method) = Method::parse(&row.method) else { return Ok(()) };
                let sum = self.by_method.entry(method).or_default();
                *sum = sum.checked_add(net).ok_or_else(damaged)?;
                return Ok(());
            }
            (Event::RefundPaid, _) if is_money => {
                self.refunded = self.refunded.checked_sub(net).ok_or_else(damaged)?;
                return Ok(());
            }
            (Event::WrittenOff, Account::WriteOffs) | (Event::StatementIssued, Account::WriteOffs) => {
                &mut self.written_off
            }
            (Event::StatementIssued, Account::Revenue) => {
                self.earned = self.earned.checked_sub(net).ok_or_else(damaged)?;
                return Ok(());
            }
            (Event::StatementIssued, Account::InsurerReceivable) => &mut self.insurer,
            (Event::StatementIssued, Account::SponsorReceivable) => &mut self.sponsor,
            _ => return Ok(()),
        };
        *sum = sum.checked_add(net).ok_or_else(damaged)?;
        Ok(())
    }

    /// Did anything change that somebody owes?
    fn has_shares(&self) -> bool {
        (self.earned, self.insurer, self.sponsor) != (0, 0, 0)
    }

    fn shown(&self) -> Sums {
        Sums {
            collected: dong(self.by_method.values().sum()),
            by_method: self.by_method.iter().map(|(method, sum)| (method.word(), dong(*sum))).collect(),
            // What is owed by patients moves for other reasons too: theirs is what nobody else owes of what was earned.
            patient: dong(self.earned.saturating_sub(self.insurer).saturating_sub(self.sponsor)),
            insurer: dong(self.insurer),
            sponsor: dong(self.sponsor),
            refunded: dong(self.refunded),
            written_off: dong(self.written_off),
        }
    }
}
