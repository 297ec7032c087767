//! Why a request is not answered.

use utoipa::ToSchema;

/// A problem (RFC 9457), sent as `application/problem+json`.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// A stable name
    #[schema(pattern = "^urn:vienphi:problem:[a-z-]+$", example = "urn:vienphi:problem:invalid-encounter")]
    pub r#type: String,
    /// The name in words
    pub title: String,
    /// The HTTP status
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The sender's id of the encounter, when it could be read
    #[schema(nullable = false)]
    pub encounter: Option<String>,
    /// One sentence about this case
    pub detail: String,
    /// Every fault
    pub errors: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Where; the place is the sender's. Empty for the document as a whole
    #[schema(example = "lines[2].quantity")]
    pub path: String,
    /// What was wrong and what is allowed
    pub message: String,
}
