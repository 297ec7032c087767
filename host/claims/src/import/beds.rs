//! When and where beds were taken, and by how many at once, which their ratio says.

use serde_json::{Map, Value};
use vienphi_domain::{Day, Minute};
use vienphi_money::Rate;

use super::{NoEncounter, missing, put, text};
use crate::table::Row;

/// Beds: by day, inpatient, kept.
const BEDS: [&str; 3] = ["14", "15", "16"];

/// A visit takes no more beds than so many. In a longer file no row is looked for within another.
const LOOKED_AT: usize = 200;

/// Nor does it last longer than so many days.
const MOST_DAYS: usize = 1_000;

/// A day, and half of one, in the units of a quantity.
const WHOLE_DAY: i64 = 1000;
const HALF_DAY: i64 = 500;

/// Is the row a bed's?
pub(super) fn is_bed(row: Row<'_>) -> bool {
    text(row, "MA_NHOM").is_some_and(|group| BEDS.contains(&group))
}

/// From when to when the bed of a row was taken.
struct Stay<'t> {
    department: Option<&'t str>,
    from: Minute,
    to: Minute,
    /// The days of it that count.
    counted: i64,
}

impl Stay<'_> {
    /// Calendar days of it, the day of discharge too.
    fn calendar_days(&self) -> i128 {
        i128::from(self.to.day().count()) - i128::from(self.from.day().count()) + 1
    }
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
        let spans = self.spans(&stay);
        let segments: Result<Vec<Value>, _> =
            spans.into_iter().map(|(from, to)| segment(row, from, Some(to))).collect();
        Ok(Value::Array(segments?))
    }

    /// From when to when a bed was taken, without the time between in which another of its department was.
    fn spans(&self, stay: &Stay<'_>) -> Vec<(Minute, Minute)> {
        let within =
            |other: &&Stay<'_>| other.department == stay.department && other.from > stay.from && other.to < stay.to;
        let counted: i128 = self.stays.iter().filter(within).map(|other| i128::from(other.counted)).sum();
        if i128::from(stay.counted) + counted > stay.calendar_days() * i128::from(WHOLE_DAY) {
            // Days that are counted twice are left as they are, so that it shows.
            return vec![(stay.from, stay.to)];
        }
        let mut spans = Vec::new();
        let mut from = stay.from;
        for other in self.stays.iter().filter(within) {
            // A row that begins with a day follows the day before; one that ends with a day is followed by the next.
            let is_first = other.from == other.from.day().first_minute();
            let to = if is_first { Minute::from_count(other.from.count() - 1) } else { other.from };
            if to > from {
                spans.push((from, to));
            }
            let is_last = other.to == other.to.day().last_minute();
            let next = if is_last { Minute::from_count(other.to.count() + 1) } else { other.to };
            from = from.max(next);
        }
        spans.push((from, stay.to));
        spans
    }

    /// The days of a row's bed up to a day with how much of each counts, in units of a quantity: half of a day on which a bed of
    /// another department was taken too (READINGS 18), and no more than the row has.
    pub(super) fn days(&self, row: Row<'t>, until: Day) -> Result<Vec<(Day, i64)>, NoEncounter> {
        let Some(stay) = stay(row)? else {
            let first = begins(row)?.map(Minute::day).filter(|day| *day <= until);
            let counted = row.quantity("SO_LUONG")?.map_or(0, |days| days.units());
            return Ok(first.map(|day| (day, counted)).into_iter().collect());
        };
        let of_visit: i128 = self.stays.iter().map(|stay| i128::from(stay.counted)).sum();
        // Under a day in two beds is one whole day, of the first.
        let is_short = of_visit <= i128::from(WHOLE_DAY);
        let mut left = stay.counted;
        let mut days: Vec<(Day, i64)> = Vec::new();
        for (from, to) in self.spans(&stay) {
            for day in from.day().count()..=to.day().min(until).count() {
                if left <= 0 || days.len() >= MOST_DAYS {
                    return Ok(days);
                }
                let day = Day::from_count(day);
                if days.last().is_some_and(|(last, _)| *last >= day) {
                    continue;
                }
                let is_elsewhere = |other: &Stay<'_>| {
                    other.department != stay.department && other.from.day() <= day && other.to.day() >= day
                };
                let most = if !is_short && self.stays.iter().any(is_elsewhere) { HALF_DAY } else { WHOLE_DAY };
                let counted = most.min(left);
                left -= counted;
                days.push((day, counted));
            }
        }
        // What the days do not explain, as of more than two departments in one day, is of the last.
        if let Some((_, counted)) = days.last_mut().filter(|_| stay.to.day() <= until) {
            *counted += left;
        }
        Ok(days)
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
    let counted = row.quantity("SO_LUONG")?.map_or(0, |days| days.units());
    Ok(to.map(|to| Stay { department: text(row, "MA_KHOA"), from, to, counted }))
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
