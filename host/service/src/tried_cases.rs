//! The worked cases of a package that is loaded, tried on the spot: whether each comes out, what it costs in fuel and time.

use std::sync::Arc;
use std::time::Instant;

use vienphi_domain::Day;

use crate::cases::{self, CaseError, Difference};
use crate::pricer::{Offered, Pricer};

/// A worked case with what came of it.
#[derive(Debug, Clone)]
pub struct TriedCase {
    /// The file it stands in.
    pub file: String,
    /// What is true.
    pub name: String,
    /// The reading it shows.
    pub reading: Option<u8>,
    /// Law and reading.
    pub ground: String,
    /// Does the rule apply, or is this the near miss?
    pub fires: bool,
    /// None when it comes out.
    pub differences: Vec<Difference>,
    /// Fuel that the plugin used; none when it was not asked.
    pub fuel: Option<u64>,
    /// Nanoseconds of the quickest of some calls; none when it was not asked.
    pub nanos: Option<u64>,
}

/// What the machine does beside does not count: of so many calls the quickest.
const CALLS: usize = 5;

impl Pricer {
    /// Tries the cases of a package by its name and version; `None` when it is not loaded.
    ///
    /// # Errors
    ///
    /// Its cases cannot be read, or its plugin not be loaded.
    pub fn try_cases(&self, name: &str, version: &str) -> Option<Result<Vec<TriedCase>, String>> {
        let is_it = |offered: &&Offered| {
            let manifest = &offered.package().manifest;
            manifest.name == name && manifest.version == version
        };
        let offered = self.offered.iter().find(is_it)?;
        Some(self.tried(offered))
    }

    fn tried(&self, offered: &Offered) -> Result<Vec<TriedCase>, String> {
        let words = |error: CaseError| error.to_string();
        // Alone and on the days of its own, as when it was admitted; facilities' own catalogues change nothing.
        let alone =
            Offered::new(Arc::clone(&offered.loaded), (Day::BEGINNING, Day::END_OF_TIME), offered.is_signed, &[]);
        let own = self.with_only(alone);
        let plugin = own.only_plugin()?;
        let files = &offered.loaded.cases;
        let with_facilities = cases::pricer_for(files, &own).map_err(words)?;
        let pricer = with_facilities.as_ref().unwrap_or(&own);
        let mut tried = Vec::new();
        for (file, case) in cases::of_package(files).map_err(words)? {
            let outcome = case.check(&file, files, pricer).map_err(words)?;
            let nanos = outcome.told.as_ref().and_then(|told| {
                let call = || {
                    let began = Instant::now();
                    plugin.price(told).ok().map(|_| u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX))
                };
                (0..CALLS).filter_map(|_| call()).min()
            });
            let (reading, fires, fuel) = (case.reading, case.fires, outcome.fuel);
            let (name, ground, differences) = (case.name, case.ground, outcome.differences);
            tried.push(TriedCase { file, name, reading, ground, fires, differences, fuel, nanos });
        }
        Ok(tried)
    }
}
