//! Random encounters: valid in form, rich in rules, the same for the same seed. Nobody in them is real.

use std::path::Path;

use fastrand::Rng;
use serde_json::{Map, Value, json};
use vienphi_domain::Day;
use vienphi_domain::time::DAY_MINUTES;

use crate::checkout;

/// Makes encounters.
pub struct Generator {
    facilities: Vec<Facility>,
    /// How many lines one has at most.
    pub lines_at_most: usize,
}

/// A facility with the codes its package prices.
struct Facility {
    code: String,
    services: Vec<String>,
    exams: Vec<String>,
    beds: Vec<String>,
    operations: Vec<String>,
    is_private: bool,
}

/// Subjects that need no original visit; the common ones more often.
const SUBJECTS: [&str; 25] = [
    "1.1", "1.1", "1.1", "1.3", "1.3", "1.2", "1.4", "1.5", "1.6", "1.7", "1.11", "1.12", "1.13", "1.14", "1.15",
    "1.16", "1.17", "1.18", "2", "2", "3.1", "3.2", "3.3", "3.6", "9",
];

/// Subjects that continue another visit at its rate.
const CONTINUED_SUBJECTS: [&str; 5] = ["7", "7.2", "7.3", "7.4", "10"];

/// A service code with the kind it stands for.
fn is_operation(code: &str) -> bool {
    ["10.", "13.", "27."].iter().any(|chapter| code.starts_with(chapter)) && code.len() > 8
}

impl Generator {
    /// Reads the registry and the packages' price tables of the checkout.
    pub fn new(lines_at_most: usize) -> Generator {
        let mut facilities = Vec::new();
        let mut reader = csv::Reader::from_path(checkout::facilities()).expect("the registry is there");
        for record in reader.records() {
            let record = record.expect("a row of the registry");
            let province = if &record[10] == "public" && &record[8] == "central" { "central" } else { &record[4] };
            let Some(package) = package_of(province) else { continue };
            let codes = codes(&checkout::plugins().join(package).join("prices.csv"), &record[6], &record[5]);
            let pick = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
                codes.iter().filter(|code| wanted(code)).cloned().collect()
            };
            facilities.push(Facility {
                code: record[0].to_owned(),
                is_private: &record[10] == "private",
                exams: pick(&|code| code.len() == 5 && !code.starts_with('K')),
                beds: pick(&|code| code.starts_with('K')),
                operations: pick(&is_operation),
                services: pick(&|code| code.len() > 8 && !is_operation(code)),
            });
        }
        assert!(!facilities.is_empty(), "no facility has a package");
        Generator { facilities, lines_at_most }
    }

    /// The encounter of a seed.
    pub fn encounter(&self, seed: u64) -> Value {
        let mut rng = Rng::with_seed(seed);
        let lines = 1 + rng.usize(..self.lines_at_most);
        self.encounter_of(seed, lines, &mut rng)
    }

    /// The encounter of a seed with so many lines.
    pub fn encounter_with(&self, seed: u64, lines: usize) -> Value {
        self.encounter_of(seed, lines, &mut Rng::with_seed(seed))
    }

    fn encounter_of(&self, seed: u64, count: usize, rng: &mut Rng) -> Value {
        let facility = &self.facilities[rng.usize(..self.facilities.len())];
        let kind = *pick(rng, &["01", "01", "01", "02", "03", "03", "03", "04", "05", "07", "09"]);
        let is_inpatient = matches!(kind, "03" | "04" | "09");
        let arrival_day = match rng.u8(..10) {
            0..=5 => date(2026, 1, 1) + rng.i32(0..150),
            6 => date(2025, 12, 20) + rng.i32(0..15),
            7 | 8 => date(2026, 6, 15) + rng.i32(0..40),
            _ => date(2025, 7, 1) + rng.i32(0..150),
        };
        let arrived = i64::from(arrival_day) * DAY_MINUTES + rng.i64(0..DAY_MINUTES);
        let stay = match (is_inpatient, rng.u8(..10)) {
            (true, 0) => rng.i64(60..5 * 60),
            (true, 1 | 2) => rng.i64(4 * 60..26 * 60),
            (true, 3) => rng.i64(10..25) * DAY_MINUTES + rng.i64(0..600),
            (true, _) => rng.i64(1..8) * DAY_MINUTES + rng.i64(0..900),
            (false, _) => rng.i64(60..9 * 60),
        };
        let ended = arrived + stay;
        // Small prices keep a visit near the 15 % rule's threshold, large ones near the exemption's.
        let price_scale = *pick(rng, &[1, 1, 50, 1000, 1000]);
        let mut make = Make { rng, facility, arrived, ended, seed, price_scale };
        let mut visit = make.visit(kind, is_inpatient);
        let patient = make.patient();
        let coverages = make.coverages();
        let is_continued = kind == "07" || make.often(3);
        if is_continued {
            if kind != "07" || make.often(50) {
                visit["subject"] = (*pick(make.rng, &CONTINUED_SUBJECTS)).into();
            }
            let rate = *pick(make.rng, &["80", "95", "100", "47.5", "32"]);
            visit["original_visit"] =
                json!({"id": "G0", "subject": *pick(make.rng, &["1.1", "1.3", "3.1"]), "rate": rate});
        }
        let lines = make.lines(count, is_inpatient);
        json!({
            "id": format!("G{seed}"),
            "facility": facility.code,
            "patient": patient,
            "visit": visit,
            "coverages": coverages,
            "diagnoses": {"main": "J18.9"},
            "lines": lines,
        })
    }
}

struct Make<'m> {
    rng: &'m mut Rng,
    facility: &'m Facility,
    arrived: i64,
    ended: i64,
    seed: u64,
    /// Tender prices are up to so many thousandths of the largest.
    price_scale: u64,
}

impl Make<'_> {
    fn often(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    fn visit(&mut self, kind: &str, is_inpatient: bool) -> Value {
        let mut visit = json!({"type": kind, "arrived_at": minute(self.arrived)});
        if self.often(97) {
            visit["discharged_at"] = minute(self.ended).into();
        }
        if is_inpatient && self.often(80) {
            let wait = self.rng.i64(0..=(self.ended - self.arrived).min(120));
            visit["admitted_at"] = minute(self.arrived + wait).into();
        }
        if self.often(70) {
            visit["result"] = self.rng.u32(1..=6).into();
            visit["discharge"] = self.rng.u32(1..=5).into();
        }
        if self.often(20) {
            visit["via_emergency"] = true.into();
        }
        if self.often(20) {
            visit["area"] = (*pick(self.rng, &["K1", "K2", "K3"])).into();
        }
        let with_evidence = self.often(60);
        if with_evidence {
            visit["evidence"] = self.evidence();
        }
        if self.often(60) {
            visit["subject"] = (*pick(self.rng, &SUBJECTS)).into();
        }
        if self.often(8) {
            let first_exam = self.facility.exams.first().map_or("02.03", String::as_str);
            let code = self.rng.choice(&self.facility.exams).map_or(first_exam, String::as_str).to_owned();
            let at = (self.arrived / DAY_MINUTES) * DAY_MINUTES + self.rng.i64(0..600);
            visit["prior_exams_today"] = json!([{"code": code, "at": minute(at)}]);
        }
        visit
    }

    fn evidence(&mut self) -> Value {
        let mut evidence = Map::new();
        if self.often(30) {
            let signed = self.arrived - self.rng.i64(0..25) * DAY_MINUTES;
            evidence.insert("referral".into(), json!({"number": "GT1", "from": "94001", "signed_on": day(signed)}));
        }
        if self.often(10) {
            evidence.insert("appointment".into(), "GH1".into());
        }
        if self.often(15) {
            evidence.insert("emergency".into(), true.into());
        }
        if self.often(10) {
            evidence.insert("residence".into(), "tạm trú".into());
        }
        if self.often(15) {
            let row = *pick(self.rng, &["I.12", "I.22", "II.3", "III.7"]);
            evidence.insert("disease_row".into(), row.into());
        }
        Value::Object(evidence)
    }

    fn patient(&mut self) -> Value {
        let is_newborn = self.often(3);
        let age_days = if is_newborn { 0 } else { self.rng.i64(30..34_000) };
        let mut patient = json!({
            "name": format!("Người Mẫu {}", self.seed % 1000),
            "birth_date": day(self.arrived - age_days * DAY_MINUTES),
            "sex": *pick(self.rng, &["male", "female"]),
        });
        if is_newborn {
            patient["newborn"] = json!({"weight_g": 3100});
        }
        patient
    }

    fn coverages(&mut self) -> Vec<Value> {
        let count = match self.rng.u8(..10) {
            0 => 0,
            1 | 2 => 2,
            3 => 3,
            _ => 1,
        };
        (0..count).map(|place| self.coverage(place)).collect()
    }

    fn coverage(&mut self, place: u32) -> Value {
        let cards = ["DN4", "DN4", "HT3", "CN3", "LH4", "TE1", "CC1", "QN5", "HN2", "DT2", "GD4", "HS4"];
        let letters = *pick(self.rng, &cards);
        let number = format!("92{:010}", (self.seed * 10 + u64::from(place)) % 10_000_000_000);
        let first = self.arrived - self.rng.i64(-2..400) * DAY_MINUTES;
        let last = match self.rng.u8(..10) {
            0..=2 => self.ended - self.rng.i64(-3..20) * DAY_MINUTES,
            3 => self.arrived + self.rng.i64(0..4) * DAY_MINUTES,
            _ => self.ended + self.rng.i64(10..300) * DAY_MINUTES,
        };
        let mut coverage = json!({"card": format!("{letters}{number}"), "valid_from": day(first)});
        if self.often(5) {
            coverage["card"] = format!("92{:08}", self.seed % 100_000_000).into();
            if self.often(50) {
                coverage["object"] = (*pick(self.rng, &["DN", "HN", "HT"])).into();
            }
        }
        if self.often(5) {
            coverage["object"] = (*pick(self.rng, &["DN", "HT", "CN", "TE"])).into();
        }
        if self.often(10) {
            coverage["level"] = self.rng.u32(1..=5).into();
        }
        if self.often(90) {
            coverage["valid_to"] = day(last.max(first)).into();
        }
        if self.often(60) {
            let here = if self.often(60) { self.facility.code.clone() } else { "92115".to_owned() };
            coverage["registered_facility"] = here.into();
        }
        if self.often(15) {
            let late = self.rng.i64(0..=(self.ended - self.arrived) + 600);
            coverage["presented_at"] = minute(self.arrived + late).into();
        }
        if self.often(25) {
            coverage["five_years_on"] = day(self.arrived - self.rng.i64(-3..700) * DAY_MINUTES).into();
            let copayments = (0..self.rng.u32(0..4)).map(|_| {
                let on = self.arrived - self.rng.i64(1..200) * DAY_MINUTES;
                let amount = self.rng.u32(0..900_000_000);
                json!({"discharged_on": day(on), "amount": decimal(amount.into(), 2), "on_route": self.rng.u8(..10) > 1})
            });
            coverage["copayments"] = copayments.collect();
        }
        if self.often(3) {
            let from = self.arrived + self.rng.i64(-100 * DAY_MINUTES..5 * DAY_MINUTES);
            // By paper it is a day, computed it is a minute.
            coverage["exempt_from"] = if self.rng.bool() { day(from).into() } else { minute(from).into() };
        }
        coverage
    }

    fn lines(&mut self, count: usize, is_inpatient: bool) -> Vec<Value> {
        let mut lines: Vec<Value> = Vec::with_capacity(count);
        let mut services: Vec<String> = Vec::new();
        let with_bed = is_inpatient && !self.facility.beds.is_empty();
        for place in 0..count {
            let id = if self.seed.is_multiple_of(7) { format!("L{place}") } else { (place + 1).to_string() };
            let mut line = match self.rng.u8(..20) {
                _ if place == 0 && with_bed => self.bed(),
                0..=2 => self.exam(),
                3 => self.bed_or_service(with_bed),
                4..=7 => self.service(),
                8..=12 => self.goods("drug", 4, 4_000_000),
                13..=15 => {
                    let mut supply = self.goods("supply", 10, 40_000_000);
                    if let Some(service) = self.rng.choice(&services).cloned().filter(|_| self.rng.u8(..10) > 2) {
                        supply["for_line"] = service.into();
                    }
                    supply
                }
                16 | 17 => self.operation(),
                18 => self.goods("blood", 7, 1_500_000),
                _ => self.goods("transport", 12, 2_000_000),
            };
            line["id"] = id.clone().into();
            let is_goods = ["drug", "supply", "blood", "transport"].iter().any(|kind| line["kind"] == *kind);
            match self.rng.u8(..40) {
                0 => line["status"] = "cancelled".into(),
                1 if !is_goods => line["status"] = "stopped".into(),
                2 => {
                    line["service_ratio"] = (*pick(self.rng, &["50", "0", "33.3"])).into();
                    line["service_ratio_reason"] = "theo biên bản".into();
                }
                3 => line["scope"] = self.rng.u32(2..=3).into(),
                4 => line["payment_method"] = 2.into(),
                _ => {}
            }
            if self.often(4) {
                let kinds = ["individual", "facility", "arv"];
                let sources = (0..self.rng.u32(1..=3)).map(|_| {
                    let amount = self.rng.u32(0..3_000_000);
                    json!({"kind": *pick(self.rng, &kinds), "fund": "domestic", "amount": decimal(amount.into(), 2)})
                });
                line["other_sources"] = sources.collect();
            }
            if line["kind"] == "bed" && line.get("unit_price").is_none() && self.often(15) {
                line["unit_price"] = decimal(self.rng.u32(100_000_000..400_000_000).into(), 3).into();
            }
            if self.facility.is_private && !is_goods && line.get("unit_price").is_none() && self.often(90) {
                line["unit_price"] = decimal(self.rng.u32(20_000_000..400_000_000).into(), 3).into();
            }
            if !is_goods && line["status"] != "cancelled" {
                services.push(id);
            }
            lines.push(line);
        }
        lines
    }

    fn at(&mut self) -> String {
        minute(self.rng.i64(self.arrived..=self.ended))
    }

    fn exam(&mut self) -> Value {
        let Some(code) = self.rng.choice(&self.facility.exams).cloned() else { return self.service() };
        let mut line = json!({"kind": "exam", "group": 13, "code": code, "quantity": "1", "performed_at": self.at()});
        if self.often(5) {
            line["quantity"] = "2".into();
        }
        if self.often(10) {
            line["sequence_at_table"] = self.rng.u32(50..80).into();
        }
        if self.often(10) {
            line["unit_price"] = decimal(self.rng.u32(20_000_000..90_000_000).into(), 3).into();
        }
        line
    }

    fn service(&mut self) -> Value {
        let code = self.rng.choice(&self.facility.services).cloned().unwrap_or_else(|| "18.0119.0028".into());
        let code = if self.often(4) { format!("{code}.K.94001") } else { code };
        let (kind, group) = *pick(self.rng, &[("imaging", 2), ("lab", 1), ("function-test", 3), ("other", 19)]);
        let quantity = *pick(self.rng, &["1", "1", "2", "3", "0.5"]);
        let mut line =
            json!({"kind": kind, "group": group, "code": code, "quantity": quantity, "ordered_at": self.at()});
        if self.often(15) {
            line["unit_price"] = decimal(self.rng.u32(10_000_000..900_000_000).into(), 3).into();
        }
        if self.often(5) {
            line["insured_ratio"] = (*pick(self.rng, &["50", "30", "0"])).into();
        }
        line
    }

    fn goods(&mut self, kind: &str, group: u32, price_at_most: u32) -> Value {
        let price = self.rng.u64(1000..=u64::from(price_at_most) * self.price_scale);
        let quantity = self.rng.u64(1..20_000);
        let mut line = json!({
            "kind": kind, "group": group, "code": format!("{}.{}", kind.to_uppercase(), price % 97),
            "quantity": decimal(quantity, 3), "unit_price": decimal(price, 3), "performed_at": self.at(),
        });
        if self.often(30) {
            line["insured_ratio"] = (*pick(self.rng, &["100", "50", "80", "0", "62.5"])).into();
        }
        line
    }

    fn operation(&mut self) -> Value {
        let Some(code) = self.rng.choice(&self.facility.operations).cloned() else { return self.service() };
        let kind = *pick(self.rng, &["surgery", "surgery", "procedure"]);
        let at = self.rng.i64(self.arrived..=self.ended);
        let mut line = json!({"kind": kind, "code": code, "quantity": "1", "performed_at": minute(at)});
        if self.often(80) {
            let id = format!("O{}", self.rng.u8(1..3));
            let mut operation =
                json!({"id": id, "started_at": minute(at - self.rng.i64(0..30).min(at - self.arrived))});
            if self.often(70) {
                operation["class"] = (*pick(self.rng, &["special", "I", "II", "III"])).into();
            }
            if self.often(70) {
                operation["team"] = format!("T{}", self.rng.u8(1..3)).into();
            }
            line["operation"] = operation;
        }
        line
    }

    fn bed_or_service(&mut self, with_bed: bool) -> Value {
        if with_bed { self.bed() } else { self.service() }
    }

    fn bed(&mut self) -> Value {
        let beds = &self.facility.beds;
        let code = beds[self.rng.usize(..beds.len())].clone();
        let mut segments = Vec::new();
        let mut from = self.arrived;
        for _ in 0..self.rng.u8(1..5) {
            let to = if self.often(40) { self.ended } else { self.rng.i64(from..=self.ended) };
            if to <= from {
                break;
            }
            let segment_code = if self.often(60) { code.clone() } else { beds[self.rng.usize(..beds.len())].clone() };
            let mut segment = json!({"from": minute(from), "to": minute(to), "code": segment_code});
            if self.often(70) {
                segment["department"] = segment_code.split('.').next().unwrap_or("K03").into();
            }
            if self.often(20) {
                segment["sharing"] = self.rng.u32(1..=4).into();
            }
            segments.push(segment);
            from = to;
        }
        if segments.is_empty() {
            segments.push(json!({"from": minute(self.arrived), "to": minute(self.ended), "code": code}));
        }
        let kind = if self.often(12) { "day-bed" } else { "bed" };
        json!({"kind": kind, "code": code, "segments": segments})
    }
}

fn package_of(province: &str) -> Option<&'static str> {
    Some(match province {
        "92" => "tariff-can-tho",
        "82" => "tariff-dong-thap",
        "38" => "tariff-thanh-hoa",
        "96" => "tariff-ca-mau",
        "24" => "tariff-bac-ninh",
        "33" => "tariff-hung-yen",
        "31" => "tariff-hai-phong",
        "central" => "tariff-central",
        _ => return None,
    })
}

/// The codes a table prices for a class and former province.
fn codes(table: &Path, class: &str, former_province: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(table).expect("the package has a price table");
    let mut codes = Vec::new();
    for record in reader.records() {
        let record = record.expect("a price row");
        let fits = |cell: &str, value: &str| cell.is_empty() || cell == value;
        if fits(&record[6], class) && fits(&record[7], former_province) && !codes.contains(&record[0].to_owned()) {
            codes.push(record[0].to_owned());
        }
    }
    codes
}

fn pick<'c, T>(rng: &mut Rng, choices: &'c [T]) -> &'c T {
    &choices[rng.usize(..choices.len())]
}

fn date(year: i32, month: u32, day: u32) -> i32 {
    Day::of(year, month, day).expect("a day").count()
}

fn minute(count: i64) -> String {
    vienphi_domain::Minute::from_count(count).to_string()
}

fn day(minutes: i64) -> String {
    vienphi_domain::Minute::from_count(minutes).day().to_string()
}

fn decimal(units: u64, digits: u32) -> String {
    rust_decimal::Decimal::new(i64::try_from(units).expect("small"), digits).normalize().to_string()
}
