//! Template tells of transfers to the hospital's account: JSON, signed with HMAC-SHA256 over its body.
//!
//! Change `Told` to what your provider sends, `checks` to how it proves itself, and the cases to messages that you recorded.

use serde::Deserialize;
use vienphi_rail::confirming::{self, Transfer};
use vienphi_rail::{
    Algorithm, Check, Confidence, Direction, Encoding, Event, Incoming, KeySlot, MacCheck, Manifest, Note, Rail, Reply,
    Verdict, header, vietnam,
};

/// Template's notifications.
pub struct Template;

/// What is sent, as far as it is needed.
#[derive(Deserialize)]
struct Told {
    /// The same however often it is told.
    id: String,
    /// `YYYY-MM-DD HH:MM:SS` in Vietnam.
    time: String,
    account: String,
    /// Whole đồng.
    amount: u64,
    content: String,
    /// The bank's number of the transfer.
    reference: Option<String>,
}

impl Rail for Template {
    fn describe() -> Manifest {
        confirming::manifest(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            vec![KeySlot { name: "webhook".into(), algorithm: Algorithm::HmacSha256, direction: Direction::Verify }],
            Vec::new(),
            vec![Note {
                what: "which page of which document says so".into(),
                confidence: Confidence::Likely,
                source: "the provider's documents".into(),
            }],
        )
    }

    fn checks(incoming: &Incoming) -> Result<Vec<Vec<Check>>, String> {
        let tag = header(incoming, "x-signature").ok_or("X-Signature is missing")?.to_owned();
        let message = incoming.body.clone();
        Ok(vec![vec![Check::Mac(MacCheck { slot: "webhook".into(), encoding: Encoding::HexLower, message, tag })]])
    }

    fn accept(incoming: &Incoming) -> Result<Vec<Event>, String> {
        let told: Told = serde_json::from_slice(&incoming.body).map_err(|error| format!("the body: {error}"))?;
        let at = vietnam::read(&told.time).ok_or_else(|| format!("time cannot be read: {:?}", told.time))?;
        let transfer = Transfer {
            id: told.id,
            accounts: vec![told.account],
            amount: told.amount,
            is_out: false,
            code: None,
            content: told.content,
            reference: told.reference,
            at,
            payer: None,
        };
        confirming::events(&incoming.settings, transfer)
    }

    fn reply(_incoming: &Incoming, verdict: Verdict) -> Reply {
        confirming::reply(verdict, r#"{"success": true}"#)
    }
}

vienphi_rail::export!(Template);
