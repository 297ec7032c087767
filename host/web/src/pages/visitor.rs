//! Who looks at a page, and what a form was sent with.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use vienphi_domain::Actor;
use vienphi_service::Desk;
use vienphi_service::desk::people::{LONGEST_SIGN_IN, Next, Signed};
use vienphi_service::desk::{Halt, Sent};

use super::frame::{Frame, Instead, menu, trouble, trouble_in};
use super::texts::Lang;
use crate::api::Api;
use crate::desk::following::{Followed, Proof, Telling, stream_of};
use crate::desk::{LONGEST_KEY, halted};
use crate::refusal::Refusal;

/// Where the session is. Under TLS it has a name that browsers take and send back under TLS alone, from this host alone.
fn session_cookie(api: &Api) -> &'static str {
    if api.is_secure() { "__Host-vienphi" } else { "vienphi" }
}

/// Where a sign-in is that was begun at an issuer and has not ended.
fn ticket_cookie(api: &Api) -> &'static str {
    if api.is_secure() { "__Host-vienphi-oidc" } else { "vienphi-oidc" }
}

/// The language that was chosen.
const LANGUAGE: &str = "vienphi-language";

/// A form is no longer.
const LONGEST_FORM: usize = 64 * 1024;

/// Anybody, signed in or not.
pub(crate) struct Anyone {
    pub(crate) api: Arc<Api>,
    pub(crate) lang: Lang,
    pub(crate) cookie: Option<String>,
}

impl Anyone {
    pub(crate) fn desk(&self) -> Result<&Desk, Instead> {
        self.api.desk().map_err(|refusal| trouble(self.lang, refusal).into())
    }

    fn of(parts: &Parts, api: &Arc<Api>) -> Anyone {
        let found = |name: &str| cookie(&parts.headers, name).map(str::to_owned);
        let lang = found(LANGUAGE).and_then(|word| Lang::parse(&word)).unwrap_or(Lang::Vi);
        Anyone { api: Arc::clone(api), lang, cookie: found(session_cookie(api)) }
    }
}

impl FromRequestParts<Arc<Api>> for Anyone {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Anyone, Instead> {
        Ok(Anyone::of(parts, api))
    }
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = all.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// What a browser keeps of a sign-in that it began at an issuer.
pub(crate) fn ticket(headers: &HeaderMap, api: &Api) -> Option<String> {
    cookie(headers, ticket_cookie(api)).map(str::to_owned)
}

/// Somebody who is signed in and may look at pages.
pub(crate) struct Visitor {
    pub(crate) api: Arc<Api>,
    pub(crate) lang: Lang,
    pub(crate) signed: Signed,
    pub(crate) cookie: String,
    place: Vec<(String, String)>,
}

impl Visitor {
    /// The use cases.
    pub(crate) fn desk(&self) -> Result<&Desk, Instead> {
        self.api.desk().map_err(|refusal| self.trouble(refusal))
    }

    /// Who acts.
    pub(crate) fn actor(&self) -> &Arc<Actor> {
        &self.signed.actor
    }

    /// The visit, receipt, … of the path.
    pub(crate) fn id(&self) -> &str {
        self.named("id")
    }

    /// A part of the path.
    pub(crate) fn named(&self, name: &str) -> &str {
        self.place.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// What is around a page: of which entry of the menu it is, and its title.
    pub(crate) fn frame(&self, place: &'static str, title: String) -> Frame {
        let menu = self.api.desk().map(|desk| menu(desk, self.actor())).unwrap_or_default();
        Frame { menu, ..Frame::of(self.lang, Some(&self.signed), place, title) }
    }

    /// A use case that had no effect, as a page.
    pub(crate) fn halted(&self, halt: Halt) -> Instead {
        self.trouble(halted(halt))
    }

    /// What a use case gave; nothing where it is not for the eyes of whoever looks.
    pub(crate) fn if_permitted<T>(&self, came: Result<T, Halt>) -> Result<Option<T>, Instead> {
        match came {
            Ok(found) => Ok(Some(found)),
            Err(Halt::Refused(problem)) if problem.status == 403 => Ok(None),
            Err(halt) => Err(self.halted(halt)),
        }
    }

    /// A problem as a page.
    pub(crate) fn trouble(&self, refusal: Refusal) -> Instead {
        trouble_in(self.frame("", String::new()), refusal).into()
    }

    /// A stream for a page, which says in its address what it shows.
    pub(crate) async fn follow(&self, followed: Followed, query: Option<&str>) -> Result<Response, Instead> {
        let shown = Fields::read(query.unwrap_or_default().as_bytes()).get("shown").to_owned();
        let proof = Proof::Session(self.cookie.clone().into());
        let streamed = stream_of(&self.api, self.actor(), followed, Telling::Page { shown }, proof).await;
        streamed.map_err(|refusal| self.trouble(refusal))
    }

    async fn of(parts: &mut Parts, api: &Arc<Api>) -> Result<Visitor, Instead> {
        let anyone = Anyone::of(parts, api);
        let (visitor, next) = Visitor::stage(parts, api, anyone).await?;
        match next {
            Next::In => Ok(visitor),
            Next::Code => Err(first(parts, "/sign-in/code")),
            Next::Password => Err(first(parts, "/sign-in/password")),
            Next::SetUpCodes => Err(first(parts, "/sign-in/codes")),
        }
    }

    /// Somebody with a session, whatever is to be done first.
    async fn stage(parts: &mut Parts, api: &Arc<Api>, anyone: Anyone) -> Result<(Visitor, Next), Instead> {
        let Anyone { lang, cookie, .. } = anyone;
        let desk = api.desk().map_err(|refusal| trouble(lang, refusal))?;
        let signed = match &cookie {
            Some(cookie) => desk.signed_in(cookie).await.map_err(|halt| trouble(lang, halted(halt)))?,
            None => None,
        };
        let (Some(signed), Some(cookie)) = (signed, cookie) else { return Err(first(parts, "/sign-in")) };
        let params = RawPathParams::from_request_parts(parts, api).await.ok();
        let place: Vec<(String, String)> = params
            .iter()
            .flat_map(|params| params.iter())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let next = signed.next;
        Ok((Visitor { api: Arc::clone(api), lang, signed, cookie, place }, next))
    }
}

/// Something is to be done first, at this place. A script that asks for a part of a page makes the browser ask for the whole page, which
/// is led there.
fn first(parts: &Parts, place: &str) -> Instead {
    if parts.headers.contains_key("hx-request") {
        return (StatusCode::UNAUTHORIZED, [("hx-refresh", "true")]).into_response().into();
    }
    see(place).into()
}

impl FromRequestParts<Arc<Api>> for Visitor {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Visitor, Instead> {
        Visitor::of(parts, api).await
    }
}

/// Somebody on the way in: what is to be done first is what they are there for.
pub(crate) struct Entering(pub(crate) Visitor);

impl FromRequestParts<Arc<Api>> for Entering {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Entering, Instead> {
        let anyone = Anyone::of(parts, api);
        Ok(Entering(Visitor::stage(parts, api, anyone).await?.0))
    }
}

/// The fields of a form, in their order.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A field without blanks around it; empty when it was not sent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.exactly(name).trim()
    }

    /// A field as it was typed.
    pub(crate) fn exactly(&self, name: &str) -> &str {
        self.0.iter().rfind(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field that is sent several times.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// Fields as a form or an address writes them.
    pub(crate) fn read(body: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(body).into_owned().collect())
    }
}

/// What somebody typed whose session had ended.
pub(crate) struct Typed {
    pub(crate) action: String,
    pub(crate) fields: Fields,
}

impl Typed {
    /// As a field of the sign-in's form.
    pub(crate) fn written(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(format!("{}?", self.action));
        for (name, value) in self.all() {
            text.append_pair(name, value);
        }
        text.finish()
    }

    /// Of such a field. Only a form of the desk is taken.
    pub(crate) fn read(text: &str) -> Option<Typed> {
        let (action, fields) = text.split_once('?')?;
        let is_of_desk = action.starts_with("/desk/") && action.bytes().all(|byte| byte.is_ascii_graphic());
        is_of_desk.then(|| Typed { action: action.to_owned(), fields: Fields::read(fields.as_bytes()) })
    }

    /// The names and values.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &String)> {
        self.fields.0.iter().filter(|(name, _)| *name != "form_key").map(|(name, value)| (name, value))
    }

    /// What a person typed, and not what the page put there.
    pub(crate) fn by_hand(&self) -> impl Iterator<Item = (&String, &String)> {
        self.all().filter(|(name, value)| {
            *name != "key" && *name != "for" && !(*name == "outcome" && *value == "reversed") && !value.is_empty()
        })
    }
}

/// A form that somebody sent who is signed in.
pub(crate) struct Form {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

impl Form {
    /// A command of the form: the same form sent twice is one command. A form without its key is none that a page made.
    pub(crate) fn sent<'f>(&'f self, route: &'f str, document: &'f [u8]) -> Result<Sent<'f>, Instead> {
        let key = self.fields.get("key");
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(foreign(self.visitor.lang).into());
        }
        Ok(Sent { key, route, document })
    }
}

/// A form of somebody on the way in.
pub(crate) struct EnteringForm {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

/// A form of anybody.
pub(crate) struct AnyForm {
    pub(crate) anyone: Anyone,
    pub(crate) fields: Fields,
}

async fn body(request: Request, lang: Lang) -> Result<Bytes, Instead> {
    let read = to_bytes(request.into_body(), LONGEST_FORM).await;
    read.map_err(|_| trouble(lang, crate::refusal::too_long(LONGEST_FORM)).into())
}

/// Another site's page can send a form here; it cannot know the session's key, and its browser says where it comes from.
pub(crate) fn is_ours(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

pub(crate) fn foreign(lang: Lang) -> Response {
    super::frame::message(lang, StatusCode::FORBIDDEN, &lang.t("form-foreign"), &lang.t("form-foreign-advice"))
}

impl FromRequest<Arc<Api>> for AnyForm {
    type Rejection = Instead;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<AnyForm, Instead> {
        let (parts, rest) = request.into_parts();
        let anyone = Anyone::of(&parts, api);
        if !is_ours(&parts.headers) {
            return Err(foreign(anyone.lang).into());
        }
        let body = body(Request::from_parts(parts, rest), anyone.lang).await?;
        Ok(AnyForm { anyone, fields: Fields::read(&body) })
    }
}

impl FromRequest<Arc<Api>> for EnteringForm {
    type Rejection = Instead;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<EnteringForm, Instead> {
        let (mut parts, rest) = request.into_parts();
        let anyone = Anyone::of(&parts, api);
        let (visitor, _) = Visitor::stage(&mut parts, api, anyone).await?;
        let fields = checked(&visitor, Request::from_parts(parts, rest)).await?;
        Ok(EnteringForm { visitor, fields })
    }
}

impl FromRequest<Arc<Api>> for Form {
    type Rejection = Instead;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Form, Instead> {
        let (mut parts, rest) = request.into_parts();
        match Visitor::of(&mut parts, api).await {
            Ok(visitor) => {
                let fields = checked(&visitor, Request::from_parts(parts, rest)).await?;
                Ok(Form { visitor, fields })
            }
            // The session ended while the form was filled: what was typed is kept until the next one.
            Err(answer) if answer.leads_to("/sign-in") => {
                let anyone = Anyone::of(&parts, api);
                let action = parts.uri.path().to_owned();
                if !is_ours(&parts.headers) {
                    return Err(foreign(anyone.lang).into());
                }
                let typed = body(Request::from_parts(parts, rest), anyone.lang).await?;
                Err(super::sign_in::with_typed(&anyone, &Typed { action, fields: Fields::read(&typed) }).into())
            }
            Err(answer) => Err(answer),
        }
    }
}

/// The fields of a form that a page of this session made.
async fn checked(visitor: &Visitor, request: Request) -> Result<Fields, Instead> {
    let is_ours = is_ours(request.headers());
    let fields = Fields::read(&body(request, visitor.lang).await?);
    if is_ours && fields.get("form_key") == &*visitor.signed.form_key {
        Ok(fields)
    } else {
        Err(foreign(visitor.lang).into())
    }
}

/// Sends a browser to another page.
pub(crate) fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Lets a browser keep a session, or forget it.
pub(crate) fn keep_session(api: &Api, response: Response, cookie: Option<&str>) -> Response {
    let age = if cookie.is_some() { "" } else { "; Max-Age=0" };
    keep(api, response, session_cookie(api), cookie.unwrap_or_default(), age)
}

/// Lets a browser keep the ticket of a sign-in at an issuer for as long as it may take, or forget it.
pub(crate) fn keep_ticket(api: &Api, response: Response, ticket: Option<&str>) -> Response {
    let seconds = if ticket.is_some() { LONGEST_SIGN_IN / 1_000_000 } else { 0 };
    keep(api, response, ticket_cookie(api), ticket.unwrap_or_default(), &format!("; Max-Age={seconds}"))
}

/// For our pages alone, and sent along when another site's link or redirect leads here.
fn keep(api: &Api, mut response: Response, name: &str, value: &str, age: &str) -> Response {
    let secure = if api.is_secure() { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    response
}

/// Lets a browser keep a language.
pub(crate) fn keep_language(mut response: Response, lang: Lang) -> Response {
    let line = format!("{LANGUAGE}={}; Path=/; Max-Age=31536000; SameSite=Lax", lang.word());
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    response
}
