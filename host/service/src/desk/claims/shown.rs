//! A claim in an answer.

use serde::Serialize;
use vienphi_claims::{Calendar, ClaimState, Since};
use vienphi_domain::{Day, Moment};
use vienphi_store::Halt;
use vienphi_store::claims::{self, Listed, Step, Version};

use super::{Answer, Told, state_of};
use crate::desk::money::moment;

/// A claim as it stands.
#[derive(Debug, Serialize)]
pub struct ClaimShown {
    /// The facility's number of it.
    pub id: i64,
    /// Of which visit.
    pub encounter: String,
    /// The newest version.
    pub version: i64,
    /// Its state.
    pub state: String,
    /// The visit says another thing by now, or was paid since.
    pub outdated: bool,
    discharged_on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    findings: i64,
    blocking: i64,
    /// What the portal calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// It waits for a person who looks on the portal's pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<String>,
    changed_at: String,
    deadlines: Vec<Deadline>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    versions: Vec<VersionShown>,
}

/// By when something is to be done.
#[derive(Debug, Serialize)]
struct Deadline {
    name: String,
    day: Day,
    late: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    uncertain: bool,
    ground: String,
}

#[derive(Debug, Serialize)]
struct VersionShown {
    version: i64,
    state: String,
    signed: bool,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<i64>,
    tries: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<String>,
    created_at: String,
    created_by: String,
    findings: Vec<serde_json::Value>,
    answers: Vec<Answer>,
    steps: Vec<StepShown>,
}

#[derive(Debug, Serialize)]
struct StepShown {
    event: String,
    state: String,
    at: String,
    by: String,
}

impl ClaimShown {
    pub(super) fn listed(row: &Listed, calendar: &Calendar, now: Moment) -> ClaimShown {
        let version = &row.version;
        ClaimShown {
            id: version.claim,
            encounter: row.encounter.clone(),
            version: version.version,
            state: version.state.clone(),
            outdated: row.is_outdated(),
            discharged_on: version.discharged_on.clone(),
            paid_at: version.paid_at.clone(),
            findings: version.findings,
            blocking: version.blocking,
            transaction_id: version.transaction_id.clone(),
            waits_since: version.waits_since.map(moment),
            next_at: version.due_at.map(moment),
            changed_at: moment(version.changed_at),
            deadlines: deadlines(version, calendar, now),
            versions: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, row: &Version, told: Told, steps: &[Step]) -> Result<(), Halt> {
        let step = |step: &Step| StepShown {
            event: step.event.clone(),
            state: step.state.clone(),
            at: moment(step.at),
            by: step.actor.clone(),
        };
        self.versions.push(VersionShown {
            version: row.version,
            state: row.state.clone(),
            signed: row.is_signed == 1,
            digest: claims::document(row)?.to_string(),
            paid_at: row.paid_at.clone(),
            replaces: row.replaces,
            tries: row.tries,
            sent_at: row.sent_at.map(moment),
            transaction_id: row.transaction_id.clone(),
            received_at: row.received_at.clone(),
            created_at: moment(row.created_at),
            created_by: row.created_by.clone(),
            findings: told.findings,
            answers: told.answers,
            steps: steps.iter().map(step).collect(),
        });
        Ok(())
    }
}

/// The deadlines of a claim. What the portal has is late by the day it came, everything else by today.
fn deadlines(row: &Version, calendar: &Calendar, now: Moment) -> Vec<Deadline> {
    let Some(discharged) = Day::parse(&row.discharged_on) else { return Vec::new() };
    let state = state_of(row).ok();
    let is_there = matches!(state, Some(ClaimState::Received | ClaimState::Replaced));
    let came = row.sent_at.filter(|_| is_there).map(|at| Moment::from_count(at).day());
    let mut due = calendar.due(Since::Discharge, discharged);
    due.extend(calendar.due(Since::Month, discharged));
    if state == Some(ClaimState::Refused) {
        due.extend(calendar.due(Since::Refusal, Moment::from_count(row.changed_at).day()));
    }
    let on = came.unwrap_or_else(|| now.day());
    let shown = |due: vienphi_claims::Due| Deadline {
        late: due.is_late(on),
        uncertain: due.is_uncertain,
        name: due.name,
        day: due.day,
        ground: due.ground,
    };
    due.into_iter().map(shown).collect()
}
