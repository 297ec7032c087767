//! Fields as VNPay writes and signs them.

use std::collections::BTreeMap;

/// The fields whose names begin with `vnp_`, without those that are empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// From a form, as in an address.
    pub(crate) fn read(form: &[u8]) -> Fields {
        let pairs = form_urlencoded::parse(form).into_owned();
        Fields(pairs.filter(|(name, value)| name.starts_with("vnp_") && !value.is_empty()).collect())
    }

    /// Sets a field; an empty one is none.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Fields {
        let value = value.into();
        if !value.is_empty() {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn need(&self, name: &str) -> Result<&str, String> {
        self.get(name).ok_or_else(|| format!("{name} is missing"))
    }

    /// What is signed of a form: by name, form-encoded, without the signature itself.
    pub(crate) fn signed(&self) -> String {
        let own = |name: &str| matches!(name, "vnp_SecureHash" | "vnp_SecureHashType");
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(self.0.iter().filter(|(name, _)| !own(name)));
        form.finish()
    }

    /// What is signed of a question or an answer in JSON: these fields, whatever they are, with bars between.
    pub(crate) fn barred(&self, names: &[&str]) -> String {
        let values: Vec<&str> = names.iter().map(|name| self.get(name).unwrap_or_default()).collect();
        values.join("|")
    }

    /// From an answer in JSON; numbers as they are written.
    pub(crate) fn of_json(body: &[u8]) -> Result<Fields, String> {
        let read: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(body).map_err(|error| format!("the answer: {error}"))?;
        let text = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Ok(Fields(read.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()))
    }

    /// As JSON, without its closing brace: a signature is put behind it.
    pub(crate) fn open_json(&self) -> String {
        let mut json = serde_json::to_string(&self.0).unwrap_or_else(|_| "{}".to_owned());
        json.pop();
        json
    }
}

/// Whole đồng from 1/100 đồng.
pub(crate) fn dong(hundredths: &str) -> Result<u64, String> {
    let number: u64 = hundredths.parse().map_err(|_| format!("vnp_Amount is no number: {hundredths:?}"))?;
    if number.is_multiple_of(100) { Ok(number / 100) } else { Err("vnp_Amount is no whole đồng".to_owned()) }
}

/// The key of a payment that was made, whether VNPay tells of it or is asked.
pub(crate) fn key(reference: &str, number: &str) -> String {
    format!("{reference}/{number}")
}
