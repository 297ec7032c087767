//! Everything that is neither an examination, a bed nor an operation: R22, R23, R29; C8, C15, C16.

use crate::draft::{Draft, Piece, WHOLE, day_of, has_own_price, price_of};
use crate::rules;
use crate::types::{CapKind, Ceiling, Kind, Line, Refusal, Share, Visit};

/// MA_NHOM 12: transport paid by fuel.
const GROUP_TRANSPORT: u32 = 12;

/// Decides the remaining lines of the visit.
pub fn decide(visit: &Visit, draft: &mut Draft) -> Result<(), Refusal> {
    // The cap of each service that supplies were used for, once one has asked.
    let mut cap_of_service: Vec<Option<u32>> = Vec::new();
    for (place, line) in visit.lines() {
        if matches!(line.kind, Kind::Exam | Kind::Bed | Kind::DayBed | Kind::Surgery | Kind::Procedure) {
            continue;
        }
        let price = own_or_listed_price(visit, &line, place)?;
        let base = rules::base(&line);
        let mut piece = Piece {
            line: place,
            day: day_of(line.performed),
            price,
            quantity: line.quantity,
            service_ratio: WHOLE,
            ceiling: Ceiling::None,
            share: Share::ByCard,
        };
        match (line.kind, visit.service_of(place)) {
            (Kind::Supply, Some(service)) => {
                cap_of_service.resize(visit.line_count(), None);
                let cap = match cap_of_service[service as usize] {
                    Some(cap) => cap,
                    None => draft.cap(CapKind::Supplies, visit.supplies_ceiling),
                };
                cap_of_service[service as usize] = Some(cap);
                piece.ceiling = Ceiling::Shared(cap);
                draft.add(visit, piece, &[base, rules::SUPPLIES_OF_A_SERVICE])
            }
            _ if line.group == GROUP_TRANSPORT => {
                piece.share = Share::WholeOnRoute;
                draft.add(visit, piece, &[base, rules::TRANSPORT_BY_FUEL])
            }
            _ => draft.add(visit, piece, &[base]),
        };
    }
    Ok(())
}

/// Goods carry their own price as the only candidate, whatever the day (C6); services are looked up.
fn own_or_listed_price(visit: &Visit, line: &Line, place: u32) -> Result<Option<u32>, Refusal> {
    if has_own_price(line)
        && !line.stopped
        && let Some((price, _)) = visit.candidates(line.candidates).next()
        && line.candidates.count == 1
    {
        return Ok(Some(price));
    }
    price_of(visit, place)
}
