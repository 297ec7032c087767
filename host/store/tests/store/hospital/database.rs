//! Databases of the tests: files of SQLite, or databases of a PostgreSQL server that the tests have to themselves.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A database of its own; it is gone when this is dropped.
pub(crate) struct Place {
    pub(crate) kind: Kind,
    name: String,
    folder: PathBuf,
}

/// Copies of a database, one after another, each as the first one was.
pub(crate) struct Copies {
    whole: Place,
    /// Making a database takes PostgreSQL longer than filling one again.
    again: Option<Place>,
}

/// The server for tests; without it the tests on PostgreSQL fail.
fn server() -> String {
    std::env::var("VIENPHI_POSTGRES")
        .expect("run `cargo xtask test`, or `cargo xtask postgres -- …`, which start PostgreSQL")
}

fn new_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    format!("store_{}_{now}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Place {
    /// An empty database.
    pub(crate) async fn new(kind: Kind) -> Place {
        Place::from(kind, None).await
    }

    /// A copy of a database that nobody has open.
    pub(crate) async fn copy(&self) -> Place {
        Place::from(self.kind, Some(self)).await
    }

    async fn from(kind: Kind, original: Option<&Place>) -> Place {
        sqlx::any::install_default_drivers();
        let name = new_name();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&name);
        std::fs::create_dir_all(&folder).unwrap();
        let place = Place { kind, name, folder };
        match (kind, original) {
            (Kind::Sqlite, None) => {}
            (Kind::Sqlite, Some(original)) => {
                original.run("pragma wal_checkpoint(truncate)").await;
                std::fs::copy(original.file(), place.file()).unwrap();
            }
            (Kind::Postgres, None) => administer(&format!("create database {}", place.name)).await,
            (Kind::Postgres, Some(original)) => {
                administer(&format!("create database {} template {}", place.name, original.name)).await;
            }
        }
        if let Some(original) = original {
            std::fs::copy(original.key_file(), place.key_file()).unwrap();
        }
        place
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        match self.kind {
            Kind::Sqlite => format!("sqlite://{}", self.file().display()),
            Kind::Postgres => {
                let server = server();
                let (server, _) = server.rsplit_once('/').unwrap();
                format!("{server}/{}", self.name)
            }
        }
    }

    /// A file beside it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder.join("key")
    }

    fn file(&self) -> PathBuf {
        self.folder.join("database")
    }

    /// A connection past the store.
    pub(crate) async fn connection(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let url = match self.kind {
            Kind::Sqlite => format!("{}?mode=rwc", self.url()),
            Kind::Postgres => self.url(),
        };
        AnyConnection::connect(&url).await.unwrap()
    }

    /// Runs statements past the store.
    pub(crate) async fn run(&self, statements: &str) {
        let mut connection = self.connection().await;
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(statements)))
            .await
            .unwrap_or_else(|error| panic!("{statements}: {error}"));
        connection.close().await.unwrap();
    }

    /// Runs statements as somebody would who has the database to himself: no trigger and no check refuses, and afterwards
    /// everything is in its place again.
    pub(crate) async fn tamper(&self, statements: &str) {
        let mut connection = self.connection().await;
        let mut around = (String::new(), String::new());
        match self.kind {
            Kind::Sqlite => {
                let triggers: Vec<(String, String)> =
                    sqlx::query_as("select name, sql from sqlite_master where type = 'trigger'")
                        .fetch_all(&mut connection)
                        .await
                        .unwrap();
                around.0 += "pragma ignore_check_constraints = on; begin immediate; ";
                for (name, sql) in triggers {
                    around.0 += &format!("drop trigger {name}; ");
                    around.1 += &format!("; {sql}");
                }
                around.1 += "; commit";
            }
            Kind::Postgres => {
                // As a replica, a session runs no triggers; checks have to go.
                around.0 += "begin; set local session_replication_role = replica; \
                    do $$ declare c record; begin for c in select conrelid::regclass as t, conname from pg_constraint \
                    where contype = 'c' and connamespace = 'public'::regnamespace loop \
                    execute format('alter table %s drop constraint %I', c.t, c.conname); end loop; end $$; ";
                around.1 += "; commit";
            }
        }
        let all = format!("{}{statements}{}", around.0, around.1);
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(all)))
            .await
            .unwrap_or_else(|error| panic!("{statements}: {error}"));
        connection.close().await.unwrap();
    }
}

impl Copies {
    pub(crate) fn of(whole: Place) -> Copies {
        Copies { whole, again: None }
    }

    /// A database as the first one was; the one before it is gone.
    pub(crate) async fn next(&mut self) -> &Place {
        let tables = |each: &str| {
            format!(
                "do $$ declare t text; begin for t in select tablename from pg_tables where schemaname = 'public' loop {each} end loop; end $$"
            )
        };
        match &self.again {
            Some(again) if again.kind == Kind::Postgres => {
                let fill = "execute format('delete from public.%I', t); execute format('insert into public.%I select * from whole.%I', t, t);";
                again
                    .run(&format!("begin; set local session_replication_role = replica; {}; commit", tables(fill)))
                    .await;
            }
            _ => {
                let copy = self.whole.copy().await;
                if copy.kind == Kind::Postgres {
                    let keep = "execute format('create table whole.%I as table public.%I', t, t);";
                    copy.run(&format!("create schema whole; {}", tables(keep))).await;
                }
                self.again = Some(copy);
            }
        }
        self.again.as_ref().unwrap()
    }
}

async fn administer(statement: &str) {
    let mut connection = AnyConnection::connect(&server()).await.unwrap();
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(statement)))
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    connection.close().await.unwrap();
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        if self.kind == Kind::Postgres && std::env::var_os("VIENPHI_POSTGRES").is_some() {
            let statement = format!("drop database if exists {} with (force)", self.name);
            // Dropping is no place to wait in: a thread of its own has its own runtime.
            let _ = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(administer(&statement));
            })
            .join();
        }
    }
}

/// Declares a test on both databases.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::hospital::database::Kind::Sqlite).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::hospital::database::Kind::Postgres).await;
            })+
        }
    };
}
