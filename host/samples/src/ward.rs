//! Beds: of one ward or two, shared, by day.

use serde_json::{Value, json};
use vienphi_domain::Minute;
use vienphi_domain::code::Bed;
use vienphi_domain::time::DAY_MINUTES;

use crate::lines::Make;
use crate::places::{Service, Sort};
use crate::random::{pick, weighted};

impl Make<'_> {
    /// Beds of one ward, or of two after each other.
    pub(crate) fn ward(&mut self) {
        let (arrived, ended, place) = (self.arrived.day(), self.ended.day(), self.place);
        let mut beds = place.over(Sort::Bed, arrived, ended);
        beds.retain(|bed| matches!(bed.bed(), Bed::Internal(_)) && (bed.department() == "K18") == (self.age < 15));
        self.rng.shuffle(&mut beds);
        let Some(first) = beds.first().copied() else { return };
        self.department = first.department().to_owned();
        let other = beds.iter().find(|bed| bed.department() != first.department()).copied();
        let nights = i64::from(ended.count() - self.begun.day().count());
        match other.filter(|_| nights >= 2) {
            Some(other) if self.often(30) => {
                let moved = self.begun.day().first_minute().count() + self.rng.i64(1..nights) * DAY_MINUTES;
                let moved = Minute::from_count(moved + self.rng.i64(8 * 60..16 * 60));
                self.bed(first, self.begun, moved);
                self.bed(other, moved, self.ended);
                other.department().clone_into(&mut self.department);
            }
            _ => self.bed(first, self.begun, self.ended),
        }
    }

    pub(crate) fn bed(&mut self, bed: &Service, from: Minute, to: Minute) {
        if to <= from {
            return;
        }
        let sharing = weighted(&mut self.rng, &[(1, 85), (2, 11), (3, 4)], 1);
        let middle = Minute::from_count(i64::midpoint(from.count(), to.count()));
        let segment = |from: Minute, to: Minute, sharing: u32, number: u32| {
            json!({
                "from": from.to_string(), "to": to.to_string(), "department": bed.department(),
                "bed": format!("H{number:03}"), "sharing": sharing,
            })
        };
        let number = self.rng.u32(1..60);
        // Who shared a bed has one alone later.
        let segments: Vec<Value> = if sharing > 1 && middle > from && middle < to {
            vec![segment(from, middle, sharing, number), segment(middle, to, 1, number + 1)]
        } else {
            vec![segment(from, to, sharing, number)]
        };
        let line = json!({"kind": "bed", "group": 15, "code": bed.code, "segments": segments,
            "practitioner": self.practitioner()});
        self.add(line, json!({"DON_VI_TINH": "Ngày"}));
    }

    /// A bed of the ward on each day, and none at night.
    pub(crate) fn day_beds(&mut self) {
        let (arrived, ended, place) = (self.arrived.day(), self.ended.day(), self.place);
        let mut beds = place.over(Sort::Bed, arrived, ended);
        beds.retain(|bed| matches!(bed.bed(), Bed::Internal(_)) && (bed.department() == "K18") == (self.age < 15));
        let Some(bed) = pick(&mut self.rng, &beds).copied() else { return };
        self.department = bed.department().to_owned();
        let mut segments = Vec::new();
        for day in self.begun.day().count()..=ended.count() {
            let midnight = i64::from(day) * DAY_MINUTES;
            let from = (midnight + 7 * 60 + 30).max(self.begun.count());
            let to = (midnight + 16 * 60 + 30).min(self.ended.count());
            if from < to {
                let (from, to) = (Minute::from_count(from), Minute::from_count(to));
                segments.push(json!({"from": from.to_string(), "to": to.to_string(), "department": bed.department(),
                    "bed": format!("H{:03}", self.rng.u32(1..60))}));
            }
        }
        if !segments.is_empty() {
            let line = json!({"kind": "day-bed", "group": 14, "code": bed.code, "segments": segments,
                "practitioner": self.practitioner()});
            self.add(line, json!({"DON_VI_TINH": "Ngày"}));
        }
    }
}
