//! Answers in odd forms: what they say is read, nothing panics, and what is not said is not made up.

use proptest::prelude::*;
use serde_json::json;
use vienphi_domain::encounter::{Area, Sex};
use vienphi_domain::{Minute, Moment};

use super::*;
use crate::fields::{day as read_day, moment};
use crate::{Kind, Operation};

#[test]
fn a_card_in_the_oddest_form_is_read() {
    let text = json!({
        "MAKETQUA": 0, "MaThe": "dn4920000000001", "HOTEN": " Nguyễn Văn Mẫu ", "NgaySinh": "1961", "gioitinh": 2,
        "gtTheTu": "01/01/2026", "gtTheDen": "20261231", "maDKBD": 92114, "maKV": "k2", "ngayDu5Nam": "2024-01-01T00:00:00",
        "maTheMoi": null, "moi": {"a": [1]}, "diaChi": ["không phải chữ"],
        "dsLichSuKCB2025": [{"ngayVao": "20260302081059", "maHoSo": 123, "ngayRa": "hôm qua"}, "x", null],
    });
    let doubled = serde_json::Value::String(text.to_string()).to_string();
    for body in [text.to_string(), format!("\u{feff}{text}"), doubled] {
        let outcome = portal().read_card(&reply(200, &body));
        assert_eq!(outcome.status.kind, Kind::Valid, "{body}");
        let answer = outcome.answer.unwrap();
        assert_eq!(answer.card.number.as_ref().unwrap().expose(), "DN4920000000001");
        assert_eq!(
            (answer.card.valid_from, answer.card.valid_to),
            (Day::parse("2026-01-01"), Day::parse("2026-12-31"))
        );
        assert_eq!((answer.sex, answer.area), (Some(Sex::Female), Some(Area::K2)));
        assert_eq!((answer.birth.unwrap().expose(), answer.name.unwrap().expose()), ("1961", "Nguyễn Văn Mẫu"));
        assert_eq!((answer.five_years_on, answer.address), (Day::parse("2024-01-01"), None));
        assert_eq!((answer.visits.len(), answer.visits[0].id.as_deref()), (1, Some("123")));
        assert_eq!(answer.visits[0].arrived_at, Minute::parse("2026-03-02T08:10"));
        // Named, so that somebody can look.
        assert_eq!(answer.unread, ["ngayRa"]);
    }
}

#[test]
fn a_coverage_is_not_made_up() {
    let checked_at = Minute::parse("2026-03-02T08:11").unwrap();
    let coverages =
        |value: serde_json::Value| portal().read_card(&reply(200, &value.to_string())).coverages(checked_at);
    let card = "DN4920000000001";
    // No first day, or none that is one.
    assert!(coverages(json!({"maKetQua": "000", "maThe": card})).is_empty());
    assert!(coverages(json!({"maKetQua": "000", "maThe": card, "gtTheTu": "31/02/2026"})).is_empty());
    // A last day before the first, a facility that is none.
    let odd = json!({"maKetQua": "000", "maThe": card, "gtTheTu": "02/03/2026", "gtTheDen": "01/03/2026", "maDKBD": "92.114"});
    assert_eq!(coverages(odd), [json!({"card": card, "valid_from": "2026-03-02", "checked_at": "2026-03-02T08:11"})]);
    // The same card twice, and a revoked one.
    let mut twice =
        json!({"maKetQua": "004", "maThe": card, "gtTheTu": "02/03/2026", "maTheMoi": card, "gtTheTuMoi": "20260302"});
    assert_eq!(coverages(twice.clone()).len(), 1);
    twice["gtTheTuMoi"] = json!("03/03/2026");
    assert_eq!(coverages(twice.clone()).len(), 2);
    twice["maKetQua"] = json!("110");
    assert!(coverages(twice).is_empty());
    // Only the new card is usable.
    let new = json!({"maKetQua": "003", "maThe": card, "maTheMoi": "9200000001", "gtTheTuMoi": "03/03/2026"});
    assert_eq!(coverages(new)[0]["card"], "9200000001");
}

#[test]
fn no_visits_are_an_answer() {
    let read = |list: serde_json::Value| {
        let body = json!({"maKetQua": "000", "ghiChu": null, "dsLichSuKCB2025": list}).to_string();
        portal().read_history(&reply(200, &body)).answer.unwrap()
    };
    assert!(read(json!([])).visits.is_empty() && read(json!(null)).visits.is_empty());
    let visit = json!({"maHoSo": "01929202500001", "maCSKCB": "01929", "ngayVao": "202503101030", "ngayRa": "202503101430",
        "tenBenh": "K29", "tinhTrang": "4", "kqDieuTri": "1", "lyDoVV": "1.1"});
    let answer = read(json!([visit]));
    assert_eq!(answer.visits[0].discharged_at, Minute::parse("2025-03-10T14:30"));
    assert_eq!(
        (answer.visits[0].subject.as_deref(), answer.visits[0].facility.as_deref()),
        (Some("1.1"), Some("01929"))
    );
    assert!(answer.unread.is_empty());
}

#[test]
fn money_of_co_payments_is_exact_or_absent() {
    let body = json!({"MaKetQua": "200", "DataCCT": [
        {"ngayRa": "05/08/2026", "tBNCCTLuyKe": 16500000, "tBNCCTMCCT": "250000.5"},
        {"ngayRa": "05/04/2026", "tBNCCTLuyKe": 14500000.25, "tBNCCTMCCT": null},
        {"ngayRa": "05/04/2025", "tBNCCTLuyKe": "nhiều"},
        {"ngayRa": "", "tBNCCTLuyKe": 99000000},
    ]});
    let answer = portal().read_copayments(&reply(200, &body.to_string())).answer.unwrap();
    assert_eq!(answer.accumulated(2026).unwrap().to_string(), "16500000");
    // One amount of the year cannot be read, so nobody knows the largest.
    assert_eq!(answer.accumulated(2025), None);
    assert_eq!(answer.visits[0].exempt.unwrap().to_string(), "250000.5");
    assert_eq!(answer.visits[1].accumulated.unwrap().to_string(), "14500000.25");
    assert_eq!(answer.unread, ["tBNCCTLuyKe"]);
}

#[test]
fn days_and_moments_of_every_form() {
    for text in [
        "02/03/2026",
        "2/3/2026",
        "20260302",
        "2026-03-02",
        "02/03/2026 08:10:05",
        "202603020810",
        "2026-03-02T00:00:00",
    ] {
        assert_eq!(read_day(text), Day::parse("2026-03-02"), "{text}");
    }
    for text in [
        "",
        "31/02/2026",
        "2026",
        "03/2026",
        "02-03-2026",
        "2026030",
        "02/03/26",
        "+2/3/2026",
        "٠٢/٠٣/٢٠٢٦",
        "02/03/2026/1",
    ] {
        assert_eq!(read_day(text), None, "{text}");
    }
    let at = |text: &str| moment(text).map(|moment| moment.to_string());
    for text in ["20260302081005", "02/03/2026 08:10:05", "2026-03-02T08:10:05.123", "2/3/2026  08:10:05"] {
        assert_eq!(at(text).as_deref(), Some("2026-03-02T08:10:05+07:00"), "{text}");
    }
    for text in ["202603020810", "02/03/2026 08:10", "2026-03-02T08:10"] {
        assert_eq!(at(text).as_deref(), Some("2026-03-02T08:10:00+07:00"), "{text}");
    }
    assert_eq!(moment("20260302"), Some(Moment::at(Minute::parse("2026-03-02T00:00").unwrap())));
    for text in
        ["", "202603022410", "2026030208", "02/03/2026 8", "02/03/2026 08:60", "02/03/2026 08:10:05:1", "x 08:10"]
    {
        assert_eq!(moment(text), None, "{text}");
    }
}

/// JSON of any shape, with the portal's own names in it.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        Just("maKetQua".to_owned()),
        Just("MaKetQua".to_owned()),
        Just("maGiaoDich".to_owned()),
        Just("APIKey".to_owned()),
        Just("expires_in".to_owned()),
        Just("access_token".to_owned()),
        Just("id_token".to_owned()),
        Just("maThe".to_owned()),
        Just("gtTheTu".to_owned()),
        Just("dsLichSuKCB2018".to_owned()),
        Just("DataCCT".to_owned()),
        Just("tBNCCTLuyKe".to_owned()),
        Just("ngayRa".to_owned()),
        ".{0,4}",
    ];
    let text = prop_oneof![
        Just("200".to_owned()),
        Just("000".to_owned()),
        Just("DN4920000000001".to_owned()),
        "[0-9]{8,14}",
        "[0-9/: T+.Z-]{0,24}",
        ".{0,20}",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        text.prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            proptest::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn read_all(reply: &Reply) {
    let portal = portal();
    let now = Moment::at(Minute::parse("2026-03-02T08:10").unwrap());
    if let Ok(session) = portal.read_sign_in(reply, now) {
        assert!(session.is_fresh(now));
    }
    let card = portal.read_card(reply);
    assert!(card.answer.is_some() || !card.status.kind.is_success());
    for coverage in card.coverages(now.minute()) {
        assert!(coverage["card"].is_string() && coverage["valid_from"].is_string());
    }
    let history = portal.read_history(reply);
    assert_eq!(history.answer.is_some(), history.status.kind.is_success());
    let copayments = portal.read_copayments(reply);
    assert!(copayments.answer.is_some() || !copayments.status.kind.is_success());
    let _ = copayments.answer.map(|answer| answer.accumulated(2026));
    for outcome in [portal.read_claim(reply), portal.read_check_in(reply), portal.read_claim_lookup(reply)] {
        assert_eq!(outcome.answer.is_some(), outcome.status.kind.is_success());
        // What is not known to be refused or not done is never said to be.
        let is_told = outcome.status.code.is_some() || [401, 403, 404, 405, 413, 429, 501, 503].contains(&reply.status);
        let is_submission = outcome.status.operation != Operation::ClaimLookup;
        assert!(is_told || !is_submission || outcome.status.kind == Kind::Unknown, "{:?}", outcome.status);
    }
}

proptest! {
    #[test]
    fn any_body_is_an_outcome(status in 0_u16..1000, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        read_all(&Reply { status, retry_after: None, body });
    }

    #[test]
    fn any_json_is_an_outcome(status in prop_oneof![Just(200_u16), 200_u16..600], value in any_json()) {
        read_all(&reply(status, &value.to_string()));
    }

    #[test]
    fn any_text_is_a_day_or_none(text in ".{0,30}") {
        let _ = (read_day(&text), moment(&text), Birth::parse(&text));
    }
}
