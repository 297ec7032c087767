//! The portal's clock and how it writes times.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, UTC.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_secs()).expect("it is before the year 292 billion")
}

/// Year, month and day of a count of days since 1970 (Howard Hinnant, chrono-compatible date algorithms).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn parts(seconds: i64) -> (i64, i64, i64, i64, i64, i64) {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    (year, month, day, of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// `2026-03-02T01:10:05Z`
pub(crate) fn utc(seconds: i64) -> String {
    let (year, month, day, hour, minute, second) = parts(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `20260302081005`, in Vietnam.
pub(crate) fn compact(seconds: i64) -> String {
    let (year, month, day, hour, minute, second) = parts(seconds + 7 * 3600);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// `02/03/2026`, in Vietnam.
pub(crate) fn slashed(seconds: i64) -> String {
    let (year, month, day, ..) = parts(seconds + 7 * 3600);
    format!("{day:02}/{month:02}/{year:04}")
}

/// `02/03/2026` as `20260302`, which can be compared.
pub(crate) fn sortable(slashed: &str) -> Option<String> {
    let mut parts = slashed.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!("{year}{month}{day}"))
}
