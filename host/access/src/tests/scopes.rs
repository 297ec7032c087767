//! A decision asks few policies; asking all of them would say the same.

use cedar_policy::Authorizer;

use super::*;
use crate::{question, read, scope};

/// Policies of every form of scope, beside those of the repository.
const ODD: &str = r#"
@id("odd.one-person") permit (principal == Actor::"79001/an", action, resource);
@id("odd.persons-in") forbid (principal in Actor::"79001/an", action == Action::"audit.read", resource);
@id("odd.is") permit (principal is Actor, action == Action::"ledger.read", resource is Record);
@id("odd.is-in") forbid (principal is Actor in Role::"his", action in [Action::"shift.read"], resource);
@id("odd.role-of-when") forbid (principal, action, resource) when { principal in Role::"auditor" };
@id("odd.action-of-when") forbid (principal, action, resource) when { action == Action::"refund.pay" };
@id("odd.unless") permit (principal, action, resource) unless { principal in [Role::"his", Role::"director"] };
"#;

#[test]
fn the_policies_left_out_would_not_decide() {
    let mut files = files();
    for odd in ["", ODD] {
        files.insert("odd.cedar".to_owned(), odd.into());
        let (all, words) = read::all(&files).unwrap();
        let scopes = scope::sort(&all, &words).unwrap();
        let largest = scopes.values().map(|some| some.policies().count()).max().unwrap();
        assert!(largest < all.policies().count() / 2, "{largest}");
        let access = Access::read(&files).unwrap();
        for (role, action) in pairs() {
            for (facility, made_by) in [(HERE, Some(ME)), (HERE, Some(OTHER)), (HERE, None), ("79002", Some(ME))] {
                let about = About { facility, made_by, ..neutral() };
                let question::Question { request, entities } =
                    words.question(&actor(role), action, &about, None).unwrap();
                let of_all = Authorizer::new().is_authorized(&request, &all, &entities);
                let mut reasons: Vec<String> = of_all.diagnostics().reason().map(ToString::to_string).collect();
                reasons.sort();
                let is_allowed = of_all.decision() == cedar_policy::Decision::Allow;
                assert_eq!(decide(&access, role, action, &about), Decision { is_allowed, reasons });
            }
        }
    }
}

#[test]
fn a_policy_that_fails_denies() {
    let mut files = files();
    let failing = "@id(\"odd.fails\") forbid (principal, action, resource) when { 9223372036854775807 + 1 == 0 };";
    files.insert("odd.cedar".to_owned(), failing.into());
    let access = Access::read(&files).unwrap();
    let decision = decide(&access, Role::His, Action::PatientRead, &neutral());
    assert_eq!(decision, Decision { is_allowed: false, reasons: Vec::new() });
}
