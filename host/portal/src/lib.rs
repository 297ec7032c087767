//! The portal of Vietnam Social Security (VSS), the one adapter to it. Pure: it makes requests and reads answers, and opens no
//! socket. MD5 and the portal's other oddities stay in here.
//!
//! * [`Portal`]: the services and the meaning of every code, read from `policies/portal`
//! * [`Account`], [`Session`]: who asks; [`Portal::sign_in`]
//! * [`Call`], [`Reply`]: what goes out and what comes back; whoever has a socket carries them
//! * [`Portal::look_up_card`], [`Portal::look_up_copayments`]: questions about a [`Holder`]
//! * [`Portal::send_claim`], [`Portal::check_in`]: files
//! * [`Portal::look_up_claim`]: whether a file is there. **Assumed**: no such service is known, and it is off until somebody knows
//!   of one. Without it, a file whose answer was lost is a task for a person.
//! * [`Outcome`], [`Status`], [`Kind`]: what became of a call, in one vocabulary; [`Portal::lost`] when no answer came
//!
//! What is known of the portal and what is assumed: `docs/PORTAL.md`.
//!
//! ```
//! use vienphi_portal::{Kind, Portal, Reply};
//!
//! let services = include_str!("../../../policies/portal/portal.toml");
//! let outcomes = include_str!("../../../policies/portal/outcomes.toml");
//! let portal = Portal::read(services, outcomes).unwrap();
//!
//! let body = br#"{"MaKetQua": 200, "maGiaoDich": "GD-1", "thoiGianTiepNhan": "20260302101500"}"#;
//! let outcome = portal.read_claim(&Reply { status: 200, retry_after: None, body: body.to_vec() });
//! assert_eq!(outcome.status.kind, Kind::Accepted);
//! assert_eq!(&*outcome.answer.unwrap().transaction, "GD-1");
//!
//! // It may have been accepted, so nobody sends it again.
//! let outcome = portal.read_claim(&Reply { status: 502, retry_after: None, body: b"<html>".to_vec() });
//! assert_eq!(outcome.status.kind, Kind::Unknown);
//! ```

mod account;
mod call;
mod card;
mod claim_lookup;
mod copayment;
mod fields;
mod holder;
mod outcome;
mod policy;
mod portal;
mod private;
mod sign_in;
mod submission;

pub use account::{Account, Officer, Session};
pub use call::{Call, Reply};
pub use card::{CardAnswer, Issued, PastCheck, PastVisit};
pub use copayment::{CopaymentAnswer, CopaymentVisit};
pub use holder::{Birth, Holder, NoHolder};
pub use outcome::{Kind, Operation, Outcome, Status};
pub use policy::PolicyError;
pub use portal::{Lost, Portal};
pub use private::Private;
pub use secrecy::{ExposeSecret, SecretString};
pub use submission::Receipt;
