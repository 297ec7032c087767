//! Stripe's signature: `Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX…]`, HMAC-SHA-256 over the second, a dot and the body.
//! While a secret is being changed there are two, and one that holds is enough.

use vienphi_runtime::rail::{AgeCheck, Check, Encoding, Incoming, MacCheck};

use crate::WEBHOOK;

/// A message is believed for so long, in seconds.
const FRESH: u32 = 300;

/// A header has no more signatures than this: Stripe sends one for each secret in use.
const SIGNATURES: usize = 16;

pub(crate) fn checks(incoming: &Incoming) -> Result<Vec<Vec<Check>>, String> {
    let header = incoming.headers.iter().find(|header| header.name.eq_ignore_ascii_case("stripe-signature"));
    let header = &header.ok_or("Stripe-Signature is missing")?.value;
    let (mut at, mut tags) = (None, Vec::new());
    for pair in header.split(',') {
        match pair.split_once('=').ok_or("Stripe-Signature has a piece without =")? {
            ("t", second) => at = Some(second.parse::<i64>().map_err(|_| "its second is no number")?),
            ("v1", tag) => tags.push(tag.to_ascii_lowercase()),
            _ => {}
        }
    }
    let at = at.ok_or("Stripe-Signature has no second")?;
    if tags.is_empty() || tags.len() > SIGNATURES {
        return Err(format!("Stripe-Signature must have 1 to {SIGNATURES} signatures v1"));
    }
    let mut message = format!("{at}.").into_bytes();
    message.extend_from_slice(&incoming.body);
    let check = |tag| {
        Check::Mac(MacCheck { slot: WEBHOOK.to_owned(), encoding: Encoding::HexLower, message: message.clone(), tag })
    };
    Ok(vec![vec![Check::Age(AgeCheck { at, seconds: FRESH })], tags.into_iter().map(check).collect()])
}
