//! What is done to patients, by the kind of visit.

use crate::goods::{BLOOD, DRUGS, DRUGS_BY_RATIO, SUPPLIES};
use crate::lines::{At, Make, after};
use crate::places::{Service, Sort};
use crate::plot::{Plot, Twist};
use crate::random::{pick, weighted};

impl Make<'_> {
    /// All lines of the visit, about as many as wanted.
    pub(crate) fn care(&mut self, want: usize) {
        if self.plot != Plot::PickUp {
            self.exams();
        }
        match self.plot {
            Plot::Ward | Plot::Newborn => self.ward(),
            Plot::Surgery => self.surgery(),
            Plot::DayWard => self.day_beds(),
            Plot::Exam | Plot::Treatment | Plot::LongTerm | Plot::PickUp | Plot::ShortStay => {}
        }
        self.twisted();
        // Near 15 % of L every line counts.
        while self.lines.len() < want && !self.is_near_threshold() {
            self.anything();
        }
    }

    fn is_near_threshold(&self) -> bool {
        matches!(self.twist, Twist::JustBelow | Twist::AtThreshold)
    }

    /// Exams of one specialty after another; one alone in a ward (READINGS 16).
    fn exams(&mut self) {
        let (arrived, ended) = (self.arrived.day(), self.ended.day());
        let place = self.place;
        let mut exams = place.over(Sort::Exam, arrived, ended);
        exams.retain(|exam| match &*exam.code {
            "13.27" => self.is_woman && self.age >= 13,
            "03.18" => self.age < 16,
            _ => self.age >= 1,
        });
        self.rng.shuffle(&mut exams);
        let is_single = self.plot != Plot::Exam || self.is_near_threshold();
        let count = if is_single { 1 } else { weighted(&mut self.rng, &[(1, 70), (2, 18), (3, 7), (4, 3), (5, 2)], 1) };
        let first = after(self.arrived, self.rng.i64(3..12));
        for (place, exam) in exams.into_iter().take(count).enumerate() {
            let at = if place == 0 { At::once(first) } else { self.at() };
            if !self.plot.is_stay() {
                self.ended = self.ended.max(at.performed);
            }
            self.exam(exam, at);
        }
    }

    /// Anything that is done in every kind of visit.
    fn anything(&mut self) {
        let at = self.at();
        let days = self.drug_days();
        let what = match self.plot {
            Plot::PickUp => 0,
            Plot::LongTerm => self.rng.u32(..70),
            _ => self.rng.u32(..100),
        };
        match what {
            0..50 => {
                if let Some(drug) = pick(&mut self.rng, DRUGS) {
                    self.drug(drug, 4, days, at);
                }
            }
            50..80 => self.some_test(at),
            80..92 => {
                if let Some(supply) = pick(&mut self.rng, SUPPLIES) {
                    let (price, quantity) = (self.price(supply.3), self.rng.u32(1..6));
                    self.supply(supply, quantity, price, None, at);
                }
            }
            92..95 if self.plot.is_stay() => {
                if let Some(drug) = pick(&mut self.rng, DRUGS_BY_RATIO) {
                    self.drug(drug, 6, 1, at);
                }
            }
            95..96 if self.plot.is_stay() => {
                if let Some(unit) = pick(&mut self.rng, BLOOD) {
                    let group = if unit.code == "MAU.01" { 7 } else { 17 };
                    self.drug(unit, group, 1, at);
                }
            }
            96..97 if self.plot.is_stay() => self.consultation(at),
            _ => self.some_procedure(at),
        }
    }

    /// Days that a drug is given for.
    fn drug_days(&mut self) -> u32 {
        match self.plot {
            Plot::LongTerm | Plot::PickUp => self.rng.u32(28..=30),
            Plot::Exam => self.rng.u32(3..=7),
            _ => 1,
        }
    }

    /// A test that was not made yet, where there is one.
    pub(crate) fn some_test(&mut self, at: At) {
        let (arrived, ended, place) = (self.arrived.day(), self.ended.day(), self.place);
        let sort = weighted(&mut self.rng, &[(Sort::Lab, 7), (Sort::Imaging, 2), (Sort::FunctionTest, 1)], Sort::Lab);
        let tests = place.over(sort, arrived, ended);
        let is_new = |test: &&&Service| !self.lines.iter().any(|line| line["code"] == *test.code);
        let new: Vec<&Service> = tests.iter().filter(is_new).copied().collect();
        let found = pick(&mut self.rng, if new.is_empty() { &tests } else { &new }).copied();
        match found {
            Some(test) => drop(self.test(test, at)),
            None => self.some_drug(at),
        }
    }

    fn some_drug(&mut self, at: At) {
        if let Some(drug) = pick(&mut self.rng, DRUGS) {
            self.drug(drug, 4, 1, at);
        }
    }

    fn some_procedure(&mut self, at: At) {
        let (arrived, ended, place) = (self.arrived.day(), self.ended.day(), self.place);
        let mut procedures = place.over(Sort::Procedure, arrived, ended);
        procedures.retain(|procedure| !procedure.code.starts_with("13."));
        match pick(&mut self.rng, &procedures).copied() {
            Some(procedure) => drop(self.procedure(procedure, at)),
            None => self.some_drug(at),
        }
    }

    fn consultation(&mut self, at: At) {
        let consultations = self.place.over(Sort::Consultation, self.arrived.day(), self.ended.day());
        match consultations.first().copied() {
            Some(consultation) => drop(self.exam(consultation, at)),
            None => self.some_drug(at),
        }
    }
}
