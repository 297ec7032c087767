//! What notifiers of bank transfers have in common: they tell of a transfer in or out, and are answered in JSON.

use crate::{Reply, Verdict};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Vietnam is seven hours ahead, all year.
const VIETNAM: i64 = 7 * 60 * 60;

/// An answer in JSON: the rail's own word when there is nothing more to send, an error that asks for another try when there
/// is. Who signs wrongly is not told more.
pub fn reply(verdict: Verdict, success: &str) -> Reply {
    let (status, body) = match verdict {
        Verdict::Accepted | Verdict::Duplicate | Verdict::AmountMismatch => (200, success),
        Verdict::BadSignature => (401, r#"{"success":false,"message":"signature"}"#),
        // Kept, and asked for again: the order may be written a moment later.
        Verdict::UnknownOrder => (503, r#"{"success":false,"message":"retry"}"#),
        Verdict::Temporary => (503, r#"{"success":false,"message":"retry"}"#),
    };
    Reply { status, content_type: "application/json".to_owned(), body: body.to_owned() }
}

/// An instant from a time of Vietnam as `YYYY-MM-DD HH:MM:SS`, the letter between of any kind.
pub fn vietnam_time(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    if !(1970..3000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) || !is_time {
        return None;
    }
    Some(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - VIETNAM)
}

/// Days from 1970-01-01 of the Gregorian calendar: years begin in March, so that the leap day is their last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_vietnam() {
        assert_eq!(vietnam_time("1970-01-01 07:00:00"), Some(0));
        assert_eq!(vietnam_time("2024-02-29T12:00:00"), Some(1_709_182_800));
        assert_eq!(vietnam_time("2026-11-25 22:12:15"), Some(1_795_619_535));
        for wrong in ["", "2026-13-01 00:00:00", "2026-11-25", "2026-11-25 24:00:00", "x026-11-25 22:12:15"] {
            assert_eq!(vietnam_time(wrong), None, "{wrong}");
        }
    }
}
