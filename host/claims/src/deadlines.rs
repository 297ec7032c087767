//! By which day a claim is to be done what: working days, public holidays and the deadlines of the law, as dated data
//! (`policies/claims/calendar.toml`).

use std::collections::BTreeSet;

use serde::Deserialize;
use vienphi_domain::Day;

/// Public holidays and deadlines.
#[derive(Debug, Clone)]
pub struct Calendar {
    holidays: BTreeSet<Day>,
    /// The first and the last year whose holidays are known.
    years: (i32, i32),
    deadlines: Vec<Deadline>,
}

/// Why a calendar cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CalendarError(String);

/// From what a deadline is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// The end of the visit (NGAY_RA).
    Discharge,
    /// The end of the month of that.
    Month,
    /// The end of its quarter.
    Quarter,
    /// The end of its year.
    Year,
    /// The portal's answer that something is wrong.
    Refusal,
    /// The insurer asks for an explanation.
    Question,
}

/// A deadline of the law.
#[derive(Debug, Clone)]
struct Deadline {
    name: String,
    since: Since,
    from: Day,
    to: Option<Day>,
    span: Span,
    ground: String,
}

/// How long something may take.
#[derive(Debug, Clone, Copy)]
enum Span {
    /// So many working days behind the day counted from.
    WorkingDays(u32),
    /// Before this day of the month that follows.
    BeforeDay(u32),
    /// On this day of the month that follows at the latest.
    ByDay(u32),
}

/// A deadline of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// As in `payment-request`.
    pub name: String,
    /// The last day on which it is in time.
    pub day: Day,
    /// The text of law, and how sure its reading is.
    pub ground: String,
    /// No holiday of that year is known: the day may be later.
    pub is_uncertain: bool,
}

impl Due {
    /// Whether a day is too late.
    pub fn is_late(&self, on: Day) -> bool {
        on > self.day
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    holiday: Vec<HolidayRow>,
    deadline: Vec<DeadlineRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayRow {
    days: Vec<String>,
    #[expect(dead_code, reason = "for people")]
    name: String,
    #[expect(dead_code, reason = "for people")]
    source: String,
    #[expect(dead_code, reason = "for people")]
    certainty: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeadlineRow {
    name: String,
    since: Since,
    from: String,
    to: Option<String>,
    working_days: Option<u32>,
    before_day: Option<u32>,
    by_day: Option<u32>,
    source: String,
    certainty: String,
}

/// No deadline is longer, in working days or as a day of a month.
const LONGEST: u32 = 28;

impl Calendar {
    /// Reads `calendar.toml`.
    ///
    /// # Errors
    ///
    /// What is wrong, with the row's name.
    pub fn read(text: &str) -> Result<Calendar, CalendarError> {
        let file: File = toml::from_str(text).map_err(|error| CalendarError(error.to_string()))?;
        let mut holidays = BTreeSet::new();
        for text in file.holiday.iter().flat_map(|row| &row.days) {
            holidays.insert(day("holiday", text)?);
        }
        let (Some(first), Some(last)) = (holidays.first(), holidays.last()) else {
            return Err(CalendarError("holiday: none is named".into()));
        };
        let years = (first.year(), last.year());
        let deadlines = file.deadline.into_iter().map(deadline).collect::<Result<_, _>>()?;
        Ok(Calendar { holidays, years, deadlines })
    }

    /// Is work done on this day?
    pub fn is_working(&self, day: Day) -> bool {
        !day.is_weekend() && !self.holidays.contains(&day)
    }

    /// The day so many working days behind another, which is not counted itself; with none the day itself, or the next working
    /// day behind it.
    pub fn working_days_after(&self, day: Day, count: u32) -> Day {
        let mut day = day;
        for _ in 0..count {
            day = self.next_working(day.plus_days(1));
        }
        self.next_working(day)
    }

    fn next_working(&self, mut day: Day) -> Day {
        while !self.is_working(day) {
            day = day.plus_days(1);
        }
        day
    }

    /// The deadlines that count from an event of a day, in the order of the file.
    pub fn due(&self, since: Since, on: Day) -> Vec<Due> {
        let in_force = |deadline: &&Deadline| {
            deadline.since == since && deadline.from <= on && deadline.to.is_none_or(|to| on <= to)
        };
        let due = |deadline: &Deadline| {
            let day = match deadline.span {
                Span::WorkingDays(count) => self.working_days_after(on, count),
                Span::BeforeDay(day) => self.next_working(in_next_month(since, on, day).plus_days(-1)),
                Span::ByDay(day) => self.next_working(in_next_month(since, on, day)),
            };
            let is_uncertain = day.year() < self.years.0 || day.year() > self.years.1;
            Due { name: deadline.name.clone(), day, ground: deadline.ground.clone(), is_uncertain }
        };
        self.deadlines.iter().filter(in_force).map(due).collect()
    }
}

/// A day of the month behind the month, quarter or year of another day.
fn in_next_month(since: Since, on: Day, day: u32) -> Day {
    let (year, month, _) = on.calendar();
    let last = match since {
        Since::Year => 12,
        Since::Quarter => (month - 1) / 3 * 3 + 3,
        Since::Month | Since::Discharge | Since::Refusal | Since::Question => month,
    };
    let (year, month) = if last == 12 { (year + 1, 1) } else { (year, last + 1) };
    // A month has 28 days at least, and no deadline is longer.
    Day::of(year, month, day).unwrap_or(on)
}

fn deadline(row: DeadlineRow) -> Result<Deadline, CalendarError> {
    let about = |why: &str| CalendarError(format!("deadline {:?}: {why}", row.name));
    let span = match (row.working_days, row.before_day, row.by_day) {
        (Some(count), None, None) if count <= LONGEST => Span::WorkingDays(count),
        (None, Some(day), None) if (1..=LONGEST).contains(&day) => Span::BeforeDay(day),
        (None, None, Some(day)) if (1..=LONGEST).contains(&day) => Span::ByDay(day),
        _ => return Err(about("names one of working_days (0 to 28), before_day and by_day (1 to 28)")),
    };
    let from = day(&row.name, &row.from)?;
    let to = row.to.as_deref().map(|text| day(&row.name, text)).transpose()?;
    let ground = format!("{} ({})", row.source, row.certainty);
    Ok(Deadline { name: row.name, since: row.since, from, to, span, ground })
}

fn day(row: &str, text: &str) -> Result<Day, CalendarError> {
    Day::parse(text).ok_or_else(|| CalendarError(format!("{row}: {text:?} is no day such as 2026-03-02")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        Calendar::read(include_str!("../../../policies/claims/calendar.toml")).unwrap()
    }

    fn on(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn working_days_step_over_weekends_and_holidays() {
        let calendar = calendar();
        for (from, count, expected) in [
            // Monday to Friday, and over a weekend.
            ("2026-03-02", 4, "2026-03-06"),
            ("2026-03-02", 5, "2026-03-09"),
            ("2026-03-07", 0, "2026-03-09"),
            // Tết: from Friday the 13th to Monday the 23rd.
            ("2026-02-13", 1, "2026-02-23"),
            // The 30th of April and the 1st of May are a Thursday and a Friday.
            ("2026-04-29", 1, "2026-05-04"),
        ] {
            assert_eq!(calendar.working_days_after(on(from), count), on(expected), "{from} + {count}");
        }
    }

    #[test]
    fn a_visit_is_sent_at_once_and_asked_for_within_seven_working_days() {
        let due = calendar().due(Since::Discharge, on("2026-03-05"));
        let days: Vec<(&str, Day)> = due.iter().map(|due| (due.name.as_str(), due.day)).collect();
        assert_eq!(days, [("send", on("2026-03-05")), ("payment-request", on("2026-03-16"))]);
        assert!(due.iter().all(|due| !due.is_uncertain && due.ground.contains("48/2017")), "{due:?}");
        assert!(!due[1].is_late(on("2026-03-16")) && due[1].is_late(on("2026-03-17")));
    }

    #[test]
    fn months_end_before_the_fifth_or_on_the_next_working_day() {
        let calendar = calendar();
        let month = |day: &str| calendar.due(Since::Month, on(day)).iter().find(|due| due.name == "month").unwrap().day;
        assert_eq!(month("2026-02-20"), on("2026-03-04"));
        // The 4th of April is a Saturday.
        assert_eq!(month("2026-03-31"), on("2026-04-06"));
        assert_eq!(calendar.due(Since::Quarter, on("2026-02-20"))[0].day, on("2026-04-06"));
        assert_eq!(calendar.due(Since::Year, on("2026-12-31"))[0].day, on("2027-01-04"));
    }

    #[test]
    fn what_is_dated_counts_from_its_day_only() {
        let calendar = calendar();
        assert!(calendar.due(Since::Refusal, on("2026-03-31")).is_empty());
        assert_eq!(calendar.due(Since::Refusal, on("2026-04-01"))[0].day, on("2026-04-03"));
        assert!(calendar.due(Since::Discharge, on("2029-03-05")).iter().all(|due| due.is_uncertain));
    }

    #[test]
    fn a_wrong_row_is_named() {
        let row = "[[holiday]]\ndays = [\"2026-02-30\"]\nname = \"x\"\nsource = \"x\"\ncertainty = \"x\"\n";
        assert!(Calendar::read(&format!("{row}deadline = []")).is_err());
        let both = "deadline = [{name = \"a\", since = \"month\", from = \"2026-01-01\", working_days = 1, by_day = 2, \
            source = \"x\", certainty = \"x\"}]\n[[holiday]]\ndays = [\"2026-01-01\"]\nname = \"x\"\nsource = \"x\"\ncertainty = \"x\"\n";
        let error = Calendar::read(both).unwrap_err().to_string();
        assert!(error.contains("\"a\"") && error.contains("working_days"), "{error}");
    }
}
