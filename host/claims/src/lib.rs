//! Claim files of health insurance (QĐ 130/QĐ-BYT and the decisions that patch it).
//!
//! * [`Schema`]: tables 0 to 15 and their fields, by the day of discharge; data, in `schema/*.toml`
//! * [`Envelope::read`], [`Table::read`]: a file, or one table of it, read whole within [`Limits`]; every value as it was
//!   written, with its place
//! * [`Row::amount`] and its neighbours: values as numbers and times
//! * [`violations`]: what breaks the schema
//! * [`check_claim`], [`Batch`], [`differences`]: what is wrong with what it says, each [`Finding`] with its ground
//! * [`ClaimState`], [`Calendar`]: what may become of a claim that is sent, and by which day
//! * [`NewEnvelope`]: a file written; [`export`]: the claim of an encounter and its statement; [`import`]: the encounter of a claim
//!
//! ```
//! use vienphi_claims::{Limits, Table};
//!
//! let text = "<TONG_HOP><MA_LK>BN-1</MA_LK><T_BHTT>45000.50</T_BHTT></TONG_HOP>";
//! let table = Table::read(text.as_bytes(), &Limits::default()).unwrap();
//! let visit = table.rows().next().unwrap();
//! assert_eq!(visit.text("MA_LK"), Some("BN-1"));
//! assert_eq!(visit.amount("T_BHTT").unwrap().unwrap().to_string(), "45000.5");
//! assert_eq!(visit.amount("T_BNTT"), Ok(None));
//! ```

mod base64_text;
mod check;
mod clock;
mod deadlines;
mod draft;
mod envelope;
mod error;
mod export;
mod findings;
mod import;
mod life;
mod limits;
mod schema;
mod table;
mod text;
mod xml;

pub use check::{Breach, Violation, violations};
pub use deadlines::{Calendar, CalendarError, Due, Since};
pub use draft::{NewClaim, NewEnvelope, NewRow, NewTable};
pub use envelope::{Claim, Envelope, EnvelopeBreach};
pub use error::{ClaimError, Place, Reason};
pub use export::{Exported, NoClaim, Stay, ended_on, export, export_paid, stay};
pub use findings::{
    Batch, BatchEntry, Checked, CodeEntry, Facilities, Finding, Given, HEADER_FIELDS, Priced, Prices, Severity, Share,
    Summary, Sums, Text, Totals, check, check_claim, check_envelope, codes, differences, title, totals,
};
pub use import::{NoEncounter, import, row_of};
pub use life::{ClaimEvent, ClaimState};
pub use limits::Limits;
pub use schema::{Field, Format, Layout, List, Schema, SchemaOn, Shape, TableSchema};
pub use table::{Row, Status, Table, Unknown, Value};

/// What every export and report says, Vietnamese: the schema itself was never seen.
pub const SCHEMA_NOTE_VI: &str =
    "Lưu ý: lược đồ XML chính thức không công bố; các bảng theo QĐ 130/4750/3176/1931 như đã đọc được.";

/// The same in English.
pub const SCHEMA_NOTE_EN: &str =
    "Note: the official schema text is not public; tables follow QĐ 130/4750/3176/1931 as far as they were seen.";
