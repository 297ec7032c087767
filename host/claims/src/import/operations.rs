//! Which operations were one. No field says so: their times and ratios do (QĐ 130/QĐ-BYT, TYLE_TT_DV of table 3).

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use vienphi_domain::{Day, Minute};
use vienphi_money::Rate;

use super::{performed, text};
use crate::table::Row;

/// An operation of less than the whole price belongs to one that began so many minutes before or after it at most: a day.
const APART: i64 = 24 * 60;

/// A surgical bed holds from the day of the operation to so many days after it (READINGS 19).
const SURGICAL_DAYS: i32 = 10;

/// By the place of a row: its session, its team, when it was, and its class.
pub(super) struct Sessions {
    of: HashMap<usize, (usize, &'static str, Minute, Option<&'static str>)>,
}

impl Sessions {
    /// The operation that a row belongs to, in the JSON of encounters.
    pub(super) fn of(&self, place: usize) -> Option<Value> {
        let (session, team, started, class) = self.of.get(&place)?;
        let mut operation = json!({ "id": format!("O{session}"), "team": team, "started_at": started.to_string() });
        if let Some(class) = class {
            operation["class"] = (*class).into();
        }
        Some(operation)
    }
}

/// A row of an operation or a procedure.
struct Member {
    place: usize,
    at: Minute,
    ratio: Rate,
    is_surgery: bool,
}

/// Puts operations together: those of one minute are one, and one with a part of its price belongs to the nearest of the whole
/// price. Of two with a half the teams are one, of 80 % another team.
pub(super) fn sessions(services: &[Row<'_>]) -> Sessions {
    let members: Vec<Member> = services
        .iter()
        .enumerate()
        .filter_map(|(place, row)| {
            let is_surgery = match text(*row, "MA_NHOM") {
                Some("8") => true,
                Some("18") => false,
                _ => return None,
            };
            let ratio = row.rate("TYLE_TT_DV").ok().flatten().unwrap_or(Rate::WHOLE);
            Some(Member { place, at: performed(*row)?, ratio, is_surgery })
        })
        .collect();
    let mut of = HashMap::new();
    // A procedure alone is no operation; with a surgery of the same minute it is extra to it. Of one minute the first counts.
    let mut mains: BTreeMap<Minute, &Member> = BTreeMap::new();
    for member in members.iter().filter(|member| member.is_surgery && is_whole(member)) {
        mains.entry(member.at).or_insert(member);
    }
    let levels = levels(services);
    let mut classes: HashMap<Day, Option<&'static str>> = HashMap::new();
    for member in &members {
        let main = if is_whole(member) {
            mains.get(&member.at).filter(|_| member.is_surgery)
        } else {
            // The nearest stands directly before or behind it.
            let near = |main: &&&Member| (main.at.count() - member.at.count()).abs();
            let (before, behind) = (mains.range(..=member.at).next_back(), mains.range(member.at..).next());
            let mains = before.into_iter().chain(behind).map(|(_, main)| main);
            mains.filter(|main| near(main) <= APART).min_by_key(|main| (near(main), main.place))
        };
        let Some(main) = main else { continue };
        let team = if member.ratio == Rate::percent(80) && member.is_surgery { "T2" } else { "T1" };
        let day = member.at.day();
        let class = if member.is_surgery { *classes.entry(day).or_insert_with(|| class(day, &levels)) } else { None };
        of.insert(member.place, (main.place + 1, team, member.at, class));
    }
    Sessions { of }
}

/// Days of a surgical bed, and the class of operations that its level is for.
struct Level {
    begins: Day,
    ends: Day,
    class: &'static str,
}

fn levels(services: &[Row<'_>]) -> Vec<Level> {
    let beds = services.iter().filter(|row| super::beds::is_bed(**row));
    beds.filter_map(|bed| {
        let begins = performed(*bed)?.day();
        let ends = bed.moment("NGAY_KQ").ok().flatten().map_or(begins, Minute::day);
        let class = match text(*bed, "MA_DICH_VU")?.split_once(".NG")?.1 {
            "1" => "special",
            "2" => "I",
            "3" => "II",
            "4" => "III",
            _ => return None,
        };
        Some(Level { begins, ends, class })
    })
    .collect()
}

/// The class of an operation, which no field says: the surgical bed that follows it has its level. A catalogue that knows the
/// class of the operation counts before this (READINGS 19).
fn class(day: Day, levels: &[Level]) -> Option<&'static str> {
    let since = |day_of_bed: Day| day_of_bed.count() - day.count();
    let is_after = |level: &&Level| since(level.begins) <= SURGICAL_DAYS && since(level.ends) >= 0;
    levels.iter().find(is_after).map(|level| level.class)
}

fn is_whole(member: &Member) -> bool {
    member.ratio == Rate::WHOLE
}
