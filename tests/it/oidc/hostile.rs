//! An issuer that lies: whatever it signs, and with whatever it signs, nobody comes in by it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use acceptance::database::{Database, Kind};
use acceptance::issuer::{SECRET, free_port, hospital_with};
use acceptance::people::person;
use acceptance::surfer::{Surfer, asked, location};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::{SUBJECT, link};
use crate::program::binary;

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Key {
        let random = SystemRandom::new();
        let secret = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Key(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, secret.as_ref(), &random).unwrap())
    }

    fn published(&self, name: &str) -> Value {
        let point = self.0.public_key().as_ref();
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": name, "x": base64(&point[1..33]), "y": base64(&point[33..])})
    }

    fn sign(&self, name: &str, claims: &Value) -> String {
        let text = unsigned(&json!({"alg": "ES256", "kid": name}), claims);
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", base64(signature))
    }
}

fn unsigned(head: &Value, claims: &Value) -> String {
    format!("{}.{}", base64(head.to_string()), base64(claims.to_string()))
}

/// What it says, and how often it was asked for its keys.
#[derive(Default)]
struct Lies {
    token: String,
    keys: Value,
    keys_asked: u32,
}

struct Hostile {
    address: String,
    lies: Arc<Mutex<Lies>>,
}

impl Hostile {
    /// It ends with the process of the test.
    fn start() -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let lies = Arc::new(Mutex::new(Lies::default()));
        let (own, told) = (address.clone(), Arc::clone(&lies));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &own, &told);
            }
        });
        Hostile { address, lies }
    }
}

fn answer(mut stream: TcpStream, own: &str, lies: &Mutex<Lies>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(told) = line.strip_prefix("content-length: ") {
            length = told.parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut lies = lies.lock().unwrap();
    let body = match first.split(' ').nth(1).unwrap_or_default() {
        "/.well-known/openid-configuration" => json!({
            "issuer": own, "authorization_endpoint": format!("{own}/auth"), "token_endpoint": format!("{own}/token"),
            "jwks_uri": format!("{own}/keys"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }),
        "/keys" => {
            lies.keys_asked += 1;
            json!({"keys": lies.keys})
        }
        _ => {
            let body = String::from_utf8_lossy(&body);
            assert!(body.contains("code_verifier=") && body.contains("redirect_uri="), "{body}");
            json!({"access_token": "x", "token_type": "Bearer", "id_token": lies.token})
        }
    };
    let body = body.to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn a_lying_issuer_lets_nobody_in() {
    let database = Database::new(Kind::Sqlite, "oidc-hostile");
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let hostile = Hostile::start();
    let hospital = hospital_with(&binary(), &database, port, &hostile.address);
    person(&hospital, "92114", "cashier", "thu");
    link(&hospital, "thu", &hostile.address, SUBJECT);
    let (key, other) = (Key::new(), Key::new());
    hostile.lies.lock().unwrap().keys = json!([key.published("one")]);

    // What a sign-in comes to, with the token that is made of its claims.
    let came = |make: &dyn Fn(Value) -> String| {
        let mut surfer = Surfer::default();
        surfer.stop = Some(hostile.address.clone());
        let to = location(&surfer.get(&format!("{base}/sign-in/oidc"))).unwrap();
        let claims = json!({
            "iss": hostile.address, "sub": SUBJECT, "aud": "vienphi", "nonce": asked(&to, "nonce"),
            "iat": now(), "exp": now() + 60, "auth_time": now(),
        });
        hostile.lies.lock().unwrap().token = make(claims);
        let back = format!("{base}/sign-in/oidc/callback?code=c&state={}", asked(&to, "state"));
        let page = surfer.get(&back);
        (page.status, page.path.replace(&base, ""))
    };
    let with = |name: &'static str, value: Value| {
        let key = &key;
        move |mut claims: Value| {
            claims[name] = value.clone();
            key.sign("one", &claims)
        }
    };
    let is_refused = |come: (u16, String), what: &str| {
        assert_eq!(come.0, 401, "{what}");
        assert!(come.1.starts_with("/sign-in/oidc/callback"), "{what}: {}", come.1);
    };
    assert_eq!(came(&|claims| key.sign("one", &claims)), (200, "/desk".to_owned()));
    is_refused(came(&with("nonce", json!("of another"))), "nonce");
    is_refused(came(&with("nonce", Value::Null)), "no nonce");
    is_refused(came(&with("iss", json!("https://id.hospital.example"))), "issuer");
    is_refused(came(&with("aud", json!("another"))), "audience");
    is_refused(came(&with("azp", json!("another"))), "party");
    is_refused(came(&with("exp", json!(now() - 120))), "over");
    is_refused(came(&with("iat", json!(now() - 7200))), "old");
    is_refused(came(&with("auth_time", json!(now() - 7200))), "not asked anew");
    is_refused(came(&|claims| other.sign("one", &claims)), "another key");
    is_refused(came(&|claims| format!("{}.", unsigned(&json!({"alg": "none"}), &claims))), "no signature");
    is_refused(
        came(&|claims| {
            let text = unsigned(&json!({"alg": "HS256"}), &claims);
            let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), text.as_bytes());
            format!("{text}.{}", base64(mac))
        }),
        "the client's secret",
    );
    is_refused(came(&|_| "<html>".to_owned()), "no token");
    // A role, a facility or a name that a token tells is nobody's.
    let more = |mut claims: Value| {
        claims["roles"] = json!(["director"]);
        claims["facility"] = json!("79001");
        key.sign("one", &claims)
    };
    assert_eq!(came(&more), (200, "/desk".to_owned()));

    // A key that is not known is looked for once, and then not before a minute is over.
    let asked_before = hostile.lies.lock().unwrap().keys_asked;
    for _ in 0..3 {
        is_refused(came(&|claims| other.sign("two", &claims)), "an unknown key");
    }
    assert_eq!(hostile.lies.lock().unwrap().keys_asked, asked_before + 1);
    // It is another issuer that says so (RFC 9207).
    let mut surfer = Surfer::default();
    surfer.stop = Some(hostile.address.clone());
    let to = location(&surfer.get(&format!("{base}/sign-in/oidc"))).unwrap();
    let back = format!("{base}/sign-in/oidc/callback?code=c&state={}&iss=https://evil.example", asked(&to, "state"));
    assert_eq!(surfer.get(&back).status, 401);
    hospital.verify();
}
