//! Somebody has a claim sent, takes it back, replaces it, or says what became of it.

use std::sync::Arc;

use vienphi_claims::{ClaimEvent, ClaimState};
use vienphi_domain::{Action, Actor, Day, Digest, Fault, Problem};
use vienphi_store::answers::Answered;
use vienphi_store::claims::{self, Claim, Listed, Version};
use vienphi_store::documents::{self, Packed};
use vienphi_store::encounters;
use vienphi_store::{Command, Halt, StoreError, Turn};

use super::advance::{Happening, advance, replace_earlier, tell};
use super::making::{Keep, Kept};
use super::shown::ClaimShown;
use super::{Told, missing, state_of};
use crate::desk::{Desk, Sent, answered, forms, reader, refusals};
use crate::pricer::Pricer;
use crate::submitting::Submitting;

/// A version is to be sent.
struct Submit {
    claim: i64,
    version: i64,
    /// The file with the hospital's signature in it, and the digest of the one it was made of.
    signed: Option<(Packed, Vec<u8>)>,
    allows_unsigned: bool,
    submitting: Arc<Submitting>,
}

/// A version is taken back.
struct Withdraw {
    claim: i64,
    version: i64,
    reason: String,
    submitting: Arc<Submitting>,
}

/// What a person found on the portal's pages.
struct Resolve {
    claim: i64,
    version: i64,
    found: Found,
    reason: String,
    submitting: Arc<Submitting>,
}

#[derive(Debug, Clone)]
enum Found {
    There(String),
    NotThere,
    Done,
}

struct Replace {
    keep: Keep,
    submitting: Arc<Submitting>,
}

impl Desk {
    /// Has the newest version sent. It is signed first when the hospital's key is at hand.
    pub async fn submit_claim(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::ClaimSubmit)?;
        if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
            return Ok(answer);
        }
        let claim = self.claim_row(actor, id).await?;
        let version = forms::read(sent.document, |root| {
            let [version] = root.fields(["version"])?;
            Some(wanted(&version, &claim))
        })?;
        let submitting = Arc::clone(self.submitting()?);
        let account = claims::account(&mut *reader(&self.store).await?, &actor.facility).await?;
        if account.is_none() {
            return Err(refusals::conflict(
                "urn:vienphi:problem:portal-not-set-up",
                "There is no account at the portal",
                "this facility has no account at the insurer's portal: an administrator asks for it, a director approves",
            )
            .into());
        }
        let row = self.newest(actor, &claim).await?;
        let signed = match (state_of(&row)?, submitting.signer.clone()) {
            (ClaimState::Checked, Some(signer)) => {
                let file = self.document(actor, &claim.encounter, &row.document).await?;
                let profile = submitting.profile.clone();
                let signed =
                    tokio::task::spawn_blocking(move || vienphi_signing::sign(&file, &profile, &*signer)).await;
                let ended = |_| StoreError::Unavailable("signing ended before it answered".into());
                let signed = signed.map_err(ended)?.map_err(|error| {
                    refusals::conflict(
                        "urn:vienphi:problem:not-signed",
                        "The claim cannot be signed",
                        format!("the hospital's key did not sign it: {error}"),
                    )
                })?;
                let key = self.store.key(&actor.facility).await?;
                Some((documents::pack(&key, Digest::of(&signed), &signed)?, row.document.clone()))
            }
            _ => None,
        };
        let allows_unsigned = submitting.sending.allows_unsigned(self.store.now().day());
        let submit = Submit { claim: claim.id, version, signed, allows_unsigned, submitting };
        self.once(actor, &sent, submit).await
    }

    /// Takes the newest version back. What the portal has is taken back there by a person: no service of it is known that does.
    pub async fn withdraw_claim(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::ClaimWithdraw)?;
        let claim = self.claim_row(actor, id).await?;
        let submitting = Arc::clone(self.submitting()?);
        let withdraw = forms::read(sent.document, |root| {
            let [version, reason] = root.fields(["version", "reason"])?;
            let version = wanted(&version, &claim);
            Some(Withdraw { claim: claim.id, version, reason: forms::reason(&reason)?, submitting })
        })?;
        self.once(actor, &sent, withdraw).await
    }

    /// Makes a new version of what the visit says now, in the place of the newest one.
    pub async fn replace_claim(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Arc<Actor>,
        sent: Sent<'_>,
        id: &str,
        today: Day,
    ) -> Result<Answered, Halt> {
        self.may(actor, Action::ClaimWrite)?;
        if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
            return Ok(answer);
        }
        let claim = self.claim_row(actor, id).await?;
        let version = forms::read(sent.document, |root| {
            let [version] = root.fields(["version"])?;
            Some(wanted(&version, &claim))
        })?;
        let visit = self.row(actor, &claim.encounter).await?;
        let paid_at = self.paid_at(actor, &visit).await?;
        let draft = self.draft(pricer, actor, &visit, paid_at, today).await?;
        let keep = self.to_keep(actor, &visit, draft, Some(version)).await?;
        self.once(actor, &sent, Replace { keep, submitting: Arc::clone(self.submitting()?) }).await
    }

    /// Says what a person found on the portal's pages about a claim that waits for that.
    pub async fn resolve_claim(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::ClaimResolve)?;
        let claim = self.claim_row(actor, id).await?;
        let submitting = Arc::clone(self.submitting()?);
        let resolve = forms::read(sent.document, |root| {
            let [version, outcome, transaction, reason] =
                root.fields(["version", "outcome", "transaction_id", "reason"])?;
            let words = [("received", "received"), ("absent", "absent"), ("done", "done")];
            let outcome = outcome.required().choice(&words);
            let is_code = |text: &str| {
                let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
                (is_plain && (1..=64).contains(&text.len())).then(|| text.to_owned())
            };
            let form = "must be 1 to 64 letters, digits, dots and dashes";
            let found = match outcome? {
                "received" => Found::There(transaction.required().form(is_code, form)?),
                word => {
                    if transaction.is_present() {
                        transaction.fault("is of a claim that was received");
                    }
                    if word == "absent" { Found::NotThere } else { Found::Done }
                }
            };
            let version = wanted(&version, &claim);
            Some(Resolve { claim: claim.id, version, found, reason: forms::reason(&reason)?, submitting })
        })?;
        self.once(actor, &sent, resolve).await
    }
}

/// The version that is meant: the newest unless another one is named, which then is refused.
fn wanted(version: &vienphi_domain::reader::Node<'_, '_>, claim: &Claim) -> i64 {
    version.whole(1..=u32::MAX).map_or(claim.version, i64::from)
}

/// Another person or program was faster.
pub(super) fn not_as_it_was(why: String) -> Problem {
    refusals::conflict("urn:vienphi:problem:changed-meanwhile", "The claim has changed meanwhile", why)
}

/// It is on its way, or nobody knows whether it arrived.
pub(super) fn under_way(row: &Version) -> Problem {
    refusals::conflict(
        "urn:vienphi:problem:claim-under-way",
        "The claim is under way",
        format!("claim {}/{} is {}: what becomes of it is waited for", row.claim, row.version, row.state),
    )
}

fn not_possible(row: &Version, what: &str) -> Problem {
    refusals::conflict(
        "urn:vienphi:problem:claim-state",
        "This is not possible as the claim is",
        format!("claim {}/{} is {}: {what}", row.claim, row.version, row.state),
    )
}

/// The claim and the version that is meant, which must be its newest.
async fn taken(turn: &mut Turn, claim: i64, version: i64) -> Result<(Claim, Version), Halt> {
    let facility = turn.facility();
    let found = claims::find(turn.connection(), &facility, claim).await?;
    let found = found.ok_or_else(|| refusals::not_found("claim", &claim.to_string()))?;
    if found.version != version {
        let why = format!("the claim is at version {}, not {version}: read it again", found.version);
        return Err(not_as_it_was(why).into());
    }
    let row = claims::version(turn.connection(), &facility, claim, version).await?;
    Ok((found, row.ok_or_else(|| missing(claim, version))?))
}

/// The claim in an answer, beside what its visit is.
async fn answer(
    turn: &mut Turn,
    status: u16,
    encounter: &str,
    row: Version,
    submitting: &Submitting,
    audit: i64,
) -> Result<Answered, Halt> {
    let listed = listed(turn, encounter, row).await?;
    answered(status, &ClaimShown::listed(&listed, &submitting.calendar, turn.now()), audit)
}

async fn listed(turn: &mut Turn, encounter: &str, version: Version) -> Result<Listed, Halt> {
    let facility = turn.facility();
    let visit = encounters::find(turn.connection(), &facility, encounter).await?;
    let visit = visit.ok_or_else(|| refusals::not_found("encounter", encounter))?;
    Ok(Listed {
        encounter: encounter.to_owned(),
        version,
        now_snapshot: visit.snapshot,
        now_statement: visit.statement,
        receivable: visit.balance.0.receivable,
        encounter_state: visit.state,
    })
}

impl Command for Submit {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let (claim, mut row) = taken(turn, self.claim, self.version).await?;
        let state = state_of(&row)?;
        if state.is_in_flight() {
            return Err(under_way(&row).into());
        }
        if state == ClaimState::Draft {
            return Err(blocked(&Told::open(&*turn.key()?, &row)?, &row).into());
        }
        let listed = listed(turn, &claim.encounter, row.clone()).await?;
        let says_other = listed.now_snapshot != row.snapshot || listed.now_statement != row.statement;
        if matches!(state, ClaimState::Checked | ClaimState::Signed) && says_other {
            return Err(refusals::conflict(
                "urn:vienphi:problem:claim-outdated",
                "The visit has changed since",
                "the claim was made of an earlier visit or statement: replace it",
            )
            .into());
        }
        if let (ClaimState::Checked, Some((packed, of))) = (state, self.signed) {
            if of != row.document {
                return Err(not_as_it_was("another file was made meanwhile: submit it again".to_owned()).into());
            }
            row.document = packed.digest.bytes().to_vec();
            row.is_signed = 1;
            documents::keep(turn, &claim.encounter, packed);
            let happening =
                Happening { event: ClaimEvent::Signed, action: Action::ClaimSubmit, reason: "with the hospital's key" };
            advance(turn, &mut row, happening).await?;
        }
        if state_of(&row)? == ClaimState::Checked && !self.allows_unsigned {
            return Err(refusals::conflict(
                "urn:vienphi:problem:claim-unsigned",
                "The claim is not signed",
                "the insurer wants the hospital's signature, and this server has no key: start it with --claims-p12 or \
                 --claims-pkcs11",
            )
            .into());
        }
        let happening = Happening { event: ClaimEvent::Submitted, action: Action::ClaimSubmit, reason: "to be sent" };
        let Some(audit) = advance(turn, &mut row, happening).await? else {
            return Err(not_possible(&row, "a version that was checked can be sent").into());
        };
        row.due_at = Some(turn.now().count());
        (row.tries, row.looks, row.absent) = (0, 0, 0);
        claims::update_version(turn, &row).await?;
        answer(turn, 202, &claim.encounter, row, &self.submitting, audit).await
    }
}

/// What keeps a version from being sent, finding by finding.
fn blocked(told: &Told, row: &Version) -> Problem {
    let text = |finding: &serde_json::Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let blocking = told.findings.iter().filter(|finding| finding["severity"] == "blocking");
    let fault = |finding: &serde_json::Value| {
        let number = |name: &str| finding[name].as_u64().map(|number| number.to_string());
        let places =
            [number("table").map(|number| format!("XML{number}")), number("row"), Some(text(finding, "field"))];
        let path: Vec<String> = places.into_iter().flatten().filter(|place| !place.is_empty()).collect();
        Fault { path: path.join("."), message: format!("{}: {}", text(finding, "code"), text(&finding["text"], "en")) }
    };
    let errors: Vec<Fault> = blocking.map(fault).collect();
    let mut problem = refusals::conflict(
        "urn:vienphi:problem:claim-blocked",
        "The portal would refuse this claim",
        format!("{} findings of claim {}/{} keep it from being sent", errors.len(), row.claim, row.version),
    );
    problem.errors = errors;
    problem
}

impl Command for Withdraw {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let (claim, mut row) = taken(turn, self.claim, self.version).await?;
        let was_there = state_of(&row)? == ClaimState::Received;
        let happening = Happening { event: ClaimEvent::Withdrawn, action: Action::ClaimWithdraw, reason: &self.reason };
        let Some(audit) = advance(turn, &mut row, happening).await? else {
            return Err(not_possible(&row, "what may be with the portal cannot be taken back").into());
        };
        row.waits_since = was_there.then(|| turn.now().count());
        claims::update_version(turn, &row).await?;
        tell(turn, "claim.withdrawn", &claim.encounter, &row, audit)?;
        answer(turn, 200, &claim.encounter, row, &self.submitting, audit).await
    }
}

impl Command for Replace {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        match self.keep.run(turn).await? {
            Kept::Made(row) | Kept::Unchanged(row) | Kept::CheckedAgain(row) | Kept::Outdated(row) => {
                let facility = turn.facility();
                let claim = claims::find(turn.connection(), &facility, row.claim).await?;
                let claim = claim.ok_or_else(|| missing(row.claim, row.version))?;
                let subject = format!("claim/{}/{}", row.claim, row.version);
                let (action, reason) = (Action::ClaimWrite, "in the place of the one before");
                let change = vienphi_store::Change { action, subject: &subject, reason, before: None, after: None };
                let audit = turn.audit(&change)?;
                answer(turn, 201, &claim.encounter, row, &self.submitting, audit).await
            }
            Kept::ChangedMeanwhile => Err(not_as_it_was("the visit changed just now: send this again".into()).into()),
        }
    }
}

impl Command for Resolve {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let (claim, mut row) = taken(turn, self.claim, self.version).await?;
        let (action, reason) = (Action::ClaimResolve, self.reason.as_str());
        let is_waiting = row.waits_since.is_some();
        if !is_waiting {
            return Err(not_possible(&row, "it does not wait for a person").into());
        }
        let event = match &self.found {
            Found::There(_) => ClaimEvent::Accepted,
            Found::NotThere => ClaimEvent::Absent,
            Found::Done => {
                if state_of(&row)? != ClaimState::Withdrawn {
                    return Err(not_possible(&row, "say received or absent").into());
                }
                let subject = format!("claim/{}/{}", row.claim, row.version);
                let change = vienphi_store::Change { action, subject: &subject, reason, before: None, after: None };
                let audit = turn.audit(&change)?;
                row.waits_since = None;
                claims::update_version(turn, &row).await?;
                return answer(turn, 200, &claim.encounter, row, &self.submitting, audit).await;
            }
        };
        let Some(audit) = advance(turn, &mut row, Happening { event, action, reason }).await? else {
            return Err(not_possible(&row, "nobody asks what became of it").into());
        };
        match self.found {
            Found::There(transaction) => {
                row.transaction_id = Some(transaction);
                claims::update_version(turn, &row).await?;
                replace_earlier(turn, &row).await?;
                tell(turn, "claim.received", &claim.encounter, &row, audit)?;
            }
            Found::NotThere | Found::Done => {
                row.due_at = Some(turn.now().count());
                // Whoever looks for it at this moment has nothing to say any more.
                row.tries += 1;
                (row.looks, row.absent) = (0, 0);
                claims::update_version(turn, &row).await?;
            }
        }
        answer(turn, 200, &claim.encounter, row, &self.submitting, audit).await
    }
}
