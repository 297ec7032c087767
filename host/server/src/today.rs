//! The day taken as today: Vietnam civil time, or what the caller says.

use vienphi_domain::Day;

/// Vietnam has one offset all year.
const VIETNAM: jiff::tz::Offset = jiff::tz::Offset::constant(7);

/// The civil day in Vietnam now.
pub fn today() -> Day {
    let date = VIETNAM.to_datetime(jiff::Timestamp::now()).date();
    let month = u32::from(date.month().unsigned_abs());
    let day = u32::from(date.day().unsigned_abs());
    // The clock would have to be off by centuries for the day not to exist here.
    Day::of(i32::from(date.year()), month, day).unwrap_or(Day::from_count(0))
}

/// Reads a day on the command line.
pub fn read_day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "must be a day such as 2026-03-02".to_owned())
}
