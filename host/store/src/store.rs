//! A database that is open.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Executor as _};
use vienphi_domain::{Actor, Moment};

use crate::dialect::Dialect;
use crate::error::StoreError;
use crate::facilities;
use crate::keys::{FacilityKey, MasterKey};
use crate::migrate::{self, Migrated};
use crate::writer::Writers;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Connections for reading.
const READERS: u32 = 8;

/// A reader waits this long for a connection.
const PATIENCE: Duration = Duration::from_secs(3);

/// A database that is open.
pub struct Store {
    pub(crate) connector: Connector,
    pub(crate) readers: AnyPool,
    keys: RwLock<HashMap<Box<str>, Arc<FacilityKey>>>,
    pub(crate) writers: Writers,
    pub(crate) under_way: UnderWay,
}

/// How to reach the database.
#[derive(Clone)]
pub(crate) struct Connector {
    options: AnyConnectOptions,
    pub(crate) dialect: Dialect,
    pub(crate) master: Arc<MasterKey>,
    pub(crate) clock: Clock,
}

impl Connector {
    fn new(url: &str, master: MasterKey, clock: Clock) -> Result<Connector, StoreError> {
        sqlx::any::install_default_drivers();
        let form = "a database is sqlite://FILE or postgres://USER@HOST/NAME";
        // The address may hold a password and is not repeated.
        let dialect = Dialect::of(url).ok_or_else(|| StoreError::Address(form.into()))?;
        let url = match dialect {
            Dialect::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        };
        let options = url.parse::<AnyConnectOptions>();
        let options = options.map_err(|_| StoreError::Address(form.into()))?.disable_statement_logging();
        Ok(Connector { options, dialect, master: Arc::new(master), clock })
    }

    /// A connection of one's own.
    pub(crate) async fn connect(&self) -> Result<AnyConnection, StoreError> {
        let opening = async {
            let mut connection = AnyConnection::connect_with(&self.options).await?;
            connection.execute(sqlx::raw_sql(self.dialect.prepare_connection())).await?;
            Ok(connection)
        };
        match tokio::time::timeout(PATIENCE, opening).await {
            Ok(connection) => connection,
            Err(_) => Err(StoreError::Unavailable("nothing answers at its address".into())),
        }
    }
}

impl Store {
    /// Opens a database and runs the migrations it lacks.
    pub async fn open(url: &str, master: MasterKey, clock: Clock) -> Result<Store, StoreError> {
        let store = Store::unchecked(url, master, clock)?;
        store.migrate().await?;
        store.check_keys().await?;
        Ok(store)
    }

    /// Opens a database that must have every migration already; nothing of it is changed.
    pub async fn open_as_it_is(url: &str, master: MasterKey, clock: Clock) -> Result<Store, StoreError> {
        let store = Store::unchecked(url, master, clock)?;
        let mut connection = store.connector.connect().await?;
        migrate::require(&mut connection, store.connector.dialect).await?;
        store.check_keys().await?;
        Ok(store)
    }

    fn unchecked(url: &str, master: MasterKey, clock: Clock) -> Result<Store, StoreError> {
        let connector = Connector::new(url, master, clock)?;
        let dialect = connector.dialect;
        let pool = AnyPoolOptions::new().max_connections(READERS).acquire_timeout(PATIENCE);
        let pool = pool.after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(dialect.prepare_connection())).await?;
                connection.execute(sqlx::raw_sql(dialect.prepare_reader())).await.map(|_| ())
            })
        });
        let readers = pool.connect_lazy_with(connector.options.clone());
        let (keys, writers, under_way) = (RwLock::default(), Writers::default(), UnderWay::default());
        Ok(Store { connector, readers, keys, writers, under_way })
    }

    /// Runs the migrations that are missing.
    pub async fn migrate(&self) -> Result<Migrated, StoreError> {
        let mut connection = self.connector.connect().await?;
        let migrated = migrate::run(&mut connection, self.connector.dialect, (self.connector.clock)()).await;
        let _ = connection.close().await;
        migrated
    }

    /// Was every facility's key sealed by this key file? Better known at the start than at the first patient.
    async fn check_keys(&self) -> Result<(), StoreError> {
        let mut connection = self.reader().await?;
        for (facility, sealed) in facilities::keys(&mut connection).await? {
            self.remember(&facility, self.connector.master.facility(&facility, &sealed)?);
        }
        Ok(())
    }

    fn remember(&self, facility: &str, key: FacilityKey) -> Arc<FacilityKey> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(keys.entry(facility.into()).or_insert_with(|| Arc::new(key)))
    }

    /// A connection for reading: one statement at a time, no transaction, so that a reader that goes away leaves nothing
    /// behind.
    pub async fn reader(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.readers.acquire().await?)
    }

    /// Opens the connections for reading, one after another, before anybody waits for them: after a crash each has to find out
    /// what the file's log holds, and eight that do it at once keep each other waiting.
    pub async fn open_readers(&self) -> Result<(), StoreError> {
        let mut open = Vec::new();
        for _ in 0..READERS {
            open.push(self.readers.acquire().await?);
        }
        Ok(())
    }

    /// The key of a facility.
    pub async fn key(&self, facility: &str) -> Result<Arc<FacilityKey>, StoreError> {
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(facility).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        // A facility that is new since the start. On a connection of its own: whoever asks may hold one of the readers, and
        // all of them waiting for another would wait for each other.
        let mut connection = self.connector.connect().await?;
        let sealed = facilities::key(&mut connection, facility).await;
        let _ = connection.close().await;
        let sealed = sealed?.ok_or_else(|| StoreError::NoFacility(facility.to_owned()))?;
        Ok(self.remember(facility, self.connector.master.facility(facility, &sealed)?))
    }

    /// An id that nobody else has.
    pub fn new_id(&self) -> Result<String, StoreError> {
        let bytes: [u8; 9] = crate::keys::random()?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The time.
    pub fn now(&self) -> Moment {
        (self.connector.clock)()
    }
}

/// Facility, actor and key.
type CommandName = (Box<str>, Box<str>, Box<str>);

/// Commands by their keys that are being done: the same one again is told so.
#[derive(Default)]
pub(crate) struct UnderWay(Arc<Mutex<HashSet<CommandName>>>);

/// A command that is being done; it is not any more when this is dropped.
pub(crate) struct Entered {
    all: Arc<Mutex<HashSet<CommandName>>>,
    name: CommandName,
}

impl UnderWay {
    /// `None` when it is being done already.
    pub(crate) fn enter(&self, actor: &Actor, key: &str) -> Option<Entered> {
        let name = (actor.facility.clone(), actor.name.clone(), Box::from(key));
        let is_new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        is_new.then(|| Entered { all: Arc::clone(&self.0), name })
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}
