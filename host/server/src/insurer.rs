//! The desk as commands use it that ask the insurer's portal: the same use cases as over HTTP, without a server.

use std::sync::Arc;

use vienphi_domain::{Actor, Role};
use vienphi_reports::Mapping;
use vienphi_service::desk::Halt;
use vienphi_service::{Desk, Pricer};

use crate::claims::key::KeyArgs;
use crate::cli::Common;
use crate::database::{DatabaseArgs, Opening};
use crate::outgoing::address::{Policy, check_url};
use crate::outgoing::network;
use crate::output::{Ended, complain};

/// What the audit calls whoever works on the command line.
pub(crate) const NAME: &str = "command-line";

/// What the desk is made of.
pub(crate) struct Connecting<'a> {
    pub(crate) common: &'a Common,
    pub(crate) database: &'a DatabaseArgs,
    pub(crate) key: &'a KeyArgs,
}

/// Opens the desk of a facility and works with it, as a claims officer.
pub(crate) fn with_desk(
    connecting: Connecting<'_>,
    facility: &str,
    work: impl AsyncFnOnce(Arc<Desk>, Arc<Pricer>, Arc<Actor>) -> Result<Ended, Halt>,
) -> Result<Ended, Ended> {
    let bad = |why: String| {
        complain(&format!("error: {why}"));
        Ended::BadInput
    };
    let Connecting { common, database, key } = connecting;
    let access = Arc::new(common.sources.access().map_err(|error| bad(error.to_string()))?);
    let submitting = key.submitting(&common.sources).map_err(bad)?;
    let pricer = common.pricer().ok_or(Ended::BadInput)?;
    let rails = crate::serve::rails(&pricer, common).map_err(bad)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| bad(error.to_string()))?;
    let ended = runtime.block_on(async {
        let store = database.open(Opening::AsItIs).await.map_err(|error| bad(error.to_string()))?;
        let network = network(Policy { allow_loopback: rails.allow_loopback() }, rails.patience());
        let check = Box::new(|url: &str| check_url(url, Policy { allow_loopback: false }));
        let desk = Desk::new(store, access, Mapping::none(), check, rails, network).with_submitting(submitting);
        let actor = Actor { facility: facility.into(), name: NAME.into(), role: Role::ClaimsOfficer };
        match work(Arc::new(desk), Arc::new(pricer), Arc::new(actor)).await {
            Ok(ended) => Ok(ended),
            Err(Halt::Refused(problem)) => {
                for fault in &problem.errors {
                    complain(&format!("  {}: {}", fault.path, fault.message));
                }
                Err(bad(problem.detail.clone()))
            }
            Err(Halt::Failed(error)) => Err(bad(error.to_string())),
        }
    });
    runtime.shutdown_background();
    ended
}
