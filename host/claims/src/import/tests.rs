//! What files become as encounters, and what cannot become one.

use serde_json::{Value, json};

use super::*;
use crate::{Envelope, Limits, NewClaim, NewEnvelope, NewTable};

/// Rows of a table: pairs of field and text.
type Rows<'r> = &'r [&'r [(&'r str, &'r str)]];

const SUMMARY: &[(&str, &str)] = &[
    ("MA_LK", "LK1"),
    ("HO_TEN", "Nguyễn Văn Mẫu"),
    ("NGAY_SINH", "196100000000"),
    ("GIOI_TINH", "2"),
    ("MA_THE_BHYT", "DN4920000000001;GD4920000000001"),
    ("MA_DKBD", "92114;92114"),
    ("GT_THE_TU", "20260101;20260304"),
    ("GT_THE_DEN", "20260303;"),
    ("MA_DOITUONG_KCB", "1.1"),
    ("MA_LOAI_KCB", "03"),
    ("MA_CSKCB", "92114"),
    ("NGAY_VAO", "202603020810"),
    ("NGAY_RA", "202603051000"),
    ("KET_QUA_DTRI", "1"),
    ("MA_LOAI_RV", "1"),
    ("MA_BENH_CHINH", "J18.9"),
    ("MA_BENH_KT", "I10;E11"),
    ("NHOM_MAU", "O"),
];

fn claim(tables: &[(u8, Rows<'_>)]) -> Claim {
    let day = |text| vienphi_domain::Day::parse(text).unwrap();
    let mut made = NewClaim { discharge_day: day("2026-03-05"), tables: Vec::new() };
    for (number, rows) in tables {
        let mut table = NewTable::new(*number).unwrap();
        for fields in *rows {
            let row = table.add_row().unwrap();
            for (field, text) in *fields {
                row.set(field, *text).unwrap();
            }
        }
        made.tables.push(table);
    }
    let envelope = NewEnvelope { facility: "92114".to_owned(), made_on: day("2026-04-01"), claims: vec![made] };
    let bytes = envelope.write().unwrap();
    Envelope::read(&bytes, &Limits::default()).unwrap().claims()[0].clone()
}

fn service<'f>(more: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let mut fields = vec![
        ("MA_LK", "LK1"),
        ("MA_DICH_VU", "10.0506.0459"),
        ("MA_NHOM", "8"),
        ("SO_LUONG", "1"),
        ("DON_GIA_BV", "100000"),
        ("DON_GIA_BH", "100000"),
        ("TYLE_TT_DV", "100"),
        ("TYLE_TT_BH", "100"),
        ("MUC_HUONG", "80"),
        ("NGAY_TH_YL", "202603021400"),
        ("PHAM_VI", "1"),
    ];
    for (field, text) in more {
        fields.retain(|(known, _)| known != field);
        fields.push((field, text));
    }
    fields
}

fn services(rows: &[Vec<(&str, &str)>]) -> Value {
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
    import(&claim(&[(1, &[SUMMARY]), (3, &rows)])).unwrap()
}

#[test]
fn a_visit_keeps_what_its_file_says() {
    let encounter = services(&[service(&[("NGUOI_THUC_HIEN", "A;B")])]);
    assert_eq!(encounter["id"], "LK1");
    // Of a birth of which the year alone is known the first day.
    assert_eq!(encounter["patient"], json!({"name": "Nguyễn Văn Mẫu", "birth_date": "1961-01-01", "sex": "female"}));
    assert_eq!(encounter["visit"]["arrived_at"], "2026-03-02T08:10");
    assert_eq!(
        encounter["coverages"][1],
        json!({
            "card": "GD4920000000001", "valid_from": "2026-03-04", "registered_facility": "92114",
        })
    );
    assert_eq!(encounter["diagnoses"], json!({"main": "J18.9", "others": ["I10", "E11"]}));
    assert_eq!(
        encounter["clinical"],
        json!({
            "xml1": {"NHOM_MAU": "O"}, "lines": {"3.1": {"NGUOI_THUC_HIEN": "A;B"}},
        })
    );
    let line = &encounter["lines"][0];
    assert_eq!((&line["id"], &line["kind"], &line["quantity"]), (&json!("3.1"), &json!("surgery"), &json!("1")));
    // A price that the insurer counts whole is the catalogue's: it is looked up anew.
    assert_eq!(line.get("unit_price"), None);
    let dearer = services(&[service(&[("DON_GIA_BV", "150000")])]);
    assert_eq!(dearer["lines"][0]["unit_price"], "150000");
}

#[test]
fn operations_of_one_session_are_put_together() {
    let at = |ratio: &'static str, group: &'static str, at: &'static str| {
        service(&[("TYLE_TT_DV", ratio), ("MA_NHOM", group), ("NGAY_TH_YL", at)])
    };
    let encounter = services(&[
        at("100", "8", "202603021400"),
        at("50", "8", "202603021400"),
        at("80", "8", "202603021430"),
        at("80", "18", "202603021400"),
        at("100", "8", "202603041400"),
        at("100", "18", "202603021400"),
    ]);
    let operation = |place: usize| {
        let operation = &encounter["lines"][place]["operation"];
        (operation["id"].as_str().map(str::to_owned), operation["team"].as_str().map(str::to_owned))
    };
    let of = |id: &str, team: &str| (Some(id.to_owned()), Some(team.to_owned()));
    assert_eq!(operation(0), of("O1", "T1"));
    assert_eq!(operation(1), of("O1", "T1"));
    assert_eq!(operation(2), of("O1", "T2"));
    assert_eq!(operation(3), of("O1", "T1"));
    assert_eq!(operation(4), of("O5", "T1"));
    assert_eq!(operation(5), (None, None));
}

#[test]
fn the_kind_of_support_shows_in_what_is_left() {
    let support = |insured: &'static str, own: &'static str, copayment: &'static str, insurer: &'static str| {
        let encounter = services(&[service(&[
            ("DON_GIA_BV", "120000"),
            ("THANH_TIEN_BV", "120000"),
            ("THANH_TIEN_BH", insured),
            ("T_NGUONKHAC_VTTN", "15000"),
            ("T_NGUONKHAC", "15000"),
            ("T_BNTT", own),
            ("T_BNCCT", copayment),
            ("T_BHTT", insurer),
        ])]);
        let sources = &encounter["lines"][0]["other_sources"];
        assert_eq!((&sources[0]["fund"], &sources[0]["amount"]), (&json!("domestic"), &json!("15000")));
        sources[0]["kind"].as_str().unwrap().to_owned()
    };
    assert_eq!(support("100000", "5000", "20000", "80000"), "individual");
    assert_eq!(support("100000", "20000", "5000", "80000"), "arv");
    assert_eq!(support("87500", "17500", "17500", "70000"), "facility");
}

#[test]
fn beds_have_segments_and_goods_their_service() {
    let bed = service(&[
        ("MA_DICH_VU", "K03.NO1"),
        ("MA_NHOM", "15"),
        ("TYLE_TT_DV", "50"),
        ("NGAY_KQ", "202603051000"),
        ("MA_KHOA", "K03"),
        ("MA_GIUONG", "H001"),
    ]);
    let supply = service(&[("MA_VAT_TU", "N07.01"), ("MA_NHOM", "10"), ("DON_GIA_BV", "5000")]);
    let encounter = services(&[service(&[]), bed, supply]);
    assert_eq!(
        encounter["lines"][1]["segments"],
        json!([{
            "from": "2026-03-02T14:00", "to": "2026-03-05T10:00", "department": "K03", "bed": "H001", "sharing": 2,
        }])
    );
    assert_eq!(encounter["lines"][2]["for_line"], "3.1");
    assert_eq!(encounter["lines"][2]["unit_price"], "5000");
}

#[test]
fn a_card_whose_level_rises_within_the_visit_is_of_an_object_that_does() {
    let lines = |rates: [&'static str; 2]| {
        let day = |at: &'static str, rate| service(&[("NGAY_YL", at), ("NGAY_TH_YL", at), ("MUC_HUONG", rate)]);
        [day("202512310800", rates[0]), day("202601010800", rates[1])]
    };
    let card = |born: &'static str, rates| {
        let mut summary = SUMMARY.to_vec();
        summary.retain(|(field, _)| !["NGAY_SINH", "MA_THE_BHYT", "NGAY_VAO", "NGAY_RA"].contains(field));
        summary.extend([
            ("NGAY_SINH", born),
            ("MA_THE_BHYT", "9200000001"),
            ("NGAY_VAO", "202512310700"),
            ("NGAY_RA", "202601011000"),
        ]);
        let [one, other] = lines(rates);
        let encounter = import(&claim(&[(1, &[&summary]), (3, &[&one, &other])])).unwrap();
        let card = &encounter["coverages"][0];
        format!("{} {}", card["object"], card["level"])
    };
    assert_eq!(card("194001010000", ["80", "100"]), "\"LH\" null");
    assert_eq!(card("196001010000", ["95", "100"]), "\"CN\" null");
    // Too young, nothing raised, and lowered.
    assert_eq!(card("196001010000", ["80", "100"]), "null 4");
    assert_eq!(card("194001010000", ["80", "80"]), "null 4");
    assert_eq!(card("194001010000", ["100", "80"]), "null 4");
}

#[test]
fn a_bed_that_a_patient_came_back_to_is_free_between() {
    let bed = |code: &'static str, from: &'static str, to: &'static str, days: &'static str| {
        service(&[
            ("MA_DICH_VU", code),
            ("MA_NHOM", "15"),
            ("NGAY_YL", from),
            ("NGAY_TH_YL", from),
            ("NGAY_KQ", to),
            ("MA_KHOA", "K27"),
            ("SO_LUONG", days),
        ])
    };
    let surgical = bed("K27.NG1", "202608220000", "202609012359", "11");
    let segments = |days| {
        let ward = bed("K27.NO2", "202608212132", "202609081415", days);
        services(&[ward, surgical.clone()])["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| {
                let segments = line["segments"].as_array().unwrap().iter();
                segments.map(|segment| format!("{} {}", segment["from"], segment["to"]).replace('"', "")).collect()
            })
            .collect::<Vec<Vec<String>>>()
    };
    assert_eq!(
        segments("7"),
        [
            vec!["2026-08-21T21:32 2026-08-21T23:59", "2026-09-02T00:00 2026-09-08T14:15"],
            vec!["2026-08-22T00:00 2026-09-01T23:59"],
        ]
    );
    // A row that counts all days of its stay is left as it is, so that the days counted twice show.
    assert_eq!(segments("18")[0], ["2026-08-21T21:32 2026-09-08T14:15"]);
}

/// A row of table 3 that was done within a day, with what was co-paid of it.
fn done_at<'f>(at: &'f str, copaid: &'f str) -> Vec<(&'f str, &'f str)> {
    let rate = if copaid == "0" { "100" } else { "80" };
    service(&[
        ("MA_NHOM", "1"),
        ("NGAY_TH_YL", at),
        ("THANH_TIEN_BH", "100000"),
        ("T_BNCCT", copaid),
        ("MUC_HUONG", rate),
    ])
}

fn bed_of<'f>([from, to, days]: [&'f str; 3], copaid: &'f str) -> Vec<(&'f str, &'f str)> {
    let mut bed = done_at(from, copaid);
    bed.retain(|(field, _)| !["MA_NHOM", "MA_DICH_VU", "SO_LUONG"].contains(field));
    bed.extend([("MA_NHOM", "15"), ("MA_DICH_VU", "K03.NO1"), ("MA_KHOA", "K03"), ("SO_LUONG", days), ("NGAY_KQ", to)]);
    bed
}

/// What an exemption becomes: the ids of lines, from when it is, what was co-paid before, and since when five years are.
fn exempt(summary: &[(&str, &str)], drugs: &[Vec<(&str, &str)>], services: &[Vec<(&str, &str)>]) -> String {
    let mut of_visit = SUMMARY.to_vec();
    of_visit.retain(|(field, _)| summary.iter().all(|(known, _)| known != field));
    of_visit.extend(summary);
    let drugs: Vec<&[(&str, &str)]> = drugs.iter().map(Vec::as_slice).collect();
    let services: Vec<&[(&str, &str)]> = services.iter().map(Vec::as_slice).collect();
    let encounter = import(&claim(&[(1, &[&of_visit]), (2, &drugs), (3, &services)])).unwrap();
    let ids: Vec<&str> =
        encounter["lines"].as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap()).collect();
    let card = &encounter["coverages"][0];
    let earlier = &card["copayments"][0];
    let told = [&card["exempt_from"], &earlier["amount"], &earlier["discharged_on"], &card["five_years_on"]];
    let told: Vec<&str> = told.into_iter().map(|value| value.as_str().unwrap_or("–")).collect();
    format!("{} | {}", ids.join(" "), told.join(" "))
}

#[test]
fn an_exemption_begins_behind_the_last_that_was_copaid() {
    let day = [("NGAY_MIEN_CCT", "20260303"), ("NAM_NAM_LIEN_TUC", "20210101")];
    let minute = [("NGAY_MIEN_CCT", "202603030900")];
    let copaid = done_at("202603030900", "20000");
    let free = done_at("202603031000", "0");
    assert_eq!(exempt(&day, &[], &[copaid.clone(), free.clone()]), "3.1 3.2 | 2026-03-03T09:01 – – 2021-01-01");
    // A day by paper, on which nothing was co-paid; a moment that says it.
    assert_eq!(exempt(&day, &[], std::slice::from_ref(&free)), "3.1 | 2026-03-03 – – 2021-01-01");
    assert_eq!(exempt(&minute, &[], std::slice::from_ref(&free)), "3.1 | 2026-03-03T09:00 – – –");
    // An operation counts when it ends.
    let begun = [("NGAY_TH_YL", "202603030820"), ("NGAY_KQ", "202603030900"), ("T_BNCCT", "20000")];
    assert_eq!(exempt(&day, &[], &[service(&begun), free]), "3.1 3.2 | 2026-03-03T09:01 – – 2021-01-01");
}

#[test]
fn within_a_minute_the_limit_is_passed_by_what_was_paid_before() {
    // A bed's second day counts at midnight, as does the drug that is free. 14 040 000 less two days and a quarter of the last.
    let bed = bed_of(["202603020810", "202603032359", "2"], "84400");
    let drug = vec![
        ("MA_THUOC", "40.30"),
        ("MA_NHOM", "4"),
        ("SO_LUONG", "1"),
        ("NGAY_TH_YL", "202603030000"),
        ("MUC_HUONG", "100"),
        ("THANH_TIEN_BH", "814"),
        ("T_BNCCT", "0"),
    ];
    let midnight = [("NGAY_MIEN_CCT", "202603030000")];
    assert_eq!(exempt(&midnight, &[drug], &[bed]), "2.1 0.3.1 | – 13966150 2026-03-01 2026-03-01");
    // The order of rows is that of lines already; five years that were reached on the day stay.
    let noon = [("NGAY_MIEN_CCT", "202603031200"), ("NAM_NAM_LIEN_TUC", "20260303")];
    let copaid = done_at("202603031200", "20000");
    let free = done_at("202603031200", "0");
    assert_eq!(exempt(&noon, &[], &[copaid.clone(), free.clone()]), "3.1 3.2 | – 14025000 2026-03-01 2026-03-03");
    // A bed's first day counts before the arrival, and is told as of it: here half a day of each of two departments.
    let arrival = [("NGAY_MIEN_CCT", "202603020810"), ("NAM_NAM_LIEN_TUC", "20210101")];
    let halves = [
        bed_of(["202603020810", "202603021200", "0.5"], "20000"),
        bed_of(["202603021200", "202603022359", "0.5"], "0"),
    ];
    assert_eq!(exempt(&arrival, &[], &halves), "3.1 3.2 | – 14025000 2026-03-01 2021-01-01");
    // Transport, paid whole for everybody, and what the insurer does not pay are not free of it.
    let mut transport = done_at("202603031200", "0");
    transport.push(("MA_NHOM", "12"));
    transport.retain(|field| *field != ("MA_NHOM", "1"));
    let mut own = done_at("202603031200", "0");
    own.retain(|(field, _)| *field != "THANH_TIEN_BH");
    let rows = [transport, own, copaid.clone(), done_at("202603031300", "0")];
    let day = [("NGAY_MIEN_CCT", "20260303"), ("NAM_NAM_LIEN_TUC", "20210101")];
    assert_eq!(exempt(&day, &[], &rows), "3.1 3.2 3.3 3.4 | 2026-03-03T12:01 – – 2021-01-01");
    // All that is not free comes first with the one that passed the limit.
    let other = service(&[("MA_NHOM", "1"), ("NGAY_TH_YL", "202603031200"), ("T_BNCCT", "0")]);
    let rows = [free, other.clone(), copaid, other];
    assert_eq!(exempt(&noon, &[], &rows), "3.1 0.3.2 0.3.3 3.4 | – 14025000 2026-03-01 2026-03-03");
}

#[test]
fn what_was_paid_before_is_of_the_year_and_of_its_reference_amount() {
    // Of four days of a bed, left for one, only the first is of the old year.
    let old_year = [
        ("NGAY_VAO", "202512300811"),
        ("NGAY_RA", "202601041245"),
        ("NGAY_MIEN_CCT", "202512301215"),
        ("NAM_NAM_LIEN_TUC", "20210101"),
    ];
    let rows = [
        bed_of(["202512300856", "202601041245", "4"], "193040"),
        bed_of(["202512310000", "202512312359", "1"], "0"),
        done_at("202512301215", "20000"),
        done_at("202512301215", "0"),
        done_at("202601011215", "70000"),
    ];
    assert_eq!(exempt(&old_year, &[], &rows), "3.1 3.2 3.3 3.4 3.5 | – 13976740 2025-12-29 2021-01-01");
    // Arrived in the old year, exempt in the new: what was paid in the old does not count.
    let new_year = [
        ("NGAY_VAO", "202512300811"),
        ("NGAY_RA", "202601041245"),
        ("NGAY_MIEN_CCT", "202601021215"),
        ("NAM_NAM_LIEN_TUC", "20210101"),
    ];
    let rows = [done_at("202512310900", "50000"), done_at("202601021215", "20000"), done_at("202601021215", "0")];
    assert_eq!(exempt(&new_year, &[], &rows), "3.1 3.2 3.3 | – 14025000 2026-01-01 2021-01-01");
    // Paid under 2 340 000 a month, counted under 2 530 000: (15 180 000 − 15 000) × 14 040 000 / 15 180 000.
    let raised = [
        ("NGAY_VAO", "202606280811"),
        ("NGAY_RA", "202607051000"),
        ("NGAY_MIEN_CCT", "202607021215"),
        ("NAM_NAM_LIEN_TUC", "20210101"),
    ];
    let rows = [done_at("202607021215", "20000"), done_at("202607021215", "0")];
    assert_eq!(exempt(&raised, &[], &rows), "3.1 3.2 | – 14026126.48 2026-06-27 2021-01-01");
}

#[test]
fn a_day_of_discharge_that_counts_is_no_day_counted_twice() {
    let bed = |times| bed_of(times, "0");
    let segments = |ending: &str, days| {
        let mut summary = SUMMARY.to_vec();
        summary.retain(|(field, _)| *field != "KET_QUA_DTRI");
        summary.push(("KET_QUA_DTRI", ending));
        let rows = [bed(["202603020810", "202603051000", days]), bed(["202603030000", "202603032359", "1"])];
        let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
        let encounter = import(&claim(&[(1, &[&summary]), (3, &rows)])).unwrap();
        encounter["lines"][0]["segments"].as_array().unwrap().len()
    };
    // Three days by the calendar, four when the patient died.
    assert_eq!((segments("1", "2"), segments("1", "3")), (2, 1));
    assert_eq!((segments("5", "3"), segments("5", "4")), (2, 1));
}

#[test]
fn what_is_missing_is_named() {
    let without = |field: &str| {
        let fields: Vec<(&str, &str)> = SUMMARY.iter().copied().filter(|(name, _)| *name != field).collect();
        import(&claim(&[(1, &[&fields]), (3, &[&service(&[])])])).unwrap_err().to_string()
    };
    for field in ["MA_CSKCB", "NGAY_SINH", "GIOI_TINH", "MA_LOAI_KCB", "NGAY_VAO", "NGAY_RA"] {
        assert_eq!(without(field), format!("XML1, row 1, {field}: is missing or empty"));
    }
    assert_eq!(import(&claim(&[(1, &[SUMMARY])])).unwrap_err(), NoEncounter::NoLines);
    assert_eq!(import(&claim(&[(3, &[&service(&[])])])).unwrap_err(), NoEncounter::NoTable { table: 1 });
    let group = import(&claim(&[(1, &[SUMMARY]), (3, &[&service(&[("MA_NHOM", "77")])])])).unwrap_err();
    assert_eq!(group.to_string(), "XML3, row 1, MA_NHOM: \"77\" is none of 1 to 19");
    let quantity = import(&claim(&[(1, &[SUMMARY]), (3, &[&service(&[("SO_LUONG", "1,5")])])])).unwrap_err();
    assert!(quantity.to_string().contains("SO_LUONG"), "{quantity}");
}

#[test]
fn days_of_beds_may_be_more_than_a_number_holds() {
    let bed = service(&[("MA_NHOM", "15"), ("SO_LUONG", "9223372036854775.807")]);
    let mut summary = SUMMARY.to_vec();
    summary.retain(|(field, _)| *field != "MA_LOAI_RV");
    summary.push(("MA_LOAI_RV", "2"));
    let encounter = import(&claim(&[(1, &[&summary]), (3, &[&bed, &bed])])).unwrap();
    assert_eq!(encounter["visit"].get("via_emergency"), None);
}

#[test]
fn goods_find_the_last_service_begun_before_them() {
    let at = |time: &'static str| service(&[("NGAY_TH_YL", time)]);
    let goods = |time: &'static str| {
        service(&[("MA_VAT_TU", "N07.01"), ("MA_NHOM", "10"), ("DON_GIA_BV", "5000"), ("NGAY_TH_YL", time)])
    };
    let stopped = service(&[("MA_DICH_VU", "10.0506.0459_TB"), ("NGAY_TH_YL", "202603021200")]);
    let encounter = services(&[
        at("202603021000"),
        at("202603021600"),
        at("202603021400"),
        stopped,
        goods("202603021500"),
        goods("202603021000"),
        goods("202603021700"),
        goods("202603020900"),
    ]);
    let found: Vec<&Value> = (4..8).map(|line| &encounter["lines"][line]["for_line"]).collect();
    // Of those begun before, the last in the file; of none, the first in the file.
    assert_eq!(found, [&json!("3.4"), &json!("3.1"), &json!("3.4"), &json!("3.1")]);
}

/// Forty thousand operations, beds and goods; looking for each among all would take minutes.
#[test]
fn the_time_grows_with_the_lines() {
    let row = |number: u32| {
        let (day, hour, minute) = (1 + number / 1_440 % 28, number / 60 % 24, number % 60);
        let (group, supply, ratio) = match number % 4 {
            0 => (8, "", 100),
            1 => (8, "", 50),
            2 => (10, "<MA_VAT_TU>N07.01</MA_VAT_TU>", 100),
            _ => (15, "", 100),
        };
        format!(
            "<CHI_TIET_DVKT><MA_DICH_VU>10.0506.0459</MA_DICH_VU>{supply}<MA_NHOM>{group}</MA_NHOM><SO_LUONG>1</SO_LUONG>\
             <TYLE_TT_DV>{ratio}</TYLE_TT_DV><NGAY_TH_YL>202603{day:02}{hour:02}{minute:02}</NGAY_TH_YL>\
             <NGAY_KQ>202603{day:02}2359</NGAY_KQ><T_BNCCT>100</T_BNCCT></CHI_TIET_DVKT>"
        )
    };
    let mut table = NewTable::new(1).unwrap();
    let fields = table.add_row().unwrap();
    SUMMARY.iter().for_each(|(field, text)| fields.set(field, *text).unwrap());
    fields.set("NGAY_MIEN_CCT", "20260302").unwrap();
    let summary = table.document(vienphi_domain::Day::parse("2026-03-05").unwrap()).unwrap();
    let services = format!(
        "<CHITIEU_CHITIET_DVKT_VTYT><DSACH_CHI_TIET_DVKT>{}</DSACH_CHI_TIET_DVKT></CHITIEU_CHITIET_DVKT_VTYT>",
        (0..40_000).map(row).collect::<String>()
    );
    let mut file = String::from("<GIAMDINHHS><THONGTINHOSO><DANHSACHHOSO><HOSO>");
    for (kind, document) in [("XML1", summary), ("XML3", services)] {
        file.push_str(&format!("<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>"));
        crate::base64_text::encode(document.as_bytes(), &mut file);
        file.push_str("</NOIDUNGFILE></FILEHOSO>");
    }
    file.push_str("</HOSO></DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>");
    let envelope = Envelope::read(file.as_bytes(), &Limits::default()).unwrap();
    let started = std::time::Instant::now();
    let encounter = import(&envelope.claims()[0]).unwrap();
    assert_eq!(encounter["lines"].as_array().map(Vec::len), Some(40_000));
    assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
}
