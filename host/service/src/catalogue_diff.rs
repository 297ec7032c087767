//! A catalogue that somebody has, beside the prices of a package: what would become dearer, cheaper, new, or be missing.

use vienphi_domain::{Code, Day};
use vienphi_money::Price;
use vienphi_tariff::{Place, Prices, percent, read_catalogue};

use crate::pricer::Pricer;

/// A catalogue beside a package's prices on a day.
#[derive(Debug, Clone, Default)]
pub struct CatalogueDiff {
    /// Rows of the catalogue.
    pub rows: usize,
    /// Codes that cost the same.
    pub same: usize,
    /// Codes that do not: those that change most first, then new ones, then those that the catalogue has not.
    pub changes: Vec<PriceChange>,
    /// Rows that cannot be used, by line. With one of them the catalogue would not be taken.
    pub errors: Vec<String>,
    /// What is odd, by line.
    pub warnings: Vec<String>,
}

/// A price that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// MA_DICH_VU.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What the insurer counts by the package, in đồng; none when it has no such row.
    pub before: Option<Price>,
    /// The same by the catalogue.
    pub after: Option<Price>,
    /// In percent of the earlier.
    pub percent: Option<String>,
}

impl Pricer {
    /// Compares a catalogue with the prices of a package that are in force on a day; `None` when the package is not loaded.
    pub fn compare_catalogue(&self, name: &str, version: &str, file: &[u8], day: Day) -> Option<CatalogueDiff> {
        let offered = self.offered.iter().find(|offered| {
            let manifest = &offered.package().manifest;
            manifest.name == name && manifest.version == version
        })?;
        let (table, report) = read_catalogue(file);
        let told = |notes: &[vienphi_tariff::Note]| notes.iter().map(ToString::to_string).collect();
        let mut diff = CatalogueDiff {
            rows: table.rows().len(),
            errors: told(&report.errors),
            warnings: told(&report.warnings),
            ..CatalogueDiff::default()
        };
        let own = &offered.package().table;
        let in_force = |table, code: &Code| Prices::new(&[], Some(table), Place::anywhere()).on(code, day);
        let mut codes: Vec<(&str, &str)> =
            table.rows().iter().chain(own.rows()).map(|row| (&*row.code, &*row.name)).collect();
        codes.sort_by_key(|(code, _)| *code);
        codes.dedup_by_key(|(code, _)| *code);
        for (text, name) in codes {
            let Some(code) = Code::parse(text) else { continue };
            let price = |table| in_force(table, &code).map(|row| row.insured_price);
            let (before, after) = (price(own), price(&table));
            match (before, after) {
                (None, None) => {}
                (before, after) if before == after => diff.same += 1,
                (before, after) => {
                    let percent = before.zip(after).and_then(|(before, after)| percent(before, after));
                    let (code, name) = (text.to_owned(), name.to_owned());
                    diff.changes.push(PriceChange { code, name, before, after, percent });
                }
            }
        }
        let weight = |change: &PriceChange| match (change.before, change.after) {
            (Some(before), Some(after)) => (2, i64::abs_diff(before.units(), after.units())),
            (None, _) => (1, 0),
            (Some(_), None) => (0, 0),
        };
        diff.changes.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.code.cmp(&b.code)));
        Some(diff)
    }
}
