//! Webhooks: who is told of what happens.

use std::sync::Arc;

use serde::Serialize;
use vienphi_domain::{Action, Actor};
use vienphi_store::answers::Answered;
use vienphi_store::{Change, Command, Halt, Turn, webhooks};

use super::money::moment;
use super::{Desk, Page, Sent, answered, forms, reader, refusals};

/// What can be told.
pub const TOPICS: [&str; 17] = [
    "statement.issued",
    "receipt.issued",
    "settlement.posted",
    "receipt.reversed",
    "receipt.confirmed",
    "refund.posted",
    "write-off.posted",
    "credit.received",
    "payment-request.created",
    "payment.received",
    "service.released",
    "claim.received",
    "claim.refused",
    "claim.unknown",
    "claim.needs-person",
    "claim.withdrawn",
    "eligibility.answered",
];

/// A secret has as many characters as no one guesses.
const SECRET: std::ops::RangeInclusive<usize> = 16..=200;

/// Deliveries of one page.
const PAGE: i64 = 200;

struct Create {
    url: String,
    topics: Vec<String>,
    secret: String,
}

struct Replay {
    id: i64,
    message: i64,
}

/// A webhook in an answer: its secret is told to nobody.
#[derive(Debug, Serialize)]
struct Webhook {
    id: i64,
    url: String,
    events: Vec<String>,
}

/// How telling went.
#[derive(Debug, Serialize)]
pub struct Delivery {
    message: i64,
    event: String,
    state: String,
    attempts: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Desk {
    /// Keeps somebody to tell.
    pub async fn create_webhook(&self, actor: &Arc<Actor>, sent: Sent<'_>) -> Result<Answered, Halt> {
        self.may(actor, Action::WebhookWrite)?;
        let create = forms::read(sent.document, |root| {
            let [url, events, secret] = root.fields(["url", "events", "secret"])?;
            let address = url.required().text();
            if let Some(Err(wrong)) = address.map(&self.check_address) {
                url.fault(wrong);
            }
            let mut topics = Vec::new();
            for event in events.required().items() {
                let known = |text: &str| (text == "*" || TOPICS.contains(&text)).then(|| text.to_owned());
                topics.extend(event.form(known, &format!("must be * or one of {}", TOPICS.join(", "))));
            }
            if topics.is_empty() {
                events.fault("must name at least one event");
            }
            let fits = |text: &str| SECRET.contains(&text.chars().count()).then(|| text.to_owned());
            let secret = secret.private().required().form(fits, "must be 16 to 200 characters");
            Some(Create { url: address?.to_owned(), topics, secret: secret? })
        })?;
        self.once(actor, &sent, create).await
    }

    /// How telling went, the newest message first.
    pub async fn deliveries(&self, actor: &Actor, id: &str, after: Option<i64>) -> Result<Page<Delivery>, Halt> {
        self.may(actor, Action::WebhookRead)?;
        let number = id.parse().map_err(|_| refusals::not_found("webhook", id))?;
        let mut connection = reader(&self.store).await?;
        if webhooks::find(&mut connection, &actor.facility, number).await?.is_none() {
            return Err(refusals::not_found("webhook", id).into());
        }
        let before = after.unwrap_or(i64::MAX);
        let rows = webhooks::deliveries(&mut connection, &actor.facility, number, before, PAGE).await?;
        let is_full = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
        let next = rows.last().filter(|_| is_full).map(|row| row.message.to_string());
        let shown = |row: webhooks::Delivery| Delivery {
            next_at: (row.state == "pending").then(|| moment(row.next_at)),
            message: row.message,
            event: row.topic,
            state: row.state,
            attempts: row.attempts,
            status: row.status,
            error: row.error,
        };
        Ok(Page { items: rows.into_iter().map(shown).collect(), next })
    }

    /// Tells a message once more.
    pub async fn replay_delivery(
        &self,
        actor: &Arc<Actor>,
        sent: Sent<'_>,
        id: &str,
        message: &str,
    ) -> Result<Answered, Halt> {
        self.may(actor, Action::WebhookWrite)?;
        let replay = match (id.parse(), message.parse()) {
            (Ok(id), Ok(message)) => Replay { id, message },
            _ => return Err(refusals::not_found("delivery", message).into()),
        };
        self.once(actor, &sent, replay).await
    }
}

impl Command for Create {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let id = turn.next_record()?;
        let secret = turn.key()?.seal(self.secret.as_bytes(), &webhooks::secret_place(id))?;
        let seen = webhooks::newest_message(turn).await?;
        let subject = format!("webhook/{id}");
        let change = Change { action: Action::WebhookWrite, subject: &subject, reason: "", before: None, after: None };
        let audit = turn.audit(&change)?;
        let topics = self.topics.join(" ");
        let facility = turn.facility().to_string();
        let webhook = webhooks::Webhook { facility, id, url: self.url.clone(), topics, secret, seen, revoked_at: None };
        webhooks::insert(turn, &webhook, audit).await?;
        answered(201, &Webhook { id, url: self.url, events: self.topics }, audit)
    }
}

impl Command for Replay {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let subject = format!("webhook/{}", self.id);
        let reason = format!("message {} once more", self.message);
        let change =
            Change { action: Action::WebhookWrite, subject: &subject, reason: &reason, before: None, after: None };
        let audit = turn.audit(&change)?;
        if !webhooks::replay(turn, self.id, self.message).await? {
            return Err(refusals::not_found("delivery", &self.message.to_string()).into());
        }
        answered(202, &serde_json::json!({ "message": self.message, "state": "pending" }), audit)
    }
}
