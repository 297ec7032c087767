//! The encounter of a visit.

use fastrand::Rng;
use serde_json::{Map, Value, json};
use vienphi_domain::time::DAY_MINUTES;
use vienphi_domain::{Day, Minute};
use vienphi_money::Amount;

use crate::cards::{Holder, Paper, year_around};
use crate::clinical;
use crate::lines::{Make, after};
use crate::people::Person;
use crate::places::Places;
use crate::plot::{Plot, Twist};
use crate::random::{often, pick, weighted};
use crate::reference;
use crate::route::Route;

/// The first day on which a visit may begin: the subjects of QĐ 3276/QĐ-BYT are in use.
pub const FIRST_DAY: &str = "2025-07-10";

/// The last day on which a visit may begin.
pub const LAST_DAY: &str = "2026-10-01";

/// A visit that was made up.
#[derive(Debug, Clone)]
pub struct Sample {
    /// MA_LK: the seed and the number.
    pub id: String,
    /// MA_CSKCB.
    pub facility: Box<str>,
    /// What it is about.
    pub plot: Plot,
    /// What is particular about it.
    pub twist: Twist,
    /// The encounter as JSON.
    pub document: String,
}

/// What is wanted of visits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'w> {
    /// Lines of each, 1 to 1000; by the kind of visit when not said. A visit that needs more has more.
    pub lines: Option<u16>,
    /// The first and the last day on which it may begin; between [`FIRST_DAY`] and [`LAST_DAY`] when not said.
    pub days: Option<(Day, Day)>,
    /// Where it happens; anywhere when not said, or when it is none of the places.
    pub facility: Option<&'w str>,
}

/// Days on which something changes that a visit may lie across: prices, L, the year.
const BORDERS: [(i32, u32, u32); 3] = [(2026, 1, 1), (2026, 3, 1), (2026, 7, 1)];

/// Makes visit `number` of a seed. The same arguments give the same bytes; how many are made has no part in it.
pub fn visit(seed: u64, number: u64, places: &Places, wish: &Wish<'_>) -> Sample {
    // Neighbouring numbers have nothing alike.
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03));
    let plot = Plot::any(&mut rng);
    let mut twist = Twist::any(&mut rng, plot);
    if wish.lines.is_some() && matches!(twist, Twist::JustBelow | Twist::AtThreshold) {
        twist = Twist::Plain;
    }
    // Places has one at least; the first is never taken for want of another.
    let all = places.all();
    let Some(place) = all.get(rng.usize(..all.len().max(1))) else { return nothing() };
    let wished = wish.facility.and_then(|code| all.iter().find(|place| *place.facility.code == *code));
    let place = wished.unwrap_or(place);
    let arrived = arrival(&mut rng, plot, wish.days);
    let begun = if plot.is_inpatient() { after(arrived, rng.i64(15..60)) } else { arrived };
    let ended = end(&mut rng, plot, begun);
    let is_co_paying = matches!(twist, Twist::TwoCards | Twist::ExemptionReached | Twist::Exempt);
    let holder = if is_co_paying { Holder::co_paying(&mut rng) } else { Holder::any(&mut rng, plot) };
    let is_woman = rng.bool();
    let age = rng.i32(holder.youngest..=holder.oldest);
    let person = match plot {
        Plot::Newborn => Person::born(&mut rng, number, arrived.day()),
        _ => Person::new(&mut rng, number, age, is_woman, arrived.day()),
    };
    let mut make = Make {
        rng,
        place,
        plot,
        twist,
        arrived,
        begun,
        ended,
        is_woman: person.is_woman,
        age: arrived.day().age_of(person.birth),
        is_armed: holder.is_of_armed_forces(),
        lines: Vec::new(),
        extras: Map::new(),
        results: Vec::new(),
        insured: Amount::ZERO,
        department: "K01".to_owned(),
    };
    let want = wish.lines.map_or_else(|| usual_lines(&mut make.rng, plot), usize::from).clamp(1, 1000);
    make.care(want);
    let ended = if is_open_ended(plot) { after(make.ended, make.rng.i64(3..15)) } else { make.ended };
    make.ended = ended;
    told(make, seed, number, places, &person, holder)
}

/// Never: a caller's places have one at least.
fn nothing() -> Sample {
    let (plot, twist) = (Plot::Exam, Twist::Plain);
    Sample { id: String::new(), facility: "".into(), plot, twist, document: String::new() }
}

/// Puts the encounter together.
fn told(mut make: Make<'_>, seed: u64, number: u64, places: &Places, person: &Person, holder: Holder) -> Sample {
    let id = format!("S{seed}-{number:07}");
    let facility = &make.place.facility;
    let arrived = make.arrived.day();
    let route = Route::any(&mut make.rng, places, facility, make.plot.is_inpatient(), arrived);
    let coverages = coverages(&mut make, person, holder, &route);
    let (result, discharge) = ending(&mut make);
    let mut visit = json!({
        "type": make.plot.visit_type(),
        "arrived_at": make.arrived.to_string(),
        "discharged_at": make.ended.to_string(),
        "result": result,
        "discharge": discharge,
    });
    if make.plot.is_inpatient() {
        visit["admitted_at"] = make.begun.to_string().into();
    }
    if route.via_emergency {
        visit["via_emergency"] = true.into();
    }
    if let Some(evidence) = route.evidence {
        visit["evidence"] = evidence;
    }
    if make.often(4) {
        visit["area"] = crate::random::word(&mut make.rng, &["K1", "K2", "K3"]).into();
    }
    if make.often(75) {
        visit["paid_at"] = after(make.ended, make.rng.i64(0..40)).to_string().into();
    }
    if make.plot == Plot::PickUp {
        let rate = crate::random::word(&mut make.rng, &["80", "80", "95", "100", "47.5"]);
        let first = arrived.plus_days(-make.rng.i32(28..90)).to_string();
        visit["original_visit"] =
            json!({"id": format!("S{seed}-X{number}"), "subject": "1.1", "rate": rate, "discharged_on": first});
    }
    let mut patient = person.told(&mut make.rng);
    if make.plot == Plot::Newborn {
        patient["newborn"] =
            json!({"mother_visit": format!("S{seed}-M{number}"), "weight_g": make.rng.u32(2400..4200)});
    }
    let diagnosis = clinical::diagnosis(&mut make);
    let clinical = clinical::told(&mut make, person, &diagnosis, discharge);
    let others = if make.plot == Plot::Newborn { &[][..] } else { diagnosis.others };
    let document = json!({
        "id": id,
        "facility": facility.code,
        "patient": patient,
        "visit": visit,
        "coverages": coverages,
        "diagnoses": {"main": diagnosis.code, "others": others},
        "lines": make.lines,
        "clinical": clinical,
    });
    let (plot, twist, facility) = (make.plot, make.twist, facility.code.clone());
    Sample { id, facility, plot, twist, document: document.to_string() }
}

fn day(text: &str) -> Day {
    // Both are days of the calendar; a test reads them.
    Day::parse(text).unwrap_or(Day::BEGINNING)
}

fn arrival(rng: &mut Rng, plot: Plot, wished: Option<(Day, Day)>) -> Minute {
    let (first, last) = (day(FIRST_DAY).count(), day(LAST_DAY).count());
    let mut count = rng.i32(first..=last);
    if often(rng, 12)
        && let Some(border) = pick(rng, &BORDERS).and_then(|(year, month, day)| Day::of(*year, *month, *day))
    {
        count = border.count() - rng.i32(0..6);
    }
    if let Some((from, to)) = wished {
        // The same choices fall into other days: what is wished changes nothing else.
        let days = to.count().saturating_sub(from.count()).max(0) + 1;
        count = from.count() + (count - first).rem_euclid(days);
    }
    // Wards and the emergency room take people in at any hour.
    let minute = if plot.is_stay() && often(rng, 40) { rng.i64(0..23 * 60) } else { rng.i64(6 * 60 + 30..9 * 60) };
    Minute::from_count(i64::from(count) * DAY_MINUTES + minute)
}

/// Visits that last as long as there is something to do.
fn is_open_ended(plot: Plot) -> bool {
    matches!(plot, Plot::Exam | Plot::LongTerm | Plot::PickUp | Plot::ShortStay)
}

fn end(rng: &mut Rng, plot: Plot, begun: Minute) -> Minute {
    let hours = match plot {
        _ if is_open_ended(plot) => return after(begun, 15),
        Plot::Treatment | Plot::DayWard => rng.i64(2..8),
        Plot::Newborn => rng.i64(2..6),
        // Some stay beyond the ten days of a surgical bed, and the fifteen of an expired card.
        Plot::Surgery | Plot::Ward if often(rng, 12) => rng.i64(12..24),
        _ => rng.i64(1..9),
    };
    let last = i64::from(begun.day().count()) + hours;
    let minute = if plot.is_stay() { rng.i64(8 * 60..16 * 60) } else { rng.i64(15 * 60..16 * 60 + 30) };
    Minute::from_count(last * DAY_MINUTES + minute)
}

fn usual_lines(rng: &mut Rng, plot: Plot) -> usize {
    match plot {
        Plot::Exam => rng.usize(1..12),
        Plot::Treatment => rng.usize(4..20),
        Plot::Ward => rng.usize(8..45),
        Plot::Surgery => rng.usize(12..60),
        Plot::Newborn => rng.usize(3..12),
        Plot::DayWard => rng.usize(6..24),
        Plot::LongTerm => rng.usize(3..10),
        Plot::PickUp => rng.usize(1..5),
        Plot::ShortStay => rng.usize(2..12),
    }
}

/// KET_QUA_DTRI and MA_LOAI_RV.
fn ending(make: &mut Make<'_>) -> (u8, u8) {
    const ENDINGS: [((u8, u8), u32); 6] =
        [((1, 1), 40), ((2, 1), 50), ((4, 2), 3), ((2, 2), 2), ((5, 1), 1), ((6, 4), 1)];
    match make.plot {
        Plot::Ward | Plot::Surgery => weighted(&mut make.rng, &ENDINGS, (2, 1)),
        Plot::Newborn => (1, 1),
        _ => (2, 1),
    }
}

fn coverages(make: &mut Make<'_>, person: &Person, holder: Holder, route: &Route) -> Vec<Value> {
    let (arrived, ended) = (make.arrived.day(), make.ended.day());
    let presented_at = make.arrived.to_string();
    let paper = Paper {
        province: &make.place.facility.province,
        insurance_number: &person.insurance_number,
        registered: &route.registered,
        presented_at: &presented_at,
    };
    if make.plot == Plot::Newborn {
        return vec![paper.card("TE1", arrived, ended.plus_days(60))];
    }
    let (from, to) = year_around(&mut make.rng, arrived, ended);
    let nights = ended.count() - arrived.count();
    let is_plastic = make.often(4);
    match make.twist {
        Twist::TwoCards if nights > 0 => {
            let changed = arrived.plus_days(make.rng.i32(1..=nights));
            vec![paper.card(holder.letters, from, changed.plus_days(-1)), paper.card(holder.better(), changed, to)]
        }
        Twist::CardExpires if nights > 0 => {
            let last = arrived.plus_days(make.rng.i32(0..nights));
            vec![paper.card(holder.letters, from.min(arrived), last)]
        }
        Twist::ExemptionReached => {
            let mut card = paper.card(holder.letters, from, to);
            card["five_years_on"] = from.plus_days(-make.rng.i32(10..900)).to_string().into();
            let before = arrived.plus_days(-make.rng.i32(3..7));
            if before.year() == arrived.year() {
                // Some are above six L already, some come to be in this visit.
                let most = reference::exemption(ended).units();
                let paid = Amount::from_units(most + make.rng.i64(-400_000..200_000) / 50 * 5_000);
                card["copayments"] =
                    json!([{"discharged_on": before.to_string(), "amount": paid.to_string(), "on_route": true}]);
            }
            vec![card]
        }
        Twist::Exempt => {
            let mut card = paper.card(holder.letters, from, to);
            card["five_years_on"] = from.plus_days(-make.rng.i32(10..900)).to_string().into();
            let first = Day::of(arrived.year(), 1, 1).unwrap_or(arrived);
            card["exempt_from"] = first.plus_days(make.rng.i32(0..=arrived.count() - first.count())).to_string().into();
            vec![card]
        }
        _ if is_plastic => vec![paper.plastic(holder.letters, from, to)],
        _ => {
            let mut card = paper.card(holder.letters, from, to);
            if make.often(20) {
                card["five_years_on"] = arrived.plus_days(-make.rng.i32(-200..900)).to_string().into();
            }
            vec![card]
        }
    }
}
