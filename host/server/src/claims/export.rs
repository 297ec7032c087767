//! `vienphi claims export`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use vienphi_claims::{Exported, NewEnvelope, SCHEMA_NOTE_EN, SCHEMA_NOTE_VI, export};
use vienphi_domain::{Day, Digest, Encounter};
use vienphi_store::encounters::{self, Scope};
use vienphi_store::{Store, StoreError, documents};

use super::files::save;
use crate::cli::Common;
use crate::database::{DatabaseArgs, Opening};
use crate::output::{Ended, complain, say};
use crate::price::{read_document, refuse};
use crate::records::{read_facility, with};

/// Options of `claims export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    common: Common,
    /// An encounter as JSON, priced now; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with_all = ["database", "facility", "month", "ids"])]
    encounter: Vec<PathBuf>,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Whose visits (MA_CSKCB)
    #[arg(long, value_name = "CODE", value_parser = read_facility, required_unless_present = "encounter")]
    facility: Option<String>,
    /// Every visit that ended in this month, as 2026-03
    #[arg(long, value_name = "MONTH", value_parser = read_month, conflicts_with = "ids")]
    month: Option<Month>,
    /// The visits (MA_LK) to write
    #[arg(value_name = "ENCOUNTER")]
    ids: Vec<String>,
    /// The folder to write into; it is made when it is not there. A file of another content is not replaced
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// All visits in one file instead of a file for each: the insurer's gateway takes one in a file
    #[arg(long)]
    many: bool,
    /// The day the files are made (NGAYLAP) [default: today in Vietnam]
    #[arg(long, value_name = "DATE", value_parser = crate::today::read_day)]
    made_on: Option<Day>,
}

/// First and last day.
#[derive(Debug, Clone, Copy)]
struct Month(Day, Day);

fn read_month(text: &str) -> Result<Month, String> {
    let first = Day::parse(&format!("{text}-01"));
    let first = first.ok_or_else(|| "must be a month such as 2026-03".to_owned())?;
    let next = (28..=31).rev().find_map(|day| Day::parse(&format!("{text}-{day}")));
    // A month has 28 days at least.
    Ok(Month(first, next.unwrap_or(first)))
}

/// Visits read at once from a database.
const PAGE: i64 = 200;

/// What is written, counted.
#[derive(Debug, Default)]
struct Written {
    visits: usize,
    open: usize,
    failed: usize,
    left_out: BTreeSet<u8>,
}

/// Writes the files.
pub(super) fn run(args: &ExportArgs) -> Ended {
    if let Err(error) = std::fs::create_dir_all(&args.output) {
        complain(&format!("error: {} cannot be made: {error}", args.output.display()));
        return Ended::BadInput;
    }
    let mut into = Into { args, written: Written::default(), together: None };
    let done = if args.encounter.is_empty() { from_database(&mut into) } else { from_files(&mut into) };
    if let Err(ended) = done.and_then(|()| into.finish()) {
        return ended;
    }
    let Written { visits, open, failed, left_out } = &into.written;
    let lang = args.common.lang;
    if !left_out.is_empty() {
        let tables: Vec<String> = left_out.iter().map(|number| format!("XML{number}")).collect();
        complain(&format!(
            "{}: {}",
            lang.pick(
                "Không ghi được (chưa thấy thẻ gốc hoặc danh sách trường của bảng)",
                "Not written (their outermost element or their fields are not public)"
            ),
            tables.join(", ")
        ));
    }
    if *open > 0 {
        complain(&format!("{open} {}", lang.pick("hồ sơ chưa ra viện, bỏ qua", "visits have not ended: left out")));
    }
    say(&format!("{visits} {}\n", lang.pick("hồ sơ đã ghi", "visits written")));
    complain(lang.pick(SCHEMA_NOTE_VI, SCHEMA_NOTE_EN));
    if *failed > 0 { Ended::Differences } else { Ended::Done }
}

struct Into<'a> {
    args: &'a ExportArgs,
    written: Written,
    /// All visits of one file: they are of one facility.
    together: Option<NewEnvelope>,
}

impl Into<'_> {
    fn made_on(&self) -> Day {
        self.args.made_on.unwrap_or_else(crate::today::today)
    }

    /// A visit's claim goes into its file.
    fn put(&mut self, facility: &str, id: &str, exported: Exported) -> Result<(), Ended> {
        let Exported { claim, left_out } = exported;
        self.written.left_out.extend(left_out);
        self.written.visits += 1;
        let made_on = self.made_on();
        let new = || NewEnvelope { facility: facility.to_owned(), made_on, claims: Vec::new() };
        if !self.args.many {
            let mut envelope = new();
            envelope.claims.push(claim);
            return self.save(&envelope, &format!("{facility}_{}.xml", name_of(id)));
        }
        let together = self.together.get_or_insert_with(new);
        if together.facility != facility {
            complain(&format!(
                "error: --many: {id} is of facility {facility}, the file of {}: one file is one facility's",
                together.facility
            ));
            return Err(Ended::BadInput);
        }
        together.claims.push(claim);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Ended> {
        let Some(envelope) = self.together.take() else { return Ok(()) };
        let (year, month, day) = envelope.made_on.calendar();
        let name = format!("{}_{year:04}{month:02}{day:02}.xml", envelope.facility);
        self.save(&envelope, &name)
    }

    fn save(&self, envelope: &NewEnvelope, name: &str) -> Result<(), Ended> {
        let path = self.args.output.join(name);
        let bytes = envelope.write().map_err(|error| {
            complain(&format!("error: {name}: {error}"));
            Ended::BadInput
        })?;
        save(&path, &bytes).map_err(|error| {
            complain(&format!("error: {}: {error}", path.display()));
            Ended::BadInput
        })
    }
}

/// A visit's id as a part of a file's name: what is no letter, digit or dash becomes its number.
fn name_of(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for letter in id.chars() {
        if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.') {
            name.push(letter);
        } else {
            name.push_str(&format!("_{:x}_", u32::from(letter)));
        }
    }
    name
}

fn from_files(into: &mut Into<'_>) -> Result<(), Ended> {
    let common = &into.args.common;
    let pricer = common.pricer().ok_or(Ended::BadInput)?;
    for file in &into.args.encounter {
        let priced = read_document(file).and_then(|document| {
            let priced = pricer.price_json(&document, common.today())?;
            Ok((document, priced))
        });
        let (document, priced) = priced.map_err(|problem| refuse(&problem, false, common.lang))?;
        let encounter = Encounter::read(&document).encounter.ok_or(Ended::BadInput)?;
        let exported = export(&document, &priced.json).map_err(|error| {
            complain(&format!("error: {}: {error}", file.display()));
            Ended::BadInput
        })?;
        into.put(&encounter.facility, &encounter.id, exported)?;
    }
    Ok(())
}

fn from_database(into: &mut Into<'_>) -> Result<(), Ended> {
    let args = into.args;
    let facility = args.facility.clone().unwrap_or_default();
    if args.month.is_none() && args.ids.is_empty() {
        complain("error: name visits, or a month with --month 2026-03");
        return Err(Ended::BadInput);
    }
    let scope = Scope {
        ids: args.ids.clone(),
        arrived_to: args.month.map_or_else(|| "9999-12-31".to_owned(), |Month(_, last)| last.to_string()),
        ..Scope::default()
    };
    let mut found = BTreeSet::new();
    with(async {
        let store = args.database.open(Opening::AsItIs).await?;
        let mut after = String::new();
        loop {
            let page = page(&store, &facility, &scope, &after).await?;
            let Some(last) = page.last() else { return Ok(Ok(())) };
            after.clone_from(&last.id);
            for visit in page {
                found.insert(visit.id.clone());
                if let Err(ended) = one(into, &facility, visit) {
                    return Ok(Err(ended));
                }
            }
        }
    })??;
    for missing in args.ids.iter().filter(|id| !found.contains(*id)) {
        complain(&format!("error: facility {facility} has no visit {missing:?}"));
        into.written.failed += 1;
    }
    Ok(())
}

fn one(into: &mut Into<'_>, facility: &str, visit: Kept) -> Result<(), Ended> {
    let Kept { id, encounter, statement } = visit;
    if let Some(Month(first, last)) = into.args.month {
        let ended = Encounter::read(&encounter).encounter.and_then(|read| read.visit.discharged_at);
        if !ended.is_some_and(|minute| (first..=last).contains(&minute.day())) {
            return Ok(());
        }
    }
    match export(&encounter, &statement) {
        Ok(exported) => into.put(facility, &id, exported),
        Err(vienphi_claims::NoClaim::Open) => {
            into.written.open += 1;
            Ok(())
        }
        Err(error) => {
            complain(&format!("error: {id}: {error}"));
            into.written.failed += 1;
            Ok(())
        }
    }
}

/// A visit as it is kept: its last document and the statement that was made of it.
struct Kept {
    id: String,
    encounter: Vec<u8>,
    statement: Vec<u8>,
}

async fn page(store: &Store, facility: &str, scope: &Scope, after: &str) -> Result<Vec<Kept>, StoreError> {
    let key = store.key(facility).await?;
    let mut connection = store.reader().await?;
    let rows = encounters::in_scope(&mut connection, facility, scope, after, PAGE).await?;
    let mut page = Vec::with_capacity(rows.len());
    for row in rows {
        let mut document = async |digest: &[u8]| {
            let digest = <[u8; 32]>::try_from(digest).map(Digest::from_bytes);
            let digest = digest.map_err(|_| StoreError::Damaged("a digest does not have 32 bytes".into()))?;
            documents::find(&mut connection, &key, facility, &row.id, &digest).await
        };
        let encounter = document(&row.snapshot).await?;
        let statement = document(&row.statement).await?;
        page.push(Kept { id: row.id.clone(), encounter, statement });
    }
    Ok(page)
}
