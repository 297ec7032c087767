//! Who may do what with another's record at one's own facility, action by action.

use std::collections::BTreeSet;

use super::*;

/// The columns, in the order of the rows below.
const ROLES: [Role; 10] = [
    Role::Cashier,
    Role::CashSupervisor,
    Role::ClaimsOfficer,
    Role::Verifier,
    Role::Integrator,
    Role::PriceOfficer,
    Role::His,
    Role::Director,
    Role::Administrator,
    Role::Auditor,
];

/// Cashier, cash Supervisor, claims Officer, Verifier, Integrator, Price officer, HIS, Director, aDministrator (M),
/// Auditor.
const ROWS: [(&str, &str); 60] = [
    ("patient.write", "CS....H..."),
    ("patient.read", "CSO...H..."),
    ("patient.merge", ".SO...H..."),
    ("encounter.write", "......H..."),
    ("encounter.read", "CSOV.PHD.A"),
    ("statement.read", "CSOV.PHD.A"),
    ("encounter.close", "CS....H..."),
    ("encounter.reopen", "CSO...H..."),
    ("account.read", "CSO...HD.A"),
    ("deposit.take", "CS....H..."),
    ("settlement.take", "CS........"),
    ("refund.ask", "CS........"),
    ("refund.pay", "CS........"),
    ("write-off.ask", "CS........"),
    ("receipt.read", "CSO...HD.A"),
    ("receipt.reverse", ".S........"),
    ("receipt.confirm", "CS........"),
    ("receipt-book.open", ".S......M."),
    ("shift.open", "CS........"),
    ("shift.count", ".S........"),
    ("shift.close", ".S........"),
    ("shift.hand-over", ".S........"),
    ("shift.read", ".S.....DMA"),
    ("approval.read", "CS.....DMA"),
    ("approval.decide", ".S.....D.."),
    ("unapplied.read", "CS.....D.A"),
    ("unapplied.record", "CS....H..."),
    ("unapplied.apply", "CS........"),
    ("payment-request.create", "CS....H..."),
    ("payment-request.read", "CS....HD.A"),
    ("payment-request.cancel", "CS....H..."),
    ("payment-request.release", "CS........"),
    ("payment-attempt.resolve", ".S.....D.."),
    ("rail.ask", "........M."),
    ("rail.read", "CS....HDMA"),
    // Rails act by themselves.
    ("payment.receive", ".........."),
    ("repricing.ask", "..O..P...."),
    ("repricing.read", ".SO.IP.D.A"),
    ("repricing.apply", ".....P...."),
    ("ledger.read", ".S.....D.A"),
    ("ledger.export", ".S.....D.A"),
    ("audit.read", ".......DMA"),
    ("webhook.write", "....I...M."),
    ("webhook.read", "....I...MA"),
    ("token.write", "........M."),
    ("claim.write", "..O......."),
    ("claim.read", "..OV...D.A"),
    ("claim.submit", "..O......."),
    ("claim.withdraw", "..O......."),
    ("claim.resolve", "..O....D.."),
    // The program sends by itself.
    ("claim.send", ".........."),
    ("claim-check.make", "..OV......"),
    ("claim-check.read", "..OV...D.A"),
    ("portal.ask", "........M."),
    ("portal.read", "..O....DMA"),
    ("eligibility.ask", "C.O...H..."),
    ("eligibility.read", "C.O...H..."),
    // Whoever has an account begins a session with its password: no policy is asked.
    ("session.begin", ".........."),
    ("person.write", "........M."),
    ("person.read", "........M."),
];

#[test]
fn each_role_does_its_own_work_and_no_more() {
    let access = access();
    let rows: BTreeSet<&str> = ROWS.iter().map(|(word, _)| *word).collect();
    let actions: BTreeSet<&str> = Action::WORDS.iter().map(|(word, _)| *word).collect();
    assert_eq!(rows, actions);
    assert_eq!(ROLES.len(), Role::WORDS.len());
    for (word, marks) in ROWS {
        let (_, action) = Action::WORDS.iter().find(|(other, _)| *other == word).unwrap();
        assert_eq!(marks.len(), ROLES.len(), "{word}");
        for (role, mark) in ROLES.into_iter().zip(marks.chars()) {
            let decision = decide(&access, role, *action, &neutral());
            assert_eq!(decision.is_allowed, mark != '.', "{} {word}: {:?}", role.word(), decision.reasons);
            if decision.is_allowed {
                let own = format!("{}.", role.word());
                assert!(decision.reasons.iter().all(|id| id.starts_with(&own)), "{:?}", decision.reasons);
                assert!(!decision.reasons.is_empty());
            } else {
                assert!(decision.reasons.is_empty(), "{:?}", decision.reasons);
            }
        }
    }
}

/// What may be done at another facility, by some role to one's own or another's record.
fn reach_abroad(access: &Access) -> Vec<String> {
    let mut found = Vec::new();
    for (role, action) in pairs() {
        for made_by in [None, Some(ME), Some(OTHER)] {
            let about = About { facility: "79002", made_by, ..neutral() };
            let decision = decide(access, role, action, &about);
            if decision.is_allowed || !decision.reasons.contains(&"everyone.own-facility".to_owned()) {
                found.push(format!("{} {}", role.word(), action.word()));
            }
        }
    }
    found
}

#[test]
fn nobody_does_anything_at_another_facility() {
    assert_eq!(reach_abroad(&access()), [""; 0]);
    // Were the forbids gone, this test would see it.
    let mut files = files();
    let nothing = "// Nothing is forbidden.\n";
    files.insert("everyone.cedar".to_owned(), nothing.into());
    assert!(reach_abroad(&Access::read(&files).unwrap()).contains(&"his patient.read".to_owned()));
}

#[test]
fn each_policy_is_in_the_file_of_its_role() {
    for (name, bytes) in files() {
        let Some(stem) = name.strip_suffix(".cedar") else { continue };
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(stem == "everyone" || Role::parse(stem).is_some(), "{name}");
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("@id(")) {
            assert!(line.starts_with(&format!("@id(\"{stem}.")), "{name}: {line}");
            assert!(lines[at - 1].starts_with("// "), "{name}: {line} does not say why");
        }
        for role in Role::WORDS.iter().map(|(word, _)| *word).filter(|word| *word != stem) {
            assert!(!text.contains(&format!("Role::\"{role}\"")), "{name} speaks of {role}");
        }
    }
    for (word, _) in Role::WORDS {
        assert!(files().contains_key(&format!("{word}.cedar")), "{word} has no file");
    }
}
