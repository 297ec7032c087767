//! Tariff of Hưng Yên (33), a sample: no resolution was found.
//!
//! It shows a transition clause of its own: services are priced by the day they are performed
//! (`transition = "service_date"` in `plugin.toml`), but a stay that has begun keeps its bed prices to the end.

use vienphi_guest::types::Severity;
use vienphi_guest::{Clauses, Rule};

/// A bed keeps the price in force on the day of arrival.
pub const BED_KEEPS_ARRIVAL_PRICE: u32 = 1000;

/// The tariff of Hưng Yên (33).
pub struct HungYen;

impl vienphi_guest::Tariff for HungYen {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const CLAUSES: Clauses = Clauses { beds_keep_arrival_price: Some(BED_KEEPS_ARRIVAL_PRICE) };

    fn own_rules() -> Vec<Rule> {
        vec![Rule {
            id: BED_KEEPS_ARRIVAL_PRICE,
            name: "bed-keeps-arrival-price".into(),
            vietnamese: "Giường giữ giá của ngày vào viện đến khi ra viện".into(),
            english: "A bed keeps the price of the day of arrival until discharge".into(),
            ground: "Sample clause: no resolution of Hưng Yên was found".into(),
            severity: Severity::None,
        }]
    }
}

vienphi_guest::export!(HungYen);
