//! Which operations were one. No field says so: their times and ratios do (QĐ 130/QĐ-BYT, TYLE_TT_DV of table 3).

use std::collections::HashMap;

use serde_json::{Value, json};
use vienphi_domain::Minute;
use vienphi_money::Rate;

use super::{performed, text};
use crate::table::Row;

/// An operation of less than the whole price belongs to one that began so many minutes before or after it at most: a day.
const APART: i64 = 24 * 60;

/// By the place of a row: its session and its team.
pub(super) struct Sessions {
    of: HashMap<usize, (usize, &'static str, Minute)>,
}

impl Sessions {
    /// The operation that a row belongs to, in the JSON of encounters.
    pub(super) fn of(&self, place: usize) -> Option<Value> {
        let (session, team, started) = self.of.get(&place)?;
        Some(json!({ "id": format!("O{session}"), "team": team, "started_at": started.to_string() }))
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
    // A procedure alone is no operation; with a surgery of the same minute it is extra to it.
    let mains: Vec<&Member> = members.iter().filter(|member| member.is_surgery && is_whole(member)).collect();
    for member in &members {
        let main = if is_whole(member) {
            mains.iter().find(|main| main.at == member.at && member.is_surgery)
        } else {
            let near = |main: &&&Member| (main.at.count() - member.at.count()).abs();
            mains.iter().filter(|main| near(main) <= APART).min_by_key(near)
        };
        let Some(main) = main else { continue };
        let team = if member.ratio == Rate::percent(80) && member.is_surgery { "T2" } else { "T1" };
        of.insert(member.place, (main.place + 1, team, member.at));
    }
    Sessions { of }
}

fn is_whole(member: &Member) -> bool {
    member.ratio == Rate::WHOLE
}
