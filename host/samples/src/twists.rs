//! What is particular about a visit, as lines.

use serde_json::{Value, json};
use vienphi_money::{Amount, Price, Quantity};

use crate::goods::{DRUGS, Drug};
use crate::lines::{At, Make, after};
use crate::places::Sort;
use crate::plot::Twist;
use crate::random::{pick, weighted, word};
use crate::reference;

impl Make<'_> {
    /// The line or two that the twist is about.
    pub(crate) fn twisted(&mut self) {
        match self.twist {
            Twist::JustBelow => self.up_to_threshold(Amount::from_units(1)),
            Twist::AtThreshold => self.up_to_threshold(Amount::ZERO),
            Twist::Supported => self.supported(),
            Twist::OutOfScope => self.out_of_scope(),
            Twist::Stopped => self.stopped(),
            Twist::Transport => self.transported(),
            Twist::Plain
            | Twist::TwoCards
            | Twist::CardExpires
            | Twist::ExemptionReached
            | Twist::Exempt
            | Twist::DearSupplies => {}
        }
    }

    /// A drug that brings the visit to so much below 15 % of L.
    fn up_to_threshold(&mut self, below: Amount) {
        let at = self.at();
        if self.often(50) {
            self.some_test(at);
        }
        let threshold = reference::small_visit(self.arrived.day());
        let left = threshold.minus(self.insured).and_then(|left| left.minus(below)).unwrap_or_default();
        let Some(drug) = DRUGS.first().filter(|_| left > Amount::ZERO) else { return };
        let at = self.at();
        let mut line = self.drug_line(drug, at);
        line["unit_price"] = Price::from_units(left.units() * 10).to_string().into();
        self.add(line, json!({"DON_VI_TINH": drug.unit}));
    }

    fn drug_line(&mut self, drug: &Drug, at: At) -> Value {
        json!({
            "kind": "drug", "group": 4, "code": drug.code, "name": drug.name, "quantity": "1", "insured_ratio": "100",
            "ordered_at": at.ordered.to_string(), "performed_at": at.performed.to_string(),
            "department": self.department, "practitioner": self.practitioner(), "tender": "QĐ-MAU;G1;N1;2026",
        })
    }

    /// Somebody else pays a part of a drug: a person's supporter, the facility's, or a fund for antiretroviral treatment.
    fn supported(&mut self) {
        for _ in 0..self.rng.u32(1..=2) {
            let at = self.at();
            let Some(drug) = pick(&mut self.rng, DRUGS) else { return };
            let price = self.price(drug.price * 20);
            let quantity = self.rng.i64(1..6);
            let whole = price.units() / 1000 * quantity;
            let mut line = self.drug_line(drug, at);
            line["quantity"] = Quantity::from_units(quantity * 1000).to_string().into();
            line["unit_price"] = price.to_string().into();
            let kinds = [("individual", 6), ("facility", 3), ("arv", 2)];
            let kind = weighted(&mut self.rng, &kinds, "individual");
            let fund = word(&mut self.rng, &["state", "foreign", "domestic", "other"]);
            let most = if kind == "arv" { whole / 30 } else { whole };
            let amount = self.rng.i64(1..=most.max(1));
            line["other_sources"] = json!([{"kind": kind, "fund": fund, "amount": amount.to_string()}]);
            self.add(line, json!({"DON_VI_TINH": drug.unit}));
        }
    }

    fn out_of_scope(&mut self) {
        let at = self.at();
        let scope = if self.is_armed { 3 } else { 2 };
        let Some(drug) = pick(&mut self.rng, DRUGS) else { return };
        let mut line = self.drug_line(drug, at);
        line["unit_price"] = self.price(drug.price * 8).to_string().into();
        line["scope"] = scope.into();
        line["consent"] = json!({"at": at.ordered.to_string(), "by": "người nhà"});
        self.add(line, json!({"DON_VI_TINH": drug.unit}));
    }

    /// An image that was begun and stopped: it has no price and no result.
    fn stopped(&mut self) {
        let at = self.at();
        let images = self.place.over(Sort::Imaging, self.arrived.day(), self.ended.day());
        let Some(image) = pick(&mut self.rng, &images).copied() else { return };
        let line = json!({
            "kind": "imaging", "group": 2, "code": format!("{}_TB", image.code), "name": image.name, "quantity": "1",
            "ordered_at": at.ordered.to_string(), "performed_at": at.performed.to_string(),
            "department": self.department, "practitioner": self.practitioner(), "status": "stopped",
        });
        self.add(line, json!({"DON_VI_TINH": "Lần"}));
    }

    fn transported(&mut self) {
        let kilometres = self.rng.u32(8..160);
        let at = At::once(after(self.arrived, 2));
        let line = json!({
            "kind": "transport", "group": 12, "code": "VC.99999", "name": "Vận chuyển người bệnh mẫu",
            "quantity": kilometres.to_string(), "unit_price": self.price(9_000).to_string(),
            "ordered_at": self.arrived.to_string(), "performed_at": at.performed.to_string(), "department": "K01",
            "transport": {"km": kilometres.to_string(), "fuel": "DO.001"},
        });
        self.add(line, json!({"DON_VI_TINH": "km"}));
    }
}
