//! Claims: made of what is kept of a visit, checked, signed, sent to the insurer's portal and followed.
//!
//! * `making`: a version is made of the visit and its statement, and checked
//! * `deciding`: somebody has it sent, takes it back, replaces it, or says what became of it
//! * `sending`: versions that are due are sent, and what nobody knows is looked for
//! * `advance`: what happens to a version, with its audit entry and its step
//! * `shown`: a claim in an answer

mod advance;
mod deciding;
mod making;
mod sending;
mod shown;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_claims::{ClaimState, NoClaim};
use vienphi_domain::{Action, Actor, Day, Moment, Problem};
use vienphi_store::claims::{self, Claim, Filter, Version};
use vienphi_store::keys::FacilityKey;
use vienphi_store::{Halt, StoreError, encounters};

pub use making::{ClaimMade, ClaimsMade};
pub(super) use sending::sender;
pub use shown::ClaimShown;

use super::{Desk, Page, json, reader, refusals};
use crate::submitting::Submitting;

/// Claims of one page.
const PAGE: i64 = 100;

/// What was found in a version and what the portal said of it, as they are kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Told {
    findings: Vec<serde_json::Value>,
    answers: Vec<Answer>,
}

/// What the portal said, or why it said nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Answer {
    at: String,
    /// The outcome's name, as in `accepted`.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The portal's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<Advice>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Advice {
    vi: String,
    en: String,
}

/// So many answers of a version are kept, the newest.
const ANSWERS: usize = 20;

/// The portal's words are kept so far.
const WORDS: usize = 1000;

impl Answer {
    /// The outcome's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn of(status: &vienphi_portal::Status, now: Moment) -> Answer {
        let short = |text: &str| text.chars().filter(|letter| !letter.is_control()).take(WORDS).collect::<String>();
        Answer {
            at: now.to_string(),
            name: status.name.to_string(),
            code: status.code.as_deref().map(str::to_owned),
            message: status.message.as_ref().map(|message| short(message.expose())),
            advice: Some(Advice { vi: status.advice.vi.to_string(), en: status.advice.en.to_string() }),
        }
    }
}

impl Told {
    fn open(key: &FacilityKey, row: &Version) -> Result<Told, Halt> {
        let plain = key.open(&row.body, &claims::place(row.claim, row.version))?;
        let read = serde_json::from_slice(&plain);
        read.map_err(|_| StoreError::Damaged(format!("claim {}/{} cannot be read", row.claim, row.version)).into())
    }

    fn add(&mut self, answer: Answer) {
        self.answers.push(answer);
        let over = self.answers.len().saturating_sub(ANSWERS);
        self.answers.drain(..over);
    }

    fn seal(&self, key: &FacilityKey, row: &Version) -> Result<Vec<u8>, Halt> {
        Ok(key.seal(&json(self)?, &claims::place(row.claim, row.version))?)
    }
}

/// Which claims are listed.
#[derive(Debug, Clone, Default)]
pub struct ClaimsAsked {
    /// In this state.
    pub state: Option<String>,
    /// Those that wait for a person.
    pub waiting: bool,
    /// Those whose visit says another thing by now.
    pub outdated: bool,
    /// Of this visit.
    pub encounter: Option<String>,
    /// Discharged in this month, as `2026-03`.
    pub month: Option<String>,
    /// Behind this claim's number.
    pub after: Option<i64>,
}

/// The first and the last day of a month such as `2026-03`.
fn month(text: &str) -> Option<(Day, Day)> {
    let first = Day::parse(&format!("{text}-01"))?;
    // A month has 28 days at least.
    let last = (28..=31).rev().find_map(|day| Day::parse(&format!("{text}-{day}")))?;
    Some((first, last))
}

impl Desk {
    /// What claims are sent with.
    pub(super) fn submitting(&self) -> Result<&Arc<Submitting>, Halt> {
        let unset = || StoreError::Unavailable("this program was started without the policies of claims".into());
        Ok(self.submitting.as_ref().ok_or_else(unset)?)
    }

    /// Claims in the order of their numbers.
    pub async fn claims(&self, actor: &Actor, asked: &ClaimsAsked) -> Result<Page<ClaimShown>, Halt> {
        self.may(actor, Action::ClaimRead)?;
        if let Some(state) = asked.state.as_deref().filter(|state| ClaimState::parse(state).is_none()) {
            let words: Vec<&str> = ClaimState::WORDS.iter().map(|(word, _)| *word).collect();
            let shown: String = state.chars().take(40).collect();
            let message = format!("must be one of {}, not {shown:?}", words.join(", "));
            return Err(refusals::invalid_field("state", message).into());
        }
        let days = match asked.month.as_deref() {
            Some(text) => {
                Some(month(text).ok_or_else(|| refusals::invalid_field("month", "must be one such as 2026-03"))?)
            }
            None => None,
        };
        let filter = Filter {
            state: asked.state.clone().unwrap_or_default(),
            waiting: asked.waiting,
            encounter: asked.encounter.clone().unwrap_or_default(),
            from: days.map(|(first, _)| first.to_string()).unwrap_or_default(),
            to: days.map(|(_, last)| last.to_string()).unwrap_or_default(),
        };
        let (submitting, now) = (self.submitting()?, self.store.now());
        let (mut after, mut items) = (asked.after.unwrap_or(0), Vec::new());
        // Whether one is outdated is not the database's to say: pages that hold few of them are filled from the next ones.
        let next = loop {
            let rows = claims::list(&mut *reader(&self.store).await?, &actor.facility, &filter, after, PAGE).await?;
            let is_full = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
            after = rows.last().map_or(after, |row| row.version.claim);
            let wanted = rows.iter().filter(|row| !asked.outdated || row.is_outdated());
            items.extend(wanted.map(|row| ClaimShown::listed(row, &submitting.calendar, now)));
            if !is_full || i64::try_from(items.len()).unwrap_or(PAGE) >= PAGE {
                break is_full.then(|| after.to_string());
            }
        };
        Ok(Page { items, next })
    }

    /// A claim with its versions, what was found in them and what the portal said.
    pub async fn claim(&self, actor: &Actor, id: &str) -> Result<ClaimShown, Halt> {
        self.may(actor, Action::ClaimRead)?;
        let claim = self.claim_row(actor, id).await?;
        self.claim_shown(actor, &claim).await
    }

    async fn claim_shown(&self, actor: &Actor, claim: &Claim) -> Result<ClaimShown, Halt> {
        let (submitting, now) = (self.submitting()?, self.store.now());
        let key = self.store.key(&actor.facility).await?;
        let mut connection = reader(&self.store).await?;
        let filter = Filter { encounter: claim.encounter.clone(), ..Filter::default() };
        let rows = claims::list(&mut connection, &actor.facility, &filter, 0, 1).await?;
        let listed = rows.first().ok_or_else(|| refusals::not_found("claim", &claim.id.to_string()))?;
        let mut shown = ClaimShown::listed(listed, &submitting.calendar, now);
        for row in claims::versions(&mut connection, &actor.facility, claim.id).await? {
            let steps = claims::steps(&mut connection, &actor.facility, row.claim, row.version).await?;
            shown.add(&row, Told::open(&key, &row)?, &steps)?;
        }
        Ok(shown)
    }

    /// The file of a version, as it was made or sent.
    pub async fn claim_file(&self, actor: &Actor, id: &str, version: &str) -> Result<Vec<u8>, Halt> {
        self.may(actor, Action::ClaimRead)?;
        let claim = self.claim_row(actor, id).await?;
        let gone = || refusals::not_found("version", version);
        let number: i64 = version.parse().map_err(|_| gone())?;
        let found = claims::version(&mut *reader(&self.store).await?, &actor.facility, claim.id, number).await?;
        let row = found.ok_or_else(gone)?;
        self.looks_at(actor, Action::ClaimRead, &format!("encounter/{}", claim.encounter)).await?;
        self.document(actor, &claim.encounter, &row.document).await
    }

    /// The claim file of a visit as it would be made now; nothing is kept.
    pub async fn encounter_claim_file(&self, actor: &Actor, id: &str, today: Day) -> Result<Vec<u8>, Halt> {
        self.may(actor, Action::ClaimRead)?;
        let row = self.row(actor, id).await?;
        self.looks_at(actor, Action::ClaimRead, &format!("encounter/{id}")).await?;
        let paid_at = self.paid_at(actor, &row).await?;
        Ok(self.made(actor, &row, paid_at, today).await?.file)
    }

    async fn claim_row(&self, actor: &Actor, id: &str) -> Result<Claim, Halt> {
        let gone = || refusals::not_found("claim", id);
        let number = id.parse().map_err(|_| gone())?;
        let found = claims::find(&mut *reader(&self.store).await?, &actor.facility, number).await?;
        Ok(found.ok_or_else(gone)?)
    }

    async fn newest(&self, actor: &Actor, claim: &Claim) -> Result<Version, Halt> {
        let found = claims::version(&mut *reader(&self.store).await?, &actor.facility, claim.id, claim.version).await?;
        Ok(found.ok_or_else(|| missing(claim.id, claim.version))?)
    }

    /// When the patient had paid, in minutes of Vietnam; none while something is owed or the visit is open.
    async fn paid_at(&self, actor: &Actor, row: &encounters::Encounter) -> Result<Option<String>, Halt> {
        if row.is_open() || row.balance.0.receivable > 0 {
            return Ok(None);
        }
        let receipts =
            vienphi_store::receipts::of_encounter(&mut *reader(&self.store).await?, &actor.facility, &row.id).await?;
        let counted = receipts.iter().filter(|receipt| receipt.kind == "settlement" && receipt.state != "reversed");
        let last = counted.map(|receipt| receipt.at).max();
        // With nothing to pay there is no receipt: it was paid when the patient left.
        Ok(last.or(row.closed_at).map(|at| Moment::from_count(at).minute().to_string()))
    }
}

/// A version that a claim names and that is not there.
fn missing(claim: i64, version: i64) -> StoreError {
    StoreError::Damaged(format!("version {version} of claim {claim} is not there"))
}

fn state_of(row: &Version) -> Result<ClaimState, StoreError> {
    let state = ClaimState::parse(&row.state);
    state.ok_or_else(|| StoreError::Damaged(format!("claim {}/{} is {:?}", row.claim, row.version, row.state)))
}

/// Why there is no claim of a visit.
fn no_claim(encounter: &str, error: &NoClaim) -> Problem {
    let mut problem =
        refusals::conflict("urn:vienphi:problem:no-claim", "There is no claim of this visit", error.to_string());
    problem.encounter = Some(encounter.to_owned());
    problem
}
