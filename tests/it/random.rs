//! Random encounters: identities to the hundredth, order, native against Wasm, and the independent pricer.

use acceptance::campaign::{Campaign, Outcome};
use acceptance::checkout;
use acceptance::generate::Generator;

/// The test prices so many; `cargo xtask campaign pricing` prices as many as asked.
const ENCOUNTERS: u64 = 20_000;

/// And so many with a catalogue laid over.
const OVERLAID: u64 = 4_000;

#[test]
fn random_encounters_keep_every_identity_and_decide_natively_as_in_the_sandbox() {
    let pricer = checkout::pricer(&[]);
    let generator = Generator::new(14);
    let campaign = Campaign { pricer: &pricer, generator: &generator, prices: &[], today: "2026-11-20" };
    let Outcome { failures, priced, seen, .. } = campaign.run(1, ENCOUNTERS);
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(priced > ENCOUNTERS / 2, "only {priced} of {ENCOUNTERS} could be priced");
    // Encounters that never reach a rule would prove nothing about it.
    let rules = vienphi_guest::rules::national().into_iter().map(|rule| rule.name);
    let rules = rules.chain(vienphi_benefit::rules::ALL.iter().map(|rule| rule.name.to_owned()));
    let is_seen = |rule: &String| seen.contains(rule) || seen.contains(&format!("VP-{}", rule.to_uppercase()));
    let unseen: Vec<String> = rules.filter(|rule| !is_seen(rule)).collect();
    assert!(unseen.is_empty(), "no encounter came to {unseen:?}");
}

/// A facility's own catalogue beside the tariff: prices above the insured one, changes inside a stay, classes of
/// operations, a sent-out service with a row of its own.
#[test]
fn a_catalogue_laid_over_changes_nothing_of_that() {
    let prices = [checkout::root().join("tests/fixtures/overlay.csv")];
    let pricer = checkout::pricer(&prices);
    let generator = Generator::new(14);
    let campaign = Campaign { pricer: &pricer, generator: &generator, prices: &prices, today: "2026-11-20" };
    let Outcome { failures, priced, .. } = campaign.run(1, OVERLAID);
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(priced > OVERLAID / 2, "only {priced} of {OVERLAID} could be priced");
}
