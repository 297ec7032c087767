//! What depends on whose the record is, and on the kind of an approval.

use super::*;

const KINDS: [&str; 7] = ["refund", "write-off", "reopen", "shift-difference", "repricing", "rail", "portal"];

fn made_by(name: Option<&'static str>) -> About<'static> {
    About { made_by: name, ..neutral() }
}

fn may(access: &Access, role: Role, action: Action, about: About<'_>) -> bool {
    decide(access, role, action, &about).is_allowed
}

#[test]
fn nobody_decides_what_they_asked_for() {
    let access = access();
    for (_, role) in Role::WORDS {
        // Who asked must be known: an approval of nobody's would be one person's.
        for name in [Some(ME), None] {
            for kind in KINDS.map(Some).into_iter().chain([None]) {
                let about = About { kind, ..made_by(name) };
                let decision = decide(&access, *role, Action::ApprovalDecide, &about);
                assert!(!decision.is_allowed, "{} {kind:?}", role.word());
                assert_eq!(decision.reasons, ["everyone.two-persons"]);
            }
        }
    }
}

#[test]
fn a_supervisor_decides_what_happens_at_the_counter_and_a_director_everything() {
    let access = access();
    for kind in KINDS {
        let about = About { kind: Some(kind), ..neutral() };
        let decides = |role| may(&access, role, Action::ApprovalDecide, about);
        let is_counter = !["repricing", "rail", "portal"].contains(&kind);
        assert_eq!(decides(Role::CashSupervisor), is_counter, "{kind}");
        assert!(decides(Role::Director), "{kind}");
    }
    for kind in [None, Some("present"), Some("")] {
        let about = About { kind, ..neutral() };
        assert!(!may(&access, Role::CashSupervisor, Action::ApprovalDecide, about), "{kind:?}");
    }
}

#[test]
fn a_cashier_reverses_her_own_receipt_while_the_shift_is_open() {
    let access = access();
    for (name, in_open_shift) in
        [(Some(ME), true), (Some(ME), false), (Some(OTHER), true), (Some(OTHER), false), (None, true), (None, false)]
    {
        let about = About { in_open_shift, ..made_by(name) };
        let reverses = |role| may(&access, role, Action::ReceiptReverse, about);
        assert_eq!(reverses(Role::Cashier), name == Some(ME) && in_open_shift, "{name:?} {in_open_shift}");
        assert!(reverses(Role::CashSupervisor), "{name:?} {in_open_shift}");
        assert!(!reverses(Role::His) && !reverses(Role::Director));
    }
}

#[test]
fn a_cashier_has_her_own_shifts() {
    let access = access();
    for action in [Action::ShiftCount, Action::ShiftClose, Action::ShiftHandOver, Action::ShiftRead] {
        for name in [Some(ME), Some(OTHER), None] {
            assert_eq!(may(&access, Role::Cashier, action, made_by(name)), name == Some(ME), "{name:?}");
            assert!(may(&access, Role::CashSupervisor, action, made_by(name)), "{name:?}");
        }
    }
    assert!(may(&access, Role::Cashier, Action::ShiftOpen, About::facility(HERE)));
}

#[test]
fn without_a_record_only_what_asks_for_none_is_allowed() {
    let access = access();
    for (role, action) in pairs() {
        let without = may(&access, role, action, About::facility(HERE));
        let needs_one = action == Action::ApprovalDecide;
        assert_eq!(without, may(&access, role, action, neutral()) && !needs_one, "{} {}", role.word(), action.word());
    }
}

#[test]
fn names_are_compared_letter_by_letter() {
    let access = access();
    for name in ["AN", "an ", "79001/an", "an\"", "ａｎ"] {
        let about = About { made_by: Some(name), ..neutral() };
        assert!(!may(&access, Role::Cashier, Action::ShiftClose, about), "{name:?}");
    }
    let odd =
        Actor { facility: HERE.into(), name: "o\"; permit (principal, action, resource);".into(), role: Role::His };
    assert!(!access.decide(&odd, Action::LedgerRead, &neutral()).is_allowed);
    let about = About { made_by: Some(&odd.name), ..neutral() };
    let cashier = Actor { role: Role::Cashier, ..odd.clone() };
    assert!(access.decide(&cashier, Action::ShiftClose, &about).is_allowed);
}
