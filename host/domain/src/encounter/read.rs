//! Reading an encounter out of JSON, whole, with every fault named.

use super::read_lines::{CODE_FORM, read_lines};
use super::*;
use crate::fault::Faults;
use crate::json::{self, Json};
use crate::reader::Node;

/// No visit lasts longer (ten years).
pub(super) const STAY_DAYS_AT_MOST: i32 = 3_660;

/// What was read. With faults, the encounter holds stand-ins where they are and is only good for finding more.
#[derive(Debug)]
pub struct Reading {
    /// The sender's id, when it could be read.
    pub id: Option<String>,
    /// The encounter, when its bones could be read.
    pub encounter: Option<Encounter>,
    /// Everything wrong so far.
    pub faults: Faults,
}

impl Encounter {
    /// Reads one JSON document.
    pub fn read(bytes: &[u8]) -> Reading {
        let faults = Faults::default();
        let json = match Json::parse(bytes) {
            Ok(json) => json,
            Err(error) => {
                faults.add("", syntax_message(&error));
                return Reading { id: None, encounter: None, faults };
            }
        };
        let root = Node::root(&json, &faults);
        let mut encounter = read_encounter(&root);
        let id = match &json {
            Json::Object(entries) => entries.iter().find_map(|(key, value)| match value {
                Json::Text(text) if key == "id" => Some(text.to_string()),
                Json::Null
                | Json::Bool(_)
                | Json::Whole(_)
                | Json::Fraction(_)
                | Json::Text(_)
                | Json::List(_)
                | Json::Object(_) => None,
            }),
            Json::Null | Json::Bool(_) | Json::Whole(_) | Json::Fraction(_) | Json::Text(_) | Json::List(_) => None,
        };
        if let Some(encounter) = &mut encounter
            && faults.is_empty()
        {
            encounter.digest = canonical_digest(&json, &encounter.lines);
        }
        Reading { id, encounter, faults }
    }
}

/// serde_json's words are kept: they name line and column. Only the depth limit deserves plainer ones.
fn syntax_message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.contains("recursion limit") {
        format!("is nested deeper than 128 levels (line {}, column {})", error.line(), error.column())
    } else {
        format!("is not JSON: {text}")
    }
}

/// The digest does not depend on the order in which keys or lines were sent.
fn canonical_digest(json: &Json<'_>, lines: &[Line]) -> Digest {
    let mut bytes = Vec::with_capacity(16 * 1024);
    if let Json::Object(entries) = json {
        json::write_object(entries, &mut bytes, |value, out| match value {
            Json::List(items) if is_lines(entries, value) => {
                // Cancelled lines are not among `lines` and follow them, in the order of their own bytes.
                let mut is_kept = vec![false; items.len()];
                lines.iter().for_each(|line| is_kept[line.place] = true);
                let mut cancelled: Vec<&Json<'_>> =
                    items.iter().zip(&is_kept).filter(|(_, kept)| !**kept).map(|(item, _)| item).collect();
                cancelled.sort_by_cached_key(|item| {
                    let mut bytes = Vec::new();
                    item.write_canonical(&mut bytes);
                    bytes
                });
                json::write_list(lines.iter().map(|line| &items[line.place]).chain(cancelled), out);
            }
            other => other.write_canonical(out),
        });
    }
    Digest::of(&bytes)
}

fn is_lines<'a>(entries: &[(std::borrow::Cow<'a, str>, Json<'a>)], value: &Json<'a>) -> bool {
    entries.iter().any(|(key, entry)| key == "lines" && std::ptr::eq(entry, value))
}

fn read_encounter(root: &Node<'_, '_>) -> Option<Encounter> {
    let root = root.required();
    let [id, facility, patient, visit, coverages, diagnoses, lines, clinical] =
        root.fields(["id", "facility", "patient", "visit", "coverages", "diagnoses", "lines", "clinical"])?;
    let id = id.required().form(read_id, "must be 1 to 100 printable characters");
    let facility = facility.required().form(read_facility_code, FACILITY_FORM);
    let patient = read_patient(&patient.private().required());
    let visit_node = visit.required();
    let visit = read_visit(&visit_node);
    let coverages = coverages.items().filter_map(|coverage| read_coverage(&coverage.private())).collect();
    read_diagnoses(&diagnoses);
    let lines = read_lines(&lines.required());
    read_clinical(&clinical);
    let (patient, visit) = (patient?, visit?);
    if patient.birth_date > visit.arrived_at.day() {
        root.fault_at("patient.birth_date", "must not be after visit.arrived_at");
    }
    if let Some(end) = visit.discharged_at {
        check_times(&root, &visit, end, &lines);
    }
    Some(Encounter {
        id: id.unwrap_or_default(),
        facility: facility.unwrap_or_default(),
        patient,
        visit,
        coverages,
        lines,
        digest: Digest::of(&[]),
    })
}

/// Every time lies within the visit (C2). For an open visit the end is known only with the day taken as today.
pub(super) fn check_times(root: &Node<'_, '_>, visit: &Visit, end: Minute, lines: &[Line]) {
    outside_stay(visit, end, lines, |path, message| root.fault_at(&path, message));
}

impl Encounter {
    /// Reports every time of an open visit that lies outside it (C2, C3).
    pub fn check_open_stay(&self, today: Day, faults: &Faults) {
        let end = self.end(today);
        if self.visit.discharged_at.is_some() {
            return;
        }
        if self.visit.arrived_at > end {
            faults.add("visit.arrived_at", format!("is after {today}, the day taken as today"));
            return;
        }
        if end.day().count() - self.visit.arrived_at.day().count() > STAY_DAYS_AT_MOST {
            faults.add(
                "visit.discharged_at",
                format!("is required: the visit has been open for more than {STAY_DAYS_AT_MOST} days"),
            );
            return;
        }
        outside_stay(&self.visit, end, &self.lines, |path, message| faults.add(path, message));
    }
}

fn outside_stay(visit: &Visit, end: Minute, lines: &[Line], mut report: impl FnMut(String, String)) {
    let outside = |time: Minute| time < visit.arrived_at || time > end;
    let message = |time: Minute| format!("{time} is outside the visit, {} to {end}", visit.arrived_at);
    for line in lines {
        if !line.kind.is_bed() && outside(line.at) {
            report(format!("lines[{}].performed_at", line.place), message(line.at));
        }
        let started = line.operation.as_ref().and_then(|operation| operation.started_at);
        if let Some(started) = started.filter(|started| outside(*started)) {
            report(format!("lines[{}].operation.started_at", line.place), message(started));
        }
        for segment in &line.segments {
            for (field, time) in [("from", Some(segment.from)), ("to", segment.to)] {
                if let Some(time) = time.filter(|time| outside(*time)) {
                    report(format!("lines[{}].segments[{}].{field}", line.place, segment.place), message(time));
                }
            }
        }
    }
}

pub(super) const FACILITY_FORM: &str = "must be a facility code of 5 digits or capital letters";

pub(super) fn read_facility_code(text: &str) -> Option<Box<str>> {
    is_facility_code(text).then(|| text.into())
}

pub(super) fn read_id(text: &str) -> Option<Box<str>> {
    LineId::parse(text).map(|id| id.as_str().into())
}

fn read_patient(node: &Node<'_, '_>) -> Option<Patient> {
    let [id, name, id_number, birth_date, sex, address, phone, newborn] =
        node.fields(["id", "name", "id_number", "birth_date", "sex", "address", "phone", "newborn"])?;
    for text in [id, name, id_number, address, phone] {
        text.text();
    }
    sex.required().choice(Sex::WORDS);
    if let Some([mother_visit, weight_g]) = newborn.fields(["mother_visit", "weight_g"]) {
        mother_visit.text();
        weight_g.whole(100..=10_000);
    }
    let birth_date = birth_date.required().day()?;
    Some(Patient { birth_date, is_newborn: newborn.is_present() })
}

fn read_visit(node: &Node<'_, '_>) -> Option<Visit> {
    let [
        kind,
        subject,
        area,
        arrived_at,
        admitted_at,
        discharged_at,
        result,
        discharge,
        via_emergency,
        evidence,
        original_visit,
        prior_exams_today,
        paid_at,
    ] = node.fields([
        "type",
        "subject",
        "area",
        "arrived_at",
        "admitted_at",
        "discharged_at",
        "result",
        "discharge",
        "via_emergency",
        "evidence",
        "original_visit",
        "prior_exams_today",
        "paid_at",
    ])?;
    paid_at.minute();
    let kind = kind.required().form(VisitType::parse, "must be a visit type (MA_LOAI_KCB) from 01 to 16");
    let arrived = arrived_at.required().minute();
    let admitted = admitted_at.minute();
    let discharged = discharged_at.minute();
    if let (Some(arrived), Some(admitted)) = (arrived, admitted)
        && admitted < arrived
    {
        admitted_at.fault(format!("{admitted} is before visit.arrived_at {arrived}"));
    }
    if let (Some(begun), Some(discharged)) = (admitted.or(arrived), discharged) {
        if discharged < begun {
            discharged_at.fault(format!("{discharged} is before the arrival or admission {begun}"));
        } else if discharged.day().count() - begun.day().count() > STAY_DAYS_AT_MOST {
            discharged_at.fault(format!("makes the visit longer than {STAY_DAYS_AT_MOST} days"));
        }
    }
    let small = |number: Option<u32>| number.and_then(|number| u8::try_from(number).ok());
    Some(Visit {
        subject: subject.form(read_subject, "must be a code of QĐ 3276/QĐ-BYT such as 1.1, 2 or 3.2"),
        area: area.choice(Area::WORDS),
        admitted_at: admitted,
        discharged_at: discharged,
        result: small(result.whole(1..=7)),
        discharge: small(discharge.whole(1..=5)),
        via_emergency: via_emergency.truth().unwrap_or_default(),
        evidence: read_evidence(&evidence),
        original_visit: read_original_visit(&original_visit),
        prior_exams_today: prior_exams_today.items().filter_map(|exam| read_prior_exam(&exam)).collect(),
        kind: kind?,
        arrived_at: arrived?,
    })
}

/// The shape only; which codes exist is policy.
fn read_subject(text: &str) -> Option<Box<str>> {
    let shaped = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (shaped && text.starts_with(|first: char| first.is_ascii_digit())).then(|| text.into())
}

fn read_evidence(node: &Node<'_, '_>) -> Option<Evidence> {
    let [referral, appointment, emergency, residence, disease_row] =
        node.fields(["referral", "appointment", "emergency", "residence", "disease_row"])?;
    let mut referral_signed_on = None;
    if let Some([number, from, signed_on]) = referral.fields(["number", "from", "signed_on"]) {
        number.text();
        from.form(read_facility_code, FACILITY_FORM);
        referral_signed_on = signed_on.required().day();
    }
    Some(Evidence {
        referral_signed_on,
        has_appointment: appointment.text().is_some(),
        is_emergency: emergency.truth().unwrap_or_default(),
        has_residence: residence.private().text().is_some(),
        disease_row: disease_row
            .form(DiseaseRow::parse, "must be a row of the lists of TT 01/2025/TT-BYT such as I.12, II.3 or III.7"),
    })
}

fn read_original_visit(node: &Node<'_, '_>) -> Option<OriginalVisit> {
    let [id, subject, rate, discharged_on] = node.fields(["id", "subject", "rate", "discharged_on"])?;
    id.text();
    discharged_on.day();
    let subject = subject.form(read_subject, "must be a code of QĐ 3276/QĐ-BYT such as 1.1, 2 or 3.2");
    Some(OriginalVisit { subject, rate: rate.required().rate()? })
}

fn read_prior_exam(node: &Node<'_, '_>) -> Option<PriorExam> {
    let [code, at] = node.fields(["code", "at"])?;
    let code = code.required().form(Code::parse, CODE_FORM);
    let at = at.required().minute();
    Some(PriorExam { code: code?, at: at? })
}

fn read_coverage(node: &Node<'_, '_>) -> Option<Coverage> {
    let [
        card,
        valid_from,
        valid_to,
        registered_facility,
        presented_at,
        object,
        level,
        checked_at,
        five_years_on,
        exempt_from,
        copayments,
    ] = node.fields([
        "card",
        "valid_from",
        "valid_to",
        "registered_facility",
        "presented_at",
        "object",
        "level",
        "checked_at",
        "five_years_on",
        "exempt_from",
        "copayments",
    ])?;
    checked_at.minute();
    let card = card.required().form(Card::parse, Card::FORM);
    let from = valid_from.required().day();
    let to = valid_to.day();
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        valid_to.fault(format!("{to} is before valid_from {from}"));
    }
    Some(Coverage {
        valid_to: to.unwrap_or(Day::END_OF_TIME),
        registered_facility: registered_facility.form(read_facility_code, FACILITY_FORM),
        presented_at: presented_at.minute(),
        object: object.form(read_object, "must be the two capital letters of a card object such as DN"),
        level: level.whole(1..=5).and_then(|level| u8::try_from(level).ok()),
        five_years_on: five_years_on.day(),
        exempt_from: exempt_from
            .form(read_day_or_minute, "must be a day such as 2026-03-02 or a minute such as 2026-03-02T08:10"),
        copayments: copayments.items().filter_map(|copayment| read_copayment(&copayment)).collect(),
        card: card?,
        valid_from: from?,
    })
}

fn read_day_or_minute(text: &str) -> Option<Minute> {
    Day::parse(text).map(Day::first_minute).or_else(|| Minute::parse(text))
}

fn read_object(text: &str) -> Option<Box<str>> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.into())
}

fn read_copayment(node: &Node<'_, '_>) -> Option<Copayment> {
    let [discharged_on, amount, on_route] = node.fields(["discharged_on", "amount", "on_route"])?;
    let discharged_on = discharged_on.required().day();
    let amount = amount.required().amount();
    Some(Copayment { on_route: on_route.truth().unwrap_or(true), discharged_on: discharged_on?, amount: amount? })
}

fn read_diagnoses(node: &Node<'_, '_>) {
    if let Some([main, others]) = node.fields(["main", "others"]) {
        main.private().text();
        others.items().for_each(|other| {
            other.private().text();
        });
    }
}

/// Amounts and ratios that the statement computes: a claim may not bring its own.
const COMPUTED_FIELDS: [&str; 25] = [
    "T_THUOC",
    "T_VTYT",
    "T_TONGCHI_BV",
    "T_TONGCHI_BH",
    "T_BNTT",
    "T_BNCCT",
    "T_BHTT",
    "T_NGUONKHAC",
    "T_BHTT_GDV",
    "T_NGUONKHAC_NSNN",
    "T_NGUONKHAC_VTNN",
    "T_NGUONKHAC_VTTN",
    "T_NGUONKHAC_CL",
    "THANH_TIEN_BV",
    "THANH_TIEN_BH",
    "MUC_HUONG",
    "T_TRANTT",
    "DON_GIA",
    "DON_GIA_BV",
    "DON_GIA_BH",
    "SO_LUONG",
    "TYLE_TT_DV",
    "TYLE_TT_BH",
    "MA_DOITUONG_KCB",
    "MA_CSKCB",
];

/// `clinical` carries the format's own fields into the claim: names are checked, values kept for the claim.
fn read_clinical(node: &Node<'_, '_>) {
    for (table, fields) in node.entries() {
        let is_table =
            table.strip_prefix("xml").and_then(|number| number.parse::<u8>().ok()).is_some_and(|number| number <= 15);
        match table {
            "lines" => fields.entries().for_each(|(_, line)| check_fields(&line)),
            "xml1" => check_fields(&fields),
            _ if is_table => fields.items().for_each(|row| check_fields(&row)),
            _ => fields.fault("is not known here; known: xml0 to xml15, lines"),
        }
    }
}

fn check_fields(node: &Node<'_, '_>) {
    for (name, value) in node.entries() {
        if COMPUTED_FIELDS.contains(&name) {
            value.fault("is computed by the statement and cannot be given");
        } else {
            value.private().scalar();
        }
    }
}
