//! PayOS tells of transfers to a hospital's payment links and accounts.
//!
//! Source: payos.vn/docs and payOSHQ/payos-lib-node. When its address is set, PayOS tries it out with a sample that is signed
//! like any other; that sample names an account that is not the hospital's.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use vienphi_rail::confirming::{self, Transfer};
use vienphi_rail::{
    Algorithm, Check, Confidence, Direction, Encoding, Event, Incoming, KeySlot, MacCheck, Manifest, Note, Rail, Reply,
    Verdict, vietnam,
};

/// PayOS' notifications.
pub struct PayOs;

#[derive(Deserialize)]
struct Told {
    data: BTreeMap<String, Value>,
    #[serde(default)]
    signature: String,
}

fn told(incoming: &Incoming) -> Result<Told, String> {
    serde_json::from_slice(&incoming.body).map_err(|error| format!("the body: {error}"))
}

/// A value as it is signed: nothing for none, JSON for what is nested.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text == "null" || text == "undefined" => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Rail for PayOs {
    fn describe() -> Manifest {
        confirming::manifest(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            vec![KeySlot {
                name: "checksum-key".into(),
                algorithm: Algorithm::HmacSha256,
                direction: Direction::Verify,
            }],
            Vec::new(),
            vec![Note {
                what: "fields, and HMAC-SHA256 over the sorted fields of `data`; there is no time in what is signed"
                    .into(),
                confidence: Confidence::Documented,
                source: "payos.vn/docs; payOSHQ/payos-lib-node".into(),
            }],
        )
    }

    fn checks(incoming: &Incoming) -> Result<Vec<Vec<Check>>, String> {
        let told = told(incoming)?;
        let pairs: Vec<String> = told.data.iter().map(|(name, value)| format!("{name}={}", written(value))).collect();
        Ok(vec![vec![Check::Mac(MacCheck {
            slot: "checksum-key".into(),
            encoding: Encoding::HexLower,
            message: pairs.join("&").into_bytes(),
            tag: told.signature,
        })]])
    }

    fn accept(incoming: &Incoming) -> Result<Vec<Event>, String> {
        let data = told(incoming)?.data;
        let text = |name: &str| data.get(name).map(written).unwrap_or_default();
        let number = |name: &str| data.get(name).and_then(Value::as_u64).ok_or_else(|| format!("{name} is no number"));
        if text("code") != "00" {
            return Ok(Vec::new());
        }
        let (reference, time) = (text("reference"), text("transactionDateTime"));
        if reference.is_empty() {
            return Err("reference is missing".into());
        }
        let transfer = Transfer {
            id: format!("{}/{reference}", number("orderCode")?),
            accounts: vec![text("accountNumber"), text("virtualAccountNumber")],
            amount: number("amount")?,
            is_out: false,
            code: None,
            content: text("description"),
            reference: Some(reference),
            at: vietnam::read(&time).ok_or_else(|| format!("transactionDateTime cannot be read: {time:?}"))?,
            payer: Some(text("counterAccountName")),
        };
        confirming::events(&incoming.settings, transfer)
    }

    fn reply(_incoming: &Incoming, verdict: Verdict) -> Reply {
        confirming::reply(verdict, r#"{"success": true}"#)
    }
}

vienphi_rail::export!(PayOs);
