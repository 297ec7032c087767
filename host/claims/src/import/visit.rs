//! Table 1: patient, visit and cards.

use std::collections::HashMap;

use serde_json::{Value, json};
use vienphi_domain::{Day, Minute};
use vienphi_money::{Amount, Rate};

use super::exemption::Exemption;
use super::{NoEncounter, Object, TRANSPORT, birth, done, minute, missing, performed, put, required, text};
use crate::clock;
use crate::findings::{route_rate, supplies_ceiling};
use crate::table::Row;

/// The length of a card's number that says neither object nor level.
const TEN_DIGITS: usize = 10;

/// The level of army, police and cipher cards.
const ARMED_FORCES: u8 = 5;

/// An object of cards that is paid whole from a day on, whatever level is printed.
struct Raised {
    object: &'static str,
    /// Its level before.
    level: u8,
    /// Years of age from which it is.
    age: i32,
}

/// The objects that are paid whole from [`RAISED_SINCE`] on (NQ 261/2025/QH15, CV 38/BYT-BH of 06/01/2026; READINGS 7).
const RAISED: [Raised; 2] = [Raised { object: "CN", level: 3, age: 0 }, Raised { object: "LH", level: 4, age: 75 }];

/// The first day of them.
const RAISED_SINCE: &str = "2026-01-01";

/// In the units of a rate.
const HALF_PERCENT: u64 = 5;

/// The encounter without its lines.
pub(super) fn encounter(
    summary: Row<'_>,
    drugs: &[Row<'_>],
    services: &[Row<'_>],
    exemption: Option<&Exemption>,
) -> Result<Object, NoEncounter> {
    let mut encounter = Object::new();
    encounter.insert("id".into(), required(summary, 1, "MA_LK")?.into());
    encounter.insert("facility".into(), required(summary, 1, "MA_CSKCB")?.into());
    encounter.insert("patient".into(), Value::Object(patient(summary)?));
    encounter.insert("visit".into(), Value::Object(visit(summary, drugs, services)?));
    let mut cards = cards(summary, exemption)?;
    if cards.iter().any(shows_no_level) {
        let holder = holder(summary, drugs, services)?;
        for card in cards.iter_mut().filter(|card| shows_no_level(card)) {
            match holder {
                Some(Holder::Level(level)) => put(card, "level", Some(level)),
                Some(Holder::Object(object)) => put(card, "object", Some(object)),
                None => {}
            }
        }
    }
    let cards = cards.into_iter().map(Value::Object).collect();
    encounter.insert("coverages".into(), Value::Array(cards));
    let mut diagnoses = Object::new();
    put(&mut diagnoses, "main", text(summary, "MA_BENH_CHINH"));
    let others: Vec<&str> = text(summary, "MA_BENH_KT")
        .into_iter()
        .flat_map(|list| list.split(';'))
        .filter(|code| !code.is_empty())
        .collect();
    if !others.is_empty() {
        diagnoses.insert("others".into(), others.into());
    }
    if !diagnoses.is_empty() {
        encounter.insert("diagnoses".into(), Value::Object(diagnoses));
    }
    Ok(encounter)
}

fn patient(summary: Row<'_>) -> Result<Object, NoEncounter> {
    let mut patient = Object::new();
    put(&mut patient, "id", text(summary, "MA_BN"));
    put(&mut patient, "name", text(summary, "HO_TEN"));
    put(&mut patient, "id_number", text(summary, "SO_CCCD"));
    let born = required(summary, 1, "NGAY_SINH")?;
    let born = birth(born).ok_or_else(|| missing(summary, 1, "NGAY_SINH"))?;
    patient.insert("birth_date".into(), born.to_string().into());
    let sex = match required(summary, 1, "GIOI_TINH")? {
        "1" => "male",
        "2" => "female",
        "3" => "undetermined",
        other => {
            let found = other.to_owned();
            return Err(NoEncounter::Unknown { table: 1, row: 1, field: "GIOI_TINH", found, known: "1, 2, 3" });
        }
    };
    patient.insert("sex".into(), sex.into());
    put(&mut patient, "address", text(summary, "DIA_CHI"));
    put(&mut patient, "phone", text(summary, "DIEN_THOAI"));
    // The weight of several children is a list; a visit of its own is of one.
    if let Some(weight) = text(summary, "CAN_NANG_CON").and_then(|grams| grams.parse::<u32>().ok()) {
        patient.insert("newborn".into(), json!({ "weight_g": weight }));
    }
    Ok(patient)
}

fn visit(summary: Row<'_>, drugs: &[Row<'_>], services: &[Row<'_>]) -> Result<Object, NoEncounter> {
    let mut visit = Object::new();
    let kind = required(summary, 1, "MA_LOAI_KCB")?;
    let kind = if kind.len() == 1 { format!("0{kind}") } else { kind.to_owned() };
    let subject = text(summary, "MA_DOITUONG_KCB");
    // A pick-up and a continued visit have the rate of the visit before, which the file shows only as its own.
    let continues = kind == "07" || subject.is_some_and(|code| code == "10" || code == "7" || code.starts_with("7."));
    if continues {
        let rates = drugs.iter().chain(services).filter_map(|row| row.rate("MUC_HUONG").ok().flatten());
        let rate = rates.max().unwrap_or(Rate::ZERO);
        visit.insert("original_visit".into(), json!({ "rate": rate.text().as_str() }));
    }
    visit.insert("type".into(), kind.into());
    put(&mut visit, "subject", subject);
    put(&mut visit, "area", text(summary, "MA_KHUVUC"));
    let arrived = minute(summary, "NGAY_VAO")?.ok_or_else(|| missing(summary, 1, "NGAY_VAO"))?;
    visit.insert("arrived_at".into(), arrived.into());
    put(&mut visit, "admitted_at", minute(summary, "NGAY_VAO_NOI_TRU")?);
    let discharged = minute(summary, "NGAY_RA")?.ok_or_else(|| missing(summary, 1, "NGAY_RA"))?;
    visit.insert("discharged_at".into(), discharged.into());
    put(&mut visit, "result", summary.whole("KET_QUA_DTRI")?);
    put(&mut visit, "discharge", summary.whole("MA_LOAI_RV")?);
    if is_via_emergency(summary, services) {
        visit.insert("via_emergency".into(), true.into());
    }
    put(&mut visit, "paid_at", minute(summary, "NGAY_TTOAN")?);
    Ok(visit)
}

/// Who came through the emergency room and was transferred has a bed day more (READINGS 17). No field says so; the days do.
fn is_via_emergency(summary: Row<'_>, services: &[Row<'_>]) -> bool {
    if text(summary, "MA_LOAI_RV") != Some("2") || matches!(text(summary, "KET_QUA_DTRI"), Some("4" | "5" | "6")) {
        return false;
    }
    let moment = |field: &str| clock::moment(text(summary, field)?);
    let begun = moment("NGAY_VAO_NOI_TRU").or_else(|| moment("NGAY_VAO"));
    let (Some(begun), Some(ended)) = (begun, moment("NGAY_RA")) else { return false };
    let days = i64::from(ended.day().count() - begun.day().count());
    let beds = services.iter().filter(|row| super::beds::is_bed(**row));
    let counted = beds.filter_map(|row| row.quantity("SO_LUONG").ok().flatten());
    // Whoever wrote the file may have written the largest number there is, and more than once.
    let counted: i128 = counted.map(|days| i128::from(days.units())).sum();
    days > 0 && counted == i128::from(days + 1) * 1000
}

/// Does its number say neither object nor level?
fn shows_no_level(card: &Object) -> bool {
    card["card"].as_str().is_some_and(|number| number.len() == TEN_DIGITS)
}

/// What a card entitles to whose number does not say it.
enum Holder {
    Level(u8),
    /// Whose level changes within the visit.
    Object(&'static str),
}

/// What a card entitles to whose number does not say it: the level by which the lowest MUC_HUONG of the visit comes out. What pays
/// a visit whole by another rule (15 %, the primary tier) pays it whole by any level.
fn holder(summary: Row<'_>, drugs: &[Row<'_>], services: &[Row<'_>]) -> Result<Option<Holder>, NoEncounter> {
    let mut lowest: Option<Rate> = None;
    for row in drugs.iter().chain(services) {
        let rate = row.rate("MUC_HUONG")?.filter(|rate| *rate > Rate::ZERO);
        lowest = rate.into_iter().chain(lowest).min();
    }
    let (Some(lowest), Some(day)) = (lowest, summary.day("NGAY_RA")?) else { return Ok(None) };
    for row in drugs.iter().chain(services) {
        // Only cards of army, police and cipher pay what is out of everybody's scope (READINGS 14).
        if row.text("PHAM_VI") == Some("3") && row.amount("THANH_TIEN_BH")?.is_some_and(|paid| paid > Amount::ZERO) {
            return Ok(Some(Holder::Level(ARMED_FORCES)));
        }
    }
    let kind = text(summary, "MA_LOAI_KCB").unwrap_or_default();
    let route = route_rate(text(summary, "MA_DOITUONG_KCB").unwrap_or_default(), kind, day).unwrap_or(Rate::WHOLE);
    let levels = [(2, 100), (3, 95), (4, 80)];
    // The field has whole percents before July 2026.
    let is_it = |percent: u16| Rate::percent(percent).of(route).units().abs_diff(lowest.units()) <= HALF_PERCENT;
    let found = levels.into_iter().find(|(_, percent)| is_it(*percent)).map(|(level, _)| level);
    if found == Some(2) && goes_above_the_ceiling(services, day)? {
        return Ok(Some(Holder::Level(1)));
    }
    for raised in RAISED.iter().filter(|raised| found == Some(raised.level)) {
        if is_raised_within(raised, summary, drugs, services, [lowest, route])? {
            return Ok(Some(Holder::Object(raised.object)));
        }
    }
    Ok(found.map(Holder::Level))
}

/// Do the supplies of one service go above what cards of the second level pay of them (READINGS 14, 23)?
fn goes_above_the_ceiling(services: &[Row<'_>], day: Day) -> Result<bool, NoEncounter> {
    let Some(ceiling) = supplies_ceiling(day) else { return Ok(false) };
    let mut of_service: HashMap<&str, i128> = HashMap::new();
    for row in services.iter().filter(|row| text(**row, "MA_VAT_TU").is_some()) {
        let Some(service) = text(*row, "MA_DICH_VU") else { continue };
        let insured = row.amount("THANH_TIEN_BH")?.unwrap_or(Amount::ZERO);
        *of_service.entry(service).or_default() += i128::from(insured.units());
    }
    Ok(of_service.values().any(|insured| *insured > i128::from(ceiling.units())))
}

/// Does a day within the visit, from which the object is paid whole, part the two rates?
fn is_raised_within(
    raised: &Raised,
    summary: Row<'_>,
    drugs: &[Row<'_>],
    services: &[Row<'_>],
    [before, after]: [Rate; 2],
) -> Result<bool, NoEncounter> {
    let born = text(summary, "NGAY_SINH").and_then(|text| clock::day(text.get(..8)?));
    let (Some(born), Some(since)) = (born, Day::parse(RAISED_SINCE)) else { return Ok(false) };
    let mut is_raised = false;
    // Transport is paid whole on an original route, whatever the card is of (READINGS 29): it says nothing of the card.
    let says_of_card = |row: &&Row<'_>| row.text("MA_NHOM") != Some(TRANSPORT);
    for row in drugs.iter().chain(services).filter(says_of_card) {
        let Some(rate) = row.rate("MUC_HUONG")?.filter(|rate| *rate > Rate::ZERO) else { continue };
        let Some(day) = done(*row)?.or(performed(*row)).map(Minute::day) else { return Ok(false) };
        let is_after = day >= since && day.age_of(born) >= raised.age;
        if rate != if is_after { after } else { before } {
            return Ok(false);
        }
        is_raised |= is_after;
    }
    Ok(is_raised)
}

fn cards(summary: Row<'_>, exemption: Option<&Exemption>) -> Result<Vec<Object>, NoEncounter> {
    let Some(numbers) = text(summary, "MA_THE_BHYT") else { return Ok(Vec::new()) };
    let list = |field: &str| text(summary, field).unwrap_or_default().split(';').map(str::to_owned).collect::<Vec<_>>();
    let (from, to, registered) = (list("GT_THE_TU"), list("GT_THE_DEN"), list("MA_DKBD"));
    let mut cards = Vec::new();
    for (place, number) in numbers.split(';').enumerate() {
        let mut card = Object::new();
        let of = |list: &[String]| list.get(place).cloned().unwrap_or_default();
        let of_day = |list: &[String]| clock::day(&of(list)).map(|day| day.to_string());
        card.insert("card".into(), number.trim().into());
        let begins = of_day(&from).ok_or_else(|| missing(summary, 1, "GT_THE_TU"))?;
        card.insert("valid_from".into(), begins.into());
        put(&mut card, "valid_to", of_day(&to));
        put(&mut card, "registered_facility", Some(of(&registered)).filter(|code| !code.is_empty()));
        let mut five_years = summary.day("NAM_NAM_LIEN_TUC")?;
        match exemption {
            Some(Exemption::From(moment)) => put(&mut card, "exempt_from", Some(moment.clone())),
            Some(Exemption::Crossed(crossed)) => {
                five_years = Some(crossed.five_years_on);
                // Of one person once, whatever cards there are.
                if place == 0 && !crossed.copayments.is_empty() {
                    put(&mut card, "copayments", Some(crossed.copayments.clone()));
                }
            }
            None => {}
        }
        put(&mut card, "five_years_on", five_years.map(|day| day.to_string()));
        cards.push(card);
    }
    Ok(cards)
}
