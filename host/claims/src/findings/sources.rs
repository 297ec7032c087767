//! Other sources of a line: their sum, and the three ways in which they come off (QĐ 130/QĐ-BYT; READINGS 30).

use vienphi_money::{Amount, Rate};

use super::identities::{Answers, payers};
use super::lines::{Line, minus, plus};
use super::sink::Sink;

/// A division of an amount: own, co-payment, insurer.
type Division = (Amount, Amount, Amount);

/// What others pay for a line: `T_NGUONKHAC`, and the sum of its four parts where that is another.
pub(super) struct Sources {
    declared: Amount,
    parts: Amount,
}

/// `T_NGUONKHAC` against its four parts and BV.
pub(super) fn check_sum(line: &Line<'_>, hospital: Amount, sink: &mut Sink<'_>) -> Sources {
    let declared = line.declared.sources;
    let of_parts = line.places.each_source.map(|place| Amount::parse(line.text(place)).unwrap_or_default());
    let parts = of_parts.into_iter().fold(Amount::ZERO, plus);
    if parts != declared {
        let found = line.found("VP-SOURCES-SUM", "T_NGUONKHAC").declared(declared).expected(parts);
        sink.add(found.at_risk(minus(declared, parts)));
    } else if declared < Amount::ZERO || declared > hospital {
        let code = if line.table == 2 { "GDH-51" } else { "GDH-56" };
        let found = line.found(code, "T_NGUONKHAC").declared(declared).expected(hospital);
        sink.add(found.at_risk(line.insurer()));
    }
    Sources { declared, parts }
}

impl Sources {
    /// Does anybody else pay?
    pub(super) fn is_any(&self) -> bool {
        self.declared != Amount::ZERO || self.parts != Amount::ZERO
    }

    /// What others pay; twice when it is said so in two ways.
    pub(super) fn all(&self) -> impl Iterator<Item = Amount> + use<> {
        let both = [self.declared, self.parts];
        both.into_iter().take(if self.declared == self.parts { 1 } else { 2 })
    }

    /// The division of a line that somebody else pays for too.
    pub(super) fn check_split(
        &self,
        line: &mut Line<'_>,
        hospital: &Answers,
        insured: &Answers,
        rates: [Option<Rate>; 2],
        sink: &mut Sink<'_>,
    ) {
        let declared: Division =
            (line.declared.own.unwrap_or_default(), line.declared.copayment.unwrap_or_default(), line.insurer());
        // Without a card there is no rate, and nothing is insured.
        let rates = if rates == [None, None] { [Some(Rate::ZERO), None] } else { rates };
        let mut is_within = false;
        let mut nearest: Option<(usize, Division, Amount)> = None;
        for hospital in hospital.all() {
            for insured in insured.all() {
                for rate in rates.into_iter().flatten() {
                    let Ok(whole) = insured.share(rate) else { continue };
                    let before = (minus(hospital, insured), minus(insured, whole), whole);
                    // The insurer is relieved last, in every mixture.
                    let is_last = declared.2 == before.2 || (declared.0, declared.1) == (Amount::ZERO, Amount::ZERO);
                    is_within |= declared.0 <= before.0 && declared.1 <= before.1 && declared.2 <= before.2 && is_last;
                    for sources in self.all() {
                        for way in ways(before, sources).into_iter().flatten() {
                            let alike = alike(way, declared);
                            if nearest.is_none_or(|(most, _, _)| alike > most) {
                                nearest = Some((alike, way, sources));
                            }
                        }
                    }
                }
            }
        }
        let Some((alike, (own, copayment, insurer), sources)) = nearest else {
            // The sources are more than there is to pay, which has been found: what they leave is what the payers leave.
            let paid = plus(plus(declared.0, declared.1), declared.2);
            line.expected.sources = minus(hospital.first(), paid);
            return;
        };
        let sum = payers(line).unwrap_or_default();
        let is_whole = hospital.has(sum);
        if alike < 3 && is_whole && is_within {
            sink.add(line.found("VP-SOURCES-MIXED", "T_NGUONKHAC").declared(line.declared.sources));
            return;
        }
        line.expected.sources = sources;
        (line.expected.own, line.expected.copayment, line.expected.insurer) = (own, copayment, insurer);
        if alike == 3 {
            return;
        }
        if is_whole {
            let found = line.found("VP-SOURCES-SPLIT", "T_NGUONKHAC").declared(line.declared.sources);
            sink.add(found.at_risk(declared.2));
        } else {
            let code = if line.table == 2 { "GDH-41" } else { "GDH-45" };
            let found = line.found(code, "THANH_TIEN_BV").declared(hospital.first()).expected(sum);
            sink.add(found.at_risk(declared.2));
        }
    }
}

/// How many of the three are the same.
fn alike(one: Division, other: Division) -> usize {
    usize::from(one.0 == other.0) + usize::from(one.1 == other.1) + usize::from(one.2 == other.2)
}

/// Support to the person (own, then co-payment, then insurer), to the facility (off the whole before anything is insured),
/// and the co-payment of antiretroviral treatment.
fn ways((own, copayment, insurer): Division, sources: Amount) -> [Option<Division>; 3] {
    if sources < Amount::ZERO {
        return [None; 3];
    }
    let mut left = sources;
    let [a, b, c] = [own, copayment, insurer].map(|payer| {
        let taken = left.min(payer).max(Amount::ZERO);
        left = minus(left, taken);
        minus(payer, taken)
    });
    let individual = (left == Amount::ZERO).then_some((a, b, c));
    let facility = (sources <= own).then(|| (minus(own, sources), copayment, insurer));
    let antiretroviral = (sources <= copayment).then(|| (own, minus(copayment, sources), insurer));
    [individual, facility, antiretroviral]
}
