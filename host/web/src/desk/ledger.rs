//! The ledger, the audit and the webhooks.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use vienphi_service::desk::ledger::Question;

use super::{After, Asked, Done, Told, halted, json, number};
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::query::{Parameters, Query};
use crate::refusal::Refusal;
use crate::schema::{
    AuditEntries, Deliveries, LedgerAccounts, Nothing, Overview, Postings, Replayed, Webhook, WebhookCreated,
};

struct Wanted {
    question: Question,
    after: Option<String>,
}

impl Parameters for Wanted {
    const NAMES: &'static [&'static str] = &["from", "to", "account", "department", "payer", "after"];

    fn read(query: &Query<'_>) -> Wanted {
        let text = |name: &str| query.text(name).map(str::to_owned);
        let day = |name: &str| query.day(name).map(|day| day.to_string());
        let question = Question {
            from: day("from"),
            to: day("to"),
            account: text("account"),
            department: text("department"),
            payer: text("payer"),
        };
        Wanted { question, after: text("after") }
    }
}

/// The accounts with their sums
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/ledger/accounts", tag = "ledger",
    params(("facility" = String, Path), ("from" = Option<String>, Query), ("to" = Option<String>, Query), ("account" = Option<String>, Query), ("department" = Option<String>, Query), ("payer" = Option<String>, Query)),
    responses((status = 200, body = LedgerAccounts), ReadRefusals),
)]
pub(crate) async fn accounts(asked: Asked) -> Result<Response, Refusal> {
    let wanted = asked.read::<Wanted>()?;
    json(StatusCode::OK, &asked.desk()?.accounts(&asked.actor, &wanted.question).await.map_err(halted)?)
}

struct Days {
    from: Option<String>,
    to: Option<String>,
}

impl Parameters for Days {
    const NAMES: &'static [&'static str] = &["from", "to"];

    fn read(query: &Query<'_>) -> Days {
        let day = |name: &str| query.day(name).map(|day| day.to_string());
        Days { from: day("from"), to: day("to") }
    }
}

/// How the money of some days stands
///
/// Of the last four weeks when no days are named; of 366 days at most. Collected by method, who pays, by day and department, open deposits,
/// claims with faults.
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/overview", tag = "ledger",
    params(("facility" = String, Path), ("from" = Option<String>, Query), ("to" = Option<String>, Query)),
    responses((status = 200, body = Overview), ReadRefusals),
)]
pub(crate) async fn overview(asked: Asked) -> Result<Response, Refusal> {
    let (days, today) = (asked.read::<Days>()?, asked.api().today());
    let overview = asked.desk()?.overview(&asked.actor, days.from.as_deref(), days.to.as_deref(), today);
    json(StatusCode::OK, &overview.await.map_err(halted)?)
}

/// The postings in order
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/ledger/journals", tag = "ledger",
    params(("facility" = String, Path), ("from" = Option<String>, Query), ("to" = Option<String>, Query), ("account" = Option<String>, Query), ("department" = Option<String>, Query), ("payer" = Option<String>, Query), ("after" = Option<String>, Query)),
    responses((status = 200, body = Postings), ReadRefusals),
)]
pub(crate) async fn journals(asked: Asked) -> Result<Response, Refusal> {
    let wanted = asked.read::<Wanted>()?;
    let page = asked.desk()?.journals(&asked.actor, &wanted.question, wanted.after.as_deref());
    json(StatusCode::OK, &page.await.map_err(halted)?)
}

/// The ledger as a spreadsheet
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/ledger/export.xlsx", tag = "ledger",
    params(("facility" = String, Path), ("from" = Option<String>, Query), ("to" = Option<String>, Query), ("account" = Option<String>, Query), ("department" = Option<String>, Query), ("payer" = Option<String>, Query)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", description = "The spreadsheet"), ReadRefusals),
)]
pub(crate) async fn export(asked: Asked) -> Result<Response, Refusal> {
    let wanted = asked.read::<Wanted>()?;
    let book = asked.desk()?.export(&asked.actor, &wanted.question).await.map_err(halted)?;
    let headers = [
        ("content-type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("content-disposition", "attachment; filename=\"ledger.xlsx\""),
    ];
    Ok((headers, book).into_response())
}

struct Entries {
    after: Option<i64>,
    actor: Option<String>,
    subject: Option<String>,
}

impl Parameters for Entries {
    const NAMES: &'static [&'static str] = &["after", "actor", "subject"];

    fn read(query: &Query<'_>) -> Entries {
        let text = |name: &str| query.text(name).map(str::to_owned);
        Entries { after: number(query, "after"), actor: text("actor"), subject: text("subject") }
    }
}

/// The audit, the newest entry first
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/audit", tag = "ledger",
    params(("facility" = String, Path), ("after" = Option<i64>, Query), ("actor" = Option<String>, Query), ("subject" = Option<String>, Query)),
    responses((status = 200, body = AuditEntries), ReadRefusals),
)]
pub(crate) async fn audit(asked: Asked) -> Result<Response, Refusal> {
    let Entries { after, actor, subject } = asked.read()?;
    json(StatusCode::OK, &asked.desk()?.audit(&asked.actor, after, actor, subject).await.map_err(halted)?)
}

/// Tell somebody of what happens
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/webhooks", tag = "webhooks",
    params(("facility" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Webhook,
    responses((status = 201, body = WebhookCreated), CommandRefusals),
)]
pub(crate) async fn create_webhook(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.create_webhook(&asked.actor, told.sent()?).await.map_err(halted)?))
}

/// How telling went, the newest message first
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/webhooks/{id}/deliveries", tag = "webhooks",
    params(("facility" = String, Path), ("id" = String, Path), ("after" = Option<i64>, Query)),
    responses((status = 200, body = Deliveries), ReadRefusals),
)]
pub(crate) async fn deliveries(asked: Asked) -> Result<Response, Refusal> {
    let after = asked.read::<After>()?.after;
    json(StatusCode::OK, &asked.desk()?.deliveries(&asked.actor, asked.id(), after).await.map_err(halted)?)
}

/// Tell a message once more
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/webhooks/{id}/deliveries/{message}/replay", tag = "webhooks",
    params(("facility" = String, Path), ("id" = String, Path), ("message" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Nothing,
    responses((status = 202, body = Replayed), CommandRefusals),
)]
pub(crate) async fn replay(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    let replayed = asked.desk()?.replay_delivery(&asked.actor, told.sent()?, asked.id(), asked.named("message"));
    Ok(Done(replayed.await.map_err(halted)?))
}
