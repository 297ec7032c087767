//! Exemption from co-payment that began within the visit (READINGS 13). A computed moment says which lines are free of it. Where
//! a file says only the day, or where the line that passed the limit was done in the very minute, that line and what was paid in
//! the year before are inferred from where co-payments end.

use serde_json::{Value, json};
use vienphi_domain::Minute;
use vienphi_money::{Amount, Rate};

use super::{NoEncounter, performed, text};
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

/// When the last of a row was co-paid, and how much that was: of a bed its last day, which counts by itself.
fn last_unit(row: Row<'_>, at: Minute, copayment: Amount) -> Result<(Minute, Amount), NoEncounter> {
    let (Some(end), Some(days)) = (row.moment("NGAY_KQ")?, row.quantity("SO_LUONG")?) else {
        return Ok((at, copayment));
    };
    if !super::beds::is_bed(row) {
        return Ok((at, copayment));
    }
    // A day of a bed counts at its first minute, before whatever else is done on it.
    if days.units() <= 1000 {
        return Ok((at.day().first_minute(), copayment));
    }
    // As many days as were billed, a begun one too: whether the day of discharge counts is in their number.
    let counted = (days.units() + 999) / 1000;
    let last_day = i32::try_from(counted - 1).map_or(end.day(), |more| at.day().plus_days(more)).min(end.day());
    let of_day = i128::from(copayment.units()) * 1000 / i128::from(days.units());
    let of_day = i64::try_from(of_day).map_or(copayment, Amount::from_units);
    Ok((last_day.first_minute().max(at.day().first_minute()), of_day))
}

/// What the day or the moment of exemption (`NGAY_MIEN_CCT`) means for a visit.
pub(super) fn exemption(
    summary: Row<'_>,
    drugs: &[Row<'_>],
    services: &[Row<'_>],
) -> Result<Option<Exemption>, NoEncounter> {
    let Some(from) = summary.day("NGAY_MIEN_CCT")? else { return Ok(None) };
    let computed = text(summary, "NGAY_MIEN_CCT").and_then(clock::moment);
    let told = || Some(Exemption::From(computed.map_or_else(|| from.to_string(), |moment| moment.to_string())));
    let (arrived, left) = (summary.day("NGAY_VAO")?, summary.day("NGAY_RA")?);
    let mut copaid: Vec<Copaid> = Vec::new();
    let mut lifted: Vec<Minute> = Vec::new();
    for (table, row) in drugs.iter().map(|row| (2, row)).chain(services.iter().map(|row| (3, row))) {
        let Some(at) = performed(*row).filter(|at| at.day() <= from) else { continue };
        let copayment = row.amount("T_BNCCT")?.unwrap_or(Amount::ZERO);
        if copayment > Amount::ZERO {
            let (at, of_last) = last_unit(*row, at, copayment)?;
            copaid.push(Copaid { at, row: (table, row.index()), copayment, of_last });
        } else if at.day() == from && row.rate("MUC_HUONG")? == Some(Rate::WHOLE) {
            lifted.push(if super::beds::is_bed(*row) { at.day().first_minute() } else { at });
        }
    }
    if computed.is_some_and(|moment| copaid.iter().all(|row| row.at != moment)) {
        return Ok(told());
    }
    let last = copaid.iter().map(|row| row.at).max().filter(|at| at.day() == from);
    let (Some(last), Some(arrived), Some(left)) = (last, arrived, left) else {
        return Ok(told());
    };
    if lifted.is_empty() && left == from {
        // Everything of the day was co-paid: nothing shows that it was passed here.
        return Ok(told());
    }
    let in_visit: i128 = copaid.iter().map(|row| i128::from(row.copayment.units())).sum();
    let Some(threshold) = exemption_threshold(left) else { return Ok(told()) };
    let of_last_minute = || copaid.iter().filter(|row| row.at == last);
    let first = if lifted.contains(&last) { of_last_minute().map(|row| row.row).collect() } else { Vec::new() };
    let crossing = of_last_minute().max_by_key(|row| row.row);
    let of_crossing = crossing.map_or(Amount::ZERO, |row| row.of_last);
    // A quarter of what was co-paid last goes above the limit, the rest stays below: neither roundings nor half days move that.
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
