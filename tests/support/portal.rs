//! The insurer's portal as tests set it up: the simulator, the product's policies with its address, and a facility's account.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulators::InsurerPortal;
use simulators::portal::{PortalAccount, PortalCard};

use crate::checkout;
use crate::folder::Folder;
use crate::hospital::{Hospital, fresh_key};
use crate::rails::policies_with;

/// What tests of the portal change in `policies`.
pub struct Policies {
    /// An answer is waited for so long.
    pub seconds: u64,
    /// The assumed query of a claim is there.
    pub has_lookup: bool,
    /// Files without a signature may be sent.
    pub allows_unsigned: bool,
}

impl Default for Policies {
    fn default() -> Policies {
        Policies { seconds: 2, has_lookup: true, allows_unsigned: true }
    }
}

impl Policies {
    /// The product's policies with a portal at this address, quick to come back.
    pub fn at(&self, name: &str, url: &str) -> Folder {
        let endpoints =
            format!("allow_loopback = true\nseconds = {}\n[portal]\nproduction = \"{url}\"\n", self.seconds);
        let folder = policies_with(name, &endpoints);
        let changed = [
            ("claims/signature.toml", Vec::new()),
            ("claims/calendar.toml", Vec::new()),
            (
                "claims/sending.toml",
                vec![
                    ("2025-12-31", if self.allows_unsigned { "2099-12-31" } else { "2025-12-31" }),
                    ("each_second = 10", "each_second = 200"),
                    ("first_pause_seconds = 2", "first_pause_seconds = 1"),
                    ("longest_pause_seconds = 600", "longest_pause_seconds = 3"),
                    ("open_seconds = 30", "open_seconds = 1"),
                    ("first_look_seconds = 5", "first_look_seconds = 1"),
                    ("longest_look_seconds = 3600", "longest_look_seconds = 5"),
                    ("absent_after_seconds = 120", "absent_after_seconds = 4"),
                    ("patience_looks = 5", "patience_looks = 3"),
                ],
            ),
            ("portal/outcomes.toml", Vec::new()),
            (
                "portal/portal.toml",
                vec![("is_on = false", if self.has_lookup { "is_on = true" } else { "is_on = false" })],
            ),
            ("portal/eligibility.toml", vec![("first_pause_seconds = 30", "first_pause_seconds = 1")]),
        ];
        for (file, changes) in changed {
            let mut text = std::fs::read_to_string(checkout::root().join("policies").join(file)).unwrap();
            for (from, to) in changes {
                assert!(text.contains(from), "{file} has no {from}");
                text = text.replace(from, to);
            }
            let to = folder.path().join(file);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, text).unwrap();
        }
        folder
    }
}

/// The account that the portal knows.
pub fn account() -> PortalAccount {
    PortalAccount {
        facility: "92114".to_owned(),
        username: "92114_BV".to_owned(),
        password: "mat khau cua cong".to_owned(),
        officers: vec![("Lê Thị Mẫu".to_owned(), "092000000001".to_owned())],
        is_restricted: false,
    }
}

/// A portal that knows the facility.
pub fn portal() -> InsurerPortal {
    let portal = InsurerPortal::start(0);
    portal.put_account(account());
    portal
}

/// A card that it knows.
pub fn card(number: &str) -> PortalCard {
    PortalCard {
        number: number.to_owned(),
        name: "Nguyễn Thị Mẫu".to_owned(),
        birth: "01/05/1980".to_owned(),
        sex: "Nữ".to_owned(),
        valid_from: "01/01/2026".to_owned(),
        valid_to: "31/12/2026".to_owned(),
        facility: "92114".to_owned(),
        five_years_on: "01/01/2024".to_owned(),
        ..PortalCard::default()
    }
}

/// Sets the account up: one person asks, another approves.
pub fn set_up(hospital: &Hospital) {
    let account = account();
    let body = json!({
        "endpoint": "production", "username": account.username, "password": account.password,
        "officer": {"name": "Lê Thị Mẫu", "id_number": "092000000001"}, "reason": "cổng giám định",
    });
    let token = Some(hospital.token("minh"));
    let body = body.to_string();
    let asked = hospital.connect().ask("PUT", &hospital.path("/portal"), token, Some(&fresh_key()), body.as_bytes());
    let asked = asked.with(202);
    hospital.post("dung", &format!("/approvals/{}/approve", asked["id"]), json!({})).with(200);
}

/// A visit of an insured patient that has ended.
pub fn insured(id: &str) -> Value {
    json!({
        "id": id, "facility": "92114",
        "patient": {
            "id": format!("BN-{id}"), "name": "Nguyễn Thị Mẫu", "birth_date": "1980-05-01", "sex": "female",
            "phone": "0912345678", "address": "Ấp Mẫu",
        },
        "visit": {"type": "01", "subject": "1.1", "arrived_at": "2026-03-02T08:00", "discharged_at": "2026-03-02T11:00",
            "result": 2, "discharge": 1},
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "valid_to": "2026-12-31",
            "registered_facility": "92114", "checked_at": "2026-03-02T08:05"}],
        "diagnoses": {"main": "J18.9", "others": ["I10"]},
        "lines": [
            {"id": "1", "kind": "exam", "group": 13, "code": "02.03", "quantity": "1", "ordered_at": "2026-03-02T08:12",
             "performed_at": "2026-03-02T08:20", "department": "K02", "practitioner": "004567/CT-CCHN"},
            {"id": "2", "kind": "drug", "group": 4, "code": "40.30", "name": "Paracetamol", "quantity": "10",
             "unit_price": "125000", "insured_ratio": "100", "tender": "1234/QD-SYT;G1;N1;2025", "department": "K02",
             "practitioner": "004567/CT-CCHN", "ordered_at": "2026-03-02T08:22", "performed_at": "2026-03-02T08:30"},
        ],
        "clinical": {"xml1": {"CHAN_DOAN_VAO": "Viêm phổi", "CHAN_DOAN_RV": "Viêm phổi", "LY_DO_VV": "Ho, sốt",
            "MA_NGHE_NGHIEP": "00000", "MA_QUOCTICH": "000", "MA_DANTOC": "01", "MATINH_CU_TRU": "92", "MAXA_CU_TRU": "31150",
            "MA_KHOA": "K02", "PP_DIEU_TRI": "Nội khoa"}},
    })
}

/// Makes the claim of a visit that is there, and has it sent; its number.
pub fn submitted(hospital: &Hospital, encounter: &str) -> i64 {
    let made = hospital.post("giang", "/claims", json!({"encounters": [encounter]})).with(200);
    let claim = made["items"][0]["id"].as_i64().unwrap_or_else(|| panic!("{made}"));
    hospital.post("giang", &format!("/claims/{claim}/submit"), json!({})).with(202);
    claim
}

/// Waits until a claim is so.
pub fn watched(hospital: &Hospital, claim: i64, is_so: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let now = hospital.get("giang", &format!("/claims/{claim}")).with(200);
        if is_so(&now) {
            return now;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{now:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until a claim is in a state.
pub fn becomes(hospital: &Hospital, claim: i64, state: &str) -> Value {
    watched(hospital, claim, |now| now["state"] == state)
}
