//! How the money stands: sums at a glance, each day as a chart that reads as a table, departments, claims.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use vienphi_domain::Problem;
use vienphi_service::desk::Halt;
use vienphi_service::desk::overview::{OfDay, Overview};

use super::chart::{percent_of, units};
use super::frame::{Frame, Instead, shown};
use super::visitor::{Fields, Visitor};
use super::wrong::Wrong;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    overview: Option<Overview>,
    from: String,
    to: String,
    wrong: Wrong,
}

/// A column of the chart: a day's money, patients' part below, the insurer's on it.
struct Column {
    /// Where it stands and how high its parts are, in the chart's own units.
    x: u64,
    patient: u64,
    insurer: u64,
    /// Where the insurer's part begins, from above.
    y_insurer: u64,
    y_patient: u64,
    words: String,
}

/// The chart is so high.
const HEIGHT: u64 = 100;

/// A column and the gap behind it.
const STEP: u64 = 12;

/// The chart has room for so many days at least: a single one is a column, and no wall.
const SHORTEST: u64 = 28;

impl OverviewPage {
    /// The columns of the days' earnings.
    fn columns(&self) -> Vec<Column> {
        let Some(overview) = &self.overview else { return Vec::new() };
        let earned = |day: &OfDay| units(&day.sums.patient).saturating_add(units(&day.sums.insurer));
        let most = overview.days.iter().map(earned).max().unwrap_or(0).max(1);
        let high = |amount: u64| amount.saturating_mul(HEIGHT) / most;
        let column = |(place, day): (u64, &OfDay)| {
            let (patient, insurer) = (high(units(&day.sums.patient)), high(units(&day.sums.insurer)));
            let (patient_words, insurer_words) = (self.frame.m(&day.sums.patient), self.frame.m(&day.sums.insurer));
            Column {
                x: place * STEP,
                patient,
                insurer,
                y_patient: HEIGHT - patient,
                y_insurer: HEIGHT - patient - insurer.min(HEIGHT - patient),
                words: format!("{}: {patient_words} + {insurer_words}", self.frame.when(&day.day)),
            }
        };
        (0..).zip(&overview.days).map(column).collect()
    }

    fn chart_width(&self) -> u64 {
        let days = self.overview.as_ref().map_or(0, |overview| overview.days.len());
        u64::try_from(days).unwrap_or(0).max(SHORTEST) * STEP
    }

    fn chart_height(&self) -> u64 {
        HEIGHT
    }

    /// An amount's part of the greatest of its column, in percent.
    fn bar(&self, amount: &str, most: &str) -> u64 {
        percent_of(amount, most)
    }

    fn most_of_method(&self, overview: &Overview) -> String {
        let amounts = overview.totals.by_method.iter().map(|(_, amount)| amount);
        amounts.max_by_key(|amount| units(amount)).cloned().unwrap_or_default()
    }

    fn most_of_department(&self, overview: &Overview) -> String {
        overview.departments.first().map_or_else(String::new, |first| first.earned.clone())
    }

    fn most_collected(&self, overview: &Overview) -> String {
        let amounts = overview.days.iter().map(|day| &day.sums.collected);
        amounts.max_by_key(|amount| units(amount)).cloned().unwrap_or_default()
    }
}

pub(crate) async fn page(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let named = |name: &str| Some(fields.get(name).to_owned()).filter(|text| !text.is_empty());
    let (from, to) = (named("from"), named("to"));
    let today = visitor.api.today();
    let came = visitor.desk()?.overview(visitor.actor(), from.as_deref(), to.as_deref(), today).await;
    let frame = visitor.frame("overview", visitor.lang.t("overview-title"));
    let (status, page) = match came {
        Ok(overview) => {
            let (from, to) = (overview.from.clone(), overview.to.clone());
            (StatusCode::OK, OverviewPage { frame, overview: Some(overview), from, to, wrong: Wrong::default() })
        }
        Err(Halt::Refused(problem)) if problem.status == 422 => {
            let wrong = Wrong::of(visitor.lang, &problem as &Problem);
            let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
            (StatusCode::UNPROCESSABLE_ENTITY, OverviewPage { frame, overview: None, from, to, wrong })
        }
        Err(halt) => return Err(visitor.halted(halt)),
    };
    Ok(shown(status, &page))
}
