//! `vienphi plugin new`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use vienphi_domain::facility::Class;
use vienphi_kit::project::{Beginning, RailBeginning, check_name};

use super::catalogue;
use crate::output::{Ended, complain, say};

/// Not one of the 34: a plugin that is tried out.
const NO_PROVINCE: &str = "99";

/// Options of `plugin new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The plugin's name, such as tariff-thanh-hoa; its folder is made here
    #[arg(value_name = "NAME")]
    name: String,
    /// What it decides
    #[arg(long, value_enum, default_value_t = World::Tariff)]
    world: World,
    /// The province it rates: its code in the list of 34, or `central` for the ministry's hospitals
    #[arg(long, default_value = NO_PROVINCE, value_parser = read_province)]
    province: String,
    /// Prices from an approved catalogue (CSV or XLSX, in the columns of the insurer's catalogue file)
    #[arg(long, value_name = "FILE")]
    from_catalogue: Option<PathBuf>,
    /// The hospital class that the catalogue is for [default: all]
    #[arg(long, value_parser = read_class, requires = "from_catalogue")]
    class: Option<Class>,
}

/// The worlds a plugin can be made for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum World {
    /// Prices of a province
    Tariff,
    /// A way that money comes without cash
    PaymentProvider,
}

/// Writes the folder.
pub(super) fn run(args: &NewArgs) -> Result<Ended, String> {
    check_name(&args.name).map_err(|failure| failure.to_string())?;
    let folder = PathBuf::from(&args.name);
    if let World::PaymentProvider = args.world {
        if args.from_catalogue.is_some() || args.province != NO_PROVINCE {
            return Err("--province and --from-catalogue are for a tariff: a payment plugin has no prices".to_owned());
        }
        RailBeginning { name: args.name.clone() }.write(&folder).map_err(|failure| failure.to_string())?;
        say(&format!("{} is written. Next: vienphi plugin test {}\n", folder.display(), folder.display()));
        return Ok(Ended::Done);
    }
    let tables = match &args.from_catalogue {
        Some(file) => {
            let imported = catalogue::read(file, args.class)?;
            for remark in &imported.remarks {
                complain(remark);
            }
            say(&imported.summary);
            Some(imported.tables)
        }
        None => None,
    };
    let beginning = Beginning { name: args.name.clone(), province: args.province.clone(), tables };
    beginning.write(&folder).map_err(|failure| failure.to_string())?;
    say(&format!("{} is written. Next: vienphi plugin test {}\n", folder.display(), folder.display()));
    Ok(Ended::Done)
}

fn read_province(text: &str) -> Result<String, String> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code || text == "central" {
        Ok(text.to_owned())
    } else {
        Err("must be two digits of the list of 34 provinces, such as 38, or `central`".to_owned())
    }
}

fn read_class(text: &str) -> Result<Class, String> {
    let words = Class::WORDS;
    words.iter().find(|(word, _)| *word == text).map(|(_, class)| *class).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("must be one of {}", known.join(", "))
    })
}
