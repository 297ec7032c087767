//! A certificate: whose it is, how long, and what its key signed.

use der::{Decode, Reader, SliceReader};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use vienphi_domain::{Digest, Moment};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::spki::ObjectIdentifier;
use x509_cert::time::Time;

/// RFC 8017 appendix C: the OID of RSA keys.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The least size of an RSA key, in bits.
const SHORTEST: usize = 2048;

/// How an authority may have signed a certificate (RFC 4055 §5, RFC 5758 §3.2). SHA-1 is not among them.
const SIGNATURES: [(ObjectIdentifier, &dyn VerificationAlgorithm); 5] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"), &RSA_PKCS1_2048_8192_SHA256),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12"), &RSA_PKCS1_2048_8192_SHA384),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13"), &RSA_PKCS1_2048_8192_SHA512),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"), &ECDSA_P256_SHA256_ASN1),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"), &ECDSA_P384_SHA384_ASN1),
];

/// A certificate that was read.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    der: Box<[u8]>,
    parsed: x509_cert::Certificate,
}

/// What is wrong with the key of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFault {
    NotRsa,
    /// Its bits.
    TooShort(usize),
}

impl Certificate {
    /// Reads DER, with nothing behind it.
    pub(crate) fn read(der: &[u8]) -> Result<Certificate, Box<str>> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(|error| error.to_string())?;
        Ok(Certificate { der: der.into(), parsed })
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject as RFC 4514 writes it.
    pub(crate) fn subject(&self) -> String {
        self.parsed.tbs_certificate().subject().to_string()
    }

    /// The issuer as RFC 4514 writes it.
    pub(crate) fn issuer(&self) -> String {
        self.parsed.tbs_certificate().issuer().to_string()
    }

    /// The serial number, big end first, without zeros before it.
    pub(crate) fn serial(&self) -> &[u8] {
        let bytes = self.parsed.tbs_certificate().serial_number().as_bytes();
        bytes.get(bytes.iter().take_while(|byte| **byte == 0).count()..).unwrap_or_default()
    }

    pub(crate) fn not_before(&self) -> Moment {
        moment(&self.parsed.tbs_certificate().validity().not_before)
    }

    pub(crate) fn not_after(&self) -> Moment {
        moment(&self.parsed.tbs_certificate().validity().not_after)
    }

    pub(crate) fn fingerprint(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// Its RSA key, as RFC 8017 appendix A.1.1 writes it.
    pub(crate) fn rsa_key(&self) -> Result<&[u8], KeyFault> {
        let key = self.parsed.tbs_certificate().subject_public_key_info();
        let bytes = key.subject_public_key.as_bytes().filter(|_| key.algorithm.oid == RSA).ok_or(KeyFault::NotRsa)?;
        let bits = modulus_bits(bytes).ok_or(KeyFault::NotRsa)?;
        if bits < SHORTEST { Err(KeyFault::TooShort(bits)) } else { Ok(bytes) }
    }

    /// Why its key may not be used for signatures, when it says what it may be used for (RFC 5280 §4.2.1.3).
    pub(crate) fn usage_fault(&self) -> Option<&'static str> {
        match self.parsed.tbs_certificate().get_extension::<KeyUsage>() {
            Ok(Some((_, usage))) if !usage.digital_signature() && !usage.non_repudiation() => {
                Some("its key is not meant for signatures")
            }
            Ok(_) => None,
            Err(_) => Some("what its key is meant for cannot be read"),
        }
    }

    /// Whether its key signed a message (RSASSA-PKCS1-v1_5 with SHA-256).
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(key) = self.rsa_key() else { return false };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(message, signature).is_ok()
    }

    /// Whether it says that it may issue others.
    pub(crate) fn is_authority(&self) -> bool {
        let tbs = self.parsed.tbs_certificate();
        let constraints = tbs.get_extension::<BasicConstraints>();
        let usage = tbs.get_extension::<KeyUsage>();
        matches!(constraints, Ok(Some((_, constraints))) if constraints.ca)
            && usage.is_ok_and(|usage| usage.is_none_or(|(_, usage)| usage.key_cert_sign()))
    }

    /// Whether it was issued by this one: name and signature.
    pub(crate) fn is_issued_by(&self, authority: &Certificate) -> bool {
        let (own, other) = (self.parsed.tbs_certificate(), authority.parsed.tbs_certificate());
        let named = self.parsed.signature_algorithm();
        let Some((_, algorithm)) = SIGNATURES.iter().find(|(oid, _)| *oid == named.oid) else { return false };
        let (Some(signed), Some(signature), Some(key)) = (
            self.signed_part(),
            self.parsed.signature().as_bytes(),
            other.subject_public_key_info().subject_public_key.as_bytes(),
        ) else {
            return false;
        };
        own.issuer() == other.subject()
            && own.signature() == named
            && UnparsedPublicKey::new(*algorithm, key).verify(signed, signature).is_ok()
    }

    /// The bytes that the issuer signed: the first part of the whole.
    fn signed_part(&self) -> Option<&[u8]> {
        let mut whole = SliceReader::new(&self.der).ok()?;
        let header = der::Header::decode(&mut whole).ok()?;
        let _ = header;
        whole.tlv_bytes().ok()
    }
}

/// Bits of the modulus of an RSA key.
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(key).ok()?;
    let bytes = reader
        .sequence(|inner| {
            let modulus = der::asn1::UintRef::decode(inner)?.as_bytes();
            der::asn1::UintRef::decode(inner)?;
            Ok::<_, der::Error>(modulus)
        })
        .ok()?;
    let first = bytes.first()?;
    Some(bytes.len() * 8 - usize::try_from(first.leading_zeros()).ok()?)
}

fn moment(time: &Time) -> Moment {
    Moment::from_count(i64::try_from(time.to_unix_duration().as_micros()).unwrap_or(i64::MAX))
}

/// A number in decimal, big end first.
pub(crate) fn decimal(bytes: &[u8]) -> String {
    // Digits, the least first.
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) * 256;
            *digit = u8::try_from(carry % 10).unwrap_or_default();
            carry /= 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_decimal() {
        for (bytes, expected) in [
            (&[][..], "0"),
            (&[0], "0"),
            (&[9], "9"),
            (&[10], "10"),
            (&[1, 0], "256"),
            (&[0xff; 8], "18446744073709551615"),
            (&[0xff; 16], "340282366920938463463374607431768211455"),
        ] {
            assert_eq!(decimal(bytes), expected);
        }
    }
}
