//! The XML signature of a claims envelope (`CHUKYDONVI` of `GIAMDINHHS`): made and verified.
//!
//! * [`Profile`]: algorithms and places, data of `policies/claims/signature.toml`
//! * [`sign`]: a document with its signature, by a [`Signer`]: [`Pkcs12Signer`] (a key in a file) or [`Pkcs11Signer`] (a key on a
//!   token)
//! * [`verify`]: whose signature it is, or what exactly is wrong ([`Refused`]); [`Trust`] says whose is allowed
//!
//! The only crate that names a library of certificates, key files or tokens. It reads no file but a token's module, and no clock.

mod base64_text;
mod canonical;
mod certificate;
mod document;
mod error;
mod pkcs11;
mod pkcs12;
mod profile;
mod sign;
mod signature;
mod signer;
mod trust;
mod verify;

pub use document::Malformed;
pub use error::{Refused, SignError};
pub use pkcs11::{KeyName, Pkcs11Signer, TokenName};
pub use pkcs12::Pkcs12Signer;
pub use profile::{Canonicalisation, Profile, ProfileError};
pub use sign::sign;
pub use signer::Signer;
pub use trust::{Listed, Trust};
pub use verify::{Signed, verify};
