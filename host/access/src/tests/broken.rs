//! Files that are refused, with what is said of them.

use super::*;

/// What is said of the files after a change.
fn said(change: impl FnOnce(&mut Files)) -> String {
    let mut files = files();
    change(&mut files);
    Access::read(&files).expect_err("it was read").to_string()
}

/// What is said of the files after one more policy file.
fn said_of(policy: &str) -> String {
    said(|files| drop(files.insert("more.cedar".to_owned(), policy.into())))
}

/// What is said of the files after a replacement in one of them.
fn said_after(name: &str, from: &str, to: &str) -> String {
    said(|files| {
        let text = String::from_utf8(files[name].clone()).unwrap();
        assert!(text.contains(from), "{name} does not contain {from}");
        files.insert(name.to_owned(), text.replacen(from, to, 1).into());
    })
}

#[track_caller]
fn assert_says(said: &str, pieces: &[&str]) {
    assert!(pieces.iter().all(|piece| said.contains(piece)), "{said}\n\nshould say {pieces:?}");
}

#[test]
fn a_policy_that_means_nothing_is_refused() {
    let one = |scope: &str, when: &str| format!("// Why.\n@id(\"more.one\")\npermit ({scope}) {when};\n");
    for (policy, pieces) in [
        (one("principal, action == Action::\"deposit.tke\", resource", ""), &["more.cedar:3", "deposit.tke"][..]),
        (one("principal in Role::\"cashiers\", action, resource", ""), &["more.cedar:3", "cashiers"]),
        (one("principal in Rolle::\"cashier\", action, resource", ""), &["more.cedar:3", "Rolle"]),
        (one("principal, action, resource", "when { resource.patient == \"x\" }"), &["more.cedar:3", "patient"]),
        (one("principal, action, resource", "when { resource.made_by == \"x\" }"), &["more.cedar:3", "made_by"]),
        (one("principal, action, resource", "when { resource.in_open_shift == \"x\" }"), &["more.cedar:3", "Bool"]),
        (
            one("principal, action, resource", "when { resource has kind && resource.kind == ApprovalKind::\"gift\" }"),
            &["more.cedar:3", "gift"],
        ),
        (one("principal, action, resource", "when { false }"), &["more.cedar:2", "impossible"]),
        (one("principal, action, resource", "when { principal.name == \"аdmin\" }"), &["more.cedar:3", "mixed"]),
        (one("principal == ?principal, action, resource", ""), &["more.cedar:1", "template"]),
        ("permit (principal, action, resource)".to_owned(), &["more.cedar:1", "unexpected end"]),
        ("\n\npermit (principal; action, resource);".to_owned(), &["more.cedar:3", "unexpected token"]),
        ("permit (principal, action, resource);".to_owned(), &["more.cedar:1", "without @id", "permit"]),
        ("@id(\" \")\npermit (principal, action, resource);".to_owned(), &["more.cedar:1", "without @id"]),
        (
            "@id(\"cashier.money\")\npermit (principal, action, resource);".to_owned(),
            &["more.cedar:1", "cashier.money is taken", "cashier.cedar"],
        ),
    ] {
        assert_says(&said_of(&policy), pieces);
    }
}

#[test]
fn every_fault_is_named_at_once() {
    let said = said(|files| {
        files.insert("more.cedar".into(), "permit (principal, action, resource);".into());
        files.insert("cashier.cedar".into(), "permit;".into());
        files.insert("auditor.cedar~".into(), Vec::new());
        files.insert("his.cedar".into(), vec![0xff]);
    });
    assert_says(&said, &["more.cedar:1", "cashier.cedar:1", "auditor.cedar~:1", "his.cedar:1", "UTF-8"]);
    assert_eq!(said.lines().count(), 4, "{said}");
}

#[test]
fn a_missing_file_of_all_is_refused() {
    let said_without = |name: &str| said(|files| drop(files.remove(name)));
    assert_says(&said_without("access.cedarschema"), &["access/access.cedarschema:1: is missing"]);
    assert_eq!(said_without("access.cedarschema").lines().count(), 1);
    assert_says(&said_without("everyone.cedar"), &["access/everyone.cedar:1: is missing"]);
    assert_says(&Access::read(&Files::new()).unwrap_err().to_string(), &["access.cedarschema", "everyone.cedar"]);
}

#[test]
fn a_role_without_a_file_may_do_nothing() {
    let mut files = files();
    files.remove("cashier.cedar");
    let access = Access::read(&files).unwrap();
    let left = Action::WORDS.iter().filter(|(_, action)| {
        let about = About { made_by: Some(ME), ..neutral() };
        decide(&access, Role::Cashier, *action, &about).is_allowed
    });
    assert_eq!(left.count(), 0);
}

#[test]
fn the_schema_and_the_program_agree() {
    let schema = "access.cedarschema";
    for (from, to, pieces) in [
        ("\"webhook.write\", ", "", &["Action::\"webhook.write\" is missing", "access.cedarschema:1"][..]),
        ("\"webhook.write\"", "\"webhook.write\", \"webhook.eat\"", &["webhook.eat", "nothing that the program asks"]),
        ("\"audit.read\",", "\"audit.read\" \"x\",", &["access.cedarschema:4", "unexpected token"]),
        ("made_by?: String", "made_by: String", &["access.cedarschema", "does not fit", "made_by"]),
        ("name: String", "called: String", &["access.cedarschema", "does not fit", "called"]),
        ("kind?: ApprovalKind", "kind?: String", &["access.cedarschema", "does not fit", "kind"]),
        ("\"his\",", "", &["access.cedarschema", "does not fit", "his"]),
        ("principal: [Actor]", "principal: [Role]", &["access.cedarschema", "does not fit", "Actor"]),
        ("resource: [Record]", "resource: [Record], context: { day: String }", &["does not fit", "context"]),
        ("action\n", "action \"money\" appliesTo { principal: [Actor], resource: [Record] };\naction\n", &["money"]),
    ] {
        assert_says(&said_after(schema, from, to), pieces);
    }
    let grouped = "action \"audit.read\" in [\"ledger.read\"] appliesTo { principal: [Actor], resource: [Record] };";
    let said = said(|files| {
        let text = String::from_utf8(files[schema].clone()).unwrap().replacen("    \"audit.read\",\n", "", 1);
        files.insert(schema.to_owned(), format!("{text}{grouped}\n").into());
    });
    assert_eq!(
        said,
        "access/access.cedarschema:1: Action::\"ledger.read\" is a group of actions: list the actions themselves"
    );
}
