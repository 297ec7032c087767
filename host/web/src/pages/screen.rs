//! The patient's second screen of a desk: the code in full size, and what becomes of it. No name stands there.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, Instead, shown};
use super::home::path;
use super::sign_in::picture;
use super::view::{Request, view};
use super::visitor::Visitor;
use crate::desk::following::{Followed, IDLE};

#[derive(Template)]
#[template(path = "screen.html")]
struct ScreenPage {
    frame: Frame,
    desk: String,
    request: Option<Request>,
    picture: String,
}

impl ScreenPage {
    fn here(&self) -> String {
        format!("/screen/{}", path(&self.desk))
    }

    fn stream(&self) -> String {
        format!("{}/events", self.here())
    }

    /// What it shows, as its stream knows it.
    fn mark(&self) -> String {
        self.request.as_ref().map_or_else(|| IDLE.to_owned(), Request::mark)
    }
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    let desk = visitor.named("desk");
    let found = visitor.desk()?.screen(visitor.actor(), desk).await.map_err(|halt| visitor.halted(halt))?;
    let request: Option<Request> = found.map(|request| view(&visitor, &request)).transpose()?;
    let code = request.as_ref().filter(|request| request.is_open()).and_then(Request::code);
    let picture = code.and_then(picture).unwrap_or_default();
    let desk = desk.to_owned();
    let frame = visitor.frame("", visitor.lang.about("screen-title", &desk));
    Ok(shown(StatusCode::OK, &ScreenPage { frame, desk, request, picture }))
}

/// When what is to be seen on it is no longer what it shows.
pub(crate) async fn events(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let followed = Followed::Screen(visitor.named("desk").to_owned());
    visitor.follow(followed, query.as_deref()).await
}
