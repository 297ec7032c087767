//! Which policies can have a say in a role's action, by their scopes: a few of all, so that a decision costs
//! microseconds however many roles there are.

use std::collections::HashMap;

use cedar_policy::{ActionConstraint, EntityUid, Policy, PolicySet, PolicySetError, PrincipalConstraint};
use vienphi_domain::{Action, Role};

use crate::question::Words;

/// The policies of each role and action.
pub(crate) type Scopes = HashMap<(Role, Action), PolicySet>;

/// Sorts all policies. One that is in doubt is asked.
pub(crate) fn sort(all: &PolicySet, words: &Words) -> Result<Scopes, Box<PolicySetError>> {
    let mut scopes = Scopes::new();
    for (role, role_name) in words.roles() {
        for (action, action_name) in words.actions() {
            let some = all.policies().filter(|policy| may_concern(policy, role_name, action_name));
            scopes.insert((role, action), PolicySet::from_policies(some.cloned())?);
        }
    }
    Ok(scopes)
}

/// Could the scope of the policy hold? Only what certainly fails is left out: another role or another action, and
/// neither a role nor an action is ever part of another.
fn may_concern(policy: &Policy, role: &EntityUid, action: &EntityUid) -> bool {
    let of_role = match policy.principal_constraint() {
        PrincipalConstraint::In(of) | PrincipalConstraint::IsIn(_, of) => {
            of.type_name() != role.type_name() || of == *role
        }
        PrincipalConstraint::Any | PrincipalConstraint::Eq(_) | PrincipalConstraint::Is(_) => true,
    };
    let of_action = match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::In(actions) => actions.contains(action),
        ActionConstraint::Eq(one) => one == *action,
    };
    of_role && of_action
}
