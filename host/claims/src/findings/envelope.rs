//! What concerns a file, not one claim: its facility, its count, its signature.

use vienphi_domain::Day;

use super::Finding;
use super::sink::{Found, Sink};
use super::visit::PLACES;
use crate::envelope::{Envelope, EnvelopeBreach};

/// What is wrong with a file besides its claims.
pub fn check_envelope(envelope: &Envelope<'_>) -> Vec<Finding> {
    let made_on = envelope.made_on().ok().flatten();
    let mut sink = Sink::new(made_on.unwrap_or(Day::END_OF_TIME), "");
    for breach in envelope.breaches() {
        let found = match breach {
            EnvelopeBreach::Missing("CHUKYDONVI") | EnvelopeBreach::SignatureNotLast => {
                Found::of_row("VP-ENVELOPE-SIGNATURE", None, None, "CHUKYDONVI")
            }
            EnvelopeBreach::Missing(field) => Found::of_row("VP-ENVELOPE-MISSING", None, None, field),
            EnvelopeBreach::NotADay(text) => Found::of_row("VP-ENVELOPE-MISSING", None, None, "NGAYLAP").declared(text),
            EnvelopeBreach::Count { declared, found } => {
                Found::of_row("VP-ENVELOPE-COUNT", None, None, "SOLUONGHOSO").declared(declared).expected(found)
            }
        };
        sink.add(found);
    }
    let Some(facility) = envelope.facility() else { return sink.findings };
    for claim in envelope.claims() {
        let Some(visit) = claim.table(1).and_then(|table| table.row(0)) else { continue };
        let of_claim = super::lines::text(visit, PLACES.facility);
        if !of_claim.is_empty() && of_claim != facility {
            sink.add(Found::of_visit("VP-ENVELOPE-FACILITY", "MA_CSKCB").declared(of_claim).expected(facility));
        }
    }
    sink.findings
}
