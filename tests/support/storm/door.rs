//! What clients know of a hospital whose process may be gone meanwhile: where it listens, and everybody's token.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::hospital::{Connection, Hospital, PEOPLE, request};

/// The way in.
#[derive(Debug, Clone)]
pub struct Door {
    address: String,
    facility: String,
    tokens: BTreeMap<&'static str, String>,
}

impl Door {
    /// Of a hospital as it listens now.
    pub fn of(hospital: &Hospital) -> Door {
        let tokens = PEOPLE.iter().map(|(name, _)| (*name, hospital.token(name).to_owned())).collect();
        Door { address: hospital.address.clone(), facility: hospital.facility.clone(), tokens }
    }

    /// A connection.
    pub fn connect(&self) -> Connection {
        Connection::to(&self.address)
    }

    /// A command by a key, as bytes.
    pub fn command(&self, name: &str, rest: &str, key: &str, body: &Value) -> Vec<u8> {
        let body = body.to_string();
        request("POST", &self.path(rest), Some(&self.tokens[name]), Some(key), "", body.as_bytes())
    }

    /// A visit that is sent; with the version that it changes when it is not new.
    pub fn put(&self, id: &str, version: Option<i64>, document: &str) -> Vec<u8> {
        let tag = version.map(|version| format!("If-Match: \"{version}\"\r\n")).unwrap_or_default();
        let path = self.path(&format!("/encounters/{id}"));
        request("PUT", &path, Some(&self.tokens["his"]), None, &tag, document.as_bytes())
    }

    /// A question.
    pub fn get(&self, name: &str, rest: &str) -> Vec<u8> {
        request("GET", &self.path(rest), Some(&self.tokens[name]), None, "", b"")
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/facilities/{}{rest}", self.facility)
    }
}
