//! Archives: everything that is kept in one file that either database reads.
//!
//! What is sealed in the database is sealed in the archive: whoever restores it needs the key file, which is not in it and
//! is kept elsewhere. An archive is of one schema; it is restored by a program that works with that schema.

mod base64;
mod format;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use vienphi_domain::Digest;

use self::format::{Header, Item, Kind, Reader, Table, Writer, unwritten};
use crate::deferred::Cell;
use crate::dialect::Dialect;
use crate::error::StoreError;
use crate::keys::random;
use crate::migrate::{self, KNOWN};
use crate::store::Store;
use crate::{Connection, facilities};

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Its tables, each with the number of its rows.
    pub tables: Vec<(String, u64)>,
    /// The schema of the database it was made from.
    pub schema: i64,
    /// Of everything in it.
    pub digest: Digest,
}

/// Rows read at once.
const PAGE: usize = 200;

/// A statement has so many values at most: finding the place of each takes SQLite longer the more there are.
const VALUES_TOGETHER: usize = 320;

/// A statement writes so many bytes at most, or one row.
const BYTES_TOGETHER: usize = 1024 * 1024;

/// Is told how many rows were written so far.
pub type Progress<'a> = &'a mut (dyn FnMut(u64) + Send);

impl Store {
    /// Writes everything that is kept into a new file, as it is at one moment. The key file is not in it.
    ///
    /// The file has its name only when all of it is on the disk.
    pub async fn backup(&self, to: &Path, progress: Progress<'_>) -> Result<Archived, StoreError> {
        refuse_existing(to)?;
        let part = Part::beside(to)?;
        let mut connection = self.long_connection().await?;
        connection.execute(self.connector.dialect.begin_reading()).await?;
        let copied = copy_out(&mut connection, self.connector.dialect, &part.path, progress).await;
        let ended = connection.execute("rollback").await;
        let _ = connection.close().await;
        let archived = copied?;
        ended?;
        part.become_file(to)?;
        Ok(archived)
    }

    /// Fills a database that keeps no facility's records from an archive.
    ///
    /// The whole file is read and checked before anything is written, and all of it is written in one transaction: a
    /// damaged file or a kill leaves the database empty. The key file must be the one of the archive's records.
    pub async fn restore(&self, from: &Path, progress: Progress<'_>) -> Result<Archived, StoreError> {
        let mut reader = Reader::open(from)?;
        check_schema(reader.header.schema)?;
        let checked = loop {
            match reader.next()? {
                Item::Row(table, cells) if reader.header.tables[table].name == "facility" => {
                    self.check_facility(&reader.header.tables[table], &cells)?;
                }
                Item::Row(..) => {}
                Item::End(archived) => break archived,
            }
        };
        let mut connection = self.long_connection().await?;
        let mut transaction = connection.begin_with(self.connector.dialect.begin_writing()).await?;
        if let Some(lock) = self.connector.dialect.lock_migrations() {
            transaction.execute(lock).await?;
        }
        if !facilities::list(&mut transaction).await?.is_empty() {
            return Err(StoreError::Archive("the database keeps records already: restore into an empty one".into()));
        }
        let restored = copy_in(&mut transaction, self.connector.dialect, from, progress).await?;
        if restored != checked {
            return Err(StoreError::Archive("the archive was changed while it was read".into()));
        }
        transaction.commit().await?;
        let _ = connection.close().await;
        Ok(restored)
    }

    /// A connection whose statements take as long as they need.
    async fn long_connection(&self) -> Result<Connection, StoreError> {
        let mut connection = self.connector.connect().await?;
        if let Some(unhurried) = self.connector.dialect.wait_long() {
            connection.execute(unhurried).await?;
        }
        Ok(connection)
    }

    /// Does the key file open the records of a facility in an archive? Better known before they are here.
    fn check_facility(&self, table: &Table, cells: &[Cell]) -> Result<(), StoreError> {
        let column = |wanted: &str| {
            let place = table.columns.iter().position(|(name, _)| name == wanted);
            place.and_then(|place| cells.get(place))
        };
        match (column("facility"), column("data_key")) {
            (Some(Cell::Text(Some(facility))), Some(Cell::Bytes(Some(sealed)))) => {
                self.connector.master.facility(facility, sealed).map(|_| ())
            }
            _ => Err(StoreError::Archive("the archive has a facility without a key".into())),
        }
    }
}

/// Reads an archive to its end and checks everything in it; no database is needed.
pub fn inspect(from: &Path) -> Result<Archived, StoreError> {
    let mut reader = Reader::open(from)?;
    loop {
        if let Item::End(archived) = reader.next()? {
            return Ok(archived);
        }
    }
}

fn check_schema(schema: i64) -> Result<(), StoreError> {
    match schema {
        KNOWN => Ok(()),
        newer if newer > KNOWN => Err(StoreError::Archive(format!(
            "the archive has schema {newer}, this program knows schemas up to {KNOWN}: use the newer program"
        ))),
        older => Err(StoreError::Archive(format!(
            "the archive has schema {older}, this program restores schema {KNOWN}: restore it with the program that wrote it, \
             then migrate the database with this one"
        ))),
    }
}

/// The tables of records as the database has them.
async fn tables(connection: &mut Connection, dialect: Dialect) -> Result<Vec<Table>, StoreError> {
    let mut tables = Vec::new();
    for name in migrate::tables() {
        let query = sqlx::query_as::<_, (String, String)>(dialect.list_columns()).bind(name.to_owned());
        let mut columns = Vec::new();
        for (column, kind) in query.fetch_all(&mut *connection).await? {
            let kind = match kind.as_str() {
                "integer" | "bigint" => Kind::Int,
                "text" => Kind::Text,
                "blob" | "bytea" => Kind::Bytes,
                other => return Err(StoreError::Damaged(format!("column {column} of {name} holds {other}"))),
            };
            columns.push((column, kind));
        }
        tables.push(Table { name: name.to_owned(), columns });
    }
    Ok(tables)
}

async fn copy_out(
    connection: &mut Connection,
    dialect: Dialect,
    path: &Path,
    progress: Progress<'_>,
) -> Result<Archived, StoreError> {
    migrate::require(&mut *connection, dialect).await?;
    let file = OpenOptions::new().write(true).open(path).map_err(unwritten)?;
    let tables = tables(connection, dialect).await?;
    let header = Header::new(KNOWN, tables);
    let mut writer = Writer::new(file, &header)?;
    let mut rows = 0;
    for table in &header.tables {
        let query = sqlx::query_as::<_, (String,)>(dialect.list_key()).bind(table.name.clone());
        let keys = query.fetch_all(&mut *connection).await?;
        let places = keys.iter().map(|(key,)| table.columns.iter().position(|(column, _)| column == key));
        let places: Option<Vec<usize>> = places.collect();
        let places = places.filter(|places| !places.is_empty());
        let places = places.ok_or_else(|| StoreError::Damaged(format!("table {} has no key", table.name)))?;
        let (first, following) = pages(table, &places);
        let mut last: Option<Vec<Cell>> = None;
        loop {
            let query = sqlx::query(AssertSqlSafe(if last.is_none() { first.clone() } else { following.clone() }));
            let key = last.iter().flat_map(|last| places.iter().map(|place| last[*place].clone()));
            let page = key.fold(query, bound).fetch_all(&mut *connection).await?;
            let is_last = page.len() < PAGE;
            for row in &page {
                let cells = cells(row, table)?;
                writer.row(&cells)?;
                last = Some(cells);
            }
            rows += u64::try_from(page.len()).unwrap_or(0);
            progress(rows);
            if is_last {
                break;
            }
        }
        writer.end_table(&table.name)?;
    }
    writer.end()
}

/// The query of a table's first page, and of a page after a key.
fn pages(table: &Table, key: &[usize]) -> (String, String) {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    let key: Vec<&str> = key.iter().map(|place| names[*place]).collect();
    let marks: Vec<String> = (1..=key.len()).map(|place| format!("${place}")).collect();
    let (all, keys) = (names.join(", "), key.join(", "));
    let page = |after: &str| format!("select {all} from {} {after} order by {keys} limit {PAGE}", table.name);
    (page(""), page(&format!("where ({keys}) > ({})", marks.join(", "))))
}

fn cells(row: &AnyRow, table: &Table) -> Result<Vec<Cell>, StoreError> {
    let cell = |(place, (_, kind)): (usize, &(String, Kind))| -> Result<Cell, sqlx::Error> {
        Ok(match kind {
            Kind::Int => Cell::Int(row.try_get(place)?),
            Kind::Text => Cell::Text(row.try_get::<Option<String>, _>(place)?.map(Into::into)),
            Kind::Bytes => Cell::Bytes(row.try_get(place)?),
        })
    };
    Ok(table.columns.iter().enumerate().map(cell).collect::<Result<_, _>>()?)
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

fn bound(query: Query<'_>, cell: Cell) -> Query<'_> {
    match cell {
        Cell::Int(value) => query.bind(value),
        Cell::Text(value) => query.bind(value.map(|text| String::from(&*text))),
        Cell::Bytes(value) => query.bind(value),
    }
}

async fn copy_in(
    connection: &mut Connection,
    dialect: Dialect,
    path: &Path,
    progress: Progress<'_>,
) -> Result<Archived, StoreError> {
    let mut reader = Reader::open(path)?;
    let here = tables(connection, dialect).await?;
    if here != reader.header.tables {
        return Err(StoreError::Archive("the archive has other tables or columns than the database".into()));
    }
    let (mut rows, mut together) = (0, Together::default());
    loop {
        match reader.next()? {
            Item::Row(table, cells) => {
                if together.table != table || together.is_full() {
                    together.write(connection, &here).await?;
                    together.table = table;
                    progress(rows);
                }
                together.add(cells);
                rows += 1;
            }
            Item::End(archived) => {
                together.write(connection, &here).await?;
                progress(rows);
                return Ok(archived);
            }
        }
    }
}

/// Rows that are written by one statement.
#[derive(Default)]
struct Together {
    table: usize,
    rows: Vec<Vec<Cell>>,
    values: usize,
    bytes: usize,
}

impl Together {
    fn is_full(&self) -> bool {
        self.values >= VALUES_TOGETHER || self.bytes >= BYTES_TOGETHER
    }

    fn add(&mut self, cells: Vec<Cell>) {
        let length = |cell: &Cell| match cell {
            Cell::Text(Some(text)) => text.len(),
            Cell::Bytes(Some(bytes)) => bytes.len(),
            _ => 8,
        };
        self.values += cells.len();
        self.bytes += cells.iter().map(length).sum::<usize>();
        self.rows.push(cells);
    }

    async fn write(&mut self, connection: &mut Connection, tables: &[Table]) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.rows);
        let is_full = self.values >= VALUES_TOGETHER;
        (self.values, self.bytes) = (0, 0);
        let Some(table) = tables.get(self.table).filter(|_| !rows.is_empty()) else { return Ok(()) };
        let width = table.columns.len();
        let row = |row: usize| {
            let marks: Vec<String> = (1..=width).map(|place| format!("${}", row * width + place)).collect();
            format!("({})", marks.join(", "))
        };
        let marks: Vec<String> = (0..rows.len()).map(row).collect();
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        let insert = format!("insert into {} ({}) values {}", table.name, names.join(", "), marks.join(", "));
        // Few statements have the size of another: only full ones are worth preparing for good.
        let query = sqlx::query(AssertSqlSafe(insert)).persistent(is_full);
        let query = rows.into_iter().flatten().fold(query, bound);
        query.execute(connection).await?;
        Ok(())
    }
}

/// A file that is not whole yet; it is removed when it does not become so.
struct Part {
    path: PathBuf,
}

impl Part {
    fn beside(to: &Path) -> Result<Part, StoreError> {
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", Digest::of(&random::<32>()?).to_string().get(..12).unwrap_or_default()));
        let path = to.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let refused =
            |error: std::io::Error| StoreError::Archive(format!("{} cannot be written: {error}", to.display()));
        options.open(&path).map_err(refused)?;
        Ok(Part { path })
    }

    fn become_file(self, to: &Path) -> Result<(), StoreError> {
        // A second name never replaces what is there; where files have only one name, looking must do.
        match std::fs::hard_link(&self.path, to) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return refuse_existing(to),
            Err(_) => {
                refuse_existing(to)?;
                std::fs::rename(&self.path, to).map_err(unwritten)?;
            }
        }
        // Its name is on the disk too.
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritten)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn refuse_existing(to: &Path) -> Result<(), StoreError> {
    match to.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(StoreError::Archive(format!("{} is there already: name a new file", to.display()))),
    }
}
