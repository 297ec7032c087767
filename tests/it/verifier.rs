//! The claim check on its pages, on both databases: what is found there is what the command finds, and what was chosen stays.

use std::process::Command;
use std::time::Duration;

use acceptance::browser::{Browser, Shown};
use acceptance::claims::{broken, zipped};
use acceptance::folder::Folder;
use acceptance::hospital::{Hospital, visit};
use acceptance::people::{CHOSEN, person};
use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::desk::{on_both, with};
use crate::program::binary;

/// Somebody in a role, on their first page.
fn signed_in(hospital: &Hospital, facility: &str, role: &str, name: &str) -> (Browser, Shown) {
    let told = person(hospital, facility, role, name);
    let mut browser = Browser::new(hospital);
    let page = browser.sign_in(facility, name, &told, CHOSEN);
    (browser, page)
}

/// What the command finds in the same files.
fn by_command(folder: &Folder) -> Value {
    let output = Command::new(binary())
        .args(["claims", "check", "--json", &folder.at("claims")])
        .current_dir(acceptance::checkout::root())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a page says between two marks.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap_or_default()
}

/// A row of the numbers at a glance.
fn glance(page: &Shown, name: &str) -> String {
    let row = between(&page.text, &format!("<dt>{name}</dt>"), "</dd>");
    row.split('>').nth(1).unwrap_or_default().split('<').next().unwrap_or_default().trim().to_owned()
}

/// As the pages write amounts in Vietnamese.
fn in_words(amount: &str) -> String {
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    let digits: Vec<char> = whole.chars().collect();
    let groups: Vec<String> = digits.rchunks(3).rev().map(|group| group.iter().collect()).collect();
    let part = if part.is_empty() { String::new() } else { format!(",{part}") };
    groups.join(".") + &part
}

/// How many findings a list says that it has.
fn count(page: &Shown) -> usize {
    let heading =
        page.text.split("<h2>").find_map(|rest| rest.split(" phát hiện").next().filter(|text| text.len() < 12));
    heading.expect("a count").replace('.', "").parse().unwrap()
}

/// The choice of a finding as its box shows it.
fn boxes(page: &Shown) -> Vec<(String, bool)> {
    let boxes = page.text.split("name=\"finding\" value=\"").skip(1);
    let one =
        |rest: &str| (rest.split('"').next().unwrap().to_owned(), rest.split('>').next().unwrap().contains(" checked"));
    boxes.map(one).collect()
}

#[test]
fn a_month_of_claims_is_checked_filtered_chosen_and_taken_home() {
    on_both("verifier", |hospital| {
        let folder = Folder::new("verifier");
        let zip = broken(&binary(), &folder, 90);
        let expected = by_command(&folder);
        let (mut browser, page) = signed_in(hospital, "92114", "verifier", "kiem");
        // A verifier begins where the work is, and is not shown what they may not do.
        assert_eq!(page.path, "/claims/check", "{}", page.text);
        assert!(!page.text.contains("href=\"/desk\"><") && !page.text.contains("href=\"/overview\""), "{}", page.text);
        let form = page.form("/claims/check");
        let page = browser.send_files(&form, &[("name", "Tháng 10 <b>")], &[("files", "thang-10.zip", &zip)]);
        assert!(page.path.starts_with("/claims/check/"), "{}: {}", page.path, page.text);
        assert!(page.text.contains("Tháng 10 &#60;b&#62;"), "{}", page.text);
        let check = page.path.clone();
        // The numbers are the command's own.
        let summary = &expected["summary"];
        assert_eq!(glance(&page, "Hồ sơ"), summary["visits"].to_string());
        assert_eq!(glance(&page, "Hồ sơ sạch"), summary["clean"].to_string());
        assert_eq!(glance(&page, "Tiền có nguy cơ"), in_words(summary["at_risk"].as_str().unwrap()));
        let all = ["blocking", "errors", "warnings", "notes"].map(|name| summary[name].as_u64().unwrap());
        assert_eq!(count(&page) as u64, all.iter().sum::<u64>());
        // The most money first.
        let risks = page.text.split("<tr>\n      <td><input").skip(1).map(|row| between(row, "<td class=\"n\">", "<"));
        let risks: Vec<u64> =
            risks.map(|text| text.split(',').next().unwrap().replace('.', "").parse().unwrap()).collect();
        assert!(risks.len() > 20 && risks.is_sorted_by(|a, b| a >= b), "{risks:?}");
        // A filter stands in the address, and the page after it keeps it.
        let code = summary["by_code"][0]["code"].as_str().unwrap();
        let filtered = browser.get(&format!("{check}?code={code}"));
        assert_eq!(count(&filtered) as u64, summary["by_code"][0]["findings"].as_u64().unwrap());
        let blocking = browser.get(&format!("{check}?severity=blocking"));
        assert_eq!(count(&blocking) as u64, all[0]);
        // Two are ticked; they are ticked still after a reload, on another page, and for nobody else.
        let page = browser.get(&check);
        let ticked: Vec<String> = boxes(&page).into_iter().take(2).map(|(number, _)| number).collect();
        let mut form = page.form(&format!("{check}/choose"));
        form.fields.remove("finding");
        let (first, second) = (ticked[0].clone(), ticked[1].clone());
        let page = browser.send_all(&form, &[("finding", &first), ("finding", &second), ("do", "page")]);
        let kept = boxes(&page).into_iter().filter(|(_, is_ticked)| *is_ticked).map(|(number, _)| number);
        assert_eq!(kept.collect::<Vec<_>>(), ticked);
        let chosen = browser.get(&format!("{check}?chosen=1"));
        assert_eq!(count(&chosen), 2);
        let (mut other, _) = signed_in(hospital, "92114", "claims-officer", "ho-so");
        assert_eq!(count(&other.get(&format!("{check}?chosen=1"))), 0);
        // All that fit are chosen at once, and go home as a workbook.
        let page = browser.get(&format!("{check}?code={code}"));
        let form = page.form(&format!("{check}/choose"));
        browser.send(&form, &[("do", "all")]);
        let chosen = browser.get(&format!("{check}?chosen=1"));
        let wanted = count(&chosen);
        assert!(wanted >= count(&filtered), "{wanted}");
        let book = browser.get(&format!("{check}/findings.xlsx?chosen=1"));
        assert_eq!((book.status, rows(&book.bytes)), (200, wanted));
        let book = browser.get(&format!("{check}/findings.xlsx"));
        assert_eq!(rows(&book.bytes) as u64, all.iter().sum::<u64>());
        // A visit: its findings and our statement beside it; all of it in English by the switch.
        let place = between(&page.text, &format!("{check}/visits/"), "\"").to_owned();
        let visit = browser.get(&format!("{check}/visits/{place}"));
        assert!(visit.text.contains(code) && visit.text.contains("So với bảng kê của ta"), "{}", visit.text);
        let shadow = browser.get(&format!("{check}/shadow"));
        assert!(shadow.text.contains("khác với bảng kê của ta"), "{}", shadow.text);
        assert_eq!(browser.get(&format!("{check}/visits/999999")).status, 404);
        assert_eq!(browser.get("/claims/check/999999").status, 404);
        // Another facility's people find nothing there, cashiers may not look at all.
        let (mut elsewhere, _) = signed_in(hospital, "79001", "verifier", "kiem");
        let (mut cashier, _) = signed_in(hospital, "92114", "cashier", "thu");
        for path in ["", "/shadow", "/findings.xlsx"] {
            assert_eq!(elsewhere.get(&format!("{check}{path}")).status, 404, "{path}");
            assert_eq!(cashier.get(&format!("{check}{path}")).status, 403, "{path}");
        }
        // An auditor looks and removes nothing; who made it removes it, and it is gone.
        let (mut auditor, page) = signed_in(hospital, "92114", "auditor", "toan");
        assert!(!page.has_form("/claims/check"), "{}", page.text);
        let page = auditor.get(&check);
        assert!(page.status == 200 && !page.has_form(&format!("{check}/remove")), "{}", page.text);
        let page = browser.get(&check);
        let page = browser.send(&page.form(&format!("{check}/remove")), &[]);
        assert!(page.path == "/claims/check" && !page.text.contains("Tháng 10"), "{}", page.text);
        assert_eq!(browser.get(&check).status, 404);
    });
}

/// Rows of findings in a workbook.
fn rows(bytes: &[u8]) -> usize {
    let folder = Folder::new("verifier-book");
    let path = folder.at("book.xlsx");
    std::fs::write(&path, bytes).unwrap();
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    let range = book.worksheet_range("Phát hiện").unwrap();
    range.rows().skip(1).filter(|row| matches!(&row[2], Data::String(code) if !code.is_empty())).count()
}

/// Whatever somebody sends, they are told what was wrong, and nothing half is kept.
#[test]
fn files_that_are_none_are_refused_in_plain_words() {
    on_both("verifier-bad", |hospital| {
        let folder = Folder::new("verifier-bad");
        std::fs::create_dir_all(folder.at("bomb")).unwrap();
        std::fs::write(folder.at("bomb/bomb.xml"), vec![b' '; 17 * 1024 * 1024]).unwrap();
        let bomb = zipped(&folder, "bomb");
        std::fs::create_dir_all(folder.at("none")).unwrap();
        std::fs::write(folder.at("none/read.me"), b"x").unwrap();
        let none = zipped(&folder, "none");
        let (mut browser, page) = signed_in(hospital, "92114", "verifier", "kiem");
        let form = page.form("/claims/check");
        for (files, words) in [
            (vec![], "Phải là tệp hồ sơ (.xml)"),
            (vec![("files", "", &b""[..])], "Phải là tệp hồ sơ (.xml)"),
            (vec![("files", "empty.xml", &b""[..])], "empty.xml trống"),
            (vec![("files", "x.zip", &b"PK\x03\x04nothing of a zip"[..])], "x.zip không đọc được như tệp zip"),
            (vec![("files", "bomb.zip", &bomb[..])], "dài quá 16 MB"),
            (vec![("files", "none.zip", &none[..])], "Phải là tệp hồ sơ (.xml)"),
        ] {
            let page = browser.send_files(&form, &[], &files);
            assert_eq!(page.status, 422, "{words}: {}", page.text);
            assert!(page.text.contains("Cần tệp .xml") && page.text.contains(words), "{words}: {}", page.text);
        }
        let page = browser.send_files(&form, &[("received_on", "32/13")], &[("files", "a.xml", b"<a/>")]);
        assert!(page.status == 422 && page.text.contains("Chọn một ngày"), "{}: {}", page.status, page.text);
        // A form of somebody else, and one without its key.
        for key in ["", "x"] {
            let page = browser.send_files(&form, &[("form_key", key)], &[("files", "a.xml", b"<a/>")]);
            assert_eq!(page.status, 403, "{}", page.text);
        }
        assert!(browser.get("/claims/check").text.contains("Chưa có lần kiểm tra nào"));
        // A file that is no claim is told among the others.
        let page = browser.send_files(&form, &[], &[("files", "<i>.xml", b"<html/>"), ("files", "b.xml", b"\xff\xfe")]);
        assert!(page.path.starts_with("/claims/check/"), "{}", page.text);
        let place = format!("{}/visits/0", page.path);
        let visit = browser.get(&place);
        assert!(visit.text.contains("&#60;i&#62;.xml") && visit.text.contains("class=\"fault\""), "{}", visit.text);
        // Somebody goes away in the middle of a file: nothing is kept of it.
        let before = browser.get("/claims/check").text.matches("/claims/check/").count();
        browser.send_half(&form, ("files", "a.xml", &vec![b'x'; 300_000]), Duration::from_millis(100));
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(browser.get("/claims/check").text.matches("/claims/check/").count(), before);
    });
}

/// A tariff as an integrator looks at it: what is loaded, its cases, a catalogue beside it, a visit priced and explained.
#[test]
fn an_integrator_sees_what_runs_and_tries_it() {
    on_both("integrator", |hospital| {
        let (mut browser, page) = signed_in(hospital, "92114", "integrator", "noi");
        assert_eq!(page.path, "/tariff", "{}", page.text);
        assert!(page.text.contains("can-tho") && page.text.contains("Giá mẫu"), "{}", page.text);
        let found = browser.get("/tariff?q=02.03");
        assert!(found.text.contains("Kết quả cho"), "{}", found.text);
        assert!(browser.get("/tariff?q=%3Cscript%3E").text.contains("&#60;script&#62;"));
        let link = between(&page.text, "href=\"/tariff/packages/", "\"").to_owned();
        let package = browser.get(&format!("/tariff/packages/{link}"));
        assert!(package.text.contains("SHA-256") && package.text.contains("Ca mẫu đạt:"), "{}", package.text);
        assert!(!package.text.contains("Không đạt"), "{}", package.text);
        assert_eq!(browser.get("/tariff/packages/nobody/1.0.0").status, 404);
        // A catalogue: one dearer, one new, one line that cannot be read.
        let row = found.text.split("<tbody>").nth(1).map(|rows| between(rows, "<tr><td>", "<").to_owned());
        let catalogue = format!(
            "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\n\
             {},Khám,999000,999000,20260101,,QĐ thử,,\n99.9999.9999,Mới,1000,1000,20260101,,QĐ thử,,\nx,,y,,,,,,\n",
            row.unwrap_or_default()
        );
        let action = format!("/tariff/packages/{link}/compare");
        let page = browser.send_files(&package.form(&action), &[], &[("catalogue", "dm.csv", catalogue.as_bytes())]);
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains("99.9999.9999") && page.text.contains("line 4"), "{}", page.text);
        let foreign = browser.send_files(&package.form(&action), &[("form_key", "x")], &[("catalogue", "a", b"x")]);
        assert_eq!(foreign.status, 403);
        // A visit, right, wrong, and no visit at all.
        let page = browser.get("/tariff/try");
        let form = page.form("/tariff/try");
        let document = page.text.split("<textarea").nth(1).unwrap().split_once('>').unwrap().1;
        let document = document.split("</textarea>").next().unwrap().replace("&#34;", "\"").replace("&#38;", "&");
        let priced = browser.send(&form, &[("document", &document)]);
        assert!(priced.status == 200 && priced.text.contains("class=\"glance\""), "{}", priced.text);
        assert!(priced.text.contains("class=\"why\""), "{}", priced.text);
        let wrong = browser.send(&form, &[("document", &document.replace("\"sex\": \"male\"", "\"sex\": \"?\""))]);
        assert!(wrong.status == 422 && wrong.text.contains("patient.sex"), "{}: {}", wrong.status, wrong.text);
        for text in ["", "{", "[]", "<script>alert(1)</script>"] {
            let page = browser.send(&form, &[("document", text)]);
            assert!((400..500).contains(&page.status) && !page.text.contains("<script>alert"), "{text}");
        }
    });
}

/// An amount of a document.
fn money(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value} is no amount")).parse().unwrap()
}

/// The department of visit V2, which is its only one, has what its statement says; the insurer's part of it.
fn department_is_the_statements(hospital: &Hospital, page: &Shown) -> Decimal {
    let totals = with(200, hospital.get("an", "/encounters/V2/statement"))["totals"].clone();
    let [earned, insurer, copayment, own] =
        ["amount_hospital", "insurer", "copayment", "patient_own"].map(|name| money(&totals[name]));
    assert_eq!(earned, insurer + copayment + own, "{totals}");
    let row = between(&page.text, "<td>K02</td>", "</tr>");
    let cells: Vec<&str> = row.split("<td class=\"n\">").skip(1).map(|cell| cell.split('<').next().unwrap()).collect();
    assert_eq!(cells, [earned, copayment + own, insurer].map(|sum| in_words(&sum.normalize().to_string())), "{row}");
    insurer
}

/// What a director sees is the ledger's, to the đồng, and follows it.
#[test]
fn an_overview_is_the_ledger() {
    on_both("overview", |hospital| {
        let (mut browser, page) = signed_in(hospital, "92114", "auditor", "toan");
        assert_eq!(page.status, 200);
        assert!(browser.get("/overview").text.contains("Chưa có gì"), "{}", page.text);
        with(201, hospital.put(&visit("V1", &[1_000_000, 250_500])));
        with(201, hospital.put(&acceptance::portal::insured("V2")));
        with(201, hospital.post("an", "/encounters/V1/deposits", json!({"amount": "300000", "method": "cash"})));
        let transfer = json!({"amount": "200000", "method": "transfer", "reference": "FT1"});
        with(201, hospital.post("an", "/encounters/V2/deposits", transfer));
        with(200, hospital.post("his", "/encounters/V1/close", json!({})));
        with(201, hospital.post("an", "/encounters/V1/settlements", json!({"amount": "950500", "method": "cash"})));
        let accounts = with(200, hospital.get("nga", "/ledger/accounts"));
        let of = |account: &str, side: &str| {
            crate::desk::on_account(&accounts, account, side)
                .map_or("0".to_owned(), |sum| sum.as_str().unwrap().to_owned())
        };
        let page = browser.get("/overview");
        assert_eq!(glance(&page, "Đã thu"), in_words("1450500"), "{}", page.text);
        assert_eq!(glance(&page, "Quỹ BHYT trả"), in_words(&of("insurer-receivable", "debit")));
        assert_eq!(glance(&page, "Tạm ứng đang giữ"), in_words("200000"));
        // A program reads the same.
        let told = with(200, hospital.get("nga", "/overview"));
        let sums = [&told["totals"]["collected"], &told["totals"]["insurer"], &told["open_deposits"]];
        for (sum, name) in sums.into_iter().zip(["Đã thu", "Quỹ BHYT trả", "Tạm ứng đang giữ"]) {
            assert_eq!(in_words(sum.as_str().unwrap()), glance(&page, name), "{told}");
        }
        assert_eq!(told["totals"]["by_method"]["transfer"], "200000");
        assert_eq!(hospital.get("nga", "/overview?from=x").status, 400);
        let total = [of("patient-receivable", "debit"), of("insurer-receivable", "debit")];
        assert_eq!(in_words(&total[0]), glance(&page, "Người bệnh trả"), "{accounts}");
        // A department's part of it, from each who pays; and what moves from one to the other within it.
        department_is_the_statements(hospital, &browser.get("/overview"));
        let mut moved = acceptance::portal::insured("V2");
        moved["coverages"] = json!([]);
        moved["visit"].as_object_mut().unwrap().remove("subject");
        with(200, hospital.put(&moved));
        assert_eq!(department_is_the_statements(hospital, &browser.get("/overview")), Decimal::ZERO);
        // What comes later is there at the next look.
        with(201, hospital.post("an", "/encounters/V2/deposits", json!({"amount": "1000", "method": "cash"})));
        assert_eq!(glance(&browser.get("/overview"), "Tạm ứng đang giữ"), in_words("201000"));
        for query in ["from=x", "from=2026-03-02&to=2026-03-01", "from=2000-01-01&to=2026-01-01", "to=2026-13-01"] {
            let page = browser.get(&format!("/overview?{query}"));
            assert!(page.status == 422 && page.text.contains("Chọn ngày đầu"), "{query}: {}", page.text);
        }
        let (mut cashier, _) = signed_in(hospital, "92114", "cashier", "thu");
        assert_eq!(cashier.get("/overview").status, 403);
        let (mut elsewhere, _) = signed_in(hospital, "79001", "auditor", "toan");
        assert!(elsewhere.get("/overview").text.contains("Chưa có gì"));
    });
}

/// The patient's screen of a desk shows the code of its own cashier, no name, and thanks for the money.
#[test]
fn a_patients_screen_shows_the_code_of_its_desk() {
    on_both("screen", |hospital| {
        let mut bank = crate::payments::set_up(hospital);
        let (mut browser, _) = signed_in(hospital, "92114", "cashier", "thu");
        let page = browser.get("/desk/shift");
        browser.send(&page.form("/desk/shift"), &[("desk", "Quay 1"), ("float", "0")]);
        let mut sent = visit("P1", &[200_000]);
        sent["patient"]["name"] = json!("Trần Bí Mật");
        with(201, hospital.put(&sent));
        with(200, hospital.post("his", "/encounters/P1/close", json!({})));
        assert!(browser.get("/screen/Quay%201").text.contains("Xin chờ đến lượt"));
        let page = browser.get("/desk/visits/P1");
        let page = browser.send(&page.form("/desk/visits/P1/requests"), &[("rail", "vietqr")]);
        assert!(page.path.starts_with("/desk/requests/"), "{}", page.text);
        let reference =
            page.text.split("<dt>Mã tham chiếu</dt><dd><code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let screen = browser.get("/screen/Quay%201");
        assert!(screen.text.contains("200.000 đ") && screen.text.contains("data:image/svg+xml"), "{}", screen.text);
        assert!(!screen.text.contains("Bí Mật"), "{}", screen.text);
        assert!(browser.get("/screen/Quay%202").text.contains("Xin chờ đến lượt"));
        let transfer = bank.transfer(200_000, &reference);
        assert_eq!(bank.tell(&transfer).status, 200);
        assert!(browser.get("/screen/Quay%201").text.contains("Đã thanh toán"));
        let (mut elsewhere, _) = signed_in(hospital, "79001", "cashier", "thu");
        assert!(elsewhere.get("/screen/Quay%201").text.contains("Xin chờ đến lượt"));
        let (mut integrator, _) = signed_in(hospital, "92114", "integrator", "noi");
        assert_eq!(integrator.get("/screen/Quay%201").status, 403);
    });
}

/// Who looked at which patient stands in the audit, once in ten minutes.
#[test]
fn whoever_looks_at_a_patient_is_written_down() {
    on_both("reading", |hospital| {
        let mut sent = visit("P1", &[200_000]);
        sent["patient"]["name"] = json!("Trần Bí Mật");
        with(201, hospital.put(&sent));
        let (mut browser, _) = signed_in(hospital, "92114", "cashier", "thu");
        let page = browser.get("/desk");
        browser.send(&page.form("/desk/find"), &[("q", "Trần Bí Mật")]);
        for _ in 0..3 {
            browser.get("/desk/visits/P1");
        }
        with(200, hospital.get("hoa", "/encounters/P1/statement"));
        with(200, hospital.get("hoa", "/encounters/P1"));
        let audit = with(200, hospital.get("nga", "/audit"));
        let looks = |actor: &str| {
            let entries = audit["items"].as_array().unwrap().iter().filter(|entry| entry["actor"] == actor);
            let read = entries.filter(|entry| entry["action"].as_str().unwrap().ends_with(".read"));
            let mut looks: Vec<String> =
                read.map(|entry| format!("{} {}", entry["subject"], entry["reason"])).collect();
            looks.sort();
            looks
        };
        assert_eq!(looks("thu"), ["\"encounter/P1\" \"\"", "\"patient/BN-P1\" \"\"", "\"patients\" \"1 found\""]);
        assert_eq!(looks("hoa"), ["\"encounter/P1\" \"\""]);
        assert!(looks("his").is_empty());
        assert!(!audit.to_string().contains("Bí Mật"));
    });
}
