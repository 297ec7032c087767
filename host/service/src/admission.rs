//! Admission of a package: everything that is tried before it may be kept, each a step with what came of it.

use std::fmt::Write as _;

use vienphi_benefit::rules;
use vienphi_domain::{Day, Encounter};
use vienphi_money::Amount;
use vienphi_runtime::{Anatomy, Plugin, Told};
use vienphi_tariff::{Manifest, is_plain_name};

use crate::cases;
use crate::pricer::Pricer;
use crate::setup::Offer;

/// A step of admission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was tried.
    pub name: &'static str,
    /// What was found, or why the package is refused.
    pub outcome: Result<String, String>,
}

/// Encounters that a package is tried on before anybody depends on it, and the pricer that rates them today.
pub struct Shadow<'a> {
    /// One JSON document each.
    pub encounters: &'a [Vec<u8>],
    /// What rates them now; none when nothing does.
    pub rated_by: Option<&'a Pricer>,
}

/// Lines of the larger visit that the sandbox is tried with.
const SMOKE_LINES: usize = 500;

/// Tries a package and stops at the first step that fails. `base` has the policies and the registry, and no packages.
pub fn admit(base: &Pricer, offer: &Offer, shadow: Option<Shadow<'_>>, today: Day) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut tried = |name, outcome: Result<String, String>| {
        let passed = outcome.is_ok();
        steps.push(Step { name, outcome });
        passed
    };
    let own = match base.offering(vec![offer.clone()]) {
        Ok((pricer, warnings)) => {
            let warned = match warnings.len() {
                0 => String::new(),
                count => format!(", {count} warnings"),
            };
            let rows = pricer.offered.first().map_or(0, |offered| offered.package().table.rows().len());
            tried("manifest and prices", Ok(format!("{rows} prices{warned}")));
            pricer
        }
        Err(error) => {
            tried("manifest and prices", Err(error.to_string()));
            return steps;
        }
    };
    let plugin = match own.only_plugin() {
        Ok(plugin) => plugin,
        Err(error) => {
            tried("component", Err(error));
            return steps;
        }
    };
    let manifest = own.offered.first().map(|offered| &offered.package().manifest);
    let described = manifest.map_or(Ok(()), |manifest| describes(manifest, plugin));
    if !tried("component", described.and_then(|()| component(&offer.files, plugin)))
        || !tried("cases", all_cases(&own, offer))
    {
        return steps;
    }
    if !tried("sandbox", smoke(plugin)) {
        return steps;
    }
    if let Some(shadow) = shadow {
        tried("shadow run", shadow_run(&own, &shadow, today));
    }
    steps
}

fn component(files: &crate::Files, plugin: &Plugin) -> Result<String, String> {
    let anatomy = Anatomy::of(files.get("component.wasm").map_or(&[], Vec::as_slice))?;
    Ok(format!(
        "contract {}, {} rules, {} bytes, within the limits of the sandbox's policy",
        plugin.contract().version(),
        plugin.description().rules.len(),
        anatomy.bytes
    ))
}

/// The component is the manifest's, and its rules have names that stand for nothing else.
fn describes(manifest: &Manifest, plugin: &Plugin) -> Result<(), String> {
    let says = plugin.description();
    // Not the version: prices alone may change, with the rules that were tried before.
    if manifest.name != says.name {
        return Err(format!("plugin.toml names it {:?}, the component {:?}", manifest.name, says.name));
    }
    for (place, rule) in says.rules.iter().enumerate() {
        let name = rule.name.as_str();
        if !is_plain_name(name) {
            return Err(format!("rule {}: its name {name:?} must be lower-case words with hyphens", rule.id));
        }
        if rules::ALL.iter().any(|own| own.name == name) {
            return Err(format!("rule {}: {name} is a rule of the host: choose another name", rule.id));
        }
        if let Some(other) = says.rules[..place].iter().find(|other| other.name == name) {
            return Err(format!("rules {} and {} are both named {name}", other.id, rule.id));
        }
        if [&rule.vietnamese, &rule.english, &rule.ground].iter().any(|text| text.chars().any(char::is_control)) {
            return Err(format!("rule {} ({name}): its words and ground must be one line of printable text", rule.id));
        }
        if rule.vietnamese.trim().is_empty() || rule.english.trim().is_empty() || rule.ground.trim().is_empty() {
            return Err(format!("rule {} ({name}) needs words in both languages and a ground", rule.id));
        }
    }
    Ok(())
}

fn all_cases(own: &Pricer, offer: &Offer) -> Result<String, String> {
    let cases = cases::of_package(&offer.files).map_err(|error| error.to_string())?;
    if cases.is_empty() {
        return Err("there are none: a package shows in cases/*.toml what its rules come to".into());
    }
    let with_facilities = cases::pricer_for(&offer.files, own).map_err(|error| error.to_string())?;
    let pricer = with_facilities.as_ref().unwrap_or(own);
    let mut wrong = String::new();
    for (file, case) in &cases {
        let outcome = case.check(file, &offer.files, pricer).map_err(|error| error.to_string())?;
        for found in outcome.differences {
            let _ = write!(
                wrong,
                "\n  {file}: {}: {}: expected {}, got {}",
                case.name, found.what, found.expected, found.actual
            );
        }
    }
    if wrong.is_empty() {
        Ok(format!("{} come out", cases.len()))
    } else {
        Err(format!("some do not come out:{wrong}"))
    }
}

/// Asks about nothing, about much, twice, and several at once: the same question has one answer and one cost.
fn smoke(plugin: &Plugin) -> Result<String, String> {
    let (nothing, much) = (smoke_visit(0), smoke_visit(SMOKE_LINES));
    let mut most_fuel = 0;
    for told in [&nothing, &much] {
        let first = plugin.price(told).map_err(|error| error.to_string())?;
        let again = plugin.price(told).map_err(|error| error.to_string())?;
        if first != again {
            return Err("the same visit was decided in two ways, or at two costs in fuel".into());
        }
        let (batch, _) = plugin.price_batch(&[told.clone(), told.clone()]).map_err(|error| error.to_string())?;
        if batch != [first.decision.clone(), first.decision] {
            return Err("price-batch decides a visit otherwise than price".into());
        }
        most_fuel = most_fuel.max(first.fuel);
    }
    Ok(format!("it decides an empty visit and one of {SMOKE_LINES} lines ({most_fuel} units of fuel), always alike"))
}

/// Drugs at prices of their own: every tariff can price them.
fn smoke_visit(lines: usize) -> Told {
    use vienphi_runtime::contract::{Bed, Form, Kind, Span, Visit};
    use vienphi_runtime::{Candidate, Line};
    const ARRIVED: i64 = 20_500 * 24 * 60;
    let mut visit = Visit {
        visit_type: 1,
        arrived: ARRIVED,
        admitted: ARRIVED,
        ended: ARRIVED + 600,
        ..Visit::with_room_for(lines)
    };
    for place in 0..u32::try_from(lines).unwrap_or(0) {
        visit.add_candidate(Candidate {
            bed: Bed::None,
            level: 0,
            unit: 1_000_000,
            insured: 1_000_000,
            first_day: 20_500,
            last_day: 20_500,
        });
        visit.add_line(Line {
            kind: Kind::Drug,
            code: place % 7 + 1,
            specialty: 0,
            price_group: 0,
            form: Form::Plain,
            group: 4,
            stopped: false,
            on_request: false,
            quantity: 1000,
            insured_ratio: 1000,
            service_ratio: None,
            ordered: ARRIVED + i64::from(place % 600),
            performed: ARRIVED + i64::from(place % 600),
            department: 1,
            practitioner: 1,
            sequence_at_table: 0,
            operation: None,
            for_line: None,
            candidates: Span { first: place, count: 1 },
        });
    }
    Told { visit, via_emergency: false }
}

/// A visit that two tariffs price differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Which encounter.
    pub encounter: String,
    /// What the patient owes, before and after; none where it was not priced.
    pub patient: (Option<Amount>, Option<Amount>),
    /// What the insurer pays, before and after.
    pub insurer: (Option<Amount>, Option<Amount>),
    /// Why one of them did not price it.
    pub problem: Option<String>,
}

/// What prices an encounter by two pricers and finds them different.
pub fn compare(document: &[u8], before: &Pricer, after: &Pricer, today: Day) -> Result<Option<Changed>, String> {
    let id = Encounter::read(document).encounter.map_or_else(|| "?".to_owned(), |encounter| encounter.id.to_string());
    let money = |pricer: &Pricer| {
        let encounter = pricer.read(document, today).map_err(|problem| problem.to_string())?;
        let statement = pricer.price(&encounter, today).map_err(|problem| problem.to_string())?;
        Ok::<_, String>((statement.totals.cash_due, statement.totals.insurer))
    };
    let (old, new) = (money(before), money(after));
    if let (Err(error), Err(_)) = (&old, &new) {
        return Err(error.clone());
    }
    if old == new {
        return Ok(None);
    }
    let part = |of: fn(&(Amount, Amount)) -> Amount| (old.as_ref().ok().map(of), new.as_ref().ok().map(of));
    Ok(Some(Changed {
        encounter: id,
        patient: part(|money| money.0),
        insurer: part(|money| money.1),
        problem: old.as_ref().err().or(new.as_ref().err()).cloned(),
    }))
}

fn shadow_run(own: &Pricer, shadow: &Shadow<'_>, today: Day) -> Result<String, String> {
    let (mut priced, mut changed, mut refused) = (0_usize, 0_usize, Vec::new());
    for document in shadow.encounters {
        match shadow.rated_by {
            Some(rated_by) => match compare(document, rated_by, own, today) {
                Ok(Some(Changed { problem: Some(problem), encounter, patient: (Some(_), None), .. })) => {
                    refused.push(format!("{encounter}: {problem}"));
                }
                Ok(Some(_)) => changed += 1,
                Ok(None) => priced += 1,
                // Neither prices it: it is another province's, or was never right.
                Err(_) => {}
            },
            None => match own.read(document, today).and_then(|encounter| own.price(&encounter, today).map(|_| ())) {
                Ok(()) => priced += 1,
                Err(problem) if problem.kind.contains(":plugin-") => refused.push(problem.to_string()),
                Err(_) => {}
            },
        }
    }
    if !refused.is_empty() {
        let shown: Vec<&str> = refused.iter().take(5).map(String::as_str).collect();
        return Err(format!("{} encounters are no longer priced:\n  {}", refused.len(), shown.join("\n  ")));
    }
    match priced + changed {
        0 => Ok(format!("none of the {} encounters is rated by it", shadow.encounters.len())),
        _ if shadow.rated_by.is_none() => Ok(format!("{priced} encounters priced")),
        _ => Ok(format!("{priced} encounters as before, {changed} change (see `vienphi plugin diff`)")),
    }
}

impl Pricer {
    /// The plugin of the one package that is offered.
    pub fn only_plugin(&self) -> Result<&Plugin, String> {
        let offered = self.offered.first().ok_or("there is no package")?;
        offered.loaded.plugin(&self.sandbox).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_smoke_visit_has_the_lines_it_is_asked_for() {
        let told = smoke_visit(SMOKE_LINES);
        assert_eq!((told.visit.line_count(), told.visit.candidate_count()), (SMOKE_LINES, SMOKE_LINES));
        assert!(json!(told)["visit"]["lines"]["kinds"].as_array().is_some_and(|kinds| kinds.len() == SMOKE_LINES));
    }
}
