//! A hospital for the demonstration: records in a folder of their own, staff with tokens, the sample day's visits, rails that
//! are set up, and simulators on the other side of each rail.

use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulators::bank::Notifier;
use simulators::portal::PortalAccount;
use simulators::{Bank, Fault, InsurerPortal, Stripe, VnPay};
use vienphi_domain::{Actor, Day, Moment, Role};
use vienphi_reports::Mapping;
use vienphi_service::desk::encounters::Expected;
use vienphi_service::desk::{Answered, Halt, Sent, people};
use vienphi_service::{Desk, Pricer, Submitting};
use vienphi_store::keys::MasterKey;
use vienphi_store::{Store, StoreError};

use crate::cli::Common;
use crate::lang::Lang;
use crate::outgoing::address::{Policy, check_url};
use crate::outgoing::network;
use crate::serve;
use crate::table::{Align, Table, grouped};

/// The hospital of the demonstration, in the synthetic registry of facilities.
const FACILITY: &str = "92114";

/// Its account, and who it is with.
const BIN: &str = "970403";
const ACCOUNT: &str = "0011012345678";

/// Secrets of simulators that this process has made and that end with it.
const SEPAY: &str = "demo-sepay-0123456789";
const VNPAY: &str = "demo-vnpay-0123456789";
const STRIPE: &str = "sk_test_demo_0123456789";
const STRIPE_TELLS: &str = "whsec_demo_0123456789";

/// Name and password of its account at the insurer's portal, a simulator too.
const PORTAL: (&str, &str) = ("92114_BV", "demo-portal-0123456789");

/// Who works there.
const STAFF: [(&str, Role); 7] = [
    ("an", Role::Cashier),
    ("chi", Role::CashSupervisor),
    ("dung", Role::Director),
    ("his", Role::His),
    ("giang", Role::ClaimsOfficer),
    ("minh", Role::Administrator),
    ("nga", Role::Auditor),
];

/// The ways to pay that are shown, one visit each.
const RAILS: [&str; 3] = ["vietqr", "vnpay", "stripe"];

/// Nothing of a demonstration takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The hospital, and the other side of its rails.
pub(super) struct Hospital {
    pub(super) desk: Arc<Desk>,
    staff: Vec<Member>,
    asked: Vec<Value>,
    address: SocketAddr,
    bank: Bank,
    vnpay: VnPay,
    stripe: Stripe,
    /// The insurer's, which takes claims and answers about cards.
    _portal: InsurerPortal,
    keys: u32,
    _folder: Folder,
}

/// Somebody who works there.
struct Member {
    name: &'static str,
    role: Role,
    password: String,
    token: String,
}

/// Records of a demonstration end with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Whoever keeps a file of it open keeps it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn new() -> Result<Folder, String> {
        let now = jiff::Timestamp::now().as_nanosecond();
        let path = std::env::temp_dir().join(format!("vienphi-demo-{}-{now}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Folder(path))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Hospital {
    /// Everything, for a server that listens there.
    pub(super) async fn new(address: SocketAddr, pricer: &Arc<Pricer>, common: &Common) -> Result<Hospital, String> {
        let callback = |rail: &str| format!("http://{address}/callbacks/{FACILITY}/{rail}");
        let bank = Bank::new(ACCOUNT, Notifier::SePay(SEPAY.to_owned()), &callback("sepay")).with_app(0);
        let (vnpay, stripe) = (VnPay::start("DEMO0001", VNPAY, 0), Stripe::start(STRIPE, STRIPE_TELLS, 0));
        vnpay.tell(&callback("vnpay"));
        stripe.tell(&callback("stripe"));
        let portal = InsurerPortal::start(0);
        portal.put_account(PortalAccount {
            facility: FACILITY.to_owned(),
            username: PORTAL.0.to_owned(),
            password: PORTAL.1.to_owned(),
            officers: Vec::new(),
            is_restricted: false,
        });
        let endpoints = format!(
            "allow_loopback = true\nseconds = 10\n[rail.vnpay]\npay = \"{}\"\napi = \"{}\"\n[rail.stripe]\napi = \"{}\"\n\
             checkout = \"{}\"\n[portal]\nproduction = \"{}\"\n",
            vnpay.pay_url(),
            vnpay.api_url(),
            stripe.api_url(),
            stripe.page_url(),
            portal.url()
        );
        let rails = serve::rails_at(pricer, common, Some(endpoints))?;
        let folder = Folder::new()?;
        let store = store(&folder.file("vienphi.db")).await.map_err(|error| error.to_string())?;
        let (mut staff, by) = (Vec::with_capacity(STAFF.len()), actor("demo", Role::Administrator));
        for (name, role) in STAFF {
            let token =
                store.create_token("demo", &actor(name, role), None).await.map_err(|error| error.to_string())?;
            let password = people::make(&store, &by, name, role, false).await.map_err(words)?;
            staff.push(Member { name, role, password, token });
        }
        let access = Arc::new(common.sources.access().map_err(|error| error.to_string())?);
        let policy = Policy { allow_loopback: true };
        let network = network(policy, rails.patience());
        let check = Box::new(move |url: &str| check_url(url, policy));
        let claims = common.sources.claims().map_err(|error| error.to_string())?;
        let of_portal = common.sources.portal().map_err(|error| error.to_string())?;
        let submitting = Submitting::new(&claims, &of_portal, None).map_err(|error| error.to_string())?;
        let desk = Desk::new(store, access, Mapping::none(), check, rails, network)
            .with_submitting(submitting)
            .without_codes();
        let desk = Arc::new(desk);
        let (asked, keys) = (Vec::new(), 0);
        Ok(Hospital { desk, staff, asked, address, bank, vnpay, stripe, _portal: portal, keys, _folder: folder })
    }

    /// Sets its rails up, keeps the visits, and asks for payment of as many as there are ways to pay.
    pub(super) async fn open(
        &mut self,
        pricer: &Arc<Pricer>,
        visits: &[(String, Vec<u8>)],
        today: Day,
    ) -> Result<(), String> {
        let accounts = json!({ "authentication": "hmac", "accounts": ACCOUNT });
        let back = format!("http://{}/", self.address);
        let terminal = json!({ "tmn-code": "DEMO0001", "return-url": back, "ip-address": "203.0.113.7" });
        self.set_up("vietqr", json!({ "bin": BIN, "account": ACCOUNT }), json!({})).await?;
        self.set_up("sepay", accounts, json!({ "webhook": SEPAY })).await?;
        self.set_up("vnpay", terminal, json!({ "hash-secret": VNPAY })).await?;
        let keys = json!({ "secret-key": STRIPE, "webhook-secret": STRIPE_TELLS });
        self.set_up("stripe", json!({ "return-url": back, "site": "demo" }), keys).await?;
        self.set_up_portal().await?;
        let (his, an) = (actor("his", Role::His), actor("an", Role::Cashier));
        for (name, document) in visits {
            let visit: Value = serde_json::from_slice(document).map_err(|error| format!("{name}: {error}"))?;
            if visit["facility"] != FACILITY {
                continue;
            }
            let id = visit["id"].as_str().unwrap_or_default();
            let kept = self.desk.put_encounter(pricer, &his, id, Expected::Absent, document, today).await;
            kept.map_err(|halt| format!("{name}: {}", words(halt)))?;
            let Some(rail) = RAILS.get(self.asked.len()) else { continue };
            let (key, body) = (self.next_key(), json!({ "for": "balance", "rail": rail }).to_string());
            // Of some visits nothing is due.
            if let Ok(asked) = answer(self.desk.request_payment(&an, sent(&key, &body), id).await) {
                self.asked.push(asked);
            }
        }
        for place in 0..self.asked.len() {
            self.asked[place] = self.wait(&self.asked[place], "attempt", "instructed").await?;
        }
        Ok(())
    }

    /// One asks, another approves.
    async fn set_up(&mut self, rail: &str, settings: Value, keys: Value) -> Result<(), String> {
        let (minh, dung) = (actor("minh", Role::Administrator), actor("dung", Role::Director));
        let body = json!({ "settings": settings, "keys": keys, "reason": "demo" }).to_string();
        let key = self.next_key();
        let asked = answer(self.desk.ask_rail(&minh, sent(&key, &body), rail).await)?;
        let key = self.next_key();
        answer(self.desk.decide(&dung, sent(&key, "{}"), &asked["id"].to_string(), true).await).map(drop)
    }

    async fn set_up_portal(&mut self) -> Result<(), String> {
        let (minh, dung) = (actor("minh", Role::Administrator), actor("dung", Role::Director));
        let account = json!({ "endpoint": "production", "username": PORTAL.0, "password": PORTAL.1, "reason": "demo" });
        let (key, body) = (self.next_key(), account.to_string());
        let asked = answer(self.desk.ask_portal(&minh, sent(&key, &body)).await)?;
        let key = self.next_key();
        answer(self.desk.decide(&dung, sent(&key, "{}"), &asked["id"].to_string(), true).await).map(drop)
    }

    fn next_key(&mut self) -> String {
        self.keys += 1;
        format!("demo-{}", self.keys)
    }

    /// A request, once it says so.
    async fn wait(&self, asked: &Value, field: &str, word: &str) -> Result<Value, String> {
        let (began, an) = (Instant::now(), actor("an", Role::Cashier));
        loop {
            let request = self.desk.payment_request(&an, &asked["id"].to_string()).await.map_err(words)?;
            let request = serde_json::to_value(request).map_err(|error| error.to_string())?;
            if request[field] == word {
                return Ok(request);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("payment request {} is not {word}: {request}", asked["id"]));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Who works there, and where payers pay.
    pub(super) fn introduction(&self, lang: Lang) -> String {
        let column = |vi, en, align| (lang.pick(vi, en), align);
        let mut staff = Table::new(&[
            column("Nhân viên", "Staff", Align::Left),
            column("Vai trò", "Role", Align::Left),
            column("Mật khẩu", "Password", Align::Left),
            column("Mã truy cập", "Token", Align::Left),
        ]);
        for Member { name, role, password, token } in &self.staff {
            staff.row(vec![(*name).to_owned(), role.word().to_owned(), password.clone(), token.clone()]);
        }
        let mut asked = Table::new(&[
            column("Hồ sơ", "Encounter", Align::Left),
            column("Phải trả", "To pay", Align::Right),
            column("Kênh", "Rail", Align::Left),
            column("Nơi trả (mô phỏng)", "Where to pay (simulated)", Align::Left),
        ]);
        for request in &self.asked {
            let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
            let app = || format!("{} \u{2190} {}", self.bank.address().unwrap_or_default(), text("qr"));
            let place = if request["url"].is_string() { text("url") } else { app() };
            asked.row(vec![text("encounter"), grouped(&text("amount")), text("rail"), place]);
        }
        let encounter = self.asked.first().map(|request| request["encounter"].as_str().unwrap_or_default());
        let path = format!("v1/facilities/{FACILITY}/encounters/{}/account", encounter.unwrap_or_default());
        format!(
            "{}\n\n{}\n\n{} http://{}/desk ({} {FACILITY})\n\n{}\n\n{}\n\n  curl -H 'Authorization: Bearer {}' http://{}/{path}\n\n",
            lang.pick("Bệnh viện mẫu, dữ liệu hết khi dừng", "A hospital, whose records end with this"),
            staff.print(0),
            lang.pick("Đăng nhập quầy thu:", "Sign in to the desk:"),
            self.address,
            lang.pick("cơ sở", "facility"),
            lang.pick(
                "Chờ thanh toán; mở trang để trả như người bệnh",
                "To be paid; open the page and pay as the patient"
            ),
            asked.print(0),
            self.staff.first().map_or("", |member| &member.token),
            self.address,
        )
    }

    /// The payers pay; what became of it.
    pub(super) async fn pay(self: &Arc<Self>, lang: Lang) -> Result<String, String> {
        let hospital = Arc::clone(self);
        let payers = tokio::task::spawn_blocking(move || hospital.payers_pay());
        payers.await.map_err(|error| error.to_string())??;
        let mut paid = Table::new(&[
            (lang.pick("Hồ sơ", "Encounter"), Align::Left),
            (lang.pick("Kênh", "Rail"), Align::Left),
            (lang.pick("Đã nhận", "Received"), Align::Right),
            (lang.pick("Biên lai", "Receipt"), Align::Left),
        ]);
        for asked in &self.asked {
            let request = self.wait(asked, "state", "paid").await?;
            let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
            paid.row(vec![text("encounter"), text("rail"), grouped(&text("received")), text("receipt")]);
        }
        let title = lang.pick("Đã thanh toán không tiền mặt", "Paid without cash");
        Ok(format!("{title}\n\n{}\n", paid.print(0)))
    }

    /// Blocks: as payers do, they look at their pages first.
    fn payers_pay(&self) -> Result<(), String> {
        for request in &self.asked {
            let text = |name: &str| request[name].as_str().unwrap_or_default();
            match text("rail") {
                "vnpay" => {
                    self.vnpay.open(text("url"))?;
                    self.vnpay.pay(text("reference"), Fault::None);
                }
                "stripe" => drop(self.stripe.pay(text("reference"), Fault::None)),
                _ => {
                    let app = self.bank.address().unwrap_or_default();
                    let scanned = ureq::post(app).send_form([("code", text("qr")), ("fault", "none")]);
                    scanned.map_err(|error| error.to_string())?;
                }
            }
        }
        Ok(())
    }
}

async fn store(file: &Path) -> Result<Arc<Store>, StoreError> {
    let clock = Arc::new(|| Moment::from_count(jiff::Timestamp::now().as_microsecond()));
    // A key that is kept nowhere: nobody reads these records later.
    Ok(Arc::new(Store::open(&format!("sqlite://{}", file.display()), MasterKey::passing()?, clock).await?))
}

fn actor(name: &str, role: Role) -> Arc<Actor> {
    Arc::new(Actor { facility: FACILITY.into(), name: name.into(), role })
}

fn sent<'a>(key: &'a str, body: &'a str) -> Sent<'a> {
    Sent { key, route: "demo", document: body.as_bytes() }
}

fn answer(done: Result<Answered, Halt>) -> Result<Value, String> {
    let answered = done.map_err(words)?;
    let value: Value = serde_json::from_slice(&answered.body).map_err(|error| error.to_string())?;
    if answered.status < 300 { Ok(value) } else { Err(value.to_string()) }
}

fn words(halt: Halt) -> String {
    match halt {
        Halt::Refused(problem) => format!("{}: {}", problem.title, problem.detail),
        Halt::Failed(error) => error.to_string(),
    }
}
