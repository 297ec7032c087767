//! The database that commands name, and its key file.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use vienphi_domain::Moment;
use vienphi_store::keys::MasterKey;
use vienphi_store::{Clock, Store, StoreError};

/// Where records are kept.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// Where records are kept: sqlite://FILE or postgres://USER@HOST/NAME [default: sqlite://vienphi.db]
    #[arg(long, value_name = "URL", env = "VIENPHI_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// What secrets and patients' names are sealed with; made when there is neither it nor a record. Keep a copy: without
    /// it nothing sealed can be read [default: FILE.key beside SQLite's FILE, else vienphi.key]
    #[arg(long, value_name = "FILE", env = "VIENPHI_KEY_FILE")]
    key_file: Option<PathBuf>,
}

/// How a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Migrations that are missing are run.
    Migrated,
    /// Nothing is changed.
    AsItIs,
}

impl DatabaseArgs {
    fn url(&self) -> &str {
        self.database.as_deref().unwrap_or("sqlite://vienphi.db")
    }

    fn key_path(&self) -> PathBuf {
        if let Some(path) = &self.key_file {
            return path.clone();
        }
        match self.url().strip_prefix("sqlite:") {
            Some(rest) => {
                let file = rest.trim_start_matches("//").split('?').next().unwrap_or_default();
                PathBuf::from(format!("{file}.key"))
            }
            None => PathBuf::from("vienphi.key"),
        }
    }

    /// Opens the database.
    pub async fn open(&self, opening: Opening) -> Result<Arc<Store>, StoreError> {
        let path = self.key_path();
        let key = match MasterKey::open(&path)? {
            Some(key) => key,
            None => {
                // A database without records needs no key of before.
                let opened = self.open_with(MasterKey::passing()?, opening).await;
                match opened {
                    Ok(_) => MasterKey::open_or_create(&path)?,
                    Err(StoreError::Key(_)) => {
                        return Err(StoreError::Key(format!(
                            "the key file {} is missing: the records were sealed with it (name it with --key-file)",
                            path.display()
                        )));
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        Ok(Arc::new(self.open_with(key, opening).await?))
    }

    async fn open_with(&self, key: MasterKey, opening: Opening) -> Result<Store, StoreError> {
        match opening {
            Opening::Migrated => Store::open(self.url(), key, clock()).await,
            Opening::AsItIs => Store::open_as_it_is(self.url(), key, clock()).await,
        }
    }
}

fn clock() -> Clock {
    Arc::new(|| Moment::from_count(jiff::Timestamp::now().as_microsecond()))
}
