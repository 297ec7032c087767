//! `vienphi demo`: prices the sample day, explains one bill, then serves a hospital and a health station whose payers, bank and
//! insurer are simulated.
//!
//! * `town`: both facilities; `house`, `staff`, `counter`: who works there, and how
//! * `visits`, `courses`: three hundred visits of the generator, and what becomes of each
//! * `money`, `requests`, `claims`, `cards`: how it becomes so, by the use cases of the desk alone
//! * `gateways`, `key`: the other side of rails and portal, and the key that claims are signed with
//! * `month`: claim files for the claim check
//! * `introduction`, `states`, `sample_day`: what is printed

mod cards;
mod claims;
mod clock;
mod counter;
mod courses;
mod folder;
mod gateways;
mod house;
mod introduction;
mod key;
mod money;
mod month;
mod requests;
mod sample_day;
mod staff;
mod states;
mod town;
mod visits;

use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde_json::Value;
use vienphi_service::Pricer;
use vienphi_web::Doors;

use folder::Folder;
use house::text;
use introduction::{Month, introduction};
use town::{HOSPITAL, STATION, Town};

use crate::cli::Common;
use crate::lang::Lang;
use crate::output::{Ended, say};
use crate::serve::{self, ServeError};
use crate::table::{Align, Table, grouped};
use crate::{samples, today};

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    #[command(flatten)]
    common: Common,
    /// Exit instead of serving, after the simulated payers have paid, every state was counted and the records were verified
    #[arg(long)]
    once: bool,
}

/// Prices the sample day and prints it; then opens the facilities, and serves them unless told not to.
pub fn run(args: &DemoArgs) -> Ended {
    let Some(pricer) = args.common.pricer() else { return Ended::BadInput };
    if !sample_day::show(&pricer, args.common.today, args.common.lang) {
        return Ended::BadInput;
    }
    serve::ended(serve::in_runtime(async { show(pricer, args).await }))
}

/// Opens the facilities, says how to enter them, and serves them; or lets their payers pay, and ends.
async fn show(pricer: Pricer, args: &DemoArgs) -> Result<(), ServeError> {
    let (began, lang) = (Instant::now(), args.common.lang);
    let (listener, pricer) = (serve::listen_for_demo().await?, Arc::new(pricer));
    let today = args.common.today.unwrap_or_else(today::today);
    let failed = ServeError::Demo;
    let folder = Folder::new().map_err(failed)?;
    let first = today.plus_days(-2 * visits::MONTH - 1);
    let places = samples::places_over(&pricer, first, today)
        .ok_or_else(|| failed("no facility of the registry has both a contract and an exam with a price".to_owned()))?;
    let month = folder.file("claims");
    let writing = tokio::task::spawn_blocking({
        let (pricer, places, month) = (Arc::clone(&pricer), places.clone(), month.clone());
        move || month::write(&pricer, &places, HOSPITAL, today, &month)
    });
    let town = Town::open(listener.local_addr()?, &pricer, &args.common, (&places, folder.path(), today)).await;
    let mut town = town.map_err(failed)?;
    let desk = Arc::clone(&town.desk);
    let serving =
        tokio::spawn(serve::serve(Doors::Here(listener), Arc::clone(&pricer), args.common.today, None, Some(desk)));
    town.live().await.map_err(failed)?;
    let (files, wrong) = writing.await.map_err(|error| failed(error.to_string()))?.map_err(failed)?;
    say(&introduction(&town, &Month { folder: &month, files, wrong }, lang));
    let ready = lang.pick("Sẵn sàng sau", "Ready after");
    let stop = lang.pick("Ctrl-C để dừng", "Ctrl-C ends it");
    if args.once {
        return end(&town, lang).await;
    }
    say(&format!("{ready} {} s. {stop}\n", began.elapsed().as_secs()));
    serving.await.map_err(|error| failed(error.to_string()))?
}

/// The payers pay, the claims arrive, every state is counted, and the records must hold together.
async fn end(town: &Town, lang: Lang) -> Result<(), ServeError> {
    let failed = ServeError::Demo;
    say(&paid(&town.pay().await.map_err(failed)?, lang));
    town.settle_down().await.map_err(failed)?;
    let of_hospital = town.hospital.house.states(&town.hospital.visits, &town.hospital.shifts).await.map_err(failed)?;
    let of_station = town.station.house.states(&town.station.visits, &town.station.shifts).await.map_err(failed)?;
    let title = lang.pick("Hồ sơ và ca thu theo tình trạng", "Visits and shifts by state");
    say(&format!("{title}\n\n{}\n", states::table([(HOSPITAL, &of_hospital), (STATION, &of_station)], lang)));
    let checks = town.desk.store().verify().await?;
    let violations: u64 = checks.iter().map(|check| check.violation_count).sum();
    if violations > 0 {
        let broken = checks.iter().filter(|check| check.violation_count > 0).map(|check| check.invariant);
        return Err(failed(format!("the records do not hold together: {}", broken.collect::<Vec<_>>().join(", "))));
    }
    let text =
        lang.pick("điều kiện của vienphi verify, không có vi phạm", "invariants of vienphi verify, no violation");
    say(&format!("{} {text}\n", checks.len()));
    Ok(())
}

/// What was paid without cash.
fn paid(requests: &[Value], lang: Lang) -> String {
    let mut table = Table::new(&[
        (lang.pick("Hồ sơ", "Encounter"), Align::Left),
        (lang.pick("Kênh", "Rail"), Align::Left),
        (lang.pick("Đã nhận", "Received"), Align::Right),
        (lang.pick("Biên lai", "Receipt"), Align::Left),
    ]);
    for request in requests {
        let [encounter, rail, receipt] = ["encounter", "rail", "receipt"].map(|name| text(request, name).to_owned());
        table.row(vec![encounter, rail, grouped(text(request, "received")), receipt]);
    }
    let title = lang.pick("Đã thanh toán không tiền mặt", "Paid without cash");
    format!("{title}\n\n{}\n", table.print(0))
}
