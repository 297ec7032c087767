//! Whether a claim file is there: **a service of our own assumption**.
//!
//! No service is known that answers by the facility's own id. What is known: results stand on the portal's pages for 60 days. So
//! this one is off in `policies/portal/portal.toml`; with a portal that has none, a file whose answer was lost is a task for a
//! person, who looks on the portal and says what is there. It is asked by MA_LK and by the file's digest, since a corrected file
//! has the same MA_LK.

use vienphi_domain::{Day, Digest};

use crate::account::{Account, Session};
use crate::call::{Call, Reply};
use crate::outcome::{Operation, Outcome};
use crate::portal::Portal;
use crate::submission::Receipt;

impl Portal {
    /// Asks whether a file is there, or `None` where the portal has no such service.
    ///
    /// `visit` is MA_LK, `file` the digest of the bytes that were sent.
    pub fn look_up_claim(
        &self,
        account: &Account,
        session: &Session,
        visit: &str,
        file: &Digest,
        today: Day,
    ) -> Option<Call> {
        let line = self.services.claim_lookup.as_ref().filter(|_| self.services.is_claim_lookup_on)?;
        let digest = file.to_string();
        let fields =
            [("username", &*account.username), ("maCSKCB", &account.facility), ("maLK", visit), ("sha256", &digest)];
        Some(self.call(line.on(today), account, Some(session), &fields))
    }

    /// Reads whether it is there: [`crate::Kind::Found`] with the number of its first sending, or [`crate::Kind::NotFound`].
    pub fn read_claim_lookup(&self, reply: &Reply) -> Outcome<Receipt> {
        self.outcome(Operation::ClaimLookup, reply, Receipt::read)
    }
}
