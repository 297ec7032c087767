//! Table 1: the visit and its sums.

use std::collections::{BTreeMap, BTreeSet};

use vienphi_domain::{Day, Minute};

use super::sent::{Line, Sent};
use super::stated::{Part, Stated};
use super::text::Text;
use super::{NoClaim, Stay, at, clinical, compact_moment, day, moment, put};
use crate::clock;
use crate::draft::NewTable;

pub(super) fn table_of_groups(group: u8) -> u8 {
    // Drugs, blood and what is made of blood are table 2; their sum is T_THUOC.
    if matches!(group, 4..=7 | 17) { 2 } else { 3 }
}

pub(super) fn table(sent: &Sent<'_>, stated: &Stated<'_>, left: Minute) -> Result<NewTable, NoClaim> {
    let mut document = super::table(1)?;
    let row = document.add_row().map_err(|why| at("xml1", why))?;
    let (patient, visit) = (&sent.patient, &sent.visit);
    let referral = visit.evidence.as_ref().and_then(|evidence| evidence.referral.as_ref());
    let cards = |field: fn(&super::sent::Coverage<'_>) -> String| -> String {
        sent.coverages.iter().map(field).collect::<Vec<_>>().join(";")
    };
    let arrived = Minute::parse(&visit.arrived_at).unwrap_or(left);
    let birth = day(&patient.birth_date).map(|birth| format!("{birth}0000"));
    let sex = match patient.sex.as_ref() {
        "male" => "1",
        "female" => "2",
        _ => "3",
    };
    let weight = patient.newborn.as_ref().and_then(|newborn| newborn.weight_g.as_ref()).and_then(clinical::text_of);
    let exempt = sent.coverages.iter().find_map(|card| card.exempt_from.as_deref());
    let exempt = exempt.and_then(|from| day(from).or_else(|| Minute::parse(from).map(compact_moment)));
    let exempt = exempt.or_else(|| exempt_since(sent, stated).map(compact_moment));
    let five_years = sent.coverages.iter().find_map(|card| card.five_years_on.as_deref()).and_then(day);
    let (year, month, _) = left.day().calendar();
    let sums = &stated.totals;
    let diagnoses = sent.diagnoses.as_ref();
    for (field, text) in [
        ("MA_LK", Some(sent.id.to_string())),
        ("STT", Some("1".to_owned())),
        ("MA_BN", patient.id.as_deref().map(str::to_owned)),
        ("HO_TEN", patient.name.as_deref().map(str::to_owned)),
        ("SO_CCCD", patient.id_number.as_deref().map(str::to_owned)),
        ("NGAY_SINH", birth),
        ("GIOI_TINH", Some(sex.to_owned())),
        ("DIA_CHI", patient.address.as_deref().map(str::to_owned)),
        ("DIEN_THOAI", patient.phone.as_deref().map(str::to_owned)),
        ("MA_THE_BHYT", Some(cards(|card| card.card.to_string()))),
        ("MA_DKBD", Some(cards(|card| card.registered_facility.as_deref().unwrap_or_default().to_owned()))),
        ("GT_THE_TU", Some(cards(|card| day(&card.valid_from).unwrap_or_default()))),
        ("GT_THE_DEN", Some(cards(|card| card.valid_to.as_deref().and_then(day).unwrap_or_default()))),
        ("NGAY_MIEN_CCT", exempt),
        ("MA_BENH_CHINH", diagnoses.and_then(|found| found.main.as_deref()).map(str::to_owned)),
        ("MA_BENH_KT", diagnoses.map(|found| said(&found.others).join(";"))),
        (
            "MA_DOITUONG_KCB",
            stated.subject.declared.as_deref().or(stated.subject.derived.as_deref()).map(str::to_owned),
        ),
        ("MA_NOI_DI", referral.and_then(|paper| paper.from.as_deref()).map(str::to_owned)),
        ("NGAY_VAO", moment(&visit.arrived_at)),
        ("NGAY_VAO_NOI_TRU", visit.admitted_at.as_deref().and_then(moment)),
        ("NGAY_RA", Some(compact_moment(left))),
        ("GIAY_CHUYEN_TUYEN", referral.and_then(|paper| paper.number.as_deref()).map(str::to_owned)),
        ("SO_NGAY_DTRI", Some(days_treated(sent, stated, arrived.day(), left.day()).to_string())),
        ("KET_QUA_DTRI", visit.result.map(|result| result.to_string())),
        ("MA_LOAI_RV", visit.discharge.map(|discharge| discharge.to_string())),
        // Empty while the patient has not paid; the claim is sent again then.
        ("NGAY_TTOAN", visit.paid_at.as_deref().and_then(moment)),
        ("T_THUOC", Some(sums.drugs.to_string())),
        ("T_VTYT", Some(sums.supplies.to_string())),
        ("T_TONGCHI_BV", Some(sums.amount_hospital.to_string())),
        ("T_TONGCHI_BH", Some(sums.amount_insured.to_string())),
        ("T_BNTT", Some(sums.patient_own.to_string())),
        ("T_BNCCT", Some(sums.copayment.to_string())),
        ("T_BHTT", Some(sums.insurer.to_string())),
        ("T_NGUONKHAC", Some(sums.other_sources.to_string())),
        ("T_BHTT_GDV", Some(sums.insurer_fee_for_service.to_string())),
        ("NAM_QT", Some(year.to_string())),
        ("THANG_QT", Some(format!("{month:02}"))),
        ("MA_LOAI_KCB", Some(visit.kind.to_string())),
        ("MA_CSKCB", Some(sent.facility.to_string())),
        ("MA_KHUVUC", visit.area.as_deref().map(str::to_owned)),
        ("CAN_NANG_CON", weight),
        ("NAM_NAM_LIEN_TUC", five_years),
    ] {
        put(row, field, text.as_deref())?;
    }
    clinical::fill(row, sent.clinical.as_ref().and_then(|clinical| clinical.xml1.as_ref()), "clinical.xml1")?;
    if row.text("MA_KHOA").is_none() {
        put(row, "MA_KHOA", department(sent).as_deref())?;
    }
    Ok(document)
}

/// Those that say something.
fn said<'t>(texts: &'t [Text<'_>]) -> Vec<&'t str> {
    texts.iter().map(AsRef::as_ref).filter(|text: &&str| !text.is_empty()).collect()
}

/// What papers say of the visit as its claim does.
pub(super) fn stay(sent: &Sent<'_>, stated: &Stated<'_>) -> Stay {
    let arrived = Minute::parse(&sent.visit.arrived_at);
    let left = sent.visit.discharged_at.as_deref().and_then(Minute::parse);
    let days = arrived.zip(left).map(|(arrived, left)| days_treated(sent, stated, arrived.day(), left.day()));
    let fields = sent.clinical.as_ref().and_then(|clinical| clinical.xml1.as_ref());
    let named =
        |field: &str| fields.and_then(|fields| clinical::text_of(fields.get(field)?)).filter(|text| !text.is_empty());
    let exempt = sent.coverages.iter().find_map(|card| card.exempt_from.as_deref()).map(str::to_owned);
    let exempt = exempt.or_else(|| exempt_since(sent, stated).map(|moment| moment.to_string()));
    Stay {
        days,
        department: named("MA_KHOA").or_else(|| department(sent)),
        exempt_from: exempt.or_else(|| {
            named("NGAY_MIEN_CCT").map(|text| {
                let told = clock::moment(&text).map(|moment| moment.to_string());
                told.or_else(|| clock::day(&text).map(|day| day.to_string())).unwrap_or(text)
            })
        }),
    }
}

/// The rule by which a statement lifts co-payments (READINGS 13).
const EXEMPT: &str = "copayment-exempt";

/// The moment of the first line that owes no co-payment any more: `NGAY_MIEN_CCT` as it is computed, with 12 digits, where no
/// paper gives a day.
fn exempt_since(sent: &Sent<'_>, stated: &Stated<'_>) -> Option<Minute> {
    let is_exempt = |part: &&Part<'_>| part.rules.iter().any(|rule| **rule == *EXEMPT);
    let exempt = stated.lines.iter().filter_map(|line| line.parts.iter().find(is_exempt).map(|part| (line, part)));
    let own: BTreeMap<&str, &Line<'_>> = sent.lines.iter().map(|own| (own.id.as_ref(), own)).collect();
    let moments = exempt.filter_map(|(line, part)| {
        let own = own.get(line.id.as_ref()).filter(|own| own.segments.is_empty());
        let at = own.and_then(|own| own.performed_at.as_deref().or(own.ordered_at.as_deref())).and_then(Minute::parse);
        // A day of a bed counts at its first minute.
        at.or_else(|| Day::parse(&part.from).map(Day::first_minute))
    });
    let arrived = Minute::parse(&sent.visit.arrived_at);
    moments.min().map(|first| arrived.map_or(first, |arrived| first.max(arrived)))
}

/// Where the patient was last: of the last bed, else of the first line that says so.
fn department(sent: &Sent<'_>) -> Option<String> {
    let beds = sent.lines.iter().flat_map(|line| &line.segments);
    let last = beds.max_by(|a, b| a.from.cmp(&b.from)).and_then(|bed| bed.department.as_deref());
    last.or_else(|| sent.lines.iter().find_map(|line| line.department.as_deref())).map(str::to_owned)
}

/// `SO_NGAY_DTRI` (QĐ 130/QĐ-BYT): none of exams and short stays, out − in + 1 of treatment, days with drugs or services of long
/// diseases. Other kinds of visit have no rule there; they are counted as exams.
fn days_treated(sent: &Sent<'_>, stated: &Stated<'_>, arrived: Day, left: Day) -> i64 {
    let days_of = |table: u8| {
        let lines = stated.lines.iter().filter(|line| table_of_groups(line.group) == table);
        let days: BTreeSet<&str> = lines.flat_map(|line| &line.parts).map(|part| part.from.as_ref()).collect();
        i64::try_from(days.len()).unwrap_or(i64::MAX)
    };
    match sent.visit.kind.as_ref() {
        "02" | "03" | "04" | "06" => i64::from(left.count() - arrived.count()) + 1,
        "05" => days_of(2),
        "08" => days_of(3),
        _ => 0,
    }
}
