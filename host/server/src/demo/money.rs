//! A visit is sent, ends, and is paid or not, as its course says.

use serde_json::{Value, json};
use vienphi_domain::Role;
use vienphi_service::desk::encounters::Expected;

use super::counter::Counter;
use super::courses::Course;
use super::house::{House, dong, shown, text, words};
use super::visits::Visit;

/// What patients who lie there put down, in đồng.
const DEPOSIT: i64 = 1_500_000;

/// What is left of a deposit that is to go back, in đồng.
const LEFT_OVER: i64 = 200_000;

impl House {
    /// Everything that becomes of a visit on its day.
    pub(super) async fn receive(&self, visit: &Visit, counter: &mut Counter) -> Result<(), String> {
        let done = self.course(visit, counter).await;
        done.map_err(|why| format!("visit {}, {:?}: {why}", visit.id, visit.course))
    }

    async fn course(&self, visit: &Visit, counter: &mut Counter) -> Result<(), String> {
        self.put(visit, &visit.document, Expected::Absent).await?;
        match visit.course {
            Course::Open => return Ok(()),
            Course::OpenWithDeposit => return self.deposit(visit, counter, DEPOSIT).await,
            Course::OpenWithPromise => return self.promise(visit, counter).await,
            Course::Deposit => self.deposit(visit, counter, round_up(visit.due / 2)).await?,
            Course::RefundAsked | Course::RefundApproved | Course::RefundPaid => {
                self.deposit(visit, counter, round_up(visit.due + LEFT_OVER)).await?;
            }
            _ => {}
        }
        self.close(visit).await?;
        let payable = dong(&self.account(&visit.id).await?, "payable");
        match visit.course {
            Course::Cash | Course::Deposit => self.settle(visit, counter, payable, "cash").await.map(drop),
            Course::Card => self.settle(visit, counter, payable, "card").await.map(drop),
            Course::Transfer => self.settle(visit, counter, payable, "transfer").await.map(drop),
            Course::Surplus => self.settle(visit, counter, payable + 50_000, "cash").await.map(drop),
            Course::Reversed => self.reverse(visit, counter, payable).await,
            Course::Credit => self.credit(visit, counter, payable).await,
            Course::Code => self.pay_by_code(visit, 0).await,
            Course::Short => self.pay_by_code(visit, -10_000).await,
            Course::Over => self.pay_by_code(visit, 10_000).await,
            Course::Expired | Course::Cancelled => self.ask_in_vain(visit).await,
            Course::RefundAsked | Course::RefundApproved | Course::RefundPaid => self.refund(visit, counter).await,
            Course::WriteOffAsked | Course::WrittenOff => self.write_off(visit, counter, payable).await,
            Course::ReopenAsked | Course::Repriced => self.reopen(visit, counter).await,
            Course::Open
            | Course::OpenWithDeposit
            | Course::OpenWithPromise
            | Course::Free
            | Course::Due
            | Course::Asked(_)
            | Course::Unknown => Ok(()),
        }
    }

    /// The hospital's software sends it.
    pub(super) async fn put(&self, visit: &Visit, document: &Value, expected: Expected) -> Result<(), String> {
        let (his, bytes) = (self.one(Role::His), document.to_string());
        let sent =
            self.desk.put_encounter(&self.pricer, &his, &visit.id, expected, bytes.as_bytes(), visit.day()).await;
        sent.map(drop).map_err(words)
    }

    pub(super) async fn close(&self, visit: &Visit) -> Result<(), String> {
        let (his, body) = (self.one(Role::His), json!({ "at": visit.ended.to_string() }).to_string());
        let closed = self.desk.close(&self.pricer, &his, &visit.id, body.as_bytes(), visit.day()).await;
        closed.map(drop).map_err(words)
    }

    async fn deposit(&self, visit: &Visit, counter: &mut Counter, amount: i64) -> Result<(), String> {
        let body = json!({ "amount": amount.to_string(), "method": "cash" });
        self.once(&body, async |sent| self.desk.deposit(&counter.cashier, sent, &visit.id).await).await?;
        counter.took("cash", amount);
        Ok(())
    }

    /// A transfer that the patient's telephone shows and the bank has not told of.
    async fn promise(&self, visit: &Visit, counter: &Counter) -> Result<(), String> {
        let body = json!({ "amount": DEPOSIT.to_string(), "method": "transfer", "provisional": true });
        self.once(&body, async |sent| self.desk.deposit(&counter.cashier, sent, &visit.id).await).await.map(drop)
    }

    async fn settle(
        &self,
        visit: &Visit,
        counter: &mut Counter,
        amount: i64,
        method: &'static str,
    ) -> Result<Value, String> {
        let mut payment = json!({ "amount": amount.to_string(), "method": method });
        if method != "cash" {
            payment["reference"] = format!("{}-{}", method.to_uppercase(), visit.id).into();
        }
        let payments = if amount == 0 { json!([]) } else { json!([payment]) };
        let body = json!({ "payments": payments });
        let receipt = self.once(&body, async |sent| self.desk.settle(&counter.cashier, sent, &visit.id).await).await?;
        counter.took(method, amount);
        Ok(receipt)
    }

    async fn reverse(&self, visit: &Visit, counter: &mut Counter, payable: i64) -> Result<(), String> {
        let receipt = self.settle(visit, counter, payable, "cash").await?;
        let number = text(&receipt, "number");
        let body = json!({ "reason": "thu nhầm người bệnh" });
        self.once(&body, async |sent| self.desk.reverse(&counter.cashier, sent, number).await).await?;
        counter.took("cash", -payable);
        Ok(())
    }

    /// Somebody transferred half of it without a code, and wrote the visit's number.
    async fn credit(&self, visit: &Visit, counter: &Counter, payable: i64) -> Result<(), String> {
        let body = json!({
            "amount": (payable / 2).max(1).to_string(), "method": "transfer", "reference": format!("FT-{}", visit.id),
            "payer": "NGUYEN VAN MAU", "memo": format!("Vien phi {}", visit.id),
        });
        self.once(&body, async |sent| self.desk.record_credit(&counter.cashier, sent).await).await.map(drop)
    }

    async fn refund(&self, visit: &Visit, counter: &mut Counter) -> Result<(), String> {
        if visit.due > 0 {
            self.settle(visit, counter, 0, "cash").await?;
        }
        let left = dong(&self.account(&visit.id).await?, "deposits");
        let body = json!({ "amount": left.to_string(), "reason": "tạm ứng còn thừa", "to": "người bệnh" });
        let asked =
            self.once(&body, async |sent| self.desk.ask_refund(&counter.cashier, sent, &visit.id).await).await?;
        if visit.course == Course::RefundAsked {
            return Ok(());
        }
        self.decide(&asked).await?;
        if visit.course == Course::RefundPaid {
            let (id, body) = (asked["id"].to_string(), json!({ "method": "cash" }));
            self.once(&body, async |sent| self.desk.pay_refund(&counter.cashier, sent, &id).await).await?;
            counter.took("cash", -left);
        }
        Ok(())
    }

    async fn write_off(&self, visit: &Visit, counter: &Counter, payable: i64) -> Result<(), String> {
        let body = json!({ "amount": payable.to_string(), "reason": "người bệnh có hoàn cảnh khó khăn" });
        let asked =
            self.once(&body, async |sent| self.desk.ask_write_off(&counter.cashier, sent, &visit.id).await).await?;
        if visit.course == Course::WrittenOff { self.decide(&asked).await } else { Ok(()) }
    }

    /// A mistake was found: the visit is opened again, sent anew and closed.
    async fn reopen(&self, visit: &Visit, counter: &Counter) -> Result<(), String> {
        let body = json!({ "reason": "thiếu một dòng dịch vụ" });
        let asked =
            self.once(&body, async |sent| self.desk.ask_reopen(&counter.cashier, sent, &visit.id).await).await?;
        if visit.course == Course::ReopenAsked {
            return Ok(());
        }
        self.decide(&asked).await?;
        self.put(visit, &visit.corrected(), Expected::Any).await?;
        self.close(visit).await
    }

    /// Visits that were put right are priced anew: asked for by one, approved by another, then done.
    pub(super) async fn reprice(&self, visits: &[Visit]) -> Result<(), String> {
        let repriced = visits.iter().filter(|visit| visit.course == Course::Repriced);
        let ids: Vec<&str> = repriced.map(|visit| visit.id.as_str()).collect();
        let Some(last) = visits.last().filter(|_| !ids.is_empty()) else { return Ok(()) };
        let (officer, today) = (self.one(Role::PriceOfficer), last.day());
        let body = json!({ "scope": { "encounters": ids }, "reason": "áp lại bảng giá" });
        let started =
            self.once(&body, async |sent| self.desk.start_repricing(&self.pricer, &officer, sent, today).await).await?;
        self.decide(&json!({ "id": started["approval"] })).await?;
        let id = started["id"].to_string();
        shown(self.desk.apply_repricing(&self.pricer, &officer, &id, today).await).map(drop)
    }
}

/// To whole thousands: nobody puts down small notes.
fn round_up(amount: i64) -> i64 {
    (amount.max(1) + 999) / 1000 * 1000
}
