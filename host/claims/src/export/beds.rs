//! From when to when a row of a bed is, and which bed it names.

use vienphi_domain::{Day, Minute};

use super::sent::{Line, Segment};
use super::stated::{Part, StatedLine};

/// The stay that a part of a bed line is of.
pub(super) struct Stay<'s> {
    pub(super) from: Minute,
    pub(super) to: Minute,
    /// Where most of it was.
    pub(super) segment: &'s Segment<'s>,
}

/// A part's stay: it begins with its first day, or with the bed where that was taken later; it ends with its last day, and the
/// department's last part with the bed itself, on a day that does not count any more. `None` when the part names no days.
pub(super) fn stay<'s>(own: &'s Line<'s>, line: &StatedLine<'_>, part: &Part<'_>, left: Minute) -> Option<Stay<'s>> {
    let (first_day, last_day) = (Day::parse(&part.from)?, Day::parse(&part.to)?);
    let begins = |segment: &Segment<'_>| Minute::parse(&segment.from).unwrap_or(left);
    let ends = |segment: &Segment<'_>| segment.to.as_deref().and_then(Minute::parse).unwrap_or(left);
    let of_department = |segment: &&'s Segment<'s>| segment.department.as_deref() == Some(department(&part.code));
    let mut segments: Vec<&'s Segment<'s>> = own.segments.iter().filter(of_department).collect();
    if segments.is_empty() {
        segments = own.segments.iter().collect();
    }
    segments.sort_by_key(|segment| begins(segment));
    let first = segments.iter().find(|segment| ends(segment).day() >= first_day).or(segments.first())?;
    let from = begins(first).max(first_day.first_minute());
    let last = segments.iter().rev().find(|segment| begins(segment).day() <= last_day).or(segments.last())?;
    let is_later = |other: &Part<'_>| {
        department(&other.code) == department(&part.code) && Day::parse(&other.to).is_some_and(|day| day > last_day)
    };
    let to = if line.parts.iter().any(is_later) { ends(last).min(last_day.last_minute()) } else { ends(last) };
    let within =
        |segment: &&&Segment<'_>| ends(segment).min(last_day.last_minute()).count() - begins(segment).max(from).count();
    // Of beds taken equally long the first.
    let segment = segments.iter().rev().max_by_key(within)?;
    Some(Stay { from, to: to.max(from), segment })
}

/// The department of a bed's code: `K03` of `K03.NO1`.
fn department(code: &str) -> &str {
    code.split_once('.').map_or(code, |(department, _)| department)
}
