//! A hospital's money as a page of arithmetic, and random commands sent to it and to the real server: both must say the same
//! after each. Amounts are whole đồng.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::hospital::{Answer, Connection, Hospital, fresh_key, request, visit};

/// Visits that the commands are about.
const VISITS: usize = 3;

/// A visit's money.
#[derive(Debug, Clone, Copy, Default)]
struct Visit {
    bill: i64,
    paid: i64,
    deposits: i64,
    received: i64,
    refunded: i64,
    forgiven: i64,
    provisional: i64,
    asked_back: i64,
    asked_to_forgive: i64,
}

impl Visit {
    fn due(&self) -> i64 {
        self.bill - self.paid - self.forgiven
    }

    fn bill(&mut self, bill: i64) {
        self.bill = bill;
        self.forgiven -= (-self.due()).clamp(0, self.forgiven);
        let surplus = (-self.due()).clamp(0, self.paid);
        self.paid -= surplus;
        self.deposits += surplus;
    }
}

/// A receipt: what it moved, and whether it still counts.
#[derive(Debug, Clone)]
struct Receipt {
    visit: usize,
    money: i64,
    applied: i64,
    /// What the deposits grew by.
    deposited: i64,
    state: State,
    /// Of money that somebody placed here.
    is_credit: bool,
    cash: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Counts,
    Provisional,
    Gone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Refund,
    Forgive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Pending,
    Approved,
    Rejected,
    Paid,
}

#[derive(Debug, Clone)]
struct Approval {
    id: i64,
    visit: usize,
    what: Ask,
    amount: i64,
    decision: Decision,
}

#[derive(Debug, Clone)]
struct Credit {
    id: i64,
    amount: i64,
    is_open: bool,
}

/// What both must agree on.
#[derive(Debug, Default)]
struct Model {
    visits: [Visit; VISITS],
    receipts: Vec<Receipt>,
    approvals: Vec<Approval>,
    credits: Vec<Credit>,
    /// Notes in the cashier's drawer.
    drawer: i64,
}

/// A sequence of commands over one hospital.
pub struct Sequence<'a> {
    hospital: &'a Hospital,
    connection: Connection,
    prefix: String,
    model: Model,
    rng: Rng,
    /// Commands with their answers, for sending them again.
    sent: Vec<(Vec<u8>, Answer)>,
    /// What was done, for a report.
    told: Vec<String>,
    references: u32,
}

impl<'a> Sequence<'a> {
    /// Of a seed, over a hospital where nothing has happened yet.
    pub fn new(hospital: &'a Hospital, seed: u64) -> Sequence<'a> {
        Sequence {
            hospital,
            connection: hospital.connect(),
            prefix: format!("M{seed}-"),
            model: Model::default(),
            rng: Rng::with_seed(seed),
            sent: Vec::new(),
            told: Vec::new(),
            references: 0,
        }
    }

    /// Sends commands and compares after each. `Err`: what differed, and everything that was sent before.
    pub fn run(mut self, commands: usize) -> Result<(), String> {
        let compared = self.bill_all().and_then(|()| {
            for _ in 0..commands {
                self.step()?;
                self.compare()?;
            }
            self.compare_ledger()
        });
        compared.map_err(|why| format!("{why}\nafter:\n{}", self.told.join("\n")))
    }

    fn bill_all(&mut self) -> Result<(), String> {
        (0..VISITS).try_for_each(|visit| self.bill(visit))
    }

    fn step(&mut self) -> Result<(), String> {
        let visit = self.rng.usize(..VISITS);
        match self.rng.u8(..100) {
            0..10 => self.bill(visit),
            10..28 => self.deposit(visit),
            28..48 => self.settle(visit),
            48..56 => self.ask(visit, Ask::Refund),
            56..61 => self.ask(visit, Ask::Forgive),
            61..70 => self.decide(),
            70..76 => self.pay_out(),
            76..84 => self.reverse(),
            84..89 => self.confirm(),
            89..93 => self.record_credit(),
            93..96 => self.apply_credit(visit),
            _ => self.send_again(),
        }
    }

    fn amount(&mut self) -> i64 {
        self.rng.i64(1..=60) * 1_000
    }

    fn reference(&mut self) -> String {
        self.references += 1;
        format!("{}{}", self.prefix, self.references)
    }

    fn id(&self, visit: usize) -> String {
        format!("{}{visit}", self.prefix)
    }

    fn post(&mut self, name: &str, rest: &str, body: &Value) -> Answer {
        let key = fresh_key();
        let (path, token) = (self.hospital.path(rest), Some(self.hospital.token(name)));
        let request = request("POST", &path, token, Some(&key), "", body.to_string().as_bytes());
        let answer = self.connection.send_raw(&request);
        self.told.push(format!("{name} {rest} {body}: {}", answer.status));
        self.sent.push((request, answer.clone()));
        answer
    }

    /// A command that makes a receipt when it is done: its number is the next one.
    fn expect(&self, answer: &Answer, wanted: u16) -> Result<(), String> {
        if answer.status != wanted {
            return Err(format!("{wanted} was wanted: {}", String::from_utf8_lossy(&answer.bytes)));
        }
        if answer.status == 201 && answer.json["number"].is_string() {
            let number = format!("PT{:07}", self.model.receipts.len());
            if answer.json["number"] != *number {
                return Err(format!("{number} was wanted: {}", answer.json));
            }
        }
        Ok(())
    }

    fn bill(&mut self, at: usize) -> Result<(), String> {
        let prices: Vec<u64> = (0..self.rng.usize(1..6)).map(|_| self.rng.u64(1..=40) * 1_000).collect();
        let mut sent = visit(&self.id(at), &prices);
        sent["patient"]["id"] = format!("{}P{at}", self.prefix).into();
        let total = prices.iter().sum::<u64>();
        let answer = self.hospital.put(&sent);
        self.told.push(format!("{} is billed {total}: {}", self.id(at), answer.status));
        if !matches!(answer.status, 200 | 201) {
            return Err(format!("a visit was refused: {}", String::from_utf8_lossy(&answer.bytes)));
        }
        self.model.visits[at].bill(i64::try_from(total).expect("a few thousand"));
        Ok(())
    }

    /// Money as it is handed over, and how much of it is in notes and how much only promised.
    fn money(&mut self, amount: i64) -> (Value, i64, i64) {
        match self.rng.u8(..5) {
            0 => (
                json!({"amount": amount.to_string(), "method": "transfer", "reference": self.reference(), "provisional": true}),
                0,
                amount,
            ),
            1 => (
                json!({"amount": amount.to_string(), "method": "transfer", "reference": self.reference(), "payer": "Lê Văn Mẫu"}),
                0,
                0,
            ),
            2 => (json!({"amount": amount.to_string(), "method": "card", "reference": self.reference()}), 0, 0),
            _ => (json!({"amount": amount.to_string(), "method": "cash"}), amount, 0),
        }
    }

    fn deposit(&mut self, at: usize) -> Result<(), String> {
        let amount = self.amount();
        let (body, cash, promised) = self.money(amount);
        let answer = self.post("an", &format!("/encounters/{}/deposits", self.id(at)), &body);
        let visit = &mut self.model.visits[at];
        visit.deposits += amount;
        visit.received += amount;
        visit.provisional += promised;
        self.receipt(at, amount, 0, amount, promised, cash);
        self.expect(&answer, 201)
    }

    fn receipt(&mut self, visit: usize, money: i64, applied: i64, deposited: i64, promised: i64, cash: i64) {
        let state = if promised > 0 { State::Provisional } else { State::Counts };
        self.model.drawer += cash;
        self.model.receipts.push(Receipt { visit, money, applied, deposited, state, is_credit: false, cash });
    }

    fn settle(&mut self, at: usize) -> Result<(), String> {
        let visit = self.model.visits[at];
        let uses_deposits = self.rng.bool();
        let wanted = (visit.due() - visit.asked_to_forgive).max(0);
        let amount = match self.rng.u8(..4) {
            0 => 0,
            1 if wanted > 0 => wanted,
            _ => self.amount(),
        };
        let (payment, cash, promised) = if amount > 0 { self.money(amount) } else { (Value::Null, 0, 0) };
        let payments = if amount > 0 { json!([payment]) } else { json!([]) };
        let body = json!({"payments": payments, "use_deposits": uses_deposits});
        let answer = self.post("an", &format!("/encounters/{}/settlements", self.id(at)), &body);
        if wanted == 0 {
            return self.expect(&answer, 409);
        }
        let from = if uses_deposits { (visit.deposits - visit.asked_back).min(wanted) } else { 0 };
        if from + amount == 0 {
            return self.expect(&answer, 422);
        }
        let surplus = (amount + from - wanted).max(0);
        let applied = amount + from - surplus;
        let visit = &mut self.model.visits[at];
        visit.paid += applied;
        visit.deposits += surplus - from;
        visit.received += amount;
        visit.provisional += promised;
        self.receipt(at, amount, applied, surplus - from, promised, cash);
        self.expect(&answer, 201)
    }

    fn ask(&mut self, at: usize, what: Ask) -> Result<(), String> {
        let amount = self.amount();
        let route = match what {
            Ask::Refund => "refunds",
            Ask::Forgive => "write-offs",
        };
        let body = json!({"amount": amount.to_string(), "reason": "thử"});
        let answer = self.post("an", &format!("/encounters/{}/{route}", self.id(at)), &body);
        let visit = &mut self.model.visits[at];
        let (held, limit) = match what {
            Ask::Refund => (&mut visit.asked_back, visit.deposits),
            Ask::Forgive => {
                let due = visit.due();
                (&mut visit.asked_to_forgive, due)
            }
        };
        if *held + amount > limit {
            return self.expect(&answer, 422);
        }
        *held += amount;
        let id = answer.json["id"].as_i64().unwrap_or_default();
        self.model.approvals.push(Approval { id, visit: at, what, amount, decision: Decision::Pending });
        self.expect(&answer, 202)
    }

    /// Any request, decided already or not.
    fn decide(&mut self) -> Result<(), String> {
        if self.model.approvals.is_empty() {
            return Ok(());
        }
        let place = self.rng.usize(..self.model.approvals.len());
        let Approval { id, visit: at, what, amount, decision } = self.model.approvals[place].clone();
        let approves = self.rng.u8(..4) > 0;
        let word = if approves { "approve" } else { "reject" };
        let answer = self.post("chi", &format!("/approvals/{id}/{word}"), &json!({"reason": "thử"}));
        if decision != Decision::Pending {
            return self.expect(&answer, 409);
        }
        let visit = &mut self.model.visits[at];
        match (what, approves) {
            (Ask::Forgive, true) if amount > visit.due() => return self.expect(&answer, 409),
            (Ask::Refund, true) => {
                visit.asked_back -= amount;
                visit.deposits -= amount;
                visit.refunded += amount;
            }
            (Ask::Forgive, true) => {
                visit.asked_to_forgive -= amount;
                visit.forgiven += amount;
            }
            (Ask::Refund, false) => visit.asked_back -= amount,
            (Ask::Forgive, false) => visit.asked_to_forgive -= amount,
        }
        self.model.approvals[place].decision = if approves { Decision::Approved } else { Decision::Rejected };
        self.expect(&answer, 200)
    }

    fn pay_out(&mut self) -> Result<(), String> {
        let refunds = self.model.approvals.iter().enumerate().filter(|(_, approval)| approval.what == Ask::Refund);
        let places: Vec<usize> = refunds.map(|(place, _)| place).collect();
        if places.is_empty() {
            return Ok(());
        }
        let place = places[self.rng.usize(..places.len())];
        let Approval { id, visit, amount, decision, .. } = self.model.approvals[place].clone();
        let is_cash = self.rng.bool();
        let body = match is_cash {
            true => json!({"method": "cash"}),
            false => json!({"method": "transfer", "reference": self.reference()}),
        };
        let answer = self.post("an", &format!("/approvals/{id}/pay"), &body);
        if decision != Decision::Approved || (is_cash && amount > self.model.drawer) {
            return self.expect(&answer, 409);
        }
        self.model.approvals[place].decision = Decision::Paid;
        self.receipt(visit, 0, 0, 0, 0, if is_cash { -amount } else { 0 });
        // Money that was paid out is not undone.
        self.model.receipts.last_mut().expect("just made").state = State::Gone;
        self.expect(&answer, 201)
    }

    /// A receipt's effect goes; whether the deposits still hold what it brought.
    fn undo(&mut self, place: usize) -> bool {
        let receipt = self.model.receipts[place].clone();
        let mut visit = self.model.visits[receipt.visit];
        visit.received -= receipt.money;
        visit.paid -= receipt.applied;
        visit.deposits -= receipt.deposited;
        if visit.paid < 0 {
            visit.deposits += visit.paid;
            visit.paid = 0;
        }
        if visit.deposits < visit.asked_back {
            return false;
        }
        if receipt.state == State::Provisional {
            visit.provisional -= receipt.money;
        }
        self.model.visits[receipt.visit] = visit;
        self.model.receipts[place].state = State::Gone;
        self.receipt(receipt.visit, 0, 0, 0, 0, -receipt.cash);
        self.model.receipts.last_mut().expect("just made").state = State::Gone;
        true
    }

    fn reverse(&mut self) -> Result<(), String> {
        if self.model.receipts.is_empty() {
            return Ok(());
        }
        let place = self.rng.usize(..self.model.receipts.len());
        let receipt = self.model.receipts[place].clone();
        let rest = format!("/receipts/PT{:07}/reverse", place + 1);
        let answer = self.post("chi", &rest, &json!({"reason": "thử"}));
        if receipt.state == State::Gone || receipt.cash > self.model.drawer || !self.undo(place) {
            return self.expect(&answer, 409);
        }
        if receipt.is_credit {
            // It waits again, as a piece of work of its own.
            let id = self.newest_credit()?;
            self.model.credits.push(Credit { id, amount: receipt.money, is_open: true });
        }
        self.expect(&answer, 201)
    }

    fn newest_credit(&mut self) -> Result<i64, String> {
        let listed = self.hospital.get("an", "/unapplied").json;
        let ids = listed["items"].as_array().into_iter().flatten().filter_map(|item| item["id"].as_i64());
        ids.max().ok_or_else(|| format!("no credit waits: {listed}"))
    }

    fn confirm(&mut self) -> Result<(), String> {
        let made_by_desk = self.model.receipts.iter().enumerate().filter(|(_, receipt)| receipt.money > 0);
        let places: Vec<usize> = made_by_desk.map(|(place, _)| place).collect();
        if places.is_empty() {
            return Ok(());
        }
        let place = places[self.rng.usize(..places.len())];
        let receipt = self.model.receipts[place].clone();
        let came = self.rng.u8(..3) > 0;
        let body = match came {
            true => json!({"outcome": "confirmed", "reference": self.reference()}),
            false => json!({"outcome": "failed", "reason": "thử"}),
        };
        let answer = self.post("chi", &format!("/receipts/PT{:07}/confirm", place + 1), &body);
        if receipt.state != State::Provisional {
            return self.expect(&answer, 409);
        }
        if came {
            self.model.visits[receipt.visit].provisional -= receipt.money;
            self.model.receipts[place].state = State::Counts;
        } else if !self.undo(place) {
            return self.expect(&answer, 409);
        }
        self.expect(&answer, 200)
    }

    fn record_credit(&mut self) -> Result<(), String> {
        let amount = self.amount();
        let body = json!({"amount": amount.to_string(), "method": "transfer", "reference": self.reference()});
        let answer = self.post("an", "/unapplied", &body);
        let id = answer.json["id"].as_i64().unwrap_or_default();
        self.model.credits.push(Credit { id, amount, is_open: true });
        self.expect(&answer, 201)
    }

    fn apply_credit(&mut self, at: usize) -> Result<(), String> {
        if self.model.credits.is_empty() {
            return Ok(());
        }
        let place = self.rng.usize(..self.model.credits.len());
        let Credit { id, amount, is_open } = self.model.credits[place].clone();
        let body = json!({ "encounter": self.id(at) });
        let answer = self.post("an", &format!("/unapplied/{id}/apply"), &body);
        if !is_open {
            return self.expect(&answer, 409);
        }
        self.model.credits[place].is_open = false;
        let visit = &mut self.model.visits[at];
        visit.deposits += amount;
        visit.received += amount;
        self.receipt(at, amount, 0, amount, 0, 0);
        self.model.receipts.last_mut().expect("just made").is_credit = true;
        self.expect(&answer, 201)
    }

    /// A command that was answered is sent again: the same answer, and no effect.
    fn send_again(&mut self) -> Result<(), String> {
        if self.sent.is_empty() {
            return Ok(());
        }
        let (request, first) = self.sent[self.rng.usize(..self.sent.len())].clone();
        let again = self.connection.send_raw(&request);
        self.told.push(format!("again: {}", again.status));
        if (again.status, &again.bytes) != (first.status, &first.bytes) {
            return Err(format!(
                "another answer: {} instead of {} {}",
                String::from_utf8_lossy(&again.bytes),
                first.status,
                String::from_utf8_lossy(&first.bytes)
            ));
        }
        Ok(())
    }

    fn compare(&mut self) -> Result<(), String> {
        for at in 0..VISITS {
            let visit = self.model.visits[at];
            let account = self.hospital.account(&self.id(at));
            let wanted = [
                ("due", visit.due()),
                ("deposits", visit.deposits),
                ("paid", visit.paid),
                ("refunded", visit.refunded),
                ("provisional", visit.provisional),
                ("pending_refunds", visit.asked_back),
            ];
            for (field, amount) in wanted {
                if account[field] != *amount.to_string() {
                    return Err(format!("{field} of {} should be {amount}: {account}", self.id(at)));
                }
            }
            if visit.received != visit.paid + visit.deposits + visit.refunded {
                return Err(format!("the model itself does not add up: {visit:?}"));
            }
        }
        Ok(())
    }

    fn compare_ledger(&mut self) -> Result<(), String> {
        let listed = self.hospital.get("nga", "/ledger/accounts").json;
        let rows = listed["items"].as_array().cloned().unwrap_or_default();
        let balances: BTreeMap<&str, &str> =
            rows.iter().filter_map(|row| Some((row["account"].as_str()?, row["balance"].as_str()?))).collect();
        let sum = |of: fn(&Visit) -> i64| self.model.visits.iter().map(of).sum::<i64>();
        let waiting: i64 = self.model.credits.iter().filter(|credit| credit.is_open).map(|credit| credit.amount).sum();
        let approved = self.model.approvals.iter().filter(|approval| approval.what == Ask::Refund);
        let unpaid = approved.filter(|approval| approval.decision == Decision::Approved);
        let wanted = [
            ("patient-receivable", sum(Visit::due)),
            ("deposits-held", -sum(|visit| visit.deposits)),
            ("revenue", -sum(|visit| visit.bill)),
            ("write-offs", sum(|visit| visit.forgiven)),
            ("unapplied-credit", -waiting),
            ("refunds-due", -unpaid.map(|approval| approval.amount).sum::<i64>()),
            ("cash", self.model.drawer),
        ];
        for (account, amount) in wanted {
            let there = balances.get(account).copied().unwrap_or("0");
            if there != amount.to_string() {
                return Err(format!("{account} should be {amount} and is {there}: {listed}"));
            }
        }
        Ok(())
    }
}
