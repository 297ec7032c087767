//! `vienphi admin create`, `vienphi person …`: who signs in to the pages.

use std::sync::Arc;

use clap::{Args, Subcommand};
use vienphi_domain::{Actor, Role};
use vienphi_service::desk::people;
use vienphi_service::desk::{Halt, StoreError};
use vienphi_store::{facilities, people as kept};

use crate::database::{DatabaseArgs, Opening};
use crate::output::{Ended, complain, say};
use crate::records::{OPERATOR, read_facility, read_name, read_role, with};
use crate::table::{Align, Table};

/// Administrators.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make an administrator's account and print its password: it is told once and changed at the first sign-in
    Create(AdminArgs),
}

/// Options of `admin create`.
#[derive(Debug, Args)]
pub struct AdminArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// MA_CSKCB [default: the one facility that has records]
    #[arg(long, value_name = "CODE", value_parser = read_facility)]
    facility: Option<String>,
    /// What the administrator signs in as
    #[arg(value_name = "NAME", value_parser = read_name)]
    name: String,
}

/// Who signs in, and as what.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Make an account, or one anew, and print its password: it is told once and changed at the first sign-in
    Create(PersonArgs),
    /// List who signs in
    List(ListArgs),
}

/// Options of `person create`.
#[derive(Debug, Args)]
pub struct PersonArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// MA_CSKCB
    #[arg(long, value_name = "CODE", value_parser = read_facility)]
    facility: String,
    /// cashier, cash-supervisor, claims-officer, verifier, integrator, price-officer, his, director, administrator or auditor
    #[arg(long, value_name = "ROLE", value_parser = read_role)]
    role: Role,
    /// What they sign in as
    #[arg(value_name = "NAME", value_parser = read_name)]
    name: String,
}

/// Options of `person list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// MA_CSKCB
    #[arg(long, value_name = "CODE", value_parser = read_facility)]
    facility: String,
}

/// Runs `admin`.
pub fn admin(command: &AdminCommand) -> Ended {
    let AdminCommand::Create(args) = command;
    create(&args.database, args.facility.as_deref(), &args.name, Role::Administrator)
}

/// Runs `person`.
pub fn person(command: &PersonCommand) -> Ended {
    match command {
        PersonCommand::Create(args) => create(&args.database, Some(&args.facility), &args.name, args.role),
        PersonCommand::List(args) => list(args),
    }
}

/// Only of a database that knows one facility it is plain whose administrator is meant.
async fn only_facility(database: &vienphi_store::Store) -> Result<Option<String>, StoreError> {
    let mut known = facilities::list(&mut *database.reader().await?).await?;
    Ok(if known.len() == 1 { known.pop() } else { None })
}

fn create(database: &DatabaseArgs, facility: Option<&str>, name: &str, role: Role) -> Ended {
    let made = with(async {
        let store = database.open(Opening::Migrated).await?;
        let facility = match facility {
            Some(facility) => Some(facility.to_owned()),
            None => only_facility(&store).await?,
        };
        let Some(facility) = facility else { return Ok(None) };
        store.open_facility(&facility).await?;
        let by = Actor { facility: facility.as_str().into(), name: OPERATOR.into(), role: Role::Administrator };
        match people::make(&store, &Arc::new(by), name, role, true).await {
            Ok(password) => Ok(Some((facility, password))),
            Err(Halt::Failed(error)) => Err(error),
            Err(Halt::Refused(problem)) => Err(StoreError::Damaged(problem.detail.clone())),
        }
    });
    match made {
        Ok(Some((facility, password))) => {
            say(&format!("{facility}  {name}  {}\n{password}\n", role.word()));
            Ended::Done
        }
        Ok(None) => {
            complain("error: --facility: the database has not just one facility; say whose account it is");
            Ended::BadInput
        }
        Err(ended) => ended,
    }
}

fn list(args: &ListArgs) -> Ended {
    let listed = with(async {
        let store = args.database.open(Opening::AsItIs).await?;
        kept::list(&mut *store.reader().await?, &args.facility).await
    });
    let Ok(people) = listed else { return Ended::BadInput };
    let mut table = Table::new(&[("Name", Align::Left), ("Role", Align::Left), ("Codes", Align::Left)]);
    for person in people {
        let codes = if person.code_key.is_some() { "yes" } else { "no" };
        table.row(vec![person.name, person.role, codes.to_owned()]);
    }
    say(&table.print(0));
    Ended::Done
}
