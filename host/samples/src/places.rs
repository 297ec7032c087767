//! Where visits happen: facilities with what they price, as the caller knows them.

use vienphi_claims::{Facilities, Priced, Prices};
use vienphi_domain::code::Bed;
use vienphi_domain::encounter::OperationClass;
use vienphi_domain::facility::{Facility, Tier};
use vienphi_domain::{Code, Day};
use vienphi_money::Price;

/// A facility and what it may charge.
#[derive(Debug, Clone)]
pub struct Place {
    /// As the registry has it.
    pub facility: Facility,
    /// Services, beds and exams, each over the days on which its price is in force.
    pub services: Vec<Service>,
}

/// A price of a service over a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// MA_DICH_VU.
    pub code: Box<str>,
    /// TEN_DICH_VU.
    pub name: Box<str>,
    /// What the insurer counts, in đồng.
    pub insured: Price,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// The resolution that the price stands in; empty when there is none.
    pub resolution: Box<str>,
    /// The class that the price list gives an operation (LOAI_PTTT).
    pub class: Option<OperationClass>,
}

/// What a service is, by the look of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Exam,
    Consultation,
    Bed,
    Lab,
    Imaging,
    FunctionTest,
    Surgery,
    Procedure,
}

/// Facilities at which visits can be made up.
#[derive(Debug, Clone)]
pub struct Places {
    places: Vec<Place>,
}

impl Places {
    /// Those at which a visit can be claimed: with a contract, a former level or the primary tier (else no route can be told),
    /// and an exam with a price. `None` when there is none. The order in which they are given does not matter.
    pub fn new(places: Vec<Place>) -> Option<Places> {
        let mut places: Vec<Place> = places.into_iter().filter(Place::is_usable).collect();
        for place in &mut places {
            place.services.sort_by(|a, b| (&a.code, a.from).cmp(&(&b.code, b.from)));
        }
        places.sort_by(|a, b| (&a.facility.code, a.facility.from).cmp(&(&b.facility.code, b.facility.from)));
        (!places.is_empty()).then_some(Places { places })
    }

    /// All of them, by code.
    pub fn all(&self) -> &[Place] {
        &self.places
    }
}

/// What claims of these places are checked against.
impl Prices for Places {
    fn price_on(&self, facility: &str, code: &str, day: Day) -> Option<Priced<'_>> {
        let mut places = self.places.iter().filter(|place| *place.facility.code == *facility);
        let service = places.find_map(|place| place.on(code, day))?;
        Some(Priced { insured: service.insured, resolution: &service.resolution, is_sample: false })
    }
}

impl Facilities for Places {
    fn knows(&self, code: &str) -> bool {
        self.places.iter().any(|place| *place.facility.code == *code)
    }

    fn is_primary(&self, code: &str, day: Day) -> Option<bool> {
        let holds = |facility: &&Facility| *facility.code == *code && facility.from <= day && day <= facility.to;
        let mut facilities = self.places.iter().map(|place| &place.facility);
        facilities.find(holds).map(|facility| facility.tier == Tier::Primary)
    }
}

impl Place {
    fn is_usable(&self) -> bool {
        let facility = &self.facility;
        let has_route = facility.formerly.is_some() || facility.tier == Tier::Primary;
        facility.contracted && has_route && self.services.iter().any(|service| service.sort() == Sort::Exam)
    }

    /// What of a sort has a price on both days.
    pub(crate) fn over(&self, sort: Sort, from: Day, to: Day) -> Vec<&Service> {
        let first = self.services.iter().filter(|service| service.sort() == sort && service.is_on(from));
        first.filter(|service| self.has(&service.code, to)).collect()
    }

    fn has(&self, code: &str, day: Day) -> bool {
        self.on(code, day).is_some()
    }

    /// A code's price on a day.
    fn on(&self, code: &str, day: Day) -> Option<&Service> {
        self.services.iter().find(|service| *service.code == *code && service.is_on(day))
    }
}

impl Service {
    fn is_on(&self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }

    pub(crate) fn sort(&self) -> Sort {
        let code = &*self.code;
        match code.get(..3).unwrap_or_default() {
            "HC." => Sort::Consultation,
            bed if bed.starts_with('K') => Sort::Bed,
            _ if code.len() == 5 => Sort::Exam,
            "22." | "23." => Sort::Lab,
            "18." => Sort::Imaging,
            "02." | "21." => Sort::FunctionTest,
            // A birth is no operation, and a blood gas analysis at the bed no procedure.
            "13." if self.name.contains("đẻ") => Sort::Procedure,
            "10." | "13." | "27." => Sort::Surgery,
            _ if self.name.contains("Xét nghiệm") || self.name.contains("Đo ") => Sort::Lab,
            _ => Sort::Procedure,
        }
    }

    /// The department in the code of a bed: `K03` of `K03.NO1`.
    pub(crate) fn department(&self) -> &str {
        self.code.split('.').next().unwrap_or_default()
    }

    /// The price group in the code of a service: `0459` of `10.0506.0459_GT`.
    pub(crate) fn price_group(&self) -> &str {
        self.code.split('.').nth(2).and_then(|group| group.split('_').next()).unwrap_or_default()
    }

    /// What a bed's code says.
    pub(crate) fn bed(&self) -> Bed {
        Code::parse(&self.code).map_or(Bed::Day, |code| code.bed())
    }
}
