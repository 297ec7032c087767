//! What was wrong, as a page says it: in the language of the page where there are words for it, and in the interface's own words
//! besides, which name every value.

use axum::http::StatusCode;
use serde_json::Value;
use vienphi_domain::Problem;
use vienphi_service::desk::{Answered, Halt};

use super::frame::Instead;
use super::texts::Lang;
use super::visitor::Visitor;

/// A refusal.
#[derive(Debug, Default, Clone)]
pub(crate) struct Wrong {
    status: u16,
    /// In the language of the page; empty when nothing was wrong.
    pub(crate) title: String,
    /// As the interface says it.
    pub(crate) detail: String,
    faults: Vec<Fault>,
}

/// What is wrong with a field.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) path: String,
    /// In the language of the page; the interface's own words when there are none.
    pub(crate) text: String,
    /// As the interface says it, when that is something else.
    pub(crate) detail: String,
}

impl Wrong {
    /// Of a problem.
    pub(crate) fn of(lang: Lang, problem: &Problem) -> Wrong {
        let faults = problem.errors.iter().map(|fault| (fault.path.as_str(), fault.message.as_str()));
        Wrong::new(lang, problem.status, problem.kind, &problem.detail, faults)
    }

    /// The answer of a command that was done; what is wrong with one that had no effect, or whose answer of the first time was a problem.
    ///
    /// # Errors
    ///
    /// What is nobody's mistake: a page of its own.
    pub(crate) fn unless_done(
        visitor: &Visitor,
        came: Result<Answered, Halt>,
    ) -> Result<Result<Value, Wrong>, Instead> {
        match came {
            Ok(answered) if answered.status < 300 => Ok(Ok(serde_json::from_slice(&answered.body).unwrap_or_default())),
            Ok(answered) => Ok(Err(Wrong::kept(visitor.lang, answered.status, &answered.body))),
            Err(Halt::Refused(problem)) => Ok(Err(Wrong::of(visitor.lang, &problem))),
            Err(halt) => Err(visitor.halted(halt)),
        }
    }

    /// The status of the page that tells it.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Of a problem that was kept as JSON.
    fn kept(lang: Lang, status: u16, body: &[u8]) -> Wrong {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let faults: Vec<(String, String)> =
            errors.iter().map(|fault| (text(&fault["path"]), text(&fault["message"]))).collect();
        let faults = faults.iter().map(|(path, message)| (path.as_str(), message.as_str()));
        Wrong::new(lang, status, &text(&body["type"]), &text(&body["detail"]), faults)
    }

    fn new<'f>(
        lang: Lang,
        status: u16,
        kind: &str,
        detail: &str,
        faults: impl Iterator<Item = (&'f str, &'f str)>,
    ) -> Wrong {
        let name = kind.rsplit(':').next().unwrap_or_default();
        let fault = |(path, message): (&str, &str)| {
            let known = lang.word_of("fault", path);
            let (text, detail) = if known == path { (message, "") } else { (known.as_str(), message) };
            Fault { path: path.to_owned(), text: text.to_owned(), detail: detail.to_owned() }
        };
        Wrong {
            status,
            title: lang.word_of("problem", name),
            detail: detail.to_owned(),
            faults: faults.map(fault).collect(),
        }
    }

    /// What is wrong with a field.
    pub(crate) fn with(&self, field: &str) -> Option<&Fault> {
        self.faults.iter().find(|fault| fault.path == field)
    }

    /// Everything that is wrong with fields.
    pub(crate) fn all(&self) -> &[Fault] {
        &self.faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_in_the_language_of_the_page_and_as_it_was() {
        let body = br#"{"type": "urn:vienphi:problem:invalid-request", "detail": "amount must be above 0",
            "errors": [{"path": "amount", "message": "must be above 0"}, {"path": "x", "message": "is odd"}]}"#;
        let wrong = Wrong::kept(Lang::Vi, 422, body);
        assert_eq!((wrong.status, wrong.title.as_str()), (422, "Thông tin gửi lên chưa đúng"));
        let amount = wrong.with("amount").unwrap();
        assert_eq!(
            (amount.text.as_str(), amount.detail.as_str()),
            ("Số tiền nguyên đồng, ví dụ 250.000.", "must be above 0")
        );
        // Without words of ours the interface's own are told.
        assert_eq!(wrong.with("x").unwrap().text, "is odd");
        assert!(wrong.with("reason").is_none());
    }
}
