//! Exemption from co-payment that began within the visit (READINGS 13). A computed moment says which lines are free of it. Where
//! a file says only the day, or where the line that passed the limit was done in the very minute, that line and what was paid in
//! the year before are inferred from where co-payments end.

use serde_json::{Value, json};
use vienphi_domain::{Day, Minute};
use vienphi_money::{Amount, Rate};

use super::beds::{Beds, is_bed};
use super::{NoEncounter, done, performed, text};
use crate::clock;
use crate::findings::exemption_threshold;
use crate::table::Row;

/// How a card shows the exemption.
pub(super) enum Exemption {
    /// Of what is done from then on: a day by paper, or the moment that was computed, as an encounter writes them.
    From(String),
    /// Passed by a line of the day.
    Crossed {
        /// Co-payments of the year before this visit, so much that just that line passes the limit. Empty when the visit passes
        /// it alone.
        copayments: Vec<Value>,
        /// Rows (table, index) that were co-paid in the minute in which others were free of it already: they came first.
        first: Vec<(u8, usize)>,
    },
}

/// A row of which something was co-paid.
struct Copaid {
    /// When its last unit was done.
    at: Minute,
    row: (u8, usize),
    copayment: Amount,
    /// That of its last unit.
    of_last: Amount,
}

/// What was co-paid of a bed in the year of a day up to that day. Each day counts by itself, at its first minute.
fn of_bed(row: Row<'_>, copayment: Amount, beds: &Beds<'_>, until: Day) -> Result<Option<Copaid>, NoEncounter> {
    let days = beds.days(row, until)?;
    let of_year = || days.iter().filter(|(day, _)| day.year() == until.year());
    let (Some((last, of_last)), Some(all)) = (of_year().last(), row.quantity("SO_LUONG")?) else { return Ok(None) };
    let share = |counted: i64| {
        // Days count no more than the row has: a share is no more than the whole.
        let share = i128::from(copayment.units()) * i128::from(counted) / i128::from(all.units().max(1));
        i64::try_from(share).map_or(copayment, Amount::from_units)
    };
    let counted = of_year().map(|(_, counted)| counted).sum();
    let at = last.first_minute();
    Ok(Some(Copaid { at, row: (3, row.index()), copayment: share(counted), of_last: share(*of_last) }))
}

/// What the day or the moment of exemption (`NGAY_MIEN_CCT`) means for a visit.
pub(super) fn exemption(
    summary: Row<'_>,
    drugs: &[Row<'_>],
    services: &[Row<'_>],
    beds: &Beds<'_>,
) -> Result<Option<Exemption>, NoEncounter> {
    let Some(from) = summary.day("NGAY_MIEN_CCT")? else { return Ok(None) };
    let computed = text(summary, "NGAY_MIEN_CCT").and_then(clock::moment);
    let told = || Some(Exemption::From(computed.map_or_else(|| from.to_string(), |moment| moment.to_string())));
    let (arrived, left) = (summary.day("NGAY_VAO")?, summary.day("NGAY_RA")?);
    let mut copaid: Vec<Copaid> = Vec::new();
    let mut lifted: Vec<Minute> = Vec::new();
    for (table, row) in drugs.iter().map(|row| (2, row)).chain(services.iter().map(|row| (3, row))) {
        let is_counted = |at: &Minute| at.day() <= from && at.day().year() == from.year();
        let copayment = row.amount("T_BNCCT")?.unwrap_or(Amount::ZERO);
        let at = done(*row)?.or(performed(*row)).map(|at| if is_bed(*row) { at.day().first_minute() } else { at });
        if copayment > Amount::ZERO {
            if is_bed(*row) {
                copaid.extend(of_bed(*row, copayment, beds, from)?);
            } else if let Some(at) = at.filter(is_counted) {
                copaid.push(Copaid { at, row: (table, row.index()), copayment, of_last: copayment });
            }
        } else if row.rate("MUC_HUONG")? == Some(Rate::WHOLE) {
            lifted.extend(at.filter(|at| at.day() == from));
        }
    }
    if computed.is_some_and(|moment| copaid.iter().all(|row| row.at != moment)) {
        return Ok(told());
    }
    let last = copaid.iter().map(|row| row.at).max().filter(|at| at.day() == from);
    let (Some(last), Some(arrived), Some(left)) = (computed.or(last), arrived, left) else {
        return Ok(told());
    };
    if lifted.is_empty() && left == from {
        // Everything of the day was co-paid: nothing shows that it was passed here.
        return Ok(told());
    }
    copaid.retain(|row| row.at <= last);
    let in_visit: i128 = copaid.iter().map(|row| i128::from(row.copayment.units())).sum();
    let Some(threshold) = exemption_threshold(left) else { return Ok(told()) };
    let of_last_minute = || copaid.iter().filter(|row| row.at == last);
    let first = if lifted.contains(&last) { of_last_minute().map(|row| row.row).collect() } else { Vec::new() };
    let crossing = of_last_minute().max_by_key(|row| row.row);
    let of_crossing = crossing.map_or(Amount::ZERO, |row| row.of_last);
    // A quarter of what was co-paid last goes above the limit, the rest stays below: roundings do not move that.
    let before = i128::from(threshold.units()) - in_visit + i128::from(of_crossing.units() / 4);
    let Some(before) = i64::try_from(before).ok().filter(|before| *before > 0) else {
        return Ok(Some(Exemption::Crossed { copayments: Vec::new(), first }));
    };
    let eve = arrived.plus_days(-1);
    let discharged_on = if eve.year() == from.year() { eve } else { arrived };
    let amount = Amount::from_units(before);
    let before = json!({
        "discharged_on": discharged_on.to_string(), "amount": amount.text().as_str(), "on_route": true,
    });
    Ok(Some(Exemption::Crossed { copayments: vec![before], first }))
}
