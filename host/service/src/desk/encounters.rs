//! Visits: sent as often as they change, each version with a statement, until they are closed.

use std::sync::Arc;

use serde::Serialize;
use vienphi_domain::json::Json;
use vienphi_domain::{Action, Actor, Day, Digest, Encounter, Minute, Moment};
use vienphi_store::answers::Answered;
use vienphi_store::encounters::{self, Issued};
use vienphi_store::{Halt, StoreError, Turn, documents, work_items};

use super::approvals::Ask;
use super::issue::{self, Done, Issue};
use super::{Desk, Page, Sent, dong, forms, json, reader, refusals};
use crate::pricer::Pricer;

/// A visit that changes while it is priced is priced again; so often that only a storm of changes comes through.
const ATTEMPTS: usize = 16;

/// A document this long is priced aside, so that other requests of the thread do not wait.
const LONG_DOCUMENT_BYTES: usize = 64 * 1024;

/// What became of a visit that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Put {
    /// Of the visit.
    pub version: i64,
    /// Of its statement.
    pub statement_version: i64,
    /// It was not there before.
    #[serde(skip)]
    pub is_new: bool,
}

/// The version that a sender means to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// None was named.
    Unnamed,
    /// It must not be there yet (`If-None-Match: *`).
    Absent,
    /// It must be there (`If-Match: *`).
    Any,
    /// It must be at this version.
    Version(i64),
}

/// A document with the version it is at.
#[derive(Debug, Clone)]
pub struct Versioned {
    /// JSON.
    pub json: Vec<u8>,
    /// Of the visit or the statement.
    pub version: i64,
}

/// A statement in the list of a visit's statements.
#[derive(Debug, Serialize)]
pub struct StatementVersion {
    version: i64,
    encounter_version: i64,
    as_of: String,
    at: Moment,
    by: String,
    reason: String,
    findings: i64,
    totals: Sums,
    changes: Vec<Change>,
}

#[derive(Debug, Serialize)]
struct Sums {
    amount_hospital: String,
    amount_insured: String,
    other_sources: String,
    patient_own: String,
    copayment: String,
    insurer: String,
    cash_due: String,
}

#[derive(Debug, Serialize)]
struct Change {
    field: &'static str,
    before: String,
    after: String,
}

/// What a visit's patient owes and holds.
#[derive(Debug, Serialize)]
pub struct Account {
    due: String,
    /// Of what is due, what deposits do not cover.
    payable: String,
    deposits: String,
    paid: String,
    refunded: String,
    insurer: String,
    unapplied: String,
    provisional: String,
    written_off: String,
    other_sources: String,
    rounding: String,
    pending_refunds: String,
    pending_write_offs: String,
    state: String,
    statement_version: i64,
}

impl Desk {
    /// Keeps a visit as it is now and issues its statement. Sending the same once more changes nothing.
    pub async fn put_encounter(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Arc<Actor>,
        id: &str,
        expected: Expected,
        document: &[u8],
        today: Day,
    ) -> Result<Put, Halt> {
        self.may(actor, Action::EncounterWrite)?;
        let encounter = Arc::new(pricer.read(document, today)?);
        for (path, sent, wanted) in [("id", &*encounter.id, id), ("facility", &*encounter.facility, &*actor.facility)] {
            if sent != wanted {
                return Err(
                    refusals::invalid_field(path, format!("must be {wanted:?} as in the path, not {sent:?}")).into()
                );
            }
        }
        for _ in 0..ATTEMPTS {
            let base = encounters::find(&mut *reader(&self.store).await?, &actor.facility, id).await?;
            if let Some(base) = &base {
                if base.snapshot[..] == encounter.digest.bytes()[..] {
                    let (version, statement_version) = (base.version, base.statement_version);
                    return Ok(Put { version, statement_version, is_new: false });
                }
                if !base.is_open() {
                    return Err(refusals::closed(id).into());
                }
            }
            check(expected, base.as_ref())?;
            let is_new = base.is_none();
            let reason = if is_new { "first sent" } else { "sent again with changes" }.to_owned();
            let version = base.as_ref().map_or(0, |base| base.statement_version) + 1;
            let made = self.price(pricer, &encounter, document.len(), today, version).await?;
            let reason = with_causes(reason, base.as_ref(), &made.made_from);
            let issue = Issue::new(
                &self.store,
                actor,
                Action::EncounterWrite,
                reason,
                base,
                &encounter,
                Some(document),
                made,
                false,
            );
            match issue.await?.send(&self.store, actor).await {
                Ok(Done { version, statement_version, .. }) => return Ok(Put { version, statement_version, is_new }),
                Err(Halt::Refused(problem)) if problem.kind == issue::STALE => {}
                Err(halt) => return Err(halt),
            }
        }
        Err(busy())
    }

    /// Prices at once what is short, and aside what is long or decided by a plugin that is watched.
    async fn price(
        &self,
        pricer: &Arc<Pricer>,
        encounter: &Arc<Encounter>,
        length: usize,
        today: Day,
        version: i64,
    ) -> Result<issue::Made, Halt> {
        if length < LONG_DOCUMENT_BYTES && !pricer.is_watched(encounter, today) {
            return Ok(issue::make(pricer, encounter, today, version)?);
        }
        let (pricer, encounter) = (Arc::clone(pricer), Arc::clone(encounter));
        let priced = tokio::task::spawn_blocking(move || issue::make(&pricer, &encounter, today, version)).await;
        let ended = |_| Halt::Failed(StoreError::Unavailable("pricing ended before it answered".into()));
        Ok(priced.map_err(ended)??)
    }

    /// The visit as it was sent last.
    pub async fn encounter(&self, actor: &Actor, id: &str) -> Result<Versioned, Halt> {
        self.may(actor, Action::EncounterRead)?;
        let (row, subject) = (self.row(actor, id).await?, format!("encounter/{id}"));
        // It is written down while it is read, and shown when both are done.
        let looking = self.looks_at(actor, Action::EncounterRead, &subject);
        let ((), json) = tokio::try_join!(looking, self.document(actor, id, &row.snapshot))?;
        Ok(Versioned { json, version: row.version })
    }

    /// A statement: the present one, or an earlier version.
    pub async fn statement(&self, actor: &Actor, id: &str, version: Option<i64>) -> Result<Versioned, Halt> {
        self.may(actor, Action::StatementRead)?;
        let row = self.row(actor, id).await?;
        self.looks_at(actor, Action::StatementRead, &format!("encounter/{id}")).await?;
        let version = match version {
            None => {
                return Ok(Versioned {
                    json: self.document(actor, id, &row.statement).await?,
                    version: row.statement_version,
                });
            }
            Some(version) => version,
        };
        let found =
            encounters::statements(&mut *reader(&self.store).await?, &actor.facility, id, Some(version)).await?;
        let Some(issued) = found.first() else {
            return Err(refusals::not_found("version of the statement", &version.to_string()).into());
        };
        Ok(Versioned { json: self.document(actor, id, issued.document.bytes()).await?, version })
    }

    /// Every statement of a visit, with what changed and why.
    pub async fn statements(&self, actor: &Actor, id: &str) -> Result<Page<StatementVersion>, Halt> {
        self.may(actor, Action::StatementRead)?;
        self.row(actor, id).await?;
        let issued = encounters::statements(&mut *reader(&self.store).await?, &actor.facility, id, None).await?;
        let mut items = Vec::with_capacity(issued.len());
        let mut before: Option<&Issued> = None;
        for statement in &issued {
            items.push(StatementVersion {
                version: statement.version,
                encounter_version: statement.snapshot,
                as_of: statement.as_of.clone(),
                at: statement.at,
                by: statement.actor.clone(),
                reason: statement.reason.clone(),
                findings: statement.findings,
                totals: sums(statement),
                changes: before.map_or_else(Vec::new, |before| changes(before, statement)),
            });
            before = Some(statement);
        }
        Ok(Page { items, next: None })
    }

    /// What the patient owes and holds.
    pub async fn account(&self, actor: &Actor, id: &str) -> Result<Account, Halt> {
        self.may(actor, Action::AccountRead)?;
        let row = self.row(actor, id).await?;
        let balance = row.balance.0;
        let due = balance.due().max(0);
        let unapplied = self.unapplied_for(actor, &row).await?;
        Ok(Account {
            due: dong(due),
            payable: dong(balance.payable()),
            deposits: dong(balance.deposits),
            paid: dong(balance.paid),
            refunded: dong(balance.refunded),
            insurer: dong(balance.insurer),
            unapplied: dong(unapplied),
            provisional: dong(balance.provisional),
            written_off: dong(balance.written_off),
            other_sources: dong(balance.sponsor),
            rounding: dong(balance.rounding),
            pending_refunds: dong(balance.pending_refunds),
            pending_write_offs: dong(balance.pending_write_offs),
            state: row.state,
            statement_version: row.statement_version,
        })
    }

    /// Money that nobody could place and that names this visit.
    async fn unapplied_for(&self, actor: &Actor, row: &encounters::Encounter) -> Result<i64, Halt> {
        let key = self.store.key(&actor.facility).await?;
        let mut sum = 0;
        for item in work_items::open(&mut *reader(&self.store).await?, &actor.facility, 0, 500).await? {
            let credit = super::unapplied::open_credit(&key, &item)?;
            if item.kind == "unapplied-credit" && credit.names(&row.id) {
                sum += item.amount;
            }
        }
        Ok(sum)
    }

    /// Closes a visit: the patient has left. An open one gets the time as its discharge.
    pub async fn close(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Arc<Actor>,
        id: &str,
        document: &[u8],
        today: Day,
    ) -> Result<Vec<u8>, Halt> {
        self.may(actor, Action::EncounterClose)?;
        let at = forms::read(document, |root| {
            let [at] = root.fields(["at"])?;
            Some(at.minute())
        })?;
        let at = at.unwrap_or_else(|| self.store.now().minute());
        for _ in 0..ATTEMPTS {
            let base = self.row(actor, id).await?;
            if !base.is_open() {
                return json(&Closed {
                    state: "closed",
                    version: base.version,
                    statement_version: base.statement_version,
                });
            }
            let sent = self.document(actor, id, &base.snapshot).await?;
            let (document, is_changed) = discharged(&sent, at)?;
            let encounter = Arc::new(pricer.read(&document, today)?);
            if encounter.visit.discharged_at.is_some_and(|left| left > at) {
                return Err(refusals::invalid_field("at", "must not be before visit.discharged_at").into());
            }
            let made = self.price(pricer, &encounter, document.len(), today, base.statement_version + 1).await?;
            let reason = with_causes(format!("closed at {at}"), Some(&base), &made.made_from);
            let document = is_changed.then_some(&document[..]);
            let issue = Issue::new(
                &self.store,
                actor,
                Action::EncounterClose,
                reason,
                Some(base),
                &encounter,
                document,
                made,
                true,
            );
            match issue.await?.send(&self.store, actor).await {
                Ok(Done { version, statement_version, .. }) => {
                    return json(&Closed { state: "closed", version, statement_version });
                }
                Err(Halt::Refused(problem)) if problem.kind == issue::STALE => {}
                Err(halt) => return Err(halt),
            }
        }
        Err(busy())
    }

    /// Asks for a visit to be opened again.
    pub async fn ask_reopen(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::EncounterReopen)?;
        if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
            return Ok(answer);
        }
        let reason = forms::read(sent.document, |root| {
            let [reason] = root.fields(["reason"])?;
            forms::reason(&reason)
        })?;
        let row = self.row(actor, id).await?;
        if row.is_open() {
            return Err(refusals::conflict(
                "urn:vienphi:problem:encounter-open",
                "The encounter is open",
                format!("encounter {id:?} is not closed"),
            )
            .into());
        }
        let ask = Ask {
            kind: "reopen",
            subject: format!("encounter/{id}"),
            amount: 0,
            reason,
            body: row.statement_version.to_string().into_bytes(),
            action: Action::EncounterReopen,
        };
        self.once(actor, &sent, ask).await
    }

    /// The visit's row, or that there is none.
    pub(super) async fn row(&self, actor: &Actor, id: &str) -> Result<encounters::Encounter, Halt> {
        let found = encounters::find(&mut *reader(&self.store).await?, &actor.facility, id).await?;
        found.ok_or_else(|| refusals::not_found("encounter", id).into())
    }

    /// A document of a visit by its digest.
    pub(super) async fn document(&self, actor: &Actor, encounter: &str, digest: &[u8]) -> Result<Vec<u8>, Halt> {
        let digest = <[u8; 32]>::try_from(digest).map(Digest::from_bytes);
        let digest = digest.map_err(|_| StoreError::Damaged("a digest does not have 32 bytes".into()))?;
        let key = self.store.key(&actor.facility).await?;
        Ok(documents::find(&mut *reader(&self.store).await?, &key, &actor.facility, encounter, &digest).await?)
    }
}

#[derive(Serialize)]
struct Closed {
    state: &'static str,
    version: i64,
    statement_version: i64,
}

fn check(expected: Expected, base: Option<&encounters::Encounter>) -> Result<(), Halt> {
    match (expected, base) {
        (Expected::Version(wanted), Some(base)) if wanted != base.version => {
            Err(refusals::changed_meanwhile(base.version).into())
        }
        (Expected::Version(_) | Expected::Any, None) => Err(refusals::changed_meanwhile(0).into()),
        (Expected::Absent, Some(base)) => Err(refusals::changed_meanwhile(base.version).into()),
        (Expected::Unnamed, Some(base)) => Err(refusals::version_required(base.version).into()),
        _ => Ok(()),
    }
}

/// What a statement is made from that is not the visit: said when it is not what the one before was made from.
fn with_causes(reason: String, base: Option<&encounters::Encounter>, made_from: &str) -> String {
    let Some(base) = base else { return reason };
    let names = ["another tariff package", "other prices", "other policies", "another engine"];
    let pairs = base.made_from.split(' ').zip(made_from.split(' ')).zip(names);
    let causes: Vec<&str> = pairs.filter(|((before, after), _)| before != after).map(|(_, name)| name).collect();
    if causes.is_empty() { reason } else { format!("{reason}; priced with {}", causes.join(", ")) }
}

/// The document with a time of discharge, and whether that was missing.
fn discharged(document: &[u8], at: Minute) -> Result<(Vec<u8>, bool), Halt> {
    let damaged = || StoreError::Damaged("an encounter that was kept cannot be read".into());
    let mut parsed = Json::parse(document).map_err(|_| damaged())?;
    let Json::Object(fields) = &mut parsed else { return Err(damaged().into()) };
    let visit = fields.iter_mut().find(|(key, _)| key == "visit").map(|(_, value)| value);
    let Some(Json::Object(visit)) = visit else { return Err(damaged().into()) };
    let is_set = |value: &Json<'_>| matches!(value, Json::Text(text) if !text.is_empty());
    if visit.iter().any(|(key, value)| key == "discharged_at" && is_set(value)) {
        return Ok((document.to_vec(), false));
    }
    visit.retain(|(key, _)| key != "discharged_at");
    visit.push(("discharged_at".into(), Json::Text(at.to_string().into())));
    let mut written = Vec::with_capacity(document.len() + 40);
    parsed.write_canonical(&mut written);
    Ok((written, true))
}

fn busy() -> Halt {
    Halt::Failed(StoreError::Unavailable("the encounter changed faster than it could be priced".into()))
}

fn amounts(issued: &Issued) -> [(&'static str, String); 7] {
    let totals = &issued.totals;
    [
        ("amount_hospital", totals.amount_hospital.to_string()),
        ("amount_insured", totals.amount_insured.to_string()),
        ("other_sources", totals.other_sources.to_string()),
        ("patient_own", totals.patient_own.to_string()),
        ("copayment", totals.copayment.to_string()),
        ("insurer", totals.insurer.to_string()),
        ("cash_due", totals.cash_due.to_string()),
    ]
}

fn sums(issued: &Issued) -> Sums {
    let [hospital, insured, other, own, copayment, insurer, due] = amounts(issued).map(|(_, amount)| amount);
    Sums {
        amount_hospital: hospital,
        amount_insured: insured,
        other_sources: other,
        patient_own: own,
        copayment,
        insurer,
        cash_due: due,
    }
}

fn changes(before: &Issued, after: &Issued) -> Vec<Change> {
    let pairs = amounts(before).into_iter().zip(amounts(after));
    let changed = pairs.filter(|((_, before), (_, after))| before != after);
    changed.map(|((field, before), (_, after))| Change { field, before, after }).collect()
}

/// Reopens a visit whose reopening was approved; done by the approval's own command.
pub(super) async fn reopen(turn: &mut Turn, id: &str, asked_at: &[u8]) -> Result<(), Halt> {
    let facility = turn.facility();
    let Some(mut row) = encounters::find(turn.connection(), &facility, id).await? else {
        return Err(refusals::not_found("encounter", id).into());
    };
    if row.is_open() || row.statement_version.to_string().as_bytes() != asked_at {
        return Err(refusals::conflict(
            "urn:vienphi:problem:changed-meanwhile",
            "The encounter has changed since",
            format!("encounter {id:?} is not as it was when this was asked for: reject it, and ask again"),
        )
        .into());
    }
    row.state = "open".to_owned();
    row.closed_at = None;
    Ok(encounters::update(turn, &row).await?)
}
