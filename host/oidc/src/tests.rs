//! Tokens right and wrong, from an issuer that is a function.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::http::Response;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use vienphi_domain::Moment;

use crate::{Begun, Client, HttpRequest, HttpResponse, Issuer, Proven, Trouble, Unanswered};

const ISSUER: &str = "https://id.hospital.example/realm";
const NOW: i64 = 1_772_415_000;

fn at(seconds: i64) -> Moment {
    Moment::from_count(seconds * 1_000_000)
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn client(takes_signed_in: bool) -> Client {
    let secret = Some("a secret".to_owned());
    Client::new(ISSUER, "vienphi", secret, "https://vienphi.hospital.example", takes_signed_in).unwrap()
}

fn begun() -> Begun {
    let text = |letter: &str| letter.repeat(64);
    Begun { state: text("a"), nonce: text("b"), verifier: text("c"), at: at(NOW - 60) }
}

/// A key for ES256, and how it is published.
struct Key(EcdsaKeyPair, &'static str);

impl Key {
    fn new(name: &'static str) -> Key {
        let random = SystemRandom::new();
        let secret = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, secret.as_ref(), &random).unwrap();
        Key(pair, name)
    }

    fn published(&self) -> Value {
        let point = self.0.public_key().as_ref();
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": self.1, "x": base64(&point[1..33]), "y": base64(&point[33..])})
    }

    fn sign(&self, head: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", base64(head.to_string()), base64(claims.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", base64(signature))
    }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "thu@hospital.example", "aud": "vienphi", "nonce": begun().nonce,
        "iat": NOW, "exp": NOW + 300, "auth_time": NOW - 5,
    })
}

/// Answers as an issuer that has these keys and gives this token.
fn issuer<'a>(keys: &'a Value, token: &'a str) -> impl Fn(HttpRequest) -> Result<HttpResponse, Unanswered> + 'a {
    move |request| {
        let body = match request.uri().path() {
            "/realm/.well-known/openid-configuration" => json!({
                "issuer": ISSUER, "authorization_endpoint": "https://id.hospital.example/auth",
                "token_endpoint": "https://id.hospital.example/token", "jwks_uri": "https://id.hospital.example/keys",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }),
            "/keys" => json!({"keys": keys}),
            "/token" => json!({"access_token": "x", "token_type": "Bearer", "id_token": token}),
            path => panic!("{path}"),
        };
        Ok(Response::builder().header("content-type", "application/json").body(body.to_string().into_bytes()).unwrap())
    }
}

fn proven(client: &Client, keys: &Value, token: &str) -> Result<Proven, Trouble> {
    let send = issuer(keys, token);
    let issuer: Issuer = client.discover(&send)?;
    let brought = issuer.redeem("code", &begun(), &send)?;
    issuer.prove(&brought, &begun(), at(NOW))
}

#[test]
fn a_browser_is_sent_with_what_it_must_bring_back() {
    let keys = json!([]);
    for takes_signed_in in [false, true] {
        let issuer = client(takes_signed_in).discover(&issuer(&keys, "")).unwrap();
        let address = issuer.address(&begun());
        assert!(
            address.starts_with("https://id.hospital.example/auth?response_type=code&client_id=vienphi&"),
            "{address}"
        );
        let callback = "redirect_uri=https%3A%2F%2Fvienphi.hospital.example%2Fsign-in%2Foidc%2Fcallback";
        for part in [callback, "scope=openid", "code_challenge_method=S256", &begun().state, &begun().nonce] {
            assert!(address.contains(part), "{part}: {address}");
        }
        assert!(!address.contains(&begun().verifier) && !address.contains("secret"), "{address}");
        assert_eq!(address.contains("prompt=login") && address.contains("max_age=0"), !takes_signed_in, "{address}");
    }
}

#[test]
fn a_right_token_proves_who_it_is() {
    let key = Key::new("one");
    let keys = json!([key.published()]);
    let head = json!({"alg": "ES256", "kid": "one"});
    let of = |more: Value| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        proven(&client(false), &keys, &key.sign(&head, &claims)).map(|proven| (proven.subject, proven.is_coded))
    };
    let subject = || "thu@hospital.example".to_owned();
    for (more, is_coded) in [
        (json!({}), false),
        (json!({"azp": "vienphi"}), false),
        (json!({"aud": ["vienphi"]}), false),
        (json!({"amr": ["pwd"]}), false),
        (json!({"amr": ["pwd", "otp"]}), true),
        (json!({"amr": ["MFA"]}), true),
        (json!({"acr": "urn:hospital:mfa"}), true),
        (json!({"acr": "https://hospital.example/acr#otp"}), true),
        (json!({"acr": "no-mfa"}), false),
        (json!({"acr": "mfa/none"}), false),
        // Clocks that are not quite together.
        (json!({"iat": NOW + 50, "exp": NOW - 50}), false),
    ] {
        assert_eq!(of(more.clone()), Ok((subject(), is_coded)), "{more}");
    }
}

#[test]
fn a_token_that_is_wrong_in_one_way_proves_nothing() {
    let (key, other) = (Key::new("one"), Key::new("one"));
    let keys = json!([key.published()]);
    let head = json!({"alg": "ES256", "kid": "one"});
    for (name, value, why) in [
        ("iss", json!("https://id.hospital.example"), "the token is of another issuer"),
        ("aud", json!("another"), "the token is not for this client"),
        ("aud", json!(["vienphi", "another"]), "the token is not for this client"),
        ("azp", json!("another"), "the token was given to another client"),
        ("nonce", json!("b"), "the token is of another sign-in"),
        ("nonce", Value::Null, "the token is of another sign-in"),
        ("exp", json!(NOW - 61), "the token is not of this time"),
        ("iat", json!(NOW + 61), "the token is not of this time"),
        ("iat", json!(NOW - 121), "the token is not of this time"),
        ("auth_time", json!(NOW - 3600), "the issuer does not say that it asked for the password anew"),
        ("auth_time", Value::Null, "the issuer does not say that it asked for the password anew"),
        ("sub", json!(""), "the token names nobody"),
        ("sub", json!("x".repeat(256)), "the token names nobody"),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        let came = proven(&client(false), &keys, &key.sign(&head, &claims)).err();
        assert_eq!(came, Some(Trouble::Unproven(why)), "{name} {value}");
    }
    // Whoever is signed in already is taken where the operator says so.
    let mut long_ago = claims();
    long_ago["auth_time"] = json!(NOW - 3600);
    assert!(proven(&client(true), &keys, &key.sign(&head, &long_ago)).is_ok());

    let came = |token: &str| proven(&client(false), &keys, token).err();
    let unproven = |why| Some(Trouble::Unproven(why));
    assert_eq!(came(&other.sign(&head, &claims())), unproven("the signature is wrong"));
    let mut changed = key.sign(&head, &claims());
    changed.replace_range(
        ..changed.find('.').unwrap(),
        &base64(json!({"alg": "ES256", "kid": "one", "x": 1}).to_string()),
    );
    assert_eq!(came(&changed), unproven("the signature is wrong"));
    assert_eq!(came(&other.sign(&json!({"alg": "ES256", "kid": "two"}), &claims())), Some(Trouble::UnknownKey));

    let plain = |alg: &str| format!("{}.{}", base64(json!({"alg": alg}).to_string()), base64(claims().to_string()));
    let disallowed = unproven("the token is not signed with RS256 or ES256");
    assert_eq!(came(&format!("{}.", plain("none"))), disallowed);
    // Whoever knows the client's secret can sign like this.
    let mac = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"a secret"), plain("HS256").as_bytes());
    assert_eq!(came(&format!("{}.{}", plain("HS256"), base64(mac))), disallowed);
    for token in ["", "x", "x.y.z", &plain("ES256"), &format!("{}.", plain("NONE"))] {
        assert_eq!(came(token), unproven("the token cannot be read"), "{token}");
    }
}

#[test]
fn an_issuer_that_says_something_else_is_down() {
    let answering = |path: &'static str, status: u16, body: Value| {
        let keys = json!([]);
        let client = client(false);
        let send = |request: HttpRequest| {
            if request.uri().path() != path {
                return issuer(&keys, "")(request);
            }
            let answer = Response::builder().status(status).header("content-type", "application/json");
            Ok(answer.body(body.to_string().into_bytes()).unwrap())
        };
        let issuer = client.discover(&send)?;
        issuer.redeem("code", &begun(), &send).map(|_| ())
    };
    let description = "/realm/.well-known/openid-configuration";
    for (path, status, body) in [
        (description, 404, json!({})),
        (description, 200, json!({})),
        (description, 200, json!("<html>")),
        (description, 302, json!({})),
        ("/keys", 500, json!({})),
        ("/keys", 200, json!({})),
        ("/token", 401, json!({"error": "invalid_client"})),
        ("/token", 503, json!("<html>")),
        ("/token", 400, json!({"error": "unsupported_grant_type"})),
    ] {
        let came = answering(path, status, body.clone());
        assert!(matches!(came, Err(Trouble::Down(_))), "{path} {status} {body}: {came:?}");
    }
    let grant = answering("/token", 400, json!({"error": "invalid_grant", "error_description": "code of thu"}));
    assert_eq!(grant, Err(Trouble::Unproven("the issuer does not take the code")));
    let other = json!({
        "issuer": "https://evil.example", "authorization_endpoint": "https://evil.example/auth",
        "token_endpoint": "https://evil.example/token", "jwks_uri": "https://evil.example/keys",
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    assert_eq!(
        answering(description, 200, other.clone()),
        Err(Trouble::Down("it calls itself otherwise than it was called".into()))
    );
    let mut plain = other;
    (plain["issuer"], plain["token_endpoint"]) = (json!(ISSUER), json!("http://id.hospital.example/token"));
    plain["jwks_uri"] = json!("https://id.hospital.example/keys");
    assert_eq!(
        answering(description, 200, plain),
        Err(Trouble::Down("it is asked under TLS and names an address without".into()))
    );
}

#[test]
fn addresses_without_tls_are_of_this_machine_alone() {
    let made = |issuer: &str, public: &str| Client::new(issuer, "vienphi", None, public, false).map(|_| ());
    let right = "https://vienphi.hospital.example";
    for issuer in
        [ISSUER, "https://id.hospital.local:8443/", "http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost/x"]
    {
        assert_eq!(made(issuer, right), Ok(()), "{issuer}");
    }
    for (issuer, public) in [
        ("", right),
        ("id.hospital.example", right),
        ("http://id.hospital.example", right),
        ("javascript:alert(1)", right),
        ("https://thu:x@id.hospital.example", right),
        ("https://id.hospital.example/?a", right),
        (ISSUER, "http://vienphi.hospital.example"),
        (ISSUER, "https://vienphi.hospital.example/pages"),
        (ISSUER, "https://vienphi.hospital.example/#x"),
    ] {
        assert!(made(issuer, public).is_err(), "{issuer} {public}");
    }
}
