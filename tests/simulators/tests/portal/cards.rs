//! Cards and co-payments.

use serde_json::json;
use simulators::portal::{Faults, PortalAccount, PortalCard, Settings};
use vienphi_domain::Minute;
use vienphi_portal::{Birth, CardAnswer, CopaymentAnswer, Holder, Kind, Officer, Operation, Outcome};

use crate::hospital::{CARD, FACILITY, Hospital, card, slashed, today};

fn holder(number: &str, name: &str, birth: &str) -> Holder {
    Holder::new(number, name, Birth::parse(birth).unwrap()).unwrap()
}

fn own() -> Holder {
    holder(CARD, "Nguyễn Văn Mẫu", "1961-04-02")
}

impl Hospital {
    fn card(&self, holder: &Holder) -> Outcome<CardAnswer> {
        let call = self.portal.look_up_card(&self.account, &self.session, holder, today());
        match self.carry(Operation::Card, &call) {
            Ok(reply) => self.portal.read_card(&reply),
            Err(status) => Outcome { status, answer: None },
        }
    }

    fn copayments(&self, holder: &Holder) -> Outcome<CopaymentAnswer> {
        let call = self.portal.look_up_copayments(&self.account, &self.session, holder, today());
        self.portal.read_copayments(&self.carry(Operation::Copayment, &call).unwrap())
    }
}

#[test]
fn a_valid_card_becomes_a_coverage() {
    let hospital = Hospital::new();
    let outcome = hospital.card(&own());
    assert_eq!((outcome.status.kind, &*outcome.status.name), (Kind::Valid, "valid"));
    let checked_at = Minute::parse("2026-03-02T08:11").unwrap();
    assert_eq!(
        outcome.coverages(checked_at),
        [json!({
            "card": CARD, "valid_from": today().plus_days(-200).to_string(), "valid_to": today().plus_days(100).to_string(),
            "registered_facility": FACILITY, "five_years_on": "2024-01-01", "checked_at": "2026-03-02T08:11",
        })]
    );
    let answer = outcome.answer.unwrap();
    assert_eq!(answer.name.as_ref().unwrap().expose(), "Nguyễn Văn Mẫu");
    assert_eq!((answer.visits.len(), answer.checks.len()), (2, 1));
    assert_eq!(answer.visits[0].arrived_at, Minute::parse("2026-03-02T08:00"));
    assert_eq!(answer.checks[0].code.as_deref(), Some("000"));
    assert!(answer.unread.is_empty(), "{:?}", answer.unread);
    let shown = format!("{answer:?}");
    for private in ["Mẫu", CARD, "Cần Thơ", "9200000001", "1961"] {
        assert!(!shown.contains(private), "{private}");
    }
}

#[test]
fn every_answer_about_a_card_has_its_outcome() {
    let hospital = Hospital::new();
    let put = |change: &dyn Fn(&mut PortalCard)| {
        let mut changed = card();
        change(&mut changed);
        hospital.insurer.put_card(changed);
        hospital.card(&own())
    };
    let new = ("DN4920000000002".to_owned(), slashed(1), slashed(365), "92001".to_owned());
    let checked_at = Minute::parse("2026-03-02T08:11").unwrap();

    let still = put(&|card| card.new_card = Some(new.clone()));
    assert_eq!((still.status.kind, &*still.status.name), (Kind::ValidWithNews, "replaced-still-valid"));
    let coverages = still.coverages(checked_at);
    assert_eq!((coverages[0]["card"].as_str(), coverages[1]["card"].as_str()), (Some(CARD), Some("DN4920000000002")));
    assert_eq!(coverages[1]["registered_facility"], "92001");

    let replaced = put(&|card| (card.valid_to, card.new_card) = (slashed(-1), Some(new.clone())));
    assert_eq!((replaced.status.kind, &*replaced.status.name), (Kind::ValidWithNews, "replaced"));
    assert_eq!(replaced.coverages(checked_at).len(), 2);

    // What a card covered before it ended is still to be priced.
    let ended = put(&|card| card.valid_to = slashed(-1));
    assert_eq!((ended.status.kind, &*ended.status.name), (Kind::NotValid, "ended"));
    assert_eq!(ended.coverages(checked_at).len(), 1);

    for (code, name, kind) in [
        ("001", "ministry-of-defence", Kind::ValidWithNews),
        ("110", "revoked", Kind::NotValid),
        ("124", "left", Kind::NotValid),
        ("101", "server-error", Kind::Down),
        ("500", "server-error", Kind::Down),
        ("999", "unlisted", Kind::Unknown),
    ] {
        let outcome = put(&|card| card.code = Some(code.to_owned()));
        assert_eq!((&*outcome.status.name, outcome.status.kind), (name, kind), "{code}");
        let covers = if code == "001" { 1 } else { 0 };
        assert_eq!(outcome.coverages(checked_at).len(), covers, "{code}");
    }

    hospital.insurer.put_card(card());
    for (holder, name) in [
        (holder("DN4920000000009", "A", "1961"), "wrong-form"),
        (holder("DN4920000000009", "A", "1961-04-02"), "no-such-card"),
        (holder(CARD, "Ngô Văn Minh", "1961-04-02"), "wrong-name-right-initials"),
        (holder(CARD, "Trần Thị Hai", "1961-04-02"), "wrong-name"),
        (holder(CARD, "nguyễn  văn MẪU", "1961-04-03"), "wrong-birth-date"),
    ] {
        let outcome = hospital.card(&holder);
        assert_eq!((&*outcome.status.name, outcome.answer), (name, None));
    }
}

#[test]
fn who_looks_a_card_up_must_be_registered() {
    let mut hospital = Hospital::new();
    hospital.account.officer = None;
    assert_eq!(&*hospital.card(&own()).status.name, "officer-unknown");
    hospital.account.officer = Some(Officer { name: "Ai Khác".into(), id_number: "092000000001".into() });
    let status = hospital.card(&own()).status;
    assert_eq!((&*status.name, status.kind), ("officer-name", Kind::Account));
}

#[test]
fn a_session_ends() {
    let mut hospital = Hospital::new();
    hospital.insurer.set(Settings { session_seconds: 1, ..Settings::default() });
    hospital.sign_in().unwrap();
    assert_eq!(hospital.card(&own()).status.kind, Kind::Valid);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert!(!hospital.session.is_fresh(crate::hospital::now()));
    assert_eq!(hospital.card(&own()).status.kind, Kind::SignInAgain);
    // Without content, by HTTP alone.
    assert_eq!(hospital.copayments(&own()).status.kind, Kind::SignInAgain);
    hospital.account.password = "another".to_owned().into();
    assert_eq!(hospital.sign_in(), Err(Kind::Account));
}

#[test]
fn co_payments_are_never_added_up() {
    let hospital = Hospital::new();
    let outcome = hospital.copayments(&own());
    assert_eq!(outcome.status.kind, Kind::Found);
    let answer = outcome.answer.unwrap();
    assert_eq!(answer.accumulated(2026).unwrap().to_string(), "2000000");
    assert_eq!(answer.accumulated(2025), None);
    assert_eq!(answer.visits[0].facility.as_deref(), Some(FACILITY));
    assert_eq!(answer.valid_to, Some(today().plus_days(100)));
    assert!(answer.unread.is_empty(), "{:?}", answer.unread);

    let none = hospital.copayments(&holder("DN4920000000009", "A", "1961"));
    assert_eq!((none.status.kind, none.answer), (Kind::NotFound, None));

    hospital.insurer.put_account(PortalAccount {
        facility: FACILITY.to_owned(),
        username: "92114_BV".to_owned(),
        password: "mật khẩu 1".to_owned(),
        officers: Vec::new(),
        is_restricted: true,
    });
    let status = hospital.copayments(&own()).status;
    assert_eq!((status.kind, &*status.name), (Kind::Account, "account-restricted"));
    hospital.insurer.fail_next(Faults { failed_percent: 100, ..Faults::default() });
    assert_eq!(&*hospital.copayments(&own()).status.name, "server-error");
}

#[test]
fn an_odd_form_says_the_same() {
    let hospital = Hospital::new();
    let right = hospital.card(&own());
    hospital.insurer.fail(Faults { odd_percent: 100, ..Faults::default() });
    for _ in 0..40 {
        let odd = hospital.card(&own());
        assert_eq!((odd.status.kind, odd.answer), (right.status.kind, right.answer.clone()));
    }
}
