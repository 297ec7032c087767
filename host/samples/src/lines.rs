//! Lines of a visit as they are made, with what the claim needs besides.

use fastrand::Rng;
use serde_json::{Map, Value, json};
use vienphi_domain::Minute;
use vienphi_domain::time::DAY_MINUTES;
use vienphi_money::{Amount, Price, Quantity, Rate};

use crate::goods::{Drug, Supply};
use crate::places::{Place, Service, Sort};
use crate::plot::{Plot, Twist};
use crate::random::{often, word};

/// A visit in the making.
pub(crate) struct Make<'m> {
    pub(crate) rng: Rng,
    pub(crate) place: &'m Place,
    pub(crate) plot: Plot,
    pub(crate) twist: Twist,
    pub(crate) arrived: Minute,
    /// Of a stay the admission, else the arrival.
    pub(crate) begun: Minute,
    /// Of an outpatient visit known when all lines are made.
    pub(crate) ended: Minute,
    pub(crate) is_woman: bool,
    pub(crate) age: i32,
    pub(crate) is_armed: bool,
    pub(crate) lines: Vec<Value>,
    /// `clinical.lines`.
    pub(crate) extras: Map<String, Value>,
    /// `clinical.xml4`.
    pub(crate) results: Vec<Value>,
    /// What the insurer counts of the lines so far, where every line is of the first price and ratio.
    pub(crate) insured: Amount,
    pub(crate) department: String,
}

/// Something that happens in a visit, and when.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub(crate) ordered: Minute,
    pub(crate) performed: Minute,
}

impl At {
    pub(crate) fn once(minute: Minute) -> At {
        At { ordered: minute, performed: minute }
    }
}

pub(crate) fn after(minute: Minute, minutes: i64) -> Minute {
    Minute::from_count(minute.count() + minutes)
}

impl Make<'_> {
    pub(crate) fn often(&mut self, percent: u32) -> bool {
        often(&mut self.rng, percent)
    }

    /// The next moment at which something may be done: one after another in a visit of hours, anywhere in a stay of days.
    pub(crate) fn at(&mut self) -> At {
        if self.plot.is_stay() || matches!(self.plot, Plot::Treatment | Plot::DayWard) {
            return self.within_stay();
        }
        let step = if self.plot == Plot::ShortStay { 3 } else { 5 };
        let ordered = after(self.ended, self.rng.i64(0..2));
        let performed = after(ordered, self.rng.i64(0..step - 1) + 1);
        self.ended = performed;
        At { ordered, performed }
    }

    fn within_stay(&mut self) -> At {
        let (first, last) = (self.begun.count() + 15, self.ended.count() - 10);
        if last <= first {
            return At::once(self.ended);
        }
        let mut performed = self.rng.i64(first..last);
        if !self.plot.is_stay() {
            // By day: between half past seven and four.
            let midnight = performed.div_euclid(DAY_MINUTES) * DAY_MINUTES;
            performed = (midnight + self.rng.i64(7 * 60 + 30..16 * 60)).clamp(first, last);
        }
        let performed = Minute::from_count(performed);
        At { ordered: after(performed, -self.rng.i64(0..15)), performed }
    }

    pub(crate) fn practitioner(&mut self) -> String {
        format!("9999{:02}/MAU-CCHN", self.rng.u32(1..40))
    }

    /// Numbers a line, and keeps what the claim needs besides.
    pub(crate) fn add(&mut self, mut line: Value, extra: Value) -> String {
        let id = (self.lines.len() + 1).to_string();
        line["id"] = id.clone().into();
        self.extras.insert(id.clone(), extra);
        self.lines.push(line);
        id
    }

    pub(crate) fn exam(&mut self, service: &Service, at: At) -> String {
        let is_consultation = service.sort() == Sort::Consultation;
        let line = json!({
            "kind": if is_consultation { "consultation" } else { "exam" }, "group": 13,
            "code": service.code, "quantity": "1",
            "ordered_at": at.ordered.to_string(), "performed_at": at.performed.to_string(),
            "department": if is_consultation { self.department.clone() } else { "K01".to_owned() },
            "practitioner": self.practitioner(), "table": format!("P{}", self.rng.u32(1..20)),
            "sequence_at_table": self.rng.u32(1..=65),
        });
        self.count(service.insured);
        self.add(line, json!({"DON_VI_TINH": "Lần"}))
    }

    /// A test, an image or a functional test, with its result.
    pub(crate) fn test(&mut self, service: &Service, at: At) -> String {
        let (kind, group) = match service.sort() {
            Sort::Imaging => ("imaging", 2),
            Sort::FunctionTest => ("function-test", 3),
            _ => ("lab", 1),
        };
        let done = after(at.performed, self.rng.i64(5..25));
        if !self.plot.is_stay() {
            self.ended = self.ended.max(done);
        }
        let mut line = json!({
            "kind": kind, "group": group, "code": service.code, "quantity": "1",
            "ordered_at": at.ordered.to_string(), "performed_at": at.performed.to_string(),
            "result_at": done.to_string(),
            "department": self.department, "practitioner": self.practitioner(),
        });
        if group != 1 {
            line["machine"] = format!("XX.{}.99999.{}", self.rng.u32(1..4), self.rng.u32(1000..9999)).into();
        }
        // What the facility asks may be more than the insurer counts (READINGS 24).
        let is_dearer = group == 2 && self.often(8);
        if is_dearer {
            let more = Price::from_units(service.insured.units() + self.rng.i64(5..60) * 1_000_000);
            line["unit_price"] = more.to_string().into();
            line["on_request"] = true.into();
        }
        self.count(service.insured);
        self.results.push(crate::clinical::result(&mut self.rng, service, group, done));
        self.add(line, json!({"DON_VI_TINH": "Lần"}))
    }

    /// A drug for some days.
    pub(crate) fn drug(&mut self, drug: &Drug, group: u32, days: u32, at: At) -> String {
        let price = self.price(drug.price);
        let quantity = Quantity::from_units(i64::from(drug.daily) * i64::from(days) * Quantity::ONE.units());
        self.drug_at(drug, group, quantity, price, at)
    }

    /// A drug at a price, in a quantity.
    pub(crate) fn drug_at(&mut self, drug: &Drug, group: u32, quantity: Quantity, price: Price, at: At) -> String {
        let ratio = match group {
            6 => word(&mut self.rng, &["50", "50", "30", "80"]),
            // Something else is paid for: a claim of nothing is not sent.
            4 if self.insured > Amount::ZERO && self.often(1) => "0",
            _ => "100",
        };
        let line = json!({
            "kind": if matches!(group, 7 | 17) { "blood" } else { "drug" }, "group": group,
            "code": drug.code, "name": drug.name, "quantity": quantity.to_string(),
            "unit_price": price.to_string(), "insured_ratio": ratio,
            "ordered_at": at.ordered.to_string(), "performed_at": at.performed.to_string(),
            "department": self.department, "practitioner": self.practitioner(),
            "registration": format!("VD-9{:04}-26", self.rng.u32(1..9999)),
            "tender": format!("QĐ-MAU;G{};N{};2026", self.rng.u32(1..3), self.rng.u32(1..5)),
        });
        let rate = Rate::parse(ratio).unwrap_or(Rate::WHOLE);
        self.count_amount(Amount::of(quantity, price, &[rate]).unwrap_or_default());
        let extra = json!({
            "DON_VI_TINH": drug.unit, "HAM_LUONG": drug.strength, "DUONG_DUNG": drug.way, "DANG_BAO_CHE": drug.form,
            "LIEU_DUNG": format!("{} {}/lần * {} lần/ngày", 1, drug.unit, drug.daily),
            "CACH_DUNG": "Theo chỉ định",
        });
        self.add(line, extra)
    }

    /// A supply, of a service where one is named.
    pub(crate) fn supply(
        &mut self,
        supply: &Supply,
        quantity: u32,
        price: Price,
        service: Option<&str>,
        at: At,
    ) -> String {
        let (code, name, unit, _) = supply;
        let mut line = json!({
            "kind": "supply", "group": 10, "code": code, "name": name, "quantity": quantity.to_string(),
            "unit_price": price.to_string(), "insured_ratio": "100",
            "ordered_at": at.ordered.to_string(), "performed_at": at.performed.to_string(),
            "department": self.department, "practitioner": self.practitioner(),
            "supply_code": format!("{code}.9999.0001"), "reuse": false,
            "tender": format!("QĐ-MAU;G1;N{};2026", self.rng.u32(1..5)),
        });
        if let Some(service) = service {
            line["for_line"] = service.into();
        }
        let quantity = Quantity::from_units(i64::from(quantity) * Quantity::ONE.units());
        self.count_amount(Amount::of(quantity, price, &[]).unwrap_or_default());
        self.add(line, json!({"DON_VI_TINH": unit}))
    }

    /// A procedure outside of operations.
    pub(crate) fn procedure(&mut self, service: &Service, at: At) -> String {
        let line = json!({
            "kind": "procedure", "group": 18, "code": service.code, "quantity": "1",
            "ordered_at": at.ordered.to_string(), "performed_at": at.performed.to_string(),
            "department": self.department, "practitioner": self.practitioner(),
        });
        self.count(service.insured);
        self.add(line, json!({"DON_VI_TINH": "Lần"}))
    }

    /// A price around one in đồng; some have thousandths.
    pub(crate) fn price(&mut self, dong: u32) -> Price {
        let least = i64::from(dong) * 1000;
        let price = least + self.rng.i64(0..=least / 2);
        Price::from_units(if self.often(60) { price / 1000 * 1000 } else { price })
    }

    fn count(&mut self, price: Price) {
        self.count_amount(price.amount().unwrap_or_default());
    }

    fn count_amount(&mut self, amount: Amount) {
        self.insured = self.insured.plus(amount).unwrap_or(self.insured);
    }
}
