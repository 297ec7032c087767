//! Stripe as docs.stripe.com describes it: checkout sessions, the payer's page, refunds, idempotency keys and signed events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::page::{escaped, faults, page};
use crate::server::Server;
use crate::sign::sha256;

/// Stripe, and the one account that it has here.
pub struct Stripe {
    desk: Arc<Desk>,
    server: Server,
}

struct Desk {
    secret_key: String,
    webhook_secret: String,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Where the hospital is told.
    callback: String,
    /// Where this server is.
    own: String,
    sessions: BTreeMap<String, Session>,
    refunds: BTreeMap<String, Refund>,
    /// What was answered under a key, and what was asked.
    keys: BTreeMap<String, (String, Value)>,
    /// The next question or command goes wrong in this way.
    next: Option<Fault>,
    /// The status of each answer of the hospital.
    answers: Vec<u16>,
    events: u64,
}

#[derive(Debug, Clone)]
struct Session {
    reference: String,
    amount: i64,
    currency: String,
    name: String,
    back: String,
    created: u64,
    expires: u64,
    status: &'static str,
    payment_status: &'static str,
    payment: Option<String>,
    paid: i64,
    paid_at: u64,
    metadata: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
struct Refund {
    payment: String,
    amount: i64,
    metadata: BTreeMap<String, String>,
    status: &'static str,
    created: u64,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs()
}

impl Stripe {
    /// An account with its secrets; on a free port for 0.
    pub fn start(secret_key: &str, webhook_secret: &str, port: u16) -> Stripe {
        let (secret_key, webhook_secret) = (secret_key.to_owned(), webhook_secret.to_owned());
        let desk = Arc::new(Desk { secret_key, webhook_secret, inner: Mutex::default() });
        let router = Router::new()
            .route("/v1/checkout/sessions", post(create))
            .route("/v1/checkout/sessions/{id}", get(retrieve))
            .route("/v1/refunds", post(refund).get(refunds))
            .route("/c/pay/{id}", get(payer).post(pay))
            .with_state(Arc::clone(&desk));
        let server = Server::start(router, port);
        desk.inner().own = format!("http://{}", server.address);
        Stripe { desk, server }
    }

    /// Where questions and commands go.
    pub fn api_url(&self) -> String {
        format!("http://{}/v1", self.server.address)
    }

    /// Where payers go.
    pub fn page_url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Tells this hospital from now on.
    pub fn tell(&self, callback: &str) {
        self.desk.inner().callback = callback.to_owned();
    }

    /// The next question or command goes wrong.
    pub fn fail_next(&self, fault: Fault) {
        self.desk.inner().next = Some(fault);
    }

    /// The payer pays; the statuses of the hospital's answers to what it is told of that.
    pub fn pay(&self, reference: &str, fault: Fault) -> Vec<u16> {
        let before = self.desk.inner().answers.len();
        let id = self.desk.id_of(reference).expect("there is such a session");
        self.desk.pay(&id, fault);
        self.desk.inner().answers[before..].to_vec()
    }

    /// A session is paid, and nobody is told.
    pub fn mark_paid(&self, reference: &str) {
        self.pay(reference, Fault::Never);
    }

    /// Tells of a session as it is asked to; the status of the hospital's answer.
    pub fn tell_of(&self, reference: &str, kind: &str, is_right: bool) -> Option<u16> {
        let id = self.desk.id_of(reference)?;
        let told = {
            let inner = self.desk.inner();
            let mut session = inner.sessions.get(&id)?.clone();
            match kind {
                "checkout.session.expired" => (session.status, session.payment_status) = ("expired", "unpaid"),
                "checkout.session.async_payment_failed" => session.payment_status = "unpaid",
                // A forger claims what has not happened.
                _ if !is_right => (session.payment_status, session.paid) = ("paid", session.amount),
                _ => {}
            }
            session.written(&id, &inner.own, false)
        };
        let before = self.desk.inner().answers.len();
        self.desk.notify(kind, told, is_right);
        self.desk.inner().answers.get(before).copied()
    }

    /// How many sessions were made for a reference.
    pub fn sessions(&self, reference: &str) -> usize {
        self.desk.inner().sessions.values().filter(|session| session.reference == reference).count()
    }

    /// What was given back of the payment for a reference, in đồng, and by how many refunds.
    pub fn given_back(&self, reference: &str) -> (i64, usize) {
        let inner = self.desk.inner();
        let payment = inner.sessions.values().find(|session| session.reference == reference);
        let payment = payment.and_then(|session| session.payment.clone());
        let own = inner.refunds.values().filter(|refund| Some(&refund.payment) == payment.as_ref());
        let went: Vec<i64> = own.filter(|refund| refund.status != "failed").map(|refund| refund.amount).collect();
        (went.iter().sum(), went.len())
    }

    /// A day and more has passed: what was asked before is not known by its key any more.
    pub fn forget_keys(&self) {
        self.desk.inner().keys.clear();
    }

    /// Somebody gives money back in Stripe's own pages, which is told.
    pub fn refund_by_hand(&self, reference: &str, amount: i64) -> Option<u16> {
        let payment = self.payment_of(reference);
        let (status, metadata) = ("succeeded", BTreeMap::new());
        let refund = Refund { payment, amount, metadata, status, created: now() };
        let id = {
            let mut inner = self.desk.inner();
            let id = format!("re_{:08}", inner.refunds.len() + 1);
            inner.refunds.insert(id.clone(), refund.clone());
            id
        };
        self.told("refund.created", refund.written(&id))
    }

    /// The card's bank takes the money of a payment back for as long as its owner does not own to it, which is told; or it comes
    /// again (`charge.dispute.funds_reinstated`).
    pub fn dispute(&self, reference: &str, kind: &str) -> Option<u16> {
        let payment = self.payment_of(reference);
        let amount = self.desk.inner().sessions.values().find(|session| session.reference == reference)?.paid;
        let dispute = json!({
            "id": format!("dp_{payment}"), "object": "dispute", "amount": amount, "currency": "vnd", "charge": "ch_simulated",
            "payment_intent": payment, "reason": "fraudulent", "status": "needs_response", "balance_transactions": [],
        });
        self.told(kind, dispute)
    }

    /// Another shop of the same account is paid, which is told here, too.
    pub fn pay_another_shop(&self, amount: i64) -> Option<u16> {
        let session = Session {
            reference: "order-17".to_owned(),
            amount,
            currency: "vnd".to_owned(),
            name: "Cà phê".to_owned(),
            back: "https://shop.example/".to_owned(),
            created: now(),
            expires: now() + 3_600,
            status: "complete",
            payment_status: "paid",
            payment: Some("pi_of_another_shop".to_owned()),
            paid: amount,
            paid_at: now(),
            metadata: BTreeMap::new(),
        };
        self.told("checkout.session.completed", session.written("cs_test_b1", &self.page_url(), false))
    }

    fn payment_of(&self, reference: &str) -> String {
        let inner = self.desk.inner();
        let session = inner.sessions.values().find(|session| session.reference == reference);
        session.and_then(|session| session.payment.clone()).expect("it was paid")
    }

    /// The hospital's answer to an event.
    fn told(&self, kind: &str, object: Value) -> Option<u16> {
        let before = self.desk.inner().answers.len();
        self.desk.notify(kind, object, true);
        self.desk.inner().answers.get(before).copied()
    }

    /// A refund of the payment for a reference ends (`succeeded`), or comes back (`failed`), and that is told.
    pub fn decide_refund(&self, reference: &str, status: &'static str) {
        let payment = self.payment_of(reference);
        let told = {
            let mut inner = self.desk.inner();
            let own = inner.refunds.iter_mut().find(|(_, refund)| refund.payment == payment);
            let (id, refund) = own.expect("it was asked back");
            refund.status = status;
            (id.clone(), refund.clone())
        };
        let kind = if status == "failed" { "refund.failed" } else { "refund.updated" };
        self.desk.notify(kind, told.1.written(&told.0), true);
    }
}

impl Session {
    /// As the interface of 2026-09-30 writes it, without what a payment of one amount never has; with the payment and its
    /// charge as a whole when that is asked for.
    fn written(&self, id: &str, own: &str, is_whole: bool) -> Value {
        let payment = match (&self.payment, is_whole) {
            (Some(payment), true) => self.payment_written(payment),
            (payment, _) => json!(payment),
        };
        json!({
            "id": id, "object": "checkout.session", "amount_subtotal": self.amount,
            "amount_total": if self.payment_status == "paid" { self.paid } else { self.amount },
            "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
            "cancel_url": self.back, "client_reference_id": self.reference, "created": self.created,
            "currency": self.currency, "custom_fields": [],
            "custom_text": {
                "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
            },
            "expires_at": self.expires, "livemode": false, "metadata": self.metadata, "mode": "payment",
            "payment_intent": payment, "payment_method_types": ["card"], "payment_status": self.payment_status,
            "shipping_options": [], "status": self.status, "success_url": self.back,
            "url": if self.status == "open" { json!(format!("{own}/c/pay/{id}")) } else { Value::Null },
        })
    }

    fn payment_written(&self, payment: &str) -> Value {
        let charge = json!({
            "id": "ch_simulated", "object": "charge", "amount": self.paid, "amount_captured": self.paid, "amount_refunded": 0,
            "billing_details": { "address": null, "email": null, "name": null, "phone": null, "tax_id": null },
            "captured": true, "created": self.paid_at, "currency": self.currency, "disputed": false, "livemode": false,
            "metadata": {}, "paid": true, "payment_intent": payment, "refunded": false, "status": "succeeded",
        });
        json!({
            "id": payment, "object": "payment_intent", "amount": self.paid, "amount_capturable": 0,
            "amount_received": self.paid, "capture_method": "automatic_async", "confirmation_method": "automatic",
            "created": self.created, "currency": self.currency, "latest_charge": charge, "livemode": false,
            "metadata": { "vienphi_reference": self.reference }, "payment_method_types": ["card"], "status": "succeeded",
        })
    }
}

impl Refund {
    fn written(&self, id: &str) -> Value {
        json!({
            "id": id, "object": "refund", "amount": self.amount, "charge": "ch_simulated", "created": self.created,
            "currency": "vnd", "metadata": self.metadata, "payment_intent": self.payment, "reason": null,
            "receipt_number": null, "status": self.status,
            "failure_reason": if self.status == "failed" { json!("expired_or_canceled_card") } else { Value::Null },
        })
    }
}

impl Desk {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn id_of(&self, reference: &str) -> Option<String> {
        let inner = self.inner();
        let found = inner.sessions.iter().find(|(_, session)| session.reference == reference);
        found.map(|(id, _)| id.clone())
    }

    fn pay(&self, id: &str, fault: Fault) {
        let (paid, failed) = {
            let mut inner = self.inner();
            let own = inner.own.clone();
            let Some(session) = inner.sessions.get_mut(id).filter(|session| session.status == "open") else { return };
            let mut failed = session.clone();
            failed.status = "complete";
            if fault != Fault::Refused {
                session.status = "complete";
                session.payment_status = "paid";
                session.paid_at = now();
                session.payment = Some(format!("pi_{}", &id["cs_test_".len()..]));
                session.paid = match fault {
                    Fault::OtherAmount(amount) => i64::try_from(amount).unwrap_or(0),
                    _ => session.amount,
                };
            }
            (session.written(id, &own, false), failed.written(id, &own, false))
        };
        let tell_paid = |is_right| self.notify("checkout.session.completed", paid.clone(), is_right);
        let tell_failed = || self.notify("checkout.session.async_payment_failed", failed.clone(), true);
        match fault {
            Fault::Never | Fault::SilentAfterDoing => {}
            Fault::Refused => tell_failed(),
            Fault::WrongSignature => tell_paid(false),
            Fault::Late(seconds) => {
                std::thread::sleep(Duration::from_secs(seconds));
                tell_paid(true);
            }
            Fault::Twice => {
                tell_paid(true);
                tell_paid(true);
            }
            Fault::OutOfOrder => {
                tell_paid(true);
                tell_failed();
            }
            Fault::None | Fault::OtherAmount(_) => tell_paid(true),
        }
    }

    /// Tells the hospital, signed over the second and the body (source: docs.stripe.com/webhooks).
    fn notify(&self, kind: &str, object: Value, is_right: bool) {
        let (callback, number) = {
            let mut inner = self.inner();
            inner.events += 1;
            (inner.callback.clone(), inner.events)
        };
        let at = now();
        let body = json!({
            "id": format!("evt_{number}"), "object": "event", "api_version": "2026-09-30.endive", "created": at,
            "data": { "object": object }, "livemode": false, "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null }, "type": kind,
        })
        .to_string();
        let secret = if is_right { self.webhook_secret.as_str() } else { "another secret" };
        let tag = sha256(secret, format!("{at}.{body}").as_bytes());
        let sent = ureq::post(&callback)
            .config()
            .http_status_as_error(false)
            .build()
            .header("content-type", "application/json")
            .header("stripe-signature", format!("t={at},v1={tag}"))
            .send(&body);
        if let Ok(answer) = sent {
            self.inner().answers.push(answer.status().as_u16());
        }
    }

    /// Who asks, and whether it was asked before; then what is answered.
    async fn answer(
        &self,
        headers: &HeaderMap,
        asked: &str,
        work: impl FnOnce(&mut Inner, Option<Fault>) -> Result<Value, (u16, &'static str)>,
    ) -> Response {
        let header =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        if header("authorization") != format!("Bearer {}", self.secret_key) {
            return refusal(401, "api_key_expired");
        }
        if header("stripe-version").is_empty() {
            return refusal(400, "a version is asked for by this simulator");
        }
        let key = header("idempotency-key");
        let (answer, fault) = {
            let mut inner = self.inner();
            let fault = inner.next.take();
            match inner.keys.get(&key).filter(|_| !key.is_empty()) {
                Some((before, _)) if before != asked => return refusal(400, "idempotency_error"),
                Some((_, answer)) => (Ok(answer.clone()), fault),
                None => {
                    let answer = work(&mut inner, fault);
                    if let Ok(answer) = &answer
                        && !key.is_empty()
                    {
                        inner.keys.insert(key, (asked.to_owned(), answer.clone()));
                    }
                    (answer, fault)
                }
            }
        };
        if fault == Some(Fault::SilentAfterDoing) {
            // Longer than anybody waits.
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        match answer {
            Ok(answer) => Json(answer).into_response(),
            Err((status, code)) => refusal(status, code),
        }
    }
}

fn refusal(status: u16, code: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status of HTTP");
    let error = json!({ "error": { "code": code, "message": code, "type": "invalid_request_error" } });
    (status, Json(error)).into_response()
}

fn fields(form: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(form.as_bytes()).into_owned().collect()
}

fn metadata(told: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let inside = |name: &String| Some(name.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
    told.iter().filter_map(|(name, value)| Some((inside(name)?, value.clone()))).collect()
}

async fn create(State(desk): State<Arc<Desk>>, headers: HeaderMap, form: String) -> Response {
    desk.answer(&headers, &form, |inner, fault| {
        let told = fields(&form);
        let field = |name: &str| told.get(name).cloned().unwrap_or_default();
        let price = "line_items[0][price_data]";
        let amount: i64 = field(&format!("{price}[unit_amount]")).parse().map_err(|_| (400, "parameter_missing"))?;
        if fault == Some(Fault::Refused) {
            return Err((400, "amount_too_small"));
        }
        let created = now();
        let expires = field("expires_at").parse().unwrap_or(created + 86_400);
        if field("mode") != "payment" || !(created + 1_800..=created + 86_400).contains(&expires) {
            return Err((400, "parameter_invalid_integer"));
        }
        let session = Session {
            reference: field("client_reference_id"),
            amount,
            currency: field(&format!("{price}[currency]")),
            name: field(&format!("{price}[product_data][name]")),
            back: field("success_url"),
            created,
            expires,
            status: "open",
            payment_status: "unpaid",
            payment: None,
            paid: 0,
            paid_at: 0,
            metadata: metadata(&told),
        };
        let id = format!("cs_test_a{:08}", inner.sessions.len() + 1);
        let answer = session.written(&id, &inner.own, false);
        inner.sessions.insert(id, session);
        Ok(answer)
    })
    .await
}

async fn retrieve(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(told): Query<BTreeMap<String, String>>,
) -> Response {
    let is_whole = told.get("expand[0]").is_some_and(|what| what == "payment_intent.latest_charge");
    desk.answer(&headers, "", |inner, _| {
        let session = inner.sessions.get(&id).ok_or((404, "resource_missing"))?;
        Ok(session.written(&id, &inner.own, is_whole))
    })
    .await
}

async fn refund(State(desk): State<Arc<Desk>>, headers: HeaderMap, form: String) -> Response {
    desk.answer(&headers, &form, |inner, fault| {
        let told = fields(&form);
        let payment = told.get("payment_intent").cloned().unwrap_or_default();
        let session = inner.sessions.values().find(|session| session.payment.as_ref() == Some(&payment));
        let paid = session.ok_or((404, "resource_missing"))?.paid;
        let before: i64 =
            inner.refunds.values().filter(|refund| refund.payment == payment).map(|refund| refund.amount).sum();
        let amount: i64 = told.get("amount").and_then(|amount| amount.parse().ok()).unwrap_or(paid);
        if fault == Some(Fault::Refused) {
            return Err((400, "balance_insufficient"));
        }
        if before + amount > paid {
            return Err((400, "charge_already_refunded"));
        }
        let refund = Refund { payment, amount, metadata: metadata(&told), status: "pending", created: now() };
        let id = format!("re_{:08}", inner.refunds.len() + 1);
        let answer = refund.written(&id);
        inner.refunds.insert(id, refund);
        Ok(answer)
    })
    .await
}

async fn refunds(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(told): Query<BTreeMap<String, String>>,
) -> Response {
    desk.answer(&headers, "", |inner, _| {
        let own = inner.refunds.iter().filter(|(_, refund)| Some(&refund.payment) == told.get("payment_intent"));
        let data: Vec<Value> = own.map(|(id, refund)| refund.written(id)).collect();
        Ok(json!({ "object": "list", "data": data, "has_more": false, "url": "/v1/refunds" }))
    })
    .await
}

async fn payer(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Html<String> {
    let Some(session) = desk.inner().sessions.get(&id).filter(|session| session.status == "open").cloned() else {
        return page("Stripe", "<p>Không có phiên thanh toán này");
    };
    let (name, reference) = (escaped(&session.name), escaped(&session.reference));
    page(
        "Stripe Checkout",
        &format!(
            "<dl><dt>Nội dung<dd>{name}<dt>Mã đơn<dd>{reference}<dt>Số tiền<dd>{} đ</dl>\
             <form method=\"post\">{}<button>Thanh toán bằng thẻ 4242 4242 4242 4242</button></form>",
            session.amount,
            faults()
        ),
    )
}

#[derive(serde::Deserialize)]
struct Paying {
    #[serde(default)]
    fault: String,
}

async fn pay(State(desk): State<Arc<Desk>>, Path(id): Path<String>, Form(paying): Form<Paying>) -> Response {
    let Some(fault) = Fault::parse(&paying.fault) else {
        return page("Stripe", "<p>Sự cố không rõ").into_response();
    };
    let Some(back) = desk.inner().sessions.get(&id).map(|session| session.back.clone()) else {
        return page("Stripe", "<p>Không có phiên thanh toán này").into_response();
    };
    let told = tokio::task::spawn_blocking(move || desk.pay(&id, fault));
    if matches!(fault, Fault::Late(_)) {
        drop(told);
    } else {
        // A task that panicked told nobody.
        let _ = told.await;
    }
    Redirect::to(&back).into_response()
}
