//! `vienphi migrate`, `token …`, `audit verify`, `verify`, `backup`, `restore`: keeping the records.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use vienphi_domain::{Actor, Day, Moment, Role};
use vienphi_store::archive::Archived;
use vienphi_store::{StoreError, audit};

use crate::database::{DatabaseArgs, Opening};
use crate::output::{Ended, complain, say};
use crate::table::{Align, Table, grouped};
use crate::today::read_day;

/// Options of `migrate`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Who may act, and as what.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it: it is told once
    Create(CreateArgs),
    /// List the tokens of a facility
    List(ListArgs),
    /// Take a token back
    Revoke(RevokeArgs),
}

/// Options of `token create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// MA_CSKCB
    #[arg(long, value_name = "CODE", value_parser = read_facility)]
    facility: String,
    /// What its holder may do: cashier, cash-supervisor, claims-officer, verifier, integrator, price-officer, his, director,
    /// administrator or auditor
    #[arg(long, value_name = "ROLE", value_parser = read_role)]
    role: Role,
    /// Who holds it; two tokens of one name are one person [default: a name of its own]
    #[arg(long, value_name = "NAME", value_parser = read_name)]
    name: Option<String>,
    /// The last day it counts
    #[arg(long, value_name = "DATE", value_parser = read_day)]
    expires: Option<Day>,
}

/// Options of `token list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// MA_CSKCB
    #[arg(long, value_name = "CODE", value_parser = read_facility)]
    facility: String,
}

/// Options of `token revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// MA_CSKCB
    #[arg(long, value_name = "CODE", value_parser = read_facility)]
    facility: String,
    /// As `token list` shows it
    id: String,
}

/// The audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Walk each facility's chain of entries and name the first that is broken
    Verify(VerifyArgs),
}

/// Options of `verify` and `audit verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The archive to write; the key file is not in it
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The archive to read, into a database without records
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// What a person does on the command line is done by this name.
pub(crate) const OPERATOR: &str = "command-line";

pub(crate) fn read_facility(text: &str) -> Result<String, String> {
    let is_code = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    if is_code {
        Ok(text.to_owned())
    } else {
        Err("must be a facility's code of 5 characters such as 92114".to_owned())
    }
}

pub(crate) fn read_role(text: &str) -> Result<Role, String> {
    let all = || Role::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    Role::parse(text).ok_or_else(|| format!("must be one of {}", all()))
}

pub(crate) fn read_name(text: &str) -> Result<String, String> {
    let is_plain = text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_'));
    let fits = (1..=60).contains(&text.chars().count());
    if is_plain && fits {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 60 letters, digits, dots, dashes or underlines".to_owned())
    }
}

/// Runs what needs a database.
pub(crate) fn with<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(work).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    done.map_err(|error| {
        complain(&format!("error: {error}"));
        Ended::BadInput
    })
}

fn ended(done: Result<Ended, Ended>) -> Ended {
    done.unwrap_or_else(|ended| ended)
}

/// Runs the migrations that are missing.
pub fn migrate(args: &MigrateArgs) -> Ended {
    // Opening migrates: what there was is asked before.
    ended(with(async { args.database.open(Opening::Migrated).await?.migrate().await }).map(|migrated| {
        say(&format!("the schema is at {}\n", migrated.to));
        Ended::Done
    }))
}

/// Makes, lists or takes back tokens.
pub fn token(command: &TokenCommand) -> Ended {
    match command {
        TokenCommand::Create(args) => create(args),
        TokenCommand::List(args) => list(args),
        TokenCommand::Revoke(args) => revoke(args),
    }
}

fn create(args: &CreateArgs) -> Ended {
    if args.name.as_deref().is_some_and(|name| name.starts_with("rail:")) {
        complain("error: --name must not begin with \"rail:\": so payment rails are called, which act by themselves");
        return Ended::BadInput;
    }
    // The last day counts whole.
    let end = |day: Day| Moment::from_count((i64::from(day.count()) + 1) * 86_400_000_000 - 7 * 3_600_000_000);
    let made = with(async {
        let store = args.database.open(Opening::Migrated).await?;
        let name = match &args.name {
            Some(name) => name.clone(),
            None => format!("{}-{}", args.role.word(), &store.new_id()?[..6]),
        };
        let actor = Actor { facility: args.facility.as_str().into(), name: name.into(), role: args.role };
        store.create_token(OPERATOR, &actor, args.expires.map(end)).await
    });
    ended(made.map(|token| {
        say(&format!("{token}\n"));
        Ended::Done
    }))
}

fn list(args: &ListArgs) -> Ended {
    let tokens = with(async { args.database.open(Opening::AsItIs).await?.tokens(&args.facility).await });
    ended(tokens.map(|tokens| {
        let mut table =
            Table::new(&["Id", "Name", "Role", "Since", "Until", "Revoked"].map(|title| (title, Align::Left)));
        for token in tokens {
            let shown = |moment: Option<Moment>| moment.map(|moment| moment.to_string()).unwrap_or_default();
            let (expires, revoked) = (shown(token.expires_at), shown(token.revoked_at));
            table.row(vec![token.id, token.actor, token.role, token.created_at.to_string(), expires, revoked]);
        }
        say(&table.print(0));
        Ended::Done
    }))
}

fn revoke(args: &RevokeArgs) -> Ended {
    let revoked = with(async {
        args.database.open(Opening::AsItIs).await?.revoke_token(OPERATOR, &args.facility, &args.id).await
    });
    ended(revoked.map(|is_revoked| match is_revoked {
        true => {
            say("it does not count any more\n");
            Ended::Done
        }
        false => {
            complain(&format!("error: facility {} has no token {:?} that counts", args.facility, args.id));
            Ended::BadInput
        }
    }))
}

/// Walks the audit.
pub fn audit(AuditCommand::Verify(args): &AuditCommand) -> Ended {
    let chains = with(async {
        let store = args.database.open(Opening::AsItIs).await?;
        let mut reader = store.reader().await?;
        audit::walk(&mut reader).await
    });
    ended(chains.map(|chains| {
        let is_whole = chains.iter().all(|chain| chain.broken.is_none());
        if args.json {
            let chain = |chain: &audit::Chain| {
                let broken = chain
                    .broken
                    .as_ref()
                    .map(|broken| serde_json::json!({ "entry": broken.number, "why": broken.why }));
                serde_json::json!({ "facility": chain.facility, "entries": chain.entries, "broken": broken })
            };
            say(&format!("{}\n", serde_json::Value::from_iter(chains.iter().map(chain))));
        } else {
            let mut table = Table::new(&[
                ("Facility", Align::Left),
                ("Entries", Align::Right),
                ("First broken entry", Align::Left),
            ]);
            for chain in &chains {
                let broken = chain
                    .broken
                    .as_ref()
                    .map_or_else(|| "none".to_owned(), |broken| format!("{}: {}", broken.number, broken.why));
                table.row(vec![chain.facility.clone(), grouped(&chain.entries.to_string()), broken]);
            }
            say(&table.print(0));
        }
        if is_whole { Ended::Done } else { Ended::Differences }
    }))
}

/// Writes an archive.
pub fn backup(args: &BackupArgs) -> Ended {
    let bar = rows_bar();
    let done = with(async {
        let store = args.database.open(Opening::AsItIs).await?;
        store.backup(&args.file, &mut |rows| bar.set_position(rows)).await
    });
    bar.finish_and_clear();
    ended(done.map(|archived| {
        say(&format!("{}\nthe key file is not in it: keep a copy of it elsewhere\n", shown(&archived)));
        Ended::Done
    }))
}

/// Reads an archive into an empty database.
pub fn restore(args: &RestoreArgs) -> Ended {
    let bar = rows_bar();
    let done = with(async {
        let store = args.database.open(Opening::Migrated).await?;
        store.restore(&args.file, &mut |rows| bar.set_position(rows)).await
    });
    bar.finish_and_clear();
    ended(done.map(|archived| {
        say(&format!("{}\n", shown(&archived)));
        Ended::Done
    }))
}

fn rows_bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec}") {
        bar.set_style(style);
    }
    bar
}

fn shown(archived: &Archived) -> String {
    let mut table = Table::new(&[("Table", Align::Left), ("Rows", Align::Right)]);
    for (name, rows) in &archived.tables {
        table.row(vec![name.clone(), grouped(&rows.to_string())]);
    }
    format!("{}digest {}", table.print(0), archived.digest)
}
