//! The pages as a browser without script sees them, on both databases: signing in, a cashier's work, what a form is and is not
//! taken for.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use acceptance::browser::{Browser, Form, Shown};
use acceptance::database::{Database, Kind};
use acceptance::folder::Folder;
use acceptance::hospital::{Hospital, visit};
use acceptance::people::{CHOSEN, code, person};
use serde_json::json;

use crate::desk::{account, on_both, with};
use crate::program::binary;

/// A cashier at the desk, with a shift.
fn cashier(hospital: &Hospital) -> Browser {
    let told = person(hospital, "92114", "cashier", "thu");
    let mut browser = Browser::new(hospital);
    let page = browser.sign_in("92114", "thu", &told, CHOSEN);
    assert_eq!((page.status, page.path.as_str()), (200, "/desk"), "{}", page.text);
    let page = browser.get("/desk/shift");
    let page = browser.send(&page.form("/desk/shift"), &[("desk", "Quầy 1"), ("float", "500.000")]);
    assert_eq!(page.status, 200, "{}", page.text);
    browser
}

#[test]
fn nobody_looks_at_a_page_without_a_session() {
    on_both("pages-nobody", |hospital| {
        with(201, hospital.put(&visit("P1", &[45_000])));
        let mut browser = Browser::new(hospital);
        for path in [
            "/desk",
            "/desk/visits/P1",
            "/desk/patients/BN-P1",
            "/desk/shift",
            "/desk/approvals",
            "/desk/requests/1/events",
        ] {
            let page = browser.get(path);
            assert_eq!((page.status, page.path.as_str()), (200, "/sign-in"), "{path}");
        }
        // Whose session a cookie is not.
        for cookie in ["", "x", "92114.", "92114.00", "99999.abcdef", "92114.abc.def", "%00"] {
            browser.cookies.insert("vienphi".to_owned(), cookie.to_owned());
            assert_eq!(browser.get("/desk").path, "/sign-in", "{cookie}");
        }
        let page = browser.get("/sign-in");
        assert!(page.head.contains("content-security-policy: default-src 'none'; script-src 'self'"), "{}", page.head);
        assert!(page.head.contains("cache-control: no-store"), "{}", page.head);
        assert!(!page.text.contains("<script>") && !page.text.contains("style=\""));
    });
}

#[test]
fn wrong_passwords_lock_an_account_for_a_while() {
    on_both("pages-lock", |hospital| {
        let told = person(hospital, "92114", "cashier", "thu");
        let mut browser = Browser::new(hospital);
        let mut attempt = |name: &str, password: &str| {
            let form = browser.get("/sign-in").form("/sign-in");
            let page = browser.send(&form, &[("facility", "92114"), ("name", name), ("password", password)]);
            (page.status, page.text)
        };
        // Whether there is such a person is not told.
        let (unknown, known) = (attempt("nobody", "sai"), attempt("thu", "sai"));
        assert_eq!((unknown.0, known.0), (401, 401));
        assert_eq!(unknown.1.replace("nobody", "thu"), known.1);
        for _ in 0..3 {
            assert_eq!((attempt("nobody", "sai").0, attempt("thu", "sai").0), (401, 401));
        }
        let (unknown, known) = (attempt("nobody", "sai"), attempt("thu", "sai"));
        assert_eq!((unknown.0, known.0), (429, 429));
        // But for the minute until which they are locked, which may be the next one.
        let plain = |text: &str| text.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>();
        assert_eq!(plain(&unknown.1.replace("nobody", "thu")), plain(&known.1));
        let (status, text) = attempt("thu", &told);
        assert_eq!(status, 429, "{text}");
        assert!(text.contains("Sai quá nhiều lần"), "{text}");
        // Another account is not locked.
        let other = person(hospital, "92114", "cashier", "chi");
        assert_eq!(attempt("chi", &other).0, 200);
    });
}

#[test]
fn a_session_ends_with_its_password_and_its_sign_out() {
    on_both("pages-session", |hospital| {
        let told = person(hospital, "92114", "cashier", "thu");
        let mut first = Browser::new(hospital);
        first.sign_in("92114", "thu", &told, CHOSEN);
        let mut second = Browser::new(hospital);
        let form = second.get("/sign-in").form("/sign-in");
        let page = second.send(&form, &[("facility", "92114"), ("name", "thu"), ("password", CHOSEN)]);
        assert_eq!(page.path, "/desk");
        // A cookie that was stolen before the sign-out is worth nothing after it.
        let stolen = second.cookies.clone();
        let page = second.send(&page.form("/sign-out"), &[]);
        assert_eq!(page.path, "/sign-in");
        second.cookies = stolen;
        assert_eq!(second.get("/desk").path, "/sign-in");
        assert_eq!(first.get("/desk").path, "/desk");
        // Whoever changes the password ends the others.
        let form = second.get("/sign-in").form("/sign-in");
        second.send(&form, &[("facility", "92114"), ("name", "thu"), ("password", CHOSEN)]);
        assert_eq!(second.get("/desk").path, "/desk");
        let page = first.get("/sign-in/password");
        let form = page.form("/sign-in/password");
        for (old, new, again) in [
            ("sai", "mot cau khac nua", "mot cau khac nua"),
            (CHOSEN, "ngan", "ngan"),
            (CHOSEN, "mot cau khac nua", "khac"),
        ] {
            assert_eq!(first.send(&form, &[("old", old), ("new", new), ("again", again)]).status, 422);
        }
        let page = first.send(&form, &[("old", CHOSEN), ("new", "mot cau khac nua"), ("again", "mot cau khac nua")]);
        assert_eq!(page.path, "/desk");
        assert_eq!(second.get("/desk").path, "/sign-in");
        // An account that is made anew has no session of before.
        person(hospital, "92114", "cashier", "thu");
        assert_eq!(first.get("/desk").path, "/sign-in");
    });
}

#[test]
fn whoever_decides_gives_a_one_time_code() {
    on_both("pages-codes", |hospital| {
        let told = person(hospital, "92114", "cash-supervisor", "to-truong");
        let mut browser = Browser::new(hospital);
        let page = browser.sign_in("92114", "to-truong", &told, CHOSEN);
        assert_eq!(page.path, "/sign-in/codes", "{}", page.text);
        assert_eq!(browser.get("/desk/approvals").path, "/sign-in/codes");
        let letters = page.text.split("class=\"letters\">").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
        let wrong = browser.send(&page.form("/sign-in/codes"), &[("code", "000000")]);
        assert_eq!(wrong.status, 401);
        let before = browser.cookies.clone();
        let used = code(&letters, 0);
        let page = browser.send(&page.form("/sign-in/codes"), &[("code", &used)]);
        assert_eq!(page.path, "/desk", "{}", page.text);
        // The cookie from before the code is worth nothing.
        assert_ne!(browser.cookies, before);
        let mut old = Browser::new(hospital);
        old.cookies = before;
        assert_eq!(old.get("/desk").path, "/sign-in");
        // The next time the code is asked for; one that was used is not taken again.
        let mut browser = Browser::new(hospital);
        let form = browser.get("/sign-in").form("/sign-in");
        let page = browser.send(&form, &[("facility", "92114"), ("name", "to-truong"), ("password", CHOSEN)]);
        assert_eq!(page.path, "/sign-in/code");
        for path in ["/desk", "/desk/approvals", "/sign-in/password", "/sign-in/codes"] {
            assert_eq!(browser.get(path).path, "/sign-in/code", "{path}");
        }
        let page = browser.get("/sign-in/code");
        assert_eq!(browser.send(&page.form("/sign-in/code"), &[("code", &used)]).status, 401);
        let page = browser.send(&page.form("/sign-in/code"), &[("code", &code(&letters, 1))]);
        assert_eq!(page.path, "/desk", "{}", page.text);
    });
}

#[test]
fn a_cashier_takes_a_deposit_and_what_is_due_net_of_it() {
    on_both("pages-cashier", |hospital| {
        let mut browser = cashier(hospital);
        let mut sent = visit("P1", &[200_000, 150_000]);
        sent["patient"]["id_number"] = json!("092161000001");
        sent["lines"][0]["name"] = json!("<script>alert(1)</script>");
        with(201, hospital.put(&sent));
        // A scan of the identity card leads to the one visit of the patient.
        let scan = "092161000001|024|Nguyễn Thị Mẫu|01051980|Nữ|Số 1|01012021";
        let page = browser.get("/desk");
        let page = browser.send(&page.form("/desk/find"), &[("q", scan)]);
        assert_eq!(page.path, "/desk/visits/p1?read=identity-card", "{}", page.text);
        assert!(page.text.contains("mã QR trên CCCD"), "{}", page.text);
        assert!(page.text.contains("&#60;script&#62;alert(1)"), "{}", page.text);
        let form = page.form("/desk/visits/P1/deposits");
        for amount in ["", "0", "12x", "-5", "1.5x", "0,5"] {
            let page = browser.send(&form, &[("amount", amount)]);
            assert_eq!(page.status, 422, "{amount}");
            assert!(page.text.contains("Số tiền nguyên đồng"), "{amount}: {}", page.text);
        }
        let page = browser.send(&form, &[("amount", "100.000")]);
        assert!(page.path.starts_with("/desk/receipts/pt"), "{}: {}", page.path, page.text);
        assert!(page.text.contains("100.000 đ"), "{}", page.text);
        // The same form once more, as by a double click or a page that is sent anew: the same receipt.
        let again = browser.send(&form, &[("amount", "100.000")]);
        assert_eq!(again.path, page.path);
        account(hospital, "P1", &[("deposits", "100000")]);
        let page = browser.get("/desk/visits/P1");
        let page = browser.send(&page.form("/desk/visits/P1/close"), &[]);
        let form = page.form("/desk/visits/P1/settlements");
        assert_eq!(form.fields["amount"], "250.000", "{}", page.text);
        let page = browser.send(&form, &[]);
        assert!(page.path.starts_with("/desk/receipts/pt"), "{}", page.text);
        account(hospital, "P1", &[("due", "0"), ("payable", "0"), ("deposits", "0"), ("paid", "350000")]);
        let page = browser.get("/desk/visits/P1");
        assert!(!page.has_form("/desk/visits/P1/settlements"), "{}", page.text);
        let bill = browser.get("/desk/visits/P1/bill");
        assert!(bill.text.contains("01/KBCB") && bill.text.contains("350.000"), "{}", bill.text);
        // In English, with English figures.
        let page = browser.get("/desk/visits/P1");
        let mut language = page.form("/language");
        language.fields.insert("from".to_owned(), "/desk/visits/P1".to_owned());
        let page = browser.send(&language, &[("lang", "en")]);
        assert!(page.text.contains("350,000") && page.text.contains("Statement"), "{}", page.text);
    });
}

/// What was typed when a session had ended is there after the next sign-in, and is one command still.
#[test]
fn nothing_typed_is_lost_when_a_session_ends() {
    on_both("pages-typed", |hospital| {
        let mut browser = cashier(hospital);
        with(201, hospital.put(&visit("P1", &[200_000])));
        let page = browser.get("/desk/visits/P1");
        let form = page.form("/desk/visits/P1/deposits");
        browser.send(&page.form("/sign-out"), &[]);
        let page = browser.send(&form, &[("amount", "100.000"), ("reference", "\"><b>")]);
        assert_eq!(page.status, 401, "{}", page.text);
        assert!(page.text.contains("những gì vừa gõ vẫn còn"), "{}", page.text);
        account(hospital, "P1", &[("deposits", "0")]);
        let again = [("facility", "92114"), ("name", "thu"), ("password", "sai")];
        let page = browser.send(&page.form("/sign-in"), &again);
        assert_eq!(page.status, 401);
        let page =
            browser.send(&page.form("/sign-in"), &[("facility", "92114"), ("name", "thu"), ("password", CHOSEN)]);
        assert!(page.text.contains("100.000") && !page.text.contains("<b>"), "{}", page.text);
        let resumed = page.form("/desk/visits/P1/deposits");
        let page = browser.send(&resumed, &[]);
        assert!(page.path.starts_with("/desk/receipts/pt"), "{}", page.text);
        assert_eq!(browser.send(&resumed, &[]).path, page.path);
        account(hospital, "P1", &[("deposits", "100000")]);
        // Only a form of the desk is taken up, and none goes elsewhere.
        for typed in ["https://evil.example/?a=1", "//evil.example/?a=1", "/v1/x?a=1", "x"] {
            let mut other = Browser::new(hospital);
            let form = other.get("/sign-in").form("/sign-in");
            let filled = [("facility", "92114"), ("name", "thu"), ("password", CHOSEN), ("typed", typed)];
            assert_eq!(other.send(&form, &filled).path, "/desk", "{typed}");
        }
    });
}

/// A code in full size, the transfer, and the page that says so.
#[test]
fn a_bill_is_paid_by_a_code_on_its_page() {
    on_both("pages-code", |hospital| {
        let mut bank = crate::payments::set_up(hospital);
        let mut browser = cashier(hospital);
        with(201, hospital.put(&visit("P1", &[200_000])));
        with(200, hospital.post("his", "/encounters/P1/close", json!({})));
        let page = browser.get("/desk/visits/P1");
        let form = page.form("/desk/visits/P1/requests");
        let page = browser.send(&form, &[("rail", "vietqr")]);
        assert!(page.path.starts_with("/desk/requests/"), "{}: {}", page.path, page.text);
        assert!(page.text.contains("data:image/svg+xml;base64,") && page.text.contains("200.000 đ"), "{}", page.text);
        // Sent once more it is the same request.
        assert_eq!(browser.send(&form, &[("rail", "vietqr")]).path, page.path);
        let reference =
            page.text.split("<dt>Mã tham chiếu</dt><dd><code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        // Another amount does not pay it and is not lost; the right one does.
        let part = bank.transfer(50_000, &reference);
        assert_eq!(bank.tell(&part).status, 200);
        let now = browser.get(&page.path);
        assert!(
            now.text.contains("/events?shown=mismatch.50000.") && now.text.contains("nhận sai số tiền"),
            "{}",
            now.text
        );
        let rest = bank.transfer(200_000, &reference);
        assert_eq!(bank.tell(&rest).status, 200);
        let now = browser.get(&page.path);
        assert!(now.text.contains("class=\"state paid\"") && now.text.contains("/desk/receipts/PT"), "{}", now.text);
        account(hospital, "P1", &[("due", "0")]);
        // Money that names nothing waits on its page, with what it may be for.
        with(201, hospital.put(&visit("P2", &[70_000])));
        let lost = bank.transfer(70_000, "vien phi");
        assert_eq!(bank.tell(&lost).status, 200);
        let page = browser.get("/desk/unapplied");
        let own = page.text.split("<section").find(|section| section.contains("vien phi")).unwrap();
        let action = own.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let form = page.form(&action);
        assert_eq!(form.fields["encounter"], "P2", "{}", page.text);
        let refused = browser.send(&form, &[("encounter", "P9")]);
        assert_eq!(refused.status, 404, "{}", refused.text);
        let form = browser.get("/desk/unapplied").form(&action);
        let page = browser.send(&form, &[]);
        assert!(!page.has_form(&action), "{}", page.text);
        account(hospital, "P2", &[("deposits", "70000")]);
    });
}

/// A page's stream tells when the page shows something else than what is so, and that somebody is there; who is signed out is led away.
#[test]
fn a_page_is_told_of_what_it_does_not_show() {
    let database = Database::new(Kind::Sqlite, "pages-stream");
    let hospital = Hospital::start(&binary(), &database, &[]);
    let mut bank = crate::payments::set_up(&hospital);
    let mut browser = cashier(&hospital);
    with(201, hospital.put(&visit("P1", &[200_000])));
    with(200, hospital.post("his", "/encounters/P1/close", json!({})));
    let form = browser.get("/desk/visits/P1").form("/desk/visits/P1/requests");
    let page = browser.send(&form, &[("rail", "vietqr")]);
    let attribute = |name: &str| {
        page.text.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&")
    };
    let stream = attribute("hx-sse:connect");
    assert_eq!(attribute("hx-get"), page.path);
    let told = |line: String| {
        let told = ["event: ", "data: "].iter().find_map(|start| Some(line.strip_prefix(start)?.to_owned()));
        told.filter(|told| !told.is_empty())
    };
    let mut shown = browser.stream(&hospital, &stream).filter_map(told);
    assert_eq!(shown.next().as_deref(), Some("here"), "{stream}");
    let (address, known) = stream.split_once("?shown=").unwrap();
    let mut blank = browser.stream(&hospital, address).filter_map(told);
    assert_eq!([blank.next(), blank.next()].map(Option::unwrap), ["state", known]);

    // However much others change meanwhile, it is told within five seconds that somebody is there.
    with(201, hospital.put(&visit("P2", &[70_000])));
    let began = std::time::Instant::now();
    while began.elapsed() < std::time::Duration::from_secs(7) {
        let deposit = json!({"for": "deposit", "rail": "vietqr", "amount": "1000"});
        crate::payments::request(&hospital, "P2", deposit);
    }
    let reference = page.text.split("<dt>Mã tham chiếu</dt><dd><code>").nth(1).unwrap().split('<').next().unwrap();
    let transfer = bank.transfer(200_000, reference);
    assert_eq!(bank.tell(&transfer).status, 200);
    assert_eq!(shown.next().as_deref(), Some("here"), "although others changed");
    let state = shown.find(|line| line != "here");
    assert_eq!(state.as_deref(), Some("state"));
    assert!(shown.next().unwrap().starts_with("paid.200000."));
    assert_eq!(shown.next(), None, "it ends with the request");

    assert_eq!(browser.get_part(&page.path).status, 200);
    browser.cookies.clear();
    for path in [&page.path, &stream] {
        let answer = browser.get_part(path);
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(answer.head.contains("hx-refresh: true") && answer.bytes.is_empty(), "{answer:?}");
        assert_eq!(browser.get(path).path, "/sign-in");
    }
    hospital.verify();
}

/// A slip for one service is paid before it is given; a closed visit is opened again when somebody else agrees.
#[test]
fn an_order_slip_is_paid_first_and_a_visit_reopened() {
    on_both("pages-slip", |hospital| {
        let mut bank = crate::payments::set_up(hospital);
        let mut browser = cashier(hospital);
        with(201, hospital.put(&visit("P1", &[200_000, 150_000])));
        let page = browser.get("/desk/visits/P1");
        assert!(page.text.contains("Phiếu chỉ định trả trước"), "{}", page.text);
        let form = |page: &Shown| {
            let slip =
                page.text.split("value=\"lines\"").next().unwrap().rsplit("name=\"key\" value=\"").next().unwrap();
            let mut form = page.form("/desk/visits/P1/requests");
            form.fields.insert("key".to_owned(), slip.split('"').next().unwrap().to_owned());
            form.fields.insert("for".to_owned(), "lines".to_owned());
            form.fields.remove("amount");
            form
        };
        // Nothing chosen: said at the form, and the page stays.
        let nothing = browser.send_all(&form(&page), &[("rail", "vietqr")]);
        assert!(nothing.status == 422 && nothing.text.contains("Chọn ít nhất một dịch vụ"), "{}", nothing.text);
        let page = browser.get("/desk/visits/P1");
        let page = browser.send_all(&form(&page), &[("rail", "vietqr"), ("line", "2")]);
        assert!(page.path.starts_with("/desk/requests/"), "{}: {}", page.path, page.text);
        assert!(page.text.contains("150.000 đ") && page.text.contains("Dịch vụ của phiếu"), "{}", page.text);
        assert!(page.has_form(&format!("{}/release", page.path)), "{}", page.text);
        let reference =
            page.text.split("<code>").find(|text| text.starts_with("VP")).unwrap().split('<').next().unwrap();
        let transfer = bank.transfer(150_000, reference);
        assert_eq!(bank.tell(&transfer).status, 200);
        assert!(browser.get(&page.path).text.contains("class=\"state paid\""));
        // An amount of a code that is none is said beside it.
        let page = browser.get("/desk/visits/P1");
        let mut deposit = page.form("/desk/visits/P1/requests");
        deposit.fields.insert("for".to_owned(), "deposit".to_owned());
        let refused = browser.send(&deposit, &[("amount", "x"), ("rail", "vietqr")]);
        assert!(refused.status == 422 && refused.text.contains("code-amount-fault"), "{}", refused.text);
        // Opened again by two.
        with(200, hospital.post("his", "/encounters/P1/close", json!({})));
        let page = browser.get("/desk/visits/P1");
        let page = browser.send(&page.form("/desk/visits/P1/reopen"), &[("reason", "thiếu dịch vụ")]);
        assert_eq!(page.path, "/desk/approvals", "{}", page.text);
        assert!(page.text.contains("thiếu dịch vụ"), "{}", page.text);
        // A visit without a card has nothing to ask the portal; with one, nobody answers a facility without an account.
        assert!(!browser.get("/desk/visits/P1").has_form("/desk/visits/P1/card"));
        with(201, hospital.put(&acceptance::portal::insured("P2")));
        let page = browser.get("/desk/visits/P2");
        let asked = browser.send(&page.form("/desk/visits/P2/card"), &[]);
        assert!(asked.status == 200 && asked.text.contains("cổng chưa trả lời, tạm tính"), "{}", asked.text);
    });
}

/// One asks, another approves with a code of their telephone, the first pays out.
#[test]
fn a_refund_is_asked_for_approved_and_paid_on_the_pages() {
    on_both("pages-refund", |hospital| {
        let mut browser = cashier(hospital);
        with(201, hospital.put(&visit("P1", &[200_000])));
        let page = browser.get("/desk/visits/P1");
        browser.send(&page.form("/desk/visits/P1/deposits"), &[("amount", "300000")]);
        let page = browser.get("/desk/visits/P1");
        let form = page.form("/desk/visits/P1/refunds");
        assert_eq!(browser.send(&form, &[("amount", "400000"), ("reason", "thừa")]).status, 422);
        let page = browser.get("/desk/visits/P1");
        let page = browser.send(&page.form("/desk/visits/P1/refunds"), &[("amount", "100.000"), ("reason", "thừa")]);
        assert_eq!(page.path, "/desk/approvals");
        assert!(page.text.contains("Do chính bạn đề nghị"), "{}", page.text);
        assert!(!page.text.contains("/approve\""), "{}", page.text);
        let told = person(hospital, "92114", "cash-supervisor", "to-truong");
        let mut other = Browser::new(hospital);
        let page = other.sign_in("92114", "to-truong", &told, CHOSEN);
        let letters = page.text.split("class=\"letters\">").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
        other.send(&page.form("/sign-in/codes"), &[("code", &code(&letters, 0))]);
        let page = other.get("/desk/approvals");
        let action = page.text.split("action=\"").find(|rest| rest.contains("/approve\"")).unwrap();
        let page = other.send(&page.form(action.split('"').next().unwrap()), &[]);
        assert!(page.text.contains("đã duyệt"), "{}", page.text);
        let page = browser.get("/desk/approvals");
        let action = page.text.split("action=\"").find(|rest| rest.contains("/pay\"")).unwrap();
        let form = page.form(action.split('"').next().unwrap());
        let page = browser.send(&form, &[]);
        assert!(page.path.starts_with("/desk/receipts/") && page.text.contains("100.000 đ"), "{}", page.text);
        assert_eq!(browser.send(&form, &[]).path, page.path);
        account(hospital, "P1", &[("deposits", "200000"), ("refunded", "100000")]);
    });
}

/// A visit is kept as it was sent, in which null is nothing and a whole number may be its digits; its pages read it either way.
#[test]
fn a_visit_is_shown_however_its_fields_were_written() {
    on_both("pages-written", |hospital| {
        let mut browser = cashier(hospital);
        let mut odd = acceptance::portal::insured("P1");
        (odd["visit"]["discharge"], odd["visit"]["result"]) = (json!("1"), json!("2"));
        (odd["visit"]["evidence"], odd["lines"][0]["other_sources"]) = (json!(null), json!(null));
        odd["clinical"]["lines"] = json!({"1": null});
        (odd["coverages"][0]["checked_at"], odd["lines"][1]["tender"]) = (json!(""), json!(""));
        let mut bare = visit("P2", &[70_000]);
        (bare["coverages"], bare["diagnoses"], bare["clinical"]) = (json!(null), json!(null), json!(null));
        // Who has no id of the hospital is known by the visit's.
        bare["patient"].as_object_mut().unwrap().remove("id");
        for document in [&odd, &bare] {
            with(201, hospital.put(document));
        }
        for id in ["P1", "P2"] {
            assert_eq!(browser.get(&format!("/desk/visits/{id}")).status, 200, "{id}");
        }
        assert!(browser.get("/desk/visits/P1").text.contains("chưa tra cứu"));
        let bill = browser.get("/desk/visits/P1/bill");
        for said in
            ["Tình trạng ra viện: Ra viện", "Khoa: K02", "Tổng số ngày điều trị: 0", "1.1 (Đúng nơi đăng ký ban đầu)"]
        {
            assert!(bill.text.contains(said), "{said}: {}", bill.text);
        }
        let bill = browser.get("/desk/visits/P2/bill");
        assert!(bill.status == 200 && bill.text.contains("Tình trạng ra viện: —"), "{}", bill.text);
        assert!(bill.text.contains("Mã số người bệnh: P2<br>"), "{}", bill.text);
        // In a list null is something that nobody knows.
        for place in ["coverages", "lines"] {
            let mut wrong = visit("P3", &[70_000]);
            wrong[place] = json!([null]);
            let refused = hospital.put(&wrong);
            assert_eq!(refused.status, 422, "{refused:?}");
            assert_eq!(refused.json["errors"][0]["path"], format!("{place}[0]"), "{refused:?}");
        }
    });
}

/// What was taken by mistake is undone on its receipt's page, while the shift is open.
#[test]
fn a_receipt_is_undone_on_its_page() {
    on_both("pages-reverse", |hospital| {
        let mut browser = cashier(hospital);
        with(201, hospital.put(&visit("P1", &[200_000])));
        let form = browser.get("/desk/visits/P1").form("/desk/visits/P1/deposits");
        let page = browser.send(&form, &[("amount", "1.500.000"), ("method", "cash")]);
        let receipt = "/desk/receipts/PT0000001".to_owned();
        let undo = page.form(&format!("{receipt}/reverse"));
        let refused = browser.send(&undo, &[("reason", " ")]);
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(
            refused.text.contains("id=\"reverse-fault\"") && refused.text.contains("no-print\" open>"),
            "{}",
            refused.text
        );
        let undo = refused.form(&undo.action);
        let mirror = browser.send(&undo, &[("reason", "gõ thừa một số không")]);
        assert_eq!(mirror.path, "/desk/receipts/pt0000002");
        assert!(mirror.text.contains("Phiếu huỷ") && !mirror.has_form("/desk/receipts/PT0000002/reverse"));
        // Sent twice it is the same; another sending finds nothing to undo.
        assert_eq!(browser.send(&undo, &[("reason", "gõ thừa một số không")]).path, mirror.path);
        let page = browser.get(&receipt);
        assert!(page.text.contains("đã huỷ") && !page.has_form(&undo.action), "{}", page.text);
        let mut again = undo.clone();
        again.fields.insert("key".to_owned(), "another".to_owned());
        let refused = browser.send(&again, &[("reason", "x")]);
        assert_eq!(refused.status, 409, "{}", refused.text);
        assert!(refused.text.contains("không huỷ được: chỉ phiếu còn hiệu lực"), "{}", refused.text);
        account(hospital, "P1", &[("deposits", "0")]);
        // Of a colleague it is not hers to undo; an auditor undoes nothing.
        let other =
            with(201, hospital.post("an", "/encounters/P1/deposits", json!({"amount": "1000", "method": "cash"})));
        let theirs = format!("/desk/receipts/{}", other["number"].as_str().unwrap());
        assert!(!browser.get(&theirs).has_form(&format!("{theirs}/reverse")));
        let told = person(hospital, "92114", "auditor", "soat");
        let mut auditor = Browser::new(hospital);
        auditor.sign_in("92114", "soat", &told, CHOSEN);
        let page = auditor.get(&theirs);
        assert!(page.status == 200 && !page.has_form(&format!("{theirs}/reverse")), "{}", page.text);
        for somebody in [&mut browser, &mut auditor] {
            let mut again = undo.clone();
            again.action = format!("{theirs}/reverse");
            again.fields.insert("key".to_owned(), "a third".to_owned());
            again
                .fields
                .insert("form_key".to_owned(), somebody.get("/desk").form("/sign-out").fields["form_key"].clone());
            assert_eq!(somebody.send(&again, &[("reason", "x")]).status, 403);
        }
        account(hospital, "P1", &[("deposits", "1000")]);
    });
}

/// A transfer is taken on proof, and somebody says whether it came; what names nobody is recorded and given to its visit.
#[test]
fn a_transfer_on_proof_is_confirmed_and_money_of_nobody_recorded() {
    on_both("pages-proof", |hospital| {
        let mut browser = cashier(hospital);
        for (id, price) in [("P1", 200_000), ("P2", 70_000)] {
            with(201, hospital.put(&visit(id, &[price])));
            with(200, hospital.post("his", &format!("/encounters/{id}/close"), json!({})));
        }
        let settle = browser.get("/desk/visits/P1").form("/desk/visits/P1/settlements");
        let wrong = browser.send(&settle, &[("method", "cash"), ("provisional", "yes")]);
        assert_eq!(wrong.status, 422);
        assert!(
            wrong.text.contains("id=\"settle-provisional-fault\"") && wrong.text.contains(" checked>"),
            "{}",
            wrong.text
        );
        let settle = wrong.form(&settle.action);
        let page = browser.send(&settle, &[("method", "transfer"), ("provisional", "yes")]);
        assert!(page.text.contains("tạm thời"), "{}", page.text);
        account(hospital, "P1", &[("due", "0"), ("provisional", "200000")]);
        assert!(browser.get("/desk/visits/P1").text.contains("Chờ báo Có"));
        let confirm = page.form("/desk/receipts/PT0000001/confirm");
        assert_eq!(confirm.fields["outcome"], "confirmed");
        let page = browser.send(&confirm, &[("reference", "FT26030200001")]);
        assert!(page.text.contains("ngân hàng đã xác nhận") && !page.has_form(&confirm.action), "{}", page.text);
        account(hospital, "P1", &[("due", "0"), ("provisional", "0"), ("paid", "200000")]);

        // One that does not come is owed again, and seen to by somebody.
        let settle = browser.get("/desk/visits/P2").form("/desk/visits/P2/settlements");
        let page = browser.send(&settle, &[("method", "transfer"), ("provisional", "yes")]);
        let failed = page.form_with("/desk/receipts/PT0000002/confirm", "outcome", "failed");
        let refused = browser.send(&failed, &[("reason", " ")]);
        assert!(refused.status == 422 && refused.text.contains("id=\"failed-fault\""), "{}", refused.text);
        let failed = refused.form_with(&failed.action, "outcome", "failed");
        let page = browser.send(&failed, &[("reason", "ảnh chụp giả")]);
        assert!(page.text.contains("tiền không về"), "{}", page.text);
        account(hospital, "P2", &[("due", "70000"), ("provisional", "0")]);

        let record = browser.get("/desk/unapplied").form("/desk/unapplied");
        let wrong = browser.send(&record, &[("amount", "12x"), ("method", "transfer"), ("memo", "me be Na")]);
        assert_eq!(wrong.status, 422);
        assert!(
            wrong.text.contains("record-amount-fault") && wrong.text.contains("record-reference-fault"),
            "{}",
            wrong.text
        );
        assert!(wrong.text.contains("value=\"12x\"") && wrong.text.contains("value=\"me be Na\""), "{}", wrong.text);
        let filled = [("amount", "70.000"), ("method", "transfer"), ("reference", "FT2"), ("memo", "me be Na")];
        let page = browser.send(&wrong.form("/desk/unapplied"), &filled);
        assert!(page.path.starts_with("/desk/unapplied?after="), "what was recorded comes first: {}", page.path);
        let own = page.text.split("<section").find(|section| section.contains("me be Na")).unwrap();
        let action = own.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let page = browser.send(&page.form(&action), &[("encounter", "P2")]);
        assert!(!page.has_form(&action), "{}", page.text);
        account(hospital, "P2", &[("deposits", "70000")]);
    });
}

/// What another site's page sends, an earlier session, or another person's, changes nothing.
#[test]
fn forms_of_others_are_refused() {
    on_both("pages-foreign", |hospital| {
        let mut browser = cashier(hospital);
        with(201, hospital.put(&visit("P1", &[200_000])));
        let page = browser.get("/desk/visits/P1");
        let form = page.form("/desk/visits/P1/deposits");
        let told = person(hospital, "92114", "cashier", "khac");
        let mut other = Browser::new(hospital);
        other.sign_in("92114", "khac", &told, CHOSEN);
        assert_eq!(other.send(&form, &[("amount", "1000")]).status, 403);
        let without = Form { fields: [("amount".to_owned(), "1000".to_owned())].into(), ..form.clone() };
        assert_eq!(browser.send(&without, &[("method", "cash")]).status, 403);
        let cookies: String =
            browser.cookies.iter().map(|(name, value)| format!("Cookie: {name}={value}\r\n")).collect();
        let body = form.fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        for site in ["cross-site", "same-site"] {
            let headers = format!("{cookies}Sec-Fetch-Site: {site}\r\n");
            let path = "/desk/visits/P1/deposits";
            let answer = hospital.connect().ask_with("POST", path, None, None, &headers, body.as_bytes());
            assert_eq!(answer.status, 403, "{site}");
        }
        // Nor a form without its key, nor one that sends a browser elsewhere.
        for key in ["", &"k".repeat(201)] {
            assert_eq!(browser.send(&form, &[("amount", "1000"), ("key", key)]).status, 403, "{}", key.len());
        }
        account(hospital, "P1", &[("deposits", "0")]);
        let language = browser.get("/desk").form("/language");
        for from in ["//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "/ế", ""] {
            let answer = browser.send_once(&language, &[("lang", "vi"), ("from", from)]);
            assert!(answer.head.contains("location: /desk\r\n"), "{from}: {}", answer.head);
        }
    });
}

/// Another facility's visits are as if they were not there.
#[test]
fn pages_show_nothing_of_another_facility() {
    on_both("pages-facility", |hospital| {
        with(201, hospital.put(&visit("P1", &[200_000])));
        let told = person(hospital, "79001", "cashier", "thu");
        let mut browser = Browser::new(hospital);
        browser.sign_in("79001", "thu", &told, CHOSEN);
        let (there, nowhere) = (browser.get("/desk/visits/P1"), browser.get("/desk/visits/P9"));
        assert_eq!((there.status, nowhere.status), (404, 404));
        let plain = |text: &str| text.replace("P9", "P1");
        assert_eq!(there.text, plain(&nowhere.text));
        let page = browser.get("/desk");
        let page = browser.send(&page.form("/desk/find"), &[("q", "Nguyễn")]);
        assert!(page.text.contains("Không có người bệnh nào khớp"), "{}", page.text);
        // A role that has nothing to do here is told so, on a page.
        let told = person(hospital, "92114", "integrator", "tich-hop");
        let mut browser = Browser::new(hospital);
        browser.sign_in("92114", "tich-hop", &told, CHOSEN);
        let page = browser.get("/desk/visits/P1");
        assert_eq!(page.status, 403);
        assert!(page.text.contains("Không được phép"), "{}", page.text);
    });
}

/// A shift is counted before anybody is told what should be there; a difference waits for another person.
#[test]
fn a_shift_is_counted_and_closed_on_its_page() {
    on_both("pages-shift", |hospital| {
        let mut browser = cashier(hospital);
        with(201, hospital.put(&visit("P1", &[200_000])));
        let page = browser.get("/desk/visits/P1");
        browser.send(&page.form("/desk/visits/P1/deposits"), &[("amount", "100000")]);
        let page = browser.get("/desk/shift");
        assert!(!page.text.contains("600.000"), "what should be there is not told before the count: {}", page.text);
        let count = page.text.split("action=\"").find(|rest| rest.contains("/count\"")).unwrap();
        let action = count.split('"').next().unwrap().to_owned();
        let page = browser.send(&page.form(&action), &[("cash", "600.000")]);
        assert!(page.text.contains("600.000") && page.text.contains("Chênh lệch"), "{}", page.text);
        let page = browser.send(&page.form(&action.replace("count", "close")), &[]);
        assert!(page.text.contains("Chưa mở ca"), "{}", page.text);
    });
}

/// Every address of the pages, as the router has it.
fn addresses() -> Vec<String> {
    let source = std::fs::read_to_string(acceptance::checkout::root().join("host/web/src/pages.rs")).unwrap();
    let found = source.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    let mut found: Vec<String> =
        found.filter(|path| !["/sign-", "/assets", "/language"].iter().any(|start| path.starts_with(start))).collect();
    // The one address that has a name in the source.
    found.push("/claims/check".to_owned());
    found
}

/// Signed in, in any role, past whatever that asks for first.
fn signed_in(hospital: &Hospital, facility: &str, role: &str) -> Browser {
    let name = format!("vai-{role}");
    let told = person(hospital, facility, role, &name);
    let mut browser = Browser::new(hospital);
    let page = browser.sign_in(facility, &name, &told, CHOSEN);
    if page.path == "/sign-in/codes" {
        let letters = page.text.split("class=\"letters\">").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
        let page = browser.send(&page.form("/sign-in/codes"), &[("code", &code(&letters, 0))]);
        assert!(page.status == 200 && !page.path.starts_with("/sign-in"), "{}", page.text);
    }
    browser
}

/// All addresses for all roles: each answers, nobody sees what their role may not, and nobody anything of another facility.
#[test]
fn every_page_answers_every_role_with_no_more_than_it_may_see() {
    on_both("pages-roles", |hospital| {
        let mut sent = visit("P1", &[200_000]);
        sent["patient"]["name"] = json!("Trần Bí Mật");
        with(201, hospital.put(&sent));
        with(201, hospital.post("an", "/encounters/P1/deposits", json!({"amount": "5000", "method": "cash"})));
        let addresses = addresses();
        assert!(addresses.len() > 20, "{addresses:?}");
        let sees_patients =
            ["cashier", "cash-supervisor", "his", "claims-officer", "verifier", "auditor", "price-officer", "director"];
        for (facility, roles) in [
            ("92114", acceptance::hospital::PEOPLE.map(|(_, role)| role).to_vec()),
            ("79001", vec!["cashier", "director"]),
        ] {
            let mut seen: Vec<&str> = Vec::new();
            for role in roles {
                if seen.contains(&role) {
                    continue;
                }
                seen.push(role);
                let mut browser = signed_in(hospital, facility, role);
                let form_key = browser.get("/desk").form("/sign-out").fields["form_key"].clone();
                for address in &addresses {
                    for id in ["P1", "BN-P1", "1", "PT0000001", "P999", "%27", "..%2f..", &"x".repeat(300)] {
                        if !address.contains('{') && id != "P1" {
                            continue;
                        }
                        let path = address.replace("{decision}", "approve").replace("{version}", "0.1.0");
                        let path = ["{id}", "{desk}", "{place}", "{name}"]
                            .iter()
                            .fold(path, |path, part| path.replace(part, id));
                        // A stream of events has no end.
                        if !path.ends_with("/events") {
                            let page = browser.get(&path);
                            let may_see = facility == "92114" && sees_patients.contains(&role);
                            let is_expected = [200, 403, 404].contains(&page.status);
                            assert!(is_expected, "{role} {path}: {}", page.status);
                            assert!(may_see || !page.text.contains("Bí Mật"), "{role} {path}");
                        }
                        let form = Form {
                            action: path.clone(),
                            fields: [
                                ("form_key".to_owned(), form_key.clone()),
                                ("key".to_owned(), format!("{role}{path}")),
                            ]
                            .into(),
                        };
                        let answer = browser
                            .send_once(&form, &[("amount", "1"), ("method", "cash"), ("reason", "thử"), ("q", "Trần")]);
                        assert!(answer.status > 0 && answer.status < 500, "{role} POST {path}: {}", answer.status);
                        let text = String::from_utf8_lossy(&answer.bytes);
                        assert!(facility == "92114" || !text.contains("Bí Mật"), "{role} POST {path}");
                    }
                }
            }
        }
    });
}

/// A server on its own, with what it says when it listens.
struct Apart(std::process::Child, String);

impl Drop for Apart {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Apart {
    fn start(database: &Database, options: &[&str]) -> Apart {
        let mut server = Command::new(binary());
        server.args(["serve", "--listen", "127.0.0.1:0"]).args(database.options()).args(options);
        let mut server = server.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let said = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("listening on"))).unwrap().unwrap();
        Apart(server, said.split("listening on ").nth(1).unwrap().trim().to_owned())
    }

    /// The whole answer, by a browser's own TLS.
    fn curl(&self, path: &str, options: &[&str]) -> String {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-i", "--max-time", "10"]).args(options).arg(format!("{}{path}", self.1));
        String::from_utf8_lossy(&curl.output().expect("curl is there").stdout).to_ascii_lowercase()
    }
}

/// Other machines come under TLS, or through a proxy that has it; in the clear nobody but this machine.
#[test]
fn other_machines_come_under_tls() {
    let database = Database::new(Kind::Sqlite, "pages-tls");
    let folder = Folder::new("pages-tls");
    let (certificate, key) = (folder.at("unit.crt"), folder.at("unit.key"));
    let subject = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
    let names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", &key, "-out", &certificate];
    assert!(Command::new("openssl").args(subject).args(names).output().unwrap().status.success());
    let made = ["person", "create", "--facility", "92114", "--role", "cashier", "thu"];
    let made = Command::new(binary()).args(made).args(database.options()).output().unwrap();
    let told = String::from_utf8_lossy(&made.stdout).lines().nth(1).unwrap().to_owned();
    let server = Apart::start(&database, &["--tls-cert", &certificate, "--tls-key", &key]);
    assert!(server.1.starts_with("https://"), "{}", server.1);
    // Somebody who opens a connection and says nothing holds up nobody.
    let _silent = std::net::TcpStream::connect(server.1.strip_prefix("https://").unwrap()).unwrap();
    let page = server.curl("/sign-in", &["--cacert", &certificate]);
    assert!(page.starts_with("http/1.1 200") && page.contains("strict-transport-security: max-age="), "{page}");
    let form =
        ["facility=92114", "name=thu", &format!("password={told}")].map(|field| ["-d".to_owned(), field.to_owned()]);
    let form: Vec<&str> = form.iter().flatten().map(String::as_str).collect();
    let entered = server.curl("/sign-in", &[&["--cacert", &certificate], &form[..]].concat());
    let cookie = entered.lines().find(|line| line.starts_with("set-cookie: ")).unwrap_or_default();
    assert!(cookie.starts_with("set-cookie: __host-vienphi=92114.") && cookie.contains("; secure"), "{entered}");
    // Nobody vouches for the certificate, and nobody is answered in the clear.
    assert_eq!(server.curl("/sign-in", &[]), "");
    let plain =
        Command::new("curl").args(["-s", "--max-time", "5", &server.1.replace("https", "http")]).output().unwrap();
    assert!(!plain.status.success());
    drop(server);
    let trusted = Apart::start(&database, &["--trusted-proxy", "127.0.0.0/8"]);
    let entered = trusted.curl("/sign-in", &form);
    assert!(entered.contains("__host-vienphi=") && entered.contains("; secure"), "{entered}");
    drop(trusted);
    let elsewhere = Apart::start(&database, &["--trusted-proxy", "192.0.2.0/24", "--trusted-proxy", "2001:db8::/32"]);
    assert_eq!(elsewhere.curl("/sign-in", &[]), "");
    drop(elsewhere);
    let refused = |options: &[&str], words: &str| {
        let output = Command::new(binary()).arg("serve").args(database.options()).args(options).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{options:?}: {said}");
    };
    refused(&["--listen", "0.0.0.0:0"], "can be reached from other machines");
    refused(&["--tls-cert", &certificate], "--tls-key");
    refused(&["--tls-cert", &key, "--tls-key", &key], "has no certificate");
    refused(&["--tls-cert", &certificate, "--tls-key", &certificate], "unit.crt");
    refused(&["--trusted-proxy", "everybody"], "--trusted-proxy");
}
