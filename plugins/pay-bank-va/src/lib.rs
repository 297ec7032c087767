//! A bank, or whoever stands for it, tells of transfers to virtual accounts. Two layouts are read, and four ways prove the
//! sender: which of them a contract has, the facility sets.
//!
//! Sources: developer.sepay.vn, Bank Hub's IPN (`bank-hub`, a secret in a header); api.vietqr.vn, transaction-sync
//! (`vietqr-vn`, a token that this host gives out).

use serde::Deserialize;
use serde_json::Value;
use vienphi_rail::confirming::{self, Transfer, sorted_json};
use vienphi_rail::{
    Algorithm, Check, Confidence, Direction, Encoding, Event, Incoming, KeySlot, MacCheck, Manifest, Note, Rail, Reply,
    SecretCheck, SettingSlot, Verdict, header, optional, setting, vietnam,
};

/// A bank's notifications.
pub struct BankVa;

#[derive(Deserialize)]
struct BankHub {
    transaction_id: Value,
    transaction_date: String,
    #[serde(default)]
    account_number: String,
    #[serde(default)]
    va: Option<String>,
    #[serde(default)]
    payment_code: Option<String>,
    #[serde(default)]
    content: Option<String>,
    transfer_type: String,
    amount: Value,
    #[serde(default)]
    reference_code: Option<String>,
}

#[derive(Deserialize)]
struct VietQrVn {
    bankaccount: String,
    amount: Value,
    #[serde(rename = "transType")]
    trans_type: String,
    #[serde(default)]
    content: Option<String>,
    transactionid: String,
    /// Milliseconds.
    transactiontime: i64,
    #[serde(default)]
    referencenumber: Option<String>,
    #[serde(default, rename = "orderId")]
    order_id: Option<String>,
}

/// Whole đồng, as a number or as digits.
fn dong(value: &Value) -> Result<u64, String> {
    let read = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    read.ok_or_else(|| "amount is no whole number of đồng".to_owned())
}

fn is_out(word: &str) -> Result<bool, String> {
    match word {
        "credit" | "C" => Ok(false),
        "debit" | "D" => Ok(true),
        other => Err(format!("the direction must be credit, debit, C or D, not {other:?}")),
    }
}

/// The number of a transfer, a text or a number, on its account and in its direction.
fn key(account: &str, is_out: bool, id: &Value) -> Result<String, String> {
    let id = match id {
        Value::String(text) if !text.trim().is_empty() => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err("the transaction's id is missing".to_owned()),
    };
    Ok(format!("{account}/{}/{id}", if is_out { "out" } else { "in" }))
}

fn layout(incoming: &Incoming) -> Result<&str, String> {
    match setting(&incoming.settings, "layout")? {
        known @ ("bank-hub" | "vietqr-vn") => Ok(known),
        other => Err(format!("the rail's setting `layout` must be bank-hub or vietqr-vn, not {other:?}")),
    }
}

impl Rail for BankVa {
    fn describe() -> Manifest {
        let key = |name: &str, algorithm| KeySlot { name: name.into(), algorithm, direction: Direction::Verify };
        let slot = |name: &str, required, what: &str| SettingSlot { name: name.into(), required, what: what.into() };
        let note = |what: &str, confidence, source: &str| Note { what: what.into(), confidence, source: source.into() };
        confirming::manifest(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            vec![
                key("mac", Algorithm::HmacSha256),
                key("secret", Algorithm::Secret),
                key("token-password", Algorithm::Secret),
            ],
            vec![
                slot("layout", true, "bank-hub or vietqr-vn"),
                slot(
                    "authentication",
                    true,
                    "hmac-raw or hmac-sorted (key `mac`), secret (key `secret`), token (key `token-password`, setting `token-user`)",
                ),
                slot(
                    "header",
                    false,
                    "the header of the signature or secret, when it is not X-Signature or X-Secret-Key",
                ),
                slot("token-user", false, "the name under which the bank asks for its token"),
            ],
            vec![
                note("layout bank-hub, X-Secret-Key", Confidence::Documented, "developer.sepay.vn, Bank Hub"),
                note("layout vietqr-vn, token, answer", Confidence::Documented, "api.vietqr.vn"),
                note("signatures in X-Signature", Confidence::Likely, "contracts differ: the header is a setting"),
            ],
        )
    }

    fn checks(incoming: &Incoming) -> Result<Vec<Vec<Check>>, String> {
        let value = |usual: &'static str| {
            let name = optional(&incoming.settings, "header").unwrap_or(usual);
            header(incoming, name).ok_or_else(|| format!("{name} is missing"))
        };
        let mac = |message: Vec<u8>| -> Result<Check, String> {
            let tag = value("x-signature")?.to_owned();
            Ok(Check::Mac(MacCheck { slot: "mac".into(), encoding: Encoding::HexLower, message, tag }))
        };
        let check = match setting(&incoming.settings, "authentication")? {
            "hmac-raw" => mac(incoming.body.clone())?,
            "hmac-sorted" => mac(sorted_json(&incoming.body)?.into_bytes())?,
            "secret" => {
                Check::SameSecret(SecretCheck { slot: "secret".into(), value: value("x-secret-key")?.to_owned() })
            }
            "token" => {
                let told = header(incoming, "authorization").ok_or("Authorization is missing")?;
                Check::HostToken(told.strip_prefix("Bearer ").ok_or("Authorization is no bearer token")?.to_owned())
            }
            other => {
                return Err(format!(
                    "the rail's setting `authentication` must be hmac-raw, hmac-sorted, secret or token, not {other:?}"
                ));
            }
        };
        Ok(vec![vec![check]])
    }

    fn accept(incoming: &Incoming) -> Result<Vec<Event>, String> {
        let fault = |error: serde_json::Error| format!("the body: {error}");
        let transfer = if layout(incoming)? == "bank-hub" {
            let told: BankHub = serde_json::from_slice(&incoming.body).map_err(fault)?;
            let at = vietnam::read(&told.transaction_date);
            let out = is_out(&told.transfer_type)?;
            Transfer {
                id: key(&told.account_number, out, &told.transaction_id)?,
                accounts: vec![told.account_number, told.va.unwrap_or_default()],
                amount: dong(&told.amount)?,
                is_out: out,
                code: told.payment_code,
                content: told.content.unwrap_or_default(),
                reference: told.reference_code,
                at: at.ok_or_else(|| format!("transaction_date cannot be read: {:?}", told.transaction_date))?,
                payer: None,
            }
        } else {
            let told: VietQrVn = serde_json::from_slice(&incoming.body).map_err(fault)?;
            let out = is_out(&told.trans_type)?;
            Transfer {
                id: key(&told.bankaccount, out, &Value::String(told.transactionid))?,
                accounts: vec![told.bankaccount],
                amount: dong(&told.amount)?,
                is_out: out,
                code: told.order_id,
                content: told.content.unwrap_or_default(),
                reference: told.referencenumber,
                at: told.transactiontime.div_euclid(1000),
                payer: None,
            }
        };
        confirming::events(&incoming.settings, transfer)
    }

    fn reply(incoming: &Incoming, verdict: Verdict) -> Reply {
        if layout(incoming) != Ok("vietqr-vn") {
            return confirming::reply(verdict, r#"{"success": true}"#);
        }
        let body: Value = serde_json::from_slice(&incoming.body).unwrap_or_default();
        let (status, code) = match verdict {
            Verdict::Accepted | Verdict::Duplicate | Verdict::AmountMismatch => (200, "000"),
            Verdict::BadSignature => (401, "E74"),
            Verdict::UnknownOrder | Verdict::Temporary => (503, "E05"),
        };
        let answer = serde_json::json!({
            "error": status != 200, "errorReason": code, "toastMessage": "",
            "object": { "reftransactionid": body.get("transactionid") },
        });
        Reply { status, content_type: "application/json".into(), body: answer.to_string() }
    }
}

vienphi_rail::export!(BankVa);
