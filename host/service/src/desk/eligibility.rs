//! Cards and co-payments that the insurer's portal is asked about. An answer is kept with its age; while the portal does not
//! answer, a stated policy says what may be charged, and it is asked again by itself.

mod keeping;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vienphi_domain::patient::search_words;
use vienphi_domain::reader::Node;
use vienphi_domain::{Action, Actor, Moment};
use vienphi_portal::{Birth, Holder, Kind, NoHolder, Operation, Outcome, Status};
use vienphi_store::eligibility::{self, Eligibility};
use vienphi_store::{Halt, StoreError};

use keeping::{Ask, HELD, Keep, Take};

use super::claims::{Answer, sender};
use super::money::moment;
use super::portal::{Asker, Rest};
use super::{Desk, Page, forms, json as written, reader, refusals};

/// Questions of one look.
const DUE: i64 = 16;

/// Questions of one page.
const PAGE: i64 = 100;

/// What is asked, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
struct Question {
    card: String,
    name: String,
    birth_date: String,
}

/// What somebody wants to know: of a holder who is known here the card is enough.
struct Asked {
    kind: &'static str,
    card: String,
    name: Option<String>,
    birth_date: Option<String>,
    patient: Option<String>,
    /// Seconds that an answer may be old.
    age: u32,
}

/// What came, as it is kept.
#[derive(Serialize, Deserialize)]
struct Told {
    said: Answer,
    /// Entries of an encounter's `coverages`.
    coverages: Vec<Value>,
    /// What else the portal told.
    details: Value,
    /// It is not what was presented.
    differs: bool,
}

/// Whether a card is good, in an answer.
#[derive(Debug, Serialize)]
pub struct EligibilityShown {
    id: i64,
    kind: String,
    /// `asking` or `answered`.
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<String>,
    card: String,
    /// As in `valid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The portal has not answered: what is charged may have to be changed.
    pub provisional: bool,
    asked_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    coverages: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
    /// What may be charged meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<Value>,
}

impl EligibilityShown {
    /// The portal says that the card may be used.
    pub fn is_good(&self) -> bool {
        !self.provisional && (self.kind == "copayment" || !self.coverages.is_empty())
    }

    /// For people: the outcome, what is to be done, and the cards with their days. No name.
    pub fn in_words(&self) -> String {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let mut words = match (&self.outcome, &self.charge) {
            (Some(outcome), _) => format!("{outcome}  ({} s)\n", self.age_seconds.unwrap_or(0)),
            (None, Some(charge)) => format!("provisional\n{}\n{}\n", text(&charge["vi"]), text(&charge["en"])),
            (None, None) => "provisional\n".to_owned(),
        };
        if let Some(said) = &self.said {
            for language in ["vi", "en"] {
                words.push_str(&format!("{}\n", text(&said["advice"][language])));
            }
        }
        for coverage in &self.coverages {
            let day = |name: &str| text(&coverage[name]);
            words.push_str(&format!(
                "{}  {} – {}  {}\n",
                day("card"),
                day("valid_from"),
                day("valid_to"),
                day("registered_facility")
            ));
        }
        if let Some(details) = self.details.as_ref().filter(|_| self.kind == "copayment") {
            words.push_str(&format!("{}: {} đ\n", details["year"], text(&details["accumulated"])));
        }
        words
    }
}

impl Desk {
    /// Asks the portal about a card, or tells what it answered not long ago.
    pub async fn ask_eligibility(&self, actor: &Arc<Actor>, document: &[u8]) -> Result<EligibilityShown, Halt> {
        self.may(actor, Action::EligibilityAsk)?;
        let submitting = Arc::clone(self.submitting()?);
        let asked = forms::read(document, |root| {
            let [kind, card, name, birth, patient, age] =
                root.fields(["kind", "card", "name", "birth_date", "patient", "max_age_seconds"])?;
            let kind = if kind.is_present() { kind.choice(&KINDS)? } else { "card" };
            let text =
                |node: &Node<'_, '_>| node.private().required().form(|text| Some(text.to_owned()), "must be a text");
            let given = |node: &Node<'_, '_>| if node.is_present() { text(node).map(Some) } else { Some(None) };
            let (card, name, birth_date) = (text(&card), given(&name), given(&birth));
            let patient = if patient.is_present() { Some(forms::words(&patient)?) } else { None };
            let age = age.whole(0..=30 * 24 * 3600).unwrap_or(submitting.asking.usual_age_seconds);
            Some(Asked { kind, card: card?, name: name?, birth_date: birth_date?, patient, age })
        })?;
        let (kind, age) = (asked.kind, asked.age);
        let (question, patient) = self.holder(actor, asked).await?;
        let key = self.store.key(&actor.facility).await?;
        let sealed = written(&question)?;
        let card = key.digest(&[kind.as_bytes(), b"/", &sealed].concat()).bytes().to_vec();
        let last = eligibility::last(&mut *reader(&self.store).await?, &actor.facility, kind, &card).await?;
        let now = self.store.now();
        if let Some(last) = last {
            let is_young = last.answered_at.is_some_and(|at| now.count() - at <= i64::from(age) * 1_000_000);
            // One that is asked by itself is not asked beside that, unless somebody wants to know now.
            if is_young {
                return self.shown(actor, last).await;
            }
            if last.state == "asking" && last.due_at.is_some_and(|due| due <= now.count() + HELD) {
                self.try_eligibility(&actor.facility, last.id, true).await?;
                return self.eligibility_by(actor, last.id).await;
            }
        }
        let row = Eligibility {
            id: 0,
            kind: kind.to_owned(),
            patient,
            card,
            state: "asking".to_owned(),
            question: sealed,
            answer: None,
            outcome: None,
            is_provisional: 0,
            tries: 0,
            asked_at: now.count(),
            asked_by: actor.name.to_string(),
            answered_at: None,
            // Asked in a moment; by another process when this one ends before.
            due_at: Some(now.count() + HELD),
        };
        let id = self.store.write(actor, Ask { row }).await?;
        self.try_eligibility(&actor.facility, id, true).await?;
        self.eligibility_by(actor, id).await
    }

    /// Who holds the card: as it was said, or as the patient is kept who is named or who showed the card here before.
    async fn holder(&self, actor: &Actor, asked: Asked) -> Result<(Question, Option<String>), Halt> {
        let Asked { card, name, birth_date, patient, .. } = asked;
        let key = self.store.key(&actor.facility).await?;
        let mut connection = reader(&self.store).await?;
        let is_whole = name.is_some() && birth_date.is_some();
        let kept = match &patient {
            Some(id) => {
                let found = vienphi_store::patients::find(&mut connection, &key, &actor.facility, id).await?;
                Some(found.ok_or_else(|| refusals::invalid_field("patient", "is no patient of this facility"))?)
            }
            None if is_whole => None,
            None => {
                let words = search_words(&card);
                let mut found = match words.len() {
                    1 => vienphi_store::patients::search(&mut connection, &key, &actor.facility, &words, 2).await?,
                    _ => Vec::new(),
                };
                if found.len() > 1 {
                    let many = "is of more than one patient of this facility: name the patient, or name and birth_date";
                    return Err(refusals::invalid_field("card", many).into());
                }
                found.pop()
            }
        };
        let missing = |field: &str| -> Halt {
            let text = "is required, for no patient of this facility is known with it by this card";
            refusals::invalid_field(field, text).into()
        };
        let identity = kept.as_ref().map(|patient| &patient.identity);
        let name = name.or_else(|| identity.and_then(|identity| identity.name.clone()));
        let birth_date = birth_date.or_else(|| identity.map(|identity| identity.birth_date.clone()));
        let name = name.ok_or_else(|| missing("name"))?;
        let birth_date = birth_date.ok_or_else(|| missing("birth_date"))?;
        let question = Question { card, name, birth_date };
        if let Err(error) = question.holder() {
            let field = match error {
                NoHolder::Number => "card",
                NoHolder::Name => "name",
                NoHolder::Birth => "birth_date",
            };
            return Err(refusals::invalid_field(field, plain(error)).into());
        }
        Ok((question, kept.map(|patient| patient.id)))
    }

    /// What was asked and answered, by its number.
    pub async fn eligibility(&self, actor: &Actor, id: &str) -> Result<EligibilityShown, Halt> {
        self.may(actor, Action::EligibilityRead)?;
        let number = id.parse().map_err(|_| refusals::not_found("eligibility", id))?;
        self.eligibility_by(actor, number).await
    }

    /// What was asked, the newest first; about one patient when named.
    pub async fn eligibilities(
        &self,
        actor: &Actor,
        patient: Option<&str>,
        after: Option<i64>,
    ) -> Result<Page<EligibilityShown>, Halt> {
        self.may(actor, Action::EligibilityRead)?;
        let before = after.unwrap_or(i64::MAX);
        let patient = patient.unwrap_or_default();
        let rows = eligibility::list(&mut *reader(&self.store).await?, &actor.facility, patient, before, PAGE).await?;
        let is_full = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
        let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(self.shown(actor, row).await?);
        }
        Ok(Page { items, next })
    }

    async fn eligibility_by(&self, actor: &Actor, id: i64) -> Result<EligibilityShown, Halt> {
        let found = eligibility::find(&mut *reader(&self.store).await?, &actor.facility, id).await?;
        let row = found.ok_or_else(|| refusals::not_found("eligibility", &id.to_string()))?;
        self.shown(actor, row).await
    }

    async fn shown(&self, actor: &Actor, row: Eligibility) -> Result<EligibilityShown, Halt> {
        let key = self.store.key(&actor.facility).await?;
        let question = Question::read(&key.open(&row.question, &place(row.id))?)?;
        let told = match &row.answer {
            Some(sealed) => Some(Told::read(&key.open(sealed, &answer_place(row.id))?)?),
            None => None,
        };
        let provisional = row.state == "asking";
        let charge = serde_json::to_value(&self.submitting()?.asking.when_down).ok();
        let age = row.answered_at.map(|at| (self.store.now().count() - at).max(0) / 1_000_000);
        let (said, coverages, details, differs) = match told {
            Some(told) => (
                serde_json::to_value(&told.said).ok(),
                told.coverages,
                Some(told.details).filter(|details| !details.is_null()),
                Some(told.differs),
            ),
            None => (None, Vec::new(), None, None),
        };
        Ok(EligibilityShown {
            id: row.id,
            kind: row.kind,
            state: row.state,
            patient: row.patient,
            card: question.card,
            outcome: row.outcome,
            provisional,
            asked_at: moment(row.asked_at),
            answered_at: row.answered_at.map(moment),
            age_seconds: age,
            next_at: row.due_at.map(moment),
            differs,
            said,
            coverages,
            details,
            charge: charge.filter(|_| provisional),
        })
    }

    /// Asks what is due; how many were.
    pub async fn run_eligibilities(self: &Arc<Self>) -> Result<usize, Halt> {
        if self.submitting.is_none() {
            return Ok(0);
        }
        let due = eligibility::due(&mut *reader(&self.store).await?, self.store.now().count(), DUE).await?;
        let mut worked = 0;
        for (facility, id) in due {
            worked += usize::from(self.try_eligibility(&facility, id, false).await?);
        }
        Ok(worked)
    }

    /// Asks a question once more; false when it is another's, or the portal is given a rest.
    async fn try_eligibility(&self, facility: &str, id: i64, is_wanted: bool) -> Result<bool, Halt> {
        let actor = sender(facility);
        let asker = self.asker(facility).await?;
        if !is_wanted && matches!(asker, Err(Rest::Busy)) {
            return Ok(false);
        }
        let Some(row) = self.store.write(&actor, Take { id }).await? else { return Ok(false) };
        let told = match asker {
            Ok(asker) => {
                let key = self.store.key(facility).await?;
                let question = Question::read(&key.open(&row.question, &place(row.id))?)?;
                self.asked(&asker, &row.kind, &question).await
            }
            Err(_) => None,
        };
        let submitting = Arc::clone(self.submitting()?);
        self.store.write(&actor, Keep { id, told, submitting }).await?;
        Ok(true)
    }

    /// What the portal answers; none when it does not.
    async fn asked(&self, asker: &Asker, kind: &str, question: &Question) -> Option<Told> {
        let holder = question.holder().ok()?;
        let portal = &asker.submitting.portal;
        // A session may have ended meanwhile: then it is asked once more.
        for _ in 0..2 {
            let Ok(session) = self.session(asker).await else { return None };
            let (account, today) = (&asker.opened.account, self.today_there());
            let (status, told) = if kind == "copayment" {
                let call = portal.look_up_copayments(account, &session, &holder, today);
                let outcome = match self.ask_portal_for(asker, call).await {
                    Ok(reply) => portal.read_copayments(&reply),
                    Err(lost) => Outcome { status: portal.lost(Operation::Copayment, lost), answer: None },
                };
                let now = self.store.now();
                let details = outcome.answer.as_ref().map_or(Value::Null, |answer| {
                    let accumulated = answer.accumulated(now.day().year());
                    json!({
                        "year": now.day().year(),
                        "accumulated": accumulated.map(|amount| amount.to_string()),
                        "visits": answer.visits.len(),
                    })
                });
                let told = told(&outcome.status, Vec::new(), details, false, now);
                (outcome.status, told)
            } else {
                let call = portal.look_up_card(account, &session, &holder, today);
                let outcome = match self.ask_portal_for(asker, call).await {
                    Ok(reply) => portal.read_card(&reply),
                    Err(lost) => Outcome { status: portal.lost(Operation::Card, lost), answer: None },
                };
                let now = self.store.now();
                let coverages = outcome.coverages(now.minute());
                let is_same = outcome.status.kind == Kind::Valid
                    && coverages.first().and_then(|first| first["card"].as_str()) == Some(question.card.as_str());
                let details = outcome.answer.as_ref().map_or(Value::Null, |answer| {
                    let visit = |visit: &vienphi_portal::PastVisit| {
                        json!({
                            "facility": visit.facility,
                            "arrived_at": visit.arrived_at.map(|at| at.to_string()),
                            "discharged_at": visit.discharged_at.map(|at| at.to_string()),
                            "subject": visit.subject,
                        })
                    };
                    json!({
                        "visits": answer.visits.iter().take(VISITS).map(visit).collect::<Vec<_>>(),
                        "checks": answer.checks.len(),
                        "unread": answer.unread,
                    })
                });
                let told = told(&outcome.status, coverages, details, !is_same, now);
                (outcome.status, told)
            };
            self.heard(asker, &status);
            match status.kind {
                Kind::SignInAgain => {}
                Kind::Busy | Kind::Down | Kind::Unknown | Kind::Account => return None,
                _ => return Some(told),
            }
        }
        None
    }
}

/// Visits of the past that are shown.
const VISITS: usize = 50;

/// What can be asked.
const KINDS: [(&str, &str); 2] = [("card", "card"), ("copayment", "copayment")];

fn told(status: &Status, coverages: Vec<Value>, details: Value, differs: bool, now: Moment) -> Told {
    Told { said: Answer::of(status, now), coverages, details, differs }
}

/// What is wrong, without the field's name: the fault has its path.
fn plain(error: NoHolder) -> String {
    let text = error.to_string();
    text.split_once(": ").map_or(text.clone(), |(_, rest)| rest.to_owned())
}

fn place(id: i64) -> String {
    format!("eligibility/{id}")
}

fn answer_place(id: i64) -> String {
    format!("eligibility/{id}/answer")
}

impl Question {
    fn read(plain: &[u8]) -> Result<Question, Halt> {
        let read = serde_json::from_slice(plain);
        read.map_err(|_| StoreError::Damaged("a question of eligibility cannot be read".into()).into())
    }

    fn holder(&self) -> Result<Holder, NoHolder> {
        let birth = Birth::parse(&self.birth_date).ok_or(NoHolder::Birth)?;
        Holder::new(&self.card, &self.name, birth)
    }
}

impl Told {
    fn read(plain: &[u8]) -> Result<Told, Halt> {
        let read = serde_json::from_slice(plain);
        read.map_err(|_| StoreError::Damaged("an answer of eligibility cannot be read".into()).into())
    }
}
