//! Decisions.

use std::collections::BTreeMap;

use cedar_policy::Authorizer;
use vienphi_domain::{Action, Actor};

use crate::about::{About, Decision};
use crate::question::{Question, Unasked, Words};
use crate::read::{self, AccessError};
use crate::scope::{self, Scopes};

/// Who may do what, as the policies say.
#[derive(Debug)]
pub struct Access {
    authorizer: Authorizer,
    scopes: Scopes,
    words: Words,
}

impl Access {
    /// Reads the files of `policies/access` by name (`access.cedarschema`, `cashier.cedar`, …). Every policy must pass
    /// Cedar's strict validation without a warning, and every [`Action`] must be an action of the schema.
    pub fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<Access, AccessError> {
        let (policies, words) = read::all(files)?;
        let scopes = scope::sort(&policies, &words).map_err(|error| AccessError { faults: vec![error.to_string()] })?;
        Ok(Access { authorizer: Authorizer::new(), scopes, words })
    }

    /// May the actor do that, for showing what may be done? Nothing is logged, since nothing is done.
    pub fn permits(&self, actor: &Actor, action: Action, about: &About<'_>) -> bool {
        self.ask(actor, action, about).is_ok_and(|decision| decision.is_allowed)
    }

    /// May the actor do that? What no policy permits is denied.
    pub fn decide(&self, actor: &Actor, action: Action, about: &About<'_>) -> Decision {
        let decision = self.ask(actor, action, about).unwrap_or_else(|error| {
            tracing::error!(%error, action = action.word(), "denied: the policies could not be asked");
            Decision { is_allowed: false, reasons: Vec::new() }
        });
        let (name, facility, role) = (&*actor.name, &*actor.facility, actor.role.word());
        let (action, reasons) = (action.word(), &decision.reasons);
        if decision.is_allowed {
            tracing::debug!(name, facility, role, action, ?reasons, "allowed");
        } else {
            tracing::info!(name, facility, role, action, ?reasons, "denied");
        }
        decision
    }

    fn ask(&self, actor: &Actor, action: Action, about: &About<'_>) -> Result<Decision, Unasked> {
        let policies = self.scopes.get(&(actor.role, action)).ok_or("no policies were sorted for it")?;
        let Question { request, entities } = self.words.question(actor, action, about, None)?;
        let response = self.authorizer.is_authorized(&request, policies, &entities);
        let diagnostics = response.diagnostics();
        // Cedar passes over a policy that fails: were that a forbid, its permit would stand.
        if let Some(error) = diagnostics.errors().next() {
            return Err(error.clone().into());
        }
        let mut reasons: Vec<String> = diagnostics.reason().map(ToString::to_string).collect();
        reasons.sort_unstable();
        Ok(Decision { is_allowed: response.decision() == cedar_policy::Decision::Allow, reasons })
    }
}
