//! Following a package store while serving: what is activated, retired, rolled back or revoked there counts from the
//! next request on.

use std::thread::sleep;
use std::time::{Duration, Instant};

use vienphi_packages::{Entry, PackageStore};
use vienphi_web::Api;

use crate::files::{Sources, active};

/// How often the store is asked whether its log grew: asking is one question to the file system.
const EVERY: Duration = Duration::from_millis(250);

/// How often a package that could not be read or loaded is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// A store and how much of its log was seen.
pub(crate) struct Follower {
    sources: Sources,
    seen: u64,
    /// The last line that was seen: a log that does not have it is not the log that was followed.
    last: Option<Entry>,
}

impl Follower {
    /// To be made before the packages are first read.
    pub(crate) fn new(sources: &Sources, store: &PackageStore) -> Follower {
        Follower { sources: sources.clone(), seen: store.version(), last: None }
    }

    /// Follows for ever, on this thread. A store that cannot be believed changes nothing: what rated visits before goes
    /// on rating them, and the log says why.
    pub(crate) fn follow(mut self, api: &Api) {
        let mut complaint = String::new();
        let mut tried = Instant::now();
        // What was read at the start is read once more, to know its last line.
        let mut is_whole = false;
        loop {
            let version = self.store().map_or(0, |store| store.version());
            if version != self.seen || (!is_whole && tried.elapsed() > AGAIN) || self.last.is_none() {
                tried = Instant::now();
                match self.rate_anew(api) {
                    Ok(whole) => {
                        (self.seen, is_whole) = (version, whole);
                        complaint.clear();
                    }
                    // Said once, and tried again: a file may be there the next time.
                    Err(error) if error != complaint => {
                        tracing::error!(%error, "the package store cannot be used: the packages before go on rating");
                        complaint = error;
                    }
                    Err(_) => {}
                }
            }
            sleep(EVERY);
        }
    }

    /// The store, with the approvers as they are listed now.
    fn store(&self) -> Result<PackageStore, String> {
        let store = self.sources.store().map_err(|error| error.to_string())?;
        store.ok_or_else(|| "no store is named".to_owned())
    }

    /// Rates by what is active now. Answers whether every package could be read and loaded.
    fn rate_anew(&mut self, api: &Api) -> Result<bool, String> {
        let store = self.store()?;
        let (entries, standing) = store.read().map_err(|error| error.to_string())?;
        if let Some(last) = &self.last
            && !entries.contains(last)
        {
            return Err(format!("line {} of its log, which was there, is gone or was changed", last.line));
        }
        let (offers, warnings) = active(&store, &standing);
        let (pricer, of_packages) = api.pricer().offering(offers).map_err(|error| error.to_string())?;
        let is_read = warnings.is_empty();
        for warning in warnings.into_iter().chain(of_packages) {
            tracing::warn!(file = warning.file, "{}", warning.message);
        }
        api.replace(pricer);
        self.last = entries.last().cloned();
        let plugins = api.pricer().plugins();
        for plugin in &plugins {
            let (from, to) = (&plugin.effective_from, plugin.effective_to.as_deref().unwrap_or_default());
            tracing::info!(plugin.name, plugin.version, plugin.province, from, to, "rates");
        }
        Ok(is_read && plugins.iter().all(|plugin| plugin.error.is_none()))
    }
}
