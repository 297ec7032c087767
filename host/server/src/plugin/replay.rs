//! `vienphi plugin replay`: payment plugins are asked again what they were asked.

use clap::Args;
use serde_json::json;
use vienphi_service::desk::{Halt, exchanges};
use vienphi_store::StoreError;

use crate::cli::Common;
use crate::database::{DatabaseArgs, Opening};
use crate::output::{Ended, say};
use crate::records::with;
use crate::serve::rails;

/// Options of `plugin replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Answer for machines
    #[arg(long)]
    json: bool,
}

/// Asks again and compares; exit code 1 when an answer is another.
pub(super) fn run(args: &ReplayArgs) -> Result<Ended, String> {
    let (base, _) = args.common.sources.base().map_err(|error| error.to_string())?;
    let rails = rails(&base, &args.common)?;
    let replayed = with(async {
        let store = args.database.open(Opening::AsItIs).await?;
        exchanges::replay(&store, &rails).await.map_err(|halt| match halt {
            Halt::Failed(error) => error,
            Halt::Refused(problem) => StoreError::Damaged(problem.detail.clone()),
        })
    });
    let replayed = match replayed {
        Ok(replayed) => replayed,
        Err(ended) => return Ok(ended),
    };
    if args.json {
        let answer = json!({"same": replayed.same, "of_others": replayed.of_others, "different": replayed.different});
        say(&format!("{answer}\n"));
    } else {
        let (same, others, different) = (replayed.same, replayed.of_others, replayed.different.len());
        say(&format!(
            "{same} calls answered the same, {different} otherwise, {others} of components that are not here\n"
        ));
        for place in &replayed.different {
            say(&format!("  {place}\n"));
        }
    }
    Ok(if replayed.different.is_empty() { Ended::Done } else { Ended::Differences })
}
