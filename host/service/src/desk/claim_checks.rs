//! Checks of claim files that somebody sends, and what others find in them later: findings by money, what was chosen of them, our
//! own statement beside each visit. The files are not kept.

mod found;
mod keeping;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use vienphi_claims::{SCHEMA_NOTE_EN, SCHEMA_NOTE_VI, Severity, Summary, Totals};
use vienphi_domain::{Action, Actor, Day};
use vienphi_reports::FindingBook;
use vienphi_store::claim_checks::{self, ClaimCheck};
use vienphi_store::{Halt, StoreError};

pub use found::{Amounts, Both, Fault, Filter, Finding, Line, Problem, Shadow, Visit, word as severity_word};
use found::{Found, number};
use keeping::{Begin, Choose, Finish, KeepPart, Remove};

use super::money::moment;
use super::{Desk, reader, refusals};
use crate::claim_check::CheckOptions;
use crate::claim_upload::{MOST_VISITS, Sums, Upload, VISITS_IN_PART};
use crate::pricer::Pricer;

/// Checks of a list.
const LISTED: i64 = 50;

/// Findings of a page.
pub const PAGE: usize = 50;

/// Findings that are chosen in one turn.
const CHOSEN_AT_ONCE: usize = 500;

/// So many parts may wait to be kept while the next are made.
const WAITING: usize = 4;

/// So many bytes of findings are held for whoever looks at them; those looked at last stay.
const SHELF: usize = 96 * 1024 * 1024;

/// A file that came, or why no more will.
pub type Piece = Result<(String, Vec<u8>), String>;

/// A check as a list shows it.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// Its number.
    pub id: i64,
    /// What its sender called it.
    pub name: String,
    /// By whom.
    pub made_by: String,
    /// When.
    pub made_at: String,
    /// Files that were looked at.
    pub files: i64,
    /// Visits in them.
    pub visits: i64,
    /// What was found.
    pub findings: i64,
    /// What all came to: the summary of a check, `cut`, `forgotten`, `unpriced`, `left_out`.
    pub sums: Value,
}

/// Findings of a page.
#[derive(Debug, Serialize)]
pub struct Findings {
    /// Those of the page, the most money first.
    pub items: Vec<Shown>,
    /// How many fit the filter.
    pub count: usize,
    /// The page, from 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
    /// How many somebody chose, on whatever page.
    pub chosen: usize,
}

/// A finding of a page.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Its number in the check.
    pub number: i64,
    /// The number of its visit.
    pub place: usize,
    /// The file.
    pub file: String,
    /// `MA_LK`.
    pub visit: String,
    /// What was found.
    pub finding: Finding,
    /// Did whoever looks choose it?
    pub is_chosen: bool,
}

/// Visits that part from our statement.
#[derive(Debug, Serialize)]
pub struct Beside {
    /// Those of the page, the most money first.
    pub items: Vec<Differing>,
    /// How many differ, or could not be priced.
    pub count: usize,
    /// How many of them could not be priced; these come last.
    pub unpriced: usize,
    /// The page, from 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
}

/// A visit that parts from our statement.
#[derive(Debug, Serialize)]
pub struct Differing {
    /// Its number in the check.
    pub place: usize,
    /// The file.
    pub file: String,
    /// `MA_LK`.
    pub visit: String,
    /// The package that priced it.
    pub tariff: String,
    /// What the insurer will cut.
    pub cut: String,
    /// What the hospital forgot.
    pub forgotten: String,
    /// Why it could not be priced; empty when it was.
    pub problem: String,
}

/// Whose check.
type Name = (Box<str>, i64);

/// Findings that were looked at lately.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<Vec<(Name, Arc<Found>)>>);

impl Shelf {
    fn get(&self, name: &Name) -> Option<Arc<Found>> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = shelf.iter().position(|(known, _)| known == name)?;
        let held = shelf.remove(place);
        let found = Arc::clone(&held.1);
        shelf.insert(0, held);
        Some(found)
    }

    fn put(&self, name: Name, found: &Arc<Found>) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.retain(|(known, _)| *known != name);
        shelf.insert(0, (name, Arc::clone(found)));
        let mut weight = 0;
        // One that is heavier than the shelf is held alone.
        shelf.retain(|(_, found)| {
            let fits = weight == 0 || weight + found.weight() <= SHELF;
            weight += if fits { found.weight() } else { 0 };
            fits
        });
    }
}

fn body_place(id: i64) -> String {
    format!("claim-check/{id}")
}

fn broken(error: &serde_json::Error) -> StoreError {
    StoreError::Damaged(format!("what was found cannot be read at {}:{}", error.line(), error.column()))
}

fn unread() -> StoreError {
    StoreError::Unavailable("reading what was found ended before it was done".into())
}

impl Desk {
    /// Checks files as they come, and keeps what is found; the number of the check. When they break off, nothing is kept.
    ///
    /// # Errors
    ///
    /// Whoever may not; files that cannot be taken (too many visits, or what was wrong with them on their way).
    pub async fn check_claims(
        &self,
        actor: &Arc<Actor>,
        name: &str,
        files: mpsc::Receiver<Piece>,
        pricer: Arc<Pricer>,
        received_on: Option<Day>,
        today: Day,
    ) -> Result<i64, Halt> {
        self.may(actor, Action::ClaimCheckMake)?;
        let id = self.store.write(actor, Begin).await?;
        let (parts, mut made) = mpsc::channel(WAITING);
        let options = CheckOptions { received_on, ..CheckOptions::default() };
        let work = tokio::task::spawn_blocking(move || check(&pricer, options, today, files, &parts));
        let key = self.store.key(&actor.facility).await?;
        let mut count = 0;
        while let Some(plain) = made.recv().await {
            let part = claim_checks::pack(&key, id, count, &plain)?;
            self.store.write(actor, KeepPart { id, place: count, part }).await?;
            count += 1;
        }
        let ended = work.await.map_err(|_| StoreError::Damaged("checking ended before it was done".into()))?;
        let sums = match ended {
            Ok(sums) => sums,
            Err(why) => {
                self.store.write(actor, Remove { id, is_whole: false }).await?;
                return Err(refusals::invalid_field("files", why).into());
            }
        };
        self.store.write(actor, Finish { id, parts: count, name: name.to_owned(), sums }).await?;
        Ok(id)
    }

    /// Checks of the facility, the newest first.
    pub async fn claim_checks(&self, actor: &Actor) -> Result<Vec<Listed>, Halt> {
        self.may(actor, Action::ClaimCheckRead)?;
        let rows = claim_checks::list(&mut *reader(&self.store).await?, &actor.facility, LISTED).await?;
        let mut listed = Vec::with_capacity(rows.len());
        for row in rows {
            listed.push(self.listed(actor, row).await?);
        }
        Ok(listed)
    }

    /// A check, and what it came to.
    pub async fn claim_check(&self, actor: &Actor, id: &str) -> Result<Listed, Halt> {
        let row = self.claim_check_row(actor, id).await?;
        self.listed(actor, row).await
    }

    /// Findings of a check that fit a filter, the most money first.
    pub async fn found_in_claims(
        &self,
        actor: &Actor,
        id: &str,
        filter: &Filter,
        page: usize,
    ) -> Result<Findings, Halt> {
        let (_, found, chosen) = self.opened(actor, id).await?;
        let wanted = found.wanted(filter, &chosen);
        let (page, pages) = paged(page, wanted.len());
        let shown = |place: &usize| {
            let (visit, finding) = &found.findings[*place];
            let entry = &found.visits[*visit];
            Shown {
                number: number(*place),
                place: *visit,
                file: entry.file.to_string(),
                visit: entry.visit.as_deref().unwrap_or_default().to_owned(),
                finding: finding.clone(),
                is_chosen: chosen.contains(&number(*place)),
            }
        };
        let items = wanted.iter().skip((page - 1) * PAGE).take(PAGE).map(shown).collect();
        Ok(Findings { items, count: wanted.len(), page, pages, chosen: chosen.len() })
    }

    /// Visits of a check that part from our statement, or that we could not price.
    pub async fn beside_claims(&self, actor: &Actor, id: &str, page: usize) -> Result<Beside, Halt> {
        let (_, found, _) = self.opened(actor, id).await?;
        let differing = &found.by_difference;
        let (page, pages) = paged(page, differing.len());
        let shown = |place: &usize| {
            let entry = &found.visits[*place];
            let beside = entry.shadow.as_ref();
            let money = |of: fn(&found::Beside) -> vienphi_money::Amount| {
                beside.map_or_else(String::new, |beside| of(beside).text().as_str().to_owned())
            };
            Differing {
                place: *place,
                file: entry.file.to_string(),
                visit: entry.visit.as_deref().unwrap_or_default().to_owned(),
                tariff: beside.map_or_else(String::new, |beside| beside.tariff.to_string()),
                cut: money(|beside| beside.cut),
                forgotten: money(|beside| beside.forgotten),
                problem: found.problem(*place).unwrap_or_default().to_owned(),
            }
        };
        let items = differing.iter().skip((page - 1) * PAGE).take(PAGE).map(shown).collect();
        Ok(Beside { items, count: differing.len(), unpriced: found.unpriced(), page, pages })
    }

    /// A visit of a check with all that was found, our statement beside it.
    pub async fn checked_claim(&self, actor: &Actor, id: &str, place: usize) -> Result<Visit, Halt> {
        let row = self.claim_check_row(actor, id).await?;
        let missing = || refusals::not_found("visit of this check", &place.to_string());
        let part = number(place / VISITS_IN_PART);
        if part >= row.parts {
            return Err(missing().into());
        }
        let key = self.store.key(&actor.facility).await?;
        let subject = format!("claim-check/{}/{place}", row.id);
        // That it is looked at is written down while it is read, also of a visit that turns out not to be there; nothing is shown before.
        let looking = self.looks_at(actor, Action::ClaimCheckRead, &subject);
        let reading = async {
            let mut connection = reader(&self.store).await?;
            Ok(claim_checks::part(&mut connection, &key, &actor.facility, row.id, part).await?)
        };
        let ((), plain) = tokio::try_join!(looking, reading)?;
        // Of the others only where they end is looked for.
        let visits: Vec<&RawValue> = serde_json::from_slice(&plain).map_err(|error| broken(&error))?;
        let visit = visits.get(place % VISITS_IN_PART).ok_or_else(missing)?;
        Ok(serde_json::from_str(visit.get()).map_err(|error| broken(&error))?)
    }

    /// Chooses findings of a check for oneself, and takes others back.
    pub async fn choose_findings(
        &self,
        actor: &Arc<Actor>,
        id: &str,
        chosen: Vec<i64>,
        dropped: Vec<i64>,
    ) -> Result<(), Halt> {
        let row = self.claim_check_row(actor, id).await?;
        let is_there = |finding: &i64| (0..row.findings).contains(finding);
        if !chosen.iter().chain(&dropped).all(is_there) {
            return Err(refusals::invalid_field("finding", "must be a number of a finding of this check").into());
        }
        self.store.write(actor, Choose { id: row.id, chosen, dropped }).await
    }

    /// Chooses everything that fits a filter, or nothing any more.
    pub async fn choose_all(&self, actor: &Arc<Actor>, id: &str, filter: &Filter, is_chosen: bool) -> Result<(), Halt> {
        let (row, found, chosen) = self.opened(actor, id).await?;
        let wanted: Vec<i64> = found.wanted(filter, &chosen).into_iter().map(number).collect();
        // Whoever waits for a turn at the desk does not wait for all of them.
        for some in wanted.chunks(CHOSEN_AT_ONCE) {
            let (chosen, dropped) = if is_chosen { (some.to_vec(), Vec::new()) } else { (Vec::new(), some.to_vec()) };
            self.store.write(actor, Choose { id: row.id, chosen, dropped }).await?;
        }
        Ok(())
    }

    /// The findings that fit a filter as a workbook.
    pub async fn found_as_workbook(&self, actor: &Actor, id: &str, filter: &Filter) -> Result<Vec<u8>, Halt> {
        let (_, found, chosen) = self.opened(actor, id).await?;
        let (today, filter) = (self.store.now().day(), filter.clone());
        let written = tokio::task::spawn_blocking(move || workbook(&found, &filter, &chosen, today)).await;
        let ended = |_| StoreError::Unavailable("writing the workbook ended before it was done".into());
        Ok(written.map_err(ended)?.map_err(|error| StoreError::Damaged(error.to_string()))?)
    }

    /// Removes a check with all that it found.
    pub async fn remove_claim_check(&self, actor: &Arc<Actor>, id: &str) -> Result<(), Halt> {
        self.may(actor, Action::ClaimCheckMake)?;
        let row = self.claim_check_row(actor, id).await?;
        self.store.write(actor, Remove { id: row.id, is_whole: true }).await
    }

    async fn claim_check_row(&self, actor: &Actor, id: &str) -> Result<ClaimCheck, Halt> {
        self.may(actor, Action::ClaimCheckRead)?;
        let missing = || refusals::not_found("check of claims", id);
        let number = id.parse().map_err(|_| missing())?;
        let found = claim_checks::find(&mut *reader(&self.store).await?, &actor.facility, number).await?;
        found.ok_or_else(|| missing().into())
    }

    async fn listed(&self, actor: &Actor, row: ClaimCheck) -> Result<Listed, Halt> {
        let key = self.store.key(&actor.facility).await?;
        let mut body: Value =
            serde_json::from_slice(&key.open(&row.body, &body_place(row.id))?).map_err(|error| broken(&error))?;
        Ok(Listed {
            id: row.id,
            name: body["name"].as_str().unwrap_or_default().to_owned(),
            made_by: row.made_by,
            made_at: moment(row.made_at),
            files: row.files,
            visits: row.visits,
            findings: row.findings,
            sums: body["sums"].take(),
        })
    }

    /// A check with its findings, and what whoever looks chose of them.
    async fn opened(&self, actor: &Actor, id: &str) -> Result<(ClaimCheck, Arc<Found>, BTreeSet<i64>), Halt> {
        let row = self.claim_check_row(actor, id).await?;
        let name = (actor.facility.clone(), row.id);
        let mut connection = reader(&self.store).await?;
        let found = match self.shelf.get(&name) {
            Some(found) => found,
            None => {
                let key = self.store.key(&actor.facility).await?;
                let mut found = Found::default();
                for part in 0..row.parts {
                    let plain = claim_checks::part(&mut connection, &key, &actor.facility, row.id, part).await?;
                    // Beside the threads that answer: of a large check it takes long.
                    let read = tokio::task::spawn_blocking(move || found.add(&plain).map(|()| found)).await;
                    found = read.map_err(|_| unread())?.map_err(|error| broken(&error))?;
                }
                let sorted = tokio::task::spawn_blocking(move || found.sorted()).await;
                let found = Arc::new(sorted.map_err(|_| unread())?);
                self.shelf.put(name, &found);
                found
            }
        };
        let chosen = claim_checks::choice(&mut connection, &actor.facility, row.id, &actor.name).await?;
        Ok((row, found, chosen.into_iter().collect()))
    }
}

/// A page that there is, and how many there are; an empty list has one.
fn paged(page: usize, count: usize) -> (usize, usize) {
    let pages = count.div_ceil(PAGE).max(1);
    (page.clamp(1, pages), pages)
}

/// Checks files as they come, on a thread of its own.
fn check(
    pricer: &Pricer,
    options: CheckOptions,
    today: Day,
    mut files: mpsc::Receiver<Piece>,
    parts: &mpsc::Sender<Vec<u8>>,
) -> Result<Sums, String> {
    let mut upload = Upload::new(pricer, options, today);
    // Nobody takes parts any more when whoever sent the files has gone: the rest is for nobody.
    let keep = |part| {
        let _ = parts.blocking_send(part);
    };
    let mut is_empty = true;
    while let Some(piece) = files.blocking_recv() {
        let (name, bytes) = piece?;
        is_empty = false;
        upload.file(&name, &bytes, keep);
        if upload.visits() > MOST_VISITS {
            return Err(format!("have more than {MOST_VISITS} visits: send fewer at a time"));
        }
        if parts.is_closed() {
            return Err("were not awaited".to_owned());
        }
    }
    if is_empty {
        return Err("must be claim files (.xml), or a .zip with claim files in it".to_owned());
    }
    Ok(upload.end(keep))
}

fn workbook(
    found: &Found,
    filter: &Filter,
    chosen: &BTreeSet<i64>,
    today: Day,
) -> Result<Vec<u8>, vienphi_reports::ReportError> {
    let (mut book, mut summary) = (FindingBook::new(today)?, Summary::default());
    let wanted = found.wanted(filter, chosen);
    let mut counts = vec![0_usize; found.visits.len()];
    for place in &wanted {
        counts[found.findings[*place].0] += 1;
    }
    for (entry, count) in found.visits.iter().zip(&counts) {
        summary.add_file(entry.error.is_none());
        match &entry.error {
            Some(why) => book.unreadable(&entry.file, why)?,
            None if *count > 0 => {
                book.visit(&entry.file, entry.visit.as_deref().unwrap_or_default(), *count, &Totals::default())?;
            }
            None => {}
        }
    }
    for place in wanted {
        let (visit, finding) = &found.findings[place];
        let entry = &found.visits[*visit];
        book.finding(
            &entry.file,
            entry.visit.as_deref().unwrap_or_default(),
            &finding.row(),
            finding.other_file.as_deref(),
        )?;
    }
    let mut file = Cursor::new(Vec::new());
    book.finish(&summary, SCHEMA_NOTE_VI, &mut file)?;
    Ok(file.into_inner())
}

/// How far the schema is known, in both languages.
pub const SCHEMA_NOTE: (&str, &str) = (SCHEMA_NOTE_VI, SCHEMA_NOTE_EN);

/// Severities as filters name them, the gravest first.
pub fn severities() -> [&'static str; 4] {
    [Severity::Blocking, Severity::Error, Severity::Warning, Severity::Note].map(severity_word)
}
