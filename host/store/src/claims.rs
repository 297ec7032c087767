//! Claims: one for each visit, in versions; a version that was sent stays as it was sent.

use vienphi_domain::Digest;

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// The claim of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The facility's number of it.
    pub id: i64,
    /// Of which visit.
    pub encounter: String,
    /// The newest version; from 1.
    pub version: i64,
    /// Since when.
    pub created_at: i64,
}

from_row!(Claim: id, encounter, version, created_at);

/// A file of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Of which claim.
    pub claim: i64,
    /// From 1.
    pub version: i64,
    /// As `vienphi_claims::ClaimState` words it.
    pub state: String,
    /// Digest of the visit it was made from.
    pub snapshot: Vec<u8>,
    /// Digest of the statement it was made from.
    pub statement: Vec<u8>,
    /// Digest of the file, which is kept as a document of the visit.
    pub document: Vec<u8>,
    /// 1 when the hospital's signature is in it.
    pub is_signed: i64,
    /// The day on which the visit ended.
    pub discharged_on: String,
    /// NGAY_TTOAN, as in `2026-03-05T10:00`; none while the patient has not paid.
    pub paid_at: Option<String>,
    /// The version before it.
    pub replaces: Option<i64>,
    /// How many things a check found.
    pub findings: i64,
    /// How many of them keep it from being sent.
    pub blocking: i64,
    /// Findings and what the portal said, sealed for `claim/ID/VERSION`.
    pub body: Vec<u8>,
    /// How often it was taken to be sent.
    pub tries: i64,
    /// How often the portal was asked what became of it, since it was sent.
    pub looks: i64,
    /// How many of these looks, one after another, did not find it.
    pub absent: i64,
    /// When it left last.
    pub sent_at: Option<i64>,
    /// When it is looked at next.
    pub due_at: Option<i64>,
    /// Since when it waits for a person who looks at the portal.
    pub waits_since: Option<i64>,
    /// What the portal calls it (maGiaoDich).
    pub transaction_id: Option<String>,
    /// When the portal says that it came.
    pub received_at: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// By whom.
    pub created_by: String,
    /// When it changed last.
    pub changed_at: i64,
}

from_row!(Version: claim, version, state, snapshot, statement, document, is_signed, discharged_on, paid_at,
    replaces, findings, blocking, body, tries, looks, absent, sent_at, due_at, waits_since, transaction_id,
    received_at, created_at, created_by, changed_at);

/// A claim's newest version in a list, beside what its visit is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Of which visit.
    pub encounter: String,
    /// The newest version.
    pub version: Version,
    /// Digest of the visit as it is now.
    pub now_snapshot: Vec<u8>,
    /// Digest of its statement.
    pub now_statement: Vec<u8>,
    /// What its patient owes, in 1/100 đồng.
    pub receivable: i64,
    /// `open` or `closed`.
    pub encounter_state: String,
}

from_row!(Listed: encounter, now_snapshot, now_statement, receivable, encounter_state; version);

impl Listed {
    /// Does the visit say another thing than its claim, or has its patient paid since?
    pub fn is_outdated(&self) -> bool {
        let says_other = self.version.snapshot != self.now_snapshot || self.version.statement != self.now_statement;
        let was_paid = self.version.paid_at.is_none() && self.receivable <= 0 && self.encounter_state == "closed";
        says_other || was_paid
    }
}

/// Which claims of a list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In this state; in any when empty.
    pub state: String,
    /// Only those that wait for a person.
    pub waiting: bool,
    /// Of this visit; of any when empty.
    pub encounter: String,
    /// Discharged on this day or later.
    pub from: String,
    /// Discharged on this day or earlier; any when empty.
    pub to: String,
}

/// A step of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Counts the steps of a version, from 1.
    pub number: i64,
    /// What happened, as in `accepted`.
    pub event: String,
    /// What it was then.
    pub state: String,
    /// When.
    pub at: i64,
    /// By whom.
    pub actor: String,
}

from_row!(Step: number, event, state, at, actor);

const COLUMNS: &str = "v.claim, v.version, v.state, v.snapshot, v.statement, v.document, v.is_signed, v.discharged_on, v.paid_at, \
    v.replaces, v.findings, v.blocking, v.body, v.tries, v.looks, v.absent, v.sent_at, v.due_at, v.waits_since, v.transaction_id, \
    v.received_at, v.created_at, v.created_by, v.changed_at";

/// Keeps a new claim.
pub async fn insert(turn: &mut Turn, claim: &Claim, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into claim (facility, id, encounter, version, created_at, audit) values ($1, $2, $3, $4, $5, $6)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(claim.id).bind(claim.encounter.clone());
    insert.bind(claim.version).bind(claim.created_at).bind(audit).execute(turn.connection()).await?;
    Ok(())
}

/// A claim has a newer version.
pub async fn set_newest(turn: &mut Turn, claim: &Claim) -> Result<(), StoreError> {
    let update = sqlx::query("update claim set version = $3 where facility = $1 and id = $2");
    let update = update.bind(turn.facility().to_string()).bind(claim.id).bind(claim.version);
    changed(update.execute(turn.connection()).await?.rows_affected(), "claim")
}

/// A claim by its number.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<Claim>, StoreError> {
    let query = "select id, encounter, version, created_at from claim where facility = $1 and id = $2";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(id).fetch_optional(connection).await?)
}

/// The claim of a visit.
pub async fn of_encounter(
    connection: &mut Connection,
    facility: &str,
    encounter: &str,
) -> Result<Option<Claim>, StoreError> {
    let query = "select id, encounter, version, created_at from claim where facility = $1 and encounter = $2";
    let query = sqlx::query_as(query).bind(facility.to_owned()).bind(encounter.to_owned());
    Ok(query.fetch_optional(connection).await?)
}

/// Keeps a new version.
pub async fn insert_version(turn: &mut Turn, row: &Version, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into claim_version (facility, claim, version, state, snapshot, statement, document, is_signed, discharged_on, \
         paid_at, replaces, findings, blocking, body, tries, looks, absent, sent_at, due_at, waits_since, transaction_id, \
         received_at, created_at, created_by, changed_at, audit) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
         $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $23, $25)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(row.claim).bind(row.version).bind(row.state.clone());
    let insert = insert.bind(row.snapshot.clone()).bind(row.statement.clone()).bind(row.document.clone());
    let insert = insert.bind(row.is_signed).bind(row.discharged_on.clone()).bind(row.paid_at.clone());
    let insert = insert.bind(row.replaces).bind(row.findings).bind(row.blocking).bind(row.body.clone());
    let insert = insert.bind(row.tries).bind(row.looks).bind(row.absent).bind(row.sent_at).bind(row.due_at);
    let insert = insert.bind(row.waits_since).bind(row.transaction_id.clone()).bind(row.received_at.clone());
    let insert = insert.bind(row.created_at).bind(row.created_by.clone()).bind(audit);
    insert.execute(turn.connection()).await?;
    Ok(())
}

/// Keeps what became of a version.
pub async fn update_version(turn: &mut Turn, row: &Version) -> Result<(), StoreError> {
    let update = sqlx::query(
        "update claim_version set state = $4, document = $5, is_signed = $6, findings = $7, blocking = $8, body = $9, \
         tries = $10, looks = $11, absent = $12, sent_at = $13, due_at = $14, waits_since = $15, transaction_id = $16, \
         received_at = $17, changed_at = $18 where facility = $1 and claim = $2 and version = $3",
    );
    let update = update.bind(turn.facility().to_string()).bind(row.claim).bind(row.version).bind(row.state.clone());
    let update = update.bind(row.document.clone()).bind(row.is_signed).bind(row.findings).bind(row.blocking);
    let update = update.bind(row.body.clone()).bind(row.tries).bind(row.looks).bind(row.absent).bind(row.sent_at);
    let update = update.bind(row.due_at).bind(row.waits_since).bind(row.transaction_id.clone());
    let update = update.bind(row.received_at.clone()).bind(turn.now().count());
    changed(update.execute(turn.connection()).await?.rows_affected(), "claim version")
}

/// The versions of a claim, the first one first.
pub async fn versions(connection: &mut Connection, facility: &str, claim: i64) -> Result<Vec<Version>, StoreError> {
    let query =
        format!("select {COLUMNS} from claim_version v where v.facility = $1 and v.claim = $2 order by v.version");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(claim);
    Ok(query.fetch_all(connection).await?)
}

/// A version.
pub async fn version(
    connection: &mut Connection,
    facility: &str,
    claim: i64,
    version: i64,
) -> Result<Option<Version>, StoreError> {
    let query =
        format!("select {COLUMNS} from claim_version v where v.facility = $1 and v.claim = $2 and v.version = $3");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(claim).bind(version);
    Ok(query.fetch_optional(connection).await?)
}

/// The newest versions behind a claim's number, with what their visits are now.
pub async fn list(
    connection: &mut Connection,
    facility: &str,
    filter: &Filter,
    after: i64,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let query = format!(
        "select c.encounter as encounter, {COLUMNS}, e.snapshot as now_snapshot, e.statement as now_statement, \
         e.receivable as receivable, e.state as encounter_state from claim c \
         join claim_version v on v.facility = c.facility and v.claim = c.id and v.version = c.version \
         join encounter e on e.facility = c.facility and e.id = c.encounter \
         where c.facility = $1 and c.id > $2 and ($3 = '' or v.state = $3) and ($4 = 0 or v.waits_since is not null) \
         and ($5 = '' or c.encounter = $5) and v.discharged_on >= $6 and ($7 = '' or v.discharged_on <= $7) \
         order by c.id limit $8"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(after);
    let query = query.bind(filter.state.clone()).bind(i64::from(filter.waiting)).bind(filter.encounter.clone());
    let query = query.bind(filter.from.clone()).bind(filter.to.clone()).bind(limit);
    Ok(query.fetch_all(connection).await?)
}

/// Facilities, claims and versions that are to be looked at, the longest waiting first, so many of each facility: one whose portal
/// is not there keeps no other waiting.
pub async fn due(connection: &mut Connection, now: i64, each: i64) -> Result<Vec<(String, i64, i64)>, StoreError> {
    let query = "select facility, claim, version from (select facility, claim, version, due_at, \
        row_number() over (partition by facility order by due_at, claim) as place from claim_version \
        where due_at <= $1) as waiting where place <= $2 order by due_at, claim";
    Ok(sqlx::query_as(query).bind(now).bind(each).fetch_all(connection).await?)
}

/// Keeps a step: what happened, and what the version is now.
pub async fn keep_step(turn: &mut Turn, event: &str, row: &Version, audit: i64) -> Result<(), StoreError> {
    let facility = turn.facility().to_string();
    let next =
        "select coalesce(max(number), 0) + 1 from claim_step where facility = $1 and claim = $2 and version = $3";
    let next = sqlx::query_as::<_, (i64,)>(next).bind(facility.clone()).bind(row.claim).bind(row.version);
    let (number,) = next.fetch_one(turn.connection()).await?;
    let insert = sqlx::query(
        "insert into claim_step (facility, claim, version, number, event, state, document, at, actor, audit) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    );
    let insert = insert.bind(facility).bind(row.claim).bind(row.version).bind(number).bind(event.to_owned());
    let insert = insert.bind(row.state.clone()).bind(row.document.clone()).bind(turn.now().count());
    insert.bind(turn.actor().name.to_string()).bind(audit).execute(turn.connection()).await?;
    Ok(())
}

/// The steps of a version, the first one first.
pub async fn steps(
    connection: &mut Connection,
    facility: &str,
    claim: i64,
    version: i64,
) -> Result<Vec<Step>, StoreError> {
    let query = "select number, event, state, at, actor from claim_step where facility = $1 and claim = $2 and version = $3 \
        order by number";
    let query = sqlx::query_as(query).bind(facility.to_owned()).bind(claim).bind(version);
    Ok(query.fetch_all(connection).await?)
}

/// What a version's findings and answers are sealed for.
pub fn place(claim: i64, version: i64) -> String {
    format!("claim/{claim}/{version}")
}

/// The digest of a version's file.
pub fn document(row: &Version) -> Result<Digest, StoreError> {
    crate::turn::digest(row.document.clone())
}

/// A facility's account at the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Counts the changes, from 1.
    pub version: i64,
    /// Sealed for `portal-account`.
    pub body: Vec<u8>,
    /// When it was set up, or anew.
    pub changed_at: i64,
}

from_row!(Account: version, body, changed_at);

/// Sets the account up, or anew.
pub async fn set_account(turn: &mut Turn, body: Vec<u8>, audit: i64) -> Result<(), StoreError> {
    let set = sqlx::query(
        "insert into portal_account (facility, version, body, changed_at, audit) values ($1, 1, $2, $3, $4) \
         on conflict (facility) do update set version = portal_account.version + 1, body = excluded.body, \
         changed_at = excluded.changed_at, audit = excluded.audit",
    );
    let set = set.bind(turn.facility().to_string()).bind(body).bind(turn.now().count()).bind(audit);
    set.execute(turn.connection()).await?;
    Ok(())
}

/// The account as it was set up.
pub async fn account(connection: &mut Connection, facility: &str) -> Result<Option<Account>, StoreError> {
    let query = "select version, body, changed_at from portal_account where facility = $1";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).fetch_optional(connection).await?)
}

/// What checks found in the newest claims of visits that ended on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfDay {
    /// The day on which the visits ended.
    pub day: String,
    /// How many claims.
    pub made: i64,
    /// In how many something was found.
    pub faulty: i64,
    /// In how many something that keeps them from being sent.
    pub blocked: i64,
}

from_row!(OfDay: day, made, faulty, blocked);

/// What checks found, day by day.
pub async fn found_by_day(
    connection: &mut Connection,
    facility: &str,
    from: &str,
    to: &str,
) -> Result<Vec<OfDay>, StoreError> {
    let query = "select v.discharged_on as day, cast(count(*) as bigint) as made, \
         cast(sum(case when v.findings > 0 then 1 else 0 end) as bigint) as faulty, \
         cast(sum(case when v.blocking > 0 then 1 else 0 end) as bigint) as blocked \
         from claim_version v join claim c on c.facility = v.facility and c.id = v.claim and c.version = v.version \
         where v.facility = $1 and v.discharged_on >= $2 and v.discharged_on <= $3 group by v.discharged_on order by v.discharged_on";
    let query = sqlx::query_as(query).bind(facility.to_owned()).bind(from.to_owned()).bind(to.to_owned());
    Ok(query.fetch_all(connection).await?)
}
