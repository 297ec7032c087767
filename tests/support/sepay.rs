//! SePay as a hospital meets it: it watches the account and tells of each transfer, signed.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vienphi_payments::Reference;

use crate::hospital::{Answer, Hospital};

/// A watched account.
pub struct SePay {
    address: String,
    path: String,
    secret: String,
    transfers: u64,
}

/// The reference of a request that may not be there yet.
pub fn reference(facility: &str, number: u64) -> String {
    Reference::of(facility, number).expect("a facility of five digits").as_str().to_owned()
}

impl SePay {
    /// Telling a hospital, with a secret.
    pub fn of(hospital: &Hospital, secret: &str) -> SePay {
        let path = format!("/callbacks/{}/sepay", hospital.facility);
        SePay { address: hospital.address.clone(), path, secret: secret.to_owned(), transfers: 0 }
    }

    /// A transfer comes in, with a text.
    pub fn transfer(&mut self, amount: u64, content: &str) -> Value {
        self.transfers += 1;
        json!({
            "id": 92_704 + self.transfers, "gateway": "Sacombank", "transactionDate": "2026-11-25 14:02:37",
            "accountNumber": "0011012345678", "code": null, "content": content, "transferType": "in",
            "transferAmount": amount, "accumulated": 19_077_000, "subAccount": null,
            "referenceCode": format!("MBVCB.{}", 3_278_907_687_u64 + self.transfers), "description": content,
        })
    }

    /// Tells of it.
    pub fn tell(&self, told: &Value) -> Answer {
        self.tell_at(told, 0)
    }

    /// Tells of it at a time that differs from now by seconds.
    pub fn tell_at(&self, told: &Value, seconds: i64) -> Answer {
        let body = told.to_string();
        let (at, signature) = self.sign(&body, seconds);
        self.post(&format!("X-SePay-Timestamp: {at}\r\nX-SePay-Signature: sha256={signature}\r\n"), &body)
    }

    /// Tells something under the signature of something else.
    pub fn tell_signed_as(&self, signed: &Value, told: &Value) -> Answer {
        let (at, signature) = self.sign(&signed.to_string(), 0);
        let headers = format!("X-SePay-Timestamp: {at}\r\nX-SePay-Signature: sha256={signature}\r\n");
        self.post(&headers, &told.to_string())
    }

    /// Tells with a key in place of a signature.
    pub fn tell_with_key(&self, told: &Value, key: &str) -> Answer {
        self.post(&format!("Authorization: Apikey {key}\r\n"), &told.to_string())
    }

    /// Tells without a signature.
    pub fn tell_unsigned(&self, told: &Value) -> Answer {
        self.post("", &told.to_string())
    }

    fn sign(&self, body: &str, seconds: i64) -> (i64, String) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
        let at = i64::try_from(now).expect("it is before the year 300 billion") + seconds;
        (at, simulators::sign::sha256(&self.secret, format!("{at}.{body}").as_bytes()))
    }

    fn post(&self, headers: &str, body: &str) -> Answer {
        let mut connection = crate::hospital::Connection::to(&self.address);
        connection.ask_with("POST", &self.path, None, None, headers, body.as_bytes())
    }
}
