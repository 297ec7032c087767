//! Tables 2 and 3: a row for each part of a line.

use std::collections::HashMap;

use vienphi_domain::Minute;

use super::sent::{Line, Sent};
use super::sources::{FUNDS, Funds};
use super::stated::{Part, Stated, StatedLine};
use super::summary::table_of_groups;
use super::{NoClaim, at, beds, clinical, compact_moment, moment, put, table};
use crate::draft::{NewRow, NewTable};

/// The suffix of a stopped service's code.
const STOPPED: &str = "_TB";

/// Drugs, and services with supplies; none that would have no row.
pub(super) fn tables(
    sent: &Sent<'_>,
    stated: &Stated<'_>,
    left: Minute,
) -> Result<(Option<NewTable>, Option<NewTable>), NoClaim> {
    let by_id: HashMap<&str, &Line<'_>> = sent.lines.iter().map(|line| (line.id.as_ref(), line)).collect();
    let (mut drugs, mut services) = (table(2)?, table(3)?);
    let mut counts = [0_usize; 2];
    for line in &stated.lines {
        let own = *by_id.get(line.id.as_ref()).ok_or_else(|| NoClaim::OtherLine(line.id.to_string()))?;
        let mut funds = Funds::of(&own.other_sources)?;
        let is_drug = table_of_groups(line.group) == 2;
        for part in &line.parts {
            let (document, count) =
                if is_drug { (&mut drugs, &mut counts[0]) } else { (&mut services, &mut counts[1]) };
            *count += 1;
            let row = document.add_row().map_err(|why| at(&own.id, why))?;
            put(row, "MA_LK", Some(&sent.id))?;
            put(row, "STT", Some(&count.to_string()))?;
            let service = own.for_line.as_deref().and_then(|id| by_id.get(id)).map(|line| line.code.as_ref());
            if is_drug {
                drug(row, own, line, part, service)?;
            } else {
                let main = sent.diagnoses.as_ref().and_then(|found| found.main.as_deref());
                self::service(row, own, line, part, service, main)?;
            }
            times(row, own, line, part, left)?;
            money(row, part, &mut funds)?;
            let extra = sent.clinical.as_ref().and_then(|clinical| clinical.lines.get(&own.id)?.as_ref());
            clinical::fill(row, extra, &format!("clinical.lines.{}", own.id))?;
        }
    }
    Ok(((counts[0] > 0).then_some(drugs), (counts[1] > 0).then_some(services)))
}

fn drug(
    row: &mut NewRow,
    own: &Line<'_>,
    line: &StatedLine<'_>,
    part: &Part<'_>,
    service: Option<&str>,
) -> Result<(), NoClaim> {
    put(row, "MA_THUOC", Some(&part.code))?;
    put(row, "TEN_THUOC", name(own, line, part))?;
    put(row, "SO_DANG_KY", own.registration.as_deref())?;
    put(row, "DON_GIA", Some(&part.unit_price))?;
    put(row, "MA_DICH_VU", service)?;
    put(row, "NGUON_CTRA", Some("1"))?;
    both(row, own, line)
}

fn service(
    row: &mut NewRow,
    own: &Line<'_>,
    line: &StatedLine<'_>,
    part: &Part<'_>,
    service: Option<&str>,
    main: Option<&str>,
) -> Result<(), NoClaim> {
    let is_supply = matches!(line.group, 10 | 11);
    let (code, named) = if is_supply { ("MA_VAT_TU", "TEN_VAT_TU") } else { ("MA_DICH_VU", "TEN_DICH_VU") };
    // A stopped service has a code of its own (QĐ 130/QĐ-BYT).
    let is_marked = part.code.ends_with(STOPPED);
    match own.status.as_deref() {
        Some("stopped") if !is_marked => put(row, code, Some(&format!("{}{STOPPED}", part.code)))?,
        _ => put(row, code, Some(&part.code))?,
    }
    put(row, named, name(own, line, part))?;
    if is_supply {
        put(row, "MA_DICH_VU", service)?;
    }
    put(row, "MA_XANG_DAU", own.transport.as_ref().and_then(|transport| transport.fuel.as_deref()))?;
    put(row, "DON_GIA_BV", Some(&part.unit_price))?;
    put(row, "DON_GIA_BH", Some(&part.insured_price))?;
    put(row, "TYLE_TT_DV", Some(&part.service_ratio))?;
    put(row, "T_TRANTT", part.ceiling.as_deref())?;
    put(row, "MA_BENH", main)?;
    put(row, "PP_VO_CAM", own.anaesthesia.map(|way| way.to_string()).as_deref())?;
    put(row, "MA_MAY", own.machine.as_deref())?;
    put(row, "MA_HIEU_SP", own.supply_code.as_deref())?;
    put(row, "TAI_SU_DUNG", own.reuse.map(|again| if again { "1" } else { "0" }))?;
    put(row, "NGUOI_THUC_HIEN", own.practitioner.as_deref())?;
    both(row, own, line)
}

/// What tables 2 and 3 have alike.
fn both(row: &mut NewRow, own: &Line<'_>, line: &StatedLine<'_>) -> Result<(), NoClaim> {
    put(row, "MA_NHOM", Some(&line.group.to_string()))?;
    put(row, "TT_THAU", own.tender.as_deref())?;
    put(row, "PHAM_VI", Some(&own.scope.unwrap_or(1).to_string()))?;
    put(row, "MA_BAC_SI", own.practitioner.as_deref())?;
    put(row, "MA_PTTT", Some(&own.payment_method.unwrap_or(1).to_string()))?;
    put(row, "VET_THUONG_TP", own.wound_relapse.map(|is_relapse| if is_relapse { "1" } else { "0" }))
}

fn name<'a>(own: &'a Line<'_>, line: &'a StatedLine<'_>, part: &'a Part<'_>) -> Option<&'a str> {
    part.name.as_deref().or(line.name.as_deref()).or(own.name.as_deref())
}

/// `NGAY_YL`, `NGAY_TH_YL`, `NGAY_KQ`, and of a bed where it stood: its row is of the days of its part.
fn times(
    row: &mut NewRow,
    own: &Line<'_>,
    line: &StatedLine<'_>,
    part: &Part<'_>,
    left: Minute,
) -> Result<(), NoClaim> {
    if own.segments.is_empty() {
        let performed = own.performed_at.as_deref().or(own.ordered_at.as_deref()).and_then(moment);
        let ordered = own.ordered_at.as_deref().and_then(moment).or_else(|| performed.clone());
        // An operation is performed from its beginning on, and has its end as its result (QĐ 130/QĐ-BYT).
        let begun = own.operation.as_ref().and_then(|operation| operation.started_at.as_deref()).and_then(moment);
        let begun = begun.filter(|begun| performed.as_ref().is_some_and(|performed| begun < performed));
        let ended = begun.is_some().then(|| performed.clone()).flatten();
        let ordered = ordered.map(|ordered| begun.clone().map_or(ordered.clone(), |begun| begun.min(ordered)));
        put(row, "NGAY_YL", ordered.as_deref())?;
        put(row, "NGAY_TH_YL", begun.or(performed).as_deref())?;
        put(row, "MA_KHOA", own.department.as_deref())?;
        let result = own.result_at.as_deref().and_then(moment).or(ended);
        return if result.is_some() { put(row, "NGAY_KQ", result.as_deref()) } else { Ok(()) };
    }
    let Some(stay) = beds::stay(own, line, part, left) else { return Ok(()) };
    put(row, "NGAY_YL", Some(&compact_moment(stay.from)))?;
    put(row, "NGAY_TH_YL", Some(&compact_moment(stay.from)))?;
    put(row, "NGAY_KQ", Some(&compact_moment(stay.to)))?;
    put(row, "MA_KHOA", stay.segment.department.as_deref().or(own.department.as_deref()))?;
    put(row, "MA_GIUONG", stay.segment.bed.as_deref())
}

/// The statement's own numbers.
fn money(row: &mut NewRow, part: &Part<'_>, funds: &mut Funds) -> Result<(), NoClaim> {
    for (field, text) in [
        ("TYLE_TT_BH", &part.insured_ratio),
        ("SO_LUONG", &part.quantity),
        ("THANH_TIEN_BV", &part.amount_hospital),
        ("THANH_TIEN_BH", &part.amount_insured),
        ("T_NGUONKHAC", &part.other_sources),
        ("T_BNTT", &part.patient_own),
        ("T_BNCCT", &part.copayment),
        ("T_BHTT", &part.insurer),
    ] {
        put(row, field, Some(text))?;
    }
    // Nothing is paid without a card.
    put(row, "MUC_HUONG", Some(part.benefit_rate.as_deref().unwrap_or("0")))?;
    for ((_, field), amount) in FUNDS.iter().zip(funds.take(&part.other_sources)?) {
        put(row, field, Some(amount.text().as_str()))?;
    }
    Ok(())
}
