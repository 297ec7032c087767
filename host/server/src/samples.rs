//! Where synthetic visits happen: the facilities and prices that this program prices with.

use vienphi_domain::Day;
use vienphi_samples::{FIRST_DAY, LAST_DAY, Place, Places, Service};
use vienphi_service::Pricer;
use vienphi_tariff::Intervention;

/// A stay may end so many days after the last day on which one begins.
const LONGEST_STAY: i32 = 60;

/// The facilities and prices of a pricer; `None` when nothing could be claimed anywhere.
pub fn places(pricer: &Pricer) -> Option<Places> {
    places_over(pricer, Day::parse(FIRST_DAY)?, Day::parse(LAST_DAY)?)
}

/// The same, for visits that begin between two days.
pub fn places_over(pricer: &Pricer, first: Day, last: Day) -> Option<Places> {
    let places = pricer.places(first, last.plus_days(LONGEST_STAY)).into_iter().map(|place| {
        let services = place.rows.into_iter().map(|(from, to, row)| Service {
            code: row.code.clone(),
            name: row.name.clone(),
            insured: row.insured_price,
            from,
            to,
            resolution: row.resolution.clone(),
            class: match row.intervention {
                Some(Intervention::Operation(class)) => Some(class),
                Some(Intervention::Procedure) | None => None,
            },
        });
        Place { facility: place.facility.clone(), services: services.collect() }
    });
    Places::new(places.collect())
}
