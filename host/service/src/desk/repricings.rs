//! Pricing visits anew: what would change is shown first and approved by another person; issued documents stay.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::{Action, Actor, Day};
use vienphi_store::answers::Answered;
use vienphi_store::encounters::{self, Scope};
use vienphi_store::{Change, Command, Halt, StoreError, Turn, approvals, repricings};

use super::approvals::Ask;
use super::issue::{self, Issue};
use super::{Desk, Sent, answered, forms, json, reader, refusals};
use crate::pricer::Pricer;

/// Visits priced at a time.
const STRETCH: i64 = 100;

/// Visits named one by one.
const IDS_AT_MOST: usize = 1_000;

/// Rows of one page.
const PAGE: i64 = 500;

impl Repricing {
    /// As it was before anybody decided or applied it.
    fn as_previewed(&mut self) {
        (self.state, self.approval_state) = ("previewed".to_owned(), "pending".to_owned());
        let mut previewed = 0;
        self.counts.retain(|state, count| {
            let is_unpriced = state == "unpriced";
            previewed += if is_unpriced { 0 } else { *count };
            is_unpriced
        });
        if previewed > 0 {
            self.counts.insert("previewed".to_owned(), previewed);
        }
        for row in self.rows.iter_mut().filter(|row| row.state != "unpriced") {
            row.state = "previewed".to_owned();
        }
    }
}

/// Which visits.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Asked {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    encounters: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

/// A repricing is asked for.
struct Start {
    asked: Asked,
    reason: String,
}

/// Rows that were priced.
struct Keep {
    id: i64,
    rows: Vec<repricings::Row>,
    state: Option<&'static str>,
}

/// A repricing in an answer.
#[derive(Debug, Serialize)]
pub struct Repricing {
    id: i64,
    scope: serde_json::Value,
    reason: String,
    state: String,
    approval: i64,
    approval_state: String,
    asked_by: String,
    asked_at: String,
    counts: std::collections::BTreeMap<String, i64>,
    rows: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    encounter: String,
    state: String,
    statement_version: i64,
    before: serde_json::Value,
    after: serde_json::Value,
}

impl Desk {
    /// Prices visits anew without changing them, and asks for approval to do so.
    pub async fn start_repricing(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Arc<Actor>,
        sent: Sent<'_>,
        today: Day,
    ) -> Result<Answered, Halt> {
        self.may(actor, Action::RepricingAsk)?;
        let start = forms::read(sent.document, |root| {
            let [scope, reason] = root.fields(["scope", "reason"])?;
            let scope = scope.required();
            let [ids, from, to, state] = scope.fields(["encounters", "from", "to", "state"])?;
            if ids.count() > IDS_AT_MOST {
                ids.fault(format!("must be at most {IDS_AT_MOST}; longer lists are named by from, to and state"));
            }
            if !ids.is_present() && !from.is_present() {
                scope.fault("names no visits: give encounters, or from (and to, state)");
            }
            let encounters: Vec<String> = ids.items().filter_map(|id| forms::words(&id.required())).collect();
            let (from, to) = (from.day().map(|day| day.to_string()), to.day().map(|day| day.to_string()));
            let state = state.choice(&[("open", "open"), ("closed", "closed")]).map(str::to_owned);
            Some(Start { asked: Asked { encounters, from, to, state }, reason: forms::reason(&reason)? })
        })?;
        let answer = self.once(actor, &sent, start).await?;
        if answer.status != 202 {
            return Ok(answer);
        }
        let id = number_of(&answer)?;
        self.preview(pricer, actor, id, today).await?;
        // The preview is part of the answer, which is the same however often it is asked for and whatever came of it.
        let mut shown = self.repricing(actor, &id.to_string(), None).await?;
        shown.as_previewed();
        Ok(Answered { status: 202, body: json(&shown)?, audit: answer.audit })
    }

    /// Prices what has not been priced yet of a repricing; an interrupted one goes on where it stopped.
    async fn preview(&self, pricer: &Arc<Pricer>, actor: &Arc<Actor>, id: i64, today: Day) -> Result<(), Halt> {
        let repricing = self.repricing_row(actor, id).await?;
        if repricing.state != "previewing" {
            return Ok(());
        }
        let scope = scope(&repricing)?;
        let mut after = self.last_row(actor, id).await?;
        loop {
            let stretch =
                encounters::in_scope(&mut *reader(&self.store).await?, &actor.facility, &scope, &after, STRETCH)
                    .await?;
            let Some(last) = stretch.last() else { break };
            after = last.id.clone();
            let mut rows = Vec::with_capacity(stretch.len());
            for visit in &stretch {
                rows.push(self.priced_anew(pricer, actor, visit, today).await?);
            }
            self.store.write(actor, Keep { id, rows, state: None }).await?;
        }
        self.store.write(actor, Keep { id, rows: Vec::new(), state: Some("previewed") }).await?;
        Ok(())
    }

    async fn priced_anew(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Actor,
        visit: &encounters::Encounter,
        today: Day,
    ) -> Result<repricings::Row, Halt> {
        let document = self.document(actor, &visit.id, &visit.snapshot).await?;
        let version = visit.statement_version + 1;
        let pricer = Arc::clone(pricer);
        let priced = tokio::task::spawn_blocking(move || {
            pricer.read(&document, today).and_then(|encounter| issue::make(&pricer, &encounter, today, version))
        });
        let ended = |_| Halt::Failed(StoreError::Unavailable("pricing ended before it answered".into()));
        let priced = priced.await.map_err(ended)?;
        let mut connection = reader(&self.store).await?;
        let version = Some(visit.statement_version);
        let issued = encounters::statements(&mut connection, &actor.facility, &visit.id, version).await?;
        let before = issued.first().map(|issued| totals(&issued.totals)).unwrap_or_default();
        let (state, after) = match priced {
            Ok(made) => ("previewed", totals(&made.totals)),
            Err(problem) => ("unpriced", serde_json::json!({ "problem": problem.detail })),
        };
        Ok(repricings::Row {
            encounter: visit.id.clone(),
            state: state.to_owned(),
            statement_version: visit.statement_version,
            before: before.to_string(),
            after: after.to_string(),
        })
    }

    /// A repricing with a page of its visits.
    pub async fn repricing(&self, actor: &Actor, id: &str, after: Option<&str>) -> Result<Repricing, Halt> {
        self.may(actor, Action::RepricingRead)?;
        let number = id.parse().map_err(|_| refusals::not_found("repricing", id))?;
        let row = self.repricing_row(actor, number).await?;
        let mut connection = reader(&self.store).await?;
        let approval = approvals::find(&mut connection, &actor.facility, row.approval).await?;
        let counts = repricings::counts(&mut connection, &actor.facility, number).await?;
        let rows = repricings::rows(&mut connection, &actor.facility, number, after.unwrap_or(""), PAGE).await?;
        let is_full = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
        let next = rows.last().filter(|_| is_full).map(|row| row.encounter.clone());
        let value = |text: &str| serde_json::from_str(text).unwrap_or_default();
        Ok(Repricing {
            id: row.id,
            scope: value(&row.scope),
            reason: row.reason,
            state: row.state,
            approval: row.approval,
            approval_state: approval.map_or_else(String::new, |approval| approval.state),
            asked_by: row.asked_by,
            asked_at: super::money::moment(row.asked_at),
            counts: counts.into_iter().collect(),
            rows: rows
                .into_iter()
                .map(|row| Row {
                    before: value(&row.before),
                    after: value(&row.after),
                    encounter: row.encounter,
                    state: row.state,
                    statement_version: row.statement_version,
                })
                .collect(),
            next,
        })
    }

    /// Issues the statements of an approved repricing. A visit that has changed since the preview is passed over; an
    /// interrupted one goes on where it stopped.
    pub async fn apply_repricing(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Arc<Actor>,
        id: &str,
        today: Day,
    ) -> Result<Repricing, Halt> {
        self.may(actor, Action::RepricingApply)?;
        let number = id.parse().map_err(|_| refusals::not_found("repricing", id))?;
        let row = self.repricing_row(actor, number).await?;
        let approval = approvals::find(&mut *reader(&self.store).await?, &actor.facility, row.approval).await?;
        if approval.is_none_or(|approval| approval.state != "approved") {
            return Err(refusals::conflict(
                "urn:vienphi:problem:not-approved",
                "It is not approved",
                format!("approval {} must be given by another person first", row.approval),
            )
            .into());
        }
        if row.state == "previewing" {
            return Err(refusals::conflict(
                "urn:vienphi:problem:not-previewed",
                "Its preview has not ended",
                "read it again in a moment",
            )
            .into());
        }
        if row.state == "applied" {
            return self.repricing(actor, id, None).await;
        }
        if row.state == "previewed" {
            self.store.write(actor, Keep { id: number, rows: Vec::new(), state: Some("applying") }).await?;
        }
        let mut after = String::new();
        loop {
            let rows =
                repricings::rows(&mut *reader(&self.store).await?, &actor.facility, number, &after, STRETCH).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.encounter);
            for mut row in rows.into_iter().filter(|row| row.state == "previewed") {
                row.state = self.apply_row(pricer, actor, number, &row, today).await?.to_owned();
                self.store.write(actor, Keep { id: number, rows: vec![row], state: None }).await?;
            }
        }
        self.store.write(actor, Keep { id: number, rows: Vec::new(), state: Some("applied") }).await?;
        self.repricing(actor, id, None).await
    }

    async fn apply_row(
        &self,
        pricer: &Arc<Pricer>,
        actor: &Arc<Actor>,
        id: i64,
        row: &repricings::Row,
        today: Day,
    ) -> Result<&'static str, Halt> {
        let reason = format!("repricing {id}");
        let visit = self.row(actor, &row.encounter).await?;
        if visit.statement_version != row.statement_version {
            // Done before an interruption, or changed by somebody meanwhile.
            let mut connection = reader(&self.store).await?;
            let next = Some(row.statement_version + 1);
            let issued = encounters::statements(&mut connection, &actor.facility, &visit.id, next).await?;
            let is_ours = issued.first().is_some_and(|issued| issued.reason == reason);
            return Ok(if is_ours { "applied" } else { "passed" });
        }
        let document = self.document(actor, &visit.id, &visit.snapshot).await?;
        let Ok(encounter) = pricer.read(&document, today) else { return Ok("passed") };
        let Ok(made) = issue::make(pricer, &encounter, today, visit.statement_version + 1) else { return Ok("passed") };
        let after = totals(&made.totals).to_string();
        if after != row.after {
            // What was approved is not what would be issued.
            return Ok("passed");
        }
        let issue =
            Issue::new(&self.store, actor, Action::RepricingApply, reason, Some(visit), &encounter, None, made, false);
        match issue.await?.send(&self.store, actor).await {
            Ok(_) => Ok("applied"),
            Err(Halt::Refused(problem)) if problem.kind == issue::STALE => Ok("passed"),
            Err(halt) => Err(halt),
        }
    }

    async fn repricing_row(&self, actor: &Actor, id: i64) -> Result<repricings::Repricing, Halt> {
        let found = repricings::find(&mut *reader(&self.store).await?, &actor.facility, id).await?;
        found.ok_or_else(|| refusals::not_found("repricing", &id.to_string()).into())
    }

    async fn last_row(&self, actor: &Actor, id: i64) -> Result<String, Halt> {
        let mut after = String::new();
        loop {
            let rows = repricings::rows(&mut *reader(&self.store).await?, &actor.facility, id, &after, PAGE).await?;
            match rows.last() {
                Some(last) => after.clone_from(&last.encounter),
                None => return Ok(after),
            }
        }
    }
}

fn number_of(answer: &Answered) -> Result<i64, Halt> {
    let value: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    value["id"].as_i64().ok_or_else(|| StoreError::Damaged("a repricing has no number".into()).into())
}

fn scope(repricing: &repricings::Repricing) -> Result<Scope, Halt> {
    let asked: Asked = serde_json::from_str(&repricing.scope)
        .map_err(|_| StoreError::Damaged(format!("the scope of repricing {} cannot be read", repricing.id)))?;
    Ok(Scope {
        ids: asked.encounters,
        arrived_from: asked.from.unwrap_or_else(|| "0000-00-00".to_owned()),
        arrived_to: asked.to.unwrap_or_else(|| "9999-12-31".to_owned()),
        state: asked.state,
    })
}

fn totals(totals: &vienphi_domain::statement::Totals) -> serde_json::Value {
    serde_json::json!({
        "amount_hospital": totals.amount_hospital.to_string(), "amount_insured": totals.amount_insured.to_string(),
        "other_sources": totals.other_sources.to_string(), "patient_own": totals.patient_own.to_string(),
        "copayment": totals.copayment.to_string(), "insurer": totals.insurer.to_string(),
        "cash_due": totals.cash_due.to_string(),
    })
}

impl Command for Start {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let id = turn.next_record()?;
        let scope = String::from_utf8_lossy(&json(&self.asked)?).into_owned();
        let ask = Ask {
            kind: "repricing",
            subject: format!("repricing/{id}"),
            amount: 0,
            reason: self.reason.clone(),
            body: scope.clone().into_bytes(),
            action: Action::RepricingAsk,
        };
        let (approval, audit) = super::approvals::keep(turn, ask).await?;
        let repricing = repricings::Repricing {
            id,
            scope,
            reason: self.reason,
            state: "previewing".to_owned(),
            approval: approval.id,
            asked_by: turn.actor().name.to_string(),
            asked_at: turn.now().count(),
        };
        repricings::insert(turn, &repricing, audit).await?;
        answered(202, &serde_json::json!({ "id": id, "approval": approval.id }), audit)
    }
}

impl Command for Keep {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        for row in &self.rows {
            repricings::save_row(turn, self.id, row).await?;
        }
        if let Some(state) = self.state {
            let subject = format!("repricing/{}", self.id);
            turn.audit(&Change {
                action: Action::RepricingApply,
                subject: &subject,
                reason: state,
                before: None,
                after: None,
            })?;
            repricings::set_state(turn, self.id, state).await?;
        }
        Ok(())
    }
}
