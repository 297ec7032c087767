//! What happens at the hospital: visits that are billed, money that comes, goes and comes back, and people who decide.

use std::sync::Arc;

use vienphi_domain::statement::{Digests, Line, Part, Split, Statement, Subject, Tariff, Totals};
use vienphi_domain::{Action, Actor, Day, Digest, Encounter, Identity, Role};
use vienphi_ledger::balance::{self, Money};
use vienphi_ledger::{Balance, Dimensions, Draft, Earned, Event, Journal, Method, Movement};
use vienphi_money::{Amount, Price, Quantity, Rate};
use vienphi_store::answers::Answered;
use vienphi_store::encounters::{self, Balances, Issued};
use vienphi_store::{
    Change, Command, Halt, Key, Store, Turn, approvals, documents, journals, patients, receipts, repricings, shifts,
    webhooks, work_items,
};

use super::{FACILITY, actor};

/// Something that is done in one turn.
pub(crate) enum Step {
    OpenBook,
    OpenShift,
    CloseShift(i64),
    Hook,
    Deliver,
    /// Encounter, own share, co-payment, insurer, sponsor, close it.
    Issue(&'static str, [i64; 4], bool),
    Deposit(&'static str, Money),
    Settle(&'static str, i64, Vec<Money>),
    Reverse(&'static str),
    Confirm(&'static str),
    /// Encounter, kind, amount.
    Ask(&'static str, &'static str, i64),
    Decide(i64, bool),
    PayRefund(i64),
    Credit(i64),
    Apply(i64, &'static str),
    Reprice,
}

pub(crate) fn cash(amount: i64) -> Money {
    Money { amount, method: Method::Cash, is_promise: false, shift: Some(1) }
}

fn promise(amount: i64) -> Money {
    Money { amount, method: Method::Transfer, is_promise: true, shift: None }
}

/// Tells the whole story.
pub(crate) async fn tell(store: &Store) {
    let cashier = actor("thu-ngan-1", Role::Cashier);
    let supervisor = actor("truong-ca", Role::CashSupervisor);
    store.create_token("", &cashier, None).await.unwrap();
    store.create_token("", &supervisor, None).await.unwrap();
    let mut steps: Vec<(&Arc<Actor>, Step)> = vec![
        (&cashier, Step::OpenBook),
        (&cashier, Step::OpenShift),
        (&supervisor, Step::Hook),
        // L1: a deposit, a settlement that rounds up, a bill that falls, a refund that waits.
        (&cashier, Step::Issue("L1", [300_000, 200_060, 2_000_000, 1_000], false)),
        (&cashier, Step::Deposit("L1", cash(300_000))),
        (&cashier, Step::Settle("L1", 300_000, vec![cash(200_100)])),
        (&cashier, Step::Issue("L1", [200_000, 200_020, 1_900_000, 1_000], true)),
        (&cashier, Step::Ask("L1", "refund", 50_000)),
        // L2: money promised.
        (&cashier, Step::Issue("L2", [0, 900_000, 3_600_000, 0], false)),
        (&cashier, Step::Deposit("L2", promise(1_000_000))),
        // L3: a deposit and a settlement by card and cash that are reversed.
        (&cashier, Step::Issue("L3", [120_040, 0, 0, 0], false)),
        (&cashier, Step::Deposit("L3", cash(50_000))),
        (&cashier, Step::Reverse("PT0000004")),
        (&cashier, Step::Settle("L3", 0, vec![cash(100_000), Money { method: Method::Card, ..cash(20_000) }])),
        (&cashier, Step::Reverse("PT0000006")),
        // L4: a refund that is approved and paid, a write-off that is approved, one that is rejected.
        (&cashier, Step::Issue("L4", [100_000, 0, 400_000, 0], false)),
        (&cashier, Step::Deposit("L4", cash(500_000))),
        (&cashier, Step::Ask("L4", "refund", 200_000)),
        (&cashier, Step::Ask("L4", "write-off", 30_000)),
        (&cashier, Step::Ask("L4", "write-off", 10_000)),
        (&cashier, Step::Ask("L4", "refund", 60_000)),
        // L5: money that nobody could place, a promise that was kept.
        (&cashier, Step::Issue("L5", [70_000, 0, 0, 0], true)),
        (&supervisor, Step::Credit(80_000)),
        (&cashier, Step::Deposit("L5", promise(90_000))),
        (&cashier, Step::Confirm("PT0000009")),
        (&supervisor, Step::Credit(5_000)),
        (&supervisor, Step::Reprice),
    ];
    let mut number = 0;
    for (who, step) in steps.drain(..) {
        done(store, who, step, &mut number).await;
    }
    let mut connection = store.reader().await.unwrap();
    let pending = approvals::list(&mut connection, FACILITY, Some("pending"), i64::MAX, 100).await.unwrap();
    let ids = |kind: &str, amount: i64| {
        pending
            .iter()
            .find(|approval| approval.kind == kind && approval.amount == amount)
            .map(|approval| approval.id)
            .unwrap()
    };
    for (kind, amount, approve) in
        [("refund", 200_000, true), ("write-off", 30_000, true), ("write-off", 10_000, false), ("refund", 60_000, true)]
    {
        done(store, &supervisor, Step::Decide(ids(kind, amount), approve), &mut number).await;
    }
    done(store, &cashier, Step::PayRefund(ids("refund", 200_000)), &mut number).await;
    let credits = work_items::open(&mut connection, FACILITY, 0, 10).await.unwrap();
    let shift = shifts::of_actor(&mut connection, FACILITY, &cashier.name).await.unwrap().unwrap();
    drop(connection);
    done(store, &supervisor, Step::Apply(credits[0].id, "L5"), &mut number).await;
    done(store, &cashier, Step::CloseShift(shift.id), &mut number).await;
    done(store, &cashier, Step::OpenShift, &mut number).await;
    done(store, &supervisor, Step::Deliver, &mut number).await;
}

/// What happens the day after.
pub(crate) async fn one_more(store: &Store) {
    let mut number = 1_000;
    done(store, &actor("thu-ngan-1", Role::Cashier), Step::Issue("L6", [10_000, 0, 0, 0], false), &mut number).await;
    done(store, &actor("thu-ngan-1", Role::Cashier), Step::Deposit("L6", cash(10_000)), &mut number).await;
}

/// Does a step under a key, twice: the second time has the same answer and changes nothing.
async fn done(store: &Store, who: &Arc<Actor>, step: Step, number: &mut u32) {
    *number += 1;
    let key = Key { key: format!("step-{number}"), request: Digest::of(format!("{number}").as_bytes()) };
    let once = store.write_once(who, key.clone(), step).await.unwrap_or_else(|halt| panic!("step {number}: {halt:?}"));
    assert!(once.status < 300, "step {number}: {}", String::from_utf8_lossy(&once.body));
    let again = store.write_once(who, key, Step::OpenBook).await.unwrap();
    assert_eq!((once.status, once.body), (again.status, again.body));
}

impl Command for Step {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let audit = match self {
            Step::OpenBook => {
                let audit = entry(turn, Action::ReceiptBookOpen, "receipt-book/PT")?;
                assert!(receipts::open_book(turn, "PT", 1, audit).await?);
                audit
            }
            Step::OpenShift => open_shift(turn).await?,
            Step::CloseShift(id) => close_shift(turn, id).await?,
            Step::Hook => hook(turn).await?,
            Step::Deliver => deliver(turn).await?,
            Step::Issue(id, shares, close) => issue(turn, id, shares, close).await?,
            Step::Deposit(id, money) => {
                let mut row = row(turn, id).await?;
                let journal = row.balance.0.deposit(&money)?;
                hand_out(turn, &row, "deposit", Action::DepositTake, (money.amount, 0), money.is_promise, &journal)
                    .await?
            }
            Step::Settle(id, from_deposits, money) => {
                let mut row = row(turn, id).await?;
                let (journal, settlement) = row.balance.0.settle(from_deposits, &money)?;
                let sums = (settlement.money, from_deposits);
                hand_out(turn, &row, "settlement", Action::SettlementTake, sums, false, &journal).await?
            }
            Step::Reverse(number) => reverse(turn, number).await?,
            Step::Confirm(number) => confirm(turn, number).await?,
            Step::Ask(id, kind, amount) => ask(turn, id, kind, amount).await?,
            Step::Decide(id, approve) => decide(turn, id, approve).await?,
            Step::PayRefund(id) => pay_refund(turn, id).await?,
            Step::Credit(amount) => credit(turn, amount).await?,
            Step::Apply(id, encounter) => {
                let facility = turn.facility();
                let item = work_items::find(turn.connection(), &facility, id).await?.unwrap();
                let mut row = row(turn, encounter).await?;
                let journal = row.balance.0.apply_credit(item.amount)?;
                receipts::move_reference(turn, &format!("credit/{id}"), None).await?;
                work_items::finish(turn, id, Some(encounter)).await?;
                hand_out(turn, &row, "deposit", Action::UnappliedApply, (item.amount, 0), false, &journal).await?
            }
            Step::Reprice => reprice(turn).await?,
        };
        Ok(Answered { status: 200, body: format!("{{\"audit\":{audit}}}").into_bytes(), audit: Some(audit) })
    }
}

fn entry(turn: &mut Turn, action: Action, subject: &str) -> Result<i64, Halt> {
    Ok(turn.audit(&Change {
        action,
        subject,
        reason: "because",
        before: None,
        after: Some(Digest::of(subject.as_bytes())),
    })?)
}

async fn row(turn: &mut Turn, id: &str) -> Result<encounters::Encounter, Halt> {
    let facility = turn.facility();
    Ok(encounters::find(turn.connection(), &facility, id).await?.unwrap())
}

async fn open_shift(turn: &mut Turn) -> Result<i64, Halt> {
    let id = turn.next_record()?;
    let subject = format!("shift/{id}");
    let audit = entry(turn, Action::ShiftOpen, &subject)?;
    let shift = shifts::Shift {
        id,
        desk: "Q1".into(),
        actor: turn.actor().name.to_string(),
        state: "open".into(),
        float_amount: 100_000,
        counted: None,
        expected: None,
        handed_to: None,
        opened_at: turn.now().count(),
        closed_at: None,
    };
    shifts::insert(turn, &shift, audit).await?;
    let drawer = Dimensions { method: Some(Method::Cash), shift: Some(id), ..Dimensions::default() };
    let mut draft = Draft::of(Event::ShiftOpened);
    draft.post(Movement::Float, Amount::from_units(100_000), &drawer, &Dimensions::default());
    turn.post(&draft.balanced()?, None, &subject, None, audit)?;
    Ok(audit)
}

async fn close_shift(turn: &mut Turn, id: i64) -> Result<i64, Halt> {
    turn.write_rows().await?;
    let facility = turn.facility();
    let mut shift = shifts::find(turn.connection(), &facility, id).await?.unwrap();
    let expected: i64 = shifts::totals(turn.connection(), &facility, id)
        .await?
        .into_iter()
        .filter(|(method, _)| method == "cash")
        .map(|(_, amount)| amount)
        .sum();
    let audit = entry(turn, Action::ShiftClose, &format!("shift/{id}"))?;
    let drawer = Dimensions { method: Some(Method::Cash), shift: Some(id), ..Dimensions::default() };
    let mut draft = Draft::of(Event::ShiftClosed);
    draft.post(Movement::Amount, Amount::from_units(expected - 1_000), &Dimensions::default(), &drawer);
    draft.post(Movement::Shortage, Amount::from_units(1_000), &Dimensions::default(), &drawer);
    turn.post(&draft.balanced()?, None, &format!("shift/{id}"), None, audit)?;
    shift.state = "closed".into();
    shift.counted = Some(format!("{{\"cash\":{}}}", expected - 1_000));
    shift.expected = Some(format!("{{\"cash\":{expected}}}"));
    shift.closed_at = Some(turn.now().count());
    shifts::update(turn, &shift).await?;
    Ok(audit)
}

async fn hook(turn: &mut Turn) -> Result<i64, Halt> {
    let id = turn.next_record()?;
    let audit = entry(turn, Action::WebhookWrite, &format!("webhook/{id}"))?;
    let secret = turn.key()?.seal(b"secret", &webhooks::secret_place(id))?;
    let webhook = webhooks::Webhook {
        facility: turn.facility().to_string(),
        id,
        url: "https://his.example/hook".into(),
        topics: "*".into(),
        secret,
        seen: 0,
        revoked_at: None,
    };
    webhooks::insert(turn, &webhook, audit).await?;
    Ok(audit)
}

async fn deliver(turn: &mut Turn) -> Result<i64, Halt> {
    let audit = entry(turn, Action::WebhookWrite, "webhook/2")?;
    let webhook = webhooks::active(turn.connection()).await?.remove(0);
    webhooks::take_new(turn, &webhook, 1_000).await?;
    let (now, later) = (turn.now(), turn.now());
    for due in webhooks::due(turn.connection(), &webhook, now, 3).await? {
        webhooks::keep_attempt(turn, webhook.id, &due, None, Some("nothing answered"), Some(later)).await?;
        let due = webhooks::Due { attempts: 1, ..due };
        webhooks::keep_attempt(turn, webhook.id, &due, Some(200), None, None).await?;
    }
    Ok(audit)
}

/// A visit with two lines: a drug of two parts, and everything else.
pub(crate) fn document(id: &str, shares: [i64; 4]) -> String {
    let note = shares.map(|share| share.to_string()).join("-");
    format!(
        r#"{{"id": "{id}", "facility": "{FACILITY}", "patient": {{"id": "BN-{id}", "name": "Nguyễn Văn Mẫu", "birth_date": "1961-04-02", "sex": "male", "address": "{note}"}},
        "visit": {{"type": "01", "arrived_at": "2026-03-02T07:40"}}, "coverages": [],
        "lines": [{{"id": "2", "kind": "exam", "code": "02.03", "quantity": "1", "performed_at": "2026-03-02T08:05", "department": "K01"}},
        {{"id": "1", "kind": "drug", "code": "40.1", "quantity": "2", "unit_price": "1", "performed_at": "2026-03-02T08:10", "department": "K02"}}]}}"#
    )
}

fn part(split: Split) -> Part<'static> {
    let day = Day::parse("2026-03-02").unwrap();
    Part {
        code: "02.03",
        name: None,
        from: day,
        to: day,
        list_price: Price::parse("1").unwrap(),
        unit_price: Price::parse("1").unwrap(),
        insured_price: Price::parse("1").unwrap(),
        resolution: None,
        quantity: Quantity::parse("1").unwrap(),
        service_ratio: Rate::percent(100),
        insured_ratio: Rate::percent(100),
        ceiling: None,
        card: None,
        benefit_rate: None,
        split,
        rules: Vec::new(),
    }
}

fn split([own, copayment, insurer, sponsor]: [i64; 4]) -> Split {
    let of = Amount::from_units;
    Split {
        hospital: of(own + copayment + insurer + sponsor),
        insured: of(copayment + insurer),
        other_sources: of(sponsor),
        own: of(own),
        copayment: of(copayment),
        insurer: of(insurer),
    }
}

async fn issue(turn: &mut Turn, id: &str, shares: [i64; 4], close: bool) -> Result<i64, Halt> {
    let facility = turn.facility();
    let found = encounters::find(turn.connection(), &facility, id).await?;
    let sent = document(id, shares);
    let reading = Encounter::read(sent.as_bytes());
    assert!(reading.faults.is_empty(), "{:?}", reading.faults);
    let encounter = reading.encounter.unwrap();
    let half = shares.map(|share| share / 2);
    let rest = [0, 1, 2, 3].map(|place: usize| shares[place] - half[place]);
    let (drug, exam) = (split(half.map(|share| share / 2)), split(half.map(|share| share - share / 2)));
    let drugs = drug.plus(&exam).unwrap();
    let line = |id, group, parts: Vec<Part<'static>>, sum| Line {
        id,
        code: "02.03",
        name: Some("Khám \"Nội\""),
        kind: vienphi_domain::encounter::Kind::Exam,
        group,
        payment_method: 1,
        parts,
        sum,
    };
    let all = split(shares);
    let digest = |text: &str| Digest::of(text.as_bytes());
    let version = found.as_ref().map_or(1, |found| found.statement_version + 1);
    let statement = Statement {
        encounter: id,
        version: u32::try_from(version).unwrap(),
        as_of: Day::parse("2026-03-02").unwrap(),
        subject: Subject { declared: None, derived: None },
        tariff: Tariff { package: "tariff-mau", version: "1.0.0", status: "sample", is_signed: false },
        provisional: Vec::new(),
        lines: vec![
            line("1", 4, vec![part(drug), part(exam)], drugs),
            line("2", 13, vec![part(split(rest))], split(rest)),
        ],
        totals: Totals {
            drugs: drugs.hospital,
            amount_hospital: all.hospital,
            amount_insured: all.insured,
            other_sources: all.other_sources,
            patient_own: all.own,
            copayment: all.copayment,
            insurer: all.insurer,
            cash_due: all.own.checked_add(all.copayment).unwrap().whole_dong().unwrap(),
            ..Totals::default()
        },
        findings: Vec::new(),
        rules: Default::default(),
        digests: Digests {
            encounter: encounter.digest,
            component: digest("c"),
            tariff: digest("t"),
            policies: digest("p"),
            engine: digest("e"),
        },
        fuel: 1,
    };
    let mut json = Vec::new();
    statement.write_json(&mut json);
    let earned = Earned::of([
        ((Some("K02".into()), None, 4), &drugs),
        ((Some("K01".into()), Some("MAU-CCHN".into()), 13), &split(rest)),
    ])
    .unwrap();
    let subject = format!("encounter/{id}");
    let audit = entry(turn, Action::EncounterWrite, &subject)?;
    let is_new = found.is_none();
    let mut row = found.unwrap_or_else(|| encounters::Encounter {
        id: id.into(),
        patient: format!("BN-{id}"),
        state: "open".into(),
        version: 0,
        statement_version: 0,
        snapshot: Vec::new(),
        statement: Vec::new(),
        arrived_on: "2026-03-02".into(),
        closed_at: None,
        as_of: "2026-03-02".into(),
        made_from: "c t p e".into(),
        earned: "[]".into(),
        balance: Balances(Balance::default()),
        changed_at: 0,
    });
    if is_new {
        let identity = Identity::of_encounter(sent.as_bytes(), id).unwrap();
        patients::save(
            turn,
            &patients::Patient { id: identity.id.clone(), version: 1, identity, merged_into: None },
            audit,
        )
        .await?;
    }
    let mut draft = Draft::of(Event::StatementIssued);
    earned.post_change(&serde_json::from_str(&row.earned).unwrap(), &mut draft);
    let journal = row.balance.0.issue(draft)?;
    let journal = turn.post(&journal, Some(id), &subject, None, audit)?;
    let key = turn.key()?;
    let (snapshot, issued) =
        (documents::pack(&key, encounter.digest, sent.as_bytes())?, documents::pack(&key, Digest::of(&json), &json)?);
    row.version += 1;
    row.statement_version = version;
    row.snapshot = snapshot.digest.bytes().to_vec();
    row.statement = issued.digest.bytes().to_vec();
    row.earned = serde_json::to_string(&earned).unwrap();
    if close {
        (row.state, row.closed_at) = ("closed".into(), Some(turn.now().count()));
    }
    encounters::keep_snapshot(turn, id, row.version, &snapshot.digest, audit);
    let statement = Issued {
        version,
        snapshot: row.version,
        document: issued.digest,
        as_of: "2026-03-02".into(),
        reason: "first sent".into(),
        totals: statement.totals,
        findings: 0,
        at: turn.now(),
        actor: String::new(),
    };
    encounters::keep_statement(turn, id, &statement, audit, journal);
    documents::keep(turn, id, snapshot);
    documents::keep(turn, id, issued);
    turn.tell("statement.issued", Some(id), "{}", audit)?;
    match is_new {
        true => encounters::insert(turn, &row).await?,
        false => encounters::update(turn, &row).await?,
    }
    Ok(audit)
}

/// A receipt for money that was taken.
async fn hand_out(
    turn: &mut Turn,
    row: &encounters::Encounter,
    kind: &str,
    action: Action,
    (amount, from_deposits): (i64, i64),
    is_promise: bool,
    journal: &Journal,
) -> Result<i64, Halt> {
    let number = next_number(turn).await?;
    let subject = format!("receipt/{number}");
    let audit = entry(turn, action, &subject)?;
    let journal = turn.post(journal, Some(&row.id), &subject, None, audit)?.unwrap();
    let state = if is_promise { "provisional" } else { "issued" };
    keep_receipt(turn, &number, kind, state, &row.id, (amount, from_deposits), journal, None, audit)?;
    receipts::claim_reference(turn, "transfer", &format!("FT-{number}"), &subject).await?;
    encounters::update_balances(turn, row).await?;
    turn.tell("receipt.issued", Some(&row.id), "{}", audit)?;
    if kind == "settlement" {
        turn.tell("settlement.posted", Some(&row.id), "{}", audit)?;
    }
    Ok(audit)
}

async fn next_number(turn: &mut Turn) -> Result<String, Halt> {
    match receipts::next_serial(turn, "PT", 9_999_999).await? {
        receipts::Serial::Next(serial) => Ok(format!("PT{serial:07}")),
        other => panic!("{other:?}"),
    }
}

#[allow(clippy::too_many_arguments)] // the columns of its row
fn keep_receipt(
    turn: &mut Turn,
    number: &str,
    kind: &str,
    state: &str,
    encounter: &str,
    (amount, from_deposits): (i64, i64),
    journal: i64,
    reverses: Option<&str>,
    audit: i64,
) -> Result<(), Halt> {
    let body = turn.key()?.seal(b"{}", &format!("receipt/{number}"))?;
    let receipt = receipts::Receipt {
        number: number.into(),
        book: "PT".into(),
        serial: number[2..].parse().unwrap(),
        kind: kind.into(),
        state: state.into(),
        encounter: encounter.into(),
        amount,
        from_deposits,
        body,
        at: turn.now().count(),
        actor: turn.actor().name.to_string(),
        shift: Some(1),
        journal,
        reverses: reverses.map(Into::into),
    };
    receipts::keep(turn, &receipt, audit);
    Ok(())
}

async fn reverse(turn: &mut Turn, number: &str) -> Result<i64, Halt> {
    let receipt = receipts::find_in(turn, number).await?.unwrap();
    let mut row = row(turn, &receipt.encounter).await?;
    let original = journals::find(turn, receipt.journal).await?;
    let mirror = original.reversed()?;
    let applied = if receipt.kind == "settlement" { receipt.amount + receipt.from_deposits } else { 0 };
    let (after, second) = row.balance.0.undo(&mirror, receipt.amount, applied)?.unwrap();
    row.balance.0 = after;
    let subject = format!("receipt/{number}");
    let audit = entry(turn, Action::ReceiptReverse, &subject)?;
    let journal = turn.post(&mirror, Some(&row.id), &subject, Some(receipt.journal), audit)?.unwrap();
    if let Some(second) = second {
        turn.post(&second, Some(&row.id), &subject, None, audit)?;
    }
    let own = next_number(turn).await?;
    let sums = (receipt.amount, receipt.from_deposits);
    keep_receipt(turn, &own, "reversal", "issued", &row.id, sums, journal, Some(number), audit)?;
    receipts::set_state(turn, number, "reversed").await?;
    receipts::move_reference(turn, &subject, None).await?;
    encounters::update_balances(turn, &row).await?;
    turn.tell("receipt.reversed", Some(&row.id), "{}", audit)?;
    Ok(audit)
}

async fn confirm(turn: &mut Turn, number: &str) -> Result<i64, Halt> {
    let receipt = receipts::find_in(turn, number).await?.unwrap();
    let mut row = row(turn, &receipt.encounter).await?;
    let audit = entry(turn, Action::ReceiptConfirm, &format!("receipt/{number}"))?;
    turn.post(&balance::confirmed(receipt.amount, None)?, Some(&row.id), &format!("receipt/{number}"), None, audit)?;
    row.balance.0.provisional -= receipt.amount;
    receipts::set_state(turn, number, "confirmed").await?;
    encounters::update_balances(turn, &row).await?;
    turn.tell("receipt.confirmed", Some(&row.id), "{}", audit)?;
    Ok(audit)
}

async fn ask(turn: &mut Turn, encounter: &str, kind: &str, amount: i64) -> Result<i64, Halt> {
    let mut row = row(turn, encounter).await?;
    match kind {
        "refund" => row.balance.0.pending_refunds += amount,
        _ => row.balance.0.pending_write_offs += amount,
    }
    encounters::update_balances(turn, &row).await?;
    Ok(keep_approval(turn, kind, &format!("encounter/{encounter}"), amount).await?.1)
}

async fn keep_approval(turn: &mut Turn, kind: &str, subject: &str, amount: i64) -> Result<(i64, i64), Halt> {
    let id = turn.next_record()?;
    let audit = entry(turn, Action::RefundAsk, &format!("approval/{id}"))?;
    let approval = approvals::Approval {
        id,
        kind: kind.into(),
        subject: subject.into(),
        amount,
        reason: "asked".into(),
        body: turn.key()?.seal(b"{}", &format!("approval/{id}"))?,
        asked_by: turn.actor().name.to_string(),
        asked_at: turn.now().count(),
        state: "pending".into(),
        decided_by: None,
        decided_at: None,
        decided_reason: None,
    };
    approvals::insert(turn, &approval, audit).await?;
    Ok((id, audit))
}

async fn decide(turn: &mut Turn, id: i64, approve: bool) -> Result<i64, Halt> {
    let facility = turn.facility();
    let mut approval = approvals::find(turn.connection(), &facility, id).await?.unwrap();
    let encounter = approval.subject.strip_prefix("encounter/").unwrap().to_owned();
    let mut row = row(turn, &encounter).await?;
    let audit = entry(turn, Action::ApprovalDecide, &format!("approval/{id}"))?;
    let balance = &mut row.balance.0;
    let journal = match (approve, approval.kind.as_str()) {
        (true, "refund") => Some(balance.refund(approval.amount)?),
        (true, _) => Some(balance.write_off(approval.amount)?),
        (false, "refund") => {
            balance.pending_refunds -= approval.amount;
            None
        }
        (false, _) => {
            balance.pending_write_offs -= approval.amount;
            None
        }
    };
    encounters::update_balances(turn, &row).await?;
    let journal = match journal {
        Some(journal) => turn.post(&journal, Some(&encounter), &format!("approval/{id}"), None, audit)?,
        None => None,
    };
    approval.state = if approve { "approved" } else { "rejected" }.into();
    approval.decided_by = Some(turn.actor().name.to_string());
    approval.decided_at = Some(turn.now().count());
    approval.decided_reason = Some("seen".into());
    approvals::decide(turn, &approval, audit, journal).await?;
    Ok(audit)
}

async fn pay_refund(turn: &mut Turn, id: i64) -> Result<i64, Halt> {
    let facility = turn.facility();
    let approval = approvals::find(turn.connection(), &facility, id).await?.unwrap();
    let encounter = approval.subject.strip_prefix("encounter/").unwrap().to_owned();
    let row = row(turn, &encounter).await?;
    let there = Dimensions { method: Some(Method::Cash), shift: Some(1), ..Dimensions::default() };
    let mut draft = Draft::of(Event::RefundPaid);
    draft.post(Movement::Money, Amount::from_units(approval.amount), &Dimensions::default(), &there);
    approvals::set_paid(turn, id, "approved", "paid").await?;
    hand_out(turn, &row, "refund", Action::RefundPay, (approval.amount, approval.amount), false, &draft.balanced()?)
        .await
}

async fn credit(turn: &mut Turn, amount: i64) -> Result<i64, Halt> {
    let id = turn.next_record()?;
    let subject = format!("credit/{id}");
    let audit = entry(turn, Action::UnappliedRecord, &subject)?;
    receipts::claim_reference(turn, "transfer", &format!("FT-CREDIT-{id}"), &subject).await?;
    let there = Dimensions { method: Some(Method::Transfer), ..Dimensions::default() };
    let mut draft = Draft::of(Event::CreditReceived);
    draft.post(Movement::Money, Amount::from_units(amount), &there, &Dimensions::default());
    turn.post(&draft.balanced()?, None, &subject, None, audit)?;
    let item = work_items::WorkItem {
        id,
        kind: "unapplied-credit".into(),
        state: "open".into(),
        amount,
        body: turn.key()?.seal(b"{}", &format!("work-item/{id}"))?,
        encounter: None,
        opened_at: turn.now().count(),
        closed_at: None,
    };
    work_items::insert(turn, &item, audit).await?;
    Ok(audit)
}

async fn reprice(turn: &mut Turn) -> Result<i64, Halt> {
    let id = turn.next_record()?;
    let (approval, audit) = keep_approval(turn, "repricing", &format!("repricing/{id}"), 0).await?;
    let repricing = repricings::Repricing {
        id,
        scope: "{}".into(),
        reason: "new prices".into(),
        state: "previewed".into(),
        approval,
        asked_by: turn.actor().name.to_string(),
        asked_at: turn.now().count(),
    };
    repricings::insert(turn, &repricing, audit).await?;
    let row = repricings::Row {
        encounter: "L1".into(),
        state: "previewed".into(),
        statement_version: 2,
        before: "{}".into(),
        after: "{}".into(),
    };
    repricings::save_row(turn, id, &row).await?;
    Ok(audit)
}
