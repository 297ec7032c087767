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
    for (place, line) in visit.lines() {
        if !matches!(line.kind, Kind::Surgery | Kind::Procedure) {
            continue;
        }
        let price = price_of(visit, place)?;
        match visit.operated(place) {
            Some(operated) if operated.operation > 0 && !line.stopped => members.push(Member {
                operation: operated.operation,
                is_procedure: line.kind == Kind::Procedure,
                insured: price.map_or(0, |price| visit.candidate(price).insured),
                start: operated.start,
                team: operated.team,
                place,
                price,
            }),
            _ => write(visit, place, price, WHOLE, None, draft),
        }
    }
    // The main one of each operation comes first: a surgery before a procedure, the dearest, the earliest, by id.
    members.sort_by_key(|member| {
        (member.operation, member.is_procedure, Reverse(member.insured), member.start, member.place)
    });
    for operation in members.chunk_by(|a, b| a.operation == b.operation) {
        let [main, others @ ..] = operation else { continue };
        let main_rule = if others.is_empty() { None } else { Some(rules::OPERATION_MAIN) };
        write(visit, main.place, main.price, WHOLE, main_rule, draft);
        for other in others {
            let (ratio, rule) = if other.is_procedure {
                (EXTRA_PROCEDURE, rules::OPERATION_PROCEDURE)
            } else if other.team == main.team {
                (SAME_TEAM, rules::OPERATION_SAME_TEAM)
            } else {
                (OTHER_TEAM, rules::OPERATION_OTHER_TEAM)
            };
            write(visit, other.place, other.price, ratio, Some(rule), draft);
        }
    }
    Ok(())
}

/// A line of an operation with others.
struct Member {
    operation: u32,
    is_procedure: bool,
    insured: i64,
    start: i64,
    team: u32,
    place: u32,
    price: Option<u32>,
}

fn write(visit: &Visit, place: u32, price: Option<u32>, service_ratio: i64, rule: Option<u32>, draft: &mut Draft) {
    let line = visit.line(place);
    let piece = Piece {
        line: place,
        day: day_of(line.performed),
        price,
        quantity: line.quantity,
        service_ratio,
        ceiling: Ceiling::None,
        share: Share::ByCard,
    };
    let base = rules::base(&line);
    match rule {
        Some(rule) => draft.add(visit, piece, &[base, rule]),
        None => draft.add(visit, piece, &[base]),
    };
}
