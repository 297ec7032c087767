//! Loads of payments: requests with their codes, what a bank's notifier tells of them, and followers of requests.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::{Value, json};
use simulators::sign::sha256;

use super::{Duration, Instant, Load, Ordering, Outcome, Read, Write, ask};
use crate::hospital::{fresh_key, request};

const SECRET: &str = "webhook-secret-of-the-loads-01";

/// Requests of one visit: more would all be read with it.
const OF_A_VISIT: u64 = 100;

/// A request that waits for its money.
#[derive(Debug, Clone)]
pub struct Asked {
    code: String,
    pub(super) id: u64,
    reference: String,
    amount: u64,
}

impl Load {
    /// Sets both rails up for every facility.
    pub fn with_rails(&self) {
        for code in &self.facilities {
            for (rail, body) in [
                ("vietqr", json!({"settings": {"bin": "970403", "account": "0011012345678"}, "reason": "load"})),
                (
                    "sepay",
                    json!({"settings": {"authentication": "hmac", "accounts": "0011012345678"}, "keys": {"webhook": SECRET}, "reason": "load"}),
                ),
            ] {
                let facility = format!("/v1/facilities/{code}");
                let mut connection = self.hospital.connect();
                let (asks, decides) = (Some(self.token("minh", code)), Some(self.token("dung", code)));
                let body = body.to_string();
                let path = format!("{facility}/rails/{rail}");
                let asked = connection.ask("PUT", &path, asks, Some(&fresh_key()), body.as_bytes());
                assert_eq!(asked.status, 202, "{asked:?}");
                let path = format!("{facility}/approvals/{}/approve", asked.json["id"]);
                let approved = connection.ask("POST", &path, decides, Some(&fresh_key()), b"{}");
                assert_eq!(approved.status, 200, "{approved:?}");
            }
        }
    }

    /// Requests of the balance of visits that were prepared, one each.
    pub fn payment_requests(&self, first: u64, a_second: Option<f64>) -> Outcome {
        let body = json!({"for": "balance", "rail": "vietqr"}).to_string();
        self.run(a_second, move |load, number| {
            let visit = first + number;
            let code = load.facility(visit);
            let path = format!("/v1/facilities/{code}/encounters/S{visit}/payment-requests");
            let key = format!("ask-{visit}");
            vec![request("POST", &path, Some(load.token("an", code)), Some(&key), "", body.as_bytes())]
        })
    }

    /// So many requests for deposits, each of another amount.
    pub fn asked(&self, count: u64) -> Vec<Asked> {
        let visits = self.prepare(count.div_ceil(OF_A_VISIT));
        let (next, all) = (&std::sync::atomic::AtomicU64::new(0), &Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..self.clients {
                scope.spawn(move || {
                    let mut stream = self.connect();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            return;
                        }
                        let visit = visits + number / OF_A_VISIT;
                        let code = self.facility(visit);
                        let amount = 10_000 + number;
                        let body =
                            json!({"for": "deposit", "amount": amount.to_string(), "rail": "vietqr"}).to_string();
                        let path = format!("/v1/facilities/{code}/encounters/S{visit}/payment-requests");
                        let key = fresh_key();
                        let sent =
                            request("POST", &path, Some(self.token("an", code)), Some(&key), "", body.as_bytes());
                        let (status, body) = ask(&mut stream, &sent).expect("an answer");
                        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
                        let answer: Value = serde_json::from_slice(&body).expect("JSON");
                        let reference = answer["reference"].as_str().expect("a reference").to_owned();
                        let id = answer["id"].as_u64().expect("a number");
                        let asked = Asked { code: code.to_owned(), id, reference, amount };
                        all.lock().expect("no thread panicked").push(asked);
                    }
                });
            }
        });
        std::mem::take(&mut *all.lock().expect("no thread panicked"))
    }

    /// The notifier tells of each of these once.
    pub fn callbacks(&self, asked: Vec<Asked>, a_second: Option<f64>) -> Outcome {
        let waiting = Mutex::new(VecDeque::from(asked));
        self.run(a_second, move |_, _| {
            let next = waiting.lock().expect("no thread panicked").pop_front();
            next.iter().map(|asked| asked.told(0)).collect()
        })
    }

    /// The notifier tells of the same again and again.
    pub fn duplicates(&self, asked: &[Asked]) -> Outcome {
        let told: Vec<Vec<u8>> = asked.iter().map(|asked| asked.told(0)).collect();
        self.run(None, move |_, number| vec![told[usize::try_from(number).unwrap_or(0) % told.len()].clone()])
    }

    /// From the moment that the notifier begins to tell until a follower hears of it: middle, 99th of a hundred and longest, in
    /// milliseconds, while as many others are told of beside them.
    pub fn followers(&self, asked: &[Asked]) -> [f64; 3] {
        let times = Mutex::new(Vec::new());
        let rest = Mutex::new(asked.iter());
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let mut teller = self.connect();
                    loop {
                        let next = rest.lock().expect("no thread panicked").next();
                        let Some(asked) = next else { return };
                        let mut stream = self.connect();
                        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket option");
                        let path = format!("/v1/facilities/{}/payment-requests/{}/events", asked.code, asked.id);
                        let token = Some(self.token("an", &asked.code));
                        stream.write_all(&request("GET", &path, token, None, "", b"")).expect("the server reads");
                        read_until(&mut stream, "\"state\":\"open\"");
                        let began = Instant::now();
                        assert_eq!(ask(&mut teller, &asked.told(0)).map(|(status, _)| status), Some(200));
                        read_until(&mut stream, "\"state\":\"paid\"");
                        times.lock().expect("no thread panicked").push(began.elapsed().as_secs_f64() * 1e3);
                    }
                });
            }
        });
        let mut times = times.into_inner().expect("no thread panicked");
        times.sort_by(f64::total_cmp);
        [times[times.len() / 2], times[times.len() * 99 / 100], times[times.len() - 1]]
    }
}

pub(super) fn read_until(stream: &mut impl Read, words: &str) {
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).expect("the stream goes on");
        assert!(count > 0, "the stream ended before {words}");
        text.extend_from_slice(&buffer[..count]);
        if text.windows(words.len()).any(|window| window == words.as_bytes()) {
            return;
        }
    }
}

impl Asked {
    /// The facility.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// In đồng.
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// What SePay sends of its transfer, signed at a time that differs from now by seconds.
    pub fn told(&self, seconds: i64) -> Vec<u8> {
        self.told_with(seconds, SECRET)
    }

    /// With another secret.
    pub fn forged(&self) -> Vec<u8> {
        self.told_with(0, "a-secret-that-is-somebody-elses")
    }

    fn told_with(&self, seconds: i64, secret: &str) -> Vec<u8> {
        let body = json!({
            "id": self.id, "gateway": "Sacombank", "transactionDate": "2026-11-25 14:02:37",
            "accountNumber": "0011012345678", "code": null, "content": format!("MBVCB.1.{}.CT tu 0071", self.reference),
            "transferType": "in", "transferAmount": self.amount, "subAccount": null,
            "referenceCode": format!("FT{}", self.id),
        })
        .to_string();
        let now =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970").as_secs();
        let at = i64::try_from(now).expect("it is before the year 300 billion") + seconds;
        let signed = sha256(secret, format!("{at}.{body}").as_bytes());
        let headers = format!("X-SePay-Timestamp: {at}\r\nX-SePay-Signature: sha256={signed}\r\n");
        request("POST", &format!("/callbacks/{}/sepay", self.code), None, None, &headers, body.as_bytes())
    }
}
