//! Shifts: what is in a drawer is what was posted to it; it is counted before anybody is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use vienphi_access::About;
use vienphi_domain::{Action, Actor, Digest};
use vienphi_ledger::{Dimensions, Draft, Event, Method, Movement};
use vienphi_money::Amount;
use vienphi_store::answers::Answered;
use vienphi_store::{Change, Command, Halt, StoreError, Turn, shifts};

use super::approvals::{Ask, ask};
use super::money::moment;
use super::{Desk, Sent, answered, dong, forms, json, reader, refusals};

/// Amounts by method, in 1/100 đồng.
type ByMethod = BTreeMap<String, i64>;

struct Open {
    desk: String,
    float: i64,
}

struct Count {
    id: i64,
    counted: ByMethod,
}

struct Close {
    id: i64,
    hand_to: Option<String>,
}

/// A shift in an answer. What should be in the drawer is not told before it was counted.
#[derive(Debug, Serialize)]
pub struct Shift {
    id: i64,
    desk: String,
    cashier: String,
    state: String,
    float: String,
    opened_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counted: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handed_to: Option<String>,
}

impl Desk {
    /// Opens a shift for the actor.
    pub async fn open_shift(&self, actor: &Arc<Actor>, sent: Sent<'_>) -> Result<Answered, Halt> {
        self.may(actor, Action::ShiftOpen)?;
        let open = forms::read(sent.document, |root| {
            let [desk, float] = root.fields(["desk", "float"])?;
            let desk = forms::words(&desk.required());
            let float = if float.is_present() { forms::whole_dong(&float) } else { Some(0) };
            Some(Open { desk: desk?, float: float? })
        })?;
        self.once(actor, &sent, open).await
    }

    /// The actor's own shift that is open or counted; none when there is none.
    pub async fn own_shift(&self, actor: &Actor) -> Result<Option<Shift>, Halt> {
        self.may(actor, Action::ShiftOpen)?;
        let found = shifts::of_actor(&mut *reader(&self.store).await?, &actor.facility, &actor.name).await?;
        found.as_ref().map(shown).transpose()
    }

    /// A shift.
    pub async fn shift(&self, actor: &Actor, id: &str) -> Result<Vec<u8>, Halt> {
        let row = self.shift_row(actor, id, Action::ShiftRead).await?;
        json(&shown(&row)?)
    }

    /// Keeps what was counted in the drawer.
    pub async fn count_shift(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        let row = self.shift_row(actor, id, Action::ShiftCount).await?;
        let counted = forms::read(sent.document, |root| {
            let [counted] = root.fields(["counted"])?;
            let mut amounts = ByMethod::new();
            for (method, amount) in counted.required().entries() {
                match Method::parse(method) {
                    Some(method) => {
                        amounts.insert(method.word().to_owned(), forms::whole_dong(&amount)?);
                    }
                    None => amount.fault("is no method: cash, card, transfer or rail"),
                }
            }
            if !amounts.contains_key(Method::Cash.word()) {
                counted.fault_at("cash", "is required: the drawer is counted, be it empty");
            }
            Some(amounts)
        })?;
        self.once(actor, &sent, Count { id: row.id, counted }).await
    }

    /// Closes a shift that was counted; a difference needs another person's approval.
    pub async fn close_shift(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        let row = self.shift_row(actor, id, Action::ShiftClose).await?;
        forms::read(sent.document, |root| root.fields([]).map(|[]: [_; 0]| ()))?;
        self.once(actor, &sent, Close { id: row.id, hand_to: None }).await
    }

    /// Closes a shift and opens one for somebody else with what was counted.
    pub async fn hand_over(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        let row = self.shift_row(actor, id, Action::ShiftHandOver).await?;
        if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
            return Ok(answer);
        }
        let to = forms::read(sent.document, |root| {
            let [to] = root.fields(["to"])?;
            forms::words(&to.required())
        })?;
        if to == row.actor {
            return Err(refusals::invalid_field("to", "must be somebody else").into());
        }
        let tokens = self.store.tokens(&actor.facility).await?;
        let takes = |token: &vienphi_store::tokens::Token| {
            token.actor == to
                && token.revoked_at.is_none()
                && matches!(token.role.as_str(), "cashier" | "cash-supervisor")
        };
        if !tokens.iter().any(takes) {
            return Err(refusals::invalid_field("to", "must be a cashier of this facility").into());
        }
        self.once(actor, &sent, Close { id: row.id, hand_to: Some(to) }).await
    }

    async fn shift_row(&self, actor: &Actor, id: &str, action: Action) -> Result<shifts::Shift, Halt> {
        let found = match id.parse() {
            Ok(number) => shifts::find(&mut *reader(&self.store).await?, &actor.facility, number).await?,
            Err(_) => None,
        };
        let Some(row) = found else {
            let about = About { made_by: Some(&actor.name), in_open_shift: true, ..About::facility(&actor.facility) };
            self.may_about(actor, action, &about)?;
            return Err(refusals::not_found("shift", id).into());
        };
        let about =
            About { made_by: Some(&row.actor), in_open_shift: row.state == "open", ..About::facility(&actor.facility) };
        self.may_about(actor, action, &about)?;
        Ok(row)
    }
}

/// The shift that money of a method goes to: the actor's own. The first notes of a day open one that was not opened.
pub(super) async fn taking(turn: &mut Turn, method: Method) -> Result<Option<i64>, Halt> {
    let (facility, actor) = (turn.facility(), turn.actor().name.clone());
    match shifts::of_actor(turn.connection(), &facility, &actor).await? {
        Some(shift) if shift.state == "open" => Ok(Some(shift.id)),
        Some(shift) => Err(refusals::conflict(
            "urn:vienphi:problem:shift-counted",
            "The shift was counted",
            format!("shift {} is {}: close it or hand it over, then open the next one", shift.id, shift.state),
        )
        .into()),
        None if method == Method::Cash => Ok(Some(open(turn, "-", 0, "first cash").await?.0)),
        None => Ok(None),
    }
}

/// Money can only be paid out of a drawer that has it.
pub(super) async fn has(turn: &mut Turn, shift: i64, amount: i64) -> Result<(), Halt> {
    if amount <= cash(turn, shift).await? {
        return Ok(());
    }
    Err(refusals::conflict(
        "urn:vienphi:problem:drawer-short",
        "The drawer does not have it",
        format!("shift {shift} cannot pay {} in cash: pay by transfer, or out of another drawer", dong(amount)),
    )
    .into())
}

/// The notes in a drawer, in 1/100 đồng.
pub(super) async fn cash(turn: &mut Turn, shift: i64) -> Result<i64, Halt> {
    turn.write_rows().await?;
    let facility = turn.facility();
    let totals = shifts::totals(turn.connection(), &facility, shift).await?;
    Ok(totals.iter().find(|(method, _)| method == Method::Cash.word()).map_or(0, |(_, units)| *units))
}

/// Opens a shift for the actor of the turn; its number and audit entry.
async fn open(turn: &mut Turn, desk: &str, float: i64, reason: &str) -> Result<(i64, i64), Halt> {
    let actor = turn.actor().name.to_string();
    open_for(turn, &actor, desk, float, reason, Event::ShiftOpened).await
}

async fn open_for(
    turn: &mut Turn,
    actor: &str,
    desk: &str,
    float: i64,
    reason: &str,
    event: Event,
) -> Result<(i64, i64), Halt> {
    let id = turn.next_record()?;
    let subject = format!("shift/{id}");
    let change = Change { action: Action::ShiftOpen, subject: &subject, reason, before: None, after: None };
    let audit = turn.audit(&change)?;
    let shift = shifts::Shift {
        id,
        desk: desk.to_owned(),
        actor: actor.to_owned(),
        state: "open".to_owned(),
        float_amount: float,
        counted: None,
        expected: None,
        handed_to: None,
        opened_at: turn.now().count(),
        closed_at: None,
    };
    shifts::insert(turn, &shift, audit).await?;
    let mut draft = Draft::of(event);
    draft.post(Movement::Float, Amount::from_units(float), &in_drawer(id), &Dimensions::default());
    turn.post(&draft.balanced()?, None, &subject, None, audit)?;
    Ok((id, audit))
}

fn in_drawer(shift: i64) -> Dimensions {
    Dimensions { method: Some(Method::Cash), shift: Some(shift), ..Dimensions::default() }
}

impl Command for Open {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let (facility, actor) = (turn.facility(), turn.actor().name.clone());
        if let Some(open) = shifts::of_actor(turn.connection(), &facility, &actor).await? {
            return Err(refusals::conflict(
                "urn:vienphi:problem:shift-open",
                "A shift is open already",
                format!("shift {} at desk {:?} is {}: close it or hand it over first", open.id, open.desk, open.state),
            )
            .into());
        }
        let (id, audit) = open(turn, &self.desk, self.float, "").await?;
        let row = find(turn, id).await?;
        answered(201, &shown(&row)?, audit)
    }
}

impl Command for Count {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let mut row = find(turn, self.id).await?;
        // What should have been there was told at the count: whoever stands at the drawer does not count again.
        let is_again = row.state == "counted" && *row.actor != *turn.actor().name;
        if row.state != "open" && !is_again {
            return Err(ended(&row).into());
        }
        // What was posted in this very transaction counts too.
        turn.write_rows().await?;
        let facility = turn.facility();
        let expected: ByMethod = shifts::totals(turn.connection(), &facility, self.id).await?.into_iter().collect();
        row.counted = Some(text(&self.counted)?);
        row.expected = Some(text(&expected)?);
        row.state = "counted".to_owned();
        let subject = format!("shift/{}", self.id);
        let after = row.counted.as_deref().map(|counted| Digest::of(counted.as_bytes()));
        let change = Change { action: Action::ShiftCount, subject: &subject, reason: "", before: None, after };
        let audit = turn.audit(&change)?;
        shifts::update(turn, &row).await?;
        answered(200, &shown(&row)?, audit)
    }
}

impl Command for Close {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let mut row = find(turn, self.id).await?;
        match row.state.as_str() {
            "counted" => {}
            "open" => {
                return Err(refusals::conflict(
                    "urn:vienphi:problem:shift-not-counted",
                    "The shift was not counted",
                    format!("count shift {} first", row.id),
                )
                .into());
            }
            _ => return Err(ended(&row).into()),
        }
        if let Some(to) = &self.hand_to {
            free(turn, to).await?;
        }
        let difference = differences(&row)?;
        row.handed_to.clone_from(&self.hand_to);
        if difference.values().all(|amount| *amount == 0) {
            let action = if self.hand_to.is_some() { Action::ShiftHandOver } else { Action::ShiftClose };
            let (audit, _) = finish(turn, row, action, "").await?;
            let row = find(turn, self.id).await?;
            return answered(200, &shown(&row)?, audit);
        }
        row.state = "closing".to_owned();
        shifts::update(turn, &row).await?;
        let amount = difference.values().map(|amount| amount.abs()).sum();
        let shown = shown(&row)?;
        let ask_for = Ask {
            kind: "shift-difference",
            subject: format!("shift/{}", self.id),
            amount,
            reason: "the count differs from what was posted".to_owned(),
            body: json(&shown)?,
            action: Action::ShiftClose,
        };
        ask(turn, ask_for).await
    }
}

/// Closes a shift whose difference, if any, was approved; its audit entry and what was posted.
pub(super) async fn finish(
    turn: &mut Turn,
    mut row: shifts::Shift,
    action: Action,
    reason: &str,
) -> Result<(i64, Option<i64>), Halt> {
    let subject = format!("shift/{}", row.id);
    let audit = turn.audit(&Change { action, subject: &subject, reason, before: None, after: None })?;
    let (counted, expected) = (amounts(row.counted.as_deref())?, amounts(row.expected.as_deref())?);
    let cash = Method::Cash.word();
    let (there, wanted) = (counted.get(cash).copied().unwrap_or(0), expected.get(cash).copied().unwrap_or(0));
    let (none, drawer) = (Dimensions::default(), in_drawer(row.id));
    let mut draft = Draft::of(Event::ShiftClosed);
    draft.post(Movement::Amount, Amount::from_units(there), &none, &drawer);
    draft.post(Movement::Shortage, Amount::from_units(wanted - there), &none, &drawer);
    let journal = turn.post(&draft.balanced()?, None, &subject, None, audit)?;
    row.state = "closed".to_owned();
    row.closed_at = Some(turn.now().count());
    shifts::update(turn, &row).await?;
    if let Some(to) = &row.handed_to {
        free(turn, to).await?;
        open_for(turn, to, &row.desk, there, &format!("taken over from shift {}", row.id), Event::ShiftHandedOver)
            .await?;
    }
    Ok((audit, journal))
}

/// The difference of a shift was not approved: it is counted again.
pub(super) async fn recount(turn: &mut Turn, mut row: shifts::Shift) -> Result<(), Halt> {
    row.state = "counted".to_owned();
    row.handed_to = None;
    Ok(shifts::update(turn, &row).await?)
}

/// Whoever takes over must not have a shift.
async fn free(turn: &mut Turn, actor: &str) -> Result<(), Halt> {
    let facility = turn.facility();
    match shifts::of_actor(turn.connection(), &facility, actor).await? {
        None => Ok(()),
        Some(open) => Err(refusals::conflict(
            "urn:vienphi:problem:shift-open",
            "A shift is open already",
            format!("{actor} has shift {}, which must be closed first", open.id),
        )
        .into()),
    }
}

/// A shift within a turn.
pub(super) async fn find(turn: &mut Turn, id: i64) -> Result<shifts::Shift, Halt> {
    let facility = turn.facility();
    let found = shifts::find(turn.connection(), &facility, id).await?;
    found.ok_or_else(|| refusals::not_found("shift", &id.to_string()).into())
}

fn ended(row: &shifts::Shift) -> vienphi_domain::Problem {
    refusals::conflict(
        "urn:vienphi:problem:shift-ended",
        "The shift has ended",
        format!("shift {} is {}: nothing of it is changed any more", row.id, row.state),
    )
}

/// What was counted beyond what should be there. Slips that should be in the drawer and were not counted are missing;
/// transfers and rails leave nothing in a drawer and are compared when they are given.
fn differences(row: &shifts::Shift) -> Result<ByMethod, Halt> {
    let (mut counted, expected) = (amounts(row.counted.as_deref())?, amounts(row.expected.as_deref())?);
    let card = Method::Card.word();
    if expected.contains_key(card) {
        counted.entry(card.to_owned()).or_insert(0);
    }
    let beyond =
        |(method, there): (&String, &i64)| (method.clone(), there - expected.get(method).copied().unwrap_or(0));
    Ok(counted.iter().map(beyond).collect())
}

fn text(amounts: &ByMethod) -> Result<String, Halt> {
    Ok(String::from_utf8_lossy(&json(amounts)?).into_owned())
}

fn amounts(text: Option<&str>) -> Result<ByMethod, Halt> {
    let read = serde_json::from_str(text.unwrap_or("{}"));
    read.map_err(|_| StoreError::Damaged("the count of a shift cannot be read".into()).into())
}

fn shown(row: &shifts::Shift) -> Result<Shift, Halt> {
    let written = |amounts: ByMethod| amounts.into_iter().map(|(method, units)| (method, dong(units))).collect();
    let is_counted = row.state != "open";
    Ok(Shift {
        id: row.id,
        desk: row.desk.clone(),
        cashier: row.actor.clone(),
        state: row.state.clone(),
        float: dong(row.float_amount),
        opened_at: moment(row.opened_at),
        closed_at: row.closed_at.map(moment),
        counted: is_counted.then(|| amounts(row.counted.as_deref())).transpose()?.map(written),
        expected: is_counted.then(|| amounts(row.expected.as_deref())).transpose()?.map(written),
        difference: is_counted.then(|| differences(row)).transpose()?.map(written),
        handed_to: row.handed_to.clone(),
    })
}
