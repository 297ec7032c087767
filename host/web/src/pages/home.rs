//! The first page of the desk: one field that takes what a reader scans or a hand types, and what waits.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, Instead, shown};
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
    found: Vec<Patient>,
}

#[derive(Template)]
#[template(path = "patient.html")]
struct PatientPage {
    frame: Frame,
    patient: Patient,
}

async fn home(visitor: &Visitor, asked: Option<Asked>) -> Result<Response, Instead> {
    // Who has no drawer has no shift either.
    let shift = visitor.desk()?.own_shift(visitor.actor()).await.ok().flatten();
    let shift = shift.map(|shift| view(visitor, &shift)).transpose()?;
    let frame = Frame::of(visitor.lang, Some(&visitor.signed), "desk", visitor.lang.t("desk-title"));
    Ok(shown(StatusCode::OK, &Home { frame, shift, asked }))
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    home(&visitor, None).await
}

/// The page behind the form, when somebody comes back to it: what was looked for stands in no address.
pub(crate) async fn back(_: Visitor) -> Response {
    see("/desk")
}

pub(crate) async fn find(form: Form) -> Result<Response, Instead> {
    let visitor = &form.visitor;
    let text = scanned(form.fields.get("q"));
    if text.is_empty() {
        return Ok(see("/desk"));
    }
    let found = visitor.desk()?.find_patients(visitor.actor(), &text).await.map_err(|halt| visitor.halted(halt))?;
    let mut found: Page<Patient> = view(visitor, &found)?;
    found.items.retain(|patient| patient.merged_into.is_none());
    match found.items.as_slice() {
        // A scan that finds one patient goes straight there.
        [only] => Ok(see(&format!("/desk/patients/{}", path(&only.id)))),
        _ => home(visitor, Some(Asked { text, found: found.items })).await,
    }
}

pub(crate) async fn patient(visitor: Visitor) -> Result<Response, Instead> {
    let found = visitor.desk()?.patient(visitor.actor(), visitor.id()).await.map_err(|halt| visitor.halted(halt))?;
    let patient: Patient = view(&visitor, &found)?;
    if let [only] = patient.encounters.as_slice() {
        return Ok(see(&format!("/desk/visits/{}", path(&only.id))));
    }
    let title = patient.name.clone().unwrap_or_else(|| patient.id.clone());
    let frame = Frame::of(visitor.lang, Some(&visitor.signed), "desk", title);
    Ok(shown(StatusCode::OK, &PatientPage { frame, patient }))
}

/// A part of a path as it stands in an address.
pub(crate) fn path(part: &str) -> String {
    form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The number in what a reader scanned: the identity card's code (CCCD: `number|old number|name|birth|sex|address|issued`) and the
/// health-insurance card's (`number|name as hexadecimal UTF-8|birth|…|$`) begin with it; a number or a name that was typed stays.
fn scanned(text: &str) -> String {
    text.split('|').next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_looked_for_by_its_number() {
        for (scan, number) in [
            ("092161000001|024000001|Nguyễn Thị Mẫu|02041961|Nữ|Số 1, Cần Thơ|01012021", "092161000001"),
            ("DN4920000000001|4e677579e1bb856e|02/04/1961|2|…|92 - 114|01/01/2026|-|…|$", "DN4920000000001"),
            ("9200000001|4e677579|1961|1|$", "9200000001"),
            (" nguyen thi mau ", "nguyen thi mau"),
            ("", ""),
        ] {
            assert_eq!(scanned(scan), number);
        }
    }

    #[test]
    fn parts_of_paths_are_written_for_addresses() {
        assert_eq!(path("BN 1/2?"), "BN%201%2F2%3F");
        assert_eq!(path("HS2026.0001"), "HS2026.0001");
    }
}
