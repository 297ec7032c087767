//! VNPay 2.1.0 as sandbox.vnpayment.vn/apis describes it: the payer's page, the notification (IPN), querydr and refund.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::extract::{Form, Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::page::{escaped, faults, page};
use crate::server::Server;
use crate::sign::sha512;

/// A gateway.
pub struct VnPay {
    desk: Arc<Desk>,
    server: Server,
}

struct Desk {
    terminal: String,
    secret: String,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Where the hospital is told.
    callback: String,
    orders: BTreeMap<String, Order>,
    /// The next question or refund goes wrong in this way.
    next: Option<Fault>,
    /// What the hospital answered to notifications.
    answers: Vec<Value>,
    transactions: u64,
}

#[derive(Debug, Clone)]
struct Order {
    /// In 1/100 đồng.
    amount: u64,
    created: String,
    info: String,
    return_url: String,
    /// 01 not paid, 00 paid, 02 failed; of the refund beside it: 05 goes, 00 went, 09 refused.
    status: &'static str,
    paid: u64,
    number: String,
    refund: Option<(&'static str, &'static str, u64)>,
    /// Asked for under these numbers.
    asked: Vec<String>,
}

impl VnPay {
    /// A terminal with its secret; on a free port.
    pub fn start(terminal: &str, secret: &str, port: u16) -> VnPay {
        let (terminal, secret) = (terminal.to_owned(), secret.to_owned());
        let desk = Arc::new(Desk { terminal, secret, inner: Mutex::default() });
        let router = Router::new()
            .route("/paymentv2/vpcpay.html", get(payer))
            .route("/pay/{reference}", post(pay))
            .route("/merchant_webapi/api/transaction", post(transaction))
            .with_state(Arc::clone(&desk));
        VnPay { desk, server: Server::start(router, port) }
    }

    /// Where payers go.
    pub fn pay_url(&self) -> String {
        format!("http://{}/paymentv2/vpcpay.html", self.server.address)
    }

    /// Where questions and refunds go.
    pub fn api_url(&self) -> String {
        format!("http://{}/merchant_webapi/api/transaction", self.server.address)
    }

    /// Tells this hospital from now on.
    pub fn tell(&self, callback: &str) {
        self.desk.inner().callback = callback.to_owned();
    }

    /// The next question or refund goes wrong.
    pub fn fail_next(&self, fault: Fault) {
        self.desk.inner().next = Some(fault);
    }

    /// The payer opens the address: what the page says, or why it is refused.
    pub fn open(&self, url: &str) -> Result<String, String> {
        let mut answer = ureq::get(url).call().map_err(|error| error.to_string())?;
        let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
        if text.contains("Sai chữ ký") { Err(text) } else { Ok(text) }
    }

    /// The payer pays; the hospital's answers to what it is told of that.
    pub fn pay(&self, reference: &str, fault: Fault) -> Vec<Value> {
        let before = self.desk.inner().answers.len();
        self.desk.pay(reference, fault);
        self.desk.inner().answers[before..].to_vec()
    }

    /// Tells of a payment that was made, again.
    pub fn tell_again(&self, reference: &str) -> Option<Value> {
        self.desk.notify(reference, "00", "00", true)
    }

    /// Tells of a payment as it is asked to: code, status, number and amount in đồng.
    pub fn tell_of(&self, reference: &str, (code, status): (&str, &str), number: u64, amount: u64) -> Option<Value> {
        {
            let mut inner = self.desk.inner();
            let order = inner.orders.get_mut(reference)?;
            // Once it is paid, another try that failed is not what a question is answered with.
            if code == "00" || order.status != "00" {
                order.number = number.to_string();
                order.paid = amount * 100;
            }
            order.status = if code == "00" || order.status == "00" { "00" } else { "02" };
        }
        self.desk.notify(reference, code, status, true)
    }

    /// Tells of a payment under a signature that is not its own.
    pub fn forge(&self, reference: &str) -> Option<Value> {
        self.desk.notify(reference, "00", "00", false)
    }

    /// A refund that was accepted goes (`00`) or is refused (`09`).
    pub fn decide_refund(&self, reference: &str, status: &'static str) {
        if let Some(order) = self.desk.inner().orders.get_mut(reference)
            && let Some(refund) = &mut order.refund
        {
            refund.1 = status;
        }
    }

    /// What was given back of a payment, in đồng.
    pub fn given_back(&self, reference: &str) -> u64 {
        let inner = self.desk.inner();
        let refund = inner.orders.get(reference).and_then(|order| order.refund);
        refund.map_or(0, |(_, status, amount)| if status == "09" { 0 } else { amount / 100 })
    }

    /// How often a refund was asked for, whatever came of it.
    pub fn refunds_asked(&self, reference: &str) -> usize {
        self.desk.inner().orders.get(reference).map_or(0, |order| order.asked.len())
    }
}

impl Desk {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn pay(&self, reference: &str, fault: Fault) {
        {
            let mut inner = self.inner();
            inner.transactions += 1;
            let number = (14_422_573 + inner.transactions).to_string();
            let Some(order) = inner.orders.get_mut(reference) else { return };
            order.number = number;
            order.paid = match fault {
                Fault::OtherAmount(amount) => amount * 100,
                _ => order.amount,
            };
            order.status = if fault == Fault::Refused { "02" } else { "00" };
        }
        match fault {
            Fault::Never | Fault::SilentAfterDoing => {}
            Fault::Refused => drop(self.notify(reference, "51", "02", true)),
            Fault::WrongSignature => drop(self.notify(reference, "00", "00", false)),
            Fault::Late(seconds) => {
                std::thread::sleep(Duration::from_secs(seconds));
                self.notify(reference, "00", "00", true);
            }
            Fault::Twice => {
                self.notify(reference, "00", "00", true);
                self.notify(reference, "00", "00", true);
            }
            Fault::OutOfOrder => {
                self.notify(reference, "00", "00", true);
                // The first card that was tried had no money; that is told late.
                self.notify(reference, "51", "02", true);
            }
            Fault::None | Fault::OtherAmount(_) => drop(self.notify(reference, "00", "00", true)),
        }
    }

    /// Tells the hospital by GET, signed over the sorted form (source: the page on IPN).
    fn notify(&self, reference: &str, code: &str, status: &str, is_right: bool) -> Option<Value> {
        let (callback, order) = {
            let inner = self.inner();
            (inner.callback.clone(), inner.orders.get(reference)?.clone())
        };
        let fields = BTreeMap::from([
            ("vnp_Amount", order.paid.to_string()),
            ("vnp_BankCode", "NCB".to_owned()),
            ("vnp_CardType", "ATM".to_owned()),
            ("vnp_OrderInfo", order.info),
            ("vnp_PayDate", order.created),
            ("vnp_ResponseCode", code.to_owned()),
            ("vnp_TmnCode", self.terminal.clone()),
            ("vnp_TransactionNo", order.number),
            ("vnp_TransactionStatus", status.to_owned()),
            ("vnp_TxnRef", reference.to_owned()),
        ]);
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let secret = if is_right { self.secret.as_str() } else { "another secret" };
        let signed = sha512(secret, form.as_bytes());
        let told = ureq::get(format!("{callback}?{form}&vnp_SecureHash={signed}")).call();
        let answer = told.ok()?.body_mut().read_to_string().ok()?;
        let answer: Value = serde_json::from_str(&answer).ok()?;
        self.inner().answers.push(answer.clone());
        Some(answer)
    }
}

/// The payer's page. The address is believed only with the right signature.
async fn payer(State(desk): State<Arc<Desk>>, RawQuery(query): RawQuery) -> Html<String> {
    let query = query.unwrap_or_default();
    let mut fields: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let told = fields.remove("vnp_SecureHash").unwrap_or_default();
    fields.retain(|_, value| !value.is_empty());
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    if sha512(&desk.secret, form.as_bytes()) != told || field("vnp_TmnCode") != desk.terminal {
        return page("VNPAY", "<p>Sai chữ ký (97)");
    }
    let reference = field("vnp_TxnRef");
    let amount: u64 = field("vnp_Amount").parse().unwrap_or(0);
    let order = Order {
        amount,
        created: field("vnp_CreateDate"),
        info: field("vnp_OrderInfo"),
        return_url: field("vnp_ReturnUrl"),
        status: "01",
        paid: 0,
        number: "0".to_owned(),
        refund: None,
        asked: Vec::new(),
    };
    desk.inner().orders.entry(reference.clone()).or_insert(order);
    let (reference, info) = (escaped(&reference), escaped(&field("vnp_OrderInfo")));
    page(
        "Cổng thanh toán VNPAY",
        &format!(
            "<dl><dt>Nội dung<dd>{info}<dt>Mã đơn<dd>{reference}<dt>Số tiền<dd>{} đ</dl>\
             <form method=\"post\" action=\"/pay/{reference}\">{}<button>Thanh toán</button></form>",
            amount / 100,
            faults()
        ),
    )
}

#[derive(serde::Deserialize)]
struct Paying {
    #[serde(default)]
    fault: String,
}

async fn pay(State(desk): State<Arc<Desk>>, Path(reference): Path<String>, Form(paying): Form<Paying>) -> Response {
    let Some(fault) = Fault::parse(&paying.fault) else {
        return page("VNPAY", "<p>Sự cố không rõ").into_response();
    };
    let Some(back) = desk.inner().orders.get(&reference).map(|order| order.return_url.clone()) else {
        return page("VNPAY", "<p>Không có đơn này").into_response();
    };
    // The browser comes back before or after the hospital was told; it settles nothing either way.
    let told = tokio::task::spawn_blocking(move || desk.pay(&reference, fault));
    if matches!(fault, Fault::Late(_)) {
        drop(told);
    } else {
        // A task that panicked told nobody.
        let _ = told.await;
    }
    Redirect::to(&back).into_response()
}

fn text(body: &Map<String, Value>, name: &str) -> String {
    match body.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// querydr and refund: fields with bars between are signed (source: the page on querydr and refund).
async fn transaction(State(desk): State<Arc<Desk>>, Json(body): Json<Map<String, Value>>) -> Json<Value> {
    let field = |name: &str| text(&body, name);
    let is_refund = field("vnp_Command") == "refund";
    let names: &[&str] = if is_refund {
        &[
            "vnp_RequestId",
            "vnp_Version",
            "vnp_Command",
            "vnp_TmnCode",
            "vnp_TransactionType",
            "vnp_TxnRef",
            "vnp_Amount",
            "vnp_TransactionNo",
            "vnp_TransactionDate",
            "vnp_CreateBy",
            "vnp_CreateDate",
            "vnp_IpAddr",
            "vnp_OrderInfo",
        ]
    } else {
        &[
            "vnp_RequestId",
            "vnp_Version",
            "vnp_Command",
            "vnp_TmnCode",
            "vnp_TxnRef",
            "vnp_TransactionDate",
            "vnp_CreateDate",
            "vnp_IpAddr",
            "vnp_OrderInfo",
        ]
    };
    let signed: Vec<String> = names.iter().map(|name| field(name)).collect();
    let is_right = sha512(&desk.secret, signed.join("|").as_bytes()) == field("vnp_SecureHash");
    let fault = desk.inner().next.take();
    let reference = field("vnp_TxnRef");
    let answer = if !is_right {
        Found { code: "97", message: "Invalid checksum", ..Found::default() }
    } else if is_refund {
        desk.refund(&reference, &field, fault)
    } else {
        desk.found(&reference, &field("vnp_TransactionDate"))
    };
    if fault == Some(Fault::SilentAfterDoing) {
        // Longer than anybody waits.
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    let secret = if fault == Some(Fault::WrongSignature) { "another secret" } else { desk.secret.as_str() };
    Json(answer.written(secret, is_refund, &desk.terminal, &reference))
}

#[derive(Default)]
struct Found {
    code: &'static str,
    message: &'static str,
    amount: u64,
    number: String,
    kind: &'static str,
    status: &'static str,
    info: String,
    paid_on: String,
}

impl Desk {
    fn found(&self, reference: &str, created: &str) -> Found {
        let inner = self.inner();
        let Some(order) = inner.orders.get(reference).filter(|order| order.created == created) else {
            return Found { code: "91", message: "Transaction not found", ..Found::default() };
        };
        let (kind, status, amount) = order.refund.unwrap_or(("01", order.status, order.paid));
        Found {
            code: "00",
            message: "Success",
            amount,
            number: order.number.clone(),
            kind,
            status,
            info: order.info.clone(),
            // Paid as soon as it was asked for.
            paid_on: order.created.clone(),
        }
    }

    fn refund(&self, reference: &str, field: &dyn Fn(&str) -> String, fault: Option<Fault>) -> Found {
        let mut inner = self.inner();
        let Some(order) = inner.orders.get_mut(reference) else {
            return Found { code: "91", message: "Transaction not found", ..Found::default() };
        };
        let amount: u64 = field("vnp_Amount").parse().unwrap_or(0);
        order.asked.push(field("vnp_RequestId"));
        if order.status != "00" || order.created != field("vnp_TransactionDate") || amount > order.paid {
            return Found { code: "95", message: "Original transaction not successful", ..Found::default() };
        }
        if order.refund.is_some() {
            return Found { code: "94", message: "Request duplicated", ..Found::default() };
        }
        if fault == Some(Fault::Refused) {
            return Found { code: "95", message: "Refused", ..Found::default() };
        }
        let kind = if field("vnp_TransactionType") == "02" { "02" } else { "03" };
        order.refund = Some((kind, "05", amount));
        Found {
            code: "00",
            message: "Success",
            amount,
            number: order.number.clone(),
            kind,
            status: "05",
            info: order.info.clone(),
            // Paid as soon as it was asked for.
            paid_on: order.created.clone(),
        }
    }
}

impl Found {
    fn written(&self, secret: &str, is_refund: bool, terminal: &str, reference: &str) -> Value {
        let command = if is_refund { "refund" } else { "querydr" };
        let mut names = vec![
            ("vnp_ResponseId", "f3b2a0c1".to_owned()),
            ("vnp_Command", command.to_owned()),
            ("vnp_ResponseCode", self.code.to_owned()),
            ("vnp_Message", self.message.to_owned()),
            ("vnp_TmnCode", terminal.to_owned()),
            ("vnp_TxnRef", reference.to_owned()),
            ("vnp_Amount", self.amount.to_string()),
            ("vnp_BankCode", "NCB".to_owned()),
            ("vnp_PayDate", self.paid_on.clone()),
            ("vnp_TransactionNo", self.number.clone()),
            ("vnp_TransactionType", self.kind.to_owned()),
            ("vnp_TransactionStatus", self.status.to_owned()),
            ("vnp_OrderInfo", self.info.clone()),
        ];
        if !is_refund {
            names.extend([("vnp_PromotionCode", String::new()), ("vnp_PromotionAmount", String::new())]);
        }
        let signed: Vec<&str> = names.iter().map(|(_, value)| value.as_str()).collect();
        let hash = sha512(secret, signed.join("|").as_bytes());
        let mut answer: Map<String, Value> =
            names.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        answer.insert("vnp_SecureHash".to_owned(), json!(hash));
        Value::Object(answer)
    }
}
