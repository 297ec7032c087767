//! Exemption from co-payment that began within the visit. The file says the day; which line passed the limit, and what was paid in
//! the year before, is inferred from where co-payments end (READINGS 13).

use serde_json::{Value, json};
use vienphi_domain::{Day, Minute};
use vienphi_money::{Amount, Rate};

use super::{NoEncounter, performed};
use crate::findings::exemption_threshold;
use crate::table::Row;

/// How a card shows the exemption.
pub(super) enum Exemption {
    /// Of the whole visit, or of whole days of it.
    From(Day),
    /// Passed by a line of the day: co-payments of the year before this visit, so much that just that line passes the limit.
    /// Empty when the visit passes it alone.
    Crossed(Vec<Value>),
}

/// When the last of a row was co-paid, and how much that was: of a bed its last day, which counts by itself.
fn last_unit(row: Row<'_>, at: Minute, copayment: Amount, left: Option<Day>) -> Result<(Minute, Amount), NoEncounter> {
    let (Some(end), Some(days)) = (row.moment("NGAY_KQ")?, row.quantity("SO_LUONG")?) else {
        return Ok((at, copayment));
    };
    if !super::lines::is_bed(row) {
        return Ok((at, copayment));
    }
    // A day of a bed counts at its first minute, before whatever else is done on it.
    if days.units() <= 1000 {
        return Ok((at.day().first_minute(), copayment));
    }
    // The day of discharge counts no more; a day on which the patient went to another department counts half.
    let last_day = if Some(end.day()) == left { end.day().plus_days(-1) } else { end.day() };
    let of_day = i128::from(copayment.units()) * 1000 / i128::from(days.units());
    let of_day = i64::try_from(of_day).map_or(copayment, Amount::from_units);
    Ok((last_day.first_minute().max(at.day().first_minute()), of_day))
}

/// What the day of exemption (`NGAY_MIEN_CCT`) means for a visit.
pub(super) fn exemption(
    summary: Row<'_>,
    drugs: &[Row<'_>],
    services: &[Row<'_>],
) -> Result<Option<Exemption>, NoEncounter> {
    let Some(from) = summary.day("NGAY_MIEN_CCT")? else { return Ok(None) };
    let (arrived, left) = (summary.day("NGAY_VAO")?, summary.day("NGAY_RA")?);
    let mut copaid: Vec<(Minute, u8, usize, Amount, Amount)> = Vec::new();
    let mut is_lifted_that_day = false;
    for (table, row) in drugs.iter().map(|row| (2, row)).chain(services.iter().map(|row| (3, row))) {
        let Some(at) = performed(*row).filter(|at| at.day() <= from) else { continue };
        let copayment = row.amount("T_BNCCT")?.unwrap_or(Amount::ZERO);
        if copayment > Amount::ZERO {
            let (at, of_last) = last_unit(*row, at, copayment, left)?;
            copaid.push((at, table, row.index(), copayment, of_last));
        } else {
            is_lifted_that_day |= at.day() == from && row.rate("MUC_HUONG")? == Some(Rate::WHOLE);
        }
    }
    copaid.sort_unstable();
    let last = copaid.last().filter(|(at, ..)| at.day() == from);
    let (Some((.., last)), Some(arrived), Some(left)) = (last, arrived, left) else {
        return Ok(Some(Exemption::From(from)));
    };
    if !is_lifted_that_day && left == from {
        // Everything of the day was co-paid: nothing shows that it was passed here.
        return Ok(Some(Exemption::From(from)));
    }
    let in_visit: i128 = copaid.iter().map(|(.., copayment, _)| i128::from(copayment.units())).sum();
    let Some(threshold) = exemption_threshold(left) else { return Ok(Some(Exemption::From(from))) };
    // A quarter of what was co-paid last goes above the limit, the rest stays below: neither roundings nor half days move that.
    let before = i128::from(threshold.units()) - in_visit + i128::from(last.units() / 4);
    let Some(before) = i64::try_from(before).ok().filter(|before| *before > 0) else {
        return Ok(Some(Exemption::Crossed(Vec::new())));
    };
    let eve = arrived.plus_days(-1);
    let discharged_on = if eve.year() == from.year() { eve } else { arrived };
    let amount = Amount::from_units(before);
    Ok(Some(Exemption::Crossed(vec![json!({
        "discharged_on": discharged_on.to_string(), "amount": amount.text().as_str(), "on_route": true,
    })])))
}
