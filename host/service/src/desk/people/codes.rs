//! One-time codes (RFC 6238, as telephones make them): six digits, every half minute another.

use totp_rs::{Builder, Secret, Totp};
use vienphi_domain::Moment;

/// Bytes of the key, as the RFC recommends.
pub(super) const KEY_BYTES: usize = 20;

/// Steps that a telephone's clock may be wrong.
const SKEW: u16 = 1;

/// Seconds of a step.
const STEP: u64 = 30;

fn codes(key: &[u8], person: &str, facility: &str) -> Option<Totp> {
    let plain = |text: &str| text.replace(':', "-");
    let builder = Builder::new().with_secret(Secret::new(key.into())).with_skew(SKEW).with_step_duration(STEP);
    let builder = builder.with_account_name(plain(person)).with_issuer(Some(format!("Vienphi {}", plain(facility))));
    builder.build().ok()
}

/// The step of a code that is good now and later than `used`.
pub(super) fn step(key: &[u8], code: &str, now: Moment, used: i64) -> Option<i64> {
    let seconds = u64::try_from(now.count() / 1_000_000).ok()?;
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let step = codes(key, "", "")?.check(&code, seconds)?;
    i64::try_from(step).ok().filter(|step| *step > used)
}

/// What a telephone reads, as a link and as letters to type.
pub(super) fn link(key: &[u8], person: &str, facility: &str) -> Option<String> {
    codes(key, person, facility)?.to_url().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The RFC's own key and times (appendix B, SHA-1), the last six of its eight digits.
    #[test]
    fn the_examples_of_the_rfc() {
        let key = b"12345678901234567890";
        let at = |seconds: i64| Moment::from_count(seconds * 1_000_000);
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert_eq!(step(key, code, at(seconds), 0), Some(seconds / 30), "{seconds}");
            assert_eq!(step(key, code, at(seconds + 30), 0), Some(seconds / 30), "a slow telephone");
            assert_eq!(step(key, code, at(seconds + 90), 0), None, "too late");
            assert_eq!(step(key, code, at(seconds), seconds / 30), None, "used before");
        }
        assert_eq!(step(key, "287 082", at(59), 0), Some(1));
        for wrong in ["", "28708", "2870822", "28708x", "287083"] {
            assert_eq!(step(key, wrong, at(59), 0), None, "{wrong}");
        }
    }

    #[test]
    fn a_telephone_reads_a_link() {
        let link = link(b"12345678901234567890", "thu:ngan", "92114").unwrap();
        assert!(link.starts_with("otpauth://totp/"), "{link}");
        assert!(link.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{link}");
    }
}
