//! What users of other systems complain of, as scenarios with amounts worked by hand.

use acceptance::database::{BOTH, Database};
use acceptance::hospital::{Hospital, visit};
use serde_json::{Value, json};

use crate::desk::{on_both, refused, with};
use crate::program::binary;

/// Two exams of one day and a drug, with a card of 80 %: 45 000 + 30 % of 45 000 (READINGS 16) + 400 000 = 458 500 đ insured,
/// above 15 % of L (351 000): the fund pays 366 800 and the patient 91 700.
fn insured(id: &str) -> Value {
    json!({
        "id": id, "facility": "92114",
        "patient": {"id": format!("BN-{id}"), "name": "Nguyễn Văn Mẫu", "birth_date": "1961-04-02", "sex": "male"},
        "visit": {"type": "01", "subject": "1.1", "arrived_at": "2026-03-02T08:10", "discharged_at": "2026-03-02T11:00"},
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "valid_to": "2026-12-31", "registered_facility": "92114"}],
        "lines": [
            {"id": "1", "kind": "exam", "code": "02.03", "quantity": 1, "performed_at": "2026-03-02T08:20", "department": "K02"},
            {"id": "2", "kind": "exam", "code": "03.18", "quantity": 1, "performed_at": "2026-03-02T09:20", "department": "K03"},
            {"id": "3", "kind": "drug", "code": "40.30", "quantity": 10, "unit_price": "40000", "insured_ratio": "100", "performed_at": "2026-03-02T10:00", "department": "K02"}],
    })
}

/// dhg.hospitalfees#74, #189: cash desk, treatment module and export each compute the split, and differ.
#[test]
fn one_number_everywhere() {
    on_both("one-number", |hospital| {
        let sent = insured("T1");
        let quote =
            hospital.connect().ask("POST", "/v1/quotes?today=2026-11-20", None, None, sent.to_string().as_bytes());
        let quote = with(200, quote);
        let (due, insurer) = (&quote["totals"]["cash_due"], &quote["totals"]["insurer"]);
        assert_eq!((due, insurer), (&"91700".into(), &"366800".into()), "{}", quote["totals"]);
        with(201, hospital.put(&sent));
        let statement = with(200, hospital.get("an", "/encounters/T1/statement"));
        assert_eq!(statement["totals"], quote["totals"]);
        let account = hospital.account("T1");
        assert_eq!((&account["due"], &account["insurer"]), (due, insurer));
        let listed = with(200, hospital.get("an", "/encounters/T1/statements"));
        assert_eq!(&listed["items"][0]["totals"]["cash_due"], due);
        let receipt =
            hospital.post("an", "/encounters/T1/settlements", json!({"payments": [{"amount": due, "method": "cash"}]}));
        assert_eq!(&with(201, receipt)["amount"], due);
        let accounts = with(200, hospital.get("nga", "/ledger/accounts"));
        let debit = |name: &str| {
            accounts["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|row| row["account"] == name)
                .map(|row| row["debit"].clone())
        };
        assert_eq!(debit("patient-receivable").as_ref(), Some(due));
        assert_eq!(debit("insurer-receivable").as_ref(), Some(insurer));
        assert_eq!(debit("cash").as_ref(), Some(due));
    });
}

/// dh-his/Ghi_Nhan_Loi#58: the amount asked for ignores the deposit. 91 700 less 50 000 is 41 700.
#[test]
fn a_deposit_is_not_ignored() {
    on_both("deposit", |hospital| {
        with(201, hospital.put(&insured("D1")));
        with(201, hospital.post("an", "/encounters/D1/deposits", json!({"amount": "50000", "method": "cash"})));
        let receipt = with(
            201,
            hospital.post(
                "an",
                "/encounters/D1/settlements",
                json!({"payments": [{"amount": "41700", "method": "cash"}]}),
            ),
        );
        assert_eq!(
            (&receipt["from_deposits"], &receipt["surplus"], &receipt["due_after"]),
            (&"50000".into(), &"0".into(), &"0".into())
        );
    });
}

/// dhg.hospitalfees#166: an invoice for a receipt that was deleted. Nothing is deleted, and what is undone says so.
#[test]
fn a_receipt_cannot_be_deleted() {
    on_both("deleted", |hospital| {
        with(201, hospital.put(&insured("X1")));
        let receipt = with(
            201,
            hospital.post(
                "an",
                "/encounters/X1/settlements",
                json!({"payments": [{"amount": "91700", "method": "cash"}]}),
            ),
        );
        let number = receipt["number"].as_str().unwrap();
        let path = hospital.path(&format!("/receipts/{number}"));
        let answer = hospital.connect().ask("DELETE", &path, Some(hospital.token("minh")), None, b"");
        assert_eq!(answer.status, 405);
        with(201, hospital.post("an", &format!("/receipts/{number}/reverse"), json!({"reason": "nhầm người bệnh"})));
        let read = with(200, hospital.get("an", &format!("/receipts/{number}")));
        assert_eq!((&read["state"], &read["amount"]), (&"reversed".into(), &"91700".into()));
        let all = with(200, hospital.get("an", "/encounters/X1/receipts"));
        assert_eq!(all["items"].as_array().unwrap().len(), 2);
        refused(
            409,
            "receipt-not-reversible",
            hospital.post("chi", &format!("/receipts/{number}/reverse"), json!({"reason": "lại"})),
        );
    });
}

/// dhg.hosptaltreatment#168, #180: prices changed by hand-written SQL, and a discharged patient's printed price changed.
/// The exam's price rises from 45 000 to 50 000 after the visit was paid.
#[test]
fn a_tariff_change_never_touches_what_was_issued() {
    for kind in BOTH {
        let database = Database::new(kind, "tariff-change");
        let exam = |id: &str| {
            let mut sent = visit(id, &[]);
            sent["lines"] = json!([{"id": "1", "kind": "exam", "code": "02.03", "quantity": 1, "performed_at": "2026-03-02T08:20"}]);
            sent
        };
        {
            let hospital = Hospital::start(&binary(), &database, &[]);
            with(201, hospital.put(&exam("P1")));
            with(201, hospital.put(&exam("P2")));
            with(
                201,
                hospital.post(
                    "an",
                    "/encounters/P1/settlements",
                    json!({"payments": [{"amount": "45000", "method": "cash"}]}),
                ),
            );
        }
        let prices = database.at("prices.csv");
        let row = "02.03,Khám Nội,50000,50000,20260101,,NQ thử,,";
        let table =
            format!("MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\n{row}\n");
        std::fs::write(&prices, table).unwrap();
        let hospital = Hospital::start(&binary(), &database, &["--prices", &prices.display().to_string()]);
        // Nothing changes by itself.
        assert_eq!(hospital.account("P1")["due"], "0");
        assert_eq!(with(200, hospital.get("an", "/encounters/P1/statement"))["totals"]["cash_due"], "45000");
        let preview = with(
            202,
            hospital.post(
                "giang",
                "/repricings",
                json!({"scope": {"from": "2026-03-01", "to": "2026-03-31"}, "reason": "nghị quyết mới"}),
            ),
        );
        assert_eq!(preview["counts"], json!({"previewed": 2}));
        assert_eq!(
            (&preview["rows"][0]["before"]["cash_due"], &preview["rows"][0]["after"]["cash_due"]),
            (&"45000".into(), &"50000".into())
        );
        assert_eq!(hospital.account("P1")["due"], "0");
        let apply = format!("/repricings/{}/apply", preview["id"]);
        refused(409, "not-approved", hospital.post("lan", &apply, json!({})));
        // One of them changes before it is applied.
        let mut changed = exam("P2");
        changed["lines"][0]["department"] = "K02".into();
        with(200, hospital.put(&changed));
        with(
            200,
            hospital.post("dung", &format!("/approvals/{}/approve", preview["approval"]), json!({"reason": "đúng"})),
        );
        let applied = with(200, hospital.post("lan", &apply, json!({})));
        assert_eq!(applied["counts"], json!({"applied": 1, "passed": 1}), "{applied}");
        assert_eq!(with(200, hospital.post("lan", &apply, json!({})))["counts"], applied["counts"]);
        assert_eq!(
            (&hospital.account("P1")["due"], &hospital.account("P1")["paid"]),
            (&"5000".into(), &"45000".into())
        );
        // What was handed out stays what it was.
        assert_eq!(with(200, hospital.get("an", "/encounters/P1/statement?version=1"))["totals"]["cash_due"], "45000");
        assert_eq!(with(200, hospital.get("an", "/receipts/PT0000001"))["amount"], "45000");
        let versions = with(200, hospital.get("an", "/encounters/P1/statements"));
        assert!(versions["items"][1]["reason"].as_str().unwrap().starts_with("repricing"), "{versions}");
        hospital.verify();
    }
}

/// dhg.hosptaltreatment#65: a second card in the middle of a stay. A drug of 1 000 000 on each day: 80 % until the 3rd, 95 %
/// from the 4th, 20 % and 5 % of a million are the patient's.
#[test]
fn two_cards_of_one_stay() {
    on_both("two-cards", |hospital| {
        let drug = |id: &str, day: &str| json!({"id": id, "kind": "drug", "code": "40.30", "quantity": 10, "unit_price": "100000", "insured_ratio": "100", "performed_at": format!("2026-03-{day}T07:00")});
        let mut sent = insured("C1");
        sent["visit"] = json!({"type": "03", "subject": "1.1", "arrived_at": "2026-03-02T08:10", "admitted_at": "2026-03-02T09:00", "discharged_at": "2026-03-05T10:00"});
        sent["coverages"] = json!([
            {"card": "DN4920000000001", "valid_from": "2026-01-01", "valid_to": "2026-03-03", "registered_facility": "92114"},
            {"card": "HT3920000000001", "valid_from": "2026-03-04", "valid_to": "2026-12-31", "registered_facility": "92114"}]);
        sent["lines"] = json!([drug("1", "03"), drug("2", "04")]);
        with(201, hospital.put(&sent));
        let account = hospital.account("C1");
        assert_eq!((&account["due"], &account["insurer"]), (&"250000".into(), &"1750000".into()));
        for card in ["DN4920000000001", "HT3920000000001"] {
            let found = with(200, hospital.get("an", &format!("/patients?q={card}")));
            assert_eq!(found["items"][0]["id"], "BN-C1");
        }
    });
}

/// hmislk#21113: a retry makes copies. The same settlement is sent ten times, five of them at once.
#[test]
fn a_retry_makes_no_copy() {
    on_both("retry", |hospital| {
        with(201, hospital.put(&insured("R1")));
        let body = json!({"payments": [{"amount": "91700", "method": "cash"}]});
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let send = || hospital.post_keyed("an", "/encounters/R1/settlements", "once", body.clone()).status;
            let sending: Vec<_> = (0..5).map(|_| scope.spawn(send)).collect();
            sending.into_iter().map(|sending| sending.join().unwrap()).collect()
        });
        assert!(statuses.iter().all(|status| matches!(status, 201 | 409)) && statuses.contains(&201), "{statuses:?}");
        for _ in 0..5 {
            with(201, hospital.post_keyed("an", "/encounters/R1/settlements", "once", body.clone()));
        }
        assert_eq!(with(200, hospital.get("an", "/encounters/R1/receipts"))["items"].as_array().unwrap().len(), 1);
        assert_eq!(hospital.account("R1")["paid"], "91700");
    });
}
