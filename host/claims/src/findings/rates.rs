//! MUC_HUONG of a line: card and day × route rate of the subject, the 15 % rule and the exemption (READINGS 3, 5–9, 13).

use vienphi_domain::{Card, Day};
use vienphi_money::{Amount, Rate};

use super::lines::{Line, minus, plus};
use super::rules::{RULES, Subject, has};
use super::sink::{Found, Sink};
use super::visit::Visit;

/// What a visit's lines are entitled to.
pub(super) struct Rates<'v, 'c> {
    visit: &'v Visit<'c>,
    /// The sum of BH over the visit.
    base: Amount,
    /// Below this it is paid whole, by the day of discharge.
    threshold: Option<Amount>,
    /// It is below, and its subject waives.
    is_small: bool,
    /// Every card has 100 % here.
    is_primary: bool,
}

/// What is said of a line's rate to those who check its money.
#[derive(Clone, Copy, Default)]
pub(super) struct Entitled {
    /// The rate it should have, when it has another one or none.
    pub(super) rate: Option<Rate>,
    /// A card is valid on its day.
    pub(super) is_covered: bool,
}

/// What a day entitles to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OnDay {
    /// It cannot be said: a number without object, a subject without rate, days that cannot be read.
    Unknown,
    NoCard,
    Rate(Rate),
}

/// The group of transport by fuel; its rate is a reading of its own (READINGS 29).
const TRANSPORT: u8 = 12;

impl<'v, 'c> Rates<'v, 'c> {
    pub(super) fn of(visit: &'v Visit<'c>, lines: &[Line<'_>]) -> Rates<'v, 'c> {
        let insured = lines.iter().map(|line| line.declared.insured.unwrap_or_default());
        let base = insured.fold(Amount::ZERO, plus);
        let threshold = RULES.small_visit_on(visit.end);
        let is_waiving = visit.subject.is_some_and(|subject| waives(subject, visit));
        let is_small = is_waiving && base > Amount::ZERO && threshold.is_some_and(|threshold| base < threshold);
        let is_known_primary = || {
            let facilities = visit.given.facilities?;
            facilities.is_primary(visit.facility, visit.end)
        };
        let is_primary = visit.subject_code == "1.2"
            || has(&RULES.shares.visit_types.primary, visit.kind)
            || is_known_primary() == Some(true);
        Rates { visit, base, threshold, is_small, is_primary }
    }

    /// Compares the rate of a line. Where nothing is insured nothing hangs on it.
    pub(super) fn check(&self, line: &Line<'_>, sink: &mut Sink<'_>) -> Entitled {
        // Not before and not after: each day of it has its own rate.
        let (Some(first), Some(last)) = (line.day(), line.last_day()) else { return Entitled::default() };
        let (one, other) = (self.on_day(first), self.on_day(last));
        let is_covered = matches!(one, OnDay::Rate(rate) if rate > Rate::ZERO);
        let insured = line.declared.insured.unwrap_or_default();
        if insured == Amount::ZERO || line.group == Some(TRANSPORT) {
            self.check_transport(line, one, insured, sink);
            return Entitled { rate: None, is_covered };
        }
        let (low, high) = match (one, other) {
            (OnDay::Unknown, _) | (_, OnDay::Unknown) => return Entitled { rate: None, is_covered },
            (OnDay::NoCard, OnDay::NoCard) => {
                let days = self.visit.cards.iter().filter_map(|card| card.days);
                let days: Vec<String> = days.map(|(from, to)| format!("{from} – {to}")).collect();
                let found = line.found("VP-CARD-DAY", "THANH_TIEN_BH").declared(first).expected(days.join("; "));
                sink.add(found.at_risk(line.insurer()));
                return Entitled::default();
            }
            (OnDay::NoCard, OnDay::Rate(rate)) | (OnDay::Rate(rate), OnDay::NoCard) => (rate, rate),
            (OnDay::Rate(one), OnDay::Rate(other)) => (one.min(other), one.max(other)),
        };
        // On the day itself the line that crosses keeps its rate, and which one that is the file does not say.
        let is_later = self.is_exempt(first) && self.visit.exempt_from.is_some_and(|from| from < first);
        let low = if is_later { Rate::WHOLE } else { low };
        let high = if self.is_exempt(first) || self.is_exempt(last) { Rate::WHOLE } else { high };
        let entitled = Entitled { rate: Some(high), is_covered };
        let Some(declared) = line.rate else {
            if line.text_of_rate().is_empty() {
                sink.add(line.found("VP-RATE-EMPTY", "MUC_HUONG").expected(high).at_risk(line.insurer()));
            }
            return entitled;
        };
        if declared == low || declared == high {
            return Entitled { rate: None, is_covered };
        }
        if declared > high {
            self.report_high(line, declared, high, insured, first, sink);
        } else if declared < low {
            self.report_low(line, declared, low, insured, sink);
        } else {
            return Entitled { rate: None, is_covered };
        }
        entitled
    }

    /// Another L would answer otherwise (READINGS 3).
    pub(super) fn check_arrival(&self, sink: &mut Sink<'_>) {
        let arrived = self.visit.arrived.and_then(|minute| RULES.small_visit_on(minute.day()));
        let (Some(arrived), Some(left)) = (arrived, self.threshold) else { return };
        let waives = self.visit.subject.is_some_and(|subject| waives(subject, self.visit));
        if waives && self.base > Amount::ZERO && (self.base < arrived) != (self.base < left) {
            sink.add(Found::of_visit("VP-L-BY-ARRIVAL", "T_TONGCHI_BH").declared(arrived).expected(left));
        }
    }

    /// What the cards and the route give on a day.
    fn on_day(&self, day: Day) -> OnDay {
        let visit = self.visit;
        if visit.cards_text.is_empty() {
            // That the insurer is asked without a card is one finding of the visit.
            return OnDay::Unknown;
        }
        let is_pick_up = has(&RULES.shares.visit_types.pick_up, visit.kind);
        let route = visit.subject.filter(|_| !is_pick_up).and_then(|subject| {
            let rate = subject.rate_on(day, visit.is_inpatient())?;
            Some((rate, subject.on_route && rate == Rate::WHOLE))
        });
        let Some((route, _)) = route else { return OnDay::Unknown };
        let level = match self.level(day) {
            OnDay::Rate(level) => level,
            other => return other,
        };
        if self.is_primary || self.is_small {
            return OnDay::Rate(Rate::WHOLE);
        }
        OnDay::Rate(level.of(route))
    }

    /// The best level of the cards valid on a day; of the one that expired last during treatment, where none is.
    fn level(&self, day: Day) -> OnDay {
        let visit = self.visit;
        let mut best = OnDay::NoCard;
        let mut expired: Option<(Day, Rate)> = None;
        for card in &visit.cards {
            let (Some((from, to)), Some(number)) = (card.days, Card::parse(card.number)) else { return OnDay::Unknown };
            if to < from {
                return OnDay::Unknown;
            }
            let (Some(object), Some(digit)) = (number.object(), number.digit()) else {
                if from <= day && day <= to {
                    return OnDay::Unknown;
                }
                continue;
            };
            let age = visit.birth.map(|birth| day.age_of(birth));
            let Some(level) = RULES.level(object, digit, age, day) else { return OnDay::Unknown };
            if from <= day && day <= to {
                best = match best {
                    OnDay::Rate(rate) => OnDay::Rate(rate.max(level.rate)),
                    _ => OnDay::Rate(level.rate),
                };
            } else if from <= day
                && day <= to.plus_days(RULES.expiry_days)
                && visit.arrived.is_some_and(|arrived| to >= arrived.day())
                && expired.is_none_or(|(last, _)| to > last)
            {
                expired = Some((to, level.rate));
            }
        }
        let is_treatment = has(&RULES.shares.visit_types.treatment, visit.kind);
        match (best, expired.filter(|_| is_treatment)) {
            (OnDay::NoCard, Some((_, rate))) => OnDay::Rate(rate),
            (best, _) => best,
        }
    }

    /// Exempt from co-payment, by the day that is declared; to the end of its year, on route alone.
    fn is_exempt(&self, day: Day) -> bool {
        let from = self.visit.exempt_from;
        self.is_on_route(day) && from.is_some_and(|from| from <= day && day <= from.end_of_year())
    }

    fn is_on_route(&self, day: Day) -> bool {
        let inpatient = self.visit.is_inpatient();
        self.visit
            .subject
            .is_some_and(|subject| subject.on_route && subject.rate_on(day, inpatient) == Some(Rate::WHOLE))
    }

    fn report_high(
        &self,
        line: &Line<'_>,
        declared: Rate,
        expected: Rate,
        insured: Amount,
        day: Day,
        sink: &mut Sink<'_>,
    ) {
        let at_risk = difference(insured, declared, expected);
        let five_years = self.visit.five_years_on.is_some_and(|on| on <= day) && self.is_on_route(day);
        let is_unproven = five_years && self.visit.exempt_from.is_none() && declared == Rate::WHOLE;
        let code = if is_unproven { "VP-EXEMPTION-DATE" } else { "VP-RATE-HIGH" };
        let (vi, en) = self.reason();
        let found = line.found(code, "MUC_HUONG").declared(declared).expected(expected);
        sink.add(found.at_risk(at_risk).because(vi, en));
    }

    fn report_low(&self, line: &Line<'_>, declared: Rate, expected: Rate, insured: Amount, sink: &mut Sink<'_>) {
        let at_risk = difference(insured, expected, declared);
        let code = if self.is_small && !self.is_primary { "VP-SMALL-VISIT" } else { "VP-RATE-LOW" };
        let (vi, en) = self.reason();
        let found = line.found(code, "MUC_HUONG").declared(declared).expected(expected);
        sink.add(found.at_risk(at_risk).because(vi, en));
    }

    /// Why the rate is what it should be.
    fn reason(&self) -> (String, String) {
        let visit = self.visit;
        let cards = visit.cards_text;
        let subject = visit.subject_code;
        let mut vi = format!("đối tượng {subject}, loại KCB {}, thẻ {}", visit.kind, objects(cards));
        let mut en = format!("subject {subject}, visit type {}, card {}", visit.kind, objects(cards));
        if self.is_primary {
            vi.push_str(", cấp ban đầu 100%");
            en.push_str(", primary tier 100 %");
        } else if let Some(threshold) = self.threshold {
            let base = self.base;
            if self.is_small {
                vi.push_str(&format!(", tổng {base} dưới 15% mức tham chiếu {threshold}"));
                en.push_str(&format!(", total {base} below 15 % of the reference amount, {threshold}"));
            } else {
                vi.push_str(&format!(", tổng {base}, mức 15% là {threshold}"));
                en.push_str(&format!(", total {base}, 15 % of the reference amount is {threshold}"));
            }
        }
        (vi, en)
    }

    /// Whole where the route rate is, else nothing.
    fn check_transport(&self, line: &Line<'_>, level: OnDay, insured: Amount, sink: &mut Sink<'_>) {
        let (Some(day), OnDay::Rate(_)) = (line.day(), level) else { return };
        if line.group != Some(TRANSPORT) {
            return;
        }
        let expected = if self.is_on_route(day) || self.is_primary { insured } else { Amount::ZERO };
        let Some(declared) = line.declared.insurer.filter(|declared| *declared != expected) else { return };
        if line.declared.sources == Amount::ZERO {
            let found = line.found("VP-TRANSPORT", "T_BHTT").declared(declared).expected(expected);
            sink.add(found.at_risk(minus(declared, expected)));
        }
    }
}

impl Line<'_> {
    fn text_of_rate(&self) -> &str {
        self.row.text("MUC_HUONG").unwrap_or_default()
    }
}

/// Whether the 15 % rule may apply (READINGS 6).
fn waives(subject: &Subject, visit: &Visit<'_>) -> bool {
    subject.on_route && subject.rate_on(visit.end, visit.is_inpatient()) == Some(Rate::WHOLE)
}

/// The object and digit of each card; no number of a person stands in a reason.
fn objects(cards: &str) -> String {
    let shown: Vec<&str> = cards.split(';').map(|card| card.get(..3).unwrap_or_default()).collect();
    shown.join(", ")
}

fn difference(insured: Amount, more: Rate, less: Rate) -> Amount {
    let share = |rate: Rate| insured.share(rate).unwrap_or_default();
    minus(share(more), share(less))
}
