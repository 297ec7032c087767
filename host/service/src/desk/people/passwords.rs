//! Passwords: what may be one, and their hashes.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use vienphi_store::{Halt, StoreError};

/// Letters that a password has at least (NIST SP 800-63B-4 asks for 15 where it stands alone, 8 beside a second factor).
pub(super) const SHORTEST: usize = 10;

/// Bytes that a password has at most: a hash takes long enough as it is.
const LONGEST: usize = 256;

/// Each takes 19 MiB and some 20 ms: a crowd at the door waits in a line instead of filling the memory.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Verified against when there is nobody of that name, so that both take equally long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody").unwrap_or_default());

/// Why a text is no password.
pub(super) fn fault(password: &str, name: &str) -> Option<String> {
    let letters = password.chars().count();
    if letters < SHORTEST || password.len() > LONGEST {
        return Some(format!("must have {SHORTEST} letters at least and {LONGEST} bytes at most"));
    }
    if password.to_lowercase().contains(&name.to_lowercase()) {
        return Some("must not contain the name".to_owned());
    }
    let first = password.chars().next();
    if password.chars().all(|letter| Some(letter) == first) {
        return Some("must not be one letter over and over".to_owned());
    }
    None
}

/// argon2id with the library's costs (19 MiB, two passes) and a salt of its own.
fn hash(password: &str) -> Result<String, StoreError> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|_| StoreError::Damaged("a password cannot be hashed".into()))
}

/// Hashes a password where nobody else is kept waiting.
pub(super) async fn hashed(password: &str) -> Result<String, Halt> {
    let password = password.to_owned();
    Ok(aside(move || hash(&password)).await??)
}

/// Is it the password of the hash? Takes as long when there is no hash.
pub(super) async fn is_right(password: &str, kept: Option<&str>) -> Result<bool, Halt> {
    let (password, kept) = (password.to_owned(), kept.map(str::to_owned));
    let is_known = kept.is_some();
    let verify = move || {
        let kept = kept.unwrap_or_else(|| NOBODY.clone());
        let Ok(kept) = PasswordHash::new(&kept) else { return false };
        password.len() <= LONGEST && Argon2::default().verify_password(password.as_bytes(), &kept).is_ok()
    };
    Ok(aside(verify).await? && is_known)
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Halt> {
    let failed = |_| Halt::Failed(StoreError::Damaged("a password cannot be worked on".into()));
    let place = AT_ONCE.acquire().await.map_err(|_| StoreError::Damaged("a password cannot be worked on".into()))?;
    let done = tokio::task::spawn_blocking(work).await.map_err(failed);
    drop(place);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_with_their_reason() {
        for password in ["", "ngắn quá", "thu-ngan-1-thu-ngan-1", "aaaaaaaaaaaa", &"dài".repeat(100)] {
            assert!(fault(password, "Thu-Ngan-1").is_some(), "{password}");
        }
        assert_eq!(fault("một câu dài dễ nhớ", "thu-ngan-1"), None);
    }

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let kept = hashed("một câu dài dễ nhớ").await.unwrap();
        assert!(kept.starts_with("$argon2id$"), "{kept}");
        assert!(is_right("một câu dài dễ nhớ", Some(&kept)).await.unwrap());
        assert!(!is_right("một câu dài dễ nhớ ", Some(&kept)).await.unwrap());
        assert!(!is_right("nobody", None).await.unwrap());
        assert!(!is_right("x", Some("no hash")).await.unwrap());
    }
}
