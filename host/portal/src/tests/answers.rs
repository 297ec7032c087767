//! What every listed answer means, and every answer that is in no list.

use secrecy::ExposeSecret as _;
use serde::Deserialize;
use vienphi_domain::{Minute, Moment};

use super::*;
use crate::{Kind, Lost, Operation, Status};

const NOW: &str = "2026-03-02T08:10";

fn now() -> Moment {
    Moment::at(Minute::parse(NOW).unwrap())
}

/// What an answer to an operation means.
fn status(operation: Operation, reply: &Reply) -> Status {
    let portal = portal();
    match operation {
        Operation::SignIn => match portal.read_sign_in(reply, now()) {
            Ok(_) => panic!("no session is expected"),
            Err(status) => *status,
        },
        Operation::Card => portal.read_card(reply).status,
        Operation::History => portal.read_history(reply).status,
        Operation::CheckIn => portal.read_check_in(reply).status,
        Operation::Claim => portal.read_claim(reply).status,
        Operation::Copayment => portal.read_copayments(reply).status,
        Operation::ClaimLookup => portal.read_claim_lookup(reply).status,
    }
}

#[derive(Deserialize)]
struct Listed {
    outcomes: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    operations: Vec<Operation>,
    code: String,
    text: Option<String>,
    name: String,
    kind: Kind,
    vi: String,
}

#[test]
fn every_listed_code_is_its_outcome() {
    let listed: Listed = toml::from_str(OUTCOMES).unwrap();
    assert!(listed.outcomes.len() > 50);
    for row in listed.outcomes {
        let note = row.text.unwrap_or_default();
        // Enough for an answer of any success.
        let rest = r#""maThe": "DN4920000000001", "maGiaoDich": "GD1", "access_token": "a", "id_token": "b""#;
        let asked = match row.code.strip_prefix("http-") {
            Some(status) => reply(status.parse().unwrap(), ""),
            None => reply(200, &format!(r#"{{"maKetQua": "{}", "ghiChu": "{note}!", {rest}}}"#, row.code)),
        };
        for operation in row.operations {
            if operation == Operation::SignIn && row.kind == Kind::Accepted {
                assert!(portal().read_sign_in(&asked, now()).is_ok());
                continue;
            }
            let status = status(operation, &asked);
            assert_eq!((&*status.name, status.kind), (row.name.as_str(), row.kind), "{operation:?} {}", row.code);
            assert_eq!(status.advice.vi, row.vi);
        }
    }
}

/// Kinds of a question and of a file, and the outcome's name.
#[test]
fn what_is_in_no_list_is_never_a_success() {
    let long = "x".repeat(Reply::LONGEST + 1);
    let cases = [
        (200, r#"{"maKetQua": "777", "thongDiep": "Mới"}"#, "unlisted", Kind::Unknown, Kind::Unknown),
        (200, r#"{"maKetQua": "Hệ thống đang bảo trì"}"#, "unlisted", Kind::Unknown, Kind::Unknown),
        (200, r#"{"maKetQua": 2e2}"#, "unlisted", Kind::Unknown, Kind::Unknown),
        (200, "", "unreadable", Kind::Down, Kind::Unknown),
        (200, "{}", "unreadable", Kind::Down, Kind::Unknown),
        (200, r#"{"maKetQua": ""}"#, "unreadable", Kind::Down, Kind::Unknown),
        (200, r#"{"maKetQua": null}"#, "unreadable", Kind::Down, Kind::Unknown),
        (200, r#"{"maKetQua": {}}"#, "unreadable", Kind::Down, Kind::Unknown),
        (200, "[1]", "unreadable", Kind::Down, Kind::Unknown),
        (200, "\"text\"", "unreadable", Kind::Down, Kind::Unknown),
        (200, "<html>bảo trì</html>", "unreadable", Kind::Down, Kind::Unknown),
        (200, r#"{"maKetQua": "200", "#, "unreadable", Kind::Down, Kind::Unknown),
        (302, "", "unreadable", Kind::Down, Kind::Unknown),
        (500, "<html>", "unreadable", Kind::Down, Kind::Unknown),
        (502, "<html>", "unreadable", Kind::Down, Kind::Unknown),
        (504, "", "unreadable", Kind::Down, Kind::Unknown),
        (200, &long, "too-long", Kind::Down, Kind::Unknown),
        (401, "", "session-ended", Kind::SignInAgain, Kind::SignInAgain),
        (403, "<html>", "forbidden", Kind::SignInAgain, Kind::SignInAgain),
        (429, "", "too-many", Kind::Busy, Kind::Busy),
        (503, "<html>", "closed", Kind::Busy, Kind::Busy),
        (405, "", "no-service", Kind::Down, Kind::Account),
    ];
    for (http, body, name, question, file) in cases {
        for operation in Operation::ALL {
            if operation == Operation::SignIn && (http == 401 || http == 403) {
                continue;
            }
            let status = status(operation, &reply(http, body));
            let kind = if operation.is_submission() { file } else { question };
            assert_eq!((&*status.name, status.kind), (name, kind), "{operation:?} {http} {:.40}", body);
        }
    }
}

#[test]
fn a_success_that_http_denies_is_none() {
    for http in [302, 400, 401, 403, 429, 500, 502, 503] {
        let body = r#"{"maKetQua": "200", "maGiaoDich": "GD1"}"#;
        let status = status(Operation::Claim, &reply(http, body));
        assert_eq!((&*status.name, status.kind), ("contradiction", Kind::Unknown), "{http}");
    }
    // A doubt stays one.
    assert_eq!(status(Operation::Claim, &reply(503, r#"{"maKetQua": "500"}"#)).kind, Kind::Unknown);
    // A refusal stands whatever HTTP says: nothing was done either way.
    assert_eq!(status(Operation::Claim, &reply(422, r#"{"maKetQua": "202"}"#)).kind, Kind::Refused);
}

#[test]
fn a_success_without_its_content_is_none() {
    for body in [r#"{"maKetQua": "200"}"#, r#"{"maKetQua": "200", "maGiaoDich": "<script>"}"#] {
        let status = status(Operation::Claim, &reply(200, body));
        assert_eq!((&*status.name, status.kind), ("no-number", Kind::Unknown), "{body}");
    }
    let card = status(Operation::Card, &reply(200, r#"{"maKetQua": "000", "hoTen": "A"}"#));
    assert_eq!((&*card.name, card.kind), ("no-content", Kind::Down));
    for body in [
        r#"{"maKetQua": "200"}"#,
        r#"{"maKetQua": "200", "APIKey": {"access_token": "a"}}"#,
        r#"{"maKetQua": "200", "APIKey": {"access_token": "a\r\nHost: b", "id_token": "b"}}"#,
    ] {
        assert_eq!(&*status(Operation::SignIn, &reply(200, body)).name, "no-content", "{body}");
    }
}

#[test]
fn the_portal_s_words_are_kept_and_not_shown() {
    let body = r#"{"maKetQua": "060", "ghiChu": "Sai họ tên: Nguyễn Văn Mẫu"}"#;
    let status = status(Operation::Card, &reply(200, body));
    assert_eq!(status.message.as_ref().unwrap().expose(), "Sai họ tên: Nguyễn Văn Mẫu");
    assert_eq!(status.to_string(), "the portal, card: wrong-name (code 060)");
    assert!(!format!("{status:?}").contains("Mẫu"));
}

#[test]
fn a_wait_is_told_where_it_is_one() {
    let with = |status, body: &str| Reply { retry_after: Some(90), ..reply(status, body) };
    assert_eq!(status(Operation::Claim, &with(429, "")).retry_after, Some(90));
    assert_eq!(status(Operation::Card, &with(502, "")).retry_after, Some(90));
    assert_eq!(status(Operation::Claim, &with(200, r#"{"maKetQua": "202"}"#)).retry_after, None);
}

#[test]
fn an_answer_that_never_came() {
    let portal = portal();
    for operation in Operation::ALL {
        let before = portal.lost(operation, Lost::BeforeSending);
        assert_eq!((before.kind, &*before.name), (Kind::Down, "not-reached"));
        let after = portal.lost(operation, Lost::MaybeAfterSending);
        let kind = if operation.is_submission() { Kind::Unknown } else { Kind::Down };
        assert_eq!((after.kind, &*after.name), (kind, "no-answer"));
        assert!(after.kind.may_be_repeated() != operation.is_submission());
    }
}

#[test]
fn a_session_ends_when_the_portal_says() {
    // 08:10 in Vietnam is 01:10 UTC, 1772413800 seconds after 1970.
    let portal = portal();
    let end = |stated: &str| {
        let key = format!(r#"{{"access_token": "a", "id_token": "b", "expires_in": {stated}}}"#);
        let session = portal.read_sign_in(&reply(200, &format!(r#"{{"maKetQua": 200, "apikey": {key}}}"#)), now());
        let session = session.unwrap();
        assert_eq!((session.access_token.expose_secret(), session.id_token.expose_secret()), ("a", "b"));
        session.expires_at.seconds() - now().seconds()
    };
    for stated in [
        "\"2026-03-02T01:30:00Z\"",
        "\"2026-03-02T01:30:00\"",
        "\"2026-03-02T01:30:00.1234567Z\"",
        "\"2026-03-02T08:30:00+07:00\"",
        "\"2026-03-01T20:30:00-05:00\"",
        "\"02/03/2026 01:30:00\"",
        "1200",
        "\"1200\"",
        "1772415000",
        "1772415000123",
    ] {
        assert_eq!(end(stated), 1200 - 60, "{stated}");
    }
    // In the past, unreadable, absent: ten minutes, less one.
    for stated in
        ["\"2026-03-02T00:00:00Z\"", "0", "-5", "null", "\"soon\"", "\"é:é\"", "\"2026-03-02T01:30:00+é\"", "1e99"]
    {
        assert_eq!(end(stated), 540, "{stated}");
    }
    assert_eq!(end("99999999"), 24 * 3600 - 60);
    assert_eq!(end("20"), 10);
    let session =
        portal.read_sign_in(&reply(200, r#"{"maKetQua": "200", "access_token": "a", "id_token": "b"}"#), now());
    let session = session.unwrap();
    assert!(session.is_fresh(now()));
    assert!(!session.is_fresh(session.expires_at));
}
