//! From the plugin's answer to decided parts, findings and faults.

use std::borrow::Cow;

use vienphi_benefit::{Ceiling, Decided, Priced, Share, SharedCap};
use vienphi_domain::encounter::{Encounter, Line};
use vienphi_domain::{Day, Faults, Finding, Severity, Words};
use vienphi_money::{Amount, Price, Quantity, Rate};
use vienphi_runtime::{Plugin, contract};

use crate::question::Question;

/// The parts that were decided, line by line. The answer has been checked against the question.
pub(crate) fn decided<'a>(
    encounter: &'a Encounter,
    question: &Question<'a>,
    decision: &contract::Decision,
    plugin: &'a Plugin,
) -> Vec<Decided<'a>> {
    let mut decided: Vec<Decided<'a>> = decision
        .parts()
        .map(|part| {
            let place = part.line as usize;
            let line = &encounter.lines[place];
            let price = match part.price {
                Some(price) => question.priced[price as usize],
                None => stopped(line),
            };
            let rules = decision.rules[part.rules]
                .iter()
                .filter_map(|rule| plugin.rule(*rule).and_then(|rule| as_priced(&rule.name, line, &price)));
            Decided {
                line: place,
                from: Day::from_count(part.first_day),
                to: Day::from_count(part.last_day),
                rules: rules.collect(),
                price,
                quantity_a_day: Quantity::from_units(part.quantity_a_day),
                service_ratio: Rate::from_units(part.service_ratio),
                insured_ratio: Rate::from_units(part.insured_ratio),
                share: if part.is_whole_on_route { Share::WholeOnRoute } else { Share::ByCard },
                ceiling: match part.ceiling {
                    None => Ceiling::None,
                    Some(contract::Most::Amount(amount)) => Ceiling::Amount(Amount::from_units(amount)),
                    Some(contract::Most::Shared(cap)) => Ceiling::Shared(cap as usize),
                },
            }
        })
        .collect();
    // Stable: the parts of a line stay in the order of the answer.
    decided.sort_by_key(|part| part.line);
    decided
}

/// The national rules that say where a price comes from. A plugin is not told: it sees a price and its days.
const LISTED_PRICE: &str = "listed-price";
const OWN_PRICE: &str = "own-price";

/// A part's rule by its name, with what the host knows of the price: a private facility's without a row is in no list,
/// and goods without a price of their own have one of the list.
fn as_priced<'a>(rule: &'a str, line: &Line, price: &Priced<'_>) -> Option<&'a str> {
    match rule {
        LISTED_PRICE if price.is_private_without_row => None,
        OWN_PRICE if line.unit_price.is_none() => Some(LISTED_PRICE),
        _ => Some(rule),
    }
}

/// A stopped service has price 0 (R22).
fn stopped(line: &Line) -> Priced<'_> {
    Priced {
        code: line.code.as_str(),
        list: Price::ZERO,
        unit: Price::ZERO,
        insured: Price::ZERO,
        resolution: None,
        is_sample: false,
        is_private_without_row: false,
    }
}

/// The caps that parts share.
pub(crate) fn caps(decision: &contract::Decision) -> Vec<SharedCap> {
    let cap = |cap: &contract::Cap| SharedCap {
        amount: Amount::from_units(cap.amount),
        lifts_for_cards: cap.kind == contract::CapKind::Supplies,
    };
    decision.caps.iter().map(cap).collect()
}

/// What the plugin noted.
pub(crate) fn findings<'a>(
    encounter: &Encounter,
    decision: &contract::Decision,
    plugin: &'a Plugin,
) -> Vec<Finding<'a>> {
    let notes = decision.notes.iter().filter_map(|note| plugin.rule(note.rule).map(|rule| (note, rule)));
    notes
        .filter_map(|(note, rule)| {
            let severity = match rule.severity {
                contract::Severity::None => return None,
                contract::Severity::Inform => Severity::Inform,
                contract::Severity::Warn => Severity::Warn,
                contract::Severity::Block => Severity::Block,
            };
            let line = &encounter.lines[note.line as usize];
            let day = Day::from_count(note.day);
            // For a bed the day matters; a line has only one.
            let (vi, en): (Cow<'a, str>, Cow<'a, str>) = if line.kind.is_bed() {
                (format!("{} ({day})", rule.vietnamese).into(), format!("{} ({day})", rule.english).into())
            } else {
                (rule.vietnamese.as_str().into(), rule.english.as_str().into())
            };
            Some(Finding {
                code: format!("VP-{}", rule.name.to_ascii_uppercase()).into(),
                severity,
                path: format!("lines[{}]", note.line),
                declared: line.service_ratio.map(|ratio| ratio.to_string()),
                expected: None,
                text: Words { vi, en },
                ground: rule.ground.as_str().into(),
            })
        })
        .collect()
}

/// Why the plugin could not decide, as faults of the input.
pub(crate) fn refused(encounter: &Encounter, refusal: &contract::Refusal, faults: &Faults) {
    let line_of = |place: u32| &encounter.lines[place as usize % encounter.lines.len().max(1)];
    match refusal {
        contract::Refusal::NoPrice(refused) => {
            let line = line_of(refused.line);
            let day = Day::from_count(refused.day);
            faults.add(
                format_args!("lines[{}].code", line.place),
                format!("code {} has no price in force on {day}", line.code.as_str()),
            );
        }
        contract::Refusal::TooLarge(place) => {
            faults.add(format_args!("lines[{}]", line_of(*place).place), "has an amount that is too large");
        }
        contract::Refusal::LevelNotListed(bed) => {
            let (path, code) = segment(encounter, bed.segment);
            let letter = if bed.bed == contract::Bed::Surgical { "NG" } else { "NO" };
            let level = if bed.level == 0 { "n".to_owned() } else { bed.level.to_string() };
            faults.add(
                path,
                format!("bed {code}: its department lists no {letter}{level} bed, which the rules of surgical beds require (READINGS 19)"),
            );
        }
        contract::Refusal::LevelAmbiguous(place) => {
            let (path, code) = segment(encounter, *place);
            faults.add(
                path,
                format!("bed {code}: outside the days after an operation it is paid as the department's internal bed, and the department lists several: declare the NO bed (READINGS 19)"),
            );
        }
    }
}

/// The path and code of a bed segment by its place in the question.
fn segment(encounter: &Encounter, place: u32) -> (String, &str) {
    let segments = encounter.lines.iter().flat_map(|line| line.segments.iter().map(move |segment| (line, segment)));
    match segments.into_iter().nth(place as usize) {
        Some((line, segment)) => {
            (format!("lines[{}].segments[{}].code", line.place, segment.place), segment.code.as_str())
        }
        None => ("lines".to_owned(), ""),
    }
}
