//! What Stripe is asked.

use std::collections::HashMap;

use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAllowedPaymentMethodTypes, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionPaymentIntentData, ProductData,
    RetrieveCheckoutSession,
};
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};
use stripe_core::refund::{CreateRefund, ListRefund};
use stripe_shared::CheckoutSessionMode;
use stripe_shared::version::VERSION;
use stripe_types::Currency;
use vienphi_runtime::rail::{
    Context, Header, Method, Operation, Order, Part, Progress, Repetition, Request, Setting, Step,
};

use crate::answers::{done, nothing};
use crate::{API, SECRET, SITE};
use vienphi_runtime::rail::Status;

/// Our reference, in what Stripe keeps beside a payment and beside a refund.
pub(crate) const REFERENCE: &str = "vienphi_reference";

/// Whose money a session's is, in what Stripe keeps beside it.
pub(crate) const OWNER: &str = "vienphi_site";

/// A session is open for half an hour at least and a day at most; a few minutes off, for clocks and ways.
const OPEN_AT_LEAST: i64 = 35 * 60;
const OPEN_AT_MOST: i64 = 23 * 3600 + 50 * 60;

/// Stripe knows a key for a day at least.
const KEY_KEPT: i64 = 23 * 3600;

/// Of a session, when its money moved.
const CHARGE: &str = "payment_intent.latest_charge";

/// The state of a question that is asked in its plain form.
pub(crate) const PLAINLY: &[u8] = b"plainly";

/// So many refunds of one payment are looked through.
const REFUNDS: i64 = 100;

pub(crate) fn begin(context: &Context) -> Result<Progress, String> {
    let order = &context.order;
    let request = match (context.operation, order.provider_reference.as_deref()) {
        (Operation::Create, _) => create(context)?,
        (Operation::Query, Some(session)) => {
            question(RetrieveCheckoutSession::new(session).expand([CHARGE.to_owned()]).build())?
        }
        // Its answer was lost: the same key brings it again. When there was none, it is made or refused for good.
        (Operation::Query, None) if context.now.saturating_sub(order.created) < KEY_KEPT => create(context)?,
        (Operation::Query, None) => return Ok(done(nothing(Status::Unknown, "nobody knows its session"))),
        (Operation::Refund, Some(payment)) => refund(order, payment)?,
        (Operation::QueryRefund, Some(payment)) => {
            question(ListRefund::new().payment_intent(payment).limit(REFUNDS).build())?
        }
        (Operation::Refund | Operation::QueryRefund, None) => {
            return Err("Stripe's number of the payment is not known".into());
        }
        (Operation::Cancel, _) => return Err("cancel is not an operation of this rail".into()),
    };
    Ok(Progress { step: Step::Send(request), state: Vec::new() })
}

/// The session alone, when the whole of it was refused or cannot be read: a key may be restricted, and its charge says no more
/// than when the money moved.
pub(crate) fn plainly(context: &Context) -> Option<Result<Progress, String>> {
    let session = context.order.provider_reference.as_deref()?;
    let request = question(RetrieveCheckoutSession::new(session).build());
    Some(request.map(|request| Progress { step: Step::Send(request), state: PLAINLY.to_vec() }))
}

fn create(context: &Context) -> Result<Request, String> {
    let order = &context.order;
    let back = setting(&context.settings, "return-url")?;
    let site = setting(&context.settings, SITE)?;
    let amount = i64::try_from(order.amount).map_err(|_| "the amount is too large".to_owned())?;
    let price = CreateCheckoutSessionLineItemsPriceData {
        product_data: Some(ProductData::new(order.description.as_str())),
        unit_amount: Some(amount),
        ..CreateCheckoutSessionLineItemsPriceData::new(Currency::VND)
    };
    let item = CreateCheckoutSessionLineItems {
        price_data: Some(price),
        quantity: Some(1),
        ..CreateCheckoutSessionLineItems::new()
    };
    let payment = CreateCheckoutSessionPaymentIntentData {
        metadata: Some(marked(REFERENCE, &order.reference)),
        ..CreateCheckoutSessionPaymentIntentData::new()
    };
    let mut session = CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .client_reference_id(order.reference.as_str())
        .success_url(back)
        .cancel_url(back)
        // Others take days, and are told of or lost: what is paid with a card is known at once.
        .allowed_payment_method_types(vec![CreateCheckoutSessionAllowedPaymentMethodTypes::Card])
        .line_items(vec![item])
        .metadata(marked(OWNER, site))
        .payment_intent_data(payment);
    if let Some(expires) = order.expires {
        let open = expires.saturating_sub(order.created).clamp(OPEN_AT_LEAST, OPEN_AT_MOST);
        session = session.expires_at(order.created.saturating_add(open));
    }
    command(session.build(), &format!("create-{}", order.reference))
}

fn refund(order: &Order, payment: &str) -> Result<Request, String> {
    let (Some(reference), Some(amount)) = (order.refund_reference.as_deref(), order.refund_amount) else {
        return Err("a refund has a reference and an amount".into());
    };
    let amount = i64::try_from(amount).map_err(|_| "the amount is too large".to_owned())?;
    let refund = CreateRefund::new().payment_intent(payment).amount(amount).metadata(marked(REFERENCE, reference));
    command(refund.build(), &format!("refund-{reference}"))
}

/// One entry alone: more would come in any order, and the same question must have the same bytes.
fn marked(name: &str, value: &str) -> HashMap<String, String> {
    HashMap::from([(name.to_owned(), value.to_owned())])
}

/// A setting of the rail.
pub(crate) fn setting<'a>(settings: &'a [Setting], name: &str) -> Result<&'a str, String> {
    let found = settings.iter().find(|setting| setting.name == name);
    found.map(|setting| setting.value.as_str()).ok_or_else(|| format!("the rail's setting `{name}` is missing"))
}

/// Something that may be sent again: the key makes it one.
fn command(built: RequestBuilder, key: &str) -> Result<Request, String> {
    let mut request = request(built, Repetition::Keyed)?;
    request.headers.push(header("idempotency-key", vec![Part::Text(key.to_owned())]));
    request.headers.push(header("content-type", vec![Part::Text("application/x-www-form-urlencoded".to_owned())]));
    Ok(request)
}

fn question(built: RequestBuilder) -> Result<Request, String> {
    request(built, Repetition::Safe)
}

fn request(built: RequestBuilder, repetition: Repetition) -> Result<Request, String> {
    let method = match built.method {
        StripeMethod::Get => Method::Get,
        StripeMethod::Post => Method::Post,
        StripeMethod::Delete => return Err("nothing is deleted at Stripe".into()),
    };
    let text = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Part::Text).into_iter().collect();
    Ok(Request {
        endpoint: API.into(),
        method,
        path: built.path,
        query: text(built.query),
        headers: vec![
            header("authorization", vec![Part::Text("Bearer ".to_owned()), Part::Secret(SECRET.to_owned())]),
            header("stripe-version", vec![Part::Text(VERSION.as_str().to_owned())]),
        ],
        body: text(built.body),
        repetition,
    })
}

fn header(name: &str, value: Vec<Part>) -> Header {
    Header { name: name.to_owned(), value }
}
