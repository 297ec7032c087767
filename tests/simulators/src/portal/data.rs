//! What the portal knows: accounts, cards and what came in.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::faults::Faults;

/// A facility's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalAccount {
    /// MA_CSKCB.
    pub facility: String,
    /// As a hospital signs in.
    pub username: String,
    /// In clear; hospitals send its MD5.
    pub password: String,
    /// Who may look cards up: name and identity number.
    #[serde(default)]
    pub officers: Vec<(String, String)>,
    /// Whether it may not ask for co-payments any more.
    #[serde(default)]
    pub is_restricted: bool,
}

/// A card and its holder. Days are `02/03/2026`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PortalCard {
    /// 15 characters or 10 digits.
    pub number: String,
    /// Name.
    pub name: String,
    /// Birth.
    pub birth: String,
    /// `Nam` or `Nữ`.
    pub sex: String,
    /// Address.
    pub address: String,
    /// First day.
    pub valid_from: String,
    /// Last day.
    pub valid_to: String,
    /// Where its holder is registered.
    pub facility: String,
    /// `K1` to `K3`, or nothing.
    pub area: String,
    /// When five years are reached.
    pub five_years_on: String,
    /// Social-insurance number.
    pub insurance_number: String,
    /// The card that replaces it: number, first day, last day, facility.
    pub new_card: Option<(String, String, String, String)>,
    /// The code that is answered for it, whatever its days say: `110`, `124`, `001`.
    pub code: Option<String>,
    /// Visits that are known.
    pub visits: Vec<PortalVisit>,
}

/// A visit of the past.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PortalVisit {
    /// Where.
    pub facility: String,
    /// `02/03/2026`.
    pub arrived_on: String,
    /// `05/03/2026`.
    pub discharged_on: String,
    /// What for.
    pub diagnosis: String,
    /// MA_DOITUONG_KCB.
    pub subject: String,
    /// The co-payments of the year up to this visit, in đồng; 0 when nothing was paid.
    pub accumulated: i64,
}

/// A file that was accepted, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptClaim {
    /// MA_CSKCB.
    pub facility: String,
    /// MA_LK.
    pub visit: String,
    /// SHA-256 of the file's bytes in hexadecimal.
    pub sha256: String,
    /// How often this very file was accepted. A portal counts a file that is sent twice twice.
    pub count: u32,
    /// The number of its first sending.
    pub transaction: String,
    /// When that was, `20260302081005`.
    pub received_at: String,
    /// T_TONGCHI_BV in đồng.
    pub total: String,
    /// Whether it was signed.
    pub is_signed: bool,
}

/// A file that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedClaim {
    /// MA_CSKCB of the account.
    pub facility: String,
    /// MA_LK, when it could be read.
    pub visit: Option<String>,
    /// SHA-256 of the file's bytes in hexadecimal.
    pub sha256: String,
    /// maKetQua.
    pub code: String,
    /// thongDiep.
    pub reasons: Vec<String>,
}

pub(crate) struct Session {
    pub(crate) username: String,
    pub(crate) access_token: String,
    pub(crate) expires: i64,
}

/// What the portal is like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long a session lasts. The documented default is ten minutes.
    pub session_seconds: i64,
    /// Files are refused as too late.
    pub is_past_deadline: bool,
    /// Files without a signature are refused. What a portal checks of it is not known; here that there is one.
    pub needs_signature: bool,
    /// The **assumed** query of a claim is there.
    pub has_claim_lookup: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { session_seconds: 600, is_past_deadline: false, needs_signature: false, has_claim_lookup: true }
    }
}

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) accounts: Vec<PortalAccount>,
    pub(crate) cards: Vec<PortalCard>,
    /// By id_token.
    pub(crate) sessions: BTreeMap<String, Session>,
    /// By facility, visit and digest.
    pub(crate) claims: BTreeMap<(String, String, String), KeptClaim>,
    pub(crate) refused: Vec<RefusedClaim>,
    /// MA_LK of each check-in, in their order.
    pub(crate) arrivals: Vec<String>,
    pub(crate) faults: Faults,
    /// What befalls the next calls.
    pub(crate) next: VecDeque<Faults>,
    /// How often each operation was called, whatever came of it.
    pub(crate) calls: BTreeMap<&'static str, u64>,
    pub(crate) count: u64,
    pub(crate) transactions: u64,
    /// The second, and the calls in it.
    pub(crate) second: (i64, u32),
}

#[derive(Default)]
pub(crate) struct Desk {
    inner: Mutex<Inner>,
}

impl Desk {
    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inner {
    pub(crate) fn account(&self, username: &str) -> Option<&PortalAccount> {
        self.accounts.iter().find(|account| account.username == username)
    }

    pub(crate) fn transaction(&mut self, facility: &str) -> String {
        self.transactions += 1;
        format!("GD{facility}{:08}", self.transactions)
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
