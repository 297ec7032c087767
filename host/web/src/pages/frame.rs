//! What every page has around it: language, title, who is signed in, the way to the other pages.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use vienphi_domain::{Action, Actor};
use vienphi_service::Desk;
use vienphi_service::desk::people::Signed;

use super::home::path;
use super::texts::Lang;
use super::view::{money, when};
use super::wrong::Wrong;
use crate::refusal::{self, Refusal};

/// Scripts, styles and pictures are files of ours; nothing stands in a page itself, and nobody frames one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What is around a page.
pub(crate) struct Frame {
    pub(crate) lang: Lang,
    pub(crate) title: String,
    /// Name and role of who is signed in.
    pub(crate) person: Option<(String, String)>,
    /// Carried by every form of the session.
    pub(crate) form_key: String,
    /// The page of the menu that this is one of.
    pub(crate) place: &'static str,
    /// Pages that may be looked at.
    pub(crate) menu: Vec<Entry>,
}

/// A page of the menu.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// By which texts name it.
    pub(crate) place: &'static str,
    pub(crate) path: &'static str,
    /// The key that leads there; empty when none does.
    pub(crate) key: &'static str,
}

const fn entry(place: &'static str, path: &'static str, key: &'static str) -> Entry {
    Entry { place, path, key }
}

/// The menu, each with what somebody must be allowed to be shown it. Tariffs are for everybody.
const MENU: [(Entry, Option<Action>); 7] = [
    (entry("desk", "/desk", "F2"), Some(Action::AccountRead)),
    (entry("shift", "/desk/shift", "F8"), Some(Action::ShiftOpen)),
    (entry("unapplied", "/desk/unapplied", ""), Some(Action::UnappliedRead)),
    (entry("approvals", "/desk/approvals", "F9"), Some(Action::ApprovalRead)),
    (entry("claims", "/claims/check", ""), Some(Action::ClaimCheckRead)),
    (entry("overview", "/overview", ""), Some(Action::LedgerRead)),
    (entry("tariff", "/tariff", ""), None),
];

/// The menu of somebody.
pub(crate) fn menu(desk: &Desk, actor: &Actor) -> Vec<Entry> {
    let may = |(_, action): &&(Entry, Option<Action>)| action.is_none_or(|action| desk.permits(actor, action));
    MENU.iter().filter(may).map(|(entry, _)| *entry).collect()
}

impl Frame {
    pub(crate) fn of(lang: Lang, signed: Option<&Signed>, place: &'static str, title: String) -> Frame {
        let person =
            signed.map(|signed| (signed.actor.name.to_string(), lang.word_of("role", signed.actor.role.word())));
        let form_key = signed.map(|signed| signed.form_key.to_string()).unwrap_or_default();
        Frame { lang, title, person, form_key, place, menu: Vec::new() }
    }

    /// A text by its name.
    pub(crate) fn t(&self, name: &str) -> String {
        self.lang.t(name)
    }

    /// An amount as people read it.
    pub(crate) fn m(&self, amount: &str) -> String {
        money(self.lang, amount)
    }

    /// A day or a moment as people read it.
    pub(crate) fn when(&self, moment: &str) -> String {
        when(moment)
    }

    /// A count as people read it.
    pub(crate) fn count(&self, count: impl std::fmt::Display) -> String {
        money(self.lang, &count.to_string())
    }

    /// A part of a path as it stands in an address.
    pub(crate) fn path(&self, part: &str) -> String {
        path(part)
    }
}

/// What is answered instead of the page that was asked for: a way elsewhere, or why there is none.
pub(crate) struct Instead(Box<Response>);

impl Instead {
    /// Is a browser sent there?
    pub(crate) fn leads_to(&self, path: &str) -> bool {
        self.0.headers().get(LOCATION).is_some_and(|to| to == path)
    }
}

impl From<Response> for Instead {
    fn from(answer: Response) -> Instead {
        Instead(Box::new(answer))
    }
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// A page as an answer.
pub(crate) fn shown(status: StatusCode, page: &impl Template) -> Response {
    let Ok(text) = page.render() else { return refusal::panicked().into_response() };
    let mut response = (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // What a page of a patient shows stays in no cache.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'m> {
    frame: Frame,
    detail: &'m str,
    wrong: Wrong,
}

/// A page that says something.
pub(crate) fn message(lang: Lang, status: StatusCode, title: &str, detail: &str) -> Response {
    let frame = Frame::of(lang, None, "", title.to_owned());
    shown(status, &Message { frame, detail, wrong: Wrong::default() })
}

/// A problem as a page, for somebody who is not signed in.
pub(crate) fn trouble(lang: Lang, refusal: Refusal) -> Response {
    trouble_in(Frame::of(lang, None, "", String::new()), refusal)
}

/// A problem as a page: what was wrong, and what may be done.
pub(crate) fn trouble_in(mut frame: Frame, refusal: Refusal) -> Response {
    let wrong = Wrong::of(frame.lang, refusal.problem());
    let status = wrong.status();
    frame.title.clone_from(&wrong.title);
    let detail = wrong.detail.clone();
    shown(status, &Message { frame, detail: &detail, wrong })
}
