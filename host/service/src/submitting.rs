//! What claims are sent with: the portal as policies describe it, how fast and how often, deadlines, and the hospital's key.

mod lane;
mod policy;

use std::sync::Arc;

use vienphi_claims::Calendar;
use vienphi_portal::Portal;
use vienphi_signing::{Profile, Signer};

pub(crate) use lane::{Lane, Lanes, Pass};
pub use policy::SubmittingError;
pub(crate) use policy::{Asking, Sending};

use crate::setup::Files;

/// What claims are sent with.
pub struct Submitting {
    pub(crate) portal: Portal,
    pub(crate) calendar: Calendar,
    pub(crate) sending: Sending,
    pub(crate) asking: Asking,
    pub(crate) profile: Profile,
    pub(crate) signer: Option<Arc<dyn Signer>>,
    pub(crate) lanes: Lanes,
}

impl Submitting {
    /// Reads the policies: `claims` is `policies/claims`, `portal` is `policies/portal`. Files are signed with `signer` before they
    /// are sent; without one they are sent unsigned, for as long as the policy lets them.
    ///
    /// # Errors
    ///
    /// Which file is missing or what in it is wrong.
    pub fn new(claims: &Files, portal: &Files, signer: Option<Arc<dyn Signer>>) -> Result<Submitting, SubmittingError> {
        let profile = Profile::read(&policy::text(claims, "claims", "signature.toml")?);
        let profile = profile.map_err(|error| SubmittingError::wrong("claims/signature.toml", &error))?;
        let services = policy::text(portal, "portal", "portal.toml")?;
        let outcomes = policy::text(portal, "portal", "outcomes.toml")?;
        let portal_read = Portal::read(&services, &outcomes);
        let calendar = Calendar::read(&policy::text(claims, "claims", "calendar.toml")?);
        Ok(Submitting {
            portal: portal_read.map_err(|error| SubmittingError::wrong("portal/portal.toml", &error))?,
            calendar: calendar.map_err(|error| SubmittingError::wrong("claims/calendar.toml", &error))?,
            sending: policy::sending(&policy::text(claims, "claims", "sending.toml")?)?,
            asking: policy::asking(&policy::text(portal, "portal", "eligibility.toml")?)?,
            profile,
            signer,
            lanes: Lanes::default(),
        })
    }
}
