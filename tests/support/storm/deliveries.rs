//! A storm of notifications: each event told many times, out of order, forged and stale ones among them, to servers of which
//! one is killed again and again.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::Duration;

use fastrand::Rng;

use crate::database::{Database, Kind};
use crate::hospital::{Connection, Hospital};
use crate::load::{Asked, Load};

/// How much.
#[derive(Debug, Clone, Copy)]
pub struct Storm {
    /// Transfers.
    pub events: u64,
    /// How often they are told, all together.
    pub deliveries: u64,
    /// A second server on the same database, killed again and again; else the only one is.
    pub second: bool,
    /// What the random choices begin with.
    pub seed: u64,
}

/// What was counted and found.
#[derive(Debug, Default)]
pub struct Weathered {
    /// Deliveries that were answered.
    pub answered: u64,
    /// Of these, forged or stale.
    pub refused: u64,
    /// Connections that ended without an answer.
    pub cut: u64,
    /// "Come again" to what had not been taken before.
    pub come_again: u64,
    /// Kills of a server.
    pub kills: u64,
    /// What must not be.
    pub findings: Vec<String>,
}

const CLIENTS: usize = 48;

/// Between two kills.
const QUIET: Duration = Duration::from_secs(4);

impl Storm {
    /// Lets it loose on a new server.
    pub fn on(self, binary: &Path, database: &Database, kind: Kind, defect: Option<&str>) -> Weathered {
        let mut load = Load::over_with(binary, database, 1, 64, 1.0, defect);
        load.with_rails();
        let asked = load.asked(self.events);
        let mut second = self.second.then(|| {
            let mut second = load.beside(binary, database);
            second.open();
            second
        });
        let addresses: RwLock<Vec<String>> = RwLock::new(Vec::new());
        let listening = |first: &Load, second: &Option<Hospital>| {
            let all = [Some(first.address()), second.as_ref().map(|server| server.address.as_str())];
            all.into_iter().flatten().map(str::to_owned).collect::<Vec<_>>()
        };
        *addresses.write().expect("no thread panicked") = listening(&load, &second);

        let order = self.order();
        let counted = Counted::default();
        let taken: Vec<AtomicBool> = asked.iter().map(|_| AtomicBool::new(false)).collect();
        let (next, is_over) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let kills = std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (order, asked, taken, next, is_over) = (&order, &asked, &taken, &next, &is_over);
                let (counted, addresses) = (&counted, &addresses);
                scope.spawn(move || {
                    let mut servers = Servers::of(addresses, self.seed ^ client as u64);
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(delivery) = order.get(place) else { break };
                        let event = delivery.event as usize;
                        counted.deliver(*delivery, &asked[event], &taken[event], &mut servers);
                    }
                    is_over.fetch_add(1, Ordering::Relaxed);
                });
            }
            let mut kills = 0;
            let mut waited = Duration::ZERO;
            while is_over.load(Ordering::Relaxed) < CLIENTS {
                std::thread::sleep(Duration::from_millis(50));
                waited += Duration::from_millis(50);
                if waited >= QUIET {
                    waited = Duration::ZERO;
                    match &mut second {
                        Some(second) => {
                            second.kill();
                            second.open();
                        }
                        None => drop(load.crash()),
                    }
                    kills += 1;
                    *addresses.write().expect("no thread panicked") = listening(&load, &second);
                }
            }
            kills
        });
        drop(second);
        let mut weathered = counted.weathered(kills);
        self.check(&load, database, kind, &asked, &mut weathered);
        weathered
    }

    /// Every event often, all of it shuffled; of twenty deliveries one is forged, of a hundred one is stale.
    fn order(self) -> Vec<Delivery> {
        let mut rng = Rng::with_seed(self.seed);
        let mut order: Vec<Delivery> = (0..self.deliveries)
            .map(|number| {
                let event = u32::try_from(number % self.events).expect("fewer than four billion");
                // Each event is told truly at least once.
                let how = match rng.u32(..100) {
                    _ if number < self.events => How::True,
                    0..5 => How::Forged,
                    5 => How::Stale,
                    _ => How::True,
                };
                Delivery { event, how }
            })
            .collect();
        rng.shuffle(&mut order);
        order
    }

    fn check(self, load: &Load, database: &Database, kind: Kind, asked: &[Asked], weathered: &mut Weathered) {
        let sum: u64 = asked.iter().map(Asked::amount).sum();
        let text = if kind == Kind::Sqlite { "" } else { "::bigint" };
        for (what, query, wanted) in [
            ("events", "select count(*) from payment_event".to_owned(), self.events),
            ("receipts", "select count(*) from receipt".to_owned(), self.events),
            ("requests paid", "select count(*) from payment_request where state = 'paid'".to_owned(), self.events),
            (
                "1/100 đồng at the bank",
                format!("select sum(amount){text} from posting where account = 'bank'"),
                sum * 100,
            ),
        ] {
            let said = database.tamper(&query);
            if said.trim() != wanted.to_string() {
                weathered.findings.push(format!("{what}: {} and not {wanted}", said.trim()));
            }
        }
        weathered.findings.extend(load.violations());
    }
}

#[derive(Debug, Clone, Copy)]
struct Delivery {
    event: u32,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    True,
    Forged,
    Stale,
}

/// A client's connections to the servers that there are.
struct Servers<'a> {
    addresses: &'a RwLock<Vec<String>>,
    known: Vec<String>,
    connections: Vec<Connection>,
    rng: Rng,
}

impl Servers<'_> {
    fn of(addresses: &RwLock<Vec<String>>, seed: u64) -> Servers<'_> {
        Servers { addresses, known: Vec::new(), connections: Vec::new(), rng: Rng::with_seed(seed) }
    }

    fn any(&mut self) -> &mut Connection {
        let now = self.addresses.read().expect("no thread panicked");
        if *now != self.known {
            self.connections = now.iter().map(|address| Connection::to(address)).collect();
            self.known.clone_from(&now);
        }
        let one = self.rng.usize(..self.connections.len());
        &mut self.connections[one]
    }
}

#[derive(Default)]
struct Counted {
    answered: AtomicU64,
    refused: AtomicU64,
    cut: AtomicU64,
    come_again: AtomicU64,
    findings: Mutex<Vec<String>>,
}

impl Counted {
    /// Tells until it is answered for good, as a provider does.
    fn deliver(&self, delivery: Delivery, asked: &Asked, taken: &AtomicBool, servers: &mut Servers<'_>) {
        for _ in 0..400 {
            let was_taken = taken.load(Ordering::SeqCst);
            let request = match delivery.how {
                How::True => asked.told(0),
                How::Forged => asked.forged(),
                How::Stale => asked.told(-3600),
            };
            let answer = servers.any().send_raw(&request);
            let wanted = if delivery.how == How::True { 200 } else { 401 };
            match answer.status {
                0 => {
                    self.cut.fetch_add(1, Ordering::Relaxed);
                }
                status if status == wanted => {
                    self.answered.fetch_add(1, Ordering::Relaxed);
                    match delivery.how {
                        How::True => taken.store(true, Ordering::SeqCst),
                        How::Forged | How::Stale => drop(self.refused.fetch_add(1, Ordering::Relaxed)),
                    }
                    return;
                }
                429 | 503 if !was_taken || delivery.how != How::True => {
                    self.come_again.fetch_add(1, Ordering::Relaxed);
                }
                status => {
                    let said = String::from_utf8_lossy(&answer.bytes).into_owned();
                    let what = format!("{delivery:?}, taken before: {was_taken}: answered {status}: {said}");
                    self.findings.lock().expect("no thread panicked").push(what);
                    return;
                }
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        let what = format!("{delivery:?} was never answered");
        self.findings.lock().expect("no thread panicked").push(what);
    }

    fn weathered(self, kills: u64) -> Weathered {
        Weathered {
            answered: self.answered.into_inner(),
            refused: self.refused.into_inner(),
            cut: self.cut.into_inner(),
            come_again: self.come_again.into_inner(),
            kills,
            findings: self.findings.into_inner().expect("no thread panicked"),
        }
    }
}
