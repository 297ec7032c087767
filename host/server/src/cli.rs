//! Subcommands and their options.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use vienphi_domain::{Day, Problem};
use vienphi_runtime::compile_stdin;
use vienphi_service::Pricer;

use crate::files::{Sources, this_program_compiles};
use crate::lang::Lang;
use crate::output::{Ended, complain};
use crate::plugin::{self, PluginCommand};
use crate::today::{read_day, today};
use crate::{card, claims, demo, people, price, qr, records, replay, serve, telemetry, verify};

/// Prices hospital encounters, splits them between patient and insurer, and explains every đồng.
#[derive(Debug, Parser)]
#[command(name = "vienphi", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Price one encounter, or a stream of them
    Price(PriceArgs),
    /// Print the bill in the order of form 01/KBCB with the reason of each amount
    Explain(ExplainArgs),
    /// Price again and compare with a statement kept before
    Replay(ReplayArgs),
    /// Make, test, sign, approve and activate plugins
    #[command(subcommand)]
    Plugin(Box<PluginCommand>),
    /// Write and read the codes that bank apps scan
    #[command(subcommand)]
    Qr(Box<qr::QrCommand>),
    /// Write and check the files that the insurer is sent
    #[command(subcommand)]
    Claims(Box<claims::ClaimsCommand>),
    /// Ask the insurer's portal about cards
    #[command(subcommand)]
    Card(Box<card::CardCommand>),
    /// Serve the HTTP interface
    Serve(Box<serve::ServeArgs>),
    /// Run the migrations that a database lacks
    Migrate(records::MigrateArgs),
    /// Who may act, and as what
    #[command(subcommand)]
    Token(Box<records::TokenCommand>),
    /// Make an administrator, who signs in to the pages
    #[command(subcommand)]
    Admin(people::AdminCommand),
    /// Who signs in to the pages, and as what
    #[command(subcommand)]
    Person(people::PersonCommand),
    /// Check the chain of the audit
    #[command(subcommand)]
    Audit(records::AuditCommand),
    /// Check that the records hold together, changing nothing: exit code 1 when some do not
    Verify(verify::VerifyArgs),
    /// Write all records into one archive
    Backup(records::BackupArgs),
    /// Read an archive into a database without records, of either kind
    Restore(records::RestoreArgs),
    /// Compile the component on standard input, with limits; how the server compiles plugins
    #[command(name = vienphi_runtime::SUBCOMMAND, hide = true)]
    CompileComponent(CompileArgs),
    /// Price the sample day, explain one bill, then serve until Ctrl-C
    Demo(demo::DemoArgs),
}

/// Options of every pricing command.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Where tariffs and policies come from.
    #[command(flatten)]
    pub sources: Sources,
    /// The day taken as today, for open visits [default: today in Vietnam]
    #[arg(long, value_name = "DATE", value_parser = read_day)]
    pub today: Option<Day>,
    /// The language people read
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
}

impl Common {
    /// The day taken as today.
    pub fn today(&self) -> Day {
        self.today.unwrap_or_else(today)
    }

    /// Makes the pricer; warnings and errors go to standard error.
    pub fn pricer(&self) -> Option<Pricer> {
        self.pricer_or_problem().map_err(|problem| complain(&format!("error: {}", problem.detail))).ok()
    }

    /// Makes the pricer; warnings go to standard error.
    pub fn pricer_or_problem(&self) -> Result<Pricer, Problem> {
        let (pricer, warnings) = self.sources.build().map_err(|error| Problem {
            kind: "urn:vienphi:problem:setup",
            title: "Policies, tariffs or registries cannot be used",
            status: 500,
            encounter: None,
            detail: error.to_string(),
            errors: Vec::new(),
        })?;
        for warning in warnings {
            complain(&format!("warning: {}: {}", warning.file, warning.message));
        }
        Ok(pricer)
    }
}

#[derive(Debug, Args)]
struct PriceArgs {
    #[command(flatten)]
    common: Common,
    /// Print the statement (or the problem) as JSON
    #[arg(long)]
    json: bool,
    /// One encounter a line in, one statement or problem a line out, in order, on all cores
    #[arg(long, conflicts_with = "json")]
    json_lines: bool,
    /// The encounter as JSON; - for standard input
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    #[command(flatten)]
    common: Common,
    /// The encounter as JSON; - for standard input
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
}

#[derive(Debug, Args)]
struct CompileArgs {
    /// As TOML
    limits: String,
}

#[derive(Debug, Args)]
struct ReplayArgs {
    #[command(flatten)]
    common: Common,
    /// The statement kept before
    #[arg(value_name = "STATEMENT")]
    statement: PathBuf,
    /// The encounter it was made from
    #[arg(long, value_name = "FILE")]
    encounter: PathBuf,
}

/// Runs the command line.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    this_program_compiles();
    if let Command::CompileComponent(args) = &cli.command {
        return ExitCode::from(u8::try_from(compile_stdin(&args.limits)).unwrap_or(1));
    }
    let is_server = matches!(cli.command, Command::Serve(_) | Command::Demo(_));
    let otlp_endpoint = match &cli.command {
        Command::Serve(args) => args.otlp_endpoint.as_deref(),
        Command::Price(_)
        | Command::Explain(_)
        | Command::Replay(_)
        | Command::Plugin(_)
        | Command::Qr(_)
        | Command::Claims(_)
        | Command::Card(_)
        | Command::Migrate(_)
        | Command::Token(_)
        | Command::Admin(_)
        | Command::Person(_)
        | Command::Audit(_)
        | Command::Verify(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Demo(_)
        | Command::CompileComponent(_) => None,
    };
    let _telemetry = match telemetry::start_with(is_server, otlp_endpoint) {
        Ok(guard) => guard,
        Err(error) => {
            complain(&format!("error: telemetry cannot be started: {error}"));
            return Ended::BadInput.into();
        }
    };
    let ended = match cli.command {
        Command::Price(args) if args.json_lines => price::stream_file(&args.common, &args.file),
        Command::Price(args) => price::one_file(&args.common, &args.file, args.json),
        Command::Explain(args) => price::explain_file(&args.common, &args.file),
        Command::Replay(args) => replay::replay(&args.common, &args.statement, &args.encounter),
        Command::Plugin(command) => plugin::run(&command),
        Command::Qr(command) => qr::run(&command),
        Command::Claims(command) => claims::run(&command),
        Command::Card(command) => card::run(&command),
        Command::Serve(args) => serve::run(*args),
        Command::Migrate(args) => records::migrate(&args),
        Command::Token(command) => records::token(&command),
        Command::Admin(command) => people::admin(&command),
        Command::Person(command) => people::person(&command),
        Command::Audit(command) => records::audit(&command),
        Command::Verify(args) => verify::run(&args),
        Command::Backup(args) => records::backup(&args),
        Command::Restore(args) => records::restore(&args),
        // Done above, before anything else was started.
        Command::CompileComponent(_) => Ended::Done,
        Command::Demo(args) => demo::run(&args),
    };
    ended.into()
}
