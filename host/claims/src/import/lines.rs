//! Tables 2 and 3: a line for each row.

use std::collections::HashMap;

use serde_json::{Value, json};
use vienphi_domain::Minute;
use vienphi_money::Price;

use super::beds::{Beds, is_bed};
use super::ids::Ids;
use super::operations::{Sessions, sessions};
use super::sources::sources;
use super::{NoEncounter, Object, done, minute, missing, performed, put, required, text};
use crate::table::Row;

/// Goods have prices of their own, by tender.
const GOODS: [&str; 8] = ["4", "5", "6", "7", "10", "11", "12", "17"];

/// The suffix of a stopped service.
const STOPPED: &str = "_TB";

/// The lines of an encounter.
pub(super) fn lines(
    drugs: &[Row<'_>],
    services: &[Row<'_>],
    beds: &Beds<'_>,
    ids: &Ids,
) -> Result<Vec<Value>, NoEncounter> {
    let sessions = sessions(services);
    let by_code = Services::of(services);
    let mut lines = Vec::with_capacity(drugs.len() + services.len());
    for row in drugs {
        let mut line = line(*row, 2, ids, "MA_THUOC", "TEN_THUOC", "DON_GIA")?;
        put(&mut line, "registration", text(*row, "SO_DANG_KY"));
        put(&mut line, "for_line", by_code.line_for(*row, ids));
        lines.push(Value::Object(line));
    }
    for (place, row) in services.iter().enumerate() {
        let mut line = service(*row, place, ids, &by_code, &sessions)?;
        if is_bed(*row) {
            line.insert("segments".into(), beds.segments(*row)?);
        }
        lines.push(Value::Object(line));
    }
    Ok(lines)
}

fn service(
    row: Row<'_>,
    place: usize,
    ids: &Ids,
    services: &Services<'_>,
    sessions: &Sessions,
) -> Result<Object, NoEncounter> {
    let is_supply = matches!(text(row, "MA_NHOM"), Some("10" | "11"));
    let (code, name) = if is_supply { ("MA_VAT_TU", "TEN_VAT_TU") } else { ("MA_DICH_VU", "TEN_DICH_VU") };
    let mut line = line(row, 3, ids, code, name, "DON_GIA_BV")?;
    if is_supply {
        put(&mut line, "for_line", services.line_for(row, ids));
    }
    if let Some(fuel) = text(row, "MA_XANG_DAU") {
        line.insert("transport".into(), json!({ "fuel": fuel }));
    }
    if let Some(session) = sessions.of(place) {
        line.insert("operation".into(), session);
    }
    put(&mut line, "anaesthesia", row.whole("PP_VO_CAM")?);
    put(&mut line, "machine", text(row, "MA_MAY"));
    put(&mut line, "supply_code", text(row, "MA_HIEU_SP"));
    put(&mut line, "reuse", text(row, "TAI_SU_DUNG").map(|again| again == "1"));
    Ok(line)
}

/// What rows of both tables have alike.
fn line(
    row: Row<'_>,
    table: u8,
    ids: &Ids,
    code_field: &'static str,
    name: &str,
    price: &'static str,
) -> Result<Object, NoEncounter> {
    let mut line = Object::new();
    let code = required(row, table, code_field)?;
    let group = required(row, table, "MA_NHOM")?;
    let is_consultation = text(row, name).is_some_and(|name| name.to_lowercase().contains("hội chẩn"));
    line.insert("id".into(), ids.id(table, row.index()).into());
    line.insert("kind".into(), kind(row, table, group, is_consultation)?.into());
    line.insert("group".into(), row.whole("MA_NHOM")?.into());
    line.insert("code".into(), code.into());
    put(&mut line, "name", text(row, name));
    put(&mut line, "department", text(row, "MA_KHOA").filter(|_| !is_bed(row)));
    put(&mut line, "practitioner", text(row, "MA_BAC_SI"));
    put(&mut line, "tender", text(row, "TT_THAU"));
    put(&mut line, "scope", row.whole("PHAM_VI")?);
    put(&mut line, "payment_method", row.whole("MA_PTTT")?);
    put(&mut line, "wound_relapse", text(row, "VET_THUONG_TP").map(|is_relapse| is_relapse == "1"));
    put(&mut line, "unit_price", unit_price(row, group, price)?.map(|price| price.text().as_str().to_owned()));
    if GOODS.contains(&group) {
        put(&mut line, "insured_ratio", row.rate("TYLE_TT_BH")?.map(|ratio| ratio.text().as_str().to_owned()));
    }
    let sources = sources(row, table)?;
    if !sources.is_empty() {
        line.insert("other_sources".into(), Value::Array(sources));
    }
    if is_bed(row) {
        return Ok(line);
    }
    let quantity = row.quantity("SO_LUONG")?.ok_or_else(|| missing(row, table, "SO_LUONG"))?;
    line.insert("quantity".into(), quantity.text().as_str().into());
    let done = done(row)?;
    // An order behind its performance is an error of the file; pricing takes the performance.
    let ordered = row.moment("NGAY_YL")?.filter(|ordered| done.is_none_or(|done| *ordered <= done));
    put(&mut line, "ordered_at", ordered.map(|ordered| ordered.to_string()));
    put(&mut line, "performed_at", done.map(|done| done.to_string()));
    if performed(row).is_none() {
        return Err(missing(row, table, "NGAY_TH_YL"));
    }
    if table == 3 {
        put(&mut line, "result_at", minute(row, "NGAY_KQ")?);
    }
    Ok(line)
}

/// What the facility charges, where that is its own: of goods always, of services when it is above what the insurer counts.
/// Equal prices are those of the catalogue, which pricing looks up anew.
fn unit_price(row: Row<'_>, group: &str, field: &'static str) -> Result<Option<Price>, NoEncounter> {
    let price = row.price(field)?;
    if GOODS.contains(&group) {
        return Ok(price);
    }
    let insured = row.price("DON_GIA_BH")?;
    Ok(price.filter(|price| insured.is_some_and(|insured| insured < *price)))
}

fn kind(row: Row<'_>, table: u8, group: &str, is_consultation: bool) -> Result<&'static str, NoEncounter> {
    Ok(match group {
        "1" => "lab",
        "2" => "imaging",
        "3" => "function-test",
        "4" | "5" | "6" => "drug",
        "7" | "17" => "blood",
        "8" => "surgery",
        "10" | "11" => "supply",
        "12" => "transport",
        "13" if is_consultation => "consultation",
        "13" => "exam",
        "14" => "day-bed",
        "15" | "16" => "bed",
        "18" => "procedure",
        "9" | "19" => "other",
        other => {
            let (row, found) = (row.index() + 1, other.to_owned());
            return Err(NoEncounter::Unknown { table, row, field: "MA_NHOM", found, known: "1 to 19" });
        }
    })
}

/// Rows of services by their code, so that a line of goods finds its own without looking at all.
struct Services<'t> {
    by_code: HashMap<&'t str, OfCode>,
}

/// The rows of one code.
struct OfCode {
    /// The first in the order of the file.
    first: usize,
    /// In the order of time: when a row was begun, and the last in the order of the file of those up to it.
    until: Vec<(Option<Minute>, usize)>,
}

impl<'t> Services<'t> {
    fn of(services: &[Row<'t>]) -> Services<'t> {
        let mut by_code: HashMap<&str, OfCode> = HashMap::new();
        for row in services.iter().filter(|row| text(**row, "MA_VAT_TU").is_none()) {
            let Some(code) = text(*row, "MA_DICH_VU") else { continue };
            // Goods of a stopped service name the service.
            for code in [Some(code), code.strip_suffix(STOPPED)].into_iter().flatten() {
                let first = row.index();
                let of_code = by_code.entry(code).or_insert_with(|| OfCode { first, until: Vec::new() });
                of_code.until.push((performed(*row), row.index()));
            }
        }
        for of_code in by_code.values_mut() {
            of_code.until.sort_by_key(|(begun, _)| *begun);
            let mut last = 0;
            for (_, row) in &mut of_code.until {
                last = last.max(*row);
                *row = last;
            }
        }
        Services { by_code }
    }

    /// The line of the service that goods were used for: of its rows with that code the last one that was begun before.
    fn line_for(&self, row: Row<'_>, ids: &Ids) -> Option<String> {
        let of_code = self.by_code.get(text(row, "MA_DICH_VU")?)?;
        let at = performed(row);
        let before = of_code.until.partition_point(|(begun, _)| *begun <= at);
        let last = before.checked_sub(1).and_then(|last| of_code.until.get(last));
        let found = last.map_or(of_code.first, |(_, row)| *row);
        Some(ids.id(3, found))
    }
}
