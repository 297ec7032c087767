//! What notifiers of bank transfers have in common: they watch accounts, tell of transfers in and out, and are answered in
//! JSON.

use std::collections::BTreeMap;

use crate::{Event, EventKind, KeySlot, Manifest, Note, Reply, Setting, SettingSlot, Verdict, setting};

/// A transfer as a notifier tells of it.
#[derive(Debug, Clone, Default)]
pub struct Transfer {
    /// The notifier's number of it: the same however often it is told.
    pub id: String,
    /// The account it came to, and the virtual one when there is one.
    pub accounts: Vec<String>,
    /// Whole đồng.
    pub amount: u64,
    /// It left the account.
    pub is_out: bool,
    /// The payment's code, where the notifier has found it in the text.
    pub code: Option<String>,
    /// What the payer or the bank wrote.
    pub content: String,
    /// The bank's number of it.
    pub reference: Option<String>,
    /// An instant.
    pub at: i64,
    /// Who paid.
    pub payer: Option<String>,
}

/// The setting that names the hospital's accounts.
pub const ACCOUNTS: &str = "accounts";

/// The manifest of a notifier. Settings are its own, beside the accounts.
pub fn manifest(name: &str, version: &str, keys: Vec<KeySlot>, own: Vec<SettingSlot>, notes: Vec<Note>) -> Manifest {
    let mut settings = own;
    settings.push(SettingSlot {
        name: ACCOUNTS.into(),
        required: true,
        what: "the hospital's accounts, virtual ones too, with blanks between: others are not its money".into(),
    });
    Manifest {
        name: name.into(),
        version: version.into(),
        instructs: false,
        confirms: true,
        operations: Vec::new(),
        minimum: 1,
        maximum: u64::from(u32::MAX) * 1000,
        reference_length: 25,
        reference_alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".into(),
        keys,
        settings,
        endpoints: Vec::new(),
        tells_failures: false,
        notes,
    }
}

/// The event of a transfer; none when it is to an account that is not the hospital's.
pub fn events(settings: &[Setting], transfer: Transfer) -> Result<Vec<Event>, String> {
    let accounts = setting(settings, ACCOUNTS)?;
    if !accounts.split_whitespace().any(|own| transfer.accounts.iter().any(|told| told == own)) {
        return Ok(Vec::new());
    }
    let kind = if transfer.is_out { EventKind::Sent } else { EventKind::Paid };
    let code = transfer.code.filter(|code| !code.is_empty());
    Ok(vec![Event {
        key: transfer.id,
        kind,
        references: code.into_iter().chain([transfer.content.clone()]).collect(),
        provider_reference: transfer.reference.filter(|reference| !reference.is_empty()),
        amount: transfer.amount,
        currency: "VND".into(),
        occurred: transfer.at,
        payer: transfer.payer.filter(|payer| !payer.is_empty()),
        content: Some(transfer.content),
        raw_code: if transfer.is_out { "out" } else { "in" }.into(),
    }])
}

/// An answer in JSON: the rail's own word when there is nothing more to send, an error that asks for another try when there
/// is. Who signs wrongly is not told more.
pub fn reply(verdict: Verdict, success: &str) -> Reply {
    let (status, body) = match verdict {
        Verdict::Accepted | Verdict::Duplicate | Verdict::AmountMismatch => (200, success),
        Verdict::BadSignature => (401, r#"{"success":false,"message":"signature"}"#),
        // Kept, and asked for again: the order may be written a moment later.
        Verdict::UnknownOrder => (503, r#"{"success":false,"message":"retry"}"#),
        Verdict::Temporary => (503, r#"{"success":false,"message":"retry"}"#),
    };
    Reply { status, content_type: "application/json".to_owned(), body: body.to_owned() }
}

/// JSON with its names sorted, at every depth, and without blanks: what some notifiers sign.
pub fn sorted_json(body: &[u8]) -> Result<String, String> {
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|error| format!("the body: {error}"))?;
    serde_json::to_string(&sorted(value)).map_err(|error| format!("the body: {error}"))
}

// Whoever builds this may have serde_json keep the order of names.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => {
            let map: BTreeMap<String, serde_json::Value> =
                map.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            map.into_iter().collect()
        }
        serde_json::Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_sorted_at_every_depth() {
        let body = br#"{"b": {"z": 1, "a": [ {"y":null,"x":"\u0110/"} ]}, "a": 50000}"#;
        assert_eq!(sorted_json(body).unwrap(), r#"{"a":50000,"b":{"a":[{"x":"Đ/","y":null}],"z":1}}"#);
    }
}
