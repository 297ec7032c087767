//! People with accounts: their passwords, and the codes of their telephones.

use ring::hmac;

use crate::hospital::Hospital;

/// The password that everybody chooses.
pub const CHOSEN: &str = "mot cau dai de nho";

/// An account; the password that is told once.
pub fn person(hospital: &Hospital, facility: &str, role: &str, name: &str) -> String {
    let output = hospital.runs(&["person", "create", "--facility", facility, "--role", role, name]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines().nth(1).expect("a password").to_owned()
}

/// The code that a telephone shows for a key in base32, so many half minutes from now (RFC 6238).
pub fn code(letters: &str, steps: u64) -> String {
    let mut key = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for letter in letters.bytes().filter(u8::is_ascii_alphanumeric) {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        (held, bits) = (held << 5 | u32::try_from(value).unwrap(), bits + 5);
        if bits >= 8 {
            bits -= 8;
            key.push((held >> bits & 255) as u8);
        }
    }
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let digest = hmac::sign(&key, &(since / 30 + steps).to_be_bytes());
    let digest = digest.as_ref();
    let at = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
