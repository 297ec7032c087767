//! `vienphi admin create`, `vienphi person …`: who signs in to the pages, and by whose word.

use std::sync::Arc;

use clap::{Args, Subcommand};
use vienphi_domain::{Actor, Role};
use vienphi_service::desk::people;
use vienphi_service::desk::{Halt, StoreError};
use vienphi_store::{Store, facilities, links, people as kept};

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
    /// Let somebody sign in with an account at an issuer of OpenID Connect too
    Link(LinkArgs),
    /// End that; the person's sessions end as well
    Unlink(UnlinkArgs),
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

/// Options of `person link`.
#[derive(Debug, Args)]
pub struct LinkArgs {
    #[command(flatten)]
    account: AccountArgs,
    /// The issuer's name for the person (`sub`), to the letter; only a digest of it is kept
    #[arg(long, value_name = "SUB")]
    subject: String,
}

/// Options of `person unlink`.
#[derive(Debug, Args)]
pub struct UnlinkArgs {
    #[command(flatten)]
    account: AccountArgs,
}

/// A person's account at an issuer.
#[derive(Debug, Args)]
pub struct AccountArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// MA_CSKCB
    #[arg(long, value_name = "CODE", value_parser = read_facility)]
    facility: String,
    /// The issuer, written as for `serve --oidc-issuer`
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// What the person signs in as
    #[arg(value_name = "NAME", value_parser = read_name)]
    name: String,
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
        PersonCommand::Link(args) => change(&args.account, async |store, by, account| {
            people::link(store, by, &account.name, &account.issuer, &args.subject).await
        }),
        PersonCommand::Unlink(args) => change(&args.account, async |store, by, account| {
            people::unlink(store, by, &account.name, &account.issuer).await
        }),
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
        let password = people::make(&store, &operator(&facility), name, role, true).await.map_err(told)?;
        Ok(Some((facility, password)))
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

/// Whoever works on the command line.
fn operator(facility: &str) -> Arc<Actor> {
    Arc::new(Actor { facility: facility.into(), name: OPERATOR.into(), role: Role::Administrator })
}

/// Why nothing was done, in words.
fn told(halt: Halt) -> StoreError {
    match halt {
        Halt::Failed(error) => error,
        Halt::Refused(problem) => StoreError::Damaged(problem.detail.clone()),
    }
}

fn change(
    account: &AccountArgs,
    work: impl AsyncFnOnce(&Store, &Arc<Actor>, &AccountArgs) -> Result<(), Halt>,
) -> Ended {
    let changed = with(async {
        let store = account.database.open(Opening::Migrated).await?;
        work(&store, &operator(&account.facility), account).await.map_err(told)
    });
    changed.map_or_else(|ended| ended, |()| Ended::Done)
}

fn list(args: &ListArgs) -> Ended {
    let listed = with(async {
        let store = args.database.open(Opening::AsItIs).await?;
        let mut reader = store.reader().await?;
        Ok((kept::list(&mut reader, &args.facility).await?, links::list(&mut reader, &args.facility).await?))
    });
    let Ok((people, links)) = listed else { return Ended::BadInput };
    let columns = ["Name", "Role", "Codes", "Issuers"].map(|name| (name, Align::Left));
    let mut table = Table::new(&columns);
    for person in people {
        let codes = if person.code_key.is_some() { "yes" } else { "no" };
        let of_person = links.iter().filter(|link| link.person == person.name);
        let issuers: Vec<&str> = of_person.map(|link| link.issuer.as_str()).collect();
        let issuers = issuers.join(" ");
        table.row(vec![person.name, person.role, codes.to_owned(), issuers]);
    }
    say(&table.print(0));
    Ended::Done
}
