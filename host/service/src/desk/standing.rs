//! A patient's standing code: it stays the same, takes any amount, and its money is a deposit for the patient's open visit.

use std::sync::Arc;

use serde::Serialize;
use vienphi_domain::{Action, Actor};
use vienphi_ledger::Method;
use vienphi_ledger::balance::{Money, Settlement};
use vienphi_payments::Reference;
use vienphi_runtime::rail::{Context, Operation, Order, Status, Step};
use vienphi_store::answers::Answered;
use vienphi_store::standing_codes::{self, StandingCode};
use vienphi_store::{Change, Command, Halt, StoreError, Turn, encounters, patients};

use super::money::{self, Payment, Taken, moment};
use super::payments::Display;
use super::signing::Hand;
use super::{Desk, Sent, answered, forms, json, reader, refusals};

/// A number is taken for a code.
struct Number;

/// The code is kept.
struct Keep {
    code: StandingCode,
    display: Display,
}

/// A patient's code in an answer.
#[derive(Debug, Serialize)]
struct Code {
    patient: String,
    rail: String,
    reference: String,
    #[serde(flatten)]
    display: Display,
    created_at: String,
}

/// Patients are merged into others so deep at most.
const MERGED: usize = 5;

impl Desk {
    /// Gives a patient a standing code, or shows the one there is.
    pub async fn standing_code(&self, actor: &Arc<Actor>, sent: Sent<'_>, patient: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::PaymentRequestCreate)?;
        if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
            return Ok(answer);
        }
        let rail_name = forms::read(sent.document, |root| {
            let [rail] = root.fields(["rail"])?;
            Some(rail.required().text()?.to_owned())
        })?;
        // Others ask for an amount, or do not say who paid.
        let instructs =
            |name: &str| self.rails.get(name).filter(|rail| rail.manifest().instructs && !rail.manifest().confirms);
        let Some(rail) = instructs(&rail_name) else {
            let known: Vec<&str> =
                self.rails.all().map(|(name, _)| name).filter(|name| instructs(name).is_some()).collect();
            return Err(refusals::invalid_field("rail", format!("must be one of {}", known.join(", "))).into());
        };
        let key = self.store.key(&actor.facility).await?;
        let mut connection = reader(&self.store).await?;
        if patients::find(&mut connection, &key, &actor.facility, patient).await?.is_none() {
            return Err(refusals::not_found("patient", patient).into());
        }
        let there = standing_codes::of_patient(&mut connection, &actor.facility, patient, &rail_name).await?;
        let config = super::rails::config(&mut connection, &self.store, &actor.facility, &rail_name).await?;
        drop(connection);
        if let Some(code) = there {
            let display = super::payments::read_display(&key.open(&code.display, &place(code.id))?)?;
            return self.once(actor, &sent, Keep { code, display }).await;
        }
        let config = config.ok_or_else(|| refusals::rail_not_set_up(&rail_name))?;
        let (id, reference) = self.store.write(actor, Number).await?;
        let now = self.store.now();
        let context = Context {
            operation: Operation::Create,
            order: Order {
                reference: reference.as_str().to_owned(),
                // Whatever the payer writes.
                amount: 0,
                description: format!("Tạm ứng {patient}"),
                created: now.seconds(),
                expires: None,
                provider_reference: None,
                refund_reference: None,
                refund_amount: None,
                actor: actor.name.to_string(),
            },
            now: now.seconds(),
            id: reference.as_str().to_owned(),
            settings: config.told(),
        };
        let refused = |why: String| super::asking::unusable(&rail_name, &why);
        let begun = rail.begin(&context).map_err(|error| refused(error.to_string()))?;
        let Step::Done(outcome) = begun.step else {
            return Err(refused("it does not show a code at once".into()));
        };
        let hand = Hand { rails: &self.rails, name: &rail_name, manifest: rail.manifest(), config: &config };
        let display = match &outcome.display {
            Some(shown) if outcome.status == Status::Pending => {
                super::asking::display(&hand, shown, &[], None).map_err(refused)?
            }
            _ => return Err(refused("it shows nothing".into())),
        };
        let sealed = key.seal(&json(&display)?, &place(id))?;
        let code = StandingCode {
            id,
            patient: patient.to_owned(),
            rail: rail_name.clone(),
            reference: reference.as_str().to_owned(),
            display: sealed,
            created_at: now.count(),
        };
        self.once(actor, &sent, Keep { code, display }).await
    }
}

impl Command for Number {
    type Answer = (i64, Reference);

    async fn run(self, turn: &mut Turn) -> Result<(i64, Reference), Halt> {
        let (id, facility) = (turn.next_record()?, turn.facility());
        let reference = u64::try_from(id).ok().and_then(|number| Reference::of(&facility, number));
        let none = || StoreError::Damaged(format!("code {id} of facility {facility} has no reference"));
        Ok((id, reference.ok_or_else(none)?))
    }
}

impl Command for Keep {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Keep { code, display } = self;
        let facility = turn.facility();
        let there = standing_codes::of_patient(turn.connection(), &facility, &code.patient, &code.rail).await?;
        let subject = format!("standing-code/{}", there.as_ref().map_or(code.id, |there| there.id));
        let change =
            Change { action: Action::PaymentRequestCreate, subject: &subject, reason: "", before: None, after: None };
        let audit = turn.audit(&change)?;
        let (code, display) = match there {
            Some(there) => {
                let plain = turn.key()?.open(&there.display, &place(there.id))?;
                let display = super::payments::read_display(&plain)?;
                (there, display)
            }
            None => {
                standing_codes::insert(turn, &code, audit).await?;
                (code, display)
            }
        };
        let created_at = moment(code.created_at);
        let answer = Code { patient: code.patient, rail: code.rail, reference: code.reference, display, created_at };
        answered(201, &answer, audit)
    }
}

/// Whose code money names.
pub(super) enum Named {
    /// Nobody's.
    NoCode,
    /// A patient's with one open visit.
    Visit(String),
    /// A patient's with none or several: a person says which it is for.
    Unclear,
}

/// The one open visit of the patient whose code money names.
pub(super) async fn visit_of(turn: &mut Turn, references: &[Reference]) -> Result<Named, Halt> {
    let (facility, key) = (turn.facility(), turn.key()?);
    for reference in references {
        let code = standing_codes::find_by_reference(turn.connection(), &facility, reference.as_str()).await?;
        let Some(code) = code else { continue };
        let mut patient = code.patient;
        for _ in 0..MERGED {
            match patients::find(turn.connection(), &key, &facility, &patient)
                .await?
                .and_then(|found| found.merged_into)
            {
                Some(into) => patient = into,
                None => break,
            }
        }
        let mut all = vec![patient.clone()];
        all.extend(patients::merged_into(turn.connection(), &facility, &patient).await?);
        let mut open = Vec::new();
        for one in all {
            let visits = encounters::of_patient(turn.connection(), &facility, &one).await?;
            open.extend(visits.into_iter().filter(encounters::Encounter::is_open).map(|visit| visit.id));
        }
        return Ok(match (open.pop(), open.is_empty()) {
            (Some(visit), true) => Named::Visit(visit),
            _ => Named::Unclear,
        });
    }
    Ok(Named::NoCode)
}

/// Money by a standing code: a deposit for the visit; the receipt's answer.
pub(super) async fn deposit(
    turn: &mut Turn,
    encounter: &str,
    payment: Payment,
    method: Method,
) -> Result<Answered, Halt> {
    let mut visit = money::row_of(turn, encounter).await?;
    let due = visit.balance.0.due();
    let taken = Money { amount: payment.amount, method, is_promise: false, shift: None };
    let journal = visit.balance.0.deposit(&taken)?;
    let settlement = Settlement { money: payment.amount, due_before: due, due_after: due, ..Settlement::default() };
    let (kind, action) = ("deposit", Action::DepositTake);
    let taken = Taken { kind, action, payments: vec![payment], settlement, journal, shift: None };
    money::hand_out(turn, &visit, None, taken).await
}

/// What a code is sealed for.
fn place(id: i64) -> String {
    format!("standing-code/{id}")
}
