//! The other side of the rails and of the insurer's portal, each a simulator that speaks its protocol.

use serde_json::{Value, json};
use simulators::bank::Notifier;
use simulators::portal::{PortalAccount, Settings};
use simulators::{Bank, InsurerPortal, Stripe, VnPay};
use vienphi_domain::Role;

use super::house::House;

/// Secrets of simulators that this process has made and that end with it.
const SEPAY: &str = "demo-sepay-0123456789";
const VNPAY: &str = "demo-vnpay-0123456789";
const STRIPE: &str = "sk_test_demo_0123456789";
const STRIPE_TELLS: &str = "whsec_demo_0123456789";
const PORTAL: &str = "demo-portal-0123456789";

/// Who looks cards up at the portal, and an identity number of no province.
const OFFICER: (&str, &str) = ("Lê Thị Mẫu", "999000000001");

/// Banks by their BIN: the hospital's and the station's accounts are with this one.
const BIN: &str = "970403";

const TERMINAL: &str = "DEMO0001";

/// The gateways of the hospital, and the portal of all.
pub(super) struct Gateways {
    pub(super) vnpay: VnPay,
    pub(super) stripe: Stripe,
    pub(super) portal: InsurerPortal,
}

impl Gateways {
    /// All of them, on free ports.
    pub(super) fn start(facilities: &[&str]) -> Gateways {
        let (vnpay, stripe) = (VnPay::start(TERMINAL, VNPAY, 0), Stripe::start(STRIPE, STRIPE_TELLS, 0));
        let portal = InsurerPortal::start(0);
        for facility in facilities {
            portal.put_account(PortalAccount {
                facility: (*facility).to_owned(),
                username: username(facility),
                password: PORTAL.to_owned(),
                officers: vec![(OFFICER.0.to_owned(), OFFICER.1.to_owned())],
                is_restricted: false,
            });
        }
        portal.set(usual());
        Gateways { vnpay, stripe, portal }
    }

    /// Whom the gateways tell of money.
    pub(super) fn tell(&self, callback: impl Fn(&str) -> String) {
        self.vnpay.tell(&callback("vnpay"));
        self.stripe.tell(&callback("stripe"));
    }

    /// In the place of `policies/sandbox/endpoints.toml`: nothing leaves this machine.
    pub(super) fn endpoints(&self) -> String {
        format!(
            "allow_loopback = true\nseconds = 10\n[rail.vnpay]\npay = \"{}\"\napi = \"{}\"\n[rail.stripe]\napi = \"{}\"\n\
             checkout = \"{}\"\n[portal]\nproduction = \"{}\"\n",
            self.vnpay.pay_url(),
            self.vnpay.api_url(),
            self.stripe.api_url(),
            self.stripe.page_url(),
            self.portal.url()
        )
    }

    /// The portal takes files, signed ones alone, or says that they come too late.
    pub(super) fn take_claims(&self, is_past_deadline: bool) {
        self.portal.set(Settings { is_past_deadline, ..usual() });
    }
}

fn usual() -> Settings {
    Settings { needs_signature: true, ..Settings::default() }
}

fn username(facility: &str) -> String {
    format!("{facility}_BV")
}

/// A facility's account at the bank, with an app that pays codes, and the notifier that watches it.
pub(super) fn bank(account: &str, callback: &str) -> Bank {
    Bank::new(account, Notifier::SePay(SEPAY.to_owned()), callback).with_app(0)
}

impl House {
    /// Codes of the facility's account, the notifier that hears of it, and its account at the portal.
    pub(super) async fn set_up_account(&self, account: &str) -> Result<(), String> {
        self.set_up("vietqr", json!({ "bin": BIN, "account": account }), json!({})).await?;
        let settings = json!({ "authentication": "hmac", "accounts": account });
        self.set_up("sepay", settings, json!({ "webhook": SEPAY })).await?;
        let administrator = self.one(Role::Administrator);
        let body = json!({
            "endpoint": "production", "username": username(self.facility), "password": PORTAL,
            "officer": { "name": OFFICER.0, "id_number": OFFICER.1 }, "reason": "demo",
        });
        let asked = self.once(&body, async |sent| self.desk.ask_portal(&administrator, sent).await).await?;
        self.decide(&asked).await
    }

    /// The gateways, which send payers back to a page.
    pub(super) async fn set_up_gateways(&self, back: &str) -> Result<(), String> {
        let terminal = json!({ "tmn-code": TERMINAL, "return-url": back, "ip-address": "203.0.113.7" });
        self.set_up("vnpay", terminal, json!({ "hash-secret": VNPAY })).await?;
        let keys = json!({ "secret-key": STRIPE, "webhook-secret": STRIPE_TELLS });
        self.set_up("stripe", json!({ "return-url": back, "site": "demo" }), keys).await
    }

    /// One asks, another approves.
    async fn set_up(&self, rail: &str, settings: Value, keys: Value) -> Result<(), String> {
        let administrator = self.one(Role::Administrator);
        let body = json!({ "settings": settings, "keys": keys, "reason": "demo" });
        let asked = self.once(&body, async |sent| self.desk.ask_rail(&administrator, sent, rail).await).await?;
        self.decide(&asked).await
    }
}
