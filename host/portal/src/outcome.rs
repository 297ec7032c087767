//! What an answer means, in one vocabulary for every operation.

use std::fmt;

use serde::{Deserialize, Serialize};
use vienphi_domain::Words;

use crate::Private;

/// What is asked of the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// A session begins.
    SignIn,
    /// A card and its history.
    Card,
    /// Somebody has arrived (table 0).
    CheckIn,
    /// A claim file.
    Claim,
    /// What somebody paid with the insurer this year.
    Copayment,
    /// Whether a claim file is there: assumed.
    ClaimLookup,
}

impl Operation {
    /// Every one.
    pub const ALL: [Operation; 6] =
        [Self::SignIn, Self::Card, Self::CheckIn, Self::Claim, Self::Copayment, Self::ClaimLookup];

    /// Its word in policies, errors and traces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Card => "card",
            Self::CheckIn => "check-in",
            Self::Claim => "claim",
            Self::Copayment => "copayment",
            Self::ClaimLookup => "claim-lookup",
        }
    }

    /// Whether asking twice may do something twice.
    pub const fn is_submission(self) -> bool {
        matches!(self, Self::CheckIn | Self::Claim)
    }
}

/// What an answer means for whoever asked. Closed: what the portal may add one day is [`Kind::Unknown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The card is right and valid.
    Valid,
    /// It is, and there is something to know: a new card, a card that others keep.
    ValidWithNews,
    /// There is no such card, or it is over.
    NotValid,
    /// What was asked for is there.
    Found,
    /// What was asked for is not there.
    NotFound,
    /// What was sent with a question has to be corrected.
    WrongData,
    /// The portal has taken what was sent, or the session begins.
    Accepted,
    /// The portal has not taken what was sent, and says why.
    Refused,
    /// The session is over: sign in and ask again. Nothing was done.
    SignInAgain,
    /// Somebody must look at the account; asking again makes it worse.
    Account,
    /// Ask again after a while. Nothing was done.
    Busy,
    /// The portal is not there, or has failed at a question. Nothing was done.
    Down,
    /// Nobody knows. **A file may have been accepted: it is never sent again without looking.**
    Unknown,
}

impl Kind {
    /// Its word in policies and documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ValidWithNews => "valid-with-news",
            Self::NotValid => "not-valid",
            Self::Found => "found",
            Self::NotFound => "not-found",
            Self::WrongData => "wrong-data",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::SignInAgain => "sign-in-again",
            Self::Account => "account",
            Self::Busy => "busy",
            Self::Down => "down",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the portal did what was asked, which only an answer of success may say.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Valid | Self::ValidWithNews | Self::Found | Self::Accepted)
    }

    /// Whether the same may be asked again, now or after a while, without a person and without harm.
    pub const fn may_be_repeated(self) -> bool {
        matches!(self, Self::SignInAgain | Self::Busy | Self::Down)
    }
}

/// What became of a call.
///
/// Its `Display` is for logs and errors: operation, name and code, nothing of the portal's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What was asked.
    pub operation: Operation,
    /// What it means.
    pub kind: Kind,
    /// The outcome's name, as `policies/portal/outcomes.toml` has it; `unlisted` for a code that is not there.
    pub name: Box<str>,
    /// The portal's code (maKetQua), when it was short enough to be one.
    pub code: Option<Box<str>>,
    /// What the desk does.
    pub advice: Words<'static>,
    /// The portal's own words (thongDiep, ghiChu). They may name the patient.
    pub message: Option<Private>,
    /// Seconds after which to ask again, when the portal says so.
    pub retry_after: Option<u32>,
    pub(crate) is_card: bool,
}

impl Status {
    /// Whether the answer's card may be used for coverage: it is right, though it may have ended.
    pub const fn is_card(&self) -> bool {
        self.is_card
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the portal, {}: {}", self.operation.word(), self.name)?;
        match &self.code {
            Some(code) => write!(f, " (code {code})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Status {}

/// What became of a call, and what came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<T> {
    /// What it means.
    pub status: Status,
    /// What was asked for. It is there whenever the kind is one of success; for a card also when it is not valid and the portal
    /// tells about it.
    pub answer: Option<T>,
}
