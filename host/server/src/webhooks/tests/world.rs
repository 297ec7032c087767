//! A store with a facility whose time runs fast, and what a test does to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vienphi_domain::{Action, Actor, Moment, Role};
use vienphi_store::keys::MasterKey;
use vienphi_store::webhooks::{self, Delivery, Webhook};
use vienphi_store::{Change, Clock, Command, Halt, Store, Turn};

use super::super::{Pace, Policy, Webhooks, start_at};

pub(super) const FACILITY: &str = "92114";

/// An hour of the store in so many seconds.
const SPEED: i64 = 200;

pub(super) const SECRET: &[u8] = b"a secret that both sides know";

pub(super) const PATIENCE: Duration = Duration::from_millis(700);

pub(super) struct World {
    pub(super) store: Arc<Store>,
    folder: PathBuf,
    actor: Arc<Actor>,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn clock() -> Clock {
    let began = Instant::now();
    let at = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap();
    Arc::new(move || Moment::from_count(at + i64::try_from(began.elapsed().as_micros()).unwrap() * SPEED))
}

impl World {
    pub(super) async fn new() -> World {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("vienphi-webhooks-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let actor = Actor { facility: FACILITY.into(), name: "his".into(), role: Role::His };
        let mut world = World { store: open(&folder).await, folder, actor: Arc::new(actor) };
        world.store.create_token("test", &world.actor, None).await.unwrap();
        world.store = open(&world.folder).await;
        world
    }

    /// The same database opened once more, as another process would.
    pub(super) async fn again(&self) -> Arc<Store> {
        open(&self.folder).await
    }

    pub(super) fn start(&self) -> Webhooks {
        self.start_with(PATIENCE)
    }

    pub(super) fn start_with(&self, patience: Duration) -> Webhooks {
        let pace = Pace { look: Duration::from_millis(20), patience };
        start_at(Arc::clone(&self.store), Policy { allow_loopback: true }, pace)
    }

    pub(super) async fn write<C: Command>(&self, command: C) -> C::Answer {
        self.write_to(&self.store, command).await
    }

    pub(super) async fn write_to<C: Command>(&self, store: &Store, command: C) -> C::Answer {
        match store.write(&self.actor, command).await {
            Ok(answer) => answer,
            Err(halt) => panic!("{halt:?}"),
        }
    }

    pub(super) async fn webhook(&self, url: &str, topics: &str) -> i64 {
        self.write(Ask { url: url.to_owned(), topics: topics.to_owned() }).await
    }

    /// Tells messages of visits, one after another.
    pub(super) async fn tell(&self, encounters: &[&str]) {
        let messages = encounters.iter().map(|encounter| (*encounter).to_owned()).collect();
        self.write(Tell { topic: "receipt.issued".into(), encounters: messages }).await;
    }

    pub(super) async fn deliveries(&self, webhook: i64) -> Vec<Delivery> {
        let mut reader = self.store.reader().await.unwrap();
        webhooks::deliveries(&mut reader, FACILITY, webhook, i64::MAX, i64::MAX).await.unwrap()
    }

    /// Waits until a webhook has so many deliveries, all delivered.
    pub(super) async fn until_delivered(&self, webhook: i64, count: usize, longest: Duration) {
        let began = Instant::now();
        loop {
            let deliveries = self.deliveries(webhook).await;
            let delivered = deliveries.iter().filter(|delivery| delivery.state == "delivered").count();
            if delivered == deliveries.len() && delivered == count {
                return;
            }
            assert!(began.elapsed() < longest, "{delivered} of {} delivered, {count} expected", deliveries.len());
            // Looking is work too.
            tokio::time::sleep(Duration::from_millis(20).max(began.elapsed() / 10)).await;
        }
    }
}

/// Waits until something is so.
pub(super) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}: not within 20 s");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn open(folder: &std::path::Path) -> Arc<Store> {
    let key = MasterKey::open_or_create(&folder.join("key")).unwrap();
    Arc::new(Store::open(&format!("sqlite://{}", folder.join("records.db").display()), key, clock()).await.unwrap())
}

fn audit(turn: &mut Turn) -> Result<i64, Halt> {
    let change = Change { action: Action::WebhookWrite, subject: "webhook", reason: "", before: None, after: None };
    Ok(turn.audit(&change)?)
}

struct Ask {
    url: String,
    topics: String,
}

impl Command for Ask {
    type Answer = i64;

    async fn run(self, turn: &mut Turn) -> Result<i64, Halt> {
        let (id, audit) = (turn.next_record()?, audit(turn)?);
        let secret = turn.key()?.seal(SECRET, &webhooks::secret_place(id))?;
        let seen = webhooks::newest_message(turn).await?;
        let facility = turn.facility().to_string();
        let Ask { url, topics } = self;
        webhooks::insert(turn, &Webhook { facility, id, url, topics, secret, seen, revoked_at: None }, audit).await?;
        Ok(id)
    }
}

pub(super) struct Tell {
    pub(super) topic: String,
    /// Of each message; without one when empty.
    pub(super) encounters: Vec<String>,
}

impl Command for Tell {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let audit = audit(turn)?;
        for encounter in self.encounters {
            let body = format!(r#"{{"encounter":"{encounter}","amount":"12500.50","note":"Viện phí \u003c"}}"#);
            let encounter = Some(encounter.as_str()).filter(|encounter| !encounter.is_empty());
            turn.tell(&self.topic, encounter, &body, audit)?;
        }
        Ok(())
    }
}

pub(super) struct Replay {
    pub(super) webhook: i64,
    pub(super) message: i64,
}

impl Command for Replay {
    type Answer = bool;

    async fn run(self, turn: &mut Turn) -> Result<bool, Halt> {
        Ok(webhooks::replay(turn, self.webhook, self.message).await?)
    }
}

/// Holds the turn, and with it the one lock of the database.
pub(super) struct Hold(pub(super) Duration);

impl Command for Hold {
    type Answer = ();

    async fn run(self, _: &mut Turn) -> Result<(), Halt> {
        tokio::time::sleep(self.0).await;
        Ok(())
    }
}
