//! A version of a claim is made of what is kept of its visit, and checked.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use vienphi_claims::{ClaimEvent, ClaimState, Envelope, Finding, Limits, NewEnvelope, Severity, ended_on, export_paid};
use vienphi_domain::{Action, Actor, Day, Digest, Minute, Problem};
use vienphi_store::claims::{self, Claim, Listed, Version};
use vienphi_store::documents::{self, Packed};
use vienphi_store::encounters::{self, Encounter, Scope};
use vienphi_store::{Command, Halt, StoreError, Turn};

use super::advance::{Happening, advance};
use super::{Told, missing, month, no_claim, state_of};
use crate::claim_check::{Catalogues, CheckOptions, ClaimCheck};
use crate::desk::{Desk, forms, reader, refusals};
use crate::pricer::Pricer;

/// Visits named one by one.
const IDS_AT_MOST: usize = 1_000;

/// Visits read at once.
const STRETCH: i64 = 200;

/// A visit that changes while its claim is made is looked at again so often.
const ATTEMPTS: usize = 4;

/// What became of the claims that were asked for.
#[derive(Debug, Default, Serialize)]
pub struct ClaimsMade {
    items: Vec<ClaimMade>,
    /// Visits of the month that have not ended.
    open: usize,
}

/// What became of one.
#[derive(Debug, Serialize)]
pub struct ClaimMade {
    encounter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// `made`, `unchanged`, `checked-again`, `outdated` (it was sent: replace it) or `problem`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocking: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

impl ClaimMade {
    /// Of which visit.
    pub fn encounter(&self) -> &str {
        &self.encounter
    }

    /// The claim's number, when there is one.
    pub fn claim(&self) -> Option<i64> {
        self.id
    }

    /// Why there is none.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }
}

impl ClaimsMade {
    /// In the order of the visits' ids.
    pub fn items(&self) -> &[ClaimMade] {
        &self.items
    }
}

/// A file that was made, not kept yet.
pub(super) struct Made {
    pub(super) file: Vec<u8>,
    discharged: Day,
}

/// A file that was made and checked, not kept yet.
pub(super) struct Draft {
    made: Made,
    paid_at: Option<String>,
    findings: Vec<Finding>,
}

/// A version is to be kept.
pub(super) struct Keep {
    encounter: String,
    snapshot: Vec<u8>,
    statement: Vec<u8>,
    discharged: Day,
    paid_at: Option<String>,
    told: Told,
    findings: i64,
    blocking: i64,
    packed: Packed,
    /// Of the version to be replaced; none when a version that was sent is to stay.
    pub(super) replaces: Option<i64>,
}

/// What came of it.
pub(super) enum Kept {
    Made(Version),
    Unchanged(Version),
    /// The file is the one that is there, and something else is found in it than before.
    CheckedAgain(Version),
    Outdated(Version),
    /// The visit changed since it was read.
    ChangedMeanwhile,
}

impl Desk {
    /// Makes and checks the claims of visits, by their ids or by the month of their discharge. What was made already of the same
    /// visit and statement stays. They are checked by the registry and the prices in force,
    /// as the pricer lays them over each other; what was made and is not signed yet, again.
    pub async fn make_claims(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Arc<Actor>,
        document: &[u8],
        today: Day,
    ) -> Result<ClaimsMade, Halt> {
        self.may(actor, Action::ClaimWrite)?;
        let (ids, days) = forms::read(document, |root| {
            let [ids, asked] = root.fields(["encounters", "month"])?;
            if ids.is_present() == asked.is_present() {
                root.fault("names encounters or a month, one of both");
            }
            if ids.count() > IDS_AT_MOST {
                ids.fault(format!("must be at most {IDS_AT_MOST}; a month names more"));
            }
            let read: Vec<String> = ids.items().filter_map(|id| forms::words(&id.required())).collect();
            Some((read, asked.form(month, "must be a month such as 2026-03")))
        })?;
        let mut made = ClaimsMade::default();
        let scope = Scope {
            arrived_to: days.map_or_else(|| "9999-12-31".to_owned(), |(_, last)| last.to_string()),
            ids: ids.clone(),
            ..Scope::default()
        };
        let (mut after, mut found) = (String::new(), BTreeSet::new());
        loop {
            let stretch =
                encounters::in_scope(&mut *reader(&self.store).await?, &actor.facility, &scope, &after, STRETCH)
                    .await?;
            let Some(last) = stretch.last() else { break };
            after.clone_from(&last.id);
            for row in stretch {
                found.insert(row.id.clone());
                match self.make_claim(pricer, actor, &row.id, days, today).await? {
                    Some(item) if item.outcome == "open" => made.open += 1,
                    Some(item) => made.items.push(item),
                    None => {}
                }
            }
        }
        for id in ids.into_iter().filter(|id| !found.contains(id)) {
            let problem = Some(refusals::not_found("encounter", &id));
            made.items.push(ClaimMade::without(id, "problem", problem));
        }
        Ok(made)
    }

    /// One of them; none when it is not of the month.
    async fn make_claim(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Arc<Actor>,
        id: &str,
        days: Option<(Day, Day)>,
        today: Day,
    ) -> Result<Option<ClaimMade>, Halt> {
        for _ in 0..ATTEMPTS {
            let row = self.row(actor, id).await?;
            if let Some((first, last)) = days {
                let document = self.document(actor, &row.id, &row.snapshot).await?;
                if ended_on(&document).ok().flatten().is_some_and(|day| !(first..=last).contains(&day)) {
                    return Ok(None);
                }
            }
            let paid_at = self.paid_at(actor, &row).await?;
            let draft = match self.draft(pricer, actor, &row, paid_at, today).await {
                Ok(draft) => draft,
                Err(Halt::Refused(problem)) => {
                    let is_open = problem.detail == vienphi_claims::NoClaim::Open.to_string();
                    let outcome = if is_open && days.is_some() { "open" } else { "problem" };
                    return Ok(Some(ClaimMade::without(id.to_owned(), outcome, Some(*problem))));
                }
                Err(failed) => return Err(failed),
            };
            let keep = self.to_keep(actor, &row, draft, None).await?;
            let (outcome, version) = match self.store.write(actor, keep).await? {
                Kept::Made(version) => ("made", version),
                Kept::Unchanged(version) => ("unchanged", version),
                Kept::CheckedAgain(version) => ("checked-again", version),
                Kept::Outdated(version) => ("outdated", version),
                Kept::ChangedMeanwhile => continue,
            };
            return Ok(Some(ClaimMade {
                id: Some(version.claim),
                version: Some(version.version),
                state: Some(version.state),
                blocking: Some(version.blocking),
                outcome,
                encounter: id.to_owned(),
                problem: None,
            }));
        }
        Err(StoreError::Unavailable(format!("encounter {id:?} changes all the time")).into())
    }

    /// The file of a visit as it is now.
    pub(super) async fn made(
        &self,
        actor: &Actor,
        row: &Encounter,
        paid_at: Option<String>,
        today: Day,
    ) -> Result<Made, Halt> {
        let kept = self.of_visit(actor, row).await?;
        apart(move || kept.make(paid_at, today)).await
    }

    /// The file of a visit as it is now, and what a check finds in it.
    pub(super) async fn draft(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Actor,
        row: &Encounter,
        paid_at: Option<String>,
        today: Day,
    ) -> Result<Draft, Halt> {
        let (kept, pricer) = (self.of_visit(actor, row).await?, Arc::clone(pricer));
        apart(move || kept.make(paid_at, today)?.checked(&pricer, today)).await
    }

    async fn of_visit(&self, actor: &Actor, row: &Encounter) -> Result<OfVisit, Halt> {
        Ok(OfVisit {
            id: row.id.clone(),
            facility: actor.facility.to_string(),
            encounter: self.document(actor, &row.id, &row.snapshot).await?,
            statement: self.document(actor, &row.id, &row.statement).await?,
        })
    }

    pub(super) async fn to_keep(
        &self,
        actor: &Actor,
        row: &Encounter,
        draft: Draft,
        replaces: Option<i64>,
    ) -> Result<Keep, Halt> {
        let Draft { made, paid_at, findings } = draft;
        let key = self.store.key(&actor.facility).await?;
        let packed = documents::pack(&key, Digest::of(&made.file), &made.file)?;
        let blocking = findings.iter().filter(|finding| finding.severity == Severity::Blocking).count();
        let findings = findings.iter().map(serde_json::to_value).collect::<Result<_, _>>();
        let findings: Vec<serde_json::Value> =
            findings.map_err(|error| StoreError::Damaged(format!("a finding cannot be written: {error}")))?;
        Ok(Keep {
            encounter: row.id.clone(),
            snapshot: row.snapshot.clone(),
            statement: row.statement.clone(),
            discharged: made.discharged,
            paid_at,
            findings: i64::try_from(findings.len()).unwrap_or(i64::MAX),
            blocking: i64::try_from(blocking).unwrap_or(i64::MAX),
            told: Told { findings, ..Told::default() },
            packed,
            replaces,
        })
    }
}

impl ClaimMade {
    fn without(encounter: String, outcome: &'static str, problem: Option<Problem>) -> ClaimMade {
        ClaimMade { encounter, id: None, version: None, state: None, outcome, blocking: None, problem }
    }
}

/// What is kept of a visit that a claim is made of.
struct OfVisit {
    id: String,
    facility: String,
    encounter: Vec<u8>,
    statement: Vec<u8>,
}

impl OfVisit {
    fn make(self, paid_at: Option<String>, today: Day) -> Result<Made, Problem> {
        let paid = paid_at.as_deref().and_then(Minute::parse);
        let exported =
            export_paid(&self.encounter, &self.statement, paid).map_err(|error| no_claim(&self.id, &error))?;
        let discharged = exported.claim.discharge_day;
        let envelope = NewEnvelope { facility: self.facility, made_on: today, claims: vec![exported.claim] };
        let file = envelope.write().map_err(|error| unwritable(&error))?;
        Ok(Made { file, discharged })
    }
}

impl Made {
    /// Checked as a file that is sent today.
    fn checked(self, pricer: &Pricer, today: Day) -> Result<Draft, Problem> {
        let read = Envelope::read(&self.file, &Limits::default()).map_err(|error| unwritable(&error))?;
        let options =
            CheckOptions { received_on: Some(today), knows_all_facilities: false, catalogues: Catalogues::LaidOver };
        let findings = ClaimCheck::new(pricer, options).findings(&read);
        // What the sender said of the payment stands in the file, whatever the ledger knows.
        let row = read.claims().first().and_then(|claim| claim.table(1)).and_then(|table| table.rows().next());
        let paid_at = row.and_then(|row| row.text("NGAY_TTOAN").filter(|text| !text.is_empty()).map(str::to_owned));
        Ok(Draft { made: self, paid_at, findings })
    }
}

fn unwritable(why: &dyn std::fmt::Display) -> Problem {
    refusals::conflict("urn:vienphi:problem:no-claim", "There is no claim of this visit", why.to_string())
}

/// Works on a thread of its own, beside those that answer.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Halt> {
    let ended = |_| Halt::Failed(StoreError::Unavailable("making a claim ended before it answered".into()));
    Ok(tokio::task::spawn_blocking(work).await.map_err(ended)??)
}

impl Command for Keep {
    type Answer = Kept;

    async fn run(self, turn: &mut Turn) -> Result<Kept, Halt> {
        let facility = turn.facility();
        let visit = encounters::find(turn.connection(), &facility, &self.encounter).await?;
        let visit = visit.ok_or_else(|| refusals::not_found("encounter", &self.encounter))?;
        if visit.snapshot != self.snapshot || visit.statement != self.statement {
            return Ok(Kept::ChangedMeanwhile);
        }
        let found = claims::of_encounter(turn.connection(), &facility, &self.encounter).await?;
        let Some(mut claim) = found else {
            let claim = Claim {
                id: turn.next_record()?,
                encounter: self.encounter.clone(),
                version: 1,
                created_at: turn.now().count(),
            };
            return Ok(Kept::Made(self.keep(turn, claim, true).await?));
        };
        let now = claims::version(turn.connection(), &facility, claim.id, claim.version).await?;
        let mut now = now.ok_or_else(|| missing(claim.id, claim.version))?;
        let listed = Listed {
            encounter: claim.encounter.clone(),
            version: now.clone(),
            now_snapshot: visit.snapshot.clone(),
            now_statement: visit.statement.clone(),
            receivable: visit.balance.0.receivable,
            encounter_state: visit.state.clone(),
        };
        let state = state_of(&now)?;
        match self.replaces {
            None if !listed.is_outdated() => return self.check_again(turn, now).await,
            None if !state.is_ours() && state != ClaimState::Refused => return Ok(Kept::Outdated(now)),
            Some(version) if version != claim.version => {
                let why = format!("the claim is at version {}, not {version}: read it again", claim.version);
                return Err(super::deciding::not_as_it_was(why).into());
            }
            Some(_) if state == ClaimState::Received && !listed.is_outdated() => {
                return Err(refusals::conflict(
                    "urn:vienphi:problem:claim-unchanged",
                    "Nothing has changed",
                    "the portal has what the visit says: there is nothing to replace",
                )
                .into());
            }
            None | Some(_) => {}
        }
        if matches!(state, ClaimState::Sent | ClaimState::Unknown) {
            return Err(super::deciding::under_way(&now).into());
        }
        // What the portal has stays what it has until its successor is there.
        if state.is_ours() || state == ClaimState::Refused {
            let happening = Happening {
                event: ClaimEvent::Replaced,
                action: Action::ClaimWrite,
                reason: "a newer version was made",
            };
            if advance(turn, &mut now, happening).await?.is_some() {
                now.waits_since = None;
                claims::update_version(turn, &now).await?;
            }
        }
        claim.version += 1;
        Ok(Kept::Made(self.keep(turn, claim, false).await?))
    }
}

impl Keep {
    fn event(&self) -> ClaimEvent {
        if self.blocking > 0 { ClaimEvent::Blocked } else { ClaimEvent::Cleared }
    }

    /// The same claim is there. What is found in it now takes the place of what was found before, unless it was signed.
    async fn check_again(self, turn: &mut Turn, mut now: Version) -> Result<Kept, Halt> {
        let key = turn.key()?;
        let (event, mut told) = (self.event(), Told::open(&key, &now)?);
        if told.findings == self.told.findings || state_of(&now)?.after(event).is_none() {
            return Ok(Kept::Unchanged(now));
        }
        told.findings = self.told.findings;
        (now.findings, now.blocking) = (self.findings, self.blocking);
        now.body = told.seal(&key, &now)?;
        let happening = Happening { event, action: Action::ClaimWrite, reason: "checked again" };
        if advance(turn, &mut now, happening).await?.is_some() {
            claims::update_version(turn, &now).await?;
        }
        Ok(Kept::CheckedAgain(now))
    }

    async fn keep(self, turn: &mut Turn, claim: Claim, is_new: bool) -> Result<Version, Halt> {
        let event = self.event();
        let key = turn.key()?;
        let now = turn.now().count();
        let mut row = Version {
            claim: claim.id,
            version: claim.version,
            state: ClaimState::Draft.word().to_owned(),
            snapshot: self.snapshot,
            statement: self.statement,
            document: self.packed.digest.bytes().to_vec(),
            is_signed: 0,
            discharged_on: self.discharged.to_string(),
            paid_at: self.paid_at,
            replaces: (claim.version > 1).then(|| claim.version - 1),
            findings: self.findings,
            blocking: self.blocking,
            body: Vec::new(),
            tries: 0,
            looks: 0,
            absent: 0,
            sent_at: None,
            due_at: None,
            waits_since: None,
            transaction_id: None,
            received_at: None,
            created_at: now,
            created_by: turn.actor().name.to_string(),
            changed_at: now,
        };
        row.body = self.told.seal(&key, &row)?;
        documents::keep(turn, &self.encounter, self.packed);
        let happening = Happening { event, action: Action::ClaimWrite, reason: "made and checked" };
        let audit = advance(turn, &mut row, happening).await?;
        // Both events can happen to a draft.
        let audit = audit.ok_or_else(|| missing(row.claim, row.version))?;
        if is_new {
            claims::insert(turn, &claim, audit).await?;
        } else {
            claims::set_newest(turn, &claim).await?;
        }
        claims::insert_version(turn, &row, audit).await?;
        Ok(row)
    }
}
