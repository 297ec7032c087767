//! `GET /openapi.json`: the description of the interface, made from the routes and from [`crate::schema`].

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{OpenApi as _, ToSchema};

use crate::schema::Problem;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Vienphi",
        description = "Prices hospital encounters, splits them between patient and insurer, and explains every đồng.\n\n\
            Amounts, prices and quantities are decimals written as texts, ratios are percent (`\"47.5\"`), times are \
            Vietnam civil time. Whatever is refused is `application/problem+json` (RFC 9457) with a stable `type` and \
            every fault in `errors`. Each answer carries `x-request-id`: the sender's own, when it is at most 64 \
            letters, digits, `.`, `_` or `-`, else a new one.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "quotes", description = "Pricing encounters"),
        (name = "encounters", description = "Visits, their statements, pricing anew"),
        (name = "patients", description = "Who patients are"),
        (name = "money", description = "Accounts, deposits, settlements, refunds, receipts"),
        (name = "payments", description = "Money without cash: requests, rails, what providers tell"),
        (name = "claims", description = "What the insurer's portal is sent and asked"),
        (name = "shifts", description = "A cashier's time at a desk"),
        (name = "approvals", description = "Another person's word"),
        (name = "ledger", description = "Double entry and the audit"),
        (name = "webhooks", description = "Telling others what happens"),
        (name = "claims", description = "Claim files"),
        (name = "tariffs", description = "What encounters are priced with"),
        (name = "health", description = "For whoever watches the server"),
    ),
    components(schemas(Problem)),
)]
struct Description;

/// The description without routes.
pub(crate) fn description() -> OpenApi {
    Description::openapi()
}

/// The route that serves a description.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(description: &OpenApi) -> Router<S> {
    // It holds texts only: writing it to memory cannot fail.
    let json = Bytes::from(description.to_json().unwrap_or_default());
    let answer = move || std::future::ready(([(CONTENT_TYPE, "application/json")], json.clone()));
    Router::new().route("/openapi.json", get(answer))
}

/// Responses by status, as a description holds them.
pub(crate) type Refusals = BTreeMap<String, RefOr<Response>>;

/// Problems by status.
pub(crate) fn refusals(rows: &[(u16, &str)]) -> Refusals {
    let refusal = |(status, description): &(u16, &str)| {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
        let mut response =
            ResponseBuilder::new().description(*description).content("application/problem+json", problem);
        if *status == 503 {
            let seconds = HeaderBuilder::new()
                .schema(Some(Object::with_type(Type::Integer)))
                .description(Some("Seconds after which to try again"))
                .build();
            response = response.header("Retry-After", seconds);
        }
        (status.to_string(), response.build().into())
    };
    rows.iter().map(refusal).collect()
}

/// How a route of a facility that reads may refuse.
pub(crate) struct ReadRefusals;

impl utoipa::IntoResponses for ReadRefusals {
    fn responses() -> Refusals {
        refusals(&[
            (400, "A parameter of the URL or a header is wrong"),
            (401, "No token, or one that does not count"),
            (403, "The policies do not allow it"),
            (404, "There is no such record at this facility"),
            (422, "A parameter names nothing known"),
            (500, "An internal check failed"),
            (503, "The database cannot be reached, or there are too many requests"),
        ])
    }
}

/// How a message of a provider may be refused.
pub(crate) struct CallbackRefusals;

/// What a rail answers to what its provider tells, in its own words.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "it is described and never made: a rail answers with any text")]
pub(crate) enum RailAnswers {
    /// The rail's own answer
    #[response(status = 200, content_type = "*/*")]
    Heard(String),
    /// It is not proven who sent it: the rail's own answer
    #[response(status = 400, content_type = "*/*")]
    NotBelieved(String),
    /// It is not proven who sent it: the rail's own answer
    #[response(status = 401, content_type = "*/*")]
    Unproven(String),
}

impl utoipa::IntoResponses for CallbackRefusals {
    fn responses() -> Refusals {
        refusals(&[
            (404, "There is no such rail at this facility"),
            (408, "The body did not arrive in time"),
            (413, "The body is too long"),
            (500, "An internal check failed"),
            (
                503,
                "The database cannot be reached, there are too many requests, or the money's request is not known yet",
            ),
        ])
    }
}

/// How a route of a facility that changes something may refuse.
pub(crate) struct CommandRefusals;

impl utoipa::IntoResponses for CommandRefusals {
    fn responses() -> Refusals {
        refusals(&[
            (400, "A header is missing or wrong, or the body was cut off"),
            (401, "No token, or one that does not count"),
            (403, "The policies do not allow it"),
            (404, "There is no such record at this facility"),
            (408, "The body did not arrive in time"),
            (409, "It is not possible as things are, or the same request is under way"),
            (412, "The encounter has changed meanwhile"),
            (413, "The body is too long"),
            (415, "The body is not sent as application/json"),
            (422, "The body is wrong as sent, or the Idempotency-Key was used for another request"),
            (428, "A change must name the version it changes"),
            (500, "An internal check failed"),
            (503, "The database cannot be reached, or there are too many requests"),
        ])
    }
}
