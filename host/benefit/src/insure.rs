//! From what the tariff decided to who pays, part by part and for the whole visit.

use std::borrow::Cow;

use vienphi_domain::encounter::{Encounter, Kind, Scope};
use vienphi_domain::facility::Facility;
use vienphi_domain::statement::Part;
use vienphi_domain::{Day, Faults, Finding, Minute, Severity, Words};
use vienphi_money::{Amount, Quantity, Rate};

use crate::cover::{Cards, Covered, is_unanswered};
use crate::exemption::{self, OffRoute};
use crate::policies::{Policies, times};
use crate::price::Priced;
use crate::rules;
use crate::split::{LineError, Measure, Piece, SplitError, Unit};
use crate::subject::Route;

mod findings;

/// A part as the tariff decided it, priced, not yet insured.
#[derive(Debug, Clone)]
pub struct Decided<'a> {
    /// The line's place in the encounter.
    pub line: usize,
    /// First day.
    pub from: Day,
    /// Last day; later than the first only for beds.
    pub to: Day,
    /// The price taken.
    pub price: Priced<'a>,
    /// For each day.
    pub quantity_a_day: Quantity,
    /// TYLE_TT_DV.
    pub service_ratio: Rate,
    /// TYLE_TT_BH as the tariff answers it.
    pub insured_ratio: Rate,
    /// How the insurer's share is found.
    pub share: Share,
    /// The most that may count as insured.
    pub ceiling: Ceiling,
    /// The tariff's rules, by name.
    pub rules: Vec<&'a str>,
}

/// How the insurer's share of a part is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// By the card and the route.
    ByCard,
    /// Whole when the route rate is 100 %, else nothing (R29).
    WholeOnRoute,
}

/// The most that may count as insured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceiling {
    /// No limit.
    None,
    /// So much for the part.
    Amount(Amount),
    /// A place among the shared caps.
    Shared(usize),
}

/// A cap that several parts draw down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedCap {
    /// So much together.
    pub amount: Amount,
    /// A card of digit 1 or 5 takes nothing from it (R14, R23).
    pub lifts_for_cards: bool,
}

/// What insuring a visit found.
#[derive(Debug)]
pub struct Insured<'a> {
    /// The parts of each line, in the order of lines.
    pub parts: Vec<Vec<Part<'a>>>,
    /// What is odd.
    pub findings: Vec<Finding<'a>>,
    /// What is not final yet.
    pub provisional: Vec<String>,
}

/// Finds who pays for what was decided. `decided` comes line by line.
#[allow(clippy::too_many_arguments)] // everything that who pays depends on, each named once
pub fn insure<'a>(
    policies: &'a Policies,
    encounter: &'a Encounter,
    facility: &Facility,
    route: &Route<'a>,
    end: Minute,
    decided: &[Decided<'a>],
    caps: &[SharedCap],
    faults: &Faults,
) -> Option<Insured<'a>> {
    let cards = Cards::new(encounter, policies, route, end, faults);
    if !faults.is_empty() {
        return None;
    }
    let visit = Visit { policies, encounter, facility, route, end: end.day(), decided, caps, cards };
    match visit.insure() {
        Ok(insured) => Some(insured),
        Err((line, error)) => {
            let line = &encounter.lines[line];
            match error {
                SplitError::TooLarge => {
                    faults.add(format_args!("lines[{}]", line.place), "has an amount that is too large");
                }
                SplitError::SourcesAboveAmount { most } => {
                    let path = format_args!("lines[{}].other_sources", line.place);
                    faults.add(path, format!("must together be at most the line's amount, {most}"));
                }
            }
            None
        }
    }
}

struct Visit<'v, 'a> {
    policies: &'a Policies,
    encounter: &'a Encounter,
    facility: &'v Facility,
    route: &'v Route<'a>,
    end: Day,
    decided: &'v [Decided<'a>],
    caps: &'v [SharedCap],
    cards: Cards<'a>,
}

impl<'a> Visit<'_, 'a> {
    fn insure(&self) -> Result<Insured<'a>, LineError> {
        let measure = Measure { encounter: self.encounter, decided: self.decided, caps: self.caps };
        let mut findings = Vec::new();
        self.check_subject(&mut findings);
        let mut units = self.units();
        let mut pieces = measure.measure(&units, true)?;
        let is_waived = self.is_waived(&pieces, self.policies.reference(self.end))?;
        self.check_arrival_reference(&pieces, is_waived, &mut findings)?;
        if is_waived {
            for unit in units.iter_mut().filter(|unit| unit.rate.is_some()) {
                if unit.rate != Some(Rate::WHOLE) {
                    unit.rate = Some(Rate::WHOLE);
                    unit.rate_rule = rules::SMALL_VISIT;
                }
            }
            pieces = measure.measure(&units, true)?;
        } else if exemption::is_possible(self.encounter, self.end) {
            let mut owed = measure.measure(&units, false)?;
            measure.divide(&mut owed)?;
            let exempt = |units: &mut [Unit<'a>], off_route| {
                exemption::exempt(self.policies, self.encounter, self.route, self.end, units, &owed, off_route)
            };
            let mut otherwise = units.clone();
            let is_doubtful = exemption::has_off_route(self.encounter, self.route, &units);
            let crossings = exempt(&mut units, OffRoute::Stays);
            if is_doubtful {
                exempt(&mut otherwise, OffRoute::Counts);
                let is_other = |(one, other): (&Unit<'_>, &Unit<'_>)| one.rate != other.rate;
                if units.iter().zip(&otherwise).any(is_other) {
                    findings.push(findings::off_route_stays());
                }
            }
            if let Some((card, copayment)) = exemption::listed_twice(self.encounter) {
                findings.push(findings::listed_twice(card, copayment));
            }
            for crossing in crossings {
                findings.push(self.crossing(&units[crossing.unit], crossing.excess));
            }
            pieces = measure.measure(&units, true)?;
        }
        measure.divide(&mut pieces)?;
        let is_capped = self.cap_direct_payment(&mut pieces, &mut findings)?;
        self.check_pieces(&pieces, &mut findings);
        let parts = self.parts(pieces, is_capped);
        Ok(Insured { parts, findings, provisional: self.provisional() })
    }

    /// One unit for each decided part, or for each of its days.
    fn units(&self) -> Vec<Unit<'a>> {
        let mut units = Vec::with_capacity(self.decided.len());
        for (place, decided) in self.decided.iter().enumerate() {
            let line = &self.encounter.lines[decided.line];
            if !line.kind.is_bed() {
                units.push(self.unit(place, decided.from, line.at));
                continue;
            }
            for count in decided.from.count()..=decided.to.count() {
                // A bed day counts at 00:00 (C2).
                let day = Day::from_count(count);
                units.push(self.unit(place, day, day.first_minute()));
            }
        }
        units
    }

    fn unit(&self, place: usize, day: Day, minute: Minute) -> Unit<'a> {
        let decided = &self.decided[place];
        let line = &self.encounter.lines[decided.line];
        let card = self.cards.on(day, minute, line.kind.is_bed());
        let (rate, rate_rule) = match card {
            None => (None, rules::NO_CARD),
            Some(card) => {
                let (rate, rule) = self.rate_of(decided.share, card, day);
                (Some(rate), rule)
            }
        };
        let (insured_ratio, is_lifted) = insured_ratio(line.scope, line.kind, decided.insured_ratio, card);
        Unit {
            decided: place,
            from: day,
            to: day,
            minute,
            quantity: decided.quantity_a_day,
            card,
            rate,
            rate_rule,
            insured_ratio,
            is_lifted,
        }
    }

    /// The benefit rate of a part under a card, before the whole visit is looked at, and its rule (C16, C21, C22).
    fn rate_of(&self, share: Share, card: Covered<'_>, day: Day) -> (Rate, &'static str) {
        let benefit = self.route.benefit(card.level, day);
        if self.route.is_carried_over() {
            (benefit, rules::ORIGINAL_VISIT)
        } else if self.route.is_primary() {
            (benefit, rules::PRIMARY_TIER)
        } else if share == Share::WholeOnRoute {
            let is_whole = self.route.rate_on(day) == Rate::WHOLE;
            (if is_whole { Rate::WHOLE } else { Rate::ZERO }, rules::WHOLE_ON_ROUTE)
        } else {
            (benefit, rules::CARD_AND_ROUTE)
        }
    }

    /// The 15 % rule (R5, R6, C23).
    fn is_waived(&self, pieces: &[Piece<'_>], reference: Option<Amount>) -> Result<bool, LineError> {
        if !self.route.waives(self.end) {
            return Ok(false);
        }
        let too_large = |_| (0, SplitError::TooLarge);
        let mut base = Amount::ZERO;
        for piece in pieces {
            base = base.plus(piece.split.insured).map_err(too_large)?;
        }
        let Some(reference) = reference else { return Ok(false) };
        let threshold = reference.share(self.policies.small_visit).map_err(too_large)?;
        Ok(base > Amount::ZERO && base < threshold)
    }

    /// Direct payment to a facility without a contract (R15, C25).
    fn cap_direct_payment(&self, pieces: &mut [Piece<'_>], findings: &mut Vec<Finding<'a>>) -> Result<bool, LineError> {
        if self.facility.contracted || self.route.is_emergency() {
            return Ok(false);
        }
        let too_large = |_| (0, SplitError::TooLarge);
        let mut insurer = Amount::ZERO;
        for piece in pieces.iter() {
            insurer = insurer.plus(piece.split.insurer).map_err(too_large)?;
        }
        let multiple = self.policies.direct_cap(self.facility, self.encounter.visit.kind);
        let (Some(multiple), Some(reference)) = (multiple, self.policies.reference(self.end)) else {
            if insurer > Amount::ZERO {
                findings.push(Finding {
                    code: "VP-NO-CAP".into(),
                    severity: Severity::Inform,
                    path: "facility".into(),
                    declared: None,
                    expected: None,
                    text: words(
                        "Chưa có mức thanh toán trực tiếp tối đa cho cơ sở này: không giới hạn",
                        "No direct-payment cap is known for this facility: nothing is cut",
                    ),
                    ground: "NĐ 188/2025/NĐ-CP Điều 57; READINGS 15".into(),
                });
            }
            return Ok(false);
        };
        let cap = times(reference, multiple).map_err(too_large)?;
        let mut excess = if insurer > cap { insurer.minus(cap).map_err(too_large)? } else { Amount::ZERO };
        let is_capped = excess > Amount::ZERO;
        let mut order: Vec<usize> = (0..pieces.len()).collect();
        order.sort_by_key(|place| std::cmp::Reverse((pieces[*place].unit.minute, *place)));
        for place in order {
            let split = &mut pieces[place].split;
            let moved = excess.min(split.insurer);
            split.insurer = split.insurer.minus(moved).map_err(too_large)?;
            split.copayment = split.copayment.plus(moved).map_err(too_large)?;
            excess = excess.minus(moved).map_err(too_large)?;
        }
        Ok(is_capped)
    }

    fn provisional(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.encounter.visit.discharged_at.is_none() {
            reasons.push("visit open".to_owned());
        }
        for (place, coverage) in self.encounter.coverages.iter().enumerate() {
            if is_unanswered(coverage) {
                reasons.push(format!("coverages[{place}]: object and level of the 10-digit number are not known yet"));
            }
        }
        reasons
    }

    /// The parts of each line in order of time.
    fn parts(&self, pieces: Vec<Piece<'a>>, is_capped: bool) -> Vec<Vec<Part<'a>>> {
        let mut parts: Vec<Vec<Part<'a>>> = self.encounter.lines.iter().map(|_| Vec::with_capacity(1)).collect();
        for piece in pieces {
            let line = self.decided[piece.unit.decided].line;
            let part = self.part(piece, is_capped);
            parts[line].push(part);
        }
        for parts in parts.iter_mut().filter(|parts| parts.len() > 1) {
            parts.sort_by_key(|part| part.from);
        }
        parts
    }

    fn part(&self, piece: Piece<'a>, is_capped: bool) -> Part<'a> {
        let decided = &self.decided[piece.unit.decided];
        let line = &self.encounter.lines[decided.line];
        let mut names = Vec::with_capacity(decided.rules.len() + 3);
        names.extend_from_slice(&decided.rules);
        for other in &piece.also_decided {
            for name in &self.decided[*other].rules {
                if !names.contains(name) {
                    names.push(name);
                }
            }
        }
        if decided.price.is_sample {
            names.push(rules::SAMPLE_PRICE);
        }
        let is_outside = line.scope != Scope::Insured && piece.unit.insured_ratio == Rate::ZERO;
        let lifts_something =
            piece.unit.is_lifted && (decided.insured_ratio != Rate::WHOLE || decided.ceiling != Ceiling::None);
        let sources = &line.other_sources;
        let facts = [
            (true, piece.unit.rate_rule),
            (piece.unit.card.is_some_and(|card| card.is_expired), rules::CARD_EXPIRED),
            (is_outside, rules::OUT_OF_SCOPE),
            (lifts_something, rules::LIFTED),
            (piece.is_cut, rules::CEILING_REACHED),
            (decided.price.is_private_without_row, rules::PRIVATE_WITHOUT_ROW),
            (is_capped, rules::DIRECT_CAP),
            (sources.facility > Amount::ZERO, rules::FACILITY_SUPPORT),
            (sources.individual > Amount::ZERO, rules::INDIVIDUAL_SUPPORT),
            (sources.arv > Amount::ZERO, rules::ARV_SUPPORT),
        ];
        names.extend(facts.iter().filter(|(holds, _)| *holds).map(|(_, name)| *name));
        Part {
            code: decided.price.code,
            // Price lists are not known here.
            name: None,
            from: piece.unit.from,
            to: piece.unit.to,
            list_price: decided.price.list,
            unit_price: decided.price.unit,
            insured_price: decided.price.insured,
            resolution: decided.price.resolution,
            quantity: piece.unit.quantity,
            service_ratio: decided.service_ratio,
            insured_ratio: piece.unit.insured_ratio,
            ceiling: piece.ceiling,
            card: piece.unit.card.map(|card| self.encounter.coverages[card.place].card.as_str()),
            benefit_rate: piece.unit.rate,
            split: piece.split,
            rules: names,
        }
    }
}

/// TYLE_TT_BH as used, and whether the card lifts it (R14, C17).
fn insured_ratio(scope: Scope, kind: Kind, given: Rate, card: Option<Covered<'_>>) -> (Rate, bool) {
    let Some(card) = card else {
        return (if scope == Scope::Insured { given } else { Rate::ZERO }, false);
    };
    let is_goods = matches!(kind, Kind::Drug | Kind::Blood | Kind::Supply);
    let is_lifted = is_goods && card.level.lifts_ratio_and_ceiling;
    match scope {
        Scope::Outside => (Rate::ZERO, false),
        Scope::ArmedForces if !card.level.pays_scope_3 => (Rate::ZERO, false),
        Scope::ArmedForces if is_lifted => (Rate::WHOLE, true),
        Scope::Insured | Scope::ArmedForces if is_lifted && given > Rate::ZERO => (Rate::WHOLE, true),
        Scope::Insured | Scope::ArmedForces => (given, false),
    }
}

fn words<'a>(vi: &'static str, en: &'static str) -> Words<'a> {
    Words { vi: Cow::Borrowed(vi), en: Cow::Borrowed(en) }
}
