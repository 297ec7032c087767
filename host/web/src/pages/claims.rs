//! The claim check: files of any software are sent, checked and kept as findings; findings by the money that hangs on them, what
//! was chosen of them, and our own statement beside each visit.

mod findings;
mod upload;

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use vienphi_domain::Action;
use vienphi_service::desk::claim_checks::{Beside, Filter, Findings, Listed, Visit, severities};

use super::frame::{Frame, Instead, shown};
use super::home::path;
use super::visitor::{Fields, Form, Visitor, see};
use super::wrong::Wrong;

pub(crate) use upload::{LONGEST, upload};

#[derive(Template)]
#[template(path = "claims.html")]
struct ClaimsPage {
    frame: Frame,
    checks: Vec<Listed>,
    may_make: bool,
    wrong: Wrong,
    today: String,
}

#[derive(Template)]
#[template(path = "claim_check.html")]
struct CheckPage {
    frame: Frame,
    check: Listed,
    findings: Findings,
    filter: Filter,
    may_make: bool,
}

#[derive(Template)]
#[template(path = "claim_shadow.html")]
struct ShadowPage {
    frame: Frame,
    check: Listed,
    beside: Beside,
}

#[derive(Template)]
#[template(path = "claim_visit.html")]
struct VisitPage {
    frame: Frame,
    check: Listed,
    visit: Visit,
}

impl CheckPage {
    /// The address of this list at another page, or as a file.
    fn at(&self, page: usize) -> String {
        format!("/claims/check/{}?{}", self.check.id, written(&self.filter, page))
    }

    fn as_file(&self) -> String {
        format!("/claims/check/{}/findings.xlsx?{}", self.check.id, written(&self.filter, 1))
    }

    fn is_findings(&self) -> bool {
        true
    }

    fn severities(&self) -> [&'static str; 4] {
        severities()
    }

    fn is_filtered(&self) -> bool {
        self.filter != Filter::default()
    }

    /// What filters offer: the names of a summary.
    fn names(&self, kind: &str) -> Vec<&str> {
        let rows = self.check.sums["summary"][kind].as_array().into_iter().flatten();
        rows.filter_map(|row| row["code"].as_str().or(row["name"].as_str()))
            .filter(|name| !name.is_empty())
            .take(500)
            .collect()
    }
}

impl ShadowPage {
    fn is_findings(&self) -> bool {
        false
    }
}

/// A filter as an address has it.
fn written(filter: &Filter, page: usize) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("severity", &filter.severity),
        ("code", &filter.code),
        ("department", &filter.department),
        ("practitioner", &filter.practitioner),
        ("text", &filter.text),
    ] {
        if !value.is_empty() {
            text.append_pair(name, value);
        }
    }
    if filter.is_chosen {
        text.append_pair("chosen", "1");
    }
    if page > 1 {
        text.append_pair("page", &page.to_string());
    }
    text.finish()
}

/// The filter and the page of an address, or of a form that repeats them.
fn asked(fields: &Fields) -> (Filter, usize) {
    let text = |name: &str| fields.get(name).chars().take(100).collect::<String>();
    let filter = Filter {
        severity: text("severity"),
        code: text("code"),
        department: text("department"),
        practitioner: text("practitioner"),
        text: text("text"),
        is_chosen: fields.get("chosen") == "1",
    };
    (filter, fields.get("page").parse().unwrap_or(1))
}

async fn list(visitor: &Visitor, status: StatusCode, wrong: Wrong) -> Result<Response, Instead> {
    let desk = visitor.desk()?;
    let checks = desk.claim_checks(visitor.actor()).await.map_err(|halt| visitor.halted(halt))?;
    let may_make = desk.permits(visitor.actor(), Action::ClaimCheckMake);
    let (frame, today) = (visitor.frame("claims", visitor.lang.t("claims-title")), visitor.api.today().to_string());
    Ok(shown(status, &ClaimsPage { frame, checks, may_make, wrong, today }))
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    list(&visitor, StatusCode::OK, Wrong::default()).await
}

pub(crate) async fn check(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let (filter, page) = asked(&Fields::read(query.unwrap_or_default().as_bytes()));
    let (desk, actor, id) = (visitor.desk()?, visitor.actor(), visitor.id());
    let check = desk.claim_check(actor, id).await.map_err(|halt| visitor.halted(halt))?;
    let found = desk.found_in_claims(actor, id, &filter, page).await;
    let findings = found.map_err(|halt| visitor.halted(halt))?;
    let may_make = desk.permits(actor, Action::ClaimCheckMake);
    let frame = visitor.frame("claims", check.name.clone());
    Ok(shown(StatusCode::OK, &CheckPage { frame, check, findings, filter, may_make }))
}

/// Keeps what is ticked on a page of findings, or all that fit the filter; then shows the page again.
pub(crate) async fn choose(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let (filter, page) = asked(&form.fields);
    let (desk, actor) = (visitor.desk()?, visitor.actor());
    let numbers = |name: &str| form.fields.all(name).filter_map(|number| number.parse().ok()).collect::<Vec<i64>>();
    let kept = match form.fields.get("do") {
        "all" => desk.choose_all(actor, id, &filter, true).await,
        "none" => desk.choose_all(actor, id, &filter, false).await,
        _ => {
            let chosen = numbers("finding");
            let dropped = numbers("shown").into_iter().filter(|number| !chosen.contains(number)).collect();
            desk.choose_findings(actor, id, chosen, dropped).await
        }
    };
    kept.map_err(|halt| visitor.halted(halt))?;
    Ok(see(&format!("/claims/check/{}?{}", path(id), written(&filter, page))))
}

/// The findings that fit a filter as a workbook.
pub(crate) async fn workbook(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let (filter, _) = asked(&Fields::read(query.unwrap_or_default().as_bytes()));
    let book = visitor.desk()?.found_as_workbook(visitor.actor(), visitor.id(), &filter).await;
    let book = book.map_err(|halt| visitor.halted(halt))?;
    let name = format!("attachment; filename=\"claim-check-{}.xlsx\"", path(visitor.id()));
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, &name), (CACHE_CONTROL, "no-store")], book).into_response())
}

/// Visits that part from our statement.
pub(crate) async fn shadow(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let (_, page) = asked(&Fields::read(query.unwrap_or_default().as_bytes()));
    let (desk, actor, id) = (visitor.desk()?, visitor.actor(), visitor.id());
    let check = desk.claim_check(actor, id).await.map_err(|halt| visitor.halted(halt))?;
    let beside = desk.beside_claims(actor, id, page).await.map_err(|halt| visitor.halted(halt))?;
    let frame = visitor.frame("claims", check.name.clone());
    Ok(shown(StatusCode::OK, &ShadowPage { frame, check, beside }))
}

/// A visit with all that was found, our statement beside it.
pub(crate) async fn visit(visitor: Visitor) -> Result<Response, Instead> {
    let (desk, actor, id) = (visitor.desk()?, visitor.actor(), visitor.id());
    let place = visitor.named("place").parse().unwrap_or(usize::MAX);
    let check = desk.claim_check(actor, id).await.map_err(|halt| visitor.halted(halt))?;
    let visit = desk.checked_claim(actor, id, place).await.map_err(|halt| visitor.halted(halt))?;
    let title = visit.visit.clone().filter(|visit| !visit.is_empty()).unwrap_or_else(|| visit.file.clone());
    let frame = visitor.frame("claims", title);
    Ok(shown(StatusCode::OK, &VisitPage { frame, check, visit }))
}

/// Removes a check.
pub(crate) async fn remove(form: Form) -> Result<Response, Instead> {
    let visitor = &form.visitor;
    let removed = visitor.desk()?.remove_claim_check(visitor.actor(), visitor.id()).await;
    removed.map_err(|halt| visitor.halted(halt))?;
    Ok(see("/claims/check"))
}

/// Whoever comes back to the address of a form.
pub(crate) async fn back(visitor: Visitor) -> Response {
    see(&format!("/claims/check/{}", path(visitor.id())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_stands_in_the_address() {
        let filter = Filter { code: "VP-LINE-SUM".into(), text: "LK 1&2".into(), is_chosen: true, ..Filter::default() };
        let query = written(&filter, 3);
        assert_eq!(query, "code=VP-LINE-SUM&text=LK+1%262&chosen=1&page=3");
        assert_eq!(asked(&Fields::read(query.as_bytes())), (filter, 3));
        assert_eq!(asked(&Fields::read(b"page=x")), (Filter::default(), 1));
    }
}
