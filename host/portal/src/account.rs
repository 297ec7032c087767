//! Who signs in, and what the portal gives for it.

use std::fmt;

use md5::{Digest as _, Md5};
use secrecy::{ExposeSecret as _, SecretString};
use vienphi_domain::Moment;

/// A facility's account on the portal. The password stands in no `Debug` and is wiped when it is dropped.
#[derive(Debug, Clone)]
pub struct Account {
    /// The facility (MA_CSKCB), five characters; its first two are maTinh.
    pub facility: Box<str>,
    /// As the portal gave it, often `92114_BV`.
    pub username: Box<str>,
    /// In clear. It leaves as MD5, since the portal takes nothing else.
    pub password: SecretString,
    /// Who looks cards up. Cards are not found without one since 2024 (codes 054 and 055).
    pub officer: Option<Officer>,
}

/// A person of the facility who is registered with the portal for looking cards up.
#[derive(Clone)]
pub struct Officer {
    /// Full name (hoTenCb).
    pub name: Box<str>,
    /// Identity number, 12 digits (cccdCb).
    pub id_number: Box<str>,
}

impl fmt::Debug for Officer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Officer(…)")
    }
}

/// In which letters MD5 is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Digits {
    Upper,
    Lower,
}

impl Account {
    /// The password as the portal takes it. MD5 protects nothing: whoever has this text can sign in.
    pub(crate) fn password_text(&self, digits: Digits) -> String {
        let digest = Md5::digest(self.password.expose_secret().as_bytes());
        let written = |byte: &u8| match digits {
            Digits::Upper => format!("{byte:02X}"),
            Digits::Lower => format!("{byte:02x}"),
        };
        digest.iter().map(written).collect()
    }

    /// maTinh: the first two characters of the facility, whatever province it lies in today.
    pub(crate) fn province(&self) -> &str {
        self.facility.get(..2).unwrap_or(&self.facility)
    }
}

/// What a sign-in gave. Its tokens stand in no `Debug`.
#[derive(Debug, Clone)]
pub struct Session {
    /// access_token.
    pub access_token: SecretString,
    /// id_token.
    pub id_token: SecretString,
    /// Until when it may be used: the portal's own end, less a margin.
    pub expires_at: Moment,
}

impl Session {
    /// Whether it may still be used.
    pub fn is_fresh(&self, now: Moment) -> bool {
        now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_written_as_the_portal_takes_it_and_shown_to_nobody() {
        let officer = Officer { name: "Lê Thị Mẫu".into(), id_number: "092000000001".into() };
        let account = Account {
            facility: "92114".into(),
            username: "92114_BV".into(),
            // RFC 1321, A.5.
            password: SecretString::from("message digest"),
            officer: Some(officer),
        };
        assert_eq!(account.password_text(Digits::Upper), "F96B697D7CB7938D525A2F31AAF161D0");
        assert_eq!(account.password_text(Digits::Lower), "f96b697d7cb7938d525a2f31aaf161d0");
        assert_eq!(account.province(), "92");
        let shown = format!("{account:?}");
        for secret in ["message digest", "F96B", "Mẫu", "092000000001"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
