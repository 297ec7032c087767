//! Times of Vietnam, as providers write them, and instants.

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Vietnam is seven hours ahead, all year.
const AHEAD: i64 = 7 * 60 * 60;

/// An instant from `YYYY-MM-DD HH:MM:SS`, the letters between of any kind.
pub fn read(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse().ok();
    instant(number(0, 4)?, number(5, 7)?, number(8, 10)?, number(11, 13)?, number(14, 16)?, number(17, 19)?)
}

/// An instant from `YYYYMMDDHHMMSS`.
pub fn read_stamp(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse().ok();
    instant(number(0, 4)?, number(4, 6)?, number(6, 8)?, number(8, 10)?, number(10, 12)?, number(12, 14)?)
}

/// An instant as `YYYYMMDDHHMMSS`.
pub fn stamp(instant: i64) -> String {
    let here = instant + AHEAD;
    let (year, month, day) = date(here.div_euclid(DAY));
    let seconds = here.rem_euclid(DAY);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn instant(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    if !(1970..3000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) || !is_time {
        return None;
    }
    Some(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - AHEAD)
}

/// Days from 1970-01-01 of the Gregorian calendar: years begin in March, so that the leap day is their last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// The date of a day: the year that holds it, and of that the month and day.
fn date(day: i64) -> (i64, i64, i64) {
    let mut year = 1970 + day.div_euclid(366);
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days(year, *month, 1) <= day).unwrap_or(1);
    (year, month, day - days(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        assert_eq!(read("1970-01-01 07:00:00"), Some(0));
        assert_eq!(read("2024-02-29T12:00:00"), Some(1_709_182_800));
        assert_eq!(read("2026-11-25 22:12:15"), Some(1_795_619_535));
        assert_eq!(
            (stamp(1_795_619_535), read_stamp("20261125221215")),
            ("20261125221215".into(), Some(1_795_619_535))
        );
        for instant in (0..4_000_000_000).step_by(86_413 * 7) {
            assert_eq!(read_stamp(&stamp(instant)), Some(instant));
        }
        for wrong in ["", "2026-13-01 00:00:00", "2026-11-25", "2026-11-25 24:00:00", "x026-11-25 22:12:15"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
