//! What was wrong, as a page says it: in the language of the page, or, where that has no words for it, as the interface says it.

use axum::http::StatusCode;
use serde_json::Value;
use vienphi_domain::Problem;
use vienphi_service::desk::{Answered, Halt};

use super::frame::Instead;
use super::messages;
use super::texts::Lang;
use super::visitor::Visitor;

/// A refusal.
#[derive(Debug, Default, Clone)]
pub(crate) struct Wrong {
    status: u16,
    /// In the language of the page; empty when nothing was wrong.
    pub(crate) title: String,
    /// One sentence about this case.
    pub(crate) detail: String,
    /// The language of the sentence.
    pub(crate) detail_lang: &'static str,
    faults: Vec<Fault>,
}

/// What is wrong with a field.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) path: String,
    /// In the language of the page; the interface's own words when there are none.
    pub(crate) text: String,
    /// The language of that.
    pub(crate) lang: &'static str,
    /// As the interface says it, in English, when that says more.
    pub(crate) detail: String,
}

impl Fault {
    /// With the field it is about, where that has a name.
    fn of_field(&self, lang: Lang) -> String {
        let field = self.path.rsplit('.').next().unwrap_or_default();
        let field = field.split('[').next().unwrap_or_default();
        let name = lang.word_of("field", field);
        if name == field { self.text.clone() } else { format!("{name}: {}", self.text) }
    }

    fn new(lang: Lang, path: &str, message: &str) -> Fault {
        let hint = lang.word_of("fault", path);
        let hint = if hint == path { "" } else { hint.as_str() };
        let (text, lang, detail) = match (lang, messages::in_vietnamese(message)) {
            (Lang::Vi, Some(told)) => (format!("{told}. {hint}"), lang.word(), ""),
            _ if hint.is_empty() => (message.to_owned(), Lang::En.word(), ""),
            _ => (hint.to_owned(), lang.word(), message),
        };
        Fault { path: path.to_owned(), text: text.trim_end().to_owned(), lang, detail: detail.to_owned() }
    }
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
        let faults: Vec<Fault> = faults.map(|(path, message)| Fault::new(lang, path, message)).collect();
        // With faults the interface's sentence names the first of them by its path; a page names each by its field.
        let told = match lang {
            Lang::Vi if faults.is_empty() => messages::in_vietnamese(detail),
            Lang::Vi if faults.iter().all(|fault| fault.lang == "vi" && fault.detail.is_empty()) => {
                Some(faults.iter().map(|fault| fault.of_field(lang)).collect::<Vec<_>>().join(" "))
            }
            Lang::Vi | Lang::En => None,
        };
        let detail_lang = told.as_ref().map_or(Lang::En, |_| lang).word();
        let detail = told.unwrap_or_else(|| detail.to_owned());
        Wrong { status, title: lang.word_of("problem", name), detail, detail_lang, faults }
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

    fn wrong_of(message: &str) -> Wrong {
        Wrong::new(Lang::Vi, 422, "invalid-request", "the reason is odd", [("reason", message)].into_iter())
    }

    #[test]
    fn a_fault_is_told_in_the_language_of_the_page_and_as_it_was() {
        let body = br#"{"type": "urn:vienphi:problem:invalid-request", "detail": "amount must be above 0",
            "errors": [{"path": "amount", "message": "must be above 0"}, {"path": "x", "message": "is odd"}]}"#;
        let wrong = Wrong::kept(Lang::Vi, 422, body);
        assert_eq!((wrong.status, wrong.title.as_str()), (422, "Thông tin gửi lên chưa đúng"));
        let amount = wrong.with("amount").unwrap();
        assert_eq!(
            (amount.text.as_str(), amount.detail.as_str()),
            ("Phải lớn hơn 0. Số tiền nguyên đồng, ví dụ 250.000.", "")
        );
        // Without words of ours the interface's own are told.
        assert_eq!(wrong.with("x").unwrap().text, "is odd");
        assert!(wrong.with("reason").is_none());
        let odd = wrong_of("is odd");
        assert_eq!(odd.with("reason").unwrap().detail, "is odd");
        assert_eq!((odd.detail.as_str(), odd.detail_lang), ("the reason is odd", "en"));
        let missing = wrong_of("is required");
        assert_eq!(missing.detail, "Lý do: Bắt buộc phải có. Cần lý do, tối đa 500 ký tự.");
        assert_eq!(missing.detail_lang, "vi");
    }
}
