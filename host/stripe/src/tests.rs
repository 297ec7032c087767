//! What Stripe is asked, answers and tells, held against the types and the signatures of async-stripe.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};
use stripe_webhook::{EventObject, Webhook};
use vienphi_payments::mac::{self, Encoding, Hash};
use vienphi_runtime::rail::{
    Check, Context, EventKind, HeaderIn, Incoming, Input, Method, Operation, Order, Part, Rail, Repetition, Request,
    Response, Setting, Status, Step,
};

use crate::Stripe;
use crate::operations::PLAINLY;

const SECRET: &str = "whsec_of_a_test";
const NOW: i64 = 1_792_000_000;

fn incoming(header: &str, body: &str) -> Incoming {
    Incoming {
        method: Method::Post,
        query: String::new(),
        headers: vec![HeaderIn { name: "Stripe-Signature".into(), value: header.into() }],
        body: body.as_bytes().to_vec(),
        now: NOW,
        settings: settings(),
    }
}

fn settings() -> Vec<Setting> {
    let setting = |name: &str, value: &str| Setting { name: name.into(), value: value.into() };
    vec![setting("return-url", "https://bv.example/xong"), setting("site", "bv-92114")]
}

/// As the host does: one check of each group.
fn is_believed(incoming: &Incoming) -> bool {
    let Ok(groups) = Stripe::new().checks(incoming).unwrap() else { return false };
    let holds = |check: &Check| match check {
        Check::Mac(mac) => mac::proves(Hash::Sha256, SECRET.as_bytes(), &mac.message, &mac.tag, Encoding::HexLower),
        Check::Age(age) => (NOW - age.at).abs() <= i64::from(age.seconds),
        Check::SameSecret(_) | Check::HostToken(_) => panic!("Stripe signs"),
    };
    groups.iter().all(|group| group.iter().any(holds))
}

fn session(status: &str, payment_status: &str) -> Value {
    json!({
        "id": "cs_test_1", "object": "checkout.session", "amount_total": 1_250_000,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "client_reference_id": "VPABC123", "created": NOW, "currency": "vnd", "custom_fields": [],
        "custom_text": {
            "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
        },
        "expires_at": NOW + 3600, "livemode": false, "metadata": { "vienphi_site": "bv-92114" },
        "mode": "payment", "payment_intent": "pi_1",
        "payment_method_types": ["card"], "payment_status": payment_status, "shipping_options": [],
        "status": status, "url": "https://checkout.stripe.com/c/pay/cs_test_1#fid", "a_field_to_come": { "x": [1] },
    })
}

fn refund(status: &str) -> Value {
    json!({
        "id": "re_1", "object": "refund", "amount": 50_000, "charge": "ch_1", "created": NOW, "currency": "vnd",
        "metadata": { "vienphi_reference": "VPREF1" }, "payment_intent": "pi_1", "status": status,
    })
}

fn event(kind: &str, object: Value) -> String {
    json!({
        "id": "evt_1", "object": "event", "api_version": "2026-09-30.endive", "created": NOW - 5,
        "data": { "object": object }, "livemode": false, "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": null }, "type": kind,
    })
    .to_string()
}

#[test]
fn a_message_is_believed_exactly_when_async_stripe_believes_it() {
    let body = event("checkout.session.completed", session("complete", "paid"));
    let good = Webhook::generate_test_header(&body, SECRET, Some(NOW));
    let other = Webhook::generate_test_header(&body, "whsec_another", Some(NOW));
    let (tag, other_tag) = (good.split_once("v1=").unwrap().1, other.split_once("v1=").unwrap().1);
    let at = |second: i64| Webhook::generate_test_header(&body, SECRET, Some(second));
    let mut headers = vec![
        (good.clone(), true),
        (other.clone(), false),
        (format!("t={NOW},v1={other_tag},v1={tag}"), true),
        (format!("t={NOW},v1={tag},v1={other_tag},v0={other_tag}"), true),
        (format!("v1={tag},t={NOW}"), true),
        (format!("t=1,v1={tag},t={NOW}"), true),
        (format!("t={NOW},v1={}", tag.to_uppercase()), true),
        (at(NOW - 300), true),
        (at(NOW + 300), true),
        (at(NOW - 301), false),
        (at(NOW + 301), false),
        (format!("t={NOW},v0={tag}"), false),
        (format!("t={NOW}"), false),
        (format!("v1={tag}"), false),
        (format!("t=now,v1={tag}"), false),
        (format!("t={NOW};v1={tag}"), false),
        (format!("t={NOW},v1={}", &tag[..62]), false),
        (format!("t={NOW},v1={tag},"), false),
        (format!("t={NOW}, v1={tag}"), false),
        (String::new(), false),
    ];
    // A byte anywhere: whatever async-stripe says of it.
    let mut random = 7_u64;
    for _ in 0..2_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut bytes = good.clone().into_bytes();
        let place = usize::try_from(random >> 33).unwrap() % bytes.len();
        bytes[place] = u8::try_from((random >> 20) % 95).unwrap() + 32;
        let header = String::from_utf8(bytes).unwrap();
        let theirs = Webhook::construct_event_with_timestamp(&body, &header, SECRET, NOW).is_ok();
        headers.push((header, theirs));
    }
    for (header, wanted) in headers {
        let theirs = Webhook::construct_event_with_timestamp(&body, &header, SECRET, NOW).is_ok();
        assert_eq!((is_believed(&incoming(&header, &body)), theirs), (wanted, wanted), "{header}");
    }
    assert!(!is_believed(&incoming(&good, &body.replace("1250000", "1250001"))), "another amount");
}

#[test]
fn events_are_read_as_async_stripe_reads_them() {
    for (kind, object, wanted) in [
        ("checkout.session.completed", session("complete", "paid"), Some((EventKind::Paid, "pi_1", 1_250_000))),
        (
            "checkout.session.async_payment_succeeded",
            session("complete", "paid"),
            Some((EventKind::Paid, "pi_1", 1_250_000)),
        ),
        ("checkout.session.completed", session("complete", "unpaid"), None),
        (
            "checkout.session.expired",
            session("expired", "unpaid"),
            Some((EventKind::Failed, "cs_test_1/checkout.session.expired", 0)),
        ),
        (
            "checkout.session.async_payment_failed",
            session("complete", "unpaid"),
            Some((EventKind::Failed, "cs_test_1/checkout.session.async_payment_failed", 0)),
        ),
        ("refund.created", refund("pending"), None),
        ("refund.updated", refund("succeeded"), Some((EventKind::Refunded, "re_1/succeeded", 50_000))),
        ("refund.failed", refund("failed"), Some((EventKind::RefundFailed, "re_1/failed", 50_000))),
    ] {
        let body = event(kind, object);
        let header = Webhook::generate_test_header(&body, SECRET, Some(NOW));
        let theirs = Webhook::construct_event_with_timestamp(&body, &header, SECRET, NOW).unwrap();
        let amount = match &theirs.data.object {
            EventObject::CheckoutSessionCompleted(session)
            | EventObject::CheckoutSessionAsyncPaymentSucceeded(session) => session.amount_total.unwrap(),
            EventObject::CheckoutSessionExpired(_) | EventObject::CheckoutSessionAsyncPaymentFailed(_) => 0,
            EventObject::RefundCreated(refund)
            | EventObject::RefundUpdated(refund)
            | EventObject::RefundFailed(refund) => refund.amount,
            _ => panic!("{kind} is another kind there"),
        };
        let ours = Stripe::new().accept(&incoming(&header, &body)).unwrap().unwrap();
        let told: Vec<_> = ours.iter().map(|event| (event.kind, event.key.as_str(), event.amount)).collect();
        assert_eq!(told, Vec::from_iter(wanted), "{kind}");
        for event in &ours {
            assert_eq!(event.currency, "VND");
            assert_eq!(event.occurred, theirs.created);
            let references = if kind.starts_with("refund") { vec!["VPREF1", "pi_1"] } else { vec!["VPABC123"] };
            assert_eq!(event.references, references);
            assert_eq!(i64::try_from(event.amount).unwrap(), amount, "{kind}");
        }
    }
    // Of a dispute, its payment's number; async-stripe's own type asks for more than Stripe is asked to tell here.
    let dispute = json!({
        "id": "dp_1", "object": "dispute", "amount": 1_250_000, "currency": "vnd", "payment_intent": "pi_1", "status": "lost",
    });
    for (kind, wanted) in [
        ("charge.dispute.funds_withdrawn", EventKind::Refunded),
        ("charge.dispute.funds_reinstated", EventKind::RefundFailed),
    ] {
        let told = Stripe::new().accept(&incoming("", &event(kind, dispute.clone()))).unwrap().unwrap();
        assert_eq!(
            (told[0].kind, &told[0].references[..], told[0].amount),
            (wanted, &["pi_1".to_owned()][..], 1_250_000)
        );
    }
    // Another's of the same account.
    for owner in [json!({}), json!({ "vienphi_site": "bv-92115" })] {
        let mut other = session("complete", "paid");
        other["metadata"] = owner;
        for kind in ["checkout.session.completed", "checkout.session.expired"] {
            assert_eq!(Stripe::new().accept(&incoming("", &event(kind, other.clone()))).unwrap(), Ok(Vec::new()));
        }
    }
    // Nothing that is kept here, and what is none at all.
    let other = event("customer.created", json!({ "id": "cus_1", "object": "customer" }));
    assert_eq!(Stripe::new().accept(&incoming("", &other)).unwrap(), Ok(Vec::new()));
    for broken in ["", "{}", "[]", "{\"id\":1}", &event("checkout.session.completed", json!({ "id": "cs_1" }))] {
        assert!(Stripe::new().accept(&incoming("", broken)).unwrap().is_err(), "{broken}");
    }
}

#[test]
fn dollars_are_told_as_dollars() {
    let mut paid = session("complete", "paid");
    paid["currency"] = json!("usd");
    let told =
        Stripe::new().accept(&incoming("", &event("checkout.session.completed", paid.clone()))).unwrap().unwrap();
    assert_eq!((told[0].currency.as_str(), told[0].amount), ("USD", 1_250_000));
    let found = answer(Operation::Query, 200, &paid);
    assert_eq!((found.status, found.event_key), (Status::Unknown, None));
}

fn context(operation: Operation) -> Context {
    let order = Order {
        reference: "VPABC123".into(),
        amount: 1_250_000,
        description: "Viện phí L1".into(),
        created: NOW - 60,
        expires: Some(NOW + 600),
        provider_reference: match operation {
            Operation::Query => Some("cs_test_1".into()),
            Operation::Refund | Operation::QueryRefund => Some("pi_1".into()),
            Operation::Create | Operation::Cancel => None,
        },
        refund_reference: Some("VPREF1".into()),
        refund_amount: Some(50_000),
        actor: "an".into(),
    };
    Context { operation, order, now: NOW, id: "VPABC123".into(), settings: settings() }
}

fn asked(context: &Context) -> Request {
    match Stripe::new().begin(context).unwrap().step {
        Step::Send(request) => request,
        other => panic!("{other:?}"),
    }
}

fn text(parts: &[Part]) -> String {
    let piece = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Secret(slot) => format!("<{slot}>"),
        other => panic!("{other:?}"),
    };
    parts.iter().map(piece).collect()
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers.iter().find(|header| header.name == name).map(|header| text(&header.value))
}

#[test]
fn what_is_asked_is_what_stripe_documents() {
    let request = asked(&context(Operation::Create));
    assert_eq!((request.endpoint.as_str(), request.path.as_str()), ("api", "/checkout/sessions"));
    assert_eq!(request.repetition, Repetition::Keyed);
    assert_eq!(header(&request, "authorization").as_deref(), Some("Bearer <secret-key>"));
    assert_eq!(header(&request, "idempotency-key").as_deref(), Some("create-VPABC123"));
    assert_eq!(header(&request, "stripe-version").as_deref(), Some("2026-09-30.endive"));
    let body = text(&request.body);
    let pairs: Vec<&str> = body.split('&').collect();
    for wanted in [
        "mode=payment",
        "client_reference_id=VPABC123",
        "line_items[0][price_data][currency]=vnd",
        "line_items[0][price_data][unit_amount]=1250000",
        "line_items[0][quantity]=1",
        "payment_intent_data[metadata][vienphi_reference]=VPABC123",
        "metadata[vienphi_site]=bv-92114",
        // Half an hour is the least, counted from when it was made.
        &format!("expires_at={}", NOW - 60 + 35 * 60),
    ] {
        let decoded = |pair: &str| pair.replace("%5B", "[").replace("%5D", "]");
        assert!(pairs.iter().any(|pair| decoded(pair) == wanted), "{wanted} in {body}");
    }
    assert_eq!(asked(&context(Operation::Create)), request, "the same question has the same bytes");

    let request = asked(&context(Operation::Query));
    assert_eq!((request.path.as_str(), request.repetition), ("/checkout/sessions/cs_test_1", Repetition::Safe));
    assert_eq!(text(&request.query).replace("%5B", "[").replace("%5D", "]"), "expand[0]=payment_intent.latest_charge");
    assert_eq!(header(&request, "idempotency-key"), None);

    let request = asked(&context(Operation::Refund));
    assert_eq!((request.path.as_str(), request.repetition), ("/refunds", Repetition::Keyed));
    assert_eq!(header(&request, "idempotency-key").as_deref(), Some("refund-VPREF1"));
    let body = text(&request.body);
    assert!(body.contains("amount=50000") && body.contains("payment_intent=pi_1") && body.contains("VPREF1"), "{body}");

    let request = asked(&context(Operation::QueryRefund));
    assert_eq!((request.path.as_str(), text(&request.query).as_str()), ("/refunds", "limit=100&payment_intent=pi_1"));
}

#[test]
fn a_session_whose_answer_was_lost_is_asked_for_by_its_key() {
    let mut lost = context(Operation::Query);
    lost.order.provider_reference = None;
    assert_eq!(asked(&lost), asked(&context(Operation::Create)));
    lost.now = lost.order.created + 24 * 3600;
    let Step::Done(outcome) = Stripe::new().begin(&lost).unwrap().step else { panic!("it asks") };
    assert_eq!(outcome.status, Status::Unknown);
}

fn answer(operation: Operation, status: u16, body: &Value) -> vienphi_runtime::rail::Outcome {
    let response = Response { status, headers: Vec::new(), body: body.to_string().into_bytes() };
    // What was asked in its plain form is not asked once more.
    match Stripe::new().resume(&context(operation), PLAINLY, &Input::Response(response)).unwrap().step {
        Step::Done(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

/// A restricted key may not see charges, and a charge of a later version may not be readable.
#[test]
fn a_session_is_asked_for_plainly_when_the_whole_of_it_is_not_to_be_had() {
    for (status, body, is_again) in
        [(403, "{}", true), (400, "{}", true), (200, "{}", true), (500, "{}", false), (429, "{}", false)]
    {
        let response = Response { status, headers: Vec::new(), body: body.into() };
        let progress = Stripe::new().resume(&context(Operation::Query), &[], &Input::Response(response)).unwrap();
        match progress.step {
            Step::Send(request) => {
                assert!(is_again, "{status}");
                assert_eq!((request.path.as_str(), request.query.len()), ("/checkout/sessions/cs_test_1", 0));
                assert_eq!(progress.state, PLAINLY);
            }
            other => assert!(!is_again, "{status}: {other:?}"),
        }
    }
}

#[test]
fn answers_are_believed_for_what_they_are_about() {
    let made = answer(Operation::Create, 200, &session("open", "unpaid"));
    assert_eq!((made.status, made.provider_reference.as_deref()), (Status::Pending, Some("cs_test_1")));
    let url = made.display.unwrap().url;
    assert_eq!(url, [Part::Endpoint("checkout".into()), Part::Text("/c/pay/cs_test_1#fid".into())]);

    let paid = answer(Operation::Query, 200, &session("complete", "paid"));
    assert_eq!(
        (paid.status, paid.amount, paid.event_key.as_deref()),
        (Status::Succeeded, Some(1_250_000), Some("pi_1"))
    );
    let mut whole = session("complete", "paid");
    whole["payment_intent"] = json!({
        "id": "pi_1", "object": "payment_intent", "amount": 1_250_000, "amount_capturable": 0, "amount_received": 1_250_000,
        "capture_method": "automatic_async", "confirmation_method": "automatic", "created": NOW - 90, "currency": "vnd",
        "livemode": false, "metadata": {}, "payment_method_types": ["card"], "status": "succeeded",
        "latest_charge": {
            "id": "ch_1", "object": "charge", "amount": 1_250_000, "amount_captured": 1_250_000, "amount_refunded": 0,
            "billing_details": {}, "captured": true, "created": NOW - 30, "currency": "vnd", "disputed": false,
            "livemode": false, "metadata": {}, "paid": true, "refunded": false, "status": "succeeded",
        },
    });
    let found = answer(Operation::Query, 200, &whole);
    assert_eq!((found.occurred, found.event_key.as_deref()), (Some(NOW - 30), Some("pi_1")));
    let mut foreign = session("complete", "paid");
    foreign["client_reference_id"] = json!("VPOTHER");
    assert_eq!(answer(Operation::Query, 200, &foreign).status, Status::Unknown);
    assert_eq!(answer(Operation::Query, 200, &session("expired", "unpaid")).status, Status::Failed);
    assert_eq!(answer(Operation::Query, 200, &session("complete", "unpaid")).status, Status::Pending);
    assert_eq!(answer(Operation::Query, 200, &json!({})).status, Status::Unknown);

    for (status, wanted) in [
        ("succeeded", Status::Succeeded),
        ("pending", Status::Pending),
        ("requires_action", Status::Pending),
        ("failed", Status::Failed),
        ("canceled", Status::Failed),
        ("new_word", Status::Unknown),
    ] {
        let went = answer(Operation::Refund, 200, &refund(status));
        assert_eq!((went.status, went.amount), (wanted, Some(50_000)), "{status}");
        let list = json!({ "object": "list", "data": [refund(status)], "has_more": false, "url": "/v1/refunds" });
        assert_eq!(answer(Operation::QueryRefund, 200, &list).status, wanted, "{status}");
    }
    let mut foreign = refund("succeeded");
    foreign["metadata"]["vienphi_reference"] = json!("VPOTHER");
    let list = json!({ "object": "list", "data": [foreign.clone()], "has_more": false, "url": "/v1/refunds" });
    assert_eq!(answer(Operation::QueryRefund, 200, &list).status, Status::Unknown);
    assert_eq!(answer(Operation::Refund, 200, &foreign).status, Status::Unknown);
}

#[test]
fn only_a_definite_refusal_is_a_failure() {
    let error = |code: &str| json!({ "error": { "code": code, "type": "invalid_request_error", "message": "no" } });
    for (operation, status, wanted) in [
        (Operation::Create, 400, Status::Failed),
        (Operation::Refund, 402, Status::Failed),
        // Another account's key knows nothing of a refund that may have gone.
        (Operation::Refund, 404, Status::Unknown),
        (Operation::Refund, 409, Status::Unknown),
        (Operation::Refund, 429, Status::Unknown),
        (Operation::Refund, 500, Status::Unknown),
        (Operation::Create, 401, Status::Unknown),
        (Operation::Query, 404, Status::Unknown),
    ] {
        let outcome = answer(operation, status, &error("balance_insufficient"));
        assert_eq!((outcome.status, outcome.raw_code.as_str()), (wanted, "balance_insufficient"), "{status}");
    }
    // It went before, perhaps by this very refund.
    assert_eq!(answer(Operation::Refund, 400, &error("charge_already_refunded")).status, Status::Unknown);
    assert_eq!(answer(Operation::Create, 400, &error("idempotency_error")).status, Status::Unknown);
    assert_eq!(answer(Operation::Create, 502, &json!("<html>")).raw_code, "HTTP 502");
}
