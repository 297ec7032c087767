//! Who else pays, and how it comes off: no field says whether support is for the facility, the person or the co-payment of
//! antiretroviral treatment; the amounts do (QĐ 130/QĐ-BYT; READINGS 30).

use serde_json::{Value, json};
use vienphi_money::{Amount, Price, Rate};

use super::NoEncounter;
use crate::table::Row;

/// The funds of an encounter and their fields.
const FUNDS: [(&str, &str); 4] = [
    ("state", "T_NGUONKHAC_NSNN"),
    ("foreign", "T_NGUONKHAC_VTNN"),
    ("domestic", "T_NGUONKHAC_VTTN"),
    ("other", "T_NGUONKHAC_CL"),
];

/// The other sources of a row, in the JSON of encounters.
pub(super) fn sources(row: Row<'_>, table: u8) -> Result<Vec<Value>, NoEncounter> {
    let of = |field: &str| -> Result<Amount, NoEncounter> { Ok(row.amount(field)?.unwrap_or(Amount::ZERO)) };
    let mut by_fund = Vec::new();
    for (fund, field) in FUNDS {
        let amount = of(field)?;
        if amount > Amount::ZERO {
            by_fund.push((fund, amount));
        }
    }
    let all = of("T_NGUONKHAC")?;
    if by_fund.is_empty() && all > Amount::ZERO {
        by_fund.push(("other", all));
    }
    if by_fund.is_empty() {
        return Ok(Vec::new());
    }
    let kind = kind(row, table, all)?;
    Ok(by_fund
        .into_iter()
        .map(|(fund, amount)| {
            json!({
                "kind": kind, "fund": fund, "amount": amount.text().as_str(),
            })
        })
        .collect())
}

/// Support to the facility lowers what is insured, or leaves co-payment and insurer as they are though they could bear more;
/// support to the person goes through own, co-payment and insurer; that of antiretroviral treatment takes co-payment alone.
fn kind(row: Row<'_>, table: u8, all: Amount) -> Result<&'static str, NoEncounter> {
    let of = |field: &str| -> Result<Amount, NoEncounter> { Ok(row.amount(field)?.unwrap_or(Amount::ZERO)) };
    let (hospital, insured) = (of("THANH_TIEN_BV")?, of("THANH_TIEN_BH")?);
    let declared = (of("T_BNTT")?, of("T_BNCCT")?, of("T_BHTT")?);
    if product(row, table)?.is_some_and(|product| insured < product) {
        return Ok("facility");
    }
    let rate = row.rate("MUC_HUONG")?.unwrap_or(Rate::ZERO);
    let whole = insured.share(rate).unwrap_or(Amount::ZERO);
    let own = minus(hospital, insured);
    let copayment = minus(insured, whole);
    let mut left = all;
    let mut take = |payer: Amount| {
        let taken = left.min(payer).max(Amount::ZERO);
        left = minus(left, taken);
        minus(payer, taken)
    };
    let individual = (take(own), take(copayment), take(whole));
    Ok(match declared {
        declared if declared == individual => "individual",
        declared if declared == (own, minus(copayment, all), whole) => "arv",
        declared if declared == (minus(own, all), copayment, whole) => "facility",
        _ => "individual",
    })
}

/// What would be insured if nobody else paid, at most the ceiling.
fn product(row: Row<'_>, table: u8) -> Result<Option<Amount>, NoEncounter> {
    let price: Option<Price> = row.price(if table == 2 { "DON_GIA" } else { "DON_GIA_BH" })?;
    let (Some(quantity), Some(price)) = (row.quantity("SO_LUONG")?, price) else { return Ok(None) };
    let service = if table == 2 { Rate::WHOLE } else { row.rate("TYLE_TT_DV")?.unwrap_or(Rate::WHOLE) };
    let insured = row.rate("TYLE_TT_BH")?.unwrap_or(Rate::WHOLE);
    let is_outside = row.text("PHAM_VI") == Some("2");
    let Ok(product) = Amount::of(quantity, price, &[service, insured]) else { return Ok(None) };
    let ceiling = if table == 3 { row.amount("T_TRANTT")? } else { None };
    let most = ceiling.unwrap_or(product);
    Ok(Some(if is_outside || row.rate("MUC_HUONG")?.is_none_or(|rate| rate == Rate::ZERO) {
        Amount::ZERO
    } else {
        product.min(most)
    }))
}

/// Amounts of a file are far from the largest there are; one that is not counts as nothing.
fn minus(one: Amount, other: Amount) -> Amount {
    one.minus(other).unwrap_or(Amount::ZERO)
}
