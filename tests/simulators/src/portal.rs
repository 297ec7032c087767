//! The portal of Vietnam Social Security, for as much of it as is known: sign-in, cards, check-in, claims and co-payments.
//!
//! No text of the portal is public as a whole. What this one does rests on the guide to the web services for QĐ 4750 and on the
//! annex of CV 1839/CNTT-PM as integrators quote them. **Assumed** are: the query of a claim, the refusal codes 201, 202, 204 and
//! 205 of submissions, the limit on calls, what is checked in a file and in which words it is refused, that a session does not
//! end when another begins. Left out: that a session holds for one network address.
//!
//! A portal does not know that it has a file already: the same file sent again is accepted again, and counted, so that a test sees
//! the mistake.
//!
//! Steered in process by [`InsurerPortal`], over HTTP by `/simulator/…`: `GET claims`, `GET calls`, `GET|POST faults`,
//! `POST faults/next`, `GET|POST settings`, `POST accounts`, `POST cards`; `/` is a page.

mod answering;
mod cards;
mod control;
mod data;
mod faults;
mod file;
mod services;
mod time;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

pub use data::{KeptClaim, PortalAccount, PortalCard, PortalVisit, RefusedClaim, Settings};
pub use faults::{Down, Faults};

use crate::server::Server;
use data::Desk;

/// A portal.
pub struct InsurerPortal {
    desk: Arc<Desk>,
    address: SocketAddr,
    server: Option<Server>,
}

impl InsurerPortal {
    /// A portal without accounts and cards; on a free port for 0.
    pub fn start(port: u16) -> InsurerPortal {
        let desk = Arc::new(Desk::default());
        let server = Server::start(control::router(Arc::clone(&desk)), port);
        InsurerPortal { desk, address: server.address, server: Some(server) }
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// An account, in place of the one with the same name.
    pub fn put_account(&self, account: PortalAccount) {
        self.desk.put_account(account);
    }

    /// A card, in place of the one with the same number.
    pub fn put_card(&self, card: PortalCard) {
        self.desk.put_card(card);
    }

    /// What it is like from now on.
    pub fn set(&self, settings: Settings) {
        self.desk.inner().settings = settings;
    }

    /// What goes wrong from now on.
    pub fn fail(&self, faults: Faults) {
        self.desk.inner().faults = faults;
    }

    /// What goes wrong with the next call that it concerns; calls of this add up.
    pub fn fail_next(&self, faults: Faults) {
        self.desk.inner().next.push_back(faults);
    }

    /// All sessions are over.
    pub fn end_sessions(&self) {
        self.desk.inner().sessions.clear();
    }

    /// Everything that was accepted.
    pub fn claims(&self) -> Vec<KeptClaim> {
        self.desk.inner().claims.values().cloned().collect()
    }

    /// How often a file was accepted, by MA_LK and SHA-256 of its bytes.
    pub fn accepted(&self, facility: &str, visit: &str, sha256: &str) -> u32 {
        let key = (facility.to_owned(), visit.to_owned(), sha256.to_owned());
        self.desk.inner().claims.get(&key).map_or(0, |kept| kept.count)
    }

    /// Everything that was refused, in its order.
    pub fn refused(&self) -> Vec<RefusedClaim> {
        self.desk.inner().refused.clone()
    }

    /// MA_LK of each check-in, in their order.
    pub fn arrivals(&self) -> Vec<String> {
        self.desk.inner().arrivals.clone()
    }

    /// How often each operation was called, whatever came of it.
    pub fn calls(&self) -> BTreeMap<&'static str, u64> {
        self.desk.inner().calls.clone()
    }

    /// Connections are refused from now on; what is known stays.
    pub fn unplug(&mut self) {
        drop(self.server.take());
        // The port is free a moment after its server was told to stop.
        for _ in 0..500 {
            if TcpStream::connect_timeout(&self.address, Duration::from_millis(200)).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// It is there again, where it was.
    pub fn plug_in(&mut self) {
        if self.server.is_none() {
            let router = control::router(Arc::clone(&self.desk));
            self.server = Some(Server::start(router, self.address.port()));
        }
    }
}
