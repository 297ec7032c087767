//! The pages: what people at a counter look at. Each reads the same use cases as the routes of `/v1`, in the same JSON, so that a
//! number is the same everywhere.
//!
//! * `visitor`: who looks, and what a form was sent with
//! * `texts`: every word, in Vietnamese and English
//! * `view`: the parts of the JSON that pages show
//! * `scan`: what a scanner types
//! * `wrong`: what was refused, in the words of the page
//! * `sign_in`, `issuer`, `home`, `visit`, `payment`, `screen`, `shift`, `approvals`, `unapplied`, `bill`, `receipt`: the pages of the desk
//! * `claims`, `tariff`, `overview`: those of verifiers, integrators and directors

mod approvals;
mod assets;
mod bill;
mod chart;
mod claims;
mod frame;
mod home;
mod issuer;
mod messages;
mod overview;
mod payment;
mod receipt;
mod scan;
mod screen;
mod shift;
mod sign_in;
mod tariff;
mod texts;
mod unapplied;
mod view;
mod visit;
mod visitor;
mod wrong;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::api::Api;

/// Where claim files are sent: the one form that may take as long as a month of them needs.
pub(crate) const CLAIMS: &str = "/claims/check";

/// Every page.
pub(crate) fn router() -> Router<Arc<Api>> {
    Router::new()
        .route("/assets/{file}", get(assets::file))
        .route("/sign-in", get(sign_in::page).post(sign_in::sign_in))
        .route("/sign-in/code", get(sign_in::code_page).post(sign_in::give_code))
        .route("/sign-in/codes", get(sign_in::codes_page).post(sign_in::set_up_codes))
        .route("/sign-in/oidc", get(issuer::begin))
        .route("/sign-in/oidc/callback", get(issuer::end))
        .route("/sign-in/resume", get(sign_in::page).post(sign_in::resume))
        .route("/sign-in/password", get(sign_in::password_page).post(sign_in::change_password))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language", post(sign_in::language))
        .route("/desk", get(home::page))
        .route("/desk/find", get(home::back).post(home::find))
        .route("/desk/patients/{id}", get(home::patient))
        .route("/desk/visits/{id}", get(visit::page))
        .route("/desk/visits/{id}/close", get(visit::back).post(visit::close))
        .route("/desk/visits/{id}/deposits", get(visit::back).post(visit::deposit))
        .route("/desk/visits/{id}/settlements", get(visit::back).post(visit::settle))
        .route("/desk/visits/{id}/refunds", get(visit::back).post(visit::refund))
        .route("/desk/visits/{id}/write-offs", get(visit::back).post(visit::write_off))
        .route("/desk/visits/{id}/reopen", get(visit::back).post(visit::reopen))
        .route("/desk/visits/{id}/card", get(visit::back).post(visit::ask_card))
        .route("/desk/visits/{id}/requests", get(visit::back).post(payment::ask))
        .route("/desk/visits/{id}/bill", get(bill::page))
        .route("/desk/receipts/{id}", get(receipt::page))
        .route("/desk/receipts/{id}/reverse", get(receipt::back).post(receipt::reverse))
        .route("/desk/receipts/{id}/confirm", get(receipt::back).post(receipt::confirm))
        .route("/desk/requests/{id}", get(payment::page))
        .route("/desk/requests/{id}/cancel", get(payment::back).post(payment::cancel))
        .route("/desk/requests/{id}/release", get(payment::back).post(payment::release))
        .route("/desk/requests/{id}/events", get(payment::events))
        .route("/desk/shift", get(shift::page).post(shift::open))
        .route("/desk/shift/{id}/count", get(shift::back).post(shift::count))
        .route("/desk/shift/{id}/close", get(shift::back).post(shift::close))
        .route("/desk/shift/{id}/hand-over", get(shift::back).post(shift::hand_over))
        .route("/desk/unapplied", get(unapplied::page).post(unapplied::record))
        .route("/desk/unapplied/{id}/apply", get(unapplied::back).post(unapplied::apply))
        .route("/desk/approvals", get(approvals::page))
        .route("/desk/approvals/{id}/pay", get(approvals::back).post(approvals::pay))
        .route("/desk/approvals/{id}/{decision}", get(approvals::back).post(approvals::decide))
        .route("/screen/{desk}", get(screen::page))
        .route("/screen/{desk}/events", get(screen::events))
        .route(CLAIMS, get(claims::page).post(claims::upload).layer(DefaultBodyLimit::max(claims::LONGEST)))
        .route("/claims/check/{id}", get(claims::check))
        .route("/claims/check/{id}/choose", get(claims::back).post(claims::choose))
        .route("/claims/check/{id}/remove", get(claims::back).post(claims::remove))
        .route("/claims/check/{id}/findings.xlsx", get(claims::workbook))
        .route("/claims/check/{id}/shadow", get(claims::shadow))
        .route("/claims/check/{id}/visits/{place}", get(claims::visit))
        .route("/tariff", get(tariff::page))
        .route("/tariff/try", get(tariff::try_page).post(tariff::try_visit))
        .route("/tariff/packages/{name}/{version}", get(tariff::of_package))
        .route(
            "/tariff/packages/{name}/{version}/compare",
            get(tariff::back).post(tariff::compare).layer(DefaultBodyLimit::max(tariff::LONGEST)),
        )
        .route("/overview", get(overview::page))
}
