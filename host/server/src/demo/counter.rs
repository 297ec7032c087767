//! A place at the counter, from the float in the morning to the count in the evening.

use std::sync::Arc;

use serde_json::{Value, json};
use vienphi_domain::Actor;

use super::house::House;

/// Notes for change that a drawer begins with, in đồng.
const FLOAT: i64 = 500_000;

/// Who stands there, and what should be in the drawer.
pub(super) struct Counter {
    pub(super) cashier: Arc<Actor>,
    pub(super) shift: String,
    cash: i64,
    slips: i64,
}

/// How a shift ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    Right,
    /// So much is missing, in đồng, and the director has accepted it.
    Accepted(i64),
    /// The same, and nobody has said anything.
    Waiting(i64),
}

impl Counter {
    pub(super) async fn open(house: &House, cashier: Arc<Actor>, desk: &str) -> Result<Counter, String> {
        let body = json!({ "desk": desk, "float": FLOAT.to_string() });
        let opened = house.once(&body, async |sent| house.desk.open_shift(&cashier, sent).await).await?;
        Ok(Counter { shift: opened["id"].to_string(), cashier, cash: FLOAT, slips: 0 })
    }

    /// Money came, or went when it is below zero.
    pub(super) fn took(&mut self, method: &str, amount: i64) {
        match method {
            "cash" => self.cash += amount,
            "card" => self.slips += amount,
            _ => {}
        }
    }

    pub(super) async fn close(self, house: &House, count: Count) -> Result<(), String> {
        let missing = match count {
            Count::Right => 0,
            Count::Accepted(missing) | Count::Waiting(missing) => missing,
        };
        let mut counted = json!({ "cash": (self.cash - missing).to_string() });
        if self.slips > 0 {
            counted["card"] = self.slips.to_string().into();
        }
        let (body, shift) = (json!({ "counted": counted }), &self.shift);
        house.once(&body, async |sent| house.desk.count_shift(&self.cashier, sent, shift).await).await?;
        let closed: Value =
            house.once(&json!({}), async |sent| house.desk.close_shift(&self.cashier, sent, shift).await).await?;
        if matches!(count, Count::Accepted(_)) { house.decide(&closed).await } else { Ok(()) }
    }
}
