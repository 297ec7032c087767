//! When and where beds were taken, and by how many at once, which their ratio says.

use serde_json::{Map, Value};
use vienphi_domain::Minute;
use vienphi_money::Rate;

use super::{NoEncounter, missing, put, text};
use crate::table::Row;

/// Beds: by day, inpatient, kept.
const BEDS: [&str; 3] = ["14", "15", "16"];

/// A visit takes no more beds than so many. In a longer file no row is looked for within another.
const LOOKED_AT: usize = 200;

/// Is the row a bed's?
pub(super) fn is_bed(row: Row<'_>) -> bool {
    text(row, "MA_NHOM").is_some_and(|group| BEDS.contains(&group))
}

/// From when to when the bed of a row was taken.
struct Stay<'t> {
    department: Option<&'t str>,
    from: Minute,
    to: Minute,
}

/// The beds of a file. A row is of one level and price: when a patient comes back to it after another (to the ward's bed behind
/// the days of surgery), its days are before and behind those of the other row.
pub(super) struct Beds<'t> {
    stays: Vec<Stay<'t>>,
}

impl<'t> Beds<'t> {
    pub(super) fn of(services: &[Row<'t>]) -> Result<Beds<'t>, NoEncounter> {
        let mut stays = Vec::new();
        for row in services.iter().filter(|row| is_bed(**row)) {
            stays.extend(stay(*row)?);
        }
        if stays.len() > LOOKED_AT {
            stays.clear();
        }
        stays.sort_by_key(|stay| stay.from);
        Ok(Beds { stays })
    }

    /// The `segments` of a row's line.
    pub(super) fn segments(&self, row: Row<'t>) -> Result<Value, NoEncounter> {
        let Some(stay) = stay(row)? else {
            let from = begins(row)?.ok_or_else(|| missing(row, 3, "NGAY_TH_YL"))?;
            return Ok(Value::Array(vec![segment(row, from, None)?]));
        };
        let mut segments = Vec::new();
        let mut from = stay.from;
        // A row that counts every day of its stay leaves none to another.
        let days = i64::from(stay.to.day().count() - stay.from.day().count());
        let is_interrupted = row.quantity("SO_LUONG")?.is_some_and(|counted| counted.units() < days * 1000);
        let within = |other: &&Stay<'_>| {
            other.department == stay.department && other.from > stay.from && other.to < stay.to && is_interrupted
        };
        for other in self.stays.iter().filter(within) {
            // A row that begins with a day follows the day before; one that ends with a day is followed by the next.
            let is_first = other.from == other.from.day().first_minute();
            let to = if is_first { Minute::from_count(other.from.count() - 1) } else { other.from };
            if to > from {
                segments.push(segment(row, from, Some(to))?);
            }
            let is_last = other.to == other.to.day().last_minute();
            let next = if is_last { Minute::from_count(other.to.count() + 1) } else { other.to };
            from = from.max(next);
        }
        segments.push(segment(row, from, Some(stay.to))?);
        Ok(Value::Array(segments))
    }
}

fn begins(row: Row<'_>) -> Result<Option<Minute>, NoEncounter> {
    Ok(row.moment("NGAY_TH_YL")?.or(row.moment("NGAY_YL")?))
}

fn stay<'t>(row: Row<'t>) -> Result<Option<Stay<'t>>, NoEncounter> {
    let Some(from) = begins(row)? else { return Ok(None) };
    let to = row.moment("NGAY_KQ")?.filter(|to| *to >= from);
    // A bed taken in the last minute of a day is held for that minute.
    let to = to.map(|to| to.max(Minute::from_count(from.count() + 1)));
    Ok(to.map(|to| Stay { department: text(row, "MA_KHOA"), from, to }))
}

fn segment(row: Row<'_>, from: Minute, to: Option<Minute>) -> Result<Value, NoEncounter> {
    let mut segment = Map::new();
    segment.insert("from".into(), from.to_string().into());
    put(&mut segment, "to", to.map(|to| to.to_string()));
    put(&mut segment, "department", text(row, "MA_KHOA"));
    put(&mut segment, "bed", text(row, "MA_GIUONG"));
    let sharing = match row.rate("TYLE_TT_DV")?.unwrap_or(Rate::WHOLE).units() {
        // 50 % and 33 %, and of the 30 % of a bed by day the same.
        500 | 150 => 2,
        330 | 99 | 100 => 3,
        _ => 1,
    };
    segment.insert("sharing".into(), sharing.into());
    Ok(Value::Object(segment))
}
