//! A message as it is posted: body, id, time and signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vienphi_domain::Moment;
use vienphi_store::keys::hashed;
use vienphi_store::webhooks::{Due, Webhook};

/// What is posted.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) url: String,
    pub(super) id: String,
    /// Seconds from 1970-01-01T00:00 UTC.
    pub(super) timestamp: String,
    pub(super) signature: String,
    pub(super) body: String,
}

/// The same message has the same id however often it is told.
pub(super) fn id(facility: &str, message: i64) -> String {
    format!("msg_{facility}_{message}")
}

impl Letter {
    /// A message for a webhook, signed for this moment.
    pub(super) fn new(webhook: &Webhook, due: &Due, secret: &[u8], now: Moment) -> Letter {
        let id = id(&webhook.facility, due.message);
        let timestamp = now.count().div_euclid(1_000_000).to_string();
        let body = body(due);
        let mac = hashed(secret, format!("{id}.{timestamp}.{body}").as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac));
        Letter { url: webhook.url.clone(), id, timestamp, signature, body }
    }
}

/// The message is JSON already: it is put in as it is, so that no number of it changes.
fn body(due: &Due) -> String {
    let topic = serde_json::Value::from(due.topic.as_str());
    let data = &due.body;
    format!(r#"{{"type":{topic},"timestamp":"{}","data":{data}}}"#, Moment::from_count(due.at))
}
