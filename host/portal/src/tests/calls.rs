//! Every field of every call.

use vienphi_domain::Digest;

use super::*;
use crate::Call;

const MD5: &str = "900150983CD24FB0D6963F7D28E17F72";

fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn form(call: &Call) -> Vec<(String, String)> {
    assert_eq!(call.content_type, "application/x-www-form-urlencoded");
    form_urlencoded::parse(&call.body).into_owned().collect()
}

fn json(call: &Call) -> serde_json::Value {
    assert_eq!(call.content_type, "application/json; charset=utf-8");
    serde_json::from_slice(&call.body).unwrap()
}

const BY_HEADERS: [(&str, &str); 4] =
    [("Accept", "application/json"), ("accessToken", "acc+ess="), ("tokenId", "id/1"), ("passwordHash", MD5)];

#[test]
fn a_sign_in() {
    let call = portal().sign_in(&account(), day("2026-11-26"));
    assert_eq!((call.path.as_str(), call.query.len()), ("/api/token/take", 0));
    assert_eq!(pairs(&call.headers), [("Accept", "application/json")]);
    assert_eq!(pairs(&form(&call)), [("username", "92114_BV"), ("password", MD5)]);
}

#[test]
fn a_card() {
    let call = portal().look_up_card(&account(), &session(), &holder(), day("2026-11-26"));
    assert_eq!(call.path, "/api/egw/KQNhanLichSuKCB2024");
    let by_query = [("token", "acc+ess="), ("id_token", "id/1"), ("username", "92114_BV"), ("password", MD5)];
    assert_eq!(pairs(&call.query), by_query);
    assert_eq!(pairs(&call.headers), [("Accept", "application/json")]);
    assert_eq!(
        json(&call),
        serde_json::json!({
            "maThe": "DN4920000000001", "hoTen": "Nguyễn Văn Mẫu", "ngaySinh": "02/04/1961", "hoTenCb": "Lê Thị Mẫu",
            "cccdCb": "092000000001",
        })
    );

    let nobody = Account { officer: None, ..account() };
    let call = portal().look_up_card(&nobody, &session(), &holder(), day("2024-07-01"));
    assert_eq!(json(&call)["cccdCb"], "");
    // Before 2024 the portal asked for no officer.
    let call = portal().look_up_card(&account(), &session(), &holder(), day("2024-06-30"));
    assert_eq!(call.path, "/api/egw/NhanLichSuKCB2018");
    assert_eq!(json(&call).as_object().unwrap().len(), 3);
}

#[test]
fn a_history() {
    let call = portal().look_up_history(&account(), &session(), &holder(), day("2026-11-26"));
    assert_eq!(call.path, "/api/egw/Lskcb2025");
    let by_query = [("token", "acc+ess="), ("id_token", "id/1"), ("username", "92114_BV"), ("password", MD5)];
    assert_eq!(pairs(&call.query), by_query);
    let fields = [
        ("maThe", "DN4920000000001"),
        ("hoTen", "Nguyễn Văn Mẫu"),
        ("ngaySinh", "02/04/1961"),
        ("hoTenCb", "Lê Thị Mẫu"),
        ("cccdCb", "092000000001"),
    ];
    assert_eq!(pairs(&form(&call)), fields);
}

#[test]
fn files() {
    let file = "<A>đ+/</A>".as_bytes();
    // Of the bytes 3C 41 3E C4 91 2B 2F 3C 2F 41 3E.
    let base64 = "PEE+xJErLzwvQT4=";
    let fields = |kind| {
        let pairs = [
            ("username", "92114_BV"),
            ("loaiHoSo", kind),
            ("maTinh", "92"),
            ("maCSKCB", "92114"),
            ("fileHSBase64", base64),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    };
    let portal = portal();
    for (today, path) in [("2024-12-31", "guiHoSoXmlQD4750"), ("2025-01-01", "guiHoSoXmlQD3176")] {
        let call = portal.send_claim(&account(), &session(), file, day(today));
        assert_eq!((call.path, call.query.len()), (format!("/api/qd130/{path}"), 0));
        assert_eq!(pairs(&call.headers), BY_HEADERS);
        assert_eq!(form(&portal.send_claim(&account(), &session(), file, day(today))), fields("130"));
        let text = String::from_utf8(call.body).unwrap();
        assert!(text.ends_with("&fileHSBase64=PEE%2BxJErLzwvQT4%3D"), "{text}");
    }
    for (today, path) in [("2024-12-31", "checkInKcbQd4750"), ("2025-01-01", "checkInKcbQd3176")] {
        let call = portal.check_in(&account(), &session(), file, day(today));
        assert_eq!(call.path, format!("/api/qd130/{path}"));
        assert_eq!(pairs(&call.headers), BY_HEADERS);
        assert_eq!(form(&call), fields("0"));
    }
}

#[test]
fn co_payments() {
    let call = portal().look_up_copayments(&account(), &session(), &holder(), day("2026-11-26"));
    assert_eq!((call.path.as_str(), call.query.len()), ("/api/TraCuuCCT/TraCuuTienMCCT", 0));
    assert_eq!(pairs(&call.headers), BY_HEADERS);
    let fields = serde_json::json!({
        "username": "92114_BV", "maThe": "DN4920000000001", "hoTen": "Nguyễn Văn Mẫu", "ngaySinh": "02/04/1961",
    });
    assert_eq!(json(&call), fields);
}

#[test]
fn the_assumed_query_is_off_until_somebody_turns_it_on() {
    let mut portal = Portal::read(SERVICES, OUTCOMES).unwrap();
    let file = Digest::of(b"file");
    assert!(!portal.has_claim_lookup());
    assert_eq!(portal.look_up_claim(&account(), &session(), "L1", &file, day("2026-11-26")), None);
    portal.set_claim_lookup(true);
    let call = portal.look_up_claim(&account(), &session(), "L1", &file, day("2026-11-26")).unwrap();
    assert_eq!(call.path, "/api/qd130/traCuuHoSoDaGui");
    assert_eq!(pairs(&call.headers), BY_HEADERS);
    let digest = "3b9c358f36f0a31b6ad3e14f309c7cf198ac9246e8316f9ce543d5b19ac02b80";
    let fields = serde_json::json!({"username": "92114_BV", "maCSKCB": "92114", "maLK": "L1", "sha256": digest});
    assert_eq!(json(&call), fields);

    // A portal of which nothing is assumed.
    let without = SERVICES.split("# ASSUMED").next().unwrap();
    let mut portal = Portal::read(without, OUTCOMES).unwrap();
    portal.set_claim_lookup(true);
    assert!(!portal.has_claim_lookup());
    assert_eq!(portal.look_up_claim(&account(), &session(), "L1", &file, day("2026-11-26")), None);
}

#[test]
fn nothing_of_a_call_is_shown() {
    let portal = portal();
    let card = portal.look_up_card(&account(), &session(), &holder(), day("2026-11-26"));
    let claim = portal.send_claim(&account(), &session(), b"<A/>", day("2026-11-26"));
    for shown in [format!("{card:?}"), format!("{claim:?}"), format!("{:?}", session()), format!("{:?}", account())] {
        for secret in ["acc+ess", "id/1", MD5, "abc", "Mẫu", "DN492", "092000000001", "1961", "PEEv"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
    assert!(format!("{card:?}").contains("KQNhanLichSuKCB2024"));
}
