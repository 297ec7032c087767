//! The identities of a line: BV, BH, T_BHTT, T_BNCCT, T_BNTT (QĐ 130, 4750 and 3176/QĐ-BYT), rounded half up to 2 decimals.
//!
//! What follows from a wrong amount is right when it follows from what stands there or from what should: one fault is one
//! finding.

use vienphi_domain::Day;
use vienphi_money::{Amount, Price, Rate};

use super::lines::{Line, apart, minus, plus};
use super::rates::Entitled;
use super::sink::Sink;
use super::sources::{self, Sources};
use super::visit::Visit;

/// Amounts that are right; the first is what is expected.
#[derive(Clone, Copy)]
pub(super) struct Answers {
    list: [Amount; 8],
    count: usize,
}

/// Discharges before it may have a BV without TYLE_TT_DV, as in the text of QĐ 130; QĐ 4750 is mandatory from this day.
fn ratio_in_hospital_amount_from() -> Day {
    Day::of(2024, 7, 1).unwrap_or(Day::BEGINNING)
}

/// What is less than this off is a matter of rounding: one đồng.
const ROUNDING: Amount = Amount::from_units(100);

/// The group of transport by fuel.
const TRANSPORT: u8 = 12;

/// Checks a line and fills in what is expected of it.
pub(super) fn check(visit: &Visit<'_>, line: &mut Line<'_>, entitled: Entitled, sink: &mut Sink<'_>) {
    if is_negative(line, sink) {
        return;
    }
    let Some(hospital) = hospital(visit, line) else {
        report_unreadable(line, sink);
        return;
    };
    let multiplied = if line.table == 2 { "GDH-47" } else { "GDH-52" };
    let hospital = judge(line, "THANH_TIEN_BV", line.declared.hospital, hospital, multiplied, sink);
    if line.insured_price > line.price {
        let (insured, all) = (line.insured_price.unwrap_or_default(), line.price.unwrap_or_default());
        let found = line.found("VP-INSURED-PRICE", "DON_GIA_BH").declared(insured).expected(all);
        sink.add(found.at_risk(line.insurer()));
    }
    let sources = sources::check_sum(line, hospital.first(), sink);
    let insured = insured(visit, line, &hospital, &sources, entitled, sink);
    let rates = [line.rate, entitled.rate];
    (line.expected.hospital, line.expected.insured) = (hospital.first(), insured.first());
    if sources.is_any() {
        sources.check_split(line, &hospital, &insured, rates, sink);
        return;
    }
    let mut insurer = Answers::none();
    for amount in insured.all() {
        for rate in rates.into_iter().flatten() {
            insurer.add(amount.share(rate).ok());
        }
        if rates == [None, None] && amount == Amount::ZERO {
            insurer.add(Some(amount));
        }
    }
    if insurer.count == 0 {
        // Without a rate nothing can be said of it; the two halves must still be the whole.
        insurer.add(line.declared.insurer);
    } else if line.group == Some(TRANSPORT) {
        // Files of the older portal do not reduce transport by the rate (READINGS 29).
        insurer.add(line.declared.insured);
    }
    let shared = if line.table == 2 { "GDH-48" } else { "GDH-53" };
    let insurer = judge(line, "T_BHTT", line.declared.insurer, insurer, shared, sink);
    let mut copayment = Answers::none();
    let mut own = Answers::none();
    for insured in insured.all() {
        insurer.all().for_each(|insurer| copayment.add(Some(minus(insured, insurer))));
        hospital.all().for_each(|hospital| own.add(Some(minus(hospital, insured))));
    }
    let copayment = judge(line, "T_BNCCT", line.declared.copayment, copayment, "VP-COPAYMENT", sink);
    let own = judge(line, "T_BNTT", line.declared.own, own, "VP-OWN", sink);
    line.expected.insurer = insurer.first();
    line.expected.copayment = copayment.first();
    line.expected.own = own.first();
}

/// BV as it may be.
fn hospital(visit: &Visit<'_>, line: &Line<'_>) -> Option<Answers> {
    let (quantity, price, insured_price) = (line.quantity?, line.price?, line.insured_price?);
    let ratio = line.service_ratio;
    let gross = Amount::of(quantity, price, &[]).ok()?;
    let mut answers = Answers::none();
    answers.add(Amount::of(quantity, price, &[ratio]).ok());
    if ratio != Rate::WHOLE {
        if price != insured_price {
            // The other published form (U): what the insurer does not count of its own price comes off (READINGS 24).
            let rest = Rate::from_units(Rate::WHOLE.units().saturating_sub(ratio.units()));
            answers.add(Amount::of(quantity, insured_price, &[rest]).ok().map(|off| minus(gross, off)));
        }
        if visit.end < ratio_in_hospital_amount_from() {
            answers.add(Some(gross));
        }
    }
    (answers.count > 0).then_some(answers)
}

/// BH as it may be, judged.
fn insured(
    visit: &Visit<'_>,
    line: &Line<'_>,
    hospital: &Answers,
    sources: &Sources,
    entitled: Entitled,
    sink: &mut Sink<'_>,
) -> Answers {
    let declared = line.declared.insured;
    let is_outside = match line.scope {
        Some(2) => Some("VP-SCOPE-2"),
        Some(3) if !visit.pays_scope_3() => Some("VP-SCOPE-3"),
        _ => None,
    };
    let mut answers = Answers::none();
    if let Some(code) = is_outside {
        answers.add(Some(Amount::ZERO));
        if let Some(declared) = declared.filter(|declared| *declared != Amount::ZERO) {
            let found = line.found(code, "THANH_TIEN_BH").declared(declared).expected(Amount::ZERO);
            sink.add(found.at_risk(line.insurer()));
            answers.add(Some(declared));
        }
        return answers;
    }
    let (quantity, price) = (line.quantity.unwrap_or_default(), line.insured_price.unwrap_or_default());
    let product = Amount::of(quantity, price, &[line.service_ratio, line.insured_ratio]).ok();
    let below = |amount: Amount| line.ceiling.map_or(amount, |ceiling| amount.min(ceiling));
    answers.add(product.map(below));
    if let Some(ceiling) = line.ceiling
        && is_price_below(price, ceiling)
    {
        // Where the ceiling is one of the price (QĐ 4750/QĐ-BYT), it has been taken into account already.
        answers.add(product);
    }
    for sources in sources.all().filter(|sources| *sources > Amount::ZERO) {
        // Support to the facility comes off before anything is insured (case b; READINGS 30).
        for whole in hospital.all() {
            let left = minus(whole, sources).max(Amount::ZERO);
            let counted = Amount::of(quantity, price, &[line.service_ratio]).unwrap_or(left);
            answers.add(left.min(counted).share(line.insured_ratio).ok().map(below));
            answers.add(product.and_then(|product| left.proportion(product, whole).ok()).map(below));
        }
    }
    let is_uninsured = declared == Some(Amount::ZERO) && line.rate.is_none_or(|rate| rate == Rate::ZERO);
    if is_uninsured && answers.first() != Amount::ZERO {
        if entitled.is_covered {
            sink.add(line.found("VP-NOT-INSURED", "THANH_TIEN_BH").declared(Amount::ZERO).expected(answers.first()));
        }
        return Answers::only(Amount::ZERO);
    }
    if let (Some(declared), Some(ceiling)) = (declared, line.ceiling)
        && Some(declared) == product
        && !answers.has(declared)
    {
        let found = line.found("VP-CEILING", "THANH_TIEN_BH").declared(declared).expected(ceiling);
        sink.add(found.at_risk(excess(line, minus(declared, ceiling))));
        answers.add(Some(declared));
        return answers;
    }
    let least = answers.all().min().unwrap_or_default();
    if let Some(declared) = declared.filter(|declared| !answers.has(*declared))
        && sources.is_any()
        && least <= declared
        && Some(declared) <= product
    {
        // Some of the support is to the facility: how much, the fields do not say.
        sink.add(line.found("VP-SOURCES-MIXED", "THANH_TIEN_BH").declared(line.declared.sources));
        return Answers::only(declared);
    }
    let multiplied = if line.table == 2 { "GDH-47" } else { "GDH-52" };
    judge(line, "THANH_TIEN_BH", declared, answers, multiplied, sink)
}

/// Compares a declared amount with the right ones, and gives those from which others may follow: what is right comes first,
/// then what stands there.
fn judge(
    line: &Line<'_>,
    field: &'static str,
    declared: Option<Amount>,
    answers: Answers,
    code: &'static str,
    sink: &mut Sink<'_>,
) -> Answers {
    let expected = answers.first();
    let Some(declared) = declared else {
        if expected != Amount::ZERO {
            sink.add(line.found("VP-EMPTY", field).expected(expected).at_risk(line.insurer()));
        }
        return Answers::only(expected);
    };
    if answers.has(declared) {
        return Answers::only(declared);
    }
    let apart = apart(declared, expected);
    let code = if apart < ROUNDING { "VP-LINE-ROUNDING" } else { code };
    sink.add(line.found(code, field).declared(declared).expected(expected).at_risk(apart));
    let mut both = Answers::only(expected);
    both.add(Some(declared));
    both
}

/// The insurer's part of an insured amount that should not be.
fn excess(line: &Line<'_>, insured: Amount) -> Amount {
    line.rate.and_then(|rate| insured.share(rate).ok()).unwrap_or(insured)
}

fn is_price_below(price: Price, ceiling: Amount) -> bool {
    // Thousandths against hundredths.
    i128::from(price.units()) <= i128::from(ceiling.units()) * 10
}

fn is_negative(line: &Line<'_>, sink: &mut Sink<'_>) -> bool {
    let signs = [
        ("SO_LUONG", line.quantity.map_or(0, |quantity| quantity.units())),
        ("DON_GIA", line.price.map_or(0, |price| price.units())),
        ("DON_GIA_BH", line.insured_price.map_or(0, |price| price.units())),
        ("THANH_TIEN_BV", line.declared.hospital.map_or(0, |amount| amount.units())),
        ("THANH_TIEN_BH", line.declared.insured.map_or(0, |amount| amount.units())),
    ];
    let Some((field, _)) = signs.iter().find(|(_, units)| *units < 0) else { return false };
    let field = if line.table == 3 && *field == "DON_GIA" { "DON_GIA_BV" } else { *field };
    let value = line.row.text(field).unwrap_or_default();
    sink.add(line.found("VP-NEGATIVE", field).declared(value).at_risk(line.insurer()));
    true
}

/// Quantity or price is empty. What is there and no number, the schema reports.
fn report_unreadable(line: &Line<'_>, sink: &mut Sink<'_>) {
    let price = if line.table == 2 { "DON_GIA" } else { "DON_GIA_BV" };
    for field in ["SO_LUONG", price, "DON_GIA_BH"] {
        if (line.table == 3 || field != "DON_GIA_BH") && line.row.text(field).is_none() {
            sink.add(line.found("VP-EMPTY", field).expected("≥ 0").at_risk(line.insurer()));
        }
    }
}

impl Answers {
    pub(super) fn none() -> Answers {
        Answers { list: [Amount::ZERO; 8], count: 0 }
    }

    fn only(amount: Amount) -> Answers {
        let mut answers = Answers::none();
        answers.add(Some(amount));
        answers
    }

    /// Adds one, unless it is there; what does not fit is left out.
    pub(super) fn add(&mut self, amount: Option<Amount>) {
        let Some(amount) = amount else { return };
        if !self.has(amount)
            && let Some(place) = self.list.get_mut(self.count)
        {
            *place = amount;
            self.count += 1;
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Amount> + use<> {
        self.list.into_iter().take(self.count)
    }

    pub(super) fn has(&self, amount: Amount) -> bool {
        self.all().any(|answer| answer == amount)
    }

    /// What is expected.
    pub(super) fn first(&self) -> Amount {
        self.list[0]
    }
}

/// The sum of what the four payers are declared to pay.
pub(super) fn payers(line: &Line<'_>) -> Option<Amount> {
    let declared = &line.declared;
    Some(plus(plus(declared.own?, declared.copayment?), plus(declared.insurer?, declared.sources)))
}
