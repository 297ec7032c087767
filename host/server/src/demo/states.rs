//! What the desk says of every visit of a facility: how many are in which state.

use std::collections::BTreeMap;

use serde_json::Value;
use vienphi_domain::Role;
use vienphi_samples::{Plot, Twist};
use vienphi_service::desk::claims::ClaimsAsked;

use super::house::{House, dong, shown, text, words};
use super::visits::Visit;
use crate::lang::Lang;
use crate::table::{Align, Table};

/// Every state, in the order of the table: its key, and in both languages what it is. The first part are visits.
const STATES: [(&str, &str, &str); 48] = [
    ("outpatient", "Khám ngoại trú", "outpatient"),
    ("inpatient", "Nội trú", "inpatient"),
    ("surgery", "Phẫu thuật", "with an operation"),
    ("uninsured", "Không có thẻ BHYT", "without a card"),
    ("two-cards", "Hai thẻ trong một đợt", "two cards in one stay"),
    ("sample-price", "Có giá mẫu", "with sample prices"),
    ("open", "Đang điều trị, chưa tạm ứng", "open, nothing deposited"),
    ("open-deposit", "Đang điều trị, đã tạm ứng", "open, with a deposit"),
    ("open-promise", "Đang điều trị, chuyển khoản chờ xác nhận", "open, with a transfer to be confirmed"),
    ("due", "Đã ra viện, còn nợ", "ended, something is due"),
    ("free", "Đã ra viện, không phải trả", "ended, nothing to pay"),
    ("paid", "Đã ra viện, đã trả đủ", "ended and paid"),
    ("cash", "Trả tiền mặt", "paid in cash"),
    ("card", "Trả thẻ", "paid by card"),
    ("transfer", "Trả chuyển khoản", "paid by transfer"),
    ("code", "Trả bằng mã QR", "paid by QR code"),
    ("deposits", "Trừ tạm ứng", "paid out of deposits"),
    ("surplus", "Trả thừa tại quầy", "more than was due, at the counter"),
    ("reversed", "Biên lai đã huỷ", "a receipt undone"),
    ("request-open", "Yêu cầu thanh toán đang chờ", "payment request open"),
    ("short", "Chuyển thiếu", "transferred too little"),
    ("over", "Chuyển thừa", "transferred too much"),
    ("expired", "Yêu cầu thanh toán hết hạn", "payment request expired"),
    ("cancelled", "Yêu cầu thanh toán đã huỷ", "payment request cancelled"),
    ("unknown", "Chưa rõ đã thanh toán hay chưa", "payment unknown"),
    ("repriced", "Mở lại và áp giá lại", "opened again and repriced"),
    ("card-good", "Thẻ hợp lệ theo cổng", "card good, says the portal"),
    ("card-bad", "Thẻ không dùng được theo cổng", "card no good, says the portal"),
    ("card-asked", "Cổng chưa trả lời về thẻ", "the portal has not answered about the card"),
    ("card-unasked", "Thẻ chưa hỏi cổng", "the portal was not asked about the card"),
    ("claim-draft", "Hồ sơ BHYT còn lỗi chặn", "claim: draft, something blocks it"),
    ("claim-checked", "Hồ sơ BHYT đã kiểm tra", "claim: checked"),
    ("claim-received", "Cổng đã tiếp nhận hồ sơ", "claim: sent and received"),
    ("claim-refused", "Cổng từ chối hồ sơ", "claim: refused"),
    ("claim-unknown", "Chưa rõ cổng có nhận hay không", "claim: unknown"),
    ("claim-withdrawn", "Hồ sơ đã rút", "claim: withdrawn"),
    ("refund-pending", "Hoàn tiền: chờ duyệt", "refund asked for"),
    ("refund-approved", "Hoàn tiền: đã duyệt", "refund approved"),
    ("refund-paid", "Hoàn tiền: đã trả", "refund paid"),
    ("write-off-pending", "Miễn giảm: chờ duyệt", "write-off asked for"),
    ("write-off-approved", "Miễn giảm: đã duyệt", "written off"),
    ("reopen-pending", "Mở lại: chờ duyệt", "reopening asked for"),
    ("reopen-approved", "Mở lại: đã duyệt", "reopened"),
    ("credit", "Tiền chưa rõ của ai", "money that nobody could place"),
    ("shift-open", "Ca thu đang mở", "shift open"),
    ("shift-closed", "Ca thu đã đóng", "shift closed"),
    ("shift-difference-approved", "Ca thu lệch quỹ: đã duyệt", "shift with a difference, approved"),
    ("shift-difference-pending", "Ca thu lệch quỹ: chờ duyệt", "shift with a difference, waiting"),
];

/// How many are in each state.
#[derive(Default)]
pub(super) struct States(BTreeMap<String, usize>);

impl States {
    fn add(&mut self, state: &str) {
        *self.0.entry(state.to_owned()).or_default() += 1;
    }

    pub(super) fn of(&self, state: &str) -> usize {
        self.0.get(state).copied().unwrap_or(0)
    }
}

/// The states of two facilities beside each other.
pub(super) fn table(facilities: [(&str, &States); 2], lang: Lang) -> String {
    let mut columns = vec![(lang.pick("Tình trạng", "State"), Align::Left)];
    columns.extend(facilities.map(|(facility, _)| (facility, Align::Right)));
    let mut table = Table::new(&columns);
    for (state, vi, en) in STATES {
        let mut row = vec![lang.pick(vi, en).to_owned()];
        row.extend(facilities.map(|(_, states)| states.of(state).to_string()));
        table.row(row);
    }
    table.print(0)
}

impl House {
    /// Asks the desk about everything.
    pub(super) async fn states(&self, visits: &[Visit], shifts: &[String]) -> Result<States, String> {
        let mut states = States::default();
        for visit in visits {
            kinds(visit, &mut states);
            self.money_states(visit, &mut states).await?;
            self.request_states(visit, &mut states).await?;
            self.card_states(visit, &mut states).await?;
        }
        self.claim_states(&mut states).await?;
        self.approval_states(&mut states).await?;
        let cashier = self.one(Role::Cashier);
        for item in items(shown(self.desk.unapplied(&cashier, None).await)?) {
            if text(&item, "kind") == "unapplied-credit" {
                states.add("credit");
            }
        }
        for shift in shifts {
            let shift = self.desk.shift(&self.one(Role::Director), shift).await.map_err(words)?;
            let shift: Value = serde_json::from_slice(&shift).map_err(|error| error.to_string())?;
            states.add(&format!("shift-{}", text(&shift, "state")));
        }
        Ok(states)
    }

    async fn money_states(&self, visit: &Visit, states: &mut States) -> Result<(), String> {
        let (cashier, account) = (self.one(Role::Cashier), self.account(&visit.id).await?);
        let receipts = self.desk.receipts_of(&cashier, &visit.id).await.map_err(words)?.items;
        let settlements: Vec<&Value> =
            receipts.iter().filter(|receipt| text(receipt, "kind") == "settlement").collect();
        let has = |name: &str| dong(&account, name) > 0;
        states.add(match text(&account, "state") {
            "open" if has("provisional") => "open-promise",
            "open" if has("deposits") => "open-deposit",
            "open" => "open",
            _ if has("payable") => "due",
            _ if settlements.is_empty() && !has("written_off") => "free",
            _ => "paid",
        });
        for receipt in settlements {
            if text(receipt, "state") == "reversed" {
                states.add("reversed");
                continue;
            }
            let method = text(&receipt["payments"][0], "method");
            if matches!(method, "cash" | "card") || (method == "transfer" && !is_of_rail(receipt)) {
                states.add(method);
            }
            for (field, state) in [("from_deposits", "deposits"), ("surplus", "surplus")] {
                if dong(receipt, field) > 0 {
                    states.add(state);
                }
            }
        }
        let statements = items(shown(self.desk.statements(&cashier, &visit.id).await)?);
        if statements.iter().any(|statement| text(statement, "reason").starts_with("repricing ")) {
            states.add("repriced");
        }
        Ok(())
    }

    async fn request_states(&self, visit: &Visit, states: &mut States) -> Result<(), String> {
        let cashier = self.one(Role::Cashier);
        for request in items(shown(self.desk.payment_requests(&cashier, &visit.id).await)?) {
            match (text(&request, "state"), text(&request, "attempt")) {
                (_, "unknown") => states.add("unknown"),
                ("paid", _) if text(&request, "rail") == "vietqr" => states.add("code"),
                ("mismatch", _) => {
                    let id = request["id"].to_string();
                    let whole = shown(self.desk.payment_request(&cashier, &id).await)?;
                    states.add(text(&whole["events"][0], "fate"));
                }
                ("open", _) => states.add("request-open"),
                (state @ ("expired" | "cancelled"), _) => states.add(state),
                _ => {}
            }
        }
        Ok(())
    }

    async fn card_states(&self, visit: &Visit, states: &mut States) -> Result<(), String> {
        if visit.card().is_none() {
            return Ok(());
        }
        let patient = text(visit.patient(), "id");
        let asked = self.desk.eligibilities(&self.one(Role::Cashier), Some(patient), None).await.map_err(words)?;
        states.add(match asked.items.first() {
            None => "card-unasked",
            Some(asked) if asked.provisional => "card-asked",
            Some(asked) if asked.is_good() => "card-good",
            Some(_) => "card-bad",
        });
        Ok(())
    }

    async fn claim_states(&self, states: &mut States) -> Result<(), String> {
        let mut asked = ClaimsAsked::default();
        loop {
            let page = self.desk.claims(&self.one(Role::ClaimsOfficer), &asked).await.map_err(words)?;
            page.items.iter().for_each(|claim| states.add(&format!("claim-{}", claim.state)));
            match page.next.and_then(|next| next.parse().ok()) {
                Some(next) => asked.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn approval_states(&self, states: &mut States) -> Result<(), String> {
        let (director, mut after) = (self.one(Role::Director), None);
        loop {
            let page = shown(self.desk.approvals(&director, None, after).await)?;
            after = page["next"].as_str().and_then(|next| next.parse().ok());
            for item in items(page) {
                states.add(&format!("{}-{}", text(&item, "kind"), text(&item, "state")));
            }
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

/// What the engine is shown.
fn kinds(visit: &Visit, states: &mut States) {
    states.add(match visit.plot {
        Plot::Surgery => "surgery",
        Plot::Ward | Plot::Newborn | Plot::DayWard | Plot::ShortStay => "inpatient",
        Plot::Exam | Plot::Treatment | Plot::LongTerm | Plot::PickUp => "outpatient",
    });
    let has = [
        ("uninsured", visit.card().is_none()),
        ("two-cards", visit.twist == Twist::TwoCards && visit.document["coverages"][1].is_object()),
        ("sample-price", visit.is_sample),
    ];
    has.iter().filter(|(_, is_so)| *is_so).for_each(|(state, _)| states.add(state));
}

/// Money that a rail told of, and nobody at the counter took.
fn is_of_rail(receipt: &Value) -> bool {
    text(receipt, "cashier").starts_with("rail")
}

fn items(page: Value) -> Vec<Value> {
    match page {
        Value::Object(mut page) => match page.remove("items") {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
