//! How a test, a demo or a person steers the simulator over HTTP, and sees what came in. Nothing of it exists on a portal.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::answering::answer;
use super::data::{Desk, PortalAccount, PortalCard, Settings};
use super::faults::Faults;
use crate::page::{escaped, page};

/// A file in base64 with its form around it.
const LONGEST_BODY: usize = 96 * 1024 * 1024;

pub(crate) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/", get(overview))
        .route("/simulator/claims", get(claims))
        .route("/simulator/calls", get(calls))
        .route("/simulator/faults", get(faults).post(set_faults))
        .route("/simulator/faults/next", post(next_faults))
        .route("/simulator/settings", get(settings).post(set_settings))
        .route("/simulator/accounts", post(put_account))
        .route("/simulator/cards", post(put_card))
        .fallback(answer)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(desk)
}

/// Everything that was accepted, with how often, and everything that was refused.
async fn claims(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let inner = desk.inner();
    let claims: Vec<_> = inner.claims.values().collect();
    Json(json!({"claims": claims, "refused": inner.refused, "arrivals": inner.arrivals}))
}

async fn calls(State(desk): State<Arc<Desk>>) -> Json<Value> {
    Json(json!(desk.inner().calls))
}

async fn faults(State(desk): State<Arc<Desk>>) -> Json<Faults> {
    Json(desk.inner().faults.clone())
}

async fn set_faults(State(desk): State<Arc<Desk>>, Json(faults): Json<Faults>) -> StatusCode {
    desk.inner().faults = faults;
    StatusCode::NO_CONTENT
}

async fn next_faults(State(desk): State<Arc<Desk>>, Json(faults): Json<Faults>) -> StatusCode {
    desk.inner().next.push_back(faults);
    StatusCode::NO_CONTENT
}

async fn settings(State(desk): State<Arc<Desk>>) -> Json<Settings> {
    Json(desk.inner().settings.clone())
}

async fn set_settings(State(desk): State<Arc<Desk>>, Json(settings): Json<Settings>) -> StatusCode {
    desk.inner().settings = settings;
    StatusCode::NO_CONTENT
}

async fn put_account(State(desk): State<Arc<Desk>>, Json(account): Json<PortalAccount>) -> StatusCode {
    desk.put_account(account);
    StatusCode::NO_CONTENT
}

async fn put_card(State(desk): State<Arc<Desk>>, Json(card): Json<PortalCard>) -> StatusCode {
    desk.put_card(card);
    StatusCode::NO_CONTENT
}

/// For a person: what came in.
async fn overview(State(desk): State<Arc<Desk>>) -> Html<String> {
    let inner = desk.inner();
    let received: String = inner
        .claims
        .values()
        .map(|kept| {
            format!(
                "<dt>{}<dd>{} · {} đ · {} · {} lần",
                escaped(&kept.visit),
                escaped(&kept.transaction),
                kept.total,
                if kept.is_signed { "đã ký" } else { "chưa ký" },
                kept.count
            )
        })
        .collect();
    let refused: String = inner
        .refused
        .iter()
        .map(|refused| {
            let visit = refused.visit.as_deref().unwrap_or("?");
            format!("<dt>{}<dd>{} · {}", escaped(visit), refused.code, escaped(&refused.reasons.join("; ")))
        })
        .collect();
    page(
        "Cổng giám định BHYT",
        &format!(
            "<h2>Đã nhận: {}</h2><dl>{received}</dl><h2>Từ chối: {}</h2><dl>{refused}</dl>",
            inner.claims.len(),
            inner.refused.len()
        ),
    )
}

impl Desk {
    /// In place of the one with the same name.
    pub(crate) fn put_account(&self, account: PortalAccount) {
        let mut inner = self.inner();
        inner.accounts.retain(|known| known.username != account.username);
        inner.accounts.push(account);
    }

    /// In place of the one with the same number.
    pub(crate) fn put_card(&self, card: PortalCard) {
        let mut inner = self.inner();
        inner.cards.retain(|known| known.number != card.number);
        inner.cards.push(card);
    }
}
