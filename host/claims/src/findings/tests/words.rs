//! How a finding is written.

use super::case::Case;
use super::*;
use crate::check::{Breach, Violation};

#[test]
fn a_finding_is_written_with_its_row_from_one() {
    let found = Case::outpatient().with(3, 1, "MUC_HUONG", "100").check(&Given::default());
    let json = serde_json::to_string(&found[0]).unwrap();
    assert_eq!(
        json,
        "{\"code\":\"VP-RATE-HIGH\",\"severity\":\"error\",\"table\":3,\"row\":2,\"field\":\"MUC_HUONG\",\"declared\":\"100\",\
         \"expected\":\"80\",\"at_risk\":\"8700\",\"department\":\"K03\",\"practitioner\":\"0000000001\",\"text\":{\"vi\":\
         \"MUC_HUONG 100, được hưởng 80: đối tượng 1.1, loại KCB 01, thẻ DN4, tổng 705276.67, mức 15% là 351000\",\"en\":\
         \"MUC_HUONG 100, entitled to 80: subject 1.1, visit type 01, card DN4, total 705276.67, 15 % of the reference amount is \
         351000\"},\"ground\":\"Luật BHYT Điều 22; QĐ 3276/QĐ-BYT; READINGS 5, 6, 7, 13\"}"
    );
}

#[test]
fn totals_are_written_by_field() {
    let json = serde_json::to_value(totals(&Case::small().claim())).unwrap();
    assert_eq!(json["declared"]["T_THUOC"], "25010");
    assert_eq!(json["expected"]["T_BHTT"], "70010");
}

#[test]
fn what_is_put_in_is_not_read_as_a_place_of_its_own() {
    let found = Case::outpatient().with(1, 0, "MA_BENH_KT", "{expected}").check(&Given::default());
    assert_eq!(found[0].text.en, "MA_BENH_KT has {expected}, which has not the form of ICD-10");
}

#[test]
fn words_have_no_place_that_is_not_known() {
    let places = ["{field}", "{declared}", "{expected}", "{reason}"];
    for entry in codes() {
        for words in [&entry.vi, &entry.en] {
            let rest = places.iter().fold(words.to_string(), |words, place| words.replace(place, ""));
            assert!(!rest.contains(['{', '}']), "{}: {words}", entry.code);
        }
        assert!(!entry.ground.is_empty() && entry.from <= entry.to, "{}", entry.code);
    }
}

/// No field of today's schema has days without a format; one of tomorrow's may.
#[test]
fn a_field_of_other_days_is_found() {
    let claim = Case::small().claim();
    let table = claim.table(2).unwrap();
    let violation =
        Violation { table: Some(2), row: Some(0), field: "MUC_HUONG", offset: None, what: Breach::NotInForce };
    let mut sink = Sink::new(Day::END_OF_TIME, "K01");
    form::report(table, &violation, &mut sink);
    assert_eq!((sink.findings[0].code, sink.findings[0].department.as_deref()), ("VP-SCHEMA-FIELD", Some("K03")));
}

#[test]
fn a_code_holds_on_its_days_alone() {
    let mut sink = Sink::new(Day::parse("2021-07-31").unwrap(), "");
    sink.add(sink::Found::of_visit("GDH-102", ""));
    assert_eq!(sink.findings, []);
}
