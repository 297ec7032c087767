//! `vienphi claims export`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use vienphi_claims::{Exported, NewEnvelope, SCHEMA_NOTE_EN, SCHEMA_NOTE_VI, export};
use vienphi_domain::{Day, Encounter};

use super::files::{name_of, save};
use crate::cli::Common;
use crate::database::DatabaseArgs;
use crate::output::{Ended, complain, say};
use crate::price::{read_document, refuse};
use crate::records::read_facility;

mod records;

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
    let done = if args.encounter.is_empty() { records::write(&mut into) } else { from_files(&mut into) };
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
    /// A visit's claim goes into its file.
    fn put(&mut self, facility: &str, id: &str, exported: Exported) -> Result<(), Ended> {
        if !self.args.many {
            self.count(&exported.left_out);
            return save_one(self.args, facility, id, exported);
        }
        self.put_together(facility, id, exported)
    }

    fn count(&mut self, left_out: &[u8]) {
        self.written.left_out.extend(left_out);
        self.written.visits += 1;
    }

    fn put_together(&mut self, facility: &str, id: &str, exported: Exported) -> Result<(), Ended> {
        self.count(&exported.left_out);
        let made_on = made_on(self.args);
        let new = || NewEnvelope { facility: facility.to_owned(), made_on, claims: Vec::new() };
        let together = self.together.get_or_insert_with(new);
        if together.facility != facility {
            complain(&format!(
                "error: --many: {id} is of facility {facility}, the file of {}: one file is one facility's",
                together.facility
            ));
            return Err(Ended::BadInput);
        }
        together.claims.push(exported.claim);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Ended> {
        let Some(envelope) = self.together.take() else { return Ok(()) };
        let (year, month, day) = envelope.made_on.calendar();
        let name = format!("{}_{year:04}{month:02}{day:02}.xml", envelope.facility);
        save_envelope(self.args, &envelope, &name)
    }
}

/// A visit's claim in a file of its own.
fn save_one(args: &ExportArgs, facility: &str, id: &str, exported: Exported) -> Result<(), Ended> {
    let (facility, made_on) = (facility.to_owned(), made_on(args));
    let name = format!("{facility}_{}.xml", name_of(id));
    save_envelope(args, &NewEnvelope { facility, made_on, claims: vec![exported.claim] }, &name)
}

fn save_envelope(args: &ExportArgs, envelope: &NewEnvelope, name: &str) -> Result<(), Ended> {
    let path = args.output.join(name);
    let bytes = envelope.write().map_err(|error| {
        complain(&format!("error: {name}: {error}"));
        Ended::BadInput
    })?;
    save(&path, &bytes).map_err(|error| {
        complain(&format!("error: {}: {error}", path.display()));
        Ended::BadInput
    })
}

fn made_on(args: &ExportArgs) -> Day {
    args.made_on.unwrap_or_else(crate::today::today)
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
