//! A bank account with an app, and the notifiers that watch it: SePay, Casso v2, PayOS, SePay's Bank Hub and VietQR.vn, each
//! with its own fields and signature.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Form, State};
use axum::response::Html;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::page::{escaped, faults, page};
use crate::server::Server;
use crate::sign::{sha256, sha512};

/// Who watches the account, and the secret that it shares with the hospital.
#[derive(Debug, Clone)]
pub enum Notifier {
    /// developer.sepay.vn, webhooks: HMAC-SHA256 over time, point and body.
    SePay(String),
    /// Casso v2: HMAC-SHA512 over milliseconds, point and sorted body.
    Casso(String),
    /// payos.vn: HMAC-SHA256 over the sorted fields of `data`.
    PayOs(String),
    /// developer.sepay.vn, Bank Hub: a secret in X-Secret-Key.
    BankHub(String),
    /// A bank that signs the raw body in X-Signature.
    BankRaw(String),
    /// A bank that signs the sorted body in X-Signature.
    BankSorted(String),
    /// api.vietqr.vn: asks for a token with a name and a password.
    VietQrVn(String, String),
}

/// A transfer that came in.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// The notifier's number of it.
    pub id: u64,
    /// Đồng.
    pub amount: u64,
    /// What the payer wrote, with what the bank put around it.
    pub content: String,
    /// The bank's number of it.
    pub reference: String,
    /// Whose account it came to.
    pub account: String,
}

/// What a hospital answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// HTTP; 0 when nothing came.
    pub status: u16,
    /// As it is.
    pub body: String,
}

/// An account that is watched.
pub struct Bank {
    desk: Arc<Desk>,
    server: Option<Server>,
}

struct Desk {
    account: String,
    notifier: Notifier,
    callback: Mutex<String>,
    transfers: Mutex<u64>,
    agent: ureq::Agent,
}

impl Bank {
    /// An account and who watches it; it tells of transfers at the callback's address.
    pub fn new(account: &str, notifier: Notifier, callback: &str) -> Bank {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(30)));
        let desk = Desk {
            account: account.to_owned(),
            notifier,
            callback: Mutex::new(callback.to_owned()),
            transfers: Mutex::default(),
            agent: config.build().into(),
        };
        Bank { desk: Arc::new(desk), server: None }
    }

    /// The bank's app too, on a port.
    pub fn with_app(mut self, port: u16) -> Bank {
        let router = Router::new().route("/", get(app)).route("/", post(pay)).with_state(Arc::clone(&self.desk));
        self.server = Some(Server::start(router, port));
        self
    }

    /// Where the app is.
    pub fn address(&self) -> Option<String> {
        self.server.as_ref().map(|server| format!("http://{}/", server.address))
    }

    /// A transfer comes in, with what banks put around a text.
    pub fn transfer(&self, amount: u64, text: &str) -> Transfer {
        self.desk.transfer(amount, text)
    }

    /// Tells of it as of a time that differs from now by seconds.
    pub fn tell_at(&self, transfer: &Transfer, seconds: i64, is_right: bool) -> Told {
        self.desk.tell(transfer, seconds, is_right)
    }

    /// Tells of it.
    pub fn tell(&self, transfer: &Transfer) -> Told {
        self.desk.tell(transfer, 0, true)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_millis()).expect("it is before the year 292 million")
}

/// JSON by name at every depth, without blanks (what Casso signs).
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<&String, &Value> = map.iter().collect();
            let fields: Vec<String> =
                map.into_iter().map(|(name, value)| format!("{}:{}", json!(name), sorted(value))).collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

impl Desk {
    fn transfer(&self, amount: u64, text: &str) -> Transfer {
        let mut count = lock(&self.transfers);
        *count += 1;
        Transfer {
            id: 92_704 + *count,
            amount,
            content: format!("MBVCB.{}.{text}.CT tu 0071000888 NGUYEN VAN MAU", 3_278_907_687_u64 + *count),
            reference: format!("FT{}", 26_330_000_000_u64 + *count),
            account: self.account.clone(),
        }
    }

    fn tell(&self, transfer: &Transfer, seconds: i64, is_right: bool) -> Told {
        let callback = lock(&self.callback).clone();
        let secret = |own: &str| if is_right { own.to_owned() } else { "a secret that is another".to_owned() };
        let now = millis() + seconds * 1000;
        let time = "2026-11-25 14:02:37";
        match &self.notifier {
            Notifier::SePay(own) => {
                let body = json!({
                    "id": transfer.id, "gateway": "Sacombank", "transactionDate": time, "accountNumber": transfer.account,
                    "code": null, "content": transfer.content, "transferType": "in", "transferAmount": transfer.amount,
                    "accumulated": 19_077_000, "subAccount": null, "referenceCode": transfer.reference, "description": "",
                })
                .to_string();
                let at = now.div_euclid(1000).to_string();
                let signed = sha256(&secret(own), format!("{at}.{body}").as_bytes());
                let headers = [("X-SePay-Timestamp", at), ("X-SePay-Signature", format!("sha256={signed}"))];
                self.post(&callback, &headers, &body)
            }
            Notifier::Casso(own) => {
                let body = json!({
                    "error": 0, "data": {
                        "id": transfer.id, "reference": transfer.reference, "description": transfer.content,
                        "amount": transfer.amount, "runningBalance": 19_077_000, "transactionDateTime": time,
                        "accountNumber": transfer.account, "bankName": "Sacombank", "bankAbbreviation": "STB",
                        "virtualAccountNumber": "", "counterAccountName": "NGUYEN VAN MAU", "counterAccountNumber": "0071",
                    },
                });
                let signed = sha512(&secret(own), format!("{now}.{}", sorted(&body)).as_bytes());
                self.post(&callback, &[("X-Casso-Signature", format!("t={now},v1={signed}"))], &body.to_string())
            }
            Notifier::PayOs(own) => {
                let data = json!({
                    "orderCode": transfer.id, "amount": transfer.amount, "description": transfer.content,
                    "accountNumber": transfer.account, "reference": transfer.reference, "transactionDateTime": time,
                    "currency": "VND", "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18", "code": "00",
                    "desc": "Thành công", "counterAccountName": null, "virtualAccountNumber": "",
                });
                let fields: BTreeMap<String, Value> = serde_json::from_value(data.clone()).expect("it is a map");
                let written = |value: &Value| match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let pairs: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}={}", written(value))).collect();
                let signature = sha256(&secret(own), pairs.join("&").as_bytes());
                let body =
                    json!({"code": "00", "desc": "success", "success": true, "data": data, "signature": signature});
                self.post(&callback, &[], &body.to_string())
            }
            Notifier::BankHub(own) => {
                let body = self.bank_hub(transfer, time);
                self.post(&callback, &[("X-Secret-Key", secret(own))], &body.to_string())
            }
            Notifier::BankRaw(own) => {
                let body = self.bank_hub(transfer, time).to_string();
                self.post(&callback, &[("X-Signature", sha256(&secret(own), body.as_bytes()))], &body)
            }
            Notifier::BankSorted(own) => {
                let body = self.bank_hub(transfer, time);
                let signed = sha256(&secret(own), sorted(&body).as_bytes());
                self.post(&callback, &[("X-Signature", signed)], &format!("{body:#}"))
            }
            Notifier::VietQrVn(user, password) => {
                let pair = STANDARD.encode(format!("{user}:{}", secret(password)));
                let asked = self.post(
                    &format!("{callback}/api/token_generate"),
                    &[("Authorization", format!("Basic {pair}"))],
                    "",
                );
                let given: Value = serde_json::from_str(&asked.body).unwrap_or_default();
                let token = given["access_token"].as_str().unwrap_or("none");
                let body = json!({
                    "bankaccount": transfer.account, "amount": transfer.amount, "transType": "C",
                    "content": transfer.content, "transactionid": format!("VQ{}", transfer.id),
                    "transactiontime": now, "referencenumber": transfer.reference, "orderId": "", "terminalCode": "",
                });
                let headers = [("Authorization", format!("Bearer {token}"))];
                self.post(&format!("{callback}/bank/api/transaction-sync"), &headers, &body.to_string())
            }
        }
    }

    fn bank_hub(&self, transfer: &Transfer, time: &str) -> Value {
        json!({
            "gateway": "Sacombank", "transaction_date": time, "account_number": transfer.account, "bank_account_xid": "b-1",
            "va": null, "payment_code": null, "content": transfer.content, "transfer_type": "credit",
            "amount": transfer.amount, "reference_code": transfer.reference, "accumulated": 0,
            "transaction_id": format!("t-{}", transfer.id),
        })
    }

    fn post(&self, url: &str, headers: &[(&str, String)], body: &str) -> Told {
        let mut request = self.agent.post(url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        match request.send(body) {
            Ok(mut answer) => {
                Told { status: answer.status().as_u16(), body: answer.body_mut().read_to_string().unwrap_or_default() }
            }
            Err(_) => Told { status: 0, body: String::new() },
        }
    }
}

async fn app() -> Html<String> {
    page(
        "Ứng dụng ngân hàng",
        &format!(
            "<form method=\"post\"><label>Mã VietQR (dán nội dung mã)</label><textarea name=\"code\" rows=\"4\" required></textarea>{}\
             <button>Chuyển tiền</button></form>",
            faults()
        ),
    )
}

#[derive(serde::Deserialize)]
struct Scanned {
    code: String,
    #[serde(default)]
    fault: String,
}

/// The payer scans a code and pays it.
async fn pay(State(desk): State<Arc<Desk>>, Form(scanned): Form<Scanned>) -> Html<String> {
    let code = match vienphi_vietqr::decode(scanned.code.trim()) {
        Ok(code) if code.is_intact => code,
        Ok(_) => return page("Ứng dụng ngân hàng", "<p>Mã sai số kiểm tra."),
        Err(fault) => return page("Ứng dụng ngân hàng", &format!("<p>{}", escaped(&fault.to_string()))),
    };
    let (Some(fault), Some(amount)) =
        (Fault::parse(&scanned.fault), code.amount.and_then(|amount| amount.parse::<u64>().ok()))
    else {
        return page("Ứng dụng ngân hàng", "<p>Mã không có số tiền.");
    };
    if code.account.as_deref() != Some(desk.account.as_str()) {
        return page("Ứng dụng ngân hàng", "<p>Tài khoản này không có ở đây.");
    }
    if fault == Fault::Refused {
        return page("Ứng dụng ngân hàng", "<p>Ngân hàng từ chối.");
    }
    let paid = if let Fault::OtherAmount(other) = fault { other } else { amount };
    let text = code.purpose.or(code.bill).unwrap_or_default();
    let transfer = desk.transfer(paid, &text);
    let number = transfer.reference.clone();
    let telling = tokio::task::spawn_blocking(move || {
        let once = || desk.tell(&transfer, 0, fault != Fault::WrongSignature);
        match fault {
            Fault::Never | Fault::SilentAfterDoing => {}
            Fault::Late(seconds) => {
                std::thread::sleep(Duration::from_secs(seconds));
                once();
            }
            Fault::Twice | Fault::OutOfOrder => {
                once();
                once();
            }
            _ => drop(once()),
        }
    });
    drop(telling);
    page(
        "Ứng dụng ngân hàng",
        &format!("<p>Đã chuyển {paid} đ<dl><dt>Số giao dịch<dd>{number}</dl><p><a href=\"/\">Chuyển tiếp</a>"),
    )
}
