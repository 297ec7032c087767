//! `cargo xtask postgres`: a command beside a PostgreSQL server of its own. `cargo xtask test` has its server from here.

use std::cell::OnceCell;
use std::process::{Command, ExitCode};

use crate::checkout::Checkout;
use crate::tools;
use postgres_for_tests::Cluster;
use vienphi_kit::step::{self, Failure, say};

/// Where tests find the server.
const VARIABLE: &str = "VIENPHI_POSTGRES";

/// A server that is started when it is first asked for, and stopped when this is dropped.
pub(crate) struct Postgres<'a> {
    checkout: &'a Checkout,
    cluster: OnceCell<Cluster>,
}

impl<'a> Postgres<'a> {
    pub(crate) fn new(checkout: &'a Checkout) -> Self {
        Self { checkout, cluster: OnceCell::new() }
    }

    /// Tells a program where the server is.
    ///
    /// What the variable says before is not kept: tests must not reach a database that somebody needs.
    pub(crate) fn pass_to(&self, command: &mut Command) -> Result<(), Failure> {
        let cluster = match self.cluster.get() {
            Some(cluster) => cluster,
            None => {
                let cluster = self.start()?;
                self.cluster.get_or_init(|| cluster)
            }
        };
        command.env(VARIABLE, cluster.url("postgres"));
        Ok(())
    }

    fn start(&self) -> Result<Cluster, Failure> {
        say("postgres: starting a server in target/postgres, because tests must not touch another");
        Cluster::start(&self.checkout.target.join("postgres")).map_err(|error| Failure::new(error.to_string()))
    }
}

/// Runs a command with a server; its exit code is ours.
pub(crate) fn run(checkout: &Checkout, command: &[String]) -> Result<ExitCode, Failure> {
    let [program, arguments @ ..] = command else {
        return Err(Failure::new("no command is given: write it behind `--`"));
    };
    tools::need_postgres()?;
    let postgres = Postgres::new(checkout);
    let mut command = Command::new(program);
    postgres.pass_to(command.args(arguments))?;
    step::pass_on(&mut command)
}
