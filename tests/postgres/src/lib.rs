//! A PostgreSQL server of its own for tests and campaigns: started, stopped, killed.
//!
//! A [`Cluster`] is a new database cluster in a new folder, served by a direct child of this process on a port of
//! 127.0.0.1 that nobody else has. It can be taken down as a crash does ([`Cluster::kill`]), made to hang
//! ([`Cluster::pause`]) and made to refuse writing ([`Cluster::set_read_only`]). Other servers on the machine are
//! never touched.
//!
//! PostgreSQL refuses to run as root; root's clusters belong to an ordinary user. Processes are found in `/proc`, so
//! this needs Linux.

mod binaries;
mod cluster;
mod error;
mod folder;
mod postmaster;
mod processes;
mod random;

pub use binaries::find_binaries;
pub use cluster::Cluster;
pub use error::PostgresError;
