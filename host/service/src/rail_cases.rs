//! Cases of payment plugins: recorded messages and answers, and what comes of them. The plugin is asked as a facility's rail
//! is, with the same signatures and checks, and nothing is sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use vienphi_domain::Moment;
use vienphi_runtime::rail::{
    Context, Event, HeaderIn, Incoming, Input, Method, Operation, Order, Outcome, Progress, Rail, Response, Status,
    Step, Verdict,
};

use crate::desk::trial::{self, Config, Hand};
use crate::rails::Rails;

/// A case, as a file in `cases/` has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RailCase {
    /// What it shows.
    pub name: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    keys: BTreeMap<String, String>,
    /// Seconds from 1970-01-01T00:00:00Z.
    now: i64,
    /// A message that came.
    told: Option<Told>,
    /// What is begun: `create`, `query`, `refund` or `query-refund`.
    operation: Option<String>,
    /// Of what.
    order: Option<CaseOrder>,
    /// What the provider answers, one after another; null for silence.
    #[serde(default)]
    answers: Vec<Option<Answer>>,
    becomes: Becomes,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    method: String,
    #[serde(default)]
    query: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseOrder {
    reference: String,
    amount: u64,
    #[serde(default)]
    description: String,
    created: i64,
    expires: Option<i64>,
    provider_reference: Option<String>,
    refund_reference: Option<String>,
    refund_amount: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default)]
    body: String,
}

/// What must come of it. What is left out is not compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Becomes {
    believed: Option<bool>,
    events: Option<Vec<CaseEvent>>,
    #[serde(default)]
    answers: BTreeMap<String, CaseReply>,
    #[serde(default)]
    sent: Vec<CaseSent>,
    status: Option<String>,
    qr: Option<String>,
    url: Option<String>,
    amount: Option<u64>,
    event_key: Option<String>,
    code: Option<String>,
    /// A part of why it cannot be done.
    refused: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseEvent {
    key: Option<String>,
    kind: Option<String>,
    amount: Option<u64>,
    references: Option<Vec<String>>,
    provider_reference: Option<String>,
    occurred: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseReply {
    status: u16,
    body: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseSent {
    url: Option<String>,
    body: Option<String>,
}

/// What is different: what, expected, actual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What of the case.
    pub what: String,
    /// As the case has it.
    pub expected: String,
    /// As it came out.
    pub actual: String,
}

/// An operation takes so many steps at most.
const STEPS: usize = 16;

/// Reads a file of cases.
pub fn read(bytes: &[u8]) -> Result<Vec<RailCase>, String> {
    let cases: Vec<RailCase> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    for case in &cases {
        if case.told.is_some() == case.operation.is_some() {
            return Err(format!("case {:?} has either `told` or `operation`", case.name));
        }
    }
    Ok(cases)
}

/// The differences of a case; none when it comes out.
pub fn check(case: &RailCase, rail: &Arc<dyn Rail>) -> Vec<Difference> {
    let mut found = Found::default();
    let config = Config::of(case.settings.clone(), case.keys.clone());
    match &case.told {
        Some(told) => case.check_told(told, &**rail, &config, &mut found),
        None => case.check_operation(rail, &config, &mut found),
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<Difference>);

impl Found {
    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, what: impl Into<String>, expected: &Option<T>, actual: &T) {
        if let Some(expected) = expected.as_ref().filter(|expected| *expected != actual) {
            self.differs(what, format!("{expected:?}"), format!("{actual:?}"));
        }
    }

    fn differs(&mut self, what: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) {
        self.0.push(Difference { what: what.into(), expected: expected.into(), actual: actual.into() });
    }
}

impl RailCase {
    fn check_told(&self, told: &Told, rail: &dyn Rail, config: &Config, found: &mut Found) {
        let incoming = Incoming {
            method: if told.method == "GET" { Method::Get } else { Method::Post },
            query: told.query.clone(),
            headers: told
                .headers
                .iter()
                .map(|(name, value)| HeaderIn { name: name.clone(), value: value.clone() })
                .collect(),
            body: told.body.clone().into_bytes(),
            now: self.now,
            settings: config.told(),
        };
        let believed = trial::believed(rail, config, &incoming, Moment::from_count(self.now * 1_000_000));
        found.compare("believed", &self.becomes.believed, &believed.is_ok());
        if let (Ok(()), Some(wanted)) = (&believed, &self.becomes.events) {
            match rail.accept(&incoming) {
                Ok(Ok(events)) => compare_events(wanted, &events, found),
                Ok(Err(why)) => found.differs("events", format!("{} events", wanted.len()), why),
                Err(error) => found.differs("events", format!("{} events", wanted.len()), error.to_string()),
            }
        }
        if let (Err(why), Some(true)) = (&believed, self.becomes.believed) {
            found.differs("why it is not believed", "nothing", why.as_str());
        }
        for (word, wanted) in &self.becomes.answers {
            let Some(verdict) = verdict(word) else {
                found.differs(
                    format!("answers.{word}"),
                    "accepted, duplicate, unknown-order, amount-mismatch, bad-signature or temporary",
                    word,
                );
                continue;
            };
            match rail.reply(&incoming, verdict) {
                Ok(reply) => {
                    found.compare(format!("answers.{word}.status"), &Some(wanted.status), &reply.status);
                    found.compare(format!("answers.{word}.body"), &wanted.body, &reply.body);
                }
                Err(error) => found.differs(format!("answers.{word}"), wanted.status.to_string(), error.to_string()),
            }
        }
    }

    fn check_operation(&self, rail: &Arc<dyn Rail>, config: &Config, found: &mut Found) {
        let (operation, order) = (self.operation.as_deref().and_then(operation), self.order.as_ref());
        let (Some(operation), Some(order)) = (operation, order) else {
            found.differs(
                "operation",
                "create, query, refund or query-refund, with an order",
                format!("{:?}", self.operation),
            );
            return;
        };
        let order = Order {
            reference: order.reference.clone(),
            amount: order.amount,
            description: order.description.clone(),
            created: order.created,
            expires: order.expires,
            provider_reference: order.provider_reference.clone(),
            refund_reference: order.refund_reference.clone(),
            refund_amount: order.refund_amount,
            actor: "case".to_owned(),
        };
        let id = order.refund_reference.clone().unwrap_or_else(|| order.reference.clone());
        let context = Context { operation, order, now: self.now, id, settings: config.told() };
        let rails = Rails::for_cases(rail);
        let hand = Hand { rails: &rails, name: CASE_RAIL, manifest: rail.manifest(), config };
        match self.steps(&**rail, &hand, &context, found) {
            Ok(outcome) => self.compare_outcome(&hand, &outcome, found),
            Err(why) => match &self.becomes.refused {
                Some(part) if why.contains(part.as_str()) => {}
                Some(part) => found.differs("refused", part.as_str(), why),
                None => found.differs("outcome", self.becomes.status.clone().unwrap_or_default(), why),
            },
        }
    }

    fn steps(
        &self,
        rail: &dyn Rail,
        hand: &Hand<'_>,
        context: &Context,
        found: &mut Found,
    ) -> Result<(Outcome, Vec<String>), String> {
        let (mut answers, mut sent) = (self.answers.iter(), self.becomes.sent.iter());
        let mut signatures = Vec::new();
        let mut progress = rail.begin(context).map_err(|error| error.to_string())?;
        for _ in 0..STEPS {
            let Progress { step, state } = progress;
            let input = match step {
                Step::Sign(asked) => {
                    signatures = hand.sign(&asked)?;
                    Input::Signed
                }
                Step::Prove(checks) => Input::Proven(hand.proves(&checks)),
                Step::Send(request) => {
                    let outgoing = hand.outgoing(&request, &signatures)?;
                    if let Some(wanted) = sent.next() {
                        found.compare("sent.url", &wanted.url, &outgoing.url);
                        found.compare("sent.body", &wanted.body, &outgoing.body);
                    }
                    match answers.next() {
                        Some(Some(answer)) => Input::Response(Response {
                            status: answer.status,
                            headers: Vec::new(),
                            body: answer.body.clone().into_bytes(),
                        }),
                        Some(None) => Input::Silence,
                        None => return Err("it sends something, and the case has no answer".to_owned()),
                    }
                }
                Step::Done(outcome) => return Ok((outcome, signatures)),
                Step::Failed(why) => return Err(why),
            };
            progress = rail.resume(context, &state, &input).map_err(|error| error.to_string())?;
        }
        Err(format!("it has not ended after {STEPS} steps"))
    }

    fn compare_outcome(&self, hand: &Hand<'_>, (outcome, signatures): &(Outcome, Vec<String>), found: &mut Found) {
        if let Some(part) = &self.becomes.refused {
            found.differs("refused", part.as_str(), "it was done");
        }
        let status = match outcome.status {
            Status::Pending => "pending",
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
            Status::Unknown => "unknown",
        };
        found.compare("status", &self.becomes.status, &status.to_owned());
        found.compare("code", &self.becomes.code, &outcome.raw_code);
        found.compare("amount", &self.becomes.amount, &outcome.amount.unwrap_or_default());
        found.compare("event_key", &self.becomes.event_key, &outcome.event_key.clone().unwrap_or_default());
        let display = outcome.display.as_ref();
        found.compare("qr", &self.becomes.qr, &display.and_then(|display| display.qr.clone()).unwrap_or_default());
        let url =
            display.filter(|display| !display.url.is_empty()).map(|display| hand.address(&display.url, signatures));
        match url {
            Some(Ok(url)) => found.compare("url", &self.becomes.url, &url),
            Some(Err(why)) => found.differs("url", self.becomes.url.clone().unwrap_or_default(), why),
            None => found.compare("url", &self.becomes.url, &String::new()),
        }
    }
}

/// What the rail of a case is called; its endpoints are `https://NAME.example`.
pub(crate) const CASE_RAIL: &str = "case";

fn compare_events(wanted: &[CaseEvent], events: &[Event], found: &mut Found) {
    if wanted.len() != events.len() {
        found.differs("events", format!("{} events", wanted.len()), format!("{} events", events.len()));
    }
    for (place, (wanted, event)) in wanted.iter().zip(events).enumerate() {
        let what = |name: &str| format!("events[{place}].{name}");
        found.compare(what("key"), &wanted.key, &event.key);
        found.compare(what("kind"), &wanted.kind, &trial::kind_word(event.kind).to_owned());
        found.compare(what("amount"), &wanted.amount, &event.amount);
        found.compare(what("references"), &wanted.references, &event.references);
        found.compare(what("occurred"), &wanted.occurred, &event.occurred);
        let reference = event.provider_reference.clone().unwrap_or_default();
        found.compare(what("provider_reference"), &wanted.provider_reference, &reference);
    }
}

fn operation(word: &str) -> Option<Operation> {
    Some(match word {
        "create" => Operation::Create,
        "query" => Operation::Query,
        "cancel" => Operation::Cancel,
        "refund" => Operation::Refund,
        "query-refund" => Operation::QueryRefund,
        _ => return None,
    })
}

fn verdict(word: &str) -> Option<Verdict> {
    Some(match word {
        "accepted" => Verdict::Accepted,
        "duplicate" => Verdict::Duplicate,
        "unknown-order" => Verdict::UnknownOrder,
        "amount-mismatch" => Verdict::AmountMismatch,
        "bad-signature" => Verdict::BadSignature,
        "temporary" => Verdict::Temporary,
        _ => return None,
    })
}
