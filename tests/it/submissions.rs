//! Claims sent to the insurer's portal over HTTP, on both databases: what it takes, refuses, loses and does not have.

use std::time::{SystemTime, UNIX_EPOCH};

use acceptance::browser::Browser;
use acceptance::database::{BOTH, Database, Kind};
use acceptance::hospital::Hospital;
use acceptance::people::{CHOSEN, person};
use acceptance::portal::{self, Policies, becomes, insured, submitted};
use serde_json::{Value, json};
use simulators::InsurerPortal;
use simulators::portal::{Down, Faults, PortalCard, PortalVisit, Settings};
use vienphi_domain::Moment;

use crate::desk::{refused, with};
use crate::program::binary;

/// On both databases, with a portal and an account at it; at the end everything must hold together.
fn on_both(name: &str, policies: &Policies, scenario: impl Fn(&mut Hospital, &mut InsurerPortal)) {
    for kind in BOTH {
        let mut portal = portal::portal();
        let folder = policies.at(name, &portal.url());
        let database = Database::new(kind, name);
        let path = folder.path().to_str().unwrap().to_owned();
        let mut hospital = Hospital::start(&binary(), &database, &["--policies", &path]);
        portal::set_up(&hospital);
        scenario(&mut hospital, &mut portal);
        hospital.verify();
    }
}

/// How often the portal accepted the newest version's file.
fn accepted(portal: &InsurerPortal, claim: &Value) -> u32 {
    let versions = claim["versions"].as_array().unwrap();
    let digest = versions.last().unwrap()["digest"].as_str().unwrap();
    portal.accepted("92114", claim["encounter"].as_str().unwrap(), digest)
}

#[test]
fn a_claim_is_made_checked_sent_and_received() {
    on_both("submission", &Policies::default(), |hospital, portal| {
        with(201, hospital.put(&insured("S1")));
        let made = with(200, hospital.post("giang", "/claims", json!({"encounters": ["S1", "S9"]})));
        let (item, missing) = (&made["items"][0], &made["items"][1]);
        assert_eq!((&item["outcome"], &item["state"]), (&json!("made"), &json!("checked")), "{made:#}");
        assert_eq!((&missing["outcome"], &missing["problem"]["status"]), (&json!("problem"), &json!(404)));
        let id = item["id"].as_i64().unwrap();
        let again = with(200, hospital.post("giang", "/claims", json!({"month": "2026-03"})));
        assert_eq!((&again["items"][0]["outcome"], &again["items"][0]["id"]), (&json!("unchanged"), &json!(id)));
        let queued = with(202, hospital.post("giang", &format!("/claims/{id}/submit"), json!({})));
        assert_eq!(queued["state"], "sending");
        let claim = becomes(hospital, id, "received");
        assert_eq!(accepted(portal, &claim), 1);
        let kept = &portal.claims()[0];
        assert_eq!(claim["transaction_id"], kept.transaction.as_str());
        let steps = claim["versions"][0]["steps"].as_array().unwrap();
        let steps: Vec<&str> = steps.iter().map(|step| step["event"].as_str().unwrap()).collect();
        assert_eq!(steps, ["cleared", "submitted", "left", "accepted"]);
        let deadlines: Vec<&Value> = claim["deadlines"].as_array().unwrap().iter().map(|due| &due["name"]).collect();
        assert_eq!(deadlines, ["send", "payment-request", "month"]);
        refused(409, "claim-state", hospital.post("giang", &format!("/claims/{id}/submit"), json!({})));
        let file = hospital.get("hoa", &format!("/claims/{id}/versions/1/claim.xml"));
        assert_eq!((file.status, file.bytes.starts_with(b"<?xml")), (200, true));
        assert_eq!(hospital.get("hoa", "/encounters/S1/claim.xml").status, 200);
    });
}

fn submit(hospital: &Hospital, claim: i64) -> acceptance::hospital::Answer {
    hospital.post("giang", &format!("/claims/{claim}/submit"), json!({}))
}

fn events(claim: &Value, version: usize) -> Vec<String> {
    let steps = claim["versions"][version - 1]["steps"].as_array().unwrap();
    steps.iter().map(|step| step["event"].as_str().unwrap().to_owned()).collect()
}

/// The answer is lost after the portal took the file: it is looked for, found, and not sent again.
#[test]
fn an_answer_that_was_lost_is_looked_for() {
    on_both("submission-lost", &Policies::default(), |hospital, portal| {
        for (id, faults) in [
            ("L1", Faults { only: "claim".into(), lost_percent: 100, ..Faults::default() }),
            ("L2", Faults { only: "claim".into(), garbled_percent: 100, ..Faults::default() }),
            ("L3", Faults { only: "claim".into(), failed_after_percent: 100, ..Faults::default() }),
            ("L4", Faults { only: "claim".into(), slow_percent: 100, slow_milliseconds: 3_000, ..Faults::default() }),
        ] {
            with(201, hospital.put(&insured(id)));
            portal.fail(faults);
            let claim = submitted(hospital, id);
            becomes(hospital, claim, "unknown");
            refused(409, "claim-under-way", submit(hospital, claim));
            refused(
                409,
                "claim-state",
                hospital.post("giang", &format!("/claims/{claim}/withdraw"), json!({"reason": "thử"})),
            );
            portal.fail(Faults::default());
            let claim = becomes(hospital, claim, "received");
            assert_eq!(events(&claim, 1), ["cleared", "submitted", "left", "lost", "accepted"], "{id}");
            assert_eq!(accepted(portal, &claim), 1, "{id}");
        }
    });
}

/// The answer is lost before the portal took the file: when it is sure that it is not there, it is sent again.
#[test]
fn what_never_arrived_is_sent_again_when_that_is_sure() {
    on_both("submission-absent", &Policies::default(), |hospital, portal| {
        with(201, hospital.put(&insured("A1")));
        portal.fail(Faults { only: "claim".into(), ..Faults::down(Down::Silent) });
        let claim = submitted(hospital, "A1");
        becomes(hospital, claim, "unknown");
        portal.fail(Faults::default());
        let claim = becomes(hospital, claim, "received");
        assert_eq!(events(&claim, 1), ["cleared", "submitted", "left", "lost", "absent", "left", "accepted"]);
        assert_eq!(accepted(portal, &claim), 1);
    });
}

/// Nobody can ask this portal: a person looks, and says what is there.
#[test]
fn without_a_query_a_person_looks() {
    let policies = Policies { has_lookup: false, ..Policies::default() };
    on_both("submission-person", &policies, |hospital, portal| {
        let lost = Faults { only: "claim".into(), lost_percent: 100, ..Faults::default() };
        let mut waiting = Vec::new();
        for id in ["W1", "W2"] {
            with(201, hospital.put(&insured(id)));
            portal.fail(lost.clone());
            let claim = submitted(hospital, id);
            portal::watched(hospital, claim, |now| now["waits_since"].is_string());
            waiting.push(claim);
        }
        portal.fail(Faults::default());
        let list = with(200, hospital.get("hoa", "/claims?waiting=1"));
        assert_eq!(list["items"].as_array().unwrap().len(), 2, "{list:#}");
        let resolve =
            |who: &str, claim: i64, body: Value| hospital.post(who, &format!("/claims/{claim}/resolve"), body);
        refused(403, "forbidden", resolve("hoa", waiting[0], json!({"outcome": "absent", "reason": "thử"})));
        refused(422, "invalid-request", resolve("giang", waiting[0], json!({"outcome": "received", "reason": "thử"})));
        let found = json!({"outcome": "received", "transaction_id": "GD-77", "reason": "có trên cổng"});
        let received = with(200, resolve("dung", waiting[0], found));
        assert_eq!((&received["state"], &received["transaction_id"]), (&json!("received"), &json!("GD-77")));
        assert_eq!(received.get("waits_since"), None);
        // It was accepted, and a person says that it was not: the portal has it twice then, which is that person's word.
        with(200, resolve("giang", waiting[1], json!({"outcome": "absent", "reason": "không thấy trên cổng"})));
        let claim = becomes(hospital, waiting[1], "received");
        assert_eq!(accepted(portal, &claim), 2);
        refused(409, "claim-state", resolve("giang", waiting[1], json!({"outcome": "absent", "reason": "thử"})));
    });
}

/// Nothing of these was done: the file is sent again by itself and is there once.
#[test]
fn what_the_portal_did_not_take_is_sent_again() {
    on_both("submission-again", &Policies::default(), |hospital, portal| {
        let one = |name: &str| Faults { only: name.into(), ..Faults::default() };
        for (id, faults) in [
            ("N1", Faults { only: "claim".into(), ..Faults::busy(1) }),
            ("N2", Faults { is_busy_in_body: true, only: "claim".into(), ..Faults::busy(1) }),
            ("N3", Faults { only: "claim".into(), ..Faults::down(Down::Closed) }),
            ("N4", Faults { signed_out_percent: 100, ..one("claim") }),
            ("N5", Faults { only: "sign-in".into(), ..Faults::down(Down::Silent) }),
        ] {
            with(201, hospital.put(&insured(id)));
            portal.end_sessions();
            portal.fail(faults);
            let claim = submitted(hospital, id);
            std::thread::sleep(std::time::Duration::from_millis(700));
            portal.fail(Faults::default());
            let claim = becomes(hospital, claim, "received");
            assert_eq!(accepted(portal, &claim), 1, "{id}");
            assert!(!events(&claim, 1).contains(&"lost".to_owned()), "{id}: {:?}", events(&claim, 1));
        }
        // The same answer in other words is the same answer.
        portal.fail(Faults { odd_percent: 100, ..Faults::default() });
        with(201, hospital.put(&insured("N6")));
        let claim = becomes(hospital, submitted(hospital, "N6"), "received");
        assert_eq!(accepted(portal, &claim), 1);
        portal.fail(Faults::default());
        // Nobody is there at all.
        portal.unplug();
        with(201, hospital.put(&insured("N7")));
        let claim = submitted(hospital, "N7");
        std::thread::sleep(std::time::Duration::from_secs(2));
        portal.plug_in();
        let claim = becomes(hospital, claim, "received");
        assert_eq!(accepted(portal, &claim), 1);
    });
}

/// The portal says why; the visit is put right, and its claim is replaced.
#[test]
fn a_refused_claim_is_replaced() {
    on_both("submission-refused", &Policies::default(), |hospital, portal| {
        portal.set(Settings { is_past_deadline: true, ..Settings::default() });
        with(201, hospital.put(&insured("R1")));
        let id = submitted(hospital, "R1");
        let claim = becomes(hospital, id, "refused");
        let said = &claim["versions"][0]["answers"][0];
        assert!(said["message"].as_str().unwrap().contains("Quá thời hạn"), "{said:#}");
        assert!(said["advice"]["en"].is_string(), "{said:#}");
        let fix = claim["deadlines"].as_array().unwrap().iter().find(|due| due["name"] == "fix");
        assert!(fix.is_some(), "{claim:#}");
        refused(409, "claim-state", submit(hospital, id));
        portal.set(Settings::default());
        let replace = || hospital.post("giang", &format!("/claims/{id}/replace"), json!({}));
        let replaced = with(201, replace());
        assert_eq!((&replaced["version"], &replaced["state"]), (&json!(2), &json!("checked")));
        with(202, submit(hospital, id));
        let claim = becomes(hospital, id, "received");
        assert_eq!(claim["versions"][0]["state"], "replaced");
        assert_eq!(claim["versions"][1]["replaces"], 1);
        refused(409, "claim-unchanged", replace());
        // The visit changes after its claim was sent: it is due again, and the portal's version stays until the new one is there.
        let mut visit = insured("R1");
        visit["lines"][1]["quantity"] = json!("12");
        with(200, hospital.put(&visit));
        let list = with(200, hospital.get("giang", "/claims?outdated=1"));
        assert_eq!((&list["items"][0]["id"], &list["items"][0]["outdated"]), (&json!(id), &json!(true)));
        let made = with(200, hospital.post("giang", "/claims", json!({"encounters": ["R1"]})));
        assert_eq!(made["items"][0]["outcome"], "outdated");
        with(201, replace());
        let claim = with(200, hospital.get("giang", &format!("/claims/{id}")));
        assert_eq!(claim["versions"][1]["state"], "received");
        with(202, submit(hospital, id));
        let claim = becomes(hospital, id, "received");
        assert_eq!((&claim["versions"][1]["state"], &claim["version"]), (&json!("replaced"), &json!(3)));
        assert_eq!(accepted(portal, &claim), 1);
    });
}

/// An unpaid visit is sent without NGAY_TTOAN, and is due again when it was paid.
#[test]
fn a_paid_visit_is_sent_again_with_its_payment() {
    on_both("submission-paid", &Policies::default(), |hospital, _| {
        with(201, hospital.put(&insured("P1")));
        let id = submitted(hospital, "P1");
        let claim = becomes(hospital, id, "received");
        assert_eq!(claim.get("paid_at"), None);
        with(200, hospital.post("his", "/encounters/P1/close", json!({})));
        let due = hospital.account("P1")["due"].as_str().unwrap().to_owned();
        with(
            201,
            hospital.post("an", "/encounters/P1/settlements", json!({"payments": [{"amount": due, "method": "cash"}]})),
        );
        let claim = with(200, hospital.get("giang", &format!("/claims/{id}")));
        assert_eq!(claim["outdated"], true, "{claim:#}");
        let replaced = with(201, hospital.post("giang", &format!("/claims/{id}/replace"), json!({})));
        assert!(replaced["paid_at"].is_string(), "{replaced:#}");
        with(202, submit(hospital, id));
        let claim = becomes(hospital, id, "received");
        assert_eq!((&claim["outdated"], &claim["versions"][0]["state"]), (&json!(false), &json!("replaced")));
        let file = hospital.get("giang", &format!("/claims/{id}/versions/2/claim.xml"));
        assert_eq!(file.status, 200);
    });
}

#[test]
fn a_claim_is_withdrawn_as_long_as_it_is_ours_or_by_a_person() {
    on_both("submission-withdrawn", &Policies::default(), |hospital, portal| {
        let withdraw = |claim: i64, body: Value| hospital.post("giang", &format!("/claims/{claim}/withdraw"), body);
        portal.fail(Faults { only: "sign-in".into(), ..Faults::down(Down::Closed) });
        with(201, hospital.put(&insured("D1")));
        let ours = submitted(hospital, "D1");
        refused(422, "invalid-request", withdraw(ours, json!({})));
        let gone = with(200, withdraw(ours, json!({"reason": "sai người bệnh"})));
        assert_eq!((&gone["state"], gone.get("waits_since")), (&json!("withdrawn"), None));
        portal.fail(Faults::default());
        std::thread::sleep(std::time::Duration::from_secs(3));
        assert!(portal.claims().is_empty());
        with(201, hospital.put(&insured("D2")));
        let theirs = submitted(hospital, "D2");
        becomes(hospital, theirs, "received");
        let gone = with(200, withdraw(theirs, json!({"reason": "gửi nhầm", "version": 1})));
        assert!(gone["waits_since"].is_string(), "{gone:#}");
        let done = json!({"outcome": "done", "reason": "đã huỷ trên cổng"});
        let done = with(200, hospital.post("giang", &format!("/claims/{theirs}/resolve"), done));
        assert_eq!(done.get("waits_since"), None);
        // A visit that was withdrawn may be claimed anew.
        with(201, hospital.post("giang", &format!("/claims/{theirs}/replace"), json!({})));
        with(202, submit(hospital, theirs));
        becomes(hospital, theirs, "received");
    });
}

/// Two people, one version: one of them sends it.
#[test]
fn two_submits_at_once_send_it_once() {
    on_both("submission-twice", &Policies::default(), |hospital, portal| {
        portal.fail(Faults { slow_percent: 100, slow_milliseconds: 300, ..Faults::default() });
        for round in 0..3 {
            let id = format!("T{round}");
            with(201, hospital.put(&insured(&id)));
            let made = with(200, hospital.post("giang", "/claims", json!({"encounters": [id]})));
            let claim = made["items"][0]["id"].as_i64().unwrap();
            let answers: Vec<u16> = std::thread::scope(|scope| {
                let tries: Vec<_> = (0..6).map(|_| scope.spawn(|| submit(hospital, claim).status)).collect();
                tries.into_iter().map(|one| one.join().unwrap()).collect()
            });
            assert_eq!(answers.iter().filter(|status| **status == 202).count(), 1, "{answers:?}");
            assert!(answers.iter().all(|status| matches!(status, 202 | 409)), "{answers:?}");
            let claim = becomes(hospital, claim, "received");
            assert_eq!(accepted(portal, &claim), 1);
        }
    });
}

/// The server is killed while files are under way.
#[test]
fn a_server_that_was_killed_loses_and_doubles_nothing() {
    on_both("submission-killed", &Policies { seconds: 1, ..Policies::default() }, |hospital, portal| {
        portal.fail(Faults { only: "claim".into(), slow_percent: 100, slow_milliseconds: 400, ..Faults::default() });
        let mut claims = Vec::new();
        for round in 0..6 {
            let id = format!("K{round}");
            with(201, hospital.put(&insured(&id)));
            claims.push(submitted(hospital, &id));
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
        hospital.kill();
        hospital.open();
        for claim in claims {
            let claim = becomes(hospital, claim, "received");
            assert_eq!(accepted(portal, &claim), 1, "{claim:#}");
        }
        assert_eq!(portal.claims().len(), 6);
    });
}

/// What a check finds blocking is told finding by finding, and what is wrong in a request by its place.
#[test]
fn what_cannot_be_sent_is_refused_with_its_reasons() {
    let policies = Policies { allows_unsigned: false, ..Policies::default() };
    on_both("submission-wrong", &policies, |hospital, portal| {
        with(201, hospital.put(&insured("B1")));
        let made = with(200, hospital.post("giang", "/claims", json!({"encounters": ["B1"]})));
        let claim = made["items"][0]["id"].as_i64().unwrap();
        refused(409, "claim-unsigned", submit(hospital, claim));
        let mut open = insured("B2");
        open["visit"].as_object_mut().unwrap().remove("discharged_at");
        with(201, hospital.put(&open));
        let made = with(200, hospital.post("giang", "/claims", json!({"encounters": ["B2"]})));
        assert_eq!(made["items"][0]["problem"]["type"], "urn:vienphi:problem:no-claim", "{made:#}");
        let month = with(200, hospital.post("giang", "/claims", json!({"month": "2026-03"})));
        assert_eq!(month["open"], 1, "{month:#}");
        refused(409, "no-claim", hospital.get("giang", "/encounters/B2/claim.xml"));
        for body in [
            json!({}),
            json!({"encounters": ["B1"], "month": "2026-03"}),
            json!({"month": "2026-13"}),
            json!({"encounters": "B1"}),
            json!({"encounters": [""]}),
            json!({"visits": ["B1"]}),
        ] {
            refused(422, "invalid-request", hospital.post("giang", "/claims", body));
        }
        refused(422, "invalid-request", hospital.get("giang", "/claims?state=lost"));
        refused(422, "invalid-request", hospital.get("giang", "/claims?month=March"));
        refused(
            422,
            "invalid-request",
            hospital.post("giang", &format!("/claims/{claim}/submit"), json!({"version": "x"})),
        );
        refused(
            409,
            "changed-meanwhile",
            hospital.post("giang", &format!("/claims/{claim}/submit"), json!({"version": 7})),
        );
        refused(404, "not-found", hospital.post("giang", "/claims/999999/submit", json!({})));
        refused(404, "not-found", hospital.get("giang", &format!("/claims/{claim}/versions/9/claim.xml")));
        assert!(portal.claims().is_empty());
    });
}

/// A claim that the insurer's system would refuse is not sent, and each reason is told.
#[test]
fn a_claim_with_a_blocking_finding_stays_here() {
    on_both("submission-blocked", &Policies::default(), |hospital, portal| {
        let mut visit = insured("X1");
        visit["clinical"] = json!({"xml1": {"MA_TAI_NAN": "99"}});
        with(201, hospital.put(&visit));
        let made = with(200, hospital.post("giang", "/claims", json!({"encounters": ["X1"]})));
        assert_eq!(
            (&made["items"][0]["state"], &made["items"][0]["blocking"]),
            (&json!("draft"), &json!(1)),
            "{made:#}"
        );
        let id = made["items"][0]["id"].as_i64().unwrap();
        let problem = refused(409, "claim-blocked", submit(hospital, id));
        assert!(problem.to_string().contains("GDH-22") && problem.to_string().contains("MA_TAI_NAN"), "{problem:#}");
        assert!(portal.claims().is_empty());
        // Put right, it is another version of the same claim.
        with(200, hospital.put(&insured("X1")));
        with(201, hospital.post("giang", &format!("/claims/{id}/replace"), json!({})));
        with(202, submit(hospital, id));
        becomes(hospital, id, "received");
    });
}

/// With the unit's key in a PKCS#12 file, and a portal that takes nothing without a signature.
#[test]
fn a_claim_is_signed_before_it_leaves() {
    let policies = Policies { allows_unsigned: false, ..Policies::default() };
    for kind in BOTH {
        let portal = portal::portal();
        portal.set(Settings { needs_signature: true, ..Settings::default() });
        let folder = policies.at("submission-signed", &portal.url());
        acceptance::claims::identity(&folder);
        let path = folder.path().to_str().unwrap().to_owned();
        let (key, secret) = (folder.at("unit.p12"), folder.at("secret"));
        let database = Database::new(kind, "submission-signed");
        let options = ["--policies", &path, "--claims-p12", &key, "--claims-secret-file", &secret];
        let hospital = Hospital::start(&binary(), &database, &options);
        portal::set_up(&hospital);
        with(201, hospital.put(&insured("G1")));
        let id = submitted(&hospital, "G1");
        let claim = becomes(&hospital, id, "received");
        assert_eq!(accepted(&portal, &claim), 1);
        let file = hospital.get("giang", &format!("/claims/{id}/versions/1/claim.xml"));
        std::fs::write(folder.at("sent.xml"), &file.bytes).unwrap();
        let (trust, sent) = (folder.at("unit.crt"), folder.at("sent.xml"));
        let verify = ["claims", "verify-signature", "--trust", &trust, &sent];
        let output = std::process::Command::new(binary()).args(verify).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
        hospital.verify();
    }
}

/// What a holder paid with the insurer this year, by the same route.
#[test]
fn copayments_of_the_year_are_asked_about() {
    on_both("copayments", &Policies::default(), |hospital, portal| {
        let number = "DN4920000000001";
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let year = Moment::from_count(since.try_into().unwrap()).day().year();
        let visit = |month: &str, accumulated| PortalVisit {
            facility: "92115".to_owned(),
            arrived_on: format!("02/{month}/{year}"),
            discharged_on: format!("05/{month}/{year}"),
            accumulated,
            ..PortalVisit::default()
        };
        let visits = vec![visit("01", 1_200_000), visit("02", 3_450_000)];
        portal.put_card(PortalCard { visits, ..portal::card(number) });
        with(201, hospital.put(&insured("Y1")));
        // Of a holder who is known here the card is enough.
        let ask = json!({"kind": "copayment", "card": number});
        let told = with(200, hospital.post("an", "/eligibility", ask));
        assert_eq!((&told["kind"], &told["patient"]), (&json!("copayment"), &json!("BN-Y1")), "{told:#}");
        assert_eq!((&told["details"]["year"], &told["details"]["accumulated"]), (&json!(year), &json!("3450000")));
        let nobody = json!({"kind": "copayment", "card": "DN4920000000099"});
        let problem = refused(422, "invalid-request", hospital.post("an", "/eligibility", nobody));
        assert_eq!(problem["errors"][0]["path"], "name", "{problem:#}");
        // Two patients with one card: which of them is meant is not guessed.
        with(201, hospital.put(&insured("Y2")));
        let problem = refused(422, "invalid-request", hospital.post("an", "/eligibility", json!({"card": number})));
        assert_eq!(problem["errors"][0]["path"], "card", "{problem:#}");
        let told = with(200, hospital.post("an", "/eligibility", json!({"card": number, "patient": "BN-Y2"})));
        assert_eq!((&told["patient"], &told["coverages"][0]["card"]), (&json!("BN-Y2"), &json!(number)));
    });
}

/// A visit was priced before this catalogue was laid over its province's table: what the insurer would cut for it is found before
/// it is sent, in a claim that is made and in one that was made before. What the catalogue lacks has the table's price.
#[test]
fn a_claim_is_checked_by_the_prices_in_force() {
    for kind in BOTH {
        let database = Database::new(kind, "claims-prices");
        let mut hospital = Hospital::start(&binary(), &database, &[]);
        for id in ["G1", "G2"] {
            let mut visit = insured(id);
            let service = json!({"id": "3", "kind": "lab", "group": 1, "code": "22.0121.1369", "quantity": "1",
                "department": "K02", "practitioner": "004567/CT-CCHN", "ordered_at": "2026-03-02T08:22",
                "performed_at": "2026-03-02T08:40"});
            visit["lines"].as_array_mut().unwrap().push(service);
            with(201, hospital.put(&visit));
        }
        let findings = |hospital: &Hospital, id: &str, outcome: &str| {
            let made = with(200, hospital.post("giang", "/claims", json!({ "encounters": [id] })));
            assert_eq!(made["items"][0]["outcome"], outcome, "{made:#}");
            let claim = with(200, hospital.get("giang", &format!("/claims/{}", made["items"][0]["id"])));
            let versions = claim["versions"].as_array().unwrap();
            assert_eq!(
                (versions.len(), &claim["findings"]),
                (1, &json!(versions[0]["findings"].as_array().unwrap().len()))
            );
            versions[0]["findings"].as_array().unwrap().clone()
        };
        let priced = |findings: &[Value]| -> Vec<(String, String)> {
            let prices = findings.iter().filter(|found| found["code"].as_str().unwrap().starts_with("VP-PRICE"));
            prices.map(|found| (found["code"].as_str().unwrap().into(), found["expected"].to_string())).collect()
        };
        assert_eq!(priced(&findings(&hospital, "G1", "made")), []);
        assert_eq!(priced(&findings(&hospital, "G1", "unchanged")), []);
        hospital.kill();
        let catalogue = "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\n\
            02.03,Khám,1000,1000,20250101,,QĐ-1,,\n";
        std::fs::write(database.at("prices.csv"), catalogue).unwrap();
        let prices = database.at("prices.csv").display().to_string();
        let mut later = Hospital::another(&binary(), &database, &["--prices", &prices]).with_people_of(&hospital);
        later.open();
        let expected = [("VP-PRICE-HIGH".to_owned(), "\"1000\"".to_owned())];
        assert_eq!(priced(&findings(&later, "G2", "made")), expected);
        assert_eq!(priced(&findings(&later, "G1", "checked-again")), expected);
        assert_eq!(priced(&findings(&later, "G1", "unchanged")), expected);
        later.verify();
    }
}

/// Claims, their versions and files, and what the portal answered move with the records.
#[test]
fn claims_move_between_databases() {
    let portal = portal::portal();
    portal.put_card(portal::card("DN4920000000001"));
    let folder = Policies::default().at("claims-move", &portal.url());
    let path = folder.path().to_str().unwrap();
    let small = Database::new(Kind::Sqlite, "claims-move");
    let large = Database::new(Kind::Postgres, "claims-move");
    let shown = |hospital: &Hospital, claim: i64, asked: &Value| {
        let shown = with(200, hospital.get("giang", &format!("/claims/{claim}")));
        let file = hospital.get("giang", &format!("/claims/{claim}/versions/1/claim.xml"));
        let mut told = with(200, hospital.get("giang", &format!("/eligibility/{}", asked["id"])));
        told.as_object_mut().unwrap().remove("age_seconds");
        (shown, file.bytes, told)
    };
    let mut hospital = Hospital::start(&binary(), &small, &["--policies", path]);
    portal::set_up(&hospital);
    with(201, hospital.put(&insured("M1")));
    let claim = submitted(&hospital, "M1");
    becomes(&hospital, claim, "received");
    let asked = with(200, hospital.post("an", "/eligibility", json!({"card": "DN4920000000001"})));
    let before = shown(&hospital, claim, &asked);
    hospital.kill();
    small.moves(&binary(), &small, &large);
    std::fs::copy(small.at("vienphi.key"), large.at("vienphi.key")).unwrap();
    let mut moved = Hospital::another(&binary(), &large, &["--policies", path]).with_people_of(&hospital);
    moved.open();
    assert_eq!(shown(&moved, claim, &asked), before);
    moved.verify();
}

/// A card is asked about; while the portal is down something may be charged, and it is asked again by itself.
#[test]
fn a_card_is_asked_about_and_again_when_nobody_answered() {
    on_both("eligibility", &Policies::default(), |hospital, portal| {
        let number = "DN4920000000001";
        portal.put_card(portal::card(number));
        with(201, hospital.put(&insured("E1")));
        let ask = json!({"card": number, "name": "Nguyễn Thị Mẫu", "birth_date": "1980-05-01", "patient": "BN-E1"});
        let first = with(200, hospital.post("an", "/eligibility", ask.clone()));
        assert_eq!(
            (&first["state"], &first["provisional"], &first["differs"]),
            (&json!("answered"), &json!(false), &json!(false)),
            "{first:#}"
        );
        assert_eq!(first["coverages"][0]["card"], number);
        let again = with(200, hospital.post("an", "/eligibility", ask.clone()));
        assert_eq!((&again["id"], again["age_seconds"].is_i64()), (&first["id"], true));
        let mut now = ask.clone();
        now["max_age_seconds"] = json!(0);
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert_ne!(with(200, hospital.post("an", "/eligibility", now.clone()))["id"], first["id"]);
        let kept = with(200, hospital.get("giang", "/eligibility?patient=BN-E1"));
        assert_eq!(kept["items"].as_array().unwrap().len(), 2);
        // A new name is another question.
        let wrong = json!({"card": number, "name": "Trần Văn Khác", "birth_date": "1980-05-01"});
        let wrong = with(200, hospital.post("an", "/eligibility", wrong));
        assert_eq!((&wrong["differs"], wrong.get("coverages")), (&json!(true), None), "{wrong:#}");
        portal.unplug();
        let down = with(202, hospital.post("his", "/eligibility", now));
        assert_eq!(
            (&down["provisional"], &down["charge"]["basis"]),
            (&json!(true), &json!("card-as-presented")),
            "{down:#}"
        );
        portal.plug_in();
        let began = std::time::Instant::now();
        loop {
            let shown = with(200, hospital.get("his", &format!("/eligibility/{}", down["id"])));
            if shown["state"] == "answered" {
                assert_eq!((&shown["provisional"], &shown["differs"]), (&json!(false), &json!(false)));
                break;
            }
            assert!(began.elapsed().as_secs() < 40, "{shown:#}");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        for (field, value) in
            [("card", "X"), ("name", ""), ("birth_date", "1980-02-30"), ("patient", "BN-none"), ("kind", "car")]
        {
            let mut body = ask.clone();
            body[field] = json!(value);
            let problem = refused(422, "invalid-request", hospital.post("an", "/eligibility", body));
            assert_eq!(problem["errors"][0]["path"], field, "{problem:#}");
        }
        refused(403, "forbidden", hospital.post("hoa", "/eligibility", ask));
    });
}

/// The same from the page of a visit: what the portal said of the card, and what holds while it says nothing.
#[test]
fn a_card_is_asked_about_from_the_page_of_a_visit() {
    on_both("eligibility-page", &Policies::default(), |hospital, portal| {
        portal.put_card(portal::card("DN4920000000001"));
        with(201, hospital.put(&insured("E1")));
        let told = person(hospital, "92114", "cashier", "thu");
        let mut browser = Browser::new(hospital);
        browser.sign_in("92114", "thu", &told, CHOSEN);
        let page = browser.get("/desk/visits/E1");
        assert!(!page.text.contains("Cổng BHYT trả lời về thẻ"), "{}", page.text);
        let page = browser.send(&page.form("/desk/visits/E1/card"), &[]);
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("Cổng BHYT trả lời về thẻ DN4920000000001"), "{}", page.text);
        assert!(!page.text.contains("cổng chưa trả lời"), "{}", page.text);
        portal.unplug();
        let page = browser.send(&page.form("/desk/visits/E1/card"), &[]);
        assert!(page.status == 200 && page.text.contains("cổng chưa trả lời, tạm tính"), "{}", page.text);
    });
}

/// The account is set up by two people, and nobody is told its password.
#[test]
fn an_account_is_set_up_by_two_people() {
    on_both("portal-account", &Policies::default(), |hospital, _| {
        let account = hospital.get("dung", "/portal");
        assert!(!String::from_utf8_lossy(&account.bytes).contains("mat khau"), "{account:?}");
        assert_eq!((&account.json["state"], &account.json["has_officer"]), (&json!("ready"), &json!(true)));
        let put = |body: Value| {
            let token = Some(hospital.token("minh"));
            hospital.connect().ask(
                "PUT",
                &hospital.path("/portal"),
                token,
                Some(&acceptance::hospital::fresh_key()),
                body.to_string().as_bytes(),
            )
        };
        refused(422, "invalid-request", put(json!({"endpoint": "elsewhere", "username": "x", "reason": "thử"})));
        let asked = with(202, put(json!({"endpoint": "production", "username": "92114_BV2", "reason": "tên mới"})));
        refused(403, "forbidden", hospital.post("minh", &format!("/approvals/{}/approve", asked["id"]), json!({})));
        with(200, hospital.post("dung", &format!("/approvals/{}/approve", asked["id"]), json!({})));
        let now = with(200, hospital.get("minh", "/portal"));
        assert_eq!((&now["username"], &now["has_password"]), (&json!("92114_BV2"), &json!(true)));
    });
}

/// From the command line, without a server: the same use cases.
#[test]
fn claims_are_sent_and_cards_asked_about_from_the_command_line() {
    for kind in BOTH {
        let portal = portal::portal();
        portal.put_card(portal::card("DN4920000000001"));
        let folder = Policies::default().at("submission-commands", &portal.url());
        let path = folder.path().to_str().unwrap();
        let database = Database::new(kind, "submission-commands");
        let mut hospital = Hospital::start(&binary(), &database, &["--policies", path]);
        portal::set_up(&hospital);
        with(201, hospital.put(&insured("V1")));
        hospital.kill();
        let submit = ["claims", "submit", "--policies", path, "--facility", "92114", "--wait", "40"];
        let runs = |rest: &[&str]| {
            let output = hospital.runs(&[&submit[..], rest].concat());
            (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let (code, said) = runs(&["V1", "V9"]);
        assert_eq!((code, said.contains("received")), (Some(1), true), "{said}");
        // Again: it is there, and is not sent once more.
        let (code, said) = runs(&["--json", "V1"]);
        let told: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((code, &told["state"]), (Some(0), &json!("received")), "{said}");
        assert_eq!((portal.claims().len(), portal.claims()[0].count), (1, 1));
        let check = |name: &str| {
            let asked = ["card", "check", "--policies", path, "--facility", "92114", "--name", name];
            let rest = ["--birth-date", "1980-05-01", "DN4920000000001"];
            hospital.runs(&[&asked[..], &rest[..]].concat())
        };
        let good = check("Nguyễn Thị Mẫu");
        assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stderr));
        assert!(String::from_utf8_lossy(&good.stdout).contains("DN4920000000001  2026-01-01"));
        assert_eq!(check("Trần Văn Khác").status.code(), Some(1));
        // Of a holder who is known here the card is enough.
        let asked = ["card", "check", "--policies", path, "--facility", "92114"];
        let known = hospital.runs(&[&asked[..], &["DN4920000000001"]].concat());
        assert_eq!(known.status.code(), Some(0), "{}", String::from_utf8_lossy(&known.stderr));
        let unknown = hospital.runs(&[&asked[..], &["DN4920000000099"]].concat());
        let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
        assert_eq!((unknown.status.code(), said.contains("name: is required")), (Some(2), true), "{said}");
        hospital.verify();
    }
}
