//! Claims of a batch against each other, fed one by one. Of each visit two keys and an interval are kept, no text.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use vienphi_domain::{Day, Minute};
use vienphi_money::Amount;

use super::Finding;
use super::Given;
use super::lines::{apart, place};
use super::sink::{Found, Sink};
use super::visit::{PLACES, Visit};
use crate::envelope::Claim;
use crate::schema::{EPISODE, Schema};

/// What a batch has had so far.
#[derive(Debug, Default)]
pub struct Batch {
    /// Files by facility and MA_LK.
    episodes: HashMap<u64, u32>,
    /// Claims by what makes a duplicate (GDH 61): card, name, times, disease, facility, period.
    claims: HashMap<u64, Sums>,
    /// Stays by patient.
    stays: HashMap<u64, Vec<Stay>>,
}

#[derive(Debug, Clone, Copy)]
struct Sums {
    total: Option<Amount>,
    insurer: Option<Amount>,
    file: u32,
}

#[derive(Debug, Clone, Copy)]
struct Stay {
    from: Minute,
    to: Minute,
    is_inpatient: bool,
    episode: u64,
    file: u32,
}

/// The amounts of a duplicate are at most this far apart: 2 đồng (GDH 61).
const NEAR: Amount = Amount::from_units(200);

/// What of a claim is compared with others: made of each claim by itself, on any thread.
#[derive(Debug, Clone)]
pub struct BatchEntry {
    /// The day of discharge.
    end: Day,
    department: Box<str>,
    episode_text: Box<str>,
    /// Facility and MA_LK; `None` when the claim has none, and nothing is compared.
    episode: Option<u64>,
    claim: u64,
    total: Option<Amount>,
    insurer: Option<Amount>,
    patient: Option<u64>,
    is_inpatient: bool,
    period: Option<(Minute, Minute)>,
}

impl BatchEntry {
    /// The entry of a claim.
    pub fn of(claim: &Claim) -> BatchEntry {
        let visit = Visit::read(claim, &Given::default());
        let summary = |field: &str| place(Schema::every_day().table(1), field);
        BatchEntry {
            end: visit.end,
            department: visit.department.into(),
            episode_text: visit.episode.into(),
            episode: (!visit.episode.is_empty()).then(|| hash(&[visit.facility, visit.episode])),
            claim: hash(&[
                visit.cards_text,
                visit.text(PLACES.name),
                visit.text(PLACES.arrived),
                visit.text(PLACES.discharged),
                visit.text(PLACES.disease),
                visit.facility,
                visit.text(PLACES.year),
                visit.text(PLACES.month),
            ]),
            total: visit.amount(summary("T_TONGCHI_BV")),
            insurer: visit.amount(summary("T_BHTT")),
            patient: patient(&visit),
            is_inpatient: visit.is_inpatient(),
            period: visit.arrived.zip(visit.discharged),
        }
    }
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Compares a claim with those before it and keeps its keys. `file` is whatever the caller knows its file by; it comes back
    /// as [`Finding::other_file`] of what is found against it.
    pub fn add(&mut self, entry: &BatchEntry, file: u32) -> Vec<Finding> {
        let mut sink = Sink::new(entry.end, &entry.department);
        let Some(episode) = entry.episode else { return Vec::new() };
        let at_risk = entry.insurer.unwrap_or_default();
        if let Some(other) = self.episodes.get(&episode) {
            let found = Found::of_visit("VP-MA-LK-TWICE", EPISODE).declared(&entry.episode_text).at_risk(at_risk);
            sink.add(found.against(*other));
        } else {
            self.episodes.insert(episode, file);
        }
        let sums = Sums { total: entry.total, insurer: entry.insurer, file };
        match self.claims.get(&entry.claim) {
            Some(other) if other.is_near(&sums) => {
                sink.add(Found::of_visit("GDH-61", EPISODE).at_risk(at_risk).against(other.file));
                // The same again overlaps itself; that says nothing more.
                return sink.findings;
            }
            Some(_) => {}
            None => {
                self.claims.insert(entry.claim, sums);
            }
        }
        if let (Some(patient), Some((from, to))) = (entry.patient, entry.period) {
            let stay = Stay { from, to, is_inpatient: entry.is_inpatient, episode, file };
            let stays = self.stays.entry(patient).or_default();
            for other in stays.iter().filter(|other| other.episode != episode && other.overlaps(&stay)) {
                let is_inside = other.holds(&stay) || stay.holds(other);
                let code = if is_inside { "GDH-60" } else { "VP-OVERLAP" };
                sink.add(Found::of_visit(code, "NGAY_VAO").declared(from).at_risk(at_risk).against(other.file));
            }
            stays.push(stay);
        }
        sink.findings
    }
}

impl Sums {
    fn is_near(&self, other: &Sums) -> bool {
        let near = |one: Option<Amount>, other: Option<Amount>| match (one, other) {
            (Some(one), Some(other)) => apart(one, other) <= NEAR,
            (one, other) => one == other,
        };
        near(self.total, other.total) && near(self.insurer, other.insurer)
    }
}

impl Stay {
    /// One may begin in the minute in which the other ends.
    fn overlaps(&self, other: &Stay) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// An outpatient visit inside an inpatient stay.
    fn holds(&self, other: &Stay) -> bool {
        self.is_inpatient && !other.is_inpatient && self.from <= other.from && other.to <= self.to
    }
}

/// The person: the insurance number in the first card, which all cards of a person share, else the patient of the facility.
fn patient(visit: &Visit<'_>) -> Option<u64> {
    let number = visit.cards.first().and_then(|card| card.number.len().checked_sub(10).map(|from| (card.number, from)));
    if let Some(number) = number.and_then(|(number, from)| number.get(from..)) {
        return Some(hash(&["card", number]));
    }
    let patient = visit.text(PLACES.patient);
    (!patient.is_empty()).then(|| hash(&[visit.facility, patient]))
}

/// Two texts that differ have two hashes, but for one in about 10^19.
fn hash(texts: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    texts.hash(&mut hasher);
    hasher.finish()
}
