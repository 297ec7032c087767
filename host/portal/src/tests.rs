//! The exact shape of every call, the meaning of every answer, and what comes of odd ones.

mod answers;
mod calls;
mod odd;
mod policies;

use vienphi_domain::{Day, Moment};

use crate::{Account, Birth, Holder, Officer, Portal, Reply, SecretString, Session};

const SERVICES: &str = include_str!("../../../policies/portal/portal.toml");
const OUTCOMES: &str = include_str!("../../../policies/portal/outcomes.toml");

fn portal() -> Portal {
    let mut portal = Portal::read(SERVICES, OUTCOMES).unwrap();
    portal.set_claim_lookup(true);
    portal
}

fn account() -> Account {
    Account {
        facility: "92114".into(),
        username: "92114_BV".into(),
        // RFC 1321, A.5: 900150983cd24fb0d6963f7d28e17f72.
        password: SecretString::from("abc"),
        officer: Some(Officer { name: "Lê Thị Mẫu".into(), id_number: "092000000001".into() }),
    }
}

fn session() -> Session {
    let (access_token, id_token) = (SecretString::from("acc+ess="), SecretString::from("id/1"));
    Session { access_token, id_token, expires_at: Moment::from_count(0) }
}

fn holder() -> Holder {
    Holder::new("DN4920000000001", "Nguyễn Văn Mẫu", Birth::parse("1961-04-02").unwrap()).unwrap()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn reply(status: u16, body: &str) -> Reply {
    Reply { status, retry_after: None, body: body.as_bytes().to_vec() }
}
