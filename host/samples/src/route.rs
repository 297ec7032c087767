//! How the patient came: where they are registered, and what papers they bring (QĐ 3276/QĐ-BYT).

use fastrand::Rng;
use serde_json::{Value, json};
use vienphi_domain::Day;
use vienphi_domain::facility::{Facility, Formerly, Tier};

use crate::places::Places;
use crate::random::{pick, weighted};

/// The route of a visit.
pub(crate) struct Route {
    /// MA_DKBD of every card.
    pub(crate) registered: String,
    /// `visit.evidence`.
    pub(crate) evidence: Option<Value>,
    pub(crate) via_emergency: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Papers {
    Registered,
    Referral,
    Residence,
    Appointment,
    Emergency,
    Disease,
    None,
}

/// From this day 1.13, 1.14 and 1.18 are paid in part (NĐ 188/2025/NĐ-CP Điều 19; policies/benefit/subjects.toml). Before it the
/// insurer pays nothing of them, and a visit of nothing is not sent.
fn paid_in_part_from() -> Day {
    Day::of(2026, 7, 1).unwrap_or(Day::END_OF_TIME)
}

impl Route {
    pub(crate) fn any(rng: &mut Rng, places: &Places, facility: &Facility, is_inpatient: bool, day: Day) -> Route {
        const PAPERS: [(Papers, u32); 7] = [
            (Papers::Registered, 50),
            (Papers::Referral, 14),
            (Papers::Residence, 4),
            (Papers::Appointment, 5),
            (Papers::Emergency, 9),
            (Papers::Disease, 4),
            (Papers::None, 14),
        ];
        let others: Vec<&str> =
            places.all().iter().map(|place| &*place.facility.code).filter(|code| **code != *facility.code).collect();
        let mut papers = weighted(rng, &PAPERS, Papers::Registered);
        if facility.tier == Tier::Primary {
            // Whoever is registered at a station has subject 1.1, and that every card is paid whole there shows then only to
            // those who know the station: 1.2 says it in the file.
            papers = if papers == Papers::Registered { Papers::None } else { papers };
        }
        if papers == Papers::None && !pays_without_papers(facility, is_inpatient, day) {
            papers = Papers::Referral;
        }
        let elsewhere = match pick(rng, &others) {
            Some(other) if papers != Papers::Registered => (*other).to_owned(),
            _ => {
                let registered = facility.code.to_string();
                return Route { registered, evidence: None, via_emergency: false };
            }
        };
        let evidence = match papers {
            Papers::Registered | Papers::None => None,
            Papers::Referral => Some(json!({"referral": {
                "number": format!("GCT{:06}", rng.u32(..1_000_000)),
                "from": elsewhere,
                "signed_on": day.plus_days(-rng.i32(0..7)).to_string(),
            }})),
            Papers::Residence => Some(json!({"residence": "tạm trú"})),
            Papers::Appointment => Some(json!({"appointment": format!("GHK{:06}", rng.u32(..1_000_000))})),
            Papers::Emergency => Some(json!({"emergency": true})),
            Papers::Disease => Some(json!({"disease_row": crate::random::word(rng, &["I.12", "II.3", "I.4"])})),
        };
        Route { registered: elsewhere, evidence, via_emergency: papers == Papers::Emergency }
    }
}

/// Whether the insurer pays anything for somebody who comes without papers.
fn pays_without_papers(facility: &Facility, is_inpatient: bool, day: Day) -> bool {
    let formerly = facility.formerly;
    match facility.tier {
        Tier::Primary => true,
        _ if is_inpatient => true,
        Tier::Specialised => formerly == Some(Formerly::Provincial) && day >= paid_in_part_from(),
        Tier::Basic => match facility.points {
            Some(points) if points < 50 => true,
            Some(points) if points < 70 => day >= paid_in_part_from(),
            _ => formerly == Some(Formerly::District) || day >= paid_in_part_from(),
        },
    }
}
