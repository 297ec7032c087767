//! Claims: made, sent to the insurer's portal, followed; cards that the portal is asked about; the account it is asked with.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use vienphi_service::desk::claims::ClaimsAsked;

use super::{Asked, Done, Told, halted, json, number};
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::query::{Parameters, Query};
use crate::refusal::Refusal;
use crate::schema::{
    Approval, AskEligibility, Claim, Claims, ClaimsMade, Eligibilities, Eligibility, MakeClaims, OfVersion,
    PortalAccount, ResolveClaim, SetUpPortal, WithdrawClaim,
};

/// Make and check the claims of visits
///
/// By the visits' ids, or by the month in which they ended. What was made already of the same visit and statement stays, so that
/// sending this again changes nothing. A claim that was sent and is outdated is named and left: replace it.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/claims", tag = "claims",
    params(("facility" = String, Path)),
    request_body = MakeClaims,
    responses((status = 200, body = ClaimsMade), CommandRefusals),
)]
pub(crate) async fn make(told: Told) -> Result<Response, Refusal> {
    let (asked, api) = (&told.asked, told.asked.api());
    let made = asked.desk()?.make_claims(&api.pricer(), &asked.actor, &told.document, api.today()).await;
    json(StatusCode::OK, &made.map_err(halted)?)
}

impl Parameters for ClaimsAsked {
    const NAMES: &'static [&'static str] = &["state", "waiting", "outdated", "encounter", "month", "after"];

    fn read(query: &Query<'_>) -> ClaimsAsked {
        let text = |name: &str| query.text(name).map(str::to_owned);
        ClaimsAsked {
            state: text("state"),
            waiting: query.whole("waiting", 0..=1) == Some(1),
            outdated: query.whole("outdated", 0..=1) == Some(1),
            encounter: text("encounter"),
            month: text("month"),
            after: number(query, "after"),
        }
    }
}

/// List claims with their deadlines, in the order of their numbers
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/claims", tag = "claims",
    params(
        ("facility" = String, Path),
        ("state" = Option<String>, Query, description = "draft, checked, signed, sending, sent, received, refused, unknown, withdrawn or replaced"),
        ("waiting" = Option<u8>, Query, description = "1: only those that wait for a person who looks on the portal's pages"),
        ("outdated" = Option<u8>, Query, description = "1: only those whose visit says another thing by now, or was paid since"),
        ("encounter" = Option<String>, Query, description = "Of this visit"),
        ("month" = Option<String>, Query, description = "Discharged in this month, as 2026-03"),
        ("after" = Option<u64>, Query, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Claims), ReadRefusals),
)]
pub(crate) async fn list(asked: Asked) -> Result<Response, Refusal> {
    let wanted = asked.read::<ClaimsAsked>()?;
    json(StatusCode::OK, &asked.desk()?.claims(&asked.actor, &wanted).await.map_err(halted)?)
}

/// Read a claim with its versions, what was found in them and what the portal said
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/claims/{id}", tag = "claims",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Claim), ReadRefusals),
)]
pub(crate) async fn read(asked: Asked) -> Result<Response, Refusal> {
    let claim = asked.desk()?.claim(&asked.actor, asked.id()).await.map_err(halted)?;
    let version = claim.version;
    let body = serde_json::to_vec(&claim).map_err(|_| crate::refusal::panicked())?;
    Ok(super::versioned(body, version))
}

/// Have the newest version sent to the insurer's portal
///
/// It is signed first when the server has the hospital's key. What a check found blocking keeps it from being sent. The answer
/// comes before the sending: follow the claim, or the webhooks `claim.received`, `claim.refused`, `claim.unknown`.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/claims/{id}/submit", tag = "claims",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = OfVersion,
    responses((status = 202, body = Claim), CommandRefusals),
)]
pub(crate) async fn submit(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.submit_claim(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Take the newest version back
///
/// What may be with the portal and is not known to be cannot be taken back. One that the portal has waits for a person afterwards:
/// no service of the portal is known that takes a claim back.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/claims/{id}/withdraw", tag = "claims",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = WithdrawClaim,
    responses((status = 200, body = Claim), CommandRefusals),
)]
pub(crate) async fn withdraw(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.withdraw_claim(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Make a new version of what the visit says now
///
/// The one before stays what it is until the portal has its successor.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/claims/{id}/replace", tag = "claims",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = OfVersion,
    responses((status = 201, body = Claim), CommandRefusals),
)]
pub(crate) async fn replace(told: Told) -> Result<Done, Refusal> {
    let (asked, api) = (&told.asked, told.asked.api());
    let pricer = api.pricer();
    let replaced = asked.desk()?.replace_claim(&pricer, &asked.actor, told.sent()?, asked.id(), api.today());
    Ok(Done(replaced.await.map_err(halted)?))
}

/// Say what a person found on the portal's pages about a claim that waits for that
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/claims/{id}/resolve", tag = "claims",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = ResolveClaim,
    responses((status = 200, body = Claim), CommandRefusals),
)]
pub(crate) async fn resolve(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.resolve_claim(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Read the file of a version, as it was made or sent
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/claims/{id}/versions/{number}/claim.xml", tag = "claims",
    params(("facility" = String, Path), ("id" = String, Path), ("number" = String, Path)),
    responses((status = 200, body = String, content_type = "application/xml"), ReadRefusals),
)]
pub(crate) async fn file(asked: Asked) -> Result<Response, Refusal> {
    let file = asked.desk()?.claim_file(&asked.actor, asked.id(), asked.named("number")).await.map_err(halted)?;
    Ok(xml(file))
}

/// Read the claim file of a visit as it would be made now
///
/// Of the statement that is in force. Nothing is kept, checked or signed.
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/encounters/{id}/claim.xml", tag = "claims",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = String, content_type = "application/xml"), (status = 409, description = "The visit has not ended, or its `clinical` part does not fit"), ReadRefusals),
)]
pub(crate) async fn of_encounter(asked: Asked) -> Result<Response, Refusal> {
    let (desk, today) = (asked.desk()?, asked.api().today());
    Ok(xml(desk.encounter_claim_file(&asked.actor, asked.id(), today).await.map_err(halted)?))
}

/// The name says nothing of the visit: it stays in histories of browsers.
fn xml(file: Vec<u8>) -> Response {
    let headers = [(CONTENT_TYPE, "application/xml"), (CONTENT_DISPOSITION, "attachment; filename=\"claim.xml\"")];
    (headers, file).into_response()
}

/// Ask the insurer's portal about a card, or about a person's co-payments
///
/// An answer that is not older than `max_age_seconds` is told without asking. A card's number is patient data and never stands in a
/// URL: what was asked is read again by its `id` or its patient. 202 while the portal does not answer: `charge` says what may be
/// charged, the portal is asked again by itself, and `eligibility.answered` tells what came.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/eligibility", tag = "claims",
    params(("facility" = String, Path)),
    request_body = AskEligibility,
    responses((status = 200, body = Eligibility), (status = 202, body = Eligibility), CommandRefusals),
)]
pub(crate) async fn ask_eligibility(told: Told) -> Result<Response, Refusal> {
    let asked = &told.asked;
    let shown = asked.desk()?.ask_eligibility(&asked.actor, &told.document).await.map_err(halted)?;
    json(if shown.provisional { StatusCode::ACCEPTED } else { StatusCode::OK }, &shown)
}

/// Read what the portal was asked and answered, with its age
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/eligibility/{id}", tag = "claims",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Eligibility), ReadRefusals),
)]
pub(crate) async fn eligibility(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.eligibility(&asked.actor, asked.id()).await.map_err(halted)?)
}

struct OfPatient {
    patient: Option<String>,
    after: Option<i64>,
}

impl Parameters for OfPatient {
    const NAMES: &'static [&'static str] = &["patient", "after"];

    fn read(query: &Query<'_>) -> OfPatient {
        OfPatient { patient: query.text("patient").map(str::to_owned), after: number(query, "after") }
    }
}

/// List what the portal was asked, the newest first
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/eligibility", tag = "claims",
    params(
        ("facility" = String, Path),
        ("patient" = Option<String>, Query, description = "About this patient"),
        ("after" = Option<u64>, Query, description = "`next` of the page before"),
    ),
    responses((status = 200, body = Eligibilities), ReadRefusals),
)]
pub(crate) async fn eligibilities(asked: Asked) -> Result<Response, Refusal> {
    let OfPatient { patient, after } = asked.read()?;
    let page = asked.desk()?.eligibilities(&asked.actor, patient.as_deref(), after).await.map_err(halted)?;
    json(StatusCode::OK, &page)
}

/// Read the account at the insurer's portal
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/portal", tag = "claims",
    params(("facility" = String, Path)),
    responses((status = 200, body = PortalAccount), ReadRefusals),
)]
pub(crate) async fn portal(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.portal(&asked.actor).await.map_err(halted)?)
}

/// Ask for the account at the insurer's portal to be set up, or anew
///
/// Another person approves it. A password that is not sent stays as it is; it is told to nobody.
#[utoipa::path(
    put, path = "/v1/facilities/{facility}/portal", tag = "claims",
    params(("facility" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = SetUpPortal,
    responses((status = 202, body = Approval), CommandRefusals),
)]
pub(crate) async fn set_up_portal(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.ask_portal(&asked.actor, told.sent()?).await.map_err(halted)?))
}
