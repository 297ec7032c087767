//! The first page of the desk: one field that takes what a reader scans or a hand types, and what waits.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, Instead, menu, shown};
use super::scan::{Reading, scanned};
use super::view::{Page, Patient, Shift, view};
use super::visitor::{Form, Visitor, see};

#[derive(Template)]
#[template(path = "desk.html")]
struct Home {
    frame: Frame,
    shift: Option<Shift>,
    asked: Option<Asked>,
}

/// What was looked for, and what was found.
struct Asked {
    /// As it was read.
    text: String,
    reading: Reading,
    found: Vec<Patient>,
}

#[derive(Template)]
#[template(path = "patient.html")]
struct PatientPage {
    frame: Frame,
    patient: Patient,
    reading: Option<Reading>,
}

async fn home(visitor: &Visitor, asked: Option<Asked>) -> Result<Response, Instead> {
    // Who has no drawer has no shift either.
    let shift = visitor.if_permitted(visitor.desk()?.own_shift(visitor.actor()).await)?.flatten();
    let shift = shift.map(|shift| view(visitor, &shift)).transpose()?;
    let frame = visitor.frame("desk", visitor.lang.t("desk-title"));
    Ok(shown(StatusCode::OK, &Home { frame, shift, asked }))
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    // Who has no work at the desk begins with their own.
    if let Some(first) = menu(visitor.desk()?, visitor.actor()).first().filter(|first| first.place != "desk") {
        return Ok(see(first.path));
    }
    home(&visitor, None).await
}

/// The page behind the form, when somebody comes back to it: what was looked for stands in no address.
pub(crate) async fn back(_: Visitor) -> Response {
    see("/desk")
}

pub(crate) async fn find(form: Form) -> Result<Response, Instead> {
    let visitor = &form.visitor;
    let (text, reading) = scanned(form.fields.get("q"));
    if text.is_empty() {
        return Ok(see("/desk"));
    }
    let found = visitor.desk()?.find_patients(visitor.actor(), &text).await.map_err(|halt| visitor.halted(halt))?;
    let mut found: Page<Patient> = view(visitor, &found)?;
    found.items.retain(|patient| patient.merged_into.is_none());
    match found.items.as_slice() {
        // A scan that finds one patient goes straight there.
        [only] => Ok(see(&reading.at(&format!("/desk/patients/{}", path(&only.id))))),
        _ => home(visitor, Some(Asked { text, reading, found: found.items })).await,
    }
}

pub(crate) async fn patient(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let reading = Reading::of(query.as_deref());
    let found = visitor.desk()?.patient(visitor.actor(), visitor.id()).await.map_err(|halt| visitor.halted(halt))?;
    let patient: Patient = view(&visitor, &found)?;
    if let [only] = patient.encounters.as_slice() {
        let visit = format!("/desk/visits/{}", path(&only.id));
        return Ok(see(&reading.map_or(visit.clone(), |reading| reading.at(&visit))));
    }
    let title = patient.name.clone().unwrap_or_else(|| patient.id.clone());
    let frame = visitor.frame("desk", title);
    Ok(shown(StatusCode::OK, &PatientPage { frame, patient, reading }))
}

/// A part of a path as it stands in an address.
pub(crate) fn path(part: &str) -> String {
    form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_paths_are_written_for_addresses() {
        assert_eq!(path("BN 1/2?"), "BN%201%2F2%3F");
        assert_eq!(path("HS2026.0001"), "HS2026.0001");
    }
}
