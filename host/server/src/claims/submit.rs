//! `vienphi claims submit`: claims are made, checked, signed and sent from the command line, by the desk's own use cases.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use vienphi_domain::Actor;
use vienphi_service::desk::claims::ClaimShown;
use vienphi_service::desk::{Halt, Sent};
use vienphi_service::{Desk, Pricer};

use super::key::KeyArgs;
use crate::cli::Common;
use crate::database::DatabaseArgs;
use crate::insurer::{self, Connecting};
use crate::output::{Ended, complain, say};
use crate::records::read_facility;

/// Options of `claims submit`.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    key: KeyArgs,
    /// Whose visits (MA_CSKCB)
    #[arg(long, value_name = "CODE", value_parser = read_facility)]
    facility: String,
    /// Wait for the portal's answers so long; what has none then is sent by the server
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    wait: u64,
    /// Print what became of each claim as JSON, a line each
    #[arg(long)]
    json: bool,
    /// The visits (MA_LK)
    #[arg(value_name = "ENCOUNTER", required = true)]
    ids: Vec<String>,
}

/// Looked at again after so long.
const LOOK: Duration = Duration::from_millis(200);

/// Visits whose claims are made at once.
const TOGETHER: usize = 500;

/// Sends the claims and says what became of them.
pub(super) fn run(args: &SubmitArgs) -> Ended {
    let connecting = Connecting { common: &args.common, database: &args.database, key: &args.key };
    let worked = insurer::with_desk(connecting, &args.facility, async |desk, pricer, actor| {
        Work { desk, pricer, actor, args, refused: 0, claims: BTreeMap::new() }.done().await
    });
    worked.unwrap_or_else(|ended| ended)
}

struct Work<'a> {
    desk: Arc<Desk>,
    pricer: Arc<Pricer>,
    actor: Arc<Actor>,
    args: &'a SubmitArgs,
    /// Visits without a claim that can be sent.
    refused: usize,
    /// Claims by number, with what they are.
    claims: BTreeMap<i64, Option<ClaimShown>>,
}

impl Work<'_> {
    async fn done(mut self) -> Result<Ended, Halt> {
        for ids in self.args.ids.chunks(TOGETHER) {
            let document = json!({ "encounters": ids }).to_string();
            let today = self.args.common.today();
            let made = self.desk.make_claims(&self.pricer, &self.actor, document.as_bytes(), today).await?;
            for item in made.items() {
                match (item.claim(), item.problem()) {
                    (Some(claim), _) => self.submit(claim).await?,
                    (None, problem) => {
                        let why = problem.map_or("there is no claim", |problem| problem.detail.as_str());
                        self.refuse(item.encounter(), why);
                    }
                }
            }
        }
        self.follow().await?;
        Ok(self.told())
    }

    /// Has a claim sent, unless it is on its way or there already.
    async fn submit(&mut self, claim: i64) -> Result<(), Halt> {
        let id = claim.to_string();
        let shown = self.desk.claim(&self.actor, &id).await?;
        if !matches!(shown.state.as_str(), "draft" | "checked" | "signed") {
            if shown.outdated && shown.state == "received" {
                self.refuse(&shown.encounter, "the portal has an earlier version: replace it");
            } else {
                self.claims.insert(claim, None);
            }
            return Ok(());
        }
        let route = format!("claims submit {id}");
        // Sent again, the same version is the same command.
        let key = format!("{}/{id}/{}", insurer::NAME, shown.version);
        let sent = Sent { key: &key, route: &route, document: b"" };
        match self.desk.submit_claim(&self.actor, sent, &id).await {
            Ok(_) => drop(self.claims.insert(claim, None)),
            Err(Halt::Refused(problem)) => {
                self.refuse(&shown.encounter, &problem.detail);
                for fault in &problem.errors {
                    complain(&format!("  {}: {}", fault.path, fault.message));
                }
            }
            Err(failed) => return Err(failed),
        }
        Ok(())
    }

    fn refuse(&mut self, encounter: &str, why: &str) {
        complain(&format!("error: {encounter}: {why}"));
        self.refused += 1;
    }

    /// Sends until each has an answer, or the time is over.
    async fn follow(&mut self) -> Result<(), Halt> {
        let bar = ProgressBar::new(u64::try_from(self.claims.len()).unwrap_or(0));
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        let ends = Instant::now() + Duration::from_secs(self.args.wait);
        loop {
            let worked = self.desk.run_claims().await?;
            let mut open = 0;
            for (claim, known) in &mut self.claims {
                if known.as_ref().is_some_and(is_settled) {
                    continue;
                }
                let shown = self.desk.claim(&self.actor, &claim.to_string()).await?;
                open += u64::from(!is_settled(&shown));
                *known = Some(shown);
            }
            bar.set_position(bar.length().unwrap_or(0).saturating_sub(open));
            if open == 0 || Instant::now() >= ends {
                bar.finish_and_clear();
                return Ok(());
            }
            if worked == 0 {
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    fn told(&self) -> Ended {
        let mut is_clean = self.refused == 0;
        for shown in self.claims.values().flatten() {
            is_clean &= shown.state == "received";
            if self.args.json {
                say(&format!("{}\n", serde_json::to_string(shown).unwrap_or_default()));
            } else {
                let number = shown.transaction_id.as_deref().unwrap_or("-");
                let waits = if shown.waits_since.is_some() { "  waits for a person" } else { "" };
                say(&format!(
                    "{}\t{}/{}\t{}\t{number}{waits}\n",
                    shown.encounter, shown.id, shown.version, shown.state
                ));
            }
        }
        if is_clean { Ended::Done } else { Ended::Differences }
    }
}

/// Nothing more becomes of it without a person.
fn is_settled(shown: &ClaimShown) -> bool {
    shown.waits_since.is_some() || !matches!(shown.state.as_str(), "sending" | "sent" | "unknown")
}
