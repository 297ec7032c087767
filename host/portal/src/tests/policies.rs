//! Policies that are complete are read, all others are refused with what is wrong.

use super::*;

fn services(from: &str, to: &str) -> String {
    assert!(SERVICES.contains(from), "{from}");
    Portal::read(&SERVICES.replacen(from, to, 1), OUTCOMES).unwrap_err().to_string()
}

fn outcomes(from: &str, to: &str) -> String {
    assert!(OUTCOMES.contains(from), "{from}");
    Portal::read(SERVICES, &OUTCOMES.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn services_that_make_no_sense_are_refused() {
    let sign_in = "operation = \"sign-in\"\npath = \"/api/token/take\"";
    for (from, to, message) in [
        ("session_seconds = 600", "session_seconds = 1", "session_seconds must be from 60 to 86400 seconds"),
        ("password_digits = \"upper\"", "password_digits = \"big\"", "portal/portal.toml cannot be read"),
        (sign_in, "operation = \"card\"\npath = \"/a\"", "\"sign-in\": it is missing"),
        ("path = \"/api/token/take\"", "path = \"api/token/take\"", "\"sign-in\": its path must begin with /"),
        ("path = \"/api/token/take\"", "path = \"/api?x=1\"", "\"sign-in\": its path must begin with /"),
        ("credentials = \"none\"", "credentials = \"query\"", "\"sign-in\": there are no credentials before"),
        ("from = \"2024-07-01\"", "from = \"2024-13-01\"", "\"card\": from must be a day"),
        ("from = \"2024-07-01\"\n", "", "\"card\": all rows but its first must have a day"),
        ("kind = \"0\"\n", "", "\"check-in\": kind (loaiHoSo) belongs to check-in and claim"),
        ("certainty = \"V\"", "certainty = \"X\"", "\"sign-in\": it needs a source"),
        ("is_assumed = true\n", "", "\"claim-lookup\": is_assumed belongs to claim-lookup"),
        ("has_officer = true", "is_on = false", "\"card\": only an assumed service may be off"),
        ("has_officer", "has_officers", "portal/portal.toml cannot be read"),
    ] {
        let error = services(from, to);
        assert!(error.contains(message), "{from}: {error}");
    }
}

#[test]
fn outcomes_that_make_no_sense_are_refused() {
    for (from, to, message) in [
        ("name = \"unlisted\",", "name = \"unlist\",", "unlisted: it is missing in `always`"),
        (
            "lookup = \"unknown\", submission = \"unknown\"",
            "lookup = \"unknown\", submission = \"accepted\"",
            "never a success",
        ),
        ("lookup = \"down\", submission = \"unknown\"", "lookup = \"down\", submission = \"busy\"", "must be unknown"),
        ("kind = \"accepted\"", "kind = \"valid\"", "signed-in 200: its kind makes no sense"),
        ("kind = \"valid\", is_card = true", "kind = \"okay\"", "portal/outcomes.toml cannot be read"),
        ("code = \"001\"", "code = \"000\"", "ministry-of-defence 000: a row before it takes all its answers"),
        ("source = \"guide 1\"", "source = \"\"", "signed-in 200: it needs a source"),
        ("kind = \"found\", vi", "kind = \"found\", is_card = true, vi", "is_card belongs to cards"),
    ] {
        let error = outcomes(from, to);
        assert!(error.contains(message), "{from}: {error}");
    }
}

#[test]
fn every_outcome_speaks_both_languages() {
    let text = OUTCOMES.lines().filter(|line| line.trim_start().starts_with("{ "));
    for line in text {
        assert!(line.contains("vi = \"") && line.contains("en = \""), "{line}");
        assert!(!line.contains("vi = \"\"") && !line.contains("en = \"\""), "{line}");
    }
}
