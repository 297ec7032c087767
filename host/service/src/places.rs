//! What facilities may charge, for whoever makes visits up.

use std::collections::BTreeSet;

use vienphi_domain::facility::Ownership;
use vienphi_domain::{Code, Day, Facility};
use vienphi_tariff::{Place, Prices, Row};

use crate::pricer::Pricer;

/// A facility and the rows in force there.
#[derive(Debug)]
pub struct PlaceRows<'a> {
    /// The facility.
    pub facility: &'a Facility,
    /// Each row with the first and last day on which it is the one that counts.
    pub rows: Vec<(Day, Day, &'a Row)>,
}

impl Pricer {
    /// Every facility with the rows that count there between two days, by its code. A private facility has those of the
    /// catalogues laid over alone (READINGS 25).
    pub fn places(&self, from: Day, to: Day) -> Vec<PlaceRows<'_>> {
        let mut facilities: Vec<&Facility> = self.registry.all().collect();
        facilities.retain(|facility| facility.from <= to && from <= facility.to);
        facilities.sort_by(|a, b| (&a.code, a.from).cmp(&(&b.code, b.from)));
        facilities.into_iter().map(|facility| self.place_rows(facility, from, to)).collect()
    }

    fn place_rows<'a>(&'a self, facility: &'a Facility, from: Day, to: Day) -> PlaceRows<'a> {
        let mut rows = Vec::new();
        let province = facility.tariff_province();
        for offered in self.offered.iter().filter(|offered| offered.package().manifest.province == province) {
            let base = (facility.ownership == Ownership::Public).then_some(&offered.package().table);
            let tables = self.overlays.iter().chain(base);
            let codes: BTreeSet<&str> = tables.flat_map(|table| table.rows().iter().map(|row| &*row.code)).collect();
            let prices = Prices::new(&self.overlays, base, Place::of(facility));
            let (from, to) = (from.max(offered.from).max(facility.from), to.min(offered.to).min(facility.to));
            for code in codes.into_iter().filter_map(Code::parse) {
                rows.extend(
                    prices.over(&code, from, to).into_iter().map(|window| (window.from, window.to, window.row)),
                );
            }
        }
        PlaceRows { facility, rows }
    }
}
