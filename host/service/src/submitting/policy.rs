//! `policies/claims/sending.toml` and `policies/portal/eligibility.toml`.

use serde::{Deserialize, Serialize};
use vienphi_domain::{Day, Digest, Moment};

use crate::setup::Files;

/// Why claims cannot be sent with these policies.
#[derive(Debug, thiserror::Error)]
#[error("policies/{file}: {reason}")]
pub struct SubmittingError {
    file: String,
    reason: String,
}

impl SubmittingError {
    pub(super) fn wrong(file: &str, reason: &dyn std::fmt::Display) -> SubmittingError {
        SubmittingError { file: file.to_owned(), reason: reason.to_string() }
    }
}

/// In microseconds.
const SECOND: i64 = 1_000_000;

/// How claims are sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sending {
    unsigned_until: String,
    pub(crate) at_once: u32,
    pub(crate) each_second: u32,
    first_pause_seconds: u32,
    longest_pause_seconds: u32,
    pub(crate) failures: u32,
    open_seconds: u32,
    account_pause_seconds: u32,
    first_look_seconds: u32,
    longest_look_seconds: u32,
    pub(crate) absent_looks: u32,
    absent_after_seconds: u32,
    pub(crate) patience_looks: u32,
}

/// How cards are asked about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asking {
    pub(crate) usual_age_seconds: u32,
    first_pause_seconds: u32,
    longest_pause_seconds: u32,
    hours: u32,
    pub(crate) when_down: WhenDown,
}

/// What may be charged while the portal does not answer.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhenDown {
    basis: String,
    ground: String,
    vi: String,
    en: String,
}

impl Sending {
    /// May a file without a signature be sent on this day?
    pub(crate) fn allows_unsigned(&self, day: Day) -> bool {
        Day::parse(&self.unsigned_until).is_some_and(|until| day <= until)
    }

    /// When a file that was not taken is sent again; no earlier than the portal wants it.
    pub(crate) fn next_try(&self, now: Moment, tries: i64, of: &str, wanted: Option<u32>) -> i64 {
        let pause = jittered(self.first_pause_seconds, self.longest_pause_seconds, tries, of);
        now.count() + pause.max(wanted.map_or(0, |seconds| i64::from(seconds) * SECOND))
    }

    /// When the portal is asked what became of a file.
    pub(crate) fn next_look(&self, now: Moment, looks: i64, of: &str) -> i64 {
        now.count() + jittered(self.first_look_seconds, self.longest_look_seconds, looks, of)
    }

    /// A look before this does not count as one that did not find the file, in microseconds behind the sending.
    pub(crate) fn absent_after(&self) -> i64 {
        i64::from(self.absent_after_seconds) * SECOND
    }

    pub(crate) fn open_for(&self) -> i64 {
        i64::from(self.open_seconds) * SECOND
    }

    pub(crate) fn account_pause(&self) -> i64 {
        i64::from(self.account_pause_seconds) * SECOND
    }

    /// Between the beginnings of two calls, in microseconds.
    pub(crate) fn gap(&self) -> i64 {
        SECOND / i64::from(self.each_second.max(1))
    }
}

impl Asking {
    /// When a question is asked again; none when it has waited long enough.
    pub(crate) fn next_try(&self, asked_at: i64, now: Moment, tries: i64, of: &str) -> Option<i64> {
        let ends = asked_at + i64::from(self.hours) * 3600 * SECOND;
        let next = now.count() + jittered(self.first_pause_seconds, self.longest_pause_seconds, tries, of);
        (next <= ends).then_some(next)
    }
}

/// A pause in microseconds: doubled with each try up to the longest, and up to half as long again by what it is for, so that
/// what failed together does not come back together.
fn jittered(first: u32, longest: u32, tries: i64, of: &str) -> i64 {
    let doublings = u32::try_from(tries.clamp(1, 20) - 1).unwrap_or(0);
    let pause = (i64::from(first) << doublings).min(i64::from(longest)) * SECOND;
    let digest = Digest::of(format!("{of}/{tries}").as_bytes());
    let [first, second, ..] = *digest.bytes();
    pause + pause / 2 * i64::from(u16::from_be_bytes([first, second])) / i64::from(u16::MAX)
}

/// A file of policies as text.
pub(super) fn text(files: &Files, folder: &str, name: &str) -> Result<String, SubmittingError> {
    let file = format!("{folder}/{name}");
    let bytes = files.get(name).ok_or_else(|| SubmittingError::wrong(&file, &"is missing"))?;
    let text = std::str::from_utf8(bytes).map_err(|error| SubmittingError::wrong(&file, &error))?;
    Ok(text.to_owned())
}

/// No pause is longer, in seconds: a week.
const LONGEST: u32 = 7 * 24 * 3600;

pub(super) fn sending(text: &str) -> Result<Sending, SubmittingError> {
    const FILE: &str = "claims/sending.toml";
    let read: Sending = toml::from_str(text).map_err(|error| SubmittingError::wrong(FILE, &error))?;
    if Day::parse(&read.unsigned_until).is_none() {
        return Err(SubmittingError::wrong(FILE, &"unsigned_until must be a day such as 2025-12-31"));
    }
    if !(1..=64).contains(&read.at_once) || !(1..=1000).contains(&read.each_second) {
        return Err(SubmittingError::wrong(FILE, &"at_once must be 1 to 64, each_second 1 to 1000"));
    }
    if read.failures == 0 || read.absent_looks == 0 || read.first_pause_seconds == 0 || read.first_look_seconds == 0 {
        let why = "failures, absent_looks, first_pause_seconds and first_look_seconds must be above 0";
        return Err(SubmittingError::wrong(FILE, &why));
    }
    let seconds = [
        read.first_pause_seconds,
        read.longest_pause_seconds,
        read.open_seconds,
        read.account_pause_seconds,
        read.first_look_seconds,
        read.longest_look_seconds,
        read.absent_after_seconds,
    ];
    if seconds.iter().any(|seconds| *seconds > LONGEST) {
        return Err(SubmittingError::wrong(FILE, &format!("no pause may be longer than {LONGEST} seconds")));
    }
    Ok(read)
}

pub(super) fn asking(text: &str) -> Result<Asking, SubmittingError> {
    const FILE: &str = "portal/eligibility.toml";
    let read: Asking = toml::from_str(text).map_err(|error| SubmittingError::wrong(FILE, &error))?;
    let is_right = (1..=LONGEST).contains(&read.first_pause_seconds)
        && (1..=LONGEST).contains(&read.longest_pause_seconds)
        && read.hours <= 24 * 60;
    if !is_right {
        let why = format!("pauses must be 1 to {LONGEST} seconds, hours at most 1440");
        return Err(SubmittingError::wrong(FILE, &why));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policies_are_read_and_unsigned_files_end_with_the_year() {
        let read = sending(include_str!("../../../../policies/claims/sending.toml")).unwrap();
        let on = |text: &str| read.allows_unsigned(Day::parse(text).unwrap());
        assert!(on("2025-12-31") && !on("2026-01-01"));
        asking(include_str!("../../../../policies/portal/eligibility.toml")).unwrap();
    }

    #[test]
    fn pauses_double_and_are_spread() {
        for (tries, seconds) in [(0, 2), (1, 2), (2, 4), (3, 8), (9, 512), (10, 600), (i64::MAX, 600)] {
            for number in 0..100 {
                let pause = jittered(2, 600, tries, &format!("claim/{number}/1"));
                assert!((seconds * SECOND..=seconds * SECOND * 3 / 2).contains(&pause), "{tries}: {pause}");
            }
        }
    }
}
