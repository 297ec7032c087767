//! The visits of a facility: those of the generator that `vienphi claims generate` has, of the last month, and what becomes of each.

use serde_json::{Value, json};
use vienphi_domain::{Day, Encounter, Minute};
use vienphi_samples::{Places, Plot, Twist, Wish, visit};
use vienphi_service::Pricer;

use super::courses::{ClaimCourse, Course, Mix, Wanted};

/// What the random choices begin with: the same visits on every machine, and by their order the same courses on every day.
const SEED: u64 = 26;

/// The month behind today, in days.
pub(super) const MONTH: i32 = 30;

/// So many visits are looked at for one that is wanted.
const LOOKED_AT: u64 = 40;

/// A visit, and what becomes of it.
pub(super) struct Visit {
    pub(super) id: String,
    pub(super) document: Value,
    pub(super) plot: Plot,
    pub(super) twist: Twist,
    /// It ends then, or was last sent then.
    pub(super) ended: Minute,
    /// What the patient owes, in đồng.
    pub(super) due: i64,
    pub(super) is_sample: bool,
    pub(super) course: Course,
    pub(super) claim: Option<ClaimCourse>,
}

/// Which visits.
pub(super) struct Plan {
    pub(super) facility: &'static str,
    pub(super) count: usize,
    /// The number of the first, so that no two facilities have one patient.
    pub(super) first: u64,
    pub(super) mix: &'static Mix,
    pub(super) has: fn(Plot) -> bool,
    /// Of so many visits one has no card: the insurer is asked for nothing.
    pub(super) uninsured: u64,
}

impl Plan {
    /// The visits in the order of their days.
    pub(super) fn visits(&self, pricer: &Pricer, places: &Places, today: Day) -> Result<Vec<Visit>, String> {
        let (first, last) = (today.plus_days(-MONTH), today.plus_days(-1));
        let wish = Wish { days: Some((first, last)), facility: Some(self.facility), ..Wish::default() };
        let mut courses = Courses::of(self.mix);
        let mut visits = Vec::with_capacity(self.count);
        for number in self.first.. {
            if visits.len() == self.count {
                break;
            }
            if number > self.first + LOOKED_AT * self.count as u64 {
                return Err(format!("facility {} has no {} visits in a month", self.facility, self.count));
            }
            let sample = visit(SEED, number, places, &wish);
            let Some(ended) = ended(&sample.document).filter(|ended| ended.day() <= last) else { continue };
            if *sample.facility != *self.facility || !(self.has)(sample.plot) {
                continue;
            }
            let mut document: Value = serde_json::from_str(&sample.document).map_err(|error| error.to_string())?;
            self.vary(&mut document, number, sample.plot);
            let mut made = Visit {
                id: sample.id,
                document,
                plot: sample.plot,
                twist: sample.twist,
                ended,
                due: 0,
                is_sample: false,
                course: Course::Free,
                claim: None,
            };
            let insurer = made.price(pricer)?;
            made.course = courses.next(&made);
            if made.course.is_open() {
                made.leave_open();
            }
            if made.course.is_settled() && insurer > 0 {
                made.claim = courses.claims.next(|_| true);
                if made.claim == Some(ClaimCourse::Draft) {
                    // A place of accidents that no list has: the portal would refuse the file.
                    made.document["clinical"]["xml1"]["MA_TAI_NAN"] = "99".into();
                }
            }
            visits.push(made);
        }
        visits.sort_by(|a, b| (a.ended.day(), &a.id).cmp(&(b.ended.day(), &b.id)));
        Ok(visits)
    }

    /// What the generator does not make, for its visits are claimed: no card, a card that nobody has checked, and a visit that is not
    /// paid yet.
    fn vary(&self, document: &mut Value, number: u64, plot: Plot) {
        if let Some(visit) = document["visit"].as_object_mut() {
            visit.remove("paid_at");
        }
        let needs_card = matches!(plot, Plot::PickUp | Plot::Newborn);
        if number.is_multiple_of(self.uninsured) && !needs_card {
            document["coverages"] = json!([]);
            if let Some(visit) = document["visit"].as_object_mut() {
                visit.remove("evidence");
            }
        } else if number % 4 == 1
            && let Some(coverages) = document["coverages"].as_array_mut()
        {
            for coverage in coverages.iter_mut().filter_map(Value::as_object_mut) {
                coverage.remove("checked_at");
            }
        }
    }
}

impl Visit {
    pub(super) fn day(&self) -> Day {
        self.ended.day()
    }

    /// Whoever has a card.
    pub(super) fn card(&self) -> Option<&str> {
        self.document["coverages"][0]["card"].as_str()
    }

    pub(super) fn patient(&self) -> &Value {
        &self.document["patient"]
    }

    /// Works out what is due; what the insurer pays, in đồng.
    fn price(&mut self, pricer: &Pricer) -> Result<i64, String> {
        let bytes = self.document.to_string();
        let failed = |problem: vienphi_domain::Problem| format!("visit {}: {}", self.id, problem.detail);
        let encounter: Encounter = pricer.read(bytes.as_bytes(), self.day()).map_err(failed)?;
        let statement = pricer.price(&encounter, self.day()).map_err(failed)?;
        self.due = statement.totals.cash_due.units() / 100;
        self.is_sample = statement.rules.contains_key("sample-price");
        Ok(statement.totals.insurer.units() / 100)
    }

    /// The patient has not left: what is known of the end is taken back.
    fn leave_open(&mut self) {
        if let Some(visit) = self.document["visit"].as_object_mut() {
            for field in ["discharged_at", "result", "discharge"] {
                visit.remove(field);
            }
        }
    }

    /// As it is sent again after a mistake was found: one piece more of the first line that is counted.
    pub(super) fn corrected(&self) -> Value {
        let mut document = self.document.clone();
        let lines = document["lines"].as_array_mut().into_iter().flatten();
        let counted = |line: &&mut Value| matches!(line["kind"].as_str(), Some("drug" | "lab" | "imaging"));
        if let Some(line) = lines.into_iter().find(counted) {
            let quantity: i64 = line["quantity"].as_str().and_then(|text| text.parse().ok()).unwrap_or(1);
            line["quantity"] = (quantity + 1).to_string().into();
        }
        document
    }
}

/// Hands out what becomes of visits, in the order of their numbers.
struct Courses {
    open: Wanted<Course>,
    rare: Wanted<Course>,
    usual: std::iter::Cycle<std::slice::Iter<'static, Course>>,
    claims: Wanted<ClaimCourse>,
}

impl Courses {
    fn of(mix: &'static Mix) -> Courses {
        Courses {
            open: Wanted::of(mix.open),
            rare: Wanted::of(mix.rare),
            usual: mix.usual.iter().cycle(),
            claims: Wanted::of(mix.claims),
        }
    }

    fn next(&mut self, visit: &Visit) -> Course {
        if matches!(visit.plot, Plot::Ward | Plot::Surgery)
            && let Some(course) = self.open.next(|_| true)
        {
            return course;
        }
        if visit.due == 0 {
            return Course::Free;
        }
        if let Some(course) = self.rare.next(|course| course.suits(visit.due)) {
            return course;
        }
        let usual = self.usual.next().copied().unwrap_or(Course::Cash);
        if usual.suits(visit.due) { usual } else { Course::Cash }
    }
}

fn ended(document: &str) -> Option<Minute> {
    #[derive(serde::Deserialize)]
    struct Sent {
        visit: Ended,
    }
    #[derive(serde::Deserialize)]
    struct Ended {
        discharged_at: String,
    }
    let sent: Sent = serde_json::from_str(document).ok()?;
    Minute::parse(&sent.visit.discharged_at)
}
