//! Signatures held against other programs: xmlsec1 for the XML, OpenSSL for keys and certificates, SoftHSM for tokens. All keys
//! are made while the tests run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;
mod attacks;
mod authorities;
mod documents;
mod files;
mod identity;
mod token;
mod xmlsec;
