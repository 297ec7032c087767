//! When and where beds were taken, and by how many at once, which their ratio says.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use vienphi_domain::{Day, Minute};
use vienphi_money::Rate;

use super::{NoEncounter, missing, put, text};
use crate::table::Row;

/// Beds: by day, inpatient, kept.
const BEDS: [&str; 3] = ["14", "15", "16"];

/// A visit takes no more beds than so many. In a longer file no row is looked for within another.
const LOOKED_AT: usize = 100;

/// Nor does a visit last longer than so many days.
const MOST_DAYS: i32 = 3_660;

/// A day, and half of one, in the units of a quantity.
const WHOLE_DAY: i64 = 1000;
const HALF_DAY: i64 = 500;

/// Is the row a bed's?
pub(super) fn is_bed(row: Row<'_>) -> bool {
    text(row, "MA_NHOM").is_some_and(|group| BEDS.contains(&group))
}

/// From when to when the bed of a row was taken.
struct Stay<'t> {
    row: usize,
    department: Option<&'t str>,
    from: Minute,
    to: Minute,
    /// The days of it that count.
    counted: i64,
}

/// A time without the time between in which another bed of the department was taken.
struct Span<'t> {
    row: usize,
    department: Option<&'t str>,
    from: Minute,
    to: Minute,
}

impl Span<'_> {
    /// Minutes of a day.
    fn minutes(&self, day: Day) -> i64 {
        let (begins, ends) = (day.first_minute(), day.plus_days(1).first_minute());
        self.to.min(ends).count() - self.from.max(begins).count()
    }
}

/// Days of a bed with how much of each counts, in units of a quantity.
type Days = Vec<(Day, i64)>;

/// The beds of a file. A row is of one level and price: when a patient comes back to it after another (to the ward's bed behind
/// the days of surgery), its days are before and behind those of the other row.
pub(super) struct Beds<'t> {
    stays: Vec<Stay<'t>>,
    spans: Vec<Span<'t>>,
}

impl<'t> Beds<'t> {
    /// `counts_discharge`: the day of discharge is counted too (READINGS 17).
    pub(super) fn of(services: &[Row<'t>], counts_discharge: bool) -> Result<Beds<'t>, NoEncounter> {
        let mut stays = Vec::new();
        for row in services.iter().filter(|row| is_bed(**row)) {
            stays.extend(stay(*row)?);
        }
        stays.sort_by_key(|stay| stay.from);
        let left = stays.iter().map(|stay| stay.to).max();
        let mut spans = Vec::new();
        for stay in &stays {
            let is_last = Some(stay.to) == left;
            let days = stay.to.day().count() - stay.from.day().count() + i32::from(!is_last || counts_discharge);
            let others = if stays.len() > LOOKED_AT { &[] } else { stays.as_slice() };
            spans.extend(cut(stay, others, days));
        }
        spans.sort_by_key(|span| (span.row, span.from));
        Ok(Beds { stays, spans })
    }

    /// The `segments` of a row's line.
    pub(super) fn segments(&self, row: Row<'t>) -> Result<Value, NoEncounter> {
        let first = self.spans.partition_point(|span| span.row < row.index());
        let spans = self.spans[first..].iter().take_while(|span| span.row == row.index());
        let mut segments = Vec::new();
        for span in spans {
            segments.push(segment(row, span.from, Some(span.to))?);
        }
        if segments.is_empty() {
            let from = begins(row)?.ok_or_else(|| missing(row, 3, "NGAY_TH_YL"))?;
            segments.push(segment(row, from, None)?);
        }
        Ok(Value::Array(segments))
    }

    /// The days of each row up to a day. On a day in two beds the longer of a department counts, and each department's half
    /// (READINGS 18); a row has no more days than it says.
    pub(super) fn days(&self, until: Day) -> HashMap<usize, Days> {
        let first = self.stays.iter().map(|stay| stay.from.day().count()).min();
        let last = self.stays.iter().map(|stay| stay.to.day().count()).max();
        if self.stays.len() > LOOKED_AT
            || last.zip(first).is_some_and(|(last, first)| last.saturating_sub(first) > MOST_DAYS)
        {
            return self.stays.iter().map(|stay| (stay.row, vec![(stay.from.day(), stay.counted)])).collect();
        }
        let mut left: HashMap<usize, i64> = self.stays.iter().map(|stay| (stay.row, stay.counted)).collect();
        // Under a day in two beds is one whole day, of the first.
        let is_short = left.values().map(|days| i128::from(*days)).sum::<i128>() <= i128::from(WHOLE_DAY);
        let mut taken: BTreeMap<Day, Vec<&Span<'_>>> = BTreeMap::new();
        for span in &self.spans {
            let first = span.from.day();
            let last = span.to.day().min(until);
            for day in (first.count()..=last.count()).map(Day::from_count) {
                if left.get(&span.row).is_some_and(|days| *days > 0) && span.minutes(day) > 0 {
                    taken.entry(day).or_default().push(span);
                }
            }
        }
        let mut days: HashMap<usize, Days> = self.stays.iter().map(|stay| (stay.row, Days::new())).collect();
        for (day, mut beds) in taken {
            beds.sort_by_key(|bed| (bed.department, Reverse(bed.minutes(day)), bed.row));
            beds.dedup_by_key(|bed| bed.department);
            let each = if beds.len() > 1 && !is_short { HALF_DAY } else { WHOLE_DAY };
            for bed in beds {
                let left = left.entry(bed.row).or_default();
                let counted = each.min(*left);
                *left -= counted;
                if counted > 0 {
                    days.entry(bed.row).or_default().push((day, counted));
                }
            }
        }
        for stay in self.stays.iter().filter(|stay| stay.to.day() <= until) {
            // What the days do not explain, as of three departments in one, is of the last.
            let left = left.get(&stay.row).copied().unwrap_or_default();
            if left <= 0 {
                continue;
            }
            let of_row = days.entry(stay.row).or_default();
            match of_row.last_mut() {
                Some((_, counted)) => *counted += left,
                None => of_row.push((stay.from.day(), left)),
            }
        }
        days
    }
}

/// The time of a stay of so many days, without that in which another of its department was. Days that are counted twice are left
/// as they are, so that it shows.
fn cut<'t>(stay: &Stay<'t>, others: &[Stay<'t>], days: i32) -> Vec<Span<'t>> {
    let within = |other: &&Stay<'_>| {
        other.department == stay.department && other.from > stay.from && other.to < stay.to && other.counted > 0
    };
    let counted: i128 = others.iter().filter(within).map(|other| i128::from(other.counted)).sum();
    let span = |from, to| Span { row: stay.row, department: stay.department, from, to };
    if i128::from(stay.counted) + counted > i128::from(days) * i128::from(WHOLE_DAY) {
        return vec![span(stay.from, stay.to)];
    }
    let mut spans = Vec::new();
    let mut from = stay.from;
    for other in others.iter().filter(within) {
        // A row that begins with a day follows the day before; one that ends with a day is followed by the next.
        let is_first = other.from == other.from.day().first_minute();
        let to = if is_first { Minute::from_count(other.from.count() - 1) } else { other.from };
        if to > from {
            spans.push(span(from, to));
        }
        let is_last = other.to == other.to.day().last_minute();
        let next = if is_last { Minute::from_count(other.to.count() + 1) } else { other.to };
        from = from.max(next);
    }
    spans.push(span(from, stay.to));
    spans
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
    Ok(to.map(|to| Stay { row: row.index(), department: text(row, "MA_KHOA"), from, to, counted }))
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
