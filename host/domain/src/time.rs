//! Civil days and minutes in Vietnam, without zones: the law counts in them.

use std::fmt;

/// Minutes in a day.
pub const DAY_MINUTES: i64 = 24 * 60;

/// A civil day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// A civil minute, counted from 1970-01-01T00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(i64);

/// A moment, in microseconds from 1970-01-01T00:00 UTC. What was recorded when; the law counts in days and minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// Vietnam is seven hours ahead of UTC, all year.
const VIETNAM_AHEAD_US: i64 = 7 * 3600 * 1_000_000;

impl Moment {
    /// A moment by its count of microseconds.
    pub const fn from_count(count: i64) -> Moment {
        Moment(count)
    }

    /// Microseconds from 1970-01-01T00:00 UTC.
    pub const fn count(self) -> i64 {
        self.0
    }

    /// The civil minute in Vietnam that it lies in.
    pub fn minute(self) -> Minute {
        Minute(self.0.saturating_add(VIETNAM_AHEAD_US).div_euclid(60_000_000))
    }

    /// The civil day in Vietnam that it lies in.
    pub fn day(self) -> Day {
        self.minute().day()
    }

    /// Seconds from 1970-01-01T00:00 UTC.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The moment at which a civil minute of Vietnam begins.
    pub const fn at(minute: Minute) -> Moment {
        Moment(minute.0.saturating_mul(60_000_000).saturating_sub(VIETNAM_AHEAD_US))
    }
}

impl fmt::Display for Moment {
    /// As `2026-03-02T08:10:05+07:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.saturating_add(VIETNAM_AHEAD_US).div_euclid(1_000_000).rem_euclid(60);
        write!(f, "{}:{seconds:02}+07:00", self.minute())
    }
}

impl serde::Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Years that any document of this business can name.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

impl Day {
    /// The far end of an open range.
    pub const END_OF_TIME: Day = Day(i32::MAX);

    /// The near end of an open range.
    pub const BEGINNING: Day = Day(i32::MIN);

    /// A day by its count from 1970-01-01.
    pub const fn from_count(count: i32) -> Day {
        Day(count)
    }

    /// Days from 1970-01-01.
    pub const fn count(self) -> i32 {
        self.0
    }

    /// A day of the calendar, or `None` when there is no such day between the years 1900 and 2199.
    pub fn of(year: i32, month: u32, day: u32) -> Option<Day> {
        if !YEARS.contains(&year) || !(1..=12).contains(&month) || day < 1 || day > month_days(year, month) {
            return None;
        }
        // Count from March, so that a leap day ends the year; 400 years have 146 097 days.
        let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let century = shifted_year / 400;
        let year_in_century = shifted_year % 400;
        #[allow(clippy::cast_possible_wrap)] // at most 366
        let day_in_year = ((153 * shifted_month + 2) / 5 + day - 1) as i32;
        let day_in_century = year_in_century * 365 + year_in_century / 4 - year_in_century / 100 + day_in_year;
        Some(Day(century * 146_097 + day_in_century - 719_468))
    }

    /// Reads `2026-03-02`.
    pub fn parse(text: &str) -> Option<Day> {
        let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
        if bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        Day::of(number(&bytes[..4])?.cast_signed(), number(&bytes[5..7])?, number(&bytes[8..])?)
    }

    /// Reads `20260302`, as the claim format and catalogues write days.
    pub fn parse_compact(text: &str) -> Option<Day> {
        let bytes: &[u8; 8] = text.as_bytes().try_into().ok()?;
        Day::of(number(&bytes[..4])?.cast_signed(), number(&bytes[4..6])?, number(&bytes[6..])?)
    }

    /// Year, month and day of the calendar.
    pub fn calendar(self) -> (i32, u32, u32) {
        let days = i64::from(self.0) + 719_468;
        let century = days.div_euclid(146_097);
        let day_in_century = days.rem_euclid(146_097);
        let year_in_century =
            (day_in_century - day_in_century / 1_460 + day_in_century / 36_524 - day_in_century / 146_096) / 365;
        let day_in_year = day_in_century - (365 * year_in_century + year_in_century / 4 - year_in_century / 100);
        let shifted_month = (5 * day_in_year + 2) / 153;
        let day = day_in_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = century * 400 + year_in_century + i64::from(month <= 2);
        // Month and day are small; a year of an i32 day count fits an i32.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        (year as i32, month as u32, day as u32)
    }

    /// The year of the calendar.
    pub fn year(self) -> i32 {
        self.calendar().0
    }

    /// 31 December of the day's year.
    pub fn end_of_year(self) -> Day {
        Day::of(self.year(), 12, 31).unwrap_or(Day::END_OF_TIME)
    }

    /// So many days later; saturates at the ends of time.
    pub const fn plus_days(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }

    /// The same day of the next year; 29 February becomes 28.
    pub fn next_year(self) -> Day {
        let (year, month, day) = self.calendar();
        Day::of(year + 1, month, day.min(month_days(year + 1, month))).unwrap_or(Day::END_OF_TIME)
    }

    /// Saturday or Sunday?
    pub fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday.
        matches!((self.0 + 3).rem_euclid(7), 5 | 6)
    }

    /// 00:00.
    pub const fn first_minute(self) -> Minute {
        Minute(self.0 as i64 * DAY_MINUTES)
    }

    /// 23:59.
    pub const fn last_minute(self) -> Minute {
        Minute(self.0 as i64 * DAY_MINUTES + DAY_MINUTES - 1)
    }

    /// Whole years of age on `self` of somebody born on `birth`.
    pub fn age_of(self, birth: Day) -> i32 {
        let (year, month, day) = self.calendar();
        let (birth_year, birth_month, birth_day) = birth.calendar();
        year - birth_year - i32::from((month, day) < (birth_month, birth_day))
    }
}

impl Minute {
    /// A minute by its count from 1970-01-01T00:00.
    pub const fn from_count(count: i64) -> Minute {
        Minute(count)
    }

    /// Minutes from 1970-01-01T00:00.
    pub const fn count(self) -> i64 {
        self.0
    }

    /// Reads `2026-03-02T08:10`.
    pub fn parse(text: &str) -> Option<Minute> {
        let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
        let day = Day::parse(text.get(..10)?)?;
        let hour = number(&bytes[11..13])?;
        let minute = number(&bytes[14..])?;
        if bytes[10] != b'T' || bytes[13] != b':' || hour > 23 || minute > 59 {
            return None;
        }
        Some(Minute(day.first_minute().0 + i64::from(hour * 60 + minute)))
    }

    /// The day it lies in.
    pub fn day(self) -> Day {
        // Minutes are only made from days of an i32 count.
        Day(i32::try_from(self.0.div_euclid(DAY_MINUTES)).unwrap_or(i32::MAX))
    }
}

impl Day {
    /// The day as `2026-03-02`.
    pub(crate) fn text(self) -> [u8; 10] {
        let (year, month, day) = self.calendar();
        let digit = |number: u32, power: u32| b'0' + u8::try_from(number / power % 10).unwrap_or(0);
        let year = year.unsigned_abs();
        [
            digit(year, 1000),
            digit(year, 100),
            digit(year, 10),
            digit(year, 1),
            b'-',
            digit(month, 10),
            digit(month, 1),
            b'-',
            digit(day, 10),
            digit(day, 1),
        ]
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.calendar();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minute = self.0.rem_euclid(DAY_MINUTES);
        write!(f, "{}T{:02}:{:02}", self.day(), minute / 60, minute % 60)
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (year, month, day) = self.calendar();
        let mut text = *b"0000-00-00";
        write_digits(&mut text[..4], year.unsigned_abs());
        write_digits(&mut text[5..7], month);
        write_digits(&mut text[8..], day);
        // Only digits and hyphens were written.
        serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

fn write_digits(place: &mut [u8], mut number: u32) {
    for byte in place.iter_mut().rev() {
        #[allow(clippy::cast_possible_truncation)] // below 10
        let digit = (number % 10) as u8;
        *byte = b'0' + digit;
        number /= 10;
    }
}

fn month_days(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_three_centuries_agrees_with_jiff() {
        let epoch = jiff::civil::date(1970, 1, 1);
        let mut date = jiff::civil::date(1900, 1, 1);
        while date.year() < 2200 {
            let day = Day::parse(&date.to_string()).unwrap();
            assert_eq!(day.count(), epoch.until(date).unwrap().get_days());
            assert_eq!(day.to_string(), date.to_string());
            let weekend = matches!(date.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
            assert_eq!(day.is_weekend(), weekend, "{date}");
            date = date.tomorrow().unwrap();
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29",
            "2025-13-01",
            "2026-00-10",
            "2026-04-31",
            "26-01-01",
            "2026/01/01",
            "1899-12-31",
            "２０２６-01-01",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        for text in
            ["2026-03-02T24:00", "2026-03-02 08:10", "2026-03-02T8:10", "2026-03-02T08:10:00", "2026-03-02T08:60"]
        {
            assert_eq!(Minute::parse(text), None, "{text}");
        }
    }

    #[test]
    fn age_counts_birthdays() {
        let born = Day::parse("1951-03-02").unwrap();
        assert_eq!(Day::parse("2026-03-01").unwrap().age_of(born), 74);
        assert_eq!(Day::parse("2026-03-02").unwrap().age_of(born), 75);
    }
}
