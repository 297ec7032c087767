//! Following a package store while serving: what is activated, retired, rolled back or revoked there counts from the
//! next request on.

use std::thread::sleep;
use std::time::Duration;

use vienphi_packages::PackageStore;
use vienphi_web::Api;

use crate::files::active;

/// How often the store is asked whether its log grew: asking is one question to the file system.
const EVERY: Duration = Duration::from_millis(250);

/// A store and how much of its log was seen.
pub(crate) struct Follower {
    store: PackageStore,
    seen: u64,
}

impl Follower {
    /// To be made before the packages are first read.
    pub(crate) fn new(store: PackageStore) -> Follower {
        let seen = store.version();
        Follower { store, seen }
    }

    /// Follows for ever, on this thread. A store that cannot be believed changes nothing: what rated visits before goes
    /// on rating them, and the log says why.
    pub(crate) fn follow(mut self, api: &Api) {
        let mut complaint = String::new();
        loop {
            sleep(EVERY);
            let version = self.store.version();
            if version == self.seen {
                continue;
            }
            match self.rate_anew(api) {
                Ok(()) => {
                    self.seen = version;
                    complaint.clear();
                }
                // Said once, and tried again: a file may be there the next time.
                Err(error) if error != complaint => {
                    tracing::error!(%error, "the package store changed and cannot be used: the packages before go on rating");
                    complaint = error;
                }
                Err(_) => {}
            }
        }
    }

    fn rate_anew(&self, api: &Api) -> Result<(), String> {
        let offers = active(&self.store).map_err(|error| error.to_string())?;
        let (pricer, warnings) = api.pricer().offering(offers).map_err(|error| error.to_string())?;
        for warning in warnings {
            tracing::warn!(file = warning.file, "{}", warning.message);
        }
        api.replace(pricer);
        for plugin in api.pricer().plugins() {
            let (from, to) = (plugin.effective_from, plugin.effective_to.unwrap_or_default());
            tracing::info!(plugin.name, plugin.version, plugin.province, from, to, "rates");
        }
        Ok(())
    }
}
