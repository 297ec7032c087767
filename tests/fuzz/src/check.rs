//! What must hold of checks, batches and imports, whatever a claim says.

use vienphi_claims::{
    Batch, BatchEntry, CodeEntry, Envelope, Facilities, Finding, Given, Limits, Priced, Prices, Summary, check,
    check_envelope, codes, import, totals,
};
use vienphi_domain::{Day, Encounter};
use vienphi_money::{Amount, Price};

use crate::envelope::write;

/// Facilities of which one is known.
struct Town;

impl Facilities for Town {
    fn knows(&self, code: &str) -> bool {
        code == "92114"
    }

    fn is_primary(&self, code: &str, _: Day) -> Option<bool> {
        (code == "92115").then_some(true)
    }
}

/// A price for every code that begins with a digit.
struct List;

impl Prices for List {
    fn price_on(&self, _: &str, code: &str, _: Day) -> Option<Priced<'_>> {
        let insured = Price::from_units(45_000_000);
        code.starts_with(|letter: char| letter.is_ascii_digit()).then_some(Priced {
            insured,
            resolution: "NQ 01",
            is_sample: false,
        })
    }
}

/// Whether the file could be read, and so was checked.
pub(crate) fn run(file: &[u8]) -> bool {
    let Ok(envelope) = Envelope::read(file, &Limits::default()) else { return false };
    let received_on = Day::parse("2026-03-08");
    let given = Given { facilities: Some(&Town), prices: Some(&List), received_on };
    findings_are_sound(&check_envelope(&envelope));
    let kept = write(&envelope);
    let kept = Envelope::read(&kept, &Limits::default()).expect("what was written is read");
    let mut batch = Batch::new();
    let mut summary = Summary::default();
    for (place, (claim, again)) in (0..).zip(envelope.claims().iter().zip(kept.claims())) {
        let checked = check(claim, &given);
        findings_are_sound(&checked.findings);
        assert_eq!(checked, check(again, &given), "another envelope around it changes nothing");
        assert_eq!(totals(claim).declared, checked.totals.declared);

        let entry = BatchEntry::of(claim);
        findings_are_sound(&batch.add(&entry, place));
        let twice = batch.add(&entry, place + 1);
        findings_are_sound(&twice);
        let episode = claim.table(1).and_then(|table| table.row(0)).and_then(|row| row.text("MA_LK"));
        let is_named = episode.is_some_and(|text| !text.trim().is_empty());
        assert!(!is_named || twice.iter().any(|finding| finding.code == "VP-MA-LK-TWICE"), "{twice:?}");

        let before = summary.at_risk_units();
        summary.add(&checked.findings, &checked.totals);
        let of = |sums: vienphi_claims::Sums| i128::from(sums.of("T_BHTT").unwrap_or_default().units());
        let most = of(checked.totals.declared).max(of(checked.totals.expected)).max(0);
        assert!((0..=most).contains(&(summary.at_risk_units() - before)));

        match import(claim) {
            Ok(encounter) => {
                let reading = Encounter::read(encounter.to_string().as_bytes());
                assert!(reading.encounter.is_some() || !reading.faults.is_empty());
                assert_eq!(import(again), Ok(encounter));
            }
            Err(error) => assert!(error.to_string().len() < 2_000),
        }
    }
    assert_eq!(summary.visits, envelope.claims().len() as u64);
    true
}

fn findings_are_sound(findings: &[Finding]) {
    for finding in findings {
        let known = |entry: &&CodeEntry| *entry.code == *finding.code && !entry.recognised_only;
        assert!(codes().iter().any(|entry| known(&entry)), "{finding:?}");
        assert!(finding.at_risk >= Amount::ZERO, "{finding:?}");
        assert!(!finding.text.vi.is_empty() && !finding.text.en.is_empty() && !finding.ground.is_empty());
    }
}
