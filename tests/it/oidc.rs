//! Signing in by OpenID Connect: a real account system (oidc-provider), one that lies, one that is down; and addresses from which too
//! much was wrong.

mod hostile;

use std::process::Command;

use acceptance::browser::Shown;
use acceptance::checkout;
use acceptance::database::{BOTH, Database, Kind};
use acceptance::hospital::Hospital;
use acceptance::issuer::{Issuer, free_port, hospital_with};
use acceptance::people::person;
use acceptance::surfer::{Surfer, asked, location};

use crate::program::binary;

/// What the account system calls the cashier.
const SUBJECT: &str = "thu@hospital.example";

/// Runs a command of the hospital's that must have this code; what it said.
fn runs(hospital: &Hospital, args: &[&str], code: i32) -> String {
    let output = hospital.runs(args);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    said
}

fn link(hospital: &Hospital, name: &str, issuer: &str, subject: &str) {
    let account = ["person", "link", "--facility", "92114", "--issuer", issuer, "--subject", subject, name];
    runs(hospital, &account, 0);
}

/// Goes to the account system and signs in there; where that leads.
fn sign_in(surfer: &mut Surfer, base: &str, filled: &[(&str, &str)]) -> Shown {
    let page = surfer.get(&format!("{base}/sign-in"));
    assert!(page.text.contains("href=\"/sign-in/oidc\""), "{}", page.text);
    let page = surfer.get(&format!("{base}/sign-in/oidc"));
    let action = page.text.split("action=\"").nth(1).expect("the account system's form").split('"').next().unwrap();
    let action = action.to_owned();
    assert!(action.starts_with("/interaction/"), "{}", page.text);
    surfer.send(&page, &action, filled)
}

fn audit(database: &Database, contains: &str) -> i64 {
    let count = format!("select count(*) from audit where reason like '%{contains}%'");
    database.tamper(&count).trim().parse().unwrap()
}

#[test]
fn people_sign_in_with_the_hospitals_account() {
    for kind in BOTH {
        let database = Database::new(kind, "oidc");
        let port = free_port();
        let base = format!("http://127.0.0.1:{port}");
        let mut issuer = Issuer::start(&base, 0);
        let hospital = hospital_with(&binary(), &database, port, &issuer.address);
        person(&hospital, "92114", "cashier", "thu");
        let account = [("account", SUBJECT)];

        // Nobody is made by signing in: whoever is not linked is told what to ask for.
        let page = sign_in(&mut Surfer::default(), &base, &account);
        assert_eq!(page.status, 403, "{}", page.text);
        assert!(page.text.contains(SUBJECT) && page.text.contains(&issuer.address), "{}", page.text);
        assert!(page.text.contains("chưa được liên kết"), "{}", page.text);
        assert_eq!(audit(&database, "nobody is linked"), 1);

        link(&hospital, "thu", &issuer.address, SUBJECT);
        assert!(runs(&hospital, &["person", "list", "--facility", "92114"], 0).contains(&issuer.address));
        let mut surfer = Surfer::default();
        surfer.stop = Some(format!("{base}/sign-in/oidc/callback"));
        let back = location(&sign_in(&mut surfer, &base, &account)).unwrap();
        let before = surfer.cookies.clone();
        surfer.stop = None;
        // The state is another's, or the browser is.
        let other_state = back.replace(&asked(&back, "state"), &"0".repeat(64));
        let page = surfer.get(&other_state);
        assert_eq!(page.status, 400, "{}", page.text);
        assert!(page.head.contains("vienphi-oidc=; ") && page.text.contains("Hãy bắt đầu lại"), "{}", page.head);
        assert_eq!(Surfer::default().get(&back).status, 400);
        // The telephone's half of a sign-in that was begun elsewhere.
        let mut other = Surfer::default();
        other.stop = Some(issuer.address.clone());
        other.get(&format!("{base}/sign-in/oidc"));
        other.stop = None;
        assert_eq!(other.get(&back).status, 400);

        surfer.cookies = before.clone();
        let page = surfer.get(&back);
        assert_eq!((page.status, page.path.as_str()), (200, format!("{base}/desk").as_str()), "{}", page.text);
        assert!(page.text.contains("<strong>thu</strong>"), "{}", page.text);
        let signed = surfer.cookies.clone();
        // Once more, with everything the browser had then.
        surfer.cookies = before;
        let page = surfer.get(&back);
        assert_eq!(page.status, 400, "{}", page.text);
        // What is kept of a sign-in is short-lived, for our pages alone, and not for scripts.
        other.stop = Some(issuer.address.clone());
        let page = other.get(&format!("{base}/sign-in/oidc"));
        let ticket = page.head.lines().find(|line| line.starts_with("set-cookie: vienphi-oidc=")).unwrap();
        assert!(ticket.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"), "{ticket}");
        let to = location(&page).unwrap();
        assert!(!ticket.contains(&asked(&to, "state")) && !ticket.contains(&asked(&to, "nonce")), "{ticket}");
        assert!(to.contains("code_challenge_method=S256") && to.contains("prompt=login"), "{to}");
        assert_eq!(asked(&to, "redirect_uri"), format!("http%3A%2F%2F127.0.0.1%3A{port}%2Fsign-in%2Foidc%2Fcallback"));

        // The session is one like any other.
        surfer.cookies = signed.clone();
        let page = surfer.get(&format!("{base}/desk"));
        surfer.send(&page, "/sign-out", &[]);
        surfer.cookies = signed;
        assert_eq!(surfer.get(&format!("{base}/desk")).path, format!("{base}/sign-in"));

        // Whoever gives up.
        let mut surfer = Surfer::default();
        let page = sign_in(&mut surfer, &base, &[("account", ""), ("deny", "x")]);
        assert_eq!(page.status, 401, "{}", page.text);
        assert!(page.text.contains("bị hủy"), "{}", page.text);
        surfer.cookies.insert((format!("127.0.0.1:{port}"), "vienphi-language".to_owned()), "en".to_owned());
        let page = sign_in(&mut surfer, &base, &[("account", ""), ("deny", "x")]);
        assert!(page.text.contains("given up or is not allowed"), "{}", page.text);

        // The account system signs with a key that nobody has seen.
        issuer.take_new_key();
        let page = sign_in(&mut surfer, &base, &account);
        assert_eq!(page.path, format!("{base}/desk"), "{}", page.text);

        // Not linked any more: the session ends, and nobody comes in.
        let unlink = ["person", "unlink", "--facility", "92114", "--issuer", &issuer.address, "thu"];
        runs(&hospital, &unlink, 0);
        assert_eq!(surfer.get(&format!("{base}/desk")).path, format!("{base}/sign-in"));
        assert_eq!(sign_in(&mut surfer, &base, &account).status, 403);
        assert!(runs(&hospital, &unlink, 2).contains("there is no account at this issuer"));

        // An account that is closed.
        link(&hospital, "thu", &issuer.address, SUBJECT);
        database.tamper("update person set closed_at = 1 where name = 'thu'");
        let page = sign_in(&mut surfer, &base, &account);
        assert_eq!(page.status, 403);
        assert!(page.text.contains("is closed, or not linked"), "{}", page.text);
        assert_eq!(audit(&database, "the account is closed"), 1);
        // Nowhere in the records is the account system's name for anybody.
        assert_eq!(audit(&database, SUBJECT), 0);
        hospital.verify();
    }
}

/// Whoever decides gives a second factor: to the account system, or else to us.
#[test]
fn the_account_systems_second_factor_counts_as_a_code() {
    for kind in BOTH {
        let database = Database::new(kind, "oidc-codes");
        let port = free_port();
        let base = format!("http://127.0.0.1:{port}");
        let issuer = Issuer::start(&base, 0);
        let hospital = hospital_with(&binary(), &database, port, &issuer.address);
        person(&hospital, "92114", "cash-supervisor", "to-truong");
        link(&hospital, "to-truong", &issuer.address, "to-truong");
        let (with, without) = ([("account", "to-truong"), ("factor", "123456")], [("account", "to-truong")]);
        let mut surfer = Surfer::default();
        let page = sign_in(&mut surfer, &base, &with);
        assert_eq!(page.path, format!("{base}/desk"), "{}", page.text);
        assert_eq!(surfer.get(&format!("{base}/desk/approvals")).status, 200);
        let mut surfer = Surfer::default();
        let page = sign_in(&mut surfer, &base, &without);
        assert_eq!(page.path, format!("{base}/sign-in/codes"), "{}", page.text);
        assert_eq!(surfer.get(&format!("{base}/desk/approvals")).path, format!("{base}/sign-in/codes"));
        let before = surfer.cookies.clone();
        let letters = page.text.split("class=\"letters\">").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
        let code = |steps| acceptance::people::code(&letters, steps);
        let page = surfer.send(&page, "/sign-in/codes", &[("code", &code(0))]);
        // The password that was told is nobody's business here.
        assert_eq!(page.path, format!("{base}/desk"), "{}", page.text);
        assert_ne!(surfer.cookies, before);
        // A code that is set up is asked for, unless the account system took one.
        let mut surfer = Surfer::default();
        let page = sign_in(&mut surfer, &base, &without);
        assert_eq!(page.path, format!("{base}/sign-in/code"), "{}", page.text);
        let page = surfer.send(&page, "/sign-in/code", &[("code", &code(1))]);
        assert_eq!(page.path, format!("{base}/desk"), "{}", page.text);
        assert_eq!(sign_in(&mut Surfer::default(), &base, &with).path, format!("{base}/desk"));
        hospital.verify();
    }
}

#[test]
fn an_account_system_that_is_down_keeps_nobody_out() {
    let database = Database::new(Kind::Sqlite, "oidc-down");
    let (port, away) = (free_port(), free_port());
    let base = format!("http://127.0.0.1:{port}");
    let hospital = hospital_with(&binary(), &database, port, &format!("http://127.0.0.1:{away}"));
    let told = person(&hospital, "92114", "cashier", "thu");
    let mut surfer = Surfer::default();
    for _ in 0..2 {
        let page = surfer.get(&format!("{base}/sign-in/oidc"));
        assert_eq!(page.status, 503, "{}", page.text);
        assert!(page.text.contains("không trả lời") && page.head.contains("retry-after: 30"), "{}", page.text);
        assert!(page.text.contains("href=\"/sign-in\""), "{}", page.text);
    }
    let page = surfer.get(&format!("{base}/sign-in"));
    let page = surfer.send(&page, "/sign-in", &[("facility", "92114"), ("name", "thu"), ("password", &told)]);
    assert_eq!(page.path, format!("{base}/sign-in/password"), "{}", page.text);
    // It comes back; whoever has just been told so waits a few seconds.
    let issuer = Issuer::start(&base, away);
    link(&hospital, "thu", &issuer.address, SUBJECT);
    std::thread::sleep(std::time::Duration::from_millis(5_100));
    let page = sign_in(&mut Surfer::default(), &base, &[("account", SUBJECT)]);
    assert_eq!(page.path, format!("{base}/desk"), "{}", page.text);
    // It goes away between the two halves of a sign-in.
    let mut surfer = Surfer::default();
    surfer.stop = Some(format!("{base}/sign-in/oidc/callback"));
    let back = location(&sign_in(&mut surfer, &base, &[("account", SUBJECT)])).unwrap();
    drop(issuer);
    let page = surfer.get(&back);
    assert_eq!(page.status, 503, "{}", page.text);
}

#[test]
fn accounts_are_linked_to_one_person_each() {
    let database = Database::new(Kind::Sqlite, "oidc-links");
    let hospital = Hospital::closed(&binary(), &database, &[]);
    person(&hospital, "92114", "cashier", "thu");
    person(&hospital, "92114", "cashier", "chi");
    person(&hospital, "79001", "cashier", "thu");
    let issuer = "https://id.hospital.example";
    let link = |facility: &str, name: &str, subject: &str, code: i32| {
        let args = ["person", "link", "--facility", facility, "--issuer", issuer, "--subject", subject, name];
        runs(&hospital, &args, code)
    };
    link("92114", "thu", SUBJECT, 0);
    for (facility, name, subject) in [("92114", "thu", "another"), ("92114", "chi", SUBJECT), ("79001", "thu", SUBJECT)]
    {
        assert!(link(facility, name, subject, 2).contains("unlink it first"), "{facility} {name} {subject}");
    }
    link("92114", "chi", "another", 0);
    assert!(link("92114", "nobody", "x", 2).contains("there is no person"));
    assert!(link("92114", "thu", "", 2).contains("subject must have 1 to 255 bytes"));
    let plain =
        ["person", "link", "--facility", "92114", "--issuer", "http://id.hospital.example", "--subject", "x", "thu"];
    assert!(runs(&hospital, &plain, 2).contains("issuer must begin with https://"));
    hospital.verify();
}

/// Options that do not go together, or are none, are said before anything is served.
#[test]
fn an_issuer_is_named_in_whole() {
    let database = Database::new(Kind::Sqlite, "oidc-options");
    let hospital = Hospital::another(&binary(), &database, &[]);
    let empty = database.at("empty");
    std::fs::write(&empty, "\n").unwrap();
    let empty = empty.display().to_string();
    let whole = |issuer: &str, public: &str, more: &[&str]| {
        let options = ["serve", "--oidc-issuer", issuer, "--oidc-client-id", "vienphi", "--public-url", public];
        runs(&hospital, &[&options[..], more].concat(), 2)
    };
    let (issuer, public) = ("https://id.hospital.example", "https://vienphi.hospital.example");
    let alone = ["serve", "--oidc-issuer", issuer, "--oidc-client-id", "vienphi"];
    assert!(runs(&hospital, &alone, 2).contains("--public-url"));
    assert!(runs(&hospital, &["serve", "--public-url", public], 2).contains("--oidc-issuer"));
    assert!(whole("http://id.hospital.example", public, &[]).contains("the issuer's address must begin with https://"));
    assert!(whole(issuer, "https://vienphi.hospital.example/x", &[]).contains("has no path"));
    assert!(whole(issuer, public, &["--oidc-client-secret-file", &empty]).contains("one line of 1 to 1024 bytes"));
    assert!(whole(issuer, public, &["--oidc-ca", &empty]).contains("has no certificate"));
}

/// Without an issuer its addresses lead to the sign-in; and whatever is sent there is answered.
#[test]
fn pages_of_an_issuer_answer_everybody() {
    let database = Database::new(Kind::Sqlite, "oidc-none");
    let hospital = Hospital::start(&binary(), &database, &[]);
    let base = format!("http://{}", hospital.address());
    let mut surfer = Surfer::default();
    let page = surfer.get(&format!("{base}/sign-in/oidc"));
    assert_eq!(page.path, format!("{base}/sign-in"));
    assert!(!page.text.contains("/sign-in/oidc"), "{}", page.text);
    for query in
        ["", "?", "?state", "?state=x&code=y", "?error=access_denied", "?state=%ff%00&code=%0d%0aa:b", "?code=a&code=b"]
    {
        assert_eq!(surfer.get(&format!("{base}/sign-in/oidc/callback{query}")).status, 400, "{query}");
    }
    let mut connection = hospital.connect();
    for path in ["/sign-in/oidc", "/sign-in/oidc/callback", "/sign-in/resume"] {
        let answer = connection.ask_with(
            "POST",
            path,
            None,
            None,
            "Cookie: vienphi-oidc=00; vienphi=x\r\n",
            b"typed=/desk/x?a=1",
        );
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
}

/// Fifty wrong ones from one address, whosever accounts they were for; a proxy says which address that is.
#[test]
fn many_wrong_sign_ins_hold_an_address() {
    let database = Database::new(Kind::Sqlite, "oidc-addresses");
    let hospital = Hospital::start(&binary(), &database, &["--trusted-proxy", "127.0.0.0/8"]);
    let told = person(&hospital, "92114", "cashier", "thu");
    let mut connection = hospital.connect();
    let mut attempt = |from: &str, name: &str, password: &str| {
        let headers = format!("X-Forwarded-For: {from}\r\nSec-Fetch-Site: same-origin\r\n");
        let body = format!("facility=92114&name={name}&password={password}");
        connection.ask_with("POST", "/sign-in", None, None, &headers, body.as_bytes())
    };
    // Right ones count for nothing.
    for _ in 0..3 {
        assert_eq!(attempt("203.0.113.7", "thu", &told).status, 303);
    }
    for number in 0..50 {
        // Whatever the browser itself says of where it comes from is before what the proxy saw.
        let from = format!("198.51.100.{number}, 203.0.113.7");
        assert_eq!(attempt(&from, &format!("nobody-{number}"), "sai").status, 401, "{number}");
    }
    let held = attempt("203.0.113.7", "thu", &told);
    assert_eq!(held.status, 429);
    let wait = held.head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!((1..=600).contains(&wait.parse::<u32>().unwrap()), "{wait}");
    assert!(String::from_utf8_lossy(&held.bytes).contains("Từ mạng này"), "{held:?}");
    assert_eq!(attempt("198.51.100.9, 203.0.113.7, 127.0.0.9", "thu", &told).status, 429);
    assert_eq!(attempt("203.0.113.8", "thu", &told).status, 303);
    // A network of IPv6 is one address.
    for number in 0..50 {
        assert_eq!(attempt(&format!("2001:db8:7:7::{number:x}"), &format!("nobody-{number}"), "sai").status, 401);
    }
    assert_eq!(attempt("2001:db8:7:7:8::1", "thu", &told).status, 429);
    assert_eq!(attempt("2001:db8:7:8::1", "thu", &told).status, 303);
}

/// In Debian's Chromium, which holds pages to their policies and cookies to their rules (`tests/browser/sign_in.cjs`).
#[test]
fn a_browser_is_let_go_to_the_account_system_and_back() {
    let database = Database::new(Kind::Sqlite, "oidc-browser");
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let issuer = Issuer::start(&base, 0);
    let hospital = hospital_with(&binary(), &database, port, &issuer.address);
    person(&hospital, "92114", "cashier", "thu");
    link(&hospital, "thu", &issuer.address, SUBJECT);
    let pictures = checkout::target().join("screenshots/oidc");
    std::fs::create_dir_all(&pictures).unwrap();
    let ended = Command::new("node")
        .arg(checkout::root().join("tests/browser/sign_in.cjs"))
        .env("NODE_PATH", checkout::target().join("browser/node_modules"))
        .envs([("BASE", base.as_str()), ("SUBJECT", SUBJECT), ("CHROMIUM", crate::browser::CHROMIUM)])
        .env("OUT", pictures)
        .status()
        .expect("node is there: `cargo xtask test` installs it");
    assert!(ended.success(), "the browser did not come to its end; its words are above");
    hospital.verify();
}
