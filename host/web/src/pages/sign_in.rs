//! Signing in: name and password, a one-time code where the role asks for one, and what is to be set up first.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;
use qrcode::QrCode;
use qrcode::render::svg;
use vienphi_service::desk::Halt;
use vienphi_service::desk::people::{Held, Next, SignIn};

use super::frame::{Frame, Instead, shown, trouble};
use super::texts::Lang;
use super::visitor::{
    AnyForm, Anyone, Entering, EnteringForm, Fields, Typed, Visitor, keep_language, keep_session, see,
};
use crate::desk::halted;
use crate::peer::Whence;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    frame: Frame,
    facility: String,
    name: String,
    fault: String,
    /// What was typed when the session had ended; empty when nothing was.
    typed: String,
    /// The hospital's own account system says who people are, too.
    has_issuer: bool,
}

/// What was typed before somebody signed in again, to be sent after all.
#[derive(Template)]
#[template(path = "resume.html")]
struct ResumePage {
    frame: Frame,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    frame: Frame,
    fault: String,
}

#[derive(Template)]
#[template(path = "codes.html")]
struct CodesPage {
    frame: Frame,
    picture: String,
    letters: String,
    ticket: String,
    fault: String,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    frame: Frame,
    old_fault: String,
    new_fault: String,
}

fn frame(lang: Lang, title: &str) -> Frame {
    Frame::of(lang, None, "", lang.t(title))
}

fn front(anyone: &Anyone, status: StatusCode, fields: &Fields, fault: String) -> Response {
    let of = |name: &str| fields.get(name).to_owned();
    let (facility, name, typed) = (of("facility"), of("name"), of("typed"));
    let has_issuer = has_issuer(anyone);
    shown(status, &Page { frame: frame(anyone.lang, "sign-in-title"), facility, name, fault, typed, has_issuer })
}

fn has_issuer(anyone: &Anyone) -> bool {
    anyone.desk().is_ok_and(|desk| desk.has_issuer())
}

pub(crate) async fn page(anyone: Anyone) -> Response {
    front(&anyone, StatusCode::OK, &Fields::default(), String::new())
}

/// The sign-in for somebody whose session ended while a form was filled.
pub(crate) fn with_typed(anyone: &Anyone, typed: &Typed) -> Response {
    let fault = anyone.lang.t("session-ended");
    let (facility, name, typed) = (String::new(), String::new(), typed.written());
    let has_issuer = has_issuer(anyone);
    let page = Page { frame: frame(anyone.lang, "sign-in-title"), facility, name, fault, typed, has_issuer };
    shown(StatusCode::UNAUTHORIZED, &page)
}

pub(crate) async fn sign_in(Whence(from): Whence, form: AnyForm) -> Result<Response, Instead> {
    let AnyForm { anyone, fields } = &form;
    let (lang, desk) = (anyone.lang, anyone.desk()?);
    let failed = |halt| trouble(lang, halted(halt));
    let signed = desk.sign_in(from, fields.get("facility"), fields.get("name"), fields.exactly("password")).await;
    let cookie = match signed.map_err(failed)? {
        SignIn::In(cookie) => cookie,
        SignIn::Wrong => return Ok(front(anyone, StatusCode::UNAUTHORIZED, fields, lang.t("sign-in-wrong"))),
        SignIn::Locked(until) => {
            let fault = lang.about("sign-in-locked", clock(until));
            return Ok(front(anyone, StatusCode::TOO_MANY_REQUESTS, fields, fault));
        }
        SignIn::Held(held) => {
            let fault = lang.about("sign-in-held", clock(held.until));
            return Ok(wait(front(anyone, StatusCode::TOO_MANY_REQUESTS, fields, fault), held));
        }
    };
    let next = resumed(anyone, &cookie, fields).await?.unwrap_or_else(|| see("/desk"));
    Ok(keep_session(&anyone.api, next, Some(&cookie)))
}

/// What was typed when a session had ended, for the session of a cookie; none when nothing was, or the session is not in.
async fn resumed(anyone: &Anyone, cookie: &str, fields: &Fields) -> Result<Option<Response>, Instead> {
    let Some(typed) = Typed::read(fields.get("typed")) else { return Ok(None) };
    let lang = anyone.lang;
    let signed = anyone.desk()?.signed_in(cookie).await.map_err(|halt| trouble(lang, halted(halt)))?;
    Ok(signed.filter(|signed| signed.next == Next::In).map(|signed| {
        let frame = Frame::of(lang, Some(&signed), "desk", lang.t("resume-title"));
        shown(StatusCode::OK, &ResumePage { frame, typed })
    }))
}

/// Goes on with what was typed after a sign-in elsewhere: at the issuer, in another tab.
pub(crate) async fn resume(form: AnyForm) -> Result<Response, Instead> {
    let AnyForm { anyone, fields } = &form;
    let resumed = resumed(anyone, anyone.cookie.as_deref().unwrap_or_default(), fields).await?;
    let not_yet = || front(anyone, StatusCode::UNAUTHORIZED, fields, anyone.lang.t("resume-not-yet"));
    Ok(resumed.unwrap_or_else(not_yet))
}

/// An answer to whoever is to come again later.
pub(crate) fn wait(mut answer: Response, held: Held) -> Response {
    answer.headers_mut().insert(RETRY_AFTER, held.seconds.into());
    answer
}

/// The time of day in Vietnam.
pub(crate) fn clock(moment: vienphi_domain::Moment) -> String {
    let minute = moment.minute().to_string();
    minute.split_once('T').map_or(minute.clone(), |(_, clock)| clock.to_owned())
}

fn wrong(lang: Lang, came: &SignIn) -> String {
    match came {
        SignIn::Locked(until) => lang.about("sign-in-locked", clock(*until)),
        SignIn::Held(held) => lang.about("sign-in-held", clock(held.until)),
        SignIn::In(_) | SignIn::Wrong => lang.t("code-wrong"),
    }
}

pub(crate) async fn code_page(Entering(visitor): Entering) -> Response {
    if visitor.signed.next != Next::Code {
        return see("/desk");
    }
    shown(StatusCode::OK, &CodePage { frame: entering(&visitor, "code-title"), fault: String::new() })
}

fn entering(visitor: &super::visitor::Visitor, title: &str) -> Frame {
    let form_key = visitor.signed.form_key.to_string();
    Frame { form_key, ..frame(visitor.lang, title) }
}

pub(crate) async fn give_code(Whence(from): Whence, form: EnteringForm) -> Result<Response, Instead> {
    let EnteringForm { visitor, fields } = &form;
    let came = visitor.desk()?.give_code(from, &visitor.signed, fields.get("code")).await;
    Ok(match came.map_err(|halt| visitor.halted(halt))? {
        SignIn::In(cookie) => keep_session(&visitor.api, see("/desk"), Some(&cookie)),
        came => {
            let fault = wrong(visitor.lang, &came);
            let page = CodePage { frame: entering(visitor, "code-title"), fault };
            match came {
                SignIn::Held(held) => wait(shown(StatusCode::TOO_MANY_REQUESTS, &page), held),
                _ => shown(StatusCode::UNAUTHORIZED, &page),
            }
        }
    })
}

/// Asks for the first code: of the key of a ticket, once one was shown.
async fn codes(visitor: &Visitor, ticket: &str, status: StatusCode, fault: String) -> Result<Response, Instead> {
    let key = visitor.desk()?.new_codes(&visitor.signed, ticket).await.map_err(|halt| visitor.halted(halt))?;
    let picture = picture(&key.link).unwrap_or_default();
    let letters = key.link.split_once("secret=").map_or("", |(_, rest)| rest).split('&').next().unwrap_or_default();
    let grouped: Vec<String> =
        letters.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned()).collect();
    let frame = entering(visitor, "codes-title");
    Ok(shown(status, &CodesPage { frame, picture, letters: grouped.join(" "), ticket: key.ticket, fault }))
}

/// What a camera reads, as a picture in the page: nothing of it is kept anywhere.
pub(crate) fn picture(text: &str) -> Option<String> {
    use base64::Engine as _;
    let code = QrCode::new(text.as_bytes()).ok()?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(280, 280).quiet_zone(true).build();
    Some(format!("data:image/svg+xml;base64,{}", base64::engine::general_purpose::STANDARD.encode(drawn)))
}

pub(crate) async fn codes_page(Entering(visitor): Entering) -> Result<Response, Instead> {
    if visitor.signed.next == Next::Code {
        return Ok(see("/sign-in/code"));
    }
    codes(&visitor, "", StatusCode::OK, String::new()).await
}

pub(crate) async fn set_up_codes(form: EnteringForm) -> Result<Response, Instead> {
    let EnteringForm { visitor, fields } = &form;
    if visitor.signed.next == Next::Code {
        return Ok(see("/sign-in/code"));
    }
    let came = visitor.desk()?.set_up_codes(&visitor.signed, fields.get("ticket"), fields.get("code")).await;
    match came.map_err(|halt| visitor.halted(halt))? {
        SignIn::In(cookie) => Ok(keep_session(&visitor.api, see("/desk"), Some(&cookie))),
        came => codes(visitor, fields.get("ticket"), StatusCode::UNAUTHORIZED, wrong(visitor.lang, &came)).await,
    }
}

pub(crate) async fn password_page(Entering(visitor): Entering) -> Response {
    if visitor.signed.next == Next::Code {
        return see("/sign-in/code");
    }
    let frame = entering(&visitor, "password-title");
    shown(StatusCode::OK, &PasswordPage { frame, old_fault: String::new(), new_fault: String::new() })
}

pub(crate) async fn change_password(form: EnteringForm) -> Result<Response, Instead> {
    let EnteringForm { visitor, fields } = &form;
    if visitor.signed.next == Next::Code {
        return Ok(see("/sign-in/code"));
    }
    let lang = visitor.lang;
    let (old, new) = (fields.exactly("old"), fields.exactly("new"));
    let changed = match new == fields.exactly("again") {
        true => visitor.desk()?.change_password(&visitor.signed, old, new).await,
        false => {
            let page = PasswordPage {
                frame: entering(visitor, "password-title"),
                old_fault: String::new(),
                new_fault: lang.t("password-not-the-same"),
            };
            return Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    match changed {
        Ok(()) => Ok(see("/desk")),
        Err(Halt::Refused(problem)) if !problem.errors.is_empty() => {
            let of = |path: &str| problem.errors.iter().any(|fault| fault.path == path);
            let shown_fault = |path: &str, name: &str| if of(path) { lang.t(name) } else { String::new() };
            let page = PasswordPage {
                frame: entering(visitor, "password-title"),
                old_fault: shown_fault("old", "password-old-wrong"),
                new_fault: shown_fault("new", "password-rule"),
            };
            Ok(shown(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(halt) => Err(visitor.halted(halt)),
    }
}

pub(crate) async fn sign_out(form: EnteringForm) -> Result<Response, Instead> {
    let visitor = &form.visitor;
    visitor.desk()?.sign_out(&visitor.signed).await.map_err(|halt| visitor.halted(halt))?;
    Ok(keep_session(&visitor.api, see("/sign-in"), None))
}

/// Shows the pages in the other language from now on.
pub(crate) async fn language(form: AnyForm) -> Response {
    let lang = Lang::parse(form.fields.get("lang")).unwrap_or(Lang::Vi);
    // Only a page of ours sends this form: back to its path, of whatever host.
    let from = form.fields.get("from");
    // A browser takes `//` and `/\\` for another host, and leaves out what is not printed.
    let is_path = from.starts_with('/')
        && !from.starts_with("//")
        && from.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    keep_language(see(if is_path { from } else { "/desk" }), lang)
}
