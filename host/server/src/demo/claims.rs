//! Claims of the facilities, in every state: made on the day of the visit, sent to the portal at last.

use std::time::Instant;

use serde_json::json;
use simulators::portal::Faults;
use vienphi_domain::{Day, Role};

use super::courses::ClaimCourse;
use super::gateways::Gateways;
use super::house::{House, wait, words};
use super::visits::Visit;

/// A claim by its number, and what is to become of it.
pub(super) struct Made {
    id: i64,
    course: ClaimCourse,
}

impl House {
    /// Makes and checks the claims of a day's visits.
    pub(super) async fn make_claims(&self, day: Day, visits: &[Visit], made: &mut Vec<Made>) -> Result<(), String> {
        let wanted = |visit: &Visit| visit.claim.filter(|_| visit.day() == day);
        let ids: Vec<&str> =
            visits.iter().filter(|visit| wanted(visit).is_some()).map(|visit| visit.id.as_str()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let (officer, body) = (self.one(Role::ClaimsOfficer), json!({ "encounters": ids }).to_string());
        let answer = self.desk.make_claims(&self.pricer, &officer, body.as_bytes(), day).await.map_err(words)?;
        for item in answer.items() {
            let course = visits.iter().find(|visit| visit.id == item.encounter()).and_then(wanted);
            match (item.claim(), course) {
                (Some(id), Some(course)) => made.push(Made { id, course }),
                _ => {
                    let why = item.problem().map(|problem| problem.detail.clone()).unwrap_or_default();
                    return Err(format!("there is no claim of visit {}: {why}", item.encounter()));
                }
            }
        }
        Ok(())
    }

    /// Takes back what is to be taken back, and sends what is to be sent, which the server then does in its own time.
    pub(super) async fn send_claims(&self, made: &[Made], gateways: &Gateways) -> Result<(), String> {
        let of = |course| made.iter().filter(move |claim| claim.course == course);
        let officer = self.one(Role::ClaimsOfficer);
        for claim in of(ClaimCourse::Withdrawn) {
            let (id, body) = (claim.id.to_string(), json!({ "reason": "gửi cùng kỳ sau" }));
            self.once(&body, async |sent| self.desk.withdraw_claim(&officer, sent, &id).await).await?;
        }
        gateways.take_claims(true);
        for claim in of(ClaimCourse::Refused) {
            self.submit(claim).await?;
        }
        for claim in of(ClaimCourse::Refused) {
            self.claim_when(claim, "refused").await?;
        }
        gateways.take_claims(false);
        for claim in of(ClaimCourse::Unknown) {
            gateways.portal.fail_next(Faults { only: "claim".to_owned(), ..Faults::lost() });
            self.submit(claim).await?;
            self.claim_when(claim, "unknown").await?;
        }
        for claim in of(ClaimCourse::Received) {
            self.submit(claim).await?;
        }
        Ok(())
    }

    /// Until the portal has everything that it is to have.
    pub(super) async fn await_claims(&self, made: &[Made]) -> Result<(), String> {
        for claim in made.iter().filter(|claim| claim.course == ClaimCourse::Received) {
            self.claim_when(claim, "received").await?;
        }
        Ok(())
    }

    async fn submit(&self, claim: &Made) -> Result<(), String> {
        let (officer, id) = (self.one(Role::ClaimsOfficer), claim.id.to_string());
        self.once(&json!({}), async |sent| self.desk.submit_claim(&officer, sent, &id).await).await.map(drop)
    }

    async fn claim_when(&self, claim: &Made, state: &str) -> Result<(), String> {
        let (began, officer, id) = (Instant::now(), self.one(Role::ClaimsOfficer), claim.id.to_string());
        loop {
            let shown = self.desk.claim(&officer, &id).await.map_err(words)?;
            if shown.state == state {
                return Ok(());
            }
            wait(began, || format!("claim {id} is {} and not {state}", shown.state)).await?;
        }
    }
}
