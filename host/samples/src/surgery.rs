//! Operations, the beds before and after them, and their supplies.

use serde_json::json;
use vienphi_domain::Minute;
use vienphi_domain::code::Bed;
use vienphi_domain::encounter::OperationClass;
use vienphi_domain::time::DAY_MINUTES;

use crate::goods::{IMPLANTS, SUPPLIES};
use crate::lines::{At, Make, after};
use crate::places::{Service, Sort};
use crate::plot::Twist;
use crate::random::pick;
use crate::reference;

impl Make<'_> {
    /// An operation or several, with beds before and after.
    pub(crate) fn surgery(&mut self) {
        let (arrived, ended, place) = (self.arrived.day(), self.ended.day(), self.place);
        let mut operations = place.over(Sort::Surgery, arrived, ended);
        let is_for = |operation: &Service| !operation.code.starts_with("13.") || (self.is_woman && self.age >= 18);
        operations.retain(|operation| is_for(operation));
        let Some(main) = pick(&mut self.rng, &operations).copied() else { return self.ward() };
        let department = if main.code.starts_with("13.") { "K27" } else { "K19" };
        let beds = place.over(Sort::Bed, arrived, ended);
        let internal: Vec<&Service> = of_department(&beds, department, |bed| matches!(bed, Bed::Internal(_)));
        let levels: Vec<&Service> = of_department(&beds, department, |bed| matches!(bed, Bed::Surgical(_)));
        // A surgical bed becomes the one internal bed of its ward later (READINGS 19).
        let chosen = match main.class {
            Some(class) => levels.iter().find(|bed| bed.bed() == Bed::Surgical(level_of(class))).copied(),
            None => pick(&mut self.rng, &levels).copied(),
        };
        let nights = i64::from(ended.count() - self.begun.day().count());
        let waited = self.rng.i64(0..=nights.min(2) / 2) * DAY_MINUTES;
        let operated = after(self.begun, waited + self.rng.i64(60..180)).min(after(self.ended, -120));
        let before =
            beds.iter().find(|bed| bed.department() == "K03" && matches!(bed.bed(), Bed::Internal(_))).copied();
        let moved = after(operated, -30);
        match (chosen.filter(|_| internal.len() == 1), before.filter(|_| waited > 0)) {
            (Some(bed), Some(before)) => {
                self.bed(before, self.begun, moved);
                self.bed(bed, moved, self.ended);
            }
            (Some(bed), None) => self.bed(bed, self.begun, self.ended),
            (None, _) => self.ward(),
        }
        department.clone_into(&mut self.department);
        let class = match chosen.map(Service::bed) {
            Some(Bed::Surgical(1)) => OperationClass::Special,
            Some(Bed::Surgical(2)) => OperationClass::First,
            Some(Bed::Surgical(3)) => OperationClass::Second,
            _ => OperationClass::Third,
        };
        let session = Session { number: 1, started: operated, class };
        let team = self.practitioner();
        let first = self.operation(main, &session, ("KIP1", &team), after(operated, 40));
        let others: Vec<&Service> =
            operations.iter().filter(|other| other.price_group() != main.price_group()).copied().collect();
        if let Some(other) = pick(&mut self.rng, &others).copied()
            && self.often(30)
        {
            // The same team, or another that was called in.
            // Nobody called in is already there: practitioners of wards have lower numbers.
            let other_team = format!("9999{:02}/MAU-CCHN", self.rng.u32(41..60));
            let (name, practitioner) = if self.often(60) { ("KIP1", &team) } else { ("KIP2", &other_team) };
            self.operation(other, &session, (name, practitioner), after(operated, 70));
        }
        self.supplies_of(&first, after(operated, 30));
    }

    fn operation(&mut self, service: &Service, session: &Session, team: (&str, &str), ended: Minute) -> String {
        let line = json!({
            "kind": "surgery", "group": 8, "code": service.code, "quantity": "1",
            "ordered_at": session.started.to_string(), "performed_at": ended.min(self.ended).to_string(),
            "department": self.department, "practitioner": team.1,
            "anaesthesia": if service.code.ends_with("_GT") { 2 } else { 1 },
            "operation": {
                "id": format!("PT{}", session.number), "class": session.class.word(),
                "started_at": session.started.to_string(), "team": team.0,
            },
        });
        self.add(line, json!({"DON_VI_TINH": "Lần"}))
    }

    fn supplies_of(&mut self, operation: &str, at: Minute) {
        let at = At::once(at.min(self.ended));
        if self.twist != Twist::DearSupplies {
            for _ in 0..self.rng.u32(0..4) {
                if let Some(supply) = pick(&mut self.rng, SUPPLIES) {
                    let (price, quantity) = (self.price(supply.3), self.rng.u32(1..4));
                    self.supply(supply, quantity, price, Some(operation), at);
                }
            }
            return;
        }
        // From nine to twelve tenths of what counts for one service.
        let ceiling = reference::supplies_ceiling(self.ended.day()).units();
        let wanted = ceiling / 10 * self.rng.i64(9..=12);
        let mut sum = 0;
        while sum < wanted {
            let Some(implant) = pick(&mut self.rng, IMPLANTS) else { return };
            let price = self.price(implant.3);
            let quantity = self.rng.u32(1..3);
            sum += price.units() / 10 * i64::from(quantity);
            self.supply(implant, quantity, price, Some(operation), at);
        }
    }
}

/// An operation from its beginning to its end.
struct Session {
    number: u32,
    started: Minute,
    class: OperationClass,
}

fn of_department<'s>(beds: &[&'s Service], department: &str, wanted: impl Fn(Bed) -> bool) -> Vec<&'s Service> {
    beds.iter().filter(|bed| bed.department() == department && wanted(bed.bed())).copied().collect()
}

/// The level of the bed after an operation of a class (READINGS 19).
fn level_of(class: OperationClass) -> u8 {
    match class {
        OperationClass::Special => 1,
        OperationClass::First => 2,
        OperationClass::Second => 3,
        OperationClass::Third => 4,
    }
}
