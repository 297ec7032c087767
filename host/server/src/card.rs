//! `vienphi card check`: the insurer's portal is asked about a card.

use std::io::Read as _;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::claims::key::KeyArgs;
use crate::cli::Common;
use crate::database::DatabaseArgs;
use crate::insurer::{self, Connecting};
use crate::output::{Ended, complain, say};
use crate::records::read_facility;

/// What is done with cards.
#[derive(Debug, Subcommand)]
pub enum CardCommand {
    /// Ask the insurer's portal about a card: exit code 1 when it is not good, or the portal does not answer
    Check(CheckArgs),
}

/// Options of `card check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    key: KeyArgs,
    /// Who asks (MA_CSKCB)
    #[arg(long, value_name = "CODE", value_parser = read_facility)]
    facility: String,
    /// The name on the card [default: of the patient who is known here with it]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The day, month or year of birth: 1961-04-02, 1961-04 or 1961 [default: of the patient who is known here with the card]
    #[arg(long, value_name = "DATE")]
    birth_date: Option<String>,
    /// The patient whose card it is, by the facility's own id
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    /// An answer this old is good enough [default: as the policies say]
    #[arg(long, value_name = "SECONDS")]
    max_age: Option<u32>,
    /// Ask what its holder paid with the insurer this year, instead
    #[arg(long)]
    copayment: bool,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// The card, or - to read it from standard input: other users of this machine see what commands are started with
    #[arg(value_name = "NUMBER|-")]
    number: String,
}

/// The longest text that holds a number.
const LONGEST: u64 = 100;

/// Runs the command.
pub fn run(command: &CardCommand) -> Ended {
    let CardCommand::Check(args) = command;
    let number = match args.number.as_str() {
        "-" => {
            let mut text = String::new();
            if let Err(error) = std::io::stdin().take(LONGEST).read_to_string(&mut text) {
                complain(&format!("error: the number cannot be read: {error}"));
                return Ended::BadInput;
            }
            text.trim().to_owned()
        }
        number => number.to_owned(),
    };
    let mut question = json!({
        "kind": if args.copayment { "copayment" } else { "card" },
        "card": number,
    });
    let told = [
        ("name", args.name.clone().map(Value::from)),
        ("birth_date", args.birth_date.clone().map(Value::from)),
        ("patient", args.patient.clone().map(Value::from)),
        ("max_age_seconds", args.max_age.map(Value::from)),
    ];
    for (field, value) in told {
        if let Some(value) = value {
            question[field] = value;
        }
    }
    let connecting = Connecting { common: &args.common, database: &args.database, key: &args.key };
    let asked = insurer::with_desk(connecting, &args.facility, async |desk, _, actor| {
        let shown = desk.ask_eligibility(&actor, question.to_string().as_bytes()).await?;
        if args.json {
            say(&format!("{}\n", serde_json::to_string(&shown).unwrap_or_default()));
        } else {
            say(&shown.in_words());
        }
        Ok(if shown.is_good() { Ended::Done } else { Ended::Differences })
    });
    asked.unwrap_or_else(|ended| ended)
}
