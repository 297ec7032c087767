//! A payment rail that misbehaves in the way its setting `misdeed` asks for.

#![allow(clippy::panic)] // that is the point

use vienphi_rail::{
    AgeCheck, Algorithm, Check, Context, Direction, Display, Encoding, Event, EventKind, Header, Incoming, Input,
    KeySlot, Manifest, Method, Operation, Outcome, Part, Progress, Rail, Repetition, Reply, Request, SecretCheck,
    SettingSlot, Status, Step, ToSign, Verdict, done, failed, header, optional, outcome,
};

/// The misbehaving rail.
pub struct HostileRail;

fn text(text: &str) -> Vec<Part> {
    vec![Part::Text(text.to_owned())]
}

fn sign(slot: &str) -> ToSign {
    ToSign { slot: slot.to_owned(), encoding: Encoding::HexLower, message: text("pay me") }
}

fn request() -> Request {
    Request {
        endpoint: "own".into(),
        method: Method::Post,
        path: String::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: text("{}"),
        repetition: Repetition::Never,
    }
}

fn send(request: Request) -> Progress {
    Progress { step: Step::Send(request), state: Vec::new() }
}

fn shown(url: Vec<Part>) -> Progress {
    let display = Display { qr: None, url, expires: None };
    done(Outcome { display: Some(display), ..outcome(Status::Pending, "") })
}

fn spin() -> ! {
    let mut count: u64 = 0;
    loop {
        count = std::hint::black_box(count.wrapping_add(1));
    }
}

impl Rail for HostileRail {
    fn describe() -> Manifest {
        let key = |name: &str, algorithm, direction| KeySlot { name: name.into(), algorithm, direction };
        Manifest {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            instructs: true,
            confirms: true,
            operations: vec![Operation::Create, Operation::Query],
            minimum: 1,
            maximum: 1_000_000_000,
            reference_length: 20,
            reference_alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".into(),
            keys: vec![
                key("signs", Algorithm::HmacSha256, Direction::Sign),
                key("verifies", Algorithm::HmacSha256, Direction::Verify),
                key("secret", Algorithm::Secret, Direction::Both),
            ],
            settings: vec![SettingSlot { name: "misdeed".into(), required: true, what: "which".into() }],
            endpoints: vec!["own".into()],
            tells_failures: false,
            notes: Vec::new(),
        }
    }

    fn begin(context: &Context) -> Progress {
        let misdeed = optional(&context.settings, "misdeed").unwrap_or_default();
        if context.operation != Operation::Create {
            return match misdeed {
                "pays-without-key" => {
                    done(Outcome { amount: Some(context.order.amount), ..outcome(Status::Succeeded, "") })
                }
                "pays-less" => done(Outcome {
                    amount: Some(context.order.amount - 1),
                    event_key: Some("less".into()),
                    ..outcome(Status::Succeeded, "")
                }),
                _ => done(outcome(Status::Pending, "")),
            };
        }
        match misdeed {
            "strange-key" => Progress { step: Step::Sign(vec![sign("stranger")]), state: Vec::new() },
            "verifying-key" => Progress { step: Step::Sign(vec![sign("verifies")]), state: Vec::new() },
            "secret-as-key" => Progress { step: Step::Sign(vec![sign("secret")]), state: Vec::new() },
            "signs-at-will" => Progress { step: Step::Sign(vec![sign("signs"); 1000]), state: Vec::new() },
            "signs-forever" => Progress { step: Step::Sign(vec![sign("signs")]), state: Vec::new() },
            "strange-endpoint" => send(Request { endpoint: "elsewhere".into(), ..request() }),
            "host-in-path" => send(Request { path: "@evil.example/".into(), ..request() }),
            "climbing-path" => send(Request { path: "/../../admin".into(), ..request() }),
            "own-host" => send(Request {
                headers: vec![Header { name: "Host".into(), value: text("evil.example") }],
                ..request()
            }),
            "broken-header" => {
                send(Request { headers: vec![Header { name: "X-A".into(), value: text("a\r\nX-B: b") }], ..request() })
            }
            "broken-query" => send(Request { query: text("a b\r\n"), ..request() }),
            "key-in-body" => send(Request { body: vec![Part::Secret("signs".into())], ..request() }),
            "unasked-signature" => send(Request { body: vec![Part::Signature(0)], ..request() }),
            "long-message" => send(Request { body: text(&"x".repeat(100_000)), ..request() }),
            "payer-sees-secret" => shown(vec![Part::Endpoint("own".into()), Part::Secret("secret".into())]),
            "payer-sent-elsewhere" => shown(text("https://evil.example/")),
            "payer-sent-nearby" => shown([vec![Part::Endpoint("own".into())], text(".evil.example/")].concat()),
            "pays-at-once" => done(Outcome { amount: Some(context.order.amount), ..outcome(Status::Succeeded, "") }),
            "remembers-much" => Progress { step: Step::Sign(vec![sign("signs")]), state: vec![0; 5000] },
            "loops" => spin(),
            "gives-up" => panic!("a rail that gives up"),
            "hoards" => {
                // Asked for and not filled: filling it would use up the fuel first.
                let all: Vec<u8> = std::hint::black_box(Vec::with_capacity(1 << 30));
                failed(format!("it has {} bytes", all.capacity()))
            }
            _ => shown(vec![Part::Endpoint("own".into())]),
        }
    }

    fn resume(_context: &Context, _state: &[u8], _input: Input) -> Progress {
        Progress { step: Step::Sign(vec![sign("signs")]), state: Vec::new() }
    }

    fn checks(incoming: &Incoming) -> Result<Vec<Vec<Check>>, String> {
        let secret = Check::SameSecret(SecretCheck {
            slot: "secret".into(),
            value: header(incoming, "x-secret").unwrap_or_default().to_owned(),
        });
        let age = Check::Age(AgeCheck { at: incoming.now, seconds: 1 });
        match optional(&incoming.settings, "misdeed").unwrap_or_default() {
            "checks-nothing" => Ok(Vec::new()),
            "checks-the-time-alone" => Ok(vec![vec![age]]),
            "checks-either" => Ok(vec![vec![age, secret]]),
            "checks-an-empty-group" => Ok(vec![Vec::new()]),
            "loops-in-checks" => spin(),
            _ => Ok(vec![vec![secret]]),
        }
    }

    fn accept(incoming: &Incoming) -> Result<Vec<Event>, String> {
        let event = |key: &str, amount: u64| Event {
            key: key.into(),
            kind: EventKind::Paid,
            references: Vec::new(),
            provider_reference: None,
            amount,
            currency: "VND".into(),
            occurred: incoming.now,
            payer: None,
            content: None,
            raw_code: String::new(),
        };
        Ok(match optional(&incoming.settings, "misdeed").unwrap_or_default() {
            "tells-of-too-much" => (0..1000).map(|number| event(&number.to_string(), 1)).collect(),
            "tells-without-a-key" => vec![event("", 1000)],
            "tells-of-all-the-money" => vec![event("all", u64::MAX)],
            "loops-in-accept" => spin(),
            _ => Vec::new(),
        })
    }

    fn reply(incoming: &Incoming, _verdict: Verdict) -> Reply {
        let (status, content_type) = match optional(&incoming.settings, "misdeed").unwrap_or_default() {
            "answers-no-status" => (42, "text/plain"),
            "answers-more-headers" => (200, "text/html\r\nSet-Cookie: a=b"),
            _ => (200, "text/plain"),
        };
        Reply { status, content_type: content_type.into(), body: "ok".into() }
    }
}

vienphi_rail::export!(HostileRail);
