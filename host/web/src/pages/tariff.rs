//! Tariffs: the packages that are loaded, what they were tried with and what that costs, their prices, a catalogue beside them, and
//! a visit priced on the spot. Nothing of it is kept.

use askama::Template;
use axum::extract::{Multipart, RawQuery};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use vienphi_service::{CatalogueDiff, PluginStatus, TriedCase};

use super::chart::percent_of;
use super::frame::{Frame, Instead, shown};
use super::view::{Statement, view, view_json};
use super::visitor::{Fields, Form, Visitor, foreign, is_ours, see};
use super::wrong::Wrong;
use crate::refusal::{cut_off, nothing_at, too_long};

/// A catalogue is no longer: the greatest that is known has a tenth of it.
const LONGEST_CATALOGUE: usize = 8 * 1024 * 1024;

/// A form with one.
pub(crate) const LONGEST: usize = LONGEST_CATALOGUE + 64 * 1024;

/// Rows of a search.
const FOUND: usize = 50;

/// Changes of a page; the count is told of all.
const CHANGES: usize = 500;

#[derive(Template)]
#[template(path = "tariffs.html")]
struct TariffsPage {
    frame: Frame,
    plugins: Vec<PluginStatus>,
    asked: String,
    found: Vec<Row>,
}

/// A row of a price table.
#[derive(Deserialize)]
struct Row {
    table: String,
    code: String,
    name: String,
    price: String,
    insured_price: String,
    from: String,
    to: Option<String>,
    class: Option<String>,
    resolution: String,
    status: String,
}

#[derive(Template)]
#[template(path = "tariff.html")]
struct TariffPage {
    frame: Frame,
    plugin: PluginStatus,
    cases: Vec<TriedCase>,
    /// Why its cases cannot be tried.
    trouble: String,
    diff: Option<CatalogueDiff>,
}

impl TariffPage {
    fn passed(&self) -> usize {
        self.cases.iter().filter(|case| case.differences.is_empty()).count()
    }

    fn most_fuel(&self) -> String {
        self.cases.iter().filter_map(|case| case.fuel).max().unwrap_or(0).to_string()
    }

    fn most_nanos(&self) -> String {
        self.cases.iter().filter_map(|case| case.nanos).max().unwrap_or(0).to_string()
    }

    fn bar(&self, count: &Option<u64>, most: &str) -> u64 {
        percent_of(&count.unwrap_or(0).to_string(), most)
    }

    /// Nanoseconds as microseconds with one decimal.
    fn micros(&self, nanos: &u64) -> String {
        self.frame.m(&format!("{}.{}", nanos / 1000, nanos % 1000 / 100))
    }

    fn changes<'d>(&self, diff: &'d CatalogueDiff) -> &'d [vienphi_service::PriceChange] {
        &diff.changes[..diff.changes.len().min(CHANGES)]
    }
}

#[derive(Template)]
#[template(path = "tariff_try.html")]
struct TryPage {
    frame: Frame,
    document: String,
    statement: Option<Statement>,
    wrong: Wrong,
}

/// A visit to begin with: what an integrator changes and prices again.
const EXAMPLE: &str = include_str!("../../../../tests/fixtures/day-2026-03-02/01-outpatient.json");

pub(crate) async fn page(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let asked: String = Fields::read(query.unwrap_or_default().as_bytes()).get("q").chars().take(100).collect();
    let words = asked.clone();
    let found = visitor.api.aside(move |pricer| {
        let rows = if words.is_empty() { Vec::new() } else { pricer.search(&words, FOUND) };
        (serde_json::to_value(rows).unwrap_or_default(), pricer.plugins())
    });
    let (rows, plugins) = found.await.map_err(|refusal| visitor.trouble(refusal))?;
    let found: Vec<Row> = view(&visitor, &rows)?;
    let frame = visitor.frame("tariff", visitor.lang.t("tariff-title"));
    Ok(shown(StatusCode::OK, &TariffsPage { frame, plugins, asked, found }))
}

async fn package(visitor: &Visitor, diff: Option<CatalogueDiff>) -> Result<Response, Instead> {
    let (name, version) = (visitor.named("name").to_owned(), visitor.named("version").to_owned());
    let tried = visitor.api.aside(move |pricer| {
        let plugin = pricer.plugins().into_iter().find(|plugin| plugin.name == name && plugin.version == version)?;
        Some((plugin, pricer.try_cases(&name, &version)?))
    });
    let tried = tried.await.map_err(|refusal| visitor.trouble(refusal))?;
    let Some((plugin, outcome)) = tried else {
        return Err(visitor.trouble(nothing_at(&axum::http::Uri::from_static("/tariff"))));
    };
    let (cases, trouble) = match outcome {
        Ok(cases) => (cases, String::new()),
        Err(why) => (Vec::new(), why),
    };
    let frame = visitor.frame("tariff", format!("{} {}", plugin.name, plugin.version));
    Ok(shown(StatusCode::OK, &TariffPage { frame, plugin, cases, trouble, diff }))
}

pub(crate) async fn of_package(visitor: Visitor) -> Result<Response, Instead> {
    package(&visitor, None).await
}

/// Compares a catalogue with the prices of a package.
pub(crate) async fn compare(visitor: Visitor, headers: HeaderMap, mut form: Multipart) -> Result<Response, Instead> {
    if !is_ours(&headers) {
        return Err(foreign(visitor.lang).into());
    }
    let (mut key, mut file) = (Vec::new(), None);
    while let Some(mut field) = form.next_field().await.map_err(|_| visitor.trouble(cut_off()))? {
        let is_file = field.name() == Some("catalogue");
        // Nothing is read of a form that is not ours: its key stands before its file.
        if is_file && key != visitor.signed.form_key.as_bytes() {
            break;
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|_| visitor.trouble(cut_off()))? {
            if bytes.len() + chunk.len() > LONGEST_CATALOGUE {
                return Err(visitor.trouble(too_long(LONGEST_CATALOGUE)));
            }
            bytes.extend_from_slice(&chunk);
        }
        match is_file {
            true => file = Some(bytes),
            false => key = bytes,
        }
    }
    if key != visitor.signed.form_key.as_bytes() {
        return Err(foreign(visitor.lang).into());
    }
    let Some(file) = file else { return package(&visitor, None).await };
    let (name, version) = (visitor.named("name").to_owned(), visitor.named("version").to_owned());
    let today = visitor.api.today();
    let diff = visitor.api.aside(move |pricer| pricer.compare_catalogue(&name, &version, &file, today));
    let diff = diff.await.map_err(|refusal| visitor.trouble(refusal))?;
    package(&visitor, diff).await
}

/// Whoever comes back to the address of a comparison.
pub(crate) async fn back(visitor: Visitor) -> Response {
    let (name, version) = (super::home::path(visitor.named("name")), super::home::path(visitor.named("version")));
    see(&format!("/tariff/packages/{name}/{version}"))
}

fn trying(visitor: &Visitor) -> Frame {
    visitor.frame("tariff", visitor.lang.t("tariff-try-title"))
}

pub(crate) async fn try_page(visitor: Visitor) -> Response {
    let frame = trying(&visitor);
    shown(StatusCode::OK, &TryPage { frame, document: EXAMPLE.to_owned(), statement: None, wrong: Wrong::default() })
}

/// Prices what somebody typed, and explains it.
pub(crate) async fn try_visit(form: Form) -> Result<Response, Instead> {
    let visitor = &form.visitor;
    let document = form.fields.exactly("document").to_owned();
    let text = document.clone();
    let today = visitor.api.today();
    let priced = visitor.api.aside(move |pricer| pricer.price_json(text.as_bytes(), today));
    let frame = trying(visitor);
    match priced.await.map_err(|refusal| visitor.trouble(refusal))? {
        Ok(priced) => {
            let statement = Some(view_json(visitor, &priced.json)?);
            Ok(shown(StatusCode::OK, &TryPage { frame, document, statement, wrong: Wrong::default() }))
        }
        Err(problem) => {
            let wrong = Wrong::of(visitor.lang, &problem);
            let status = wrong.status();
            Ok(shown(status, &TryPage { frame, document, statement: None, wrong }))
        }
    }
}
