//! Whose signature is allowed.

use vienphi_domain::{Digest, Moment};

use crate::certificate::Certificate;
use crate::error::SignError;

/// Whose signature is allowed.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Anybody's: whose it is gets known, and that nobody vouches for it.
    Any,
    /// That of certain certificates, and of those that certain authorities issued.
    Only(Listed),
}

/// Certificates and authorities.
#[derive(Debug, Clone)]
pub struct Listed {
    certificates: Vec<Digest>,
    authorities: Vec<Certificate>,
}

impl Trust {
    /// Certificates by their SHA-256, and certificates of authorities in DER. An authority vouches for what it issued itself;
    /// when another stands between, it is that one which is named. With neither, nobody is trusted.
    ///
    /// # Errors
    ///
    /// What was given is no certificate, or not one of an authority.
    pub fn only<'a>(
        certificates: impl IntoIterator<Item = Digest>,
        authorities: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Trust, SignError> {
        let read = |der: &[u8]| {
            let authority = Certificate::read(der).map_err(SignError::Certificate)?;
            if authority.is_authority() {
                Ok(authority)
            } else {
                Err(SignError::Certificate(format!("{} is not an authority", authority.subject()).into()))
            }
        };
        let authorities = authorities.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Trust::Only(Listed { certificates: certificates.into_iter().collect(), authorities }))
    }

    /// Whether a certificate is allowed, and whether anybody vouches for it.
    pub(crate) fn of(&self, certificate: &Certificate, at: Moment) -> Standing {
        let Trust::Only(listed) = self else { return Standing::NotLookedAt };
        let is_issued = |authority: &Certificate| {
            let valid = authority.not_before().seconds()..=authority.not_after().seconds();
            valid.contains(&at.seconds()) && certificate.is_issued_by(authority)
        };
        if listed.certificates.contains(&certificate.fingerprint()) || listed.authorities.iter().any(is_issued) {
            Standing::Trusted
        } else {
            Standing::Strange
        }
    }
}

/// How a certificate stands to what was listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    NotLookedAt,
    Trusted,
    Strange,
}
