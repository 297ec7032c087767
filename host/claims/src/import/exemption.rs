//! Exemption from co-payment that began within the visit (READINGS 13). A computed moment says which lines are free of it; where
//! a file says only the day, the moment is inferred from where co-payments end. No moment says it where the line that passed the
//! limit was done in the very minute of lines that are free: there, what was paid in the year before is made up, so much that
//! just that line passes it where the other prices are ours, too.

use serde_json::{Value, json};
use vienphi_domain::{Day, Minute};
use vienphi_money::{Amount, Rate};

use super::beds::Beds;
use super::{NoEncounter, TRANSPORT, done, performed, text};
use crate::clock;
use crate::findings::exemption_threshold;
use crate::table::Row;

/// How a card shows the exemption.
pub(super) enum Exemption {
    /// Of what is done from then on: a day by paper or a moment, as an encounter writes them.
    From(String),
    /// Passed by a line, in the order of lines.
    Crossed(Crossed),
}

/// A limit that a line passes.
pub(super) struct Crossed {
    /// Co-payments of the year before this visit. Empty when the visit passes the limit alone.
    pub(super) copayments: Vec<Value>,
    /// When five years were reached: by the day of the exemption, whatever the file says.
    pub(super) five_years_on: Day,
    /// Rows (table, index) that come before others of their minute.
    pub(super) first: Vec<(u8, usize)>,
}

/// A row of the year of the exemption, up to its day.
struct Counted {
    /// When the last of it was done.
    at: Minute,
    row: (u8, usize),
    copayment: Amount,
    /// That of the last of it.
    of_last: Amount,
    is_free: bool,
}

/// What the day or the moment of exemption (`NGAY_MIEN_CCT`) means for a visit.
pub(super) fn exemption(
    summary: Row<'_>,
    drugs: &[Row<'_>],
    services: &[Row<'_>],
    beds: &Beds<'_>,
) -> Result<Option<Exemption>, NoEncounter> {
    let Some(on) = summary.day("NGAY_MIEN_CCT")? else { return Ok(None) };
    let computed = text(summary, "NGAY_MIEN_CCT").and_then(clock::moment);
    let told = || Some(Exemption::From(computed.map_or_else(|| on.to_string(), |moment| moment.to_string())));
    let (Some(arrived), Some(left)) = (summary.moment("NGAY_VAO")?, summary.day("NGAY_RA")?) else {
        return Ok(told());
    };
    let mut counted = counted(drugs, services, beds, on)?;
    let is_copaid = |row: &&Counted| row.copayment > Amount::ZERO;
    let last = match computed {
        // What counts before the arrival is told as of the arrival.
        Some(moment) => {
            counted.iter().filter(is_copaid).map(|row| row.at).filter(|at| (*at).max(arrived) == moment).max()
        }
        None => counted.iter().filter(is_copaid).map(|row| row.at).filter(|at| at.day() == on).max(),
    };
    let Some(last) = last else { return Ok(told()) };
    let is_free_on_the_day = counted.iter().any(|row| row.is_free && row.at.day() == on);
    if !is_free_on_the_day && left == on {
        // Everything of the day was co-paid: nothing shows that it was passed here.
        return Ok(told());
    }
    let next = Minute::from_count(last.count() + 1);
    let is_free_in_the_minute = counted.iter().any(|row| row.is_free && row.at == last);
    // A bed's day counts at its first minute, for pricing not before the arrival.
    if !is_free_in_the_minute && last >= arrived && next.day().year() == on.year() {
        return Ok(Some(Exemption::From(next.to_string())));
    }
    counted.retain(|row| row.at <= last);
    let since = before(arrived.day(), on.year());
    let five_years_on = summary.day("NAM_NAM_LIEN_TUC")?.filter(|day| *day <= on).unwrap_or(since);
    let copayments = made_up(&counted, last, left, since);
    Ok(Some(Exemption::Crossed(Crossed { copayments, five_years_on, first: first(&counted, last) })))
}

/// The rows that were done in the year of a day, up to that day.
fn counted(drugs: &[Row<'_>], services: &[Row<'_>], beds: &Beds<'_>, until: Day) -> Result<Vec<Counted>, NoEncounter> {
    let days = beds.days(until);
    let mut counted = Vec::new();
    for (table, row) in drugs.iter().map(|row| (2, row)).chain(services.iter().map(|row| (3, row))) {
        let copayment = row.amount("T_BNCCT")?.unwrap_or(Amount::ZERO);
        let is_paid = row.amount("THANH_TIEN_BH")?.is_some_and(|paid| paid > Amount::ZERO);
        // Transport is paid whole for everybody (READINGS 29).
        let is_transport = row.text("MA_NHOM") == Some(TRANSPORT);
        let is_free =
            copayment == Amount::ZERO && is_paid && !is_transport && row.rate("MUC_HUONG")? == Some(Rate::WHOLE);
        let whole = |at| Counted { at, row: (table, row.index()), copayment, of_last: copayment, is_free };
        if let Some(days) = days.get(&row.index()).filter(|_| table == 3) {
            counted.extend(of_bed(*row, days, whole(until.first_minute()), until)?);
        } else if let Some(at) = done(*row)?.or(performed(*row)) {
            let is_of_year = at.day() <= until && at.day().year() == until.year();
            counted.extend(is_of_year.then(|| whole(at)));
        }
    }
    Ok(counted)
}

/// A bed's days of the year of a day up to that day. Each counts by itself, at its first minute.
fn of_bed(row: Row<'_>, days: &[(Day, i64)], whole: Counted, until: Day) -> Result<Option<Counted>, NoEncounter> {
    let all = row.quantity("SO_LUONG")?.map_or(0, |days| days.units()).max(1);
    let of_year = || days.iter().filter(|(day, _)| *day <= until && day.year() == until.year());
    let (Some((first, _)), Some((last, of_last))) = (of_year().next(), of_year().next_back()) else { return Ok(None) };
    let share = |counted: i64| {
        // Days count no more than the row has: a share is no more than the whole.
        let share = i128::from(whole.copayment.units()) * i128::from(counted) / i128::from(all);
        i64::try_from(share).map_or(whole.copayment, Amount::from_units)
    };
    // A bed that is free of it is so from its first day on.
    let at = if whole.is_free { first } else { last }.first_minute();
    let copayment = share(of_year().map(|(_, counted)| counted).sum());
    Ok(Some(Counted { at, copayment, of_last: share(*of_last), ..whole }))
}

/// The last day before an arrival, or the first of the year or the stay that co-payments of the year can be of.
fn before(arrived: Day, year: i32) -> Day {
    let eve = arrived.plus_days(-1);
    let new_year = Day::of(year, 1, 1).unwrap_or(arrived);
    if eve.year() == year { eve } else { arrived.max(new_year) }
}

/// Co-payments of the year before the visit with which the last row of a minute passes the limit, and none before it.
fn made_up(counted: &[Counted], last: Minute, left: Day, on: Day) -> Vec<Value> {
    let in_visit: i128 = counted.iter().map(|row| i128::from(row.copayment.units())).sum();
    let copaid = counted.iter().filter(|row| row.at == last && row.copayment > Amount::ZERO);
    let of_crossing = copaid.max_by_key(|row| row.row).map_or(Amount::ZERO, |row| row.of_last);
    let limits = exemption_threshold(left).zip(exemption_threshold(on));
    let Some((limit, of_then)) = limits.filter(|(limit, _)| *limit > Amount::ZERO) else { return Vec::new() };
    // A quarter of what was co-paid last goes above the limit, the rest stays below: roundings do not move that.
    let before = i128::from(limit.units()) - in_visit + i128::from(of_crossing.units() / 4);
    // What was paid under another reference amount counts as its share of the limit of then.
    let before = before * i128::from(of_then.units()) / i128::from(limit.units());
    let Some(before) = i64::try_from(before).ok().filter(|before| *before > 0) else { return Vec::new() };
    let amount = Amount::from_units(before);
    vec![json!({ "discharged_on": on.to_string(), "amount": amount.text().as_str(), "on_route": true })]
}

/// The rows of a minute up to the one that passed the limit, where one that was free by then stands before it.
fn first(counted: &[Counted], last: Minute) -> Vec<(u8, usize)> {
    let of_minute = || counted.iter().filter(|row| row.at == last);
    let crossing = of_minute().filter(|row| row.copayment > Amount::ZERO).map(|row| row.row).max();
    if of_minute().any(|row| row.is_free && Some(row.row) < crossing) {
        of_minute().filter(|row| !row.is_free && Some(row.row) <= crossing).map(|row| row.row).collect()
    } else {
        Vec::new()
    }
}
