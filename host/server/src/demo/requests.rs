//! Requests for payment, and what becomes of them at the bank and at the gateways.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use simulators::Fault;
use vienphi_domain::{Moment, Role};

use super::courses::Course;
use super::gateways::Gateways;
use super::house::{House, dong, shown, text};
use super::visits::Visit;

/// A gateway that answers nothing usable so often is a case for a person.
const LOOKS: i64 = 5;

/// Minutes from one look to the next at most, while there are so few.
const BETWEEN: i64 = 20;

/// So often the clock goes on for one look at most: one that was kept late makes the next one late too.
const STEPS: i64 = 3;

/// A look that is due is made within this, as a rule.
const SOON: Duration = Duration::from_millis(800);

impl House {
    /// Asks for what is due, by a rail.
    pub(super) async fn ask(&self, visit: &Visit, rail: &str, until: Option<Moment>) -> Result<Value, String> {
        let mut body = json!({ "for": "balance", "rail": rail });
        if let Some(until) = until {
            body["expires_at"] = until.minute().to_string().into();
        }
        let cashier = self.one(Role::Cashier);
        self.once(&body, async |sent| self.desk.request_payment(&cashier, sent, &visit.id).await).await
    }

    /// The patient scans the code and transfers so much beside what it says, in đồng; the bank tells of it.
    pub(super) async fn pay_by_code(&self, visit: &Visit, beside: i64) -> Result<(), String> {
        let asked = self.ask(visit, "vietqr", None).await?;
        let amount = u64::try_from(dong(&asked, "amount") + beside).map_err(|error| error.to_string())?;
        let (bank, reference) = (Arc::clone(&self.bank), text(&asked, "reference").to_owned());
        let seconds = self.clock.seconds_ahead();
        let telling = tokio::task::spawn_blocking(move || {
            let transfer = bank.transfer(amount, &reference);
            bank.tell_at(&transfer, seconds, true)
        });
        let told = telling.await.map_err(|error| error.to_string())?;
        if told.status == 200 { Ok(()) } else { Err(format!("the bank's notifier was answered {}", told.status)) }
    }

    /// A code that nobody scans.
    pub(super) async fn ask_in_vain(&self, visit: &Visit) -> Result<(), String> {
        if visit.course == Course::Expired {
            let until = Moment::from_count(self.clock.now().count() + 30 * 60_000_000);
            return self.ask(visit, "vietqr", Some(until)).await.map(drop);
        }
        let asked = self.ask(visit, "vietqr", None).await?;
        let (cashier, id) = (self.one(Role::Cashier), asked["id"].to_string());
        self.once(&json!({}), async |sent| self.desk.cancel_payment_request(&cashier, sent, &id).await).await.map(drop)
    }

    /// A gateway has the patient, and does not tell us what became of it.
    pub(super) async fn lose_sight(&self, visit: &Visit, gateways: &Arc<Gateways>) -> Result<(), String> {
        self.clock.go_before_now(LOOKS * BETWEEN * STEPS);
        let asked = self.ask(visit, "vnpay", None).await?;
        let (url, at) = (text(&asked, "url").to_owned(), Arc::clone(gateways));
        tokio::task::spawn_blocking(move || at.vnpay.open(&url)).await.map_err(|error| error.to_string())??;
        let (cashier, id) = (self.one(Role::Cashier), asked["id"].to_string());
        for _ in 0..LOOKS * STEPS {
            // Also when a look of before saw something: only what nobody knows in the end is a case for a person.
            gateways.vnpay.fail_next(Fault::WrongSignature);
            self.clock.forward(BETWEEN);
            tokio::time::sleep(SOON).await;
            let request = shown(self.desk.payment_request(&cashier, &id).await)?;
            if request["attempt"] == "unknown" && request["attempts"][0]["tries"].as_i64() >= Some(LOOKS) {
                // The look that is due when the clock becomes real sees no more.
                gateways.vnpay.fail_next(Fault::WrongSignature);
                return Ok(());
            }
        }
        Err(format!("payment request {id} is not lost sight of"))
    }

    /// What waits for the visitor: a request by each rail, shown as the payer sees it.
    pub(super) async fn ask_visitors(&self, visits: &[Visit]) -> Result<Vec<Value>, String> {
        let mut all = Vec::new();
        for visit in visits {
            let Course::Asked(rail) = visit.course else { continue };
            let asked = self.ask(visit, rail, None).await?;
            // What a payer is shown is there, whatever the gateway says of it by now.
            let is_shown = |request: &Value| request["url"].is_string() || request["qr"].is_string();
            all.push(self.request_when(&asked["id"], is_shown).await?);
        }
        Ok(all)
    }
}
