//! A desk without HTTP, and settlements of it: the use case, the ledger, the receipt, the audit and the queue, durable before each
//! answer.

#![allow(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)] // rates, no money

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vienphi_access::Access;
use vienphi_domain::{Actor, Moment, Role};
use vienphi_reports::Mapping;
use vienphi_service::desk::Sent;
use vienphi_service::desk::encounters::Expected;
use vienphi_service::network::{Outgoing, Silence};
use vienphi_service::{Desk, Rails};
use vienphi_store::keys::MasterKey;
use vienphi_store::{Clock, Store};

use crate::checkout;
use crate::database::{Database, Kind};
use crate::hospital::visit;

const FACILITY: &str = "92114";

/// Runs to the end on threads of its own.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be started");
    runtime.block_on(work)
}

async fn store(database: &Database) -> Arc<Store> {
    let key = MasterKey::open_or_create(&database.at("vienphi.key")).expect("a key file");
    Arc::new(Store::open(database.url(), key, clock()).await.expect("the database opens"))
}

/// A desk over a database, without rails and without a network.
pub async fn desk(database: &Database) -> Arc<Desk> {
    over(store(database).await)
}

fn over(store: Arc<Store>) -> Arc<Desk> {
    let access = Arc::new(Access::read(&policies()).expect("the policies are right"));
    let check = Box::new(|_: &str| Ok(()));
    let network = Arc::new(|_: &Outgoing| Err(Silence::NotSent("there is no network".to_owned())));
    Arc::new(Desk::new(store, access, Mapping::none(), check, Rails::default(), network))
}

/// Settlements a second of so many clients, on a new SQLite file.
pub fn settlements(clients: usize, seconds: f64) -> f64 {
    run(async {
        let database = Database::new(Kind::Sqlite, "inside");
        let store = store(&database).await;
        let his = actor("his", Role::His);
        let cashier = actor("an", Role::Cashier);
        for actor in [&his, &cashier] {
            store.create_token("the load", actor, None).await.expect("a token");
        }
        let desk = over(store);
        let pricer = Arc::new(checkout::pricer(&[]));
        let today = checkout::day("2026-03-10");
        let visits = (6_000.0 * seconds) as u64;
        let all = (Arc::clone(&desk), pricer, his);
        each(clients, visits, None, move |number| {
            let (desk, pricer, his) = &all;
            let (desk, pricer, his) = (Arc::clone(desk), Arc::clone(pricer), Arc::clone(his));
            async move {
                let id = format!("I{number}");
                let document = visit(&id, &[45_000, 12_500, 3_000]).to_string();
                let put = desk.put_encounter(&pricer, &his, &id, Expected::Absent, document.as_bytes(), today);
                put.await.expect("a new visit is kept");
            }
        })
        .await;
        let until = Instant::now() + Duration::from_secs_f64(seconds);
        let began = Instant::now();
        let done = each(clients, visits, Some(until), move |number| {
            let (desk, cashier) = (Arc::clone(&desk), Arc::clone(&cashier));
            async move {
                let (id, key) = (format!("I{number}"), format!("inside-{number}"));
                let document = br#"{"payments": [{"amount": "60500", "method": "cash"}], "use_deposits": true}"#;
                let sent = Sent { key: &key, route: "settlements", document };
                let answer = desk.settle(&cashier, sent, &id).await.expect("a bill is paid");
                assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
            }
        })
        .await;
        assert!(done < visits, "there were too few visits to pay for");
        done as f64 / began.elapsed().as_secs_f64()
    })
}

/// Does something with each number below a bound, so many at once, until a time; how many were done.
async fn each<F: Future<Output = ()> + Send + 'static>(
    clients: usize,
    below: u64,
    until: Option<Instant>,
    work: impl Fn(u64) -> F + Clone + Send + 'static,
) -> u64 {
    let (next, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (next, done, work) = (Arc::clone(&next), Arc::clone(&done), work.clone());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= below || until.is_some_and(|until| Instant::now() >= until) {
                        break;
                    }
                    work(number).await;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a client's task");
    }
    done.load(Ordering::Relaxed)
}

fn actor(name: &str, role: Role) -> Arc<Actor> {
    Arc::new(Actor { facility: FACILITY.into(), name: name.into(), role })
}

fn clock() -> Clock {
    Arc::new(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_micros();
        Moment::from_count(i64::try_from(now).expect("it is before the year 300 000"))
    })
}

fn policies() -> vienphi_service::Files {
    let folder = checkout::root().join("policies/access");
    let entries = std::fs::read_dir(folder).expect("the policies are there").map(|entry| entry.expect("a file").path());
    let named = |path: std::path::PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read(path).expect("a policy can be read"))
    };
    entries.map(named).collect()
}
