//! What the log comes to: which packages are kept, approved, active.

use std::collections::BTreeMap;

use vienphi_domain::{Day, Digest};

use crate::approvers::Approvers;
use crate::key::PublicKey;
use crate::log::{Act, Entry, Instant, LogError};

/// So many people besides the author must have approved a package before it is activated.
const APPROVALS: usize = 2;

/// A package that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its digest.
    pub digest: Digest,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The province it rates.
    pub province: String,
    /// Its author's key.
    pub author: PublicKey,
    /// The keys that approved it.
    pub approvals: Vec<PublicKey>,
    /// Why it was revoked, if it was.
    pub revoked: Option<String>,
}

/// A package that rates its province over some days of discharge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Active {
    /// The line of the log that activated it; of two for one day the later line counts.
    pub line: u64,
    /// Which package.
    pub package: Digest,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

/// What the log comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    held: BTreeMap<Digest, Held>,
    active: Vec<Active>,
}

/// Why something may not be done to a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StandingError {
    /// It is not kept here.
    #[error("no package {0} is installed")]
    Unknown(Digest),
    /// It is kept already.
    #[error("it is installed already")]
    Again,
    /// The key is not among the approvers', or no longer.
    #[error("the list of approvers does not have the key {0} on that day")]
    NotApprover(PublicKey),
    /// Authors do not approve their own.
    #[error("the author may not approve what they made: another person's key is needed")]
    OwnPackage,
    /// One person approves once, with whichever of their keys.
    #[error("that person has approved it already: the second approval must be another's")]
    ApprovedAlready,
    /// Approvals are missing.
    #[error("it has {0} of {APPROVALS} approvals")]
    NotApproved(usize),
    /// It was revoked.
    #[error("it was revoked: {0}")]
    Revoked(String),
    /// It rates nothing.
    #[error("it is not active")]
    NotActive,
    /// Only the last activation of a province is undone.
    #[error("line {0} is not the last activation of its province")]
    NotLast(u64),
}

/// Has the person whose key it is approved the package, with this key or an earlier one?
fn is_approved_by(held: &Held, key: &PublicKey, approvers: &Approvers) -> bool {
    let person = approvers.name(key);
    held.approvals.iter().any(|other| other == key || approvers.name(other) == person)
}

impl Standing {
    /// Goes through a log. A line that was not allowed when it was written makes the whole log unbelievable.
    pub(crate) fn of(entries: &[Entry], approvers: &Approvers) -> Result<Standing, LogError> {
        let mut standing = Standing::default();
        let mut before = Instant(i64::MIN);
        for entry in entries {
            let wrong = |error: StandingError| LogError { line: entry.line, what: format!("was not allowed: {error}") };
            if entry.at < before {
                return Err(LogError { line: entry.line, what: "is dated before the line before it".into() });
            }
            before = entry.at;
            standing.check(&entry.package, &entry.act, entry.key.as_ref(), entry.at, approvers).map_err(wrong)?;
            standing.add(entry);
        }
        Ok(standing)
    }

    /// May this be done now, by this key?
    pub(crate) fn check(
        &self,
        package: &Digest,
        act: &Act,
        key: Option<&PublicKey>,
        at: Instant,
        approvers: &Approvers,
    ) -> Result<(), StandingError> {
        if let Act::Install { .. } = act {
            return if self.held.contains_key(package) { Err(StandingError::Again) } else { Ok(()) };
        }
        let held = self.held.get(package).ok_or(StandingError::Unknown(*package))?;
        if let Some(key) = key.filter(|key| !approvers.may_act(key, at.day())) {
            return Err(StandingError::NotApprover(*key));
        }
        if let (Some(reason), Act::Approve { .. } | Act::Activate { .. }) = (&held.revoked, act) {
            return Err(StandingError::Revoked(reason.clone()));
        }
        match act {
            Act::Approve { .. } if key == Some(&held.author) => Err(StandingError::OwnPackage),
            Act::Approve { .. } if key.is_some_and(|key| is_approved_by(held, key, approvers)) => {
                Err(StandingError::ApprovedAlready)
            }
            Act::Activate { .. } if held.approvals.len() < APPROVALS => {
                Err(StandingError::NotApproved(held.approvals.len()))
            }
            Act::Retire { .. } if !self.active.iter().any(|active| active.package == *package) => {
                Err(StandingError::NotActive)
            }
            Act::RollBack { activation } => match self.last_activation(&held.province) {
                Some(last) if last.line == *activation && last.package == *package => Ok(()),
                Some(_) => Err(StandingError::NotLast(*activation)),
                None => Err(StandingError::NotActive),
            },
            Act::Revoke { .. } => match &held.revoked {
                Some(reason) => Err(StandingError::Revoked(reason.clone())),
                None => Ok(()),
            },
            Act::Install { .. } | Act::Approve { .. } | Act::Activate { .. } | Act::Retire { .. } => Ok(()),
        }
    }

    fn add(&mut self, entry: &Entry) {
        let package = entry.package;
        match &entry.act {
            Act::Install { name, version, province, author } => {
                let held = Held {
                    digest: package,
                    name: name.clone(),
                    version: version.clone(),
                    province: province.clone(),
                    author: *author,
                    approvals: Vec::new(),
                    revoked: None,
                };
                self.held.insert(package, held);
            }
            Act::Approve { .. } => {
                if let (Some(held), Some(key)) = (self.held.get_mut(&package), entry.key) {
                    held.approvals.push(key);
                }
            }
            Act::Activate { from } => {
                self.active.push(Active { line: entry.line, package, from: *from, to: Day::END_OF_TIME });
            }
            Act::Retire { from } => {
                for active in self.active.iter_mut().filter(|active| active.package == package) {
                    active.to = active.to.min(from.plus_days(-1));
                }
            }
            Act::RollBack { activation } => self.active.retain(|active| active.line != *activation),
            Act::Revoke { reason } => {
                if let Some(held) = self.held.get_mut(&package) {
                    held.revoked = Some(reason.clone());
                }
                self.active.retain(|active| active.package != package);
            }
        }
    }

    /// Every package that is kept, by digest.
    pub fn held(&self) -> impl Iterator<Item = &Held> {
        self.held.values()
    }

    /// The package with a digest.
    pub fn get(&self, package: &Digest) -> Option<&Held> {
        self.held.get(package)
    }

    /// What rates its province over which days, in the order of activation.
    pub fn active(&self) -> &[Active] {
        &self.active
    }

    /// The last activation of a province that stands.
    pub fn last_activation(&self, province: &str) -> Option<&Active> {
        self.active
            .iter()
            .rev()
            .find(|active| self.held.get(&active.package).is_some_and(|held| held.province == province))
    }
}
