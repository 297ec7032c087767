//! Casso watches a hospital's bank account and tells of each transfer (webhook v2).
//!
//! Source: casso.vn's documentation of webhook v2; the signature was recomputed from published samples. What version 1 sends
//! (`secure-token`) is not taken: it proves less.

use serde::Deserialize;
use vienphi_rail::confirming::{self, Transfer, sorted_json};
use vienphi_rail::{
    AgeCheck, Algorithm, Check, Confidence, Direction, Encoding, Event, Incoming, KeySlot, MacCheck, Manifest, Note,
    Rail, Reply, Verdict, header, vietnam,
};

/// Casso's notifications.
pub struct Casso;

/// A notification older than this, or from so far ahead, is not believed.
const AGE: u32 = 300;

#[derive(Deserialize)]
struct Told {
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    id: u64,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    description: Option<String>,
    /// Less than nothing when it left the account.
    amount: i64,
    transaction_date_time: String,
    #[serde(default)]
    account_number: String,
    #[serde(default)]
    virtual_account_number: Option<String>,
    #[serde(default)]
    counter_account_name: Option<String>,
}

impl Rail for Casso {
    fn describe() -> Manifest {
        let note = |what: &str, source: &str| Note {
            what: what.into(),
            confidence: Confidence::Documented,
            source: source.into(),
        };
        confirming::manifest(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            vec![KeySlot {
                name: "checksum-key".into(),
                algorithm: Algorithm::HmacSha512,
                direction: Direction::Verify,
            }],
            Vec::new(),
            vec![
                note("fields of webhook v2", "Casso, webhook v2"),
                note("HMAC-SHA512 over t, a point and the body with its names sorted", "recomputed from samples"),
            ],
        )
    }

    fn checks(incoming: &Incoming) -> Result<Vec<Vec<Check>>, String> {
        let told = header(incoming, "x-casso-signature").ok_or("X-Casso-Signature is missing")?;
        let field =
            |name: &str| told.split(',').filter_map(|pair| pair.trim().split_once('=')).find(|pair| pair.0 == name);
        let (_, t) = field("t").ok_or("X-Casso-Signature has no t")?;
        let (_, tag) = field("v1").ok_or("X-Casso-Signature has no v1")?;
        let millis: i64 = t.parse().map_err(|_| "t is no number of milliseconds")?;
        Ok(vec![
            vec![Check::Age(AgeCheck { at: millis.div_euclid(1000), seconds: AGE })],
            vec![Check::Mac(MacCheck {
                slot: "checksum-key".into(),
                encoding: Encoding::HexLower,
                message: format!("{t}.{}", sorted_json(&incoming.body)?).into_bytes(),
                tag: tag.to_owned(),
            })],
        ])
    }

    fn accept(incoming: &Incoming) -> Result<Vec<Event>, String> {
        let told: Told = serde_json::from_slice(&incoming.body).map_err(|error| format!("the body: {error}"))?;
        let data = told.data;
        let at = vietnam::read(&data.transaction_date_time);
        let transfer = Transfer {
            id: data.id.to_string(),
            accounts: vec![data.account_number, data.virtual_account_number.unwrap_or_default()],
            amount: data.amount.unsigned_abs(),
            is_out: data.amount < 0,
            code: None,
            content: data.description.unwrap_or_default(),
            reference: data.reference,
            at: at.ok_or_else(|| format!("transactionDateTime cannot be read: {:?}", data.transaction_date_time))?,
            payer: data.counter_account_name,
        };
        confirming::events(&incoming.settings, transfer)
    }

    fn reply(_incoming: &Incoming, verdict: Verdict) -> Reply {
        confirming::reply(verdict, r#"{"success": true}"#)
    }
}

vienphi_rail::export!(Casso);
