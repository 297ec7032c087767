//! Standing codes: a code of a patient that stays the same and takes any amount.

use crate::Connection;
use crate::error::StoreError;
use crate::turn::Turn;

/// A patient's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingCode {
    /// The facility's number of it.
    pub id: i64,
    /// Whose.
    pub patient: String,
    /// By which rail.
    pub rail: String,
    /// What a payment carries.
    pub reference: String,
    /// What the payer is shown, sealed for `standing-code/ID`.
    pub display: Vec<u8>,
    /// Since when.
    pub created_at: i64,
}

from_row!(StandingCode: id, patient, rail, reference, display, created_at);

const COLUMNS: &str = "id, patient, rail, reference, display, created_at";

/// Keeps a code.
pub async fn insert(turn: &mut Turn, code: &StandingCode, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into standing_code (facility, id, patient, rail, reference, display, created_at, audit) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(code.id).bind(code.patient.clone());
    let insert = insert.bind(code.rail.clone()).bind(code.reference.clone()).bind(code.display.clone());
    insert.bind(code.created_at).bind(audit).execute(turn.connection()).await?;
    Ok(())
}

/// A patient's code by a rail.
pub async fn of_patient(
    connection: &mut Connection,
    facility: &str,
    patient: &str,
    rail: &str,
) -> Result<Option<StandingCode>, StoreError> {
    let query = format!("select {COLUMNS} from standing_code where facility = $1 and patient = $2 and rail = $3");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(patient.to_owned());
    Ok(query.bind(rail.to_owned()).fetch_optional(connection).await?)
}

/// A code by its reference.
pub async fn find_by_reference(
    connection: &mut Connection,
    facility: &str,
    reference: &str,
) -> Result<Option<StandingCode>, StoreError> {
    let query = format!("select {COLUMNS} from standing_code where facility = $1 and reference = $2");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned());
    Ok(query.bind(reference.to_owned()).fetch_optional(connection).await?)
}
