//! Loads of pages: each looked at steadily by somebody who may, and many open ones that are told what happens.

use std::net::TcpStream;

use serde_json::{Value, json};

use super::collecting::{Asked, read_until};
use super::{Duration, Instant, Load, Outcome, Write, ask};
use crate::browser::{Browser, percent};
use crate::folder::Folder;
use crate::hospital::{fresh_key, request};
use crate::people::{CHOSEN, person};
use crate::{claims, measured};

/// Somebody at the pages.
struct Visitor {
    cookie: String,
    form_key: String,
}

/// What is looked at: a name, who looks, and the addresses, by number.
struct Look<'l> {
    name: &'l str,
    visitor: &'l Visitor,
    address: Box<dyn Fn(u64) -> String + Sync + 'l>,
}

/// What open streams took.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// Memory of the server before, in MB.
    pub before_mb: u64,
    /// And with all of them open.
    pub after_mb: u64,
    /// Milliseconds from what a bank tells until an open one hears: middle, 99th of a hundred, longest.
    pub heard_ms: [f64; 3],
}

impl Load {
    /// Every page at a steady rate: what each took. `first` and `count` are of visits that `fill` sent.
    pub fn pages(&self, (first, count): (u64, u64), visits_of_check: u64, a_second: f64) -> Vec<(String, Outcome)> {
        let cashier = self.visitor("cashier", "thu");
        let verifier = self.visitor("verifier", "kiem");
        let auditor = self.visitor("auditor", "toan");
        let integrator = self.visitor("integrator", "noi");
        let check = self.checked(visits_of_check);
        let receipts = self.receipts(100);
        let requests = self.asked(100);
        assert_eq!(self.facilities.len(), 1, "visitors are of one facility");
        let code = &self.facilities[0];
        // Spread over all of them, the same in every run.
        let visit = move |number: u64| first + number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % count;
        let one = |address: &str| {
            let address = address.to_owned();
            Box::new(move |_: u64| address.clone()) as Box<dyn Fn(u64) -> String + Sync>
        };
        let package = format!("{}?q=kham", self.package(&integrator));
        let looks = [
            Look { name: "sign-in", visitor: &cashier, address: one("/sign-in") },
            Look { name: "desk", visitor: &cashier, address: one("/desk") },
            Look {
                name: "visit",
                visitor: &cashier,
                address: Box::new(move |number| format!("/desk/visits/F{}", visit(number))),
            },
            Look {
                name: "bill",
                visitor: &cashier,
                address: Box::new(move |number| format!("/desk/visits/F{}/bill", visit(number))),
            },
            Look {
                name: "receipt",
                visitor: &cashier,
                address: Box::new(|number| {
                    format!("/desk/receipts/{}", receipts[usize::try_from(number).unwrap_or(0) % receipts.len()])
                }),
            },
            Look {
                name: "code of a request",
                visitor: &cashier,
                address: Box::new(|number| {
                    format!("/desk/requests/{}", requests[usize::try_from(number).unwrap_or(0) % requests.len()].id)
                }),
            },
            Look { name: "shift", visitor: &cashier, address: one("/desk/shift") },
            Look { name: "unapplied money", visitor: &cashier, address: one("/desk/unapplied") },
            Look { name: "approvals", visitor: &auditor, address: one("/desk/approvals") },
            Look { name: "patient's screen", visitor: &cashier, address: one("/screen/thu") },
            Look { name: "claim checks", visitor: &verifier, address: one("/claims/check") },
            Look {
                name: "findings",
                visitor: &verifier,
                address: Box::new(|number| format!("{check}?page={}", 1 + number % 20)),
            },
            Look {
                name: "findings, filtered",
                visitor: &verifier,
                address: one(&format!("{check}?severity=blocking")),
            },
            Look {
                name: "a visit of the check",
                visitor: &verifier,
                address: Box::new(|number| format!("{check}/visits/{}", 1 + number % visits_of_check)),
            },
            Look { name: "shadow", visitor: &verifier, address: one(&format!("{check}/shadow")) },
            Look { name: "tariffs", visitor: &integrator, address: one("/tariff?q=kham") },
            Look { name: "a tariff", visitor: &integrator, address: one(&package) },
            Look { name: "try a visit", visitor: &integrator, address: one("/tariff/try") },
            Look { name: "overview", visitor: &auditor, address: one("/overview") },
        ];
        let mut outcomes = Vec::new();
        for look in &looks {
            let get = |number: u64| look.visitor.get(&(look.address)(number));
            // What a page is like once, before it is looked at for long.
            let (status, body) = ask(&mut self.connect(), &get(0)).expect("a page");
            assert_eq!(status, 200, "{}: {status} {}", look.name, String::from_utf8_lossy(&body));
            outcomes.push((look.name.to_owned(), self.run(Some(a_second), |_, number| vec![get(number)])));
        }
        for (name, words) in [
            ("find a number", Box::new(|number| format!("BN-F{}", visit(number))) as Box<dyn Fn(u64) -> String + Sync>),
            ("find a name", Box::new(|number| vienphi_samples::name(visit(number)))),
            ("find a name without marks", one("nguyen van an")),
            ("find Nguyễn", one("Nguyễn")),
            ("find nobody", one("Nguyễn Thị Long")),
        ] {
            let post = |_: &Load, number: u64| vec![cashier.post("/desk/find", &[("q", &words(number))])];
            outcomes.push((name.to_owned(), self.run(Some(a_second), post)));
        }
        let tried = [("document", &*measured::encounter(50).to_string().replace("92114", code))];
        let post = |_: &Load, _| vec![integrator.post("/tariff/try", &tried)];
        outcomes.push(("a visit of 50 lines tried".to_owned(), self.run(Some(a_second), post)));
        outcomes
    }

    /// The streams of so many pages of requests, all open; two hundred of them are paid, one after another.
    pub fn open_streams(&self, count: u64) -> Open {
        let cashier = self.visitor("cashier", "hai");
        let asked = self.asked(count);
        let before_mb = self.memory_mb();
        let open = |asked: &Asked| {
            let mut stream = self.connect();
            stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket option");
            stream.write_all(&cashier.get(&format!("/desk/requests/{}/events", asked.id))).expect("the server reads");
            read_until(&mut stream, "data: open.");
            stream
        };
        let mut streams: Vec<(&Asked, TcpStream)> = asked.iter().map(|asked| (asked, open(asked))).collect();
        // Each looks again by itself within this time.
        std::thread::sleep(Duration::from_secs(6));
        let after_mb = self.memory_mb();
        let mut teller = self.connect();
        let mut times: Vec<f64> = Vec::new();
        for (asked, stream) in streams.iter_mut().step_by(usize::try_from(count / 200).unwrap_or(1).max(1)) {
            let began = Instant::now();
            assert_eq!(ask(&mut teller, &asked.told(0)).map(|(status, _)| status), Some(200));
            read_until(stream, "data: paid.");
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let heard_ms = [times[times.len() / 2], times[times.len() * 99 / 100], times[times.len() - 1]];
        Open { before_mb, after_mb, heard_ms }
    }

    /// Of the server, as the machine counts it (proc(5), VmRSS).
    fn memory_mb(&self) -> u64 {
        let process = self.process().expect("the server runs");
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux tells");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
    }

    /// Somebody who has signed in.
    fn visitor(&self, role: &str, name: &str) -> Visitor {
        let code = &self.facilities[0];
        let told = person(&self.hospital, code, role, name);
        let mut browser = Browser::new(&self.hospital);
        let page = browser.sign_in(code, name, &told, CHOSEN);
        let form_key = page.form("/sign-out").fields["form_key"].clone();
        if role == "cashier" {
            let page = browser.get("/desk/shift");
            let opened = browser.send(&page.form("/desk/shift"), &[("desk", name), ("float", "0")]);
            assert_eq!(opened.status, 200, "{}", opened.text);
        }
        let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Visitor { cookie: format!("Cookie: {}\r\n", cookies.join("; ")), form_key }
    }

    /// The address of a check of generated claims, some of them broken.
    fn checked(&self, visits: u64) -> String {
        let folder = Folder::new("load-claims");
        let zip = claims::broken(self.hospital.binary(), &folder, visits);
        let code = &self.facilities[0];
        let told = person(&self.hospital, code, "verifier", "gui");
        let mut browser = Browser::new(&self.hospital);
        let page = browser.sign_in(code, "gui", &told, CHOSEN);
        let began = Instant::now();
        let page = browser.send_files(&page.form("/claims/check"), &[("name", "T10")], &[("files", "t10.zip", &zip)]);
        assert!(page.path.starts_with("/claims/check/"), "{}: {}", page.path, page.text);
        println!("{visits} claims sent, checked and shown in {:.1} s", began.elapsed().as_secs_f64());
        page.path
    }

    /// Receipts of visits that are settled for it.
    fn receipts(&self, count: u64) -> Vec<String> {
        let first = self.prepare(count);
        let body = json!({"payments": [{"amount": "60500", "method": "cash"}], "use_deposits": true}).to_string();
        let mut stream = self.connect();
        let receipt = |visit: u64| {
            let code = self.facility(visit);
            let path = format!("/v1/facilities/{code}/encounters/S{visit}/settlements");
            let token = Some(self.token("an", code));
            let sent = request("POST", &path, token, Some(&fresh_key()), "", body.as_bytes());
            let (status, body) = ask(&mut stream, &sent).expect("an answer");
            let answer: Value = serde_json::from_slice(&body).expect("JSON");
            assert!(matches!(status, 200 | 201), "{answer}");
            answer["number"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
        };
        (first..first + count).map(receipt).collect()
    }

    /// The address of the first tariff that is shown.
    fn package(&self, visitor: &Visitor) -> String {
        let (_, page) = ask(&mut self.connect(), &visitor.get("/tariff")).expect("a page");
        let page = String::from_utf8_lossy(&page).into_owned();
        let rest = page.split("href=\"/tariff/packages/").nth(1).expect("a tariff is there");
        format!("/tariff/packages/{}", rest.split('"').next().unwrap_or_default())
    }
}

impl Visitor {
    fn get(&self, path: &str) -> Vec<u8> {
        request("GET", path, None, None, &self.cookie, b"")
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let mut body = format!("form_key={}", percent(&self.form_key));
        for (name, value) in fields {
            body += &format!("&{}={}", percent(name), percent(value));
        }
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\n{}Sec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            self.cookie,
            body.len()
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }
}
