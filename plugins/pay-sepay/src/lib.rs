//! SePay watches a hospital's bank account and tells of each transfer.
//!
//! Source: developer.sepay.vn, the pages on webhooks. How the signature is made is agreed on by independent integrations
//! and not stated there; it is marked so in `describe`.

use serde::Deserialize;
use vienphi_rail::confirming::{self, Transfer};
use vienphi_rail::{
    AgeCheck, Algorithm, Check, Confidence, Direction, Encoding, Event, Incoming, KeySlot, MacCheck, Manifest, Note,
    Rail, Reply, SecretCheck, SettingSlot, Verdict, header, vietnam,
};

/// SePay's notifications.
pub struct SePay;

/// A notification older than this, or from so far ahead, is not believed.
const AGE: u32 = 300;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    id: u64,
    transaction_date: String,
    #[serde(default)]
    account_number: String,
    #[serde(default)]
    sub_account: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    content: Option<String>,
    transfer_type: String,
    transfer_amount: u64,
    #[serde(default)]
    reference_code: Option<String>,
}

impl Rail for SePay {
    fn describe() -> Manifest {
        let key = |name: &str, algorithm| KeySlot { name: name.into(), algorithm, direction: Direction::Verify };
        let note = |what: &str, confidence, source: &str| Note { what: what.into(), confidence, source: source.into() };
        confirming::manifest(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            vec![key("webhook", Algorithm::HmacSha256), key("api-key", Algorithm::Secret)],
            vec![SettingSlot {
                name: "authentication".into(),
                required: true,
                what: "hmac (key `webhook`) or api-key (key `api-key`), as set at SePay".into(),
            }],
            vec![
                note("fields, answer, retries", Confidence::Documented, "developer.sepay.vn, sepay-webhooks"),
                note(
                    "X-SePay-Signature is HMAC-SHA256 over the timestamp, a point and the body",
                    Confidence::Likely,
                    "two independent public integrations",
                ),
            ],
        )
    }

    fn checks(incoming: &Incoming) -> Result<Vec<Vec<Check>>, String> {
        match vienphi_rail::setting(&incoming.settings, "authentication")? {
            "hmac" => {
                let signature = header(incoming, "x-sepay-signature").ok_or("X-SePay-Signature is missing")?;
                let tag = signature.strip_prefix("sha256=").ok_or("X-SePay-Signature does not begin with sha256=")?;
                let at = header(incoming, "x-sepay-timestamp").ok_or("X-SePay-Timestamp is missing")?;
                let seconds = at.parse().map_err(|_| "X-SePay-Timestamp is no number of seconds")?;
                Ok(vec![
                    vec![Check::Age(AgeCheck { at: seconds, seconds: AGE })],
                    vec![Check::Mac(MacCheck {
                        slot: "webhook".into(),
                        encoding: Encoding::HexLower,
                        message: [at.as_bytes(), b".", &incoming.body].concat(),
                        tag: tag.to_owned(),
                    })],
                ])
            }
            "api-key" => {
                let told = header(incoming, "authorization").ok_or("Authorization is missing")?;
                let value = told.strip_prefix("Apikey ").ok_or("Authorization does not begin with Apikey")?;
                Ok(vec![vec![Check::SameSecret(SecretCheck { slot: "api-key".into(), value: value.to_owned() })]])
            }
            other => Err(format!("the rail's setting `authentication` must be hmac or api-key, not {other:?}")),
        }
    }

    fn accept(incoming: &Incoming) -> Result<Vec<Event>, String> {
        let told: Told = serde_json::from_slice(&incoming.body).map_err(|error| format!("the body: {error}"))?;
        let is_out = match told.transfer_type.as_str() {
            "in" => false,
            "out" => true,
            other => return Err(format!("transferType must be in or out, not {other:?}")),
        };
        let at = vietnam::read(&told.transaction_date);
        let transfer = Transfer {
            id: told.id.to_string(),
            accounts: vec![told.account_number, told.sub_account.unwrap_or_default()],
            amount: told.transfer_amount,
            is_out,
            code: told.code,
            content: told.content.unwrap_or_default(),
            reference: told.reference_code,
            at: at.ok_or_else(|| format!("transactionDate cannot be read: {:?}", told.transaction_date))?,
            payer: None,
        };
        confirming::events(&incoming.settings, transfer)
    }

    fn reply(_incoming: &Incoming, verdict: Verdict) -> Reply {
        confirming::reply(verdict, r#"{"success": true}"#)
    }
}

vienphi_rail::export!(SePay);
