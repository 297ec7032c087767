//! A hospital in Cần Thơ and a commune's health station: their records in a folder that ends with them, a month of visits, and
//! simulators on the other side of each rail.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use simulators::Fault;
use vienphi_domain::{Day, Role};
use vienphi_reports::Mapping;
use vienphi_samples::{Places, Plot};
use vienphi_service::{Desk, Pricer, Submitting};
use vienphi_store::Store;
use vienphi_store::keys::MasterKey;

use super::claims::Made;
use super::clock::Clock;
use super::counter::{Count, Counter};
use super::courses::{Course, OF_HOSPITAL, OF_STATION, RAILS};
use super::gateways::{Gateways, bank};
use super::house::{House, text};
use super::key;
use super::staff::{self, Member};
use super::visits::{MONTH, Plan, Visit};
use crate::cli::Common;
use crate::outgoing::address::{Policy, check_url};
use crate::outgoing::network;
use crate::serve;

/// Both stand in the synthetic registry of facilities (`policies/facilities`).
pub(super) const HOSPITAL: &str = "92114";
pub(super) const STATION: &str = "92201";

/// Their accounts at the bank.
const OF_THE_HOSPITAL: &str = "0011012345678";
const OF_THE_STATION: &str = "0011087654321";

const VISITS_OF_HOSPITAL: Plan =
    Plan { facility: HOSPITAL, count: 270, first: 0, mix: &OF_HOSPITAL, has: |_| true, uninsured: 9 };

/// A station has no beds and no operations, and little of what it does is not paid whole.
const VISITS_OF_STATION: Plan = Plan {
    facility: STATION,
    count: 30,
    first: 500_000,
    mix: &OF_STATION,
    has: |plot| matches!(plot, Plot::Exam | Plot::LongTerm),
    uninsured: 3,
};

/// Of the counts that are wrong so much is missing, in đồng.
const MISSING: i64 = 20_000;

/// A facility with what happens there.
pub(super) struct Place {
    pub(super) house: House,
    pub(super) visits: Vec<Visit>,
    /// Every shift that was opened, by its number.
    pub(super) shifts: Vec<String>,
    claims: Vec<Made>,
}

/// Both facilities, and the other side of their rails.
pub(super) struct Town {
    pub(super) desk: Arc<Desk>,
    pub(super) address: SocketAddr,
    pub(super) staff: Vec<Member>,
    pub(super) hospital: Place,
    pub(super) station: Place,
    pub(super) gateways: Arc<Gateways>,
    /// What waits to be paid at the hospital, the first of each rail.
    pub(super) asked: Vec<Value>,
    /// Why claims are not sent, when they are not.
    pub(super) unsigned: Option<String>,
    clock: Arc<Clock>,
    today: Day,
}

impl Town {
    /// Everything but what happens, for a server that listens there.
    pub(super) async fn open(
        address: SocketAddr,
        pricer: &Arc<Pricer>,
        common: &Common,
        (places, folder, today): (&Places, &Path, Day),
    ) -> Result<Town, String> {
        let callback = |facility: &str, rail: &str| format!("http://{address}/callbacks/{facility}/{rail}");
        let gateways = Arc::new(Gateways::start(&[HOSPITAL, STATION]));
        gateways.tell(|rail| callback(HOSPITAL, rail));
        let clock = Arc::new(Clock::before(today.plus_days(-MONTH - 1), today));
        let store = store(folder, &clock).await?;
        let mut staff = staff::hire(&store, HOSPITAL, staff::OF_HOSPITAL).await?;
        staff.extend(staff::hire(&store, STATION, staff::OF_STATION).await?);
        let signer = key::make(folder);
        let unsigned = signer.as_ref().err().cloned();
        let desk = Arc::new(desk(store, pricer, common, &gateways, signer.ok())?);
        let house = |facility, crew, account| {
            let bank = bank(account, &callback(facility, "sepay"));
            House::new((facility, crew), &desk, pricer, &clock, bank)
        };
        let place = |plan: &Plan, house: House| {
            let visits = plan.visits(pricer, places, today)?;
            Ok::<_, String>(Place { house, visits, shifts: Vec::new(), claims: Vec::new() })
        };
        let hospital = place(&VISITS_OF_HOSPITAL, house(HOSPITAL, staff::OF_HOSPITAL, OF_THE_HOSPITAL))?;
        let station = place(&VISITS_OF_STATION, house(STATION, staff::OF_STATION, OF_THE_STATION))?;
        let asked = Vec::new();
        Ok(Town { desk, address, staff, hospital, station, gateways, asked, unsigned, clock, today })
    }

    /// A month goes by, and today begins. The server listens meanwhile: the bank tells it of money.
    pub(super) async fn live(&mut self) -> Result<(), String> {
        self.hospital.house.set_up_account(OF_THE_HOSPITAL).await?;
        self.hospital.house.set_up_gateways(&format!("http://{}/desk", self.address)).await?;
        self.station.house.set_up_account(OF_THE_STATION).await?;
        for ago in (1..=MONTH).rev() {
            let day = self.today.plus_days(-ago);
            self.clock.go_to(day);
            self.hospital.day(day, ago == 1).await?;
            self.station.day(day, ago == 1).await?;
        }
        self.hospital.house.reprice(&self.hospital.visits).await?;
        for visit in self.hospital.visits.iter().filter(|visit| visit.course == Course::Unknown) {
            self.hospital.house.lose_sight(visit, &self.gateways).await?;
        }
        self.clock.be_real();
        for place in [&mut self.hospital, &mut self.station] {
            let Place { house, visits, shifts, .. } = place;
            shifts.push(Counter::open(house, house.one(Role::Cashier), "Quầy 1").await?.shift);
            house.check_cards(visits, &self.gateways).await?;
        }
        let all = self.hospital.house.ask_visitors(&self.hospital.visits).await?;
        self.asked =
            RAILS.iter().filter_map(|rail| all.iter().find(|asked| text(asked, "rail") == *rail)).cloned().collect();
        self.station.house.ask_visitors(&self.station.visits).await?;
        if self.unsigned.is_none() {
            for Place { house, claims, .. } in [&self.hospital, &self.station] {
                house.send_claims(claims, &self.gateways).await?;
            }
        }
        Ok(())
    }

    /// The payers pay what waits; the requests as they are then.
    pub(super) async fn pay(&self) -> Result<Vec<Value>, String> {
        let (asked, gateways) = (self.asked.clone(), Arc::clone(&self.gateways));
        let app = self.hospital.house.bank.address().unwrap_or_default();
        let paying =
            tokio::task::spawn_blocking(move || asked.iter().try_for_each(|asked| pay(asked, &gateways, &app)));
        paying.await.map_err(|error| error.to_string())??;
        let mut paid = Vec::with_capacity(self.asked.len());
        for asked in &self.asked {
            let is_paid = |request: &Value| text(request, "state") == "paid";
            paid.push(self.hospital.house.request_when(&asked["id"], is_paid).await?);
        }
        Ok(paid)
    }

    /// Until the portal has what it was sent.
    pub(super) async fn settle_down(&self) -> Result<(), String> {
        if self.unsigned.is_none() {
            for Place { house, claims, .. } in [&self.hospital, &self.station] {
                house.await_claims(claims).await?;
            }
        }
        Ok(())
    }
}

impl Place {
    /// The counters open, the visits of the day are received, the claims made, the drawers counted.
    async fn day(&mut self, day: Day, is_last: bool) -> Result<(), String> {
        let Place { house, visits, shifts, claims } = self;
        let mut counters = Vec::new();
        for (cashier, desk) in house.all(Role::Cashier).zip(["Quầy 1", "Quầy 2"]) {
            let counter = Counter::open(house, cashier, desk).await?;
            shifts.push(counter.shift.clone());
            counters.push(counter);
        }
        let count = counters.len().max(1);
        for (place, visit) in visits.iter().filter(|visit| visit.day() == day).enumerate() {
            if let Some(counter) = counters.get_mut(place % count) {
                house.receive(visit, counter).await?;
            }
        }
        house.make_claims(day, visits, claims).await?;
        // Twice a drawer of the second counter is short: once that is accepted, once it waits.
        for (place, counter) in counters.into_iter().enumerate() {
            let count = match (place, shifts.len()) {
                (1, _) if is_last => Count::Waiting(MISSING),
                (1, 20) => Count::Accepted(MISSING),
                _ => Count::Right,
            };
            counter.close(house, count).await?;
        }
        Ok(())
    }
}

/// Blocks: as payers do, they look at their pages first.
fn pay(request: &Value, gateways: &Gateways, app: &str) -> Result<(), String> {
    match text(request, "rail") {
        "vnpay" => {
            gateways.vnpay.open(text(request, "url"))?;
            gateways.vnpay.pay(text(request, "reference"), Fault::None);
        }
        "stripe" => drop(gateways.stripe.pay(text(request, "reference"), Fault::None)),
        _ => {
            let scanned = ureq::post(app).send_form([("code", text(request, "qr")), ("fault", "none")]);
            scanned.map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

async fn store(folder: &Path, clock: &Arc<Clock>) -> Result<Arc<Store>, String> {
    let clock = Arc::clone(clock);
    let url = format!("sqlite://{}", folder.join("vienphi.db").display());
    // A key that is kept nowhere: nobody reads these records later.
    let key = MasterKey::passing().map_err(|error| error.to_string())?;
    let store = Store::open(&url, key, Arc::new(move || clock.now())).await;
    store.map(Arc::new).map_err(|error| error.to_string())
}

fn desk(
    store: Arc<Store>,
    pricer: &Pricer,
    common: &Common,
    gateways: &Gateways,
    signer: Option<Arc<dyn vienphi_signing::Signer>>,
) -> Result<Desk, String> {
    let rails = serve::rails_at(pricer, common, Some(gateways.endpoints()))?;
    let access = Arc::new(common.sources.access().map_err(|error| error.to_string())?);
    let policy = Policy { allow_loopback: true };
    let network = network(policy, rails.patience());
    let check = Box::new(move |url: &str| check_url(url, policy));
    let claims = common.sources.claims().map_err(|error| error.to_string())?;
    let portal = common.sources.portal().map_err(|error| error.to_string())?;
    let submitting = Submitting::new(&claims, &portal, signer).map_err(|error| error.to_string())?;
    Ok(Desk::new(store, access, Mapping::none(), check, rails, network).with_submitting(submitting).without_codes())
}
