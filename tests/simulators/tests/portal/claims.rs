//! Files: accepted, refused with reasons, lost on the way, and looked for.

use simulators::portal::{Down, Faults, Settings};
use vienphi_portal::{Kind, Operation};

use crate::hospital::{FACILITY, Hospital, claim, envelope, good_claim, now, today};

#[test]
fn a_claim_is_accepted_with_its_number_and_time() {
    let hospital = Hospital::new();
    let file = good_claim("L1");
    let outcome = hospital.send(&file);
    assert_eq!((outcome.status.kind, &*outcome.status.name), (Kind::Accepted, "accepted"));
    let receipt = outcome.answer.unwrap();
    assert_eq!(&*receipt.transaction, "GD9211400000001");
    let ago = now().seconds() - receipt.received_at.unwrap().seconds();
    assert!((0..=5).contains(&ago), "{ago}");
    let kept = hospital.insurer.claims();
    assert_eq!((kept.len(), kept[0].count, kept[0].total.as_str()), (1, 1, "57500.50"));

    // Sent again it is accepted again, which is our mistake and is seen.
    assert_eq!(hospital.send(&file).status.kind, Kind::Accepted);
    assert_eq!(hospital.accepted("L1", &file), 2);
    // Another version of the visit is another file.
    let version = claim("L1", FACILITY, "57500.50", "202603051000");
    hospital.send(&version);
    assert_eq!(hospital.accepted("L1", &version), 1);
}

#[test]
fn a_bad_file_is_refused_with_reasons() {
    let hospital = Hospital::new();
    let two = String::from_utf8(good_claim("L1")).unwrap();
    let two = two.replace("</HOSO></DANHSACHHOSO>", "</HOSO><HOSO></HOSO></DANHSACHHOSO>").into_bytes();
    for (file, code, reason) in [
        (b"".to_vec(), "204", "Tệp rỗng"),
        (b"<GIAMDINHHS>".to_vec(), "201", "không phải XML"),
        (b"<A/>".to_vec(), "201", "Thẻ gốc"),
        (two, "202", "một hồ sơ"),
        (envelope(FACILITY, &[("XML2", "<A/>")]), "202", "Thiếu XML1"),
        (envelope(FACILITY, &[("XML1", "<A>")]), "201", "XML1: NOIDUNGFILE"),
        (claim("L1", "92115", "57500.5", "202603051000"), "202", "khác cơ sở"),
        (claim("L1", FACILITY, "57502", "202603051000"), "202", "T_TONGCHI_BV khác tổng"),
        (claim("L1", FACILITY, "57.500,5", "202603051000"), "202", "Số tiền sai định dạng"),
        (claim("L1", FACILITY, "57500.5", "20260305"), "202", "NGAY_RA sai định dạng"),
        (claim("", FACILITY, "57500.5", "202603051000"), "202", "MA_LK trống"),
    ] {
        let outcome = hospital.send(&file);
        assert_eq!((outcome.status.kind, outcome.answer), (Kind::Refused, None), "{reason}");
        assert_eq!(outcome.status.code.as_deref(), Some(code), "{reason}");
        let message = outcome.status.message.unwrap();
        assert!(message.expose().contains(reason), "{}", message.expose());
    }
    assert_eq!((hospital.insurer.claims().len(), hospital.insurer.refused().len()), (0, 11));

    for settings in [
        Settings { is_past_deadline: true, ..Settings::default() },
        Settings { needs_signature: true, ..Settings::default() },
    ] {
        hospital.insurer.set(settings);
        assert_eq!(hospital.send(&good_claim("L1")).status.kind, Kind::Refused);
    }
}

#[test]
fn another_facility_s_account_may_not_send() {
    let mut hospital = Hospital::new();
    hospital.account.facility = "92115".into();
    let outcome = hospital.send(&good_claim("L1"));
    assert_eq!((outcome.status.kind, &*outcome.status.name), (Kind::Account, "forbidden"));
}

#[test]
fn an_answer_that_is_lost_is_looked_for_and_nothing_is_sent_twice() {
    let hospital = Hospital::new();
    let file = good_claim("L1");
    assert_eq!(hospital.look_up("L1", &file).status.kind, Kind::NotFound);

    hospital.insurer.fail_next(Faults::lost());
    let outcome = hospital.send(&file);
    assert_eq!((outcome.status.kind, &*outcome.status.name), (Kind::Unknown, "no-answer"));
    assert!(!outcome.status.kind.may_be_repeated());
    let found = hospital.look_up("L1", &file);
    assert_eq!(found.status.kind, Kind::Found);
    assert_eq!(&*found.answer.unwrap().transaction, "GD9211400000001");
    assert_eq!(hospital.accepted("L1", &file), 1);
    assert_eq!(hospital.look_up("L1", &good_claim("L2")).status.kind, Kind::NotFound);

    // Slower than we wait: done as well.
    let slow = good_claim("L3");
    hospital.insurer.fail_next(Faults::slow(4000));
    assert_eq!(hospital.send(&slow).status.kind, Kind::Unknown);
    assert_eq!(hospital.look_up("L3", &slow).status.kind, Kind::Found);

    // Failed, and yet done.
    let failed = good_claim("L4");
    hospital.insurer.fail_next(Faults { failed_after_percent: 100, ..Faults::default() });
    assert_eq!(hospital.send(&failed).status.kind, Kind::Unknown);
    assert_eq!(hospital.look_up("L4", &failed).status.kind, Kind::Found);
    // Failed, and not done: nobody can tell the two apart without looking.
    let failed = good_claim("L5");
    hospital.insurer.fail_next(Faults { failed_percent: 100, ..Faults::default() });
    assert_eq!(hospital.send(&failed).status.kind, Kind::Unknown);
    assert_eq!(hospital.look_up("L5", &failed).status.kind, Kind::NotFound);
}

#[test]
fn a_portal_without_the_query_leaves_it_to_a_person() {
    let hospital = Hospital::new();
    hospital.insurer.set(Settings { has_claim_lookup: false, ..Settings::default() });
    let outcome = hospital.look_up("L1", b"");
    assert_eq!(&*outcome.status.name, "no-service");
    assert!(!outcome.status.kind.is_success());
}

#[test]
fn what_was_surely_not_done_may_be_repeated() {
    let mut hospital = Hospital::new();
    let file = good_claim("L1");

    hospital.insurer.fail_next(Faults::busy(7));
    let outcome = hospital.send(&file);
    assert_eq!((outcome.status.kind, outcome.status.retry_after), (Kind::Busy, Some(7)));

    hospital.insurer.fail(Faults { busy_percent: 100, is_busy_in_body: true, ..Faults::default() });
    let outcome = hospital.send(&file);
    assert_eq!((outcome.status.kind, outcome.status.code.as_deref()), (Kind::Busy, Some("429")));

    hospital.insurer.fail(Faults { busy_seconds: 30, ..Faults::down(Down::Closed) });
    let outcome = hospital.send(&file);
    assert_eq!((outcome.status.kind, outcome.status.retry_after), (Kind::Busy, Some(30)));

    hospital.insurer.fail(Faults::default());
    hospital.insurer.end_sessions();
    assert_eq!(hospital.send(&file).status.kind, Kind::SignInAgain);

    hospital.insurer.unplug();
    let outcome = hospital.send(&file);
    assert_eq!((outcome.status.kind, &*outcome.status.name), (Kind::Down, "not-reached"));
    assert_eq!(hospital.sign_in(), Err(Kind::Down));
    hospital.insurer.plug_in();

    hospital.sign_in().unwrap();
    assert_eq!(hospital.accepted("L1", &file), 0);
    assert_eq!(hospital.send(&file).status.kind, Kind::Accepted);
    assert_eq!(hospital.accepted("L1", &file), 1);
}

#[test]
fn what_stands_before_a_portal_may_have_let_a_file_through() {
    let hospital = Hospital::new();
    for down in [Down::Broken, Down::Silent] {
        hospital.insurer.fail(Faults::down(down));
        let outcome = hospital.send(&good_claim("L1"));
        assert_eq!(outcome.status.kind, Kind::Unknown, "{down:?}");
        // A question may be asked again whatever became of it.
        hospital.insurer.fail_next(Faults::down(down));
        assert_eq!(hospital.look_up("L1", b"").status.kind, Kind::Down, "{down:?}");
    }
    assert!(hospital.insurer.claims().is_empty());
}

#[test]
fn more_calls_than_a_portal_bears_are_busy() {
    let hospital = Hospital::new();
    hospital.insurer.fail(Faults {
        most_per_second: 3,
        busy_seconds: 1,
        only: "claim".to_owned(),
        ..Faults::default()
    });
    let kinds: Vec<Kind> =
        (0..20).map(|number| hospital.send(&good_claim(&format!("L{number}"))).status.kind).collect();
    let accepted = kinds.iter().filter(|kind| **kind == Kind::Accepted).count();
    assert!((3..20).contains(&accepted), "{kinds:?}");
    assert!(kinds.iter().all(|kind| [Kind::Accepted, Kind::Busy].contains(kind)), "{kinds:?}");
    assert_eq!(hospital.insurer.claims().len(), accepted);
    assert_eq!(hospital.look_up("L0", b"").status.kind, Kind::NotFound);
}

#[test]
fn an_arrival_is_told() {
    let hospital = Hospital::new();
    let send = |file: &str| {
        let call = hospital.portal.check_in(&hospital.account, &hospital.session, file.as_bytes(), today());
        hospital.portal.read_check_in(&hospital.carry(Operation::CheckIn, &call).unwrap())
    };
    let file = "<CHI_TIEU_TRANG_THAI_KCB><DSACH_TRANG_THAI_KCB><TRANG_THAI_KCB><MA_LK>L1</MA_LK></TRANG_THAI_KCB>\
                </DSACH_TRANG_THAI_KCB></CHI_TIEU_TRANG_THAI_KCB>";
    let outcome = send(file);
    assert_eq!(outcome.status.kind, Kind::Accepted);
    assert!(outcome.answer.is_some());
    assert_eq!(hospital.insurer.arrivals(), ["L1"]);
    assert_eq!(send("<A/>").status.kind, Kind::Refused);
}
