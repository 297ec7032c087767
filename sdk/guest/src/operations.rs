//! Several operations at once: QĐ 130/QĐ-BYT, TYLE_TT_DV of Bảng 3; R21, C13.

use std::cmp::Reverse;

use crate::draft::{Draft, Piece, WHOLE, day_of, price_of};
use crate::rules;
use crate::types::{Ceiling, Kind, Refusal, Share, Visit};

/// A second or later operation by the same team.
const SAME_TEAM: i64 = 500;

/// A second or later operation by another team.
const OTHER_TEAM: i64 = 800;

/// An extra procedure inside an operation.
const EXTRA_PROCEDURE: i64 = 800;

/// Decides every surgery and procedure line of the visit.
pub fn decide(visit: &Visit, draft: &mut Draft) -> Result<(), Refusal> {
    let mut members = Vec::new();
    for (place, line) in visit.lines.iter().enumerate() {
        if !matches!(line.kind, Kind::Surgery | Kind::Procedure) {
            continue;
        }
        let place = place as u32;
        let price = price_of(visit, place)?;
        if line.operation == 0 || line.stopped {
            write(visit, place, price, WHOLE, None, draft);
        } else {
            members.push(Member { place, price });
        }
    }
    // The main one of each operation comes first: a surgery before a procedure, the dearest, the earliest, by id.
    members.sort_by_key(|member| {
        let line = &visit.lines[member.place as usize];
        let insured = member.price.map_or(0, |price| visit.candidates[price as usize].insured);
        (line.operation, line.kind == Kind::Procedure, Reverse(insured), line.operation_start, member.place)
    });
    for operation in
        members.chunk_by(|a, b| visit.lines[a.place as usize].operation == visit.lines[b.place as usize].operation)
    {
        let [main, others @ ..] = operation else { continue };
        let main_team = visit.lines[main.place as usize].team;
        let main_rule = if others.is_empty() { None } else { Some(rules::OPERATION_MAIN) };
        write(visit, main.place, main.price, WHOLE, main_rule, draft);
        for other in others {
            let line = &visit.lines[other.place as usize];
            let (ratio, rule) = if line.kind == Kind::Procedure {
                (EXTRA_PROCEDURE, rules::OPERATION_PROCEDURE)
            } else if line.team == main_team {
                (SAME_TEAM, rules::OPERATION_SAME_TEAM)
            } else {
                (OTHER_TEAM, rules::OPERATION_OTHER_TEAM)
            };
            write(visit, other.place, other.price, ratio, Some(rule), draft);
        }
    }
    Ok(())
}

struct Member {
    place: u32,
    price: Option<u32>,
}

fn write(visit: &Visit, place: u32, price: Option<u32>, service_ratio: i64, rule: Option<u32>, draft: &mut Draft) {
    let line = &visit.lines[place as usize];
    let piece = Piece {
        line: place,
        day: day_of(line.performed),
        price,
        quantity: line.quantity,
        service_ratio,
        ceiling: Ceiling::None,
        share: Share::ByCard,
    };
    let base = rules::base(line);
    match rule {
        Some(rule) => draft.add(visit, piece, &[base, rule]),
        None => draft.add(visit, piece, &[base]),
    }
}
