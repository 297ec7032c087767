//! Bed days: Điều 4c of TT 35/2016/TT-BYT as added by TT 39/2024/TT-BYT; R17–R20, C10–C12.

use vienphi_money::Quantity;

use crate::draft::{DAY, Draft, Piece, WHOLE, day_of, in_force};
use crate::types::{
    Bed, Candidate, Ceiling, Ending, Kind, Operated, OperationClass, Refusal, RefusedBed, RefusedDay, Segment, Share,
    Visit,
};
use crate::{Clauses, rules};

/// A stay of at most four hours has no bed day; the same length makes a department's time count (R17, R18).
const SHORT_STAY: i64 = 4 * 60;

/// A surgical bed holds from the day of the operation to this many days after it (R19).
const SURGICAL_DAYS: i32 = 10;

/// A day bed without a price of its own has 30 % of the inpatient bed's (R20).
const DAY_BED_RATIO: i64 = 300;

/// Decides every bed and day-bed line of the visit.
pub fn decide(visit: &Visit, clauses: &Clauses, draft: &mut Draft) -> Result<(), Refusal> {
    if visit.segments.is_empty() {
        return Ok(());
    }
    let stay = Stay::of(visit);
    let windows = surgical_windows(visit);
    let mut used = vec![false; visit.line_count()];
    // The last part of each segment, to stretch it over the next day instead of writing another.
    let mut open: Vec<Option<usize>> = vec![None; visit.segments.len()];

    for (offset, present) in stay.segments_by_day(visit).into_iter().enumerate() {
        let day = stay.first_day + offset as i32;
        if present.is_empty() {
            draft.note(rules::BED_DAY_UNCOVERED, visit.segments[0].line, day);
            continue;
        }
        let (shares, day_rule) = share_day(&present, |time| Bedded::on(visit, clauses, &windows, time, day))?;
        for (bed, quantity) in shares {
            used[bed.segment(visit).line as usize] = true;
            if day_rule == Some(rules::BED_SHORT_STAYS) {
                draft.note(rules::BED_SHORT_STAYS, bed.segment(visit).line, day);
            }
            bed.write(visit, &stay, day, quantity, day_rule, &mut open, draft);
        }
    }
    for (place, segment) in visit.segments.iter().enumerate() {
        let line = segment.line as usize;
        if !used[line] {
            used[line] = true;
            write_uncounted(visit, clauses, place, &stay, draft);
        }
    }
    Ok(())
}

/// The days that count (R17).
struct Stay {
    first_day: i32,
    days: usize,
    rule: u32,
}

impl Stay {
    fn of(visit: &Visit) -> Stay {
        let first_day = day_of(visit.admitted);
        let minutes = visit.ended - visit.admitted;
        let calendar_days = day_of(visit.ended) - first_day;
        let (days, rule) = if minutes <= SHORT_STAY {
            (0, rules::BED_UNDER_4_HOURS)
        } else if minutes < DAY {
            (1, rules::BED_UNDER_24_HOURS)
        } else {
            match visit.ending {
                Ending::Ordinary => (calendar_days, rules::BED_DAYS),
                Ending::Special => (calendar_days + 1, rules::BED_SPECIAL_ENDING),
            }
        };
        Stay { first_day, days: usize::try_from(days).unwrap_or(0), rule }
    }

    /// For each counted day the longest time in each department, in the order of lines (R18).
    fn segments_by_day(&self, visit: &Visit) -> Vec<Vec<Time>> {
        let mut by_day: Vec<Vec<Time>> = vec![Vec::new(); self.days];
        for (place, segment) in visit.segments.iter().enumerate() {
            // A segment that ends at midnight does not touch the day that begins there.
            let last_day = day_of((segment.end - 1).max(segment.start));
            for day in day_of(segment.start).max(self.first_day)..=last_day {
                let Some(present) = by_day.get_mut((day - self.first_day) as usize) else { break };
                let midnight = i64::from(day) * DAY;
                let minutes = segment.end.min(midnight + DAY) - segment.start.max(midnight);
                if minutes <= 0 {
                    continue;
                }
                let time = Time { segment: place as u32, minutes };
                match present
                    .iter_mut()
                    .find(|other| visit.segments[other.segment as usize].department == segment.department)
                {
                    Some(other) if other.minutes >= minutes => {}
                    Some(other) => *other = time,
                    None => present.push(time),
                }
            }
        }
        for present in &mut by_day {
            present.sort_by_key(|time| time.segment);
        }
        by_day
    }
}

/// Minutes of one day in one segment.
#[derive(Clone, Copy)]
struct Time {
    segment: u32,
    minutes: i64,
}

/// A segment on a day with the price that rules give it.
#[derive(Clone, Copy)]
struct Bedded {
    time: Time,
    price: Option<u32>,
    insured: i64,
    ratio: i64,
    level_rule: Option<u32>,
    sharing_rule: Option<u32>,
    clause: Option<u32>,
}

impl Bedded {
    fn on(visit: &Visit, clauses: &Clauses, windows: &[Window], time: Time, day: i32) -> Result<Bedded, Refusal> {
        let segment = &visit.segments[time.segment as usize];
        let line = visit.line(segment.line);
        let (sharing, sharing_rule) = match segment.sharing {
            0 | 1 => (WHOLE, None),
            2 => (500, Some(rules::BED_SHARED_BY_2)),
            _ => (330, Some(rules::BED_SHARED_BY_3)),
        };
        let by_inpatient_price = line.kind == Kind::DayBed && segment.bed != Bed::Day;
        let ratio = if by_inpatient_price { DAY_BED_RATIO * sharing / WHOLE } else { sharing };
        let sharing_rule = if by_inpatient_price { Some(rules::DAY_BED_30) } else { sharing_rule };
        if line.stopped {
            return Ok(Bedded { time, price: None, insured: 0, ratio, level_rule: None, sharing_rule, clause: None });
        }
        let (price_day, clause) = price_day(visit, clauses, day);
        let (bed, level, level_rule) = level_on(visit, time.segment, windows, day, price_day)?;
        let (price, candidate) = visit
            .candidates(segment.candidates)
            .find(|(_, candidate)| candidate.bed == bed && candidate.level == level && in_force(candidate, price_day))
            .ok_or(if level_rule.is_some() {
                Refusal::LevelNotListed(RefusedBed { segment: time.segment, bed, level })
            } else {
                Refusal::NoPrice(RefusedDay { line: segment.line, day: price_day })
            })?;
        Ok(Bedded { time, price: Some(price), insured: candidate.insured, ratio, level_rule, sharing_rule, clause })
    }

    fn segment<'v>(&self, visit: &'v Visit) -> &'v Segment {
        &visit.segments[self.time.segment as usize]
    }

    #[allow(clippy::too_many_arguments)] // one bed on one day is written from exactly these
    fn write(
        &self,
        visit: &Visit,
        stay: &Stay,
        day: i32,
        quantity: Quantity,
        day_rule: Option<u32>,
        open: &mut [Option<usize>],
        draft: &mut Draft,
    ) {
        let mut named = [0; 6];
        let mut count = 0;
        let base = if self.price.is_some() { rules::LISTED_PRICE } else { rules::STOPPED_SERVICE };
        for rule in [Some(base), Some(stay.rule), day_rule, self.level_rule, self.sharing_rule, self.clause]
            .into_iter()
            .flatten()
        {
            named[count] = rule;
            count += 1;
        }
        let named = &named[..count];
        let piece = Piece {
            line: self.segment(visit).line,
            day,
            price: self.price,
            quantity: quantity.units(),
            service_ratio: self.ratio,
            ceiling: Ceiling::None,
            share: Share::ByCard,
        };
        let open = &mut open[self.time.segment as usize];
        let is_stretched = open.is_some_and(|place| draft.stretch(visit, place, &piece, named));
        if !is_stretched {
            *open = Some(draft.parts().len());
            draft.add(visit, piece, named);
        }
    }
}

/// The beds that have a share of a day, and the rule of the day (R18). Only they need a price.
type Shares = (Vec<(Bedded, Quantity)>, Option<u32>);

fn share_day(present: &[Time], bedded: impl Fn(Time) -> Result<Bedded, Refusal>) -> Result<Shares, Refusal> {
    match *present {
        [] => Ok((Vec::new(), None)),
        [only] => Ok((vec![(bedded(only)?, Quantity::ONE)], None)),
        [one, other] => {
            let shares = vec![(bedded(one)?, Quantity::HALF), (bedded(other)?, Quantity::HALF)];
            Ok((shares, Some(rules::BED_TWO_DEPARTMENTS)))
        }
        _ => share_day_of_several(present, bedded),
    }
}

fn share_day_of_several(present: &[Time], bedded: impl Fn(Time) -> Result<Bedded, Refusal>) -> Result<Shares, Refusal> {
    let long = present.iter().filter(|time| time.minutes > SHORT_STAY);
    let mut long = long.map(|time| bedded(*time)).collect::<Result<Vec<_>, _>>()?;
    if long.len() < 2 {
        // `min_by_key` keeps the first of equals, which is the line order.
        let longest = present.iter().min_by_key(|time| std::cmp::Reverse(time.minutes));
        let shares = longest.map(|time| bedded(*time).map(|bed| (bed, Quantity::ONE))).into_iter();
        return Ok((shares.collect::<Result<_, _>>()?, Some(rules::BED_SHORT_STAYS)));
    }
    // A stable sort by price: equal prices stay in line order, at both ends.
    long.sort_by_key(|bed| std::cmp::Reverse(bed.insured));
    let dearest = long.remove(0);
    let cheapest = long.iter().copied().min_by_key(|bed| bed.insured).unwrap_or(dearest);
    Ok((vec![(dearest, Quantity::HALF), (cheapest, Quantity::HALF)], Some(rules::BED_THREE_DEPARTMENTS)))
}

/// Days on which an operation makes a bed surgical, and the level it makes.
struct Window {
    first_day: i32,
    level: u32,
}

impl Window {
    fn holds(&self, day: i32) -> bool {
        (self.first_day..=self.first_day + SURGICAL_DAYS).contains(&day)
    }
}

/// Only operations count; procedures (LOAI_PTTT 1–4) make no bed surgical (R19).
fn surgical_windows(visit: &Visit) -> Vec<Window> {
    let window = |operated: &Operated| {
        let line = visit.line(operated.line);
        let level = match operated.class {
            OperationClass::Special => 1,
            OperationClass::First => 2,
            OperationClass::Second => 3,
            OperationClass::Third => 4,
            OperationClass::None => return None,
        };
        let is_operation = line.kind == Kind::Surgery && !line.stopped;
        is_operation.then(|| Window { first_day: day_of(operated.start), level })
    };
    visit.operations.iter().filter_map(window).collect()
}

/// The bed and level a segment is paid as on a day, and the rule when it is not the declared one (R19).
fn level_on(
    visit: &Visit,
    place: u32,
    windows: &[Window],
    day: i32,
    price_day: i32,
) -> Result<(Bed, u32, Option<u32>), Refusal> {
    let segment = &visit.segments[place as usize];
    if segment.bed != Bed::Surgical {
        return Ok((segment.bed, segment.level, None));
    }
    if let Some(level) = windows.iter().filter(|window| window.holds(day)).map(|window| window.level).min() {
        return Ok((Bed::Surgical, level, Some(rules::BED_SURGICAL_LEVEL)));
    }
    let mut internal = visit
        .candidates(segment.candidates)
        .filter(|(_, candidate)| candidate.bed == Bed::Internal && in_force(candidate, price_day))
        .map(|(_, candidate)| candidate.level);
    match (internal.next(), internal.next()) {
        (Some(level), None) => Ok((Bed::Internal, level, Some(rules::BED_INTERNAL_LEVEL))),
        (Some(_), Some(_)) => Err(Refusal::LevelAmbiguous(place)),
        (None, _) => Err(Refusal::LevelNotListed(RefusedBed { segment: place, bed: Bed::Internal, level: 0 })),
    }
}

/// A bed line that no day was given to is still answered: a quantity of zero at its declared price (C10).
fn write_uncounted(visit: &Visit, clauses: &Clauses, place: usize, stay: &Stay, draft: &mut Draft) {
    let segment = &visit.segments[place];
    let day = day_of(segment.start);
    let (price_day, _) = price_day(visit, clauses, day);
    let is_declared = |candidate: &Candidate| candidate.bed == segment.bed && candidate.level == segment.level;
    let listed = visit
        .candidates(segment.candidates)
        .find(|(_, candidate)| is_declared(candidate) && in_force(candidate, price_day))
        .map(|(price, _)| price);
    let is_stopped = visit.line(segment.line).stopped;
    let (price, base) = if is_stopped { (None, rules::STOPPED_SERVICE) } else { (listed, rules::LISTED_PRICE) };
    let rule = if stay.days == 0 { stay.rule } else { rules::BED_NOT_COUNTED };
    let piece = Piece {
        line: segment.line,
        day,
        price,
        quantity: 0,
        service_ratio: WHOLE,
        ceiling: Ceiling::None,
        share: Share::ByCard,
    };
    draft.add(visit, piece, &[base, rule]);
}

/// The day whose price a bed takes, and the province's own clause when it is not the day itself.
fn price_day(visit: &Visit, clauses: &Clauses, day: i32) -> (i32, Option<u32>) {
    match clauses.beds_keep_arrival_price {
        Some(rule) => (day_of(visit.arrived), Some(rule)),
        None => (day, None),
    }
}
