//! Claim files on their way in: one after another, files of a zip too, none kept for longer than it takes to check it.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tokio::sync::{mpsc, oneshot};
use vienphi_domain::{Day, Fault, Problem};
use vienphi_service::desk::Halt;
use vienphi_service::desk::claim_checks::Piece;

use super::list;
use crate::pages::frame::Instead;
use crate::pages::view::when;
use crate::pages::visitor::{Visitor, foreign, is_ours, see};
use crate::pages::wrong::Wrong;
use crate::refusal::overloaded;

/// All files of one sending together, as they are sent: a month of a province's hospital in a zip.
pub(crate) const LONGEST: usize = 1024 * 1024 * 1024;

/// One claim file, out of its zip.
const LONGEST_FILE: u64 = 16 * 1024 * 1024;

/// All files of a zip together, out of it.
const LONGEST_UNPACKED: u64 = 8 * 1024 * 1024 * 1024;

/// Files of one zip.
const MOST_FILES: usize = 100_000;

/// So many files may wait to be checked.
const WAITING: usize = 16;

/// The first bytes of a zip.
const ZIP: &[u8] = b"PK\x03\x04";

/// Checks what is sent, and leads to what was found.
pub(crate) async fn upload(visitor: Visitor, headers: HeaderMap, mut form: Multipart) -> Result<Response, Instead> {
    let lang = visitor.lang;
    if !is_ours(&headers) {
        return Err(foreign(lang).into());
    }
    let desk = visitor.desk()?;
    let Some(_place) = visitor.api.upload() else { return Err(visitor.trouble(overloaded(crate::api::UPLOADS))) };
    let (sender, files) = mpsc::channel(WAITING);
    let (told, fields) = oneshot::channel();
    let feeding = feed_all(&visitor, &mut form, told, sender);
    // Nothing begins before the form is known to be ours.
    let checking = async {
        let Fields { name, received_on, .. } = fields.await.ok()?;
        let day = when(&visitor.api.today().to_string());
        let name = if name.is_empty() { lang.about("claims-name", day) } else { name };
        let received_on = match Day::parse(&received_on) {
            None if !received_on.is_empty() => return Some(Err(Halt::Refused(Box::new(no_day())))),
            day => day,
        };
        let (pricer, today) = (visitor.api.pricer(), visitor.api.today());
        Some(desk.check_claims(visitor.actor(), &name, files, pricer, received_on, today).await)
    };
    let (fed, came) = tokio::join!(feeding, checking);
    match (fed, came) {
        (_, Some(Ok(id))) => Ok(see(&format!("/claims/check/{id}"))),
        (_, Some(Err(Halt::Refused(problem)))) if problem.status == 422 => {
            list(&visitor, StatusCode::UNPROCESSABLE_ENTITY, Wrong::of(lang, &problem)).await
        }
        (_, Some(Err(halt))) => Err(visitor.halted(halt)),
        (Err(instead), None) => Err(instead),
        (Ok(()), None) => Err(foreign(lang).into()),
    }
}

/// Reads the whole form: its fields, which stand before its files, are told once they are known to be ours; then the files.
async fn feed_all(
    visitor: &Visitor,
    form: &mut Multipart,
    told: oneshot::Sender<Fields>,
    sender: mpsc::Sender<Piece>,
) -> Result<(), Instead> {
    let (mut fields, mut told) = (Fields::default(), Some(told));
    let is_ours = |fields: &Fields| fields.form_key == *visitor.signed.form_key;
    loop {
        let next = form.next_field().await;
        let field = match next {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(error) if told.is_some() => return Err(broken(visitor, &error)),
            Err(error) => {
                let _ = sender.send(Err(in_words(&error))).await;
                return Ok(());
            }
        };
        if field.name() != Some("files") {
            fields.take(field).await.map_err(|error| broken(visitor, &error))?;
            continue;
        }
        if let Some(told) = told.take() {
            if !is_ours(&fields) {
                return Err(foreign(visitor.lang).into());
            }
            let _ = told.send(std::mem::take(&mut fields));
        }
        if let Err(why) = feed(field, &sender).await {
            let _ = sender.send(Err(why)).await;
            return Ok(());
        }
    }
    // A form of ours without a file: the check says that there is none.
    if let Some(told) = told.filter(|_| is_ours(&fields)) {
        let _ = told.send(fields);
    }
    Ok(())
}

/// What the page sends before its files.
#[derive(Default)]
struct Fields {
    form_key: String,
    name: String,
    received_on: String,
}

impl Fields {
    async fn take(&mut self, mut field: Field<'_>) -> Result<(), MultipartError> {
        const LONGEST_FIELD: usize = 200;
        let name = field.name().unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await? {
            let left = LONGEST_FIELD - bytes.len().min(LONGEST_FIELD);
            bytes.extend_from_slice(&chunk[..chunk.len().min(left)]);
        }
        let text: String = String::from_utf8_lossy(&bytes).chars().filter(|letter| !letter.is_control()).collect();
        match name.as_str() {
            "form_key" => self.form_key = text,
            "name" => self.name = text.trim().to_owned(),
            "received_on" => self.received_on = text,
            _ => {}
        }
        Ok(())
    }
}

/// A day that is none: what depends on it would silently not be checked.
fn no_day() -> Problem {
    let message = "must be a day such as 2026-03-02, or empty".to_owned();
    let errors = vec![Fault { path: "received_on".to_owned(), message: message.clone() }];
    let (kind, title) = ("urn:vienphi:problem:invalid-request", "The request is wrong as sent");
    Problem { kind, title, status: 422, encounter: None, detail: format!("received_on {message}"), errors }
}

fn broken(visitor: &Visitor, error: &MultipartError) -> Instead {
    tracing::debug!(status = error.status().as_u16(), "an upload broke off");
    visitor.trouble(crate::refusal::cut_off())
}

fn in_words(error: &MultipartError) -> String {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        format!("are longer than {} MB together: send fewer at a time", LONGEST / 1024 / 1024)
    } else {
        "broke off on their way".to_owned()
    }
}

/// Gives a file on, or the files of a zip.
async fn feed(mut field: Field<'_>, sender: &mpsc::Sender<Piece>) -> Result<(), String> {
    let name = plain(field.file_name().unwrap_or_default());
    let first = loop {
        match field.chunk().await.map_err(|error| in_words(&error))? {
            Some(chunk) if chunk.is_empty() => {}
            Some(chunk) => break chunk,
            // A form without a file sends an empty one.
            None if name.is_empty() => return Ok(()),
            None => return Err(format!("{name} is empty")),
        }
    };
    if first.starts_with(ZIP) {
        // A zip is read from its end. The file it waits in has no name, and is gone with whatever becomes of this.
        let mut kept = tempfile::tempfile().map_err(|error| format!("cannot be kept while they are read: {error}"))?;
        let mut chunk = Some(first);
        while let Some(bytes) = chunk {
            kept.write_all(&bytes).map_err(|error| format!("cannot be kept while they are read: {error}"))?;
            chunk = field.chunk().await.map_err(|error| in_words(&error))?;
        }
        let sender = sender.clone();
        let unpacked = tokio::task::spawn_blocking(move || unpack(&name, kept, &sender)).await;
        return unpacked.map_err(|_| "could not be unpacked".to_owned())?;
    }
    let mut bytes = first.to_vec();
    while let Some(chunk) = field.chunk().await.map_err(|error| in_words(&error))? {
        if (bytes.len() + chunk.len()) as u64 > LONGEST_FILE {
            return Err(too_long(&name));
        }
        bytes.extend_from_slice(&chunk);
    }
    // Nobody takes it when the check has ended; why, the check says.
    let _ = sender.send(Ok((name, bytes))).await;
    Ok(())
}

fn too_long(name: &str) -> String {
    format!("{name} is longer than {} MB", LONGEST_FILE / 1024 / 1024)
}

/// The files of a zip, one after another.
fn unpack(zip: &str, mut kept: File, sender: &mpsc::Sender<Piece>) -> Result<(), String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("{zip} cannot be read as a zip: {error}");
    kept.rewind().map_err(|error| unreadable(&error))?;
    let mut archive = zip::ZipArchive::new(kept).map_err(|error| unreadable(&error))?;
    if archive.len() > MOST_FILES {
        return Err(format!("{zip} has more than {MOST_FILES} files"));
    }
    let mut unpacked = 0;
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|error| unreadable(&error))?;
        let name = entry.name().map(|name| plain(&name)).map_err(|error| unreadable(&error))?;
        // What operating systems and folders leave in a zip is no claim.
        let is_claim = entry.is_file() && name.to_ascii_lowercase().ends_with(".xml") && !name.starts_with("__MACOSX/");
        if !is_claim {
            continue;
        }
        let mut bytes = Vec::new();
        // By what comes out, not by what the zip says of it.
        let read = entry.take(LONGEST_FILE + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(&error))?;
        unpacked += bytes.len() as u64;
        if bytes.len() as u64 > LONGEST_FILE {
            return Err(too_long(&name));
        }
        if unpacked > LONGEST_UNPACKED {
            return Err(format!("{zip} unpacks to more than {} GB", LONGEST_UNPACKED / 1024 / 1024 / 1024));
        }
        if sender.blocking_send(Ok((name, bytes))).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// A file's name as it is shown: without what is not printed, and not too long.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
