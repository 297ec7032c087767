//! The same arguments give the same visit, and every one is an encounter without a fault.

use std::collections::BTreeSet;

use vienphi_domain::facility::{Class, Formerly, Ownership, Tier};
use vienphi_domain::{Day, Encounter, Facility};
use vienphi_money::Price;

use super::*;

fn place(code: &str, services: &[&str]) -> Place {
    let facility = Facility {
        code: code.into(),
        from: Day::BEGINNING,
        to: Day::END_OF_TIME,
        name: "Bệnh viện Mẫu".into(),
        province: "92".into(),
        former_province: None,
        class: Class::Second,
        tier: Tier::Basic,
        formerly: Some(Formerly::District),
        points: Some(72),
        ownership: Ownership::Public,
        contracted: true,
    };
    let service = |code: &&str| Service {
        code: (*code).into(),
        name: "Dịch vụ mẫu".into(),
        insured: Price::parse("45000").unwrap(),
        from: Day::BEGINNING,
        to: Day::END_OF_TIME,
        resolution: "".into(),
        class: None,
    };
    Place { facility, services: services.iter().map(service).collect() }
}

fn places() -> Places {
    let services = [
        "02.03",
        "03.18",
        "13.27",
        "14.30",
        "K03.NO1",
        "K18.NO1",
        "K19.NO2",
        "K19.NG2",
        "K19.NG3",
        "K27.NO2",
        "K27.NG2",
        "10.0506.0459",
        "13.0007.0671",
        "22.0121.1369",
        "18.0119.0028",
        "21.0014.1778",
        "03.3826.0200",
    ];
    Places::new(vec![place("92115", &services), place("92114", &services)]).unwrap()
}

#[test]
fn a_visit_hangs_on_its_seed_and_number_alone() {
    let (one, other) = (places(), places());
    let mut documents = BTreeSet::new();
    for number in 0..200 {
        let sample = visit(7, number, &one, &Wish::default());
        assert_eq!(sample.document, visit(7, number, &other, &Wish::default()).document);
        documents.insert(sample.document);
    }
    assert_eq!(documents.len(), 200);
    assert_ne!(visit(7, 1, &one, &Wish::default()).document, visit(8, 1, &one, &Wish::default()).document);
}

#[test]
fn every_visit_is_an_encounter_without_a_fault() {
    let places = places();
    for number in 0..2_000 {
        let sample = visit(1, number, &places, &Wish::default());
        let reading = Encounter::read(sample.document.as_bytes());
        assert!(reading.faults.is_empty(), "{}: {:?}", sample.id, reading.faults);
        let encounter = reading.encounter.unwrap();
        assert_eq!((encounter.id.as_ref(), &encounter.facility), (sample.id.as_str(), &sample.facility));
        // No province begins so, nobody has such a card.
        let numbers = encounter.coverages.iter().map(|coverage| coverage.card.as_str());
        assert!(numbers.map(|number| &number[number.len() - 10..]).all(|number| number.starts_with("9999")));
    }
}

#[test]
fn as_many_lines_as_wished() {
    let places = places();
    for number in 0..200 {
        let sample = visit(1, number, &places, &Wish { lines: Some(50), ..Wish::default() });
        let encounter = Encounter::read(sample.document.as_bytes()).encounter.unwrap();
        assert!((50..80).contains(&encounter.lines.len()), "{}: {}", sample.id, encounter.lines.len());
    }
}

#[test]
fn where_and_when_it_is_wished() {
    let places = places();
    let day = |text: &str| Day::parse(text).unwrap();
    let (first, last) = (day("2026-10-25"), day("2026-11-23"));
    let mut days = BTreeSet::new();
    for number in 0..500 {
        let wish = Wish { days: Some((first, last)), facility: Some("92115"), ..Wish::default() };
        let sample = visit(1, number, &places, &wish);
        assert_eq!(&*sample.facility, "92115");
        let reading = Encounter::read(sample.document.as_bytes());
        assert!(reading.faults.is_empty(), "{}: {:?}", sample.id, reading.faults);
        days.insert(reading.encounter.unwrap().visit.arrived_at.day());
    }
    assert_eq!((days.first(), days.last(), days.len()), (Some(&first), Some(&last), 30));
}

#[test]
fn where_nothing_can_be_claimed_nothing_is_made() {
    assert!(Places::new(Vec::new()).is_none());
    assert!(Places::new(vec![place("92114", &["22.0121.1369"])]).is_none());
    let mut free = place("92114", &["02.03"]);
    free.facility.contracted = false;
    assert!(Places::new(vec![free]).is_none());
}

#[test]
fn visits_begin_in_a_range_of_days() {
    let day = |text: &str| Day::parse(text).unwrap();
    assert!(day(FIRST_DAY) < day(LAST_DAY));
}
